//! `derive`: Key Share #1 of a list of wallets.

use std::{
    fs::File,
    io::{BufReader, Cursor, Read, Seek},
    path::{Path, PathBuf},
};

use lifeboat::{
    formats::{
        algorithm::Algorithm,
        record::RecordFormat,
        wallet_id::{WalletId, WalletIdFault},
        wallet_list::WalletList,
    },
    operations::{
        derive::Derivation,
        open::open_wallet_master,
        survey::{BadId, BadIdFault, Survey, survey},
    },
};
use serde_json::json;

use super::run_kit::{warn_of_label, warn_of_oddities};
use crate::{
    args::Derive,
    failure::{Failure, Outcome},
    files::{Destination, STANDARD, open_kit},
    passphrases::private_key,
    world::World,
};

const MAX_SPOOLED: u64 = 8 << 30;
const MAX_SHOWN: usize = 20;
const READ_BUFFER: usize = 1 << 17;

/// Derives the shares of every wallet asked for, in order.
pub(crate) fn derive(args: &Derive, world: &mut World) -> Result<Outcome, Failure> {
    let kit = open_kit(&args.kit)?;
    warn_of_oddities(&kit, world);
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    let mut ids = WalletIds::open(args, world)?;
    let format = RecordFormat::from(args.format);
    let found = ids.survey(format == RecordFormat::Json)?;
    report_bad_ids(&found, &ids, args, world)?;

    let passphrase_file = args.recovery.key_passphrase_file.as_deref();
    let key = private_key(world, &args.recovery.key, "--key-passphrase-file", passphrase_file)?;
    warn_of_label(&kit, &key, world);
    let opened = open_wallet_master(&kit, &key, &mut world.rng());
    let (master, cosigners) = opened.map_err(|error| Failure::from(error).about(&args.kit))?;
    let algorithms = args.algorithm.list();
    if algorithms.contains(&Algorithm::CmpEddsa) {
        world.terminal.warn("EdDSA shares are unconfirmed: only the public-key check of a takeover proves them");
    }

    let derivation = Derivation { master: &master, cosigners: &cosigners, algorithms, format };
    let count = in_threads(args.threads, || {
        let bar = world.terminal.bar(found.good);
        derivation.run(ids.good_ids(&found)?, &mut out, &bar).map_err(Failure::from)
    })?;
    if count != found.good {
        return Err(Failure::refused("list_changed", "the wallet list changed while it was read: nothing was written")
            .hint("run it again on a copy that nobody edits"));
    }
    let written = out.finish()?;
    Ok(summary(args, world, count, &found, &ids, &cosigners, written))
}

fn summary(
    args: &Derive,
    world: &World,
    count: u64,
    found: &Survey,
    ids: &WalletIds,
    cosigners: &[uuid::Uuid],
    written: Option<PathBuf>,
) -> Outcome {
    let wallets = if count == 1 { "wallet" } else { "wallets" };
    if let Some(path) = &written {
        world.terminal.say(format!("derived Key Share #1 of {count} {wallets} into `{}`", path.display()));
    }
    let unconfirmed = args.algorithm.list().iter().filter(|algorithm| **algorithm == Algorithm::CmpEddsa);
    let outcome = Outcome::done(json!({
        "wallets": count,
        "failed": bad_list(found, ids),
        "cosigners": cosigners,
        "algorithms": args.algorithm.list().iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>(),
        "unconfirmed": unconfirmed.map(|algorithm| algorithm.name()).collect::<Vec<_>>(),
        "files": written.iter().collect::<Vec<_>>(),
    }));
    if found.bad.is_empty() {
        return outcome;
    }
    let message = format!("{} of {} ids were not derived", found.bad.len(), found.bad.len() as u64 + count);
    outcome.but(Failure::some_failed("bad_wallet_ids", message).hint("correct them and derive them alone"))
}

/// Refuses a list with nothing to derive, or with bad ids unless `--keep-going`; names each on standard error.
fn report_bad_ids(found: &Survey, ids: &WalletIds, args: &Derive, world: &World) -> Result<(), Failure> {
    let shown = if args.keep_going { found.bad.len() } else { MAX_SHOWN };
    for bad in found.bad.iter().take(shown) {
        world.terminal.warn(format!("{} {}: {}", ids.place, bad.line, bad.fault));
        if let BadIdFault::Spelling(WalletIdFault::Spelling { canonical, .. }) = &bad.fault {
            world.terminal.say(format!("hint: write it as `{canonical}`"));
        }
    }
    if found.bad.len() > shown {
        world.terminal.warn(format!("and {} more", found.bad.len() - shown));
    }
    if found.good == 0 && found.bad.is_empty() {
        return Err(Failure::refused("no_wallet_ids", "no wallet ids to derive")
            .hint("name them after the kit, or in a file with `--wallets FILE`"));
    }
    match found.bad.first() {
        Some(first) if !args.keep_going || found.good == 0 => {
            let several =
                if found.bad.len() == 1 { String::new() } else { format!(" (and {} more)", found.bad.len() - 1) };
            let message = format!("{} {}: {}{several}; nothing was written", ids.place, first.line, first.fault);
            let failure = Failure::refused("bad_wallet_ids", message);
            Err(match &first.fault {
                BadIdFault::Spelling(WalletIdFault::Spelling { canonical, .. }) => {
                    failure.hint(format!("the spelling is hashed into the share; write it as `{canonical}`"))
                }
                BadIdFault::Duplicate { .. } => failure.hint("`--format ndjson` and `csv` take an id twice"),
                BadIdFault::Spelling(_) => failure.hint("`--keep-going` derives the good ids and lists the bad ones"),
            })
        }
        _ => Ok(()),
    }
}

