//! `keygen` and `key show`: what they make and show, and every way a key can be refused.

use std::{fs, process::Command, sync::LazyLock};

use base64ct::{Base64, Encoding};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{
    Folder, KEY_PASSPHRASE, Run, fixture,
    forge::{Forge, MASTER_KEY, WALLET, scrypt_key, unhex},
    lifeboat, lifeboat_fed, on_terminal, openssl, read_fixture, tested_program,
};

const NEW_PASSPHRASE: &str = "nine wandering albatrosses";

/// One new key pair for all tests that look at it: making one takes seconds.
static NEW_PAIR: LazyLock<(Folder, Value, String)> = LazyLock::new(|| {
    let bench = Folder::with_out();
    let passphrase = bench.put("passphrase", format!("{NEW_PASSPHRASE}\n"));
    let said = lifeboat(&[
        "--json",
        "keygen",
        "--out",
        &bench.text("out/new"),
        "--key-passphrase-file",
        &passphrase,
    ]);
    assert!(!said.stdout.contains(NEW_PASSPHRASE) && !said.stderr.contains(NEW_PASSPHRASE));
    (bench, said.json(), said.stderr)
});

/// `key show --json` of a fixture with this passphrase file.
fn show(file: &str, passphrase: &str) -> Run {
    lifeboat(&[
        "--json",
        "key",
        "show",
        file,
        "--key-passphrase-file",
        passphrase,
    ])
}

fn key_fixture(name: &str) -> String {
    fixture(&format!("keys/{name}.pem"))
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_new_pair_is_two_private_files_that_openssl_opens() {
    let (bench, outcome, _) = &*NEW_PAIR;
    assert_eq!(bench.results(), ["new-private.pem", "new-public.pem"]);
    for name in bench.results() {
        assert_eq!(bench.mode(&format!("out/{name}")), 0o600, "{name}");
    }
    let private = bench.text("out/new-private.pem");
    let pass = format!("file:{}", bench.text("passphrase"));
    let Some(text) = openssl(&["pkey", "-in", &private, "-passin", &pass, "-text", "-noout"])
    else {
        return;
    };
    assert!(
        text.contains("4096 bit") && text.contains("65537"),
        "{text}"
    );
    let public = openssl(&["pkey", "-in", &private, "-passin", &pass, "-pubout"]).unwrap();
    assert_eq!(public, bench.result("new-public.pem"));
    assert_eq!(outcome["files"].as_array().unwrap().len(), 2);
}

#[test]
fn a_new_key_is_locked_as_the_published_tools_read_it() {
    let (bench, ..) = &*NEW_PAIR;
    let Some(text) = openssl(&["asn1parse", "-in", &bench.text("out/new-private.pem")]) else {
        return;
    };
    for word in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"] {
        assert!(text.contains(word), "{text}");
    }
    let rounds = text.lines().find_map(|line| {
        line.split_once("INTEGER")
            .map(|(_, end)| end.trim_start_matches([' ', ':']))
    });
    assert!(
        u64::from_str_radix(rounds.unwrap(), 16).unwrap() >= 600_000,
        "{text}"
    );
}

#[test]
fn a_new_pair_has_the_fingerprint_and_phrase_that_its_files_have() {
    let (bench, outcome, _) = &*NEW_PAIR;
    let text = bench.result("new-public.pem");
    assert!(
        text.starts_with("-----BEGIN PUBLIC KEY-----\n")
            && text.ends_with("-----END PUBLIC KEY-----\n")
    );
    assert!(!text.contains('\r'));
    let der = pem::parse(&text).unwrap().into_contents();
    assert_eq!(
        outcome["fingerprint"],
        format!("SHA256:{}", hex::encode(Sha256::digest(der)))
    );
    assert_eq!(
        outcome["shortPhrase"],
        Base64::encode_string(&Sha256::digest(&text))[..8]
    );
    let (private, public) = (
        bench.text("out/new-private.pem"),
        bench.text("out/new-public.pem"),
    );
    for file in [private, public] {
        let shown = show(&file, &bench.text("passphrase")).json();
        assert_eq!(shown["fingerprint"], outcome["fingerprint"]);
        assert_eq!(shown["shortPhrase"], outcome["shortPhrase"]);
        assert_eq!(
            shown["shortPhraseCrlf"],
            Base64::encode_string(&Sha256::digest(text.replace('\n', "\r\n")))[..8]
        );
    }
}

#[test]
fn a_second_keygen_refuses_and_leaves_the_first_pair() {
    let (bench, ..) = &*NEW_PAIR;
    let before = bench.result("new-private.pem");
    let said = lifeboat(&[
        "--json",
        "keygen",
        "--out",
        &bench.text("out/new"),
        "--key-passphrase-file",
        &bench.text("passphrase"),
    ]);
    said.refused(2, "output_exists", &["new-private.pem"]);
    assert_eq!(bench.result("new-private.pem"), before);
    assert_eq!(bench.results(), ["new-private.pem", "new-public.pem"]);
}

