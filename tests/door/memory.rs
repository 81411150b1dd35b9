//! Runs each command that handles secrets to its end, dumps its memory there, and looks for what it held: passphrases,
//! RSA primes, master keys, shares, full keys, in every form they have had.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use lifeboat::formats::recovery_key::file::{PrivateKeyFile, read_private_key};
use rsa::{PrivateKey, pkcs8::DecodePrivateKey, traits::PrivateKeyParts};
use serde_json::{Value, json};

use crate::support::{
    Folder, KEY_PASSPHRASE,
    demo::demo_with_device_share,
    forge::{self, Forge},
    json_fixture, read_fixture,
    takeover::{WALLET, folder_of, takeover},
    text,
};

const CONTROL: &[u8] = b"what every dump of memory must hold";
/// A part that long stands for the whole.
const PART: usize = 16;
const NEW_PASSPHRASE: &str = "nine-Velvet-otters-Juggle";

/// What a command held, by name.
#[derive(Default)]
struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    fn text(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), text.as_bytes().to_vec()));
        self
    }

    /// A number: its bytes in both orders, and its hex.
    fn number(mut self, name: &str, bytes: &[u8]) -> Self {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for (form, bytes) in [
            ("", bytes.to_vec()),
            (" reversed", reversed),
            (" in hex", hex::encode(bytes).into_bytes()),
        ] {
            for (end, part) in [
                ("first", bytes.first_chunk::<PART>()),
                ("last", bytes.last_chunk::<PART>()),
            ] {
                self.0
                    .push((format!("{name}{form}, {end} bytes"), part.unwrap().to_vec()));
            }
        }
        self
    }

    fn hex(self, name: &str, digits: &str) -> Self {
        self.number(name, &hex::decode(digits).unwrap())
    }

    fn rsa(self, key: &PrivateKey) -> Self {
        let [p, q] = key.primes() else {
            panic!("two primes")
        };
        let (p, q, d) = (p.to_be_bytes(), q.to_be_bytes(), key.d().to_be_bytes());
        self.number("prime p", &p)
            .number("prime q", &q)
            .number("exponent d", &d)
    }

    fn server_shares(mut self, records: &Value) -> Self {
        for (_, record) in records.as_object().unwrap() {
            for share in record["shares"].as_array().unwrap() {
                for (name, digits) in share
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(name, _)| name.starts_with("MPC"))
                {
                    self = self.hex(name, text(digits));
                }
            }
        }
        self
    }

    /// Those that are in a dump.
    fn remaining(&self, dump: &[u8]) -> Vec<&str> {
        let holds = |bytes: &[u8]| memchr::memmem::find(dump, bytes).is_some();
        assert!(holds(CONTROL), "the dump does not hold what was in memory");
        assert!(!self.0.is_empty());
        self.0
            .iter()
            .filter(|(_, bytes)| holds(bytes))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

/// Runs a command with these results; its memory when it was done.
fn dumped(bench: &Folder, arguments: &[&str]) -> (Output, Vec<u8>) {
    let dump = bench.path(&format!("dump-{}", bench.names().len()));
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(arguments)
        .current_dir(bench.path(""))
        .env("LIFEBOAT_MEMORY_DUMP", &dump)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output, take(&dump))
}

fn take(dump: &Path) -> Vec<u8> {
    let bytes = std::fs::read(dump)
        .expect("the tested binary dumps its memory: a debug build, or the feature `memory-dump`");
    std::fs::remove_file(dump).unwrap();
    bytes
}

/// Runs a command that must succeed and leave no secret.
#[track_caller]
fn leaves_nothing(bench: &Folder, arguments: &[&str], secrets: Secrets) {
    leaves_nothing_at(0, bench, arguments, secrets);
}

