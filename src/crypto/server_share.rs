//! Key Share #1 of a wallet, from the kit's seeds and master keys (FORMATS.md §7).
//!
//! ```text
//! chain            = SHA-256(wallet id ‖ wallet seed)
//! tweak            = HMAC-SHA512(key = chain, 00 ‖ master key ‖ 80 00 00 00)[0..32]
//! child            = (master key + tweak) mod n           the secp256k1 order, for every algorithm
//! share            = SHA-512(child as 32 bytes) mod q     as a 512-bit integer; q is the order of the share's curve
//! asset chain code = SHA-256(wallet id ‖ asset seed)
//! ```
//!
//! [`server_share`] and [`asset_chain_code`] are these formulas. [`WalletBatch`] computes the same for millions of wallets,
//! faster and less readably; whoever uses it compares it with the formulas as it goes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    batch_hash::{Message, ShortMac},
    curve::{Curve, Scalar},
    secret::{Secret, SecretBytes, Wiped},
};

/// Length of a wallet id as it is hashed: the 36 characters of a canonical UUID.
pub const WALLET_ID_LENGTH: usize = 36;

/// What surrounds the master key in the message that makes the tweak.
const BEFORE_MASTER_KEY: [u8; 1] = [0];
const BEHIND_MASTER_KEY: [u8; 4] = [0x80, 0, 0, 0];

/// What every wallet's Key Share #1 is derived from: the seeds of the kit and each cloud cosigner's master key.
pub struct WalletMaster {
    /// Hashed with the wallet id into the chain that tweaks the master keys.
    pub wallet_seed: Secret<32>,
    /// Hashed with the wallet id into the asset chain code.
    pub asset_seed: Secret<32>,
    /// One per cloud cosigner, in the order of the kit's metadata.
    pub master_keys: Vec<MasterKey>,
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

    pub(super) fn bytes(&self) -> &Secret<32> {
        &self.bytes
    }
}

/// Key Share #1 of one wallet, cosigner and curve.
///
/// Published, with results to compare, for secp256k1. For ed25519 no published tool does it: the rule is what the
/// published code's structure implies, and the takeover's public-key check is what confirms it.
#[must_use]
pub fn server_share(
    wallet_id: &[u8; WALLET_ID_LENGTH],
    wallet_seed: &Secret<32>,
    master_key: &MasterKey,
    curve: Curve,
) -> Scalar {
    let child = child_key(master_key, &tweak(wallet_id, wallet_seed, master_key));
    let expanded = Wiped::new(Sha512::digest(child.expose()).into());
    Scalar::reduce_wide(curve, expanded.expose())
}

/// What is added to a cosigner's master key for a wallet.
pub(super) fn tweak(
    wallet_id: &[u8; WALLET_ID_LENGTH],
    wallet_seed: &Secret<32>,
    master_key: &MasterKey,
) -> Secret<32> {
    let chain = sha256(&[wallet_id, wallet_seed.expose()]);

    let mut mac =
        Hmac::<Sha512>::new_from_slice(chain.expose()).expect("HMAC takes a key of any length");
    mac.update(&BEFORE_MASTER_KEY);
    mac.update(master_key.bytes.expose());
    mac.update(&BEHIND_MASTER_KEY);
    let mut code = Wiped::new(mac.finalize().into_bytes().into());
    let tweak = code.expose_mut().first_chunk_mut().map(Secret::take);
    tweak.expect("a SHA-512 code is longer than 32 bytes")
}

/// A cosigner's key for a wallet, modulo the secp256k1 order.
pub(super) fn child_key(master_key: &MasterKey, tweak: &Secret<32>) -> Secret<32> {
    let tweak = Scalar::reduce(Curve::Secp256k1, tweak.expose());
    let child = master_key.scalar.add(&tweak);
    child.expect("both are secp256k1 scalars").to_bytes()
}

/// The chain code of a wallet's extended keys.
#[must_use]
pub fn asset_chain_code(wallet_id: &[u8; WALLET_ID_LENGTH], asset_seed: &Secret<32>) -> Secret<32> {
    Secret::take(sha256(&[wallet_id, asset_seed.expose()]).expose_mut())
}

fn sha256(parts: &[&[u8]]) -> Wiped<32> {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Wiped::new(hasher.finalize().into())
}

/// The same for one wallet after another, into places of the caller's.
///
/// A batch spends its time in nine compressions a wallet: the messages are laid out once and only what differs is written
/// anew, and the intermediate secrets are wiped at the end, not after every wallet.
pub struct WalletBatch<'m> {
    master: &'m WalletMaster,
    /// Boxed before a seed comes in: moving it leaves no copies.
    room: Box<Room>,
}

/// The messages and the intermediate secrets.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Room {
    wallet_message: Message<64, 2>,
    asset_message: Message<64, 2>,
    chain: [u8; 32],
    tweak_mac: ShortMac,
    child: [u8; 32],
    child_message: Message<128, 1>,
    wide: [u8; 64],
}

impl<'m> WalletBatch<'m> {
    /// Gets ready to derive from these seeds and master keys.
    #[must_use]
    pub fn new(master: &'m WalletMaster) -> Self {
        let mut room = Box::new(Room {
            wallet_message: Message::zeros(WALLET_ID_LENGTH + 32),
            asset_message: Message::zeros(WALLET_ID_LENGTH + 32),
            chain: [0; 32],
            tweak_mac: ShortMac::new(1 + 32 + 4),
            child: [0; 32],
            child_message: Message::zeros(32),
            wide: [0; 64],
        });

        let seed = master.wallet_seed.expose();
        room.wallet_message.put(WALLET_ID_LENGTH, seed);
        let seed = master.asset_seed.expose();
        room.asset_message.put(WALLET_ID_LENGTH, seed);
        room.tweak_mac.put(0, &BEFORE_MASTER_KEY);
        room.tweak_mac.put(1 + 32, &BEHIND_MASTER_KEY);
        Self { master, room }
    }

    /// Writes the asset chain code of a wallet to `chain_code`, and each cosigner's shares to their places: the curve of
    /// each says which share belongs there. Cosigners come in the order of the master keys.
    pub fn derive<'o, C>(
        &mut self,
        wallet_id: &[u8; WALLET_ID_LENGTH],
        chain_code: &mut [u8; 32],
        cosigners: impl Iterator<Item = C>,
    ) where
        C: Iterator<Item = (Curve, &'o mut [u8; 32])>,
    {
        let room = &mut *self.room;
        room.asset_message.put(0, wallet_id);
        room.asset_message.sha256(chain_code);

        room.wallet_message.put(0, wallet_id);
        room.wallet_message.sha256(&mut room.chain);
        room.tweak_mac.set_key(&room.chain);

        for (master_key, shares) in self.master.master_keys.iter().zip(cosigners) {
            room.expand(master_key);
            for (curve, share) in shares {
                Scalar::write_reduced(curve, &room.wide, share);
            }
        }
    }
}

impl Room {
    /// From the chain to `SHA-512(child)`, which every curve reduces.
    fn expand(&mut self, master_key: &MasterKey) {
        self.tweak_mac.put(1, master_key.bytes.expose());
        self.tweak_mac.finish(&mut self.wide);

        let tweak = self.wide.first_chunk();
        let tweak = tweak.expect("a SHA-512 code is longer than 32 bytes");
        master_key.scalar.write_sum(tweak, &mut self.child);

        self.child_message.put(0, &self.child);
        self.child_message.sha512(&mut self.wide);
    }
}
