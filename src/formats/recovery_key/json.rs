//! Keys in JSON: JWK, and PEM or base64 in the answers of secret stores (FORMATS.md §2).

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{error::KeyError, material::Material};
use crate::crypto::{rsa::KeyNumbers, secret::SecretBytes};
use crate::formats::encoding::{
    field::{FieldError, FieldFault},
    file_kind::Foreign,
    json::{Kind, Object, Text, Value},
};

/// Something in a JSON document that may be worth a look.
pub(in crate::formats) enum Found<'a> {
    /// A key.
    Key(Material),
    /// A text in which there may be one, in another encoding.
    Text(Text<'a>),
}

/// What may be worth a look in a JSON document, in its order; `None` where the bytes are no JSON.
pub(in crate::formats) fn look(bytes: &[u8]) -> Option<Vec<Found<'_>>> {
    let begins = bytes.trim_ascii_start().first();
    if !matches!(begins, Some(b'{' | b'[' | b'"')) {
        return None;
    }

    let mut found = Vec::new();
    match Value::parse("key", bytes).and_then(|value| look_in(&value, &mut found)) {
        Ok(()) => Some(found),
        // Which of two equal names counts is anybody's guess.
        Err(error) if error.fault == FieldFault::Twice => {
            Some(vec![Found::Key(Material::Fault(KeyError::Damaged))])
        }
        Err(_) => None,
    }
}

fn look_in<'a>(value: &Value<'a>, found: &mut Vec<Found<'a>>) -> Result<(), FieldError> {
    match value.kind() {
        Kind::Text => {
            let text = value.text()?;
            // Other texts of an answer are ids, names and dates.
            if text.expose().len() > 100 {
                found.push(Found::Text(text));
            }
            Ok(())
        }
        Kind::Array => value
            .elements()?
            .try_for_each(|value| look_in(&value, found)),
        Kind::Object => {
            let object = value.object()?;
            match jwk(&object) {
                Some(material) => {
                    found.push(Found::Key(material));
                    Ok(())
                }
                None => object
                    .members()
                    .try_for_each(|value| look_in(&value, found)),
            }
        }
        Kind::Null | Kind::Plain => Ok(()),
    }
}

/// A JSON Web Key; `None` where the object is something else.
fn jwk(members: &Object<'_>) -> Option<Material> {
    let field = |name: &str| members.find(name)?.text().ok();
    if field("ciphertext").is_some() && field("protected").is_some() {
        return Some(Material::Fault(KeyError::Foreign(Foreign::Jwe, false)));
    }
    if members.has_any(&["sops"]) {
        return Some(Material::Fault(KeyError::Foreign(Foreign::Sops, false)));
    }
    match field("kty")?.expose() {
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
        let text = field(name)?;
        Base64UrlUnpadded::decode_vec(text.expose().trim_end_matches('='))
            .ok()
            .map(SecretBytes::new)
    };
    let has_secret = members.has_any(&["d"]);
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
