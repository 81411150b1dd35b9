//! `check`: everything that would keep the server from its work, at once.

use std::sync::Arc;

use lifeboat::formats::sealed::sealed_file::SealedError;
use lifeboat_endpoint::{
    config::{Database, Holder, IssuerKeys, PassphraseSource, Settings, Tls},
    files,
    identity::{Identities, configured::over_https},
    keys::share_files::Head,
    store::{
        Store,
        copy::{examine, refuse_unfinished},
    },
};

use crate::{
    args::Configured,
    commands::{
        audit::signer,
        notices::{self, SILENT},
        portal_secrets, settings,
        share_keys::HOT_KEY,
    },
    failure::Failure,
    key,
    say::say,
};

pub(crate) fn run(args: &Configured) -> Result<(), Failure> {
    let settings = settings(&args.config)?;
    let mut found = Found::default();
    identities(&settings, &mut found);
    found.note(signer(&settings).map(drop));
    found.note(notices::secrets(&settings).map(drop));
    found.note(portal_secrets::secrets(&settings).map(drop));
    if settings.is_silent() {
        found.warnings.push(SILENT.to_owned());
    }
    tls(&settings, &mut found);
    database(&settings.database, &mut found);
    shares(&settings, &mut found);
    if !found.faults.is_empty() {
        return Err(Failure::of_lines(found.faults).hint("each line names what to look at"));
    }
    for warning in &found.warnings {
        say!("warning: {warning}");
    }
    say!("{}: nothing is wrong", args.config.display());
    Ok(())
}

#[derive(Default)]
struct Found {
    faults: Vec<String>,
    warnings: Vec<String>,
    /// Whether there is something in the database already.
    has_database: bool,
}

impl Found {
    fn note(&mut self, done: Result<(), Failure>) {
        self.faults
            .extend(done.err().into_iter().flat_map(Failure::into_lines));
    }
}

/// Files of public keys, and whether issuers answer.
fn identities(settings: &Settings, found: &mut Found) {
    let fetch = over_https();
    let identities = Identities::of(settings, Arc::clone(&fetch), Arc::new(|_, _, _| {}));
    if let Err(errors) = identities {
        found.faults.extend(errors.iter().map(ToString::to_string));
    }
    for issuer in &settings.issuers {
        if let IssuerKeys::Url(url) = &issuer.keys
            && fetch(url).is_none()
        {
            let name = &issuer.issuer;
            found.faults.push(format!(
                "the keys of issuer `{name}` cannot be had from {url}"
            ));
        }
    }
}

fn tls(settings: &Settings, found: &mut Found) {
    let Tls::Own { certificate, key } = &settings.server.tls else {
        return;
    };
    if let Err(error) = files::open(certificate) {
        let shown = certificate.display();
        found.faults.push(format!("cannot read `{shown}`: {error}"));
    }
    found.note(key::read_secret(key, 1 << 20).map(drop));
}

/// Whether the database can be used; nothing is made there.
fn database(database: &Database, found: &mut Found) {
    match database {
        Database::Sqlite(folder) => {
            let unfinished = refuse_unfinished(folder).err();
            found
                .faults
                .extend(unfinished.map(|error| error.to_string()));
            found.has_database = folder.join("shares.db").exists();
            if found.has_database {
                let examined = examine(folder).err();
                found.faults.extend(examined.map(|error| error.to_string()));
            }
        }
        Database::Postgres(settings) => match Store::examine(settings) {
            Ok(examined) => {
                found.has_database = examined.has_tables;
                found.warnings.extend(examined.warnings);
            }
            Err(error) => found.faults.push(error.to_string()),
        },
    }
}

/// The key, and whether every file of shares is sealed to it.
fn shares(settings: &Settings, found: &mut Found) {
    if settings.has_both_halves() {
        found.warnings.push(
            "shares and backups are both on this host: whoever takes it over can try passphrases against every backup; \
             put them on two hosts, or use cold mode"
                .to_owned(),
        );
    }
    let Some(settings_of_key) = &settings.key else {
        return;
    };
    if let Holder::File {
        path,
        passphrase: PassphraseSource::Asked,
    } = settings_of_key
    {
        // A check asks nothing: the file is looked at, and a locked key stays locked.
        found.note(key::read_secret(path, 1 << 20).map(drop));
        if key::is_locked(path) {
            return;
        }
    }
    match key::holder(settings_of_key) {
        Err(failure) => found.note(Err(failure)),
        Ok(holder) => {
            let fingerprint = holder.public_key().fingerprint();
            if found.has_database {
                sealed_to(&settings.database, &fingerprint, settings.is_cold(), found);
            }
        }
    }
}

fn sealed_to(database: &Database, fingerprint: &[u8; 32], is_cold: bool, found: &mut Found) {
    let files = Store::open(database).and_then(|store| store.share_files());
    let files = match files {
        Ok(files) => files,
        Err(error) => return found.faults.push(error.to_string()),
    };
    for file in files {
        if !file.is_complete {
            let (id, next) = (file.id, file.next);
            found.warnings.push(format!(
                "the import of sealed file {id} ended after {next} records: run `import shares` again"
            ));
        }
        let head = Head::parse(&file.header, &file.recipients);
        let wrapped = head.and_then(|head| head.recipients.wrapped_to(fingerprint));
        let fault = match wrapped {
            Ok(_) if is_cold => Some(HOT_KEY.to_owned()),
            // Any other fault of the head is one in cold mode, too.
            Err(SealedError::NotRecipient(_)) if is_cold => None,
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        let told = fault.map(|fault| format!("sealed file {}: {fault}", file.id));
        found.faults.extend(told);
    }
}
