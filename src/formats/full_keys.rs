//! Full keys: what a takeover gives and `export` and `sign` read (FORMATS.md §17).

use rand_core::CryptoRng;

use super::{
    algorithm::Algorithm,
    device_share::WalletKey,
    extended_key::{ExtendedKey, extended_private, extended_public},
    json::{Document, FieldError, FieldFault, Node},
    locked_file::{LockFault, LockedFile, lock},
    wallet_id::WalletId,
};
use crate::crypto::{
    curve::Curve,
    secret::{Passphrase, Secret, SecretBytes, SecretText},
    secret_sharing::FullKey,
};

/// Largest file of full keys accepted, in bytes.
pub const MAX_FULL_KEYS: u64 = 256 << 20;

const KIND: &str = "full keys";

/// A key of a wallet, whole again and proved against its public key.
pub struct TakenKey {
    /// Its name on the device.
    pub key: WalletKey,
    /// The key.
    pub full: FullKey,
    /// The wallet's asset chain code.
    pub chain_code: Secret<32>,
}

impl TakenKey {
    /// `xpub…` or `fpub…`.
    #[must_use]
    pub fn extended_public(&self) -> String {
        extended_public(self.full.public_key(), self.chain_code.expose())
    }
}

/// `[{"keyId","algorithm","privateKey","publicKey"}]`, as the wallet SDK's `exportFullKeys` returns it.
#[must_use]
pub fn full_keys_json(keys: &[TakenKey]) -> SecretText {
    let mut out = String::with_capacity(16 + keys.len() * 512);
    out.push('[');
    for (index, key) in keys.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let name = format!(
            "{comma}\n{{\"keyId\":\"{}\",\"algorithm\":\"{}\"",
            key.key.id,
            key.key.algorithm.name()
        );
        let private = extended_private(&key.full, key.chain_code.expose());
        let public = key.extended_public();
        for part in [
            &name,
            ",\"privateKey\":\"",
            private.expose(),
            "\",\"publicKey\":\"",
            &public,
            "\"}",
        ] {
            out.push_str(part);
        }
    }
    out.push_str("\n]\n");
    SecretText::new(out)
}

/// One wallet of a batch on one line: `{"walletId","keys":[…]}`.
#[must_use]
pub fn full_keys_line(wallet: &WalletId, keys: &[TakenKey]) -> SecretText {
    let array = full_keys_json(keys);
    let mut out = String::with_capacity(array.expose().len() + 80);
    out.push_str("{\"walletId\":\"");
    out.push_str(wallet.as_str());
    out.push_str("\",\"keys\":");
    out.extend(
        array
            .expose()
            .chars()
            .filter(|character| *character != '\n'),
    );
    out.push_str("}\n");
    SecretText::new(out)
}

/// The same text locked under a passphrase.
///
/// # Errors
/// [`LockFault::Memory`].
pub fn lock_full_keys<R: CryptoRng>(
    text: &SecretText,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Result<String, LockFault> {
    let plain = SecretBytes::new(text.expose().as_bytes().to_vec());
    lock(
        KIND,
        r#""holds":"extended private keys""#,
        &plain,
        passphrase,
        rng,
    )
}

/// A locked file of full keys, where the bytes are one.
///
/// # Errors
/// [`FieldError`] when they begin as one and are none.
pub fn read_locked_full_keys(bytes: &[u8]) -> Result<Option<LockedFile>, FieldError> {
    LockedFile::looks_like(bytes)
        .then(|| LockedFile::parse(bytes, KIND))
        .transpose()
}

/// The root of one tree of asset keys.
pub struct RootKey {
    /// The wallet, where the file says.
    pub wallet_id: Option<WalletId>,
    /// The key; private where the file has it.
    pub key: ExtendedKey,
}

impl RootKey {
    /// The curve of every key below.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.key.public_key().curve()
    }
}

