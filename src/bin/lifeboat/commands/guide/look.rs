//! Nobody knows what there is: every file is called what it is, and the person learns what can be done with it and what is
//! missing.

use std::path::PathBuf;

use super::{
    recognise::Kind,
    session::{Answer, Question, Session, Story, Turn},
    story::Stage,
};

pub(crate) const STAGES: [Stage; 1] = [Stage {
    name: "look",
    run: look,
}];

/// A way that may be open: what it needs.
struct Way {
    story: Story,
    words: &'static str,
    /// What it cannot begin without.
    needs: &'static [Need],
    /// What it needs later.
    also: &'static [Need],
}

struct Need {
    what: &'static str,
    is: fn(&Kind) -> bool,
}

const KIT: Need = Need {
    what: "a recovery kit",
    is: |kind| matches!(kind, Kind::Kit),
};
const KEY: Need = Need {
    what: "its private key",
    is: |kind| matches!(kind, Kind::RecoveryKey { .. }),
};
const LIST: Need = Need {
    what: "a list of wallet ids, from your database",
    is: |kind| matches!(kind, Kind::WalletList { .. }),
};
const BACKUP: Need = Need {
    what: "a device backup",
    is: |kind| matches!(kind, Kind::DeviceBackup(_) | Kind::DeviceShare),
};
const SHARES: Need = Need {
    what: "Key Share #1 of the wallet, or a recovery kit to derive it from",
    is: |kind| matches!(kind, Kind::SealedShares | Kind::ServerShares | Kind::Kit),
};
const OPEN: Need = Need {
    what: "Key Share #1, not encrypted",
    is: |kind| matches!(kind, Kind::ServerShares),
};
const CLIENT: Need = Need {
    what: "the users' client shares",
    is: |kind| matches!(kind, Kind::Portal(shares) if shares.clients + shares.encrypted > 0),
};
const CUSTODIAN: Need = Need {
    what: "your server's custodian shares",
    is: |kind| matches!(kind, Kind::Portal(shares) if shares.custodians > 0),
};

const WAYS: [Way; 5] = [
    Way {
        story: Story::Fireblocks,
        words: "Fireblocks: derive Key Share #1 of all wallets from the kit",
        needs: &[KIT],
        also: &[KEY, LIST],
    },
    Way {
        story: Story::Device,
        words: "Fireblocks: take a user's wallet over with the backup of the device",
        needs: &[BACKUP],
        also: &[SHARES],
    },
    Way {
        story: Story::Seal,
        words: "Fireblocks: seal Key Share #1, which lies here unencrypted",
        needs: &[OPEN],
        also: &[],
    },
    Way {
        story: Story::Portal,
        words: "Portal: make private keys from client and custodian shares",
        needs: &[CLIENT],
        also: &[CUSTODIAN],
    },
    Way {
        story: Story::Portal,
        words: "Portal: make private keys from client and custodian shares",
        needs: &[CUSTODIAN],
        also: &[CLIENT],
    },
];

/// What can be chosen behind the list.
#[derive(Clone, Copy)]
enum Next {
    Story(Story),
    Again,
    Leave,
}

fn look(session: &mut Session<'_>) -> Result<(), Turn> {
    if session.seen.is_empty() {
        ask_where(session)?;
    }
    loop {
        session.tell_apart("This is what is there:");
        session.tell_seen();
        match ask_next(session)? {
            Next::Story(story) => return Err(Turn::Switch(story)),
            Next::Again => ask_where(session)?,
            Next::Leave => return Err(Turn::Leave),
        }
    }
}

fn ask_where(session: &mut Session<'_>) -> Result<(), Turn> {
    let question = Question {
        text: "Which folder or file shall I look at? Nothing in it is changed, and nothing of it is shown.",
        choices: vec!["the folder that you are in".to_owned()],
        enter: true,
        typed: Some("the path of a folder or file"),
        why: "A stick is often at `/media` or `/mnt`, or at `/run/media`. Type a folder: every file in it and in the folders \
              below is looked at.",
    };
    let path = match session.ask(&question)? {
        Answer::Choice(_) => PathBuf::from("."),
        Answer::Typed(path) => PathBuf::from(path),
    };
    let full = session.full(&path);
    let before = session.seen.len();
    session.look_at(&[path]);
    if session.seen.len() == before {
        session.tell(format!("There is nothing new in {}.", session.shown(&full)));
    }
    Ok(())
}

/// The ways that are open, each with what it lacks.
fn ask_next(session: &mut Session<'_>) -> Result<Next, Turn> {
    let has = |need: &Need| session.seen.iter().any(|looked| (need.is)(&looked.kind));
    let mut choices: Vec<(Next, String)> = Vec::new();
    for way in WAYS.iter().filter(|way| way.needs.iter().all(has)) {
        let missing: Vec<&str> = way
            .also
            .iter()
            .filter(|need| !has(need))
            .map(|need| need.what)
            .collect();
        let words = match missing.is_empty() {
            true => way.words.to_owned(),
            false => format!("{} (still needed: {})", way.words, missing.join("; ")),
        };
        let is_new = !choices
            .iter()
            .any(|(next, _)| matches!(next, Next::Story(story) if *story == way.story));
        if is_new {
            choices.push((Next::Story(way.story), words));
        }
    }
    let text = match choices.is_empty() {
        true => {
            "None of these files begins a recovery. Look for a recovery kit (a zip file), the backup of a device, or Portal \
             shares: on your server, in its backups and logs, in the safe."
        }
        false => "This can be done with it:",
    };
    choices.push((Next::Again, "Look at another folder or file".to_owned()));
    choices.push((Next::Leave, "Leave".to_owned()));
    session.pick(
        text,
        &choices,
        "Each way asks for what it needs, and offers the files above where they fit. You can come back with `b`.",
    )
}