#[test]
fn a_short_passphrase_is_refused_with_the_reason_unless_insisted_on() {
    let bench = Folder::with_out();
    let eleven = bench.put("eleven", "elevenchars\n");
    let base = [
        "--json",
        "keygen",
        "--out",
        &bench.text("out/k"),
        "--key-passphrase-file",
    ];
    let keygen = |more: &[&str]| lifeboat(&[&base[..], more].concat());
    keygen(&[&eleven]).refused(
        2,
        "weak_passphrase",
        &["11 characters", "12", "--allow-weak-passphrase"],
    );
    let umlauts = bench.put("umlauts", "ü".repeat(11));
    keygen(&[&umlauts]).refused(2, "weak_passphrase", &["11 characters"]);
    let empty = bench.put("empty", "\n");
    keygen(&[&empty, "--allow-weak-passphrase"]).refused(2, "empty_passphrase", &["--unencrypted"]);
    bench.is_clean();
    keygen(&[&eleven, "--allow-weak-passphrase"]).json();
    assert_eq!(
        show(&bench.text("out/k-private.pem"), &eleven).json()["bits"],
        4096
    );
}

#[test]
fn without_a_terminal_nothing_hangs_and_the_flag_is_named() {
    let bench = Folder::with_out();
    let (locked, kit) = (
        key_fixture("recovery.pkcs8.pbkdf2"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let out = bench.text("out/x");
    let open = key_fixture("recovery.pkcs8");
    let commands: [(&[&str], &str); 6] = [
        (&["key", "show", &locked], "--key-passphrase-file"),
        (&["keygen", "--out", &out], "--key-passphrase-file"),
        (
            &["derive", &kit, "--key", &locked, "--out", &out, WALLET],
            "--key-passphrase-file",
        ),
        (
            &["kit", "verify", &kit, "--key", &locked, "--report", &out],
            "--key-passphrase-file",
        ),
        (
            &[
                "kit",
                "verify",
                &kit,
                "--key",
                &open,
                "--owner-key",
                &locked,
            ],
            "--owner-key-passphrase-file",
        ),
        (
            &[
                "kit",
                "verify",
                &kit,
                "--key",
                &locked,
                "--owner-key",
                &open,
            ],
            "--key-passphrase-file",
        ),
    ];
    for (command, flag) in commands {
        lifeboat(&[command, &["--json"]].concat()).refused(
            2,
            "passphrase_needed",
            &[&format!("`{flag} FILE`")],
        );
        bench.is_clean();
    }
}

#[test]
fn a_wrong_passphrase_in_every_encrypted_dress() {
    let bench = Folder::with_out();
    let wrong = bench.put("wrong", "SECRET2\n");
    let mut tried = 0;
    for file in fs::read_dir(fixture("keys")).unwrap() {
        let path = file.unwrap().path();
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if text.contains("ENCRYPTED") && !name.starts_with("refused") {
            show(path.to_str().unwrap(), &wrong).refused(
                3,
                "wrong_key_passphrase",
                &[&name, "every character and space counts"],
            );
            tried += 1;
        }
    }
    assert!(tried >= 11, "{tried}");
}

#[test]
fn a_wrong_passphrase_leaves_nothing_behind() {
    let bench = Folder::with_out();
    let (kit, wrong) = (
        bench.put("kit.zip", Forge::wallets().zip()),
        bench.put("wrong", "SECRET2\n"),
    );
    let (key, out) = (
        key_fixture("recovery.pkcs8.pbkdf2"),
        bench.text("out/shares"),
    );
    let command = [
        "--json",
        "derive",
        &kit,
        "--key",
        &key,
        "--key-passphrase-file",
        &wrong,
        "--out",
        &out,
        WALLET,
    ];
    lifeboat(&command).refused(3, "wrong_key_passphrase", &["recovery.pkcs8.pbkdf2.pem"]);
    bench.is_clean();
}

#[test]
fn one_trailing_newline_of_a_passphrase_file_is_removed_and_no_more() {
    let bench = Folder::with_out();
    let key = key_fixture("recovery.pkcs1.encrypted");
    for end in ["", "\n", "\r\n"] {
        show(
            &key,
            &bench.put("passphrase", format!("{KEY_PASSPHRASE}{end}")),
        )
        .json();
    }
    for end in ["\n\n", " \n", " "] {
        show(
            &key,
            &bench.put("passphrase", format!("{KEY_PASSPHRASE}{end}")),
        )
        .refused(3, "wrong_key_passphrase", &[]);
    }
    lifeboat_fed(
        &["--json", "key", "show", &key, "--key-passphrase-file", "-"],
        b"SECRET\n",
    )
    .json();
    let mut through = Command::new("bash");
    through.args([
        "-c",
        r#"exec "$0" --json key show "$1" --key-passphrase-file /dev/fd/3 3<"$2""#,
    ]);
    let through = through
        .args([tested_program(), &key, &bench.put("passphrase", "SECRET\n")])
        .output();
    Run::of(&through.unwrap()).json();
}

#[test]
fn standard_input_serves_one_passphrase() {
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", Forge::workspace().zip()),
        key_fixture("recovery.pkcs1.encrypted"),
    );
    let command = [
        "--json",
        "kit",
        "verify",
        &kit,
        "--key",
        &key,
        "--key-passphrase-file",
        "-",
        "--owner-passphrase-file",
        "-",
    ];
    lifeboat_fed(&command, b"SECRET\n").refused(
        2,
        "stdin_twice",
        &["--key-passphrase-file", "--owner-passphrase-file"],
    );
}

#[test]
fn what_is_not_a_key() {
    let bench = Folder::with_out();
    let passphrase = bench.put("passphrase", KEY_PASSPHRASE);
    let pem = |label: &str, body: &[u8]| pem::encode(&pem::Pem::new(label, body));
    let whole = pem::parse(read_fixture("keys/recovery.pkcs8.pem"))
        .unwrap()
        .into_contents();
    let mistyped = String::from_utf8(read_fixture("keys/recovery.pkcs8.pem"))
        .unwrap()
        .replacen("MII", "", 1);
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("empty", Vec::new(), "not_a_key"),
        ("text", b"my key is in the safe".to_vec(), "not_a_key"),
        ("short", whole[..9].to_vec(), "key_damaged"),
        ("mistyped", mistyped.into_bytes(), "key_damaged"),
        (
            "certificate",
            pem("CERTIFICATE", b"x").into_bytes(),
            "not_a_key",
        ),
        (
            "unfinished",
            b"-----BEGIN PRIVATE KEY-----\nMIIJ\n".to_vec(),
            "key_damaged",
        ),
        (
            "hollow",
            pem("PRIVATE KEY", b"").into_bytes(),
            "key_damaged",
        ),
        (
            "cut",
            pem("PRIVATE KEY", &whole[..whole.len() / 2]).into_bytes(),
            "key_damaged",
        ),
        (
            "locked",
            pem("ENCRYPTED PRIVATE KEY", b"\x30\x00").into_bytes(),
            "key_damaged",
        ),
        ("huge", vec![b'a'; 300 << 10], "file_too_large"),
    ];
    for (name, bytes, code) in cases {
        show(&bench.put(name, bytes), &passphrase).refused(2, code, &[&format!("{name}`")]);
    }
    show(&bench.text("none"), &passphrase).refused(2, "file_not_found", &["none"]);
}

