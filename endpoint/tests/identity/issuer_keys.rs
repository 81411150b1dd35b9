//! The keys of an issuer over time: when they are fetched, and how long they are believed.

use std::sync::{Arc, Mutex};

use jsonwebtoken::Algorithm;
use lifeboat_endpoint::identity::{
    issuer_keys::{COOL_DOWN, FRESH, IssuerKeys, KeyError, KeySource, STALE},
    key_set::{KeySet, KeySetError, MAX_JWKS},
};
use serde_json::json;

use crate::support::tokens::{NOW, SigningKey, jwks};

const ISSUER: &str = "https://issuer.example";
const USER: &str = "192.0.2.1";
const STRANGER: &str = "198.51.100.7";

/// An issuer that can be away, and counts how often it is asked.
#[derive(Default)]
struct Remote {
    answer: Mutex<Option<Vec<u8>>>,
    asked: Mutex<usize>,
    kept: Mutex<Vec<(Vec<u8>, i64)>>,
}

impl Remote {
    fn says(&self, ids: &[&str]) -> Vec<u8> {
        let keys: Vec<_> = ids.iter().map(|id| SigningKey::p256().jwk(id)).collect();
        let list = jwks(&keys);
        *self.answer.lock().unwrap() = Some(list.clone());
        list
    }

    fn is_away(&self) {
        *self.answer.lock().unwrap() = None;
    }

