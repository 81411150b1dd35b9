//! Progress: one line that fits, whole numbers, a rate of now; lines of text where nothing can be drawn.

use std::time::{Duration, Instant};

use crate::support::{
    lifeboat,
    screen::{Shown, on_screen},
    workload::{Workload, key},
};

/// Wallets whose shares of both algorithms take seconds on one core of a quick machine.
const MANY: u32 = 1_000_000;
const SLOWLY: [&str; 4] = ["--threads", "1", "--algorithm", "both"];

/// `derive` of the list into `out/NAME`, as a person types it.
fn derive(work: &Workload, name: &str, more: &[&str]) -> Vec<String> {
    let args = work.args(name, more);
    args.into_iter().filter(|arg| arg != "--json").collect()
}

fn on(columns: usize, options: &[&str], args: &[String]) -> Option<Shown> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    on_screen([columns, 24], options, &args)
}

/// The numbers of a drawing: done, total, a second.
fn numbers(drawing: &str) -> (u64, u64, Option<u64>) {
    let number = |text: &str| text.replace(',', "").parse().unwrap();
    let (before, after) = drawing.split_once('/').unwrap();
    let done = before.rsplit(' ').next().unwrap();
    let rate = drawing
        .split_whitespace()
        .find_map(|word| word.strip_suffix("/s"));
    let total = after.split(' ').next().unwrap();
    (number(done), number(total), rate.map(number))
}

#[test]
fn an_operator_sees_whole_numbers_on_sixty_columns() {
    let work = Workload::new(MANY);
    let Some(shown) = on(60, &[], &derive(&work, "shares", &SLOWLY)) else {
        return;
    };
    assert_eq!(shown.exit, 0, "{}", shown.sent);
    shown.fits(60);
    let drawings = shown.drawings();
    assert!(drawings.len() > 3, "{:?}", shown.sent);
    let mut last = 0;
    for drawing in &drawings {
        assert!(drawing.chars().count() < 60, "{drawing}");
        assert!(drawing.starts_with("deriving "), "{drawing}");
        assert!(!drawing.contains('.'), "{drawing}");
        let (done, total, _) = numbers(drawing);
        assert!(done >= last && total == u64::from(MANY), "{drawing}");
        assert!(done < 1_000 || drawing.contains(','), "{drawing}");
        last = done;
    }
    assert!(drawings.iter().any(|drawing| drawing.ends_with(" left")));
    let has_bar = |drawing: &&String| drawing.contains('█') && drawing.contains('░');
    assert!(
        drawings.iter().any(|drawing| has_bar(&drawing)),
        "{drawings:?}"
    );
    // It is gone at the end.
    assert!(shown.lines().iter().all(|line| !line.contains('█')));
    assert!(
        shown
            .plain()
            .contains("derived Key Share #1 of 1,000,000 wallets")
    );
}

#[test]
fn a_bar_is_of_signs_that_every_terminal_has() {
    let work = Workload::new(400_000);
    let all = [
        &["LANG=C"][..],
        &["LC_ALL=POSIX"],
        &["LANG="],
        &["TERM=vt100"],
        &["TERM=linux"],
    ];
    for (number, options) in all.into_iter().enumerate() {
        let args = derive(&work, &number.to_string(), &["--threads", "1"]);
        let Some(shown) = on(80, options, &args) else {
            return;
        };
        assert!(shown.sent.is_ascii(), "{options:?}: {:?}", shown.sent);
        let drawings = shown.drawings();
        assert!(
            drawings.iter().any(|drawing| drawing.contains("[#")),
            "{drawings:?}"
        );
    }
}

#[test]
fn after_a_pause_the_rate_is_of_now() {
    let work = Workload::new(MANY);
    let args = derive(&work, "shares", &SLOWLY);
    let Some(shown) = on(80, &["stop=6"], &args) else {
        return;
    };
    let plain = shown.plain();
    let (before, after) = plain
        .split_once("(stopped)")
        .expect("it works for a second");
    let rates = |text: &str| -> Vec<u64> {
        let drawn = text
            .split(['\r', '\n'])
            .filter(|line| line.starts_with("deriving "));
        drawn.filter_map(|drawing| numbers(drawing).2).collect()
    };
    let (before, after) = (rates(before), rates(after));
    let usual = *before.last().expect("a rate");
    // An average over the pause is a tenth of it; a busy machine is slower, not so much.
    let first = *after.first().expect("a rate after the pause");
    assert!(first > usual / 3, "{usual} before, {first} after");
}

