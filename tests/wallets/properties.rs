//! Random ids and lists: an id has one spelling, and any text is read or refused.

use lifeboat::formats::wallets::{
    wallet_id::{WalletId, WalletIdError},
    wallet_list::WalletList,
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

proptest! {
    #[test]
    fn a_wallet_id_has_one_spelling(bits in any::<u128>()) {
        let canonical = Uuid::from_u128(bits).to_string();
        let id = WalletId::parse(canonical.as_bytes()).unwrap();
        prop_assert_eq!(id.as_str(), canonical.as_str());
        prop_assert_eq!(id, WalletId::from_u128(bits));
        prop_assert_eq!(id.as_u128(), bits);
        prop_assert_eq!(WalletId::parse(format!(" \t{canonical}\r\n").as_bytes()).unwrap(), id);
        let upper = canonical.to_uppercase();
        for other in [&upper, &format!("{{{canonical}}}"), &canonical.replace('-', ""), &format!("urn:uuid:{canonical}")] {
            match WalletId::parse(other.as_bytes()) {
                Ok(_) => prop_assert!(*other == canonical),
                Err(WalletIdError::Spelling { canonical: hint, .. }) => prop_assert_eq!(&hint, &canonical),
                Err(fault) => prop_assert!(false, "{}", fault),
            }
        }
    }

    #[test]
    fn no_other_text_is_a_wallet_id(text in vec(any::<u8>(), 0..60)) {
        if let Ok(id) = WalletId::parse(&text) {
            prop_assert_eq!(id.as_bytes().as_slice(), text.trim_ascii());
        }
    }

    #[test]
    fn any_list_is_read_or_refused_and_never_panics(text in vec(any::<u8>(), 0..300)) {
        let mut list = WalletList::new(text.as_slice());
        while let Ok(Some(block)) = list.next_block() {
            let mut found = Vec::new();
            let lines = block.each(|listed| found.push(listed.line));
            prop_assert!(found.is_sorted() && found.iter().all(|line| *line <= lines), "{:?} of {}", found, lines);
        }
    }
}