    fn asked(&self) -> usize {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn keys_of(remote: &Arc<Remote>) -> IssuerKeys {
    let (asked, kept) = (Arc::clone(remote), Arc::clone(remote));
    IssuerKeys::new(
        [(
            ISSUER.to_owned(),
            KeySource::Url("https://issuer.example/jwks".to_owned()),
        )],
        Arc::new(move |_| {
            *asked.asked.lock().unwrap() += 1;
            asked.answer.lock().unwrap().clone()
        }),
        Arc::new(move |_, list, at| kept.kept.lock().unwrap().push((list, at))),
    )
}

fn ask(keys: &IssuerKeys, id: &str, caller: &str, now: i64) -> Result<(), KeyError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let key = runtime.block_on(keys.key(ISSUER, Some(id), Algorithm::ES256, caller, now));
    key.map(|_| ())
}

#[test]
fn a_list_is_fetched_once_in_five_minutes() {
    let remote = Arc::new(Remote::default());
    let list = remote.says(&["a"]);
    let keys = keys_of(&remote);

    for later in [0, 1000, FRESH] {
        assert_eq!(ask(&keys, "a", USER, NOW + later), Ok(()));
    }
    assert_eq!(remote.asked(), 1);
    assert_eq!(*remote.kept.lock().unwrap(), [(list, NOW)]);

    assert_eq!(ask(&keys, "a", USER, NOW + FRESH + 1), Ok(()));
    assert_eq!(remote.asked(), 1);
}

#[test]
fn an_unknown_key_is_asked_for_once_in_thirty_seconds() {
    let remote = Arc::new(Remote::default());
    remote.says(&["a"]);
    let keys = keys_of(&remote);
    ask(&keys, "a", USER, NOW).unwrap();
    remote.asked();

    for n in 0..20 {
        assert_eq!(ask(&keys, "x", STRANGER, NOW + n), Err(KeyError::Unknown));
    }
    assert_eq!(remote.asked(), 1);
    remote.says(&["a", "x"]);
    assert_eq!(
        ask(&keys, "x", STRANGER, NOW + COOL_DOWN - 1),
        Err(KeyError::Unknown)
    );
    assert_eq!(ask(&keys, "x", STRANGER, NOW + COOL_DOWN), Ok(()));
}

#[test]
fn strangers_do_not_use_up_what_is_there_for_users() {
    let remote = Arc::new(Remote::default());
    remote.says(&["old"]);
    let keys = keys_of(&remote);
    ask(&keys, "old", USER, NOW).unwrap();
    keys.trust(USER);

    assert_eq!(ask(&keys, "x", STRANGER, NOW + 1), Err(KeyError::Unknown));
    remote.says(&["new"]);
    assert_eq!(ask(&keys, "new", STRANGER, NOW + 2), Err(KeyError::Unknown));
    assert_eq!(ask(&keys, "new", USER, NOW + 3), Ok(()));
}

#[test]
fn a_list_is_used_for_a_day_while_its_issuer_is_away() {
    let remote = Arc::new(Remote::default());
    remote.says(&["a"]);
    let keys = keys_of(&remote);
    ask(&keys, "a", USER, NOW).unwrap();
    remote.is_away();
    remote.asked();

    assert_eq!(ask(&keys, "a", USER, NOW + STALE), Ok(()));
    assert_eq!(ask(&keys, "a", USER, NOW + STALE + 1), Err(KeyError::Away));
    assert_eq!(
        remote.asked(),
        2,
        "not again within the cool-down, but for the two reasons"
    );
    assert_eq!(keys.missing(NOW + STALE + 1), [ISSUER]);

    remote.says(&["a"]);
    assert_eq!(ask(&keys, "a", USER, NOW + STALE + COOL_DOWN), Ok(()));
    assert!(keys.missing(NOW + STALE + COOL_DOWN).is_empty());
}

/// Ten years ahead for a moment: the list of then is neither fresh nor usable now, and what was tried then cools nothing down.
#[test]
fn a_list_from_a_clock_that_was_ahead_is_fetched_again() {
    const AHEAD: i64 = 315_360_000_000;

    let remote = Arc::new(Remote::default());
    remote.says(&["withdrawn"]);
    let keys = keys_of(&remote);
    ask(&keys, "withdrawn", USER, NOW + AHEAD).unwrap();

    remote.says(&["now"]);
    assert_eq!(ask(&keys, "now", USER, NOW), Ok(()));
    assert_eq!(
        ask(&keys, "withdrawn", USER, NOW + 1),
        Err(KeyError::Unknown)
    );

    let keys = keys_of(&remote);
    ask(&keys, "now", USER, NOW + AHEAD).unwrap();
    remote.is_away();
    assert_eq!(ask(&keys, "now", USER, NOW), Err(KeyError::Away));
}

#[test]
fn an_answer_that_is_no_list_changes_nothing() {
    let remote = Arc::new(Remote::default());
    remote.says(&["a"]);
    let keys = keys_of(&remote);
    ask(&keys, "a", USER, NOW).unwrap();

    for nonsense in [
        "",
        "<html>",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kty":"oct","k":"eA"}]}"#,
    ] {
        *remote.answer.lock().unwrap() = Some(nonsense.into());
        let later = NOW + FRESH + COOL_DOWN;
        assert_eq!(ask(&keys, "a", USER, later), Ok(()), "{nonsense}");
    }
    assert_eq!(remote.kept.lock().unwrap().len(), 1);
}

#[test]
fn a_list_that_was_kept_is_used_after_a_restart_without_the_issuer() {
    let remote = Arc::new(Remote::default());
    let list = jwks(&[SigningKey::p256().jwk("a")]);
    let keys = keys_of(&remote);
    assert_eq!(ask(&keys, "a", USER, NOW), Err(KeyError::Away));

    keys.remember(ISSUER, &list, NOW - FRESH - 1);
    assert_eq!(ask(&keys, "a", USER, NOW), Ok(()));
}

#[test]
fn lists_are_bounded_and_hold_a_usable_key() {
    let error = |text: Vec<u8>| KeySet::parse(&text).err();
    assert_eq!(error(vec![b' '; MAX_JWKS + 1]), Some(KeySetError::Large));
    assert_eq!(error(b"[]".to_vec()), Some(KeySetError::NotJwks));
    let short = json!({"kty": "RSA", "kid": "s", "n": "x".repeat(171), "e": "AQAB"});
    assert_eq!(error(jwks(&[short])), Some(KeySetError::NoKey));
    let many: Vec<_> = (0..257).map(|_| json!({"kty": "oct"})).collect();
    assert_eq!(error(jwks(&many)), Some(KeySetError::Large));
}
