//! Portal shares in every encoding they are found in: SDK plain texts, webhook rows, API answers (FORMATS.md §21).
//!
//! Wrappers are taken off one by one: base64, JSON text inside JSON, lists, the objects of requests and answers.
//! What is left is a client's share, a custodian's share, or a ciphertext that someone has to open first.

use super::{
    ciphertext::{CiphertextError, PortalCiphertext},
    client_share::{ClientShare, PUBLIC_KEY_NAMES},
    custodian_share::{self, CustodianShare},
    exported_key::{ed25519_scalar, parse_exported_key, read_locked_portal_keys},
    fields::{Provenance, untyped},
    rows::{Row, RowError, read_rows},
};
use crate::crypto::{
    curve::Curve,
    secret::{SecretBytes, SecretText},
};
use crate::formats::{
    encoding::{
        base64::from_base64,
        json::{FieldError, Kind, Object, Value},
        other_content::ENVELOPES,
        readable::from_wide,
    },
    printable,
};

/// Largest file accepted, in bytes.
pub const MAX_PORTAL_FILE: u64 = 16 << 20;
/// Most shares and ciphertexts accepted in one file.
pub const MAX_SHARES: usize = 100_000;

const MAX_DEPTH: usize = 12;

/// Members of a plain text that hold the share of one curve. Where both spellings are, the first one counts.
const CURVES: [([&str; 2], Curve); 2] = [
    (["SECP256K1", "secp256k1"], Curve::Secp256k1),
    (["ED25519", "ed25519"], Curve::Ed25519),
];

/// Members of requests, answers and rows that hold shares or ciphertexts.
const WRAPPERS: [&str; 16] = [
    "share",
    "backupShare",
    "backupShares",
    "clientBackupShare",
    "encryptedClientBackupShare",
    "custodianBackupShare",
    "secp256k1Ciphertext",
    "ed25519Ciphertext",
    "cipherText",
    "ciphertext",
    "cipher_text",
    "backup_share",
    "backup_shares",
    "client_backup_share",
    "encrypted_client_backup_share",
    "custodian_backup_share",
];

/// Members that databases put around their answers, beside those of servers. Both count where an object has none of the
/// others.
const ROWS: [&str; 6] = ["shares", "rows", "item", "Item", "Items", "Records"];

/// Members of ejected keys, and of the answers in which SDKs give them to apps.
const KEY_NAMES: [&str; 4] = [
    "privateKey",
    "secp256k1Key",
    "ed25519Key",
    "ed25519PrivateKey",
];

/// Something that a file holds.
pub enum PortalItem {
    /// A client's share.
    Client(ClientShare),
    /// A custodian's share.
    Custodian(CustodianShare),
    /// A client backup that is still encrypted, and what is around it.
    Ciphertext(PortalCiphertext, Provenance),
    /// A place for the share of a curve without a share in it.
    Empty(Curve),
}

/// Why a file cannot be read as what Portal leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalFileError {
    /// Holds nothing that is known; holds the file's name.
    #[error("`{0}` holds no Portal share and no ciphertext")]
    NotShare(String),
    /// Keys that were ejected already; holds the file's name.
    #[error("`{0}` holds private keys that were ejected already, not shares")]
    Ejected(String),
    /// The same, locked under a passphrase.
    #[error(
        "`{0}` holds private keys that were ejected already and locked under a passphrase, not shares"
    )]
    LockedKeys(String),
    /// 64 hexadecimal digits, which are one key or another; holds the file's name.
    #[error(
        "`{0}` holds 64 hexadecimal digits: the key from a user's cloud or an ejected key, not a share"
    )]
    KeyDigits(String),
    /// JSON of something else; names the place.
    #[error("{0}: neither a share nor an answer that holds one")]
    Stranger(String),
    /// Shares or their wrappers, and something else among them; says what.
    #[error("{0}")]
    Mixed(String),
    /// More wrappers than any honest file has.
    #[error("`{0}` is wrapped too many times")]
    TooDeep(String),
    /// Over [`MAX_SHARES`].
    #[error("`{0}` holds more than {MAX_SHARES} shares")]
    TooMany(String),
    /// What looks like a ciphertext is none.
    #[error("`{document}`: {fault}")]
    Ciphertext {
        /// The file.
        document: String,
        /// What is wrong.
        fault: CiphertextError,
    },
    /// A row of a table.
    #[error("`{document}`, {fault}")]
    Row {
        /// The file.
        document: String,
        /// What is wrong.
        fault: RowError,
    },
    /// A field of a share.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl PortalFileError {
    /// Whether the file need not have to do with Portal at all, so that it may lie in a folder of shares.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.is_key() || matches!(self, Self::NotShare(_) | Self::Stranger(_))
    }

    /// Whether it holds keys, which other commands take.
    fn is_key(&self) -> bool {
        matches!(
            self,
            Self::Ejected(_) | Self::LockedKeys(_) | Self::KeyDigits(_)
        )
    }
}

