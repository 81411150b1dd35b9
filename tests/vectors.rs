//! Walks `fixtures/`: every file is visited by a test that knows what it must give, or the walk fails.

use std::{collections::BTreeSet, path::Path};

use lifeboat::{
    crypto::{
        eddsa_variants::EddsaVariant,
        secret::Secret,
        server_share::{MasterKey, WalletMaster},
    },
    formats::{
        server_share::record::RecordFormat,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::derive::{Derivation, Form},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{
    Folder, KEY_PASSPHRASE, fixture, json_fixture, lifeboat, lifeboat_fed, read_fixture,
};

/// Which test answers for a fixture; `None` makes the walk fail.
fn visitor(name: &str) -> Option<&'static str> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    match (folder, file) {
        ("", "README.md") => Some("every_fixture_is_visited_and_explained"),
        ("keys", _) => Some("every_key_opens_or_is_refused_as_its_name_says"),
        ("kits", _) if file.ends_with(".zip") => Some("every_kit_…"),
        ("kits", _) => file
            .strip_suffix(".json")
            .filter(|kit| fixture(&format!("kits/{kit}.zip")).exists())
            .map(|_| "its kit"),
        ("specs", _) => Some("kit::create::…"),
        ("shares", "key-share-1.json") => Some("the_table_of_400_wallets"),
        ("shares", "eddsa-variants.json") => Some("server_share::confirm_eddsa::…"),
        ("shares", "takeover.json") => Some("every_combination_gives_the_same_keys"),
        ("backups", "device-backup.json") => Some("every_backup_recovers_and_takes_over"),
        ("backups", "spellings.json") => Some("a_device_id_in_any_spelling_…"),
        ("addresses", "bip_utils.json") => Some("every_address_is_that_of_the_other_library"),
        ("addresses", "other_forms.json") => Some("address_meanings::…"),
        ("age", _) => Some("age_files::…"),
        ("words", "slip39.json" | "reference.json") => Some("recovery_key::sheets::…"),
        ("sealed", _) => Some("sealed_vectors::…"),
        ("signatures", "libraries.json" | "chain_libraries.json" | "shapes.json") => {
            Some("library_signatures::…")
        }
        ("portal", "addresses.json" | "full_size.json" | "portal.json") => Some("portal::…"),
        ("demo", _) => DEMO.contains(&file).then_some("the_demo_…"),
        ("demo/device-backups" | "demo/passphrases", _) | ("demo/portal", _) => {
            Some("transcripts::…")
        }
        _ => None,
    }
}

const DEMO: [&str; 13] = [
    "kit.zip",
    "recovery-private.pem",
    "recovery-public.pem",
    "key-passphrase.txt",
    "owner-passphrase.txt",
    "wallets.txt",
    "expected-shares.json",
    "expected-keys.json",
    "devices.csv",
    "expected-full-keys.json",
    "endpoint-private.pem",
    "endpoint-public.pem",
    "endpoint-passphrase.txt",
];

