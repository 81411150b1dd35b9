//! `import shares` and `import grants`: everything that is sound is taken, once; nothing else is.

use std::{
    fs,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::{
    company::{self, KEY, THOUSAND, put_key, sealed, wallets},
    database::is_postgres,
    folder::{Folder, program},
    server::HEAD,
    vault::{AT_ONCE, Vault},
};

const ISSUER: &str = r#"
[[identity]]
issuer = "https://issuer.example"
audience = "wallets"
jwks_file = "jwks.json"
"#;

/// A folder with a configuration, a key, and the sealed file of 1,000 wallets.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("endpoint.toml", format!("{HEAD}{KEY}{ISSUER}"));
    put_key(&folder);
    folder.write("shares.sealed", THOUSAND.as_slice());
    folder
}

fn import(folder: &Folder, file: &str) -> (i32, String) {
    let run = folder.run(&["import", "shares", file]);
    (run.status(), run.stdout() + &run.stderr())
}

#[test]
fn a_sealed_file_is_imported_once() {
    let folder = folder();
    let (status, told) = import(&folder, "shares.sealed");
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("imported 1000 records"), "{told}");

    let (status, told) = import(&folder, "shares.sealed");
    assert_eq!(status, 0, "{told}");
    assert!(
        told.contains("is here already, with all of its 1000 records"),
        "{told}"
    );
}

#[test]
fn a_file_for_another_key_is_refused() {
    let folder = folder();
    let file = sealed(&wallets(3), &[company::public("other")], 1);
    folder.write("other.sealed", file);
    let (status, told) = import(&folder, "other.sealed");
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("the file is not sealed to key SHA256:"),
        "{told}"
    );
    assert!(told.contains("--seal-to"), "{told}");
}

#[test]
fn every_record_is_opened_before_it_is_taken() {
    let folder = folder();
    let text = String::from_utf8(THOUSAND.clone()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // One letter of the last record: it is at line 1002.
    let line = &mut lines[1001];
    let at = line.len() - 10;
    let other = if &line[at..=at] == "A" { "B" } else { "A" };
    line.replace_range(at..=at, other);
    folder.write("altered.sealed", lines.join("\n") + "\n");
    let (status, told) = import(&folder, "altered.sealed");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("line 1002 does not open"), "{told}");
}

#[test]
fn a_file_that_is_cut_off_goes_on_with_the_whole_one() {
    let folder = folder();
    let cut = &THOUSAND[..THOUSAND.len() / 2];
    let end = cut.iter().rposition(|byte| *byte == b'\n').unwrap();
    folder.write("cut.sealed", &cut[..=end]);
    let (status, told) = import(&folder, "cut.sealed");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("its closing line is missing"), "{told}");

    let (status, told) = import(&folder, "shares.sealed");
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("imported 1000 records"), "{told}");
}

#[test]
fn what_is_no_file_of_shares_is_refused_with_its_kind() {
    let folder = folder();
    folder.write("nothing", "hello\n");
    let (status, told) = import(&folder, "nothing");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("not a sealed file"), "{told}");
    let (status, told) = import(&folder, "missing");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("cannot read `missing`"), "{told}");
}

