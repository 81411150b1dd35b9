//! The share mathematics: a wallet id to Key Share #1 (FORMATS.md §7), and shares to a full key (§6).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::{
    curve::{Curve, PublicKey, Scalar},
    secret::{Secret, SecretBytes, Wiped},
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

/// One wallet's tweak chain: `SHA-256(wallet id ‖ wallet seed)`.
pub struct WalletChain(Wiped<32>);

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
    #[must_use]
    pub fn asset_chain_code(&self, wallet_id: &[u8; WALLET_ID_LENGTH]) -> Wiped<32> {
        hash_with_id(wallet_id, &self.asset_seed)
    }

    /// `SHA-256(wallet id ‖ wallet seed)`: shared by all cosigners and algorithms of the wallet.
    #[must_use]
    pub fn wallet_chain(&self, wallet_id: &[u8; WALLET_ID_LENGTH]) -> WalletChain {
        WalletChain(hash_with_id(wallet_id, &self.wallet_seed))
    }
}

impl WalletChain {
    /// `SHA-512((m + HMAC-SHA512(chain, 00 ‖ m ‖ 80000000)[0..32]) mod n)`: 64 bytes that each algorithm reduces.
    ///
    /// The addition is modulo the secp256k1 order for every algorithm, as in the published tools.
    #[must_use]
    pub fn expand(&self, master_key: &MasterKey) -> Wiped<64> {
        let mut mac = Hmac::<Sha512>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        mac.update(&[0]);
        mac.update(master_key.bytes.expose());
        mac.update(&[0x80, 0, 0, 0]);
        let digest: Wiped<64> = Wiped::new(mac.finalize().into_bytes().into());
        let tweak = digest.first_chunk().expect("a SHA-512 digest is longer than 32 bytes");
        let tweak = Scalar::reduce(Curve::Secp256k1, tweak);
        let child = master_key.scalar.add(&tweak).expect("both are secp256k1 scalars").to_wiped_bytes();
        Wiped::new(Sha512::digest(child.as_slice()).into())
    }
}

/// Key Share #1 of one wallet, cosigner and curve: the expansion modulo the curve's order, leading zeros kept.
///
/// Published and vectored for secp256k1. For ed25519 no published tool does it: the rule is what the published
/// code's structure implies, and the takeover's public-key check is what confirms it.
#[must_use]
pub fn server_share(curve: Curve, expansion: &Wiped<64>) -> Wiped<32> {
    Scalar::reduce_wide(curve, expansion).to_wiped_bytes()
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

fn hash_with_id(wallet_id: &[u8; WALLET_ID_LENGTH], seed: &Secret<32>) -> Wiped<32> {
    let mut digest = Sha256::new();
    digest.update(wallet_id);
    digest.update(seed.expose());
    Wiped::new(digest.finalize().into())
}
