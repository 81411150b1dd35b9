//! `metadata.json`: what a kit says about itself, unencrypted (FORMATS.md §4).

use uuid::Uuid;

use crate::crypto::{curve::PublicKey, secret::Secret};
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault, Value, parse_uuid},
        shown::shown_name,
    },
    wallets::algorithm::Algorithm,
};

/// Name of the entry that makes a zip file a kit.
pub const ENTRY: &str = "metadata.json";

/// Most signing keys of a workspace.
pub const MAX_KEYS: usize = 256;
/// Most master keys, wallet masters and others together.
pub const MAX_MASTERS: usize = 64;
/// Most cosigners of a wallet master.
pub const MAX_COSIGNERS: usize = 64;
/// Most entries of `keysetMapping`.
pub const MAX_KEYSETS: usize = 1024;

/// Largest number of a keyset and of a vault account.
pub const MAX_NUMBER: u32 = i32::MAX.unsigned_abs();
/// The type of a wallet master.
pub const WALLET_MASTER: &str = "NON_CUSTODIAL_WALLET_MASTER";

/// Which generation of the format a kit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// 2019: one key, its id at the top, entries without key ids.
    Oldest,
    /// A table of keys, of master keys, or both.
    Tabled,
}

/// A cosigner as metadata lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// Its id.
    pub id: Uuid,
    /// Where its share is held.
    pub kind: CosignerKind,
}

/// Where a cosigner's share is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CosignerKind {
    /// With the provider; its share is an entry of the kit.
    Cloud,
    /// On the owner's device.
    Mobile,
}

/// A key the workspace signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id, which entry names carry.
    pub id: Uuid,
    /// How it signs and how its shares combine.
    pub algorithm: Algorithm,
    /// The check on what is recovered.
    pub public_key: PublicKey,
    /// Its own chain code, or the kit's.
    pub chain_code: [u8; 32],
    /// Whether metadata gives it a chain code of its own: the kit's is one for all keys that have none.
    pub has_own_chain_code: bool,
    /// Which keyset it belongs to; 1 where metadata is silent.
    pub keyset: u32,
}

/// What Key Share #1 of every end-user wallet is derived from.
pub struct WalletMasterEntry {
    /// Its id, which entry names carry.
    pub id: Uuid,
    /// Hashed into the tweak chain.
    pub wallet_seed: Secret<32>,
    /// Hashed into the asset chain code.
    pub asset_seed: Secret<32>,
    /// Every cosigner, in metadata's order.
    pub cosigners: Vec<Cosigner>,
}

/// Which vault accounts a keyset serves with the keys of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyset {
    /// Its number.
    pub id: u32,
    /// The algorithm it is mapped for; of every algorithm where metadata does not say. How shares are combined does not
    /// matter: metadata names the Shamir algorithm for additive keys too.
    pub algorithm: Option<Algorithm>,
    /// The first vault account it serves.
    pub min_account: u32,
}

/// `metadata.json`, read and checked.
pub struct Metadata {
    /// Generation of the format.
    pub generation: Generation,
    /// The workspace; older kits may lack it.
    pub tenant_id: Option<String>,
    /// Signing keys, in the order of their ids.
    pub keys: Vec<SigningKey>,
    /// Wallet masters; a kit that serves wallets has exactly one.
    pub wallet_masters: Vec<WalletMasterEntry>,
    /// Types of master keys that are not for wallets, by id.
    pub other_masters: Vec<(Uuid, String)>,
    /// Which accounts each keyset serves.
    pub keysets: Vec<Keyset>,
    /// Oddities that do not stop a recovery.
    pub oddities: Vec<String>,
}

