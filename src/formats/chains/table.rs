//! The chains: coin number, curve, how an address is written and a message is hashed (FORMATS.md §18).

use super::names;
use crate::crypto::curve::Curve;

/// A chain that keys are exported for.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// What it is called on the command line; testnets end in `-test`.
    pub name: &'static str,
    /// Third number of the path.
    pub coin: u32,
    /// How an address follows from a public key.
    pub form: AddressForm,
    /// What a signature covers.
    pub covers: Covers,
    /// The curve of its keys.
    on: Curve,
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
    /// Bech32 of the key hash under this prefix.
    Cosmos(&'static str),
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
    /// Shelley addresses of the network with this number and prefix.
    Cardano(u8, &'static str),
    /// None: the network assigns account ids. The public key as its tools write it.
    Hedera,
    /// None: a bare key.
    Raw,
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
    /// Whether its types of sighash have FORKID, so that no transaction is valid on Bitcoin, too.
    pub is_fork: bool,
}

/// The kinds of address that a chain has for one key.
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
    /// CashAddr: the same key hash as P2PKH.
    CashAddr,
    /// Cardano: payment key and stake key.
    Base,
    /// Cardano: payment key alone.
    Enterprise,
}

/// Every kind of address, in the order of help texts.
pub const SCRIPTS: [Script; 7] = [
    Script::P2wpkh,
    Script::P2pkh,
    Script::P2shP2wpkh,
    Script::P2tr,
    Script::CashAddr,
    Script::Enterprise,
    Script::Base,
];

/// What a chain's signature covers (FORMATS.md §19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// The message itself (Ed25519).
    Message,
    /// The message itself up to 256 bytes, BLAKE2b-256 of a longer one (Ed25519).
    ShortMessage,
    /// This hash of the message.
    Hash(MessageHash),
    /// A 32-byte hash that only the software which prepared the message can make.
    DigestOnly,
}

/// How a message is hashed before it is signed.
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
    /// BLAKE2b with 32 bytes of output.
    Blake2b256,
}

impl MessageHash {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::DoubleSha256 => "double SHA-256",
            Self::Keccak256 => "Keccak-256",
            Self::Sha512Half => "SHA-512 half",
            Self::Blake2b256 => "BLAKE2b-256",
        }
    }
}

const BTC: BitcoinNet = BitcoinNet {
    p2pkh: &[0],
    p2sh: &[5],
    wif: 0x80,
    segwit: Some("bc"),
    taproot: true,
    is_fork: false,
};
const BTC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x6f],
    p2sh: &[0xc4],
    wif: 0xef,
    segwit: Some("tb"),
    taproot: true,
    is_fork: false,
};
const LTC: BitcoinNet = BitcoinNet {
    p2pkh: &[0x30],
    p2sh: &[0x32],
    wif: 0xb0,
    segwit: Some("ltc"),
    taproot: true,
    is_fork: false,
};
const LTC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x6f],
    p2sh: &[0x3a],
    wif: 0xef,
    segwit: Some("tltc"),
    taproot: true,
    is_fork: false,
};
const DOGE: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1e],
    p2sh: &[0x16],
    wif: 0x9e,
    segwit: None,
    taproot: false,
    is_fork: false,
};
const DOGE_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x71],
    p2sh: &[0xc4],
    wif: 0xf1,
    segwit: None,
    taproot: false,
    is_fork: false,
};
const DASH: BitcoinNet = BitcoinNet {
    p2pkh: &[0x4c],
    p2sh: &[0x10],
    wif: 0xcc,
    segwit: None,
    taproot: false,
    is_fork: false,
};
const DASH_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x8c],
    p2sh: &[0x13],
    wif: 0xef,
    segwit: None,
    taproot: false,
    is_fork: false,
};
const ZEC: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1c, 0xb8],
    p2sh: &[0x1c, 0xbd],
    wif: 0x80,
    segwit: None,
    taproot: false,
    is_fork: false,
};
const ZEC_TEST: BitcoinNet = BitcoinNet {
    p2pkh: &[0x1d, 0x25],
    p2sh: &[0x1c, 0xba],
    wif: 0xef,
    segwit: None,
    taproot: false,
    is_fork: false,
};

const BSV: BitcoinNet = BitcoinNet {
    segwit: None,
    taproot: false,
    is_fork: true,
    ..BTC
};

const BCH: AddressForm = AddressForm::CashAddr {
    prefix: "bitcoincash",
    wif: 0x80,
};
const BCH_TEST: AddressForm = AddressForm::CashAddr {
    prefix: "bchtest",
    wif: 0xef,
};
const ADA: AddressForm = AddressForm::Cardano(1, "addr");
const ADA_TEST: AddressForm = AddressForm::Cardano(0, "addr_test");

const fn chain(name: &'static str, coin: u32, form: AddressForm, hash: MessageHash) -> Chain {
    Chain {
        name,
        coin,
        form,
        covers: Covers::Hash(hash),
        on: Curve::Secp256k1,
    }
}

const fn bitcoin(name: &'static str, coin: u32, net: BitcoinNet) -> Chain {
    let form = AddressForm::Bitcoin(net);
    chain(name, coin, form, MessageHash::DoubleSha256)
}

/// Zcash hashes by rules of its own, which follow the upgrades of its network (ZIP 243, ZIP 244).
const fn zcash(name: &'static str, coin: u32, net: BitcoinNet) -> Chain {
    Chain {
        covers: Covers::DigestOnly,
        ..bitcoin(name, coin, net)
    }
}

