//! Sealed files.

use lifeboat::{
    crypto::{envelope::FileKey, rsa::RecoveryPublicKey},
    formats::{
        recovery_key::file::read_public_key,
        sealed::sealed_file::{Header, KEY_SHARE_1, Recipients, SealedError},
    },
};

use super::{Case, case, derive, make_all};
use crate::support::{
    Folder, Run,
    forge::{WALLET, WALLET_2, rng},
    read_fixture,
    workload::key,
};

pub(super) const CASES: &[Case] = &[
    case("not_recipient", 3, |bench| {
        seal(bench);
        unseal(bench, &["--key", &key("other.pkcs8")])
    }),
    case("sealed_recipients", 3, |bench| {
        spoilt(bench, |text| text.replacen("\"mac\":\"", "\"mac\":\"00", 1))
    }),
    case("sealed_record", 3, |bench| {
        spoilt(bench, |text| {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            [&lines[..2], &[lines[3], lines[2]], &lines[4..]]
                .concat()
                .concat()
        })
    }),
    case("sealed_line", 3, |bench| {
        spoilt(bench, |text| {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines[..3].concat() + &lines[3][..100]
        })
    }),
    case("sealed_cut_off", 3, |bench| {
        spoilt(bench, |text| {
            text.split_inclusive('\n')
                .take(3)
                .collect::<Vec<_>>()
                .concat()
        })
    }),
    case("sealed_closing", 3, |bench| {
        spoilt(bench, |text| text[..text.len() - 10].to_owned())
    }),
    case("sealed_trailing", 3, |bench| {
        spoilt(bench, |text| format!("{text}\n"))
    }),
    case("sealed_as_age", 2, |bench| {
        age(bench, |text| text);
        let own = key("recovery.pkcs8");
        let to = key("other.public");
        let rewrap = ["rewrap", "sealed", "--key", &own, "--seal-to", &to];
        bench.run_json(&[&rewrap[..], &["--out", "new"]].concat())
    }),
    case("age_armor", 2, |bench| {
        bench.write("sealed", read_fixture("age/armor.age"));
        unseal(bench, &["--key", &key("recovery.pkcs8")])
    }),
    case("age_header", 3, |bench| {
        age(bench, |mut text| {
            let end = text.windows(4).position(|bytes| bytes == b"\n---");
            text[end.unwrap() + 10] ^= 1;
            text
        });
        unseal(bench, &["--key", &key("recovery.pkcs8")])
    }),
    case("age_chunk", 3, |bench| {
        age(bench, |mut text| {
            text.pop();
            text
        });
        unseal(bench, &["--key", &key("recovery.pkcs8")])
    }),
    case("age_resume", 2, |bench| {
        let to = key("recovery.public");
        let seal = [WALLET, "--seal-to", &to, "--seal-format", "age"];
        derive(bench, &[&seal[..], &["--resume"]].concat())
    }),
    case("sealed_newer", 2, |bench| {
        spoilt(bench, |text| {
            text.replacen("\"version\":2", "\"version\":9", 1)
        })
    }),
    case("not_sealed", 2, |bench| {
        spoilt(bench, |_| "something else\n".to_owned())
    }),
    case("sealed_other", 2, |bench| {
        bench.write("alice.json", "a share");
        bench.done(&[
            "portal",
            "seal",
            "alice.json",
            "--seal-to",
            &key("recovery.public"),
            "--out",
            "sealed",
        ]);
        unseal(bench, &["--key", &key("recovery.pkcs8")])
    }),
    case("sealed_needs_key", 2, |bench| {
        seal(bench);
        let share = "11".repeat(32);
        let key = format!(
            r#"{{"keyId":"{WALLET}","algorithm":"MPC_CMP_ECDSA_SECP256K1","share":"{share}"}}"#
        );
        bench.write(
            "device",
            format!(r#"{{"deviceId":"{WALLET}","keys":[{key}]}}"#),
        );
        let takeover = [
            "takeover",
            "--server-shares",
            "sealed",
            "--wallet",
            WALLET,
            "--device-share",
            "device",
        ];
        bench.run_json(&takeover)
    }),
    case("no_record", 3, |bench| {
        seal(bench);
        let absent = WALLET.replace('0', "1");
        unseal(
            bench,
            &["--key", &key("recovery.pkcs8"), "--wallet", &absent],
        )
    }),
    case("record_key_other_file", 3, |bench| {
        seal(bench);
        let own = key("recovery.pkcs8");
        let hand_over = [
            "unseal",
            "sealed",
            "--key",
            &own,
            "--wallet",
            WALLET,
            "--hand-over-key",
            "--out",
            "record.key",
        ];
        bench.done(&hand_over);
        seal(bench);
        unseal(bench, &["--record-key", "record.key"])
    }),
    case("weak_recipient", 2, |bench| {
        derive(bench, &[WALLET, "--seal-to", &key("old.public")])
    }),
    case("same_name", 2, |bench| {
        std::fs::create_dir(bench.path("b")).unwrap();
        bench.write("alice.json", "a share");
        bench.write("b/alice.json", "a share");
        let files = ["portal", "seal", "alice.json", "b/alice.json"];
        bench.run_json(
            &[
                &files[..],
                &["--seal-to", &key("recovery.public"), "--out", "sealed"],
            ]
            .concat(),
        )
    }),
    case("record_name", 2, |bench| {
        bench.write("...", "a share");
        bench.run_json(&[
            "portal",
            "seal",
            "...",
            "--seal-to",
            &key("recovery.public"),
            "--out",
            "sealed",
        ])
    }),
    case("record_too_long", 2, |bench| {
        let cosigner = |number| {
            let (share, id) = (
                "22".repeat(32),
                format!("{number:08x}-0000-4000-8000-000000000000"),
            );
            format!(r#"{{"cosigner":"{id}","MPC_CMP_ECDSA_SECP256K1":"{share}"}}"#)
        };
        let cosigners: Vec<String> = (0..6_500).map(cosigner).collect();
        let (code, shares) = ("11".repeat(32), cosigners.join(","));
        let record =
            format!(r#"{{"walletId":"{WALLET}","chaincode":"{code}","shares":[{shares}]}}"#);
        bench.write("long", record + "\n");
        let to = key("recovery.public");
        bench.run_json(&["seal", "long", "--seal-to", &to, "--out", "sealed"])
    }),
];

#[test]
fn every_error_of_sealed_files_is_made() {
    make_all(CASES);
}

#[test]
fn nobody_and_too_many_to_seal_to_are_errors_of_the_library() {
    let header = Header::new(KEY_SHARE_1, &[1; 32], None, Vec::new());
    let file_key = FileKey::from_secret(
        &lifeboat::crypto::secret::SecretBytes::new(vec![2; 32]),
        &[1; 32],
    );
    let keys = header.run_keys(&file_key);
    let error = Recipients::wrap(&file_key, &keys, &[], &mut rng()).expect_err("there is nobody");
    assert_eq!(error, SealedError::NoRecipient);
    let crowd = vec![public("recovery"); 257];
    let error =
        Recipients::wrap(&file_key, &keys, &crowd, &mut rng()).expect_err("they are too many");
    assert_eq!(error, SealedError::ManyRecipients(257));
}

fn public(name: &str) -> RecoveryPublicKey {
    read_public_key(&read_fixture(&format!("keys/{name}.public.pem"))).unwrap()
}

/// What the age project's program sealed, changed, in `sealed`.
fn age(bench: &Folder, change: fn(Vec<u8>) -> Vec<u8>) {
    bench.write("sealed", change(read_fixture("age/program.age")));
}

/// Two wallets in `sealed`.
fn seal(bench: &Folder) {
    let run = derive(
        bench,
        &[WALLET, WALLET_2, "--seal-to", &key("recovery.public")],
    );
    assert_eq!(run.exit, 0, "{}", run.stderr);
    std::fs::rename(bench.path("out"), bench.path("sealed")).unwrap();
}

fn unseal(bench: &Folder, more: &[&str]) -> Run {
    bench.run_json(&[&["unseal", "sealed", "--out", "opened"], more].concat())
}

/// `unseal` of a file that was changed.
fn spoilt(bench: &Folder, change: fn(&str) -> String) -> Run {
    seal(bench);
    bench.write("sealed", change(&bench.read("sealed")));
    unseal(bench, &["--key", &key("recovery.pkcs8")])
}
