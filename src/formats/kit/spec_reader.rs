//! Reads what a kit is to be made of (FORMATS.md §26): strictly, so that every kit that is made can be opened.

use std::collections::HashSet;

use super::{
    container::cosigner_number,
    metadata::{Generation, Keyset, MAX_COSIGNERS, MAX_KEYSETS, MAX_NUMBER},
    spec::{Device, KitSpec, MasterCosigner, MasterSpec, OwnerLock, Player},
    spec_fields::{MAX_TEXT, algorithm, key_id, object, scalar, wrong},
    spec_keys::signing_keys,
};
use crate::{
    crypto::{curve::Curve, rsa::RecoveryPublicKey, secret::SecretText},
    formats::{
        encoding::{
            json::{FieldError, FieldFault, Object, Value},
            shown::shown_name,
        },
        recovery_key::file::read_public_key,
        wallets::algorithm::Algorithm,
    },
};

/// Largest file that is read, in bytes.
pub const MAX_SPEC: u64 = 4 << 20;
/// What OAEP with SHA-256 takes of a ciphertext: two hashes and two bytes.
const OAEP_SHA256: usize = 2 * 32 + 2;

impl KitSpec {
    /// Reads a SPEC.
    ///
    /// # Errors
    /// [`FieldError`] with the path of the first field that is missing or wrong, or of which no kit can be made.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse("", bytes)?;
        let top = object(
            &root,
            &[
                "format",
                "tenantId",
                "chainCode",
                "owner",
                "keys",
                "keysetMapping",
                "masterKeys",
            ],
        )?;
        let keys = match top.find("keys") {
            Some(keys) => signing_keys(&keys)?,
            None => Vec::new(),
        };
        let spec = Self {
            generation: top
                .find("format")
                .map_or(Ok(Generation::Tabled), |format| generation(&format))?,
            tenant_id: top.get("tenantId")?.uuid()?,
            chain_code: top.get("chainCode")?.hex_array()?,
            owner: top
                .find("owner")
                .map(|owner| owner_lock(&owner))
                .transpose()?,
            keys,
            keysets: top
                .find("keysetMapping")
                .map_or(Ok(Vec::new()), |mapping| keysets(&mapping))?,
            wallet_master: top
                .find("masterKeys")
                .and_then(|masters| wallet_master(&masters).transpose())
                .transpose()?,
        };

        if spec.keys.is_empty() && spec.wallet_master.is_none() {
            return wrong(
                &top.find("keys").unwrap_or(root),
                "neither `keys` nor `masterKeys` names a key: such a kit recovers nothing",
            );
        }
        check_owner(&spec, &top)?;
        check_keysets(&spec, &top)?;
        check_ids(&spec, &top)?;
        if spec.generation == Generation::Oldest {
            check_oldest(&spec, &top)?;
        }
        Ok(spec)
    }
}

fn generation(format: &Value<'_>) -> Result<Generation, FieldError> {
    match format.text()?.expose() {
        "current" => Ok(Generation::Tabled),
        "oldest" => Ok(Generation::Oldest),
        other => wrong(
            format,
            format!(
                "`{}` is no format, expected `current` or `oldest`",
                shown_name(other)
            ),
        ),
    }
}

fn owner_lock(owner: &Value<'_>) -> Result<OwnerLock, FieldError> {
    let fields = object(owner, &["passphrase", "autoPassphrase", "publicKey"])?;
    let chosen = fields.find("passphrase");
    let generated = fields.find("autoPassphrase");
    let key = fields.find("publicKey");
    match (chosen, generated, key) {
        (Some(_), Some(generated), _) => wrong(
            &generated,
            "there is a `passphrase`, too: the owner has one or the other",
        ),
        (Some(_), None, Some(key)) => wrong(
            &key,
            "a passphrase that the owner chose is under no key: is it an `autoPassphrase`?",
        ),
        (Some(chosen), None, None) => passphrase(&chosen).map(OwnerLock::Passphrase),
        (None, Some(generated), _) => {
            let key = owner_key(&fields.get("publicKey")?)?;
            let passphrase = passphrase(&generated)?;
            if passphrase.expose().len() + OAEP_SHA256 > key.ciphertext_length() {
                return wrong(&generated, "too long for the owner's key");
            }
            Ok(OwnerLock::Generated { passphrase, key })
        }
        (None, None, Some(key)) => owner_key(&key).map(OwnerLock::Key),
        (None, None, None) => wrong(
            owner,
            "expected `passphrase`, `autoPassphrase` with `publicKey`, or `publicKey`",
        ),
    }
}

