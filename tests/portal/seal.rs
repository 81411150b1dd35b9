//! `portal seal` and `portal open`: share files under envelope encryption.

use std::process::Command;

use lifeboat::{
    formats::{recovery_key::file::read_public_key, sealed::sealed_file::PORTAL_SHARE},
    operations::seal::Sealing,
};
use zeroize::Zeroizing;

use crate::support::{Folder, forge::rng, lifeboat, read_fixture, shell, workload::key};

/// Two share files of odd bytes, sealed to two recipients.
fn sealed(bench: &Folder) -> (String, [Vec<u8>; 2]) {
    let shares = [
        b"{\"share\":\"12\"}\r\n\0".to_vec(),
        (0..=255).cycle().take(14_000).collect(),
    ];
    let files = [
        bench.put("alice.json", &shares[0]),
        bench.put("bob-2.share", &shares[1]),
    ];
    let out = bench.text("sealed");
    let (first, second) = (key("recovery.public"), key("passphrase.public"));
    let said = lifeboat(&[
        "portal",
        "seal",
        &files[0],
        &files[1],
        "--seal-to",
        &first,
        "--seal-to",
        &second,
        "--out",
        &out,
    ]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    (out, shares)
}

#[test]
fn each_recipient_opens_every_share_byte_for_byte() {
    let bench = Folder::with_out();
    let (file, shares) = sealed(&bench);
    for (number, own) in ["recovery.pkcs8", "passphrase.pkcs8"]
        .into_iter()
        .enumerate()
    {
        let folder = bench.text(&format!("opened-{number}"));
        let said = lifeboat(&[
            "portal",
            "open",
            &file,
            "--key",
            &key(own),
            "--out",
            &folder,
        ]);
        assert_eq!(said.exit, 0, "{}", said.stderr);
        assert_eq!(
            std::fs::read(format!("{folder}/alice.json")).unwrap(),
            shares[0]
        );
        assert_eq!(
            std::fs::read(format!("{folder}/bob-2.share")).unwrap(),
            shares[1]
        );
    }
}

#[test]
fn one_share_is_opened_by_its_name_and_an_unknown_one_leaves_nothing() {
    let bench = Folder::with_out();
    let (file, shares) = sealed(&bench);
    let (own, folder) = (key("recovery.pkcs8"), bench.text("one"));
    let said = lifeboat(&[
        "portal",
        "open",
        &file,
        "--key",
        &own,
        "--name",
        "bob-2.share",
        "--out",
        &folder,
    ]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(
        std::fs::read(format!("{folder}/bob-2.share")).unwrap(),
        shares[1]
    );

    let none = bench.text("none");
    let said = lifeboat(&[
        "portal", "open", &file, "--key", &own, "--name", "carol", "--out", &none,
    ]);
    assert_eq!(said.exit, 3, "{}", said.stderr);
    assert!(!std::path::Path::new(&none).exists());
}

#[test]
fn a_file_named_only_of_dots_is_refused_and_a_name_given_twice_is_opened_once() {
    let bench = Folder::with_out();
    let dots = bench.put("...", b"share");
    let said = lifeboat(&[
        "portal",
        "seal",
        &dots,
        "--seal-to",
        &key("recovery.public"),
        "--out",
        &bench.text("no"),
    ]);
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert!(said.stderr.contains("cannot name a record") && !bench.path("no").exists());

    let (file, _) = sealed(&bench);
    let (own, folder) = (key("recovery.pkcs8"), bench.text("one"));
    let name = ["--name", "bob-2.share", "--name", "bob-2.share"];
    let said = lifeboat(
        &[
            &["portal", "open", &file, "--key", &own, "--out", &folder][..],
            &name,
        ]
        .concat(),
    );
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let said = lifeboat(&[
        "portal",
        "open",
        &file,
        "--key",
        &own,
        "--name",
        "carol",
        "--out",
        &bench.text("none"),
    ]);
    assert!(
        said.stderr.contains("named after the share files"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_changed_byte_opens_nothing() {
    let bench = Folder::with_out();
    let (file, _) = sealed(&bench);
    let mut text = std::fs::read(&file).unwrap();
    let at = text.len() / 2;
    text[at] = if text[at] == b'A' { b'B' } else { b'A' };
    let changed = bench.put("changed", &text);
    let folder = bench.text("opened");
    let said = lifeboat(&[
        "portal",
        "open",
        &changed,
        "--key",
        &key("recovery.pkcs8"),
        "--out",
        &folder,
    ]);
    assert_eq!(said.exit, 3, "{}", said.stderr);
    assert!(!std::path::Path::new(&folder).exists());
}

#[test]
fn two_files_of_one_name_are_not_sealed_together() {
    let bench = Folder::with_out();
    std::fs::create_dir(bench.path("other")).unwrap();
    let (first, second) = (bench.put("share", "1"), bench.put("other/share", "2"));
    let (to, out) = (key("recovery.public"), bench.text("sealed"));
    let said = lifeboat(&[
        "--json",
        "portal",
        "seal",
        &first,
        &second,
        "--seal-to",
        &to,
        "--out",
        &out,
    ]);
    said.refused(2, "same_name", &["`share`", "rename"]);
    assert!(!bench.path("sealed").exists());
}

#[test]
fn a_record_that_names_no_file_or_a_file_twice_leaves_nothing() {
    let bench = Folder::with_out();
    let to = [read_public_key(&read_fixture("keys/recovery.public.pem")).unwrap()];
    for (names, exit, code) in [
        (["share", ".."], 2, "record_name"),
        (["share", "."], 2, "record_name"),
        (["share", "share"], 2, "output_exists"),
    ] {
        let mut file = Vec::new();
        let mut sealing = Sealing::begin(PORTAL_SHARE, &to, &mut file, &mut rng()).unwrap();
        for name in names {
            sealing
                .add(name.as_bytes(), &mut Zeroizing::new(b"share".to_vec()))
                .unwrap();
        }
        sealing.finish().unwrap();
        let (file, folder) = (bench.put("sealed", file), bench.text("opened"));
        let said = lifeboat(&[
            "--json",
            "portal",
            "open",
            &file,
            "--key",
            &key("recovery.pkcs8"),
            "--out",
            &folder,
        ]);
        said.refused(exit, code, &[]);
        assert!(!bench.path("opened").exists(), "{names:?}");
    }
}

#[test]
fn a_record_that_names_another_place_is_not_opened() {
    let bench = Folder::with_out();
    let to = [read_public_key(&read_fixture("keys/recovery.public.pem")).unwrap()];
    let absolute = bench.text("evil");
    for name in [
        "../evil",
        "a/b",
        "/evil",
        &absolute,
        "",
        "evil\u{1b}[2J",
        "evil\\",
    ] {
        let mut file = Vec::new();
        let mut sealing = Sealing::begin(PORTAL_SHARE, &to, &mut file, &mut rng()).unwrap();
        sealing
            .add(name.as_bytes(), &mut Zeroizing::new(b"share".to_vec()))
            .unwrap();
        sealing.finish().unwrap();
        let (file, folder) = (bench.put("sealed", file), bench.text("out/opened"));
        let base = [
            "--json",
            "portal",
            "open",
            &file,
            "--key",
            &key("recovery.pkcs8"),
            "--out",
            &folder,
        ];
        lifeboat(&base).refused(3, "sealed_line", &["line 3"]);
        let named = lifeboat(&[&base[..], &["--name", name]].concat());
        assert!(named.exit != 0, "{name:?}");
        named.is_decent();
        bench.is_clean();
        assert!(
            !bench.path("evil").exists() && !bench.path("out/evil").exists(),
            "{name:?}"
        );
    }
}

#[test]
fn opened_shares_and_their_folder_are_private() {
    let bench = Folder::with_out();
    let (file, _) = sealed(&bench);
    let folder = bench.text("opened");
    let args = [
        "portal",
        "open",
        &file,
        "--key",
        &key("recovery.pkcs8"),
        "--out",
        &folder,
    ];
    shell(r#"umask 000; exec "$0" "$@""#, &args).done();
    assert_eq!(
        (bench.mode("opened"), bench.mode("opened/alice.json")),
        (0o700, 0o600)
    );
}

#[test]
fn the_python_opener_opens_a_share() {
    let bench = Folder::with_out();
    let (file, _) = sealed(&bench);
    let opener = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples/unseal.py");
    if !Command::new("python3")
        .args(["-c", "import cryptography"])
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("left out: no python3 with the package `cryptography`");
        return;
    }
    let said = Command::new("python3")
        .args([opener, &file, &key("recovery.pkcs8"), "alice.json"])
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    assert!(
        said.stdout.starts_with(b"{\"share\":\"12\"}\r\n"),
        "{:?}",
        said.stdout
    );
}

#[test]
fn what_is_clearly_no_share_is_not_sealed_as_one() {
    let bench = Folder::with_out();
    let out = bench.text("out/sealed");
    let demo = |name: &str| {
        crate::support::fixture("demo")
            .join(name)
            .display()
            .to_string()
    };
    for (name, words) in [
        ("recovery-private.pem", "a PEM file"),
        ("kit.zip", "a recovery kit"),
        ("wallets.txt", "a list of wallet ids"),
        ("expected-shares.json", "Key Share #1"),
    ] {
        let seal = [
            "--json",
            "portal",
            "seal",
            &demo(name),
            "--seal-to",
            &demo("endpoint-public.pem"),
            "--out",
            &out,
        ];
        lifeboat(&seal).refused(2, "other_content", &[words]);
        bench.is_clean();
    }
}
