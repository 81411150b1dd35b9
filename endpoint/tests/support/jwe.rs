//! Opens JWE as a caller does.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::rsa::{OaepHash, RecoveryKey},
    formats::recovery_key::file::{PrivateKeyFile, read_private_key},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::company;

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// A key on P-256.
pub(crate) struct Ec(PrivateKey);

impl Ec {
    pub(crate) fn new() -> Self {
        Self(PrivateKey::generate(&ECDH_P256).unwrap())
    }

    pub(crate) fn jwk(&self) -> Value {
        let public = self.0.compute_public_key().unwrap();
        let (x, y) = (&public.as_ref()[1..33], &public.as_ref()[33..]);
        json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": "mine"})
    }

    pub(crate) fn open(&self, jwe: &str) -> String {
        let parts: Vec<&str> = jwe.split('.').collect();
        let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
        assert_eq!(header["alg"], "ECDH-ES");
        assert_eq!(header["kid"], "mine");
        assert_eq!(parts[1], "");
        let number = |name: &str| decode(header["epk"][name].as_str().unwrap());
        let point = [vec![4], number("x"), number("y")].concat();
        let theirs = UnparsedPublicKey::new(&ECDH_P256, point);
        let key = agree(&self.0, theirs, (), |shared| {
            let mut hash = Sha256::new();
            hash.update([0, 0, 0, 1]);
            hash.update(shared);
            hash.update(b"\0\0\0\x07A256GCM\0\0\0\0\0\0\0\0\0\0\x01\0");
            Ok(hash.finalize().to_vec())
        });
        opened(&key.unwrap(), &parts)
    }
}

/// The other RSA key of the fixtures.
pub(crate) struct Rsa(RecoveryKey);

impl Rsa {
    pub(crate) fn new() -> Self {
        match read_private_key(company::key("other.pkcs8.pem").as_bytes()).unwrap() {
            PrivateKeyFile::Open(key) => Self(key),
            PrivateKeyFile::Locked(_) => panic!("the fixture is an open key"),
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        let (exponent, modulus) = self.0.public_key().numbers();
        json!({"kty": "RSA", "n": encode(&modulus), "e": encode(&exponent)})
    }

    pub(crate) fn open(&self, jwe: &str) -> String {
        let parts: Vec<&str> = jwe.split('.').collect();
        let mut random = UnwrapErr(SysRng);
        let key = self
            .0
            .open(&mut random, OaepHash::Sha256, &decode(parts[1]));
        opened(key.unwrap().expose(), &parts)
    }
}

fn opened(key: &[u8], parts: &[&str]) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&decode(parts[2])).unwrap();
    let mut sealed = [decode(parts[3]), decode(parts[4])].concat();
    let plain = key.open_in_place(nonce, Aad::from(parts[0].as_bytes()), &mut sealed);
    String::from_utf8(plain.unwrap().to_vec()).unwrap()
}
