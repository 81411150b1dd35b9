//! `metadata.json`: not JSON, fields that are missing or wrong.

use serde_json::{Value, json};

use super::{all_refuse, derive_refuses};
use crate::support::{
    Folder,
    forge::{COSIGNER, Forge, KEY_ID, MASTER_ID, WALLET, seal, zip_of},
};

type Change<'a> = (&'a str, Box<dyn Fn(&mut Forge)>);

/// Applies each change to a sound kit of both sorts; every command must name the field.
#[track_caller]
fn each_refused(code: &str, changes: Vec<Change<'_>>) {
    for (field, change) in changes {
        let mut forge = both();
        change(&mut forge);
        all_refuse(&forge.zip(), code, &[field, "`metadata.json`"]);
    }
}

/// A sound kit with a workspace key and a wallet master.
fn both() -> Forge {
    let (mut forge, wallets) = (Forge::workspace(), Forge::wallets());
    forge.metadata["masterKeys"] = wallets.metadata["masterKeys"].clone();
    forge.entries.extend(wallets.entries);
    forge
}

fn set(field: &str, value: Value) -> Change<'_> {
    let path = field.to_owned();
    (
        field,
        Box::new(move |forge| *at(forge, &path) = value.clone()),
    )
}

fn remove(field: &str) -> Change<'_> {
    let path = field.to_owned();
    let change = move |forge: &mut Forge| {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let removed = at(forge, parent).as_object_mut().unwrap().remove(name);
        assert!(removed.is_some(), "{path} was not there");
    };
    (field, Box::new(change))
}

/// The value at a path such as `masterKeys.ID.cosigners[0].type`.
fn at<'a>(forge: &'a mut Forge, path: &str) -> &'a mut Value {
    let steps = path.split(['.', '[']).filter(|step| !step.is_empty());
    steps.fold(&mut forge.metadata, |value, step| {
        match step.strip_suffix(']') {
            Some(index) => &mut value[index.parse::<usize>().unwrap()],
            None => &mut value[step],
        }
    })
}

fn in_key(field: &str) -> String {
    format!("keys.{KEY_ID}.{field}")
}

fn in_master(field: &str) -> String {
    format!("masterKeys.{MASTER_ID}.{field}")
}

#[test]
fn metadata_that_is_not_json() {
    let entries = Forge::wallets().entries;
    for (text, place) in [
        ("", "line 1"),
        ("{\n\n  \"chainCode\": oops\n}", "line 3"),
        ("\u{1}PK", "line 1"),
    ] {
        let files = [
            entries.clone(),
            vec![("metadata.json".to_owned(), text.as_bytes().to_vec())],
        ]
        .concat();
        all_refuse(&zip_of(&files), "not_json", &["`metadata.json`", place]);
    }
}

#[test]
fn metadata_in_utf16() {
    let text: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    all_refuse(
        &zip_of(&[("metadata.json".to_owned(), text)]),
        "not_json",
        &["`metadata.json`"],
    );
}

#[test]
fn metadata_of_another_json_type() {
    for text in ["[]", "\"text\"", "7", "null"] {
        all_refuse(
            &zip_of(&[("metadata.json".to_owned(), text.into())]),
            "wrong_type",
            &["`metadata.json`"],
        );
    }
}

#[test]
fn metadata_nested_without_end() {
    let text = "[".repeat(200_000);
    all_refuse(
        &zip_of(&[("metadata.json".to_owned(), text.into())]),
        "not_json",
        &["`metadata.json`"],
    );
}

#[test]
fn missing_fields() {
    let fields = [
        "chainCode".to_owned(),
        in_key("publicKey"),
        in_key("algo"),
        in_master("type"),
        in_master("walletSeed"),
        in_master("assetSeed"),
        in_master("cosigners"),
        in_master("cosigners[0].id"),
        in_master("cosigners[0].type"),
    ];
    each_refused(
        "missing_field",
        fields.iter().map(|field| remove(field)).collect(),
    );
}

#[test]
fn missing_fields_of_the_oldest_form() {
    for field in ["keyId", "publicKey"] {
        let mut forge = Forge::workspace();
        let key = forge.key()["publicKey"].clone();
        forge.metadata.as_object_mut().unwrap().remove("keys");
        forge.metadata["keyId"] = KEY_ID.into();
        forge.metadata["publicKey"] = key;
        forge.metadata.as_object_mut().unwrap().remove(field);
        all_refuse(&forge.zip(), "missing_field", &[field]);
    }
}

