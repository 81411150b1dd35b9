//! Recovery kits.

use lifeboat::{
    formats::{
        encoding::file_kind::Foreign,
        kit::{
            archive::ArchiveError,
            container::{KitError, Nearest},
            owner_share::OwnerShareError,
        },
    },
    operations::open_kit::OpenError,
};

use super::files::Files;
use crate::errors::{code::codes, failure::Failure};

const OWNERS_PASSPHRASE: &str = "is it the owner's passphrase of this very kit, and is every entry there? every \
    character and space counts";

codes! {
    pub(crate) enum Kits: "Recovery kits";

    WrongRecoveryKey {
        code: "wrong_recovery_key",
        exit: [NotVerified],
        cause: "An entry of the kit does not open with this recovery key. Either the kit was made \
            for another key, which is the usual case where there is more than one, or the entry \
            was altered. The kit and the key are not harmed.",
        remedy: "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for, \
            where the kit says so; `lifeboat key show PEM` shows that of your key. When they are \
            the same, take another copy of the kit; when they differ, look for the other key, or \
            for the kit that was made for this one.",
        hint: "it was made for another key, or is damaged: try your other keys, then \
            other copies of the kit",
    }

    EntrySize {
        code: "entry_size",
        exit: [NotVerified],
        cause: "An entry has another size than a ciphertext for this key has: the key is of \
            another size than the one the kit was made for, or the entry was cut.",
        remedy: "Compare the fingerprints of `lifeboat kit inspect KIT` and `lifeboat key show \
            PEM`. Try the other copies of both.",
        hint: "it was made for another key, or is damaged: try your other keys, then \
            other copies of the kit",
    }

    NotAZip {
        code: "not_a_zip",
        exit: [CouldNotRun],
        cause: "The file is no zip file. Often it is an error page of a download, an encrypted \
            container around the kit, or an entry of it.",
        remedy: "A kit is the zip file the console gave, or its unzipped folder. `file KIT` says \
            what it is. Take off what was put around it, or use another copy.",
        hint: "a kit is the zip file the console gave, or its unzipped folder",
    }

    ZipDamaged {
        code: "zip_damaged",
        exit: [CouldNotRun],
        cause: "The file begins as a zip file, but its end is missing or damaged: a copy or \
            download that broke off.",
        remedy: "Compare its size with the other copies, and use one that is whole. `zip -FF` may \
            save entries, but use what it saves only after `lifeboat kit verify`.",
        hint: "is the download complete? use another copy of the kit",
    }

    ZipSplit {
        code: "zip_split",
        exit: [CouldNotRun],
        cause: "The file is one part of a zip file that was split.",
        remedy: "Put all parts into one folder and join them: `zip -s 0 KIT.zip --out WHOLE.zip`, \
            or `7z x KIT.zip.001`.",
        hint: "`zip -s 0 KIT.zip --out WHOLE.zip` or `7z x KIT.zip.001` joins the parts: all of \
            them must be there",
    }

    ZipExtraBytes {
        code: "zip_extra_bytes",
        exit: [CouldNotRun],
        cause: "The zip file holds bytes before its first entry, between entries, or behind its \
            end. Another program may find another kit in them, so none is read. Something was put \
            around the file, or somebody has altered it.",
        remedy: "Use the kit as the console gave it. If only this copy is left, unzip it on this \
            offline machine, look at every file, and name the folder.",
        hint: "use the kit as the console gave it; or unzip it, look at every file, and name the \
            folder",
    }

    ZipAmbiguous {
        code: "zip_ambiguous",
        exit: [CouldNotRun],
        cause: "A zip file names every entry twice, and here the two do not agree, or entries \
            overlap. Programs would read different kits from it, so none is read. The console \
            makes no such file: somebody has altered it.",
        remedy: "Use the kit as the console gave it. If only this copy is left, unzip it on this \
            offline machine, look at every file, and name the folder.",
        hint: "use the kit as the console gave it; or unzip it, look at every file, and name the \
            folder",
    }

    OtherKit {
        code: "other_kit",
        exit: [NotVerified],
        cause: "The kit is not the one that `--kit-sha256` names. It is another kit, or was \
            changed; or the value is the SHA-256 of a zip file, and this is a folder or a \
            re-packed zip.",
        remedy: "`lifeboat kit inspect KIT` shows the fingerprint, which is the same for the zip \
            file and its folder. Use the copy that has the fingerprint you noted when the kit was \
            made.",
        hint: "the SHA-256 of a zip file says nothing about a folder or a re-packed zip: on the \
            original zip file, `lifeboat kit inspect KIT.zip` shows the fingerprint to compare",
        hint: "where the value is a fingerprint, this is another kit or it was altered: use the \
            copy it was taken from",
    }

    KitLink {
        code: "kit_link",
        exit: [CouldNotRun],
        cause: "A file of the kit's folder is a link or a device. It is not followed: it could \
            lead to any file.",
        remedy: "`cp -rL FOLDER KIT` copies what the links lead to; name the copy. Or name the \
            folder they lead to.",
        hint: "`cp -rL FOLDER KIT` copies what the links lead to: then name the copy; or name the \
            folder they lead to",
    }

    TooManyShares {
        code: "too_many_shares",
        exit: [CouldNotRun],
        cause: "The kit holds more than 64 shares of one key. No workspace has so many; such files \
            are made to keep a program busy.",
        remedy: "Is it the right kit? Use another copy of it.",
        hint: "the kit does not follow the format: use another copy of it",
    }

    KitTooLarge {
        code: "kit_too_large",
        exit: [CouldNotRun],
        cause: "The file is larger than 64 MiB; kits are a few kilobytes. It is probably another \
            file, or a backup that holds the kit.",
        remedy: "Unpack it elsewhere and name the kit inside, or the folder the kit was unzipped \
            to.",
        hint: "name the kit alone, or the folder that holds only the kit",
    }

    TooManyEntries {
        code: "too_many_entries",
        exit: [CouldNotRun],
        cause: "The zip file or folder holds more than 10,000 files; a kit holds a few. It is \
            probably another one.",
        remedy: "Name the kit itself, or the folder that holds only the kit: the one with \
            `metadata.json` in it.",
        hint: "name the kit alone, or the folder that holds only the kit",
    }

    EntryTooLarge {
        code: "entry_too_large",
        exit: [CouldNotRun],
        cause: "An entry inflates to more than 16 MiB (shares: 64 KiB, owner shares: 1 MiB), all \
            of them to more than 128 MiB, or those of the kit to more than 32 MiB. No kit does; \
            such files are made to fill memory.",
        remedy: "Is it the right zip file? Do not trust one that came from somebody else: use \
            another copy of the kit.",
        hint: "name the kit alone, or the folder that holds only the kit",
    }

    DuplicateEntry {
        code: "duplicate_entry",
        exit: [CouldNotRun],
        cause: "Two entries of the zip file have one name, or spell one share in two ways. \
            Programs would disagree on which one counts, so none is used. The console makes no \
            such kit: somebody has repacked it.",
        remedy: "Use the kit as the console gave it. If only this copy is left, unzip it, look at \
            both entries, and name the folder with one of them moved away.",
        hint: "use another copy of the kit; or unzip it, move one of the two away, and name the \
            folder",
    }

    EntryEncrypted {
        code: "entry_encrypted",
        exit: [CouldNotRun],
        cause: "The zip file was given a password of its own when it was stored. That is not the \
            recovery key's passphrase.",
        remedy: "Unzip it with that password (`unzip KIT`, `7z x KIT`) on this offline machine, \
            and name the folder.",
        hint: "`7z x KIT -okit` asks for that password and unpacks it: then name the folder `kit`",
    }

    EntryCompressed {
        code: "entry_compressed",
        exit: [CouldNotRun],
        cause: "The entry is not damaged: it is compressed by a method that the console does not \
            use, such as LZMA, bzip2 or Deflate64. Somebody has packed the kit again.",
        remedy: "Unpack it with the program that packed it (`7z x KIT -okit`, `unzip KIT -d kit`), \
            and name the folder `kit`.",
        hint: "it is not damaged: `7z x KIT -okit` or `unzip KIT -d kit` unpacks it: then name the \
            folder `kit`",
    }

    EntryDamaged {
        code: "entry_damaged",
        exit: [CouldNotRun],
        cause: "An entry's checksum is wrong, or it is cut: the file was damaged.",
        remedy: "Use another copy of the kit. `unzip -t KIT` shows which entries are whole.",
        hint: "use another copy of the kit",
    }

    NoMetadata {
        code: "no_metadata",
        exit: [CouldNotRun],
        cause: "There is no `metadata.json` in it, so it is no kit, or only a part of one.",
        remedy: "Is it the right zip file or folder? `unzip -l KIT` lists what is in it. A zip \
            file inside the zip file must be taken out first.",
        hint: "is it the right file? a kit holds `metadata.json`",
    }

    SeveralKits {
        code: "several_kits",
        exit: [CouldNotRun],
        cause: "There are several `metadata.json` in it: somebody has packed several kits \
            together.",
        remedy: "Unzip it and name one of the folders; try each with `lifeboat kit inspect \
            FOLDER`.",
        hint: "unzip it and name one of the folders",
    }

    MissingEntry {
        code: "missing_entry",
        exit: [CouldNotRun],
        cause: "`metadata.json` promises an entry that is not there: the kit was repacked without \
            it, or only a part was unzipped. Without this entry, no share that depends on it can \
            be derived.",
        remedy: "Use another copy of the kit. `lifeboat kit inspect KIT` marks what is missing.",
        hint: "the kit is not complete: use another copy of it",
    }

    CosignersDiffer {
        code: "cosigners_differ",
        exit: [NotVerified],
        cause: "`metadata.json` and the entries of the kit do not name the same cosigners of the \
            wallets' master key: an entry belongs to a cosigner that is not listed, or two \
            cosigners share one. Shares derived from it would be missing or wrong, and no key \
            would come of them.",
        remedy: "Use another copy of the kit, as it was downloaded. If the provider confirms that \
            the cosigner was removed, unzip a copy of the kit, take its entry out of the folder, \
            and name the folder.",
        hint: "use another copy of the kit, as it was downloaded",
    }

    SecretLength {
        code: "secret_length",
        exit: [NotVerified],
        cause: "The recovery key opened an entry, but what is inside is not 32 bytes long. The key \
            is right; the entry was not made as kits are made.",
        remedy: "Use another copy, or an earlier kit of the same workspace: `lifeboat kit verify` \
            tells whether it holds.",
        hint: "use another copy of the kit, or an earlier kit of the same workspace",
    }

    SecretRange {
        code: "secret_range",
        exit: [NotVerified],
        cause: "The recovery key opened an entry, but the number inside is zero or too large for \
            its curve, which no real share is. Nothing derived from it could be right.",
        remedy: "Use another copy, or an earlier kit of the same workspace: `lifeboat kit verify` \
            tells whether it holds. Do not go on with this one.",
        hint: "use another copy of the kit, or an earlier kit of the same workspace",
    }

    NoWalletMaster {
        code: "no_wallet_master",
        exit: [CouldNotRun],
        cause: "The kit holds no wallet master key, so wallets of end users cannot be derived from \
            it. The workspace did not use such wallets when the kit was made, or it is the kit of \
            another workspace.",
        remedy: "`lifeboat workspace KIT` gives the workspace's own keys. For end users' wallets \
            look for the kit of the workspace that has them.",
        hint: "`lifeboat workspace` gives the workspace's own keys",
    }

    SeveralWalletMasters {
        code: "several_wallet_masters",
        exit: [CouldNotRun],
        cause: "The kit holds several wallet master keys, and shares of a wallet come from exactly \
            one. Real kits have one.",
        remedy: "Use the kit as the console gave it.",
        hint: "the kit is not complete: use another copy of it",
    }

    NoWorkspaceKeys {
        code: "no_workspace_keys",
        exit: [CouldNotRun],
        cause: "The kit holds no keys of the workspace itself, only the wallet master. Nothing is \
            wrong with it.",
        remedy: "`lifeboat derive` gives what it does hold: Key Share #1 of wallets.",
        hint: "`lifeboat derive` gives what it does hold: Key Share #1 of wallets",
    }

    NoShares {
        code: "no_shares",
        exit: [CouldNotRun],
        cause: "The kit names a workspace key and holds not one share of it: the entries were lost \
            when it was repacked or unzipped.",
        remedy: "Use another copy of the kit. Other keys of it, and wallets of end users, may \
            still be recoverable: `lifeboat kit verify` tells each by itself.",
        hint: "the kit is not complete: use another copy of it",
    }

    SamePlayer {
        code: "same_player",
        exit: [NotVerified],
        cause: "Two shares of one key belong to the same player, so they count only once and the \
            key cannot be put together. A kit of two mixed versions looks like this.",
        remedy: "Use the kit as the console gave it, from one date.",
        hint: "use another copy of the kit, or an earlier kit of the same workspace",
    }

    PublicKeyMismatch {
        code: "public_key_mismatch",
        exit: [NotVerified],
        cause: "Shares were opened and put together, and the result does not have the public key \
            that was expected. For a kit: an entry is missing or altered, or the owner's share \
            opened to the wrong thing. For a takeover: the server share and the device share are \
            of different wallets, or one of them is not what it was. No key was written.",
        remedy: "For a kit, `lifeboat kit verify` shows which entry fails; use another copy. For a \
            takeover, check that wallet id and device belong together, and whether an older device \
            share exists. For an EdDSA share, see README: its derivation is unconfirmed.",
    }

    OwnerSecretNeeded {
        code: "owner_secret_needed",
        exit: [CouldNotRun],
        cause: "A workspace key has a share that belonged to the workspace owner's device, and \
            nothing was given that opens it. Wallets of end users do not need it.",
        remedy: "Give `--owner-passphrase-file FILE`, or `--owner-key PEM` where the passphrase \
            was auto-generated. Where neither is to be had, `lifeboat derive` works without.",
        hint: "give `--owner-passphrase-file FILE`, or `--owner-key PEM` where the passphrase was \
            auto-generated",
    }

    WrongOwnerPassphrase {
        code: "wrong_owner_passphrase",
        exit: [NotVerified],
        cause: "The owner's passphrase does not open the owner's share, or opens it to something \
            that is no share. Usually it is a slip, or the passphrase of another owner or an \
            earlier kit.",
        remedy: "Try again; every character and space counts. Is it the passphrase that was set \
            when this very kit was made?",
        hint: "is it the owner's passphrase of this very kit, and is every entry there? every \
            character and space counts",
    }

    OwnerShareAlgorithm {
        code: "owner_share_algorithm",
        exit: [NotVerified],
        cause: "The owner's share opened, but says that it belongs to a key of another algorithm: \
            entries of the kit were exchanged or renamed.",
        remedy: "Use the kit as the console gave it.",
        hint: "is it the owner's passphrase of this very kit, and is every entry there? every \
            character and space counts",
    }

    WrongOwnerKey {
        code: "wrong_owner_key",
        exit: [NotVerified],
        cause: "The owner's RSA key opens nothing in the kit. It may be the recovery key, which is \
            another one, or the key of another owner.",
        remedy: "`--owner-key` takes the second RSA key that the customer made for auto-generated \
            passphrases. Where the owner chose a passphrase, use `--owner-passphrase-file`.",
        hint: "`--owner-key` takes the second RSA key, not the recovery key",
    }

    KitNotVerified {
        code: "kit_not_verified",
        exit: [NotVerified],
        cause: "`kit verify` tried everything, and at least one check failed; the table and the \
            field `checks` say which and why. What says `ok` is proved.",
        remedy: "Take the first failed line as the cause: a wrong key fails every line, a damaged \
            entry its own. Try the other copies now, not later. What is `ok` can be derived from \
            this kit all the same.",
        hint: "the table above says which and why",
    }

    NothingVerified {
        code: "nothing_verified",
        exit: [NotVerified],
        cause: "Nothing failed, but nothing could be checked either: the kit names neither \
            workspace keys nor a wallet master. It proves nothing.",
        remedy: "Is it the right kit? Do not file this report as evidence.",
        hint: "a kit holds cosigner shares or wallet master keys: is it the right one?",
    }
}

