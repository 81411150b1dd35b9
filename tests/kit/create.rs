//! `kit create`: kits of every generation, made of the secrets of kits that others made, and what no kit can be made of.

use std::collections::BTreeMap;

use lifeboat::{
    formats::{
        kit::{container::Kit, spec::KitSpec},
        recovery_key::file::{PrivateKeyFile, read_private_key, read_public_key},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        create_kit::{create_kit, create_kit_files, expected_record},
        invent_workspace::{invent_wallets, invent_workspace},
        open_kit::{OwnerSecret, open_wallet_master},
        verify_kit::verify,
    },
};
use serde_json::{Value, json};

use crate::support::{
    Folder, fixture, forge::rng, json_fixture, read_fixture, schema, text, workload::key, zip_files,
};

/// The SPECs that were taken out of kits of `fixtures/kits`, by those kits' names.
const KITS: [&str; 10] = [
    "auto-passphrase",
    "full",
    "keysets",
    "oldest-format",
    "rsa2048",
    "wallets-only",
    "wallets-three-cosigners",
    "wallets-two-cosigners",
    "workspace-cmp",
    "workspace-shamir",
];

const EDDSA: &str = "MPC_CMP_EDDSA_ED25519";

fn spec(name: &str) -> String {
    let path = fixture(&format!("specs/{name}.json"));
    path.to_str().unwrap().to_owned()
}

pub(super) fn public(pair: &str) -> String {
    let path = fixture(&format!("keys/{pair}.public.pem"));
    path.to_str().unwrap().to_owned()
}

/// The pair that a kit of the fixtures was made for.
fn pair_of(name: &str) -> &'static str {
    if name == "rsa2048" { "old" } else { "recovery" }
}

/// Makes a kit of a SPEC of the fixtures; the outcome.
fn create(bench: &Folder, name: &str) -> Value {
    let (spec, public) = (spec(name), public(pair_of(name)));
    let base = ["kit", "create", &spec, "--public-key", &public];
    let run = bench.run_json(&[&base[..], &["--out", "kit.zip"]].concat());
    run.json()
}

/// What the owner's shares open with: flags and their values.
fn owner(bench: &Folder, name: &str) -> Vec<String> {
    let owner = &json_fixture(&format!("specs/{name}.json"))["owner"];
    if let Some(passphrase) = owner["passphrase"].as_str() {
        let file = bench.put("owner-secret", passphrase);
        return vec!["--owner-passphrase-file".to_owned(), file];
    }
    if owner.is_object() {
        return vec!["--owner-key".to_owned(), key("passphrase.pkcs8")];
    }
    Vec::new()
}

fn run<'a>(first: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    let more = more.iter().map(String::as_str);
    first.iter().copied().chain(more).collect()
}

/// The kit in the folder opens, and gives what is expected of it.
#[track_caller]
fn gives(bench: &Folder, name: &str, expected: &Value) {
    let (private, owner) = (key(&format!("{}.pkcs8", pair_of(name))), owner(bench, name));
    let verify = ["kit", "verify", "kit.zip", "--key", &private];
    let shown = bench.run_json(&run(&verify, &owner)).json();
    for check in shown["checks"].as_array().unwrap() {
        assert_eq!(check["result"], "ok", "{name}: {check}");
    }

    let known = expected["keys"].as_object().unwrap();
    assert_eq!(
        shown["keys"].as_array().unwrap().len(),
        known.len(),
        "{name}"
    );
    if !known.is_empty() {
        let reveal = [
            "workspace",
            "kit.zip",
            "--key",
            &private,
            "--out",
            "keys",
            "--unencrypted",
        ];
        bench.run_json(&run(&reveal, &owner)).json();
        for found in bench.read_json("keys").as_array().unwrap() {
            let known = &known[text(&found["keyId"])];
            assert_eq!(found["privateKey"], known["extendedPrivateKey"], "{name}");
            assert_eq!(found["publicKey"], known["extendedPublicKey"], "{name}");
            assert_eq!(found["keysetId"], known["keysetId"], "{name}");
        }
    }

    let Some(wallets) = expected["wallets"].as_object() else {
        return;
    };
    let ids: Vec<&str> = wallets.keys().map(String::as_str).collect();
    bench.write("list", ids.join("\n"));
    let algorithm = if wallets[ids[0]]["shares"][0].get(EDDSA).is_some() {
        "both"
    } else {
        "ecdsa"
    };
    let derive = [
        "derive",
        "kit.zip",
        "--key",
        &private,
        "--wallets",
        "list",
        "--out",
        "shares",
    ];
    bench.done(&[&derive[..], &["--algorithm", algorithm]].concat());
    assert_eq!(&bench.read_json("shares"), &expected["wallets"], "{name}");
}

