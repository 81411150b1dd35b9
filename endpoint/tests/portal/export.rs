//! `export portal`: what was delivered and handed in makes the keys that must come out, read by the offline tool's own floors.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::secret::{Passphrase, Secret, SecretBytes},
    formats::{portal::exported_key::exported_key, sealed::sealed_file::PORTAL_SHARE},
    operations::{
        portal::{
            collect::{Collected, DecryptionKeys, Role, Source, collect},
            eject::{Ejection, eject},
        },
        seal::Sealing,
    },
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::support::{
    company,
    portal::{CLIENT, FULL_SIZE, OTHER_CLIENT, Portal, VECTORS},
    users::Company,
};

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn sources(folder: &Path) -> Vec<Source> {
    let source = |path: &PathBuf| Source {
        name: path.display().to_string(),
        bytes: SecretBytes::new(fs::read(path).unwrap()),
        from_folder: true,
    };
    files(folder).iter().map(source).collect()
}

fn keys_of(wallets: &[&Value]) -> DecryptionKeys {
    let key = |wallet: &&Value| {
        let bytes = hex::decode(wallet["key"].as_str()?).ok()?;
        Secret::from_slice(&bytes)
    };
    let password = |wallet: &&Value| {
        let password = wallet["password"].as_str()?;
        Some(Passphrase::new(password.as_bytes().to_vec()))
    };
    DecryptionKeys {
        keys: wallets.iter().filter_map(key).collect(),
        passwords: wallets.iter().filter_map(password).collect(),
        ..DecryptionKeys::default()
    }
}

fn collected(folder: &Path, keys: &DecryptionKeys, role: Role) -> Collected {
    let Ok(found) = collect(&sources(folder), keys, Some(role)) else {
        panic!("the folder cannot be used");
    };
    found
}

/// Ejects as `lifeboat portal eject --client CLIENT --custodian CUSTODIAN` does.
fn ejected(client: &Path, custodian: &Path, keys: &DecryptionKeys) -> Ejection {
    let clients = collected(client, keys, Role::Client);
    let custodians = collected(custodian, keys, Role::Custodian);
    eject(&clients.clients, &custodians.custodians)
}

/// The private keys as Portal's own library gives them.
fn private_keys(ejection: &Ejection) -> Vec<String> {
    let keys = ejection.keys.iter();
    keys.map(|found| exported_key(&found.key).expose().to_owned())
        .collect()
}

fn export(portal: &Portal, out: &str, more: &[&str]) -> PathBuf {
    let args = [&["export", "portal", "--out", out], more].concat();
    portal.folder.run(&args).ok();
    portal.folder.path(out)
}

fn hand_in(portal: &Portal, client: &str, body: &Value) -> Value {
    let path = format!("/v1/portal/clients/{client}/backups");
    let request = portal.server().request("POST", &path);
    request
        .token(&Company::backend())
        .json(body)
        .send()
        .expect(201)
}

