//! Collects the halves that files hold, opening what is still encrypted (FORMATS.md §20, §21).

use std::{cell::Cell, collections::HashMap};

use crate::{
    crypto::{
        curve::{Curve, PublicKey},
        secret::{Passphrase, Secret, SecretBytes},
    },
    formats::{
        portal::{
            ciphertext::{CiphertextError, PortalCiphertext},
            client_share::ClientHalf,
            custodian_share::CustodianHalf,
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
pub struct Openers {
    /// Keys from users' clouds.
    pub keys: Vec<Secret<32>>,
    /// Users' passwords.
    pub passwords: Vec<Passphrase>,
    /// The key that opened something last. Keys and ciphertexts of many users often stand in one order.
    pub last: Cell<usize>,
}

/// Which half of a pair.
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

/// Something with the name of the file it stood in.
pub struct Named<T> {
    /// The file.
    pub source: String,
    /// What it holds.
    pub half: T,
}

/// A ciphertext that stayed shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shut {
    /// The file.
    pub source: String,
    /// Its size in bytes.
    pub size: usize,
    /// Why the last key or password did not open it; `None` when there was none to try.
    pub fault: Option<CiphertextError>,
    /// What stands around it.
    pub provenance: Provenance,
}

/// A file of a folder that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedFile {
    /// The file.
    pub source: String,
    /// The reason.
    pub error: GatherError,
}

/// Role, fingerprint and public key: a copy with another public key is another half.
type Identity = (Role, [u8; 32], Option<PublicKey>);

/// Everything that a set of files holds.
#[derive(Default)]
pub struct Gathered {
    /// Clients' halves, each once.
    pub clients: Vec<Named<ClientHalf>>,
    /// Custodians' halves, each once.
    pub custodians: Vec<Named<CustodianHalf>>,
    /// Ciphertexts that stayed shut.
    pub sealed: Vec<Shut>,
    /// What was passed over.
    pub notes: Vec<String>,
    /// Files of folders that could not be used.
    pub failed: Vec<FailedFile>,
    /// What tells halves apart, and the file each stood in first.
    seen: HashMap<Identity, String>,
}

/// Why a set of files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    /// A file that is no share, or a wrong one.
    #[error(transparent)]
    File(#[from] PortalFileError),
    /// A ciphertext, and nothing to open it with.
    #[error("`{0}` is encrypted and needs the key from the user's cloud, or the user's password")]
    Locked(String),
    /// A file that holds only the other half.
    #[error("`{name}` holds a {} half, expected a {} half", .found.name(), .wanted.name())]
    WrongHalf {
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

/// Reads every file and keeps the halves of the wanted role, or all. A half that stands in several files is taken
/// once.
///
/// # Errors
/// [`GatherError`] for the first file that was named and cannot be used; files of folders that cannot are listed. What
/// no opener opens is no error but listed.
pub fn gather(
    sources: &[Source],
    openers: &Openers,
    wanted: Option<Role>,
) -> Result<Gathered, GatherError> {
    let mut found = Gathered::default();
    for source in sources {
        found.take_source(source, openers, wanted)?;
    }
    Ok(found)
}

/// The same for who only looks: what is wrong with a file that was named does not hide what the others hold. Every half is
/// kept; the errors stand in the order of the files.
pub fn gather_what_is_sound(sources: &[Source], openers: &Openers) -> (Gathered, Vec<GatherError>) {
    let mut found = Gathered::default();
    let faults = sources
        .iter()
        .filter_map(|source| found.take_source(source, openers, None).err())
        .collect();
    (found, faults)
}

impl Gathered {
    fn take_source(
        &mut self,
        source: &Source,
        openers: &Openers,
        wanted: Option<Role>,
    ) -> Result<(), GatherError> {
        let taken = match read_portal_file(&source.name, &source.bytes) {
            Ok(items) => self.take_all(source, items, openers, wanted),
            Err(error) if source.from_folder && error.is_foreign() => {
                self.notes.push(format!("passed over: {error}"));
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
        openers: &Openers,
        wanted: Option<Role>,
    ) -> Result<(), GatherError> {
        let is_wanted = |item: &PortalItem| wanted.is_none_or(|wanted| wanted == role_of(item));
        if let (Some(wanted), false, false) =
            (wanted, items.iter().any(is_wanted), source.from_folder)
        {
            let found = if wanted == Role::Client {
                Role::Custodian
            } else {
                Role::Client
            };
            return Err(GatherError::WrongHalf {
                name: printable(&source.name),
                found,
                wanted,
            });
        }
        // One item that cannot be used must not cost those behind it.
        let mut result = Ok(());
        for item in items.into_iter().filter(is_wanted) {
            let taken = match item {
                PortalItem::Client(half) => self.take_client(source, half),
                PortalItem::Custodian(half) => self.take_custodian(source, half),
                PortalItem::Sealed(sealed, around) => {
                    self.take_sealed(source, &sealed, around, openers, wanted)
                }
                PortalItem::Empty(curve) => self.note_empty(source, curve),
            };
            result = result.and(taken);
        }
        result
    }

    fn take_sealed(
        &mut self,
        source: &Source,
        sealed: &PortalCiphertext,
        around: Provenance,
        openers: &Openers,
        wanted: Option<Role>,
    ) -> Result<(), GatherError> {
        let fault = match openers.open(sealed) {
            Some(Ok(plain)) => return self.take_opened(source, &plain, around, wanted),
            Some(Err(fault)) => Some(fault),
            None => None,
        };
        let name = printable(&source.name);
        self.sealed.push(Shut {
            source: name.clone(),
            size: sealed.size(),
            fault,
            provenance: around,
        });
        if fault.is_none() && wanted.is_some() {
            Err(GatherError::Locked(name))
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
    ) -> Result<(), GatherError> {
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
            .any(|item| matches!(item, PortalItem::Sealed(..)))
        {
            return Err(GatherError::Nested(printable(&source.name)));
        }
        self.take_all(source, items, &Openers::default(), wanted)
    }

    fn note_empty(&mut self, source: &Source, curve: Curve) -> Result<(), GatherError> {
        self.notes.push(format!(
            "`{}` holds no {} share, only a place for one",
            printable(&source.name),
            curve.name()
        ));
        Ok(())
    }

    fn take_client(&mut self, source: &Source, half: ClientHalf) -> Result<(), GatherError> {
        if self.is_new(
            source,
            (
                Role::Client,
                half.fingerprint(),
                Some(half.public_key.clone()),
            ),
        ) {
            self.clients.push(Named {
                source: printable(&source.name),
                half,
            });
        }
        Ok(())
    }

    fn take_custodian(&mut self, source: &Source, half: CustodianHalf) -> Result<(), GatherError> {
        if self.is_new(
            source,
            (Role::Custodian, half.fingerprint(), half.public_key.clone()),
        ) {
            if let Some(version) = &half.unknown_version {
                self.notes.push(format!(
                    "`{}` holds a custodian half of version `{version}`, which is not known here: it was read like the others",
                    printable(&source.name)
                ));
            }
            self.custodians.push(Named {
                source: printable(&source.name),
                half,
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
            "passed over a share in `{name}`: the same one as in `{earlier}`"
        ));
        false
    }
}

impl Openers {
    /// Whether there is nothing to open with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.passwords.is_empty()
    }

    /// Tries every key, then every password; `None` when there are none at all.
    #[must_use]
    pub fn open(&self, sealed: &PortalCiphertext) -> Option<Result<SecretBytes, CiphertextError>> {
        let count = self.keys.len();
        let begin = self.last.get();
        let keys = (begin..begin + count).filter_map(|place| {
            let opened = sealed.open_with_key(self.keys.get(place % count)?);
            if opened.is_ok() {
                self.last.set(place % count);
            }
            Some(opened)
        });
        let passwords = self
            .passwords
            .iter()
            .map(|password| sealed.open_with_password(password));
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

/// Only clients' halves are ever encrypted this way.
fn role_of(item: &PortalItem) -> Role {
    match item {
        PortalItem::Client(_) | PortalItem::Sealed(..) | PortalItem::Empty(_) => Role::Client,
        PortalItem::Custodian(_) => Role::Custodian,
    }
}
