//! Runs that end early: killed at random moments, interrupted, out of disk. Each is resumed to the same result,
//! and a resume that is not of the same run is refused.
//!
//! `tests/long/kills.sh` does with 200 kills of 200,000 wallets what [`KILLS`] of 20,000 do here.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use getrandom::rand_core::Rng;

use crate::support::{
    Run,
    forge::{Forge, WALLET, rng, seal},
    workload::{Running, Workload, ids, key},
};

/// Runs that are killed, of clear and of sealed results each; every second one is killed again while it resumes.
const KILLS: usize = 16;

const WALLETS: u32 = 20_000;

fn random_below(limit: u64) -> u64 {
    rng().next_u64() % limit.max(1)
}

/// Kills a run when its partial result has this length at least. `false` when it ended first.
fn kill_at(mut run: Running, work: &Workload, length: u64) -> bool {
    run.until(|| work.length("shares.partial") >= length) && run.kill()
}

/// Kills runs at random moments, resumes each; `same` gets what was there and the result.
fn kill_and_resume(work: &Workload, more: &[&str], length: u64, same: impl Fn(&[u8], &[u8])) {
    let resume = [more, &["--resume"]].concat();
    let (mut killed, mut inside) = (0, 0);
    for round in 0..KILLS * 2 {
        if kill_at(work.begin("shares", more), work, random_below(length)) && !work.has("shares") {
            killed += 1;
            if round % 2 == 0 {
                let run = work.begin("shares", &resume);
                std::thread::sleep(Duration::from_millis(random_below(400)));
                killed += usize::from(run.kill());
            }
        }
        let partial = if work.has("shares.partial") {
            work.bytes("shares.partial")
        } else {
            Vec::new()
        };
        inside += usize::from(!partial.is_empty());
        if !work.has("shares") {
            work.run("shares", &resume).json();
        }
        same(&partial, &work.bytes("shares"));
        for name in work.bench.results() {
            fs::remove_file(work.bench.path("out").join(name)).unwrap();
        }
        if killed >= KILLS {
            break;
        }
    }
    assert!(
        killed >= KILLS && inside * 2 >= KILLS / 2,
        "{killed} killed, {inside} with something written"
    );
}

#[test]
fn a_run_killed_at_any_moment_is_resumed_to_the_same_bytes() {
    let work = Workload::new(WALLETS);
    for format in ["ndjson", "json"] {
        let more = ["--format", format];
        work.run("whole", &more).json();
        let whole = work.bytes("whole");
        fs::remove_file(work.bench.path("out/whole")).unwrap();
        kill_and_resume(&work, &more, whole.len() as u64, |_, result| {
            assert!(result == whole, "the resumed result differs");
        });
    }
}

#[test]
fn a_sealed_run_killed_at_any_moment_is_resumed_to_the_same_records() {
    let work = Workload::new(WALLETS);
    let to = key("recovery.public");
    work.run("clear", &["--format", "ndjson"]).json();
    let clear = work.bench.result("clear");
    work.run("sealed", &["--seal-to", &to]).json();
    let length = work.length("sealed");
    for name in work.bench.results() {
        fs::remove_file(work.bench.path("out").join(name)).unwrap();
    }
    kill_and_resume(&work, &["--seal-to", &to], length, |partial, result| {
        // A run that had written its head goes on under the same keys: what was there is there still.
        let whole_lines = partial
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let head = partial.iter().filter(|byte| **byte == b'\n').count() >= 2;
        assert!(
            !head || result.starts_with(&partial[..whole_lines]),
            "a record was sealed anew"
        );
        assert!(
            work.unsealed("shares") == clear,
            "the resumed records differ"
        );
        for (index, (line, id)) in std::str::from_utf8(result)
            .unwrap()
            .lines()
            .skip(2)
            .zip(ids(WALLETS))
            .enumerate()
        {
            assert!(
                line.starts_with(&format!("{{\"n\":{index},\"id\":\"{id}\",\"sealed\":\"")),
                "{line}"
            );
        }
    });
}