impl Metadata {
    /// Reads `metadata.json`. Fields that FORMATS.md §4 does not name are tolerated.
    ///
    /// # Errors
    /// [`FieldError`] with the path of the first field that is missing or wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse(ENTRY, bytes)?;
        let chain_code = root.get("chainCode")?.hex_array()?;
        let (generation, keys) = signing_keys(&root, &chain_code)?;
        let mut metadata = Self {
            generation,
            tenant_id: None,
            keys,
            wallet_masters: Vec::new(),
            other_masters: Vec::new(),
            keysets: keysets(&root)?,
            oddities: Vec::new(),
        };
        metadata.read_tenant(&root)?;
        metadata.read_masters(&root)?;
        metadata.note_unserved_keysets();
        Ok(metadata)
    }

    /// The first vault account that a key serves: what metadata maps for its keyset and algorithm, or 0 for keyset 1.
    #[must_use]
    pub fn min_account(&self, key: &SigningKey) -> Option<u32> {
        let of_keyset = || self.keysets.iter().filter(|entry| entry.id == key.keyset);
        let curve = Some(key.algorithm.curve());

        let mapped = of_keyset()
            .find(|entry| entry.algorithm == Some(key.algorithm))
            .or_else(|| of_keyset().find(|entry| entry.algorithm.map(Algorithm::curve) == curve))
            .or_else(|| of_keyset().find(|entry| entry.algorithm.is_none()))
            .map(|entry| entry.min_account);
        mapped.or((key.keyset == 1).then_some(0))
    }

    fn read_tenant(&mut self, root: &Value<'_>) -> Result<(), FieldError> {
        match root.find("tenantId")? {
            Some(tenant) => self.tenant_id = Some(tenant.uuid()?.to_string()),
            None => self
                .oddities
                .push("metadata.json names no tenant (`tenantId`)".to_owned()),
        }
        Ok(())
    }

    fn read_masters(&mut self, root: &Value<'_>) -> Result<(), FieldError> {
        let Some(masters) = root.find("masterKeys")? else {
            return Ok(());
        };
        for (id, master) in at_most(MAX_MASTERS, "master keys", &masters, masters.members()?)? {
            let id = key_id(&id, &master)?;
            let kind = master.get("type")?.text()?;
            let kind = kind.expose();
            if kind == WALLET_MASTER {
                self.wallet_masters.push(wallet_master(id, &master)?);
            } else {
                self.oddities.push(format!(
                    "master key `{id}` is of type `{}`, not for wallets",
                    shown_name(kind)
                ));
                self.other_masters.push((id, shown_name(kind)));
            }
        }
        Ok(())
    }

    fn note_unserved_keysets(&mut self) {
        for key in &self.keys {
            if self.min_account(key).is_none() {
                self.oddities.push(format!(
                    "key `{}` is in keyset {}, which `keysetMapping` does not list for its algorithm",
                    key.id, key.keyset
                ));
            }
        }
    }
}

fn signing_keys(
    root: &Value<'_>,
    chain_code: &[u8; 32],
) -> Result<(Generation, Vec<SigningKey>), FieldError> {
    if let Some(keys) = root.find("keys")? {
        let keys: Result<_, _> = at_most(MAX_KEYS, "keys", &keys, keys.members()?)?
            .iter()
            .map(|(id, key)| signing_key(id, key, chain_code))
            .collect();
        return Ok((Generation::Tabled, keys?));
    }
    if root.find("keyId")?.is_none() && root.find("masterKeys")?.is_some() {
        return Ok((Generation::Tabled, Vec::new()));
    }
    let algorithm = Algorithm::ShamirEcdsa;
    let key = SigningKey {
        id: root.get("keyId")?.uuid()?,
        algorithm,
        public_key: public_key(&root.get("publicKey")?, algorithm)?,
        chain_code: *chain_code,
        has_own_chain_code: false,
        keyset: 1,
    };
    Ok((Generation::Oldest, vec![key]))
}

fn signing_key(id: &str, key: &Value<'_>, chain_code: &[u8; 32]) -> Result<SigningKey, FieldError> {
    let algorithm = algorithm(&key.get("algo")?)?;
    let own_chain_code = key.find("chainCode")?;

    Ok(SigningKey {
        id: key_id(id, key)?,
        algorithm,
        public_key: public_key(&key.get("publicKey")?, algorithm)?,
        has_own_chain_code: own_chain_code.is_some(),
        chain_code: own_chain_code.map_or(Ok(*chain_code), |own| own.hex_array())?,
        keyset: key
            .find("keysetId")?
            .map_or(Ok(1), |keyset| keyset.integer(1..=MAX_NUMBER))?,
    })
}

