//! What a terminal of a given size and kind shows, and how it came there.

use std::time::Duration;

use assert_cmd::Command;

/// Longest that a run may take that is watched while it works.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a terminal got.
pub(crate) struct Shown {
    pub(crate) exit: i32,
    /// As it came, with what moves the cursor and sets colours.
    pub(crate) sent: String,
}

/// Runs the program on a terminal of so many columns and rows; see `record.py` for the options. `None`, and a line about it,
/// where there is no Python to make one.
pub(crate) fn on_screen(size: [usize; 2], options: &[&str], args: &[&str]) -> Option<Shown> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/record.py");
    let mut python = Command::new("python3");
    python
        .timeout(PATIENCE)
        .arg(script)
        .args(size.map(|number| number.to_string()))
        .args(options)
        .args(["--", super::tested_program()])
        .args(args);
    let Ok(output) = python.output() else {
        eprintln!("skipped: there is no python3 to make a terminal");
        return None;
    };
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(failed.is_empty(), "{failed}");
    Some(Shown {
        exit: output.status.code().expect("the run was killed"),
        sent: String::from_utf8(output.stdout).expect("nothing but UTF-8 is said"),
    })
}

impl Shown {
    /// Without colours.
    pub(crate) fn plain(&self) -> String {
        let mut pieces = self.sent.split("\x1b[");
        let mut plain = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (_, text) = piece.split_once('m').expect("nothing but colours is sent");
            plain += text;
        }
        plain
    }

    /// The lines that stay: what was drawn over is gone.
    pub(crate) fn lines(&self) -> Vec<String> {
        let plain = self.plain();
        let lines = plain.lines().map(|line| {
            let mut cells: Vec<char> = Vec::new();
            for drawn in line.split('\r') {
                let drawn: Vec<char> = drawn.chars().collect();
                let kept = cells.get(drawn.len()..).unwrap_or_default().to_vec();
                cells = [drawn, kept].concat();
            }
            cells.into_iter().collect::<String>().trim_end().to_owned()
        });
        lines.collect()
    }

    /// Every line that was drawn to be drawn over.
    pub(crate) fn drawings(&self) -> Vec<String> {
        let plain = self.plain();
        let drawn = plain.split(['\r', '\n']).map(str::trim_end);
        let is_drawn = |line: &&str| line.contains("ing ") && line.contains('/');
        drawn.filter(is_drawn).map(str::to_owned).collect()
    }

    /// Whether every line fits so many columns, drawn ones with one to spare.
    #[track_caller]
    pub(crate) fn fits(&self, columns: usize) {
        for line in self.plain().split(['\r', '\n']) {
            let width = line.chars().count();
            assert!(width <= columns, "{width} columns: {line}");
        }
    }
}