#[test]
fn an_interrupted_run_says_how_to_go_on_and_does() {
    let work = Workload::new(60_000);
    let mut run = work.begin("shares", &["--threads", "1"]);
    assert!(
        run.until(|| work.length("shares.partial") > 0),
        "it ended before it could be interrupted"
    );
    run.interrupt();
    run.said().refused(
        2,
        "interrupted",
        &[
            "interrupted after",
            "of 60,000 wallets",
            "shares.partial",
            "--resume",
        ],
    );
    assert_eq!(work.bench.results(), ["shares.partial"]);
    let done = work.bytes("shares.partial");
    assert!(done.ends_with(b"}]}"), "it ends with a whole record");
    work.run("shares", &["--resume"]).json();
    work.run("whole", &[]).json();
    assert!(
        work.bytes("shares") == work.bytes("whole"),
        "the resumed result differs"
    );
    assert_eq!(work.bench.results(), ["shares", "whole"]);
}

/// A batch of 40, whole in every form, and what a run that lost power left of each.
struct Left(Workload);

const FORMS: [&[&str]; 5] = [
    &["--format", "json"],
    &["--format", "ndjson"],
    &["--format", "csv"],
    &["--format", "csv", "--algorithm", "both"],
    &["--seal-to", "TO"],
];

impl Left {
    fn new() -> Self {
        Self(Workload::new(40))
    }

    fn form(form: &[&str]) -> Vec<String> {
        form.iter()
            .map(|word| {
                if *word == "TO" {
                    key("recovery.public")
                } else {
                    (*word).to_owned()
                }
            })
            .collect()
    }

    fn run(&self, form: &[&str], more: &[&str]) -> Run {
        let form = Self::form(form);
        let form: Vec<&str> = form.iter().map(String::as_str).collect();
        self.0.run("shares", &[form.as_slice(), more].concat())
    }

    /// The whole result, not left in `out/`.
    fn whole(&self, form: &[&str]) -> Vec<u8> {
        let _ = fs::remove_file(self.0.bench.path("out/shares.partial"));
        self.run(form, &[]).json();
        let whole = self.0.bytes("shares");
        fs::remove_file(self.0.bench.path("out/shares")).unwrap();
        whole
    }

    /// So many lines of the whole are in `out/shares.partial`.
    fn lines(&self, form: &[&str], count: usize) -> Vec<u8> {
        let whole = self.whole(form);
        let lines: Vec<u8> = whole
            .split_inclusive(|byte| *byte == b'\n')
            .take(count)
            .flatten()
            .copied()
            .collect();
        self.0.bench.put("out/shares.partial", &lines);
        lines
    }

    /// The resume is refused for this, and what was there is there still.
    #[track_caller]
    fn is_refused(&self, form: &[&str], more: &[&str], words: &[&str]) {
        let before = self.0.bytes("shares.partial");
        self.run(form, &[more, &["--resume"]].concat())
            .refused(3, "resume_differs", words);
        assert!(
            self.0.bytes("shares.partial") == before,
            "the unfinished result was touched"
        );
        assert_eq!(self.0.bench.results(), ["shares.partial"]);
    }
}

#[test]
fn torn_ends_are_cut_off() {
    let left = Left::new();
    for form in FORMS {
        let lines = left.lines(form, 12);
        let torn = &lines[..lines.len() - 41];
        for (partial, tail) in [
            (torn, &b""[..]),
            (&lines, b""),
            (&lines, &[0; 50_000]),
            (torn, &[0; 50_000]),
            (b"", &[0; 99]),
        ] {
            left.0
                .bench
                .put("out/shares.partial", [partial, tail].concat());
            left.run(form, &["--resume"]).json();
            if form[0] == "--seal-to" {
                let result = left.0.bytes("shares");
                assert!(partial.is_empty() || result.starts_with(torn), "{form:?}");
                assert_eq!(left.0.unsealed("shares").lines().count(), 40, "{form:?}");
                fs::remove_file(left.0.bench.path("out/shares")).unwrap();
            } else {
                let result = left.0.bytes("shares");
                fs::remove_file(left.0.bench.path("out/shares")).unwrap();
                assert!(result == left.whole(form), "{form:?}");
            }
        }
    }
}

#[test]
fn zeros_in_the_middle_are_written_over() {
    let left = Left::new();
    for form in &FORMS[..3] {
        let mut lines = left.lines(form, 30);
        let length = lines.len();
        lines[length / 2..length / 2 + 500].fill(0);
        left.0.bench.put("out/shares.partial", &lines);
        left.run(form, &["--resume"]).json();
        let result = left.0.bytes("shares");
        fs::remove_file(left.0.bench.path("out/shares")).unwrap();
        assert!(result == left.whole(form), "{form:?}");
    }
}

