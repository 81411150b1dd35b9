//! The sources and the catalogue name the same codes: a code that is new in one must be in the other.

use std::{collections::BTreeMap, fs, path::Path};

use super::error_catalogue::CATALOGUE;

/// Ways to fail in the door, with the exit status of each.
const ENDS: [(&str, i64); 3] = [("refused(", 2), ("not_verified(", 3), ("some_failed(", 1)];
/// What stands in place of a code there where it comes from elsewhere.
const PASSED_ON: [&str; 4] = ["error.code()", "fault.code()", "code", "failure"];

/// Every code in the sources with the exit statuses that can be told from them, and where it was seen.
#[derive(Default)]
struct Seen(BTreeMap<String, (Vec<i64>, String)>);

impl Seen {
    fn note(&mut self, code: &str, exit: Option<i64>, place: &str) {
        let (exits, _) = self
            .0
            .entry(code.to_owned())
            .or_insert_with(|| (Vec::new(), place.to_owned()));
        exits.extend(exit);
    }

    /// The codes that a function gives: its texts behind `=>`, or its only one.
    fn note_function(&mut self, body: &str, place: &str) {
        let texts: Vec<&str> = body.split('"').skip(1).step_by(2).collect();
        for text in texts.into_iter().filter(|text| is_code(text)) {
            self.note(text, None, place);
        }
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The body of every function that begins so.
fn bodies<'a>(text: &'a str, head: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(head)
        .skip(1)
        .map(|rest| rest.split("\n    }\n").next().unwrap())
}

fn read(seen: &mut Seen, path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    let place = path.display().to_string();
    bodies(text, "pub fn code(").for_each(|body| seen.note_function(body, &place));
    if !place.contains("src/bin/") {
        return;
    }
    // The operating system's errors.
    for body in bodies(text, "fn io(") {
        let arms = body
            .split("=> \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        arms.filter(|text| is_code(text))
            .for_each(|code| seen.note(code, Some(2), &place));
    }
    for (index, _) in text.match_indices("losses.push((") {
        let code = text[index..].split('"').nth(1).unwrap();
        seen.note(code, Some(1), &place);
    }
    for (end, exit) in ENDS {
        for (index, _) in text
            .match_indices(end)
            .filter(|(index, _)| !text[..*index].ends_with("fn "))
        {
            let argument = text[index + end.len()..].trim_start();
            let first = argument.split([',', ')']).next().unwrap().trim_matches('"');
            if argument.starts_with('"') {
                seen.note(first, Some(exit), &place);
            } else {
                let first = argument
                    .split(',')
                    .next()
                    .unwrap()
                    .split(')')
                    .next()
                    .unwrap();
                let known = PASSED_ON
                    .iter()
                    .any(|known| known.trim_end_matches(')') == first);
                assert!(
                    known,
                    "{place}: `{end}{first}` gives a code that cannot be read from the source"
                );
            }
        }
    }
}

fn walk(folder: &Path, seen: &mut Seen) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // The catalogue itself.
            if !path.ends_with("errors/catalogue") {
                walk(&path, seen);
            }
        } else {
            read(seen, &path);
        }
    }
}

#[test]
fn the_sources_and_the_catalogue_name_the_same_codes() {
    let mut seen = Seen::default();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut seen,
    );
    assert!(
        seen.0.len() > 100,
        "the sources were not read: {}",
        seen.0.len()
    );
    for (code, (exits, place)) in &seen.0 {
        let Some(known) = CATALOGUE.get(code) else {
            panic!("{place}: `{code}` is not in the catalogue")
        };
        for exit in exits.iter().filter(|_| !known.is_empty()) {
            assert!(
                known.contains(exit),
                "{place}: `{code}` ends with {exit}, the catalogue says {known:?}"
            );
        }
    }
    for code in CATALOGUE.keys() {
        assert!(
            seen.0.contains_key(code),
            "`{code}` is in the catalogue, but nowhere in the sources"
        );
    }
}