#[test]
fn a_key_whose_parts_contradict_each_other() {
    let mut der = pem::parse(read_fixture("keys/recovery.pkcs1.pem"))
        .unwrap()
        .into_contents();
    let middle = der.len() / 2;
    der[middle] ^= 1;
    let bench = Folder::with_out();
    let key = bench.put("key", pem::encode(&pem::Pem::new("RSA PRIVATE KEY", der)));
    show(&key, &bench.put("passphrase", "x")).refused(2, "key_damaged", &["key`"]);
}

#[test]
fn a_legacy_cipher_that_nobody_reads() {
    let text = String::from_utf8(read_fixture("keys/recovery.pkcs1.encrypted.pem")).unwrap();
    let bench = Folder::with_out();
    let key = bench.put("key", text.replace("AES-256-CBC", "DES-CBC"));
    show(&key, &bench.put("passphrase", KEY_PASSPHRASE)).refused(
        2,
        "key_scheme_unknown",
        &["DES-CBC", "openssl pkcs8"],
    );
    let key = bench.put(
        "key",
        text.replace("DEK-Info: AES-256-CBC,", "DEK-Info: AES-256-CBC,00"),
    );
    show(&key, &bench.put("passphrase", KEY_PASSPHRASE)).refused(2, "key_damaged", &[]);
}

#[test]
fn a_key_that_asks_for_unreasonable_work_is_refused_before_its_passphrase() {
    // scrypt's r and p, each within bounds of memory, from 8 and 1 to 127.
    let bench = Folder::with_out();
    let key = bench.put("key", scrypt_key(127, &[127]));
    show(&key, &bench.text("no-such-file")).refused(2, "key_work_factor", &["unreasonable"]);
}

