//! One wallet: Key Share #2 out of the backup of a device, then, where Key Share #1 is at hand, the full keys. Where it is not,
//! the person learns what is missing and where it may be.

use std::path::{Path, PathBuf};

use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};

use super::{
    choose::{Chosen, Wanted},
    program::Ended,
    recognise::{Backup, Kind, Looked},
    session::{Session, Story, Turn},
    step::{Failed, Step},
    story::{Advice, Remedy, Stage, WantedText, advice},
};

pub(crate) const STAGES: [Stage; 9] = [
    Stage {
        name: "backup",
        run: ask_backup,
    },
    Stage {
        name: "device-id",
        run: ask_device,
    },
    Stage {
        name: "wallet-id",
        run: ask_wallet,
    },
    Stage {
        name: "recover",
        run: recover,
    },
    Stage {
        name: "server-shares",
        run: ask_server_shares,
    },
    Stage {
        name: "server-key",
        run: ask_server_key,
    },
    Stage {
        name: "address",
        run: ask_address,
    },
    Stage {
        name: "takeover",
        run: take_over,
    },
    Stage {
        name: "end",
        run: end,
    },
];

/// Answers about one wallet; another wallet has others.
const OF_ONE_WALLET: [&str; 4] = ["backup", "device-id", "wallet-id", "address"];

/// In place of an answer that nobody knows.
const UNKNOWN: &str = "unknown";

fn ask_backup(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "backup",
        text: "Where is the backup of the user's device? A device share that was recovered before will do as well.",
        what: "a device backup or a device share",
        fits: |kind| matches!(kind, Kind::DeviceBackup(_) | Kind::DeviceShare),
        many: false,
        others: &[],
        why: "The app sent the backup through your server when the user made one: a message of the wallet SDK with \
              `backup_keys` in it, the answer of `get_backup`, or a log with such messages. Your server, its logs or your \
              endpoint may have kept it. It opens with the user's passphrase. The phone itself holds the share, too: while \
              the app works there, it can export the keys.",
    };
    session.choose(&wanted).map(|_| ())
}

/// What the backup says of itself; nothing where a device share was named.
fn backup(session: &Session<'_>) -> Result<(PathBuf, Option<Backup>), Turn> {
    let path = session.file("backup")?;
    match Looked::at(&path).kind {
        Kind::DeviceBackup(backup) => Ok((path, Some(backup))),
        Kind::DeviceShare => Ok((path, None)),
        // It was insisted on.
        _ => Ok((
            path,
            Some(Backup {
                count: 1,
                device_id: None,
                wallet_id: None,
                has_eddsa: false,
            }),
        )),
    }
}

fn ask_device(session: &mut Session<'_>) -> Result<(), Turn> {
    let (_, Some(backup)) = backup(session)? else {
        return Ok(());
    };
    let named = backup
        .device_id
        .map(|id| (id.clone(), format!("{id}, as the backup says")));
    let wanted = WantedText {
        key: "device-id",
        text: "Which device is the backup of? The device's id is part of what opens it.",
        choices: named.into_iter().collect(),
        typed: "the device's id",
        parse: |text| {
            let id = DeviceId::parse(text).map(|id| id.to_string());
            id.ok_or_else(|| {
                "That is no device id: one looks like `0b9d8c1e-52f7-4a36-9e64-7f1d2c3b4a59`."
                    .to_owned()
            })
        },
        why: "Your database has it beside the wallet and the user, and the logs of your server name it in messages of the \
              wallet SDK. It is a UUID, in upper or lower case.",
    };
    session.ask_text(&wanted).map(|_| ())
}

