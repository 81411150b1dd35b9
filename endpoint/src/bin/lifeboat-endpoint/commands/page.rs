//! `page`: the takeover page as one file, for a computer that is offline.

use std::{fs::OpenOptions, io::Write, path::Path};

use lifeboat_endpoint::page::ONE_FILE;

use crate::failure::Failure;

pub(crate) fn run(out: &Path) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).open(out);
    let written = file.and_then(|mut file| file.write_all(ONE_FILE.as_bytes()));
    written.map_err(|error| {
        Failure::new(format!("cannot write `{}`: {error}", out.display()))
            .hint("name a new file with `--out FILE`")
    })
}
