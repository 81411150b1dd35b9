//! What is told of ids that are no wallet ids, or are in a list twice.

use std::path::Path;

use lifeboat::{
    formats::wallets::wallet_id::{WalletId, WalletIdError},
    operations::check_wallet_list::{BadId, BadIdError, CheckedList},
};

use crate::{
    context::World,
    errors::{catalogue::Lists, code::Code, failure::Failure},
    inputs::wallet_ids::{Place, WalletSource},
    outcomes::parts::{FailedRecord, WarningCode},
    terminal::grouped,
};

/// Bad ids shown on standard error; the outcome has more.
const MAX_SHOWN: usize = 20;
const MAX_SHOWN_KEEP_GOING: usize = 1_000;

/// Tells every bad id on standard error. Refuses a list with nothing in it, with nothing good in it, or with bad ids unless
/// the good ones are to be used all the same.
pub(crate) fn report_bad_ids(
    found: &CheckedList,
    ids: &WalletSource,
    keep_going: bool,
    world: &World,
) -> Result<(), Failure> {
    warn_of_pages(found, world);
    let most = if keep_going {
        MAX_SHOWN_KEEP_GOING
    } else {
        MAX_SHOWN
    };
    for bad in found.bad.iter().take(most) {
        world.terminal.tell_failed(format!(
            "{} {}: {}",
            ids.place.name(),
            bad.line,
            told(bad, ids)
        ));
        if let BadIdError::Spelling(WalletIdError::Spelling { canonical, .. }) = &bad.fault {
            world
                .terminal
                .say(format!("hint: write it as `{canonical}`"));
        }
    }
    if found.bad_count > most as u64 {
        world.terminal.tell_failed(format!(
            "and {} more",
            grouped(found.bad_count - most as u64)
        ));
    }
    match found.bad.first() {
        None if found.good == 0 => Err(Failure::new(Lists::NoWalletIds, "no wallet ids to derive")),
        Some(first) if !keep_going || found.good == 0 => Err(refusal(found, first, ids)),
        _ => Ok(()),
    }
}

fn refusal(found: &CheckedList, first: &BadId, ids: &WalletSource) -> Failure {
    let several = match found.bad_count {
        1 => String::new(),
        count => format!(" (and {} more)", grouped(count - 1)),
    };
    let none = if found.good == 0 && found.bad_count > 1 {
        "there is no wallet id in the list: "
    } else {
        ""
    };
    let message = format!(
        "{none}{} {}: {}{several}; nothing was written",
        ids.place.name(),
        first.line,
        told(first, ids)
    );
    let failure = Failure::new(Lists::BadWalletIds, message)
        .listing(bad_list(found, ids, MAX_SHOWN), found.bad_count);
    match &first.fault {
        BadIdError::Spelling(WalletIdError::Spelling { canonical, .. }) => failure.hint(format!(
            "the spelling is hashed into the share; write it as `{canonical}`"
        )),
        BadIdError::Duplicate { .. } => {
            failure.hint("`--format ndjson` and `csv` take an id twice")
        }
        BadIdError::Spelling(WalletIdError::OpenQuote) => {
            failure.hint("close the quote, or take the quotation mark out of the row")
        }
        BadIdError::Spelling(_) if found.good == 0 && ids.place == Place::Argument => failure.hint(
            "a file of ids goes behind `--wallets`; an id of its own is a UUID, such as \
             `9fbe8aee-5099-4e14-9866-c5b4b96091ea`",
        ),
        BadIdError::Spelling(_) if found.good == 0 => failure.hint(
            "is it the right file, and the right column? a wallet id is a UUID, such as \
             `9fbe8aee-5099-4e14-9866-c5b4b96091ea`, and not the id of a device, user or vault account",
        ),
        BadIdError::Spelling(_) if found.bad_count == 1 && first.line == 1 && ids.place == Place::Line => failure
            .hint("if line 1 is a header, take it out or call the column `walletId`"),
        BadIdError::Spelling(_) => {
            failure.hint("`--keep-going` derives the good ids and lists the bad ones")
        }
    }
}

/// What is wrong with an id, its earlier place in the words of the list it is in.
fn told(bad: &BadId, ids: &WalletSource) -> String {
    match &bad.fault {
        BadIdError::Duplicate { id, first } => {
            format!(
                "wallet id `{id}` is on {} {first} already",
                ids.place.name()
            )
        }
        fault @ BadIdError::Spelling(_) => fault.to_string(),
    }
}

/// The bad ids for machines: at most so many, and no more than are kept.
pub(crate) fn bad_list(found: &CheckedList, ids: &WalletSource, most: usize) -> Vec<FailedRecord> {
    let record = |bad: &BadId| {
        let at = |place| (ids.place == place).then_some(bad.line);
        let (id, canonical) = match &bad.fault {
            BadIdError::Duplicate { id, .. } => (Some(id.to_string()), None),
            BadIdError::Spelling(WalletIdError::Spelling {
                shown, canonical, ..
            }) => (Some(shown.clone()), Some(canonical.clone())),
            BadIdError::Spelling(_) => (None, None),
        };
        FailedRecord {
            code: Code::from(Lists::BadWalletIds).name(),
            id,
            line: at(Place::Line),
            argument: at(Place::Argument),
            entry: at(Place::Entry),
            canonical,
            message: told(bad, ids),
            ..FailedRecord::default()
        }
    };
    found.bad.iter().take(most).map(record).collect()
}

/// Hands over every id of a list that is to be right as a whole: where a bad id is no matter of one record.
pub(crate) fn each_listed(
    path: &Path,
    unique: bool,
    world: &mut World,
    mut take: impl FnMut(WalletId),
) -> Result<(), Failure> {
    let mut source = WalletSource::open(Some(path), &[], world)?;
    let found = source
        .check(unique, 1)
        .map_err(|failure| failure.about(path))?;
    warn_of_pages(&found, world);
    if let Some(first) = found.bad.first() {
        let more = match found.bad_count {
            1 => String::new(),
            count => format!(" (and {} more)", grouped(count - 1)),
        };
        let message = format!(
            "{} {}: {}{more}",
            source.place.name(),
            first.line,
            told(first, &source)
        );
        let hint = match &first.fault {
            BadIdError::Spelling(WalletIdError::Spelling { canonical, .. }) => {
                format!("write it as `{canonical}`")
            }
            _ => "a wallet id is a UUID in lower case with dashes, each once".to_owned(),
        };
        return Err(Failure::new(Lists::BadWalletIds, message)
            .listing(bad_list(&found, &source, MAX_SHOWN), found.bad_count)
            .about(path)
            .hint(hint));
    }
    if found.good == 0 {
        return Err(
            Failure::new(Lists::NoWalletIds, "no wallet ids in the list")
                .about(path)
                .hint("is it the right list? it has one id a line, or a column `walletId`"),
        );
    }

    let mut list = source.list()?;
    while let Some(block) = list.next_block()? {
        block.each(|listed| {
            if let Ok(id) = listed.id {
                take(id);
            }
        });
    }
    Ok(())
}

fn warn_of_pages(found: &CheckedList, world: &World) {
    if found.has_more_pages {
        world.terminal.warn_of(
            WarningCode::MorePages,
            "the last page of the wallet list says that more pages follow (`next`): the list is not complete",
        );
    }
}
