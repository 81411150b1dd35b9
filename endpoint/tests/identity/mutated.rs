//! What the endpoint reads of strangers with the help of others' code (tokens, lists of keys, keys to encrypt to), damaged at random,
//! with the same numbers every time. `LIFEBOAT_DAMAGES` says how often; docs/FUZZING.md has the targets that an engine drives.

use jsonwebtoken::Algorithm;
use lifeboat::crypto::secret::SecretBytes;
use lifeboat_endpoint::{
    identity::{
        api_key::{ApiKeys, SignedRequest},
        key_set::KeySet,
    },
    keys::jwe::Recipient,
};
use serde_json::{Value, json};

use super::bearer::{bearer_of, claims, issuer};
use crate::support::{
    jwe,
    tokens::{NOW, SigningKey, jwks},
};

/// Numbers that look like chance (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ mixed >> 31) % bound as u64).unwrap()
    }

    /// A text with up to four damages.
    fn damaged(&mut self, whole: &str) -> String {
        const MARKS: &[&str] = &[
            ".", "..", "=", "A", "_", "-", "\"", "{", "}", "[", "]", ",", ":", "null", "0", "-1",
            "1e999", "\\u0000", "\u{feff}", "\u{202e}", "none", "HS256", "RS256", "EdDSA", "oct",
            "P-521", "sig", "enc",
        ];
        let mut letters: Vec<char> = whole.chars().collect();
        for _ in 0..=self.below(4) {
            let at = self.below(letters.len() + 1);
            let end = (at + self.below(12)).min(letters.len());
            match self.below(6) {
                0 => drop(letters.drain(at..end)),
                1 => {
                    let part = letters[at..end].to_vec();
                    letters.splice(at..at, part);
                }
                2 if at < letters.len() => {
                    let code = (letters[at] as u32) ^ (1 << self.below(7));
                    letters[at] = char::from_u32(code).unwrap_or('?');
                }
                3 if end < letters.len() => letters.swap(at, end),
                4 => letters.truncate(at),
                _ => {
                    let mark = MARKS[self.below(MARKS.len())];
                    letters.splice(at..end.min(at + 1), mark.chars());
                }
            }
        }
        letters.into_iter().collect()
    }
}

/// Calls with each damaged text, which is another than the whole one.
fn damages(whole: &str, seed: u64, mut call: impl FnMut(&str)) {
    let count = std::env::var("LIFEBOAT_DAMAGES");
    let count: u32 = count.map_or(2_000, |count| count.parse().unwrap());
    let mut numbers = Numbers(seed);
    for _ in 0..count {
        let text = numbers.damaged(whole);
        if text != whole {
            call(&text);
        }
    }
}

#[test]
fn no_damaged_token_is_taken() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for (key, algorithm) in [
        (SigningKey::p256(), Algorithm::ES256),
        (SigningKey::rsa(), Algorithm::RS256),
        (SigningKey::ed25519(), Algorithm::EdDSA),
    ] {
        let bearer = bearer_of(issuer(&[algorithm]), &[key.jwk("k1")]);
        let whole = key.token("k1", &claims());
        let verify = |token: &str| runtime.block_on(bearer.verify(token, "here", NOW));
        assert!(verify(&whole).is_ok());
        damages(&whole, 1, |token| {
            assert!(verify(token).is_err(), "{token}");
        });
        assert!(verify(&whole).is_ok());
    }
}

#[test]
fn no_damaged_signature_of_a_request_is_taken() {
    let key = SigningKey::rsa();
    let mut keys = ApiKeys::default();
    keys.add("id", key.public_pem().as_bytes()).unwrap();
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let seconds = NOW / 1000;
    let claims = json!({"uri": "/", "nonce": "n", "iat": seconds, "exp": seconds + 55, "sub": "id", "bodyHash": hash});
    let whole = key.token_with(&json!({"alg": "RS256", "typ": "JWT"}), &claims);
    let taken = |token: &str| {
        let request = SignedRequest {
            api_key: "id",
            token,
            uri: "/",
        };
        let signed = keys.verify(&request, NOW);
        signed.is_ok_and(|signed| signed.of(b"").is_ok())
    };
    assert!(taken(&whole));
    damages(&whole, 2, |token| assert!(!taken(token), "{token}"));

    // What an operator names as the public half.
    let pem = key.public_pem();
    damages(&pem, 3, |pem| {
        if let Err(error) = ApiKeys::default().add("id", pem.as_bytes()) {
            assert!(error.to_string().len() < 200);
        }
    });
}

#[test]
fn a_damaged_list_of_keys_gives_keys_or_a_complaint() {
    let keys = [SigningKey::p256(), SigningKey::rsa(), SigningKey::ed25519()];
    let keys = ["a", "b", "c"].map(|id| (id, keys[usize::from(id.as_bytes()[0] - b'a')].jwk(id)));
    let list = String::from_utf8(jwks(&keys.map(|(_, key)| key))).unwrap();
    let all = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA];
    damages(&list, 4, |list| match KeySet::parse(list.as_bytes()) {
        Ok(keys) => {
            let secret = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
            let found = |algorithm: &Algorithm| keys.find(None, *algorithm).is_some();
            assert!(!secret.iter().any(found), "{list}");
            // Several of one kind are found by their names.
            let ids = ["a", "b", "c", "A", ""];
            let _found = all
                .iter()
                .flat_map(|algorithm| ids.map(|id| keys.find(Some(id), *algorithm)))
                .flatten()
                .count();
        }
        Err(error) => assert!(error.to_string().len() < 200),
    });
}

#[test]
fn a_damaged_key_of_a_caller_is_refused_or_encrypted_to() {
    let (curve, rsa) = (jwe::Ec::new(), jwe::Rsa::new());
    for (seed, whole) in [(5, curve.jwk()), (6, rsa.jwk())] {
        let text = SecretBytes::new(b"{}".to_vec());
        damages(&whole.to_string(), seed, |jwk| {
            let Ok(jwk) = serde_json::from_str::<Value>(jwk) else {
                return;
            };
            let Ok(recipient) = Recipient::parse(&jwk) else {
                return;
            };
            let kept = recipient.to_jwk();
            let again = Recipient::parse(&serde_json::from_str(&kept).unwrap());
            assert!(again.is_ok_and(|again| again.to_jwk() == kept), "{kept}");
            assert_eq!(recipient.encrypt(&text).unwrap().split('.').count(), 5);
        });
    }
}