#[test]
fn fields_of_another_json_type() {
    let fields = [
        ("chainCode".to_owned(), json!(7)),
        ("tenantId".to_owned(), json!([])),
        ("keys".to_owned(), json!([])),
        ("masterKeys".to_owned(), json!("none")),
        ("keysetMapping".to_owned(), json!({})),
        (in_key("publicKey"), json!({})),
        (in_key("algo"), json!(1)),
        (in_key("keysetId"), json!("1")),
        (in_master("walletSeed"), json!([1, 2])),
        (in_master("cosigners"), json!({})),
        (in_master("cosigners[0]"), json!("cloud")),
        (in_master("cosigners[0].type"), json!(true)),
    ];
    each_refused(
        "wrong_type",
        fields
            .iter()
            .map(|(field, value)| set(field, value.clone()))
            .collect(),
    );
}

#[test]
fn hex_with_an_odd_number_of_digits_or_foreign_characters() {
    let [key, own] = [in_key("publicKey"), in_key("chainCode")];
    let [wallet_seed, asset_seed] = [in_master("walletSeed"), in_master("assetSeed")];
    for (end, what) in [
        ("a", "odd number"),
        ("zz", "foreign"),
        ("0x", "foreign"),
        ("a ", "foreign"),
        ("éé", "foreign"),
    ] {
        for field in ["chainCode", &key, &own, &wallet_seed, &asset_seed] {
            let mut forge = both();
            forge.key()["chainCode"] = Value::Null;
            *at(&mut forge, field) = format!("{}{end}", "0".repeat(62)).into();
            derive_refuses(&forge.zip(), 2, "bad_hex", &[field, what]);
        }
    }
}

#[test]
fn seeds_and_chain_codes_of_the_wrong_length() {
    let fields = [
        "chainCode".to_owned(),
        in_master("walletSeed"),
        in_master("assetSeed"),
        in_key("chainCode"),
    ];
    for length in [0, 1, 31, 33, 64] {
        for field in &fields {
            let mut forge = both();
            forge.key()["chainCode"] = Value::Null;
            *at(&mut forge, field) = "ab".repeat(length).into();
            derive_refuses(
                &forge.zip(),
                2,
                "wrong_length",
                &[field, &length.to_string(), "expected 32"],
            );
        }
    }
}

#[test]
fn public_keys_that_are_none() {
    let field = in_key("publicKey");
    each_refused(
        "wrong_length",
        vec![set(&field, json!("02".repeat(32))), set(&field, json!(""))],
    );
    each_refused(
        "bad_value",
        vec![
            set(&field, json!("05".repeat(33))),
            set(&field, json!("ff".repeat(33))),
        ],
    );
}

#[test]
fn ids_in_another_spelling() {
    let upper = COSIGNER.to_uppercase();
    let field = in_master("cosigners[0].id");
    each_refused(
        "bad_uuid",
        vec![set(&field, json!(upper)), set("tenantId", json!("tenant"))],
    );
    let mut forge = Forge::wallets();
    let master = forge.master().take();
    forge.metadata["masterKeys"] = json!({ MASTER_ID.to_uppercase(): master });
    derive_refuses(&forge.zip(), 2, "bad_uuid", &[&MASTER_ID.to_uppercase()]);
}

#[test]
fn a_cosigner_type_in_another_spelling() {
    let field = in_master("cosigners[0].type");
    for spelling in ["Cloud", "CLOUD", "cloud ", "server", ""] {
        each_refused("bad_value", vec![set(&field, json!(spelling))]);
    }
}

#[test]
fn no_cloud_cosigner() {
    let (kind, all) = (in_master("cosigners[0].type"), in_master("cosigners"));
    let mut forge = Forge::wallets();
    *at(&mut forge, &kind) = "mobile".into();
    derive_refuses(
        &forge.zip(),
        2,
        "bad_value",
        &[&all, "no cosigner of type `cloud`"],
    );
    *at(&mut forge, &all) = json!([]);
    derive_refuses(
        &forge.zip(),
        2,
        "bad_value",
        &[&all, "no cosigner of type `cloud`"],
    );
}