/// Every file under `fixtures/`, as `folder/name`.
fn walk() -> Vec<String> {
    fn collect(folder: &Path, names: &mut Vec<String>) {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                collect(&path, names);
            } else {
                names.push(
                    path.strip_prefix(fixture(""))
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    let mut names = Vec::new();
    collect(&fixture(""), &mut names);
    names.sort();
    names
}

fn kits() -> Vec<String> {
    let kit = |name: &String| Some(name.strip_prefix("kits/")?.strip_suffix(".zip")?.to_owned());
    let kits: Vec<_> = walk().iter().filter_map(kit).collect();
    assert!(kits.len() >= 10, "{kits:?}");
    kits
}

/// The recovery key a kit was made for.
fn key_of(kit: &str) -> String {
    let name = if kit == "rsa2048" {
        "keys/old.pkcs8.pem"
    } else {
        "keys/recovery.pkcs8.pem"
    };
    fixture(name).to_str().unwrap().to_owned()
}

fn kit_file(kit: &str) -> String {
    fixture(&format!("kits/{kit}.zip"))
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn every_fixture_is_visited_and_explained() {
    let unvisited: Vec<_> = walk()
        .into_iter()
        .filter(|name| visitor(name).is_none())
        .collect();
    assert_eq!(unvisited, [""; 0], "no test knows these files");
    let readme = String::from_utf8(read_fixture("README.md")).unwrap();
    // The many small files of `sealed/` are explained in a page and a table of their own, which the vectors' test reads.
    let explained_here = |name: &String| name != "README.md" && !name.starts_with("sealed/");
    for name in walk().into_iter().filter(explained_here) {
        let stem = name.rsplit('/').next().unwrap().rsplit_once('.').unwrap().0;
        assert!(
            readme.contains(stem),
            "`{name}` is not explained in fixtures/README.md"
        );
    }
}

#[test]
fn every_key_opens_or_is_refused_as_its_name_says() {
    let bench = Folder::with_out();
    let passphrase = bench.put("passphrase", format!("{KEY_PASSPHRASE}\n"));
    let keys: Vec<_> = walk()
        .into_iter()
        .filter(|name| name.starts_with("keys/"))
        .collect();
    assert!(keys.len() >= 28, "{keys:?}");
    for name in keys {
        let file = fixture(&name);
        let said = lifeboat(&[
            "--json",
            "key",
            "show",
            file.to_str().unwrap(),
            "--key-passphrase-file",
            &passphrase,
        ]);
        let short = name.trim_start_matches("keys/");
        let refusal = match short.strip_prefix("refused.") {
            Some("pbes1.pem") => "key_scheme_unknown",
            Some("pbkdf2-rounds.pem" | "scrypt-memory.pem") => "key_work_factor",
            Some(
                "ec.pkcs8.pem"
                | "ec.sec1.pem"
                | "ec.public.pem"
                | "ed25519.openssh.pem"
                | "ed25519.public.pub",
            ) => "not_rsa",
            Some("pkcs12.p12" | "java.jks" | "putty.ppk" | "microsoft.pvk") => "key_other_format",
            Some("rsa1024.pem" | "public-size.pem") => "key_size",
            Some(other) if other.starts_with("public-") => "key_doubtful",
            Some(other) => panic!("no reason is known to refuse `{other}`"),
            None => {
                let shown = said.json();
                let pair = short.split('.').next().unwrap();
                assert_eq!(shown["fingerprint"], fingerprint_of(pair), "{name}");
                assert_eq!(
                    shown["bits"],
                    if pair == "old" { 2048 } else { 4096 },
                    "{name}"
                );
                assert_eq!(
                    shown["kind"],
                    if short.contains(".public.") {
                        "public"
                    } else {
                        "private"
                    },
                    "{name}"
                );
                continue;
            }
        };
        said.refused(2, refusal, &[short]);
    }
}

/// The fingerprint by hand: SHA-256 over the DER that the public PEM file holds.
fn fingerprint_of(pair: &str) -> String {
    let public = pem::parse(read_fixture(&format!("keys/{pair}.public.pem"))).unwrap();
    format!("SHA256:{}", hex::encode(Sha256::digest(public.contents())))
}

#[test]
fn every_kit_shows_what_it_holds_without_a_key() {
    let bench = Folder::with_out();
    for kit in kits() {
        let expected = json_fixture(&format!("kits/{kit}.json"));
        let said = bench.inspect(&kit_file(&kit));
        let shown = said.json();
        let keys = expected["keys"].as_object().unwrap();
        assert_eq!(shown["keys"].as_array().unwrap().len(), keys.len(), "{kit}");
        for key in shown["keys"].as_array().unwrap() {
            let known = &keys[key["keyId"].as_str().unwrap()];
            for field in ["algorithm", "publicKey", "keysetId"] {
                assert_eq!(key[field], known[field], "{kit}");
            }
            assert_eq!(key["cosignerShares"], 2, "{kit}");
        }
        let masters = shown["masterKeys"].as_array().unwrap();
        assert_eq!(
            masters.len(),
            usize::from(expected["wallets"].is_object()),
            "{kit}"
        );
        assert!(said.warnings().is_empty(), "{kit}");
        assert_eq!(shown["tenantId"].as_str().unwrap().len(), 36, "{kit}");
        let oldest = shown["format"].as_str().unwrap().starts_with("oldest");
        assert_eq!(oldest, kit == "oldest-format", "{kit}");
        assert!(!shown["entries"].as_array().unwrap().is_empty(), "{kit}");
    }
}

#[test]
fn every_kit_verifies_with_its_extended_public_keys() {
    let bench = Folder::with_out();
    for kit in kits() {
        let expected = json_fixture(&format!("kits/{kit}.json"));
        let owner = bench.put("owner", expected["passphrase"].as_str().unwrap());
        let (key, file) = (key_of(&kit), kit_file(&kit));
        let shown = lifeboat(&[
            "--json",
            "kit",
            "verify",
            &file,
            "--key",
            &key,
            "--owner-passphrase-file",
            &owner,
        ])
        .json();
        for check in shown["checks"].as_array().unwrap() {
            assert_eq!(check["result"], "ok", "{kit}: {check}");
        }
        compare_keys(
            &kit,
            &shown["keys"],
            &expected["keys"],
            "extendedPublicKey",
            "extendedPublicKey",
        );
        let text = shown.to_string();
        for known in expected["keys"].as_object().unwrap().values() {
            assert!(
                !text.contains(known["privateKey"].as_str().unwrap()),
                "{kit}"
            );
        }
    }
}

#[test]
fn every_kit_with_workspace_keys_reveals_them_into_a_file() {
    let bench = Folder::with_out();
    for kit in kits() {
        let expected = json_fixture(&format!("kits/{kit}.json"));
        if expected["keys"].as_object().unwrap().is_empty() {
            continue;
        }
        let owner = bench.put("owner", expected["passphrase"].as_str().unwrap());
        let (key, file, out) = (
            key_of(&kit),
            kit_file(&kit),
            bench.text(&format!("out/{kit}")),
        );
        let base = [
            "--json",
            "workspace",
            &file,
            "--key",
            &key,
            "--owner-passphrase-file",
            &owner,
        ];
        let shown = lifeboat(&base).json();
        compare_keys(
            &kit,
            &shown["keys"],
            &expected["keys"],
            "extendedPublicKey",
            "extendedPublicKey",
        );
        lifeboat(&[&base[..], &["--reveal", "--out", &out]].concat()).json();
        let written: Value = serde_json::from_str(&bench.result(&kit)).unwrap();
        compare_keys(
            &kit,
            &written,
            &expected["keys"],
            "privateKey",
            "extendedPrivateKey",
        );
        compare_keys(
            &kit,
            &written,
            &expected["keys"],
            "publicKey",
            "extendedPublicKey",
        );
    }
}

fn compare_keys(kit: &str, found: &Value, expected: &Value, field: &str, known_field: &str) {
    let (found, expected) = (found.as_array().unwrap(), expected.as_object().unwrap());
    assert_eq!(found.len(), expected.len(), "{kit}");
    for key in found {
        let known = &expected[key["keyId"].as_str().unwrap()];
        assert_eq!(key[field], known[known_field], "{kit}");
        assert_eq!(key["keysetId"], known["keysetId"], "{kit}");
        assert_eq!(key["algorithm"], known["algorithm"], "{kit}");
    }
}

#[test]
fn the_second_keyset_serves_from_its_first_account() {
    let shown = Folder::with_out().inspect(&kit_file("keysets")).json();
    let accounts: BTreeSet<_> = shown["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["minAccount"].as_u64())
        .collect();
    assert_eq!(accounts, BTreeSet::from([Some(0), Some(17)]));
}

#[test]
fn an_auto_generated_passphrase_opens_through_the_second_key() {
    let expected = json_fixture("kits/auto-passphrase.json");
    let (key, owner) = (
        key_of("auto-passphrase"),
        fixture("keys/passphrase.pkcs8.pem"),
    );
    let (kit, owner) = (kit_file("auto-passphrase"), owner.to_str().unwrap());
    let shown = lifeboat(&[
        "--json",
        "workspace",
        &kit,
        "--key",
        &key,
        "--owner-key",
        owner,
    ])
    .json();
    compare_keys(
        "auto-passphrase",
        &shown["keys"],
        &expected["keys"],
        "extendedPublicKey",
        "extendedPublicKey",
    );
    let wrong = lifeboat(&[
        "--json",
        "workspace",
        &kit,
        "--key",
        &key,
        "--owner-key",
        &key,
    ]);
    wrong.refused(3, "wrong_owner_key", &["RSA_PASSPHRASE", "--owner-key"]);
}

#[test]
fn every_kit_with_wallets_derives_their_shares_in_every_format() {
    let bench = Folder::with_out();
    for kit in kits() {
        let expected = json_fixture(&format!("kits/{kit}.json"))["wallets"].clone();
        let (key, file) = (key_of(&kit), kit_file(&kit));
        let Some(wallets) = expected.as_object() else {
            let wallet = crate::support::forge::WALLET;
            lifeboat(&[
                "--json",
                "derive",
                &file,
                "--key",
                &key,
                "--out",
                &bench.text("out/none"),
                wallet,
            ])
            .refused(2, "no_wallet_master", &["NON_CUSTODIAL_WALLET_MASTER"]);
            continue;
        };
        // Not the order of the alphabet, so that the order out shows that it is the order in.
        let ids: Vec<&str> = wallets.keys().rev().map(String::as_str).collect();
        let list = bench.put("ids", ids.join("\n"));
        let both = wallets
            .values()
            .all(|wallet| wallet["shares"][0]["MPC_CMP_EDDSA_ED25519"].is_string());
        let algorithm = if both { "both" } else { "ecdsa" };
        let derive = |format: &str| {
            let out = bench.text(&format!("out/{kit}.{format}"));
            let what = [
                "--wallets",
                &list,
                "--out",
                &out,
                "--format",
                format,
                "--algorithm",
                algorithm,
            ];
            let shown =
                lifeboat(&[&["--json", "derive", &file, "--key", &key][..], &what].concat()).json();
            assert_eq!(shown["wallets"], ids.len(), "{kit}");
            bench.result(&format!("{kit}.{format}"))
        };
        let text = derive("json");
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            expected,
            "{kit}"
        );
        let places: Vec<_> = ids.iter().map(|id| text.find(id).unwrap()).collect();
        assert!(places.is_sorted(), "{kit}: order in is not order out");
        compare_lines(&derive("ndjson"), &ids, &expected);
        assert_eq!(derive("csv"), rows_of(&ids, &expected), "{kit}");
    }
}

fn compare_lines(text: &str, ids: &[&str], expected: &Value) {
    assert_eq!(text.lines().count(), ids.len());
    for (line, id) in text.lines().zip(ids) {
        let mut record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            record.as_object_mut().unwrap().remove("walletId").unwrap(),
            *id
        );
        assert_eq!(record, expected[*id]);
    }
}

fn rows_of(ids: &[&str], expected: &Value) -> String {
    let mut text = "wallet_id,chaincode,cosigner,algorithm,share\n".to_owned();
    for id in ids {
        for shares in expected[*id]["shares"].as_array().unwrap() {
            for algorithm in ["MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519"] {
                let Some(share) = shares[algorithm].as_str() else {
                    continue;
                };
                let (chain, cosigner) = (&expected[*id]["chaincode"], &shares["cosigner"]);
                text += &format!(
                    "{id},{},{},{algorithm},{share}\n",
                    chain.as_str().unwrap(),
                    cosigner.as_str().unwrap()
                );
            }
        }
    }
    text
}

#[test]
fn the_table_of_400_wallets() {
    let table = json_fixture("shares/key-share-1.json");
    let secret = |text: &Value| {
        Secret::<32>::from_slice(&hex::decode(text.as_str().unwrap()).unwrap()).unwrap()
    };
    let masters = table["masterKeys"].as_object().unwrap();
    let master = WalletMaster {
        wallet_seed: secret(&table["walletSeed"]),
        asset_seed: secret(&table["assetSeed"]),
        master_keys: masters
            .values()
            .map(|key| MasterKey::new(secret(key)).unwrap())
            .collect(),
    };
    let cosigners: Vec<_> = masters
        .keys()
        .map(|id| uuid::Uuid::parse_str(id).unwrap())
        .collect();
    let algorithms = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];
    let format = RecordFormat::Json;
    let form = Form::Clear(format);
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &algorithms,
        eddsa: EddsaVariant::default(),
        form,
        part: 0..u64::MAX,
        threads: 1,
    };
    let expected = table["expect"].as_object().unwrap();
    assert_eq!(expected.len(), 400);
    let mut text = format.header().as_bytes().to_vec();
    for (index, id) in expected.keys().enumerate() {
        let id = WalletId::parse(id.as_bytes()).unwrap();
        format.write(&derivation.record(id), index == 0, &mut text);
    }
    text.extend(format.footer().as_bytes());
    let derived: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(derived, table["expect"]);
    let first_zero = |wallet: &Value| {
        wallet["shares"][0]["MPC_CMP_ECDSA_SECP256K1"]
            .as_str()
            .unwrap()
            .starts_with('0')
    };
    assert_eq!(
        derived
            .as_object()
            .unwrap()
            .values()
            .filter(|wallet| first_zero(wallet))
            .count(),
        30
    );
}