/// Everything that a file or an opened ciphertext holds. `name` is what complaints call it.
///
/// # Errors
/// [`PortalFileError`]; a share that is wrong in one field is an error, not skipped.
pub fn read_portal_file(
    name: &str,
    bytes: &SecretBytes,
) -> Result<Vec<PortalItem>, PortalFileError> {
    read_within(name, bytes, Provenance::default())
}

/// The same for an opened ciphertext, whose shares come from where it came from.
///
/// # Errors
/// Those of [`read_portal_file`].
pub fn read_within(
    name: &str,
    bytes: &SecretBytes,
    provenance: Provenance,
) -> Result<Vec<PortalItem>, PortalFileError> {
    let mut reader = Reader {
        name,
        found: Vec::new(),
        recognised: false,
    };
    if let Ok(Some(_)) = read_locked_portal_keys(bytes.expose()) {
        return Err(PortalFileError::LockedKeys(printable(name)));
    }
    let wide = from_wide(bytes.expose()).map(|(_, text)| text);
    let text = match &wide {
        Some(text) => text.as_str(),
        None => std::str::from_utf8(bytes.expose()).map_err(|_| reader.not_share())?,
    };
    let context = Context {
        provenance,
        ..Context::default()
    };
    let read = reader.unwrap_layers(text.strip_prefix('\u{feff}').unwrap_or(text), "", &context);
    let nothing = reader
        .found
        .iter()
        .all(|item| matches!(item, PortalItem::Empty(_)));
    match read.and(if nothing {
        Err(reader.not_share())
    } else {
        Ok(())
    }) {
        Ok(()) => Ok(reader.found),
        // A place for a share that holds a key is no share that something is among.
        Err(error) if error.is_key() && nothing => Err(error),
        Err(error) if error.is_foreign() && reader.recognised => {
            Err(PortalFileError::Mixed(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

struct Reader<'a> {
    name: &'a str,
    found: Vec<PortalItem>,
    /// Whether anything of Portal's was seen.
    recognised: bool,
}

#[derive(Clone, Default)]
struct Context {
    depth: usize,
    curve: Option<Curve>,
    provenance: Provenance,
}

impl Context {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

impl Reader<'_> {
    fn unwrap_layers(
        &mut self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        if context.depth > MAX_DEPTH {
            return Err(PortalFileError::TooDeep(printable(self.name)));
        }
        let text = text.trim_ascii();
        if context.depth == 0
            && let Some(rows) = read_rows(text)
        {
            return self.read_table(rows, context);
        }
        if text.starts_with(['{', '[', '"']) {
            let name = self.name;
            for value in Value::parse_all(name, path, text) {
                self.walk(&value?, &context.deeper())?;
            }
            return Ok(());
        }
        if looks_encrypted(text) {
            let fault = |fault| PortalFileError::Ciphertext {
                document: printable(self.name),
                fault,
            };
            let ciphertext = PortalCiphertext::parse(text.as_bytes()).map_err(fault)?;
            return self.keep(PortalItem::Ciphertext(
                ciphertext,
                context.provenance.clone(),
            ));
        }
        if let Some(fault) = self.bare_key(text) {
            return Err(fault);
        }
        let bytes = from_base64(text).ok_or_else(|| self.not_share())?;
        let inner = std::str::from_utf8(bytes.expose()).map_err(|_| self.not_share())?;
        if !inner.trim_ascii_start().starts_with(['{', '[', '"']) {
            return Err(self.not_share());
        }
        self.unwrap_layers(inner, path, &context.deeper())
    }

    fn read_table(
        &mut self,
        rows: Vec<Result<Row, RowError>>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        self.recognised = true;
        for row in rows {
            let row = row.map_err(|fault| PortalFileError::Row {
                document: printable(self.name),
                fault,
            })?;
            let context = Context {
                provenance: row.provenance,
                ..context.deeper()
            };
            for share in row.shares {
                let share = SecretText::new(share);
                self.unwrap_layers(share.expose(), &format!("line {}", row.line), &context)?;
            }
        }

        Ok(())
    }

    fn walk(&mut self, value: &Value<'_>, context: &Context) -> Result<(), PortalFileError> {
        if context.depth > MAX_DEPTH {
            return Err(PortalFileError::TooDeep(printable(self.name)));
        }
        let value = &untyped(value);
        match value.kind() {
            Kind::Object => self.walk_object(&value.object()?, context),
            Kind::Array => value
                .elements()?
                .try_for_each(|element| self.walk(&element, &context.deeper())),
            Kind::Text => {
                let (_, path) = value.place();
                self.unwrap_layers(value.text()?.expose(), path, &context.deeper())
            }
            Kind::Null | Kind::Plain => Err(self.stranger(value)),
        }
    }

    fn walk_object(
        &mut self,
        object: &Object<'_>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        if object.has_any(&KEY_NAMES) {
            return Err(PortalFileError::Ejected(printable(self.name)));
        }
        if CURVES.iter().any(|(names, _)| object.has_any(names)) {
            return self.walk_curves(object, context);
        }
        if object.has_any(&custodian_share::MARKS)
            || (object.has_any(&["x"]) && object.has_any(&["y"]))
        {
            let share = CustodianShare::parse(object, &context.provenance)?;
            return self.keep(PortalItem::Custodian(share));
        }
        if object.has_any(&PUBLIC_KEY_NAMES) || object.has_any(&["bks"]) {
            let share = ClientShare::parse(object, context.curve, &context.provenance)?;
            return self.keep(PortalItem::Client(share));
        }
        let members = |names: &[&str]| -> Vec<_> {
            names.iter().filter_map(|name| object.find(name)).collect()
        };
        let mut wrapped = members(&WRAPPERS);
        if wrapped.is_empty() {
            wrapped = members(&ENVELOPES);
            wrapped.extend(members(&ROWS));
            // Other members of these names are numbers and words.
            wrapped.retain(|value| value.kind() != Kind::Plain && !is_word(value));
        } else {
            self.recognised = true;
        }
        if wrapped.is_empty() {
            return Err(self.stranger(object.whole()));
        }
        let context = Context {
            provenance: context.provenance.within(object),
            ..context.deeper()
        };
        wrapped
            .iter()
            .try_for_each(|value| self.walk(value, &context))
    }

    fn walk_curves(
        &mut self,
        object: &Object<'_>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        for (names, curve) in &CURVES {
            if let Some(value) = names.iter().find_map(|name| object.find(name)) {
                self.recognised = true;
                if is_empty(&value)? {
                    self.keep(PortalItem::Empty(*curve))?;
                    continue;
                }
                let provenance = context.provenance.within(object);
                self.walk(
                    &value,
                    &Context {
                        curve: Some(*curve),
                        provenance,
                        ..context.deeper()
                    },
                )?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, item: PortalItem) -> Result<(), PortalFileError> {
        if self.found.len() >= MAX_SHARES {
            return Err(PortalFileError::TooMany(printable(self.name)));
        }
        self.recognised = true;
        self.found.push(item);
        Ok(())
    }

    fn stranger(&self, value: &Value<'_>) -> PortalFileError {
        let (_, path) = value.place();
        let name = printable(self.name);
        PortalFileError::Stranger(if path.is_empty() {
            format!("`{name}`")
        } else {
            format!("`{name}`, field `{path}`")
        })
    }

    /// That a text is a bare key as `portal eject` and `portal repair` write it.
    fn bare_key(&self, text: &str) -> Option<PortalFileError> {
        let name = || printable(self.name);
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(PortalFileError::KeyDigits(name()));
        }
        let key = parse_exported_key(text.as_bytes()).ok()?;
        ed25519_scalar(&key).map(|_| PortalFileError::Ejected(name()))
    }

    fn not_share(&self) -> PortalFileError {
        PortalFileError::NotShare(printable(self.name))
    }
}

/// Whether the place of a curve holds no share: `""`, or an object in which nothing holds one.
fn is_empty(value: &Value<'_>) -> Result<bool, PortalFileError> {
    let blank = |value: &Value<'_>| {
        value
            .text()
            .is_ok_and(|text| text.expose().trim_ascii().is_empty())
    };
    if value.kind() != Kind::Object {
        return Ok(blank(value));
    }
    let object = value.object()?;
    let bare = object.has_any(&PUBLIC_KEY_NAMES)
        || object.has_any(&["bks"])
        || object.has_any(&custodian_share::MARKS);
    let curves = CURVES.iter().any(|(names, _)| object.has_any(names));
    Ok(!bare
        && !curves
        && WRAPPERS
            .iter()
            .all(|name| object.find(name).is_none_or(|value| blank(&value))))
}

/// Whether it is a text too short to hold anything of Portal's, such as `"ok"`.
fn is_word(value: &Value<'_>) -> bool {
    const SHORTEST: usize = 56;
    value.kind() == Kind::Text
        && value
            .text()
            .is_ok_and(|text| text.expose().len() < SHORTEST)
}

/// Whether a text can only be meant as a ciphertext: hexadecimal, but no key from a user's cloud. JSON in base64 never is: it begins with `e` and a `w` or `y`.
fn looks_encrypted(text: &str) -> bool {
    !matches!(text.len(), 0 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
