//! `import shares`: puts the records of a sealed file into the database, each opened while it is read.

use std::{
    cell::RefCell,
    fs::File,
    io::{BufReader, IsTerminal},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use lifeboat::operations::Progress;
use lifeboat_endpoint::{
    domain::audit::Event,
    keys::share_files::{Reading, ShareFileError},
    store::{
        Store, StoreError,
        share_import::{Beginning, ShareImport},
    },
};

use crate::{
    commands::{settings, store},
    failure::Failure,
    key::holder,
};

/// Records between two lines of progress.
const TELL: u64 = 500_000;

#[expect(clippy::print_stdout, reason = "this is its result")]
pub(crate) fn run(config: &Path, file: &Path) -> Result<(), Failure> {
    println!("{}", import(config, file)?);
    Ok(())
}

/// Imports the file, and says what became of it.
pub(crate) fn import(config: &Path, file: &Path) -> Result<String, Failure> {
    let settings = settings(config)?;
    let shown = file.display();
    let Some(key) = &settings.key else {
        return Err(Failure::new("the configuration has no `[key]`")
            .hint("records are opened while they are read, so that none is served that does not open; name the key for the import, also in cold mode"));
    };
    let about = |error: ShareFileError| Failure::of_share_file(file, &error);
    let input = File::open(file)
        .map_err(|error| Failure::new(format!("cannot read `{shown}`: {error}")))?;
    let reading = Reading::begin(BufReader::with_capacity(1 << 20, input)).map_err(about)?;
    let head = reading.head();
    let keys = head.open(holder(key)?.as_ref()).map_err(about)?;

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
    let records = reading
        .check_all(
            &keys,
            thread::available_parallelism().map_or(1, usize::from),
            |wallet, position, sealed| {
                if position < from {
                    return Ok(());
                }
                let added = import.borrow_mut().add(&wallet, sealed);
                added.map_err(|error| ShareFileError::NotTaken(error.to_string()))
            },
            &progress,
        )
        .map_err(about)?;
    let before = || recorded(&store, &digest, records);
    import.into_inner().finish(before)?;
    Ok(format!(
        "imported {records} records; start the server again so that it serves them"
    ))
}

/// Recorded before the file is called complete: nothing is served that the audit chain does not know.
fn recorded(store: &Store, digest: &[u8; 32], records: u64) -> Result<(), StoreError> {
    let event = Event::new("shares-imported", "done")
        .with("file", hex::encode(digest))
        .with("records", records);
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