fn ask_wallet(session: &mut Session<'_>) -> Result<(), Turn> {
    let named = backup(session)?.1.and_then(|backup| backup.wallet_id);
    let named = named.map(|id| (id.clone(), format!("{id}, as the backup says")));
    let unknown = (UNKNOWN.to_owned(), "nobody here knows it".to_owned());
    let wanted = WantedText {
        key: "wallet-id",
        text: "Which wallet is it? Key Share #1 is found by the wallet's id.",
        choices: named.into_iter().chain([unknown]).collect(),
        typed: "the wallet's id",
        parse: |text| {
            let id = WalletId::parse(text.trim().as_bytes()).map(|id| id.to_string());
            id.map_err(|fault| format!("That is no wallet id: {fault}."))
        },
        why: "Your database has it beside the user and the device. It is a UUID in lower case. Without it Key Share #2 can be \
              recovered all the same, and a takeover has to wait until the id is found.",
    };
    session.ask_text(&wanted).map(|_| ())
}

/// The wallet's id; where nobody knows it, nothing.
fn wallet_id(session: &Session<'_>) -> Option<String> {
    session.text("wallet-id").filter(|id| id != UNKNOWN)
}

/// What names the files of this wallet.
fn name(session: &Session<'_>) -> String {
    let device = session.text("device-id");
    wallet_id(session)
        .or(device)
        .unwrap_or_else(|| "1".to_owned())
}

fn recover_name(session: &Session<'_>) -> String {
    format!("recover {}", name(session))
}

fn recover(session: &mut Session<'_>) -> Result<(), Turn> {
    let (path, Some(_)) = backup(session)? else {
        return Ok(());
    };
    session.insist(
        |session| {
            let says = "Open the backup. The command asks for the user's passphrase, and writes Key Share #2. That file is \
                        not encrypted: delete it when the takeover is done.";
            let device = session.text("device-id").ok_or(Turn::To("device-id"))?;
            Ok(Step::new(recover_name(session), "share recover", says)
                .input(&path)
                .word("--device-id")
                .word(device)
                .makes("--out", format!("device-share-{}", name(session)), &[".json"]))
        },
        |_, _| {
            let words = "It was another passphrase or another device, or the backup was altered.";
            let remedies = [
                (Remedy::Again, "Type the passphrase again"),
                (Remedy::Ask("device-id"), "Give another device id"),
                (Remedy::Ask("backup"), "Name another backup, perhaps an older one"),
            ];
            advice(words, &remedies)
        },
    )
    .map(|_| ())
}

/// Key Share #2, as it was recovered or named.
fn device_share(session: &Session<'_>) -> Result<PathBuf, Turn> {
    let (path, backup) = backup(session)?;
    if backup.is_none() {
        return Ok(path);
    }
    let record = session.notes.record(&recover_name(session));
    let known = record.and_then(|record| record.results.first());
    known.map(|known| known.path()).ok_or(Turn::To("recover"))
}

fn ask_server_shares(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "server-shares",
        text: "You have Key Share #2. Alone it opens nothing: Key Share #1 of the same wallet is needed as well. Where is it?",
        what: "Key Share #1",
        fits: |kind| matches!(kind, Kind::SealedShares | Kind::ServerShares),
        many: false,
        others: &["We have a recovery kit: derive it first", "We have neither"],
        why: "Key Share #1 was the provider's. `lifeboat derive` makes it from the recovery kit: a file such as \
              `shares.sealed`, or `shares.json`. Your endpoint has it, too, if you run one.",
    };
    if let Ok(shares) = super::fireblocks::shares(session)
        && session.notes.answer("server-shares").is_none()
        && !session.seen.iter().any(|looked| looked.path == shares)
    {
        session.seen.push(Looked::at(&shares));
    }
    match session.choose(&wanted)? {
        Chosen::Files(_) if wallet_id(session).is_none() => {
            session
                .tell_apart("Key Share #1 is found by the wallet's id, and nobody knows that yet.");
            session.notes.forget("server-shares")?;
            tell_missing(
                session,
                &["the wallet's id: your database has it beside the user and the device"],
            )
        }
        Chosen::Files(_) => Ok(()),
        Chosen::Other(0) => {
            session.notes.forget("server-shares")?;
            Err(Turn::Switch(Story::Fireblocks))
        }
        Chosen::Other(_) => {
            session.notes.forget("server-shares")?;
            tell_missing(
                session,
                &[
                    "the recovery kit: a zip file from the Fireblocks console. Look in the safe, in backups, in the mail of \
                     the workspace's owner and of whoever set the workspace up",
                    "its recovery key: `recovery-private.pem`, with its passphrase. It was to be kept in two places, away \
                     from the kit",
                    "or shares that were derived before: `shares.sealed` with the private key it is sealed to, on your \
                     endpoint, its backups or an old offline machine",
                ],
            )
        }
    }
}

