//! Fireblocks is gone: Key Share #1 of every wallet out of the recovery kit, sealed to the endpoint, checked, carried on.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{
    choose::{Chosen, Wanted},
    program::Ended,
    recognise::Kind,
    session::{Session, Story, Turn},
    step::{Failed, Step},
    story::{Advice, Remedy, Stage, advice},
};
use crate::{
    bounded::read_start,
    context::threads,
    inputs::{bad_ids::report_bad_ids, wallet_ids::WalletSource},
    terminal::plural,
};

/// Longest report of a kit that is read: it names every entry.
const MAX_REPORT: u64 = 64 << 20;

pub(crate) const STAGES: [Stage; 9] = [
    Stage {
        name: "kit",
        run: ask_kit,
    },
    Stage {
        name: "inspect",
        run: inspect,
    },
    Stage {
        name: "key",
        run: ask_key,
    },
    Stage {
        name: "verify",
        run: verify,
    },
    Stage {
        name: "wallets",
        run: ask_wallets,
    },
    Stage {
        name: "recipient",
        run: ask_recipient,
    },
    Stage {
        name: "derive",
        run: derive,
    },
    Stage {
        name: "check",
        run: check,
    },
    Stage {
        name: "end",
        run: end,
    },
];

pub(super) fn ask_kit(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "kit",
        text: "Where is the recovery kit? It is the zip file that the Fireblocks console gave you.",
        what: "a recovery kit",
        fits: |kind| matches!(kind, Kind::Kit),
        many: false,
        others: &[],
        why: "The kit holds the provider's shares, encrypted to your recovery key. It is a zip file with `metadata.json` in \
              it, or the folder that it was unzipped to. Whoever looked after the workspace downloaded it from the console: \
              look in the safe, in backups, and in the mail of the workspace's owner.",
    };
    session.choose(&wanted).map(|_| ())
}

fn inspect(session: &mut Session<'_>) -> Result<(), Turn> {
    let kit = session.file("kit")?;
    session.insist(
        |_| {
            let says = "Look into the kit. This needs no key and proves nothing yet. If you wrote down the SHA-256 of the \
                        kit, compare it with the line that begins with `sha-256`.";
            Ok(Step::new("inspect", "kit inspect", says).input(&kit))
        },
        |_, _| {
            let words = "Try another copy of the kit.";
            let remedies = [
                (Remedy::Ask("kit"), "Name another kit"),
                (Remedy::Again, "Look at this kit again"),
            ];
            advice(words, &remedies)
        },
    )?;
    let words = ["kit".into(), "inspect".into(), session.named(&kit)];
    let outcome = session.program.outcome_of(&words)?.unwrap_or_default();
    let masters = outcome.get("masterKeys").and_then(Value::as_array);
    if masters.is_none_or(|masters| !masters.is_empty()) {
        return Ok(());
    }
    let choice = session.pick(
        "This kit holds no keys for the wallets of users: Key Share #1 cannot be derived from it. It holds the workspace's own \
         keys.",
        &[
            (true, "Name another kit".to_owned()),
            (false, "Recover the workspace's own keys".to_owned()),
        ],
        "A workspace with end-user wallets has a kit in which `kit inspect` shows master keys.",
    )?;
    if choice {
        return Err(Turn::To("kit"));
    }
    Err(Turn::Switch(Story::Workspace))
}

pub(super) fn ask_key(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "key",
        text: "Where is the recovery key? It is the private key that was made before the kit: often `recovery-private.pem`.",
        what: "a private key",
        fits: |kind| matches!(kind, Kind::RecoveryKey { .. }),
        many: false,
        others: &[],
        why: "The kit opens with the private key whose public key was uploaded to the console. It is an RSA key, mostly under \
              a passphrase, and it was to be kept in two places, away from the passphrase. If the passphrase was shared among \
              people, join their sheets first: `lifeboat key join --key KEY --out passphrase.txt`, and type what is in that \
              file where the passphrase is asked for.",
    };
    session.choose(&wanted).map(|_| ())
}

