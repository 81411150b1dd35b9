//! The files of a kit, made of a workspace's secrets for a recovery key: what the provider gives (FORMATS.md §1 to §6).

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    archive::NamedBytes,
    container::cosigner_entry_name,
    metadata::{self, Generation, WALLET_MASTER},
    names::{OWNER_SHARE, PUBLIC_KEY_SUFFIX, SEALED_PASSPHRASE},
    owner_share::seal_share,
    spec::{Device, KeySecret, KeySpec, KitSpec, OwnerLock, Player},
    spec_text::KeysetText,
};
use crate::{
    crypto::{
        curve::Scalar,
        rsa::{OaepHash, RecoveryPublicKey},
        secret::{Passphrase, SecretBytes},
        secret_sharing::{deal_polynomial, deal_sum},
    },
    formats::{
        recovery_key::file::write_public_key,
        wallets::algorithm::{Algorithm, share_tag},
    },
};

/// Why no sealing fails: a SPEC is only read when everything in it fits.
const FITS: &str = "32 bytes fit under every RSA key, and of longer texts it was checked";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetadataText {
    chain_code: String,
    tenant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<BTreeMap<String, KeyText>>,
    /// Of the only key of the oldest format.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    master_keys: BTreeMap<String, MasterText>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keyset_mapping: Vec<KeysetText>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyText {
    public_key: String,
    algo: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyset_id: Option<u32>,
    /// Where every cloud cosigner's id is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cosigners: Option<Vec<CosignerText>>,
}

