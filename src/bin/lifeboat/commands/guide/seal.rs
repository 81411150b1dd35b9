//! Key Share #1 that lies there unencrypted, from an earlier day or another tool: sealed to the endpoint, then the open copy goes.

use super::{
    choose::Wanted,
    fireblocks::{ask_recipient, recipient},
    recognise::Kind,
    session::{Session, Turn},
    step::Step,
    story::{Remedy, Stage, advice},
};

pub(crate) const STAGES: [Stage; 4] = [
    Stage {
        name: "open-shares",
        run: ask_shares,
    },
    Stage {
        name: "recipient",
        run: ask_recipient,
    },
    Stage {
        name: "seal",
        run: seal,
    },
    Stage {
        name: "end",
        run: end,
    },
];

fn ask_shares(session: &mut Session<'_>) -> Result<(), Turn> {
    let wanted = Wanted {
        key: "open-shares",
        text: "Which file has Key Share #1 of your wallets, not encrypted?",
        what: "Key Share #1 of wallets, not encrypted",
        fits: |kind| matches!(kind, Kind::ServerShares),
        many: false,
        others: &[],
        why: "`lifeboat derive` without a recipient wrote it, or one of the tools that the provider published. Whoever has it \
              holds half of every key in it.",
    };
    session.choose(&wanted).map(|_| ())
}

fn seal(session: &mut Session<'_>) -> Result<(), Turn> {
    session
        .insist(
            |session| {
                let says = "Seal the shares: only the endpoint's private key opens them then. This asks for nothing.";
                Ok(Step::new("seal", "seal", says)
                    .input(&session.file("open-shares")?)
                    .with("--seal-to", &recipient(session)?)
                    .makes("--out", "sealed-shares", &[".sealed"]))
            },
            |_, _| {
                let remedies = [
                    (Remedy::Ask("open-shares"), "Name another file with shares"),
                    (Remedy::Ask("recipient"), "Name another public key to seal to"),
                    (Remedy::Again, "Run it again"),
                ];
                let words = "It takes what `lifeboat derive` wrote. Of another tool's file `lifeboat check FILE KIT --key PEM --repair \
                             NEW` makes such a one.";
                advice(words, &remedies)
            },
        )
        .map(|_| ())
}

fn end(session: &mut Session<'_>) -> Result<(), Turn> {
    let record = session.notes.record("seal");
    let sealed = record.and_then(|record| record.results.first());
    let sealed = sealed.map(|known| known.path()).ok_or(Turn::To("seal"))?;
    let open = session.file("open-shares")?;
    session.tell_apart("What to do next:");
    session.tell("  1  Copy the sealed file to a stick, and carry that to the endpoint:");
    session.show_command(&["cp".into(), session.named(&sealed), "/media/STICK/".into()]);
    session.tell("  2  When it opens there, delete the file that is not encrypted, here and wherever it has a copy:");
    session.show_command(&["rm".into(), session.named(&open)]);
    Ok(())
}
