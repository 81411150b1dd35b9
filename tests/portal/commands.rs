//! The commands as a person or a program calls them: outcomes, files, modes, what is said and what is not.

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output, Stdio},
};

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::sharing::numbered;

/// A folder of its own for one test.
pub(crate) struct Run(TempDir);

/// What `--json` said.
pub(crate) struct JsonOutcome {
    pub(crate) exit: i32,
    pub(crate) fields: Value,
    pub(crate) stderr: String,
}

impl JsonOutcome {
    pub(crate) fn code(&self) -> &str {
        self.fields["error"]["code"].as_str().unwrap_or("")
    }

    pub(crate) fn message(&self) -> &str {
        self.fields["error"]["message"].as_str().unwrap_or("")
    }
}

impl Run {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.0.path().join(name).exists()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Names of everything in the folder, hidden files too.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn json(&self, args: &[&str]) -> JsonOutcome {
        let output = lifeboat(self, &[args, &["--json"]].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        let fields: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {stderr}"));
        let exit = output.status.code().unwrap();
        assert_eq!(fields["ok"], json!(exit == 0));
        JsonOutcome {
            exit,
            fields,
            stderr,
        }
    }

    /// Two wallets' halves on both curves: client files `c-…`, custodian files `s-…`.
    fn with_halves(&self) -> &Self {
        for (name, curve) in [("secp", Curve::Secp256k1), ("ed", Curve::Ed25519)] {
            for (key, pair) in [(1, 1), (1, 2), (2, 3)] {
                let sharing = numbered(curve, key, pair);
                self.write(
                    &format!("clients/c-{name}-{key}-{pair}"),
                    sharing.client.to_string(),
                );
                self.write(
                    &format!("custodians/s-{name}-{key}-{pair}"),
                    sharing.custodian.to_string(),
                );
            }
        }
        self
    }
}

/// Runs the binary in the test's folder, without a terminal.
pub(crate) fn lifeboat(run: &Run, args: &[&str]) -> Output {
    lifeboat_with_input(run, args, b"")
}

pub(crate) fn lifeboat_with_input(run: &Run, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(args).current_dir(run.0.path());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn wallet() -> Value {
    let text = std::fs::read_to_string("fixtures/portal/portal.json").unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["wallets"][0].clone()
}

fn eject_vector() -> Value {
    let text = std::fs::read_to_string("fixtures/portal/portal.json").unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["eject"][0].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn decrypt_writes_the_plain_text_to_a_new_private_file() {
    let wallet = wallet();
    let run = Run::new();
    run.write("key", text(&wallet["key"]))
        .write("password", format!("{}\n", text(&wallet["password"])));
    run.write("k", text(&wallet["cipherText_key"]))
        .write("p", format!(" {}\n", text(&wallet["cipherText_password"])));
    run.write(
        "answer",
        json!({ "encryptedClientBackupShare": wallet["cipherText_key"] }).to_string(),
    );
    for (sealed, flag, file, plain) in [
        ("k", "--key-file", "key", "plaintext_rn"),
        ("answer", "--key-file", "key", "plaintext_rn"),
        ("p", "--passphrase-file", "password", "plaintext_ios"),
    ] {
        let out = format!("out-{sealed}");
        let outcome = run.json(&["portal", "decrypt", sealed, flag, file, "--out", &out]);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        assert_eq!(run.read(&out), text(&wallet[plain]));
        let mode = std::fs::metadata(run.0.path().join(&out))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = run.json(&["portal", "decrypt", sealed, flag, file, "--out", &out]);
        assert_eq!((again.exit, again.code()), (2, "output_exists"));
    }
    let output = lifeboat_with_input(
        &run,
        &["portal", "decrypt", "k", "--key-file", "-", "--out", "-"],
        text(&wallet["key"]).as_bytes(),
    );
    assert_eq!(output.stdout, text(&wallet["plaintext_rn"]).as_bytes());
}

#[test]
fn decrypt_without_key_and_terminal_names_both_flags() {
    let run = Run::new();
    run.write("k", text(&wallet()["cipherText_key"]));
    let outcome = run.json(&["portal", "decrypt", "k", "--out", "out"]);
    assert_eq!((outcome.exit, outcome.code()), (2, "passphrase_needed"));
    assert!(outcome.stderr.contains("--key-file") && outcome.stderr.contains("--passphrase-file"));
    assert_eq!(run.names(), ["k"]);
}

#[test]
fn eject_pairs_folders_of_versions() {
    let run = Run::new();
    run.with_halves();
    // An interrupted backup: of pair 2 only the client's half, of pair 1 only the custodian's on one curve.
    for lost in ["custodians/s-secp-1-2", "clients/c-ed-2-3"] {
        std::fs::remove_file(run.0.path().join(lost)).unwrap();
    }
    run.write("clients/notes.txt", "not a share at all")
        .write("clients/copy", run.read("clients/c-ed-1-1"));
    let outcome = run.json(&[
        "portal",
        "eject",
        "--client",
        "clients",
        "--custodian",
        "custodians",
        "--reveal",
        "--out",
        "keys",
    ]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    let keys: Value = serde_json::from_str(&run.read("keys")).unwrap();
    let made: Vec<_> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| text(&key["publicKey"]).to_owned())
        .collect();
    let expected = [
        (Curve::Secp256k1, 1, 1),
        (Curve::Secp256k1, 2, 3),
        (Curve::Ed25519, 1, 1),
    ];
    let expected: Vec<_> = expected
        .map(|(c, k, p)| numbered(c, k, p).public_key.to_hex())
        .to_vec();
    assert_eq!(made, expected);
    assert_eq!(outcome.fields["warnings"].as_array().unwrap().len(), 2);
    let stdout = outcome.fields.to_string();
    for key in keys.as_array().unwrap() {
        assert!(
            !stdout.contains(text(&key["privateKey"])),
            "the outcome holds no secret"
        );
        assert!(!outcome.stderr.contains(text(&key["privateKey"])));
    }
}

#[test]
fn eject_tells_why_every_pairing_failed() {
    let run = Run::new();
    run.with_halves();
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "--custodian",
        "custodians/s-ed-1-2",
    ];
    let outcome = run.json(
        &[
            &args[..],
            &["custodians/s-ed-2-3", "--reveal", "--out", "keys"],
        ]
        .concat(),
    );
    assert_eq!((outcome.exit, outcome.code()), (3, "no_pair"));
    let attempts = outcome.fields["unpaired"][0]["attempts"]
        .as_array()
        .unwrap();
    let codes: Vec<_> = attempts
        .iter()
        .map(|attempt| text(&attempt["code"]))
        .collect();
    assert_eq!(codes, ["other_client_half", "other_wallet"]);
    assert_eq!(outcome.fields["halves"].as_array().unwrap().len(), 3);
    assert!(!run.exists("keys"));
}

#[test]
fn some_wallets_without_a_pair_are_failed_records() {
    let run = Run::new();
    run.with_halves();
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "clients/c-ed-2-3",
    ];
    let outcome = run.json(
        &[
            &args[..],
            &[
                "--custodian",
                "custodians/s-ed-1-1",
                "--reveal",
                "--out",
                "keys",
            ],
        ]
        .concat(),
    );
    assert_eq!((outcome.exit, outcome.code()), (1, "wallets_unpaired"));
    assert_eq!(outcome.fields["keys"].as_array().unwrap().len(), 1);
    assert!(run.exists("keys"));
}

#[test]
fn eject_opens_what_is_encrypted_and_passes_over_what_stays_shut() {
    let (wallet, other) = (wallet(), eject_vector());
    let run = Run::new();
    run.write("c/new", text(&wallet["cipherText_key"]))
        .write("c/old", text(&wallet["cipherText_password"]));
    run.write("c/bare", text(&other["client"]))
        .write("key", text(&wallet["key"]));
    run.write("s/1", text(&wallet["custodian_secp256k1"]))
        .write("s/2", text(&wallet["custodian_ed25519"]));
    run.write("s/3", text(&other["custodian"]));
    let args = [
        "portal",
        "eject",
        "--client",
        "c",
        "--custodian",
        "s",
        "--reveal",
        "--out",
        "keys",
    ];
    let locked = run.json(&args);
    assert_eq!((locked.exit, locked.code()), (1, "files_failed"));
    std::fs::remove_file(run.path("keys")).unwrap();
    let outcome = run.json(&[&args[..], &["--key-file", "key"]].concat());
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(outcome.fields["keys"].as_array().unwrap().len(), 3);
    assert!(outcome.stderr.contains("passed over `c/old`"));
    run.write("wrong", "00".repeat(32));
    let shut = [
        "portal",
        "eject",
        "--client",
        "c/new",
        "--custodian",
        "s",
        "--key-file",
        "wrong",
    ];
    let outcome = run.json(&shut);
    assert_eq!((outcome.exit, outcome.code()), (3, "wrong_cloud_key"));
}

#[test]
fn eject_without_out_shows_no_private_key_and_reveal_does() {
    let vector = eject_vector();
    let run = Run::new();
    run.write("c", text(&vector["client"]))
        .write("s", text(&vector["custodian"]));
    let args = ["portal", "eject", "--client", "c", "--custodian", "s"];
    let output = lifeboat(&run, &args);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains(text(&vector["solana_address"]))
            && !shown.contains(text(&vector["expected_privateKey"]))
    );
    let output = lifeboat(&run, &[&args[..], &["--reveal"]].concat());
    let keys: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(keys[0]["privateKey"], vector["expected_privateKey"]);
    assert!(text(&keys[0]["form"]).contains("not an RFC 8032 seed"));
}

