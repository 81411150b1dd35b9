//! Portal backups.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json as value};

use super::{Case, beside, case, make_all};
use crate::support::{
    Folder, Run, json_fixture,
    sharing::{Sharing, numbered, scalar, share},
    text,
};

const ADDRESS: &str = "7YkYxj9Qc4zwtyoDsbg2pVyaYzFbGK3jyHd94d2eFvpL";

pub(super) const CASES: &[Case] = &[
    case("wrong_cloud_key", 3, |bench| {
        decrypt(bench, "--key-file", &"00".repeat(32))
    }),
    case("wrong_password", 3, |bench| {
        decrypt(bench, "--passphrase-file", "nine wandering badgers")
    }),
    case("bad_cloud_key", 2, |bench| {
        decrypt(bench, "--key-file", "cafe")
    }),
    case("ciphertext_short", 2, |bench| {
        bench.write("sealed", "00".repeat(27));
        bench.run_json(&["portal", "decrypt", "sealed", "--out", "out"])
    }),
    case("cloud_key_needed", 2, |bench| {
        bench.write("sealed", sealed());
        bench.write("custodian", sharing(1, 1).custodian.to_string());
        bench.run_json(&[
            "portal",
            "eject",
            "--client",
            "sealed",
            "--custodian",
            "custodian",
        ])
    }),
    case("locked_keys", 2, |bench| {
        lay(bench, &sharing(1, 1), &sharing(1, 1));
        bench.write("passphrase", "nine wandering albatrosses\n");
        bench.done(
            &[
                &EJECT[..],
                &["--out", "locked", "--out-passphrase-file", "passphrase"],
            ]
            .concat(),
        );
        bench.write("key", "00".repeat(32));
        bench.run_json(&[
            "portal",
            "decrypt",
            "locked",
            "--key-file",
            "key",
            "--out",
            "out",
        ])
    }),
    case("not_a_ciphertext", 2, |bench| {
        decrypt_row(bench, &sharing(1, 1).client)
    }),
    case("several_ciphertexts", 2, |bench| {
        decrypt_row(
            bench,
            &value!({ "secp256k1Ciphertext": sealed(), "ed25519Ciphertext": sealed() }),
        )
    }),
    case("not_a_share", 2, |bench| {
        bench.write("file", "hello");
        bench.run_json(&["portal", "inspect", "file"])
    }),
    case("share_limits", 2, |bench| {
        let mut wrapped = sharing(1, 1).client.to_string();
        for _ in 0..6 {
            wrapped = value!({ "share": wrapped }).to_string();
        }
        bench.write("file", wrapped);
        bench.run_json(&["portal", "inspect", "file"])
    }),
    case("wrong_side", 2, |bench| {
        let sharing = sharing(1, 1);
        bench.write("client", sharing.custodian.to_string());
        bench.write("custodian", sharing.client.to_string());
        bench.run_json(&EJECT)
    }),
    case("given_twice", 2, |bench| {
        bench.write("file", sharing(1, 1).client.to_string());
        bench.run_json(&["portal", "inspect", "file", "file"])
    }),
    case("no_client_share", 2, |bench| {
        std::fs::create_dir(bench.path("client")).unwrap();
        bench.write("custodian", sharing(1, 1).custodian.to_string());
        bench.run_json(&EJECT)
    }),
    case("no_custodian_share", 2, |bench| {
        std::fs::create_dir(bench.path("custodian")).unwrap();
        bench.write("client", sharing(1, 1).client.to_string());
        bench.run_json(&EJECT)
    }),
    case("no_pair", 3, |bench| {
        eject(bench, &sharing(1, 1), &sharing(1, 2))
    }),
    case("too_many_pairings", 2, |bench| {
        let key = &sharing(1, 1).client["pubkey"];
        let client = |share: u32| {
            let bks = value!({ "server": { "X": "2" } });
            value!({ "share": share.to_string(), "pubkey": key, "bks": bks }).to_string()
        };
        let custodian = |share: u32| value!({ "share": share.to_string(), "clientBk": "3" });
        let lines = |line: &dyn Fn(u32) -> String, most| (1..=most).map(line).collect::<Vec<_>>();
        bench.write("client", lines(&client, 101).join("\n"));
        bench.write(
            "custodian",
            lines(&|share| custodian(share).to_string(), 199).join("\n"),
        );
        bench.run_json(&EJECT)
    }),
    beside("other_client_share", 3, |bench| {
        eject(bench, &sharing(1, 1), &sharing(1, 2))
    }),
    beside("other_wallet", 3, |bench| {
        eject(bench, &sharing(1, 1), &sharing(2, 3))
    }),
    beside("other_custodian_share", 3, |bench| {
        let mut other = sharing(1, 1);
        other.custodian["share"] = value!("5");
        eject(bench, &sharing(1, 1), &other)
    }),
    beside("same_abscissa", 3, |bench| {
        let number = |byte| scalar(Curve::Ed25519, &[byte; 32]);
        let sharing = share(number(1), &number(2), &number(3), &number(3), "pair");
        eject(bench, &sharing, &sharing)
    }),
    case("wallets_unpaired", 1, |bench| {
        std::fs::create_dir(bench.path("client")).unwrap();
        bench.write("client/1", sharing(1, 1).client.to_string());
        bench.write("client/2", sharing(2, 2).client.to_string());
        bench.write("custodian", sharing(1, 1).custodian.to_string());
        bench.run_json(&EJECT)
    }),
    case("ciphertexts_unopened", 1, |bench| {
        std::fs::create_dir(bench.path("client")).unwrap();
        std::fs::create_dir(bench.path("custodian")).unwrap();
        bench.write("client/1", sharing(1, 1).client.to_string());
        bench.write("client/sealed", sealed());
        bench.write("custodian/1", sharing(1, 1).custodian.to_string());
        bench.write("custodian/2", text(&wallet()["custodian_ed25519"]));
        bench.write("key", "00".repeat(32));
        bench.run_json(&[&EJECT[..], &["--key-file", "key"]].concat())
    }),
    case("more_pages", 1, |bench| {
        let page = value!({ "data": [sharing(1, 1).client], "next": "cursor" });
        bench.write("client", page.to_string());
        let custodians = [sharing(1, 1).custodian, sharing(2, 2).custodian];
        bench.write(
            "custodian",
            custodians.map(|share| share.to_string()).join("\n"),
        );
        bench.run_json(&EJECT)
    }),
    case("files_failed", 1, |bench| {
        std::fs::create_dir(bench.path("shares")).unwrap();
        bench.write("shares/torn", "{\"share\":");
        bench.run_json(&["portal", "inspect", "shares"])
    }),
    case("share_inconsistent", 3, |bench| {
        let mut damaged = sharing(1, 1).client;
        damaged["share"] = value!("5");
        bench.write("damaged", damaged.to_string());
        bench.run_json(&["portal", "inspect", "damaged"])
    }),
    case("signing_share", 3, |bench| {
        let mut signing = sharing(1, 1).client;
        signing["signingSharePairId"] = value!("pair");
        signing["backupSharePairId"] = value!("");
        bench.write("signing", signing.to_string());
        bench.run_json(&["portal", "inspect", "signing"])
    }),
    case("padded_id", 2, |bench| {
        let ids = ["--custodian", "custodianId", "--client", "clientId "];
        bench.run_json(&[&["portal", "cloud-name"][..], &ids].concat())
    }),
    case("bad_public_key", 2, |bench| {
        repair(bench, "whatever", "nonsense")
    }),
    case("bad_exported_key", 2, |bench| {
        repair(bench, "0OIl", ADDRESS)
    }),
    case("key_of_another_wallet", 3, |bench| {
        let address = text(&wallet()["expected"]["solana_address"]).to_owned();
        repair(bench, &exported(), &address)
    }),
    case("secret_in_arguments", 2, |bench| {
        let run = bench.run_json(&["portal", "repair", &exported(), "--public-key", ADDRESS]);
        assert!(
            !run.stderr.contains(&exported()) && !run.stdout.contains(&exported()),
            "{}",
            run.stderr
        );
        run
    }),
];

