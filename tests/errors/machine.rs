//! The machine and the program itself.

use super::{Case, case, make_all, skipped};
use crate::support::{Folder, Run};

pub(super) const CASES: &[Case] = &[
    case("air_gap", 3, |bench| {
        in_namespace(
            bench,
            "--net",
            "ip link add lifeboat0 type bridge && ip link set lifeboat0 up || exit 77",
        )
    }),
    case("air_gap_unknown", 3, |bench| {
        in_namespace(bench, "--mount", "mount -t tmpfs none /proc || exit 77")
    }),
    case("not_confined", 2, not_confined),
];

#[test]
fn every_error_of_the_machine_is_made() {
    make_all(CASES);
}

fn in_namespace(bench: &Folder, kind: &str, before: &str) -> Run {
    let line = format!(
        r#"unshare --user --map-root-user {kind} true || exit 77
        exec unshare --user --map-root-user {kind} bash -c '{before}
            exec "$0" --json --require-air-gap keygen --unencrypted --out new' "$0""#
    );
    let run = bench.shell(&line, &[]);
    if run.exit == 77 {
        skipped("no such namespace can be made")
    } else {
        run
    }
}

fn not_confined(bench: &Folder) -> Run {
    let deprive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/deprive.py");
    let line = r#"exec python3 "$1" landlock seccomp -- "$0" --json --require-confinement keygen --unencrypted --out new"#;
    bench.shell(line, &[deprive])
}
