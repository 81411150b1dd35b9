//! `import grants`: whose wallets are whose, from a list of the company.

use std::{fs, io::Read, path::Path};

use lifeboat_endpoint::{
    domain::{
        audit::Event,
        grant::{Grant, GrantError, read_grants},
    },
    store::Store,
};

use crate::{
    commands::{settings, store},
    failure::Failure,
    say::say,
};

/// Longest list, in bytes.
const MAX_LIST: u64 = 4 << 30;
/// Bad lines that are told.
const MOST_TOLD: usize = 20;
/// Grants in one write.
const BATCH: usize = 2_000;

pub(crate) fn run(config: &Path, file: &Path, issuer: Option<&str>) -> Result<(), Failure> {
    say!("{}", import(config, file, issuer)?);
    Ok(())
}

/// Imports the list, and says what became of it.
pub(crate) fn import(config: &Path, file: &Path, issuer: Option<&str>) -> Result<String, Failure> {
    let settings = settings(config)?;
    let shown = file.display();
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{shown}`: {error}"));
    let opened = fs::File::open(file).map_err(failed)?;
    let mut text = String::new();
    opened
        // One byte more than is allowed tells that there is more.
        .take(MAX_LIST + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MAX_LIST {
        let hint = "split it and import the parts one by one";
        return Err(Failure::new(format!("`{shown}` has more than {MAX_LIST} bytes")).hint(hint));
    }

    let (grants, bad) = read_grants(&text, issuer);
    if !bad.is_empty() {
        return Err(all_of(file, &bad));
    }
    if let Some(issuer) = grants
        .iter()
        .map(|grant| &grant.identity.issuer)
        .find(|issuer| {
            settings
                .issuers
                .iter()
                .all(|known| known.issuer != **issuer)
        })
    {
        return Err(Failure::new(format!("`{issuer}` is no issuer of the configuration"))
            .hint("its users could never sign in; compare it with `identity.issuer`, letter by letter"));
    }
    let store = store(&settings)?;
    let mut new = 0;
    for batch in grants.chunks(BATCH) {
        new += write(&store, batch.to_vec())?;
    }
    let (all, known) = (grants.len(), grants.len() - new);
    Ok(format!("{all} grants: {new} are new, {known} were here"))
}

fn write(store: &Store, grants: Vec<Grant>) -> Result<usize, Failure> {
    Ok(store.write_blocking(move |write| {
        let mut new = 0;
        for grant in &grants {
            new += usize::from(Store::grant_in(write, grant)?);
        }
        if new > 0 {
            let event = Event::new("grants-imported", "done");
            write.audit(event.with("grants", new));
        }
        Ok(new)
    })?)
}

fn all_of(file: &Path, bad: &[GrantError]) -> Failure {
    let told = bad.iter().take(MOST_TOLD);
    let mut lines: Vec<String> = told
        .map(|fault| format!("{}: {fault}", file.display()))
        .collect();
    if bad.len() > MOST_TOLD {
        lines.push(format!(
            "and {} more lines like these",
            bad.len() - MOST_TOLD
        ));
    }
    Failure::of_lines(lines).hint(
        "each line is {\"issuer\": …, \"subject\": …, \"walletId\": …}; or CSV with the columns issuer, subject, walletId; clientId for clients at Portal",
    )
}
