//! Invents a workspace with its users' wallets: what a rehearsal is held on (FORMATS.md §26).

use rand_core::CryptoRng;
use uuid::{Builder, Uuid};

use super::device_share::new_passphrase::generate_passphrase;
use crate::{
    crypto::{
        curve::{Curve, Scalar},
        secret::Secret,
        secret_sharing::{deal_polynomial, deal_sum},
    },
    formats::{
        kit::{
            container::cosigner_number,
            metadata::Generation,
            spec::{
                Device, KeySecret, KeySpec, KitSpec, MasterCosigner, MasterSpec, OwnerLock, Player,
            },
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

/// Cloud cosigners of a workspace.
const CLOUDS: usize = 2;

/// A workspace as the provider's are today: an additive ECDSA key and an EdDSA key in Shamir's shares, each shared among two
/// cloud cosigners and the owner's device, the device's shares under a passphrase; and a wallet master with one cloud
/// cosigner. All of it is random, and nothing of it is of use anywhere.
pub fn invent_workspace<R: CryptoRng>(rng: &mut R) -> KitSpec {
    let (device, user_id) = (uuid(rng), uuid(rng).to_string());
    let clouds = different(CLOUDS, rng);
    let algorithms = [Algorithm::CmpEcdsa, Algorithm::ShamirEddsa];
    let keys = algorithms
        .into_iter()
        .map(|algorithm| {
            loop {
                let clouds = clouds.iter().copied().map(Player::Cosigner);
                let device = Player::Device(Device {
                    id: device,
                    user_id: user_id.clone(),
                    tagged: true,
                    auxiliary: None,
                });
                // Once in 2^47 two players have one place: then with another id.
                if let Some(key) = invent_key(algorithm, clouds.chain([device]).collect(), rng) {
                    break key;
                }
            }
        })
        .collect();
    let cosigner = MasterCosigner {
        id: uuid(rng),
        master_key: Some(Scalar::random(Curve::Secp256k1, rng).to_bytes()),
    };
    KitSpec {
        generation: Generation::Tabled,
        tenant_id: uuid(rng),
        chain_code: random(rng),
        owner: Some(OwnerLock::Passphrase(generate_passphrase(rng).0)),
        keys,
        keysets: Vec::new(),
        wallet_master: Some(MasterSpec {
            id: uuid(rng),
            wallet_seed: Secret::take(&mut random(rng)),
            asset_seed: Secret::take(&mut random(rng)),
            cosigners: vec![cosigner],
        }),
    }
}

/// Wallet ids as the provider gives them: random, one unlike the other.
pub fn invent_wallets<R: CryptoRng>(rng: &mut R) -> impl Iterator<Item = WalletId> {
    std::iter::repeat_with(move || WalletId::from_u128(uuid(rng).as_u128()))
}

/// A key of these players; `None` where two of them have one place on the polynomial.
fn invent_key<R: CryptoRng>(
    algorithm: Algorithm,
    players: Vec<Player>,
    rng: &mut R,
) -> Option<KeySpec> {
    let (id, key) = (uuid(rng), Scalar::random(algorithm.curve(), rng));
    let places: Vec<u64> = players.iter().map(|player| player.abscissa(id)).collect();
    let is_taken = |(index, place): (usize, &u64)| places.iter().take(index).any(|p| p == place);
    if places.contains(&0) || places.iter().enumerate().any(is_taken) {
        return None;
    }
    let shares = if algorithm.is_additive() {
        deal_sum(&key, players.len(), rng)
    } else {
        let places = Player::places(&players, id, algorithm.curve());
        deal_polynomial(&key, &places, players.len(), rng)
    };
    Some(KeySpec {
        id,
        algorithm,
        public_key: key.public_key()?,
        chain_code: None,
        keyset: None,
        threshold: None,
        players,
        secret: KeySecret::Shares(shares?),
    })
}

/// Ids of cosigners, whose entries in the kit have different names.
fn different<R: CryptoRng>(count: usize, rng: &mut R) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = Vec::new();
    while ids.len() < count {
        let id = uuid(rng);
        if ids
            .iter()
            .all(|other| cosigner_number(*other) != cosigner_number(id))
        {
            ids.push(id);
        }
    }
    ids
}

fn uuid<R: CryptoRng>(rng: &mut R) -> Uuid {
    Builder::from_random_bytes(random(rng)).into_uuid()
}

fn random<const N: usize, R: CryptoRng>(rng: &mut R) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
