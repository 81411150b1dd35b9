//! Conversations with `lifeboat guide`, held on a terminal as a person would.
//!
//! - `stories`: whole recoveries, from the first question to what comes next
//! - `trouble`: wrong answers, wrong files, wrong keys: each leads on
//! - `resumed`: left, killed between and during steps, and gone on with; what changed meanwhile is noticed
//! - `plain`: small and plain terminals, names of files that mean something to a shell or a terminal, no terminal at all

mod plain;
mod resumed;
mod stories;
mod trouble;

use crate::support::{Folder, converse::Conversation, fixture};

/// What locks results.
const NEW_PASSPHRASE: &str = "four wandering albatrosses";

/// The passphrase in a file of the demo.
fn demo_passphrase(name: &str) -> &'static str {
    let text = std::fs::read_to_string(fixture("demo").join(name)).unwrap();
    text.trim_end().to_owned().leak()
}

/// A conversation in a folder with the demo's passphrases.
fn with_demo(folder: &Folder) -> Conversation<'_> {
    Conversation {
        passphrases: vec![
            ("recovery-private", demo_passphrase("key-passphrase.txt")),
            ("lifeboat-work/endpoint-private", NEW_PASSPHRASE),
            (
                "endpoint-private",
                demo_passphrase("endpoint-passphrase.txt"),
            ),
            ("owner", demo_passphrase("owner-passphrase.txt")),
            (
                "a109ae9f",
                demo_passphrase("passphrases/a109ae9f-bc5d-435a-bc52-67ec88fe4669.txt"),
            ),
            ("*", NEW_PASSPHRASE),
        ],
        ..Conversation::in_folder(folder)
    }
}

/// The answers that lead through the demo's kit to its sealed shares, from the first question on.
const TO_SHARES: [&str; 9] = [
    "1",
    "kit.zip",
    "",
    "recovery-private.pem",
    "",
    "wallets.txt",
    "endpoint-public.pem",
    "",
    "",
];

/// `derive` from the demo's kit, without the guide.
fn derive(folder: &Folder, more: &[&str]) {
    let usual = [
        "derive",
        "kit.zip",
        "--key",
        "recovery-private.pem",
        "--key-passphrase-file",
        "key-passphrase.txt",
        "--wallets",
        "wallets.txt",
    ];
    folder.done(&[&usual[..], more].concat());
}