/// Reads full keys: the array of a takeover, one wallet a line, or extended keys as bare text, one a line.
///
/// # Errors
/// [`FieldError`] with line and field.
pub fn read_full_keys(bytes: &[u8]) -> Result<Vec<RootKey>, FieldError> {
    let bytes = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii();
    let keys = match bytes.first() {
        Some(b'[') => read_array(&Document::parse("full keys", bytes)?.root(), None)?,
        Some(b'{') => read_lines(bytes, read_wallet)?,
        _ => read_lines(bytes, read_bare)?,
    };
    if keys.is_empty() {
        return Err(fault_of(
            "full keys",
            FieldFault::Value("no keys".to_owned()),
        ));
    }
    Ok(keys)
}

fn read_lines(
    bytes: &[u8],
    read: impl Fn(&str, &[u8]) -> Result<Vec<RootKey>, FieldError>,
) -> Result<Vec<RootKey>, FieldError> {
    let mut keys = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() {
            keys.extend(read(&format!("line {}", index + 1), line)?);
        }
    }
    Ok(keys)
}

fn read_wallet(place: &str, line: &[u8]) -> Result<Vec<RootKey>, FieldError> {
    let document = Document::parse(place, line)?;
    let root = document.root();
    let id = root.get("walletId")?;
    let wallet = WalletId::parse(id.text()?.as_bytes());
    let wallet = wallet.map_err(|fault| id.fault(FieldFault::Value(fault.to_string())))?;
    read_array(&root.get("keys")?, Some(wallet))
}

fn read_bare(place: &str, line: &[u8]) -> Result<Vec<RootKey>, FieldError> {
    let text = std::str::from_utf8(line).map_err(|_| fault_of(place, FieldFault::Type("text")))?;
    let key = ExtendedKey::parse(text)
        .map_err(|fault| fault_of(place, FieldFault::Value(fault.to_string())))?;
    Ok(vec![RootKey {
        wallet_id: None,
        key,
    }])
}

fn read_array(list: &Node<'_>, wallet_id: Option<WalletId>) -> Result<Vec<RootKey>, FieldError> {
    let mut keys: Vec<RootKey> = Vec::new();
    for node in list.elements()? {
        let key = read_key(&node)?;
        if keys
            .first()
            .is_some_and(|first| !first.key.chain_code().same_as(key.chain_code()))
        {
            return Err(node.fault(FieldFault::Value(
                "its chain code differs from the first key's".to_owned(),
            )));
        }
        keys.push(RootKey { wallet_id, key });
    }
    Ok(keys)
}

/// One key; its `algorithm`, where that is known, must be of the key's curve.
fn read_key(node: &Node<'_>) -> Result<ExtendedKey, FieldError> {
    let key = read_pair(node)?;
    if let Some(field) = node.find("algorithm")?
        && Algorithm::from_name(field.text()?)
            .is_some_and(|algorithm| algorithm.curve() != key.public_key().curve())
    {
        return Err(field.fault(FieldFault::Value(
            "of another curve than the key".to_owned(),
        )));
    }
    Ok(key)
}

/// `privateKey` and `publicKey` of one key; they must belong together where both are there.
fn read_pair(node: &Node<'_>) -> Result<ExtendedKey, FieldError> {
    let parse = |field: &Node<'_>| {
        ExtendedKey::parse(field.text()?)
            .map_err(|fault| field.fault(FieldFault::Value(fault.to_string())))
    };
    let Some(private) = node.find("privateKey")? else {
        return parse(&node.get("publicKey")?);
    };
    let key = parse(&private)?;
    if let Some(public) = node.find("publicKey")? {
        let other = parse(&public)?;
        if other.public_key() != key.public_key() {
            return Err(public.fault(FieldFault::Value(
                "not the public key of `privateKey`".to_owned(),
            )));
        }
        if !other.chain_code().same_as(key.chain_code()) {
            return Err(public.fault(FieldFault::Value(
                "of another chain code than `privateKey`".to_owned(),
            )));
        }
    }
    Ok(key)
}

fn fault_of(place: &str, fault: FieldFault) -> FieldError {
    FieldError {
        document: place.to_owned(),
        path: String::new(),
        fault,
    }
}
