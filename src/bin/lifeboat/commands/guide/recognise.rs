//! What a file of a recovery is, by looking at it, and what it is good for. The readers of the formats say it; here they are
//! asked one after the other. Nothing is opened that is locked, and nothing of a file is shown.

use std::{
    fs::File,
    io::Cursor,
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{
        device_share::{device_list::read_device_list, share::MAX_DEVICE_FILE},
        encoding::{file_kind::Foreign, other_content::OtherContent, readable::Readable},
        kit::archive::MAX_ARCHIVE,
        known_file::KnownFile,
        portal::share_file::{MAX_PORTAL_FILE, PortalFileError, PortalItem, read_portal_file},
        recovery_key::file::{
            MAX_KEY_FILE, PrivateKeyFile, find_private_key, fingerprint, read_public_keys,
        },
        sealed::sealed_file::{FULL_KEYS, Header, KEY_SHARE_1, PORTAL_SHARE},
        wallets::{algorithm::Algorithm, wallet_list::WalletList},
    },
    operations::{
        check_wallet_list::{CheckOptions, check_wallet_list},
        device_share::recover::read_backups,
    },
};

use crate::{
    bounded::read_start,
    context::threads,
    errors::catalogue::plain,
    inputs::file::read_secret,
    terminal::{grouped, plural},
};

/// How much of a file tells what it is, where it is no text that has to be read.
const START: u64 = 8 << 10;
/// Longest JSON document that is read to see whether it is a list of wallets.
const MAX_DOCUMENT: u64 = 64 << 20;

/// How PostgreSQL's own dumps begin.
const DUMP: &[u8] = b"PGDMP";

/// A file or folder that was looked at.
pub(crate) struct Looked {
    /// Its full path.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
}

/// What it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Kit,
    RecoveryKey { locked: bool },
    PublicKey { fingerprint: String },
    WalletList { wallets: u64 },
    ServerShares,
    SealedShares,
    SealedOther(&'static str),
    DeviceBackup(Backup),
    DeviceShare,
    DeviceList { devices: usize },
    FullKeys,
    LockedKeys,
    Portal(PortalShares),
    DamagedPortal,
    CloudKey,
    Sheet,
    Report,
    Age,
    Folder,
    Other(String),
    Unreadable(String),
}

/// What a device backup says of itself; of several, the newest.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Backup {
    /// How many there are in the file.
    pub(crate) count: usize,
    pub(crate) device_id: Option<String>,
    pub(crate) wallet_id: Option<String>,
    pub(crate) has_eddsa: bool,
}

/// How many shares a file of Portal's has.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PortalShares {
    pub(crate) clients: usize,
    pub(crate) custodians: usize,
    /// Clients' shares that are still encrypted.
    pub(crate) encrypted: usize,
}

impl Looked {
    /// Looks at a file or folder.
    pub(crate) fn at(path: &Path) -> Self {
        let kind = match std::fs::metadata(path) {
            Err(error) => Kind::Unreadable(plain(&error)),
            Ok(info) if info.is_dir() => of_folder(path),
            Ok(info) if info.is_file() => of_file(path, info.len()),
            Ok(_) => Kind::Other("no file, but a pipe or a device".to_owned()),
        };
        Self {
            path: path.to_owned(),
            kind,
        }
    }
}

fn of_folder(path: &Path) -> Kind {
    match path.join("metadata.json").is_file() {
        true => Kind::Kit,
        false => Kind::Folder,
    }
}

fn of_file(path: &Path, size: u64) -> Kind {
    let start = File::open(path).and_then(|file| read_start(file, START));
    let start = match start {
        Ok(start) => SecretBytes::new(start),
        Err(error) => return Kind::Unreadable(plain(&error)),
    };
    let start = start.expose();
    let told = of_container(path, start, size).or_else(|| of_key(path, size));
    // Pictures, archives and documents are none of the texts that follow.
    let may_be_text = matches!(Foreign::recognise(start), None | Some(Foreign::Age));
    let told = told.or_else(|| {
        may_be_text
            .then(|| {
                of_known(path, start, size)
                    .or_else(|| of_list(path, start, size))
                    .or_else(|| of_portal(path, size))
            })
            .flatten()
    });
    told.unwrap_or_else(|| of_stranger(start))
}

