//! What a search for keys finds, before anything of it is opened (FORMATS.md §2).

use super::error::KeyError;
use crate::crypto::{rsa::KeyNumbers, secret::SecretBytes};

/// A key, or something near to one, as it was found.
pub(in crate::formats) struct Piece {
    /// The encodings around it, from the outside in.
    pub(in crate::formats) around: Vec<&'static str>,
    pub(in crate::formats) material: Material,
}

/// What was found.
pub(in crate::formats) enum Material {
    /// PKCS#1.
    Pkcs1(SecretBytes),
    /// PKCS#8.
    Pkcs8(SecretBytes),
    /// PKCS#8, encrypted.
    Encrypted(Vec<u8>),
    /// PKCS#1, encrypted; the header `DEK-Info` and the content.
    Legacy(String, Vec<u8>),
    /// `openssh-key-v1`.
    OpenSsh(SecretBytes),
    /// A private key as numbers: JWK, XML.
    Numbers(&'static str, KeyNumbers),
    /// SPKI.
    Spki(Vec<u8>),
    /// PKCS#1 public key.
    Pkcs1Public(Vec<u8>),
    /// The blob of an `ssh-rsa` line.
    SshPublic(Vec<u8>),
    /// Modulus and exponent.
    PublicNumbers(&'static str, Vec<u8>, Vec<u8>),
    /// The SPKI of a certificate.
    Certificate(Vec<u8>),
    /// The SPKI of a request for a certificate.
    Request(Vec<u8>),
    /// Something known that is no key to use here.
    Fault(KeyError),
}

impl Material {
    pub(in crate::formats) fn is_private(&self) -> bool {
        matches!(
            self,
            Self::Pkcs1(_)
                | Self::Pkcs8(_)
                | Self::Encrypted(_)
                | Self::Legacy(..)
                | Self::OpenSsh(_)
                | Self::Numbers(..)
        )
    }

    pub(in crate::formats) fn is_public(&self) -> bool {
        !self.is_private() && !matches!(self, Self::Fault(_))
    }

    /// Whether it is in a certificate or a request for one.
    pub(in crate::formats) fn is_certified(&self) -> bool {
        matches!(self, Self::Certificate(_) | Self::Request(_))
    }

    /// Whether both are the same bytes in the same encoding, and so the same key. Keys under a passphrase and those given
    /// as numbers are not compared here.
    pub(in crate::formats) fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pkcs1(one), Self::Pkcs1(other))
            | (Self::Pkcs8(one), Self::Pkcs8(other))
            | (Self::OpenSsh(one), Self::OpenSsh(other)) => one.same_as(other),
            (Self::Spki(one), Self::Spki(other))
            | (Self::Pkcs1Public(one), Self::Pkcs1Public(other))
            | (Self::SshPublic(one), Self::SshPublic(other))
            | (Self::Certificate(one), Self::Certificate(other))
            | (Self::Request(one), Self::Request(other)) => one == other,
            (
                Self::PublicNumbers(_, modulus, exponent),
                Self::PublicNumbers(_, other_modulus, other_exponent),
            ) => modulus == other_modulus && exponent == other_exponent,
            _ => false,
        }
    }

    /// The innermost encoding.
    pub(in crate::formats) fn name(&self) -> &'static str {
        match self {
            Self::Pkcs1(_) | Self::Pkcs1Public(_) => "PKCS#1",
            Self::Pkcs8(_) => "PKCS#8",
            Self::Encrypted(_) => "encrypted PKCS#8",
            Self::Legacy(..) => "encrypted PKCS#1",
            Self::OpenSsh(_) | Self::SshPublic(_) => "OpenSSH",
            Self::Numbers(name, _) | Self::PublicNumbers(name, ..) => name,
            Self::Spki(_) => "SPKI",
            Self::Certificate(_) => "certificate (X.509)",
            Self::Request(_) => "certificate request (PKCS#10)",
            Self::Fault(_) => "unknown",
        }
    }
}
