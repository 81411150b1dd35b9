//! Portal is gone: private keys from the user's backup share and that of the company's server.

use std::path::PathBuf;

use super::{
    choose::Wanted,
    program::Ended,
    recognise::Kind,
    session::{Session, Turn},
    step::{Failed, Step},
    story::{Advice, Remedy, Stage, advice},
};

pub(crate) const STAGES: [Stage; 6] = [
    Stage {
        name: "client",
        run: ask_client,
    },
    Stage {
        name: "custodian",
        run: ask_custodian,
    },
    Stage {
        name: "portal-inspect",
        run: inspect,
    },
    Stage {
        name: "cloud-key",
        run: ask_cloud_key,
    },
    Stage {
        name: "eject",
        run: eject,
    },
    Stage {
        name: "end",
        run: end,
    },
];

fn ask_client(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "client",
        text: "Where are the users' backup shares (client shares)? Name a file, or a folder with all versions of them.",
        what: "client shares",
        fits: |kind| matches!(kind, Kind::Portal(shares) if shares.clients + shares.encrypted > 0),
        many: true,
        others: &[],
        why: "The app handed your server an encrypted share after each backup: a long text of hexadecimal digits. The answers of \
              `ejectable-backup-shares` hold it as well. Give all versions that you have: after a backup that was interrupted \
              only an older one matches.",
    };
    session.choose(&wanted).map(|_| ())
}

fn ask_custodian(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "custodian",
        text: "Where are your server's backup shares (custodian shares)? Name a file, or a folder with all versions of them.",
        what: "custodian shares",
        fits: |kind| matches!(kind, Kind::Portal(shares) if shares.custodians > 0),
        many: true,
        others: &[],
        why: "Portal delivered one for each curve to your server, at each backup: JSON with `backupSharePairId` in it, in a table \
              of your database. Export the rows as JSON or CSV.",
    };
    session.choose(&wanted).map(|_| ())
}

fn inspect(session: &mut Session<'_>) -> Result<(), Turn> {
    session.insist(
        |session| {
            let says = "Look at the shares: whose they are, and whether something is missing. This opens nothing.";
            let mut step = Step::new("portal-inspect", "portal inspect", says);
            for path in both(session)? {
                step = step.input(&path);
            }
            Ok(step)
        },
        |_, _| {
            let words = "A signing share cannot be used: look for backup shares. Files that are no shares can be left out.";
            let remedies = [
                (Remedy::Ask("client"), "Name other client shares"),
                (Remedy::Ask("custodian"), "Name other custodian shares"),
                (Remedy::GoOn, "Go on with these shares"),
                (Remedy::Again, "Look at them again"),
            ];
            advice(words, &remedies)
        },
    )
    .map(|_| ())
}

/// The files of both sides, each once: one file may hold both.
fn both(session: &Session<'_>) -> Result<Vec<PathBuf>, Turn> {
    let mut paths = session.files("client")?;
    for path in session.files("custodian")? {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn ask_cloud_key(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "cloud-key",
        text: "What opens the users' shares?",
        what: "a key from a user's cloud",
        fits: |kind| matches!(kind, Kind::CloudKey),
        many: true,
        others: &[
            "A password or PIN of the user: the command asks for it",
            "Nothing is needed: the shares are not encrypted",
        ],
        why: "A backup with Google Drive or iCloud opens with 64 hexadecimal digits from the user's cloud: in Drive a file in \
              the folder `_PORTAL_MPC_DO_NOT_DELETE_`. `lifeboat portal cloud-name` shows the file's name. Put the digits into \
              a file, or the files of many users into a folder. A backup with a password or PIN opens with that. With a \
              passkey or Firebase it opens with nothing outside of the provider.",
    };
    session.choose(&wanted).map(|_| ())
}

fn eject(session: &mut Session<'_>) -> Result<(), Turn> {
    session.insist(
        |session| {
            let says = "Make the private keys from both sides. Each is checked against its public key before it is written. The \
                        command asks for a new passphrase, twice, that locks the keys: write it on paper.";
            let mut step = Step::new("eject", "portal eject", says);
            for (option, key) in [("--client", "client"), ("--custodian", "custodian")] {
                step = step.word(option);
                for path in session.files(key)? {
                    step = step.input(&path);
                }
            }
            for path in cloud_keys(session) {
                step = step.with("--key-file", &path);
            }
            Ok(step.makes("--out", "portal-keys", &[".locked"]))
        },
        not_ejected,
    )
    .map(|_| ())
}

fn cloud_keys(session: &Session<'_>) -> Vec<PathBuf> {
    let files = session.files("cloud-key").unwrap_or_default();
    files
        .into_iter()
        .filter(|path| path.is_absolute())
        .collect()
}

fn not_ejected(_: &mut Session<'_>, failed: &Failed) -> Advice {
    let words = match failed.ended {
        Ended::Exit(3) => {
            "No two shares match, or nothing opens them. Try older versions of both sides, and other keys."
        }
        _ => "",
    };
    let remedies = [
        (Remedy::Again, "Run it again"),
        (
            Remedy::Ask("cloud-key"),
            "Name another key from the cloud, or take a password",
        ),
        (Remedy::Ask("client"), "Name other client shares"),
        (Remedy::Ask("custodian"), "Name other custodian shares"),
    ];
    advice(words, &remedies)
}

fn end(session: &mut Session<'_>) -> Result<(), Turn> {
    let record = session.notes.record("eject");
    let keys = record.and_then(|record| record.results.first());
    let keys = keys.map(|known| known.path()).ok_or(Turn::To("eject"))?;
    session.tell_apart("What to do next:");
    session.tell("  1  Compare the addresses above with your list. Of a smart account the list has the contract's address: the key \
                  above is its owner.");
    session.tell("  2  Private keys as wallets take them, on this machine only:");
    let export = ["--chain", "evm,btc", "--private-keys"];
    session.show_later("export", &keys, &export, Some("wallet-keys.txt"));
    session.tell(
        "  3  Solana and Stellar keys are scalars, which no wallet imports: sign with them here:",
    );
    let sign = ["message.bin", "--chain", "sol", "--encoding", "base58"];
    session.show_later("sign", &keys, &sign, None);
    session.tell(
        "  4  Move everything to wallets with new keys: these keys have existed in one piece.",
    );
    let more = session.pick(
        "What now?",
        &[
            (false, "Leave".to_owned()),
            (true, "Eject the keys of other users".to_owned()),
        ],
        "Everything that was written stays in the work folder.",
    )?;
    if more {
        session.notes.forget("custodian")?;
        session.notes.forget("cloud-key")?;
        return Err(Turn::To("client"));
    }
    Ok(())
}
