//! Which of the files of a recovery a text is, told by the names of its first members: whoever names one where another
//! belongs learns which it is (docs/FORMATS.md §10, §11, §13–§17, §21).

use memchr::memmem;

use super::{
    encoding::{file_kind::Foreign, readable::Readable},
    sealed::{age::looks_age, sealed_file::looks_sealed},
    wallets::wallet_id::WalletId,
};

/// How much of a file is looked at: the first record of each kind is shorter.
const LOOKED_AT: usize = 8 << 10;

/// A file that is read or written here. Telling it by its names promises nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownFile {
    /// Key Share #1 of wallets, as `derive` writes it.
    ServerShares,
    /// Key Share #2 of a device, as `share recover` writes it.
    DeviceShare,
    /// Key Share #2 under a passphrase.
    DeviceBackup,
    /// Private keys of a takeover or an eject, not locked.
    FullKeys,
    /// Private keys under a passphrase.
    LockedKeys,
    /// What only the holder of a private key opens.
    Sealed,
    /// The same in the form of age.
    Age,
    /// A share of a Portal wallet.
    PortalShare,
    /// A key in PEM.
    Pem,
    /// Wallet ids.
    WalletList,
}

impl KnownFile {
    /// What a file is, where its beginning says so.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let readable = Readable::of_text(bytes);
        let text = readable.bytes();
        let text = text.get(..LOOKED_AT).unwrap_or(text).trim_ascii_start();
        if looks_sealed(text) {
            return Some(Self::Sealed);
        }
        if looks_age(text) {
            return Some(Self::Age);
        }
        if Foreign::recognise(bytes).is_some() {
            return None;
        }
        if text.starts_with(b"-----BEGIN") {
            return Some(Self::Pem);
        }

        let has = |name: &str| has_member(text, name);
        let has_all = |names: &[&str]| names.iter().all(|name| has(name));
        if has_all(&["argon2id", "holds"]) {
            Some(Self::LockedKeys)
        } else if has_all(&["argon2id", "passphraseId"]) {
            Some(Self::DeviceBackup)
        } else if has_all(&["chaincode", "cosigner"]) {
            Some(Self::ServerShares)
        } else if has("encryptedKey") || has("encryptedKeys") {
            Some(Self::DeviceBackup)
        } else if has_all(&["deviceId", "share"]) {
            Some(Self::DeviceShare)
        } else if has("clientBk") || has("backupSharePairId") {
            Some(Self::PortalShare)
        } else if has("privateKey") && (has("publicKey") || has("keyId")) {
            Some(Self::FullKeys)
        } else {
            is_list(text).then_some(Self::WalletList)
        }
    }

    /// What it is, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerShares => "Key Share #1 of wallets (server shares, from `derive`)",
            Self::DeviceShare => "a device share (Key Share #2, from `share recover`)",
            Self::DeviceBackup => "a device backup (Key Share #2 under a passphrase)",
            Self::FullKeys => "full keys",
            Self::LockedKeys => "private keys under a passphrase",
            Self::Sealed => "a sealed file",
            Self::Age => "a file encrypted with age",
            Self::PortalShare => "a share of a Portal wallet",
            Self::Pem => "a PEM file, perhaps a key",
            Self::WalletList => "a list of wallet ids",
        }
    }
}

/// Whether text of JSON has a member of this name: `"name"`, blanks, a colon.
fn has_member(text: &[u8], name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    memmem::find_iter(text, &quoted).any(|at| {
        let behind = text.get(at + quoted.len()..).unwrap_or_default();
        behind.trim_ascii_start().starts_with(b":")
    })
}

fn is_list(text: &[u8]) -> bool {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    WalletId::parse(first.trim_ascii()).is_ok()
}
