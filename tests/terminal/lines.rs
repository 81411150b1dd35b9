//! Lines on a terminal: whole words, what is compared by eye in one piece, and no more of them than a screen has.

use crate::support::{
    Folder, fixture, lifeboat,
    screen::{Shown, on_screen},
};

const OWNER: [&str; 2] = ["--owner-passphrase-file", "owner-passphrase.txt"];

/// `kit verify` of the demo with one of its keys.
fn verify(key: &str, owner: &[&str]) -> Vec<String> {
    let demo = |name: &str| fixture("demo").join(name).to_str().unwrap().to_owned();
    let passphrase = match key {
        "recovery" => "key-passphrase.txt",
        _ => "endpoint-passphrase.txt",
    };
    let mut args = vec!["kit".to_owned(), "verify".to_owned(), demo("kit.zip")];
    args.extend(["--key".to_owned(), demo(&format!("{key}-private.pem"))]);
    args.extend(["--key-passphrase-file".to_owned(), demo(passphrase)]);
    for word in owner {
        args.push(match word.starts_with("--") {
            true => (*word).to_owned(),
            false => demo(word),
        });
    }
    args
}

fn on(columns: usize, args: &[String]) -> Option<Shown> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    on_screen([columns, 24], &[], &args)
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|word| (*word).to_owned()).collect()
}

/// Commands that print tables, warnings, errors and hints.
fn commands() -> Vec<Vec<String>> {
    let demo = |name: &str| fixture("demo").join(name).to_str().unwrap().to_owned();
    vec![
        verify("recovery", &OWNER),
        verify("endpoint", &OWNER),
        words(&["kit", "inspect", &demo("kit.zip")]),
        words(&["kit", "inspect", &demo("wallets.txt")]),
        words(&["doctor"]),
        words(&["key", "show", &demo("endpoint-public.pem")]),
        words(&[
            "derive",
            &demo("kit.zip"),
            "--key",
            "nowhere",
            "--wallets",
            "x",
            "--out",
            "y",
        ]),
        words(&["kit", "verify"]),
        words(&["frobnicate"]),
    ]
}

