//! Portal: the client's share of a backup as the app hands it in, in every shape that Portal's documents have, and how far a backup
//! has come. Nothing is opened here.

use lifeboat::{
    crypto::secret::{SecretBytes, SecretText},
    formats::{
        encoding::json::{FieldError, FieldFault, Kind, Object, Value},
        portal::share_file::{PortalItem, read_portal_file},
    },
};

use super::portal::{Labels, share_of};

/// Members that hold the whole of a client's share, for both curves.
const WHOLE: [&str; 5] = [
    "backupShare",
    "encryptedClientBackupShare",
    "clientBackupShare",
    "cipherText",
    "clientCipherText",
];
/// Members that hold the share of one curve each, and what the curve is called.
const OF_CURVES: [(&str, &str); 2] = [
    ("secp256k1Ciphertext", "SECP256K1"),
    ("ed25519Ciphertext", "ED25519"),
];
/// Members that a share may be inside of.
pub const AROUND: [&str; 2] = ["user-backup-share", "data"];
/// The custodian's share, where Portal keeps both.
pub const CUSTODIANS: &str = "custodianBackupShare";

/// What was handed in for a client. It has no `Debug`.
pub struct ClientBackup {
    /// An object with the members that hold the share, each as it came; `None` where there is a custodian's share alone.
    pub content: Option<SecretText>,
    /// What is known of it.
    pub labels: Labels,
    /// Its curve, where it is of one alone.
    pub curve: Option<&'static str>,
    /// Whether it is anything but a share that lies open.
    pub is_encrypted: bool,
    /// The custodian's share beside it, where Portal keeps both.
    pub custodian: Option<SecretText>,
}

impl ClientBackup {
    /// Reads a body. Members that are not known are skipped.
    ///
    /// # Errors
    /// [`FieldError`] where there is no share, one that is none, or several.
    pub fn read(body: &[u8]) -> Result<Self, FieldError> {
        let body = Value::parse("body", body)?;
        let outer = body.object()?;
        let around = AROUND.iter().find_map(|name| {
            let value = outer.find(name)?;
            (value.kind() == Kind::Object).then_some((*name, value))
        });
        let (name, inner) = match around {
            Some((name, value)) if !has_share(&outer) => (Some(name), value.object()?),
            _ => (None, body.object()?),
        };

        let custodian = inner.find(CUSTODIANS).map(|value| share_of(&value));
        let custodian = custodian.transpose()?;
        let mut labels = Labels::read(&inner)?;
        let further_out = Labels::read(&outer)?;
        labels.method = labels.method.or(further_out.method);
        labels.pair = labels.pair.or(further_out.pair);
        let (content, curve, is_encrypted) = match members_of(&inner, custodian.is_some())? {
            Some(found) => (
                Some(found.content_in(name)),
                found.curve,
                found.is_encrypted,
            ),
            None => (None, None, true),
        };
        Ok(Self {
            content,
            labels,
            curve,
            is_encrypted,
            custodian,
        })
    }
}

fn has_share(members: &Object<'_>) -> bool {
    let curves = OF_CURVES.map(|(name, _)| name);
    members.has_any(&WHOLE) || members.has_any(&curves) || members.has_any(&[CUSTODIANS])
}

/// The members of an object that hold the share.
struct Members {
    /// `"name":value`, with commas between them.
    text: SecretText,
    curve: Option<&'static str>,
    is_encrypted: bool,
}

impl Members {
    fn content_in(&self, around: Option<&str>) -> SecretText {
        let text = self.text.expose();
        SecretText::new(match around {
            Some(name) => format!("{{\"{name}\":{{{text}}}}}"),
            None => format!("{{{text}}}"),
        })
    }
}

/// `None` where there is nothing but a custodian's share, and may be.
fn members_of(object: &Object<'_>, may_be_none: bool) -> Result<Option<Members>, FieldError> {
    let found = |name: &&'static str| object.find(name).map(|value| (*name, value));
    let curves = OF_CURVES.map(|(name, _)| name);
    let whole: Vec<_> = WHOLE.iter().filter_map(found).collect();
    let of_curves: Vec<_> = curves.iter().filter_map(found).collect();
    let members = match (whole.as_slice(), of_curves.as_slice()) {
        ([], []) if may_be_none => return Ok(None),
        ([], []) => return object.get("backupShare").map(|_| None),
        ([_], []) => whole,
        ([], _) => of_curves,
        ([.., (name, other)], []) | (_, [.., (name, other)]) => {
            let what = "beside another member that holds the share: send one of them";
            let error = other.fault(FieldFault::Value(what.to_owned()));
            return Err(named(error, object, name));
        }
    };

    let (mut text, mut is_encrypted) = (String::new(), true);
    for (name, value) in &members {
        let share = share_of(value).map_err(|error| named(error, object, name))?;
        is_encrypted &= !lies_open(&share);
        let comma = if text.is_empty() { "" } else { "," };
        text.push_str(&format!("{comma}\"{name}\":{}", value.raw()));
    }
    let curve = match members.as_slice() {
        [(name, _)] => OF_CURVES.iter().find(|(known, _)| known == name),
        _ => None,
    };
    Ok(Some(Members {
        text: SecretText::new(text),
        curve: curve.map(|(_, curve)| *curve),
        is_encrypted,
    }))
}

