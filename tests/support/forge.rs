//! A forge for kits, sound ones and every kind of broken one, from the library's public parts and the `zip` crate.

use std::io::{Cursor, Write};

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{crypto::rsa::OaepHash, formats::recovery_key::file::read_public_key};
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::read_fixture;

/// A wallet that the tests derive.
pub(crate) const WALLET: &str = "0b9d8c1e-52f7-4a36-9e64-7f1d2c3b4a59";
/// Another one.
pub(crate) const WALLET_2: &str = "c4e1a7d0-3b58-4f92-8d16-a05b9e7f6c23";
/// The id of the forge's wallet master.
pub(crate) const MASTER_ID: &str = "5f2c6e8a-91b3-4d70-a4f5-6e7d8c9b0a12";
/// The cloud cosigner of the wallet master.
pub(crate) const COSIGNER: &str = "a1b2c3d4-e5f6-4789-8abc-def012345678";
/// Its number: the first 4 bytes of its id, little-endian.
pub(crate) const NUMBER: u32 = 0xd4c3_b2a1;
/// The id of the workspace key.
pub(crate) const KEY_ID: &str = "7e3a9d15-c862-4b07-95e1-0f4d8b2a6c39";
/// The owner's passphrase of the forge's workspace kits.
pub(crate) const OWNER_PASSPHRASE: &str = "Xylophone-Quartz 19";
/// The cosigner's workspace master key.
pub(crate) const MASTER_KEY: &str =
    "1f2e3d4c5b6a79880796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f1";
/// The group order of secp256k1.
pub(crate) const ORDER_K: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
/// The group order of ed25519.
pub(crate) const ORDER_E: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
/// Shares of the workspace key.
pub(crate) const SHARE_1: &str = "0000000000000000000000000000000000000000000000000000000075bcd15a";
/// The other one; 1 less than the key minus the first, so that both add up to 1 and the public key is the generator.
pub(crate) const SHARE_2: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8c5a796fe8";
/// What must never be shown of the forge's kits.
pub(crate) const SECRETS_IN_HEX: [&str; 5] =
    [MASTER_KEY, SHARE_2, WALLET_SEED, ASSET_SEED, "75bcd15a"];

const WALLET_SEED: &str = "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748ff";
const ASSET_SEED: &str = "5a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778ee";
const CHAIN_CODE: &str = "8a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8dd";
const GENERATOR_K: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const GENERATOR_E: &str = "5866666666666666666666666666666666666666666666666666666666666666";

/// The operating system's randomness.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Seals as cosigner entries are sealed, to a public key of `fixtures/keys`.
pub(crate) fn seal_to(key: &str, plain: &[u8]) -> Vec<u8> {
    let key = read_public_key(&read_fixture(&format!("keys/{key}.public.pem"))).unwrap();
    key.seal(&mut rng(), OaepHash::Sha1, plain).unwrap()
}

/// Seals to the recovery key.
pub(crate) fn seal(plain: &[u8]) -> Vec<u8> {
    seal_to("recovery", plain)
}

/// The bytes that hexadecimal digits spell.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// A kit in the making.
pub(crate) struct Forge {
    pub(crate) metadata: Value,
    pub(crate) entries: Vec<(String, Vec<u8>)>,
}

impl Forge {
    /// A sound kit with a wallet master and one cloud cosigner.
    pub(crate) fn wallets() -> Self {
        let metadata = json!({
            "chainCode": CHAIN_CODE,
            "tenantId": "3c9b1f70-8d2e-4a65-b7f4-e01d5c6a2b98",
            "keys": {},
            "masterKeys": { MASTER_ID: {
                "type": "NON_CUSTODIAL_WALLET_MASTER",
                "walletSeed": WALLET_SEED,
                "assetSeed": ASSET_SEED,
                "cosigners": [{ "id": COSIGNER, "type": "cloud" }],
            } },
        });
        Self {
            metadata,
            entries: vec![(Self::master_entry(), seal(&unhex(MASTER_KEY)))],
        }
    }

    /// A sound kit with one workspace key (additive, private key 1) of two cloud cosigners.
    pub(crate) fn workspace() -> Self {
        Self::workspace_of("MPC_CMP_ECDSA_SECP256K1", GENERATOR_K, [SHARE_1, SHARE_2])
    }

    /// A kit with one additive ed25519 key of these shares, its public key that of the private key 1.
    pub(crate) fn workspace_ed(shares: [&str; 2]) -> Self {
        Self::workspace_of("MPC_CMP_EDDSA_ED25519", GENERATOR_E, shares)
    }

