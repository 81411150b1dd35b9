//! Whole recoveries.

use std::collections::BTreeSet;

use super::{NEW_PASSPHRASE, TO_SHARES, derive, with_demo};
use crate::support::{Folder, converse::Conversation, demo::demo, workload::ids};

const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const DEVICE: &str = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
const ADDRESS: &str = "0x9008730eba6e4046AB01dF4D2D308C97b589de07";

/// The names in the work folder.
fn work(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path("lifeboat-work")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn fireblocks_with_many_wallets() {
    let folder = demo();
    folder.write("ids.txt", ids(200_000).join("\n") + "\n");
    let mut answers = TO_SHARES.to_vec();
    answers[5] = "ids.txt";
    answers.push("1");
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "What happened?",
        "Where is the recovery kit?",
        "kit inspect kit.zip",
        "Where is the recovery key?",
        "kit verify kit.zip",
        "this kit opens with this key",
        "Where is the list of wallet ids?",
        "The list has 200,000 wallet ids, all well spelt.",
        "Where is the public key of your endpoint?",
        "derived Key Share #1 of 200,000 wallets",
        "Written: `lifeboat-work/shares.sealed`, SHA-256",
        "this result is right",
        "What to do next:",
        "This was the last step.",
    ]);
    assert_eq!(
        said.command(" derive "),
        "lifeboat derive kit.zip --key recovery-private.pem --wallets ids.txt --algorithm both \
         --seal-to endpoint-public.pem --out lifeboat-work/shares.sealed"
    );
    assert_eq!(
        work(&folder),
        ["guide.json", "kit-report.json", "shares.sealed"]
    );
    assert_eq!(folder.mode("lifeboat-work"), 0o700);
    assert_eq!(folder.mode("lifeboat-work/guide.json"), 0o600);

    // What is told is what is there.
    let digest = folder.shell("sha256sum lifeboat-work/shares.sealed", &[]);
    let digest = digest.done().split(' ').next().unwrap().to_owned();
    assert!(
        said.sent.replace(char::is_whitespace, "").contains(&digest),
        "{digest}"
    );
    let opened = [
        "unseal",
        "lifeboat-work/shares.sealed",
        "--key",
        "endpoint-private.pem",
        "--key-passphrase-file",
        "endpoint-passphrase.txt",
        "--format",
        "ndjson",
        "--out",
        "opened",
    ];
    folder.done(&opened);
    let wallets: BTreeSet<String> = folder
        .read("opened")
        .lines()
        .map(|line| line.split('"').nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(wallets.len(), 200_000);
}

#[test]
fn a_wrong_key_first_then_the_right_one() {
    let folder = demo();
    let answers = [
        "1",
        "kit.zip",
        "",
        "endpoint-private.pem",
        "",
        // Another key, and its passphrase mistyped three times, and then right.
        "1",
        "recovery-private.pem",
        "",
        "1",
        "",
        "wallets.txt",
        "endpoint-public.pem",
        "",
        "",
        "1",
    ];
    let mut talk = with_demo(&folder);
    let wrong = [
        "wrong passphrase 1",
        "wrong passphrase 2",
        "wrong passphrase 3",
    ];
    for wrong in wrong.iter().rev() {
        talk.passphrases.insert(0, ("recovery-private", wrong));
    }
    let Some(said) = talk.hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "kit verify kit.zip --key endpoint-private.pem",
        "this is another key",
        "This key opens nothing in this kit: the kit was made for another key.",
        "1 Name another key",
        "Where is the recovery key?",
        "kit verify kit.zip --key recovery-private.pem",
        "A passphrase was wrong.",
        "1 Type the passphrases again",
        "this kit opens with this key",
        "derived Key Share #1 of 12 wallets",
        "this result is right",
    ]);
    // The report of the wrong key is there as well: nothing is overwritten.
    assert_eq!(
        work(&folder),
        [
            "guide.json",
            "kit-report-2.json",
            "kit-report.json",
            "shares.sealed"
        ]
    );
    assert_eq!(
        folder.read_json("lifeboat-work/kit-report.json")["held"],
        false
    );
    assert_eq!(
        folder.read_json("lifeboat-work/kit-report-2.json")["held"],
        true
    );
}

