//! Writes what the corpus begins with: `cargo run --example seeds FOLDER`. All of it comes from `fixtures/`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes, SecretText},
    formats::{
        device_share::{device_id::DeviceId, lifeboat_backup::write_lifeboat_backup},
        encoding::base58::check_decode,
        full_key::{extended_key::ExtendedKey, file::lock_full_keys},
        kit::{archive::NamedBytes, zip::Archive},
        portal::{exported_key::parse_exported_key, share_file::read_portal_file},
        recovery_key::file::read_public_key,
        sealed::sealed_file::{Ending, Header, KEY_SHARE_1, Recipients, write_record},
        server_share::{import::read_server_shares, record::RecordFormat},
    },
    operations::device_share::recover::{read_backup, recover},
};
use lifeboat_fuzz::{Counter, ENTRY_MARK, NAME_MARK, file_key, file_of, records_of, sealed_text};
use serde_json::Value;

/// Larger seeds would only slow the engine down.
const LARGEST: usize = 8 << 10;

struct Seeds(PathBuf);

impl Seeds {
    fn put(&self, target: &str, name: &str, bytes: impl AsRef<[u8]>) {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder).unwrap();
        if bytes.as_ref().len() <= LARGEST {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }

    fn put_all<T: AsRef<[u8]>>(
        &self,
        target: &str,
        name: &str,
        seeds: impl IntoIterator<Item = T>,
    ) {
        seeds
            .into_iter()
            .enumerate()
            .for_each(|(index, bytes)| self.put(target, &format!("{name}-{index}"), bytes));
    }
}

/// The files of a kit that can be read.
fn files_of(zip: &[u8]) -> Option<Vec<NamedBytes>> {
    let mut archive = Archive::open(zip).ok()?;
    let listed = archive.files().into_iter().enumerate();
    let files = listed.map(|(index, file)| {
        let (name, bytes) = (file.name, archive.read(index).ok()?);
        Some(NamedBytes { name, bytes })
    });
    files.collect()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fixtures")
            .join(name),
    )
    .unwrap()
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

/// The names of a folder's files with this ending.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures")
        .join(folder);
    let names = fs::read_dir(path)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(ending))
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

/// Every value below, texts as they are and the others as JSON.
fn values(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => found.push(text.clone().into_bytes()),
        Value::Array(elements) => {
            found.push(value.to_string().into_bytes());
            elements.iter().for_each(|element| values(element, found));
        }
        Value::Object(members) => {
            found.push(value.to_string().into_bytes());
            members.values().for_each(|member| values(member, found));
        }
        _ => {}
    }
}

fn values_of(names: &[&str], good: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    names
        .iter()
        .for_each(|name| values(&json(name), &mut found));
    found.retain(|value| good(value));
    found
}

fn main() {
    let seeds = Seeds(
        std::env::args_os()
            .nth(1)
            .expect("a folder to write to")
            .into(),
    );
    lists(&seeds);
    kits(&seeds);
    keys(&seeds);
    shares(&seeds);
    devices(&seeds);
    portal(&seeds);
    sealed(&seeds);
    endpoint(&seeds);
}

fn lists(seeds: &Seeds) {
    const A: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
    const B: &str = "0f8e9c4d-1dbd-4d5a-805b-340c24f9bafe";
    let ids = [
        A.to_owned(),
        A.to_uppercase(),
        A.replace('-', ""),
        format!("{{{A}}}"),
        format!("urn:uuid:{A}"),
        format!(" {A}\r\n"),
    ];
    let lists = [
        format!("{A}\n{B}\n"),
        format!("\u{feff}\"{A}\"\r\n\r\n\"{B}\""),
        format!("Name,Wallet Id\nx,{A}\n\"y, z\",\"{B}\"\n"),
        format!("walletId\n{A}\n,\n"),
        format!("{{\"walletId\":\"{A}\",\"x\":[1]}}\n{{\"walletId\":\"{B}\"}}\n"),
        format!("{A},{B}\n"),
        format!("[\"{A}\"]"),
        format!("\n\n{{{A}}}\n"),
    ];
    seeds.put_all("wallet_id", "id", &ids);
    seeds.put_all("wallet_list", "list", lists.iter().chain(&ids));
}