#[test]
fn a_cosigner_listed_twice() {
    let mut forge = Forge::wallets();
    let twice = forge.master()["cosigners"][0].clone();
    forge.master()["cosigners"]
        .as_array_mut()
        .unwrap()
        .push(twice);
    derive_refuses(&forge.zip(), 2, "bad_value", &[COSIGNER, "twice"]);
}

#[test]
fn no_wallet_master() {
    let words = ["NON_CUSTODIAL_WALLET_MASTER"];
    derive_refuses(&Forge::workspace().zip(), 2, "no_wallet_master", &words);
    let mut forge = Forge::wallets();
    forge.metadata["masterKeys"] = json!({});
    derive_refuses(&forge.zip(), 2, "no_wallet_master", &words);
    let mut forge = Forge::wallets();
    forge.master()["type"] = "SOMETHING_ELSE".into();
    derive_refuses(&forge.zip(), 2, "no_wallet_master", &words);
}

#[test]
fn several_wallet_masters() {
    let mut forge = Forge::wallets();
    forge.metadata["masterKeys"]["00000000-0000-4000-8000-000000000001"] = forge.master().clone();
    derive_refuses(
        &forge.zip(),
        2,
        "several_wallet_masters",
        &["2 wallet master keys", "exactly one"],
    );
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    bench.verify(&kit).refused(3, "kit_not_verified", &[]);
    bench.inspect(&kit).json();
}

#[test]
fn an_unknown_algorithm() {
    let field = in_key("algo");
    for name in [
        "MPC_CMP_ECDSA_SECP256R1",
        "mpc_cmp_ecdsa_secp256k1",
        "",
        "MPC_CMP_ECDSA_SECP256K1 ",
    ] {
        each_refused("bad_value", vec![set(&field, json!(name))]);
    }
}

#[test]
fn a_keyset_id_out_of_range() {
    let field = in_key("keysetId");
    let values = [
        json!(0),
        json!(-1),
        json!(1u64 << 31),
        json!(1u64 << 32),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
    ];
    each_refused(
        "bad_value",
        values.into_iter().map(|value| set(&field, value)).collect(),
    );
}

#[test]
fn a_keyset_mapping_out_of_range() {
    for (field, value) in [
        ("keysetId", json!(0)),
        ("minAccount", json!(-1)),
        ("minAccount", json!(1u64 << 40)),
    ] {
        let mut forge = both();
        forge.metadata["keysetMapping"] = json!([{ "keysetId": 1, "minAccount": 0 }]);
        forge.metadata["keysetMapping"][0][field] = value;
        all_refuse(
            &forge.zip(),
            "bad_value",
            &[&format!("keysetMapping[0].{field}")],
        );
    }
}

#[test]
fn metadata_with_a_byte_order_mark_and_fields_nobody_knows_is_read() {
    let mut forge = Forge::wallets();
    forge.metadata["somethingNew"] = json!({ "a": [1, null] });
    forge.master()["comment"] = json!("tolerated");
    let text = [
        b"\xef\xbb\xbf".to_vec(),
        forge.metadata.to_string().into_bytes(),
    ]
    .concat();
    let files = [
        forge.entries.clone(),
        vec![("metadata.json".to_owned(), text)],
    ]
    .concat();
    let bench = Folder::with_out();
    bench
        .derive(&bench.put("kit.zip", zip_of(&files)), &[WALLET])
        .json();
}

/// A share that is left out, or that counts twice, makes every wallet's key another one.
#[test]
fn metadata_and_entries_name_the_same_cosigners() {
    let unlisted = Forge::wallets().add(&format!("7_{MASTER_ID}"), seal(&[9; 32]));
    let mut shared = Forge::wallets();
    let twin = format!("{}ffff-4000-8000-000000000009", &COSIGNER[..9]);
    shared.master()["cosigners"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": twin, "type": "cloud" }));
    for (forge, words) in [(unlisted, "does not list"), (shared, "same kit entry")] {
        let bench = Folder::with_out();
        let kit = bench.put("kit.zip", forge.zip());
        bench
            .derive(&kit, &[WALLET])
            .refused(3, "cosigners_differ", &[words]);
        bench.is_clean();
        let verified = bench.verify(&kit);
        let checks = verified.outcome()["checks"].to_string();
        assert!(checks.contains(words), "{checks}");
        assert_eq!(verified.exit, 3, "{checks}");
    }
}
