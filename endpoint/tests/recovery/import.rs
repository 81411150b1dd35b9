//! Harvested backups out of a file, and backups that no SDK wrote.

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::secret::Passphrase,
    formats::device_share::{device_id::DeviceId, lifeboat_backup::write_lifeboat_backup},
    operations::device_share::recover::{read_backup, recover},
};
use serde_json::{Value, json};

use crate::support::users::{BACKUP, Company, DEVICE, OTHER, WALLET, backup, smaller_backup};

/// When a backup was made, in milliseconds since 1970.
const MADE: i64 = 1_700_000_000_000;

/// A line as the example writes it.
fn line(created_at: i64, backup: &Value) -> String {
    json!({"walletId": WALLET, "deviceId": DEVICE, "createdAt": created_at, "backup": backup})
        .to_string()
}

fn import(company: &Company, lines: &[String]) -> (i32, String) {
    company.folder.write("backups.ndjson", lines.join("\n"));
    let run = company.folder.run(&["import", "backups", "backups.ndjson"]);
    let said = run.stdout() + &run.stderr();
    (run.status(), said)
}

fn latest(company: &Company) -> Value {
    let path = format!("/v1/wallets/{WALLET}/backups/latest");
    company.as_user("GET", &path).send().expect(200)
}

#[test]
fn what_was_harvested_keeps_its_time_and_is_imported_once() {
    let company = Company::start();
    let lines = [line(MADE, &backup()), String::new()];
    let first = import(&company, &lines);
    assert_eq!(first, (0, "1 backup: 1 new, 0 here before\n".to_owned()));
    let again = import(&company, &lines);
    assert_eq!(again, (0, "1 backup: 0 new, 1 here before\n".to_owned()));
    assert_eq!(latest(&company)["createdAt"], MADE);

    // The phone that holds the wallet has not been seen yet; whichever backs up first is it.
    assert_eq!(company.back_up("p1"), json!({"result": {"success": true}}));
}

#[test]
fn an_older_backup_that_is_imported_later_is_not_the_latest() {
    let company = Company::start();
    company.back_up("p1");
    let now = latest(&company)["id"].clone();
    let (status, said) = import(&company, &[line(1_600_000_000_000, &smaller_backup())]);
    assert_eq!(
        (status, said.as_str()),
        (0, "1 backup: 1 new, 0 here before\n")
    );
    assert_eq!(latest(&company)["id"], now);
}

#[test]
fn every_bad_line_is_told_and_nothing_is_imported() {
    let company = Company::start();
    let without = |name: &str| {
        let mut line: Value = serde_json::from_str(&line(MADE, &backup())).unwrap();
        line.as_object_mut().unwrap().remove(name);
        line.to_string()
    };
    let lines = [
        line(MADE, &backup()),
        "no JSON".to_owned(),
        without("walletId"),
        without("deviceId"),
        without("backup"),
        line(MADE, &backup()).replace(WALLET, "x"),
        line(MADE, &backup()).replace(&MADE.to_string(), "\"today\""),
        line(MADE, &json!([backup(), smaller_backup()])),
        line(MADE / 1000, &backup()),
        line(MADE * 1000, &backup()),
    ];
    let (status, said) = import(&company, &lines);
    assert_eq!(status, 2);
    let told = [
        "line 2: not JSON",
        "line 3: field `walletId`: missing",
        "line 4: field `deviceId`: missing",
        "line 5: `device backup`, field `keys`: missing",
        "line 6: field `walletId`: `",
        "line 7: field `createdAt`: expected milliseconds since 1970, a whole number",
        "line 8: 2 backups, expected one",
        "line 9: field `createdAt`: expected milliseconds since 1970, between 2015 and 2100",
        "line 10: field `createdAt`: expected milliseconds since 1970, between 2015 and 2100",
        "nothing was imported",
    ];
    for part in told {
        assert!(said.contains(part), "{said}\nlacks {part}");
    }
    let path = format!("/v1/wallets/{WALLET}/backups/latest");
    company
        .as_user("GET", &path)
        .send()
        .expect_problem(404, "no-backup");
}

#[test]
fn a_backup_of_lifeboat_s_is_kept_and_never_given_to_an_sdk() {
    let company = Company::start();
    let text = lifeboat_backup();
    let post = |device: &str| {
        let path = format!("/v1/wallets/{WALLET}/devices/{device}/backups");
        company.as_user("POST", &path).body(text.clone()).send()
    };
    post(OTHER).expect_problem(422, "unprocessable");
    let kept = post(DEVICE).expect(201);
    assert_eq!(kept["complete"], true);

    // An SDK cannot read it: for an SDK there is none.
    let fetched = company.try_ask("p2", "get_backup", &Value::Null);
    assert_eq!(fetched.text, "{}");
    let id = kept["id"].as_str().unwrap();
    let path = format!("/v1/wallets/{WALLET}/backups/{id}/content");
    let content = company.as_user("GET", &path).send();
    assert_eq!(content.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(content.text, text);
}

fn lifeboat_backup() -> String {
    let passphrase = backup()["passphraseId"].as_str().unwrap().to_owned();
    let file = format!(
        "{}/../fixtures/demo/passphrases/{passphrase}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let passphrase = std::fs::read_to_string(file).unwrap();
    let passphrase = Passphrase::new(passphrase.trim_end().as_bytes().to_vec());
    let theirs = read_backup(BACKUP.as_bytes()).unwrap();
    let device = DeviceId::parse(DEVICE).unwrap();
    let opened = recover(&theirs, &passphrase, &device).unwrap();
    let id = theirs.passphrase_id();
    write_lifeboat_backup(&opened.share, &passphrase, id, &mut UnwrapErr(SysRng)).unwrap()
}
