//! A workspace with several keysets: the right key for an account, by its name, in `export` and `sign`.
//!
//! Keyset 2 of `fixtures/kits/keysets.zip` serves from account 17. The addresses are computed from the kit's keys by
//! another implementation, in Python, as in `chain_codes.rs`.

use serde_json::{Value, json};

use crate::support::{Folder, fixture, forge::zip_of, json_fixture, lifeboat, zip_files};

/// Account, keyset that serves it, `m/44/0/account/0/0` of that keyset, and of the other one.
const ACCOUNTS: [(&str, u32, &str, &str); 2] = [
    (
        "5",
        1,
        "1FBUhoQNj74uRNmY1Dogp5CMjbXksPKufA",
        "1523Yukpp1hMA1TPxWGr3VmwHcgtV4Kevr",
    ),
    (
        "20",
        2,
        "1BMfThEGbZ6t6p9TUhe57puMLDnJfEH16q",
        "1PaFE1sQhj7riMqj5VcKWKxHq9moekL42s",
    ),
];

const EXPORT: [&str; 6] = [
    "export",
    "keys",
    "--chain",
    "btc",
    "--address-type",
    "p2pkh",
];

/// The keys of a kit, as `workspace --reveal` writes them, on a bench.
fn keys_of(kit: &std::path::Path) -> Folder {
    let bench = Folder::new();
    let secret = json_fixture("kits/keysets.json")["passphrase"].clone();
    bench.write("owner", secret.as_str().unwrap());
    let key = fixture("keys/recovery.pkcs8.pem");
    let secrets = ["--key", key.to_str().unwrap()];
    let owner = ["--owner-passphrase-file", "owner"];
    let out = ["--reveal", "--out", "keys"];
    let workspace = ["workspace", kit.to_str().unwrap()];
    bench.done(&[&workspace[..], &secrets, &owner, &out].concat());
    bench
}

fn bench() -> Folder {
    keys_of(&fixture("kits/keysets.zip"))
}

#[test]
fn each_account_has_the_key_of_its_keyset() {
    let bench = bench();
    for (account, keyset, own, other) in ACCOUNTS {
        let at = [&EXPORT[..], &["--account", account]].concat();
        let table = bench.done(&at).stdout;
        assert!(table.contains(&format!("keyset {keyset}\n")), "{table}");
        assert!(table.contains(own) && !table.contains(other), "{table}");

        let list = bench.done(&[&at[..], &["--format", "json"]].concat());
        let list: Value = serde_json::from_str(&list.stdout).unwrap();
        assert_eq!(list.as_array().unwrap().len(), 1);
        assert_eq!(list[0]["keysetId"], keyset);
        assert_eq!(list[0]["address"], own);

        bench.done(&[&at[..], &["--expect", own]].concat());
        bench.refused(
            3,
            "address_differs",
            &[&at[..], &["--expect", other]].concat(),
        );

        let path = format!("m/44/0/{account}/0/0");
        let by_path = bench.done(&[&EXPORT[..], &["--path", &path]].concat());
        assert!(by_path.stdout.contains(own) && !by_path.stdout.contains(other));
    }
}

#[test]
fn another_keyset_is_taken_when_it_is_named() {
    let bench = bench();
    for (account, keyset, _, other) in ACCOUNTS {
        let named = (3 - keyset).to_string();
        let at = [&EXPORT[..], &["--account", account, "--keyset", &named]].concat();
        let shown = bench.done(&at).stdout;
        assert!(shown.contains(other), "{shown}");
    }
    bench.refused(
        2,
        "no_such_keyset",
        &[&EXPORT[..], &["--keyset", "3"]].concat(),
    );
}

#[test]
fn the_csv_of_keysets_can_be_given_back() {
    let bench = bench();
    for place in [["--account", "20"], ["--path", "m/7"]] {
        let at = [&EXPORT[..], &place].concat();
        let csv = bench.done(&[&at[..], &["--format", "csv"]].concat()).stdout;
        assert!(
            csv.starts_with("wallet_id,chain,path,public_key,address,address_type,keyset_id\n")
        );
        bench.write("list.csv", &csv);
        bench.done(&[&at[..], &["--expect-file", "list.csv"]].concat());
    }
}

#[test]
fn sign_takes_the_keyset_of_the_account_and_says_which() {
    let bench = bench();
    bench.write("digest", [7; 32]);
    let sign = [
        "sign",
        "keys",
        "digest",
        "--prehashed",
        "--chain",
        "btc",
        "--address-type",
        "p2pkh",
        "--json",
    ];
    for (account, keyset, own, other) in ACCOUNTS {
        let at = [&sign[..], &["--account", account]].concat();
        let signed = bench.done(&at).json();
        assert_eq!(signed["address"], own);
        assert_eq!(signed["keysetId"], keyset);

        let named = (3 - keyset).to_string();
        let signed = bench.done(&[&at[..], &["--keyset", &named]].concat());
        assert_eq!(signed.outcome()["address"], other);
    }
    let path = [&sign[..8], &["--path", "m/7"]].concat();
    let run = bench.refused(2, "several_wallets", &path);
    assert!(run.stdout.contains("--keyset N"), "{}", run.stdout);
}

#[test]
fn keysets_are_mapped_by_algorithm_and_may_have_chain_codes_of_their_own() {
    let folder = Folder::with_out();
    let mut files = zip_files("kits/keysets.zip");
    let (_, bytes) = files
        .iter_mut()
        .find(|(name, _)| name == "metadata.json")
        .unwrap();
    let mut metadata: Value = serde_json::from_slice(bytes).unwrap();
    let eddsa = "fa880f63-abc5-47e2-b29f-9711cc70378d";
    metadata["keys"][eddsa]["keysetId"] = json!(2);
    metadata["keys"][eddsa]["chainCode"] = json!("ab".repeat(32));
    metadata["keysetMapping"] = json!([
        { "keysetId": 1, "algo": "MPC_ECDSA_SECP256K1", "minAccount": 0 },
        { "keysetId": 2, "algo": "MPC_ECDSA_SECP256K1", "minAccount": 17 },
        { "keysetId": 1, "algo": "MPC_EDDSA_ED25519", "minAccount": 0 },
        { "keysetId": 2, "algo": "MPC_EDDSA_ED25519", "minAccount": 40 },
    ]);
    *bytes = metadata.to_string().into_bytes();
    let kit = folder.put("kit.zip", zip_of(&files));

    let shown = lifeboat(&["--json", "kit", "inspect", &kit]).json();
    let first = |id: &str| {
        let keys = shown["keys"].as_array().unwrap();
        keys.iter().find(|key| key["keyId"] == id).unwrap()["minAccount"].clone()
    };
    assert_eq!(first("4e6af4d7-bf4f-48c7-8081-9ba93a6b8cc6"), 17);
    assert_eq!(first(eddsa), 40);

    let bench = keys_of(std::path::Path::new(&kit));
    let sol = ["export", "keys", "--chain", "sol", "--account"];
    bench.done(&[&sol[..], &["40"]].concat());
    bench.refused(2, "no_such_keyset", &[&sol[..], &["39"]].concat());
}
