//! Device shares and backups as they are handed on: saved by other programs, inside the logs of servers, with other names
//! for the same things; and files that are something else, named for what they are.

use serde_json::{Value, json};

use crate::support::{
    base64, json_fixture,
    takeover::{recovered, takeover},
    text, utf16,
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

fn vector() -> Value {
    json_fixture("backups/device-backup.json")[0].clone()
}

const RECOVER: [&str; 5] = [
    "share",
    "recover",
    "changed",
    "--passphrase-file",
    "passphrase",
];

#[test]
fn device_shares_and_backups_are_read_out_of_what_holds_them() {
    let (bench, vector) = (recovered(), vector());
    let good = bench.read("device.json");
    let device = ["--device-id", text(&vector["deviceId"])];
    let backup = bench.read("backup.json");

    for (name, bytes) in [
        ("UTF-16", utf16(&good)),
        ("base64", base64(&good).into()),
        ("base64 of UTF-16", {
            use base64ct::{Base64, Encoding};
            Base64::encode_string(&utf16(&good)).into()
        }),
        ("lower case", good.replace(ECDSA, "ecdsa").into()),
        ("upper case", good.replace(ECDSA, "ECDSA").into()),
    ] {
        bench.write("changed", bytes);
        let run = bench.run(&takeover("server.json", "changed"));
        assert_eq!(run.exit, 0, "{name}\n{}", run.stderr);
    }

    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let once = escaped(&json!({ "result": vector["backup"] }).to_string());
    for (name, bytes) in [
        ("UTF-16", utf16(&backup)),
        ("base64", base64(&backup).into()),
        ("short name", backup.replace(ECDSA, "ECDSA").into()),
        (
            "log, quoted",
            format!("12:00 INFO answer=\"{once}\" took=3ms\n").into(),
        ),
        (
            "log, bare",
            format!("12:00 INFO answer {once} took=3ms\n").into(),
        ),
        (
            "log, twice",
            format!(
                "{{\"x\":1}}\nINFO \"{}\" end\n",
                escaped(&format!("\"{once}\""))
            )
            .into(),
        ),
    ] {
        bench.write("changed", bytes);
        let run = bench.run(&[&RECOVER[..], &device, &["--out", "again"]].concat());
        assert_eq!(run.exit, 0, "{name}\n{}", run.stderr);
        let again = bench.read_json("again");
        assert_eq!(again, bench.read_json("device.json"), "{name}");
        std::fs::remove_file(bench.path("again")).unwrap();
    }
}

#[test]
fn a_file_of_another_kind_is_named_and_not_shown() {
    let bench = recovered();
    let vector = vector();
    let device = ["--device-id", text(&vector["deviceId"]), "--out", "again"];
    let error = json!({ "error": { "code": -32000, "message": "denied for hunter2hunter2" } });
    for (words, bytes) in [
        ("an empty file", Vec::new()),
        ("an empty file", b"\xef\xbb\xbf\r\n".to_vec()),
        ("a file of zero bytes", vec![0; 512]),
        ("a server's error answer", error.to_string().into()),
        ("a server's error answer", json!([error]).to_string().into()),
        (
            "a server's error answer",
            json!({ "body": error.to_string() }).to_string().into(),
        ),
        (
            "a server's error answer",
            json!({ "statusCode": 401, "message": "hunter2hunter2" })
                .to_string()
                .into(),
        ),
        ("a server's error answer", utf16(&error.to_string())),
        (
            "with nothing in it",
            json!({ "result": null }).to_string().into(),
        ),
        (
            "with nothing in it",
            json!({ "jsonrpc": "2.0", "id": 1, "result": null })
                .to_string()
                .into(),
        ),
        (
            "with nothing in it",
            json!({ "data": [] }).to_string().into(),
        ),
        ("with nothing in it", b"null".to_vec()),
        ("a web page", b"<!DOCTYPE html><p>hunter2hunter2".to_vec()),
        ("a PDF document", b"%PDF-1.7 hunter2hunter2".to_vec()),
    ] {
        bench.write("changed", &bytes);
        for command in [
            takeover("changed", "device.json").to_vec(),
            takeover("server.json", "changed").to_vec(),
            [&RECOVER[..], &device].concat(),
        ] {
            let run = bench.refused(2, "other_content", &command);
            assert!(run.stderr.contains(words), "{command:?}\n{}", run.stderr);
            assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
        }
    }
}
