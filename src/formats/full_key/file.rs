//! Full keys: what a takeover gives and `export` and `sign` read (FORMATS.md §17).

use std::collections::HashSet;

use rand_core::CryptoRng;

use super::extended_key::{ExtendedKey, extended_private, extended_public};
use crate::crypto::{
    curve::{Curve, PublicKey, Scalar},
    secret::{Passphrase, Secret, SecretBytes, SecretText},
    secret_sharing::FullKey,
};
use crate::formats::encoding::byte_order_mark::without_mark;
use crate::formats::{
    device_share::share::WalletKey,
    encoding::json::{FieldError, FieldFault, Kind, Object, Value},
    portal::exported_key::{ed25519_scalar, parse_exported_key, read_locked_portal_keys},
    printable,
    sealed::passphrase_file::{LockError, LockedFile, lock},
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
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
/// [`LockError::Memory`].
pub fn lock_full_keys<R: CryptoRng>(
    text: &SecretText,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Result<String, LockError> {
    let plain = SecretBytes::new(text.expose().as_bytes().to_vec());
    lock(
        KIND,
        r#""holds":"extended private keys""#,
        &plain,
        passphrase,
        rng,
    )
}

/// A locked file of full keys or of ejected keys, where the bytes are one.
///
/// # Errors
/// [`FieldError`] when they begin as one and are none.
pub fn read_locked_full_keys(bytes: &[u8]) -> Result<Option<LockedFile>, FieldError> {
    if !LockedFile::looks_like(bytes) {
        return Ok(None);
    }
    match read_locked_portal_keys(bytes) {
        Ok(Some(locked)) => Ok(Some(locked)),
        _ => LockedFile::parse(bytes, KIND).map(Some),
    }
}

/// A key that chains' keys come from.
pub struct RootKey {
    /// The wallet, where the file says.
    pub wallet_id: Option<WalletId>,
    /// The Portal client, where the file says.
    pub client_id: Option<String>,
    /// Whether it is a workspace's own key, not a wallet's.
    pub of_workspace: bool,
    /// The keyset of the workspace, where the file says.
    pub keyset: Option<Keyset>,
    /// The key; private where the file has it.
    pub key: Root,
}

/// The keyset that a workspace's key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyset {
    /// Its number.
    pub id: u32,
    /// The first vault account it serves, where known.
    pub min_account: Option<u32>,
}

/// What a file holds of a key.
pub enum Root {
    /// The root of a tree of keys.
    Tree(ExtendedKey),
    /// One key without a tree.
    Single(SingleKey),
}

/// A private key without a chain code: nothing is derived from it.
pub struct SingleKey {
    scalar: Scalar,
    public_key: PublicKey,
}

impl SingleKey {
    /// `None` for a key of zero.
    #[must_use]
    pub fn new(scalar: Scalar) -> Option<Self> {
        let public_key = scalar.public_key()?;
        Some(Self { scalar, public_key })
    }

    /// The secret integer.
    #[must_use]
    pub fn expose(&self) -> &Scalar {
        &self.scalar
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}

impl RootKey {
    /// A key of which nothing else is known.
    #[must_use]
    pub fn alone(key: Root) -> Self {
        Self {
            wallet_id: None,
            client_id: None,
            of_workspace: false,
            keyset: None,
            key,
        }
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match &self.key {
            Root::Tree(key) => key.public_key(),
            Root::Single(key) => key.public_key(),
        }
    }

    /// The curve of every key below.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.public_key().curve()
    }

    fn is_private(&self) -> bool {
        match &self.key {
            Root::Tree(key) => matches!(key, ExtendedKey::Private(_)),
            Root::Single(_) => true,
        }
    }

    /// Whether every address of the one is an address of the other.
    fn is_key(&self, other: &Self) -> bool {
        let has_equal_codes = match (self.chain_code(), other.chain_code()) {
            (Some(own), Some(other)) => own.same_as(other),
            (None, None) => true,
            _ => false,
        };
        has_equal_codes && self.public_key() == other.public_key()
    }

    fn chain_code(&self) -> Option<&Secret<32>> {
        match &self.key {
            Root::Tree(key) => Some(key.chain_code()),
            Root::Single(_) => None,
        }
    }
}

/// Reads full keys: the array of a takeover or of ejected keys, one wallet a line, or extended keys and ejected keys as
/// bare text, one a line.
///
/// Beside the text there is never more than one key that is being read and the keys that were: a file may be large.
///
/// # Errors
/// [`FieldError`] with line and field.
pub fn read_full_keys(bytes: &[u8]) -> Result<Vec<RootKey>, FieldError> {
    let bytes = without_mark(bytes).trim_ascii();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| fault_of(FULL_KEYS, FieldFault::Type("text in UTF-8")))?;

    let mut reader = Reader::default();
    if text.starts_with('[') {
        reader.read_array(&Value::parse_list(FULL_KEYS, text.as_bytes())?, None)?;
    } else if text.starts_with('{') {
        reader.read_lines(text, Reader::read_wallet)?;
    } else {
        reader.read_lines(text, Reader::read_bare)?;
    }

    if reader.keys.is_empty() {
        return Err(fault_of(FULL_KEYS, FieldFault::Value("no keys".to_owned())));
    }
    Ok(reader.keys)
}

