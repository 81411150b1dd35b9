//! Writes what a kit is made of as a SPEC (FORMATS.md §26): what `spec_reader` reads.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    metadata::{Generation, Keyset},
    spec::{KeySecret, KeySpec, KitSpec, MasterSpec, OwnerLock, Player},
};
use crate::{
    crypto::secret::SecretText,
    formats::{recovery_key::file::write_public_key, wallets::algorithm::Algorithm},
};

/// Bytes of text that a player or cosigner takes at most, without what its strings hold.
const AROUND: usize = 512;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpecText<'a> {
    format: &'static str,
    tenant_id: String,
    chain_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerText<'a>>,
    keys: BTreeMap<String, KeyText<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keyset_mapping: Vec<KeysetText>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    master_keys: BTreeMap<String, MasterText>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct OwnerText<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_passphrase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyText<'a> {
    algo: &'static str,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyset_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<usize>,
    shares: Vec<PlayerText<'a>>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct PlayerText<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cosigner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tagged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    auxiliary_keys: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Hex>,
}

/// A row of `keysetMapping`, in a SPEC as in a kit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeysetText {
    keyset_id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    algo: Option<&'static str>,
    min_account: u32,
}

impl KeysetText {
    pub(super) fn of(keyset: &Keyset) -> Self {
        Self {
            keyset_id: keyset.id,
            algo: keyset.algorithm.map(Algorithm::name),
            min_account: keyset.min_account,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MasterText {
    wallet_seed: Hex,
    asset_seed: Hex,
    cosigners: Vec<CosignerText>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CosignerText {
    id: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key: Option<Hex>,
}

/// Secret bytes as hexadecimal digits.
struct Hex(SecretText);

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl KitSpec {
    /// The SPEC: unencrypted, every secret in it.
    #[must_use]
    pub fn to_json(&self) -> SecretText {
        let text = SpecText {
            format: match self.generation {
                Generation::Tabled => "current",
                Generation::Oldest => "oldest",
            },
            tenant_id: self.tenant_id.to_string(),
            chain_code: hex::encode(self.chain_code),
            owner: self.owner.as_ref().map(owner_text),
            keys: self.keys.iter().map(key_text).collect(),
            keyset_mapping: self.keysets.iter().map(KeysetText::of).collect(),
            master_keys: self.wallet_master.iter().map(master_text).collect(),
        };

        // A buffer that grows would leave copies of secrets behind.
        let mut out = Zeroizing::new(Vec::with_capacity(self.room()));
        serde_json::to_writer_pretty(&mut *out, &text).expect("texts and numbers are JSON");
        out.push(b'\n');
        let out = String::from_utf8(std::mem::take(&mut *out)).expect("JSON is text");
        SecretText::new(out)
    }

    /// An upper bound of the text's length.
    fn room(&self) -> usize {
        let players = self.keys.iter().flat_map(|key| &key.players);
        // A character of a text may take six in JSON; what is beside a share stays as it is.
        let texts: usize = players
            .map(|player| match player {
                Player::Device(device) => {
                    let auxiliary = device.auxiliary.as_ref();
                    AROUND
                        + 6 * device.user_id.len()
                        + auxiliary.map_or(0, |text| text.expose().len())
                }
                _ => AROUND,
            })
            .sum();
        let cosigners = self.wallet_master.as_ref().map_or(0, |m| m.cosigners.len());
        let owner = 6 * 1024 + 8 * AROUND;
        texts + owner + AROUND * (4 + 2 * self.keys.len() + self.keysets.len() + cosigners)
    }
}

fn owner_text(owner: &OwnerLock) -> OwnerText<'_> {
    match owner {
        OwnerLock::Passphrase(passphrase) => OwnerText {
            passphrase: Some(passphrase.expose()),
            ..OwnerText::default()
        },
        OwnerLock::Generated { passphrase, key } => OwnerText {
            auto_passphrase: Some(passphrase.expose()),
            public_key: Some(write_public_key(key)),
            ..OwnerText::default()
        },
        OwnerLock::Key(key) => OwnerText {
            public_key: Some(write_public_key(key)),
            ..OwnerText::default()
        },
    }
}

fn key_text(key: &KeySpec) -> (String, KeyText<'_>) {
    let (private, shares) = match &key.secret {
        KeySecret::Shares(shares) => (None, shares.as_slice()),
        KeySecret::Whole(private) => (Some(private), [].as_slice()),
    };
    let mut shares = shares.iter();
    let players = key.players.iter().map(|player| {
        let mut text = player_text(player);
        text.share = shares.next().map(|share| Hex(share.to_bytes().to_hex()));
        text
    });
    let text = KeyText {
        algo: key.algorithm.name(),
        public_key: key.public_key.to_hex(),
        private_key: private.map(|private| Hex(private.to_bytes().to_hex())),
        chain_code: key.chain_code.map(hex::encode),
        keyset_id: key.keyset,
        threshold: key.threshold,
        shares: players.collect(),
    };
    (key.id.to_string(), text)
}

fn player_text(player: &Player) -> PlayerText<'_> {
    match player {
        Player::Number(number) => PlayerText {
            number: Some(*number),
            ..PlayerText::default()
        },
        Player::Cosigner(id) => PlayerText {
            cosigner: Some(id.to_string()),
            ..PlayerText::default()
        },
        Player::Device(device) => PlayerText {
            device_id: Some(device.id.to_string()),
            user_id: Some(&device.user_id),
            tagged: device.tagged,
            auxiliary_keys: device
                .auxiliary
                .as_ref()
                .map(|text| serde_json::from_str(text.expose()).expect("it was read as JSON")),
            ..PlayerText::default()
        },
    }
}

fn master_text(master: &MasterSpec) -> (String, MasterText) {
    let cosigners = master.cosigners.iter().map(|cosigner| CosignerText {
        id: cosigner.id.to_string(),
        r#type: if cosigner.master_key.is_some() {
            "cloud"
        } else {
            "mobile"
        },
        master_key: cosigner.master_key.as_ref().map(|key| Hex(key.to_hex())),
    });
    let text = MasterText {
        wallet_seed: Hex(master.wallet_seed.to_hex()),
        asset_seed: Hex(master.asset_seed.to_hex()),
        cosigners: cosigners.collect(),
    };
    (master.id.to_string(), text)
}