fn passphrase(value: &Value<'_>) -> Result<SecretText, FieldError> {
    let text = value.text()?;
    if text.expose().is_empty() || text.expose().len() > MAX_TEXT {
        return wrong(value, format!("expected 1 to {MAX_TEXT} bytes of text"));
    }
    Ok(SecretText::new(text.expose().to_owned()))
}

fn owner_key(value: &Value<'_>) -> Result<RecoveryPublicKey, FieldError> {
    let text = value.text()?;
    read_public_key(text.expose().as_bytes())
        .map_err(|error| value.fault(FieldFault::Value(format!("no public key: {error}"))))
}

fn keysets(mapping: &Value<'_>) -> Result<Vec<Keyset>, FieldError> {
    let mut keysets: Vec<Keyset> = Vec::new();
    for entry in mapping.elements()? {
        let fields = object(&entry, &["keysetId", "algo", "minAccount"])?;
        let keyset = Keyset {
            id: fields.get("keysetId")?.integer(1..=MAX_NUMBER)?,
            algorithm: fields
                .find("algo")
                .map(|name| algorithm(&name))
                .transpose()?,
            min_account: fields.get("minAccount")?.integer(0..=MAX_NUMBER)?,
        };
        let is_same = |other: &Keyset| (other.id, other.algorithm) == (keyset.id, keyset.algorithm);
        if keysets.iter().any(is_same) {
            return wrong(&entry, "the keyset is mapped for this algorithm already");
        }
        keysets.push(keyset);
    }
    if keysets.len() > MAX_KEYSETS {
        return wrong(mapping, format!("{MAX_KEYSETS} entries are the most"));
    }
    Ok(keysets)
}

fn wallet_master(masters: &Value<'_>) -> Result<Option<MasterSpec>, FieldError> {
    let table = masters.object()?;
    let mut found = table.named();
    let Some((id, master)) = found.next() else {
        return Ok(None);
    };
    if let Some((_, second)) = found.next() {
        return wrong(&second, "a second wallet master: a kit has one");
    }

    let fields = object(&master, &["walletSeed", "assetSeed", "cosigners"])?;
    let list = fields.get("cosigners")?;
    let (mut cosigners, mut numbers) = (Vec::new(), HashSet::new());
    for element in list.elements()? {
        let cosigner = master_cosigner(&element)?;
        let is_listed = |other: &MasterCosigner| other.id == cosigner.id;
        if cosigners.iter().any(is_listed) {
            return wrong(&element, "the cosigner is listed twice");
        }
        if cosigner.master_key.is_some() && !numbers.insert(cosigner_number(cosigner.id)) {
            return wrong(
                &element,
                "its id begins as another cosigner's: both would have one entry in the kit",
            );
        }
        cosigners.push(cosigner);
    }
    if numbers.is_empty() || cosigners.len() > MAX_COSIGNERS {
        let text = format!("expected 1 to {MAX_COSIGNERS} cosigners, one of type `cloud` at least");
        return wrong(&list, text);
    }
    Ok(Some(MasterSpec {
        id: key_id(id, &master)?,
        wallet_seed: fields.get("walletSeed")?.secret_hex()?,
        asset_seed: fields.get("assetSeed")?.secret_hex()?,
        cosigners,
    }))
}

