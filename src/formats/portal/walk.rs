//! Takes a file apart until shares and ciphertexts are left (FORMATS.md §21).
//!
//! Every piece is accounted for. Where a share is expected, anything else is an error. Everywhere else things are searched:
//! a share is taken wherever it is, what looks like a damaged one is an error, and only the rest is skipped.

use super::{
    ciphertext::{CiphertextError, PortalCiphertext},
    client_share::{ClientShare, PUBLIC_KEY_NAMES},
    custodian_share::{self, CustodianShare},
    exported_key::{ed25519_scalar, parse_exported_key},
    fields::Provenance,
    items::{MAX_SHARES, PortalFileError, PortalItem},
    material::{
        SHORTEST, base64_json, begins_json, hex_digits, hex_json, hex_texts, is_backup, is_damaged,
        is_json, is_list_of_keys, is_nearly_hex, is_unnamed_hex, mentions_share, unnamed_binary,
    },
    rows::{Row, RowError},
    tables::read_rows,
};
use crate::crypto::curve::Curve;
use crate::formats::{
    encoding::{
        base64::from_base64,
        json::{Kind, Object, Value},
        more_pages::{Held, MorePages},
        other_content::ENVELOPES,
        typed::untyped,
    },
    printable,
};

const MAX_DEPTH: usize = 12;

/// Members of a plain text that hold the share of one curve, in any letter case. Of several spellings the one in capitals
/// is where the share is expected, then the one in small letters.
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

/// Members that databases put around their answers, beside those of servers. A share is expected in both where an object has
/// none of the others.
const ROWS: [&str; 6] = ["shares", "rows", "item", "Item", "Items", "Records"];

/// Members of ejected keys, and of the answers in which SDKs give them to apps.
const KEY_NAMES: [&str; 4] = [
    "privateKey",
    "secp256k1Key",
    "ed25519Key",
    "ed25519PrivateKey",
];

/// Fields of shares that are no places for other shares.
const OWN_FIELDS: [&str; 6] = [
    "pubkey",
    "pubKey",
    "bks",
    "partialPubkey",
    "partialPubKey",
    "partialPubkeys",
];

/// Reads one file, or one ciphertext that was opened.
pub(super) struct Reader<'a> {
    name: &'a str,
    pub(super) found: Vec<PortalItem>,
    /// Whether anything of Portal's was seen.
    pub(super) recognised: bool,
    /// Whether keys that were ejected already were seen where shares were searched for.
    pub(super) saw_keys: bool,
    more_pages: MorePages,
}

/// Where the reader is.
#[derive(Clone, Default)]
pub(super) struct Context {
    depth: usize,
    curve: Option<Curve>,
    provenance: Provenance,
    /// Whether there must be a share, a ciphertext, or what is around them.
    is_expected: bool,
    /// Whether it is in an array, whose elements are no pages.
    is_element: bool,
}

impl Context {
    /// Of a file as a whole.
    pub(super) fn beginning(provenance: Provenance) -> Self {
        Self {
            provenance,
            is_expected: true,
            ..Self::default()
        }
    }

    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    fn expecting(self, is_expected: bool) -> Self {
        Self {
            is_expected,
            ..self
        }
    }
}