#[test]
fn one_answer_with_both_halves_serves_both_sides() {
    let vector = eject_vector();
    let run = Run::new();
    let answer = json!({ "encryptedClientBackupShare": wallet()["cipherText_key"], "custodianBackupShare": wallet()["custodian_ed25519"] });
    run.write("answer", answer.to_string())
        .write("key", text(&wallet()["key"]));
    let args = [
        "portal",
        "eject",
        "--client",
        "answer",
        "--custodian",
        "answer",
        "--key-file",
        "key",
        "--reveal",
        "--out",
        "keys",
    ];
    let outcome = run.json(&args);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (1, "wallets_unpaired"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.fields["keys"][0]["curve"], "ed25519");
    assert_ne!(
        outcome.fields["keys"][0]["addresses"]["solana"],
        vector["solana_address"]
    );
}

#[test]
fn repair_gives_the_key_or_says_what_it_is() {
    let vector = eject_vector();
    let (address, good) = (
        text(&vector["solana_address"]),
        text(&vector["expected_privateKey"]),
    );
    let run = Run::new();
    run.write(
        "bad",
        format!("{}\n", text(&vector["ejectjs_1_0_2_would_output"])),
    )
    .write("good", good);
    let output = lifeboat(&run, &["portal", "repair", "bad", "--public-key", address]);
    assert_eq!(output.stdout, format!("{good}\n").as_bytes());
    let outcome = run.json(&[
        "portal",
        "repair",
        "bad",
        "--address",
        address,
        "--out",
        "fixed",
    ]);
    assert_eq!(
        (outcome.exit, &outcome.fields["result"]),
        (0, &json!("repaired"))
    );
    assert_eq!(run.read("fixed"), format!("{good}\n"));
    let outcome = run.json(&["portal", "repair", "good", "--public-key", address]);
    assert_eq!(
        (outcome.exit, &outcome.fields["result"]),
        (0, &json!("right_already"))
    );
    let other = text(&wallet()["expected"]["solana_address"]).to_owned();
    let outcome = run.json(&[
        "portal",
        "repair",
        "bad",
        "--public-key",
        &other,
        "--out",
        "no",
    ]);
    assert_eq!((outcome.exit, outcome.code()), (3, "key_of_another_wallet"));
    assert!(!run.exists("no"));
}

