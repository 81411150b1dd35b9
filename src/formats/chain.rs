//! The chains: coin number, curve, how an address is written and a message is hashed (FORMATS.md §18).

use super::json::{FieldError, FieldFault};
use crate::crypto::{curve::Curve, hd::HARDENED};

/// A chain that keys are exported for.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it is called on the command line; testnets end in `-test`.
    pub name: &'static str,
    /// Third number of the path.
    pub coin: u32,
    /// How an address follows from a public key.
    pub form: AddressForm,
    /// How a message is hashed before it is signed.
    pub hash: MessageHash,
}

/// How a chain writes addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    /// Base58Check of key hashes, Bech32 where there is a prefix for it.
    Bitcoin(BitcoinNet),
    /// CashAddr under this prefix; WIF with this version.
    CashAddr {
        /// Stands before the colon.
        prefix: &'static str,
        /// Version of private keys.
        wif: u8,
    },
    /// The last 20 bytes of Keccak-256, mixed-case hex (EIP-55).
    Ethereum,
    /// The same 20 bytes behind 0x41, Base58Check.
    Tron,
    /// Key hash behind 0, Base58Check in the ledger's own alphabet.
    Ripple,
    /// Bech32 of the key hash.
    Cosmos,
    /// Base58 of the key.
    Solana,
    /// Base32 with CRC-16.
    Stellar,
    /// Base32 with four bytes of SHA-512/256.
    Algorand,
    /// Hex of the key: an implicit account.
    Near,
    /// SS58 with this network number.
    Substrate(u8),
    /// `tz1`: BLAKE2b-160 of the key, Base58Check.
    Tezos,
    /// A wallet contract of version 4 revision 2, not bounceable; the bool says testnet.
    Ton(bool),
    /// An enterprise address (payment key alone) with this header and prefix.
    Cardano(u8, &'static str),
}

/// The numbers of a Bitcoin-like network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitcoinNet {
    /// Version of P2PKH addresses.
    pub p2pkh: &'static [u8],
    /// Version of P2SH addresses.
    pub p2sh: &'static [u8],
    /// Version of private keys.
    pub wif: u8,
    /// Prefix of Bech32 addresses, where the chain has segwit.
    pub segwit: Option<&'static str>,
    /// Whether the chain has taproot.
    pub taproot: bool,
}

/// The kinds of address that a Bitcoin-like chain has for one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Pay to public key hash.
    P2pkh,
    /// Segwit version 0.
    P2wpkh,
    /// Segwit version 0 inside a script hash.
    P2shP2wpkh,
    /// Segwit version 1, key path only (BIP 86).
    P2tr,
}

/// How a message is hashed before ECDSA; Ed25519 signs the message itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageHash {
    /// SHA-256.
    Sha256,
    /// SHA-256 twice.
    DoubleSha256,
    /// Keccak-256.
    Keccak256,
    /// The first half of SHA-512.
    Sha512Half,
    /// None: Ed25519.
    Whole,
}

const BTC: BitcoinNet = BitcoinNet {
    p2pkh: &[0],
    p2sh: &[5],
    wif: 0x80,
    segwit: Some("bc"),
    taproot: true,
};
const BTC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x6f],
    p2sh: &[0xc4],
    wif: 0xef,
    segwit: Some("tb"),
    taproot: true,
};
const LTC: BitcoinNet = BitcoinNet {
    p2pkh: &[0x30],
    p2sh: &[0x32],
    wif: 0xb0,
    segwit: Some("ltc"),
    taproot: true,
};
const LTC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x6f],
    p2sh: &[0x3a],
    wif: 0xef,
    segwit: Some("tltc"),
    taproot: true,
};
const DOGE: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1e],
    p2sh: &[0x16],
    wif: 0x9e,
    segwit: None,
    taproot: false,
};
const DOGE_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x71],
    p2sh: &[0xc4],
    wif: 0xf1,
    segwit: None,
    taproot: false,
};
const DASH: BitcoinNet = BitcoinNet {
    p2pkh: &[0x4c],
    p2sh: &[0x10],
    wif: 0xcc,
    segwit: None,
    taproot: false,
};
const DASH_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x8c],
    p2sh: &[0x13],
    wif: 0xef,
    segwit: None,
    taproot: false,
};
const ZEC: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1c, 0xb8],
    p2sh: &[0x1c, 0xbd],
    wif: 0x80,
    segwit: None,
    taproot: false,
};
const ZEC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1d, 0x25],
    p2sh: &[0x1c, 0xba],
    wif: 0xef,
    segwit: None,
    taproot: false,
};

const BCH: AddressForm = AddressForm::CashAddr {
    prefix: "bitcoincash",
    wif: 0x80,
};
const BCH_TEST: AddressForm = AddressForm::CashAddr {
    prefix: "bchtest",
    wif: 0xef,
};
const ADA: AddressForm = AddressForm::Cardano(0x61, "addr");
const ADA_TEST: AddressForm = AddressForm::Cardano(0x60, "addr_test");

const fn chain(name: &'static str, coin: u32, form: AddressForm, hash: MessageHash) -> Chain {
    Chain {
        name,
        coin,
        form,
        hash,
    }
}

const fn bitcoin(name: &'static str, coin: u32, net: BitcoinNet) -> Chain {
    chain(
        name,
        coin,
        AddressForm::Bitcoin(net),
        MessageHash::DoubleSha256,
    )
}

const fn edwards(name: &'static str, coin: u32, form: AddressForm) -> Chain {
    chain(name, coin, form, MessageHash::Whole)
}

