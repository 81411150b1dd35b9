//! Random kits of 1 to 3 cosigners, derived by the binary and by an independent Python reference.

use std::process::{Command, Stdio};

use getrandom::rand_core::Rng;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{
    Folder,
    forge::{Forge, MASTER_ID, rng, seal},
};

const WALLETS: usize = 40;

/// What `tests/server_share/reference.py` answers; `None` where there is no Python.
pub(crate) fn reference(request: &Value) -> Option<Value> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/server_share/reference.py"
    );
    let mut python = Command::new("python3");
    let mut python = python
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    serde_json::to_writer(python.stdin.take().unwrap(), request).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the reference failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}

fn random_id() -> String {
    Uuid::from_bytes(random()).to_string()
}

/// A master key below the group order, now and then with leading zeros.
fn random_master(index: usize) -> [u8; 32] {
    let mut key: [u8; 32] = random();
    key[0] &= 0x7f;
    key[..index].fill(0);
    key
}

#[test]
fn random_kits_agree_with_an_independent_reference() {
    for cosigners in 1..=3 {
        let (mut forge, mut master_keys) = (Forge::wallets(), Map::new());
        forge.entries.clear();
        let (wallet_seed, asset_seed) = (hex::encode(random::<32>()), hex::encode(random::<32>()));
        let mut listed = Vec::new();
        for index in 0..cosigners {
            let (id, key) = (Uuid::from_bytes(random()), random_master(index));
            let number = u32::from_le_bytes(*id.as_bytes().first_chunk().unwrap());
            forge
                .entries
                .push((format!("{number}_{MASTER_ID}"), seal(&key)));
            listed.push(json!({ "id": id, "type": "cloud" }));
            master_keys.insert(id.to_string(), hex::encode(key).into());
        }
        listed.insert(
            cosigners / 2,
            json!({ "id": random_id(), "type": "mobile" }),
        );
        let order: Vec<Value> = listed
            .iter()
            .filter(|cosigner| cosigner["type"] == "cloud")
            .map(|cosigner| cosigner["id"].clone())
            .collect();
        forge.master()["cosigners"] = listed.into();
        forge.master()["walletSeed"] = wallet_seed.as_str().into();
        forge.master()["assetSeed"] = asset_seed.as_str().into();
        let wallets: Vec<String> = (0..WALLETS).map(|_| random_id()).collect();
        let request = json!({
            "walletSeed": wallet_seed, "assetSeed": asset_seed, "masterKeys": master_keys, "wallets": wallets,
        });
        let Some(expected) = reference(&request) else {
            return eprintln!("skipped: there is no python3 to ask the reference with");
        };
        let bench = Folder::with_out();
        let (kit, list) = (
            bench.put("kit.zip", forge.zip()),
            bench.put("list", wallets.join("\n")),
        );
        let shown = bench
            .derive(&kit, &["--wallets", &list, "--algorithm", "both"])
            .json();
        assert_eq!(
            shown["cosigners"],
            Value::from(order),
            "the kit's order of cosigners"
        );
        let derived: Value = serde_json::from_str(&bench.result("shares")).unwrap();
        assert_same(derived, expected);
    }
}

/// The same shares of the same cosigners; the reference has its own order of cosigners.
fn assert_same(mut derived: Value, mut expected: Value) {
    for side in [&mut derived, &mut expected] {
        for wallet in side.as_object_mut().unwrap().values_mut() {
            wallet["shares"]
                .as_array_mut()
                .unwrap()
                .sort_by_key(|shares| shares["cosigner"].to_string());
        }
    }
    assert_eq!(derived.as_object().unwrap().len(), WALLETS);
    assert_eq!(derived, expected);
}
