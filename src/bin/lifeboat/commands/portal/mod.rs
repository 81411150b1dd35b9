//! `portal decrypt`, `portal repair` and `portal cloud-name`.

pub(crate) mod eject;
pub(crate) mod inspect;
pub(crate) mod seal;

use std::{io::Write, path::Path};

use lifeboat::{
    crypto::{
        curve::PublicKey,
        secret::{Secret, SecretBytes},
    },
    formats::{
        portal::{
            address::{addresses, parse_ed25519_key},
            ciphertext::{CiphertextError, CloudKeyError, PortalCiphertext, parse_cloud_key},
            cloud_name::{DRIVE_FOLDER, cloud_names},
            exported_key::{exported_key, key_form, parse_exported_key, read_locked_portal_keys},
            share_file::{PortalFileError, PortalItem, read_portal_file},
        },
        printable,
        sealed::passphrase_file::LockedFile,
    },
    operations::portal::{collect::DecryptionKeys, repair::repair as repair_key},
};

use crate::{
    args::{
        passphrases::PassphraseSource,
        paths::InputPath,
        portal::{DecryptionArgs, PortalCloudName, PortalDecrypt, PortalRepair},
    },
    context::World,
    errors::{
        catalogue::{Doing, Files, Portal},
        failure::Failure,
        wrong_file::or_other_than_cloud_key,
    },
    inputs::{
        file::{read_secret, read_shares},
        passphrase::{opened, passphrase},
    },
    outcomes::{Outcome, parts::Results, portal},
    outputs::{new_file::Destination, result_name::ResultFile},
    terminal::plural,
};

/// Largest file of locked keys or ciphertext accepted, in bytes.
const MAX_LOCKED: u64 = 256 << 20;

/// Largest file of a user's key accepted in a folder, in bytes.
const MAX_KEY: u64 = 64 << 10;
/// Most keys of users' clouds in one run.
const MOST_KEYS: usize = 10_000;

const KEY_FLAG: &str = "--key-file";
const PASSPHRASE_FLAG: &str = "--passphrase-file";

/// Opens a client backup and writes its plain text, byte for byte.
pub(crate) fn decrypt(args: &PortalDecrypt, world: &mut World) -> Result<Outcome, Failure> {
    let text = read_secret(&args.ciphertext, MAX_LOCKED)?;
    let about = |error| Failure::from(error).about(&args.ciphertext);
    if let Some(locked) = read_locked_portal_keys(text.expose()).map_err(about)? {
        return decrypt_locked(&locked, args, world);
    }
    let ciphertext = read_ciphertext(&args.ciphertext, &text)?;
    let is_asked = args.key_file.is_none() && args.passphrase.source().is_asked();
    if args.key_file.is_none() && !is_asked {
        ciphertext
            .check_length_for_password()
            .map_err(|fault| Failure::from(fault).about(&args.ciphertext))?;
    }
    let out = Destination::open(&args.out, args.reveal, world)?;
    let open = |keys: &DecryptionKeys| match keys.open(&ciphertext) {
        Some(Ok(plain)) => Ok(plain),
        Some(Err(fault)) => Err(Failure::from(fault).about(&args.ciphertext)),
        None => Err(Failure::new(
            Portal::CloudKeyNeeded,
            "no key and no password",
        )),
    };
    let plain = if is_asked {
        ask_decryption_keys(world, &args.ciphertext, open)?
    } else if let Some(file) = &args.key_file {
        open(&read_decryption_keys(
            std::slice::from_ref(file),
            &[],
            world,
        )?)?
    } else {
        let given = passphrase(world, args.passphrase.source(), "the user's password")?;
        open(&DecryptionKeys {
            passwords: vec![given],
            ..DecryptionKeys::default()
        })?
    };
    hand_over(&plain, out, args, world)
}

/// Opens the locked keys of an earlier eject.
fn decrypt_locked(
    locked: &LockedFile,
    args: &PortalDecrypt,
    world: &mut World,
) -> Result<Outcome, Failure> {
    if args.key_file.is_some() {
        return Err(Failure::new(
            Portal::LockedKeys,
            "these are locked keys, which no key from a user's cloud opens",
        )
        .about(&args.ciphertext));
    }
    let out = Destination::open(&args.out, args.reveal, world)?;
    let question = format!("passphrase of `{}`", args.ciphertext.display());
    let plain = opened(world, args.passphrase.source(), &question, |passphrase| {
        locked
            .unlock(&passphrase)
            .map_err(|fault| Failure::from(fault).about(&args.ciphertext))
    })?;
    hand_over(&plain, out, args, world)
}

