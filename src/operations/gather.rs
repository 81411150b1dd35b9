//! Collects the halves that files hold, opening what is still encrypted (FORMATS.md §20, §21).

use crate::{
    crypto::secret::{Passphrase, Secret, SecretBytes},
    formats::{
        custodian_share::CustodianHalf,
        portal_ciphertext::{CiphertextFault, PortalCiphertext},
        portal_file::{PortalFileError, PortalItem, read_portal_file},
        portal_share::ClientHalf,
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
}

/// Something with the name of the file it stood in.
pub struct Named<T> {
    /// The file.
    pub source: String,
    /// What it holds.
    pub half: T,
}

/// Everything that a set of files holds.
#[derive(Default)]
pub struct Gathered {
    /// Clients' halves, each once.
    pub clients: Vec<Named<ClientHalf>>,
    /// Custodians' halves, each once.
    pub custodians: Vec<Named<CustodianHalf>>,
    /// Ciphertexts that no key or password opened, and why.
    pub sealed: Vec<Named<CiphertextFault>>,
    /// What was passed over.
    pub notes: Vec<String>,
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
    /// Something inside an opened ciphertext that is encrypted again.
    #[error("`{0}` holds a ciphertext inside a ciphertext")]
    Nested(String),
}

impl GatherError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Locked(_) => "cloud_key_needed",
            Self::Nested(_) => "share_limits",
        }
    }
}

/// Reads every file. A half that stands in several files is taken once.
///
/// # Errors
/// [`GatherError`] for the first file that cannot be used. What no opener opens is no error but listed.
pub fn gather(sources: &[Source], openers: &Openers) -> Result<Gathered, GatherError> {
    let mut found = Gathered::default();
    for source in sources {
        match read_portal_file(&source.name, &source.bytes) {
            Ok(items) => items.into_iter().try_for_each(|item| found.take(source, item, openers))?,
            Err(PortalFileError::NotShare(name)) if source.from_folder => {
                found.notes.push(format!("passed over `{name}`: no Portal share in it"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

impl Gathered {
    fn take(&mut self, source: &Source, item: PortalItem, openers: &Openers) -> Result<(), GatherError> {
        match item {
            PortalItem::Client(half) => self.take_client(source, half),
            PortalItem::Custodian(half) => self.take_custodian(source, half),
            PortalItem::Sealed(sealed) => match openers.open(&sealed) {
                None => return Err(GatherError::Locked(printable(&source.name))),
                Some(Err(half)) => self.sealed.push(Named { source: printable(&source.name), half }),
                Some(Ok(plain)) => return self.take_opened(source, &plain),
            },
        }
        Ok(())
    }

    fn take_opened(&mut self, source: &Source, plain: &SecretBytes) -> Result<(), GatherError> {
        for item in read_portal_file(&source.name, plain)? {
            match item {
                PortalItem::Client(half) => self.take_client(source, half),
                PortalItem::Custodian(half) => self.take_custodian(source, half),
                PortalItem::Sealed(_) => return Err(GatherError::Nested(printable(&source.name))),
            }
        }
        Ok(())
    }

    fn take_client(&mut self, source: &Source, half: ClientHalf) {
        let same = |other: &Named<ClientHalf>| {
            other.half.public_key == half.public_key
                && other.half.share.to_bytes().same_as(&half.share.to_bytes())
                && other.half.custodian_abscissa.to_bytes().same_as(&half.custodian_abscissa.to_bytes())
        };
        match self.clients.iter().find(|other| same(other)) {
            Some(other) => self.notes.push(repeated(source, &other.source)),
            None => self.clients.push(Named { source: printable(&source.name), half }),
        }
    }

    fn take_custodian(&mut self, source: &Source, half: CustodianHalf) {
        match self.custodians.iter().find(|other| other.half.same_as(&half)) {
            Some(other) => self.notes.push(repeated(source, &other.source)),
            None => self.custodians.push(Named { source: printable(&source.name), half }),
        }
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
    pub fn open(&self, sealed: &PortalCiphertext) -> Option<Result<SecretBytes, CiphertextFault>> {
        let keys = self.keys.iter().map(|key| sealed.open_with_key(key));
        let passwords = self.passwords.iter().map(|password| sealed.open_with_password(password));
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

fn repeated(source: &Source, earlier: &str) -> String {
    format!("passed over a share in `{}`: the same one as in `{earlier}`", printable(&source.name))
}