#[derive(Serialize)]
struct CosignerText {
    id: String,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MasterText {
    r#type: &'static str,
    wallet_seed: String,
    asset_seed: String,
    cosigners: Vec<CosignerText>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnerShareText<'a> {
    r#type: &'static str,
    key_id: String,
    device_id: String,
    user_id: &'a str,
    encrypted_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SealedText {
    encrypted_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShareText<'a> {
    key: &'a str,
    auxiliary_keys: &'a RawValue,
}

/// Every file of the kit, `metadata.json` first. The shares of keys that are told whole are dealt here.
pub fn kit_files<R: CryptoRng>(
    spec: &KitSpec,
    key: &RecoveryPublicKey,
    rng: &mut R,
) -> Vec<NamedBytes> {
    let mut files = vec![json_file(metadata::ENTRY.to_owned(), &metadata_text(spec))];
    for signing in &spec.keys {
        let dealt;
        let shares = match &signing.secret {
            KeySecret::Shares(shares) => shares,
            KeySecret::Whole(whole) => {
                dealt = deal(signing, whole, rng);
                &dealt
            }
        };
        for (player, share) in signing.players.iter().zip(shares) {
            files.push(share_file(spec, signing, player, share, key, rng));
        }
    }
    if let Some(master) = &spec.wallet_master {
        for cosigner in &master.cosigners {
            let Some(master_key) = &cosigner.master_key else {
                continue;
            };
            let sealed = key.seal(rng, OaepHash::Sha1, master_key.expose());
            files.push(NamedBytes {
                name: cosigner_entry_name(cosigner.id, master.id),
                bytes: sealed.expect(FITS),
            });
        }
    }
    if let Some(OwnerLock::Generated { passphrase, key }) = &spec.owner {
        let sealed = key.seal(rng, OaepHash::Sha256, passphrase.expose().as_bytes());
        let text = SealedText {
            encrypted_key: hex::encode(sealed.expect(FITS)),
        };
        files.push(json_file(SEALED_PASSPHRASE.to_owned(), &text));
    }
    // Kits of 2019 have no such entry.
    if spec.generation == Generation::Tabled {
        files.push(NamedBytes {
            name: PUBLIC_KEY_SUFFIX.to_owned(),
            bytes: write_public_key(key).into_bytes(),
        });
    }
    files
}

/// Shares of a key that is told whole.
pub(crate) fn deal<R: CryptoRng>(signing: &KeySpec, whole: &Scalar, rng: &mut R) -> Vec<Scalar> {
    let shares = if signing.algorithm.is_additive() {
        deal_sum(whole, signing.players.len(), rng)
    } else {
        deal_polynomial(whole, &signing.places(), signing.enough(), rng)
    };
    shares.expect("there are players enough, each at a place of its own")
}

fn metadata_text(spec: &KitSpec) -> MetadataText {
    let oldest = spec
        .keys
        .first()
        .filter(|_| spec.generation == Generation::Oldest);
    MetadataText {
        chain_code: hex::encode(spec.chain_code),
        tenant_id: spec.tenant_id.to_string(),
        keys: oldest
            .is_none()
            .then(|| spec.keys.iter().map(key_text).collect()),
        key_id: oldest.map(|key| key.id.to_string()),
        public_key: oldest.map(|key| key.public_key.to_hex()),
        master_keys: spec
            .wallet_master
            .iter()
            .map(|master| {
                let cosigners = master.cosigners.iter();
                let text = MasterText {
                    r#type: WALLET_MASTER,
                    wallet_seed: hex::encode(master.wallet_seed.expose()),
                    asset_seed: hex::encode(master.asset_seed.expose()),
                    cosigners: cosigners
                        .map(|one| cosigner_text(one.id, one.master_key.is_some()))
                        .collect(),
                };
                (master.id.to_string(), text)
            })
            .collect(),
        keyset_mapping: spec.keysets.iter().map(KeysetText::of).collect(),
    }
}

fn key_text(key: &KeySpec) -> (String, KeyText) {
    let cosigners = key.players.iter().map(|player| match player {
        Player::Number(_) => None,
        Player::Cosigner(id) => Some(cosigner_text(*id, true)),
        Player::Device(device) => Some(cosigner_text(device.id, false)),
    });
    let text = KeyText {
        public_key: key.public_key.to_hex(),
        algo: key.algorithm.name(),
        chain_code: key.chain_code.map(hex::encode),
        keyset_id: key.keyset,
        cosigners: cosigners.collect(),
    };
    (key.id.to_string(), text)
}

fn cosigner_text(id: Uuid, is_cloud: bool) -> CosignerText {
    CosignerText {
        id: id.to_string(),
        r#type: if is_cloud { "cloud" } else { "mobile" },
    }
}

fn share_file<R: CryptoRng>(
    spec: &KitSpec,
    signing: &KeySpec,
    player: &Player,
    share: &Scalar,
    key: &RecoveryPublicKey,
    rng: &mut R,
) -> NamedBytes {
    let is_oldest = spec.generation == Generation::Oldest;
    let of_key = |start: String| {
        if is_oldest {
            start
        } else {
            format!("{start}_{}", signing.id)
        }
    };
    if let Player::Device(device) = player {
        let plain = owner_plain(device, signing.algorithm, share);
        let text = OwnerShareText {
            r#type: "backup",
            key_id: signing.id.to_string(),
            device_id: device.id.to_string(),
            user_id: &device.user_id,
            encrypted_key: hex::encode(lock(spec, device, &plain, rng)),
        };
        return json_file(of_key(OWNER_SHARE.to_owned()), &text);
    }
    let number = player.number().unwrap_or_default();
    let sealed = key.seal(rng, OaepHash::Sha1, share.to_bytes().expose());
    NamedBytes {
        name: of_key(number.to_string()),
        bytes: sealed.expect(FITS),
    }
}

/// The owner's share as the device keeps it: bare, behind a tag, or in JSON beside other things.
fn owner_plain(device: &Device, algorithm: Algorithm, share: &Scalar) -> SecretBytes {
    let tag = share_tag(algorithm.curve());
    let tag = if device.tagged { tag.as_slice() } else { &[] };
    let mut bytes = Zeroizing::new(Vec::with_capacity(tag.len() + 32));
    bytes.extend_from_slice(tag);
    bytes.extend_from_slice(share.to_bytes().expose());
    let Some(auxiliary) = &device.auxiliary else {
        return SecretBytes::new(std::mem::take(&mut *bytes));
    };
    let digits = Zeroizing::new(base16ct::lower::encode_string(&bytes));
    // A buffer that grows would leave copies behind.
    let room = 128 + digits.len() + auxiliary.expose().len();
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    let fields = ShareText {
        key: &digits,
        auxiliary_keys: serde_json::from_str(auxiliary.expose()).expect("it was read as JSON"),
    };
    serde_json::to_writer(&mut *text, &fields).expect("texts are JSON");
    SecretBytes::new(std::mem::take(&mut *text))
}

fn lock<R: CryptoRng>(
    spec: &KitSpec,
    device: &Device,
    plain: &SecretBytes,
    rng: &mut R,
) -> Vec<u8> {
    match spec
        .owner
        .as_ref()
        .expect("a SPEC with a device has an owner")
    {
        OwnerLock::Passphrase(passphrase) | OwnerLock::Generated { passphrase, .. } => {
            let passphrase = Passphrase::new(passphrase.expose().as_bytes().to_vec());
            seal_share(plain, &passphrase, &device.user_id)
        }
        OwnerLock::Key(key) => {
            let sealed = key.seal(rng, OaepHash::Sha256, plain.expose());
            sealed.expect(FITS)
        }
    }
}

fn json_file(name: String, text: &impl Serialize) -> NamedBytes {
    NamedBytes {
        name,
        bytes: serde_json::to_vec(text).expect("texts and numbers are JSON"),
    }
}