fn hand_over(
    plain: &SecretBytes,
    mut out: Destination,
    args: &PortalDecrypt,
    world: &World,
) -> Result<Outcome, Failure> {
    out.write_all(plain.expose())
        .map_err(|error| Failure::io(Doing::Write, &args.out, &error))?;
    let written = out.finish()?;
    if let Some(path) = &written {
        world.terminal.say(format!(
            "wrote the plain text, {} bytes, to `{}`",
            plain.len(),
            path.display()
        ));
    }
    Ok(Outcome::done(portal::Decrypted {
        bytes: plain.len(),
        files: Results::of(&written),
    }))
}

/// Gives the right form of an exported ed25519 key, or says what is the matter with it.
pub(crate) fn repair(args: &PortalRepair, world: &mut World) -> Result<Outcome, Failure> {
    let expected = parse_ed25519_key(&args.public_key).ok_or_else(|| {
        Failure::new(
            Portal::BadPublicKey,
            "not an ed25519 public key, Solana address or Stellar address",
        )
    })?;
    refuse_key_as_argument(&args.key)?;
    let source = PassphraseSource {
        flag: "KEY",
        file: Some(&args.key),
        command: None,
    };
    let text = passphrase(world, source, "the exported key")?;
    let exported =
        parse_exported_key(text.expose()).map_err(|fault| Failure::from(fault).about(&args.key))?;
    let repaired =
        repair_key(&exported, &expected).map_err(|error| Failure::from(error).about(&args.key))?;
    let fields = |result, written: Option<&ResultFile>| portal::Repaired {
        result,
        moved_bytes: repaired.moved,
        public_key: expected.to_hex(),
        addresses: address_fields(&expected),
        form: key_form(expected.curve()),
        files: Results::of(written),
    };
    if repaired.moved == 0 {
        world
            .terminal
            .say("the key is right already: it has this public key as it is");
        return Ok(Outcome::done(fields("right_already", None)));
    }
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    let key = exported_key(&repaired.key);
    out.write_all(key.expose().as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .map_err(|error| Failure::io(Doing::Write, &args.out, &error))?;
    let written = out.finish()?;
    world.terminal.say(format!(
        "repaired: {} moved to the end, the public key matches",
        plural(repaired.moved as u64, "zero byte")
    ));
    if let Some(path) = &written {
        world
            .terminal
            .say(format!("wrote the key to `{}`", path.display()));
    }
    Ok(Outcome::done(fields("repaired", written.as_ref())))
}

/// Shows where the user's cloud keeps the key of a client backup.
pub(crate) fn cloud_name(args: &PortalCloudName, world: &World) -> Result<Outcome, Failure> {
    for (flag, id) in [("--custodian", &args.custodian), ("--client", &args.client)] {
        if id.trim() != id || id.is_empty() {
            return Err(Failure::new(
                Portal::PaddedId,
                format!(
                    "`{flag}` is empty or has white space around it, which would give another name"
                ),
            )
            .hint(match id.trim() {
                "" => format!("give `{flag}` the id as the provider's answers have it"),
                id => format!("say `{flag} '{}'`", printable(id)),
            }));
        }
    }
    let names = cloud_names(&args.custodian, &args.client);
    let terminal = &world.terminal;
    terminal.show(format!(
        "Google Drive         folder {DRIVE_FOLDER}, file {}",
        names.drive_file
    ));
    terminal.show(format!("iCloud               entry {}", names.icloud));
    terminal.show(format!("iCloud, older SDKs   entry {}", names.older_icloud));
    Ok(Outcome::done(portal::CloudName {
        drive: portal::DriveName {
            folder: DRIVE_FOLDER,
            file: names.drive_file,
        },
        icloud: portal::ICloudName {
            current: names.icloud,
            older: names.older_icloud,
        },
    }))
}

/// A key's addresses as `--json` gives them.
pub(crate) fn address_fields(key: &PublicKey) -> portal::Addresses {
    addresses(key)
        .into_iter()
        .map(|on| (on.chain.to_owned(), on.address))
        .collect()
}

/// What the command line names to try on encrypted client backups.
pub(crate) fn read_decryption_args(
    args: &DecryptionArgs,
    world: &mut World,
) -> Result<DecryptionKeys, Failure> {
    let mut keys = read_decryption_keys(&args.key_file, &args.passphrase_file, world)?;
    if let Some(command) = args.passphrase_command.as_deref() {
        let source = PassphraseSource {
            flag: PASSPHRASE_FLAG,
            file: None,
            command: Some(command),
        };
        keys.passwords
            .push(passphrase(world, source, "the user's password")?);
    }
    Ok(keys)
}

/// The keys and passwords of the files named, in that order.
pub(crate) fn read_decryption_keys(
    key_files: &[InputPath],
    password_files: &[InputPath],
    world: &mut World,
) -> Result<DecryptionKeys, Failure> {
    let mut keys = DecryptionKeys::default();
    for file in key_files {
        if file.is_dir() {
            keys.keys.extend(read_key_folder(file, world)?);
            continue;
        }
        let source = PassphraseSource {
            flag: KEY_FLAG,
            file: Some(file),
            command: None,
        };
        let text = passphrase(world, source, "the key from the user's cloud")?;
        let key = parse_cloud_key(text.expose()).map_err(|fault| {
            let failure = or_other_than_cloud_key(fault.into(), text.expose());
            failure.about(file)
        })?;
        keys.keys.push(key);
    }
    for file in password_files {
        let source = PassphraseSource {
            flag: PASSPHRASE_FLAG,
            file: Some(file),
            command: None,
        };
        keys.passwords
            .push(passphrase(world, source, "the user's password")?);
    }
    Ok(keys)
}

/// The keys of many users, a file each. A file that holds none is named and skipped.
fn read_key_folder(folder: &Path, world: &World) -> Result<Vec<Secret<32>>, Failure> {
    let mut keys = Vec::new();
    for (path, bytes) in read_shares(folder, MAX_KEY)? {
        let key = bytes.and_then(|bytes| Ok(parse_cloud_key(bytes.expose())?));
        match key {
            Ok(key) => keys.push(key),
            Err(failure) => {
                let failure = failure.about(&path);
                world
                    .terminal
                    .warn(format!("skipped: {}", failure.message()));
            }
        }
    }

    if keys.is_empty() {
        return Err(Failure::from(CloudKeyError).about(folder));
    }
    if keys.len() > MOST_KEYS {
        return Err(Failure::new(
            Files::FolderTooLarge,
            format!("more than {MOST_KEYS} keys, each of which is tried on each ciphertext"),
        )
        .about(folder)
        .hint("name parts of it, with the ciphertexts that belong to them"));
    }
    Ok(keys)
}

/// Asks for whichever it is: 64 hexadecimal digits are tried as a key first, and as a password too. What opens nothing is
/// asked for again.
pub(crate) fn ask_decryption_keys<T>(
    world: &mut World,
    path: &Path,
    open: impl Fn(&DecryptionKeys) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let question = format!(
        "password of `{}`, or the key from the user's cloud",
        path.display()
    );
    let source = PassphraseSource::asked(PASSPHRASE_FLAG);
    let asked = opened(world, source, &question, |answer| {
        open(&DecryptionKeys {
            keys: parse_cloud_key(answer.expose()).into_iter().collect(),
            passwords: vec![answer],
            ..DecryptionKeys::default()
        })
    });
    asked.map_err(|failure| {
        failure.hint_besides(format!(
            "a key from the user's cloud goes with `{KEY_FLAG} FILE`"
        ))
    })
}

/// A ciphertext as it is, or the only one in an answer of the provider or of the customer's own endpoint.
fn read_ciphertext(path: &Path, text: &SecretBytes) -> Result<PortalCiphertext, Failure> {
    let fault = match PortalCiphertext::parse(text.expose()) {
        Ok(ciphertext) => return Ok(ciphertext),
        Err(fault) => fault,
    };
    let items = match (read_portal_file(&path.display().to_string(), text), fault) {
        (Ok(items), CiphertextError::Foreign) => items,
        // Something else is named for what it is.
        (Err(error), CiphertextError::Foreign)
            if !matches!(error, PortalFileError::NotShare(_)) =>
        {
            return Err(error.into());
        }
        _ => return Err(Failure::from(fault).about(path)),
    };
    let mut ciphertext = items.into_iter().filter_map(|item| match item {
        PortalItem::Ciphertext(ciphertext, _) => Some(ciphertext),
        _ => None,
    });
    match (ciphertext.next(), ciphertext.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::new(Portal::NotACiphertext, "holds no ciphertext").about(path)),
        _ => Err(Failure::new(Portal::SeveralCiphertexts, "holds several ciphertexts").about(path)),
    }
}

/// A key typed as an argument is in the shell's history already: say so, and never repeat it.
fn refuse_key_as_argument(path: &Path) -> Result<(), Failure> {
    let looks_like_key = path
        .to_str()
        .is_some_and(|text| parse_exported_key(text.as_bytes()).is_ok());
    if looks_like_key && !path.exists() {
        return Err(Failure::new(Files::SecretInArguments, "the key itself was given where a file belongs")
            .hint("put it into a file, or give `-` and let standard input bring it; clean the shell's history"));
    }
    Ok(())
}