/// The path of a file of the demo.
fn demo(name: &str) -> String {
    let path = fixture(&format!("demo/{name}"));
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_demo_kit_gives_what_its_readme_promises() {
    let bench = Folder::with_out();
    let secrets = [
        "--key",
        &demo("recovery-private.pem"),
        "--key-passphrase-file",
        &demo("key-passphrase.txt"),
    ];
    let owner = ["--owner-passphrase-file", &demo("owner-passphrase.txt")];
    let (kit, wallets, out) = (
        demo("kit.zip"),
        demo("wallets.txt"),
        bench.text("out/shares.json"),
    );
    let what = ["--wallets", &wallets, "--out", &out, "--algorithm", "both"];
    lifeboat(&[&["derive", &kit][..], &secrets, &what].concat()).done();
    let derived: Value = serde_json::from_str(&bench.result("shares.json")).unwrap();
    assert_eq!(derived, json_fixture("demo/expected-shares.json"));
    assert_eq!(derived.as_object().unwrap().len(), 12);
    let verified =
        lifeboat(&[&["--json", "kit", "verify", &kit][..], &secrets, &owner].concat()).json();
    let keys = json_fixture("demo/expected-keys.json");
    compare_keys(
        "demo",
        &verified["keys"],
        &keys,
        "extendedPublicKey",
        "extendedPublicKey",
    );
    let public = lifeboat(&["--json", "key", "show", &demo("recovery-public.pem")]).json();
    assert_eq!(verified["key"], public["fingerprint"]);
}

/// Takeovers of the demo's device backups give the public keys that other libraries computed.
#[test]
fn the_demo_wallets_give_their_full_keys() {
    let bench = Folder::with_out();
    let expected = json_fixture("demo/expected-full-keys.json");
    let wallets: Vec<String> = expected.as_object().unwrap().keys().cloned().collect();
    let list = bench.put("two.txt", wallets.join("\n"));
    let [shares, devices, full] =
        ["shares.json", "devices", "full.json"].map(|name| bench.text(&format!("out/{name}")));

    let (kit, key, passphrase) = (
        demo("kit.zip"),
        demo("recovery-private.pem"),
        demo("key-passphrase.txt"),
    );
    lifeboat(&[
        "derive",
        &kit,
        "--key",
        &key,
        "--key-passphrase-file",
        &passphrase,
        "--wallets",
        &list,
        "--algorithm",
        "both",
        "--out",
        &shares,
    ])
    .done();
    let (backups, csv, passphrases) = (
        demo("device-backups"),
        demo("devices.csv"),
        demo("passphrases"),
    );
    lifeboat(&[
        "share",
        "recover",
        &backups,
        "--devices",
        &csv,
        "--passphrase-dir",
        &passphrases,
        "--out",
        &devices,
    ])
    .done();
    lifeboat(&[
        "takeover",
        "--server-shares",
        &shares,
        "--wallets",
        &list,
        "--device-shares",
        &devices,
        "--reveal",
        "--out",
        &full,
    ])
    .done();

    let taken = bench.result("full.json");
    let mut taken = taken
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    for (wallet, keys) in expected.as_object().unwrap() {
        let record = taken.next().unwrap();
        assert_eq!(record["walletId"], **wallet);
        let own = record["keys"].as_array().unwrap();
        for key in keys.as_array().unwrap() {
            let own = own.iter().find(|own| own["keyId"] == key["keyId"]).unwrap();
            let extended = own["publicKey"].as_str().unwrap();
            // The key is the last of it, before four bytes of checksum.
            let bytes = bs58::decode(extended).into_vec().unwrap();
            let bytes = &bytes[..bytes.len() - 4];
            assert!(hex::encode(bytes).ends_with(key["publicKey"].as_str().unwrap()));
        }
    }
}

#[test]
fn the_demo_passphrase_can_come_from_standard_input() {
    let bench = Folder::with_out();
    let (kit, key, out) = (
        demo("kit.zip"),
        demo("recovery-private.pem"),
        bench.text("out/shares.json"),
    );
    let (list, passphrase) = (demo("wallets.txt"), read_fixture("demo/key-passphrase.txt"));
    let command = [
        "--json",
        "derive",
        &kit,
        "--key",
        &key,
        "--key-passphrase-file",
        "-",
        "--out",
        &out,
        "--wallets",
    ];
    lifeboat_fed(&[&command[..], &[&list]].concat(), &passphrase).json();
    assert_eq!(bench.results(), ["shares.json"]);
    lifeboat_fed(&[&command[..], &["-"]].concat(), &passphrase).refused(
        2,
        "output_exists",
        &["shares.json"],
    );
}
