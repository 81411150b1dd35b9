//! `import shares`: puts the records of a sealed file into the database, each opened while it is read.

use std::{
    cell::RefCell,
    fs::File,
    io::{BufReader, IsTerminal},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use lifeboat::{formats::wallets::wallet_id::WalletId, operations::Progress};
use lifeboat_endpoint::{
    config::Settings,
    domain::audit::Event,
    keys::share_files::{Head, Reading, ShareFileError, ShareKeys},
    store::{
        Store, StoreError,
        share_import::{Beginning, ShareImport},
    },
};

use crate::{
    commands::{settings, store},
    failure::Failure,
    key::holder,
    say::say,
};

/// What is said of records that nobody here can open.
const UNOPENED: &str = ", unopened as cold mode has it: `lifeboat check` on the offline machine says whether they are right";
/// Records between two lines of progress.
const TELL: u64 = 500_000;

pub(crate) fn run(config: &Path, file: &Path) -> Result<(), Failure> {
    say!("{}", import(config, file)?);
    Ok(())
}

/// Imports the file, and says what became of it.
pub(crate) fn import(config: &Path, file: &Path) -> Result<String, Failure> {
    let settings = settings(config)?;
    let shown = file.display();
    let about = |error: ShareFileError| Failure::of_share_file(file, &error);
    let input = File::open(file)
        .map_err(|error| Failure::new(format!("cannot read `{shown}`: {error}")))?;
    let reading = Reading::begin(BufReader::with_capacity(1 << 20, input)).map_err(about)?;
    let head = reading.head();
    let keys = keys_of(&settings, &head, file)?;

    let store = store(&settings)?;
    let (header, recipients) = (head.header.line(), head.recipients.line());
    let digest = head.header.digest();
    let beginning = ShareImport::begin(&settings.database, digest, &header, &recipients)?;
    let (import, from) = match beginning {
        Beginning::Complete { records } => {
            return Ok(format!(
                "`{shown}` is here already, with all of its {records} records"
            ));
        }
        Beginning::Open(import, from) => (import, from),
    };
    if from > 0 {
        tell(&format!("going on after {from} records"));
    }
    let import = RefCell::new(*import);
    let progress = Told::default();
    let take = |wallet: WalletId, position: u64, sealed: &[u8]| {
        if position < from {
            return Ok(());
        }
        let added = import.borrow_mut().add(&wallet, sealed);
        added.map_err(|error| ShareFileError::NotTaken(error.to_string()))
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let records = match &keys {
        Some(keys) => reading.check_all(keys, threads, take, &progress),
        None => reading.take_unopened(take, &progress),
    };
    let records = records.map_err(about)?;
    let before = || recorded(&store, &digest, records, keys.is_some());
    import.into_inner().finish(before)?;
    let unopened = if keys.is_some() { "" } else { UNOPENED };
    Ok(format!(
        "imported {records} records{unopened}; start the server again so that it serves them"
    ))
}

/// The keys of the file; none in cold mode, where this machine must not have them.
fn keys_of(settings: &Settings, head: &Head, file: &Path) -> Result<Option<ShareKeys>, Failure> {
    if settings.is_cold() {
        return Ok(None);
    }
    let Some(key) = &settings.key else {
        return Err(Failure::new("the configuration has no `[key]`").hint(
            "records are opened while they are read, so that none is served that does not open",
        ));
    };
    let opened = head.open(holder(key)?.as_ref());
    opened
        .map(Some)
        .map_err(|error| Failure::of_share_file(file, &error))
}

/// Recorded before the file is called complete: nothing is served that the audit chain does not know.
fn recorded(
    store: &Store,
    digest: &[u8; 32],
    records: u64,
    is_opened: bool,
) -> Result<(), StoreError> {
    let event = Event::new("shares-imported", "done")
        .with("file", hex::encode(digest))
        .with("records", records)
        .with("opened", is_opened);
    store.write_blocking(move |write| {
        write.audit(event);
        Ok(())
    })
}

/// Progress as lines on a terminal.
#[derive(Default)]
struct Told {
    count: AtomicU64,
}

impl Progress for Told {
    fn advance(&self, records: u64) {
        let before = self.count.fetch_add(records, Ordering::Relaxed);
        let now = before + records;
        if before / TELL != now / TELL && std::io::stderr().is_terminal() {
            tell(&format!("{now} records"));
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is what tells a person")]
fn tell(line: &str) {
    eprintln!("{line}");
}
