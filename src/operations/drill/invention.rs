//! What a rehearsal is held on: the invented secrets of a workspace and of its users, and with them what every step must come
//! to.
//!
//! A wallet's full keys are drawn first. Its device share is what Key Share #1 lacks of them, so that keys, public keys and
//! addresses are known before anything is recovered.

use rand_core::CryptoRng;
use uuid::{Builder, Uuid};

use super::{Fault, batch::BOTH};
use crate::{
    crypto::{
        curve::{PublicKey, Scalar},
        hd::PublicNode,
        secret::{Secret, Wiped},
        secret_sharing::add_shares,
    },
    formats::{
        chains::{address::address, table::Chain},
        device_share::{
            device_id::DeviceId,
            share::{DeviceKey, DeviceShare, ShareContent, WalletKey},
        },
        kit::spec::KitSpec,
        server_share::record::Record,
        wallets::wallet_id::WalletId,
    },
    operations::{
        create_kit::expected_record,
        invent_workspace::{invent_wallets, invent_workspace},
    },
};

/// A workspace and its users' wallets.
pub(super) struct Invention {
    pub(super) spec: KitSpec,
    pub(super) wallets: Vec<InventedWallet>,
}

/// A wallet, and what its recovery must come to.
pub(super) struct InventedWallet {
    pub(super) id: WalletId,
    /// Key Share #1, by the formulas and the workspace's own secrets.
    pub(super) record: Record,
    /// One of each curve.
    pub(super) keys: Vec<InventedKey>,
    device: DeviceId,
}

/// A key of a wallet.
pub(super) struct InventedKey {
    /// How the device names it.
    pub(super) name: WalletKey,
    /// The full key: drawn before all shares.
    pub(super) full: Scalar,
    pub(super) public_key: PublicKey,
    device_share: Secret<32>,
}

impl Invention {
    /// A workspace with so many wallets.
    pub(super) fn new<R: CryptoRng>(wallets: usize, rng: &mut R) -> Result<Self, Fault> {
        let spec = invent_workspace(rng);
        let ids: Vec<WalletId> = invent_wallets(rng).take(wallets).collect();
        let wallets = ids
            .into_iter()
            .map(|id| InventedWallet::new(&spec, id, rng));
        let wallets = wallets.collect::<Result<_, _>>()?;
        Ok(Self { spec, wallets })
    }

    /// The wallets' ids.
    pub(super) fn ids(&self) -> Vec<WalletId> {
        self.wallets.iter().map(|wallet| wallet.id).collect()
    }

    /// The wallet that is taken through every step.
    pub(super) fn first(&self) -> Result<&InventedWallet, Fault> {
        let first = self.wallets.first();
        first.ok_or_else(|| Fault::new("no wallet was invented"))
    }
}

impl InventedWallet {
    fn new<R: CryptoRng>(spec: &KitSpec, id: WalletId, rng: &mut R) -> Result<Self, Fault> {
        let record = expected_record(spec, &BOTH, id)
            .ok_or_else(|| Fault::new("the invented workspace has no wallet master"))?;
        let keys = BOTH.into_iter().map(|algorithm| {
            let full = Scalar::random(algorithm.curve(), rng);
            let server = record.shares.iter().flat_map(|cosigner| &cosigner.shares);
            let server = server.filter(|(of, _)| *of == algorithm);
            let server: Option<Vec<Scalar>> = server
                .map(|(_, share)| Scalar::from_canonical(algorithm.curve(), &secret(share)))
                .collect();
            let server = server.and_then(|shares| add_shares(&shares));
            let device = server.and_then(|server| full.subtract(&server));
            let public_key = full.public_key();
            let (device, public_key) = device
                .zip(public_key)
                .ok_or_else(|| Fault::new("no device share can be made"))?;
            Ok(InventedKey {
                name: WalletKey {
                    id: random_id(rng),
                    algorithm,
                    public_key: Some(public_key.clone()),
                },
                full,
                public_key,
                device_share: device.to_bytes(),
            })
        });
        let keys = keys.collect::<Result<Vec<_>, Fault>>()?;
        let device = DeviceId::parse(&random_id(rng).to_string());
        Ok(Self {
            id,
            keys,
            device: device.ok_or_else(|| Fault::new("an invented id is none"))?,
            record,
        })
    }

    /// Key Share #2, as its device holds it.
    pub(super) fn device_share(&self) -> DeviceShare {
        let keys = self.keys.iter().map(|key| DeviceKey {
            key: key.name.clone(),
            content: ShareContent {
                share: key.device_share.duplicate(),
                auxiliary_keys: None,
                metadata: None,
            },
        });
        DeviceShare {
            device_id: self.device.clone(),
            keys: keys.collect(),
        }
    }

    /// The chain code, by the workspace's own secrets.
    pub(super) fn chain_code(&self) -> Secret<32> {
        secret(&self.record.chain_code)
    }

    /// The public key and the address of a chain at a path, by public keys alone: another way than private keys go.
    pub(super) fn expected_address(
        &self,
        chain: &'static Chain,
        path: &[u32],
    ) -> Option<(PublicKey, String)> {
        let key = self
            .keys
            .iter()
            .find(|key| key.public_key.curve() == chain.curve())?;
        let root = PublicNode::new(key.public_key.clone(), self.chain_code());
        let child = root.descend(path)?.public_key().clone();
        let script = chain.scripts().first().copied();
        let address = address(chain, script, &child)?;
        Some((child, address))
    }
}

fn secret(bytes: &Wiped<32>) -> Secret<32> {
    Secret::take(bytes.duplicate().expose_mut())
}

/// A random UUID.
pub(super) fn random_id<R: CryptoRng>(rng: &mut R) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}