#[test]
fn a_result_that_was_whole_already_is_only_renamed() {
    let left = Left::new();
    for form in FORMS {
        let whole = left.lines(form, 1_000);
        left.run(form, &["--resume"]).json();
        assert!(left.0.bytes("shares") == whole, "{form:?}");
        fs::remove_file(left.0.bench.path("out/shares")).unwrap();
    }
}

#[test]
fn a_resume_with_another_list_is_refused() {
    let left = Left::new();
    let list = ids(40);
    for form in FORMS {
        for count in [12, 1_000] {
            left.lines(form, count);
            let (mut other, mut swapped) = (list.clone(), list.clone());
            other[3] = WALLET.to_owned();
            swapped.swap(1, 2);
            let mut words = ["another list"];
            for list in [other, swapped, list[1..].to_vec()] {
                fs::write(&left.0.list, list.join("\n")).unwrap();
                left.is_refused(form, &[], &words);
            }
            words = ["more wallets"];
            fs::write(&left.0.list, list[..3].join("\n")).unwrap();
            left.is_refused(form, &[], &words);
            fs::write(&left.0.list, list.join("\n")).unwrap();
        }
        fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
    }
}

#[test]
fn a_resume_in_another_format_is_refused() {
    let left = Left::new();
    for begun in [FORMS[0], FORMS[1], FORMS[2], FORMS[4]] {
        for lines in [1, 12] {
            left.lines(begun, lines);
            for form in [FORMS[0], FORMS[1], FORMS[2], FORMS[4]] {
                if form != begun {
                    left.is_refused(form, &[], &["another format"]);
                }
            }
            fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
        }
    }
}

#[test]
fn a_resume_with_other_algorithms_is_refused() {
    let left = Left::new();
    for form in [FORMS[0], FORMS[1], FORMS[2], FORMS[4]] {
        for [begun, now] in [["both", "ecdsa"], ["ecdsa", "both"], ["ecdsa", "eddsa"]] {
            let with = |algorithm| [form, &["--algorithm", algorithm]].concat();
            left.lines(&with(begun), 12);
            left.is_refused(&with(now), &[], &["algorithms"]);
            fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
        }
    }
}

#[test]
fn a_resume_with_another_kit_or_key_is_refused() {
    let left = Left::new();
    let kit = fs::read(&left.0.kit).unwrap();
    let mut other_key = Forge::wallets();
    *other_key.entry(&Forge::master_entry()) = seal(&[0x17; 32]);
    let mut other_seed = Forge::wallets();
    other_seed.master()["assetSeed"] = hex::encode([9; 32]).into();
    for form in FORMS {
        let before = left.lines(form, 12);
        for other in [&other_key, &other_seed] {
            fs::write(&left.0.kit, other.zip()).unwrap();
            left.is_refused(form, &[], &["another kit"]);
        }
        fs::write(&left.0.kit, &kit).unwrap();
        let said = left.run(form, &["--resume", "--key", &key("other.pkcs8")]);
        said.refused(3, "wrong_recovery_key", &[&Forge::master_entry()]);
        assert!(
            left.0.bytes("shares.partial") == before,
            "the unfinished result was touched"
        );
        fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
    }
}

#[test]
fn a_resume_for_other_recipients_is_refused() {
    let left = Left::new();
    let (to, other) = (key("recovery.public"), key("other.public"));
    left.lines(&["--seal-to", &to, "--seal-to", &other], 12);
    for recipients in [vec![&to], vec![&other], vec![&other, &to]] {
        let form: Vec<&str> = recipients
            .into_iter()
            .flat_map(|to| ["--seal-to", to.as_str()])
            .collect();
        left.is_refused(&form, &[], &["other recipients"]);
    }
}

#[test]
fn a_damaged_unfinished_result_is_refused() {
    let left = Left::new();
    for form in FORMS {
        let lines = left.lines(form, 12);
        for at in [lines.len() / 2, lines.len() - 20] {
            let mut damaged = lines.clone();
            damaged[at] ^= 1;
            left.0.bench.put("out/shares.partial", &damaged);
            left.is_refused(form, &[], &[]);
        }
        fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
    }
}

