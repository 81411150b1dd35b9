//! Portal backups: what the provider's library and others made, made-up sharings, bad input.
//!
//! - `vectors`: `fixtures/portal`: what the provider's library made or accepted
//! - `commands`: outcomes, files, modes, what is said and what is not
//! - `customers`: rows and envelopes of customers' own databases and servers, keys of many users
//! - `exports`: shares as databases other than CSV export them; files that hold keys and no shares
//! - `accounted`: every share that a file holds comes out, or is told
//! - `folders`: files in a folder that hold no share
//! - `forms`: rows and documents as databases, stores and queues hand them out
//! - `losses`: nothing is lost in silence
//! - `seal`: `portal seal` and `portal open`
//! - `addresses`: equal those of a library that is not ours
//! - `properties`: random sharings with random abscissas, on both curves
//! - `bad_input`: one line, one slip
//! - `bounds`: inputs that are large on purpose: bounded memory, a bounded number of tries

mod accounted;
mod addresses;
mod bad_input;
mod bounds;
mod commands;
mod customers;
mod exports;
mod folders;
mod forms;
mod losses;
mod properties;
mod seal;
mod vectors;

use serde_json::Value;

use crate::support::{Folder, Run, json_fixture};

/// `portal eject --json` of the shares in the folders or files `c` and `s`.
fn eject(folder: &Folder, more: &[&str]) -> Run {
    let base = ["portal", "eject", "--client", "c", "--custodian", "s"];
    folder.run_json(&[&base[..], more].concat())
}

/// A wallet of the vectors, with its backups of every kind.
fn wallet() -> Value {
    json_fixture("portal/portal.json")["wallets"][0].clone()
}
