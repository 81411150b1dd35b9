//! What tests share: a folder to work in, the program in it, and what goes into it.
//!
//! - `folder`: a [`Folder`] that vanishes with its test
//! - `run`: the program with arguments, standard input, a shell or a terminal; a [`Run`] is what came of it
//! - `screen`: what a terminal of a given size and kind shows
//! - `schema`: docs/schema, which every outcome is held against
//! - `catalogue`: every error code and its exit statuses
//! - `converse`: a conversation with the guide, on a terminal
//! - `demo`: the demo in a folder, and lines of the shell typed on a terminal beside it
//! - `forge`: kits, sound ones and every kind of broken one
//! - `workload`: batches of many wallets that can be stopped
//! - `takeover`: device backups and server shares of the vectors
//! - `sharing`: made-up Portal sharings
//! - `faults`: runs whose system calls are counted, failed or cut short
//! - `probe`: runs that try, from inside, what the sandbox must refuse
//! - `tracer`: what both are made with

pub(crate) mod catalogue;
pub(crate) mod converse;
pub(crate) mod demo;
pub(crate) mod faults;
mod folder;
pub(crate) mod forge;
pub(crate) mod probe;
mod run;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod sharing;
pub(crate) mod takeover;
pub(crate) mod tracer;
pub(crate) mod workload;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use self::{
    folder::Folder,
    run::{PATIENCE, Run, lifeboat, lifeboat_fed, on_terminal, shell, tested_program},
};

/// What opens the encrypted recovery keys in `fixtures/keys`.
pub(crate) const KEY_PASSPHRASE: &str = "SECRET";

/// A file in `fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// The content of a fixture.
pub(crate) fn read_fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// Every file of a fixture's zip, by its name.
pub(crate) fn zip_files(name: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = std::io::Cursor::new(read_fixture(name));
    let mut zip = zip::ZipArchive::new(bytes).unwrap();
    let mut files = Vec::new();
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        files.push((entry.name().unwrap().into_owned(), bytes));
    }
    files
}

/// A fixture that is JSON.
pub(crate) fn json_fixture(name: &str) -> Value {
    serde_json::from_slice(&read_fixture(name)).unwrap()
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Little-endian UTF-16 with its byte order mark, as spreadsheets and consoles save it.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    let units = [0xfeff].into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// Base64 in lines of 76 characters, as mail programs write it.
pub(crate) fn base64(text: &str) -> String {
    use base64ct::{Base64, Encoding};
    let digits = Base64::encode_string(text.as_bytes());
    let lines: Vec<&str> = digits
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join("\r\n") + "\r\n"
}

/// Base64 in one line.
pub(crate) fn base64_line(bytes: impl AsRef<[u8]>) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes.as_ref())
}

/// What OpenSSL says; `None`, and a line about it, where there is no OpenSSL.
pub(crate) fn openssl(args: &[&str]) -> Option<String> {
    let Ok(output) = std::process::Command::new("openssl").args(args).output() else {
        eprintln!("skipped: there is no openssl to compare with");
        return None;
    };
    assert!(
        output.status.success(),
        "openssl {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}