/// A zip file is a kit when a metadata file is in it; other archives are what they are.
fn of_container(path: &Path, start: &[u8], size: u64) -> Option<Kind> {
    const METADATA: &[u8] = b"metadata.json";

    match Foreign::recognise(start)? {
        Foreign::Kit => Some(Kind::Kit),
        Foreign::Zip if size <= MAX_ARCHIVE => {
            let whole = read_secret(path, MAX_ARCHIVE).ok()?;
            memchr::memmem::find(whole.expose(), METADATA).map(|_| Kind::Kit)
        }
        Foreign::Html => {
            const SHEET: &[u8] = b"words for a recovery key";
            memchr::memmem::find(start, SHEET).map(|_| Kind::Sheet)
        }
        _ => None,
    }
}

fn of_key(path: &Path, size: u64) -> Option<Kind> {
    if size > MAX_KEY_FILE {
        return None;
    }
    let bytes = read_secret(path, MAX_KEY_FILE).ok()?;
    if let Ok(found) = find_private_key(bytes.expose()) {
        let locked = matches!(found.key, PrivateKeyFile::Locked(_));
        return Some(Kind::RecoveryKey { locked });
    }
    let keys = read_public_keys(bytes.expose()).ok()?;
    keys.first().map(|key| Kind::PublicKey {
        fingerprint: fingerprint(key),
    })
}

fn of_known(path: &Path, start: &[u8], size: u64) -> Option<Kind> {
    let known = KnownFile::of(start);
    let may_be_backup = matches!(
        known,
        None | Some(KnownFile::DeviceBackup | KnownFile::LockedKeys)
    );
    if may_be_backup
        && size <= MAX_DEVICE_FILE
        && looks_like_json(start)
        && let Some(backup) = of_backups(path)
    {
        return Some(backup);
    }
    match known? {
        KnownFile::ServerShares => Some(Kind::ServerShares),
        KnownFile::DeviceShare => Some(Kind::DeviceShare),
        KnownFile::FullKeys => Some(Kind::FullKeys),
        KnownFile::LockedKeys => Some(Kind::LockedKeys),
        KnownFile::Sealed => Some(of_sealed(start)),
        KnownFile::Age => Some(Kind::Age),
        KnownFile::DeviceBackup => Some(Kind::Other("a device backup that is damaged".to_owned())),
        KnownFile::PortalShare | KnownFile::Pem | KnownFile::WalletList => None,
    }
}

fn looks_like_json(start: &[u8]) -> bool {
    let readable = Readable::of_text(start);
    let text = readable.bytes();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // A log has a date before its messages.
    memchr::memchr(b'{', text).is_some()
}

fn of_backups(path: &Path) -> Option<Kind> {
    let bytes = read_secret(path, MAX_DEVICE_FILE).ok()?;
    let backups = read_backups(bytes.expose()).ok()?;
    let newest = backups.last()?;
    let keys = newest.keys();
    Some(Kind::DeviceBackup(Backup {
        count: backups.len(),
        device_id: newest.device_id().map(ToString::to_string),
        wallet_id: newest.wallet_id().map(str::to_owned),
        has_eddsa: keys.iter().any(|key| key.algorithm == Algorithm::CmpEddsa),
    }))
}

fn of_sealed(start: &[u8]) -> Kind {
    let line = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let Ok(header) = Header::parse(line) else {
        return Kind::Other("a sealed file that is damaged or of a newer version".to_owned());
    };
    match header.holds.as_str() {
        KEY_SHARE_1 => Kind::SealedShares,
        FULL_KEYS => Kind::SealedOther("full keys"),
        PORTAL_SHARE => Kind::SealedOther("shares of Portal wallets"),
        _ => Kind::SealedOther("something"),
    }
}

