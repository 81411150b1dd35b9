//! Full keys of a takeover, on their way out: sealed to others, or kept here.

use std::{io::Write, path::PathBuf};

use lifeboat::{
    crypto::secret::SecretText,
    formats::{
        full_key::file::lock_full_keys,
        sealed::{age::AgeWriter, sealed_file::FULL_KEYS},
        wallets::wallet_id::WalletId,
    },
    operations::seal::Sealing,
};
use zeroize::Zeroizing;

use crate::{
    args::{shapes::SealFormat, takeover::Takeover},
    context::World,
    errors::{catalogue::Doing, failure::Failure},
    inputs::recipients::Recipients,
    outcomes::parts::Recipient,
    outputs::{
        new_file::Destination,
        private_keys::{KeyOutput, KeyOutputArgs},
        result_name::ResultFile,
    },
};

/// Where the private keys go: sealed to others, or kept here.
pub(crate) enum TakenOutput {
    Sealed(Destination, PathBuf, Recipients, SealFormat),
    Kept(KeyOutput),
}

impl TakenOutput {
    /// Opens the destination and asks for the passphrase before the slow part.
    pub(crate) fn open(args: &Takeover, world: &mut World) -> Result<Self, Failure> {
        if let (Some(path), false) = (&args.out, args.seal_to.is_empty()) {
            let to = Recipients::read(&args.seal_to, world)?;
            return Ok(Self::Sealed(
                Destination::open(path, true, world)?,
                path.to_path_buf(),
                to,
                args.seal_format,
            ));
        }
        let kept = KeyOutputArgs {
            out: args.out.as_deref(),
            unencrypted: args.unencrypted,
            passphrase: args.passphrase.source(),
            allow_weak: args.allow_weak_passphrase,
        };
        KeyOutput::open(&kept, world).map(Self::Kept)
    }

    /// Whom the result is sealed to, for machines.
    pub(crate) fn recipients(&self) -> Vec<Recipient> {
        match self {
            Self::Sealed(_, _, to, _) => to.to_json(),
            Self::Kept(_) => Vec::new(),
        }
    }

    /// Writes the full keys, one text a wallet.
    pub(crate) fn write(
        self,
        wallets: &[(WalletId, SecretText)],
        world: &World,
    ) -> Result<Option<ResultFile>, Failure> {
        match self {
            Self::Kept(kept) => kept.write(&joined(wallets), lock_full_keys, world),
            Self::Sealed(mut out, path, to, SealFormat::Age) => {
                let fail = |error| Failure::io(Doing::Write, &path, &error);
                let mut age =
                    AgeWriter::begin(&to.keys, &mut out, &mut world.rng()).map_err(fail)?;
                age.write_all(joined(wallets).expose().as_bytes())
                    .and_then(|()| age.finish())
                    .map_err(fail)?;
                out.finish()
            }
            Self::Sealed(mut out, path, to, SealFormat::Lifeboat) => {
                let fail = |error| Failure::sealing(error, &path);
                let mut sealing = Sealing::begin(FULL_KEYS, &to.keys, &mut out, &mut world.rng())
                    .map_err(fail)?;
                for (wallet, text) in wallets {
                    // Room for the tag at once, so that sealing in place moves nothing.
                    let mut plain = Zeroizing::new(Vec::with_capacity(text.expose().len() + 16));
                    plain.extend_from_slice(text.expose().as_bytes());
                    sealing.add(wallet.as_bytes(), &mut plain).map_err(fail)?;
                }
                sealing.finish().map_err(fail)?;
                out.finish()
            }
        }
    }
}

fn joined(wallets: &[(WalletId, SecretText)]) -> SecretText {
    let mut text = String::with_capacity(wallets.iter().map(|(_, text)| text.expose().len()).sum());
    wallets
        .iter()
        .for_each(|(_, one)| text.push_str(one.expose()));
    SecretText::new(text)
}
