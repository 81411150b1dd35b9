//! Passphrases shared among people: against the vectors of SLIP-39 and shares that another program made; sheets, slips and
//! what is too few.

use std::sync::LazyLock;

use lifeboat::{
    crypto::{
        byte_sharing::share_bytes,
        secret::{Passphrase, SecretBytes},
    },
    formats::recovery_key::share_words::ShareWords,
    operations::split_passphrase::{SplitError, join, join_secret, split},
};
use serde_json::Value;

use crate::support::{
    Folder, Run, fixture, forge, json_fixture, lifeboat, on_terminal, screen::on_screen, text,
};

/// A key whose passphrase three of five people make. Making one takes seconds.
static CEREMONY: LazyLock<(Folder, Value)> = LazyLock::new(|| {
    let bench = Folder::with_out();
    let said = lifeboat(&[
        "--json",
        "keygen",
        "--split",
        "3/5",
        "--out",
        &bench.text("out/key"),
    ]);
    let outcome = said.json();
    (bench, outcome)
});

fn sheet(number: usize) -> String {
    CEREMONY
        .0
        .text(&format!("out/key-sheets/sheet-{number}-of-5.html"))
}

fn private() -> String {
    CEREMONY.0.text("out/key-private.pem")
}

/// The words that a sheet shows.
fn words(number: usize) -> String {
    let page = std::fs::read_to_string(sheet(number)).unwrap();
    let words: Vec<&str> = page
        .split("<li>")
        .skip(1)
        .map(|rest| rest.split("</li>").next().unwrap())
        .collect();
    assert_eq!(words.len(), 20);
    words.join(" ")
}

fn join_files(sheets: &[String], more: &[&str]) -> Run {
    let key = private();
    let mut args = vec!["--json", "key", "join"];
    args.extend(sheets.iter().map(String::as_str));
    args.extend(["--key", &key]);
    args.extend(more);
    lifeboat(&args)
}

/// All shares in these texts; `None` where one is none.
fn found(texts: &[Value]) -> Option<Vec<ShareWords>> {
    let mut all = Vec::new();
    for words in texts {
        all.append(&mut ShareWords::find_all(text(words).as_bytes()).ok()?);
    }
    Some(all)
}

#[test]
fn the_vectors_of_the_standard_give_their_secrets_or_nothing() {
    let vectors = json_fixture("words/slip39.json");
    let vectors = vectors.as_array().unwrap();
    assert_eq!(vectors.len(), 45);
    for (number, vector) in (1..).zip(vectors) {
        let shares = found(vector["words"].as_array().unwrap());
        let passphrase = Passphrase::new(b"TREZOR".to_vec());
        let secret = shares.and_then(|shares| join_secret(&shares, &passphrase).ok());
        let secret = secret.map(|secret| hex::encode(secret.expose()));
        assert_eq!(
            secret.unwrap_or_default(),
            text(&vector["secret"]),
            "{number}"
        );
    }
}

