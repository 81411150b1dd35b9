//! SPECs of which no kit can be made: the field is named, and nothing is written.

use serde_json::{Value, json};

use super::create::public;
use crate::support::{Folder, json_fixture, read_fixture, schema, text};

/// What is wrong with a SPEC, the code that it ends with, and the field that is named; whether the schema tells, too.
type Refusal = (
    &'static str,
    fn(&mut Value),
    &'static str,
    &'static str,
    bool,
);

const ECDSA_KEY: &str = "0b6da926-2796-4f5c-971c-51c21c649a02";

fn shares(spec: &mut Value) -> &mut Vec<Value> {
    spec["keys"][ECDSA_KEY]["shares"].as_array_mut().unwrap()
}

/// Of `workspace-cmp`.
const OF_KEYS: &[Refusal] = &[
    (
        "no tenant",
        |spec| remove(spec, "tenantId"),
        "missing_field",
        "tenantId",
        true,
    ),
    (
        "a short chain code",
        |spec| spec["chainCode"] = "00ff".into(),
        "wrong_length",
        "chainCode",
        true,
    ),
    (
        "an unknown field",
        |spec| spec["tenant"] = 1.into(),
        "bad_value",
        "tenant",
        true,
    ),
    (
        "an unknown format",
        |spec| spec["format"] = "newest".into(),
        "bad_value",
        "format",
        true,
    ),
    (
        "no keys",
        |spec| spec["keys"] = json!({}),
        "bad_value",
        "keys",
        true,
    ),
    (
        "an unknown algorithm",
        |spec| spec["keys"][ECDSA_KEY]["algo"] = "MPC_ECDSA".into(),
        "bad_value",
        "algo",
        true,
    ),
    (
        "another public key",
        |spec| {
            let key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
            spec["keys"][ECDSA_KEY]["publicKey"] = key.into();
        },
        "bad_value",
        "publicKey",
        false,
    ),
    (
        "a public key of another length",
        |spec| spec["keys"][ECDSA_KEY]["publicKey"] = "02ab".into(),
        "wrong_length",
        "publicKey",
        true,
    ),
    (
        "another private key",
        |spec| spec["keys"][ECDSA_KEY]["privateKey"] = "07".repeat(32).into(),
        "bad_value",
        "privateKey",
        false,
    ),
    (
        "a key id in capitals",
        |spec| rename_key(spec, &ECDSA_KEY.to_uppercase()),
        "bad_uuid",
        "0B6DA926-2796-4F5C-971C-51C21C649A02",
        true,
    ),
    (
        "keyset 0",
        |spec| spec["keys"][ECDSA_KEY]["keysetId"] = 0.into(),
        "bad_value",
        "keysetId",
        true,
    ),
    (
        "a keyset that is not mapped",
        |spec| spec["keys"][ECDSA_KEY]["keysetId"] = 2.into(),
        "bad_value",
        "keysetId",
        false,
    ),
    (
        "a keyset that is mapped twice",
        |spec| {
            let entry = json!({ "keysetId": 1, "minAccount": 0 });
            spec["keysetMapping"] = json!([entry, entry]);
        },
        "bad_value",
        "keysetMapping[1]",
        false,
    ),
    (
        "a first account that is no number",
        |spec| spec["keysetMapping"] = json!([{ "keysetId": 1, "minAccount": -1 }]),
        "bad_value",
        "keysetMapping[0].minAccount",
        true,
    ),
    (
        "no shares",
        |spec| shares(spec).clear(),
        "bad_value",
        "shares",
        true,
    ),
    (
        "a short share",
        |spec| shares(spec)[1]["share"] = "07".into(),
        "wrong_length",
        "shares[1].share",
        true,
    ),
    (
        "a share that is no number",
        |spec| shares(spec)[1]["share"] = 7.into(),
        "wrong_type",
        "shares[1].share",
        true,
    ),
    (
        "a share of zero",
        |spec| shares(spec)[1]["share"] = "00".repeat(32).into(),
        "bad_value",
        "shares[1].share",
        false,
    ),
    (
        "a share over the order",
        |spec| shares(spec)[1]["share"] = "ff".repeat(32).into(),
        "bad_value",
        "shares[1].share",
        false,
    ),
    (
        "a missing share",
        |spec| remove(&mut shares(spec)[1], "share"),
        "bad_value",
        "shares[1]",
        false,
    ),
    (
        "a share where the others have none",
        |spec| {
            shares(spec)
                .iter_mut()
                .take(2)
                .for_each(|share| remove(share, "share"));
        },
        "bad_value",
        "shares[2]",
        false,
    ),
    (
        "neither shares nor a key",
        |spec| {
            shares(spec)
                .iter_mut()
                .for_each(|share| remove(share, "share"));
        },
        "bad_value",
        "shares",
        false,
    ),
    (
        "a cosigner who is listed twice",
        |spec| shares(spec)[1]["number"] = shares(spec)[0]["number"].clone(),
        "bad_value",
        "shares[1]",
        false,
    ),
    (
        "a cosigner whose id has the number of another",
        |spec| {
            let share = json!({ "cosigner": "21926ecc-0000-4000-8000-000000000000", "share": shares(spec)[1]["share"] });
            shares(spec)[1] = share;
        },
        "bad_value",
        "shares[1]",
        false,
    ),
    (
        "a number that is no u32",
        |spec| shares(spec)[0]["number"] = 4_294_967_296_u64.into(),
        "bad_value",
        "shares[0].number",
        true,
    ),
    (
        "two devices",
        |spec| {
            let device = shares(spec)[2].clone();
            shares(spec).push(device);
        },
        "bad_value",
        "shares[3]",
        false,
    ),
    (
        "a player of two kinds",
        |spec| shares(spec)[2]["number"] = 7.into(),
        "bad_value",
        "shares[2]",
        true,
    ),
    (
        "a device without a user",
        |spec| remove(&mut shares(spec)[2], "userId"),
        "missing_field",
        "shares[2].userId",
        true,
    ),
    (
        "a tag that is no truth",
        |spec| shares(spec)[2]["tagged"] = 1.into(),
        "wrong_type",
        "shares[2].tagged",
        true,
    ),
    (
        "a threshold over the players",
        |spec| spec["keys"][ECDSA_KEY]["threshold"] = 4.into(),
        "bad_value",
        "threshold",
        false,
    ),
    (
        "a threshold of an additive key",
        |spec| spec["keys"][ECDSA_KEY]["threshold"] = 2.into(),
        "bad_value",
        "threshold",
        false,
    ),
    (
        "no owner",
        |spec| remove(spec, "owner"),
        "missing_field",
        "owner",
        false,
    ),
    (
        "an owner without a secret",
        |spec| spec["owner"] = json!({}),
        "bad_value",
        "owner",
        true,
    ),
    (
        "an owner with an empty passphrase",
        |spec| spec["owner"]["passphrase"] = "".into(),
        "bad_value",
        "owner.passphrase",
        true,
    ),
    (
        "two passphrases",
        |spec| spec["owner"]["autoPassphrase"] = "another one".into(),
        "bad_value",
        "owner.autoPassphrase",
        true,
    ),
    (
        "a passphrase under no key",
        |spec| spec["owner"] = json!({ "autoPassphrase": "alone" }),
        "missing_field",
        "owner.publicKey",
        true,
    ),
    (
        "a key that is none",
        |spec| spec["owner"] = json!({ "publicKey": "-----BEGIN nothing" }),
        "bad_value",
        "owner.publicKey",
        false,
    ),
    (
        "a passphrase too long for the key",
        |spec| {
            let key = String::from_utf8(read_fixture("keys/old.public.pem")).unwrap();
            spec["owner"] = json!({ "autoPassphrase": "a".repeat(191), "publicKey": key });
        },
        "bad_value",
        "owner.autoPassphrase",
        false,
    ),
    (
        "two keys in the oldest format",
        |spec| spec["format"] = "oldest".into(),
        "bad_value",
        "keys",
        false,
    ),
];

