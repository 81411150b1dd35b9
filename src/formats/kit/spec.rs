//! What a kit is made of: the secrets of a workspace, and who holds which (FORMATS.md §26). `spec_reader` reads it and lets
//! nothing pass of which no kit can be made, so that making one does not fail.

use uuid::Uuid;

use super::{
    container::{cosigner_abscissa, cosigner_number},
    metadata::{Generation, Keyset},
    owner_share::device_abscissa,
};
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        rsa::RecoveryPublicKey,
        secret::{Passphrase, Secret, SecretText},
        server_share::{MasterKey, WalletMaster},
    },
    formats::{full_key::extended_key::extended_public, wallets::algorithm::Algorithm},
};

/// Everything that a kit is made of but the recovery key.
pub struct KitSpec {
    /// Which generation of the format the kit will have.
    pub(crate) generation: Generation,
    /// The workspace.
    pub(crate) tenant_id: Uuid,
    /// Of every key without one of its own.
    pub(crate) chain_code: [u8; 32],
    /// What locks the owner's shares; there where any key has one.
    pub(crate) owner: Option<OwnerLock>,
    /// The workspace's own keys.
    pub(crate) keys: Vec<KeySpec>,
    /// Which accounts each keyset serves.
    pub(crate) keysets: Vec<Keyset>,
    /// What the shares of end-user wallets come from.
    pub(crate) wallet_master: Option<MasterSpec>,
}

/// What locks the owner's shares.
pub(crate) enum OwnerLock {
    /// A passphrase that the owner chose.
    Passphrase(SecretText),
    /// One that was generated, and is in the kit under the second RSA key.
    Generated {
        /// The passphrase.
        passphrase: SecretText,
        /// The second key.
        key: RecoveryPublicKey,
    },
    /// The second RSA key itself: self-serve kits.
    Key(RecoveryPublicKey),
}

/// A key of the workspace.
pub struct KeySpec {
    pub(crate) id: Uuid,
    pub(crate) algorithm: Algorithm,
    pub(crate) public_key: PublicKey,
    pub(crate) chain_code: Option<[u8; 32]>,
    pub(crate) keyset: Option<u32>,
    /// How many shares of a Shamir key are enough; all of them where it does not say.
    pub(crate) threshold: Option<usize>,
    pub(crate) players: Vec<Player>,
    pub(crate) secret: KeySecret,
}

/// What is known of a key.
pub(crate) enum KeySecret {
    /// Every player's share, in their order.
    Shares(Vec<Scalar>),
    /// The key itself: it is shared when the kit is made.
    Whole(Scalar),
}

/// Who holds a share of a key.
pub(crate) enum Player {
    /// A cloud cosigner of whom only the number is known.
    Number(u32),
    /// A cloud cosigner.
    Cosigner(Uuid),
    /// The owner's device.
    Device(Device),
}

/// The device of the workspace's owner, and in which form it keeps its share.
pub(crate) struct Device {
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    /// Whether the algorithm is before the share, in four bytes.
    pub(crate) tagged: bool,
    /// What is beside the share, a JSON value; where there is something, both are in an object.
    pub(crate) auxiliary: Option<SecretText>,
}

/// The wallet master.
pub(crate) struct MasterSpec {
    pub(crate) id: Uuid,
    pub(crate) wallet_seed: Secret<32>,
    pub(crate) asset_seed: Secret<32>,
    pub(crate) cosigners: Vec<MasterCosigner>,
}

/// A cosigner of the wallet master.
pub(crate) struct MasterCosigner {
    pub(crate) id: Uuid,
    /// Of a cloud cosigner; a mobile one has none in the kit.
    pub(crate) master_key: Option<Secret<32>>,
}

impl KitSpec {
    /// The workspace's id.
    #[must_use]
    pub fn tenant_id(&self) -> Uuid {
        self.tenant_id
    }

    /// The workspace's own keys.
    #[must_use]
    pub fn keys(&self) -> &[KeySpec] {
        &self.keys
    }

    /// The chain code of a key: its own, or the one of all others.
    #[must_use]
    pub fn chain_code<'a>(&'a self, key: &'a KeySpec) -> &'a [u8; 32] {
        key.chain_code.as_ref().unwrap_or(&self.chain_code)
    }

    /// `xpub…` or `fpub…` of a key.
    #[must_use]
    pub fn extended_public(&self, key: &KeySpec) -> String {
        extended_public(&key.public_key, self.chain_code(key))
    }

    /// The passphrase of the owner's shares, where one locks them.
    #[must_use]
    pub fn owner_passphrase(&self) -> Option<Passphrase> {
        match self.owner.as_ref()? {
            OwnerLock::Passphrase(passphrase) | OwnerLock::Generated { passphrase, .. } => {
                Some(Passphrase::new(passphrase.expose().as_bytes().to_vec()))
            }
            OwnerLock::Key(_) => None,
        }
    }

    /// Seeds and master keys of end-user wallets with the cloud cosigners' ids, as a kit gives them back when it is opened.
    /// `None` without a wallet master.
    #[must_use]
    pub fn wallet_master(&self) -> Option<(WalletMaster, Vec<Uuid>)> {
        let master = self.wallet_master.as_ref()?;
        let clouds = master.cosigners.iter().filter_map(|cosigner| {
            let key = MasterKey::new(cosigner.master_key.as_ref()?.duplicate())?;
            Some((key, cosigner.id))
        });
        let (master_keys, ids) = clouds.unzip();
        let master = WalletMaster {
            wallet_seed: master.wallet_seed.duplicate(),
            asset_seed: master.asset_seed.duplicate(),
            master_keys,
        };
        Some((master, ids))
    }
}

impl KeySpec {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// How it signs and how its shares combine.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The places of its players on the polynomial of a Shamir key.
    pub(crate) fn places(&self) -> Vec<Scalar> {
        Player::places(&self.players, self.id, self.algorithm.curve())
    }

    /// How many shares are enough.
    pub(crate) fn enough(&self) -> usize {
        self.threshold.unwrap_or(self.players.len())
    }
}

impl Player {
    /// The number in the name of a cloud cosigner's entry.
    pub(crate) fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Cosigner(id) => Some(cosigner_number(*id)),
            Self::Device(_) => None,
        }
    }

    /// The places of players on the polynomial of a key.
    pub(crate) fn places(players: &[Self], key_id: Uuid, curve: Curve) -> Vec<Scalar> {
        let place = |player: &Self| Scalar::from_u64(curve, player.abscissa(key_id));
        players.iter().map(place).collect()
    }

    /// Its place on the polynomial of a key.
    pub(crate) fn abscissa(&self, key_id: Uuid) -> u64 {
        match self {
            Self::Number(number) => cosigner_abscissa(*number, key_id),
            Self::Cosigner(id) => cosigner_abscissa(cosigner_number(*id), key_id),
            Self::Device(device) => device_abscissa(device.id),
        }
    }
}
