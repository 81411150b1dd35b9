//! How the ed25519 share of Key Share #1 may come from the kit (FORMATS.md §7). No published tool derives it; the first of
//! these rules is what the structure of the published code implies, the others are what a programmer may have done instead.
//! The public key of one wallet tells which is true.

use sha2::{Digest, Sha512};

use super::{
    curve::{Curve, Scalar},
    secret::{Secret, Wiped},
    server_share::{MasterKey, WALLET_ID_LENGTH, child_key, tweak},
};

/// A rule for the ed25519 share. `child` is `(m + tweak) mod n`, `H` is SHA-512, ℓ the order of ed25519's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EddsaVariant {
    /// `H(child) mod ℓ`, the 64 bytes as a big-endian integer.
    #[default]
    WideBig,
    /// `H(child) mod ℓ`, the 64 bytes as a little-endian integer.
    WideLittle,
    /// `H(child)[0..32] mod ℓ`, big-endian.
    NarrowBig,
    /// `H(child)[0..32] mod ℓ`, little-endian.
    NarrowLittle,
    /// `H(child)[0..32]` with the bits of RFC 8032 cleared and set, little-endian, mod ℓ.
    Clamped,
    /// `H((m + tweak) mod ℓ) mod ℓ`, big-endian.
    OrderWideBig,
    /// `H((m + tweak) mod ℓ) mod ℓ`, the 64 bytes as a little-endian integer.
    OrderWideLittle,
    /// `child mod ℓ`.
    Child,
    /// `(m + tweak) mod ℓ`.
    OrderChild,
}

impl EddsaVariant {
    /// All of them, the likeliest first.
    pub const ALL: [Self; 9] = [
        Self::WideBig,
        Self::WideLittle,
        Self::OrderWideBig,
        Self::OrderWideLittle,
        Self::NarrowBig,
        Self::NarrowLittle,
        Self::Clamped,
        Self::Child,
        Self::OrderChild,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WideBig => "wide-big",
            Self::WideLittle => "wide-little",
            Self::NarrowBig => "narrow-big",
            Self::NarrowLittle => "narrow-little",
            Self::Clamped => "clamped",
            Self::OrderWideBig => "order-wide-big",
            Self::OrderWideLittle => "order-wide-little",
            Self::Child => "child",
            Self::OrderChild => "order-child",
        }
    }

    /// The variant of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// The ed25519 share of one wallet and cosigner by this rule.
    #[must_use]
    pub fn share(
        self,
        wallet_id: &[u8; WALLET_ID_LENGTH],
        wallet_seed: &Secret<32>,
        master_key: &MasterKey,
    ) -> Scalar {
        let curve = Curve::Ed25519;
        let tweak = tweak(wallet_id, wallet_seed, master_key);
        let child = child_key(master_key, &tweak);
        let order_child = || {
            let master = Scalar::reduce(curve, master_key.bytes().expose());
            let sum = master.add(&Scalar::reduce(curve, tweak.expose()));
            sum.expect("both are ed25519 scalars")
        };
        match self {
            Self::WideBig => Scalar::reduce_wide(curve, expanded(&child).expose()),
            Self::WideLittle => Scalar::reduce_wide(curve, reversed(&expanded(&child)).expose()),
            Self::NarrowBig => Scalar::reduce(curve, first(&expanded(&child)).expose()),
            Self::NarrowLittle => {
                let first = first(&expanded(&child));
                Scalar::reduce(curve, reversed(&first).expose())
            }
            Self::Clamped => {
                let mut first = first(&expanded(&child));
                let [lowest, .., highest] = first.expose_mut();
                *lowest &= 0xf8;
                *highest = (*highest & 0x7f) | 0x40;
                Scalar::reduce(curve, reversed(&first).expose())
            }
            Self::OrderWideBig => {
                let child = order_child().to_bytes();
                Scalar::reduce_wide(curve, expanded(&child).expose())
            }
            Self::OrderWideLittle => {
                let child = order_child().to_bytes();
                Scalar::reduce_wide(curve, reversed(&expanded(&child)).expose())
            }
            Self::Child => Scalar::reduce(curve, child.expose()),
            Self::OrderChild => order_child(),
        }
    }
}

fn expanded(child: &Secret<32>) -> Wiped<64> {
    Wiped::new(Sha512::digest(child.expose()).into())
}

fn first(bytes: &Wiped<64>) -> Wiped<32> {
    let first = bytes.expose().first_chunk();
    Wiped::new(*first.expect("64 bytes are more than 32"))
}

fn reversed<const N: usize>(bytes: &Wiped<N>) -> Wiped<N> {
    let mut reversed = bytes.duplicate();
    reversed.expose_mut().reverse();
    reversed
}
