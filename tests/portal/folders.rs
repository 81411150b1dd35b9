//! Files in a folder of shares that hold none: what may have been a backup is a failed record, and only what is clearly
//! something else is skipped.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use crate::support::{
    Folder, base64_line, json_fixture,
    sharing::{Sharing, numbered},
    text,
};

const EJECT: [&str; 8] = [
    "portal",
    "eject",
    "--client",
    "c",
    "--custodian",
    "s",
    "--key-file",
    "key",
];

fn sharing() -> Sharing {
    numbered(Curve::Ed25519, 1, 1)
}

/// A folder with a good client share, and `content` beside it.
fn beside(name: &str, content: &[u8]) -> Folder {
    let (folder, sharing) = (Folder::new(), sharing());
    folder
        .write("c/good", sharing.client.to_string())
        .write(&format!("c/{name}"), content)
        .write("s", sharing.custodian.to_string())
        .write("key", text(&wallet()["key"]));
    folder
}

fn wallet() -> Value {
    json_fixture("portal/portal.json")["wallets"][0].clone()
}

fn wrapped(text: &str, width: usize) -> String {
    let lines = text.as_bytes().chunks(width);
    let lines = lines.map(|line| std::str::from_utf8(line).unwrap());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn what_may_have_been_a_backup_is_a_failed_record() {
    let wallet = wallet();
    let sealed = text(&wallet["cipherText_key"]);
    let share = base64_line(sharing().client.to_string());
    for (content, words) in [
        (Vec::new(), "an empty file"),
        (b" \r\n".to_vec(), "an empty file"),
        (vec![0; 3000], "zero bytes"),
        (
            format!("{}{}", &sealed[..1000], "\0".repeat(1000)).into(),
            "zero bytes",
        ),
        (sealed.replacen('a', "g", 1).into(), "no hexadecimal digit"),
        (sealed[1..].into(), "odd number"),
        (share[..share.len() - 3 - share.len() % 4].into(), "`c/bad`"),
        (share.replacen('M', "§", 1).into(), "base64"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc".to_vec(), "gzip"),
        (b"SQLite format 3\0abc".to_vec(), "SQLite"),
        (b"PAR1abcabcabc".to_vec(), "Parquet"),
        (b"PGDMP\x01\x0e\0abc".to_vec(), "pg_dump -Fc"),
        (b"PK\x03\x04xl/workbook.xml".to_vec(), "Excel"),
        (b"age-encryption.org/v1\n".to_vec(), "age"),
        (b"\xff\x80\x91".repeat(20), "binary data"),
        (
            json!({ "error": "not found" }).to_string().into(),
            "error answer",
        ),
        (json!({ "data": null }).to_string().into(), "nothing in it"),
        (
            format!("2024-01-01T00:00:00Z INFO body={}", sharing().custodian).into(),
            "the fields of a share",
        ),
    ] {
        let folder = beside("bad", &content);
        let outcome = folder.run_json(&EJECT);
        let shown = String::from_utf8_lossy(&content)
            .chars()
            .take(40)
            .collect::<String>();
        assert_eq!(
            (outcome.exit, outcome.code()),
            (1, "files_failed"),
            "{shown:?}\n{}",
            outcome.stderr
        );
        let failed = &outcome.outcome()["failed"][0];
        assert_eq!(failed["file"], "c/bad", "{shown:?}");
        assert!(
            text(&failed["message"]).contains(words),
            "{shown:?}\n{failed}"
        );
        assert_eq!(outcome.outcome()["keys"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_backup_that_was_wrapped_on_the_way_opens() {
    let wallet = wallet();
    let sealed = text(&wallet["cipherText_key"]);
    let bytes = hex::decode(sealed).unwrap();
    let utf16 = sealed.encode_utf16().flat_map(u16::to_le_bytes);
    for content in [
        sealed.to_uppercase().into_bytes(),
        wrapped(sealed, 64).into(),
        wrapped(sealed, 76).replace('\n', "\r\n").into(),
        wrapped(sealed, 4).replace('\n', " ").into(),
        format!("0x{sealed}").into(),
        format!("\\x{sealed}\n").into(),
        format!("\"{sealed}\"").into(),
        base64_line(sealed).into(),
        [0xff, 0xfe].into_iter().chain(utf16).collect(),
        bytes,
        json!({ "ARN": "a", "Name": "n", "SecretString": sealed })
            .to_string()
            .into(),
        json!({ "value": sealed, "id": "https://vault" })
            .to_string()
            .into(),
        format!("clientId|cipher_text\nc|{sealed}\n").into(),
        format!("clientId,encryptedBackup\nc,{sealed}\n").into(),
        format!("INSERT INTO backups VALUES (1, 'c', '{sealed}');\n").into(),
    ] {
        let folder = beside("sealed", &content);
        folder.write(
            "s",
            format!(
                "{}\n{}",
                sharing().custodian,
                text(&wallet["custodian_ed25519"])
            ),
        );
        let outcome = folder.run_json(&EJECT);
        let shown = String::from_utf8_lossy(&content)
            .chars()
            .take(60)
            .collect::<String>();
        let keys = outcome.outcome()["keys"].as_array().map_or(0, Vec::len);
        assert_eq!(keys, 2, "{shown:?}\n{}", outcome.stderr);
    }

    // Several in a file, a line each.
    let two = format!("{sealed}\n{}\n", text(&wallet["cipherText_password"]));
    let folder = beside("sealed", two.as_bytes());
    let outcome = folder.run_json(&["portal", "inspect", "c/sealed"]);
    assert_eq!(outcome.outcome()["encrypted"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_clearly_something_else_is_skipped() {
    for (name, content) in [
        (".DS_Store", &b"\0\0\0\x01Bud1\0\0"[..]),
        ("._good", b"\0\x05\x16\x07\0\x02\0\0"),
        (".gitkeep", b""),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
        ("README.md", b""),
        ("notes.txt", b"one file a user, fetched on Monday"),
        ("photo", b"\x89PNG\r\n\x1a\n"),
        ("scan", b"%PDF-1.7"),
        ("key.pem", b"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n"),
        ("config.json", b"{\"hello\":1}"),
    ] {
        let outcome = beside(name, content).run_json(&EJECT);
        assert_eq!(outcome.exit, 0, "{name}\n{}", outcome.stderr);
        let warnings = outcome.outcome()["warnings"].to_string();
        assert!(warnings.contains("skipped") && warnings.contains(name), "{name} {warnings}");
    }
}

#[test]
fn a_link_out_of_the_folder_is_named() {
    let folder = beside("good2", sharing().client.to_string().as_bytes());
    let outside = Folder::new();
    outside.write("share", sharing().client.to_string());
    std::os::unix::fs::symlink(outside.path("share"), folder.path("c/link")).unwrap();
    let outcome = folder.run_json(&EJECT);
    // Where nothing confines the program, the link is followed.
    if outcome.exit != 0 {
        let failed = &outcome.outcome()["failed"][0];
        assert_eq!(failed["code"], "link_to_folder", "{failed}");
        assert!(
            text(&failed["message"]).contains("not followed"),
            "{failed}"
        );
    }
}

#[test]
fn an_empty_folder_has_nothing_to_show_and_that_is_no_success() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("empty")).unwrap();
    folder.run_json(&["portal", "inspect", "empty"]).refused(
        2,
        "not_a_share",
        &["no share and no backup"],
    );
}
