//! Holds exported keys against the addresses that somebody expects (FORMATS.md §18).

use std::collections::{HashMap, HashSet};

use crate::formats::{
    chains::{
        address_list::{AddressList, ListedAddress},
        address_meaning::AddressMeaning,
        asset_key::AssetKey,
        table::Chain,
    },
    full_key::key_path::KeyPath,
};

/// An address that is not the one expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// What a comparison found beside equality.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Addresses that are the same key in another form.
    pub notes: Vec<String>,
    /// Rows of chains that were not asked for or are not known.
    pub other_rows: u64,
}

/// Most notes that are kept; the rest says the same of other rows.
const MOST_NOTES: usize = 20;

/// Keeps the keys that an expected address belongs to.
///
/// # Errors
/// [`Difference`] when there is none.
pub fn find_expected(keys: &mut Vec<AssetKey>, expected: &str) -> Result<Findings, Difference> {
    let meanings: Vec<AddressMeaning> = keys.iter().map(|key| key.meaning_of(expected)).collect();
    let is_exact = meanings.contains(&AddressMeaning::Same);
    if !meanings.iter().any(AddressMeaning::is_same_key) {
        return Err(none_of(keys, &meanings));
    }

    let mut findings = Findings::default();
    let mut meanings = meanings.into_iter();
    keys.retain(|key| match meanings.next() {
        Some(AddressMeaning::Same) => true,
        Some(AddressMeaning::OtherForm(form)) if !is_exact => {
            findings.note(format!(
                "the expected address is {}",
                other_form(key, &form)
            ));
            true
        }
        _ => false,
    });
    Ok(findings)
}

fn none_of(keys: &[AssetKey], meanings: &[AddressMeaning]) -> Difference {
    // What says most: a slip of the pen or another chain before another key.
    let telling = meanings
        .iter()
        .find(|meaning| {
            !matches!(
                meaning,
                AddressMeaning::OtherKey | AddressMeaning::OtherChain(_)
            )
        })
        .or(meanings
            .iter()
            .find(|meaning| matches!(meaning, AddressMeaning::OtherKey)))
        .or(meanings.first())
        .unwrap_or(&AddressMeaning::Unknown);
    let complaint = telling.complaint().unwrap_or_default();

    let message = match keys {
        [only] => format!(
            "the address at `{}` is `{}`, {complaint}",
            only.path, only.address
        ),
        several if *telling == AddressMeaning::OtherKey => {
            format!(
                "none of the {} addresses is the one expected",
                several.len()
            )
        }
        several => format!(
            "none of the {} addresses is the one expected, {complaint}",
            several.len()
        ),
    };
    Difference {
        message,
        hint: telling.hint(),
    }
}

fn other_form(key: &AssetKey, form: &str) -> String {
    format!(
        "{form} of the same key, in another form than `{}` at `{}`",
        key.address, key.path
    )
}

/// Wallet, chain and path: what a row and a key have in common.
type Spot = (String, &'static str, KeyPath);

/// Every row of the chains asked for must have its key, and every key its row. Of keys that stand for one another, such as
/// two coin numbers of one chain, those with a row are kept.
///
/// # Errors
/// [`Difference`] with the line.
pub fn compare_list(keys: &mut Vec<AssetKey>, list: &AddressList) -> Result<Findings, Difference> {
    let by_wallet = list.rows.iter().any(|row| !row.wallet.is_empty());
    let mut spots: HashMap<Spot, Vec<usize>> = HashMap::new();
    for (number, key) in keys.iter().enumerate() {
        spots
            .entry(spot_of(key, by_wallet))
            .or_default()
            .push(number);
    }
    let asked: HashSet<&'static str> = keys.iter().map(|key| family(key.chain)).collect();

    let mut findings = Findings {
        other_rows: list.others,
        ..Findings::default()
    };
    let mut confirmed = HashSet::new();
    for row in &list.rows {
        if asked.contains(family(row.chain)) {
            confirmed.insert(key_of_row(row, keys, &spots, &mut findings)?);
        } else {
            findings.other_rows += 1;
        }
    }

    keep_confirmed(keys, &confirmed)?;
    Ok(findings)
}

impl Findings {
    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(note);
        }
    }
}

