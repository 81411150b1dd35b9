//! The share mathematics: a wallet id to Key Share #1 (FORMATS.md §7), and shares to a full key (§6).

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    curve::{Curve, PublicKey, Scalar},
    secret::{Secret, SecretBytes},
    short::{Message, ShortMac},
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

/// The derivation of one wallet after another: the seeds where they are hashed, and room for the intermediate secrets.
/// Wiped when dropped; in a batch, wiping after every wallet would cost as much as a hash.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Scratch {
    wallet_message: Message<64, 2>,
    asset_message: Message<64, 2>,
    chain: [u8; 32],
    mac: ShortMac,
    child: [u8; 32],
    child_message: Message<128, 1>,
    wide: [u8; 64],
}

impl WalletMaster {
    /// Seeds and master keys, one after the other: a secret that only the kit's owner can form again.
    #[must_use]
    pub fn joined(&self) -> SecretBytes {
        let keys = self.master_keys.iter().map(|key| key.bytes.expose());
        let parts = [self.wallet_seed.expose(), self.asset_seed.expose()]
            .into_iter()
            .chain(keys);
        let mut joined = Vec::with_capacity((2 + self.master_keys.len()) * 32);
        parts.for_each(|part| joined.extend_from_slice(part));
        SecretBytes::new(joined)
    }

    /// Room to derive in. In a box before a seed comes in: moving it leaves no copies.
    #[must_use]
    pub fn scratch(&self) -> Box<Scratch> {
        let mut scratch = Box::new(Scratch {
            wallet_message: Message::zeros(WALLET_ID_LENGTH + 32),
            asset_message: Message::zeros(WALLET_ID_LENGTH + 32),
            chain: [0; 32],
            mac: ShortMac::new(1 + 32 + 4),
            child: [0; 32],
            child_message: Message::zeros(32),
            wide: [0; 64],
        });
        scratch
            .wallet_message
            .put(WALLET_ID_LENGTH, self.wallet_seed.expose());
        scratch
            .asset_message
            .put(WALLET_ID_LENGTH, self.asset_seed.expose());
        scratch.mac.put(33, &[0x80, 0, 0, 0]);
        scratch
    }
}

impl Scratch {
    /// `SHA-256(wallet id ‖ asset seed)`: the chain code of the wallet's extended keys.
    pub fn asset_chain_code(&mut self, wallet_id: &[u8; WALLET_ID_LENGTH], out: &mut [u8; 32]) {
        self.asset_message.put(0, wallet_id);
        self.asset_message.sha256(out);
    }

    /// `SHA-256(wallet id ‖ wallet seed)`: the tweak chain, shared by all cosigners and algorithms of the wallet.
    pub fn begin_wallet(&mut self, wallet_id: &[u8; WALLET_ID_LENGTH]) {
        self.wallet_message.put(0, wallet_id);
        self.wallet_message.sha256(&mut self.chain);
        self.mac.set_key(&self.chain);
    }

    /// `SHA-512((m + HMAC-SHA512(chain, 00 ‖ m ‖ 80000000)[0..32]) mod n)`: 64 bytes that each algorithm reduces.
    ///
    /// The addition is modulo the secp256k1 order for every algorithm, as in the published tools.
    pub fn expand(&mut self, master_key: &MasterKey) {
        self.mac.put(1, master_key.bytes.expose());
        self.mac.finish(&mut self.wide);
        let tweak = self
            .wide
            .first_chunk()
            .expect("a SHA-512 digest is longer than 32 bytes");
        master_key.scalar.write_sum(tweak, &mut self.child);
        self.child_message.put(0, &self.child);
        self.child_message.sha512(&mut self.wide);
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
    rest.iter()
        .try_fold(first.add(&zero)?, |sum, share| sum.add(share))
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