/// What complaints call the file.
const FULL_KEYS: &str = "full keys";

#[derive(Default)]
struct Reader {
    keys: Vec<RootKey>,
    /// Every `keyId` of this wallet so far: one that is listed twice names two keys, and nobody can tell which is meant.
    ids: HashSet<(Option<WalletId>, String)>,
}

impl Reader {
    fn read_lines(
        &mut self,
        text: &str,
        read: impl Fn(&mut Self, &str, &str) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        for (index, line) in text.split('\n').enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() {
                read(self, &format!("line {}", index + 1), line)?;
            }
        }

        Ok(())
    }

    fn read_wallet(&mut self, place: &str, line: &str) -> Result<(), FieldError> {
        let wallet = Value::parse_list(place, line.as_bytes())?.object()?;
        let id = wallet.get("walletId")?;
        let wallet_id = WalletId::parse(id.text()?.expose().as_bytes())
            .map_err(|fault| id.fault(FieldFault::Value(fault.to_string())))?;

        self.read_array(&wallet.get("keys")?, Some(wallet_id))
    }

    fn read_bare(&mut self, place: &str, line: &str) -> Result<(), FieldError> {
        let root = match bare_key(line) {
            Some(key) => Root::Single(key),
            None => ExtendedKey::parse(line)
                .map(Root::Tree)
                .map_err(|fault| fault_of(place, FieldFault::Value(fault.to_string())))?,
        };
        let root = RootKey::alone(root);
        // A private key and its own public key, as wallets show them together, are one key.
        match self.keys.iter_mut().find(|known| known.is_key(&root)) {
            Some(known) if known.is_private() => {}
            Some(known) => *known = root,
            None => self.keys.push(root),
        }

        Ok(())
    }

    fn read_array(
        &mut self,
        list: &Value<'_>,
        wallet_id: Option<WalletId>,
    ) -> Result<(), FieldError> {
        let first = self.keys.len();

        for element in list.elements()? {
            let object = element.object()?;
            if object.find("curve").is_some() {
                self.keys.push(read_ejected(&object)?);
                continue;
            }
            let keyset = read_keyset(&object)?;
            let root = RootKey {
                wallet_id,
                client_id: None,
                of_workspace: keyset.is_some(),
                keyset,
                key: Root::Tree(read_key(&object)?),
            };
            self.refuse_repeated_id(wallet_id, &object)?;

            // A wallet has one chain code; a workspace's keys may each have their own.
            let codes = self
                .keys
                .get(first)
                .filter(|first| first.keyset.is_none() && keyset.is_none())
                .and_then(RootKey::chain_code)
                .zip(root.chain_code());
            if codes.is_some_and(|(first, own)| !first.same_as(own)) {
                return Err(element.fault(FieldFault::Value(
                    "its chain code differs from the first key's".to_owned(),
                )));
            }

            self.keys.push(root);
        }
        Ok(())
    }

    fn refuse_repeated_id(
        &mut self,
        wallet_id: Option<WalletId>,
        key: &Object<'_>,
    ) -> Result<(), FieldError> {
        let Some((field, id)) = key
            .find("keyId")
            .and_then(|field| Some((field.clone(), field.text().ok()?)))
        else {
            return Ok(());
        };

        if self.ids.insert((wallet_id, id.expose().to_owned())) {
            return Ok(());
        }
        Err(field.fault(FieldFault::Value(format!(
            "key `{}` is listed twice",
            printable(id.expose())
        ))))
    }
}

