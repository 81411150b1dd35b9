//! What stands around an address: URI schemes, CAIP-10, amounts, blanks; and what its capitals say (FORMATS.md §18).

use super::{
    address::checksum_case,
    table::{AddressForm, Chain},
};

/// Schemes of payment URIs and namespaces of CAIP-10. `bitcoincash:` and the like belong to the address.
const SCHEMES: [&str; 36] = [
    "eip155",
    "bip122",
    "cosmos",
    "solana",
    "stellar",
    "tron",
    "xrpl",
    "polkadot",
    "near",
    "tezos",
    "algorand",
    "cardano",
    "cip34",
    "tvm",
    "ton",
    "hedera",
    "bitcoin",
    "litecoin",
    "dogecoin",
    "dash",
    "zcash",
    "ethereum",
    "ripple",
    "xrp",
    "substrate",
    "kusama",
    "bsv",
    "btc",
    "eth",
    "ltc",
    "sol",
    "doge",
    "trx",
    "xlm",
    "ada",
    "web+cardano",
];

/// The address in a text: without blanks and quotes around it, the scheme and parameters of a payment URI, or the chain
/// of a CAIP-10 account.
#[must_use]
pub fn bare_address(text: &str) -> &str {
    let mut text = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\u{feff}' | '\u{200b}')
    });

    while let Some((first, rest)) = text.split_once(':') {
        let is_scheme = SCHEMES
            .iter()
            .any(|scheme| scheme.eq_ignore_ascii_case(first));
        if !is_scheme {
            break;
        }
        // The reference of CAIP-10: a chain's number or the start of a hash, never an address. TON's `0:` and `-1:`
        // belong to the address.
        text = match rest.split_once(':') {
            Some((reference, address))
                if !matches!(reference, "0" | "-1")
                    || address.contains(':')
                    || first.eq_ignore_ascii_case("xrpl") =>
            {
                address
            }
            _ => rest,
        };
        text = text.trim_start_matches('/');
        text = ["transfer/", "pay-", "account/"]
            .iter()
            .find_map(|action| text.strip_prefix(action))
            .unwrap_or(text);
    }

    let text = text.split(['?', '&', '#']).next().unwrap_or(text);
    // `ethereum:0x…@1` names the chain behind the address.
    let text = text.split_once('@').map_or(text, |(address, _)| address);
    text.trim_end_matches('/').trim()
}

/// What is wrong with the capitals of an Ethereum address that has both cases, where it follows neither of the rules by
/// which they are a checksum.
#[must_use]
pub fn wrong_letter_case(chain: &Chain, text: &str) -> Option<&'static str> {
    if chain.form != AddressForm::Ethereum {
        return None;
    }
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let account: [u8; 20] = hex::decode(digits).ok()?.try_into().ok()?;
    let is_mixed = digits.bytes().any(|byte| byte.is_ascii_uppercase())
        && digits.bytes().any(|byte| byte.is_ascii_lowercase());
    if !is_mixed {
        return None;
    }

    // Rootstock and its test network hash their number, too.
    let follows = ["", "30", "31"]
        .iter()
        .any(|chain| checksum_case(&account, chain).strip_prefix("0x") == Some(digits));
    (!follows).then_some("its capitals are no checksum of it (EIP-55)")
}
