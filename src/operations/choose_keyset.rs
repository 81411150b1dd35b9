//! Which of a workspace's keysets holds the key of an account (FORMATS.md §17).

use super::export::{ExportError, Place};
use crate::{
    crypto::curve::Curve,
    formats::{
        chains::table::Chain,
        full_key::file::{Keyset, RootKey},
    },
};

/// Keeps, of a workspace's keys on each curve, those of the keyset that was asked for, or else of the last keyset that serves
/// from the place's account or an earlier one. Where the account is not known, and of keysets whose first account is not
/// known, all are kept. Keys that belong to no keyset are left as they are.
///
/// # Errors
/// [`ExportError::NoKeyset`], when nothing is left for one of the chains.
pub fn choose_keyset(
    mut roots: Vec<RootKey>,
    wanted: Option<u32>,
    chains: &[&'static Chain],
    place: &Place,
) -> Result<Vec<RootKey>, ExportError> {
    let held: Vec<(Curve, Option<Keyset>)> = roots
        .iter()
        .map(|root| (root.curve(), root.keyset))
        .collect();
    let is_chosen = |curve: Curve, keyset: Option<Keyset>| match (keyset, wanted) {
        (None, wanted) => wanted.is_none(),
        (Some(keyset), Some(wanted)) => keyset.id == wanted,
        (Some(keyset), None) => serves(keyset, curve, &held, place.account()),
    };

    roots.retain(|root| is_chosen(root.curve(), root.keyset));
    for chain in chains {
        let was_there = held.iter().any(|(curve, _)| *curve == chain.curve());
        if was_there && !roots.iter().any(|root| root.curve() == chain.curve()) {
            return Err(none_left(chain, wanted, &held, place));
        }
    }
    Ok(roots)
}

fn serves(
    keyset: Keyset,
    curve: Curve,
    held: &[(Curve, Option<Keyset>)],
    account: Option<u32>,
) -> bool {
    let (Some(account), Some(_)) = (account, keyset.min_account) else {
        return true;
    };
    let last = held
        .iter()
        .filter(|(other, _)| *other == curve)
        .filter_map(|(_, keyset)| *keyset)
        .filter_map(|keyset| Some((keyset.min_account?, keyset.id)))
        .filter(|(first, _)| *first <= account)
        .max();
    last.is_some_and(|(_, id)| id == keyset.id)
}

fn none_left(
    chain: &'static Chain,
    wanted: Option<u32>,
    held: &[(Curve, Option<Keyset>)],
    place: &Place,
) -> ExportError {
    let mut ids: Vec<u32> = held
        .iter()
        .filter(|(curve, _)| *curve == chain.curve())
        .filter_map(|(_, keyset)| keyset.map(|keyset| keyset.id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();

    let wanted = wanted.map(|id| format!("no keyset {id}"));
    let serving = || format!("no keyset for account {}", place.account().unwrap_or(0));
    ExportError::NoKeyset {
        chain: chain.name,
        missing: wanted.unwrap_or_else(serving),
        held: if ids.is_empty() {
            "none at all".to_owned()
        } else {
            ids.join(", ")
        },
    }
}