/// Of `wallets-two-cosigners`.
const OF_WALLETS: &[Refusal] = &[
    (
        "a short seed",
        |spec| master(spec)["walletSeed"] = "07".into(),
        "wrong_length",
        "walletSeed",
        true,
    ),
    (
        "no seed",
        |spec| remove(master(spec), "assetSeed"),
        "missing_field",
        "assetSeed",
        true,
    ),
    (
        "a master key of zero",
        |spec| master(spec)["cosigners"][0]["masterKey"] = "00".repeat(32).into(),
        "bad_value",
        "cosigners[0].masterKey",
        false,
    ),
    (
        "a master key over the order",
        |spec| master(spec)["cosigners"][0]["masterKey"] = "ff".repeat(32).into(),
        "bad_value",
        "cosigners[0].masterKey",
        false,
    ),
    (
        "no master key",
        |spec| remove(&mut master(spec)["cosigners"][0], "masterKey"),
        "missing_field",
        "cosigners[0].masterKey",
        true,
    ),
    (
        "a mobile master key",
        |spec| master(spec)["cosigners"][0]["type"] = "mobile".into(),
        "bad_value",
        "cosigners[0].masterKey",
        true,
    ),
    (
        "another type",
        |spec| master(spec)["cosigners"][0]["type"] = "Cloud".into(),
        "bad_value",
        "cosigners[0].type",
        true,
    ),
    (
        "a cosigner who is listed twice",
        |spec| {
            let id = master(spec)["cosigners"][0]["id"].clone();
            master(spec)["cosigners"][1]["id"] = id;
        },
        "bad_value",
        "cosigners[1]",
        false,
    ),
    (
        "two cosigners of one entry",
        |spec| {
            let id = text(&master(spec)["cosigners"][0]["id"]).to_owned();
            master(spec)["cosigners"][1]["id"] =
                format!("{}{}", &id[..8], "-0000-4000-8000-000000000000").into();
        },
        "bad_value",
        "cosigners[1]",
        false,
    ),
    (
        "no cosigner",
        |spec| master(spec)["cosigners"] = json!([]),
        "bad_value",
        "cosigners",
        true,
    ),
    (
        "two wallet masters",
        |spec| {
            let second = master(spec).clone();
            spec["masterKeys"]["11111111-0000-4000-8000-000000000000"] = second;
        },
        "bad_value",
        "11111111-0000-4000-8000-000000000000",
        true,
    ),
    (
        "an owner who has nothing",
        |spec| spec["owner"] = json!({ "passphrase": "of nothing" }),
        "bad_value",
        "owner",
        false,
    ),
];

