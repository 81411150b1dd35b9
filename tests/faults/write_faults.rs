//! Every system call on the folder of a result fails once, or from then on: the run says which file and why, exit status
//! 2, and leaves what was there before. A batch leaves its `.partial`, which `--resume` completes.

use super::subjects::{self, Left, Subject};
use crate::support::lifeboat;

struct Fault {
    /// `fail` or `fail-from`: a disk that is full stays full.
    rule: &'static str,
    errno: &'static str,
    code: &'static str,
    words: &'static str,
}

const EIO: Fault = Fault {
    rule: "fail",
    errno: "5",
    code: "io",
    words: "input/output error",
};
const ENOSPC: Fault = Fault {
    rule: "fail-from",
    errno: "28",
    code: "disk_full",
    words: "no space left on device",
};
const EDQUOT: Fault = Fault {
    rule: "fail",
    errno: "122",
    code: "disk_full",
    words: "quota exceeded",
};
const EROFS: Fault = Fault {
    rule: "fail-from",
    errno: "30",
    code: "read_only",
    words: "read-only file system",
};

/// Lets calls fail one by one, as `faults` says for each, by its number and the number of those that follow.
fn sweep(subject: &Subject, faults: impl Fn(usize, usize) -> Vec<&'static Fault>) {
    let Some((calls, whole)) = subject.whole(&[]) else {
        return;
    };
    for (index, call) in calls.iter().enumerate() {
        let at = (index + 1).to_string();
        for fault in faults(index, calls.len() - index - 1) {
            let about = format!("{}: call {at}, {call}: {}", subject.name, fault.words);
            let run = subject.spoiled(&[fault.rule, &at, fault.errno]).unwrap();
            let said = run.said();
            let left = subject.left();
            if said.exit == 0 {
                // Only a look at what is there may fail without harm: making the file looks again.
                assert!(call.starts_with("statx "), "{about}: nobody noticed");
                assert!(subject.same(&left, &whole), "{about}: {:?}", left.keys());
            } else {
                said.refused(2, fault.code, &[fault.words, &subject.bench.text("out/")]);
                if said
                    .stderr
                    .contains("the file is whole, but may not outlast")
                {
                    assert!(
                        subject.same(&left, &whole) && fault.rule == "fail-from",
                        "{about}: {:?}",
                        left.keys()
                    );
                } else {
                    is_undone(subject, &left, &whole, &about);
                }
            }
            subject.clear();
        }
    }
}

/// Nothing is left, or what a resume makes whole.
fn is_undone(subject: &Subject, left: &Left, whole: &Left, about: &str) {
    if left.is_empty() {
        return;
    }
    assert!(
        subject.name == "derive" && left.keys().eq(["shares.partial"]),
        "{about}: left {:?}",
        left.keys()
    );
    lifeboat(&subject.with(&["--json", "--resume"])).json();
    assert!(
        subject.left() == *whole,
        "{about}: the resumed result differs"
    );
}

#[test]
fn any_call_of_a_command_may_fail() {
    for subject in Subject::main_ones() {
        let one = |index: usize| [&EIO, &ENOSPC, &EDQUOT, &EROFS][index % 4];
        // At the last, a disk that stays full lets nothing be taken back either.
        sweep(&subject, |index, after| {
            if after == 0 {
                vec![&EIO, &ENOSPC]
            } else {
                vec![one(index)]
            }
        });
    }
}

#[test]
fn any_call_of_the_other_commands_may_fail() {
    for subject in subjects::others() {
        sweep(&subject, |index, _| {
            vec![[&ENOSPC, &EIO, &EROFS, &EDQUOT][index % 4]]
        });
    }
}

#[test]
fn keystores_without_their_list_are_taken_away() {
    sweep(&subjects::keystores(), |_, after| {
        if after < 3 { vec![&EIO] } else { Vec::new() }
    });
}

/// A key takes seconds to make: only the last calls, when sheets, record and keys get their names.
#[test]
fn sheets_without_their_key_are_taken_away() {
    sweep(&subjects::shared_keygen(), |_, after| {
        if after < 16 { vec![&EIO] } else { Vec::new() }
    });
}

#[test]
#[ignore = "takes long"]
fn any_call_may_fail_in_any_way() {
    for subject in Subject::main_ones()
        .into_iter()
        .chain(subjects::others())
        .chain([subjects::keystores(), subjects::shared_keygen()])
    {
        sweep(&subject, |_, _| vec![&EIO, &ENOSPC, &EDQUOT, &EROFS]);
    }
}