/// A complaint with its member's name: the reader of JSON shows no name that might be a secret, and some of these look like one.
fn named(error: FieldError, object: &Object<'_>, name: &str) -> FieldError {
    let (_, around) = object.whole().place();
    let dot = if around.is_empty() { "" } else { "." };
    FieldError {
        path: format!("{around}{dot}{name}"),
        ..error
    }
}

/// Longest share that is looked into, in bytes: the longest that was seen has a quarter of it.
const MAX_LOOK: usize = 128 << 10;

/// Whether a share can be read as it is.
fn lies_open(share: &SecretText) -> bool {
    if share.expose().len() > MAX_LOOK {
        return false;
    }
    let bytes = SecretBytes::new(share.expose().as_bytes().to_vec());
    let items = read_portal_file("share", &bytes).unwrap_or_default();
    items
        .iter()
        .any(|item| matches!(item, PortalItem::Client(_) | PortalItem::Custodian(_)))
}

/// How far a backup has come, in Portal's words but for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairState {
    /// The custodian's share is here, the client's is not.
    Custodian,
    /// The app has said that it did not go well.
    Failed,
    /// The client's share is here. The app stores its key first, and has not said yet that all of it went well.
    Key,
    /// The app has said that all of it is stored.
    Complete,
}

impl PairState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Custodian, Self::Failed, Self::Key, Self::Complete];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Custodian => "STORED_CUSTODIAN_BACKUP_SHARE",
            Self::Failed => "FAILED",
            Self::Key => "STORED_CLIENT_BACKUP_SHARE_KEY",
            Self::Complete => "STORED_CLIENT_BACKUP_SHARE",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The state after the app has said how it went; `None` where it has said the opposite before. What is complete stays so,
    /// whatever a late message says.
    #[must_use]
    pub fn after(self, stored: bool) -> Option<Self> {
        match (self, stored) {
            (Self::Key | Self::Complete, true) => Some(Self::Complete),
            (Self::Key | Self::Failed, false) => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What is known of a client's share without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number among the client's.
    pub n: i64,
    /// What is known of it.
    pub labels: Labels,
    /// Its curve, where it is of one alone.
    pub curve: Option<String>,
    /// How far it has come.
    pub state: PairState,
}

/// The numbers of those that an app recovers with, of shares with the newest first: of each method and curve the newest that is
/// complete; where none is, the newest that may be; else the newest.
#[must_use]
pub fn chosen(newest_first: &[Listed]) -> Vec<i64> {
    let mut best: Vec<&Listed> = Vec::new();
    for share in newest_first {
        let same = best
            .iter_mut()
            .find(|known| known.labels.method == share.labels.method && known.curve == share.curve);
        match same {
            Some(known) if share.state > known.state => *known = share,
            Some(_) => {}
            None => best.push(share),
        }
    }
    best.iter().map(|share| share.n).collect()
}

/// A pair of shares, as far as anything says that there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its id.
    pub id: String,
    /// Whether the custodian's share is here.
    pub has_custodian: bool,
    /// How far it has come.
    pub state: PairState,
}

/// All pairs of a client: those that its shares name, newest first, and those of which only the custodian's share is here.
#[must_use]
pub fn pairs(newest_first: &[Listed], custodians: &[String]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let named = newest_first.iter().filter_map(|share| {
        let id = share.labels.pair.as_deref()?;
        Some((id, share.state))
    });
    let alone = custodians
        .iter()
        .map(|id| (id.as_str(), PairState::Custodian));
    for (id, state) in named.chain(alone) {
        match pairs.iter_mut().find(|pair| pair.id == id) {
            Some(known) => known.state = known.state.max(state),
            None => pairs.push(Pair {
                id: id.to_owned(),
                has_custodian: custodians.iter().any(|custodian| custodian == id),
                state,
            }),
        }
    }
    pairs
}