/// Every chain, in the order of help texts.
pub static CHAINS: [Chain; 40] = [
    bitcoin("btc", 0, BTC),
    bitcoin("ltc", 2, LTC),
    bitcoin("doge", 3, DOGE),
    bitcoin("dash", 5, DASH),
    bitcoin("zec", 133, ZEC),
    chain("bch", 145, BCH, MessageHash::DoubleSha256),
    chain("eth", 60, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("evm", 60, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("etc", 61, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("trx", 195, AddressForm::Tron, MessageHash::Sha256),
    chain("xrp", 144, AddressForm::Ripple, MessageHash::Sha512Half),
    chain("atom", 118, AddressForm::Cosmos, MessageHash::Sha256),
    edwards("sol", 501, AddressForm::Solana),
    edwards("xlm", 148, AddressForm::Stellar),
    edwards("algo", 283, AddressForm::Algorand),
    edwards("near", 397, AddressForm::Near),
    edwards("dot", 354, AddressForm::Substrate(0)),
    edwards("xtz", 1729, AddressForm::Tezos),
    edwards("ton", 607, AddressForm::Ton(false)),
    edwards("ada", 1815, ADA),
    bitcoin("btc-test", 1, BTC_TEST),
    bitcoin("ltc-test", 1, LTC_TEST),
    bitcoin("doge-test", 1, DOGE_TEST),
    bitcoin("dash-test", 1, DASH_TEST),
    bitcoin("zec-test", 1, ZEC_TEST),
    chain("bch-test", 1, BCH_TEST, MessageHash::DoubleSha256),
    chain("eth-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("evm-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("etc-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("trx-test", 1, AddressForm::Tron, MessageHash::Sha256),
    chain("xrp-test", 1, AddressForm::Ripple, MessageHash::Sha512Half),
    chain("atom-test", 1, AddressForm::Cosmos, MessageHash::Sha256),
    edwards("sol-test", 1, AddressForm::Solana),
    edwards("xlm-test", 1, AddressForm::Stellar),
    edwards("algo-test", 1, AddressForm::Algorand),
    edwards("near-test", 1, AddressForm::Near),
    edwards("dot-test", 1, AddressForm::Substrate(42)),
    edwards("xtz-test", 1, AddressForm::Tezos),
    edwards("ton-test", 1, AddressForm::Ton(true)),
    edwards("ada-test", 1, ADA_TEST),
];

impl Chain {
    /// The chain of that name, in either case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static Self> {
        CHAINS
            .iter()
            .find(|chain| chain.name.eq_ignore_ascii_case(name))
    }

    /// The curve of its keys.
    #[must_use]
    pub fn curve(&self) -> Curve {
        if self.hash == MessageHash::Whole {
            Curve::Ed25519
        } else {
            Curve::Secp256k1
        }
    }

    /// The kinds of address it has for one key, the usual one first; empty where there is but one.
    #[must_use]
    pub fn scripts(&self) -> &'static [Script] {
        match self.form {
            AddressForm::Bitcoin(BitcoinNet { segwit: None, .. }) => &[Script::P2pkh],
            AddressForm::Bitcoin(BitcoinNet { taproot: true, .. }) => &[
                Script::P2wpkh,
                Script::P2pkh,
                Script::P2shP2wpkh,
                Script::P2tr,
            ],
            AddressForm::Bitcoin(_) => &[Script::P2wpkh, Script::P2pkh, Script::P2shP2wpkh],
            _ => &[],
        }
    }
}

impl Script {
    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P2pkh => "p2pkh",
            Self::P2wpkh => "p2wpkh",
            Self::P2shP2wpkh => "p2sh-p2wpkh",
            Self::P2tr => "p2tr",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::P2pkh, Self::P2wpkh, Self::P2shP2wpkh, Self::P2tr]
            .into_iter()
            .find(|script| script.name() == name)
    }
}

/// `m/44/coin/account/change/index`, nothing hardened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssetPath {
    /// The chain's number.
    pub coin: u32,
    /// The wallet's account.
    pub account: u32,
    /// 0, or 1 for change.
    pub change: u32,
    /// The address.
    pub index: u32,
}

impl AssetPath {
    /// The five levels, from the root.
    #[must_use]
    pub fn levels(self) -> [u32; 5] {
        [44, self.coin, self.account, self.change, self.index]
    }

    /// Reads the five levels as [`AssetPath`] is displayed.
    ///
    /// # Errors
    /// [`FieldError`] that names the path.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let fault = || FieldError {
            document: String::new(),
            path: "path".to_owned(),
            fault: FieldFault::Value(
                "expected `m/44/COIN/ACCOUNT/CHANGE/INDEX`, nothing hardened".to_owned(),
            ),
        };
        let levels = text.trim().strip_prefix("m/44/").ok_or_else(fault)?;
        let levels: Vec<u32> = levels
            .split('/')
            .map_while(|level| level.parse().ok())
            .collect();
        let same = format!(
            "m/44/{}",
            levels
                .iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join("/")
        );
        match levels.as_slice() {
            [coin, account, change, index]
                if same == text.trim() && levels.iter().all(|level| *level < HARDENED) =>
            {
                Ok(Self {
                    coin: *coin,
                    account: *account,
                    change: *change,
                    index: *index,
                })
            }
            _ => Err(fault()),
        }
    }
}

impl std::fmt::Display for AssetPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "m/44/{}/{}/{}/{}",
            self.coin, self.account, self.change, self.index
        )
    }
}