#[test]
fn a_key_typed_as_an_argument_is_refused_and_not_repeated() {
    let vector = eject_vector();
    let run = Run::new();
    let (key, address) = (
        text(&vector["expected_privateKey"]),
        text(&vector["solana_address"]),
    );
    let outcome = run.json(&["portal", "repair", key, "--public-key", address]);
    assert_eq!((outcome.exit, outcome.code()), (2, "secret_in_arguments"));
    assert!(!outcome.stderr.contains(key) && !outcome.fields.to_string().contains(key));
}

#[test]
fn cloud_name_shows_every_place() {
    let run = Run::new();
    let args = [
        "portal",
        "cloud-name",
        "--custodian",
        "custodianId",
        "--client",
        "clientId",
    ];
    let shown = String::from_utf8(lifeboat(&run, &args).stdout).unwrap();
    for name in [
        "_PORTAL_MPC_DO_NOT_DELETE_",
        "2065615633.txt",
        "2a43d412de95c179",
    ] {
        assert!(shown.contains(name), "{name}");
    }
    assert_eq!(run.json(&args).fields["icloud"]["current"], "2065615633");
}

#[test]
fn inspect_says_what_files_are_and_no_secret() {
    let run = Run::new();
    run.with_halves();
    let sharing = numbered(Curve::Secp256k1, 1, 1);
    let row = json!({ "clientId": "outer", "share": sharing.custodian.to_string(), "backupMethod": "PASSKEY-SECP256K1" });
    run.write("row", row.to_string())
        .write("sealed", text(&wallet()["cipherText_key"]));
    let output = lifeboat(
        &run,
        &["portal", "inspect", "row", "clients/c-ed-1-1", "sealed"],
    );
    let (shown, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    for expected in [
        "custodian half, secp256k1, pair pair-secp256k1-1-1",
        "client half, ed25519",
        "3362 bytes",
        "made-up client",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(said.contains("not recoverable offline"));
    assert!(!shown.contains(text(&sharing.custodian["share"])));
    let mut damaged = numbered(Curve::Ed25519, 1, 1).client;
    damaged["share"] = json!("5");
    run.write("damaged", damaged.to_string());
    let outcome = run.json(&["portal", "inspect", "damaged"]);
    assert_eq!((outcome.exit, outcome.code()), (3, "share_inconsistent"));
    assert_eq!(outcome.fields["halves"][0]["numbers"], "contradicts");
    run.write("wrong", "00".repeat(32));
    let outcome = run.json(&["portal", "inspect", "sealed", "--key-file", "wrong"]);
    assert_eq!((outcome.exit, outcome.code()), (3, "wrong_cloud_key"));
    assert_eq!(outcome.fields["encrypted"][0]["bytes"], 3362);
}

#[test]
fn equal_pair_ids_are_tried_first() {
    let run = Run::new();
    run.with_halves();
    let mut damaged = numbered(Curve::Ed25519, 1, 1).custodian;
    damaged["share"] = json!("5");
    run.write("z-damaged", damaged.to_string());
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "--custodian",
        "custodians/s-ed-1-2",
        "z-damaged",
    ];
    let outcome = run.json(&args);
    let attempts = outcome.fields["unpaired"][0]["attempts"]
        .as_array()
        .unwrap();
    let tried: Vec<_> = attempts
        .iter()
        .map(|attempt| (text(&attempt["custodian"]), text(&attempt["code"])))
        .collect();
    assert_eq!(
        tried,
        [
            ("z-damaged", "other_custodian_half"),
            ("custodians/s-ed-1-2", "other_client_half")
        ]
    );
}

/// The web SDK lists both points without saying whose they are.
#[test]
fn points_in_an_array_are_told_apart_by_the_share() {
    for order in [["client", "server"], ["server", "client"]] {
        let sharing = numbered(Curve::Secp256k1, 1, 1);
        let mut client = sharing.client.clone();
        let points = order.map(|name| client["partialPubkey"][name].clone());
        client
            .as_object_mut()
            .unwrap()
            .remove("partialPubkey")
            .unwrap();
        client["partialPubKey"] = json!(points);
        let run = Run::new();
        run.write("c", client.to_string())
            .write("s", sharing.custodian.to_string());
        let outcome = run.json(&["portal", "inspect", "c", "s"]);
        let numbers: Vec<_> = outcome.fields["halves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|half| &half["numbers"])
            .collect();
        assert_eq!(numbers, ["consistent", "consistent"]);
        assert_eq!(
            run.json(&["portal", "eject", "--client", "c", "--custodian", "s"])
                .exit,
            0
        );
    }
}

/// Every escape of JSON, in the text that holds the share and in a label.
#[test]
fn escapes_are_resolved() {
    let custodian = numbered(Curve::Ed25519, 1, 1).custodian.to_string();
    let custodian = custodian
        .replacen('{', r"{ \t\r\n\u0020", 1)
        .replace('"', r"\u0022");
    let custodian = custodian.replace("made-up", r"a\/\\b\\f\\u0001");
    let run = Run::new();
    run.write(
        "row",
        format!(r#"{{"share":"{custodian}","backupMethod":"\ud83d\uDE00\u00e9"}}"#),
    );
    let outcome = run.json(&["portal", "inspect", "row"]);
    let half = &outcome.fields["halves"][0];
    assert_eq!(half["numbers"], "consistent", "{}", outcome.stderr);
    assert_eq!(half["backupMethod"], "😀é");
    assert_eq!(half["clientId"], r"a/\u{8}\u{c}\u{1} client");
}