#[track_caller]
fn leaves_nothing_at(exit: i32, bench: &Folder, arguments: &[&str], secrets: Secrets) {
    let (output, dump) = dumped(bench, arguments);
    assert_eq!(
        output.status.code(),
        Some(exit),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(secrets.remaining(&dump), [""; 0], "{arguments:?}");
}

fn recovery_key() -> PrivateKey {
    PrivateKey::from_pkcs8_pem(
        std::str::from_utf8(&read_fixture("keys/recovery.pkcs8.pem")).unwrap(),
    )
    .unwrap()
}

fn copy(bench: &Folder, name: &str, fixture: &str) -> PathBuf {
    bench.write(name, read_fixture(fixture)).path(name)
}

/// A bench with the forge's kits and the recovery key under its passphrase.
fn bench_of_kits() -> Folder {
    let bench = Folder::new();
    bench.write("wallets.zip", Forge::wallets().zip());
    bench.write("workspace.zip", Forge::workspace().zip());
    bench.write("owner", forge::OWNER_PASSPHRASE);
    bench.write("passphrase", KEY_PASSPHRASE);
    copy(&bench, "key.pem", "keys/recovery.pkcs8.pbkdf2.pem");
    copy(&bench, "public.pem", "keys/recovery.public.pem");
    bench
}

fn of_recovery_key() -> Secrets {
    // The passphrase of the fixtures is too short to be looked for: `SECRET` is in many words.
    Secrets::default().rsa(&recovery_key())
}

#[test]
fn keygen_and_key_show() {
    let bench = Folder::new();
    bench.write("passphrase", NEW_PASSPHRASE);
    let (output, dump) = dumped(
        &bench,
        &[
            "keygen",
            "--key-passphrase-file",
            "passphrase",
            "--out",
            "new",
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let pem = bench.read("new-private.pem");
    let key = PrivateKey::from_pkcs8_encrypted_pem(&pem, NEW_PASSPHRASE).unwrap();
    let secrets = || {
        Secrets::default()
            .text("passphrase", NEW_PASSPHRASE)
            .rsa(&key)
    };
    assert_eq!(secrets().remaining(&dump), [""; 0]);
    leaves_nothing(
        &bench,
        &[
            "key",
            "show",
            "new-private.pem",
            "--key-passphrase-file",
            "passphrase",
        ],
        secrets(),
    );
    bench.write("wrong", "not the passphrase of it");
    let show = [
        "key",
        "show",
        "new-private.pem",
        "--key-passphrase-file",
        "wrong",
    ];
    leaves_nothing_at(
        3,
        &bench,
        &show,
        Secrets::default().text("passphrase", "not the passphrase of it"),
    );
}

/// Shares that are written nowhere are derived, sealed, opened and joined; the demo has the secrets.
#[test]
fn drill() {
    let bench = demo_with_device_share();
    let passphrase = |name: &str| bench.read(name).trim_end().to_owned();
    let [of_key, of_owner] = ["key-passphrase.txt", "owner-passphrase.txt"].map(passphrase);
    let key = bench.read("recovery-private.pem");
    let key = PrivateKey::from_pkcs8_encrypted_pem(&key, &of_key).unwrap();

    let mut secrets = Secrets::default()
        .text("the key's passphrase", &of_key)
        .text("the owner's passphrase", &of_owner)
        .server_shares(&json_fixture("demo/expected-shares.json"))
        .rsa(&key);
    for share in bench.read_json("device.json")["keys"].as_array().unwrap() {
        secrets = secrets.hex("a device share", text(&share["share"]));
    }
    let known = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11:0x9008730eba6e4046AB01dF4D2D308C97b589de07";
    let kit = ["drill", "--kit", "kit.zip", "--key", "recovery-private.pem"];
    let passphrases = [
        "--key-passphrase-file",
        "key-passphrase.txt",
        "--owner-passphrase-file",
        "owner-passphrase.txt",
    ];
    let wallets = ["--wallets", "wallets.txt", "--sample", "12"];
    let known = ["--known", known, "--device-share", "device.json"];
    leaves_nothing(
        &bench,
        &[&kit[..], &passphrases, &wallets, &known].concat(),
        secrets,
    );
}

/// Runs a command with this on its standard input, its standard output a pipe; its memory when it was done.
fn dumped_with(bench: &Folder, arguments: &[&str], input: &str) -> (Output, Vec<u8>) {
    use std::io::Write;

    let dump = bench.path("dump");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command
        .args(arguments)
        .current_dir(bench.path(""))
        .env("LIFEBOAT_MEMORY_DUMP", &dump);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    (child.wait_with_output().unwrap(), take(&dump))
}

#[test]
fn standard_streams() {
    let bench = bench_of_kits();
    bench.write("passphrase", NEW_PASSPHRASE);
    bench.done(&[
        "keygen",
        "--key-passphrase-file",
        "passphrase",
        "--out",
        "new",
    ]);
    let show = [
        "key",
        "show",
        "new-private.pem",
        "--key-passphrase-file",
        "-",
    ];
    let (output, dump) = dumped_with(&bench, &show, NEW_PASSPHRASE);
    assert!(output.status.success());
    assert_eq!(
        Secrets::default()
            .text("passphrase", NEW_PASSPHRASE)
            .remaining(&dump),
        [""; 0]
    );

    let key = read_fixture("keys/recovery.pkcs8.pem");
    bench.write("open.pem", key);
    let derive = [
        "derive",
        "wallets.zip",
        "--key",
        "open.pem",
        "--out",
        "-",
        forge::WALLET,
    ];
    let (output, dump) = dumped_with(&bench, &derive, "");
    let shares: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        Secrets::default().server_shares(&shares).remaining(&dump),
        [""; 0]
    );
}

/// The memory of a command whose result nobody takes, once it has begun to write it; `None`, and a line about it, where
/// nobody may look into it.
fn held_by(bench: &Folder, arguments: &[&str]) -> Option<Vec<u8>> {
    use std::{io::Read, os::unix::fs::FileExt};

    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command
        .args(arguments)
        .current_dir(bench.path(""))
        // What is in every dump shows here that the search finds what is there.
        .env("LIFEBOAT_MEMORY_DUMP", bench.path("held"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 100]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));

    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let maps = std::fs::read_to_string(process.join("maps"));
    let memory = std::fs::File::open(process.join("mem"));
    let mut found = Vec::new();
    if let (Ok(maps), Ok(memory)) = (&maps, &memory) {
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
            let mut part = vec![0; usize::try_from(end - start).unwrap()];
            if memory.read_exact_at(&mut part, start).is_ok() {
                found.extend(part);
            }
        }
    }
    let waits = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(bench.path("held")).unwrap();
    assert!(waits, "{arguments:?} was done before anybody looked");
    if maps.is_err() || memory.is_err() {
        eprintln!("skipped: only root looks into the memory of a command");
        return None;
    }
    Some(found)
}

