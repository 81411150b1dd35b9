//! What chains are called elsewhere: by wallets, in asset lists, by people (FORMATS.md §18).

/// Full names and tickers, with the name that the chain has here.
const USUAL: [(&str, &str); 31] = [
    ("bitcoin", "btc"),
    ("litecoin", "ltc"),
    ("dogecoin", "doge"),
    ("zcash", "zec"),
    ("bitcoincash", "bch"),
    ("bitcoin-cash", "bch"),
    ("bitcoinsv", "bsv"),
    ("bitcoin-sv", "bsv"),
    ("ethereum", "eth"),
    ("ethereum-classic", "etc"),
    ("tron", "trx"),
    ("ripple", "xrp"),
    ("xrpl", "xrp"),
    ("cosmos", "atom"),
    ("osmosis", "osmo"),
    ("celestia", "tia"),
    ("terra", "luna"),
    ("solana", "sol"),
    ("stellar", "xlm"),
    ("algorand", "algo"),
    ("polkadot", "dot"),
    ("kusama", "ksm"),
    ("hedera", "hbar"),
    ("tezos", "xtz"),
    ("toncoin", "ton"),
    ("cardano", "ada"),
    ("bitcoin-test", "btc-test"),
    ("ethereum-test", "eth-test"),
    ("solana-test", "sol-test"),
    ("wnd", "dot-test"),
    ("westend", "dot-test"),
];

/// Chains whose keys and addresses are Ethereum's.
const LIKE_ETHEREUM: [&str; 38] = [
    "matic",
    "pol",
    "polygon",
    "bnb",
    "bsc",
    "binance",
    "avax",
    "avalanche",
    "arb",
    "arbitrum",
    "op",
    "optimism",
    "base",
    "ftm",
    "fantom",
    "xdai",
    "gnosis",
    "celo",
    "linea",
    "scroll",
    "zksync",
    "mantle",
    "blast",
    "cro",
    "cronos",
    "movr",
    "moonriver",
    "glmr",
    "moonbeam",
    "flr",
    "flare",
    "sgb",
    "songbird",
    "rsk",
    "rootstock",
    "xdc",
    "sonic",
    "ron",
];

/// The name here of a chain that is called so elsewhere.
#[must_use]
pub fn usual(name: &str) -> Option<&'static str> {
    let named = |(other, _): &&(&str, &str)| *other == name;
    USUAL.iter().find(named).map(|(_, usual)| *usual)
}

/// Whether a chain of that name has Ethereum's keys and addresses: those of `evm`.
#[must_use]
pub fn is_like_ethereum(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let first = name.split(['_', '-']).next().unwrap_or_default();

    LIKE_ETHEREUM.contains(&first)
}