#[test]
fn the_secrets_of_every_kit_make_that_kit_again() {
    for name in KITS {
        let bench = Folder::new();
        let outcome = create(&bench, name);
        let expected = json_fixture(&format!("kits/{name}.json"));
        gives(&bench, name, &expected);
        for key in outcome["keys"].as_array().unwrap() {
            let known = &expected["keys"][text(&key["keyId"])];
            assert_eq!(
                key["extendedPublicKey"], known["extendedPublicKey"],
                "{name}"
            );
        }

        let made = bench.read_bytes("kit.zip");
        let made = files_of(&made);
        let original: BTreeMap<_, _> = zip_files(&format!("kits/{name}.zip")).into_iter().collect();
        let metadata = |files: &BTreeMap<String, Vec<u8>>| -> Value {
            serde_json::from_slice(&files["metadata.json"]).unwrap()
        };
        assert_eq!(metadata(&made), metadata(&original), "{name}");
        let mut names: Vec<&String> = made.keys().collect();
        if name != "oldest-format" {
            names.retain(|name| *name != "backup.public_key.pem");
            assert_eq!(
                made["backup.public_key.pem"],
                read_fixture(&format!("keys/{}.public.pem", pair_of(name)))
            );
        }
        assert_eq!(names, original.keys().collect::<Vec<_>>(), "{name}");
    }
}

fn files_of(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let kit = Kit::from_zip(zip).unwrap();
    assert!(kit.warnings.is_empty(), "{:?}", kit.warnings);
    let entries = kit.entries.into_iter();
    entries.map(|entry| (entry.name, entry.bytes)).collect()
}

#[test]
fn a_key_that_is_told_whole_is_shared_among_its_players() {
    let bench = Folder::new();
    create(&bench, "self-serve");
    gives(
        &bench,
        "self-serve",
        &json_fixture("specs/self-serve.expected.json"),
    );

    let metadata = &files_of(&bench.read_bytes("kit.zip"))["metadata.json"];
    let metadata: Value = serde_json::from_slice(metadata).unwrap();
    let keys = metadata["keys"].as_object().unwrap();
    for key in keys.values() {
        let types = key["cosigners"].as_array().unwrap().iter();
        let types: Vec<&str> = types.map(|cosigner| text(&cosigner["type"])).collect();
        assert_eq!(types, ["cloud", "cloud", "cloud", "mobile"]);
    }
}

/// Half of the shares are enough for the Shamir key of `self-serve`, and one is not.
#[test]
fn any_shares_that_are_enough_make_the_key() {
    let bench = Folder::new();
    create(&bench, "self-serve");
    let files = files_of(&bench.read_bytes("kit.zip"));
    let owner = key("passphrase.pkcs8");
    let base = [
        "workspace",
        "kit",
        "--key",
        &key("recovery.pkcs8"),
        "--owner-key",
        &owner,
    ];
    let spec = json_fixture("specs/self-serve.json");
    let keys = spec["keys"].as_object().unwrap();
    let (id, _) = keys.iter().find(|(_, key)| key["threshold"] == 2).unwrap();
    let shares: Vec<&String> = files
        .keys()
        .filter(|name| name.ends_with(id.as_str()))
        .collect();
    assert_eq!(shares.len(), 4);

    // Only this key in metadata, and of its entries the ones that are left.
    let mut metadata: Value = serde_json::from_slice(&files["metadata.json"]).unwrap();
    let only = json!({ id: metadata["keys"][id] });
    metadata["keys"] = only;
    metadata.as_object_mut().unwrap().remove("masterKeys");
    let with = |left: &[&String]| {
        std::fs::create_dir_all(bench.path("kit")).unwrap();
        bench.write_json("kit/metadata.json", &metadata);
        for name in left {
            bench.write(&format!("kit/{name}"), &files[*name]);
        }
        let run = bench.run_json(&base);
        std::fs::remove_dir_all(bench.path("kit")).unwrap();
        run
    };
    for (index, first) in shares.iter().enumerate() {
        for second in &shares[index + 1..] {
            with(&[first, second]).json();
        }
        with(&[first]).refused(3, "public_key_mismatch", &[]);
    }
}

