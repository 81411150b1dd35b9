//! Commands that write files, each on a bench with all it needs, and what is in `out/` afterwards.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use crate::support::{
    Folder,
    faults::{Traced, traced},
    forge::{Forge, OWNER_PASSPHRASE},
    json_fixture, lifeboat,
    sharing::numbered,
    takeover::{COSIGNER, WALLET},
    workload::{ids, key},
};

const PASSPHRASE: &str = "nine wandering albatrosses";
/// A file that was in `out/` before.
const NEIGHBOUR: &str = "neighbour";

/// A command that writes files.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) bench: Folder,
    pub(crate) args: Vec<String>,
}

/// The files in `out/`, without the one that was there before.
pub(crate) type Left = BTreeMap<String, Vec<u8>>;

impl Subject {
    /// The four commands that are killed and starved at every step.
    pub(crate) fn main_ones() -> Vec<Self> {
        vec![keygen(), derive(), share_backup(), takeover()]
    }

    fn new(name: &'static str, bench: Folder, args: &[&str]) -> Self {
        fs::write(bench.path("out").join(NEIGHBOUR), "precious").unwrap();
        Self {
            name,
            bench,
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
        }
    }

    /// `out/`, as the system names it.
    pub(crate) fn out(&self) -> PathBuf {
        self.bench.path("out").canonicalize().unwrap()
    }

    /// The file with the passphrase of new keys and backups.
    pub(crate) fn passphrase(&self) -> String {
        self.bench.put("passphrase", PASSPHRASE)
    }

    /// The device whose share is on the bench.
    pub(crate) fn device_id(&self) -> String {
        first_backup()["deviceId"].as_str().unwrap().to_owned()
    }

    /// The arguments, with more behind them.
    pub(crate) fn with(&self, more: &[&str]) -> Vec<String> {
        self.args
            .iter()
            .cloned()
            .chain(more.iter().map(|&more| more.to_owned()))
            .collect()
    }

    /// Runs it under rules of `faults.c`.
    pub(crate) fn spoiled(&self, rules: &[&str]) -> Option<Traced> {
        traced(&self.out(), rules, &self.with(&["--json"]))
    }

    /// Runs it under rules that must not keep it from ending well. Returns the calls it made and its results.
    pub(crate) fn whole(&self, rules: &[&str]) -> Option<(Vec<String>, Left)> {
        let run = self.spoiled(rules)?;
        run.said().json();
        let left = self.left();
        assert!(!left.is_empty(), "{}", self.name);
        self.clear();
        Some((run.calls, left))
    }

    /// What is in `out/`: private files, and the one of before as it was.
    #[track_caller]
    pub(crate) fn left(&self) -> Left {
        let mut left = Left::new();
        for name in self.bench.results() {
            let path = self.bench.path("out").join(&name);
            let info = fs::symlink_metadata(&path).unwrap();
            let mode = info.permissions().mode() & 0o777;
            if name != NEIGHBOUR {
                assert_eq!(
                    mode,
                    if info.is_dir() { 0o700 } else { 0o600 },
                    "{}: {name}",
                    self.name
                );
            }
            let bytes = if info.is_dir() {
                Vec::new()
            } else {
                fs::read(&path).unwrap()
            };
            left.insert(name, bytes);
        }
        assert_eq!(
            left.remove(NEIGHBOUR).unwrap(),
            b"precious",
            "{}",
            self.name
        );
        left
    }

    /// Whether two results are the same; reports and their pages hold the time.
    pub(crate) fn same(&self, left: &Left, whole: &Left) -> bool {
        if !["kit verify", "drill"].contains(&self.name) {
            return left == whole;
        }
        let is_whole = |bytes: &Vec<u8>| {
            serde_json::from_slice::<Value>(bytes).is_ok() || bytes.ends_with(b"</html>\n")
        };
        left.keys().eq(whole.keys()) && left.values().all(is_whole)
    }

    /// Takes everything away but the file of before.
    pub(crate) fn clear(&self) {
        for name in self
            .bench
            .results()
            .iter()
            .filter(|name| *name != NEIGHBOUR)
        {
            let path = self.bench.path("out").join(name);
            if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            }
            .unwrap();
        }
    }
}

pub(crate) fn keygen() -> Subject {
    let bench = Folder::with_out();
    let prefix = bench.text("out/k");
    Subject::new(
        "keygen",
        bench,
        &["keygen", "--unencrypted", "--out", &prefix],
    )
}