    fn workspace_of(algorithm: &str, public_key: &str, shares: [&str; 2]) -> Self {
        let metadata = json!({
            "chainCode": CHAIN_CODE,
            "tenantId": "3c9b1f70-8d2e-4a65-b7f4-e01d5c6a2b98",
            "keys": { KEY_ID: { "publicKey": public_key, "algo": algorithm } },
        });
        let entry = |(index, share): (usize, &str)| (Self::share_entry(index), seal(&unhex(share)));
        Self {
            metadata,
            entries: shares.into_iter().enumerate().map(entry).collect(),
        }
    }

    /// The name of the entry that holds the master key.
    pub(crate) fn master_entry() -> String {
        format!("{NUMBER}_{MASTER_ID}")
    }

    /// The name of the entry that holds a share of the workspace key.
    pub(crate) fn share_entry(index: usize) -> String {
        format!("{}_{KEY_ID}", 1_000 + index)
    }

    /// The wallet master in metadata.
    pub(crate) fn master(&mut self) -> &mut Value {
        &mut self.metadata["masterKeys"][MASTER_ID]
    }

    /// The workspace key in metadata.
    pub(crate) fn key(&mut self) -> &mut Value {
        &mut self.metadata["keys"][KEY_ID]
    }

    /// The content of an entry.
    pub(crate) fn entry(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self
            .entries
            .iter_mut()
            .find(|(entry, _)| entry == name)
            .unwrap()
            .1
    }

    /// Adds an entry.
    pub(crate) fn add(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.entries.push((name.to_owned(), bytes.into()));
        self
    }

    /// All files with their names.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = self.entries.clone();
        files.push((
            "metadata.json".to_owned(),
            self.metadata.to_string().into_bytes(),
        ));
        files
    }

    /// The files with all names under a folder.
    pub(crate) fn in_folder(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        self.files()
            .into_iter()
            .map(|(name, bytes)| (format!("{folder}{name}"), bytes))
            .collect()
    }

    /// The kit as a zip file.
    pub(crate) fn zip(&self) -> Vec<u8> {
        zip_of(&self.files())
    }

    /// With two entries of the master key's name.
    pub(crate) fn zip_with_twins(self) -> Vec<u8> {
        let twin = Self::master_entry().replace('_', "-");
        let mut zip = self.add(&twin, "something else").zip();
        rename(&mut zip, &twin, &Self::master_entry());
        zip
    }

    /// With every entry marked as one under a zip password.
    pub(crate) fn zip_under_password(&self) -> Vec<u8> {
        let mut zip = self.zip();
        for start in 0..zip.len() - 4 {
            match &zip[start..start + 4] {
                b"PK\x03\x04" => zip[start + 6] |= 1,
                b"PK\x01\x02" => zip[start + 8] |= 1,
                _ => {}
            }
        }
        zip
    }

    /// With a wrong byte in the deflated `metadata.json`.
    pub(crate) fn zip_with_damaged_metadata(&self) -> Vec<u8> {
        let mut zip = self.zip();
        let name = zip.windows(13).position(|name| name == b"metadata.json");
        zip[name.unwrap() + 60] ^= 0x55;
        zip
    }

    /// Twice, in two folders of one zip file.
    pub(crate) fn zip_of_two(&self) -> Vec<u8> {
        zip_of(&[self.in_folder("a/"), self.in_folder("b/")].concat())
    }
}

/// A zip file of these entries, deflated.
pub(crate) fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Gives an entry another name of the same length, in both places a zip file names it.
pub(crate) fn rename(zip: &mut [u8], from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    for start in 0..=zip.len() - from.len() {
        if zip[start..].starts_with(from.as_bytes()) {
            zip[start..start + to.len()].copy_from_slice(to.as_bytes());
        }
    }
}

/// The recovery key under scrypt, with another `r` and `p` than 8 and 1.
pub(crate) fn scrypt_key(block_size: u8, parallelization: &[u8]) -> String {
    let mut der = pem::parse(read_fixture("keys/recovery.pkcs8.scrypt.pem"))
        .unwrap()
        .into_contents();
    let cost = [2, 1, 8, 2, 1, 1];
    let at = der
        .windows(cost.len())
        .position(|bytes| bytes == cost)
        .unwrap();
    der[at + 2] = block_size;
    der.splice(at + 5..at + 6, parallelization.iter().copied());
    pem::encode(&pem::Pem::new("ENCRYPTED PRIVATE KEY", der))
}
