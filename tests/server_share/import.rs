//! Server shares as they are handed on: saved by other programs, inside the answers of servers, with other names for the
//! same things; and records that contradict themselves.

use lifeboat::formats::server_share::import::read_server_shares;
use serde_json::{Value, json};

use crate::support::{
    base64,
    takeover::{COSIGNER, WALLET, recovered, takeover},
    text, utf16,
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

/// Makes something wrong.
type Spoil = fn(&mut Value);

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

/// A record with these shares.
fn record(shares: Value) -> Value {
    json!({ "chaincode": "11".repeat(32), "shares": shares })
}

#[test]
fn records_that_contradict_themselves_are_refused_in_every_shape() {
    let share = |cosigner: &str| json!({ "cosigner": cosigner, ECDSA: "22".repeat(32) });
    let read = |text: &str| match read_server_shares(text.as_bytes(), |_| true) {
        Ok(shares) => format!("{} wallets", shares.len()),
        Err(error) => error.to_string(),
    };
    let cases: [(&str, Spoil); 5] = [
        ("is listed twice", |record| {
            let first = record["shares"][0].clone();
            record["shares"].as_array_mut().unwrap().push(first);
        }),
        ("no shares", |record| record["shares"] = json!([])),
        ("no share of a known algorithm", |record| {
            drop(record["shares"][0].as_object_mut().unwrap().remove(ECDSA))
        }),
        ("expected 32", |record| {
            record["chaincode"] = json!("11".repeat(31))
        }),
        ("differs from `chaincode`", |record| {
            record["chainCode"] = json!("33".repeat(32))
        }),
    ];
    let good = record(json!([share(COSIGNER), share(OTHER)]));
    for (words, spoil) in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        let by_id = read(&json!({ WALLET: bad }).to_string());
        assert!(by_id.contains(words), "{by_id}");
        bad["walletId"] = json!(WALLET);
        let line = read(&bad.to_string());
        assert!(line.contains(words), "{line}");
    }
    assert_eq!(read(&json!({ WALLET: good }).to_string()), "1 wallets");

    let header = "wallet_id,chaincode,cosigner,algorithm,share\n";
    let row = |chain: &str, cosigner: &str, share: &str| {
        format!(
            "{WALLET},{},{cosigner},{ECDSA},{}\n",
            chain.repeat(32),
            share.repeat(32)
        )
    };
    let rows = |second: String| read(&format!("{header}{}{second}", row("11", COSIGNER, "22")));
    assert_eq!(rows(row("11", OTHER, "22")), "1 wallets");
    assert!(rows(row("33", OTHER, "22")).contains("differs from an earlier line"));
    assert!(rows(row("11", COSIGNER, "22")).contains("is listed twice"));
    assert!(
        rows(row("11", OTHER, "22").replace(&"11".repeat(32), &"1".repeat(63)))
            .contains("expected 32")
    );
    assert!(rows(row("11", OTHER, "2z")).contains("foreign character"));
    assert!(rows(row("11", OTHER, "")).contains("expected 64"));
}