#[test]
fn the_recovery_key_is_gone_while_a_batch_runs() {
    let bench = bench_of_kits();
    copy(&bench, "open.pem", "keys/recovery.pkcs8.pem");
    let ids: String = (0..4000)
        .map(|number| format!("00000000-0000-4000-8000-{number:012}\n"))
        .collect();
    bench.write("ids", ids);
    let derive = [
        "derive",
        "wallets.zip",
        "--key",
        "open.pem",
        "--wallets",
        "ids",
    ];
    let sealed = ["--seal-to", "public.pem", "--out", "sealed"];
    bench.done(&[&derive[..], &sealed].concat());
    let unseal = ["unseal", "sealed", "--key", "open.pem", "--out", "-"];
    for command in [&[&derive[..], &["--out", "-"]].concat()[..], &unseal] {
        let Some(held) = held_by(&bench, command) else {
            return;
        };
        assert_eq!(of_recovery_key().remaining(&held), [""; 0], "{command:?}");
    }
}

#[test]
fn a_passphrase_that_was_typed() {
    let bench = Folder::new();
    let (terminal, dump) = (
        format!("{}/tests/support/terminal.py", env!("CARGO_MANIFEST_DIR")),
        bench.path("dump"),
    );
    let asked = [
        NEW_PASSPHRASE,
        NEW_PASSPHRASE,
        "--",
        env!("CARGO_BIN_EXE_lifeboat"),
        "keygen",
        "--out",
        "typed",
    ];
    let run = Command::new("python3")
        .arg(terminal)
        .args(asked)
        .current_dir(bench.path(""))
        .env("LIFEBOAT_MEMORY_DUMP", &dump)
        .output();
    let Ok(output) = run else {
        return eprintln!("skipped: there is no python3 to make a terminal");
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    PrivateKey::from_pkcs8_encrypted_pem(&bench.read("typed-private.pem"), NEW_PASSPHRASE).unwrap();
    assert_eq!(
        Secrets::default()
            .text("passphrase", NEW_PASSPHRASE)
            .remaining(&take(&dump)),
        [""; 0]
    );
}

#[test]
fn the_search_finds_what_is_there() {
    let secrets = of_recovery_key();
    let PrivateKeyFile::Open(key) =
        read_private_key(&read_fixture("keys/recovery.pkcs8.pem")).unwrap()
    else {
        panic!()
    };
    let mut memory = CONTROL.to_vec();
    memory.extend_from_slice(key.to_pkcs8_der().unwrap().as_bytes());
    let found = secrets.remaining(&memory);
    for name in [
        "prime p, first bytes",
        "prime q, last bytes",
        "exponent d, first bytes",
    ] {
        assert!(found.contains(&name), "{found:?}");
    }
}

#[test]
fn kits_and_workspaces() {
    let bench = bench_of_kits();
    let key = [
        "--key",
        "key.pem",
        "--key-passphrase-file",
        "passphrase",
        "--owner-passphrase-file",
        "owner",
    ];
    let secrets = || {
        of_recovery_key()
            .text("owner's passphrase", forge::OWNER_PASSPHRASE)
            .hex("share", forge::SHARE_2)
    };
    leaves_nothing(
        &bench,
        &[&["kit", "verify", "workspace.zip"][..], &key].concat(),
        secrets(),
    );
    let reveal = [
        &["workspace", "workspace.zip", "--reveal", "--out", "keys"][..],
        &key,
    ]
    .concat();
    leaves_nothing(&bench, &reveal, secrets());
}

#[test]
fn derive_seal_and_unseal() {
    let bench = bench_of_kits();
    let key = ["--key", "key.pem", "--key-passphrase-file", "passphrase"];
    let derive = |more: &[&'static str]| {
        [
            &["derive", "wallets.zip", "--algorithm", "both"][..],
            &key,
            more,
        ]
        .concat()
    };
    bench.done(&derive(&["--out", "first", forge::WALLET, forge::WALLET_2]));
    let shares = bench.read_json("first");
    let secrets = || {
        of_recovery_key()
            .hex("master key", forge::MASTER_KEY)
            .server_shares(&shares)
    };
    for (name, format) in [("a.json", "json"), ("a.ndjson", "ndjson"), ("a.csv", "csv")] {
        leaves_nothing(
            &bench,
            &derive(&[
                "--format",
                format,
                "--out",
                name,
                forge::WALLET,
                forge::WALLET_2,
            ]),
            secrets(),
        );
    }
    leaves_nothing(
        &bench,
        &derive(&["--seal-to", "public.pem", "--out", "sealed", forge::WALLET]),
        secrets(),
    );
    leaves_nothing(
        &bench,
        &[&["unseal", "sealed", "--out", "opened"][..], &key].concat(),
        secrets(),
    );
    leaves_nothing(
        &bench,
        &["seal", "first", "--seal-to", "public.pem", "--out", "again"],
        Secrets::default().server_shares(&shares),
    );
    let check = [&["check", "first", "wallets.zip"][..], &key].concat();
    leaves_nothing(&bench, &check, secrets());
}

#[test]
fn device_backups() {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let bench = folder_of(&vector);
    let passphrase = text(&vector["passphrase"]);
    let secrets = || {
        Secrets::default()
            .text("passphrase", passphrase)
            .hex("share", text(&vector["expect"][0]["share"]))
    };
    let (device, id) = (
        text(&vector["deviceId"]),
        text(&vector["backup"]["passphraseId"]),
    );
    let recover = [
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-file",
        "passphrase",
    ];
    leaves_nothing(
        &bench,
        &[&recover[..], &["--out", "device.json"]].concat(),
        secrets(),
    );
    let by_command = [
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-command",
        "cat passphrase; :",
    ];
    leaves_nothing(
        &bench,
        &[&by_command[..], &["--out", "again.json"]].concat(),
        secrets(),
    );
    for format in ["lifeboat", "fireblocks"] {
        let back_up = [
            "share",
            "backup",
            "device.json",
            "--passphrase-file",
            "passphrase",
            "--passphrase-id",
            id,
        ];
        leaves_nothing(
            &bench,
            &[&back_up[..], &["--format", format, "--out", format]].concat(),
            secrets(),
        );
    }
    bench.write("wrong", NEW_PASSPHRASE);
    let wrong = [
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-file",
        "wrong",
        "--out",
        "none",
    ];
    leaves_nothing_at(
        3,
        &bench,
        &wrong,
        Secrets::default().text("passphrase", NEW_PASSPHRASE),
    );
}

/// A bench with server shares and a device share of a vector of takeovers, and what taking over holds.
fn takeover_bench(vector: &Value) -> (Folder, Secrets) {
    let bench = Folder::new();
    let algorithm = text(&vector["algorithm"]);
    let shares: Vec<&str> = vector["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    let (device, server) = shares.split_last().unwrap();
    let cosigners: Vec<Value> = server
        .iter()
        .enumerate()
        .map(|(number, share)| json!({ "cosigner": format!("5c1b2c3d-0000-4000-8000-00000000000{number}"), algorithm: share }))
        .collect();
    bench.write_json(
        "server.json",
        &json!({ WALLET: { "chaincode": vector["chainCode"], "shares": cosigners } }),
    );
    let key = json!({
        "keyId": "16430587-9b59-42ef-b509-2572a33e052e", "algorithm": algorithm, "share": device,
        "publicKey": vector["expect"]["publicKey"], "auxiliaryKeys": null, "metadata": null,
    });
    bench.write_json(
        "device.json",
        &json!({ "deviceId": "2d3ba6ba-7f28-4de1-8ed9-91655728c140", "keys": [key] }),
    );
    bench.write("passphrase", NEW_PASSPHRASE);
    let expect = &vector["expect"];
    let secrets = shares.iter().fold(Secrets::default(), |secrets, share| {
        secrets.hex("share", share)
    });
    let secrets = secrets
        .hex("full key", text(&expect["privateKey"]))
        .text("extended key", &text(&expect["extendedPrivateKey"])[40..])
        .text("passphrase", NEW_PASSPHRASE);
    (bench, secrets)
}

#[test]
fn takeovers_exports_and_signatures() {
    let vectors = json_fixture("shares/takeover.json");
    let of = |kind: &str| {
        vectors
            .as_array()
            .unwrap()
            .iter()
            .find(|one| text(&one["algorithm"]).contains(kind))
            .unwrap()
    };
    for (vector, chain) in [(of("CMP_ECDSA"), "eth"), (of("CMP_EDDSA"), "sol")] {
        let secrets = || takeover_bench(vector).1;
        let bench = takeover_bench(vector).0;
        let takeover = takeover("server.json", "device.json");
        leaves_nothing(
            &bench,
            &[&takeover[..], &["--reveal", "--out", "full"]].concat(),
            secrets(),
        );
        let lock = ["--passphrase-file", "passphrase", "--out", "locked"];
        leaves_nothing(&bench, &[&takeover[..], &lock].concat(), secrets());
        let export = [
            "export",
            "locked",
            "--passphrase-file",
            "passphrase",
            "--chain",
            chain,
            "--reveal",
            "--out",
            "keys",
        ];
        leaves_nothing(&bench, &export, secrets());
        bench.write("message", "a message");
        let sign = [
            "sign",
            "locked",
            "message",
            "--passphrase-file",
            "passphrase",
            "--chain",
            chain,
            "--text-message",
            "--out",
            "signature",
        ];
        leaves_nothing(&bench, &sign, secrets());
        // The other wallet's public key: the sum is computed, and refused.
        let mut device = bench.read_json("device.json");
        let other = vectors
            .as_array()
            .unwrap()
            .iter()
            .rfind(|one| one["algorithm"] == vector["algorithm"])
            .unwrap();
        device["keys"][0]["publicKey"] = other["expect"]["publicKey"].clone();
        bench.write_json("device.json", &device);
        leaves_nothing_at(
            3,
            &bench,
            &[&takeover[..], &["--reveal", "--out", "none"]].concat(),
            secrets(),
        );
    }
}

#[test]
fn portal_backups() {
    let portal = json_fixture("portal/portal.json");
    let wallet = &portal["wallets"][0];
    let bench = Folder::new();
    bench.write("password", text(&wallet["password"]));
    bench.write("ciphertext", text(&wallet["cipherText_password"]));
    // The digits of shares are in quoted numbers.
    let digits = |plain: &str| {
        serde_json::from_str::<Value>(plain).unwrap()["share"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let inner: Value = serde_json::from_str(text(&wallet["plaintext_ios"])).unwrap();
    let plain = inner["SECP256K1"]["share"].as_str().unwrap();
    let decrypt = [
        "portal",
        "decrypt",
        "ciphertext",
        "--passphrase-file",
        "password",
        "--out",
        "plain",
    ];
    leaves_nothing(
        &bench,
        &decrypt,
        Secrets::default().text("share", &digits(plain)),
    );

    bench.write("custodian", text(&wallet["custodian_secp256k1"]));
    bench.write("other", text(&wallet["custodian_ed25519"]));
    bench.write("passphrase", NEW_PASSPHRASE);
    let secrets = || {
        let secrets = Secrets::default()
            .text("client share", &digits(plain))
            .text("passphrase", NEW_PASSPHRASE);
        let secrets = secrets.text(
            "custodian share",
            &digits(text(&wallet["custodian_secp256k1"])),
        );
        secrets.hex(
            "private key",
            text(&wallet["expected"]["secp256k1_privateKey"]),
        )
    };
    let pair = [
        "--client",
        "ciphertext",
        "--passphrase-file",
        "password",
        "--custodian",
        "custodian",
        "other",
    ];
    leaves_nothing(
        &bench,
        &[
            &["portal", "eject"],
            &pair[..],
            &["--reveal", "--out", "keys"],
        ]
        .concat(),
        secrets(),
    );
    let lock = ["--out-passphrase-file", "passphrase", "--out", "locked"];
    leaves_nothing(
        &bench,
        &[&["portal", "eject"], &pair[..], &lock].concat(),
        secrets(),
    );
}