/// Of `workspace-shamir`.
const OF_POINTS: &[Refusal] = &[
    (
        "a share of another polynomial",
        |spec| {
            let key = first(&mut spec["keys"]);
            key["threshold"] = 2.into();
        },
        "bad_value",
        "shares[2]",
        false,
    ),
    (
        "one player who would have the key",
        |spec| first(&mut spec["keys"])["threshold"] = 1.into(),
        "bad_value",
        "threshold",
        false,
    ),
    (
        "a device at the place of the key",
        |spec| {
            let id = "00000000-0000-4000-8000-000000000000";
            let shares = first(&mut spec["keys"])["shares"].as_array_mut().unwrap();
            let device = shares
                .iter_mut()
                .find(|share| share.get("deviceId").is_some());
            device.unwrap()["deviceId"] = id.into();
        },
        "bad_value",
        "shares[2]",
        false,
    ),
];

fn first(table: &mut Value) -> &mut Value {
    table.as_object_mut().unwrap().values_mut().next().unwrap()
}

fn master(spec: &mut Value) -> &mut Value {
    first(&mut spec["masterKeys"])
}

fn remove(object: &mut Value, name: &str) {
    object.as_object_mut().unwrap().remove(name).unwrap();
}

fn rename_key(spec: &mut Value, to: &str) {
    let keys = spec["keys"].as_object_mut().unwrap();
    let key = keys.remove(ECDSA_KEY).unwrap();
    keys.insert(to.to_owned(), key);
}

#[test]
fn a_spec_of_which_no_kit_can_be_made_names_its_field() {
    let all = [
        ("workspace-cmp", OF_KEYS),
        ("wallets-two-cosigners", OF_WALLETS),
        ("workspace-shamir", OF_POINTS),
    ];
    for (name, refusals) in all {
        for (what, change, code, field, schema_tells) in refusals {
            let bench = Folder::new();
            let mut spec = json_fixture(&format!("specs/{name}.json"));
            change(&mut spec);
            bench.write_json("spec.json", &spec);
            let public = public("recovery");
            let create = [
                "kit",
                "create",
                "spec.json",
                "--public-key",
                &public,
                "--out",
                "kit.zip",
            ];
            let run = bench.refused(2, code, &create);
            let named = run.message().split('`').skip(1).step_by(2);
            let named: Vec<&str> = named.collect();
            assert!(
                named.iter().any(|path| path.ends_with(field)),
                "{what}: {}",
                run.message()
            );
            assert!(named.contains(&"spec.json"), "{what}: {}", run.message());
            let told = !schema::errors("input/kit-spec", &spec).is_empty();
            assert_eq!(told, *schema_tells, "what the schema says: {what}");
        }
    }
}

#[test]
fn a_name_that_is_given_twice_is_refused() {
    let bench = Folder::new();
    let spec = String::from_utf8(read_fixture("specs/workspace-cmp.json")).unwrap();
    bench.write(
        "spec.json",
        spec.replacen('{', "{ \"format\": \"current\",", 1),
    );
    let public = public("recovery");
    let create = [
        "kit",
        "create",
        "spec.json",
        "--public-key",
        &public,
        "--out",
        "kit.zip",
    ];
    let run = bench.refused(2, "duplicate_field", &create);
    assert!(run.message().contains("`format`"), "{}", run.message());
}