fn verify(session: &mut Session<'_>) -> Result<(), Turn> {
    session.insist(
        |session| {
            let says = "Prove that the key opens the kit, and that the keys in it agree with each other. The command asks for \
                        the key's passphrase. It asks for the passphrase of the workspace's owner, too: Enter leaves that \
                        out, and users' wallets do not need it.";
            Ok(Step::new("verify", "kit verify", says)
                .input(&session.file("kit")?)
                .with("--key", &session.file("key")?)
                .makes("--report", "kit-report", &[".json"]))
        },
        not_verified,
    )
    .map(|_| ())
}

/// Another key, a wrong passphrase or a damaged kit: the report says which.
fn not_verified(session: &mut Session<'_>, failed: &Failed) -> Advice {
    const OTHER_KEY: (Remedy, &str) = (Remedy::Ask("key"), "Name another key");
    const OTHER_KIT: (Remedy, &str) = (Remedy::Ask("kit"), "Name another kit, or another copy");

    let again = |words| (Remedy::Again, words);
    if failed.ended != Ended::Exit(3) {
        return advice("", &[again("Run it again"), OTHER_KEY, OTHER_KIT]);
    }
    let report = failed.results.first().and_then(|path| read_json(path));
    let Some(report) = report else {
        let words = "A passphrase was wrong. The lines above say which: the key's, or that of the workspace's owner, which \
                     Enter leaves out.";
        let remedies = [again("Type the passphrases again"), OTHER_KEY, OTHER_KIT];
        return advice(words, &remedies);
    };

    let checks = report.get("checks").and_then(Value::as_array);
    let held = |check: &Value| check.get("result").is_some_and(|result| result == "ok");
    if !checks.is_some_and(|checks| checks.iter().any(held)) {
        let mut words =
            "This key opens nothing in this kit: the kit was made for another key.".to_owned();
        if let Some(public) = made_for(session) {
            let public = session.shown(&public);
            words += &format!(" It was made for the key that {public} belongs to.");
        }
        return advice(&words, &[OTHER_KEY, OTHER_KIT, again("Run it again")]);
    }
    let words = "The key opens the kit, but not all of it holds. If only the owner's share failed, the owner's passphrase was \
                 wrong, and users' wallets do not need it. Otherwise the kit is damaged: try the other copies of it.";
    let remedies = [
        again("Run it again: type the owner's passphrase again, or leave it out"),
        OTHER_KIT,
        (Remedy::GoOn, "Go on with this kit all the same"),
    ];
    advice(words, &remedies)
}

/// The public key that was seen and that the kit names as its own.
fn made_for(session: &Session<'_>) -> Option<PathBuf> {
    let kit = session.file("kit").ok()?;
    let words = ["kit".into(), "inspect".into(), session.named(&kit)];
    let outcome = session.program.outcome_of(&words).ok()??;
    let wanted = outcome.get("madeFor")?.as_str()?;
    let mut seen = session.seen.iter();
    let public = seen.find(
        |looked| matches!(&looked.kind, Kind::PublicKey { fingerprint } if fingerprint == wanted),
    );
    public.map(|looked| looked.path.clone())
}

fn read_json(path: &Path) -> Option<Value> {
    let file = std::fs::File::open(path).ok()?;
    serde_json::from_slice(&read_start(file, MAX_REPORT).ok()?).ok()
}

fn ask_wallets(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "wallets",
        text: "Where is the list of wallet ids? A text file with one id a line, or a CSV file with a column `walletId`.",
        what: "a list of wallet ids",
        fits: |kind| matches!(kind, Kind::WalletList { .. }),
        many: false,
        others: &[],
        why: "A share can only be derived for an id that you know. Your database has the id of every wallet: it is a UUID, such \
              as `9fbe8aee-5099-4e14-9866-c5b4b96091ea`. Export that column. It is not the id of a device, a user or a vault \
              account.",
    };
    if session.notes.answer("wallets").is_none() {
        session.notes.forget("keep-going")?;
    }
    let Chosen::Files(paths) = session.choose(&wanted)? else {
        return Err(Turn::To("wallets"));
    };
    let list = paths.into_iter().next().ok_or(Turn::To("wallets"))?;
    look_over(session, &list)
}