#[test]
fn an_invented_workspace_is_recovered_from_its_kit() {
    let bench = Folder::new();
    let public = public("recovery");
    let create = [
        "kit",
        "create",
        "--generate",
        "--public-key",
        &public,
        "--out",
        "kit.zip",
    ];
    let more = ["--wallets", "5", "--spec-out", "spec.json"];
    let run = bench.run_json(&[&create[..], &more].concat());
    let made = run.json();
    assert!(
        run.warnings().iter().any(|text| text.contains("spec.json")),
        "{made}"
    );
    let written: Vec<&str> = made["written"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| text(&file["path"]))
        .collect();
    assert_eq!(written, ["kit.zip", "kit.zip.wallets.txt", "spec.json"]);
    for file in written {
        assert_eq!(bench.mode(file), 0o600, "{file}");
    }

    let spec = bench.read_json("spec.json");
    schema::is_as("input/kit-spec", &spec);
    assert!(!run.stderr.contains(text(&spec["owner"]["passphrase"])));
    let known = KitSpec::parse(bench.read("spec.json").as_bytes()).unwrap();
    bench.write("owner", text(&spec["owner"]["passphrase"]));
    let private = key("recovery.pkcs8");
    let secrets = ["--key", &private, "--owner-passphrase-file", "owner"];
    let shown = bench
        .run_json(&[&["kit", "verify", "kit.zip"], &secrets[..]].concat())
        .json();
    let extended = |keys: &Value| -> Vec<(String, String)> {
        let mut keys: Vec<_> = keys
            .as_array()
            .unwrap()
            .iter()
            .map(|key| {
                (
                    text(&key["keyId"]).to_owned(),
                    text(&key["extendedPublicKey"]).to_owned(),
                )
            })
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(extended(&shown["keys"]), extended(&made["keys"]));
    assert_eq!(extended(&made["keys"]).len(), 2);

    let derive = [
        "derive",
        "kit.zip",
        "--wallets",
        "kit.zip.wallets.txt",
        "--algorithm",
        "both",
        "--out",
        "shares",
        "--key",
        &private,
    ];
    bench.done(&derive);
    let shares = bench.read_json("shares");
    assert_eq!(shares.as_object().unwrap().len(), 5);
    for (wallet, record) in shares.as_object().unwrap() {
        assert_eq!(record, &expected(&known, wallet), "{wallet}");
    }

    // Another kit of the same workspace recovers the same.
    bench.done(&[
        "kit",
        "create",
        "spec.json",
        "--public-key",
        &public,
        "--out",
        "again.zip",
    ]);
    let again = bench
        .run_json(&[&["kit", "verify", "again.zip"], &secrets[..]].concat())
        .json();
    assert_eq!(extended(&again["keys"]), extended(&made["keys"]));
}

/// The record of a wallet as a SPEC gives it without a kit.
fn expected(spec: &KitSpec, wallet: &str) -> Value {
    let wallet = WalletId::parse(wallet.as_bytes()).unwrap();
    let record =
        expected_record(spec, &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa], wallet).unwrap();
    let shares = record.shares.iter().map(|cosigner| {
        let mut share = json!({ "cosigner": cosigner.cosigner.to_string() });
        for (algorithm, bytes) in &cosigner.shares {
            share[algorithm.name()] = hex::encode(bytes.expose()).into();
        }
        share
    });
    json!({ "chaincode": hex::encode(record.chain_code.expose()), "shares": shares.collect::<Vec<_>>() })
}