const EJECT: [&str; 6] = [
    "portal",
    "eject",
    "--client",
    "client",
    "--custodian",
    "custodian",
];

#[test]
fn every_error_of_portal_is_made() {
    make_all(CASES);
}

fn sharing(key: u8, pair: u8) -> Sharing {
    numbered(Curve::Ed25519, key, pair)
}

fn wallet() -> Value {
    json_fixture("portal/portal.json")["wallets"][0].clone()
}

fn sealed() -> String {
    text(&wallet()["cipherText_key"]).to_owned()
}

fn exported() -> String {
    text(&json_fixture("portal/portal.json")["eject"][0]["expected_privateKey"]).to_owned()
}

/// The client share of one sharing and the custodian share of another.
fn lay(bench: &Folder, client: &Sharing, custodian: &Sharing) {
    bench.write("client", client.client.to_string());
    bench.write("custodian", custodian.custodian.to_string());
}

fn eject(bench: &Folder, client: &Sharing, custodian: &Sharing) -> Run {
    lay(bench, client, custodian);
    bench.run_json(&EJECT)
}

fn decrypt(bench: &Folder, flag: &str, opener: &str) -> Run {
    bench.write("sealed", sealed());
    bench.write("passphrase", opener);
    bench.run_json(&[
        "portal",
        "decrypt",
        "sealed",
        flag,
        "passphrase",
        "--out",
        "out",
    ])
}

fn decrypt_row(bench: &Folder, row: &Value) -> Run {
    bench.write("row", row.to_string());
    bench.write("key", "00".repeat(32));
    bench.run_json(&[
        "portal",
        "decrypt",
        "row",
        "--key-file",
        "key",
        "--out",
        "out",
    ])
}

fn repair(bench: &Folder, key: &str, address: &str) -> Run {
    bench.write("key", key);
    bench.run_json(&[
        "portal",
        "repair",
        "key",
        "--public-key",
        address,
        "--out",
        "out",
    ])
}
