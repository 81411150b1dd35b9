//! `export portal`: every version of both shares of every client, as files that `lifeboat portal eject` reads as they are.
//!
//! ```text
//! DIR/custodian/CLIENT/0001.json                 {"clientId","backupMethod","backupSharePairId","share"}
//! DIR/client/CLIENT/0001.json                    {"clientId","backupMethod","backupSharePairId", and the share as it came}
//! DIR/sealed/CLIENT/0001-MEMBER.sealed           a share that `lifeboat portal seal` sealed: `lifeboat portal open` opens it
//! ```
//!
//! One file for each version, so that one that is no share costs no other.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use lifeboat::{
    crypto::secret::SecretText,
    formats::{
        encoding::{
            json::{FieldError, Kind, Value},
            shown::plural,
        },
        known_file::KnownFile,
    },
};
use lifeboat_endpoint::{
    domain::{audit::Event, portal::ClientId, portal_backup::AROUND},
    keys::data_key::DataKeys,
    store::{
        Store,
        portal::{CUSTODIAN, StoredShare, sealed_under},
        portal_backups::CLIENT,
    },
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    args::ExportPortal,
    commands::{data_keys::data_keys, settings, store},
    failure::Failure,
    key,
    say::say,
};

/// Clients in one reading.
const PAGE: i64 = 1000;
/// Versions that do not open and are told.
const MOST_TOLD: usize = 20;

pub(crate) fn run(args: &ExportPortal) -> Result<(), Failure> {
    let settings = settings(&args.config.config)?;
    let store = store(&settings)?;
    let holder = settings.key.as_ref().map(key::holder).transpose()?;
    let keys = data_keys(&settings, &store, holder.as_deref())?.ok_or_else(|| {
        Failure::new("no key opens the shares")
            .hint("set `modules.portal = true` in the configuration, and name the key in `[key]`")
    })?;

    stop_when_told()?;
    let mut export = Export {
        folder: NewFolder::beside(&args.out)?,
        store: &store,
        keys: &keys,
        written: Written::default(),
    };
    // What cannot be recorded is not given away.
    let (named, all) = (args.client.clone(), args.client.is_empty());
    store.write_blocking(move |write| {
        let event = Event::new("portal-exported", "begun").with("all", all);
        write.audit(event.with("clients", named));
        Ok(())
    })?;
    if all {
        export.all()?;
    } else {
        export.named(&args.client)?;
    }
    let Export {
        folder, written, ..
    } = export;
    if !written.damaged.is_empty() && !args.without_damaged {
        return Err(written.refused());
    }
    folder.finish(&args.out)?;
    written.tell(&args.out);
    Ok(())
}

/// What was written.
#[derive(Default)]
struct Written {
    clients: u64,
    custodians: u64,
    shares: u64,
    sealed: u64,
    /// Versions that do not open.
    damaged: Vec<String>,
}

impl Written {
    fn refused(self) -> Failure {
        let count = self.damaged.len();
        let mut lines: Vec<String> = self.damaged.into_iter().take(MOST_TOLD).collect();
        if count > MOST_TOLD {
            lines.push(format!("and {} more like these", count - MOST_TOLD));
        }
        Failure::of_lines(lines).hint(
            "nothing was written; `--without-damaged` exports all others, or restore a copy of the database and export that",
        )
    }

    fn tell(&self, out: &Path) {
        let shown = out.display();
        say!(
            "{} and {} of {} into `{shown}`",
            plural(self.custodians, "custodian share"),
            plural(self.shares, "client share"),
            plural(self.clients, "client"),
        );
        if !self.damaged.is_empty() {
            say!("left out, because they do not open: {}", self.damaged.len());
        }
        if self.sealed > 0 {
            say!(
                "sealed among them: {}; `lifeboat portal open FILE --key PEM --out FOLDER` for each file in `{shown}/sealed`, and \
                 name the folders behind `--client`",
                self.sealed
            );
        }
        say!(
            "on the offline machine: lifeboat portal eject --client {shown}/client --custodian {shown}/custodian --key-file CLOUD_KEYS"
        );
        say!(
            "both shares of a client are in it: keep it as you would keep keys, and delete it when it has been ejected"
        );
    }
}

struct Export<'a> {
    folder: NewFolder,
    store: &'a Store,
    keys: &'a DataKeys,
    written: Written,
}

