//! The made-up company's issuer: a key made at run time, its JWKS, and tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeySize, PublicKeyComponents},
    signature::{KeyPair, RsaKeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::failure::Failure;

/// How long its tokens hold.
const HOLD: Duration = Duration::from_secs(7 * 86_400);

pub(super) const NAME: &str = "https://issuer.demo.invalid";
pub(super) const AUDIENCE: &str = "recovery";

pub(super) struct Issuer {
    key: EncodingKey,
    jwks: Value,
}

impl Issuer {
    pub(super) fn new() -> Result<Self, Failure> {
        let failed = || Failure::new("the demo could not be made: its issuer's key");
        let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| failed())?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(|_| failed())?;
        let public: PublicKeyComponents<Vec<u8>> = key.public_key().into();
        let encoded = Base64UrlUnpadded::encode_string;
        let jwks = json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "demo",
            "n": encoded(&public.n), "e": encoded(&public.e),
        }]});
        // The crate takes PKCS#1 inside of PKCS#8 as PEM alone.
        let pem = pem_of(der.as_ref());
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| failed())?;
        Ok(Self { key, jwks })
    }

    pub(super) fn jwks(&self) -> String {
        self.jwks.to_string()
    }

    /// A token of this user, with more claims.
    pub(super) fn token(&self, subject: &str, more: &Value) -> Result<String, Failure> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let mut claims = json!({
            "iss": NAME, "aud": AUDIENCE, "sub": subject,
            "iat": now.as_secs(), "auth_time": now.as_secs(), "exp": (now + HOLD).as_secs(),
        });
        if let (Some(claims), Some(more)) = (claims.as_object_mut(), more.as_object()) {
            claims.extend(more.clone());
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("demo".to_owned());
        let token = encode(&header, &claims, &self.key);
        token.map_err(|_| Failure::new("the demo could not be made: a token"))
    }
}

/// PKCS#8 as PEM.
pub(super) fn pem_of(der: &[u8]) -> zeroize::Zeroizing<String> {
    let text = zeroize::Zeroizing::new(base64ct::Base64::encode_string(der));
    let lines = text.as_bytes().chunks(64);
    let mut pem = zeroize::Zeroizing::new(String::with_capacity(text.len() + 256));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for line in lines {
        pem.push_str(std::str::from_utf8(line).unwrap_or_default());
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}
