//! Requests signed with an API key.

use std::sync::OnceLock;

use lifeboat_endpoint::identity::{
    api_key::{ApiKeyError, ApiKeys, SignedRequest, Verified},
    bearer::TokenError,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::tokens::{NOW, SigningKey, hmac_token, unsigned_token};

const KEY: &str = "11111111-2222-4333-8444-555555555555";
const URI: &str = "/v1/ncw/wallets/w/backup/latest?a=b";
const BODY: &[u8] = br#"{"payload":"{}"}"#;
const SECONDS: i64 = NOW / 1000;

fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(SigningKey::rsa)
}

fn hash(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

fn claims(body: &[u8]) -> Value {
    json!({"uri": URI, "nonce": "n-1", "iat": SECONDS, "exp": SECONDS + 55, "sub": KEY, "bodyHash": hash(body)})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims(BODY);
    claims[name] = value;
    claims
}

fn verify(token: &str, body: &[u8]) -> Result<Verified, TokenError> {
    let mut keys = ApiKeys::default();
    keys.add(KEY, key().public_pem().as_bytes()).unwrap();
    let request = SignedRequest {
        api_key: KEY,
        token,
        uri: URI,
    };
    keys.verify(&request, NOW)?.of(body)
}

fn signed(claims: &Value) -> String {
    key().token_with(&json!({"alg": "RS256", "typ": "JWT"}), claims)
}

#[test]
fn a_signed_request_is_taken_and_names_its_nonce() {
    let verified = verify(&signed(&claims(BODY)), BODY).ok().unwrap();
    assert!(verified.caller.is_service());
    assert_eq!(verified.caller.identity.subject, KEY);
    assert_eq!(verified.nonce, "n-1");
    // As long as the token could be believed, its nonce is known.
    assert_eq!(verified.nonce_until, (SECONDS + 55 + 61) * 1000);
}

#[test]
fn both_hashes_of_no_body_are_taken_and_only_for_no_body() {
    assert!(verify(&signed(&claims(b"")), b"").is_ok());
    assert!(verify(&signed(&claims(b"\"\"")), b"").is_ok());
    assert!(verify(&signed(&claims(b"\"\"")), BODY).is_err());
    assert!(verify(&signed(&claims(b"")), BODY).is_err());
}

#[test]
fn hostile_requests_are_refused() {
    let cases = [
        ("another path", with("uri", json!("/v1/ncw/wallets/x"))),
        (
            "the path without its query",
            with("uri", json!("/v1/ncw/wallets/w/backup/latest")),
        ),
        ("another body", with("bodyHash", json!(hash(b"{}")))),
        ("no hash", with("bodyHash", Value::Null)),
        (
            "another key's id",
            with("sub", json!("22222222-2222-4333-8444-555555555555")),
        ),
        ("no subject", with("sub", Value::Null)),
        ("no nonce", with("nonce", Value::Null)),
        ("an empty nonce", with("nonce", json!(""))),
        ("a long nonce", with("nonce", json!("n".repeat(129)))),
        ("no end", with("exp", Value::Null)),
        ("no beginning", with("iat", Value::Null)),
        ("a long life", with("exp", json!(SECONDS + 3600))),
        (
            "an end before the beginning",
            with("exp", json!(SECONDS - 1)),
        ),
        ("from tomorrow", with("iat", json!(SECONDS + 86_400))),
    ];
    for (what, claims) in cases {
        let refused = verify(&signed(&claims), BODY).err();
        assert_eq!(refused, Some(TokenError::Invalid), "{what}");
    }

    let foreign = SigningKey::rsa();
    let header = json!({"alg": "RS256"});
    let hmac = json!({"alg": "HS256"});
    for (what, token) in [
        ("another key", foreign.token_with(&header, &claims(BODY))),
        ("no signature", unsigned_token(&header, &claims(BODY))),
        (
            "alg none",
            unsigned_token(&json!({"alg": "none"}), &claims(BODY)),
        ),
        (
            "HMAC",
            hmac_token(&hmac, &claims(BODY), key().public_pem().as_bytes()),
        ),
        (
            "ECDSA",
            SigningKey::p256().token_with(&json!({"alg": "ES256"}), &claims(BODY)),
        ),
        ("nothing", String::new()),
    ] {
        assert_eq!(
            verify(&token, BODY).err(),
            Some(TokenError::Invalid),
            "{what}"
        );
    }
}

#[test]
fn an_old_request_is_expired() {
    let mut old = claims(BODY);
    old["iat"] = json!(SECONDS - 200);
    old["exp"] = json!(SECONDS - 145);
    assert_eq!(verify(&signed(&old), BODY).err(), Some(TokenError::Expired));
}

#[test]
fn only_the_public_half_of_an_rsa_key_is_configured() {
    let mut keys = ApiKeys::default();
    let private = key().private_pem();
    assert_eq!(keys.add(KEY, private.as_bytes()), Err(ApiKeyError::Private));
    assert_eq!(keys.add(KEY, b"no key"), Err(ApiKeyError::NotRsa));
    assert!(!keys.is_known(KEY));
}