impl From<KitError> for Failure {
    fn from(error: KitError) -> Self {
        match error {
            KitError::Archive(error) => error.into(),
            KitError::NoMetadata(ref nearest) => {
                let failure = Self::new(Kits::NoMetadata, &error);
                match nearest {
                    Nearest::Nothing => failure,
                    Nearest::Name(_) => failure.hint(
                        "where that is it, unzip the file, rename it to `metadata.json`, and name the folder",
                    ),
                    Nearest::Archives(_) => {
                        failure.hint("unzip it, and name the one inside that is the kit")
                    }
                    Nearest::Document => {
                        failure.hint("look for the zip file that the console gave")
                    }
                }
            }
            KitError::TooManyShares(_) => Self::new(Kits::TooManyShares, &error),
            KitError::SeveralKits => Self::new(Kits::SeveralKits, &error),
            KitError::Field(error) => {
                Self::from(error).hint("the kit does not follow the format: use another copy of it")
            }
        }
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::NotZip(kind) => Self::new(Kits::NotAZip, &error).hint(of_foreign(kind)),
            ArchiveError::Damaged => Self::new(Kits::ZipDamaged, &error),
            ArchiveError::Split => Self::new(Kits::ZipSplit, &error),
            ArchiveError::ExtraBytes => Self::new(Kits::ZipExtraBytes, &error),
            ArchiveError::Ambiguous(..) => Self::new(Kits::ZipAmbiguous, &error),
            ArchiveError::TooLarge => Self::new(Kits::KitTooLarge, &error),
            ArchiveError::TooManyEntries => Self::new(Kits::TooManyEntries, &error),
            ArchiveError::EntryTooLarge(..) | ArchiveError::TotalTooLarge(_) => {
                Self::new(Kits::EntryTooLarge, &error)
            }
            ArchiveError::Duplicate(_) => Self::new(Kits::DuplicateEntry, &error),
            ArchiveError::Encrypted(_) => Self::new(Kits::EntryEncrypted, &error),
            ArchiveError::Memory(_) => Self::new(Files::NotEnoughMemory, &error),
            ArchiveError::Compressed(..) => Self::new(Kits::EntryCompressed, &error),
            ArchiveError::BadEntry(_) => Self::new(Kits::EntryDamaged, &error),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::MissingEntry(_) => Self::new(Kits::MissingEntry, &error),
            OpenError::SharedEntry(_) | OpenError::UnlistedCosigner(_) => {
                Self::new(Kits::CosignersDiffer, &error)
            }
            OpenError::EntrySize { .. } => Self::new(Kits::EntrySize, &error),
            OpenError::EntrySealed(_) => Self::new(Kits::WrongRecoveryKey, &error),
            OpenError::SecretLength { .. } => Self::new(Kits::SecretLength, &error),
            OpenError::SecretRange(_) => Self::new(Kits::SecretRange, &error),
            OpenError::NoWalletMaster => Self::new(Kits::NoWalletMaster, &error),
            OpenError::SeveralWalletMasters(_) => Self::new(Kits::SeveralWalletMasters, &error),
            OpenError::OwnerShare {
                fault: OwnerShareError::OtherAlgorithm,
                ..
            } => Self::new(Kits::OwnerShareAlgorithm, &error),
            OpenError::OwnerShare { .. } => Self::new(Kits::WrongOwnerPassphrase, &error),
            OpenError::OwnerSecretNeeded(_) => Self::new(Kits::OwnerSecretNeeded, &error),
            OpenError::OwnerKey(_) => Self::new(Kits::WrongOwnerKey, &error),
            OpenError::NoShares(_) => Self::new(Kits::NoShares, &error),
            OpenError::SamePlayer(_) => Self::new(Kits::SamePlayer, &error),
            OpenError::PublicKeyMismatch(_) => {
                Self::new(Kits::PublicKeyMismatch, &error).hint(OWNERS_PASSPHRASE)
            }
            OpenError::Field(error) => {
                Self::from(error).hint("the kit does not follow the format: use another copy of it")
            }
        }
    }
}