impl Export<'_> {
    fn all(&mut self) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self.store.portal_clients(after.as_ref(), PAGE)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            for client in &page {
                self.client(client)?;
            }
            after = Some(last.clone());
        }
    }

    fn named(&mut self, clients: &[String]) -> Result<(), Failure> {
        let clients: BTreeSet<&String> = clients.iter().collect();
        for name in clients {
            let before = self.written.custodians + self.written.shares;
            let client = ClientId::parse(name);
            let damaged = self.written.damaged.len();
            if let Some(client) = &client {
                self.client(client)?;
            }
            let is_here = self.written.custodians + self.written.shares > before
                || self.written.damaged.len() > damaged;
            if !is_here {
                return Err(Failure::new(format!("nothing of client `{name}` is here"))
                    .hint("compare the id with Portal's, letter by letter; without `--client` all are exported"));
            }
        }
        Ok(())
    }

    fn client(&mut self, client: &ClientId) -> Result<(), Failure> {
        let name = folder_name(client);
        self.written.clients += 1;
        let custodians = self.store.custodian_shares(client)?;
        if !custodians.is_empty() {
            self.folder.make(&Path::new("custodian").join(&name))?;
        }
        for share in &custodians {
            let Some(text) = self.opened(CUSTODIAN, share) else {
                continue;
            };
            let at = Path::new("custodian")
                .join(&name)
                .join(numbered(share.n, ".json"));
            let row = row(share, &format!("\"share\":{}", json!(text.expose())));
            self.folder.write(&at, row.expose())?;
            self.written.custodians += 1;
        }

        let (listed, _) = self.store.listed(client)?;
        let numbers: Vec<i64> = listed.iter().map(|share| share.n).collect();
        for backup in self.store.client_shares(client, &numbers)? {
            let Some(content) = self.opened(CLIENT, &backup.share) else {
                continue;
            };
            let parts = parts(&content).map_err(|error| {
                let (client, n) = (client.as_str(), backup.share.n);
                Failure::new(format!(
                    "version {n} of client `{client}` is no share: {error}"
                ))
            })?;
            self.written.shares += 1;
            self.write_share(&name, &backup.share, parts)?;
        }
        Ok(())
    }

    fn write_share(
        &mut self,
        name: &str,
        share: &StoredShare,
        parts: Parts,
    ) -> Result<(), Failure> {
        if !parts.members.is_empty() {
            let folder = Path::new("client").join(name);
            self.folder.make(&folder)?;
            let members: Vec<&str> = parts.members.iter().map(SecretText::expose).collect();
            let row = row(share, &members.join(","));
            self.folder
                .write(&folder.join(numbered(share.n, ".json")), row.expose())?;
        }
        for (member, text) in &parts.sealed {
            let folder = Path::new("sealed").join(name);
            self.folder.make(&folder)?;
            let file = numbered(share.n, &format!("-{member}.sealed"));
            self.folder.write(&folder.join(file), text.expose())?;
            self.written.sealed += 1;
        }
        Ok(())
    }

    fn opened(&mut self, table: &str, share: &StoredShare) -> Option<SecretText> {
        let under = sealed_under(table, &share.client);
        let plain = self.keys.open(&under, share.id, &share.sealed);
        let text = plain.and_then(|plain| String::from_utf8(plain.expose().to_vec()).ok());
        if text.is_none() {
            let kind = if table == CUSTODIAN {
                "custodian"
            } else {
                "client"
            };
            self.written.damaged.push(format!(
                "the {kind} share {} of client `{}` does not open with the data keys",
                share.n, share.client
            ));
        }
        text.map(SecretText::new)
    }
}

/// The members of a client's share: those that eject reads, and those that are sealed files.
#[derive(Default)]
struct Parts {
    members: Vec<SecretText>,
    sealed: Vec<(String, SecretText)>,
}

