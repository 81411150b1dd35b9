//! Names, and texts out of files, reach a terminal or a JSON outcome visibly; what may be a secret does not reach them.

use serde_json::{Value, json};

use crate::support::{
    Folder, Run, fixture,
    forge::{Forge, WALLET, zip_of},
    lifeboat,
    workload::key,
};

/// Escape sequences, a C1 control, direction overrides, a line separator, a joiner that takes no room.
const NASTY: &str = "a\x1b]0;pwn\x07\x1b[31m\u{9b}2J\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\u{34f}\rlifeboat: done\u{7f}\nb";

/// A share as it is in files: 64 hexadecimal digits.
const SHARE: &str = "4c6f7264206f66207468652052696e67733a20746872656520726970732061b7";

#[track_caller]
fn is_visible(said: &Run) {
    let all = format!("{}{}", said.stdout, said.stderr);
    let unseen = |letter: char| {
        letter.is_control() && letter != '\n'
            || "\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\u{34f}".contains(letter)
    };
    assert!(!all.contains(unseen), "{all:?}");
}

#[test]
fn names_are_shown_and_never_sent() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let nasty = bench.text(NASTY);
    let pem = key("recovery.pkcs8");
    let public = fixture("keys/recovery.public.pem");
    let derived = lifeboat(&["derive", &kit, "--key", &pem, WALLET, "--out", &nasty]);
    derived.done();
    assert!(
        derived.stderr.contains("\\u{1b}]0;pwn\\u{7}"),
        "{}",
        derived.stderr
    );
    let sealed = format!("{nasty}.sealed");
    let runs = [
        derived,
        lifeboat(&[
            "seal",
            &nasty,
            "--seal-to",
            public.to_str().unwrap(),
            "--out",
            &sealed,
        ]),
        lifeboat(&["derive", &kit, "--key", &pem, WALLET, "--out", &nasty]),
        lifeboat(&["kit", "inspect", &kit, NASTY]),
        lifeboat(&["kit", "inspect", &format!("{nasty}none")]),
        lifeboat(&[NASTY]),
        lifeboat(&["--json", NASTY]),
        lifeboat(&["errors", NASTY]),
        lifeboat(&["man", NASTY]),
    ];
    for said in &runs {
        is_visible(said);
    }
}

#[test]
fn json_escapes_what_is_not_visible_and_means_the_same() {
    let bench = Folder::with_out();
    let name = "a\x1b[31m\u{9b}2J\u{202e}\u{e0101}Zu\u{308}rich 東京";
    let mut files = Forge::wallets().files();
    files.push((name.to_owned(), b"x".to_vec()));
    let said = bench.inspect(&bench.put("kit.zip", zip_of(&files)));
    is_visible(&said);
    assert!(said.stdout.contains("\\u202e") && said.stdout.contains("\\udb40\\udd01"));
    assert!(
        said.stdout.contains("Zu\u{308}rich 東京"),
        "letters stay letters: {}",
        said.stdout
    );

    let out = bench.text("out/r\u{202e}\u{9b}");
    let pem = key("recovery.pkcs8");
    let kit = bench.put("sound.zip", Forge::wallets().zip());
    let said = lifeboat(&[
        "--json", "derive", &kit, "--key", &pem, WALLET, "--out", &out,
    ]);
    is_visible(&said);
    assert_eq!(said.json()["files"], json!([out]));
}

#[test]
fn a_share_where_a_name_belongs_is_not_repeated() {
    let bench = Folder::with_out();
    let table = |algorithm: &str| {
        format!(
            "wallet_id,chaincode,cosigner,algorithm,share\n{WALLET},{},{WALLET},{algorithm},x\n",
            "11".repeat(32)
        )
    };
    let member = json!({ WALLET: { "chaincode": "11".repeat(32), "shares": [{ "cosigner": WALLET, SHARE: "11" }] } });
    let device = |algorithm: &str| json!({ "deviceId": WALLET, "keys": [{ "keyId": WALLET, "algorithm": algorithm, "share": "11".repeat(32) }] });
    let sound = bench.put("device", device("MPC_CMP_ECDSA_SECP256K1").to_string());
    let take = |server: &str, device: &str| {
        lifeboat(&[
            "--json",
            "takeover",
            "--server-shares",
            server,
            "--wallet",
            WALLET,
            "--device-share",
            device,
        ])
    };
    let server = bench.put("server", table("MPC_CMP_ECDSA_SECP256K1"));
    let secret_texts = [
        SHARE,
        "5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF",
        "115792089237316195423570985008687907852",
    ];
    for secret in secret_texts {
        let runs = [
            take(&bench.put("swapped", table(secret)), &sound),
            take(&server, &bench.put("other", device(secret).to_string())),
        ];
        for said in runs {
            assert_eq!(said.exit, 2, "{}{}", said.stdout, said.stderr);
            assert!(
                !format!("{}{}", said.stdout, said.stderr).contains(secret),
                "{}",
                said.stderr
            );
        }
    }
    let said = take(&bench.put("member", member.to_string()), &sound);
    assert!(
        said.exit != 0 && !said.stdout.contains(SHARE),
        "{}",
        said.stdout
    );
    // What is a name is still named.
    let said = take(
        &bench.put("misspelt", table("MPC_CMP_ECDSA_SECP256R1")),
        &sound,
    );
    said.refused(2, "bad_value", &["`MPC_CMP_ECDSA_SECP256R1`"]);
}