impl<'a> Reader<'a> {
    /// `name` is what complaints call the file.
    pub(super) fn new(name: &'a str) -> Self {
        Self {
            name,
            found: Vec::new(),
            recognised: false,
            saw_keys: false,
            more_pages: MorePages::default(),
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Vec<PortalItem> {
        let said = self.more_pages.named().map(printable);
        self.found.extend(said.map(PortalItem::MorePages));
        self.found
    }

    /// A text in which a share is expected.
    pub(super) fn read_text(
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
        if begins_json(text) {
            return self.read_json(text, path, context);
        }
        if let Some(digits) = hex_digits(text)
            && digits.expose().len() != 64
        {
            return self.read_hex(text, path, context);
        }
        if let Some(fault) = self.bare_key(text) {
            return Err(fault);
        }
        // A wrong letter among hexadecimal digits leaves base64 of anything.
        if is_nearly_hex(text) {
            return Err(PortalFileError::Ciphertext {
                document: printable(self.name),
                fault: CiphertextError::Foreign,
            });
        }
        let bytes = from_base64(text).ok_or_else(|| self.not_share())?;
        let Ok(inner) = std::str::from_utf8(bytes.expose()) else {
            return self.read_binary(bytes.expose(), context);
        };
        let inner = inner.trim_ascii();
        let is_hex = || hex_digits(inner).is_some_and(|digits| digits.expose().len() != 64);
        if !begins_json(inner) && !is_hex() {
            return Err(self.not_share());
        }
        self.read_text(inner, path, &context.deeper())
    }

    /// Bytes that are no text: a backup that was kept without hexadecimal around it.
    pub(super) fn read_binary(
        &mut self,
        bytes: &[u8],
        context: &Context,
    ) -> Result<(), PortalFileError> {
        if !is_backup(bytes) {
            return Err(self.not_share());
        }
        let ciphertext = PortalCiphertext::from_bytes(bytes.to_vec());
        let ciphertext = ciphertext.map_err(|_| self.not_share())?;
        self.keep(PortalItem::Ciphertext(
            ciphertext,
            context.provenance.clone(),
        ))
    }

    fn read_json(
        &mut self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        let name = self.name;
        for value in Value::parse_all(name, path, text) {
            if context.depth == 0 {
                // Of several pages one after the other the last one says whether there are more.
                self.more_pages = MorePages::default();
            }
            self.walk(&value?, &context.deeper())?;
        }
        Ok(())
    }

    fn read_hex(
        &mut self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        if context.depth == 0 && is_list_of_keys(text) {
            return Err(PortalFileError::KeyDigits(printable(self.name)));
        }
        for digits in hex_texts(text).unwrap_or_default() {
            if let Some(inner) = hex_json(digits.expose()) {
                self.read_text(inner.expose(), path, &context.deeper())?;
                continue;
            }
            let ciphertext = PortalCiphertext::parse(digits.expose().as_bytes());
            let ciphertext = ciphertext.map_err(|fault| PortalFileError::Ciphertext {
                document: printable(self.name),
                fault,
            })?;
            let around = context.provenance.clone();
            self.keep(PortalItem::Ciphertext(ciphertext, around))?;
        }
        Ok(())
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
            let path = format!("line {}", row.line);
            let context = Context {
                provenance: row.provenance,
                is_element: true,
                ..context.deeper()
            };
            for field in row.fields {
                if field.is_expected {
                    self.read_text(field.text.expose(), &path, &context)?;
                } else {
                    let context = context.clone().expecting(false);
                    self.search_text(field.text.expose(), &path, &context)?;
                }
            }
        }

        Ok(())
    }

    /// A text in which no share is expected. One that is there is taken; what was one is an error.
    fn search_text(
        &mut self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        let text = text.trim();
        if text.len() < SHORTEST {
            return Ok(());
        }
        if begins_json(text) && is_json(text) {
            return self.read_json(text, path, &context.deeper());
        }
        if let Some(digits) = hex_digits(text) {
            return if is_unnamed_hex(digits.expose()) {
                self.read_hex(text, path, &context.deeper())
            } else {
                Ok(())
            };
        }
        if let Some(inner) = base64_json(text) {
            return self.read_json(inner.expose(), path, &context.deeper());
        }
        if let Some(bytes) = unnamed_binary(text) {
            return self.read_binary(bytes.expose(), context);
        }
        if is_damaged(text) {
            return Err(PortalFileError::Damaged {
                place: self.place(path),
                what: "looks like a share that was cut off or altered",
            });
        }
        Ok(())
    }

    fn walk(&mut self, value: &Value<'_>, context: &Context) -> Result<(), PortalFileError> {
        if context.depth > MAX_DEPTH {
            return if context.is_expected || mentions_share(value.raw()) {
                Err(PortalFileError::TooDeep(printable(self.name)))
            } else {
                Ok(())
            };
        }
        let value = &untyped(value);
        let (_, path) = value.place();
        match value.kind() {
            Kind::Object => self.walk_object(&value.object()?, context),
            Kind::Array => {
                let context = Context {
                    is_element: true,
                    ..context.deeper()
                };
                value
                    .elements()?
                    .try_for_each(|element| self.walk(&element, &context))
            }
            Kind::Text if context.is_expected => {
                self.read_text(value.text()?.expose(), path, &context.deeper())
            }
            Kind::Text => self.search_text(value.text()?.expose(), path, context),
            Kind::Null | Kind::Plain if context.is_expected => Err(self.stranger(value)),
            Kind::Null | Kind::Plain => Ok(()),
        }
    }

    fn walk_object(
        &mut self,
        object: &Object<'_>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        if object.has_any(&KEY_NAMES) {
            if context.is_expected {
                return Err(PortalFileError::Ejected(printable(self.name)));
            }
            self.saw_keys = true;
        }
        if object.names().any(|name| curve_of(name).is_some()) {
            return self.walk_curves(object, context);
        }
        if is_custodian(object, context) {
            let share = CustodianShare::parse(object, &context.provenance)?;
            self.keep(PortalItem::Custodian(share))?;
            return self.search_members(object, &OWN_FIELDS, context);
        }
        if is_client(object, context) {
            let share = ClientShare::parse(object, context.curve, &context.provenance)?;
            self.keep(PortalItem::Client(share))?;
            return self.search_members(object, &OWN_FIELDS, context);
        }
        self.walk_members(object, context)
    }

