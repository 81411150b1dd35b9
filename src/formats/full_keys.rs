//! Full keys: what a takeover gives and `export` and `sign` read (FORMATS.md §17).

use std::collections::HashSet;

use rand_core::CryptoRng;

use super::{
    algorithm::Algorithm,
    device_share::WalletKey,
    extended_key::{ExtendedKey, extended_private, extended_public},
    json::{FieldError, FieldFault},
    lent_json::{Lent, LentObject},
    locked_file::{LockFault, LockedFile, lock},
    printable,
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
/// Beside the text there is never more than one key that is being read and the keys that were: a file may be large.
///
/// # Errors
/// [`FieldError`] with line and field.
pub fn read_full_keys(bytes: &[u8]) -> Result<Vec<RootKey>, FieldError> {
    let bytes = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| fault_of(FULL_KEYS, FieldFault::Type("text in UTF-8")))?;

    let mut reader = Reader::default();
    if text.starts_with('[') {
        reader.read_array(&Lent::parse(FULL_KEYS, text)?, None)?;
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
    /// Every `keyId` so far: one that stands twice names two keys, and nobody can tell which is meant.
    ids: HashSet<String>,
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
        let wallet = Lent::parse(place, line)?.object()?;
        let id = wallet.get("walletId")?;
        let wallet_id = WalletId::parse(id.text()?.expose().as_bytes())
            .map_err(|fault| id.fault(FieldFault::Value(fault.to_string())))?;

        self.read_array(&wallet.get("keys")?, Some(wallet_id))
    }

    fn read_bare(&mut self, place: &str, line: &str) -> Result<(), FieldError> {
        let key = ExtendedKey::parse(line)
            .map_err(|fault| fault_of(place, FieldFault::Value(fault.to_string())))?;
        self.keys.push(RootKey {
            wallet_id: None,
            key,
        });

        Ok(())
    }

    fn read_array(
        &mut self,
        list: &Lent<'_>,
        wallet_id: Option<WalletId>,
    ) -> Result<(), FieldError> {
        let first = self.keys.len();

        list.each_element(|element| {
            let object = element.object()?;
            let key = read_key(&object)?;
            self.refuse_repeated_id(&object)?;

            let of_other_wallet = self
                .keys
                .get(first)
                .is_some_and(|first| !first.key.chain_code().same_as(key.chain_code()));
            if of_other_wallet {
                return Err(element.fault(FieldFault::Value(
                    "its chain code differs from the first key's".to_owned(),
                )));
            }

            self.keys.push(RootKey { wallet_id, key });
            Ok(())
        })
    }

    fn refuse_repeated_id(&mut self, key: &LentObject<'_>) -> Result<(), FieldError> {
        let Some((field, id)) = key
            .find("keyId")
            .and_then(|field| Some((field.clone(), field.text().ok()?)))
        else {
            return Ok(());
        };

        if self.ids.insert(id.expose().to_owned()) {
            return Ok(());
        }
        Err(field.fault(FieldFault::Value(format!(
            "key `{}` stands twice",
            printable(id.expose())
        ))))
    }
}

/// One key; its `algorithm`, where that is known, must be of the key's curve.
fn read_key(object: &LentObject<'_>) -> Result<ExtendedKey, FieldError> {
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
fn read_pair(object: &LentObject<'_>) -> Result<ExtendedKey, FieldError> {
    let parse = |field: &Lent<'_>| {
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