/// A list is recognised by its first ids, then counted. A list of devices names wallets, too.
fn of_list(path: &Path, start: &[u8], size: u64) -> Option<Kind> {
    let is_document =
        start.trim_ascii_start().starts_with(b"[") || start.trim_ascii_start().starts_with(b"{");
    if !is_document
        && size <= MAX_DOCUMENT
        && let Some(list) = of_devices(path, start)
    {
        return Some(list);
    }
    if is_document && size > MAX_DOCUMENT || !is_document && !begins_with_ids(start) {
        return None;
    }
    let options = CheckOptions {
        unique: false,
        expected: 0,
        threads: threads(None),
    };
    let mut list = WalletList::new(File::open(path).ok()?);
    let found = check_wallet_list(&mut list, options).ok()?;
    (found.good > 0).then_some(Kind::WalletList {
        wallets: found.good,
    })
}

fn of_devices(path: &Path, start: &[u8]) -> Option<Kind> {
    let first = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let first = String::from_utf8_lossy(first).to_lowercase();
    if !first.contains("device") {
        return None;
    }
    let bytes = read_secret(path, MAX_DOCUMENT).ok()?;
    let rows = read_device_list(bytes.expose()).ok()?;
    let devices = rows.iter().filter(|row| row.is_ok()).count();
    (devices > 0).then_some(Kind::DeviceList { devices })
}

fn begins_with_ids(start: &[u8]) -> bool {
    let mut list = WalletList::new(Cursor::new(start));
    let Ok(Some(block)) = list.next_block() else {
        return false;
    };
    let mut has_id = false;
    block.each(|listed| has_id |= listed.id.is_ok());
    has_id
}

fn of_portal(path: &Path, size: u64) -> Option<Kind> {
    if size > MAX_PORTAL_FILE {
        return None;
    }
    let bytes = read_secret(path, MAX_PORTAL_FILE).ok()?;
    // Any bytes at all could be a ciphertext: only text is taken for one.
    let is_text = std::str::from_utf8(Readable::of_text(bytes.expose()).bytes()).is_ok();
    if !is_text && !bytes.expose().starts_with(DUMP) {
        return None;
    }
    match read_portal_file("file", &bytes) {
        Ok(items) => Some(Kind::Portal(counted(&items))),
        Err(PortalFileError::KeyDigits(_)) => Some(Kind::CloudKey),
        Err(PortalFileError::Ejected(_)) => Some(Kind::FullKeys),
        Err(PortalFileError::LockedKeys(_)) => Some(Kind::LockedKeys),
        Err(PortalFileError::DumpFile(_)) => Some(Kind::Other(
            "a dump of PostgreSQL in its own format: `pg_restore -f dump.sql FILE` makes a text of it".to_owned(),
        )),
        Err(PortalFileError::Field(_) | PortalFileError::Row { .. } | PortalFileError::Mixed(_)) => {
            Some(Kind::DamagedPortal)
        }
        Err(_) => None,
    }
}

fn counted(items: &[PortalItem]) -> PortalShares {
    let mut shares = PortalShares::default();
    for item in items {
        match item {
            PortalItem::Client(_) => shares.clients += 1,
            PortalItem::Custodian(_) => shares.custodians += 1,
            PortalItem::Ciphertext(..) => shares.encrypted += 1,
            PortalItem::Empty(_) | PortalItem::MorePages(_) => {}
        }
    }
    shares
}

fn of_stranger(start: &[u8]) -> Kind {
    const REPORT: &[u8] = b"\"report\": \"lifeboat kit verify\"";

    if memchr::memmem::find(start, REPORT).is_some() {
        return Kind::Report;
    }
    let name = match (KnownFile::of(start), OtherContent::of(start)) {
        (Some(known), _) => known.name(),
        (None, Some(other)) => other.name(),
        (None, None) if std::str::from_utf8(start).is_ok() => "a text",
        (None, None) => "data of an unknown kind",
    };
    Kind::Other(name.to_owned())
}

