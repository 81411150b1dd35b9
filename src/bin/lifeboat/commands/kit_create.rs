//! `kit create`: the provider's side, for rehearsals and tests.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::rsa::RecoveryPublicKey,
    formats::{
        kit::{
            container::Kit,
            metadata::Generation,
            spec::{KeySpec, KitSpec},
            spec_reader::MAX_SPEC,
        },
        recovery_key::file::{
            MAX_KEY_FILE, fingerprint, read_public_key, short_phrase, write_public_key,
        },
    },
    operations::{
        create_kit::create_kit,
        invent_workspace::{invent_wallets, invent_workspace},
    },
};

use crate::{
    args::{kit::KitCreate, paths::is_standard},
    context::World,
    errors::{
        catalogue::{Doing, Files},
        failure::Failure,
        wrong_file::or_other_than_key,
    },
    inputs::{
        file::{read, read_secret, read_stdin},
        kit::fingerprints,
    },
    outcomes::{
        Outcome, kit as outcome,
        parts::{Recipient, Results},
    },
    outputs::{new_file::NewFile, result_name::ResultFile},
    terminal::plural,
};

/// Makes a kit.
pub(crate) fn create(args: &KitCreate, world: &mut World) -> Result<Outcome, Failure> {
    if args.out.is_standard() || args.spec_out.as_ref().is_some_and(|out| out.is_standard()) {
        let failure = Failure::new(
            Files::Usage,
            "a kit and its secrets go to files, not to `-`",
        );
        return Err(failure.hint("name a new file: `--out KIT.zip`"));
    }
    let out = NewFile::create(&args.out)?;
    let list = match args.wallets {
        Some(count) => Some((NewFile::create(&list_beside(&args.out))?, count)),
        None => None,
    };
    let spec_out = args.spec_out.as_deref().map(NewFile::create).transpose()?;
    let key = recovery_key(&args.public_key)?;
    let spec = match &args.spec {
        Some(spec) => read_spec(spec, world)?,
        None => invent_workspace(&mut world.rng()),
    };

    let bytes = create_kit(&spec, &key, &mut world.rng());
    // What is written must be what will be read.
    let kit = Kit::from_zip(&bytes).map_err(|error| Failure::from(error).about(&args.out))?;
    let mut written = Vec::new();
    let result = write_all(&mut written, (out, &bytes), list, (spec_out, &spec), world);
    if let Err(failure) = result {
        // A kit without its list, or without the secrets it was made of, is half of what was asked for.
        for file in &written {
            let _ = std::fs::remove_file(file);
        }
        return Err(failure);
    }

    let outcome = outcome::Created {
        kit: fingerprints(&kit),
        format: match kit.metadata.generation {
            Generation::Oldest => "oldest (one key, 2019)",
            Generation::Tabled => "current",
        },
        made_for: Recipient {
            fingerprint: fingerprint(&key),
            short_phrase: short_phrase(write_public_key(&key).as_bytes()),
            bits: key.bits(),
        },
        keys: spec.keys().iter().map(|key| created(&spec, key)).collect(),
        wallet_cosigners: spec.wallet_master().map_or(0, |(_, ids)| ids.len()),
        wallets: args.wallets.unwrap_or(0),
        files: Results::of(&written),
    };
    show(args, &spec, &outcome, world);
    Ok(Outcome::done(outcome))
}

/// `KIT.wallets.txt`.
fn list_beside(kit: &Path) -> PathBuf {
    let mut name = kit.as_os_str().to_owned();
    name.push(".wallets.txt");
    name.into()
}

fn recovery_key(path: &Path) -> Result<RecoveryPublicKey, Failure> {
    let bytes = read(path, MAX_KEY_FILE)?;
    read_public_key(&bytes).map_err(|error| or_other_than_key(error.into(), &bytes).about(path))
}

fn read_spec(path: &Path, world: &mut World) -> Result<KitSpec, Failure> {
    let (bytes, name) = if is_standard(path) {
        let bytes = read_stdin(world, "the SPEC", MAX_SPEC)?;
        (bytes, Path::new("standard input"))
    } else {
        (read_secret(path, MAX_SPEC)?, path)
    };
    KitSpec::parse(bytes.expose()).map_err(|error| {
        Failure::from(error)
            .about(name)
            .hint("docs/FORMATS.md, section 26, says what a SPEC holds; `lifeboat kit create --generate --spec-out FILE` writes one to start from")
    })
}

/// The list first, then the secrets, then the kit: where it is, all of it is.
fn write_all(
    written: &mut Vec<ResultFile>,
    kit: (NewFile, &[u8]),
    list: Option<(NewFile, u32)>,
    spec: (Option<NewFile>, &KitSpec),
    world: &World,
) -> Result<(), Failure> {
    if let Some((file, count)) = list {
        let path = file.path().to_owned();
        let fail = |error| Failure::io(Doing::Write, &path, &error);
        let mut lines = BufWriter::new(file);
        let mut rng = world.rng();
        for wallet in invent_wallets(&mut rng).take(count as usize) {
            writeln!(lines, "{wallet}").map_err(fail)?;
        }
        let file = lines
            .into_inner()
            .map_err(|error| fail(error.into_error()))?;
        written.push(file.finish()?);
    }
    if let (Some(file), spec) = spec {
        written.push(file.finish_with(spec.to_json().expose().as_bytes())?);
    }
    let (file, bytes) = kit;
    written.insert(0, file.finish_with(bytes)?);
    Ok(())
}

fn created(spec: &KitSpec, key: &KeySpec) -> outcome::CreatedKey {
    outcome::CreatedKey {
        key_id: key.id().to_string(),
        algorithm: key.algorithm().name(),
        public_key: key.public_key().to_hex(),
        extended_public_key: spec.extended_public(key),
    }
}

fn show(args: &KitCreate, spec: &KitSpec, made: &outcome::Created, world: &World) {
    let terminal = &world.terminal;
    for key in &made.keys {
        terminal.note(format!(
            "{} {} {}",
            key.key_id, key.algorithm, key.extended_public_key
        ));
    }
    let cosigners = plural(made.wallet_cosigners as u64, "cloud cosigner");
    if made.wallet_cosigners > 0 {
        terminal.note(format!("wallet master with {cosigners}"));
    }
    terminal.say(format!(
        "made for {} (RSA-{}, short phrase {})",
        made.made_for.fingerprint, made.made_for.bits, made.made_for.short_phrase
    ));
    for file in &made.files.written {
        terminal.say(format!("wrote `{}`, SHA-256 {}", file.path, file.sha256));
    }
    if let Some(path) = &args.spec_out {
        terminal.warn(format!(
            "`{}` holds every secret of the workspace, unencrypted: whoever reads it needs no kit",
            path.display()
        ));
    } else if args.generate && spec.owner_passphrase().is_some() {
        terminal.say(
            "the owner's passphrase was not kept: `--spec-out FILE` writes it, with every secret",
        );
    }
    terminal.say(format!(
        "next: `lifeboat kit verify {} --key PRIVATE.pem`",
        args.out.display()
    ));
}
