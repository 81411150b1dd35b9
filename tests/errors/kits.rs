//! Recovery kits.

use std::fs::File;

use lifeboat::{crypto::rsa::OaepHash, formats::recovery_key::file::read_public_key};
use serde_json::json as value;

use super::{Case, case, derive_from, inspect, make_all};
use crate::support::{
    Folder, Run, fixture,
    forge::{
        Forge, KEY_ID, MASTER_ID, SHARE_1, SHARE_2, WALLET, rng, seal, seal_to, unhex, zip_of,
    },
    read_fixture,
    workload::key,
};

/// A device whose place among the players is that of the first cosigner of the forge's workspace key.
const TWIN: &str = "03e8159d-3a7e-4000-8000-000000000000";

pub(super) const CASES: &[Case] = &[
    case("wrong_recovery_key", 3, |bench| {
        master(bench, seal_to("other", &[7; 32]))
    }),
    case("entry_size", 3, |bench| master(bench, vec![0; 511])),
    case("secret_length", 3, |bench| master(bench, seal(&[7; 31]))),
    case("secret_range", 3, |bench| master(bench, seal(&[0; 32]))),
    case("missing_entry", 2, |bench| {
        let mut forge = Forge::wallets();
        forge.entries.clear();
        derive_from(bench, &forge, &[WALLET])
    }),
    case("cosigners_differ", 3, |bench| {
        let stranger = Forge::wallets().add(&format!("7_{MASTER_ID}"), seal(&[9; 32]));
        derive_from(bench, &stranger, &[WALLET])
    }),
    case("no_wallet_master", 2, |bench| {
        derive_from(bench, &Forge::workspace(), &[WALLET])
    }),
    case("several_wallet_masters", 2, |bench| {
        let mut forge = Forge::wallets();
        let other = MASTER_ID.replace('5', "6");
        forge.metadata["masterKeys"][other] = forge.master().clone();
        derive_from(bench, &forge, &[WALLET])
    }),
    case("not_a_zip", 2, |bench| inspect(bench, "a text about kits")),
    case("zip_damaged", 2, |bench| {
        inspect(bench, &Forge::wallets().zip()[..200])
    }),
    case("zip_split", 2, |bench| {
        inspect(bench, "PK\x07\x08PK\x03\x04 the first part")
    }),
    case("zip_extra_bytes", 2, |bench| {
        inspect(bench, [Forge::wallets().zip(), b"more".to_vec()].concat())
    }),
    case("zip_ambiguous", 2, |bench| {
        let mut kit = Forge::wallets().zip();
        let name = kit.windows(13).position(|name| name == b"metadata.json");
        kit[name.unwrap()] = b'b';
        inspect(bench, kit)
    }),
    case("entry_compressed", 2, |bench| {
        let mut kit = Forge::wallets().zip();
        for start in 0..kit.len() - 4 {
            match &kit[start..start + 4] {
                b"PK\x03\x04" => kit[start + 8] = 14,
                b"PK\x01\x02" => kit[start + 10] = 14,
                _ => {}
            }
        }
        inspect(bench, kit)
    }),
    case("other_kit", 3, |bench| {
        bench.write("kit.zip", Forge::wallets().zip());
        bench.run_json(&[
            "kit",
            "inspect",
            "kit.zip",
            "--kit-sha256",
            &"ab".repeat(32),
        ])
    }),
    case("kit_link", 2, |bench| {
        std::fs::create_dir(bench.path("folder")).unwrap();
        std::os::unix::fs::symlink("/nowhere", bench.path("folder/metadata.json")).unwrap();
        bench.run_json(&["kit", "inspect", "folder"])
    }),
    case("too_many_shares", 2, |bench| {
        let mut forge = Forge::workspace();
        let shares = (0..65).map(|index| (Forge::share_entry(index), vec![0; 512]));
        forge.entries = shares.collect();
        inspect(bench, forge.zip())
    }),
    case("duplicate_field", 2, |bench| {
        inspect(
            bench,
            with_metadata(r#"{"chainCode":"00","chainCode":"00"}"#),
        )
    }),
    case("too_many_values", 2, |bench| {
        inspect(
            bench,
            with_metadata(&format!("[{}0]", "0,".repeat(1 << 16))),
        )
    }),
    case("kit_too_large", 2, |bench| {
        let kit = bench.put("kit.zip", "PK");
        File::options()
            .write(true)
            .open(kit)
            .unwrap()
            .set_len((64 << 20) + 1)
            .unwrap();
        bench.run_json(&["kit", "inspect", "kit.zip"])
    }),
    case("too_many_entries", 2, |bench| {
        let names = (0..10_001).map(|index| (format!("x{index}"), Vec::new()));
        inspect(bench, zip_of(&names.collect::<Vec<_>>()))
    }),
    case("entry_too_large", 2, |bench| {
        inspect(
            bench,
            Forge::wallets().add("bomb", vec![0; (16 << 20) + 1]).zip(),
        )
    }),
    case("duplicate_entry", 2, |bench| {
        inspect(bench, Forge::wallets().zip_with_twins())
    }),
    case("entry_encrypted", 2, |bench| {
        inspect(bench, Forge::wallets().zip_under_password())
    }),
    case("entry_damaged", 2, |bench| {
        inspect(bench, Forge::wallets().zip_with_damaged_metadata())
    }),
    case("no_metadata", 2, |bench| {
        inspect(bench, zip_of(&Forge::wallets().entries))
    }),
    case("several_kits", 2, |bench| {
        inspect(bench, Forge::wallets().zip_of_two())
    }),
    case("no_workspace_keys", 2, |bench| {
        workspace(bench, &Forge::wallets(), &[])
    }),
    case("no_shares", 2, |bench| {
        let mut forge = Forge::workspace();
        forge.entries.clear();
        workspace(bench, &forge, &[])
    }),
    case("same_player", 3, |bench| {
        let mut forge = Forge::workspace();
        forge.key()["algo"] = value!("MPC_ECDSA_SECP256K1");
        forge.entries.truncate(1);
        with_owner_share(bench, forge, &unhex(SHARE_2), "passphrase.pkcs8")
    }),
    case("public_key_mismatch", 3, |bench| {
        let mut forge = Forge::workspace();
        *forge.entry(&Forge::share_entry(1)) = seal(&unhex(SHARE_1));
        workspace(bench, &forge, &[])
    }),
    case("owner_secret_needed", 2, |bench| owned(bench, &[])),
    case("wrong_owner_passphrase", 3, |bench| {
        bench.write("passphrase", "another passphrase\n");
        owned(bench, &["--owner-passphrase-file", "passphrase"])
    }),
    case("owner_share_algorithm", 3, |bench| {
        let tagged = [&[1, 0, 0, 0][..], &unhex(SHARE_2)].concat();
        with_owner_share(bench, Forge::workspace(), &tagged, "passphrase.pkcs8")
    }),
    case("wrong_owner_key", 3, |bench| {
        with_owner_share(bench, Forge::workspace(), &unhex(SHARE_2), "recovery.pkcs8")
    }),
    case("kit_not_verified", 3, |bench| {
        let mut forge = Forge::wallets();
        forge.entries.clear();
        verify(bench, &forge)
    }),
    case("nothing_verified", 3, |bench| {
        let mut forge = Forge::wallets();
        forge.metadata.as_object_mut().unwrap().remove("masterKeys");
        forge.entries.clear();
        verify(bench, &forge)
    }),
];

fn with_metadata(text: &str) -> Vec<u8> {
    zip_of(&[("metadata.json".to_owned(), text.as_bytes().to_vec())])
}

#[test]
fn every_error_of_kits_is_made() {
    make_all(CASES);
}

/// `derive` from a kit whose master key is this ciphertext.
fn master(bench: &Folder, sealed: Vec<u8>) -> Run {
    let mut forge = Forge::wallets();
    *forge.entry(&Forge::master_entry()) = sealed;
    derive_from(bench, &forge, &[WALLET])
}

fn workspace(bench: &Folder, forge: &Forge, more: &[&str]) -> Run {
    bench.write("kit.zip", forge.zip());
    bench.run_json(
        &[
            &["workspace", "kit.zip", "--key", &key("recovery.pkcs8")],
            more,
        ]
        .concat(),
    )
}

fn verify(bench: &Folder, forge: &Forge) -> Run {
    bench.write("kit.zip", forge.zip());
    bench.run_json(&["kit", "verify", "kit.zip", "--key", &key("recovery.pkcs8")])
}

/// `workspace` of a fixture with owner shares.
fn owned(bench: &Folder, more: &[&str]) -> Run {
    let kit = fixture("kits/workspace-cmp.zip");
    bench.run_json(
        &[
            &[
                "workspace",
                kit.to_str().unwrap(),
                "--key",
                &key("recovery.pkcs8"),
            ],
            more,
        ]
        .concat(),
    )
}

/// `workspace` of a kit with an owner share that is sealed to the key `passphrase`, and tried with this one.
fn with_owner_share(bench: &Folder, forge: Forge, plain: &[u8], owner: &str) -> Run {
    let to = read_public_key(&read_fixture("keys/passphrase.public.pem")).unwrap();
    let sealed = to.seal(&mut rng(), OaepHash::Sha256, plain).unwrap();
    let share = value!({ "keyId": KEY_ID, "deviceId": TWIN, "userId": "u", "encryptedKey": hex::encode(sealed) });
    let forge = forge.add(&format!("MOBILE_{KEY_ID}"), share.to_string());
    workspace(bench, &forge, &["--owner-key", &key(owner)])
}