/// Looks every id over, as `derive` will: a bad one is cheaper to hear of now.
fn look_over(session: &mut Session<'_>, list: &Path) -> Result<(), Turn> {
    loop {
        let mut ids = WalletSource::open(Some(list), &[], session.world)?;
        let found = ids.check(false, threads(None));
        let failure = match found {
            Ok(found) if found.bad_count == 0 && found.good > 0 => {
                session.notes.forget("keep-going")?;
                session.tell(format!(
                    "The list has {}, all well spelt.",
                    plural(found.good, "wallet id")
                ));
                return Ok(());
            }
            Ok(_) if session.notes.answer("keep-going").is_some() => return Ok(()),
            Ok(found) => report_bad_ids(&found, &ids, false, session.world).err(),
            Err(failure) => Some(failure.about(list)),
        };
        for line in failure.iter().flat_map(|failure| failure.lines()) {
            session.tell(line);
        }
        let choice = session.pick(
            "The list cannot be used as it is. Every bad line is named above. Correct the list in another window, or name \
             another list.",
            &[
                (Remedy::Again, "I have corrected it: look again".to_owned()),
                (Remedy::Ask("wallets"), "Name another list".to_owned()),
                (Remedy::GoOn, "Use the good ids, and leave the bad ones out".to_owned()),
            ],
            "The spelling of an id is hashed into its share: an id with one other letter gives the share of no wallet. Ids are \
             in lower case with dashes.",
        )?;
        match choice {
            Remedy::Ask(key) => return Err(Turn::To(key)),
            Remedy::GoOn => {
                session.notes.set_answer("keep-going", &["yes".into()])?;
                return Ok(());
            }
            _ => {}
        }
    }
}

pub(super) fn ask_recipient(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "recipient",
        text: "The shares are written sealed: only one private key can open them. Where is the public key of your endpoint? \
               The endpoint is the server that gives users their shares.",
        what: "a public key",
        fits: |kind| matches!(kind, Kind::PublicKey { .. }),
        many: false,
        others: &["I have none: make a key pair here, now"],
        why: "Best is a key pair that was made on the endpoint, with `lifeboat keygen --out endpoint`: then the private key \
              never leaves it, and you carry only `endpoint-public.pem` here. If there is no endpoint yet, or if you take \
              wallets over on this machine, make the pair here.",
    };
    match session.choose(&wanted)? {
        Chosen::Files(_) => session.tell(
            "The next command shows the fingerprint of this key. Compare it with the one that the endpoint's operator reads out.",
        ),
        Chosen::Other(_) => {
            let made = make_pair(session)?;
            let Some(public) = made.into_iter().nth(1) else {
                return Err(Turn::To("recipient"));
            };
            session.notes.set_answer("sealed-to", &[public.into()])?;
        }
    }
    Ok(())
}

fn make_pair(session: &mut Session<'_>) -> Result<Vec<PathBuf>, Turn> {
    let made = session.insist(
        |_| {
            let says = "Make the endpoint's key pair. The command asks for a new passphrase, twice: write it on paper, and \
                        keep it apart from the private key. This pair is not for the console.";
            Ok(Step::new("keygen", "keygen", says)
                .makes("--out", "endpoint", &["-private.pem", "-public.pem"])
                .by_prefix())
        },
        |_, _| {
            let remedies = [
                (Remedy::Again, "Run it again"),
                (Remedy::Ask("recipient"), "Name a public key after all"),
            ];
            advice("", &remedies)
        },
    )?;
    made.ok_or(Turn::To("recipient"))
}

/// The public key that was named, or the one that was made here.
pub(super) fn recipient(session: &Session<'_>) -> Result<PathBuf, Turn> {
    let named = session.file("recipient")?;
    match named.is_absolute() {
        true => Ok(named),
        false => session.file("sealed-to").map_err(|_| Turn::To("recipient")),
    }
}