/// With the private key under a passphrase.
pub(crate) fn locked_keygen() -> Subject {
    let bench = Folder::with_out();
    let (prefix, passphrase) = (bench.text("out/k"), bench.put("passphrase", PASSPHRASE));
    Subject::new(
        "keygen",
        bench,
        &[
            "keygen",
            "--key-passphrase-file",
            &passphrase,
            "--out",
            &prefix,
        ],
    )
}

pub(crate) fn derive() -> Subject {
    derive_of(300)
}

pub(crate) fn derive_of(count: u32) -> Subject {
    let (bench, kit, list, out) = batch(count);
    Subject::new(
        "derive",
        bench,
        &[
            "derive",
            &kit,
            "--key",
            &key("recovery.pkcs8"),
            "--wallets",
            &list,
            "--out",
            &out,
        ],
    )
}

pub(crate) fn share_backup() -> Subject {
    backup_as("fireblocks")
}

/// In the form of `lifeboat`.
pub(crate) fn strong_backup() -> Subject {
    backup_as("lifeboat")
}

fn backup_as(form: &str) -> Subject {
    let (bench, device, passphrase) = with_device_share();
    let out = bench.text("out/backup");
    let rest = ["--passphrase-id", WALLET, "--format", form, "--out", &out];
    Subject::new(
        "share backup",
        bench,
        &[
            &["share", "backup", &device, "--passphrase-file", &passphrase],
            &rest[..],
        ]
        .concat(),
    )
}

pub(crate) fn takeover() -> Subject {
    let (bench, device, _) = with_device_share();
    let (server, out) = (bench.text("server"), bench.text("out/full"));
    let rest = ["--device-share", &device, "--reveal", "--out", &out];
    Subject::new(
        "takeover",
        bench,
        &[
            &["takeover", "--server-shares", &server, "--wallet", WALLET],
            &rest[..],
        ]
        .concat(),
    )
}

/// With the full keys under a passphrase.
pub(crate) fn locked_takeover() -> Subject {
    let (bench, device, passphrase) = with_device_share();
    let (server, out) = (bench.text("server"), bench.text("out/full"));
    let rest = [
        "--device-share",
        &device,
        "--passphrase-file",
        &passphrase,
        "--out",
        &out,
    ];
    Subject::new(
        "takeover",
        bench,
        &[
            &["takeover", "--server-shares", &server, "--wallet", WALLET],
            &rest[..],
        ]
        .concat(),
    )
}

/// Every other command that writes files.
pub(crate) fn others() -> Vec<Subject> {
    let mut subjects = vec![
        recover(),
        passphrase(),
        sealed_takeover(),
        verify(),
        workspace(),
        eject(),
    ];
    subjects.extend([seal(), unseal(), rewrap(), merge(), repair()]);
    subjects.extend([export(), sign(), portal_seal(), portal_open(), kit_create()]);
    subjects.push(drill());
    subjects
}

fn recover() -> Subject {
    let (bench, ..) = with_device_share();
    let vector = first_backup();
    let (backup, passphrase) = (bench.text("backup"), bench.text("old passphrase"));
    let (device, out) = (
        vector["deviceId"].as_str().unwrap(),
        bench.text("out/device"),
    );
    let args = [
        "share",
        "recover",
        &backup,
        "--device-id",
        device,
        "--passphrase-file",
        &passphrase,
        "--out",
        &out,
    ];
    Subject::new("share recover", bench, &args)
}

fn passphrase() -> Subject {
    let bench = Folder::with_out();
    let out = bench.text("out/passphrase");
    Subject::new(
        "share generate-passphrase",
        bench,
        &["share", "generate-passphrase", "--out", &out],
    )
}

fn sealed_takeover() -> Subject {
    let (bench, device, _) = with_device_share();
    let (server, out) = (bench.text("server"), bench.text("out/full"));
    let rest = [
        "--device-share",
        &device,
        "--seal-to",
        &key("recovery.public"),
        "--out",
        &out,
    ];
    let args = [
        &["takeover", "--server-shares", &server, "--wallet", WALLET],
        &rest[..],
    ]
    .concat();
    Subject::new("takeover --seal-to", bench, &args)
}

fn verify() -> Subject {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let out = bench.text("out/report");
    Subject::new(
        "kit verify",
        bench,
        &[
            "kit",
            "verify",
            &kit,
            "--key",
            &key("recovery.pkcs8"),
            "--report",
            &out,
        ],
    )
}