#[test]
fn shares_are_written_as_the_standard_writes_them() {
    let mut compared = 0;
    for file in ["words/slip39.json", "words/reference.json"] {
        for vector in json_fixture(file).as_array().unwrap() {
            for words in vector["words"].as_array().unwrap() {
                let Ok(shares) = ShareWords::find_all(text(words).as_bytes()) else {
                    continue;
                };
                for share in shares {
                    assert_eq!(share.to_text().unwrap().expose(), text(words));
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 80, "{compared}");
}

/// Every choice of `count` from so many.
fn choices(many: usize, count: usize) -> impl Iterator<Item = Vec<usize>> {
    let all = 0_u32..1 << many;
    all.filter(move |mask| mask.count_ones() as usize == count)
        .map(move |mask| (0..many).filter(|at| mask >> at & 1 == 1).collect())
}

#[test]
fn enough_shares_of_another_program_give_the_passphrase_and_fewer_do_not() {
    for set in json_fixture("words/reference.json").as_array().unwrap() {
        let words = set["words"].as_array().unwrap();
        let needed = usize::try_from(set["needed"].as_u64().unwrap()).unwrap();
        let some = |chosen: Vec<usize>| {
            let texts: Vec<Value> = chosen.iter().map(|at| words[*at].clone()).collect();
            join(&found(&texts).unwrap())
        };
        for chosen in choices(words.len(), needed).take(40) {
            assert_eq!(
                some(chosen).unwrap().expose(),
                text(&set["secret"]).as_bytes()
            );
        }
        for chosen in choices(words.len(), needed - 1).take(40) {
            assert!(matches!(some(chosen), Err(SplitError::TooFew { .. })));
        }
    }
}

#[test]
fn every_set_of_enough_sheets_gives_the_passphrase_and_no_smaller_one() {
    for (needed, people) in [(2, 2), (2, 3), (3, 5), (5, 5), (4, 7), (2, 16), (16, 16)] {
        let made = split(needed, people, &mut forge::rng()).unwrap();
        let read = |at: &usize| {
            let words = made.shares[*at].expose().as_bytes();
            ShareWords::find_all(words).unwrap().remove(0)
        };
        let some = |chosen: &[usize]| join(&chosen.iter().map(read).collect::<Vec<_>>());
        for chosen in choices(people.into(), needed.into()) {
            let passphrase = some(&chosen).unwrap();
            assert!(passphrase.same_as(&made.passphrase), "{chosen:?}");
        }
        for chosen in choices(people.into(), usize::from(needed) - 1) {
            let joined = some(&chosen);
            assert!(
                matches!(joined, Err(SplitError::TooFew { .. })),
                "{chosen:?}"
            );
        }
        // More than enough are all looked at.
        assert!(some(&(0..people.into()).collect::<Vec<_>>()).is_ok());
    }
}

/// A library of the field drew odd numbers only. 255 degrees of freedom: 255 ± 23, and 420 is more than seven of that away.
#[test]
fn no_byte_of_a_share_is_likelier_than_another() {
    const ROUNDS: usize = 256 * 40;
    let secret = SecretBytes::new(vec![7; 16]);
    let mut counts = vec![[0_u32; 256]; 5];
    for _ in 0..ROUNDS {
        let shares = share_bytes(&secret, 3, 5, &mut forge::rng()).unwrap();
        for (count, share) in counts.iter_mut().zip(shares) {
            count[usize::from(share.value.expose()[9])] += 1;
        }
    }
    for (place, count) in counts.iter().enumerate() {
        let expected = ROUNDS as f64 / 256.0;
        let squares = count
            .iter()
            .map(|seen| (f64::from(*seen) - expected).powi(2));
        let sum = squares.sum::<f64>() / expected;
        assert!((120.0..420.0).contains(&sum), "share {place}: {sum}");
    }
}

#[test]
fn a_ceremony_gives_a_key_that_its_sheets_open() {
    let (bench, outcome) = &*CEREMONY;
    assert_eq!(outcome["split"]["needed"], 3);
    assert_eq!(outcome["split"]["sheets"], 5);
    assert_eq!(outcome["files"].as_array().unwrap().len(), 8);
    for name in [
        "key-private.pem",
        "key-record.html",
        "key-sheets/sheet-5-of-5.html",
    ] {
        assert_eq!(bench.mode(&format!("out/{name}")) & 0o777, 0o600, "{name}");
    }
    assert_eq!(bench.mode("out/key-sheets") & 0o777, 0o700);

    // Printed sheets as they are, in any order; typed words in capitals, numbered, and four letters of each.
    let capitals = bench.put("capitals", words(4).to_uppercase());
    let numbered = words(1);
    let numbered = (1..).zip(numbered.split(' '));
    let numbered: String = numbered
        .map(|(number, word)| format!("{number}. {}\r\n", &word[..4.min(word.len())]))
        .collect();
    let numbered = bench.put("numbered", numbered);
    let passphrase = bench.text("out/passphrase");
    let joined = join_files(&[sheet(5), capitals, numbered], &["--out", &passphrase]).json();
    assert_eq!(joined["fingerprint"], outcome["fingerprint"]);
    assert_eq!(bench.mode("out/passphrase") & 0o777, 0o600);

    let public = bench.text("out/key-public.pem");
    let (key, flag) = (private(), "--key-passphrase-file");
    let check = [
        "--json",
        "key",
        "check",
        &key,
        "--public-key",
        &public,
        flag,
        &passphrase,
    ];
    let checked = lifeboat(&check).json();
    assert_eq!(checked["fingerprint"], outcome["fingerprint"]);
    assert_eq!(checked["isOfPublicKey"], true);
}

#[test]
fn several_sheets_in_one_file_are_all_read() {
    let all: Vec<String> = [2, 3, 5].map(words).to_vec();
    let bench = Folder::new();
    let file = bench.put("all", all.join("\n\n"));
    assert_eq!(join_files(&[file], &[]).json()["sheets"], 3);
}

/// Words of the list that `key join` says of its own.
const SAID: [&str; 29] = [
    "again", "away", "belong", "both", "else", "empty", "hand", "have", "join", "length",
    "machine", "network", "order", "random", "require", "says", "secret", "single", "space",
    "standard", "system", "terminal", "that", "together", "twice", "type", "work", "wrote", "zero",
];

fn shows_no_word_of(sheet: &str, text: &str) {
    let shown: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| sheet.split(' ').any(|of_sheet| of_sheet == *word))
        .filter(|word| !SAID.contains(word))
        .collect();
    assert!(shown.is_empty(), "{shown:?} in {text}");
}

#[test]
fn slips_are_found_and_no_word_is_repeated() {
    let bench = Folder::new();
    let whole = words(1);
    let mut list: Vec<&str> = whole.split(' ').collect();
    list.swap(9, 10);
    let swapped = list.join(" ");
    list.swap(9, 10);
    let unknown = whole.replacen(list[6], "lifeboat", 1);
    let cases = [
        (swapped, "do not fit together"),
        (unknown, "word 7 is none of the list"),
        (list[..19].join(" "), "19 words"),
        (String::new(), "0 words"),
    ];
    for (text, message) in cases {
        let file = bench.put("slip", &text);
        let run = join_files(&[file, sheet(2), sheet(3)], &[]);
        run.refused(2, "sheet_words", &["word by word"]);
        assert!(run.message().contains(message), "{}", run.message());
        shows_no_word_of(&whole, &run.stderr);
    }
    join_files(&[sheet(1), sheet(2)], &[]).refused(2, "sheets_too_few", &["other sheets"]);
    join_files(&[sheet(1), sheet(2), sheet(1)], &[]).refused(2, "sheet_other", &["different"]);
}

#[test]
fn a_page_loads_nothing_runs_nothing_and_shows_names_as_they_are() {
    let bench = Folder::with_out();
    let prefix = bench.text("out/<script>alert(1)</script>&\"x");
    let folder = bench.path("out/<script>alert(1)<");
    std::fs::create_dir(folder).unwrap();
    let run = lifeboat(&["--json", "keygen", "--split", "2/2", "--out", &prefix]).json();
    let pages = run["files"].as_array().unwrap().iter();
    let pages: Vec<String> = pages
        .map(|file| text(file).to_owned())
        .filter(|path| path.ends_with(".html"))
        .collect();
    assert_eq!(pages.len(), 3);
    for path in pages {
        let page = std::fs::read_to_string(path).unwrap();
        for piece in ["<script", "src=", "href=", "url(", "@import", "javascript:"] {
            assert!(!page.contains(piece), "{piece}");
        }
        assert!(page.contains("default-src 'none'"));
        assert!(page.contains("&lt;script&gt;alert(1)"));
    }
}

#[test]
fn words_are_asked_for_without_echo_and_a_wrong_sheet_again() {
    let wrong = words(2).replacen(' ', " lifeboat ", 1);
    let answers = [&words(1), &wrong, &words(1), &words(2), &words(3)];
    let Some(run) = on_terminal(
        &answers.map(String::as_str),
        &["key", "join", "--key", &private()],
    ) else {
        return;
    };
    assert_eq!(run.exit, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("3 sheets open this key"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("words of sheet 2 of 3"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("is there twice"), "{}", run.stdout);
    shows_no_word_of(&words(1), &run.stdout);
}

#[test]
fn no_passphrase_is_shown_on_a_terminal_that_did_not_ask_for_it() {
    let sheets = [sheet(1), sheet(2), sheet(3)];
    let mut args = vec!["key", "join", "--out", "-"];
    args.extend(sheets.iter().map(String::as_str));
    let Some(shown) = on_screen([80, 24], &[], &args) else {
        return;
    };
    assert_eq!(shown.exit, 2, "{}", shown.sent);
    args.push("--reveal");
    let revealed = on_screen([80, 24], &[], &args).unwrap();
    assert_eq!(revealed.exit, 0, "{}", revealed.sent);
}

#[test]
fn a_key_of_other_sheets_is_not_opened_and_a_copy_that_is_cut_is_not_whole() {
    let other = fixture("keys/recovery.pkcs8.pbkdf2.pem")
        .display()
        .to_string();
    let sheets = [sheet(1), sheet(2), sheet(3)];
    let mut args = vec!["--json", "key", "join", "--key", &other];
    args.extend(sheets.iter().map(String::as_str));
    lifeboat(&args).refused(3, "wrong_key_passphrase", &["another key"]);

    let bench = Folder::with_out();
    let whole = std::fs::read_to_string(private()).unwrap();
    let cut = bench.put("cut.pem", &whole[..whole.len() / 2]);
    let run = lifeboat(&["--json", "key", "check", &cut]);
    assert_eq!(run.exit, 2, "{}", run.stderr);
    let (mine, theirs) = (
        fixture("keys/recovery.pkcs8.pem").display().to_string(),
        fixture("keys/other.public.pem").display().to_string(),
    );
    lifeboat(&["--json", "key", "check", &mine, "--public-key", &theirs]).refused(
        3,
        "other_public_key",
        &["key show"],
    );
}

#[test]
fn numbers_that_share_nothing_are_refused() {
    let bench = Folder::with_out();
    for split in ["1/3", "4/3", "2/17", "0/0", "3", "a/b", "2/3/4", "-1/2"] {
        let flag = format!("--split={split}");
        lifeboat(&["--json", "keygen", &flag, "--out", &bench.text("out/k")]).refused(
            2,
            "usage",
            &[],
        );
    }
    bench.is_clean();
}
