//! Wrong answers and wrong files: each leads on.

use std::fs;

use super::{TO_SHARES, derive, with_demo};
use crate::support::{Folder, converse::Conversation, demo::demo};

#[test]
fn an_answer_that_is_none_is_asked_for_again_and_not_repeated() {
    let folder = Folder::new();
    let secret = "my secret passphrase";
    let answers = [
        "",
        "0",
        "5",
        "x",
        "?",
        "b",
        "7777777777777777777777777",
        secret,
        "b",
        "q",
    ];
    let mut answers = answers.to_vec();
    // Enter takes the first one.
    answers[0] = "99";
    let Some(said) = Conversation::in_folder(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "What happened?",
        "That is no answer here. Type a number from 1 to 4.",
        "`?` explains, `b` goes back, `q` leaves.",
        "A wallet has two shares, and both are needed.",
        "What happened?",
        "Nothing is lost.",
    ]);
    assert_eq!(
        said.sent.matches("That is no answer here.").count(),
        6,
        "{}",
        said.sent
    );
    // The terminal echoes what is typed; the guide does not say it again.
    assert_eq!(said.sent.matches(secret).count(), 1, "{}", said.sent);
}

#[test]
fn a_file_that_does_not_fit_is_called_what_it_is() {
    let folder = demo();
    let answers = [
        "1",
        "nowhere.zip",
        "wallets.txt",
        "device-backups",
        "'kit.zip'",
        "",
        "recovery-public.pem",
        "b",
        "1",
        "q",
    ];
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "`nowhere.zip`: not readable: no such file or directory.",
        "`wallets.txt` is a list of 12 wallet ids, not a recovery kit.",
        "What it is good for: says which wallets Key Share #1 is derived for.",
        "In `device-backups` there is no file that looks like a recovery kit.",
        "kit inspect kit.zip",
        "`recovery-public.pem` is a public key, not a private key.",
        // Back, to the question before.
        "Where is the recovery kit?",
    ]);
}

#[test]
fn a_folder_offers_what_fits_in_it() {
    let folder = demo();
    fs::create_dir(folder.path("stick")).unwrap();
    fs::rename(folder.path("kit.zip"), folder.path("stick/kit.zip")).unwrap();
    fs::write(folder.path("stick/note"), "text").unwrap();
    let Some(said) = with_demo(&folder).hold(&[], &["1", "stick", "1", "", "q"]) else {
        return;
    };
    said.ends(0).shows(&[
        "1 `stick/kit.zip`, a recovery kit",
        "kit inspect stick/kit.zip",
        "Where is the recovery key?",
    ]);
}

#[test]
fn bad_ids_are_named_and_looked_at_again() {
    let folder = demo();
    let good = folder.read("wallets.txt");
    folder.write(
        "ids.txt",
        format!(
            "{}\nBD7A3B1C-0A99-42FC-B5EE-1D8873A57F11\nnonsense\n",
            good.trim()
        ),
    );
    let mut answers = TO_SHARES[..5].to_vec();
    answers.extend([
        "ids.txt",
        "!sh cp wallets.txt ids.txt",
        "1",
        "endpoint-public.pem",
        "",
        "",
        "1",
    ]);
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "line 13:",
        "line 14:",
        "The list cannot be used as it is.",
        "1 I have corrected it: look again",
        "The list has 12 wallet ids, all well spelt.",
        "this result is right",
    ]);
}

#[test]
fn bad_ids_can_be_left_out() {
    let folder = demo();
    let good = folder.read("wallets.txt");
    folder.write("ids.txt", format!("{}\nnonsense\n", good.trim()));
    let mut answers = TO_SHARES[..5].to_vec();
    answers.extend(["ids.txt", "3", "endpoint-public.pem", "", "", "1"]);
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "3 Use the good ids, and leave the bad ones out",
        "--keep-going",
        "It was done, but not for all",
        "this result is right",
        "What to do next:",
    ]);
}

#[test]
fn a_takeover_with_another_wallet_s_share_leads_to_another_answer() {
    let folder = demo();
    derive(
        &folder,
        &[
            "--algorithm",
            "both",
            "--seal-to",
            "endpoint-public.pem",
            "--out",
            "shares.sealed",
        ],
    );
    let (device, other) = (
        "7cc9b276-3c65-47f9-b35a-992766d3cafd",
        "0f8e9c4d-1dbd-4d5a-805b-340c24f9bafe",
    );
    let answers = [
        "3",
        "device-backups/device-1.json",
        device,
        other,
        "",
        "shares.sealed",
        "endpoint-private.pem",
        "1",
        "",
        // The wallet was another.
        "2",
        "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11",
        "",
        "",
        "",
        "1",
    ];
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "The command says no: the lines above say why.",
        "2 Give another wallet id",
        "Which wallet is it?",
        "the public keys match",
        "What to do next:",
    ]);
}