/// `keysetId` and `minAccount` of a workspace's key.
fn read_keyset(object: &Object<'_>) -> Result<Option<Keyset>, FieldError> {
    let Some(id) = object.find("keysetId") else {
        return Ok(None);
    };
    let first = object.find("minAccount");
    let number = |field: Value<'_>| field.integer(0..=u32::MAX);
    Ok(Some(Keyset {
        id: number(id)?,
        min_account: first.map(number).transpose()?,
    }))
}

/// An ejected key as bare text: 64 hexadecimal digits (secp256k1), or base58 of 32 bytes (ed25519).
fn bare_key(text: &str) -> Option<SingleKey> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return SingleKey::new(hex_scalar(digits)?);
    }

    let little = parse_exported_key(text.as_bytes()).ok()?;
    SingleKey::new(ed25519_scalar(&little)?)
}

fn hex_scalar(digits: &str) -> Option<Scalar> {
    let mut bytes = [0; 32];
    base16ct::mixed::decode(digits, &mut bytes).ok()?;
    Scalar::from_canonical(Curve::Secp256k1, &Secret::take(&mut bytes))
}

/// One ejected key: `{"curve","privateKey","publicKey"}`, and the client where it is named (FORMATS.md §22).
fn read_ejected(object: &Object<'_>) -> Result<RootKey, FieldError> {
    let (curve, private) = (object.get("curve")?, object.get("privateKey")?);
    let key = bare_key(private.text()?.expose()).ok_or_else(|| {
        private.fault(FieldFault::Value(
            "no private key as `portal eject` writes them".to_owned(),
        ))
    })?;
    if !key
        .public_key()
        .curve()
        .name()
        .eq_ignore_ascii_case(curve.text()?.expose())
    {
        return Err(private.fault(FieldFault::Value(
            "of another curve than `curve` says".to_owned(),
        )));
    }

    if let Some(public) = object.find("publicKey")
        && !public
            .text()?
            .expose()
            .eq_ignore_ascii_case(&key.public_key().to_hex())
    {
        return Err(public.fault(FieldFault::Value(
            "not the public key of `privateKey`".to_owned(),
        )));
    }
    let client = object
        .find("clientId")
        .filter(|client| client.kind() == Kind::Text);
    let client_id = client
        .map(|client| Ok(client.text()?.expose().to_owned()))
        .transpose()?;
    Ok(RootKey {
        client_id,
        ..RootKey::alone(Root::Single(key))
    })
}

/// One key; its `algorithm`, where that is known, must be of the key's curve.
fn read_key(object: &Object<'_>) -> Result<ExtendedKey, FieldError> {
    let key = read_pair(object)?;
    if let Some(field) = object.find("algorithm")
        && Algorithm::from_name(field.text()?.expose())
            .is_some_and(|algorithm| algorithm.curve() != key.public_key().curve())
    {
        return Err(field.fault(FieldFault::Value(
            "of another curve than the key".to_owned(),
        )));
    }

    Ok(key)
}

/// `privateKey` and `publicKey` of one key; they must belong together where both are there.
fn read_pair(object: &Object<'_>) -> Result<ExtendedKey, FieldError> {
    let parse = |field: &Value<'_>| {
        ExtendedKey::parse(field.text()?.expose())
            .map_err(|fault| field.fault(FieldFault::Value(fault.to_string())))
    };
    let Some(private) = object.find("privateKey") else {
        return parse(&object.get("publicKey")?);
    };

    let key = parse(&private)?;
    if let Some(public) = object.find("publicKey") {
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