fn bad_list(found: &Survey, ids: &WalletIds) -> Vec<serde_json::Value> {
    found.bad.iter().map(|bad: &BadId| json!({ ids.place: bad.line, "error": bad.fault.to_string() })).collect()
}

/// Where the ids come from; read twice, once to look them over and once to derive.
struct WalletIds {
    source: Source,
    /// What the position of an id is called: `line` or `argument`.
    place: &'static str,
}

enum Source {
    Arguments(Vec<u8>),
    File(File),
}

impl WalletIds {
    fn open(args: &Derive, world: &mut World) -> Result<Self, Failure> {
        let Some(path) = &args.wallets else {
            // A line break inside an argument must not make two ids of it.
            let lines = args.wallet_ids.iter().map(|id| id.replace(['\n', '\r'], "?"));
            let text = lines.collect::<Vec<_>>().join("\n").into_bytes();
            return Ok(Self { source: Source::Arguments(text), place: "argument" });
        };
        let file = if path == Path::new(STANDARD) {
            spool(world)?
        } else {
            File::open(path).map_err(|error| Failure::io("read", path, &error))?
        };
        Ok(Self { source: Source::File(file), place: "line" })
    }

    fn survey(&mut self, unique: bool) -> Result<Survey, Failure> {
        Ok(match self.list()? {
            List::Arguments(mut list) => survey(&mut list, unique)?,
            List::File(mut list) => survey(&mut list, unique)?,
        })
    }

    /// The ids that the survey found good, one at a time.
    fn good_ids(&mut self, found: &Survey) -> Result<impl FnMut() -> Result<Option<WalletId>, Failure>, Failure> {
        let mut repeats = found.bad.iter().map(|bad| bad.line).collect::<Vec<_>>().into_iter().peekable();
        let mut list = self.list()?;
        Ok(move || {
            loop {
                let Some(listed) = list.next_id()? else { return Ok(None) };
                let bad = repeats.next_if(|line| *line == listed.line).is_some();
                match listed.id {
                    Ok(id) if !bad => return Ok(Some(id)),
                    _ => {}
                }
            }
        })
    }

    fn list(&mut self) -> Result<List, Failure> {
        Ok(match &mut self.source {
            Source::Arguments(text) => List::Arguments(WalletList::of_arguments(Cursor::new(text.clone()))),
            Source::File(file) => {
                let again = file.rewind().and_then(|()| file.try_clone());
                let file = again.map_err(|error| Failure::io("read", Path::new("the wallet list"), &error))?;
                List::File(WalletList::new(BufReader::with_capacity(READ_BUFFER, file)))
            }
        })
    }
}

enum List {
    Arguments(WalletList<Cursor<Vec<u8>>>),
    File(WalletList<BufReader<File>>),
}

impl List {
    fn next_id(&mut self) -> Result<Option<lifeboat::formats::wallet_list::Listed>, Failure> {
        Ok(match self {
            Self::Arguments(list) => list.next_id()?,
            Self::File(list) => list.next_id()?,
        })
    }
}

/// Standard input can be read once and the ids are needed twice: keep them in a file without a name. Ids are no secret.
fn spool(world: &mut World) -> Result<File, Failure> {
    let fail = |error| Failure::io("read", Path::new("standard input"), &error);
    let stdin = world.take_stdin("--wallets")?;
    let mut file = tempfile::tempfile().map_err(fail)?;
    let copied = std::io::copy(&mut stdin.lock().take(MAX_SPOOLED + 1), &mut file).map_err(fail)?;
    if copied > MAX_SPOOLED {
        let message = format!("standard input holds more than {} GiB", MAX_SPOOLED >> 30);
        return Err(Failure::refused("file_too_large", message).hint("give the list as a file with `--wallets FILE`"));
    }
    Ok(file)
}

fn in_threads<T: Send>(threads: Option<u16>, work: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Failure::refused("threads", format!("cannot start threads: {error}")))?;
    pool.install(work)
}
