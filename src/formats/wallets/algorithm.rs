//! The signing algorithms by the names the field gives them (FORMATS.md §4).

use crate::crypto::curve::Curve;

/// How a key signs and how its shares combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// `MPC_CMP_ECDSA_SECP256K1`: additive shares.
    CmpEcdsa,
    /// `MPC_CMP_EDDSA_ED25519`: additive shares.
    CmpEddsa,
    /// `MPC_ECDSA_SECP256K1`: Shamir shares.
    ShamirEcdsa,
    /// `MPC_EDDSA_ED25519`: Shamir shares.
    ShamirEddsa,
}

impl Algorithm {
    /// Every algorithm of the field.
    pub const ALL: [Self; 4] = [
        Self::CmpEcdsa,
        Self::CmpEddsa,
        Self::ShamirEcdsa,
        Self::ShamirEddsa,
    ];

    /// The algorithm of that name; names are exact.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm that people and programs mean by a name: letter case does not count, and the name of the scheme or of
    /// its curve alone is that of the additive algorithm, which end-user wallets have. The public key decides.
    #[must_use]
    pub fn from_spelling(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_uppercase().replace('-', "_");
        match name.as_str() {
            "ECDSA" | "SECP256K1" | "ECDSA_SECP256K1" | "MPC_ECDSA" | "MPC_CMP_ECDSA"
            | "CMP_ECDSA" => Some(Self::CmpEcdsa),
            "EDDSA" | "ED25519" | "EDDSA_ED25519" | "MPC_EDDSA" | "MPC_CMP_EDDSA" | "CMP_EDDSA" => {
                Some(Self::CmpEddsa)
            }
            name => Self::from_name(name),
        }
    }

    /// The field's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CmpEcdsa => "MPC_CMP_ECDSA_SECP256K1",
            Self::CmpEddsa => "MPC_CMP_EDDSA_ED25519",
            Self::ShamirEcdsa => "MPC_ECDSA_SECP256K1",
            Self::ShamirEddsa => "MPC_EDDSA_ED25519",
        }
    }

    /// What its signatures are called.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self.curve() {
            Curve::Secp256k1 => "ECDSA",
            Curve::Ed25519 => "EdDSA",
        }
    }

    /// The curve it signs on.
    #[must_use]
    pub fn curve(self) -> Curve {
        match self {
            Self::CmpEcdsa | Self::ShamirEcdsa => Curve::Secp256k1,
            Self::CmpEddsa | Self::ShamirEddsa => Curve::Ed25519,
        }
    }

    /// Whether shares add up; the others are interpolated.
    #[must_use]
    pub fn is_additive(self) -> bool {
        matches!(self, Self::CmpEcdsa | Self::CmpEddsa)
    }
}

/// The tag before a device share of 36 bytes: 0 for ECDSA, 1 for EdDSA, as a little-endian u32.
#[must_use]
pub fn share_tag(curve: Curve) -> [u8; 4] {
    u32::from(curve == Curve::Ed25519).to_le_bytes()
}