#[test]
fn portal_from_both_sides() {
    let folder = demo();
    let answers = ["1", "1", "1", "", "1", "", "1"];
    let Some(said) = with_demo(&folder).hold(&["portal"], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "`portal/client.txt`: Portal: 1 encrypted client share",
        "`portal/cloud-key.txt`: 64 hexadecimal digits",
        "`portal/custodian-ed25519.json`: Portal: 1 custodian share",
        "Portal: make private keys",
        "portal inspect",
        "What opens the users' shares?",
        "portal eject --client portal/client.txt",
        "DLBm7i2Qy3icPWXZF7KvvuNedL9pKwekFCAje48aMuev",
        "What to do next:",
    ]);
    assert_eq!(work(&folder), ["guide.json", "portal-keys.locked"]);
    folder.write("new", NEW_PASSPHRASE);
    let exported = folder.done(&[
        "export",
        "lifeboat-work/portal-keys.locked",
        "--passphrase-file",
        "new",
        "--chain",
        "evm",
    ]);
    assert!(
        exported
            .stdout
            .contains("0xd75C8308Ce565Ce18021792f2737F1c6d4687360"),
        "{}",
        exported.stdout
    );
}

#[test]
fn only_a_device_backup() {
    let folder = demo();
    // First without Key Share #1: what is missing is told, and the share that can be had is there.
    let answers = ["3", "device-backups/device-1.json", DEVICE, WALLET, "", "2"];
    let Some(said) = with_demo(&folder).hold(&[], &answers) else {
        return;
    };
    let share = format!("device-share-{WALLET}.json");
    said.ends(0).shows(&[
        "Where is the backup of the user's device?",
        "Which device is the backup of?",
        "share recover device-backups/device-1.json",
        "recovered 2 keys",
        "Alone it opens nothing",
        "What is missing, and where it may be:",
        "the recovery kit",
        "its recovery key",
        "start the guide again with the same folder",
    ]);
    assert_eq!(work(&folder), [share.as_str(), "guide.json"]);

    // Then the kit was found.
    let answers = [
        "1",
        "1",
        "kit.zip",
        "",
        "recovery-private.pem",
        "",
        "wallets.txt",
        "1",
        "",
        "",
        "",
        // Take the wallet over, with the key pair that was made here.
        "2",
        "1",
        "1",
        ADDRESS,
        "",
        "",
        "1",
    ];
    let said = with_demo(&folder).hold(&[], &answers).unwrap();
    said.ends(0).shows(&[
        "You were here before.",
        "done: `share recover` wrote",
        "Where is it?",
        "keygen --out lifeboat-work/endpoint",
        "this result is right",
        "Done before: `share recover` wrote",
        "The shares are sealed. Where is the private key that opens them?",
        "Do you know an address of this wallet?",
        "the public keys match",
        "Show addresses of the wallet.",
        ADDRESS,
        "Then delete Key Share #2",
    ]);
    let keys = format!("full-keys-{WALLET}.locked");
    assert_eq!(
        work(&folder),
        [
            share.as_str(),
            "endpoint-private.pem",
            "endpoint-public.pem",
            &keys,
            "guide.json",
            "kit-report.json",
            "shares.sealed",
        ]
    );
    folder.write("new", NEW_PASSPHRASE);
    let exported = folder.done(&[
        "export",
        &format!("lifeboat-work/{keys}"),
        "--passphrase-file",
        "new",
        "--chain",
        "sol",
    ]);
    assert!(
        exported
            .stdout
            .contains("5cPE8qcpJGm3ReWbC3TSjWPcWuHGaRpCSM8qvk1PmSPs"),
        "{}",
        exported.stdout
    );
}