fn parts(content: &SecretText) -> Result<Parts, FieldError> {
    let whole = Value::parse("share", content.expose().as_bytes())?;
    let mut parts = Parts::default();
    let mut objects = vec![whole.object()?];
    while let Some(object) = objects.pop() {
        for (name, value) in object.named() {
            if AROUND.contains(&name) && value.kind() == Kind::Object {
                objects.push(value.object()?);
                continue;
            }
            // Eject knows it by this name.
            let name = if name == "clientCipherText" {
                "cipherText"
            } else {
                name
            };
            if value.kind() == Kind::Text {
                let text = value.text()?;
                if KnownFile::of(text.expose().as_bytes()) == Some(KnownFile::Sealed) {
                    let text = SecretText::new(text.expose().to_owned());
                    parts.sealed.push((name.to_owned(), text));
                    continue;
                }
            }
            parts
                .members
                .push(SecretText::new(format!("\"{name}\":{}", value.raw())));
        }
    }
    Ok(parts)
}

/// A version with what is known of it.
fn row(share: &StoredShare, members: &str) -> SecretText {
    let known = json!({
        "backupMethod": share.labels.method,
        "backupSharePairId": share.labels.pair,
        "clientId": share.client.as_str(),
    });
    let known = known.to_string();
    let known = known.strip_suffix('}').unwrap_or_default();
    SecretText::new(format!("{known},{members}}}\n"))
}

fn numbered(n: i64, ending: &str) -> String {
    format!("{n:04}{ending}")
}

/// A folder's name for a client, whatever letters its id has: two ids never have the same, also where capitals do not count.
fn folder_name(client: &ClientId) -> String {
    let plain = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => letter,
        _ => '_',
    };
    let name: String = client.as_str().chars().take(64).map(plain).collect();
    let digest = hex::encode(Sha256::digest(client.as_str()));
    format!("{name}-{}", digest.get(..16).unwrap_or_default())
}

/// Whether somebody has stopped the program.
static STOPPED: AtomicBool = AtomicBool::new(false);

fn go_on() -> Result<(), Failure> {
    if STOPPED.load(Ordering::Relaxed) {
        return Err(Failure::new("stopped: nothing was written").status(130));
    }
    Ok(())
}

/// From here on a program that is stopped takes away what it has written: secrets are in it.
fn stop_when_told() -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals cannot be had: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_io().build().map_err(failed)?;
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let [interrupted, terminated] = {
        let _in_runtime = runtime.enter();
        kinds.map(signal)
    };
    let (mut interrupted, mut terminated) =
        (interrupted.map_err(failed)?, terminated.map_err(failed)?);
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        });
        STOPPED.store(true, Ordering::Relaxed);
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(wait).map(drop).map_err(failed)
}

/// A folder that is there as a whole or not at all.
struct NewFolder {
    /// Where it is written, beside its place.
    at: PathBuf,
    is_done: bool,
}

impl NewFolder {
    fn beside(out: &Path) -> Result<Self, Failure> {
        let shown = out.display();
        let new = || Failure::new(format!("`{shown}` is there already")).hint("name a new folder");
        if fs::symlink_metadata(out).is_ok() {
            return Err(new());
        }
        let name = out.file_name().ok_or_else(new)?.to_string_lossy();
        let at = out.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&at);
        made.map_err(|error| failed(&at, &error))?;
        Ok(Self { at, is_done: false })
    }

    fn make(&self, folder: &Path) -> Result<(), Failure> {
        let path = self.at.join(folder);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| failed(&path, &error))
    }

    fn write(&self, file: &Path, text: &str) -> Result<(), Failure> {
        go_on()?;
        let path = self.at.join(file);
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o600);
        let written = options
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| failed(&path, &error))
    }

    /// Puts it into its place, once all of it is on the disk.
    fn finish(mut self, out: &Path) -> Result<(), Failure> {
        go_on()?;
        for folder in ["custodian", "client"] {
            self.make(Path::new(folder))?;
        }
        let synced = File::open(&self.at).and_then(|folder| Ok(rustix::fs::syncfs(&folder)?));
        synced.map_err(|error| failed(&self.at, &error))?;
        let here = rustix::fs::CWD;
        let flags = rustix::fs::RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(here, &self.at, here, out, flags)
            .map_err(|error| failed(out, &error.into()))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_done {
            let _left = fs::remove_dir_all(&self.at);
        }
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    let failure = Failure::new(format!("cannot write `{shown}`: {error}"));
    failure.hint(match error.kind() {
        ErrorKind::AlreadyExists => "name a new folder with `--out DIR`",
        ErrorKind::StorageFull => "free the disk; nothing of it was left there",
        _ => "name a folder with `--out DIR` that this user may make",
    })
}
