//! The forms in which databases, their tools, secret stores and queues hand out rows: each opens.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use crate::support::{
    Folder, base64_line, json_fixture,
    sharing::{Sharing, numbered},
    text,
};

const EJECT: [&str; 6] = ["portal", "eject", "--client", "c", "--custodian", "s"];

fn sharings() -> [Sharing; 2] {
    [
        numbered(Curve::Secp256k1, 1, 1),
        numbered(Curve::Ed25519, 1, 1),
    ]
}

/// Both custodians' shares are in this text.
#[track_caller]
fn opens(custodian: &str) {
    let [secp, ed] = sharings();
    let folder = Folder::new();
    folder
        .write("c", format!("{}\n{}", secp.client, ed.client))
        .write("s", custodian);
    let outcome = folder.run_json(&EJECT);
    assert_eq!(outcome.exit, 0, "{custodian}\n{}", outcome.stderr);
    let keys = outcome.outcome()["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "{custodian}\n{}", outcome.stderr);
}

fn texts() -> [String; 2] {
    sharings().map(|sharing| sharing.custodian.to_string())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn csv_of_any_separator_and_column() {
    let [secp, ed] = texts();
    for separator in [",", ";", "|", "\t"] {
        for column in [
            "share",
            "payload",
            "data",
            "portal_share",
            "Share (JSON)",
            "custodianShare",
        ] {
            let table = [["id", column], ["1", &quoted(&secp)], ["2", &quoted(&ed)]];
            let rows = table.map(|row| row.join(separator)).join("\n");
            opens(&rows);
            if column == "share" && separator == ";" {
                opens(&format!("sep=;\r\n{}", rows.replace('\n', "\r\n")));
                // Two exports, one behind the other.
                opens(&format!("{rows}\n{rows}"));
            }
        }
    }
    let bytes = |text: &str| format!("\\x{}", hex::encode(text));
    opens(&format!("id,share\n1,{}\n2,{}\n", bytes(&secp), bytes(&ed)));
    opens(&format!(
        "id,payload\n1,{}\n2,{}\n",
        base64_line(&secp),
        base64_line(&ed)
    ));
}

#[test]
fn a_share_whose_fields_are_columns() {
    let [secp, ed] = sharings().map(|sharing| sharing.custodian);
    let names: Vec<&String> = secp.as_object().unwrap().keys().collect();
    let row = |share: &Value| {
        let fields = names
            .iter()
            .map(|name| text(&share[name.as_str()]).to_owned());
        fields.collect::<Vec<_>>().join(",")
    };
    let header: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    opens(&format!(
        "{}\n{}\n{}\n",
        header.join(","),
        row(&secp),
        row(&ed)
    ));
}

#[test]
fn statements_and_what_clients_of_databases_show() {
    let [secp, ed] = texts();
    let mysql = |text: &str| text.replace('"', "\\\"");
    for dump in [
        format!(
            "INSERT INTO public.cb VALUES (1, 'c''1', '{secp}');\nINSERT INTO public.cb VALUES (2, 'c1', '{ed}');\n"
        ),
        format!(
            "INSERT INTO `cb` (`id`, `share`) VALUES (1,'{}'),(2,'{}');\n",
            mysql(&secp),
            mysql(&ed)
        ),
        format!(
            "insert into cb values (NOW(), NULL, X'{}'), (NOW(), NULL, '{ed}');",
            hex::encode(&secp)
        ),
        format!(
            " id | client_id | share\n----+-----------+------\n  1 | c1        | {secp}\n  2 | c1        | {ed}\n(2 rows)\n"
        ),
        format!(
            "+----+----+\n| id | share |\n+----+----+\n|  1 | {secp} |\n|  2 | {ed} |\n+----+----+\n"
        ),
        format!(
            "-[ RECORD 1 ]---\nid | 1\nshare | {secp}\n-[ RECORD 2 ]---\nid | 2\nshare | {ed}\n"
        ),
        format!("id = 1\nshare = {secp}\n\nid = 2\nshare = {ed}\n"),
        format!(
            "apiVersion: v1\nkind: Secret\ndata:\n  one: {}\n  two: '{}'\n",
            base64_line(&secp),
            base64_line(&ed)
        ),
        format!("one: |\n  {secp}\ntwo: |\n  {ed}\n"),
        format!("share: |\n  {secp}\n---\nshare: >-\n  {ed}\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[{secp},{ed}]\r\n"),
    ] {
        opens(&dump);
    }
    // A statement that was cut off.
    let folder = Folder::new();
    folder.write("c", sharings()[0].client.to_string());
    folder.write(
        "s",
        format!("INSERT INTO cb VALUES (1, '{secp}'),\n(2, '{}", &ed[..200]),
    );
    let outcome = folder.run_json(&EJECT);
    assert_eq!((outcome.exit, outcome.code()), (2, "not_a_share"));
    assert!(
        outcome.message().contains("line 2"),
        "{}",
        outcome.message()
    );
}

#[test]
fn documents_of_stores_queues_and_databases() {
    let [secp, ed] = texts();
    let [secp_value, ed_value] = sharings().map(|sharing| sharing.custodian);
    let fields = |share: &Value| {
        let members = share.as_object().unwrap().iter();
        let members = members.map(|(name, value)| (name.clone(), json!({ "stringValue": value })));
        members.collect::<serde_json::Map<_, _>>()
    };
    let binary =
        |text: &str| json!({ "$binary": { "base64": base64_line(text), "subType": "00" } });
    for document in [
        json!([{ "SecretString": secp }, { "SecretString": json!({ "share": ed }).to_string() }]),
        json!({ "name": "x", "payload": { "data": base64_line(format!("{secp}\n{ed}")) } }),
        json!({ "data": { "data": { "one": secp, "two": ed }, "metadata": { "version": 1 } } }),
        json!({ "kind": "Secret", "data": { "a.json": base64_line(&secp), "b.json": base64_line(&ed) } }),
        json!({ "hits": { "hits": [{ "_source": { "share": secp } }, { "_source": { "share": ed } }] } }),
        json!({ "Messages": [{ "Body": secp }, { "Body": ed }] }),
        json!({ "Records": [{ "body": json!({ "share": secp }).to_string() }, { "body": ed }] }),
        json!({ "Items": [{ "share": { "B": base64_line(&secp) } }, { "share": { "B": base64_line(&ed) } }] }),
        json!({ "Records": [
            { "dynamodb": { "NewImage": { "share": { "S": secp } } } },
            { "dynamodb": { "NewImage": { "share": { "S": ed } } } },
        ] }),
        json!([{ "share": binary(&secp) }, { "share": binary(&ed) }]),
        json!({ "documents": [
            { "name": "p", "fields": { "share": { "stringValue": secp } } },
            { "name": "q", "fields": { "share": { "mapValue": { "fields": fields(&ed_value) } } } },
        ] }),
        json!({ "a": { "share": secp_value }, "b": { "share": ed_value } }),
        json!({ "log": { "entries": [{ "request": { "postData": { "text": format!("[{secp},{ed}]") } } }] } }),
    ] {
        opens(&document.to_string());
    }
    opens(&hex::encode(format!("[{secp},{ed}]")));
}

#[test]
fn a_cloud_key_opens_in_what_programs_put_around_it() {
    let wallet = json_fixture("portal/portal.json")["wallets"][0].clone();
    let key = text(&wallet["key"]);
    let bytes = hex::decode(key).unwrap();
    let raw = base64_line(&bytes);
    let utf16: Vec<u8> = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for content in [
        format!("0x{key}").into_bytes(),
        format!("\"{key}\"\n").into(),
        format!("'{}'", key.to_uppercase()).into(),
        json!({ "key": key }).to_string().into(),
        json!({ "id": "x", "content": key }).to_string().into(),
        raw.into(),
        base64_line(key).into(),
        [&[0xff, 0xfe][..], &utf16].concat(),
    ] {
        let folder = Folder::new();
        folder
            .write("sealed", text(&wallet["cipherText_key"]))
            .write("key", &content);
        let decrypt = [
            "portal",
            "decrypt",
            "sealed",
            "--key-file",
            "key",
            "--out",
            "out",
        ];
        let outcome = folder.run_json(&decrypt);
        assert_eq!(
            outcome.exit,
            0,
            "{:?}\n{}",
            String::from_utf8_lossy(&content),
            outcome.stderr
        );
    }
    for content in [
        json!({ "a": key, "b": "00".repeat(32) }).to_string(),
        format!("key: {key}"),
    ] {
        let folder = Folder::new();
        folder
            .write("sealed", text(&wallet["cipherText_key"]))
            .write("key", &content);
        let decrypt = [
            "portal",
            "decrypt",
            "sealed",
            "--key-file",
            "key",
            "--out",
            "out",
        ];
        folder.refused(2, "bad_cloud_key", &decrypt);
    }
}

#[test]
fn decrypt_names_what_is_no_ciphertext() {
    let wallet = json_fixture("portal/portal.json")["wallets"][0].clone();
    let sealed = text(&wallet["cipherText_key"]);
    let two = format!("{sealed}\n{}\n", text(&wallet["cipherText_password"]));
    let folder = Folder::new();
    folder.write("key", text(&wallet["key"]));
    for (content, code, words) in [
        (two.as_str(), "several_ciphertexts", "several"),
        (
            "age-encryption.org/v1\n-> X25519 abc\n",
            "not_a_share",
            "age",
        ),
        ("zz", "bad_hex", "no hexadecimal digit"),
    ] {
        folder.write("sealed", content);
        let decrypt = [
            "portal",
            "decrypt",
            "sealed",
            "--key-file",
            "key",
            "--out",
            "out",
        ];
        let outcome = folder.refused(2, code, &decrypt);
        assert!(outcome.message().contains(words), "{}", outcome.message());
    }
}
