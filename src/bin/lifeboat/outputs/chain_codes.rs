//! What proves chain codes, for every command that shows keys with them: a known address, or nothing.

use lifeboat::{
    formats::full_key::file::TakenKey,
    operations::{
        prove_chain_code::{AddressFound, Candidate, ExpectedAddress, NotFound},
        verify_kit::VerifiedKey,
    },
};

use crate::{
    args::kit::KnownAddresses,
    context::World,
    errors::{catalogue::Exports, failure::Failure},
    outcomes::parts::{Proof, WarningCode},
};

/// What `kit verify` says of a kit with wallets.
pub(crate) const ASSET_SEED: &str = "nothing proves the wallets' asset seed: after the first takeover compare a known address, \
     `lifeboat takeover … --expect ADDRESS`";

/// The addresses of the command line.
pub(crate) fn expected_addresses(known: &KnownAddresses) -> Vec<ExpectedAddress> {
    known
        .expect
        .iter()
        .map(|text| ExpectedAddress::parse(text))
        .collect()
}

/// Verification says no: an expected address belongs to no key.
fn address_differs(error: &NotFound) -> Failure {
    Failure::new(Exports::AddressDiffers, error.to_string())
        .hint(format!("nothing was written; {}", error.hint))
}

/// Which keys' chain codes an address has proved.
pub(crate) struct ChainCodes {
    /// One for each key: how it is called, and the address that proves its chain code.
    keys: Vec<(String, Option<usize>)>,
    found: Vec<AddressFound>,
}

impl ChainCodes {
    /// Of the keys of a kit.
    pub(crate) fn of_kit(
        keys: &[VerifiedKey],
        expected: &[ExpectedAddress],
    ) -> Result<Self, Failure> {
        let candidates: Vec<Candidate<'_>> = keys.iter().map(VerifiedKey::candidate).collect();
        let found = expected.iter().map(|address| address.find(&candidates));
        let found: Result<Vec<_>, _> = found.collect();
        Ok(Self::of_addresses(
            keys,
            found.map_err(|error| address_differs(&error))?,
        ))
    }

    /// Of the keys of a kit, addresses found. Keys without a chain code of their own have the kit's: one proof is for all.
    pub(crate) fn of_addresses(keys: &[VerifiedKey], found: Vec<AddressFound>) -> Self {
        let is_common = |number: usize| {
            keys.get(number)
                .is_some_and(|key| !key.key.has_own_chain_code)
        };
        let proof = |number: usize| {
            found.iter().position(|address| {
                address.candidate == number || (is_common(number) && is_common(address.candidate))
            })
        };
        let keys = keys
            .iter()
            .enumerate()
            .map(|(number, key)| (key.key.id.to_string(), proof(number)))
            .collect();
        Self { keys, found }
    }

    /// How many addresses were found.
    pub(crate) fn found(&self) -> usize {
        self.found.len()
    }

    /// Whether every chain code is proved, and there is one.
    pub(crate) fn all_proved(&self) -> bool {
        !self.keys.is_empty() && self.keys.iter().all(|(_, proof)| proof.is_some())
    }

    /// What proves the chain code of each key, for machines.
    pub(crate) fn proofs(&self) -> impl Iterator<Item = Option<Proof>> {
        self.keys.iter().map(|(_, proof)| {
            let found = proof.and_then(|number| self.found.get(number));
            found.map(Proof::from)
        })
    }

    /// Says which addresses were found, and warns of what nothing proves.
    pub(crate) fn tell(&self, command: &str, world: &World) {
        self.say_found(world);
        let unproved: Vec<&str> = self
            .keys
            .iter()
            .filter(|(_, proof)| proof.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if unproved.is_empty() {
            return;
        }
        let whose = if unproved.len() == self.keys.len() {
            "of these keys".to_owned()
        } else {
            format!("of key `{}`", unproved.join("`, `"))
        };
        warn_unproved(&whose, command, world);
    }

    /// Whether an address was found.
    pub(crate) fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// Says which addresses were found.
    pub(crate) fn say_found(&self, world: &World) {
        for found in &self.found {
            world.terminal.say(format!(
                "`{}` is the address at `{}` of `{}`: the chain code is proved",
                found.address, found.path, found.chain.name
            ));
        }
    }
}

impl From<&AddressFound> for Proof {
    fn from(found: &AddressFound) -> Self {
        Self {
            address: found.address.clone(),
            chain: found.chain.name,
            path: found.path.to_string(),
        }
    }
}

/// The one sentence on what no public key proves.
pub(crate) fn warn_unproved(whose: &str, command: &str, world: &World) {
    world.terminal.warn_of(WarningCode::ChainCodeUnproved, format!(
        "nothing proves the chain code {whose}, and so no address: compare a known one, `lifeboat {command} … --expect ADDRESS`"
    ));
}

/// Addresses that must be found, in one wallet or another.
pub(crate) struct Wanted(Vec<(ExpectedAddress, Option<NotFound>, bool)>);

impl Wanted {
    pub(crate) fn new(expected: Vec<ExpectedAddress>) -> Self {
        Self(
            expected
                .into_iter()
                .map(|address| (address, None, false))
                .collect(),
        )
    }

    /// Looks for them in the keys of one wallet, which share one chain code.
    pub(crate) fn find_in(&mut self, keys: &[TakenKey]) -> ChainCodes {
        let candidates: Vec<Candidate<'_>> = keys
            .iter()
            .map(|key| Candidate {
                public_key: key.full.public_key(),
                chain_code: key.chain_code.expose(),
                min_account: None,
            })
            .collect();

        let mut found = Vec::new();
        for (address, missing, is_found) in &mut self.0 {
            match address.find(&candidates) {
                Ok(place) => {
                    *is_found = true;
                    found.push(place);
                }
                Err(error) => *missing = Some(error),
            }
        }
        let proof = (!found.is_empty()).then_some(0);
        ChainCodes {
            keys: keys
                .iter()
                .map(|key| (key.key.id.to_string(), proof))
                .collect(),
            found,
        }
    }

    /// Refuses where an address belongs to no wallet.
    pub(crate) fn all_found(&self) -> Result<(), Failure> {
        let lone = self.0.iter().find(|(_, _, is_found)| !is_found);
        match lone.and_then(|(_, missing, _)| missing.as_ref()) {
            Some(error) => Err(address_differs(error)),
            None => Ok(()),
        }
    }
}
