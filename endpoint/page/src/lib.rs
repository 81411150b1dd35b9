//! What the takeover page computes: five functions from text to text, without a network, a file or a clock.
//!
//! The page puts a JSON object into [`room`], calls a function, which returns the length of its answer, and reads the answer
//! at [`answer`]: `{"ok":true,…}` or `{"ok":false,"error":"…"}`. Errors are those of the offline tool.
//!
//! The memory is the page's: it fills all of it with zeros when it is done, so that nothing here wipes piece by piece.

use std::{cell::RefCell, error::Error};

use lifeboat::{
    crypto::secret::{Passphrase, SecretText},
    formats::{
        chains::{
            export_file::{ExportFormat, write_export},
            table::Chain,
        },
        device_share::{device_id::DeviceId, share::DeviceShare},
        full_key::file::{full_keys_json, lock_full_keys, read_full_keys},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        device_share::{
            new_passphrase::check_new_passphrase,
            recover::{Backup, read_backups, recover},
        },
        export::{Place, export, roots_for},
        takeover::{find_shares, take_over},
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

mod random;

use self::random::Given;

/// Fewest characters of a passphrase that locks keys, as the offline tool has it.
const SHORTEST: usize = 12;

thread_local! {
    /// What is asked, and then what is answered.
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for a question of so many bytes.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    TEXT.with_borrow_mut(|text| {
        *text = vec![0; length];
        text.as_mut_ptr()
    })
}

/// Where the answer is.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    TEXT.with_borrow(|text| text.as_ptr())
}

/// `{backup}`: what backups say of themselves without a passphrase. Answers `{passphraseId, deviceId}` of the newest.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn look_at_backup() -> usize {
    answered(looked_at)
}

/// `{backup, passphrase, deviceId}`: opens the newest backup that opens. Answers `{share, keys, older}`: Key Share #2, how many
/// keys it has, and whether a newer backup did not open.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn open_backup() -> usize {
    answered(opened)
}

/// `{serverShare, deviceShare, walletId}`: the full keys, each checked against its public key. Answers `{keys, public}`.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn make_keys() -> usize {
    answered(made)
}

/// `{keys, chains, index, reveal}`: addresses, and with `reveal` private keys, as `lifeboat export` gives them. Answers
/// `{rows}`.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn show_keys() -> usize {
    answered(shown)
}

/// `{keys, passphrase, random}`: the keys under a passphrase, as `lifeboat takeover` locks them. `random` is 64 bytes in
/// hexadecimal. Answers `{locked}`.
#[allow(unsafe_code, reason = "the page calls it by its name")]
#[unsafe(no_mangle)]
pub extern "C" fn lock_keys() -> usize {
    answered(locked)
}

/// Takes the question out of the room and puts the answer there.
fn answered<Q: DeserializeOwned>(work: fn(Q) -> Result<Value, Refused>) -> usize {
    let question = TEXT.take();
    let question = serde_json::from_slice(&question).map_err(Refused::from);
    let mut answer = match question.and_then(work) {
        Ok(answer) => answer,
        Err(Refused(error)) => json!({"ok": false, "error": error}),
    };
    if let Some(members) = answer.as_object_mut() {
        members.entry("ok").or_insert(Value::Bool(true));
    }

    let answer = answer.to_string().into_bytes();
    let length = answer.len();
    TEXT.set(answer);
    length
}

/// Why there is no answer, for people.
struct Refused(String);

impl<E: Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Refused {
    fn because<T>(why: &str) -> Result<T, Self> {
        Err(Self(why.to_owned()))
    }
}

#[derive(Deserialize)]
struct Look {
    backup: String,
}

fn looked_at(asked: Look) -> Result<Value, Refused> {
    let backups = read_backups(asked.backup.as_bytes())?;
    let newest = backups.last();
    Ok(json!({
        "passphraseId": newest.map(|backup| backup.passphrase_id().as_str()),
        "deviceId": newest.and_then(Backup::device_id).map(DeviceId::as_str),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Open {
    backup: String,
    passphrase: String,
    device_id: String,
}

fn opened(asked: Open) -> Result<Value, Refused> {
    let Some(device) = DeviceId::parse(&asked.device_id) else {
        return Refused::because("the device id is empty, or longer than any");
    };
    let passphrase = Passphrase::new(asked.passphrase.into_bytes());
    let mut first = None;

    let backups = read_backups(asked.backup.as_bytes())?;
    for (newer, backup) in backups.iter().rev().enumerate() {
        match recover(backup, &passphrase, &device) {
            Ok(opened) => {
                return Ok(json!({
                    "share": opened.share.to_json().expose(),
                    "keys": opened.share.keys.len(),
                    "older": newer > 0,
                }));
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    match first {
        Some(error) => Err(error.into()),
        None => Refused::because("the file holds no device backup"),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Make {
    server_share: String,
    device_share: String,
    wallet_id: String,
}

fn made(asked: Make) -> Result<Value, Refused> {
    let wallet = WalletId::parse(asked.wallet_id.as_bytes())?;
    let server = find_shares(asked.server_share.as_bytes(), wallet)?;
    let device = DeviceShare::parse(asked.device_share.as_bytes())?;

    let keys = take_over(
        &server,
        &device,
        &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
    )?;
    let public = keys.iter().map(|key| {
        json!({
            "keyId": key.key.id.to_string(),
            "algorithm": key.key.algorithm.name(),
            "extendedPublicKey": key.extended_public(),
        })
    });
    Ok(json!({
        "public": public.collect::<Vec<_>>(),
        "keys": full_keys_json(&keys).expose(),
    }))
}

#[derive(Deserialize)]
struct Show {
    keys: String,
    chains: Vec<String>,
    index: u32,
    reveal: bool,
}

fn shown(asked: Show) -> Result<Value, Refused> {
    let roots = read_full_keys(asked.keys.as_bytes())?;
    let place = Place::Asset {
        coin: None,
        account: 0,
        change: 0,
        indexes: (asked.index, asked.index),
    };
    let mut keys = Vec::new();
    for name in &asked.chains {
        let Some(chain) = Chain::from_name(name) else {
            return Refused::because("the page asks for a chain that is not known");
        };
        // A wallet with keys of one curve has no addresses on chains of the other.
        if roots_for(&roots, chain).is_ok() {
            keys.extend(export(&roots, chain, None, &place, asked.reveal)?);
        }
    }

    let text = write_export(&keys, ExportFormat::Json, asked.reveal);
    let rows: Value = serde_json::from_str(text.expose())?;
    Ok(json!({ "rows": rows }))
}

#[derive(Deserialize)]
struct Lock {
    keys: String,
    passphrase: String,
    random: String,
}

fn locked(asked: Lock) -> Result<Value, Refused> {
    let passphrase = Passphrase::new(asked.passphrase.into_bytes());
    check_new_passphrase(&passphrase)?;
    if passphrase.characters() < SHORTEST {
        return Refused::because("the passphrase must have at least 12 characters");
    }

    let mut random = Given::parse(&asked.random)?;
    let locked = lock_full_keys(&SecretText::new(asked.keys), &passphrase, &mut random)?;
    if random.is_overdrawn() {
        return Refused::because("the page gave too few random bytes");
    }
    Ok(json!({ "locked": locked }))
}
