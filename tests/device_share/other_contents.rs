//! Server shares, device shares and backups as they are handed on: saved by other programs, inside the answers of servers,
//! with other names for the same things; and files that are something else, named for what they are.

use serde_json::{Value, json};

use crate::support::{
    Folder, json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover},
    text,
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

fn vector() -> Value {
    json_fixture("backups/device-backup.json")[0].clone()
}

/// The bench of the first backup with its device share.
fn recovered() -> Folder {
    let vector = vector();
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    bench
}

fn takeover<'a>(server: &'a str, device: &'a str) -> [&'a str; 7] {
    [
        "takeover",
        "--server-shares",
        server,
        "--wallet",
        WALLET,
        "--device-share",
        device,
    ]
}

const RECOVER: [&str; 5] = [
    "share",
    "recover",
    "changed",
    "--passphrase-file",
    "passphrase",
];

fn utf16(text: &str) -> Vec<u8> {
    let units = [0xfeff].into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

fn base64(text: &str) -> String {
    use base64ct::{Base64, Encoding};
    let digits = Base64::encode_string(text.as_bytes());
    let lines: Vec<&str> = digits
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\r\n") + "\r\n"
}

/// Every way in which the same record may be written.
fn spellings(server: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let record = &server[WALLET];
    let share = text(&record["shares"][0][ECDSA]);
    let chain_code = text(&record["chaincode"]);
    let mut line = record.clone();
    line["walletId"] = json!(WALLET);
    let whole = server.to_string();
    let named = |name: &str| {
        json!({ WALLET: { "chaincode": chain_code, "shares": [{ "cosigner": COSIGNER, name: share }] } }).to_string()
    };
    let digits = json!({ WALLET: { "chainCode": format!("0x{chain_code}"), "shares": [{ "cosigner": COSIGNER, ECDSA: format!("0x{share}") }] } });
    let csv = |separator: &str, header: &[&str], algorithm: &str| {
        let row = [WALLET, chain_code, COSIGNER, algorithm, share];
        format!("{}\r\n{}\r\n", header.join(separator), row.join(separator))
    };
    let header = ["wallet_id", "chaincode", "cosigner", "algorithm", "share"];
    vec![
        ("array", json!([line]).to_string().into()),
        ("array of objects by id", json!([server]).to_string().into()),
        ("result", json!({ "result": server }).to_string().into()),
        (
            "data of a list",
            json!({ "status": "ok", "data": [line] }).to_string().into(),
        ),
        (
            "text in JSON",
            json!({ "data": { "body": whole } }).to_string().into(),
        ),
        ("UTF-16", utf16(&whole)),
        ("UTF-16 CSV", utf16(&csv("\t", &header, ECDSA))),
        ("base64", base64(&whole).into()),
        ("0x", digits.to_string().into()),
        ("mobile", named("MPC_ECDSA_SECP256K1").into()),
        ("short", named("ecdsa").into()),
        ("semicolons", csv(";", &header, ECDSA).into()),
        (
            "other names",
            csv(
                ";",
                &["walletId", "chainCode", "cosigner", "Algorithm", "Share"],
                "ECDSA",
            )
            .into(),
        ),
    ]
}

#[test]
fn server_shares_are_read_as_servers_and_other_programs_give_them() {
    let bench = recovered();
    let good = bench.done(&takeover("server.json", "device.json")).stdout;
    for (name, bytes) in spellings(&bench.read_json("server.json")) {
        bench.write("changed", bytes);
        let run = bench.run(&takeover("changed", "device.json"));
        assert_eq!(
            (run.exit, &run.stdout),
            (0, &good),
            "{name}\n{}",
            run.stderr
        );
    }
}

#[test]
fn two_names_for_one_algorithm_are_two_shares() {
    let bench = recovered();
    let mut server = bench.read_json("server.json");
    server[WALLET]["shares"][0]["ECDSA"] = json!("22".repeat(32));
    bench.write_json("changed", &server);
    let run = bench.refused(2, "bad_value", &takeover("changed", "device.json"));
    assert!(run.stderr.contains("a second share"), "{}", run.stderr);
}

#[test]
fn a_chain_code_of_zeros_is_refused() {
    let bench = recovered();
    let mut server = bench.read_json("server.json");
    for name in ["chaincode", "chainCode"] {
        server[WALLET].as_object_mut().unwrap().remove("chaincode");
        server[WALLET][name] = json!("00".repeat(32));
        bench.write_json("changed", &server);
        let run = bench.refused(2, "bad_value", &takeover("changed", "device.json"));
        assert!(
            run.stderr.contains("a chain code of zeros"),
            "{}",
            run.stderr
        );
    }
}

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

/// A wallet with a wrong id beside others is no envelope.
#[test]
fn a_member_beside_wallets_is_a_wallet() {
    let bench = recovered();
    let mut server = bench.read_json("server.json");
    server["data"] = server[WALLET].clone();
    bench.write_json("changed", &server);
    let run = bench.run(&takeover("changed", "device.json"));
    assert_eq!(run.exit, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`data`"), "{}", run.stderr);
}
