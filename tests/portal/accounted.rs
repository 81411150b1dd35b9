//! Every piece of the input is accounted for: of two shares that a file holds, both come out, or the run does not end with 0.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use crate::support::{
    Folder, Run, base64_line,
    sharing::{Sharing, numbered},
};

const EJECT: [&str; 6] = ["portal", "eject", "--client", "c", "--custodian", "s"];

fn sharing(curve: Curve) -> Sharing {
    numbered(curve, 1, 1)
}

/// The client's share of each curve, under its curve, and both custodians' shares.
fn both() -> [Value; 4] {
    let (secp, ed) = (sharing(Curve::Secp256k1), sharing(Curve::Ed25519));
    [
        json!({ "secp256k1": { "id": "1", "share": secp.client } }),
        json!({ "ed25519": { "id": "2", "share": ed.client } }),
        secp.custodian,
        ed.custodian,
    ]
}

fn eject(client: &str, custodian: &str) -> Run {
    let folder = Folder::new();
    folder.write("c", client).write("s", custodian);
    folder.run_json(&EJECT)
}

fn curves(outcome: &Run) -> Vec<String> {
    let keys = outcome.outcome()["keys"].as_array().cloned();
    let keys = keys.unwrap_or_default();
    keys.iter()
        .map(|key| key["curve"].as_str().unwrap().to_owned())
        .collect()
}

/// Both keys come out of this client's file.
#[track_caller]
fn gives_both(client: &str) {
    let [_, _, secp, ed] = both();
    let outcome = eject(client, &format!("{secp}\n{ed}"));
    assert_eq!(outcome.exit, 0, "{client}\n{}", outcome.stderr);
    assert_eq!(curves(&outcome), ["secp256k1", "ed25519"], "{client}");
}

/// The file is refused with these words.
#[track_caller]
fn refuses(client: &str, words: &str) {
    let [_, _, secp, ed] = both();
    let outcome = eject(client, &format!("{secp}\n{ed}"));
    assert_eq!(
        (outcome.exit, outcome.code()),
        (2, "not_a_share"),
        "{client}"
    );
    assert!(outcome.message().contains(words), "{}", outcome.message());
}

/// A table of a dump of PostgreSQL.
fn copied(table: &str, rows: &[&Value]) -> String {
    let row = |row: &&Value| format!("1\t{}\n", row.to_string().replace('\\', "\\\\"));
    let rows: String = rows.iter().map(row).collect();
    format!("COPY public.{table} (id, share) FROM stdin;\n{rows}\\.\n\n")
}

#[test]
fn every_table_of_a_dump_is_read() {
    let [a, b, secp, ed] = both();
    let client = copied("shares_2024", &[&a]) + &copied("shares_2025", &[&b]);
    gives_both(&client);
    let custodian = copied("webhooks_1", &[&secp]) + &copied("webhooks_2", &[&ed]);
    let outcome = eject(&client, &custodian);
    assert_eq!(
        (outcome.exit, curves(&outcome).len()),
        (0, 2),
        "{}",
        outcome.stderr
    );

    // A column of another name holds a share all the same.
    gives_both(&(copied("old", &[&a]) + &copied("new", &[&b]).replace("share)", "payload)")));
}

#[test]
fn a_dump_that_was_cut_off_is_refused() {
    let [a, b, ..] = both();
    for end in ["\\.\n\n", "\n\\.\n\n"] {
        let whole = copied("one", &[&a]) + &copied("two", &[&b]);
        let cut = whole.strip_suffix(end).unwrap_or(&whole);
        refuses(
            cut.trim_end_matches("\\.\n\n"),
            "line 5: the table that begins here has no end",
        );
    }
    let cut = copied("one", &[&a]).replace("\\.\n", "");
    refuses(&cut, "line 1: the table that begins here has no end");
}

#[test]
fn every_row_says_for_itself_which_column_holds_a_share() {
    let [a, b, ..] = both();
    gives_both(&format!("1\t{a}\t\\N\n2\t\\N\t{b}\n"));
    gives_both(&format!("1\t{a}\n2\t{}\n", base64_line(b.to_string())));
    gives_both(&format!("id\tshare\ted_share\n1\t{a}\t{b}\n"));
}

#[test]
fn a_quote_that_is_left_open_swallows_no_rows() {
    let [a, b, ..] = both();
    let (a, b) = (base64_line(a.to_string()), base64_line(b.to_string()));
    let words = "line 2: a quote is not closed";
    refuses(
        &format!("clientId,share,note\nc,{a},\"bob\nc,{b},al\n"),
        words,
    );
    // Closed by the quote of a later row.
    refuses(
        &format!("clientId,share,note\nc,{a},\"bob\nc,{b},al\nc,,\"z\n"),
        words,
    );
    // A quote inside a field opens nothing, and a note may have lines.
    gives_both(&format!("clientId,share,note\nc,{a},5\" phone\nc,{b},al\n"));
    gives_both(&format!(
        "clientId,share,note\nc,{a},\"two\nlines\"\nc,{b},al\n"
    ));
}

