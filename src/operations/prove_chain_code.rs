//! Finds the path below a key that an address is at: the only proof of a chain code (SECURITY.md).
//!
//! A public key proves the key. The chain code is beside it, and nothing in a kit, a server share or a device share is
//! computed from both, so a wrong one shows only in the addresses below.

use std::collections::BTreeSet;

use crate::{
    crypto::{
        curve::{Curve, PublicKey},
        hd::PublicNode,
        secret::Secret,
    },
    formats::{
        chains::{
            address_decode::decode,
            address_meaning::{AddressMeaning, address_meaning},
            address_text::bare_address,
            table::{AddressForm, CHAINS, Chain, Script},
        },
        full_key::key_path::KeyPath,
    },
};

/// Accounts and indexes that are tried, from 0; accounts from a keyset's first as well.
const TRIED: u32 = 10;

/// An address that must belong to one of the keys, and the chain where it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedAddress {
    /// The chain; without one, every chain is tried.
    pub chain: Option<&'static Chain>,
    /// The address as it was written.
    pub address: String,
}

/// A key whose chain code is to be proved.
pub struct Candidate<'a> {
    /// Its public key.
    pub public_key: &'a PublicKey,
    /// The chain code in question.
    pub chain_code: &'a [u8; 32],
    /// The first vault account that its keyset serves, where it has one.
    pub min_account: Option<u32>,
}

/// Where an address was found: the proof of a chain code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressFound {
    /// Which of the candidates it belongs to.
    pub candidate: usize,
    /// The chain.
    pub chain: &'static Chain,
    /// The path below the candidate.
    pub path: KeyPath,
    /// The address as it was expected.
    pub address: String,
}

/// Why an address proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no address of these keys is the one expected{why}")]
pub struct NotFound {
    /// More of it, where the text itself is at fault: `: and …`.
    why: String,
    /// What to do.
    pub hint: &'static str,
}

impl ExpectedAddress {
    /// Reads `ADDRESS` or `CHAIN:ADDRESS`. A scheme that belongs to the address, such as `bitcoincash:`, stays with it.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let named = text
            .split_once(':')
            .and_then(|(name, rest)| Some((Chain::from_name(name)?, rest)));

        match named {
            None => Self {
                chain: None,
                address: text.to_owned(),
            },
            Some((chain, rest)) => {
                let is_whole = decode(chain, bare_address(text)).is_ok();
                Self {
                    chain: Some(chain),
                    address: if is_whole { text } else { rest }.to_owned(),
                }
            }
        }
    }

    /// Looks for the address at `m/44/coin/account/change/index` below every candidate: accounts 0 to 9 and ten from the
    /// keyset's first, both branches, indexes 0 to 9, every coin number and kind of address of the chain.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find(&self, candidates: &[Candidate<'_>]) -> Result<AddressFound, NotFound> {
        for chain in self.chains() {
            for (number, candidate) in candidates.iter().enumerate() {
                if candidate.public_key.curve() != chain.curve() {
                    continue;
                }
                if let Some(path) = self.path_below(candidate, chain) {
                    return Ok(AddressFound {
                        candidate: number,
                        chain,
                        path,
                        address: self.address.clone(),
                    });
                }
            }
        }
        Err(self.not_found(candidates))
    }

    /// The chains whose addresses look so, those that share keys and addresses once.
    fn chains(&self) -> Vec<&'static Chain> {
        let mut chains: Vec<&'static Chain> = Vec::new();
        let named = CHAINS
            .iter()
            .filter(|chain| self.chain.is_none_or(|named| named.name == chain.name));
        for chain in named {
            let is_new = !chains
                .iter()
                .any(|other| other.form == chain.form && other.coin == chain.coin);
            if is_new && decode(chain, bare_address(&self.address)).is_ok() {
                chains.push(chain);
            }
        }
        chains
    }

    fn path_below(&self, candidate: &Candidate<'_>, chain: &'static Chain) -> Option<KeyPath> {
        let chain_code = Secret::take(&mut candidate.chain_code.to_owned());
        let root = PublicNode::new(candidate.public_key.clone(), chain_code);
        let coins = std::iter::once(chain.coin).chain(chain.workspace_coin());

        for coin in coins {
            for account in accounts(candidate.min_account) {
                let above = root.descend(&[44, coin, account]);
                if let Some((change, index)) =
                    above.and_then(|account| self.place_below(&account, chain))
                {
                    return Some(KeyPath::asset(coin, account, change, index));
                }
            }
        }
        None
    }

    /// Branch and index below an account.
    fn place_below(&self, account: &PublicNode, chain: &'static Chain) -> Option<(u32, u32)> {
        let is_cardano = matches!(chain.form, AddressForm::Cardano(..));
        let stake = is_cardano.then(|| account.descend(&[2, 0])).flatten();
        let stake = stake.as_ref().map(PublicNode::public_key);

        for change in 0..=1 {
            let branch = account.child(change)?;
            for index in 0..TRIED {
                let Some(key) = branch.child(index) else {
                    continue;
                };
                if self.belongs_to(key.public_key(), stake, chain) {
                    return Some((change, index));
                }
            }
        }
        None
    }

    fn belongs_to(
        &self,
        key: &PublicKey,
        stake: Option<&PublicKey>,
        chain: &'static Chain,
    ) -> bool {
        scripts_of(chain)
            .into_iter()
            .any(|script| address_meaning(chain, script, key, stake, &self.address).is_same_key())
    }

    fn not_found(&self, candidates: &[Candidate<'_>]) -> NotFound {
        const ELSEWHERE: &str = "the chain code is wrong, or the address is of another wallet or at another place: \
             accounts and indexes 0 to 9 are tried";
        let chains = self.chains();
        let has_curve = |curve: Curve| {
            let mut curves = candidates.iter().map(|key| key.public_key.curve());
            curves.any(|own| own == curve)
        };

        if let Some(chain) = chains.first()
            && !chains.iter().any(|chain| has_curve(chain.curve()))
        {
            return NotFound {
                why: format!(", and none of them is on the curve of `{}`", chain.name),
                hint: "name an address of a chain that these keys have",
            };
        }
        // The text is read the same way whatever the key: any one shows what is wrong with it.
        let meaning = match (chains.is_empty(), candidates.first()) {
            (true, Some(any)) => {
                let chain = self.chain.unwrap_or(&CHAINS[0]);
                address_meaning(chain, None, any.public_key, None, &self.address)
            }
            _ => AddressMeaning::OtherKey,
        };
        match meaning {
            AddressMeaning::OtherKey | AddressMeaning::Same | AddressMeaning::OtherForm(_) => {
                NotFound {
                    why: String::new(),
                    hint: ELSEWHERE,
                }
            }
            told => NotFound {
                why: format!(", {}", told.complaint().unwrap_or_default()),
                hint: match told {
                    AddressMeaning::OtherChain(_) => "name its chain: `--expect CHAIN:ADDRESS`",
                    AddressMeaning::Damaged(_) => told.hint(),
                    _ => "give a whole address, or name its chain: `--expect CHAIN:ADDRESS`",
                },
            },
        }
    }
}

fn accounts(min_account: Option<u32>) -> BTreeSet<u32> {
    let first = min_account.unwrap_or(0);
    (0..TRIED)
        .chain(first..first.saturating_add(TRIED))
        .collect()
}

fn scripts_of(chain: &Chain) -> Vec<Option<Script>> {
    match chain.scripts() {
        [] => vec![None],
        kinds => kinds.iter().copied().map(Some).collect(),
    }
}