fn of_foreign(kind: Foreign) -> String {
    match kind {
        Foreign::Empty | Foreign::Zeros => "copy or download it again, or use another copy of the kit",
        Foreign::Archive(_)
        | Foreign::Gzip
        | Foreign::Bzip2
        | Foreign::Xz
        | Foreign::Zstd
        | Foreign::Tar
        | Foreign::SevenZip
        | Foreign::Rar => {
            "`7z x KIT -okit` (or `tar -xf KIT`) unpacks it: then name the kit inside, zip file or folder"
        }
        Foreign::Html | Foreign::Xml | Foreign::Markup => {
            "log in and download it again: the zip file is what is wanted, not the page"
        }
        Foreign::Base64 => {
            "`base64 -d KIT > kit.zip` turns it back into a zip file (take off what is before `UEsDB` first)"
        }
        Foreign::Hex => "`xxd -r -p KIT kit.zip` turns it back into a zip file",
        Foreign::Mail => {
            "save the attachment from the mail program, or `munpack KIT`, and name the zip file"
        }
        Foreign::Pem
        | Foreign::Putty
        | Foreign::Pvk
        | Foreign::MsBlob
        | Foreign::Pkcs12
        | Foreign::JavaKeystore => {
            "the key goes behind `--key`; the kit is the zip file the console gave, or its unzipped folder"
        }
        Foreign::Age => "`age -d KIT > kit.zip` decrypts it: then name the zip file",
        Foreign::PgpMessage => "`gpg -d KIT > kit.zip` decrypts it: then name the zip file",
        Foreign::OpensslEnc => {
            "`openssl enc -d` with the options it was made with decrypts it: then name the zip file"
        }
        Foreign::AnsibleVault => "`ansible-vault decrypt --output kit.zip KIT` decrypts it",
        Foreign::Json => "name the zip file or the folder it was unzipped to, not one file of it",
        Foreign::Program => {
            "where it is an archive that unpacks itself, `7z x KIT -okit` unpacks it: then name the folder `kit`"
        }
        Foreign::Shortcut => "name the file it leads to",
        _ => "a kit is the zip file the console gave, or its unzipped folder",
    }
    .to_owned()
}