/// Lines alone say nothing of what comes after them; JSON says where it ends.
#[test]
fn a_whole_result_goes_on_with_a_longer_list_unless_its_format_has_an_end() {
    let left = Left::new();
    let list = ids(40);
    for form in FORMS {
        fs::write(&left.0.list, list[..12].join("\n")).unwrap();
        let shorter = left.lines(form, 1_000);
        fs::write(&left.0.list, list.join("\n")).unwrap();
        match form {
            ["--format", "json"] | ["--seal-to", _] => {
                left.is_refused(form, &[], &["fewer wallets"]);
            }
            _ => {
                left.run(form, &["--resume"]).json();
                let result = left.0.bytes("shares");
                assert!(result.starts_with(&shorter), "{form:?}");
                fs::remove_file(left.0.bench.path("out/shares")).unwrap();
                assert!(result == left.whole(form), "{form:?}");
            }
        }
        let _ = fs::remove_file(left.0.bench.path("out/shares.partial"));
    }
}

#[test]
fn an_unfinished_result_that_another_program_changed_is_refused() {
    let left = Left::new();
    for form in &FORMS[..4] {
        let lines = left.lines(form, 12);
        let text = String::from_utf8(lines).unwrap();
        let changed = [
            text.replace('\n', "\r\n"),
            format!("\u{feff}{text}"),
            format!("\n{text}"),
            text.replace(":\"", ": \"").replace("chain", "Chain"),
            text.replacen('\n', "\n\n", 1),
            "a text about shares\n".to_owned(),
            "{\"walletId\":\"nobody\"}\n".to_owned(),
        ];
        for changed in changed {
            left.0.bench.put("out/shares.partial", &changed);
            left.is_refused(form, &[], &[]);
        }
        fs::remove_file(left.0.bench.path("out/shares.partial")).unwrap();
    }
}

/// What is there is compared in pieces of some hundred kilobytes: the last of them counts like the first.
#[test]
fn a_difference_is_found_and_named_at_the_far_end() {
    let work = Workload::new(12_000);
    for format in ["json", "ndjson", "csv"] {
        work.run("whole", &["--format", format]).json();
        let whole = work.bench.result("whole");
        let last = ids(12_000).pop().unwrap();
        let at = whole.rfind(&last).unwrap();
        let share = at
            + whole[at..]
                .rfind(|digit: char| digit.is_ascii_hexdigit())
                .unwrap();
        assert!(at > 2 << 20, "it is too short to show anything");

        for (place, words) in [(at, "another list of wallets"), (share, "another kit")] {
            let mut changed = whole.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            work.bench.put("out/shares.partial", &changed);
            let run = work.run("shares", &["--format", format, "--resume"]);
            run.refused(3, "resume_differs", &[words]);
            assert!(work.bytes("shares.partial") == changed, "it was touched");
        }
        for name in work.bench.results() {
            fs::remove_file(work.bench.path("out").join(name)).unwrap();
        }
    }
}

#[test]
fn an_unfinished_result_is_not_begun_over_without_being_told() {
    let left = Left::new();
    let before = left.lines(FORMS[1], 12);
    left.run(FORMS[1], &[])
        .refused(2, "partial_exists", &["shares.partial", "--resume"]);
    assert!(
        left.0.bytes("shares.partial") == before,
        "the unfinished result was touched"
    );
    left.0.bench.put("out/shares", "precious");
    left.run(FORMS[1], &["--resume"])
        .refused(2, "output_exists", &["shares"]);
    assert!(left.0.bytes("shares.partial") == before && left.0.bytes("shares") == b"precious");
}

#[test]
fn a_resume_of_nothing_begins() {
    let left = Left::new();
    for form in FORMS {
        left.run(form, &["--resume"]).json();
        fs::remove_file(left.0.bench.path("out/shares")).unwrap();
    }
    let list = &left.0.list;
    let args = [
        "--json",
        "derive",
        &left.0.kit,
        "--key",
        &key("recovery.pkcs8"),
        "--wallets",
        list,
        "--resume",
    ];
    crate::support::lifeboat(&args).refused(2, "usage", &["--resume", "--out FILE"]);
}

#[test]
fn a_link_in_place_of_an_unfinished_result_is_refused() {
    let left = Left::new();
    let target = left.0.bench.put("target", "precious");
    std::os::unix::fs::symlink(&target, left.0.bench.path("out/shares.partial")).unwrap();
    left.run(FORMS[1], &["--resume"])
        .refused(2, "partial_foreign", &["shares.partial"]);
    assert_eq!(fs::read(&target).unwrap(), b"precious");
}

