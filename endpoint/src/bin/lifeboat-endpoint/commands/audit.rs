//! `audit`: proves that the audit chain is as it was written, and shows its checkpoints.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lifeboat_endpoint::{
    config::Settings,
    domain::audit::Head,
    keys::checkpoint::{Signer, Verifier},
};

use crate::{
    commands::{settings, store},
    failure::Failure,
    key::read_secret,
    say::{self, say},
};

const MAX_KEY: u64 = 64 << 10;
const UNKNOWN_SIGNER: &str = "after a change of `audit.key` or `public_url`, name the verifier key that was used before in `audit.verifiers`: the \
    log has it where the server starts. Processes over one database must have the same of both";
/// The exit status where verification says no.
const NOT_VERIFIED: u8 = 3;

/// The signer that the configuration names.
pub(crate) fn signer(settings: &Settings) -> Result<Option<Signer>, Failure> {
    let Some(path) = &settings.audit.key else {
        return Ok(None);
    };
    let pem = read_secret(path, MAX_KEY)?;
    let signer = Signer::read(&pem, &settings.server.public_url);
    signer.map(Some).map_err(|error| {
        Failure::new(format!("`{}`: {error}", path.display()))
            .hint("`openssl genpkey -algorithm ed25519 -out audit.key` makes one")
    })
}

/// Follows the chain, and compares it with the checkpoints that somebody kept.
pub(crate) fn verify(config: &Path, checkpoints: &[PathBuf]) -> Result<(), Failure> {
    let settings = settings(config)?;
    let store = store(&settings)?;
    let signer = signer(&settings)?;
    let mut kept = Vec::new();
    for (seq, note) in store.checkpoints()? {
        kept.push((
            format!("the checkpoint of event {seq} in the database"),
            note,
        ));
    }
    for path in checkpoints {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", path.display())))?;
        kept.push((path.display().to_string(), text));
    }
    let verifiers = verifiers(&settings, signer.as_ref())?;
    let (mut faults, mut unknown) = (Vec::new(), Vec::new());
    let mut known: Vec<(String, Head)> = Vec::new();
    for (name, note) in kept {
        let signer = Verifier::named_by(&verifiers, &note);
        match signer.and_then(|signer| signer.map(|signer| signer.verify(&note)).transpose()) {
            Ok(Some(head)) => known.push((name, head)),
            Ok(None) => unknown.push(name),
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    let mut met = vec![false; known.len()];
    let verified = store.verify_audit(|head| {
        for ((_, checkpoint), met) in known.iter().zip(&mut met) {
            *met |= *checkpoint == head;
        }
    })?;
    let head = verified.head;
    if let Some(broken) = &verified.broken {
        faults.push(broken.to_string());
    }
    for ((name, checkpoint), met) in known.iter().zip(met) {
        if met {
            say!("{name}: the chain is as it was at event {}", checkpoint.seq);
        } else if checkpoint.seq > head.seq {
            faults.push(format!(
                "{name}: the chain ends at event {}, before the checkpoint's event {}",
                head.seq, checkpoint.seq
            ));
        } else {
            faults.push(format!(
                "{name}: the chain up to event {} is another one",
                checkpoint.seq
            ));
        }
    }
    if !faults.is_empty() {
        return Err(Failure::of_lines(faults)
            .status(NOT_VERIFIED)
            .hint("keep this database as it is, and compare it with a backup"));
    }
    if let Some(first) = unknown.first() {
        let (count, hint) = (unknown.len(), UNKNOWN_SIGNER);
        let what = format!(
            "checkpoints of a signer that the configuration does not name: {count}, the first is {first}; the chain itself holds"
        );
        return Err(Failure::new(what).hint(hint));
    }
    say!(
        "{} events, none changed; the last hash is {}",
        head.seq,
        hex::encode(head.hash)
    );
    Ok(())
}

/// What checkpoints are verified with: the key that signs them now, and those that did before.
fn verifiers(settings: &Settings, signer: Option<&Signer>) -> Result<Vec<Verifier>, Failure> {
    let before = settings.audit.verifiers.iter().map(|text| {
        Verifier::parse(text).ok_or_else(|| {
            Failure::new(format!("`audit.verifiers`: `{text}` is no verifier key"))
                .hint("the log has it where the server starts: NAME+ID+BASE64")
        })
    });
    let own = signer.map(|signer| Ok(signer.verifier()));
    own.into_iter().chain(before).collect()
}

/// Prints the newest checkpoint, to be kept somewhere else.
pub(crate) fn checkpoint(config: &Path) -> Result<(), Failure> {
    let settings = settings(config)?;
    let store = store(&settings)?;
    let newest = store.checkpoints()?.pop();
    let (_, note) = newest.ok_or_else(|| {
        Failure::new("there is no checkpoint")
            .hint("`audit.key` names the key that signs them; the server makes one when it stops")
    })?;
    say::text(format_args!("{note}"));
    Ok(())
}
