//! What a ceremony prints: a sheet with the words of one person, and the record that all of them sign.

use std::path::Path;

use lifeboat::{
    crypto::secret::{SecretBytes, SecretText},
    operations::{generate_key::KeyPair, split_passphrase::SplitPassphrase},
};

use crate::{
    args::shapes::Split,
    context::World,
    errors::failure::Failure,
    outputs::{
        new_file::NewFile,
        new_folder::NewFolder,
        page::{self, escaped, qr},
        result_name::ResultFile,
    },
};

/// Room for a page but for its QR code.
const PAGE: usize = 16 << 10;

const STYLE: &str = "\
ol.words { columns: 4; font: bold 14pt monospace; border: 2px solid #000; padding: 1em 1em 1em 3em }
ol.words li { break-inside: avoid; line-height: 1.8 }
@media (max-width: 34em) { ol.words { columns: 2 } }
";

/// Where the pages of a ceremony go.
pub(crate) struct Pages {
    split: Split,
    sheets: NewFolder,
    record: NewFile,
}

impl Pages {
    /// Refuses names that are taken before anything is made.
    pub(crate) fn create(split: Split, sheets: &Path, record: &Path) -> Result<Self, Failure> {
        let record = NewFile::create(record)?;
        Ok(Self {
            split,
            sheets: NewFolder::create(sheets)?,
            record,
        })
    }

    /// Writes a sheet for each person and the record.
    pub(crate) fn write(
        mut self,
        shared: &SplitPassphrase,
        pair: &KeyPair,
        private: &Path,
        world: &World,
    ) -> Result<Vec<ResultFile>, Failure> {
        let split = self.split;
        for (number, words) in (1..).zip(&shared.shares) {
            let sheet = sheet(words, number, split, pair, private);
            let name = format!("sheet-{number}-of-{}.html", split.people);
            self.sheets.write(&name, sheet.expose(), world)?;
        }
        let record = record(split, shared.identifier, pair, private);
        let record = self.record.finish_with(record.as_bytes())?;
        match self.sheets.finish() {
            Ok(mut written) => {
                written.push(record);
                Ok(written)
            }
            Err(failure) => {
                // A record of a ceremony that did not take place.
                let _ = std::fs::remove_file(&record);
                Err(failure)
            }
        }
    }
}

/// The sheet of one person, with the words of one share.
fn sheet(
    words: &SecretText,
    number: usize,
    split: Split,
    pair: &KeyPair,
    private: &Path,
) -> SecretBytes {
    let Split { needed, people } = split;
    let private = escaped(&private.display().to_string());
    // With room for all of it: text that grows leaves copies of the words behind.
    let mut page = String::with_capacity(PAGE + words.expose().len() * 32);
    let title = format!("Sheet {number} of {people}");
    page::begin(&mut page, &title, STYLE);
    page += &format!(
        "<h1>{title}: words for a recovery key</h1>\n\
         <p>Any <b>{needed} of the {people} sheets</b> together give the passphrase of the key below. This sheet alone opens \
         nothing. Keep it where no other sheet is. Never type its words on a machine that is online, and never photograph it.</p>\n\
         <ol class=\"words\">\n"
    );
    for word in words.expose().split(' ') {
        page += "<li>";
        page += word;
        page += "</li>\n";
    }
    page += "</ol>\n";
    page += &key_section(pair);
    page += &format!(
        "<section><h2>To use it</h2>\n\
         <p>On the offline machine, with the private key and {needed} sheets:</p>\n\
         <p><code>lifeboat key join --key {private} --out passphrase.txt</code></p>\n\
         <p>It asks for the words of one sheet after the other. Four letters of a word are enough. \
         <code>--key-passphrase-file passphrase.txt</code> then opens the key in every other command.</p>\n\
         <p>Without lifeboat: the words are SLIP-39 shares without a passphrase. Any program for SLIP-39 gives a secret of \
         16 bytes; its 32 hexadecimal digits in lower case are the passphrase of the private key.</p></section>\n\
         <table><tr><th>Holder</th><th>Place</th><th>Date</th></tr>\n\
         <tr><td class=\"line\"></td><td></td><td></td></tr></table>\n"
    );
    page += page::END;
    SecretBytes::new(page.into_bytes())
}

/// The record of the ceremony: no secret is in it.
fn record(split: Split, identifier: u16, pair: &KeyPair, private: &Path) -> String {
    let Split { needed, people } = split;
    let mut page = String::with_capacity(PAGE);
    page::begin(&mut page, "Record of a key ceremony", STYLE);
    page += &format!(
        "<h1>Record of a key ceremony</h1>\n\
         <p>A recovery key was made. Its passphrase was made at random and shared among {people} people; any {needed} of their \
         sheets give it back. Nobody saw it. This page holds no secret.</p>\n"
    );
    page += &key_section(pair);
    page += &format!(
        "<section><h2>Files and program</h2>\n\
         <p>Private key: <code>{}</code><br>Set of sheets: <code>{identifier:04x}</code><br>Program: <code>lifeboat {}</code></p>\n\
         <p>SHA-256 of the program's file (<code>sha256sum</code>): ____________________________</p></section>\n",
        escaped(&private.display().to_string()),
        env!("CARGO_PKG_VERSION"),
    );
    page += "<section><h2>When and where</h2>\n\
         <table><tr><th>Date and time, by a watch</th><th>Place</th><th>Machine</th></tr>\n\
         <tr><td class=\"line\"></td><td></td><td></td></tr></table></section>\n\
         <section><h2>What was done</h2>\n<table>\n";
    for step in [
        "The machine was offline, and <code>lifeboat doctor</code> ended with no fault.",
        "The fingerprint above was read aloud from the screen, and is the one on every sheet.",
        "The sheets were printed; the printer keeps nothing.",
        "<code>lifeboat key join --key PRIVATE.pem</code> opened the key with the printed sheets.",
        "The folder of the sheets was deleted from the machine.",
        "The private key has copies in two places: ______________ and ______________",
        "The public key was uploaded, and the console showed the short phrase above.",
    ] {
        page += &format!("<tr><td>&#9744;</td><td>{step}</td></tr>\n");
    }
    page += "</table></section>\n<section><h2>Who</h2>\n\
         <table><tr><th>Sheet</th><th>Name</th><th>Signature</th></tr>\n";
    for number in 1..=people {
        page += &format!("<tr><td class=\"line\">{number}</td><td></td><td></td></tr>\n");
    }
    for role in ["Led by", "Witness", "Witness"] {
        page += &format!("<tr><td class=\"line\">{role}</td><td></td><td></td></tr>\n");
    }
    page + "</table></section>\n" + page::END
}

/// What identifies the key.
fn key_section(pair: &KeyPair) -> String {
    let code = qr(&pair.fingerprint);
    format!(
        "<section><h2>The key</h2>\n<p>Fingerprint: <code>{}</code><br>Short phrase: <code>{}</code></p>\n\
         <p>{code}</p></section>\n",
        escaped(&pair.fingerprint),
        escaped(&pair.short_phrase),
    )
}