#[test]
fn two_runs_at_once_do_not_write_one_result() {
    let work = Workload::new(60_000);
    let mut first = work.begin("shares", &["--threads", "1"]);
    assert!(
        first.until(|| work.length("shares.partial") > 0),
        "it ended before the second began"
    );
    let second = work.run("shares", &["--resume"]);
    second.refused(2, "partial_busy", &["another run", "shares.partial"]);
    first.said().json();
    work.run("whole", &[]).json();
    assert!(
        work.bytes("shares") == work.bytes("whole"),
        "the second run spoilt the first one's result"
    );
}

#[test]
fn a_full_disk_ends_a_run_that_is_resumed_once_there_is_room() {
    let work = Workload::new(2_000);
    work.run("clear", &["--format", "ndjson"]).json();
    let clear = work.bench.result("clear");
    fs::remove_file(work.bench.path("out/clear")).unwrap();
    // A disk with 256 KiB left, in a name space of its own, where the system lets us have one; then room is made.
    let script = r#"disk=$1; shift
        mount -t tmpfs -o size=8192k none "$disk" || exit 77
        head -c 8126464 /dev/zero > "$disk/ballast" || exit 77
        "$0" "$@" >&2; [ $? = 2 ] && [ "$(ls -A "$disk" | tr '\n' ' ')" = 'ballast shares.partial ' ] || exit 78
        rm "$disk/ballast"
        "$0" "$@" --resume >&2 || exit 80
        cat "$disk/shares""#;
    let to = key("recovery.public");
    for form in [["--format", "ndjson"], ["--seal-to", &to]] {
        let args = [vec![work.bench.text("out")], work.args("shares", &form)].concat();
        let Some(run) = work.bench.shell_with_disks(script, &args) else {
            return;
        };
        assert!(
            run.done() != "" && run.stderr.contains("disk_full"),
            "{}",
            run.stderr
        );
        work.bench.put("out/shares", &run.stdout);
        let same = if form[0] == "--format" {
            work.bench.result("shares")
        } else {
            work.unsealed("shares")
        };
        assert!(same == clear, "{form:?}: the resumed result differs");
        fs::remove_file(work.bench.path("out/shares")).unwrap();
    }
}

#[test]
fn an_unfinished_result_that_others_could_read_is_private_when_it_is_finished() {
    let work = Workload::new(200);
    work.run("whole", &["--format", "ndjson"]).json();
    let whole = work.bytes("whole");
    work.bench
        .put("out/shares.partial", &whole[..whole.len() / 2]);
    fs::set_permissions(
        work.bench.path("out/shares.partial"),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    work.run("shares", &["--format", "ndjson", "--resume"])
        .json();
    assert!(work.bytes("shares") == whole, "the resumed result differs");
    assert_eq!(work.bench.mode("out/shares"), 0o600);
}

#[test]
fn an_unfinished_sealed_result_whose_wrapped_key_was_altered_is_refused() {
    let work = Workload::new(50);
    let to = key("recovery.public");
    work.run("whole", &["--seal-to", &to]).json();
    let whole = work.bench.result("whole");
    let at = whole.find("\"wrapped\":\"").unwrap() + 40;
    let letter = if &whole[at..=at] == "A" { "B" } else { "A" };
    let altered = format!("{}{letter}{}", &whole[..at], &whole[at + 1..]);
    let half = altered.split_inclusive('\n').take(20).collect::<String>();
    work.bench.put("out/shares.partial", &half);
    // Taken up, it would be a whole batch that its recipient cannot open.
    work.run("shares", &["--seal-to", &to, "--resume"]).refused(
        3,
        "resume_differs",
        &["other keys"],
    );
    assert!(!work.has("shares") && work.bench.result("shares.partial") == half);
}

#[test]
fn an_unfinished_result_of_nothing_is_begun_again_with_and_without_being_told() {
    let work = Workload::new(50);
    work.run("whole", &[]).json();
    for more in [&[][..], &["--resume"]] {
        work.bench.put("out/shares.partial", "");
        fs::set_permissions(
            work.bench.path("out/shares.partial"),
            fs::Permissions::from_mode(0o644),
        )
        .unwrap();
        work.run("shares", more).json();
        assert!(
            work.bytes("shares") == work.bytes("whole") && !work.has("shares.partial"),
            "{more:?}"
        );
        assert_eq!(work.bench.mode("out/shares"), 0o600);
        fs::remove_file(work.bench.path("out/shares")).unwrap();
    }
}