    fn walk_members(
        &mut self,
        object: &Object<'_>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        let has_wrapper = object.has_any(&WRAPPERS);
        self.recognised |= has_wrapper && context.is_expected;
        if !context.is_element {
            self.note_page(object);
        }

        let before = self.found.len();
        let inner = Context {
            provenance: context.provenance.within(object),
            ..context.deeper()
        };
        let mut was_expected = false;
        for (name, value) in object
            .named()
            .filter(|(_, value)| value.kind() != Kind::Null)
        {
            let is_expected = if WRAPPERS.contains(&name) {
                context.is_expected || (value.kind() == Kind::Text && !is_word(&value))
            } else {
                // Other members of these names are numbers and words.
                let is_envelope = ENVELOPES.contains(&name) || ROWS.contains(&name);
                let may_hold = value.kind() != Kind::Plain && !is_word(&value);
                context.is_expected && !has_wrapper && is_envelope && may_hold
            };
            was_expected |= is_expected;
            self.walk(&value, &inner.clone().expecting(is_expected))?;
        }
        if context.is_expected && !was_expected && self.found.len() == before {
            return Err(self.stranger(object.whole()));
        }
        Ok(())
    }

    fn walk_curves(
        &mut self,
        object: &Object<'_>,
        context: &Context,
    ) -> Result<(), PortalFileError> {
        let inner = Context {
            provenance: context.provenance.within(object),
            ..context.deeper()
        };
        let mut expected = Vec::new();
        for (names, curve) in &CURVES {
            let known = names.iter().find(|name| object.has_any(&[name])).copied();
            let any = || {
                let mut names = object.names();
                names.find(|name| curve_of(name) == Some(*curve) && object.has_any(&[name]))
            };
            let Some(name) = known.or_else(any) else {
                continue;
            };
            expected.push(name);
            let Some(value) = object.find(name) else {
                continue;
            };
            self.recognised |= context.is_expected;
            if context.is_expected && is_empty(&value)? {
                self.keep(PortalItem::Empty(*curve))?;
                continue;
            }
            let context = Context {
                curve: Some(*curve),
                ..inner.clone()
            };
            self.walk(&value, &context)?;
        }
        self.search_members(object, &expected, context)
    }

    /// Searches the members of an object whose own part was read.
    fn search_members(
        &mut self,
        object: &Object<'_>,
        read: &[&str],
        context: &Context,
    ) -> Result<(), PortalFileError> {
        let inner = Context {
            curve: None,
            is_element: true,
            ..context.deeper().expecting(false)
        };
        object
            .named()
            .filter(|(name, value)| {
                !read.contains(name) && !matches!(value.kind(), Kind::Null | Kind::Plain)
            })
            .try_for_each(|(_, value)| self.walk(&value, &inner))
    }

    fn note_page(&mut self, object: &Object<'_>) {
        let (_, path) = object.whole().place();
        let around = path.rsplit('.').next().unwrap_or(path).to_owned();
        for (name, value) in object.named() {
            let text = value.text().ok();
            let held = match value.kind() {
                Kind::Null => Held::Nothing,
                Kind::Text => Held::Text(text.as_ref().map_or("", |text| text.expose())),
                Kind::Plain => match value.raw().parse() {
                    Ok(number) => Held::Number(number),
                    Err(_) => Held::Flag(value.raw() == "true"),
                },
                Kind::Array | Kind::Object if value.raw().len() <= 2 => Held::Nothing,
                Kind::Array | Kind::Object => Held::Something,
            };
            self.more_pages.member(&around, name, held);
        }
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
        PortalFileError::Stranger(self.place(path))
    }

    fn place(&self, path: &str) -> String {
        let name = printable(self.name);
        if path.is_empty() {
            format!("`{name}`")
        } else {
            format!("`{name}`, field `{path}`")
        }
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

/// The curve that a member is named after, in any letter case.
fn curve_of(name: &str) -> Option<Curve> {
    let found = CURVES
        .iter()
        .find(|([capital, _], _)| capital.eq_ignore_ascii_case(name));
    found.map(|(_, curve)| *curve)
}

/// Whether an object is a custodian's share. Where none is expected, a point alone makes none.
fn is_custodian(object: &Object<'_>, context: &Context) -> bool {
    let has_point = object.has_any(&["x"]) && object.has_any(&["y"]);
    object.has_any(&custodian_share::MARKS)
        || (has_point && (context.is_expected || object.has_any(&["share"])))
}

/// Whether an object is a client's share. Where none is expected, a public key alone makes none.
fn is_client(object: &Object<'_>, context: &Context) -> bool {
    let has_key = object.has_any(&PUBLIC_KEY_NAMES);
    object.has_any(&["bks"]) || (has_key && (context.is_expected || object.has_any(&["share"])))
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
    let curves = object.names().any(|name| curve_of(name).is_some());
    let holds = |value: Value<'_>| match value.kind() {
        Kind::Object | Kind::Array => true,
        Kind::Text => !is_word(&value),
        Kind::Null | Kind::Plain => false,
    };
    let others = object.members().any(holds);
    Ok(!bare
        && !curves
        && !others
        && WRAPPERS
            .iter()
            .all(|name| object.find(name).is_none_or(|value| blank(&value))))
}

/// Whether it is a text too short to hold anything of Portal's, such as `"ok"`.
fn is_word(value: &Value<'_>) -> bool {
    value.kind() == Kind::Text
        && value
            .text()
            .is_ok_and(|text| text.expose().len() < SHORTEST)
}
