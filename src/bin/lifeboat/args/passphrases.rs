//! Where passphrases come from: the same two flags wherever there is one, a file or a command; without them it is asked
//! for on the terminal.

use std::path::Path;

use crate::args::paths::{InputPath, PassphraseCommand};

/// Where one passphrase comes from.
#[derive(Clone, Copy)]
pub(crate) struct PassphraseSource<'a> {
    /// The flag that names its file.
    pub(crate) flag: &'static str,
    /// The file.
    pub(crate) file: Option<&'a Path>,
    /// The command that prints it.
    pub(crate) command: Option<&'a str>,
}

impl PassphraseSource<'_> {
    /// One that is asked for.
    pub(crate) fn asked(flag: &'static str) -> Self {
        Self {
            flag,
            file: None,
            command: None,
        }
    }

    /// Whether it is asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.file.is_none() && self.command.is_none()
    }
}

/// Two flags, for a file and for a command, and what else clap must know of both.
macro_rules! passphrases {
    ($(
        $(#[$doc:meta])+
        $name:ident {
            $file:ident, $command:ident, $flag:literal, $what:literal
            $(, $rule:ident = $value:expr)*
        }
    )+) => {$(
        $(#[$doc])+
        #[derive(clap::Args)]
        pub(crate) struct $name {
            #[arg(
                long,
                value_name = "FILE",
                help = concat!("Read ", $what, " from this file (`-`: standard input) instead of asking")
                $(, $rule = $value)*
            )]
            $file: Option<InputPath>,
            #[arg(
                long,
                value_name = "CMD",
                help = concat!("Run this command; it prints ", $what),
                conflicts_with = stringify!($file)
                $(, $rule = $value)*
            )]
            $command: Option<PassphraseCommand>,
        }

        impl $name {
            /// Where it comes from.
            pub(crate) fn source(&self) -> PassphraseSource<'_> {
                PassphraseSource {
                    flag: $flag,
                    file: self.$file.as_deref(),
                    command: self.$command.as_deref(),
                }
            }
        }
    )+};
}

passphrases! {
    /// Of a private key.
    KeyPassphrase {
        key_passphrase_file, key_passphrase_command, "--key-passphrase-file",
        "the key's passphrase"
    }
    /// Of a private key that need not be given.
    OptionalKeyPassphrase {
        key_passphrase_file, key_passphrase_command, "--key-passphrase-file",
        "the key's passphrase", requires = "key"
    }
    /// Of a new private key.
    NewKeyPassphrase {
        key_passphrase_file, key_passphrase_command, "--key-passphrase-file",
        "the passphrase of the new key", conflicts_with_all = ["unencrypted", "split"]
    }
    /// Of the workspace's owner.
    OwnerPassphrase {
        owner_passphrase_file, owner_passphrase_command, "--owner-passphrase-file",
        "the workspace owner's passphrase", conflicts_with = "owner_key"
    }
    /// Of the second RSA key.
    OwnerKeyPassphrase {
        owner_key_passphrase_file, owner_key_passphrase_command, "--owner-key-passphrase-file",
        "the passphrase of the second RSA key", requires = "owner_key"
    }
    /// Of locked full keys.
    FullKeysPassphrase {
        passphrase_file, passphrase_command, "--passphrase-file",
        "the passphrase of locked full keys"
    }
    /// What locks a result.
    LockPassphrase {
        passphrase_file, passphrase_command, "--passphrase-file",
        "the passphrase that locks the result", conflicts_with = "unencrypted", requires = "out"
    }
    /// What locks a result, where another passphrase is in play.
    OutPassphrase {
        out_passphrase_file, out_passphrase_command, "--out-passphrase-file",
        "the passphrase that locks the result", conflicts_with = "unencrypted", requires = "out"
    }
    /// Of keystores.
    KeystorePassphrase {
        keystore_passphrase_file, keystore_passphrase_command, "--keystore-passphrase-file",
        "the passphrase of the keystores", requires = "keystore_dir"
    }
    /// Of a device backup that is made.
    BackupPassphrase {
        passphrase_file, passphrase_command, "--passphrase-file",
        "the passphrase of the backup"
    }
    /// Of a client backup or of locked keys.
    ClientPassphrase {
        passphrase_file, passphrase_command, "--passphrase-file",
        "the user's password or PIN, or the passphrase of locked keys,", conflicts_with = "key_file"
    }
}