fn wallet_master(id: Uuid, master: &Value<'_>) -> Result<WalletMasterEntry, FieldError> {
    let list = master.get("cosigners")?;
    let cosigners = at_most(MAX_COSIGNERS, "cosigners", &list, list.elements()?)?
        .iter()
        .map(cosigner)
        .collect::<Result<Vec<_>, _>>()?;
    for (index, cosigner) in cosigners.iter().enumerate() {
        if cosigners
            .iter()
            .take(index)
            .any(|earlier| earlier.id == cosigner.id)
        {
            return Err(list.fault(FieldFault::Value(format!(
                "cosigner `{}` is listed twice",
                cosigner.id
            ))));
        }
    }
    if !cosigners
        .iter()
        .any(|cosigner| cosigner.kind == CosignerKind::Cloud)
    {
        return Err(list.fault(FieldFault::Value("no cosigner of type `cloud`".to_owned())));
    }
    Ok(WalletMasterEntry {
        id,
        wallet_seed: Secret::take(&mut master.get("walletSeed")?.hex_array()?),
        asset_seed: Secret::take(&mut master.get("assetSeed")?.hex_array()?),
        cosigners,
    })
}

fn cosigner(node: &Value<'_>) -> Result<Cosigner, FieldError> {
    let kind = node.get("type")?;
    Ok(Cosigner {
        id: node.get("id")?.uuid()?,
        kind: match kind.text()?.expose() {
            "cloud" => CosignerKind::Cloud,
            "mobile" => CosignerKind::Mobile,
            other => {
                let text = format!(
                    "`{}` is no type of cosigner, expected `cloud` or `mobile`",
                    shown_name(other)
                );
                return Err(kind.fault(FieldFault::Value(text)));
            }
        },
    })
}

fn keysets(root: &Value<'_>) -> Result<Vec<Keyset>, FieldError> {
    let Some(mapping) = root.find("keysetMapping")? else {
        return Ok(Vec::new());
    };
    let mut keysets: Vec<Keyset> = Vec::new();
    for entry in at_most(MAX_KEYSETS, "keysets", &mapping, mapping.elements()?)? {
        let named = entry.find("algo")?.map(|name| name.text()).transpose()?;
        let algorithm = named
            .as_ref()
            .map(|name| Algorithm::from_name(name.expose()));
        let keyset = Keyset {
            id: entry.get("keysetId")?.integer(1..=MAX_NUMBER)?,
            algorithm: algorithm.flatten(),
            min_account: entry.get("minAccount")?.integer(0..=MAX_NUMBER)?,
        };
        if named.is_some() && keyset.algorithm.is_none() {
            // Of an algorithm that no key of this kit has.
            continue;
        }

        let earlier = keysets
            .iter()
            .find(|earlier| earlier.id == keyset.id && earlier.algorithm == keyset.algorithm);
        if earlier.is_some_and(|earlier| earlier.min_account != keyset.min_account) {
            let text = format!("keyset {} is mapped twice for one algorithm", keyset.id);
            return Err(entry.fault(FieldFault::Value(text)));
        }
        keysets.push(keyset);
    }
    Ok(keysets)
}

/// The parts of a value, where there are no more of them than a kit may have.
fn at_most<T>(
    most: usize,
    what: &str,
    whole: &Value<'_>,
    parts: impl Iterator<Item = T>,
) -> Result<Vec<T>, FieldError> {
    let parts: Vec<T> = parts.collect();
    if parts.len() <= most {
        return Ok(parts);
    }
    Err(whole.fault(FieldFault::Value(format!(
        "{} {what}, {most} are the most",
        parts.len()
    ))))
}

fn algorithm(node: &Value<'_>) -> Result<Algorithm, FieldError> {
    let name = node.text()?;
    let name = name.expose();
    Algorithm::from_name(name).ok_or_else(|| {
        node.fault(FieldFault::Value(format!(
            "unknown algorithm `{}`",
            shown_name(name)
        )))
    })
}

fn public_key(node: &Value<'_>, algorithm: Algorithm) -> Result<PublicKey, FieldError> {
    let bytes = node.hex()?;
    let expected = algorithm.curve().public_key_length();
    if bytes.len() != expected {
        return Err(node.fault(FieldFault::Length {
            expected,
            found: bytes.len(),
        }));
    }
    PublicKey::from_bytes(algorithm.curve(), &bytes).ok_or_else(|| {
        node.fault(FieldFault::Value(
            "not a point of the algorithm's curve".to_owned(),
        ))
    })
}

fn key_id(text: &str, node: &Value<'_>) -> Result<Uuid, FieldError> {
    parse_uuid(text).ok_or_else(|| node.fault(FieldFault::Uuid))
}