fn workspace() -> Subject {
    let bench = Folder::with_out();
    let (kit, owner) = (
        bench.put("kit.zip", Forge::workspace().zip()),
        bench.put("owner", OWNER_PASSPHRASE),
    );
    let out = bench.text("out/keys");
    let args = ["--owner-passphrase-file", &owner, "--reveal", "--out", &out];
    Subject::new(
        "workspace",
        bench,
        &[
            &["workspace", &kit, "--key", &key("recovery.pkcs8")],
            &args[..],
        ]
        .concat(),
    )
}

fn eject() -> Subject {
    let bench = Folder::with_out();
    let sharing = numbered(Curve::Secp256k1, 1, 1);
    let client = bench.put("client", sharing.client.to_string());
    let custodian = bench.put("custodian", sharing.custodian.to_string());
    let out = bench.text("out/keys");
    let args = [
        "portal",
        "eject",
        "--client",
        &client,
        "--custodian",
        &custodian,
        "--reveal",
        "--out",
        &out,
    ];
    Subject::new("portal eject", bench, &args)
}

fn seal() -> Subject {
    let (bench, shares) = derived(&[]);
    let out = bench.text("out/sealed");
    Subject::new(
        "seal",
        bench,
        &[
            "seal",
            &shares,
            "--seal-to",
            &key("recovery.public"),
            "--out",
            &out,
        ],
    )
}

fn unseal() -> Subject {
    let (bench, sealed) = derived(&["--seal-to", &key("recovery.public")]);
    let out = bench.text("out/clear");
    Subject::new(
        "unseal",
        bench,
        &[
            "unseal",
            &sealed,
            "--key",
            &key("recovery.pkcs8"),
            "--out",
            &out,
        ],
    )
}

fn rewrap() -> Subject {
    let (bench, sealed) = derived(&["--seal-to", &key("recovery.public")]);
    let out = bench.text("out/again");
    let args = ["--seal-to", &key("other.public"), "--out", &out];
    Subject::new(
        "rewrap",
        bench,
        &[
            &["rewrap", &sealed, "--key", &key("recovery.pkcs8")],
            &args[..],
        ]
        .concat(),
    )
}

fn merge() -> Subject {
    let (bench, shares) = derived(&[]);
    let (list, out) = (bench.text("list"), bench.text("out/merged"));
    Subject::new(
        "merge",
        bench,
        &["merge", &shares, "--wallets", &list, "--out", &out],
    )
}

fn repair() -> Subject {
    let (bench, shares) = derived(&[]);
    let (kit, out) = (bench.text("kit.zip"), bench.text("out/repaired"));
    Subject::new(
        "check",
        bench,
        &[
            "check",
            &shares,
            &kit,
            "--key",
            &key("recovery.pkcs8"),
            "--repair",
            &out,
        ],
    )
}

fn export() -> Subject {
    let (bench, full) = with_full_keys();
    let out = bench.text("out/keys");
    Subject::new(
        "export",
        bench,
        &[
            "export", &full, "--chain", "btc,eth", "--reveal", "--out", &out,
        ],
    )
}

/// Scrypt makes these slow.
pub(crate) fn keystores() -> Subject {
    let (bench, full) = with_full_keys();
    let (folder, out, passphrase) = (
        bench.text("out/stores"),
        bench.text("out/addresses"),
        bench.text("passphrase"),
    );
    let args = [
        "--keystore-dir",
        &folder,
        "--keystore-passphrase-file",
        &passphrase,
        "--out",
        &out,
    ];
    Subject::new(
        "export --keystore-dir",
        bench,
        &[&["export", &full, "--chain", "eth"], &args[..]].concat(),
    )
}

fn sign() -> Subject {
    let (bench, full) = with_full_keys();
    let (digest, out) = (
        bench.put("digest", "a digest of thirty-two bytes ..."),
        bench.text("out/signature"),
    );
    Subject::new(
        "sign",
        bench,
        &[
            "sign",
            &full,
            &digest,
            "--prehashed",
            "--chain",
            "atom",
            "--out",
            &out,
        ],
    )
}

fn portal_seal() -> Subject {
    let (bench, share) = with_custodian_share();
    let out = bench.text("out/sealed");
    Subject::new(
        "portal seal",
        bench,
        &[
            "portal",
            "seal",
            &share,
            "--seal-to",
            &key("recovery.public"),
            "--out",
            &out,
        ],
    )
}

