//! Tokens: good ones of three algorithms, and hostile ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use jsonwebtoken::Algorithm;
use lifeboat_endpoint::{
    domain::caller::{Caller, Role, WalletSource},
    identity::{
        bearer::{Bearer, ClaimRule, Issuer, MAX_TOKEN, SKEW, TokenError},
        issuer_keys::{FRESH, IssuerKeys, KeySource, STALE},
        key_set::KeySet,
    },
};
use serde_json::{Value, json};

use crate::support::tokens::{NOW, SigningKey, hmac_token, jwks, unsigned_token};

const ISSUER: &str = "https://issuer.example";
const OTHER_ISSUER: &str = "https://other.example";
const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const SECONDS: i64 = NOW / 1000;

pub(super) fn issuer(algorithms: &[Algorithm]) -> Issuer {
    Issuer {
        audience: "recovery".to_owned(),
        algorithms: algorithms.to_vec(),
        client_claim: None,
        wallet_claim: None,
        operator: None,
        service_scope: "lifeboat.service".to_owned(),
    }
}

pub(super) fn bearer_of(issuer: Issuer, keys: &[Value]) -> Bearer {
    let keys = KeySet::parse(&jwks(keys)).unwrap();
    let source = KeySource::File(Arc::new(keys));
    let keys = IssuerKeys::new(
        [(ISSUER.to_owned(), source)],
        Arc::new(|_| panic!("a file is not fetched")),
        Arc::new(|_, _, _| panic!("a file is not kept")),
    );
    Bearer::new(HashMap::from([(ISSUER.to_owned(), issuer)]), keys)
}

pub(super) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "recovery", "sub": "user-1", "iat": SECONDS - 10, "exp": SECONDS + 600})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn verify(bearer: &Bearer, token: &str) -> Result<Arc<Caller>, TokenError> {
    verify_at(bearer, token, NOW)
}

fn verify_at(bearer: &Bearer, token: &str, now: i64) -> Result<Arc<Caller>, TokenError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(bearer.verify(token, "192.0.2.1", now))
}

#[test]
fn a_token_of_each_algorithm_is_taken() {
    for (key, algorithm) in [
        (SigningKey::rsa(), Algorithm::RS256),
        (SigningKey::p256(), Algorithm::ES256),
        (SigningKey::ed25519(), Algorithm::EdDSA),
    ] {
        let bearer = bearer_of(issuer(&[algorithm]), &[key.jwk("k1")]);
        let caller = verify(&bearer, &key.token("k1", &claims())).unwrap();
        assert_eq!(caller.identity.subject, "user-1");
        assert_eq!(caller.identity.issuer, ISSUER);
        assert_eq!(caller.role, Role::User(WalletSource::Grants));
        assert_eq!(caller.signed_in_at, None);
    }
}

