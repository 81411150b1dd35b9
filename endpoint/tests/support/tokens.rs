//! Tokens as issuers make them, and as attackers do: signed here byte by byte, so that any header can be had.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RsaKeyPair,
    },
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

/// A time that tests live at, in milliseconds since 1970.
pub(crate) const NOW: i64 = 1_790_000_000_000;

/// A key of an issuer.
pub(crate) enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    pub(crate) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// The public half as an entry of a JWKS.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        let text = Base64UrlUnpadded::encode_string;
        match self {
            Self::Rsa(key) => {
                let (modulus, exponent) = rsa_numbers(key.public_key().as_ref());
                json!({"kty": "RSA", "kid": id, "use": "sig", "n": text(modulus), "e": text(exponent)})
            }
            Self::P256(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": id, "x": text(&point[1..33]), "y": text(&point[33..])})
            }
            Self::Ed25519(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": text(key.public_key().as_ref())})
            }
        }
    }

    /// The public half in PEM.
    pub(crate) fn public_pem(&self) -> String {
        let Self::Rsa(key) = self else {
            panic!("only RSA keys are wanted in PEM");
        };
        let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        pem("PUBLIC KEY", der.as_ref())
    }

    /// The private half in PEM.
    pub(crate) fn private_pem(&self) -> String {
        let Self::Rsa(key) = self else {
            panic!("only RSA keys are wanted in PEM");
        };
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    }

    /// A token with the usual header.
    pub(crate) fn token(&self, id: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "typ": "JWT", "kid": id});
        self.token_with(&header, claims)
    }

    /// A token with any header.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = signed_part(header, claims);
        let signature = match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let random = SystemRandom::new();
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    signed.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
            Self::P256(key) => {
                let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
            Self::Ed25519(key) => key.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}

/// A token signed with HMAC under any bytes: what a server takes that uses a public key as a secret.
pub(crate) fn hmac_token(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = signed_part(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, signed.as_bytes());
    format!(
        "{signed}.{}",
        Base64UrlUnpadded::encode_string(tag.as_ref())
    )
}

/// A token without a signature.
pub(crate) fn unsigned_token(header: &Value, claims: &Value) -> String {
    signed_part(header, claims) + "."
}

pub(crate) fn jwks(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Modulus and exponent out of `SEQUENCE { INTEGER, INTEGER }` (RFC 8017 A.1.1).
fn rsa_numbers(der: &[u8]) -> (&[u8], &[u8]) {
    fn value(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, header) = match der[1] {
            0x81 => (usize::from(der[2]), 3),
            0x82 => (usize::from(der[2]) << 8 | usize::from(der[3]), 4),
            short => (usize::from(short), 2),
        };
        (&der[header..header + length], &der[header + length..])
    }
    let (numbers, _) = value(der);
    let (modulus, rest) = value(numbers);
    let (exponent, _) = value(rest);
    (modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent)
}