fn derive(session: &mut Session<'_>) -> Result<(), Turn> {
    let keeps_going = session.notes.answer("keep-going").is_some();
    session.insist(
        |session| {
            let says = "Derive Key Share #1 of every wallet of the list, for both algorithms, and seal each share. A million \
                        wallets take seconds. If the power fails now, start the guide again: it goes on.";
            let step = Step::new("derive", "derive", says)
                .input(&session.file("kit")?)
                .with("--key", &session.file("key")?)
                .with("--wallets", &session.file("wallets")?)
                .word("--algorithm")
                .word("both")
                .with("--seal-to", &recipient(session)?)
                .makes("--out", "shares", &[".sealed"])
                .resumes();
            Ok(if keeps_going { step.word("--keep-going") } else { step })
        },
        |_, _| {
            let remedies = [
                (Remedy::Again, "Run it again, and type the passphrase again"),
                (Remedy::Ask("wallets"), "Name another list of wallet ids"),
                (Remedy::Ask("recipient"), "Name another public key to seal to"),
                (Remedy::Ask("key"), "Name another recovery key"),
            ];
            advice("", &remedies)
        },
    )
    .map(|_| ())
}

/// What `derive` wrote.
pub(super) fn shares(session: &Session<'_>) -> Result<PathBuf, Turn> {
    let record = session.notes.record("derive").ok_or(Turn::To("derive"))?;
    let known = record.results.first().ok_or(Turn::To("derive"))?;
    Ok(known.path())
}

fn check(session: &mut Session<'_>) -> Result<(), Turn> {
    let keeps_going = session.notes.answer("keep-going").is_some();
    session.insist(
        |session| {
            let says = "Derive every share again and compare: this proves that the sealed file is what kit and list give. The \
                        command asks for the passphrase once more.";
            let step = Step::new("check", "check", says)
                .input(&shares(session)?)
                .input(&session.file("kit")?)
                .with("--key", &session.file("key")?);
            // The list has ids in it that were left out.
            Ok(if keeps_going {
                step
            } else {
                step.with("--wallets", &session.file("wallets")?)
            })
        },
        |_, _| {
            let words = "If it was the passphrase, type it again. If the result is not right, do not use it: derive again.";
            let remedies = [
                (Remedy::Again, "Run it again, and type the passphrase again"),
                (Remedy::Redo("derive"), "Derive the shares again, into another file"),
            ];
            advice(words, &remedies)
        },
    )
    .map(|_| ())
}

/// What comes next lies outside of this machine, or is another story.
fn end(session: &mut Session<'_>) -> Result<(), Turn> {
    let shares = shares(session)?;
    let record = session.notes.record("derive").cloned();
    let digest = record.and_then(|record| record.results.first()?.sha256.clone());
    session.tell_apart("What to do next:");
    session.tell(format!(
        "  1  Write this SHA-256 on paper: {}",
        digest.unwrap_or_default()
    ));
    session.tell("  2  Copy the sealed file to a stick, and carry that to the endpoint:");
    session.show_command(&["cp".into(), session.named(&shares), "/media/STICK/".into()]);
    session.tell("  3  On the endpoint, compare with the paper:");
    let name = shares.file_name().unwrap_or_default().to_owned();
    session.show_command(&["sha256sum".into(), name.clone()]);
    session.tell("  4  There, open the share of one wallet, or without `--wallet` of all:");
    let words = [
        "unseal",
        "--key",
        "endpoint-private.pem",
        "--wallet",
        "WALLET_ID",
        "--out",
        "one.json",
    ];
    let mut words: Vec<std::ffi::OsString> = words.iter().map(Into::into).collect();
    words.insert(1, name);
    words.insert(0, "lifeboat".into());
    session.show_command(&words);
    session.tell(
        "EdDSA shares (Solana, Stellar) are unconfirmed until the first takeover. With one user's device share \
         `lifeboat confirm-eddsa` proves them before.",
    );
    let story = session.pick(
        "What now?",
        &[
            (None, "Leave: I carry the file to the endpoint".to_owned()),
            (Some(Story::Device), "Take over a user's wallet here, with the backup of the user's device".to_owned()),
            (Some(Story::Workspace), "Recover the workspace's own keys".to_owned()),
        ],
        "A takeover makes the full key of a wallet from Key Share #1 and the user's Key Share #2. From then on the key exists \
         in one piece: do it only on a machine without a network. The workspace's own keys are those of its vault accounts.",
    )?;
    match story {
        None => Ok(()),
        Some(story) => Err(Turn::Switch(story)),
    }
}
