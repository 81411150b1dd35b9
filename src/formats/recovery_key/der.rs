//! What a DER structure is, told by its shape and not by the label around it (FORMATS.md §2).

use pkcs8::{
    ObjectIdentifier,
    der::{Decode, Encode, Reader, SliceReader, Tag, Tagged, asn1::AnyRef},
};

use super::{error::KeyError, material::Material};
use crate::crypto::secret::SecretBytes;
use crate::formats::encoding::file_kind::Foreign;

const RSA: &str = "1.2.840.113549.1.1.1";
/// PKCS#7 and CMS contents, of which PKCS#12 is made.
const PKCS7: &str = "1.2.840.113549.1.7.";

/// How long the structure that the bytes begin with says it is, its head included; `None` where it says nothing.
pub(in crate::formats) fn length(bytes: &[u8]) -> Option<usize> {
    let (first, rest) = bytes.strip_prefix(&[0x30])?.split_first()?;
    if *first < 0x80 {
        return Some(2 + usize::from(*first));
    }
    let count = usize::from(first & 0x7f);
    let digits = rest
        .get(..count)
        .filter(|digits| (1..=3).contains(&digits.len()))?;
    let value = digits
        .iter()
        .fold(0, |value, digit| value << 8 | usize::from(*digit));
    Some(2 + count + value)
}

/// Whether the bytes are one structure, apart from line ends and zeros that a copy left behind it.
pub(in crate::formats) fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (structure, rest) = bytes.split_at_checked(length(bytes)?)?;
    rest.iter()
        .all(|byte| matches!(byte, 0 | b'\n' | b'\r' | 0x1a))
        .then_some(structure)
}

/// What the structure is; `None` where it is nothing that is known here.
pub(in crate::formats) fn recognise(der: &[u8]) -> Option<Material> {
    let parts = children(der)?;
    let tags: Vec<Tag> = parts.iter().map(Tagged::tag).collect();
    Some(match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => private_key(der, &parts)?,
        [Tag::Sequence, Tag::OctetString] => Material::Encrypted(der.to_vec()),
        [Tag::Sequence, Tag::BitString] => public_key(der, &parts)?,
        [Tag::Integer, Tag::Integer] => Material::Pkcs1Public(der.to_vec()),
        [Tag::Integer, Tag::OctetString, ..] => other("an elliptic-curve key (EC)"),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => signed(&parts)?,
        [Tag::Integer, Tag::Sequence, ..] if is_pkcs7(parts.get(1)?) => {
            Material::Fault(KeyError::Foreign(Foreign::Pkcs12, false))
        }
        [Tag::ObjectIdentifier, ..] if oid(parts.first()?)?.to_string().starts_with(PKCS7) => {
            Material::Fault(KeyError::Foreign(Foreign::Cms, false))
        }
        tags if tags.iter().all(|tag| *tag == Tag::Integer) && tags.len() == 6 => {
            other("a DSA key")
        }
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] if tags.len() >= 9 => {
            Material::Pkcs1(SecretBytes::new(der.to_vec()))
        }
        _ => return None,
    })
}

fn private_key(der: &[u8], parts: &[AnyRef<'_>]) -> Option<Material> {
    let algorithm = algorithm(parts.get(1)?)?;
    Some(if algorithm.to_string() == RSA {
        Material::Pkcs8(SecretBytes::new(der.to_vec()))
    } else {
        other(kind_of(algorithm))
    })
}

fn public_key(der: &[u8], parts: &[AnyRef<'_>]) -> Option<Material> {
    let algorithm = algorithm(parts.first()?)?;
    Some(if algorithm.to_string() == RSA {
        Material::Spki(der.to_vec())
    } else {
        other(kind_of(algorithm))
    })
}

/// A certificate or a request for one: the public key in it is the one part that looks like one.
fn signed(parts: &[AnyRef<'_>]) -> Option<Material> {
    let signed = members(parts.first()?)?;
    let is_request = signed.len() <= 4;
    let key = signed.iter().find_map(|part| {
        let fields = members(part)?;
        let tags: Vec<Tag> = fields.iter().map(Tagged::tag).collect();
        (tags == [Tag::Sequence, Tag::BitString]).then_some((part, fields))
    });
    let (key, fields) = key?;
    let algorithm = algorithm(fields.first()?)?;
    if algorithm.to_string() != RSA {
        return Some(other(kind_of(algorithm)));
    }
    let spki = key.to_der().ok()?;
    Some(if is_request {
        Material::Request(spki)
    } else {
        Material::Certificate(spki)
    })
}

fn other(kind: &'static str) -> Material {
    Material::Fault(KeyError::NotRsa(kind))
}

fn is_pkcs7(part: &AnyRef<'_>) -> bool {
    algorithm(part).is_some_and(|oid| oid.to_string().starts_with(PKCS7))
}

/// The object identifier that a sequence begins with.
fn algorithm(part: &AnyRef<'_>) -> Option<ObjectIdentifier> {
    oid(members(part)?.first()?)
}

fn oid(part: &AnyRef<'_>) -> Option<ObjectIdentifier> {
    part.decode_as::<ObjectIdentifier>().ok()
}

fn kind_of(algorithm: ObjectIdentifier) -> &'static str {
    match algorithm.to_string().as_str() {
        "1.2.840.10045.2.1" => "an elliptic-curve key (EC)",
        "1.3.101.112" => "an Ed25519 key",
        "1.3.101.113" => "an Ed448 key",
        "1.3.101.110" | "1.3.101.111" => "an X25519 or X448 key",
        "1.2.840.10040.4.1" => "a DSA key",
        "1.2.840.113549.1.3.1" => "a Diffie-Hellman key",
        "1.2.840.113549.1.1.10" => "an RSA-PSS key, which only signs",
        _ => "a key of an unknown algorithm",
    }
}

fn children(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    members(&AnyRef::from_der(der).ok()?)
}

fn members<'a>(part: &AnyRef<'a>) -> Option<Vec<AnyRef<'a>>> {
    if part.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(part.value()).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(AnyRef::decode(&mut reader).ok()?);
        // Nothing known here has more parts.
        if found.len() > 16 {
            return None;
        }
    }
    Some(found)
}
