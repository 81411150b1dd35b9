//! What to type next when a kit cannot be read.

use lifeboat::formats::kit::{
    archive::ArchiveError,
    container::{KitError, Nearest},
    container_kind::Foreign,
};

use crate::errors::{failure::Failure, key_hints::MORE_MEMORY};

const UNPACK: &str =
    "`7z x KIT -okit` or `unzip KIT -d kit` unpacks it: then name the folder `kit`";

impl From<KitError> for Failure {
    fn from(error: KitError) -> Self {
        let hint = match &error {
            KitError::Archive(error) => of_archive(error),
            KitError::NoMetadata(nearest) => of_nearest(nearest),
            KitError::SeveralKits => "unzip it and name one of the folders".to_owned(),
            KitError::TooManyShares(_) | KitError::Field(_) => {
                "the kit does not follow the format: use another copy of it".to_owned()
            }
        };
        Self::refused(error.code(), error.to_string()).hint(hint)
    }
}

fn of_nearest(nearest: &Nearest) -> String {
    match nearest {
        Nearest::Nothing => "is it the right file? a kit holds `metadata.json`",
        Nearest::Name(_) => {
            "where that is it, unzip the file, rename it to `metadata.json`, and name the folder"
        }
        Nearest::Archives(_) => "unzip it, and name the one inside that is the kit",
        Nearest::Document => "look for the zip file that the console gave",
    }
    .to_owned()
}

fn of_archive(error: &ArchiveError) -> String {
    match error {
        ArchiveError::NotZip(kind) => return of_foreign(*kind),
        ArchiveError::Damaged => "is the download complete? use another copy of the kit",
        ArchiveError::Split => {
            "`zip -s 0 KIT.zip --out WHOLE.zip` or `7z x KIT.zip.001` joins the parts: all of them must be there"
        }
        ArchiveError::ExtraBytes | ArchiveError::Ambiguous(..) => {
            "use the kit as the console gave it; or unzip it, look at every file, and name the folder"
        }
        ArchiveError::Encrypted(_) => {
            "`7z x KIT -okit` asks for that password and unpacks it: then name the folder `kit`"
        }
        ArchiveError::Memory(_) => MORE_MEMORY,
        ArchiveError::Compressed(..) => return format!("it is not damaged: {UNPACK}"),
        ArchiveError::TooLarge
        | ArchiveError::TooManyEntries
        | ArchiveError::EntryTooLarge(..)
        | ArchiveError::TotalTooLarge(_) => "name the kit alone, or the folder that holds only the kit",
        ArchiveError::Duplicate(_) => {
            "use another copy of the kit; or unzip it, move one of the two away, and name the folder"
        }
        ArchiveError::BadEntry(_) => "use another copy of the kit",
    }
    .to_owned()
}

fn of_foreign(kind: Foreign) -> String {
    match kind {
        Foreign::Empty | Foreign::Zeros => "copy or download it again, or use another copy of the kit",
        Foreign::Archive(_) => "`7z x KIT -okit` (or `tar -xf KIT`) unpacks it: then name the kit inside, zip file or folder",
        Foreign::WebPage => "log in and download it again: the zip file is what is wanted, not the page",
        Foreign::Base64 => "`base64 -d KIT > kit.zip` turns it back into a zip file (take off what stands before `UEsDB` first)",
        Foreign::Hex => "`xxd -r -p KIT kit.zip` turns it back into a zip file",
        Foreign::Mail => "save the attachment from the mail program, or `munpack KIT`, and name the zip file",
        Foreign::Pem => "the key goes behind `--key`; the kit is the zip file the console gave, or its unzipped folder",
        Foreign::Encrypted("age") => "`age -d KIT > kit.zip` decrypts it: then name the zip file",
        Foreign::Encrypted("OpenPGP") => "`gpg -d KIT > kit.zip` decrypts it: then name the zip file",
        Foreign::Encrypted(_) => "`openssl enc -d` with the options it was made with decrypts it: then name the zip file",
        Foreign::Json => "name the zip file or the folder it was unzipped to, not one file of it",
        Foreign::Program => "where it is an archive that unpacks itself, `7z x KIT -okit` unpacks it: then name the folder `kit`",
        Foreign::Shortcut => "name the file it leads to",
        Foreign::Document(_) | Foreign::Split | Foreign::Text | Foreign::Unknown => {
            "a kit is the zip file the console gave, or its unzipped folder"
        }
    }
    .to_owned()
}