impl Kind {
    /// What it is, with its article.
    pub(crate) fn name(&self) -> String {
        let name = match self {
            Self::Kit => "a recovery kit",
            Self::RecoveryKey { locked: true } => "a private key, under a passphrase",
            Self::RecoveryKey { locked: false } => "a private key, without a passphrase",
            Self::PublicKey { .. } => "a public key",
            Self::WalletList { wallets } => {
                return format!("a list of {}", plural(*wallets, "wallet id"));
            }
            Self::ServerShares => "Key Share #1 of wallets, not encrypted",
            Self::SealedShares => "Key Share #1 of wallets, sealed",
            Self::SealedOther(holds) => return format!("a sealed file that holds {holds}"),
            Self::DeviceBackup(Backup { count: 1, .. }) => {
                "a device backup (Key Share #2 under a passphrase)"
            }
            Self::DeviceBackup(backup) => {
                return format!("{} device backups", grouped(backup.count as u64));
            }
            Self::DeviceShare => "a device share (Key Share #2), not encrypted",
            Self::DeviceList { devices } => {
                return format!("a list of {}", plural(*devices as u64, "device"));
            }
            Self::FullKeys => "private keys, not encrypted",
            Self::LockedKeys => "private keys under a passphrase",
            Self::Portal(shares) => return shares.name(),
            Self::DamagedPortal => "a share of a Portal wallet that is damaged",
            Self::CloudKey => {
                "64 hexadecimal digits: the key from a user's cloud, or a private key"
            }
            Self::Sheet => "a sheet with words of a shared passphrase",
            Self::Report => "the report of `lifeboat kit verify`",
            Self::Age => "a file encrypted with age",
            Self::Folder => "a folder",
            Self::Other(name) => name,
            Self::Unreadable(why) => return format!("not readable: {why}"),
        };
        name.to_owned()
    }

    /// What it is good for; nothing where it is no file of a recovery.
    pub(crate) fn good_for(&self) -> Option<&'static str> {
        Some(match self {
            Self::Kit => {
                "with its private key and a list of wallet ids it gives Key Share #1 of all wallets"
            }
            Self::RecoveryKey { .. } => {
                "opens the recovery kit that was made for it, or what was sealed to it"
            }
            Self::PublicKey { .. } => {
                "results can be sealed to it: only its private key opens them"
            }
            Self::WalletList { .. } => "says which wallets Key Share #1 is derived for",
            Self::ServerShares => "with the device share of a user it gives the full keys",
            Self::SealedShares => {
                "with its private key and the device share of a user it gives the full keys"
            }
            Self::SealedOther(_) | Self::Age => "`lifeboat unseal` opens it with its private key",
            Self::DeviceBackup(_) => "with the user's passphrase it gives Key Share #2",
            Self::DeviceShare => "with Key Share #1 of the wallet it gives the full keys",
            Self::DeviceList { .. } => "says which device backup belongs to which wallet",
            Self::FullKeys | Self::LockedKeys => {
                "`lifeboat export` shows addresses, `lifeboat sign` signs"
            }
            Self::Portal(shares) => shares.good_for(),
            Self::DamagedPortal => "look for another copy",
            Self::CloudKey => "opens the encrypted Portal backup of the same user",
            Self::Sheet => "`lifeboat key join` makes the passphrase of a key from several sheets",
            Self::Report => "evidence that a kit was verified; keep it",
            Self::Folder | Self::Other(_) | Self::Unreadable(_) => return None,
        })
    }
}

impl PortalShares {
    fn name(self) -> String {
        let counts = [
            (self.clients, "client share"),
            (self.encrypted, "encrypted client share"),
            (self.custodians, "custodian share"),
        ];
        let told = counts.into_iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = told
            .map(|(count, what)| plural(count as u64, what))
            .collect();
        format!("Portal: {}", told.join(", "))
    }

    fn good_for(self) -> &'static str {
        match (self.clients + self.encrypted, self.custodians) {
            (0, _) => {
                "your server's side; with the client share of the same user it gives the private key"
            }
            (_, 0) => {
                "the user's side; with the custodian share of the same user it gives the private key"
            }
            _ => "holds both sides: it gives private keys",
        }
    }
}
