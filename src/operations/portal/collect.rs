//! Collects the shares that files hold, opening what is still encrypted (FORMATS.md §20, §21).

use std::{cell::Cell, collections::HashMap};

use crate::{
    crypto::{
        curve::{Curve, PublicKey},
        secret::{Passphrase, Secret, SecretBytes},
    },
    formats::{
        portal::{
            ciphertext::{CiphertextError, PortalCiphertext},
            client_share::ClientShare,
            custodian_share::CustodianShare,
            fields::Provenance,
            share_file::{PortalFileError, PortalItem, read_portal_file, read_within},
        },
        printable,
    },
};

/// A file's content under the name that complaints use.
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: SecretBytes,
    /// Whether it was not named but found in a folder: then it may also hold nothing of use.
    pub from_folder: bool,
}

/// What ciphertexts are tried with.
#[derive(Default)]
pub struct DecryptionKeys {
    /// Keys from users' clouds.
    pub keys: Vec<Secret<32>>,
    /// Users' passwords.
    pub passwords: Vec<Passphrase>,
    /// The key that opened something last. Keys and ciphertexts of many users often are in one order.
    pub last: Cell<usize>,
}

/// Which share of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The client's.
    Client,
    /// The custodian's.
    Custodian,
}

impl Role {
    /// A word for people and machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Custodian => "custodian",
        }
    }
}

/// Something with the name of the file it was in.
pub struct FromFile<T> {
    /// The file.
    pub source: String,
    /// What it holds.
    pub share: T,
}

/// A ciphertext that could not be decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unopened {
    /// The file.
    pub source: String,
    /// Its size in bytes.
    pub size: usize,
    /// Why the last key or password did not open it; `None` when there was none to try.
    pub fault: Option<CiphertextError>,
    /// What is around it.
    pub provenance: Provenance,
}

/// A file of a folder that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFile {
    /// The file.
    pub source: String,
    /// The reason.
    pub error: CollectError,
}

/// Role, fingerprint and public key: a copy with another public key is another share.
type Identity = (Role, [u8; 32], Option<PublicKey>);

/// Everything that a set of files holds.
#[derive(Default)]
pub struct Collected {
    /// Clients' shares, each once.
    pub clients: Vec<FromFile<ClientShare>>,
    /// Custodians' shares, each once.
    pub custodians: Vec<FromFile<CustodianShare>>,
    /// Ciphertexts that could not be decrypted.
    pub unopened: Vec<Unopened>,
    /// What was skipped.
    pub notes: Vec<String>,
    /// Files of folders that could not be used.
    pub failed: Vec<FailedFile>,
    /// Files that are a page of an answer and say that more pages follow, each with the member that says so.
    pub more_pages: Vec<(String, String)>,
    /// What tells shares apart, and the file each was in first.
    seen: HashMap<Identity, String>,
}

/// Why a set of files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// A file that is no share, or a wrong one.
    #[error(transparent)]
    File(#[from] PortalFileError),
    /// A ciphertext, and nothing to open it with.
    #[error("`{0}` is encrypted and needs the key from the user's cloud, or the user's password")]
    Locked(String),
    /// A file that holds only the other share.
    #[error("`{name}` holds a {} share, expected a {} share", .found.name(), .wanted.name())]
    WrongSide {
        /// The file.
        name: String,
        /// What it holds.
        found: Role,
        /// What belongs there.
        wanted: Role,
    },
    /// Something inside an opened ciphertext that is encrypted again.
    #[error("`{0}` holds a ciphertext inside a ciphertext")]
    Nested(String),
}

/// Reads every file and keeps the shares of the wanted role, or all. A share that is in several files is taken
/// once.
///
/// # Errors
/// [`CollectError`] for the first file that was named and cannot be used; files of folders that cannot are listed. What
/// no opener opens is no error but listed.
pub fn collect(
    sources: &[Source],
    keys: &DecryptionKeys,
    wanted: Option<Role>,
) -> Result<Collected, CollectError> {
    let mut found = Collected::default();
    for source in sources {
        found.take_source(source, keys, wanted)?;
    }
    Ok(found)
}

/// The same for who only looks: what is wrong with a file that was named does not hide what the others hold. Every share is
/// kept; the errors are in the order of the files.
pub fn collect_usable(sources: &[Source], keys: &DecryptionKeys) -> (Collected, Vec<CollectError>) {
    let mut found = Collected::default();
    let faults = sources
        .iter()
        .filter_map(|source| found.take_source(source, keys, None).err())
        .collect();
    (found, faults)
}