#[test]
fn hostile_tokens_are_refused() {
    let key = SigningKey::rsa();
    let foreign = SigningKey::rsa();
    let bearer = bearer_of(issuer(&[Algorithm::RS256]), &[key.jwk("k1")]);
    let header = |more: Value| {
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": "k1"});
        header
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        header
    };
    let good = key.token("k1", &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let bad_signature = format!("{signed}.{}", signature.replace(['A', 'B'], "C"));

    let cases = [
        ("nothing", String::new()),
        ("three dots", "...".to_owned()),
        (
            "alg none",
            unsigned_token(&header(json!({"alg": "none"})), &claims()),
        ),
        (
            "alg NONE",
            unsigned_token(&header(json!({"alg": "NONE"})), &claims()),
        ),
        (
            "no signature",
            unsigned_token(&header(json!({})), &claims()),
        ),
        (
            "HMAC under the public key in PEM",
            hmac_token(
                &header(json!({"alg": "HS256"})),
                &claims(),
                key.public_pem().as_bytes(),
            ),
        ),
        (
            "HMAC under the modulus",
            hmac_token(
                &header(json!({"alg": "HS256"})),
                &claims(),
                key.jwk("k1")["n"].as_str().unwrap().as_bytes(),
            ),
        ),
        (
            "an algorithm that is not configured",
            key.token_with(&header(json!({"alg": "RS512"})), &claims()),
        ),
        ("another key under this id", foreign.token("k1", &claims())),
        ("an unknown id", key.token("k2", &claims())),
        ("a path as id", key.token("../../k1", &claims())),
        ("SQL as id", key.token("k1' OR '1'='1", &claims())),
        (
            "its own key in the header",
            foreign.token_with(&header(json!({"jwk": foreign.jwk("k1")})), &claims()),
        ),
        (
            "the address of its own key",
            foreign.token_with(
                &header(json!({"jku": "https://evil.example/jwks"})),
                &claims(),
            ),
        ),
        (
            "an extension that must be understood",
            key.token_with(&header(json!({"crit": ["b64"], "b64": false})), &claims()),
        ),
        ("an altered signature", bad_signature),
        (
            "another audience",
            key.token("k1", &with("aud", json!("other"))),
        ),
        (
            "other audiences",
            key.token("k1", &with("aud", json!(["a", "b"]))),
        ),
        ("no audience", key.token("k1", &without("aud"))),
        (
            "an audience of another type",
            key.token("k1", &with("aud", json!({"a": 1}))),
        ),
        (
            "another issuer",
            key.token("k1", &with("iss", json!(OTHER_ISSUER))),
        ),
        (
            "two issuers",
            key.token("k1", &with("iss", json!([ISSUER, OTHER_ISSUER]))),
        ),
        ("no issuer", key.token("k1", &without("iss"))),
        ("no subject", key.token("k1", &without("sub"))),
        (
            "an empty subject",
            key.token("k1", &with("sub", json!(" "))),
        ),
        (
            "a subject of two lines",
            key.token("k1", &with("sub", json!("a\nb"))),
        ),
        (
            "a long subject",
            key.token("k1", &with("sub", json!("x".repeat(256)))),
        ),
        ("no end", key.token("k1", &without("exp"))),
        (
            "an end of another type",
            key.token("k1", &with("exp", json!("never"))),
        ),
        (
            "an end outside of time",
            key.token("k1", &with("exp", json!(1e300))),
        ),
        (
            "not yet",
            key.token("k1", &with("nbf", json!(SECONDS + SKEW + 1))),
        ),
        (
            "issued tomorrow",
            key.token("k1", &with("iat", json!(SECONDS + 86_400))),
        ),
        (
            "oversized",
            key.token("k1", &with("more", json!("x".repeat(MAX_TOKEN)))),
        ),
    ];
    for (what, token) in cases {
        assert_eq!(verify(&bearer, &token), Err(TokenError::Invalid), "{what}");
    }
    assert!(verify(&bearer, &good).is_ok());
}

#[test]
fn only_algorithms_that_are_configured_are_taken() {
    let (rsa, p256) = (SigningKey::rsa(), SigningKey::p256());
    // The issuer lists both keys; what it may sign with is said here and not by its list.
    let bearer = bearer_of(issuer(&[Algorithm::RS256]), &[rsa.jwk("a"), p256.jwk("b")]);
    let token = p256.token("b", &claims());
    assert_eq!(verify(&bearer, &token), Err(TokenError::Invalid));
    assert!(verify(&bearer, &rsa.token("a", &claims())).is_ok());
}

#[test]
fn clocks_may_be_a_minute_apart() {
    let key = SigningKey::p256();
    let bearer = bearer_of(issuer(&[Algorithm::ES256]), &[key.jwk("k1")]);
    let at = |name: &str, time: i64| verify(&bearer, &key.token("k1", &with(name, json!(time))));

    assert!(at("exp", SECONDS - SKEW).is_ok());
    assert_eq!(at("exp", SECONDS - SKEW - 1), Err(TokenError::Expired));
    assert!(at("nbf", SECONDS + SKEW).is_ok());
    assert!(at("iat", SECONDS + SKEW).is_ok());
}

#[test]
fn a_symmetric_key_in_the_list_verifies_nothing() {
    let key = SigningKey::p256();
    let secret = json!({"kty": "oct", "kid": "s1", "k": "c2VjcmV0"});
    // Even where somebody configured an algorithm of secrets.
    let bearer = bearer_of(issuer(&[Algorithm::HS256]), &[key.jwk("k1"), secret]);
    let header = json!({"alg": "HS256", "kid": "s1"});
    let token = hmac_token(&header, &claims(), b"secret");
    assert_eq!(verify(&bearer, &token), Err(TokenError::Invalid));
}

#[test]
fn a_key_verifies_only_what_the_list_says_it_is_for() {
    let key = SigningKey::rsa();
    let mut for_encryption = key.jwk("k1");
    for_encryption["use"] = json!("enc");
    let mut for_another = key.jwk("k2");
    for_another["alg"] = json!("RS512");
    let mut right = SigningKey::rsa().jwk("k3");
    right["alg"] = json!("RS256");
    let bearer = bearer_of(
        issuer(&[Algorithm::RS256]),
        &[for_encryption, for_another, right],
    );
    for id in ["k1", "k2", "k3"] {
        let token = key.token(id, &claims());
        assert_eq!(verify(&bearer, &token), Err(TokenError::Invalid), "{id}");
    }
}

#[test]
fn a_token_without_key_id_is_taken_where_there_is_one_key_of_its_algorithm() {
    let (rsa, p256) = (SigningKey::rsa(), SigningKey::p256());
    let both = issuer(&[Algorithm::RS256, Algorithm::ES256]);
    let bearer = bearer_of(both, &[rsa.jwk("a"), p256.jwk("b")]);
    let token = p256.token_with(&json!({"alg": "ES256"}), &claims());
    assert!(verify(&bearer, &token).is_ok());

    let bearer = bearer_of(
        issuer(&[Algorithm::ES256]),
        &[p256.jwk("a"), SigningKey::p256().jwk("b")],
    );
    assert_eq!(verify(&bearer, &token), Err(TokenError::Invalid));
}

#[test]
fn claims_say_who_is_a_backend_and_who_an_operator() {
    let key = SigningKey::ed25519();
    let mut rules = issuer(&[Algorithm::EdDSA]);
    rules.operator = Some(ClaimRule {
        claim: "role".to_owned(),
        is: "recovery-operator".to_owned(),
    });
    let bearer = bearer_of(rules, &[key.jwk("k1")]);
    let caller = |claims: &Value| verify(&bearer, &key.token("k1", claims)).unwrap();

    assert!(caller(&with("scope", json!("openid lifeboat.service"))).is_service());
    assert!(caller(&with("scp", json!(["lifeboat.service"]))).is_service());
    assert!(!caller(&with("scope", json!("lifeboat.services"))).is_service());
    assert!(caller(&with("role", json!("recovery-operator"))).is_operator);
    assert!(caller(&with("role", json!(["a", "recovery-operator"]))).is_operator);
    assert!(!caller(&with("role", json!("recovery-operator2"))).is_operator);
    assert!(!caller(&claims()).is_operator);
}

#[test]
fn wallets_may_come_from_a_claim() {
    let key = SigningKey::p256();
    let mut rules = issuer(&[Algorithm::ES256]);
    rules.wallet_claim = Some("https://example.com/wallets".to_owned());
    let bearer = bearer_of(rules, &[key.jwk("k1")]);
    let wallets = |claims: &Value| {
        let caller = verify(&bearer, &key.token("k1", claims)).unwrap();
        caller
            .claimed_wallets()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let named = with("https://example.com/wallets", json!([WALLET, "no id", 5]));
    assert_eq!(wallets(&named), [WALLET]);
    // Without the claim there are none; the table of grants is not asked instead.
    assert!(wallets(&claims()).is_empty());
}

#[test]
fn the_time_of_the_sign_in_counts_before_that_of_the_token() {
    let key = SigningKey::p256();
    let bearer = bearer_of(issuer(&[Algorithm::ES256]), &[key.jwk("k1")]);
    let token = key.token("k1", &with("auth_time", json!(SECONDS - 5000)));
    let caller = verify(&bearer, &token).unwrap();
    assert_eq!(caller.signed_in_at, Some((SECONDS - 5000) * 1000));
}

/// A verifier whose issuer is asked over a URL, which says at any time what is in the list.
fn asking_bearer(list: &Arc<Mutex<Option<Vec<u8>>>>) -> Bearer {
    let list = Arc::clone(list);
    let source = KeySource::Url("https://issuer.example/jwks".to_owned());
    let keys = IssuerKeys::new(
        [(ISSUER.to_owned(), source)],
        Arc::new(move |_| list.lock().unwrap().clone()),
        Arc::new(|_, _, _| {}),
    );
    let issuer = issuer(&[Algorithm::ES256]);
    Bearer::new(HashMap::from([(ISSUER.to_owned(), issuer)]), keys)
}

#[test]
fn a_token_that_was_taken_before_still_expires() {
    let key = SigningKey::p256();
    let bearer = bearer_of(issuer(&[Algorithm::ES256]), &[key.jwk("k1")]);
    let token = key.token("k1", &claims());
    let expires = NOW + (600 + SKEW) * 1000;
    assert!(verify_at(&bearer, &token, NOW).is_ok());
    assert!(verify_at(&bearer, &token, expires).is_ok());
    assert_eq!(
        verify_at(&bearer, &token, expires + 1000),
        Err(TokenError::Expired)
    );
    // A clock that was set back does not make it valid before its time.
    let early = verify_at(&bearer, &token, NOW - (11 + SKEW) * 1000);
    assert_eq!(early, Err(TokenError::Invalid));
}

#[test]
fn a_token_that_was_taken_before_ends_with_its_key() {
    let (key, next) = (SigningKey::p256(), SigningKey::p256());
    let list = Arc::new(Mutex::new(Some(jwks(&[key.jwk("k1")]))));
    let bearer = asking_bearer(&list);
    let token = key.token("k1", &with("exp", json!(SECONDS + 200_000)));
    assert!(verify_at(&bearer, &token, NOW).is_ok());

    *list.lock().unwrap() = Some(jwks(&[next.jwk("k2")]));
    assert!(verify_at(&bearer, &token, NOW + FRESH).is_ok());
    assert_eq!(
        verify_at(&bearer, &token, NOW + FRESH + 1),
        Err(TokenError::Invalid)
    );
    // Another key under the same name is another key.
    *list.lock().unwrap() = Some(jwks(&[next.jwk("k1")]));
    assert_eq!(
        verify_at(&bearer, &token, NOW + 3 * FRESH),
        Err(TokenError::Invalid)
    );
}

#[test]
fn a_token_that_was_taken_before_ends_a_day_after_its_issuer_was_last_heard_of() {
    let key = SigningKey::p256();
    let list = Arc::new(Mutex::new(Some(jwks(&[key.jwk("k1")]))));
    let bearer = asking_bearer(&list);
    let token = key.token("k1", &with("exp", json!(SECONDS + 200_000)));
    assert!(verify_at(&bearer, &token, NOW).is_ok());

    *list.lock().unwrap() = None;
    assert!(verify_at(&bearer, &token, NOW + STALE).is_ok());
    assert_eq!(
        verify_at(&bearer, &token, NOW + STALE + 1),
        Err(TokenError::KeysAway)
    );
}

#[test]
fn a_token_that_was_taken_is_known_by_every_one_of_its_letters() {
    let key = SigningKey::p256();
    let bearer = bearer_of(issuer(&[Algorithm::ES256]), &[key.jwk("k1")]);
    let token = key.token("k1", &claims());
    assert!(verify(&bearer, &token).is_ok());

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let other = key.token("k1", &with("sub", json!("user-2")));
    let other_claims = other.split('.').nth(1).unwrap();
    for forged in [
        format!("{header}.{other_claims}.{signature}"),
        format!("{signed}."),
        format!("{signed}.{}", signature.to_lowercase()),
        format!("{token} "),
    ] {
        assert_eq!(
            verify(&bearer, &forged),
            Err(TokenError::Invalid),
            "{forged}"
        );
    }
}