fn master_cosigner(element: &Value<'_>) -> Result<MasterCosigner, FieldError> {
    let fields = object(element, &["id", "type", "masterKey"])?;
    let kind = fields.get("type")?;
    let master_key = match kind.text()?.expose() {
        "cloud" => {
            let value = fields.get("masterKey")?;
            // The master key is an integer of secp256k1, whatever the wallet signs with.
            scalar(&value, Curve::Secp256k1)?;
            Some(value.secret_hex()?)
        }
        "mobile" => match fields.find("masterKey") {
            Some(value) => return wrong(&value, "a mobile cosigner has no master key in a kit"),
            None => None,
        },
        other => {
            let text = format!(
                "`{}` is no type of cosigner, expected `cloud` or `mobile`",
                shown_name(other)
            );
            return wrong(&kind, text);
        }
    };
    Ok(MasterCosigner {
        id: fields.get("id")?.uuid()?,
        master_key,
    })
}

/// What locks the owner's shares is there where the owner has one.
fn check_owner(spec: &KitSpec, top: &Object<'_>) -> Result<(), FieldError> {
    let devices = spec.keys.iter().flat_map(|key| &key.players);
    let devices: Vec<&Device> = devices
        .filter_map(|player| match player {
            Player::Device(device) => Some(device),
            _ => None,
        })
        .collect();
    match &spec.owner {
        None if !devices.is_empty() => top.get("owner").map(drop),
        Some(_) if devices.is_empty() => wrong(
            &top.get("owner")?,
            "no key has a share on the owner's device that this would lock",
        ),
        Some(OwnerLock::Key(_)) if devices.iter().any(|device| device.auxiliary.is_some()) => {
            wrong(
                &top.get("owner")?,
                "`auxiliaryKeys` beside a share are too long for an RSA key: only a passphrase locks them",
            )
        }
        _ => Ok(()),
    }
}

/// Every key is in a keyset that serves accounts.
fn check_keysets(spec: &KitSpec, top: &Object<'_>) -> Result<(), FieldError> {
    for key in &spec.keys {
        let keyset = key.keyset.unwrap_or(1);
        let serves = |entry: &Keyset| {
            let curve = entry.algorithm.map(Algorithm::curve);
            entry.id == keyset && curve.is_none_or(|curve| curve == key.algorithm.curve())
        };
        if keyset != 1 && !spec.keysets.iter().any(serves) {
            let value = top.get("keys")?.get(&key.id.to_string())?.get("keysetId")?;
            let text = format!("`keysetMapping` has no keyset {keyset} for this key's curve");
            return wrong(&value, text);
        }
    }
    Ok(())
}

/// Entries of a kit are named after ids of keys.
fn check_ids(spec: &KitSpec, top: &Object<'_>) -> Result<(), FieldError> {
    let Some(master) = &spec.wallet_master else {
        return Ok(());
    };
    if spec.keys.iter().all(|key| key.id != master.id) {
        return Ok(());
    }
    let value = top.get("masterKeys")?.get(&master.id.to_string())?;
    wrong(&value, "a workspace key has this id, too")
}

/// The format of 2019 has one ECDSA key in Shamir's shares, and nothing else.
fn check_oldest(spec: &KitSpec, top: &Object<'_>) -> Result<(), FieldError> {
    if let Some(value) = top.find("masterKeys").or_else(|| top.find("keysetMapping")) {
        return wrong(&value, "the oldest format has no such field");
    }
    let keys = top.get("keys")?;
    let [key] = spec.keys.as_slice() else {
        return wrong(&keys, "the oldest format has one key");
    };
    let value = keys.get(&key.id.to_string())?;
    if key.algorithm != Algorithm::ShamirEcdsa {
        let text = format!(
            "the oldest format has {} alone",
            Algorithm::ShamirEcdsa.name()
        );
        return wrong(&value.get("algo")?, text);
    }
    let odd = value.find("chainCode")?.or(value.find("keysetId")?);
    match odd {
        Some(odd) => wrong(&odd, "a key of the oldest format has no such field"),
        None => Ok(()),
    }
}
