//! The workspace's own keys: those of its vault accounts, out of the recovery kit.

use super::{
    fireblocks::{ask_key, ask_kit},
    session::{Session, Turn},
    step::Step,
    story::{Remedy, Stage, WantedText, advice},
};

pub(crate) const STAGES: [Stage; 5] = [
    Stage {
        name: "kit",
        run: ask_kit,
    },
    Stage {
        name: "key",
        run: ask_key,
    },
    Stage {
        name: "workspace-address",
        run: ask_address,
    },
    Stage {
        name: "workspace",
        run: recover,
    },
    Stage {
        name: "end",
        run: end,
    },
];

const UNKNOWN: &str = "unknown";

fn ask_address(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = WantedText {
        key: "workspace-address",
        text: "Do you know an address of one of the workspace's vault accounts? It proves what the public key alone does not: \
               that addresses are derived right.",
        choices: vec![(UNKNOWN.to_owned(), "No: go on without".to_owned())],
        typed: "an address of the workspace",
        parse: |text| match text.starts_with('-') || text.contains(char::is_whitespace) {
            true => Err("That is no address.".to_owned()),
            false => Ok(text.to_owned()),
        },
        why: "Your accounting, a block explorer or an old screen of the console knows one.",
    };
    session.ask_text(&wanted).map(|_| ())
}

fn recover(session: &mut Session<'_>) -> Result<(), Turn> {
    session.insist(
        |session| {
            let says = "Recover the workspace's own keys. The command asks for the passphrase of the recovery key, for that of \
                        the workspace's owner, and for a new one, twice, that locks the result.";
            let mut step = Step::new("workspace", "workspace", says)
                .input(&session.file("kit")?)
                .with("--key", &session.file("key")?);
            if let Some(address) = session.text("workspace-address").filter(|text| text != UNKNOWN) {
                step = step.word("--expect").word(address);
            }
            Ok(step.makes("--out", "workspace-keys", &[".locked"]))
        },
        |_, _| {
            let words = "Without the owner's passphrase these keys cannot be recovered: the owner chose it in the mobile app.";
            let remedies = [
                (Remedy::Again, "Run it again, and type the passphrases again"),
                (Remedy::Ask("workspace-address"), "Give another address, or none"),
                (Remedy::Ask("key"), "Name another recovery key"),
                (Remedy::Ask("kit"), "Name another kit"),
            ];
            advice(words, &remedies)
        },
    )
    .map(|_| ())
}

fn end(session: &mut Session<'_>) -> Result<(), Turn> {
    let record = session.notes.record("workspace");
    let keys = record.and_then(|record| record.results.first());
    let keys = keys
        .map(|known| known.path())
        .ok_or(Turn::To("workspace"))?;
    session.tell_apart("What to do next: see addresses and sign with these keys, on this machine.");
    session.show_later("export", &keys, &["--chain", "btc,eth"], None);
    session.show_later("sign", &keys, &["message.bin", "--chain", "eth"], None);
    Ok(())
}