const fn cosmos(name: &'static str, coin: u32, prefix: &'static str) -> Chain {
    chain(name, coin, AddressForm::Cosmos(prefix), MessageHash::Sha256)
}

const fn edwards(name: &'static str, coin: u32, form: AddressForm, covers: Covers) -> Chain {
    Chain {
        name,
        coin,
        form,
        covers,
        on: Curve::Ed25519,
    }
}

const SHA256: Covers = Covers::Hash(MessageHash::Sha256);
const BLAKE2B: Covers = Covers::Hash(MessageHash::Blake2b256);

/// Keys without a chain, one for each curve: for paths that no chain here has.
pub static BARE: [Chain; 2] = [
    Chain {
        name: "secp256k1",
        coin: 0,
        form: AddressForm::Raw,
        covers: Covers::DigestOnly,
        on: Curve::Secp256k1,
    },
    edwards("ed25519", 0, AddressForm::Raw, Covers::Message),
];

/// Every chain, in the order of help texts.
pub static CHAINS: [Chain; 48] = [
    bitcoin("btc", 0, BTC),
    bitcoin("ltc", 2, LTC),
    bitcoin("doge", 3, DOGE),
    bitcoin("dash", 5, DASH),
    zcash("zec", 133, ZEC),
    chain("bch", 145, BCH, MessageHash::DoubleSha256),
    chain("eth", 60, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("evm", 60, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("etc", 61, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("trx", 195, AddressForm::Tron, MessageHash::Sha256),
    chain("xrp", 144, AddressForm::Ripple, MessageHash::Sha512Half),
    chain(
        "atom",
        118,
        AddressForm::Cosmos("cosmos"),
        MessageHash::Sha256,
    ),
    edwards("sol", 501, AddressForm::Solana, Covers::Message),
    edwards("xlm", 148, AddressForm::Stellar, SHA256),
    edwards("algo", 283, AddressForm::Algorand, Covers::Message),
    edwards("near", 397, AddressForm::Near, SHA256),
    edwards("dot", 354, AddressForm::Substrate(0), Covers::ShortMessage),
    edwards("xtz", 1729, AddressForm::Tezos, BLAKE2B),
    edwards("ton", 607, AddressForm::Ton(false), Covers::DigestOnly),
    edwards("ada", 1815, ADA, BLAKE2B),
    bitcoin("bsv", 236, BSV),
    cosmos("osmo", 118, "osmo"),
    cosmos("tia", 118, "celestia"),
    cosmos("sei", 118, "sei"),
    cosmos("kava", 459, "kava"),
    cosmos("luna", 330, "terra"),
    edwards("ksm", 434, AddressForm::Substrate(2), Covers::ShortMessage),
    edwards("hbar", 3030, AddressForm::Hedera, Covers::Message),
    bitcoin("btc-test", 1, BTC_TEST),
    bitcoin("ltc-test", 1, LTC_TEST),
    bitcoin("doge-test", 1, DOGE_TEST),
    bitcoin("dash-test", 1, DASH_TEST),
    zcash("zec-test", 1, ZEC_TEST),
    chain("bch-test", 1, BCH_TEST, MessageHash::DoubleSha256),
    chain("eth-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("evm-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("etc-test", 1, AddressForm::Ethereum, MessageHash::Keccak256),
    chain("trx-test", 1, AddressForm::Tron, MessageHash::Sha256),
    chain("xrp-test", 1, AddressForm::Ripple, MessageHash::Sha512Half),
    chain(
        "atom-test",
        1,
        AddressForm::Cosmos("cosmos"),
        MessageHash::Sha256,
    ),
    edwards("sol-test", 1, AddressForm::Solana, Covers::Message),
    edwards("xlm-test", 1, AddressForm::Stellar, SHA256),
    edwards("algo-test", 1, AddressForm::Algorand, Covers::Message),
    edwards("near-test", 1, AddressForm::Near, SHA256),
    edwards(
        "dot-test",
        1,
        AddressForm::Substrate(42),
        Covers::ShortMessage,
    ),
    edwards("xtz-test", 1, AddressForm::Tezos, BLAKE2B),
    edwards("ton-test", 1, AddressForm::Ton(true), Covers::DigestOnly),
    edwards("ada-test", 1, ADA_TEST, BLAKE2B),
];

impl Chain {
    /// The chain of that name or a name that wallets use for it, in either case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_lowercase();
        let name = names::usual(&name).unwrap_or(&name);

        CHAINS.iter().find(|chain| chain.name == name)
    }

    /// The bare keys of a curve.
    #[must_use]
    pub fn bare(curve: Curve) -> &'static Self {
        match curve {
            Curve::Secp256k1 => &BARE[0],
            Curve::Ed25519 => &BARE[1],
        }
    }

    /// The curve of its keys.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.on
    }

    /// Whether it is a test network.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.name.ends_with("-test")
    }

    /// The coin number that workspaces use, where it is another than [`Chain::coin`]: both published recovery tools
    /// derive a workspace's Stellar keys at 146.
    #[must_use]
    pub fn workspace_coin(&self) -> Option<u32> {
        (self.name == "xlm").then_some(146)
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
            AddressForm::CashAddr { .. } => &[Script::CashAddr, Script::P2pkh],
            AddressForm::Cardano(..) => &[Script::Enterprise, Script::Base],
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
            Self::CashAddr => "cashaddr",
            Self::Base => "base",
            Self::Enterprise => "enterprise",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        SCRIPTS.into_iter().find(|script| script.name() == name)
    }
}