#[test]
fn a_secret_in_the_wrong_place_of_a_command_line_is_not_repeated() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let pem = std::fs::read_to_string(key("recovery.pkcs8")).unwrap();
    let xprv = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
    let words = "nine wandering badgers sing";
    for secret in [SHARE, xprv, words, pem.as_str()] {
        let option = format!("--passphrase={secret}");
        let shard = format!("--shard={secret}");
        let commands: [&[&str]; 8] = [
            &["kit", "inspect", &kit, secret],
            &["kit", "inspect", &kit, &option],
            &["derive", &kit, &shard],
            &["export", &kit, "--chain", secret],
            &[secret],
            &["errors", secret],
            &["man", secret],
            &[
                "share",
                "recover",
                &kit,
                "--device-id",
                WALLET,
                "--out",
                "x",
                "--passphrase-file",
                secret,
            ],
        ];
        for command in commands {
            for more in [&[][..], &["--json"]] {
                let said = lifeboat(&[command, more].concat());
                assert_ne!(said.exit, 0, "{command:?}");
                assert!(
                    !format!("{}{}", said.stdout, said.stderr).contains(secret),
                    "{command:?}: {}",
                    said.stderr
                );
            }
        }
    }
    for secret in [SHARE, xprv, pem.as_str().trim_start_matches('-')] {
        let commands: [&[&str]; 3] = [
            &["export", secret, "--chain", "eth"],
            &["key", "show", secret],
            &["portal", "eject", "--client", secret, "--custodian", &kit],
        ];
        for command in commands {
            let said = lifeboat(&[&["--json"], command].concat());
            assert!(
                !format!("{}{}", said.stdout, said.stderr).contains(secret),
                "{command:?}: {}",
                said.stderr
            );
            let value: Value = serde_json::from_str(&said.stdout).unwrap();
            assert_eq!(value["error"]["code"], "secret_in_arguments", "{command:?}");
        }
    }
    // What is a file's name is still named.
    let said = lifeboat(&["--json", "key", "show", "no-such-key.pem"]);
    said.refused(2, "file_not_found", &["no-such-key.pem"]);
}

#[test]
fn a_number_beyond_its_limit_is_shown_with_the_limit() {
    for (args, words) in [
        (
            &["export", "x", "--chain", "eth", "--index", "2147483648"][..],
            ["`2147483648`", "below 2147483648"],
        ),
        (
            &["export", "x", "--chain", "eth", "--index=0..99999999999"],
            ["`0..99999999999`", "below 2147483648"],
        ),
        (
            &["export", "x", "--chain", "eth", "--account", "99999999999"],
            ["`99999999999`", "0..2147483648"],
        ),
        (
            &["derive", "k", "--key", "x", "--threads=99999999"],
            ["`99999999`", "1..=1024"],
        ),
        (
            &["derive", "k", "--key", "x", "--shard", "10000000/1000"],
            ["`10000000/1000`", "I/N"],
        ),
        (
            &[
                "export",
                "x",
                "--curve",
                "secp256k1",
                "--path",
                "m/44'/60'/0'/0/4294967296",
            ],
            ["`m/44'/60'/0'/0/4294967296`", "path"],
        ),
    ] {
        for json in [&["--json"][..], &[]] {
            let said = lifeboat(&[json, args].concat());
            assert_eq!(said.exit, 2);
            for word in words {
                let all = said.stderr.replace('\'', "`");
                let word = word.replace('\'', "`");
                assert!(all.contains(&word), "`{word}` is not in: {all}");
            }
            assert!(!said.stderr.contains("text of"), "{}", said.stderr);
        }
    }
}

#[test]
fn what_may_be_a_secret_is_not_repeated_where_a_number_belongs() {
    let digits = "8".repeat(78);
    for secret in [
        SHARE,
        &digits,
        "1234567890123",
        "correct horse battery staple",
        "m/1234567890123456",
    ] {
        for args in [
            &["export", "x", "--chain", "eth", "--index", secret][..],
            &["export", "x", "--chain", secret],
            &["derive", "k", "--key", "x", "--shard", secret],
            &["doctor", secret],
        ] {
            let said = lifeboat(args);
            assert_eq!(said.exit, 2, "{}", said.stderr);
            assert!(!said.stderr.contains(secret), "{args:?}: {}", said.stderr);
        }
    }
    // A PIN may be typed where nothing belongs.
    let said = lifeboat(&["doctor", "19581124"]);
    assert!(!said.stderr.contains("19581124"), "{}", said.stderr);
}
