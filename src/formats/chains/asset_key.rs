//! A key of one chain, with its address and what wallets import (FORMATS.md §18).

use super::{
    address_meaning::{AddressMeaning, address_meaning},
    private_key::{WalletImport, private_text, wallet_imports},
    table::{Chain, Script},
};
use crate::{
    crypto::{
        curve::{PublicKey, Scalar},
        secret::SecretText,
    },
    formats::{full_key::key_path::KeyPath, wallets::wallet_id::WalletId},
};

/// One key of one chain.
pub struct AssetKey {
    /// The wallet, where the full keys say.
    pub wallet_id: Option<WalletId>,
    /// The Portal client, where the keys say.
    pub client_id: Option<String>,
    /// The keyset of the workspace, where the keys say.
    pub keyset: Option<u32>,
    /// The chain.
    pub chain: &'static Chain,
    /// The kind of address, where the chain has several.
    pub script: Option<Script>,
    /// Where the key is.
    pub path: KeyPath,
    /// Its public key.
    pub public_key: PublicKey,
    /// Its address; empty where it has none.
    pub address: String,
    /// The stake key of its account, on Cardano.
    pub(crate) stake: Option<PublicKey>,
    /// Its scalar, where it was asked for.
    pub(crate) scalar: Option<Scalar>,
}

impl AssetKey {
    /// The private key in its chain's form, where it was asked for.
    #[must_use]
    pub fn private_text(&self) -> Option<SecretText> {
        self.scalar
            .as_ref()
            .map(|scalar| private_text(self.chain, scalar))
    }

    /// The private key as wallet software takes it, where it was asked for.
    #[must_use]
    pub fn wallet_imports(&self) -> Vec<WalletImport> {
        self.scalar
            .as_ref()
            .map(|scalar| wallet_imports(self.chain, self.script, scalar))
            .unwrap_or_default()
    }

    /// The scalar, where it was asked for.
    #[must_use]
    pub fn expose(&self) -> Option<&Scalar> {
        self.scalar.as_ref()
    }

    /// What an expected address means for this key.
    #[must_use]
    pub fn meaning_of(&self, expected: &str) -> AddressMeaning {
        address_meaning(
            self.chain,
            self.script,
            &self.public_key,
            self.stake.as_ref(),
            expected,
        )
    }
}