fn kits(seeds: &Seeds) {
    let specs = names("specs", ".json");
    seeds.put_all("kit_spec", "spec", specs.iter().map(|name| fixture(name)));
    for name in names("kits", ".zip")
        .into_iter()
        .chain(["demo/kit.zip".to_owned()])
    {
        let (zip, name) = (fixture(&name), name.replace('/', "-"));
        seeds.put("kit", &name, &zip);
        let files = files_of(&zip).unwrap_or_default();
        let metadata = files.iter().find(|file| file.name == "metadata.json");
        metadata
            .iter()
            .for_each(|file| seeds.put("metadata", &name, &file.bytes));
        let parts = files
            .iter()
            .map(|file| [file.name.as_bytes(), NAME_MARK, &file.bytes].concat());
        seeds.put(
            "kit_files",
            &name,
            parts.collect::<Vec<_>>().join(ENTRY_MARK),
        );
    }
}

fn keys(seeds: &Seeds) {
    for (number, set) in json("words/reference.json")
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let words = set["words"].as_array().unwrap();
        let words: Vec<&str> = words.iter().map(|words| words.as_str().unwrap()).collect();
        seeds.put("share_words", &format!("one-{number}"), words[0]);
        seeds.put("share_words", &format!("set-{number}"), words.join("\n"));
    }
    for name in names("keys", ".pem") {
        let target = if name.contains("public") {
            "public_key"
        } else {
            "private_key"
        };
        seeds.put(target, &name.replace('/', "-"), fixture(&name));
    }
}

