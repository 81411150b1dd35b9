//! Keys in JSON: JWK, and PEM or base64 in the answers of secret stores (FORMATS.md §2).

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use zeroize::Zeroizing;

use super::{error::KeyError, material::Material};
use crate::crypto::{rsa::KeyNumbers, secret::SecretBytes};
use crate::formats::encoding::file_kind::Foreign;

/// A JSON value, as far as keys are concerned. Members keep their order; equal names are seen.
enum Value {
    Text(Zeroizing<String>),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    Plain,
}

/// Something in a JSON document that may be worth a look.
pub(in crate::formats) enum Found {
    /// A key.
    Key(Material),
    /// A text in which there may be one, in another encoding.
    Text(Zeroizing<String>),
}

/// What may be worth a look in a JSON document, in its order; `None` where the bytes are no JSON.
pub(in crate::formats) fn look(bytes: &[u8]) -> Option<Vec<Found>> {
    let begins = bytes.trim_ascii_start().first();
    if !matches!(begins, Some(b'{' | b'[' | b'"')) {
        return None;
    }
    let value = serde_json::from_slice::<Value>(bytes).ok()?;

    let mut found = Vec::new();
    value.look(&mut found);
    Some(found)
}

impl Value {
    fn look(self, found: &mut Vec<Found>) {
        match self {
            Self::Text(text) => {
                // Other texts of an answer are ids, names and dates.
                if text.len() > 100 {
                    found.push(Found::Text(text));
                }
            }
            Self::List(values) => values.into_iter().for_each(|value| value.look(found)),
            Self::Object(members) => match jwk(&members) {
                Some(material) => found.push(Found::Key(material)),
                None => members.into_iter().for_each(|(_, value)| value.look(found)),
            },
            Self::Plain => {}
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A JSON Web Key; `None` where the object is something else.
fn jwk(members: &[(String, Value)]) -> Option<Material> {
    let field = |wanted: &str| {
        let mut found = members.iter().filter(|(name, _)| name == wanted);
        let first = found.next()?;
        // Which of two equal names counts is anybody's guess.
        found.next().is_none().then_some(&first.1)
    };
    if field("ciphertext").is_some() && field("protected").is_some() {
        return Some(Material::Fault(KeyError::Foreign(Foreign::Jwe, false)));
    }
    if field("sops").is_some() {
        return Some(Material::Fault(KeyError::Foreign(Foreign::Sops, false)));
    }
    match field("kty")?.text()? {
        "RSA" | "RSA-HSM" => {}
        "EC" | "EC-HSM" => {
            return Some(Material::Fault(KeyError::NotRsa(
                "an elliptic-curve key (JWK, EC)",
            )));
        }
        "OKP" => {
            return Some(Material::Fault(KeyError::NotRsa(
                "an Ed25519 or X25519 key (JWK, OKP)",
            )));
        }
        _ => return Some(Material::Fault(KeyError::NotRsa("a symmetric key (JWK)"))),
    }
    let number = |name: &str| {
        let text = field(name)?.text()?.trim_end_matches('=');
        Base64UrlUnpadded::decode_vec(text)
            .ok()
            .map(SecretBytes::new)
    };
    let has_secret = members.iter().any(|(name, _)| name == "d");
    let material = if has_secret {
        Some(|| {
            Some(Material::Numbers(
                "JWK",
                KeyNumbers {
                    modulus: number("n")?,
                    public_exponent: number("e")?,
                    private_exponent: number("d")?,
                    primes: [number("p")?, number("q")?],
                },
            ))
        })
        .and_then(|make| make())
    } else {
        number("n")
            .zip(number("e"))
            .map(|(n, e)| Material::PublicNumbers("JWK", n.expose().to_vec(), e.expose().to_vec()))
    };
    Some(material.unwrap_or(Material::Fault(KeyError::Damaged)))
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(name) = members.next_key()? {
            values.push((name, members.next_value()?));
        }
        Ok(Value::Object(values))
    }
}