#[test]
fn words_are_whole_on_every_width() {
    for args in commands() {
        let piped: Vec<&str> = args.iter().map(String::as_str).collect();
        let piped = lifeboat(&piped);
        let all = format!("{}\n{}", piped.stderr, piped.stdout);
        for columns in [60, 80] {
            let Some(shown) = on(columns, &args) else {
                return;
            };
            for line in shown.lines() {
                // What fits no line is left for copying.
                let is_lone = !line.contains(' ');
                assert!(line.chars().count() <= columns || is_lone, "{line}");
                for word in line.split_whitespace() {
                    let is_half = word.len() % 16 == 0
                        || word.len() == 33
                        || word.strip_prefix("SHA256:").is_some();
                    let is_whole = all.split_whitespace().any(|whole| whole == word);
                    assert!(is_whole || is_half, "`{word}` is no word of: {all}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_wrapped_without_a_terminal() {
    let piped = lifeboat(&["kit", "inspect", "nowhere"]);
    assert_eq!(piped.stderr.lines().count(), 3, "{}", piped.stderr);
    let args: Vec<String> = verify("recovery", &OWNER);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let piped = lifeboat(&args);
    assert!(
        piped
            .stderr
            .lines()
            .all(|line| line.starts_with("lifeboat: ")),
        "{}",
        piped.stderr
    );
    assert!(!piped.stdout.contains('\x1b') && !piped.stderr.contains('\x1b'));
}

#[test]
fn a_digest_is_in_one_piece_or_in_two_of_equal_length() {
    let kit = fixture("demo/kit.zip");
    let args = words(&["kit", "inspect", kit.to_str().unwrap()]);
    let piped = lifeboat(&["kit", "inspect", kit.to_str().unwrap()]);
    let digest = piped
        .done()
        .lines()
        .find_map(|line| line.strip_prefix("sha-256  "))
        .unwrap()
        .to_owned();
    let Some(wide) = on(80, &args) else { return };
    assert!(wide.lines().contains(&format!("sha-256  {digest}")));

    let narrow = on(60, &args).unwrap().lines();
    let (first, second) = digest.split_at(32);
    let at = narrow.iter().position(|line| line.ends_with(first));
    let at = at.expect("the first half ends a line");
    assert_eq!(
        [&narrow[at][9..], &narrow[at + 1]],
        [first, &format!("{:9}{second}", "")]
    );
}

#[test]
fn a_short_phrase_is_in_one_piece() {
    let key = fixture("demo/endpoint-public.pem");
    let Some(shown) = on(60, &words(&["key", "show", key.to_str().unwrap()])) else {
        return;
    };
    let lines = shown.lines();
    assert!(lines.contains(&"short phrase (LF)    ALZC7ztX".to_owned()));
}

/// So many rows a screen of 24 has beside the line that is typed and the prompt that comes.
const ROWS: usize = 22;

fn rows(shown: &Shown, columns: usize) -> usize {
    let widths = shown.lines().into_iter().map(|line| line.chars().count());
    widths.map(|width| width.div_ceil(columns).max(1)).sum()
}

#[test]
fn the_demo_kit_is_shown_on_one_screen() {
    let kit = fixture("demo/kit.zip");
    let inspect = words(&["kit", "inspect", kit.to_str().unwrap()]);
    for args in [
        inspect,
        verify("recovery", &OWNER),
        verify("recovery", &[]),
        verify("endpoint", &OWNER),
    ] {
        let Some(shown) = on(80, &args) else { return };
        // On the machine that it is meant for, there is nothing to warn of.
        let online = shown.plain().contains("not offline");
        let rows = rows(&shown, 80) - if online { 2 } else { 0 };
        assert!(rows <= ROWS, "{rows} rows: {}", shown.plain());
    }
}

#[test]
fn another_key_is_said_once() {
    let Some(shown) = on(80, &verify("endpoint", &OWNER)) else {
        return;
    };
    assert_eq!(shown.exit, 3);
    let plain = shown.plain();
    assert_eq!(plain.matches("failed   ").count(), 1, "{plain}");
    assert!(!plain.contains("does not open"), "{plain}");
    assert!(plain.contains("this is another key"), "{plain}");

    // Programs get every check.
    let mut args = vec!["--json".to_owned()];
    args.extend(verify("endpoint", &OWNER));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = lifeboat(&args).refused(3, "kit_not_verified", &["another key"]);
    let checks = outcome["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["result"] == "failed");
    assert_eq!(failed.count(), 7);
}

#[test]
fn a_question_fits_as_well() {
    let folder = Folder::new();
    let long = format!("{}/key.pem", "a-folder/".repeat(5));
    let path = folder.path(&long);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::copy(fixture("keys/recovery.pkcs8.pbkdf2.pem"), &path).unwrap();
    let path = path.to_str().unwrap();
    let Some(shown) = on_screen([60, 24], &[], &["key", "show", path]) else {
        return;
    };
    let lines = shown.lines();
    let asked = lines.iter().position(|line| line.contains("passphrase of"));
    let asked = asked.expect("it asks");
    assert!(
        lines[asked + 1..].iter().any(|line| line.ends_with(':')),
        "{lines:?}"
    );
}

#[test]
fn headings_of_the_first_screen_are_whole_on_every_width() {
    for columns in (70..=100).step_by(3) {
        let Some(shown) = on(columns, &[]) else {
            return;
        };
        for heading in ["Fireblocks recovery:", "Key Share #2 and full keys:"] {
            assert!(shown.sent.contains(heading), "{columns}: {:?}", shown.sent);
        }
    }
}

#[test]
fn a_public_key_is_in_one_piece_where_the_terminal_is_wide_enough() {
    let keys = fixture("shares/takeover.json");
    let keys: serde_json::Value = serde_json::from_slice(&std::fs::read(keys).unwrap()).unwrap();
    let public = &keys[0]["expect"]["extendedPublicKey"];
    let folder = crate::support::Folder::new();
    folder.write("public", public.as_str().unwrap());
    let args = words(&["export", &folder.text("public"), "--chain", "btc"]);

    let Some(shown) = on(80, &args) else { return };
    let plain = crate::support::lifeboat(&args).done().to_owned();
    let key = plain
        .split_whitespace()
        .find(|word| word.len() == 66)
        .unwrap();
    assert!(shown.sent.contains(key), "{:?}", shown.sent);
}