#[test]
fn the_vectors_come_out_as_the_keys_that_they_are() {
    let portal = Portal::start();
    let wallet = &VECTORS["wallets"][0];
    for (name, method) in [
        ("custodian_secp256k1", "GDRIVE-SECP256K1"),
        ("custodian_ed25519", "GDRIVE-ED25519"),
    ] {
        let share = wallet[name].as_str().unwrap();
        portal.deliver_of(share, method, "").send().expect(200);
    }
    hand_in(
        &portal,
        CLIENT,
        &json!({"clientCipherText": wallet["cipherText_key"], "backupMethod": "GDRIVE"}),
    );
    hand_in(
        &portal,
        CLIENT,
        &json!({"encryptedClientBackupShare": wallet["cipherText_password"], "backupMethod": "PASSWORD"}),
    );
    // A client of another user, with a share that lies open and one curve alone.
    let other = &VECTORS["eject"][0];
    portal
        .deliver(OTHER_CLIENT, other["custodian"].as_str().unwrap())
        .send()
        .expect(200);
    hand_in(
        &portal,
        OTHER_CLIENT,
        &json!({"backupShare": other["client"]}),
    );
    assert_eq!(portal.fetched(CLIENT).len(), 2);

    let out = export(&portal, "out", &[]);
    let keys = keys_of(&[wallet]);
    let mut expected = vec![
        wallet["expected"]["secp256k1_privateKey"].as_str().unwrap(),
        wallet["expected"]["ed25519_privateKey"].as_str().unwrap(),
        other["expected_privateKey"].as_str().unwrap(),
    ];
    expected.sort_unstable();
    // The parts by name, and the whole folder for both.
    for (client, custodian) in [
        (out.join("client"), out.join("custodian")),
        (out.clone(), out.clone()),
    ] {
        let ejection = ejected(&client, &custodian, &keys);
        let mut found = private_keys(&ejection);
        found.sort_unstable();
        assert_eq!(found, expected);
        assert!(ejection.unpaired.is_empty());
    }
    // Either of both secrets is enough.
    for name in ["key", "password"] {
        let only = json!({ name: wallet[name] });
        let ejection = ejected(
            &out.join("client"),
            &out.join("custodian"),
            &keys_of(&[&only]),
        );
        assert_eq!(private_keys(&ejection).len(), 3, "{name}");
    }
    // What the rows say of whose key it is.
    let ejection = ejected(&out, &out, &keys);
    let ids = ejection.keys.iter().filter_map(|key| key.client_id.clone());
    assert!(
        ids.clone().any(|id| id == OTHER_CLIENT),
        "{:?}",
        ids.collect::<Vec<_>>()
    );
    let events = portal.events("portal-exported");
    assert_eq!(events.len(), 1);
}

