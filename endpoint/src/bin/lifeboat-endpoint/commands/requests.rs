//! `requests`: cold mode from the terminal of the server's machine, for operators who sit there.

use std::{collections::BTreeSet, path::Path};

use lifeboat::formats::encoding::shown::plural;
use lifeboat_endpoint::{
    clock::now,
    config::Settings,
    domain::caller::Identity,
    keys::share_files::Keyring,
    record_keys,
    store::{Store, releases::Audited},
};
use uuid::Uuid;

use crate::{
    commands::{data_keys::data_keys, settings, share_keys::keyring, store},
    failure::Failure,
    key::{holder, read_secret},
    say::say,
};

/// Most that is read of a file of keys.
const MAX_KEYS: u64 = 64 << 20;

/// Prints the ids of the wallets whose record keys are wanted, one a line.
pub(crate) fn wanted(config: &Path, file: Option<&str>) -> Result<(), Failure> {
    let settings = cold(config)?;
    let store = store(&settings)?;
    let keyring = served(&settings, &store)?;
    let wanted = record_keys::wanted(&store, &keyring, now())?;
    let files: BTreeSet<String> = wanted.iter().map(|one| hex::encode(one.file)).collect();
    if files.len() > 1 && file.is_none() {
        let files: Vec<String> = files.into_iter().collect();
        return Err(Failure::new(format!(
            "records of {} are wanted: {}",
            plural(files.len() as u64, "sealed file"),
            files.join(", ")
        ))
        .hint("ask for each with `--file`; `head -n 1 FILE | tr -d '\\n' | sha256sum` says which is which"));
    }
    let of_file = wanted
        .iter()
        .filter(|one| file.is_none_or(|file| hex::encode(one.file) == file));
    let wallets: BTreeSet<&str> = of_file.map(|one| one.release.wallet.as_str()).collect();
    for wallet in wallets {
        say!("{wallet}");
    }
    Ok(())
}

/// Takes in what `lifeboat unseal --hand-over-key` wrote.
pub(crate) fn hand_in(config: &Path, file: &Path) -> Result<(), Failure> {
    let settings = cold(config)?;
    let text = read_secret(file, MAX_KEYS)?;
    let store = store(&settings)?;
    let holder = settings.key.as_ref().map(holder).transpose()?;
    let data_keys = data_keys(&settings, &store, holder.as_deref())?
        .ok_or_else(|| Failure::new("the configuration has no `[key]`"))?;
    let keyring = served(&settings, &store)?;
    let checked = record_keys::check(&store, &keyring, &data_keys, text.expose(), now());
    let checked = checked.map_err(|error| {
        Failure::new(format!("`{}`: {error}", file.display())).hint(
            "none of its keys is kept; were they made from the sealed file that was imported?",
        )
    })?;
    let audit = Audited {
        caller: Identity {
            issuer: "command-line".to_owned(),
            subject: format!("uid {}", rustix::process::getuid().as_raw()),
        },
        request: Uuid::now_v7().to_string(),
        is_told: settings.notify.is_some(),
    };
    let kept = store.keep_release_keys_blocking(checked.keys, audit)?;
    for (release, wallet) in &kept {
        say!("release {release} of wallet {wallet} is ready");
    }
    for wallet in &checked.not_wanted {
        say!("no release of wallet {wallet} waits for a key: its key is not kept");
    }
    say!("{} handed in", plural(kept.len() as u64, "key"));
    Ok(())
}

fn cold(config: &Path) -> Result<Settings, Failure> {
    let settings = settings(config)?;
    if settings.is_cold() {
        return Ok(settings);
    }
    Err(
        Failure::new("shares are not served in cold mode here: no keys of records are wanted")
            .hint("`release.mode = \"cold\"` makes it so"),
    )
}

/// The files that are served, without any key.
fn served(settings: &Settings, store: &Store) -> Result<Keyring, Failure> {
    keyring(settings, store, None)
}