/// What is done, what is missing and where it may be; then the person leaves.
fn tell_missing(session: &mut Session<'_>, missing: &[&str]) -> Result<(), Turn> {
    if let Ok(share) = device_share(session) {
        session.tell_apart(format!(
            "What you have: {}, Key Share #2 of this device.",
            session.shown(&share)
        ));
        session.tell(
            "It is as good as half a key: keep it on this machine or an encrypted disk, until the other half is found.",
        );
    }
    session.tell_apart("What is missing, and where it may be:");
    for (number, missing) in (1..).zip(missing) {
        session.tell(format!("  {number}  {missing}."));
    }
    session
        .tell("Without these nobody can make the full key: that is what the two shares are for.");
    session.tell_apart("When you have found it, start the guide again with the same folder.");
    Err(Turn::Leave)
}

fn ask_server_key(session: &mut Session<'_>) -> Result<(), Turn> {
    let shares = session.file("server-shares")?;
    if Looked::at(&shares).kind == Kind::ServerShares {
        return Ok(());
    }
    let made = session.notes.record("keygen");
    if let Some(private) = made.and_then(|record| record.results.first())
        && !session
            .seen
            .iter()
            .any(|looked| looked.path == private.path())
    {
        let looked = Looked::at(&private.path());
        session.seen.insert(0, looked);
    }
    let wanted = Wanted {
        key: "server-key",
        text: "The shares are sealed. Where is the private key that opens them?",
        what: "a private key",
        fits: |kind| matches!(kind, Kind::RecoveryKey { .. }),
        many: false,
        others: &[],
        why: "It belongs to the public key that the shares were sealed to: often `endpoint-private.pem`. It is not the recovery \
              key of the kit, unless they were sealed to that as well.",
    };
    session.choose(&wanted).map(|_| ())
}

fn ask_address(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = WantedText {
        key: "address",
        text: "Do you know an address of this wallet? It proves what the public key alone does not: that its addresses are \
               right.",
        choices: vec![(UNKNOWN.to_owned(), "No: go on without".to_owned())],
        typed: "an address of the wallet",
        parse: |text| match text.starts_with('-') || text.contains(char::is_whitespace) {
            true => Err("That is no address.".to_owned()),
            false => Ok(text.to_owned()),
        },
        why: "The full keys are checked against the wallet's public key in any case. The chain code, with which addresses are \
              derived, is proved by a known address alone. Your database, a block explorer or the user knows one.",
    };
    session.ask_text(&wanted).map(|_| ())
}

fn takeover_name(session: &Session<'_>) -> String {
    format!("takeover {}", name(session))
}