impl Collected {
    fn take_source(
        &mut self,
        source: &Source,
        keys: &DecryptionKeys,
        wanted: Option<Role>,
    ) -> Result<(), CollectError> {
        let taken = match read_portal_file(&source.name, &source.bytes) {
            Ok(items) => self.take_all(source, items, keys, wanted),
            Err(error) if source.from_folder && error.may_be_skipped(&source.name) => {
                self.notes.push(format!("skipped: {error}"));
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        match taken {
            Err(error) if source.from_folder => {
                self.failed.push(FailedFile {
                    source: printable(&source.name),
                    error,
                });
                Ok(())
            }
            other => other,
        }
    }

    fn take_all(
        &mut self,
        source: &Source,
        items: Vec<PortalItem>,
        keys: &DecryptionKeys,
        wanted: Option<Role>,
    ) -> Result<(), CollectError> {
        let is_wanted = |item: &PortalItem| {
            role_of(item).is_none_or(|role| wanted.is_none_or(|wanted| wanted == role))
        };
        let holds_wanted = items
            .iter()
            .any(|item| role_of(item).is_some() && is_wanted(item));
        if let (Some(wanted), false, false) = (wanted, holds_wanted, source.from_folder) {
            let found = if wanted == Role::Client {
                Role::Custodian
            } else {
                Role::Client
            };
            return Err(CollectError::WrongSide {
                name: printable(&source.name),
                found,
                wanted,
            });
        }
        // One item that cannot be used must not cost those behind it.
        let mut result = Ok(());
        for item in items.into_iter().filter(is_wanted) {
            let taken = match item {
                PortalItem::Client(share) => self.take_client(source, share),
                PortalItem::Custodian(share) => self.take_custodian(source, share),
                PortalItem::Ciphertext(ciphertext, around) => {
                    self.take_ciphertext(source, &ciphertext, around, keys, wanted)
                }
                PortalItem::Empty(curve) => self.note_empty(source, curve),
                PortalItem::MorePages(member) => self.note_more_pages(source, member),
            };
            result = result.and(taken);
        }
        result
    }

    fn take_ciphertext(
        &mut self,
        source: &Source,
        ciphertext: &PortalCiphertext,
        around: Provenance,
        keys: &DecryptionKeys,
        wanted: Option<Role>,
    ) -> Result<(), CollectError> {
        let fault = match keys.open(ciphertext) {
            Some(Ok(plain)) => return self.take_opened(source, &plain, around, wanted),
            Some(Err(fault)) => Some(fault),
            None => None,
        };
        let name = printable(&source.name);
        self.unopened.push(Unopened {
            source: name.clone(),
            size: ciphertext.size(),
            fault,
            provenance: around,
        });
        if fault.is_none() && wanted.is_some() {
            Err(CollectError::Locked(name))
        } else {
            Ok(())
        }
    }

    fn take_opened(
        &mut self,
        source: &Source,
        plain: &SecretBytes,
        around: Provenance,
        wanted: Option<Role>,
    ) -> Result<(), CollectError> {
        // An id around a ciphertext is that of a row, not of a pair.
        let items = read_within(
            &source.name,
            plain,
            Provenance {
                pair_id: None,
                ..around
            },
        )?;
        if items
            .iter()
            .any(|item| matches!(item, PortalItem::Ciphertext(..)))
        {
            return Err(CollectError::Nested(printable(&source.name)));
        }
        self.take_all(source, items, &DecryptionKeys::default(), wanted)
    }

    fn note_empty(&mut self, source: &Source, curve: Curve) -> Result<(), CollectError> {
        self.notes.push(format!(
            "`{}` holds no {} share, only a place for one",
            printable(&source.name),
            curve.name()
        ));
        Ok(())
    }

    fn note_more_pages(&mut self, source: &Source, member: String) -> Result<(), CollectError> {
        let name = printable(&source.name);
        self.notes.push(format!(
            "`{name}` is one page of an answer, and its `{member}` says that more pages follow: give all of them"
        ));
        self.more_pages.push((name, member));
        Ok(())
    }

    fn take_client(&mut self, source: &Source, share: ClientShare) -> Result<(), CollectError> {
        if self.is_new(
            source,
            (
                Role::Client,
                share.fingerprint(),
                Some(share.public_key.clone()),
            ),
        ) {
            self.clients.push(FromFile {
                source: printable(&source.name),
                share,
            });
        }
        Ok(())
    }

    fn take_custodian(
        &mut self,
        source: &Source,
        share: CustodianShare,
    ) -> Result<(), CollectError> {
        if self.is_new(
            source,
            (
                Role::Custodian,
                share.fingerprint(),
                share.public_key.clone(),
            ),
        ) {
            if let Some(version) = &share.unknown_version {
                self.notes.push(format!(
                    "`{}` holds a custodian share of version `{version}`, which is not known here: it was read like the others",
                    printable(&source.name)
                ));
            }
            self.custodians.push(FromFile {
                source: printable(&source.name),
                share,
            });
        }
        Ok(())
    }

    fn is_new(&mut self, source: &Source, identity: Identity) -> bool {
        let name = printable(&source.name);
        let Some(earlier) = self.seen.get(&identity) else {
            self.seen.insert(identity, name);
            return true;
        };
        self.notes.push(format!(
            "skipped a share in `{name}`: the same one as in `{earlier}`"
        ));
        false
    }
}

impl DecryptionKeys {
    /// Whether there is nothing to open with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.passwords.is_empty()
    }

    /// Tries every key, then every password; `None` when there are none at all.
    #[must_use]
    pub fn open(
        &self,
        ciphertext: &PortalCiphertext,
    ) -> Option<Result<SecretBytes, CiphertextError>> {
        let count = self.keys.len();
        let begin = self.last.get();
        let keys = (begin..begin + count).filter_map(|place| {
            let opened = ciphertext.open_with_key(self.keys.get(place % count)?);
            if opened.is_ok() {
                self.last.set(place % count);
            }
            Some(opened)
        });
        let passwords = self
            .passwords
            .iter()
            .map(|password| ciphertext.open_with_password(password));
        let mut last = None;
        for tried in keys.chain(passwords) {
            let opened = tried.is_ok();
            last = Some(tried);
            if opened {
                break;
            }
        }
        last
    }
}

/// Whose share it is, where it is one. Only clients' shares are ever encrypted this way.
fn role_of(item: &PortalItem) -> Option<Role> {
    match item {
        PortalItem::Client(_) | PortalItem::Ciphertext(..) | PortalItem::Empty(_) => {
            Some(Role::Client)
        }
        PortalItem::Custodian(_) => Some(Role::Custodian),
        PortalItem::MorePages(_) => None,
    }
}