/// Killed in the middle, again and again: it goes on where it was, and what is there in the end is all of it.
#[test]
fn an_import_that_is_killed_goes_on() {
    let folder = folder();
    let many = 260_000;
    let file = sealed(&wallets(many), &[company::public("recovery")], 9);
    folder.write("many.sealed", file);
    let mut resumed = false;
    for patience in [700, 1100, 1700] {
        let mut child = program(folder.root())
            .args(["import", "shares", "many.sealed"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until something of it is there, and then some time.
        let started = Instant::now();
        while !folder.database.has_records(folder.root())
            && started.elapsed() < Duration::from_secs(20)
            && child.try_wait().unwrap().is_none()
        {
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(patience));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (status, told) = import(&folder, "many.sealed");
    assert_eq!(status, 0, "{told}");
    resumed |= told.contains("going on after ") || told.contains("is here already");
    assert!(resumed, "nothing was there of three killed runs: {told}");
    let (_, told) = import(&folder, "many.sealed");
    assert!(told.contains("with all of its 260000 records"), "{told}");
}

#[test]
fn a_passphrase_comes_from_a_file_or_a_command() {
    let wrong = |text: &str| {
        let folder = folder();
        folder.write(
            "endpoint-private.pem",
            company::key("recovery.pkcs8.pbkdf2.pem"),
        );
        folder.write("passphrase.txt", "SECRET\n");
        folder.write("endpoint.toml", format!("{HEAD}{KEY}{text}\n"));
        import(&folder, "shares.sealed")
    };
    for source in [
        "passphrase_file = \"passphrase.txt\"",
        "passphrase_command = [\"/bin/cat\", \"passphrase.txt\"]",
    ] {
        let (status, told) = wrong(source);
        assert_eq!(status, 0, "{source}: {told}");
    }
    let (status, told) = wrong("passphrase_command = [\"/bin/echo\", \"nonsense\"]");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("passphrase"), "{told}");
}

/// A key that another program holds: here a script over the key of the fixtures.
#[test]
fn a_key_can_be_held_by_a_command() {
    let folder = folder();
    folder.write("key.pem", company::key("recovery.pkcs8.pem"));
    let script = "#!/bin/sh\nexec openssl pkeyutl -decrypt -inkey key.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256\n";
    folder.write("open-key", script);
    folder.write("public.pem", company::key("recovery.public.pem"));
    let holder = "[key]\nholder = \"command\"\nprogram = [\"/bin/sh\", \"open-key\"]\npublic_key = \"public.pem\"\n";
    folder.write("endpoint.toml", format!("{HEAD}{holder}"));
    let path = std::env::var("PATH").unwrap_or_default();
    let run = program(folder.root())
        .env("PATH", path)
        .args(["import", "shares", "shares.sealed"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");

    folder.write("open-key", "#!/bin/sh\necho no\n");
    let other = sealed(&wallets(2), &[company::public("recovery")], 3);
    folder.write("other.sealed", other);
    let (status, told) = import(&folder, "other.sealed");
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("printed 3 bytes, expected the 32 bytes of a file key"),
        "{told}"
    );
}

#[test]
fn a_key_that_anybody_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let key = folder.path("endpoint-private.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, told) = import(&folder, "shares.sealed");
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("anybody on this machine may read"), "{told}");
}

#[test]
fn grants_are_taken_from_ndjson_and_csv_and_only_once() {
    let folder = folder();
    let ids = wallets(3);
    let line = |subject: &str, id: &str| {
        format!(r#"{{"issuer":"https://issuer.example","subject":"{subject}","walletId":"{id}"}}"#)
    };
    let list = [line("ann", &ids[0]), line("bob", &ids[1])].join("\n");
    folder.write("grants.ndjson", list);
    let told = folder
        .run(&["import", "grants", "grants.ndjson"])
        .ok()
        .stdout();
    assert_eq!(told, "2 grants: 2 are new, 0 were here\n");

    let rows = format!("subject,walletId\nbob,{}\n\"car, ol\",{}\n", ids[1], ids[2]);
    folder.write("grants.csv", rows);
    let args = [
        "import",
        "grants",
        "--issuer",
        "https://issuer.example",
        "grants.csv",
    ];
    let told = folder.run(&args).ok().stdout();
    assert_eq!(told, "2 grants: 1 are new, 1 were here\n");
}

#[test]
fn a_list_with_bad_lines_is_refused_as_a_whole() {
    let folder = folder();
    let id = &wallets(2)[1];
    let rows = format!(
        "issuer,subject,walletId\nhttps://issuer.example,ann,{id}\n,bob,{id}\nhttps://issuer.example,,{id}\nhttps://issuer.example,bob,{}\nhttps://issuer.example,bob\nhttps://issuer.example,{},{id}\n",
        id.to_uppercase(),
        "x".repeat(256)
    );
    folder.write("grants.csv", rows);
    let run = folder.run(&["import", "grants", "grants.csv"]);
    assert_eq!(run.status(), 2);
    let told = run.stderr();
    for line in [
        "line 3: no issuer",
        "line 4: no subject",
        "line 5: ",
        "line 6: not a grant",
        "line 7: the subject is too long",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let issuer = rows_of("https://elsewhere.example", id);
    folder.write("grants.csv", issuer);
    let run = folder.run(&["import", "grants", "grants.csv"]);
    assert!(
        run.stderr().contains("is no issuer of the configuration"),
        "{}",
        run.stderr()
    );
}

fn rows_of(issuer: &str, id: &str) -> String {
    format!("issuer,subject,walletId\n{issuer},ann,{id}\n")
}

/// Records that are there without all others are no file that somebody sealed.
#[test]
fn a_file_is_served_when_all_of_it_is_there() {
    let vault = Vault::prepared(AT_ONCE);
    let sql = "UPDATE share_file SET complete = 0";
    if is_postgres() {
        vault.folder.sql(sql);
    } else {
        let shares = rusqlite::Connection::open(vault.folder.path("data/shares.db")).unwrap();
        shares.execute_batch(sql).unwrap();
    }
    let mut vault = vault.started();
    let share = |vault: &Vault| {
        let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
        vault.ask("ann", "GET", &path).send()
    };
    share(&vault).expect_problem(404, "no-server-share");
    drop(vault.take_server());

    let (status, told) = import(&vault.folder, "shares.sealed");
    assert_eq!(status, 0, "{told}");
    vault.restart();
    share(&vault).expect(200);
}
