//! Device backups and takeovers.

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes},
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            share::DeviceShare,
        },
        sealed::passphrase_file::lock,
    },
    operations::device_share::back_up::{BackupError, BackupForm, back_up},
};
use serde_json::{Value, json as value};

use super::{Case, case, make_all};
use crate::support::{
    Folder, Run,
    forge::{Forge, rng},
    json_fixture,
    takeover::{COSIGNER, WALLET, recover as recover_vector, server_shares, takeover as arguments},
    text, workload,
};

const N: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

pub(super) const CASES: &[Case] = &[
    case("no_eddsa_key", 2, |bench| confirm(bench, Some(0))),
    case("eddsa_not_confirmed", 3, |bench| confirm(bench, None)),
    case("backup_not_opened", 3, |bench| {
        lay(bench);
        bench.write("passphrase", "nine wandering badgers\n");
        recover(bench, &[])
    }),
    case("wrong_passphrase", 3, |bench| {
        back_up_again(bench);
        bench.write("passphrase", "nine wandering badgers\n");
        recover(bench, &[])
    }),
    case("locked_file_altered", 3, |bench| {
        back_up_again(bench);
        let altered = bench
            .read("backup.json")
            .replacen("\"keyId\":\"", "\"keyID\":\"", 1);
        let altered = altered.replacen(
            "\"keyID\":\"",
            &format!("\"keyId\":\"{COSIGNER}\",\"was\":\""),
            1,
        );
        bench.write("backup.json", altered);
        recover(bench, &[])
    }),
    case("backup_contradiction", 3, |bench| {
        let vector = lay(bench);
        recover_vector(bench, &vector);
        forged(bench, &bench.read("device.json"));
        recover(bench, &[])
    }),
    case("other_content", 2, |bench| {
        lay(bench);
        bench.write("backup.json", r#"{"error":{"code":-32000}}"#);
        recover(bench, &[])
    }),
    // It opens, and holds no device share.
    case("missing_field", 2, |bench| {
        lay(bench);
        forged(bench, "{}");
        recover(bench, &[])
    }),
    case("other_device", 3, |bench| {
        back_up_again(bench);
        let passphrase = ["--passphrase-file", "passphrase", "--out", "out"];
        bench.run_json(
            &[
                &["share", "recover", "backup.json", "--device-id", COSIGNER][..],
                &passphrase,
            ]
            .concat(),
        )
    }),
    case("no_such_key", 2, |bench| {
        lay(bench);
        recover(bench, &["--algorithm", "eddsa"])
    }),
    case("passphrase_command", 2, |bench| {
        let vector = lay(bench);
        let command = [
            "share",
            "recover",
            "backup.json",
            "--passphrase-command",
            "false",
            "--out",
            "out",
        ];
        bench.run_json(&[&command[..], &["--device-id", text(&vector["deviceId"])]].concat())
    }),
    case("padded_passphrase", 2, |bench| {
        let vector = lay(bench);
        recover_vector(bench, &vector);
        bench.write("passphrase", "  a passphrase with room  \n");
        back_up_share(bench, &[])
    }),
    case("no_public_key", 2, |bench| {
        let vector = lay(bench);
        recover_vector(bench, &vector);
        change_device(bench, |share| share["keys"][0]["publicKey"] = Value::Null);
        back_up_share(bench, &["--format", "fireblocks"])
    }),
    case("no_public_key", 2, |bench| {
        takeover_after(bench, |_, device| {
            device["keys"][0]["publicKey"] = Value::Null
        })
    }),
    case("no_such_wallet", 2, |bench| {
        takeover_after(bench, |server, _| *server = value!({}))
    }),
    case("no_device_key", 2, |bench| {
        let vector = lay(bench);
        recover_vector(bench, &vector);
        takeover(bench, &["--algorithm", "eddsa"])
    }),
    case("no_server_share", 2, |bench| {
        takeover_after(bench, |server, _| {
            server[WALLET]["shares"][0] =
                value!({ "cosigner": COSIGNER, "MPC_CMP_EDDSA_ED25519": format!("{:064x}", 1) });
        })
    }),
    case("cosigner_silent", 2, |bench| {
        takeover_after(bench, |server, _| {
            let silent =
                value!({ "cosigner": WALLET, "MPC_CMP_EDDSA_ED25519": format!("{:064x}", 1) });
            server[WALLET]["shares"]
                .as_array_mut()
                .unwrap()
                .push(silent);
        })
    }),
    case("share_range", 2, |bench| {
        takeover_after(bench, |server, _| {
            server[WALLET]["shares"][0][ECDSA] = value!(N)
        })
    }),
    case("not_additive", 3, |bench| {
        takeover_after(bench, |server, device| {
            device["keys"][0]["algorithm"] = value!("MPC_ECDSA_SECP256K1");
            server[WALLET]["shares"][0][ECDSA] = value!(format!("{:064x}", 5));
        })
    }),
    case("no_backup", 2, |bench| {
        std::fs::create_dir(bench.path("empty")).unwrap();
        recover_many(bench, "empty", &format!("deviceId\n{COSIGNER}\n"))
    }),
    case("bad_device_list", 2, |bench| {
        recover_many(bench, ".", "wallet\n1\n")
    }),
    case("some_not_recovered", 1, |bench| {
        let device = device_id();
        recover_many(
            bench,
            "backup.json",
            &format!("deviceId,file\n{device},\n{COSIGNER},\n"),
        )
    }),
    case("none_recovered", 1, |bench| {
        recover_many(bench, "backup.json", &format!("deviceId\n{COSIGNER}\n"))
    }),
    case("bad_passphrase_id", 2, |bench| {
        let mut vector = lay(bench);
        vector["backup"]["passphraseId"] = value!("a/b");
        bench.write_json("backup.json", &vector["backup"]);
        std::fs::create_dir(bench.path("passphrases")).unwrap();
        let device = device_id();
        bench.run_json(&[
            "share",
            "recover",
            "backup.json",
            "--device-id",
            &device,
            "--passphrase-dir",
            "passphrases",
            "--out",
            "out",
        ])
    }),
    case("several_passphrase_files", 2, |bench| {
        let vector = lay(bench);
        let id = text(&vector["backup"]["passphraseId"]).to_uppercase();
        std::fs::create_dir(bench.path("passphrases")).unwrap();
        for name in [id.clone(), format!("{id}.txt")] {
            bench.write(&format!("passphrases/{name}"), text(&vector["passphrase"]));
        }
        let device = device_id();
        bench.run_json(&[
            "share",
            "recover",
            "backup.json",
            "--device-id",
            &device,
            "--passphrase-dir",
            "passphrases",
            "--out",
            "out",
        ])
    }),
    case("public_key_mismatch", 3, |bench| {
        let other = |server: &mut Value, _: &mut Value| {
            server[WALLET]["shares"][0][ECDSA] = value!(format!("{:064x}", 5));
        };
        takeover_after(bench, other)
    }),
    case("some_not_taken_over", 1, |bench| {
        take_many(bench, &[WALLET])
    }),
    case("no_takeover", 1, |bench| take_many(bench, &[])),
];

#[test]
fn every_error_of_devices_is_made() {
    make_all(CASES);
}

/// `confirm-eddsa` for a wallet of another kit; with a device share that has no ed25519 key, or one that fits no rule.
fn confirm(bench: &Folder, only_ecdsa: Option<u8>) -> Run {
    let algorithm = only_ecdsa.map_or("MPC_CMP_EDDSA_ED25519", |_| ECDSA);
    let key = "7e3a9d15-c862-4b07-95e1-0f4d8b2a6c39";
    let generator = "5866666666666666666666666666666666666666666666666666666666666666";
    bench.write("kit", Forge::wallets().zip());
    bench.write_json(
        "device",
        &value!({ "deviceId": key, "keys": [{
            "keyId": key, "algorithm": algorithm, "share": "07".repeat(32),
            "publicKey": only_ecdsa.is_none().then_some(generator),
            "auxiliaryKeys": null, "metadata": null,
        }] }),
    );
    let recovery = workload::key("recovery.pkcs8");
    bench.run_json(&[
        "confirm-eddsa",
        "kit",
        "--key",
        &recovery,
        "--wallet",
        key,
        "--device-share",
        "device",
    ])
}

#[test]
fn a_backup_that_does_not_read_back_is_an_error_of_the_library() {
    let share = DeviceShare {
        device_id: DeviceId::parse(WALLET).unwrap(),
        keys: Vec::new(),
    };
    let passphrase = Passphrase::new(b"nine wandering albatrosses".to_vec());
    let error = back_up(
        &share,
        &passphrase,
        &PassphraseId::parse(WALLET).unwrap(),
        BackupForm::Sdk,
        &mut rng(),
    )
    .expect_err("it has no keys");
    // What the door calls `backup_proof_failed`.
    assert!(matches!(error, BackupError::Unread(_)), "{error:?}");
}

/// Backup, passphrase and server shares of a vector with one key.
fn lay(bench: &Folder) -> Value {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    bench.write_json("backup.json", &vector["backup"]);
    bench.write("passphrase", format!("{}\n", text(&vector["passphrase"])));
    bench.write_json("server.json", &server_shares(&vector));
    vector
}

fn device_id() -> String {
    text(&json_fixture("backups/device-backup.json")[0]["deviceId"]).to_owned()
}

fn recover(bench: &Folder, more: &[&str]) -> Run {
    let device = device_id();
    let base = ["share", "recover", "backup.json", "--device-id", &device];
    bench.run_json(
        &[
            &base[..],
            &["--passphrase-file", "passphrase", "--out", "out"],
            more,
        ]
        .concat(),
    )
}

fn recover_many(bench: &Folder, folder: &str, devices: &str) -> Run {
    lay(bench);
    bench.write("devices.csv", devices);
    bench.run_json(&[
        "share",
        "recover",
        folder,
        "--devices",
        "devices.csv",
        "--passphrase-file",
        "passphrase",
        "--out",
        "shares",
    ])
}

fn back_up_share(bench: &Folder, more: &[&str]) -> Run {
    let base = [
        "share",
        "backup",
        "device.json",
        "--passphrase-file",
        "passphrase",
        "--passphrase-id",
        WALLET,
    ];
    bench.run_json(&[&base[..], &["--out", "ours"], more].concat())
}

/// Puts the share of a vector under our own form of backup.
fn back_up_again(bench: &Folder) {
    let vector = lay(bench);
    recover_vector(bench, &vector);
    let run = back_up_share(bench, &[]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    std::fs::rename(bench.path("ours"), bench.path("backup.json")).unwrap();
}

/// A backup of our form that names this device and another key than it holds.
fn forged(bench: &Folder, plain: &str) {
    let key = value!({ "keyId": COSIGNER, "algorithm": ECDSA, "publicKey": null });
    let members = format!(
        r#""deviceId":"{}","passphraseId":"{WALLET}","keys":[{key}]"#,
        device_id()
    );
    let passphrase = Passphrase::new(b"nine wandering albatrosses".to_vec());
    let plain = SecretBytes::new(plain.as_bytes().to_vec());
    bench.write(
        "backup.json",
        lock("device backup", &members, &plain, &passphrase, &mut rng()).unwrap(),
    );
    bench.write("passphrase", "nine wandering albatrosses\n");
}

fn takeover(bench: &Folder, more: &[&str]) -> Run {
    let base = arguments("server.json", "device.json");
    bench.run_json(&[&base[..], more].concat())
}

fn change_device(bench: &Folder, change: fn(&mut Value)) {
    let mut device = bench.read_json("device.json");
    change(&mut device);
    bench.write_json("device.json", &device);
}

/// `takeover` after server shares and device share were changed.
fn takeover_after(bench: &Folder, change: fn(&mut Value, &mut Value)) -> Run {
    let vector = lay(bench);
    recover_vector(bench, &vector);
    let (mut server, mut device) = (
        bench.read_json("server.json"),
        bench.read_json("device.json"),
    );
    change(&mut server, &mut device);
    bench.write_json("server.json", &server);
    bench.write_json("device.json", &device);
    takeover(bench, &[])
}

/// `takeover` of two wallets; these have a device share.
fn take_many(bench: &Folder, with_share: &[&str]) -> Run {
    let vector = lay(bench);
    recover_vector(bench, &vector);
    std::fs::create_dir(bench.path("devices")).unwrap();
    for wallet in with_share {
        std::fs::copy(
            bench.path("device.json"),
            bench.path(&format!("devices/{wallet}.json")),
        )
        .unwrap();
    }
    bench.write("wallets", format!("{WALLET}\n{COSIGNER}\n"));
    let base = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallets",
        "wallets",
    ];
    bench.run_json(&[&base[..], &["--device-shares", "devices"]].concat())
}
