//! The share mathematics: a wallet id to Key Share #1 (FORMATS.md §7), and shares to a full key (§6).

use std::mem::ManuallyDrop;

use hmac::{
    HmacReset, KeyInit,
    digest::{FixedOutputReset, Update},
};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    curve::{Curve, PublicKey, Scalar},
    secret::{Secret, SecretBytes},
};

/// Length of a wallet id as it is hashed: the 36 characters of a canonical UUID.
pub const WALLET_ID_LENGTH: usize = 36;

/// What every wallet's Key Share #1 is derived from: the seeds of the kit and each cloud cosigner's master key.
pub struct WalletMaster {
    /// Hashed with the wallet id into the chain that tweaks the master keys.
    pub wallet_seed: Secret<32>,
    /// Hashed with the wallet id into the asset chain code.
    pub asset_seed: Secret<32>,
    /// One per cloud cosigner, in the order of the kit's metadata.
    pub master_keys: Vec<MasterKey>,
}

/// A cosigner's workspace master key: an integer in `1..n` of secp256k1, whatever the wallet's algorithm.
pub struct MasterKey {
    bytes: Secret<32>,
    scalar: Scalar,
}

impl MasterKey {
    /// Takes a master key over; `None` when it is zero or not below the secp256k1 group order.
    #[must_use]
    pub fn new(bytes: Secret<32>) -> Option<Self> {
        let scalar = Scalar::from_canonical(Curve::Secp256k1, &bytes)?;
        (!scalar.is_zero()).then_some(Self { bytes, scalar })
    }
}

/// Room for the intermediate secrets of one derivation after another; wiped when dropped. In a batch, wiping after every
/// wallet would cost as much as a hash.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Scratch {
    chain: [u8; 32],
    wide: [u8; 64],
    child: [u8; 32],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { chain: [0; 32], wide: [0; 64], child: [0; 32] }
    }
}

impl WalletMaster {
    /// Seeds and master keys, one after the other: a secret that only the kit's owner can form again.
    #[must_use]
    pub fn joined(&self) -> SecretBytes {
        let keys = self.master_keys.iter().map(|key| key.bytes.expose());
        let parts = [self.wallet_seed.expose(), self.asset_seed.expose()].into_iter().chain(keys);
        let mut joined = Vec::with_capacity((2 + self.master_keys.len()) * 32);
        parts.for_each(|part| joined.extend_from_slice(part));
        SecretBytes::new(joined)
    }

    /// `SHA-256(wallet id ‖ asset seed)`: the chain code of the wallet's extended keys.
    pub fn asset_chain_code(&self, wallet_id: &[u8; WALLET_ID_LENGTH], out: &mut [u8; 32]) {
        hash_with_id(wallet_id, &self.asset_seed, out);
    }

    /// `SHA-256(wallet id ‖ wallet seed)`: the tweak chain, shared by all cosigners and algorithms of the wallet.
    pub fn begin_wallet(&self, wallet_id: &[u8; WALLET_ID_LENGTH], scratch: &mut Scratch) {
        hash_with_id(wallet_id, &self.wallet_seed, &mut scratch.chain);
    }
}

impl Scratch {
    /// `SHA-512((m + HMAC-SHA512(chain, 00 ‖ m ‖ 80000000)[0..32]) mod n)`: 64 bytes that each algorithm reduces.
    ///
    /// The addition is modulo the secp256k1 order for every algorithm, as in the published tools.
    pub fn expand(&mut self, master_key: &MasterKey) {
        let mac = HmacReset::<Sha512>::new_from_slice(&self.chain).expect("HMAC takes a key of any length");
        // Not wiped here, which costs a twentieth of all: the next wallet's stands in the same place, and whoever works
        // through a batch wipes the stack behind it ([`super::secret::wipe_stack`]).
        let mut mac = ManuallyDrop::new(mac);
        mac.update(&[0]);
        mac.update(master_key.bytes.expose());
        mac.update(&[0x80, 0, 0, 0]);
        mac.finalize_into_reset((&mut self.wide).into());
        let tweak = self.wide.first_chunk().expect("a SHA-512 digest is longer than 32 bytes");
        master_key.scalar.write_sum(tweak, &mut self.child);
        let digest = Sha512::new_with_prefix(self.child);
        Digest::finalize_into(digest, (&mut self.wide).into());
    }

    /// Key Share #1 of the wallet, cosigner and curve: the expansion modulo the curve's order, leading zeros kept.
    ///
    /// Published and vectored for secp256k1. For ed25519 no published tool does it: the rule is what the published
    /// code's structure implies, and the takeover's public-key check is what confirms it.
    pub fn server_share(&self, curve: Curve, out: &mut [u8; 32]) {
        Scalar::write_reduced(curve, &self.wide, out);
    }
}

/// `Σ shares mod order`: how the CMP algorithms share a key. `None` for no shares or shares of two curves.
#[must_use]
pub fn add_shares(shares: &[Scalar]) -> Option<Scalar> {
    let (first, rest) = shares.split_first()?;
    let zero = Scalar::from_u64(first.curve(), 0);
    rest.iter().try_fold(first.add(&zero)?, |sum, share| sum.add(share))
}

/// `Σ sᵢ · Π xⱼ / (xⱼ − xᵢ)` over all players: how the older algorithms share a key (Shamir, interpolated at 0).
///
/// `None` for no players, two curves, or two players at one abscissa.
#[must_use]
pub fn interpolate_shares(players: &[(u64, Scalar)]) -> Option<Scalar> {
    let curve = players.first()?.1.curve();
    let mut sum = Scalar::from_u64(curve, 0);
    for (i, (x, share)) in players.iter().enumerate() {
        let own = Scalar::from_u64(curve, *x);
        let mut term = share.add(&Scalar::from_u64(curve, 0))?;
        for (_, (other, _)) in players.iter().enumerate().filter(|(j, _)| *j != i) {
            let other = Scalar::from_u64(curve, *other);
            let distance = other.subtract(&own)?.invert()?;
            term = term.multiply(&other)?.multiply(&distance)?;
        }
        sum = sum.add(&term)?;
    }
    Some(sum)
}

/// A private key whose public key has been compared with the one it must have.
pub struct FullKey {
    scalar: Scalar,
    public_key: PublicKey,
}

impl FullKey {
    /// Accepts `scalar` only when its public key is `expected`.
    #[must_use]
    pub fn checked(scalar: Scalar, expected: &PublicKey) -> Option<Self> {
        let public_key = scalar.public_key()?;
        (public_key == *expected).then_some(Self { scalar, public_key })
    }

    /// The secret integer.
    #[must_use]
    pub fn expose(&self) -> &Scalar {
        &self.scalar
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}

fn hash_with_id(wallet_id: &[u8; WALLET_ID_LENGTH], seed: &Secret<32>, out: &mut [u8; 32]) {
    let digest = Sha256::new().chain_update(wallet_id).chain_update(seed.expose());
    Digest::finalize_into(digest, out.into());
}