#[test]
fn comparing_again_and_deriving_are_told_apart() {
    let work = Workload::new(600_000);
    let mut run = work.begin("shares", &["--threads", "1"]);
    assert!(run.until(|| work.length("shares.partial") > 80 << 20));
    assert!(run.kill());
    let args = derive(&work, "shares", &["--threads", "1", "--resume"]);
    let Some(shown) = on(80, &[], &args) else {
        return;
    };
    assert_eq!(shown.exit, 0, "{}", shown.sent);
    let drawings = shown.drawings();
    let begins = |word: &str| drawings.iter().position(|line| line.starts_with(word));
    let (compares, derives) = (
        begins("re-checking ").unwrap(),
        begins("deriving ").unwrap(),
    );
    assert!(compares < derives, "{drawings:?}");
    let last = drawings
        .iter()
        .rposition(|line| line.starts_with("re-checking "));
    assert!(last.unwrap() < derives, "{drawings:?}");
}

/// What has nothing to save ends at once, and says so on a line of its own.
#[test]
fn ctrl_c_leaves_words_and_no_bar() {
    let work = Workload::new(MANY);
    let derived = work.run("shares", &["--algorithm", "both"]);
    assert_eq!(derived.exit, 0);
    let shares = work.bench.text("out/shares");
    let answer = format!("answer={}", hex::encode("SECRET\n"));
    // With and without a passphrase that is typed before.
    for recovery in ["recovery.pkcs8", "recovery.pkcs8.pbkdf2"].map(key) {
        let check = ["check", &shares, &work.kit, "--key", &recovery].map(str::to_owned);
        let Some(shown) = on(80, &["press=03", &answer], &check) else {
            return;
        };
        // By the signal, as whoever called it expects.
        assert_eq!(shown.exit, 254, "{}", shown.sent);
        let lines = shown.lines();
        let last = lines.last().unwrap();
        assert!(
            last.starts_with("lifeboat: interrupted while checking: it is not done"),
            "{lines:?}"
        );
        assert!(lines.iter().all(|line| !line.contains('█')), "{lines:?}");
    }
}

#[test]
fn nothing_is_told_of_short_work_nor_to_whoever_wants_quiet() {
    let (short, long) = (Workload::new(12), Workload::new(200_000));
    let quiet = derive(&long, "shares", &["--threads", "1", "--quiet"]);
    for args in [derive(&short, "shares", &[]), quiet] {
        for term in ["TERM=xterm", "TERM=dumb"] {
            let Some(shown) = on(80, &[term], &args) else {
                return;
            };
            assert!(!shown.plain().contains("deriving"), "{:?}", shown.sent);
            std::fs::remove_file(short.bench.path("out/shares")).ok();
            std::fs::remove_file(long.bench.path("out/shares")).ok();
        }
    }
}

/// A line of progress in words.
#[track_caller]
fn is_line(line: &str) {
    assert!(line.starts_with("lifeboat: deriving: "), "{line}");
    assert!(line.contains(" of 1,000,000 wallets"), "{line}");
    assert!(!line.contains('.') && !line.contains('\r'), "{line}");
}

#[test]
fn a_dumb_terminal_gets_lines_of_text() {
    let work = Workload::new(MANY);
    let args = derive(&work, "shares", &SLOWLY);
    // The pause makes the run long enough on a machine that is quick.
    let Some(shown) = on(120, &["TERM=dumb", "stop=5"], &args) else {
        return;
    };
    let plain = shown.plain();
    assert!(!plain.contains('\r') && !plain.contains('█'), "{plain:?}");
    let lines: Vec<&str> = plain
        .lines()
        .filter(|line| line.contains("deriving: "))
        .collect();
    assert!(!lines.is_empty(), "{plain}");
    lines.into_iter().for_each(is_line);
}

#[test]
fn a_file_gets_lines_of_text_seldom() {
    let work = Workload::new(MANY);
    let began = Instant::now();
    let mut run = work.begin("shares", &SLOWLY);
    assert!(run.until(|| work.length("shares.partial") > 1 << 20));
    // The pause makes the run long enough on a machine that is quick.
    run.rest(Duration::from_secs(5));
    let said = run.said();
    let lines: Vec<&str> = said
        .stderr
        .lines()
        .filter(|line| line.contains("deriving: "))
        .collect();
    assert!(!lines.is_empty(), "{}", said.stderr);
    lines.iter().for_each(|line| is_line(line));
    let most = 1 + began.elapsed().as_secs() / 10;
    assert!(lines.len() as u64 <= most, "{lines:?}");

    let short = Workload::new(12);
    let args = derive(&short, "shares", &[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = lifeboat(&args);
    assert!(!said.stderr.contains("deriving:"), "{}", said.stderr);
}