#[test]
fn i_do_not_know_what_i_have() {
    let folder = demo();
    folder.write("notes.txt", "ask Jo about the safe\n");
    std::fs::write(folder.path("empty.zip"), "").unwrap();
    // A key that is open, a locked result, a backup of our own form, sealed shares.
    let key = crate::support::fixture("keys/recovery.pkcs8.pem");
    std::fs::copy(key, folder.path("open-key.pem")).unwrap();
    folder.write("new", NEW_PASSPHRASE);
    derive(
        &folder,
        &["--seal-to", "endpoint-public.pem", "--out", "shares.sealed"],
    );
    derive(&folder, &["--out", "shares.json"]);
    folder.done(&[
        "share",
        "recover",
        "device-backups/device-1.json",
        "--device-id",
        DEVICE,
        "--passphrase-dir",
        "passphrases",
        "--out",
        "device.json",
    ]);
    folder.done(&[
        "share",
        "backup",
        "device.json",
        "--passphrase-file",
        "new",
        "--passphrase-id",
        "x",
        "--out",
        "own-backup.json",
    ]);
    folder.done(&[
        "takeover",
        "--server-shares",
        "shares.json",
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
        "--algorithm",
        "ecdsa",
        "--passphrase-file",
        "new",
        "--out",
        "full.locked",
    ]);

    let Some(said) = Conversation::in_folder(&folder).hold(&[], &["4", "", "q"]) else {
        return;
    };
    said.ends(0);
    let flat = said.flat();
    for (name, what) in [
        ("kit.zip", "a recovery kit"),
        ("recovery-private.pem", "a private key, under a passphrase"),
        ("open-key.pem", "a private key, without a passphrase"),
        ("recovery-public.pem", "a public key"),
        ("wallets.txt", "a list of 12 wallet ids"),
        ("devices.csv", "a list of 2 devices"),
        (
            "device-backups/device-1.json",
            "a device backup (Key Share #2 under a passphrase)",
        ),
        (
            "own-backup.json",
            "a device backup (Key Share #2 under a passphrase)",
        ),
        (
            "device.json",
            "a device share (Key Share #2), not encrypted",
        ),
        ("shares.json", "Key Share #1 of wallets, not encrypted"),
        ("shares.sealed", "Key Share #1 of wallets, sealed"),
        ("full.locked", "private keys under a passphrase"),
        ("portal/client.txt", "Portal: 1 encrypted client share"),
        (
            "portal/custodian-secp256k1.json",
            "Portal: 1 custodian share",
        ),
        (
            "portal/cloud-key.txt",
            "64 hexadecimal digits: the key from a user's cloud, or a private key",
        ),
        ("notes.txt", "a text"),
        ("key-passphrase.txt", "a text"),
        ("empty.zip", "an empty file"),
    ] {
        let told = format!("`{name}`: {what}");
        assert!(flat.contains(&told), "{told}\n{}", said.sent);
    }
    said.shows(&[
        "This can be done with it:",
        "1 Fireblocks: derive Key Share #1 of all wallets from the kit",
        "2 Fireblocks: take a user's wallet over",
        "3 Fireblocks: seal Key Share #1, which lies here unencrypted",
        "4 Portal: make private keys",
        "5 Look at another folder or file",
    ]);
    // Nothing of a file is shown.
    let cloud_key = folder.read("portal/cloud-key.txt");
    assert!(
        !said.sent.contains(cloud_key.trim()) && !said.sent.contains("Jo"),
        "{}",
        said.sent
    );
}

#[test]
fn shares_that_lie_there_unencrypted_are_sealed() {
    let folder = demo();
    std::fs::create_dir(folder.path("old")).unwrap();
    derive(&folder, &["--out", "old/shares.json"]);
    let answers = ["1", "1", "endpoint-public.pem", ""];
    let Some(said) = with_demo(&folder).hold(&["old"], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "`old/shares.json`: Key Share #1 of wallets, not encrypted",
        "1 Fireblocks: seal Key Share #1",
        "seal old/shares.json --seal-to endpoint-public.pem --out lifeboat-work/sealed-shares.sealed",
        "delete the file that is not encrypted",
        "rm old/shares.json",
    ]);
    folder.done(&[
        "unseal",
        "lifeboat-work/sealed-shares.sealed",
        "--key",
        "endpoint-private.pem",
        "--key-passphrase-file",
        "endpoint-passphrase.txt",
        "--out",
        "opened.json",
    ]);
    assert_eq!(
        folder.read_json("opened.json"),
        folder.read_json("old/shares.json")
    );
}
