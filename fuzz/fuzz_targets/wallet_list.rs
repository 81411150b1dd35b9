//! Wallet lists: lines come in order, every id is canonical, and the ids written as a list are the same ids.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::wallets::{wallet_id::WalletId, wallet_list::WalletList};

fn read(text: &[u8]) -> Vec<(u64, Option<WalletId>)> {
    let (mut list, mut found, mut line) = (WalletList::new(text), Vec::new(), 1);
    while let Some(block) = list
        .next_block()
        .inspect_err(lifeboat_fuzz::decent)
        .ok()
        .flatten()
    {
        line += block.lines_before;
        line += block.each(|at| found.push((line + at.line, at.id.ok())));
    }
    found
}

fuzz_target!(|data: &[u8]| {
    let found = read(data);
    assert!(found.is_sorted_by(|a, b| a.0 < b.0), "{found:?}");
    let ids: Vec<WalletId> = found.into_iter().filter_map(|(_, id)| id).collect();
    assert!(
        ids.iter()
            .all(|id| WalletId::from_u128(id.as_u128()) == *id),
        "{ids:?}"
    );
    let list: String = ids.iter().map(|id| format!("{id}\n")).collect();
    assert!(
        read(list.as_bytes())
            .into_iter()
            .map(|(_, id)| id.unwrap())
            .eq(ids)
    );
});