fn portal_open() -> Subject {
    let (bench, share) = with_custodian_share();
    let sealed = bench.text("sealed");
    lifeboat(&[
        "--json",
        "portal",
        "seal",
        &share,
        "--seal-to",
        &key("recovery.public"),
        "--out",
        &sealed,
    ])
    .json();
    let out = bench.text("out/opened");
    Subject::new(
        "portal open",
        bench,
        &[
            "portal",
            "open",
            &sealed,
            "--key",
            &key("recovery.pkcs8"),
            "--out",
            &out,
        ],
    )
}

fn first_backup() -> Value {
    json_fixture("backups/device-backup.json")[0].clone()
}

/// Kit, list and the name of a result.
fn batch(count: u32) -> (Folder, String, String, String) {
    let bench = Folder::with_out();
    let (kit, list) = (
        bench.put("kit.zip", Forge::wallets().zip()),
        bench.put("list", ids(count).join("\n")),
    );
    let out = bench.text("out/shares");
    (bench, kit, list, out)
}

/// A batch and its result, in `shares`.
fn derived(more: &[&str]) -> (Folder, String) {
    // More than a buffer full.
    let (bench, kit, list, _) = batch(40);
    let shares = bench.text("shares");
    let args = [
        "--json",
        "derive",
        &kit,
        "--key",
        &key("recovery.pkcs8"),
        "--wallets",
        &list,
        "--out",
        &shares,
    ];
    lifeboat(&[&args[..], more].concat()).json();
    (bench, shares)
}

/// A device share and a passphrase for a new backup; beside them backup, server shares and the old passphrase.
fn with_device_share() -> (Folder, String, String) {
    let (bench, vector) = (Folder::with_out(), first_backup());
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let backup = bench.put("backup", vector["backup"].to_string());
    let old = bench.put("old passphrase", text("passphrase"));
    let mut shares = json!({ "cosigner": COSIGNER });
    for key in vector["expect"].as_array().unwrap() {
        shares[key["algorithm"].as_str().unwrap()] = key["cloudShare"].clone();
    }
    bench.put(
        "server",
        json!({ WALLET: { "chaincode": "11".repeat(32), "shares": [shares] } }).to_string(),
    );
    let (device, id) = (bench.text("device"), text("deviceId"));
    let args = [
        "share",
        "recover",
        &backup,
        "--device-id",
        &id,
        "--passphrase-file",
        &old,
        "--out",
        &device,
    ];
    lifeboat(&args).done();
    let passphrase = bench.put("passphrase", PASSPHRASE);
    (bench, device, passphrase)
}

fn with_full_keys() -> (Folder, String) {
    let (bench, device, _) = with_device_share();
    let (server, full) = (bench.text("server"), bench.text("full"));
    let args = [
        "takeover",
        "--server-shares",
        &server,
        "--wallet",
        WALLET,
        "--device-share",
        &device,
        "--reveal",
    ];
    lifeboat(&[&args[..], &["--out", &full]].concat()).done();
    (bench, full)
}

fn with_custodian_share() -> (Folder, String) {
    let bench = Folder::with_out();
    let share = bench.put(
        "custodian",
        numbered(Curve::Secp256k1, 1, 1).custodian.to_string(),
    );
    (bench, share)
}

/// With a passphrase that is shared among people: a folder of sheets, a record and the pair, all of them or none.
pub(crate) fn shared_keygen() -> Subject {
    let bench = Folder::with_out();
    let prefix = bench.text("out/k");
    Subject::new(
        "keygen --split",
        bench,
        &["keygen", "--split", "2/3", "--out", &prefix],
    )
}

/// With a list of wallets and the secrets it was made of.
pub(crate) fn kit_create() -> Subject {
    let bench = Folder::with_out();
    let (out, spec) = (bench.text("out/kit"), bench.text("out/spec"));
    Subject::new(
        "kit create",
        bench,
        &[
            "kit",
            "create",
            "--generate",
            "--public-key",
            &key("recovery.public"),
            "--wallets",
            "3",
            "--spec-out",
            &spec,
            "--out",
            &out,
        ],
    )
}

/// With report and page: both, or none.
fn drill() -> Subject {
    let (bench, kit, list, _) = batch(3);
    let (report, page) = (bench.text("out/report"), bench.text("out/page"));
    let key = key("recovery.pkcs8");
    let args = ["drill", "--kit", &kit, "--key", &key, "--wallets", &list];
    let rest = ["--report", &report, "--html", &page];
    Subject::new("drill", bench, &[&args[..], &rest].concat())
}