fn shares(seeds: &Seeds) {
    let mut some = 0;
    let found = read_server_shares(&fixture("demo/expected-shares.json"), |_| {
        some += 1;
        some < 4
    });
    let records = records_of(&found.unwrap());
    for (name, format) in [
        ("json", RecordFormat::Json),
        ("ndjson", RecordFormat::Ndjson),
        ("csv", RecordFormat::Csv),
    ] {
        seeds.put("records", name, file_of(&records, format));
        seeds.put("server_shares", name, file_of(&records, format));
    }
    seeds.put_all("drill_report", "report", drill_reports());
    let short = fixture("demo/expected-shares.json");
    seeds.put(
        "server_shares",
        "published",
        short
            .get(..720)
            .map(|start| [start, b"\"}]}}"].concat())
            .unwrap(),
    );
    let texts = values_of(
        &["shares/takeover.json", "demo/expected-keys.json"],
        |value| std::str::from_utf8(value).is_ok_and(|text| ExtendedKey::parse(text).is_ok()),
    );
    let texts: Vec<String> = texts
        .into_iter()
        .take(24)
        .map(|text| String::from_utf8(text).unwrap())
        .collect();
    seeds.put_all("extended_key", "text", &texts);
    seeds.put_all(
        "extended_key",
        "body",
        texts
            .iter()
            .map(|text| check_decode(text).unwrap().to_vec()),
    );
    seeds.put("full_keys", "bare", texts.join("\n"));
    for (index, pair) in texts.chunks_exact(2).enumerate() {
        let id = "49a43acd-a19b-4eb9-985b-ffe33e0020b6";
        let (a, b) = (&pair[0], &pair[1]);
        let array = format!(
            r#"[{{"keyId":"{id}","algorithm":"MPC_CMP_ECDSA_SECP256K1","privateKey":"{a}","publicKey":"{b}"}}]"#
        );
        seeds.put(
            "full_keys",
            &format!("line-{index}"),
            format!(r#"{{"walletId":"{id}","keys":{array}}}"#),
        );
        seeds.put("full_keys", &format!("array-{index}"), array);
    }
    let locked = lock_full_keys(
        &SecretText::new(texts.join("\n")),
        &passphrase(),
        &mut Counter(1),
    )
    .unwrap();
    seeds.put("full_keys", "locked", &locked);
    seeds.put(
        "portal_key",
        "locked",
        locked.replace("full keys", "portal keys"),
    );
}

fn passphrase() -> Passphrase {
    Passphrase::new(b"SECRET".to_vec())
}

fn devices(seeds: &Seeds) {
    let cases = json("backups/device-backup.json");
    for (index, case) in cases.as_array().unwrap().iter().enumerate() {
        let text = case["backup"].to_string();
        seeds.put("device_backup", &format!("field-{index}"), &text);
        let device = case["deviceId"].as_str().unwrap();
        let given = Passphrase::new(case["passphrase"].as_str().unwrap().as_bytes().to_vec());
        let backup = read_backup(text.as_bytes()).unwrap();
        seeds.put(
            "device_list",
            &format!("list-{index}"),
            format!(
                "deviceId;passphraseId\r\n{device};{}\r\n",
                backup.passphrase_id()
            ),
        );
        let message = serde_json::json!({ "method": "backup_keys", "params": [case["backup"]] });
        seeds.put(
            "device_backup",
            &format!("message-{index}"),
            serde_json::json!({ "message": message.to_string() }).to_string(),
        );
        let share = recover(&backup, &given, &DeviceId::parse(device).unwrap())
            .ok()
            .unwrap()
            .share;
        seeds.put(
            "device_share",
            &format!("share-{index}"),
            share.to_json().expose(),
        );
        if index == 0 {
            let ours = write_lifeboat_backup(
                &share,
                &passphrase(),
                backup.passphrase_id(),
                &mut Counter(2),
            )
            .unwrap();
            seeds.put("device_backup", "ours", ours);
        }
    }
}

fn portal(seeds: &Seeds) {
    let names = ["portal/portal.json", "portal/full_size.json"];
    let share = |value: &[u8]| read_portal_file("seed", &SecretBytes::new(value.to_vec())).is_ok();
    seeds.put_all("portal_share", "value", values_of(&names, share));
    seeds.put_all(
        "portal_key",
        "key",
        values_of(&names, |value| parse_exported_key(value).is_ok()),
    );
    let cases = json(names[0]);
    for (index, case) in cases["encryption"].as_array().unwrap().iter().enumerate() {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        seeds.put(
            "portal_ciphertext",
            &format!("case-{index}"),
            text("key") + "\n" + &text("cipherText"),
        );
    }
    let wallet = &cases["wallets"][0];
    let text = |name: &str| wallet[name].as_str().unwrap().to_owned();
    seeds.put(
        "portal_ciphertext",
        "wallet",
        text("key") + "\n" + &text("cipherText_key"),
    );
}

fn sealed(seeds: &Seeds) {
    let recipient = read_public_key(&fixture("keys/recovery.public.pem"))
        .ok()
        .unwrap();
    for count in 0..4_u8 {
        let algorithms = if count == 2 {
            vec!["MPC_CMP_ECDSA_SECP256K1".to_owned()]
        } else {
            Vec::new()
        };
        let header = Header::new(
            KEY_SHARE_1,
            &[count; 32],
            (count == 3).then(|| "00".repeat(32)),
            algorithms,
        );
        let (keys, mut ending) = (header.run_keys(&file_key()), Ending::of(&header));
        let to = Recipients::wrap(
            &file_key(),
            &keys,
            std::slice::from_ref(&recipient),
            &mut Counter(3),
        )
        .unwrap();
        let mut out = format!("{}\n{}\n", header.line(), to.line()).into_bytes();
        for position in 0..u64::from(count) {
            let tag = write_record(
                &keys,
                position,
                format!("id-{position}").as_bytes(),
                &mut sealed_text(position).into_bytes(),
                &mut out,
            );
            ending.add(&[tag]);
        }
        out.extend_from_slice(ending.line(&keys).as_bytes());
        seeds.put("sealed", &format!("records-{count}"), out);
    }
}

fn endpoint(seeds: &Seeds) {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../endpoint/README.md"))
            .unwrap();
    let blocks = readme.split("```toml\n").skip(1);
    let configs: Vec<&str> = blocks
        .filter_map(|block| block.split("```").next())
        .collect();
    seeds.put_all("endpoint_config", "readme", &configs);
    // Each table alone behind what must be there.
    let tables = configs[0].split("\n\n");
    let head = "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\npublic_url = \"https://a.example\"\n[modules]\nshares = false\nbackups = false\n";
    seeds.put_all(
        "endpoint_config",
        "table",
        tables.skip(1).map(|table| format!("{head}{table}\n")),
    );

    let wallet = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
    let device = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
    let backup = String::from_utf8(fixture("demo/device-backups/device-1.json")).unwrap();
    let message = |method: &str, params: &str| {
        format!(
            "{{\"method\":\"{method}\",\"headers\":{{\"physicalDeviceId\":\"p1\"}},\"params\":[{params}]}}"
        )
    };
    seeds.put_all(
        "endpoint_messages",
        "message",
        [
            backup.clone(),
            message("backup_keys", &backup),
            message("get_backup", "null"),
            message("enter_recovery_state", "{}"),
            message("enroll_player", ""),
        ],
    );
    let sent = backup
        .replace("\"encryptedKey\"", "\"encryptedKeys\":[{\"encryptedKey\"")
        .replace("\"iv\"", "\"}],\"iv\"");
    seeds.put("endpoint_messages", "sent", sent);

    seeds.put_all(
        "endpoint_lists",
        "list",
        [
            format!("issuer,subject,walletId\nhttps://issuer.example,ann,{wallet}\n"),
            "subject,clientId\r\n\"a, b\",cl521deecb5dc2434d8073bea\r\n".to_owned(),
            format!("{{\"sub\":\"ann\",\"walletId\":\"{wallet}\"}}\n{{\"subject\":\"bob\",\"clientId\":\"c\"}}\n"),
            format!("{{\"walletId\":\"{wallet}\",\"deviceId\":\"{device}\",\"createdAt\":1790000000000,\"physicalDeviceId\":\"p1\",\"backup\":{}}}", backup.trim()),
            "997e591bc8984b8dba006e878bdc611b\n\n0123456789abcdef0123456789abcdef\n".to_owned(),
        ],
    );

    let whole = [
        "backupShare",
        "encryptedClientBackupShare",
        "clientBackupShare",
        "cipherText",
        "clientCipherText",
    ];
    let whole = whole.map(|name| {
        format!("{{\"clientId\":\"c1\",\"backupMethod\":\"GDRIVE\",\"backupSharePairId\":\"p\",\"{name}\":\"c2hhcmU=\"}}")
    });
    seeds.put_all("endpoint_portal", "whole", whole);
    seeds.put_all(
        "endpoint_portal",
        "body",
        [
            "{\"clientId\":\"c1\",\"share\":\"{\\\"backupSharePairId\\\":\\\"p\\\"}\",\"backupMethod\":\"ICLOUD-ED25519\"}",
            "{\"clientId\":\"c1\",\"share\":{\"share\":\"1\",\"backupSharePairId\":\"p\"}}",
            "{\"user-backup-share\":{\"secp256k1Ciphertext\":\"a\",\"ed25519Ciphertext\":\"b\"},\"backupMethod\":\"PASSWORD\"}",
            "{\"data\":{\"clientCipherText\":\"a\",\"custodianBackupShare\":\"b\"}}",
            "{\"clientId\":\"c1\",\"share\":\"[object Object]\"}",
            "{\"custodianBackupShare\":{\"a\":1}}",
        ],
    );
}

/// Reports of drills, with what is read of them: one wallet, and two.
fn drill_reports() -> Vec<String> {
    let wallet = |number: u8| {
        let commitment = format!("{number:02x}").repeat(32);
        format!(
            r#"{{"walletId":"00000000-0000-4000-8000-0000000000{number:02x}","commitment":"{commitment}"}}"#
        )
    };
    let report = |wallets: &[String]| {
        format!(
            r#"{{"report":"lifeboat drill","sample":{{"eddsaVariant":"wide-big","salt":"{}","wallets":[{}]}}}}"#,
            "5a".repeat(32),
            wallets.join(",")
        )
    };
    vec![report(&[wallet(1)]), report(&[wallet(1), wallet(2)])]
}