#[test]
fn shares_are_found_under_any_name() {
    let [a, b, ..] = both();
    let plain = |value: &Value| {
        let object = value.as_object().unwrap();
        object.values().next().unwrap().clone()
    };
    for client in [
        json!({ "clientId": "c", "share": a, "ed25519Share": b }),
        json!({ "share": a, "data": b }),
        json!({ "backupShares": [a], "items": [b] }),
        json!({ "share": a, "shares": [b.to_string()] }),
        json!([{ "id": 1, "share": a.to_string(), "eddsaShare": base64_line(b.to_string()) }]),
        json!({ "secp256k1": plain(&a), "Ed25519": plain(&b) }),
        json!({ "secp256k1": plain(&a), "eddsa": plain(&b) }),
        json!({ "SECP256K1": plain(&a), "secp256k1": { "share": "gone" }, "ed25519": plain(&b) }),
        json!({ "hits": { "hits": [{ "_source": { "v": a } }, { "_source": { "v": b.to_string() } }] } }),
    ] {
        gives_both(&client.to_string());
    }
    let doubled = |value: &Value| value.to_string().replace('"', "\"\"");
    gives_both(&format!(
        "id,share,shareEd25519\n1,\"{}\",\"{}\"\n",
        doubled(&a),
        doubled(&b)
    ));
}

#[test]
fn what_was_a_share_is_no_note() {
    let [a, b, ..] = both();
    let cut = |text: &str| text[..text.len() - 3].to_owned();
    for damaged in [cut(&b.to_string()), cut(&base64_line(b.to_string()))] {
        let client = json!({ "share": a, "other": damaged });
        let [_, _, secp, ed] = both();
        let outcome = eject(&client.to_string(), &format!("{secp}\n{ed}"));
        assert_eq!(
            (outcome.exit, outcome.code()),
            (2, "not_a_share"),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome.message().contains("`other`"),
            "{}",
            outcome.message()
        );
    }
    // What has nothing to do with shares disturbs nothing, however long it is.
    let token = format!(
        "eyJhbGciOiJIUzI1NiJ9.{}.{}",
        "e".repeat(300),
        "f".repeat(43)
    );
    let other = json!({
        "share": a, "token": token, "hash": "ab".repeat(64), "number": "7".repeat(2000), "wallet": b,
        "user": { "pubkey": "02ab", "x": 1, "y": 2, "secp256k1": "ab".repeat(33), "data": null },
        "log": "{ not JSON", "text": "word ".repeat(300),
    });
    gives_both(&other.to_string());
}

#[test]
fn a_page_that_says_that_more_follow_is_told() {
    let [a, _, secp, ed] = both();
    for next in [
        json!({ "next": "cursor" }),
        json!({ "nextUrl": "https://x" }),
        json!({ "paging": { "after": "x" } }),
        json!({ "LastEvaluatedKey": { "id": "x" } }),
        json!({ "@odata.nextLink": "x" }),
        json!({ "continuationToken": "x" }),
        json!({ "hasMore": true }),
        json!({ "page": 1, "total_pages": 3 }),
    ] {
        let mut page = next.clone();
        page["data"] = json!([a]);
        let outcome = eject(&page.to_string(), &format!("{secp}\n{ed}"));
        assert_eq!(
            (outcome.exit, outcome.code()),
            (1, "more_pages"),
            "{next}\n{}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains("more pages follow"),
            "{}",
            outcome.stderr
        );
        // With nothing left over the page is only told of.
        let outcome = eject(&page.to_string(), &secp.to_string());
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("more pages follow"),
            "{}",
            outcome.stderr
        );
    }
    for last in [
        json!({ "next": null, "hasMore": false, "page": 3, "total_pages": 3 }),
        json!({ "next": "", "LastEvaluatedKey": {}, "cursor": null }),
    ] {
        let mut page = last.clone();
        page["data"] = json!([a]);
        let outcome = eject(&page.to_string(), &format!("{secp}\n{ed}"));
        assert_eq!(outcome.exit, 0, "{last}\n{}", outcome.stderr);
        assert!(!outcome.stderr.contains("pages"), "{}", outcome.stderr);
    }
}

#[test]
fn a_custodian_share_without_a_client_share_is_told() {
    let [a, _, secp, ed] = both();
    let outcome = eject(&a.to_string(), &format!("{secp}\n{ed}"));
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    let unmatched = outcome.outcome()["unmatchedCustodians"].as_array().unwrap();
    assert_eq!(unmatched.len(), 1, "{unmatched:?}");
    assert_eq!(unmatched[0]["curve"], "ed25519");
    assert_eq!(
        unmatched[0]["publicKey"],
        sharing(Curve::Ed25519).public_key.to_hex()
    );
    assert!(
        outcome
            .stderr
            .contains("1 custodian share found no client share"),
        "{}",
        outcome.stderr
    );

    let outcome = eject(&a.to_string(), &secp.to_string());
    assert_eq!(outcome.outcome()["unmatchedCustodians"], json!([]));
    assert!(
        !outcome.stderr.contains("found no client share"),
        "{}",
        outcome.stderr
    );
}