fn take_over(session: &mut Session<'_>) -> Result<(), Turn> {
    session.insist(
        |session| {
            let says = "Make the full keys from both shares. They are only written if the public key matches. The command asks \
                        for the passphrase of the private key, if the shares are sealed, and for a new one, twice, that locks \
                        the full keys: write it on paper.";
            let shares = session.file("server-shares")?;
            let wallet = wallet_id(session).ok_or(Turn::To("wallet-id"))?;
            let mut step = Step::new(takeover_name(session), "takeover", says)
                .with("--server-shares", &shares);
            if Looked::at(&shares).kind != Kind::ServerShares {
                step = step.with("--key", &session.file("server-key")?);
            }
            step = step
                .word("--wallet")
                .word(wallet)
                .with("--device-share", &device_share(session)?);
            if let Some(address) = session.text("address").filter(|text| text != UNKNOWN) {
                step = step.word("--expect").word(address);
            }
            Ok(step.makes("--out", format!("full-keys-{}", name(session)), &[".locked"]))
        },
        not_taken_over,
    )
    .map(|_| ())
}

fn not_taken_over(_: &mut Session<'_>, failed: &Failed) -> Advice {
    let words = match failed.ended {
        Ended::Exit(3) => {
            "If it was a passphrase, type it again. If the shares do not match, one of them is of another wallet \
                           or device."
        }
        _ => "",
    };
    let remedies = [
        (
            Remedy::Again,
            "Run it again, and type the passphrases again",
        ),
        (Remedy::Ask("wallet-id"), "Give another wallet id"),
        (Remedy::Ask("backup"), "Name another device backup"),
        (
            Remedy::Ask("server-shares"),
            "Name another file with Key Share #1",
        ),
        (Remedy::Ask("server-key"), "Name another private key"),
        (Remedy::Ask("address"), "Give another address, or none"),
    ];
    advice(words, &remedies)
}

fn end(session: &mut Session<'_>) -> Result<(), Turn> {
    let record = session.notes.record(&takeover_name(session));
    let keys = record.and_then(|record| record.results.first());
    let keys = keys.map(|known| known.path()).ok_or(Turn::To("takeover"))?;
    let has_eddsa = backup(session)?.1.is_some_and(|backup| backup.has_eddsa);
    let chains = if has_eddsa { "btc,eth,sol" } else { "btc,eth" };
    session.insist(
        |session| {
            let says = "Show addresses of the wallet. The command asks for the passphrase of the full keys. Compare with the \
                        addresses that you know.";
            Ok(Step::new(format!("export {}", name(session)), "export", says)
                .input(&keys)
                .word("--chain")
                .word(chains))
        },
        |_, _| {
            let remedies = [
                (Remedy::Again, "Type the passphrase again"),
                (Remedy::GoOn, "Go on without seeing addresses"),
            ];
            advice("", &remedies)
        },
    )?;
    tell_next(session, &keys)?;
    let again = session.pick(
        "What now?",
        &[
            (None, "Leave".to_owned()),
            (Some(true), "Take over another wallet".to_owned()),
            (
                Some(false),
                "Derive Key Share #1 of all wallets from a recovery kit".to_owned(),
            ),
        ],
        "Everything that was written stays in the work folder.",
    )?;
    match again {
        None => Ok(()),
        Some(false) => Err(Turn::Switch(Story::Fireblocks)),
        Some(true) => {
            for key in OF_ONE_WALLET {
                session.notes.forget(key)?;
            }
            Err(Turn::To("backup"))
        }
    }
}

fn tell_next(session: &mut Session<'_>, keys: &Path) -> Result<(), Turn> {
    let share = device_share(session)?;
    session.tell_apart("What to do next:");
    session.tell("  1  Private keys as Electrum, Bitcoin Core and Ethereum wallets take them, on this machine only:");
    let export = ["--chain", "btc,eth", "--private-keys"];
    let out = format!("wallet-keys-{}.txt", name(session));
    session.show_later("export", keys, &export, Some(&out));
    session.tell("  2  Or sign a prepared transaction here, and carry only the signature:");
    session.show_command(&[session.program.typed(), "help".into(), "sign".into()]);
    session
        .tell("  3  Move the coins to a wallet with new keys: this key has existed in one piece.");
    session.tell("  4  Then delete Key Share #2, which is not encrypted:");
    session.show_command(&["rm".into(), session.named(&share)]);
    Ok(())
}