/// The number of the key that a row names.
fn key_of_row(
    row: &ListedAddress,
    keys: &[AssetKey],
    spots: &HashMap<Spot, Vec<usize>>,
    findings: &mut Findings,
) -> Result<usize, Difference> {
    let line = row.line;
    let spot = (row.wallet.clone(), family(row.chain), row.path.clone());
    let Some(numbers) = spots.get(&spot) else {
        return Err(Difference {
            message: format!("line {line} expects an address that was not asked for"),
            hint: "ask for it with `--account`, `--change` and `--index`, or take the line out",
        });
    };

    // Of chains that share their addresses, the one that the row names.
    let named = |number: &usize| {
        keys.get(*number)
            .filter(|key| key.chain.name == row.chain.name)
            .is_some()
    };
    let (own, shared): (Vec<usize>, Vec<usize>) = numbers.iter().partition(|number| named(number));

    let mut complaint = None;
    let mut other = None;
    for number in own.iter().chain(&shared) {
        let Some(key) = keys.get(*number) else {
            continue;
        };
        match key.meaning_of(&row.address) {
            AddressMeaning::Same => return Ok(*number),
            AddressMeaning::OtherForm(form) => {
                other.get_or_insert((*number, format!("line {line}: {}", other_form(key, &form))));
            }
            meaning => {
                complaint.get_or_insert((key, meaning));
            }
        }
    }
    if let Some((number, note)) = other {
        findings.note(note);
        return Ok(number);
    }
    Err(complaint.map_or_else(
        || Difference {
            message: format!("line {line} has no key"),
            hint: "",
        },
        |(key, meaning)| Difference {
            message: format!(
                "line {line}: the address of `{}` at `{}` is `{}`, {}",
                key.chain.name,
                key.path,
                key.address,
                meaning.complaint().unwrap_or_default()
            ),
            hint: meaning.hint(),
        },
    ))
}

/// Takes away keys that stand for a confirmed one; others must be confirmed themselves.
fn keep_confirmed(keys: &mut Vec<AssetKey>, confirmed: &HashSet<usize>) -> Result<(), Difference> {
    let confirmed_groups: HashSet<_> = confirmed
        .iter()
        .filter_map(|number| keys.get(*number).map(group_of))
        .collect();
    let lone = keys.iter().enumerate().find(|(number, key)| {
        !confirmed.contains(number) && !confirmed_groups.contains(&group_of(key))
    });
    if let Some((_, key)) = lone {
        return Err(Difference {
            message: format!(
                "no line expects an address of `{}` at `{}`",
                key.chain.name, key.path
            ),
            hint: "ask only for what the list has, or add the line",
        });
    }

    let mut number = 0;
    keys.retain(|_| {
        number += 1;
        confirmed.contains(&(number - 1))
    });
    Ok(())
}

fn spot_of(key: &AssetKey, by_wallet: bool) -> Spot {
    let wallet = if by_wallet {
        owner_of(key)
    } else {
        String::new()
    };
    (wallet, family(key.chain), key.path.clone())
}

fn owner_of(key: &AssetKey) -> String {
    let wallet = key.wallet_id.map(|id| id.to_string());
    wallet.or_else(|| key.client_id.clone()).unwrap_or_default()
}

/// What keys that stand for one another have in common: everything but the coin number and the kind of address.
fn group_of(key: &AssetKey) -> (String, &'static str, Vec<u32>) {
    let mut levels = key.path.levels().to_vec();
    if levels.len() == 5 {
        levels.remove(1);
    }
    (owner_of(key), key.chain.name, levels)
}

/// One name for chains with the same keys and addresses.
fn family(chain: &Chain) -> &'static str {
    match chain.name {
        "evm" => "eth",
        "evm-test" => "eth-test",
        name => name,
    }
}
