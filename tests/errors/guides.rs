//! The guide. Without a terminal it says so; before that it reads its notes.

use std::fs::{self, File};

use super::{Case, case, make_all};
use crate::support::Folder;

pub(super) const CASES: &[Case] = &[
    case("guide_needs_terminal", 2, |bench| {
        bench.run_json(&["guide"])
    }),
    case("guide_busy", 2, |bench| {
        fs::create_dir(bench.path("work")).unwrap();
        let held = File::open(bench.path("work")).unwrap();
        held.lock().unwrap();
        bench.run_json(&["guide", "--work", "work"])
    }),
    case("bad_guide_notes", 2, |bench| {
        bench.write("work/guide.json", "{\"lifeboatGuide\":1}");
        bench.run_json(&["guide", "--work", "work"])
    }),
];

#[test]
fn every_error_of_the_guide_is_made() {
    make_all(CASES);
}

#[test]
fn notes_are_read_strictly() {
    let bench = Folder::new();
    for notes in [
        "",
        "null",
        r#"{"lifeboatGuide":2,"story":null,"answers":{},"steps":[]}"#,
        r#"{"lifeboatGuide":1,"story":null,"answers":{},"steps":[],"more":1}"#,
        r#"{"lifeboatGuide":1,"story":null,"answers":{"kit":[{"hex":"0"}]},"steps":[]}"#,
    ] {
        bench.write("work/guide.json", notes);
        bench.refused(2, "bad_guide_notes", &["guide", "--work", "work"]);
        assert_eq!(bench.read("work/guide.json"), notes);
    }
}