#[test]
fn a_public_key_where_the_private_one_is_needed() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    for name in ["recovery.public", "recovery.public.pkcs1"] {
        let (key, out) = (key_fixture(name), bench.text("out/shares"));
        let said = lifeboat(&[
            "--json", "derive", &kit, "--key", &key, "--out", &out, WALLET,
        ]);
        said.refused(2, "public_key_given", &[name, "-private.pem"]);
        bench.is_clean();
    }
}

#[test]
fn a_key_among_other_blocks_is_found() {
    let text = [
        b"Bag Attributes\n  friendlyName: x\n".to_vec(),
        read_fixture("keys/recovery.pkcs8.pem"),
    ]
    .concat();
    let certificate = pem::encode(&pem::Pem::new("CERTIFICATE", b"not looked at".to_vec()));
    let bench = Folder::with_out();
    let key = bench.put("key", [certificate.into_bytes(), text].concat());
    assert_eq!(
        show(&key, &bench.put("passphrase", "x")).json()["bits"],
        4096
    );
}

#[test]
fn what_openssl_seals_opens() {
    let bench = Folder::with_out();
    let (plain, sealed) = (bench.put("plain", unhex(MASTER_KEY)), bench.text("sealed"));
    let key = key_fixture("recovery.public");
    let padding = [
        "-pkeyopt",
        "rsa_padding_mode:oaep",
        "-pkeyopt",
        "rsa_oaep_md:sha1",
        "-pkeyopt",
        "rsa_mgf1_md:sha1",
    ];
    let command = [
        "pkeyutl", "-encrypt", "-pubin", "-inkey", &key, "-in", &plain, "-out", &sealed,
    ];
    let Some(_) = openssl(&[&command[..], &padding].concat()) else {
        return;
    };
    let mut forge = Forge::wallets();
    let shares = |forge: &Forge, name: &str| {
        let out = bench.text(&format!("out/{name}"));
        let (kit, key) = (
            bench.put("kit.zip", forge.zip()),
            key_fixture("recovery.pkcs8"),
        );
        lifeboat(&["derive", &kit, "--key", &key, "--out", &out, WALLET]).done();
        bench.result(name)
    };
    let ours = shares(&forge, "ours");
    *forge.entry(&Forge::master_entry()) = fs::read(&sealed).unwrap();
    assert_eq!(shares(&forge, "theirs"), ours);
}

#[test]
fn a_passphrase_is_never_an_argument() {
    let key = key_fixture("recovery.pkcs8.pbkdf2");
    let said = lifeboat(&["--json", "key", "show", &key, "--key-passphrase", "x"]);
    said.refused(2, "usage", &["--key-passphrase"]);
}

#[test]
fn the_qr_code_is_shown_on_request() {
    let plain = lifeboat(&["key", "show", &key_fixture("recovery.public")]);
    let with = lifeboat(&["key", "show", &key_fixture("recovery.public"), "--qr"]);
    let blocks = |said: &Run| said.done().matches(['█', '▀', '▄']).count();
    assert_eq!(blocks(&plain), 0);
    assert!(blocks(&with) > 1_000);
}

#[test]
fn a_passphrase_typed_on_a_terminal_is_not_echoed() {
    let key = key_fixture("recovery.pkcs8.pbkdf2");
    let Some(said) = on_terminal(&[KEY_PASSPHRASE], &["key", "show", &key]) else {
        return;
    };
    assert!(said.done().contains("private, RSA-4096"), "{}", said.stdout);
    assert!(
        said.stdout.contains("passphrase of") && !said.stdout.contains(KEY_PASSPHRASE),
        "{}",
        said.stdout
    );
}

#[test]
fn a_new_passphrase_is_asked_for_twice() {
    let bench = Folder::with_out();
    let answers = [NEW_PASSPHRASE, "nine wandering albatrozzes"];
    let Some(said) = on_terminal(&answers, &["keygen", "--out", &bench.text("out/new")]) else {
        return;
    };
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(
        said.stdout.contains("the two passphrases are not the same")
            && !said.stdout.contains("albatro"),
        "{}",
        said.stdout
    );
    bench.is_clean();
}

#[test]
fn a_folder_of_the_name_is_not_in_the_way_of_a_key_pair() {
    let bench = Folder::with_out();
    std::fs::create_dir(bench.path("out/name")).unwrap();
    lifeboat(&["keygen", "--unencrypted", "--out", &bench.text("out/name")]).done();
    assert_eq!(
        bench.results(),
        ["name", "name-private.pem", "name-public.pem"]
    );
}

#[test]
fn ctrl_c_at_a_question_ends_it_like_any_failure() {
    let key = fixture("keys/recovery.pkcs8.pbkdf2.pem");
    let Some(said) =
        crate::support::on_terminal(&["\x03"], &["key", "show", key.to_str().unwrap()])
    else {
        return;
    };
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(
        said.stdout.contains("interrupted at the question"),
        "{}",
        said.stdout
    );
}