#[test]
fn shares_of_their_full_size_come_out() {
    let portal = Portal::start();
    let wallets: Vec<&Value> = FULL_SIZE["wallets"].as_array().unwrap().iter().collect();
    let mut expected = Vec::new();
    for (index, wallet) in wallets.iter().enumerate() {
        let client = format!("client-{index}");
        for name in ["custodian_secp256k1", "custodian_ed25519"] {
            let share = wallet[name].as_str().unwrap();
            portal.deliver(&client, share).send().expect(200);
        }
        hand_in(
            &portal,
            &client,
            &json!({"cipherText": wallet["cipherText"]}),
        );
        for key in wallet["expected"].as_object().unwrap().values() {
            expected.push(key["privateKey"].as_str().unwrap().to_owned());
        }
    }
    let out = export(&portal, "out", &[]);
    let mut found = private_keys(&ejected(&out, &out, &keys_of(&wallets)));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The new key overwrote the old one, the new custodian's share has come, and the new client's share has not: the old pair is whole.
#[test]
fn an_interrupted_backup_still_has_its_pair() {
    let portal = Portal::start();
    let wallet = &VECTORS["wallets"][0];
    let custodian = wallet["custodian_secp256k1"].as_str().unwrap();
    let newer = FULL_SIZE["wallets"][1]["custodian_secp256k1"]
        .as_str()
        .unwrap();
    hand_in(
        &portal,
        CLIENT,
        &json!({"cipherText": wallet["cipherText_key"], "backupMethod": "GDRIVE"}),
    );
    for share in [custodian, newer, "{\"clientBk\": cut off"] {
        portal.deliver(CLIENT, share).send().expect(200);
    }
    let out = export(&portal, "out", &[]);
    let custodians = collected(
        &out.join("custodian"),
        &DecryptionKeys::default(),
        Role::Custodian,
    );
    // One that is no share costs no other.
    assert_eq!(
        (custodians.custodians.len(), custodians.failed.len()),
        (2, 1)
    );
    let found = private_keys(&ejected(&out, &out, &keys_of(&[wallet])));
    assert_eq!(
        found,
        [wallet["expected"]["secp256k1_privateKey"].as_str().unwrap()]
    );
}

#[test]
fn files_are_for_their_owner_and_named_whatever_the_client_is_called() {
    let portal = Portal::start();
    let clients = [
        "../../escape",
        "a/b",
        "..",
        "CON",
        "Case",
        "case",
        "é日本",
        "x'; rm -rf ~",
        "-rf",
        &"y".repeat(128),
    ];
    for client in clients {
        portal
            .deliver(client, "a share of somebody")
            .send()
            .expect(200);
    }
    let out = export(&portal, "out", &[]);
    let found = files(&out);
    assert_eq!(found.len(), clients.len());
    let mut names = std::collections::BTreeSet::new();
    for file in &found {
        assert!(
            file.starts_with(out.join("custodian")),
            "{}",
            file.display()
        );
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let folder = file.parent().unwrap();
        assert_eq!(
            fs::metadata(folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{name}"
        );
        assert!(names.insert(name.to_lowercase()), "{name}");
    }
    let text = fs::read_to_string(&found[0]).unwrap();
    let row: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(row["share"], "a share of somebody");
    assert_eq!(
        fs::metadata(&out).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn an_export_is_there_as_a_whole_or_not_at_all() {
    let portal = Portal::start();
    portal.deliver(CLIENT, "one").send().expect(200);
    portal.deliver(CLIENT, "two").send().expect(200);
    hand_in(
        &portal,
        OTHER_CLIENT,
        &json!({"cipherText": "ab".repeat(300)}),
    );
    let run = |args: &[&str]| {
        let args = [&["export", "portal", "--out", "out"], args].concat();
        let run = portal.folder.run(&args);
        (run.status(), run.stdout(), run.stderr())
    };
    let left = || {
        let names = fs::read_dir(portal.folder.root()).unwrap().flatten();
        names
            .map(|entry| entry.file_name().into_string().unwrap())
            .any(|name| name.contains("out"))
    };
    // No such client; a row that was altered.
    let (status, _, told) = run(&["--client", "nobody"]);
    assert_eq!((status, left()), (2, false), "{told}");
    assert!(
        told.contains("nothing of client `nobody` is here"),
        "{told}"
    );
    portal.folder.sql(&format!("UPDATE custodian_share SET pair = NULL, id = (SELECT id FROM client_ciphertext) WHERE n = 1 AND client = '{CLIENT}'"));
    let (status, _, told) = run(&[]);
    assert_eq!((status, left()), (2, false), "{told}");
    assert!(
        told.contains(&format!(
            "the custodian share 1 of client `{CLIENT}` does not open"
        )),
        "{told}"
    );
    assert!(told.contains("--without-damaged"), "{told}");
    let (status, told, _) = run(&["--without-damaged"]);
    assert_eq!(status, 0);
    assert!(
        told.contains("1 custodian share and 1 client share of 2 clients into `out`"),
        "{told}"
    );
    assert!(
        told.contains("lifeboat portal eject --client out/client --custodian out/custodian"),
        "{told}"
    );
    // Never over something.
    let (status, _, told) = run(&["--without-damaged"]);
    assert_eq!(status, 2);
    assert!(told.contains("`out` is there already"), "{told}");
    fs::remove_dir_all(portal.folder.path("out")).unwrap();
    let (status, told, _) = run(&["--client", OTHER_CLIENT, "--client", OTHER_CLIENT]);
    assert_eq!(status, 0);
    assert!(
        told.contains("0 custodian shares and 1 client share of 1 client"),
        "{told}"
    );
    assert_eq!(files(&portal.folder.path("out")).len(), 1);
}

/// What `lifeboat portal seal` sealed lies beside the shares as a file, which `lifeboat portal open` opens.
#[test]
fn sealed_shares_are_files_of_their_own() {
    let portal = Portal::start();
    let wallet = &VECTORS["wallets"][0];
    let seal = |name: &str, text: &str| {
        let mut file = Vec::new();
        let to = [company::public("recovery")];
        let mut sealing =
            Sealing::begin(PORTAL_SHARE, &to, &mut file, &mut UnwrapErr(SysRng)).unwrap();
        let mut text = Zeroizing::new(text.as_bytes().to_vec());
        sealing.add(name.as_bytes(), &mut text).unwrap();
        sealing.finish().unwrap();
        String::from_utf8(file).unwrap()
    };
    let secp = seal("client.json", wallet["plaintext_ios"].as_str().unwrap());
    let ed = seal("other.json", wallet["plaintext_rn"].as_str().unwrap());
    let body = json!({"user-backup-share": {"secp256k1Ciphertext": secp, "ed25519Ciphertext": ed}, "backupMethod": "KMS"});
    assert_eq!(hand_in(&portal, CLIENT, &body)["isEncrypted"], true);
    let out = export(&portal, "out", &[]);
    let found = files(&out.join("sealed"));
    let texts: Vec<String> = found
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    assert_eq!(texts, [ed, secp]);
    assert!(
        found[0].ends_with("0001-ed25519Ciphertext.sealed"),
        "{}",
        found[0].display()
    );
    assert_eq!(files(&out.join("client")).len(), 0);
}

/// Shares under either data key open, and a copy of the database opens with the key of the endpoint alone.
#[test]
fn shares_outlive_a_new_data_key_and_another_holder() {
    let mut portal = Portal::start();
    portal
        .deliver(CLIENT, "under the first key")
        .send()
        .expect(200);
    hand_in(&portal, CLIENT, &json!({"cipherText": "ab".repeat(300)}));
    portal.folder.run(&["data-key", "new"]).ok();
    portal.take_server().stop();
    portal.restart();
    portal
        .deliver(CLIENT, "under the second key")
        .send()
        .expect(200);
    assert_eq!(
        portal.fetched(CLIENT),
        ["under the second key", "under the first key"]
    );
    let sql = "SELECT count(DISTINCT substr(sealed, 1, 16)) FROM custodian_share";
    assert_eq!(portal.folder.database.number(portal.folder.root(), sql), 2);

    portal
        .folder
        .write("new-public.pem", company::key("other.public.pem"));
    portal
        .folder
        .run(&["data-key", "rewrap", "--to", "new-public.pem"])
        .ok();
    portal.take_server().stop();
    let refused = portal.folder.run(&["export", "portal", "--out", "out"]);
    assert_eq!(refused.status(), 2);
    assert!(!portal.folder.path("out").exists());
    portal
        .folder
        .write("endpoint.pem", company::key("other.pkcs8.pem"));
    portal.restart();
    assert_eq!(portal.fetched(CLIENT).len(), 2);
    assert_eq!(files(&export(&portal, "out", &[])).len(), 3);
}

/// Who stops an export leaves no secrets behind.
#[test]
fn an_export_that_is_stopped_leaves_nothing() {
    let portal = Portal::start();
    std::thread::scope(|scope| {
        for part in 0..4 {
            let portal = &portal;
            scope.spawn(move || {
                for number in 0..250 {
                    let client = format!("client-{part}-{number}");
                    portal
                        .deliver(&client, "a share of somebody")
                        .send()
                        .expect(200);
                }
            });
        }
    });
    let mut child = crate::support::folder::program(portal.folder.root())
        .args(["export", "portal", "--out", "out"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let names = || {
        let names = fs::read_dir(portal.folder.root()).unwrap().flatten();
        let names = names.map(|entry| entry.file_name().into_string().unwrap());
        names
            .filter(|name| name.contains("out"))
            .collect::<Vec<_>>()
    };
    while names().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    let id = rustix::process::Pid::from_child(&child);
    let _ended = rustix::process::kill_process(id, rustix::process::Signal::INT);
    let status = child.wait().unwrap().code();
    match status {
        Some(130) => assert_eq!(names(), Vec::<String>::new()),
        // It was done before.
        Some(0) => assert_eq!(names(), ["out"]),
        other => panic!("{other:?}: {:?}", names()),
    }
}
