//! The made-up company: what its `demo.json` promises is so, and the lines that it prints work as they are.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use lifeboat::{
    crypto::secret::Passphrase,
    formats::{
        device_share::{device_id::DeviceId, share::DeviceShare},
        full_key::file::full_keys_json,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        device_share::recover::{read_backup, recover},
        takeover::{find_shares, take_over},
    },
};
use serde_json::{Value, json};

use crate::support::{
    client::Request,
    folder::{Folder, program},
};

struct Demo {
    child: Child,
    facts: Value,
}

impl Demo {
    fn start(folder: &Folder) -> Self {
        let out = fs::File::create(folder.path("out.txt")).unwrap();
        let child = program(folder.root())
            .args(["demo", "--dir", "demo", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            facts: Value::Null,
        };
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(120) {
            sleep(Duration::from_millis(50));
            assert!(demo.child.try_wait().unwrap().is_none(), "it ended");
            let Ok(text) = fs::read_to_string(folder.path("demo/demo.json")) else {
                continue;
            };
            let Ok(facts) = serde_json::from_str(&text) else {
                continue;
            };
            demo.facts = facts;
            if demo
                .admin("/readyz")
                .try_send()
                .is_ok_and(|answer| answer.status == 200)
            {
                return demo;
            }
        }
        panic!("it does not serve");
    }

    fn text(&self, name: &str) -> &str {
        self.facts[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}"))
    }

    fn admin(&self, path: &str) -> Request {
        let address = self.text("adminUrl").strip_prefix("http://").unwrap();
        Request::new(address.parse().unwrap(), "GET", path)
    }

    fn get(&self, path: &str, token: &str) -> Request {
        let address = self.text("url").strip_prefix("http://").unwrap();
        Request::new(address.parse().unwrap(), "GET", path).token(self.text(token))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The share that is served and the backup that is kept make the keys that are promised, with the passphrase.
#[test]
fn the_demo_gives_what_its_file_promises() {
    let folder = Folder::new();
    let demo = Demo::start(&folder);
    let wallet = demo.text("walletId");

    let share = demo
        .get(&format!("/v1/wallets/{wallet}/server-share"), "token")
        .send();
    share.expect(200);
    let device = DeviceId::parse(demo.text("deviceId")).unwrap();
    let passphrase = Passphrase::new(demo.text("passphrase").as_bytes().to_vec());
    let backup = read_backup(demo.facts["backup"].to_string().as_bytes()).unwrap();
    assert_eq!(backup.passphrase_id().as_str(), demo.text("passphraseId"));
    let recovered = recover(&backup, &passphrase, &device).unwrap().share;
    let promised = DeviceShare::parse(demo.facts["deviceShare"].to_string().as_bytes()).unwrap();
    assert!(recovered.same_as(&promised));

    let id = WalletId::parse(wallet.as_bytes()).unwrap();
    let server = find_shares(format!("{}\n", share.text).as_bytes(), id).unwrap();
    let algorithms = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];
    let full = take_over(&server, &recovered, &algorithms).unwrap();
    let full: Value = serde_json::from_str(full_keys_json(&full).expose()).unwrap();
    assert_eq!(full, demo.facts["expected"]["fullKeys"]);

    let latest = format!("/v1/wallets/{wallet}/backups/latest");
    let latest = demo.get(&latest, "token").send().expect(200);
    assert_eq!(latest["passphraseId"], demo.facts["passphraseId"]);
    let stranger = demo
        .get(&format!("/v1/wallets/{wallet}/server-share"), "otherToken")
        .send();
    stranger.expect_problem(404, "no-such-wallet");
    let operator = demo
        .admin("/v1/operator/audit")
        .token(demo.text("operatorToken"));
    operator.send().expect(200);
    // Portal's webhooks, and the client of the first user.
    let portal = &demo.facts["portal"];
    let [root, secret, client] =
        ["root", "secret", "clientId"].map(|name| portal[name].as_str().unwrap());
    let webhook = |path: &str, body: Value| {
        let address = demo.text("url").strip_prefix("http://").unwrap();
        let request = Request::new(address.parse().unwrap(), "POST", &format!("{root}{path}"));
        request
            .header("X-Webhook-Secret", secret)
            .json(&body)
            .send()
            .expect(200)
    };
    webhook(
        "/backup",
        json!({"clientId": client, "share": "a share of Portal's"}),
    );
    let fetched = webhook("/backup/fetch", json!({ "clientId": client }));
    assert_eq!(fetched["backupShares"], json!(["a share of Portal's"]));
    let backups = format!("/v1/portal/clients/{client}/backups");
    demo.get(&backups, "token").send().expect(200);
    let stranger = demo.get(&backups, "otherToken").send();
    stranger.expect_problem(404, "no-such-client");
    for file in ["sealed", "endpointKey"] {
        assert!(fs::metadata(demo.text(file)).unwrap().len() > 1000);
    }
}

#[test]
fn the_lines_that_it_prints_work_as_they_are() {
    let folder = Folder::new();
    let _demo = Demo::start(&folder);
    let out = folder.read("out.txt");
    let lines: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert_eq!(lines.len(), 4, "{out}");
    for line in lines {
        let run = Command::new("sh")
            .args(["-c", &line.replace("curl ", "curl -sSf ")])
            .output();
        let run = run.unwrap();
        if run.status.code() == Some(127) {
            eprintln!("there is no curl: the printed lines are not run");
            return;
        }
        assert!(
            run.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(run.stdout.starts_with(b"{"), "{line}");
    }
}

/// A folder that a demo wrote is made anew; anything else is left alone.
#[test]
fn nothing_is_taken_away_that_no_demo_wrote() {
    let folder = Folder::new();
    let first = Demo::start(&folder).text("walletId").to_owned();
    let second = Demo::start(&folder).text("walletId").to_owned();
    assert_ne!(first, second);

    fs::create_dir(folder.path("own")).unwrap();
    folder.write("own/config.toml", "[server]\n");
    let run = folder.run(&["demo", "--dir", "own", "--listen", "127.0.0.1:0"]);
    assert_eq!(run.status(), 2);
    assert!(
        run.stderr().contains("is no folder of a demo"),
        "{}",
        run.stderr()
    );
    assert_eq!(folder.read("own/config.toml"), "[server]\n");
}

#[test]
fn only_its_owner_reads_what_a_demo_writes() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let _demo = Demo::start(&folder);
    let mut folders = vec![folder.path("demo")];
    let mut files = 0;
    while let Some(place) = folders.pop() {
        for entry in fs::read_dir(place).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let mode = metadata.permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
            files += 1;
        }
    }
    assert!(files >= 10, "{files}");
}
