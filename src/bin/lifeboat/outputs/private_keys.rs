//! Where private keys go: nowhere, into an unencrypted file, or into one that is locked under a passphrase.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::{Passphrase, SecretText},
    formats::sealed::passphrase_file::LockError,
};

use crate::{
    args::passphrases::PassphraseSource,
    context::World,
    errors::{catalogue::Doing, failure::Failure},
    inputs::passphrase::new_passphrase,
    outputs::{new_file::Destination, result_name::ResultFile},
    randomness::Generator,
};

/// How a kind of keys is locked.
pub(crate) type Lock = fn(&SecretText, &Passphrase, &mut Generator) -> Result<String, LockError>;

/// What was typed about the result.
pub(crate) struct KeyOutputArgs<'a> {
    /// `--out`.
    pub(crate) out: Option<&'a Path>,
    /// `--unencrypted`.
    pub(crate) unencrypted: bool,
    /// Where the passphrase that locks it comes from.
    pub(crate) passphrase: PassphraseSource<'a>,
    /// `--allow-weak-passphrase`.
    pub(crate) allow_weak: bool,
}

/// Where private keys go.
pub(crate) enum KeyOutput {
    Nowhere,
    Unencrypted(Destination, PathBuf),
    Locked(Destination, PathBuf, Passphrase),
}

impl KeyOutput {
    /// Opens the destination and asks for the passphrase.
    pub(crate) fn open(args: &KeyOutputArgs<'_>, world: &mut World) -> Result<Self, Failure> {
        let path = args.out.unwrap_or(Path::new("-"));
        if args.unencrypted {
            return Ok(Self::Unencrypted(
                Destination::open(path, true, world)?,
                path.to_owned(),
            ));
        }
        if args.out.is_none() {
            return Ok(Self::Nowhere);
        }
        let out = Destination::open(path, true, world)?;
        let question = format!("passphrase that locks `{}`", path.display());
        let passphrase = new_passphrase(world, args.passphrase, &question, args.allow_weak);
        let passphrase = passphrase.map_err(|failure| {
            failure.hint_besides("`--unencrypted` writes the private keys unencrypted")
        })?;
        Ok(Self::Locked(out, path.to_owned(), passphrase))
    }

    /// Writes the keys. Returns the file.
    pub(crate) fn write(
        self,
        text: &SecretText,
        lock: Lock,
        world: &World,
    ) -> Result<Option<ResultFile>, Failure> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Unencrypted(mut out, path) => {
                out.write_all(text.expose().as_bytes())
                    .map_err(|error| Failure::io(Doing::Write, &path, &error))?;
                out.finish()
            }
            Self::Locked(mut out, path, passphrase) => {
                let locked = lock(text, &passphrase, &mut world.rng())?;
                out.write_all(locked.as_bytes())
                    .map_err(|error| Failure::io(Doing::Write, &path, &error))?;
                out.finish()
            }
        }
    }
}