#[test]
fn what_is_written_of_a_spec_is_read_as_the_same() {
    for name in KITS.iter().chain(&["self-serve"]) {
        let bytes = read_fixture(&format!("specs/{name}.json"));
        schema::is_as("input/kit-spec", &serde_json::from_slice(&bytes).unwrap());
        let first = KitSpec::parse(&bytes).unwrap().to_json();
        let second = KitSpec::parse(first.expose().as_bytes()).unwrap().to_json();
        assert_eq!(first.expose(), second.expose(), "{name}");

        // What is left out when it is read and written is only what says nothing.
        let read: Value = serde_json::from_str(first.expose()).unwrap();
        let mut given: Value = serde_json::from_slice(&bytes).unwrap();
        given["keys"] = given["keys"]
            .as_object()
            .cloned()
            .unwrap_or_default()
            .into();
        for (id, key) in given["keys"].as_object_mut().unwrap() {
            key["publicKey"] = read["keys"][id]["publicKey"].clone();
        }
        assert_eq!(read, given, "{name}");
    }
}

/// A rehearsal in memory: the library alone, without a file.
#[test]
fn a_kit_is_made_and_opened_in_memory() {
    let (spec, public) = (
        invent_workspace(&mut rng()),
        read_fixture("keys/recovery.public.pem"),
    );
    let public = read_public_key(&public).unwrap();
    let private = match read_private_key(&read_fixture("keys/recovery.pkcs8.pem")).unwrap() {
        PrivateKeyFile::Open(private) => private,
        PrivateKeyFile::Locked(_) => panic!("it is not locked"),
    };
    let zip = Kit::from_zip(&create_kit(&spec, &public, &mut rng())).unwrap();
    let folder = Kit::from_files(create_kit_files(&spec, &public, &mut rng())).unwrap();
    for kit in [zip, folder] {
        let owner = OwnerSecret::Passphrase(spec.owner_passphrase().unwrap());
        let found = verify(&kit, &private, Some(&owner), &mut rng());
        assert!(found.held() && found.keys.len() == 2);
        let (master, cosigners) = open_wallet_master(&kit, &private, &mut rng()).unwrap();
        let (known, ids) = spec.wallet_master().unwrap();
        assert!(master.joined().same_as(&known.joined()) && cosigners == ids);
    }
    let wallets: Vec<WalletId> = invent_wallets(&mut rng()).take(3).collect();
    assert!(wallets[0] != wallets[1] && wallets[1] != wallets[2]);
    assert_eq!(wallets[0].as_str().as_bytes()[14], b'4', "a random UUID");
}

#[test]
fn a_kit_and_what_belongs_to_it_are_written_together_or_not_at_all() {
    let public = public("recovery");
    let create = [
        "kit",
        "create",
        "--generate",
        "--public-key",
        &public,
        "--out",
        "kit.zip",
    ];
    let all = [&create[..], &["--wallets", "2", "--spec-out", "spec.json"]].concat();
    for taken in ["kit.zip", "kit.zip.wallets.txt", "spec.json"] {
        let bench = Folder::new();
        bench.write(taken, "the only copy of something");
        bench.refused(2, "output_exists", &all);
        assert_eq!(bench.read(taken), "the only copy of something");
    }

    let bench = Folder::new();
    let private = key("recovery.pkcs8");
    let wrong = [&create[..4], &[&private, "--out", "kit.zip"]].concat();
    let run = bench.run_json(&wrong);
    assert_eq!((run.exit, bench.names().len()), (2, 0), "{}", run.stderr);
    let to_output = [
        "kit",
        "create",
        "--generate",
        "--public-key",
        &public,
        "--out",
        "-",
    ];
    bench.refused(2, "usage", &to_output);
    let list_of_known = [
        "kit",
        "create",
        &spec("full"),
        "--public-key",
        &public,
        "--out",
        "kit.zip",
        "--wallets",
        "2",
    ];
    bench.refused(2, "usage", &list_of_known);
}

#[test]
fn a_spec_comes_from_standard_input_too() {
    let bench = Folder::new();
    let public = public("recovery");
    let create = [
        "kit",
        "create",
        "-",
        "--public-key",
        &public,
        "--out",
        "kit.zip",
    ];
    let run = bench.run_fed(&create, &read_fixture("specs/wallets-only.json"));
    assert_eq!(run.exit, 0, "{}", run.stderr);
    gives(
        &bench,
        "wallets-only",
        &json_fixture("kits/wallets-only.json"),
    );
}
