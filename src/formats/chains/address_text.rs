//! What is around an address: URI schemes, CAIP-10, amounts, blanks; and what its capitals say (FORMATS.md §18).

use super::{
    address::checksum_case,
    table::{AddressForm, Chain},
};

/// Schemes of payment URIs and namespaces of CAIP-10. `bitcoincash:` and the like belong to the address.
const SCHEMES: [&str; 37] = [
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
    "iban",
];

/// What explorers put before an address in their links, some with a chain's short name between.
const LINK_PARTS: [&str; 8] = [
    "/address/",
    "/account/",
    "/addresses/",
    "/accounts/",
    "/explorer/",
    "/transfer/",
    "/profile/",
    "/user/",
];

/// The address in a text: without blanks and quotes around it, the link of an explorer, the scheme and parameters of a
/// payment URI, the chain of a CAIP-10 account, or the network before an Ethereum account.
#[must_use]
pub fn bare_address(text: &str) -> &str {
    let text = in_network(text);
    network_prefix(text).map_or(text, |(_, account)| account)
}

/// Whether an account has the short name of a network before it (EIP-3770), such as `matic:0x…`.
#[must_use]
pub fn has_network_prefix(text: &str) -> bool {
    network_prefix(in_network(text)).is_some()
}

/// The short name of a network and the account behind it. Any name will do: the list of them grows.
fn network_prefix(text: &str) -> Option<(&str, &str)> {
    let (name, account) = text.split_once(':')?;
    let is_name = (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let digits = account.strip_prefix("0x")?;
    let is_account = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_name && is_account).then_some((name, account))
}

/// The address, perhaps with a network's short name before it.
fn in_network(text: &str) -> &str {
    let text = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\u{feff}' | '\u{200b}')
    });
    let text = in_link(text).unwrap_or_else(|| without_schemes(text));

    let text = text.split(['?', '&', '#']).next().unwrap_or(text);
    // `ethereum:0x…@1` names the chain behind the address.
    let text = text.split_once('@').map_or(text, |(address, _)| address);
    text.trim_end_matches('/').trim()
}

/// What the link of an explorer shows: the part behind `/address/` or `/account/`, the account of a wallet page, or else
/// what is behind the site's name.
fn in_link(text: &str) -> Option<&str> {
    let marked = LINK_PARTS
        .iter()
        .find_map(|part| Some(text.split_once(part)?.1));
    let page = || {
        let link = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let (_, account) = link.split_once("?safe=").or_else(|| link.split_once('/'))?;
        Some(account)
    };

    let address = marked.or_else(page)?;
    let mut parts = address.split('/');
    let first = parts.next().unwrap_or(address);
    let is_chain =
        (2..=5).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    Some(
        parts
            .next()
            .filter(|_| is_chain && marked.is_some())
            .unwrap_or(first),
    )
}

/// The rest of a text that begins so, in capitals or not.
fn behind<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let found = text.get(..start.len())?;
    found
        .eq_ignore_ascii_case(start)
        .then(|| text.get(start.len()..))
        .flatten()
}

fn is_substrate(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("substrate")
}

/// Without the schemes of URIs, of CAIP-10 and of `did:pkh`, which are put before one another.
fn without_schemes(mut text: &str) -> &str {
    // A page that asks for a payment, and what says who somebody is: the account is a parameter, or the last part.
    const PAYMENT: &str = "web+stellar:pay?";
    if let Some(parameters) = behind(text, PAYMENT) {
        return parameters
            .split('&')
            .find_map(|parameter| parameter.strip_prefix("destination="))
            .unwrap_or(text);
    }
    for did in ["did:sol:", "did:ethr:", "did:algo:"] {
        if let Some(rest) = behind(text, did) {
            let rest = rest.split(['#', '?']).next().unwrap_or(rest);
            return rest.rsplit_once(':').map_or(rest, |(_, account)| account);
        }
    }
    text = behind(text, "did:pkh:").unwrap_or(text);

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
            // Here the address comes first, and the network's first block behind it.
            Some((address, block)) if is_substrate(first) && block.starts_with("0x") => address,
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
    text
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
