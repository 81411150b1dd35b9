//! Sealed files.

use std::path::Path;

use lifeboat::{
    formats::sealed::{age::AgeError, sealed_file::SealedError},
    operations::{seal::SealError, unseal::UnsealError},
};

use super::files::Doing;
use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Seals: "Sealed files";

    NotRecipient {
        code: "not_recipient",
        exit: [NotVerified],
        cause: "The file is sealed, and not to this key. `check` says so too when the file is not \
            as `derive` sealed it from that kit: of another kit, merged or rewrapped since, or its \
            head was altered.",
        remedy: "The second line of the file lists the fingerprints of its recipients; `lifeboat \
            key show PEM` shows that of a key. Give the private key of one of them. Whoever can \
            open it can seal it to others with `lifeboat rewrap`; otherwise derive again from the \
            kit with `--seal-to`. What `check` cannot open, its recipient unseals first.",
        hint: "give the private key of one of the file's recipients",
    }

    SealedRecipients {
        code: "sealed_recipients",
        exit: [NotVerified],
        cause: "The list of recipients on the second line was altered or damaged, so the file's \
            key cannot be trusted.",
        remedy: "Copy the file again from where it was made, and compare the SHA-256 that was \
            shown there.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    SealedRecord {
        code: "sealed_record",
        exit: [NotVerified],
        cause: "A record does not open: it was altered, moved to another line, or comes from \
            another file. No result file was created.",
        remedy: "Do not use any of it: copy the file again from where it was made, or derive again \
            from the kit.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    SealedLine {
        code: "sealed_line",
        exit: [NotVerified],
        cause: "A line is not as sealed files have it: cut in the middle, or damaged on the way.",
        remedy: "Copy the file again from where it was made, and compare the SHA-256. Files go as \
            they are, not as text in a mail.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    SealedCutOff {
        code: "sealed_cut_off",
        exit: [NotVerified],
        cause: "The closing line is missing: the file was cut off, or it is an unfinished result \
            (`….partial`).",
        remedy: "Copy it again, or finish it with `derive --resume`. Single records of it open all \
            the same: `lifeboat unseal FILE --wallet ID`.",
        hint: "copy the file again, or finish it with `derive --resume`",
    }

    SealedClosing {
        code: "sealed_closing",
        exit: [NotVerified],
        cause: "The closing line does not fit the records before it: records are missing or added, \
            or the line itself is damaged. There is no telling whether the rest is complete.",
        remedy: "Copy the file again from where it was made, and compare the SHA-256.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    SealedTrailing {
        code: "sealed_trailing",
        exit: [NotVerified],
        cause: "Something is after the closing line: two files were joined, or a line was \
            added.",
        remedy: "Copy the file again from where it was made. Parts of a batch are opened one by \
            one, not joined.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    NotSealed {
        code: "not_sealed",
        exit: [CouldNotRun],
        cause: "The file does not begin as a sealed file does: it is another file, or a result in \
            clear.",
        remedy: "A sealed file is what `derive --seal-to`, `seal`, `takeover --seal-to` and \
            `portal seal` write. An unencrypted result needs no opening.",
        hint: "a sealed file is what `derive --seal-to` or `portal seal` writes",
    }

    SealedAsAge {
        code: "sealed_as_age",
        exit: [CouldNotRun],
        cause: "The file is one of age. That format seals a file as a whole: it has no records \
            that could be opened, checked, merged or handed over one by one, and its recipients \
            cannot be changed without opening it.",
        remedy: "`lifeboat unseal FILE --key PEM --out NEW` opens it, and so does `age -d -i PEM \
            FILE`.",
        hint: "`lifeboat unseal FILE --key PEM --out NEW` opens it, and so does `age -d -i PEM \
            FILE` when the key is under no passphrase",
    }

    AgeArmor {
        code: "age_armor",
        exit: [CouldNotRun],
        cause: "The file is one of age in its text form, which begins `-----BEGIN AGE ENCRYPTED \
            FILE-----`. lifeboat writes and reads the binary form alone.",
        remedy: "`grep -v -- ----- FILE | base64 -d > FILE.age` turns it into the binary form, which \
            `lifeboat unseal` opens. `age -d -i PEM FILE` opens it, too, with a key that is under no \
            passphrase.",
        hint: "`grep -v -- ----- FILE | base64 -d > FILE.age` turns it into the form that `lifeboat unseal` \
            opens",
    }

    AgeHeader {
        code: "age_header",
        exit: [NotVerified],
        cause: "The header of an age file is not as age writes it, or was altered, so the file's \
            key cannot be trusted.",
        remedy: "Copy the file again from where it was made, and compare the SHA-256.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    AgeChunk {
        code: "age_chunk",
        exit: [NotVerified],
        cause: "A part of an age file does not open: it was altered, the file was cut off, or \
            something is behind its end. No result file was created.",
        remedy: "Copy the file again from where it was made. An age file that was not finished \
            cannot be finished: derive again.",
        hint: "do not use any of it: copy the file again from where it was made",
    }

    AgeResume {
        code: "age_resume",
        exit: [CouldNotRun],
        cause: "`--resume` was asked for with `--seal-format age`. The key of an age file is drawn \
            for one run and kept nowhere, so that no other run can go on with it.",
        remedy: "Leave `--resume` out and derive all of it anew, or leave `--seal-format age` out.",
        hint: "leave `--resume` out, or leave `--seal-format age` out",
    }

    SealedNewer {
        code: "sealed_newer",
        exit: [CouldNotRun],
        cause: "The file was sealed by a newer version of lifeboat than this one. Nothing is wrong \
            with it.",
        remedy: "Take the lifeboat that wrote it, or a newer one.",
        hint: "take the lifeboat that wrote it, or a newer one",
    }

    SealedOther {
        code: "sealed_other",
        exit: [CouldNotRun],
        cause: "The sealed file is sound, but holds something else than this command works with: \
            Key Share #1, full keys, or Portal shares. Its first line says which under `holds`.",
        remedy: "`lifeboat unseal` opens Key Share #1 and full keys, `lifeboat portal open` what \
            `portal seal` sealed. `takeover` wants Key Share #1.",
        hint: "give what `derive --seal-to` sealed",
    }

    SealedNeedsKey {
        code: "sealed_needs_key",
        exit: [CouldNotRun],
        cause: "The server shares that were named, or a part that is to be merged, are sealed.",
        remedy: "Give the private key they are sealed to: `takeover … --key PEM`, `merge … --key \
            PEM --seal-to PUBLIC.pem`. They need not be unsealed first. Sealed parts are also \
            whole each by itself: who has no key for them leaves them so.",
    }

    NoRecord {
        code: "no_record",
        exit: [NotVerified],
        cause: "The sealed file has no record of that id; it was searched to its end. The id was \
            not in the list that was derived, or it is written otherwise.",
        remedy: "Look for it in another result, or derive it: `lifeboat derive KIT --key PEM ID`. \
            Records of `portal seal` are found by the names of the share files.",
        hint: "the id was not in the list that was derived",
    }

    RecordKeyOtherFile {
        code: "record_key_other_file",
        exit: [NotVerified],
        cause: "The record key was handed over for another sealed file. Every file has its own, \
            even of the same wallets.",
        remedy: "Ask for the key of this file's record, or name the file it belongs to.",
        hint: "name the file that the key was handed over for",
    }

    WeakRecipient {
        code: "weak_recipient",
        exit: [CouldNotRun],
        cause: "A recipient's key has fewer than 3072 bits. What is sealed may be copied and kept \
            for years; such a key might not hold so long.",
        remedy: "`lifeboat keygen` makes one of 4096 bits; the recipient does it and sends the \
            public key.",
        hint: "`lifeboat keygen` makes a recipient key of 4096 bits",
    }

    ManyRecipients {
        code: "many_recipients",
        exit: [CouldNotRun],
        cause: "More public keys were named than the second line of a sealed file has room for: \
            256.",
        remedy: "Seal it in several files, each to some of the recipients.",
        hint: "seal it in several files, each to some of them",
    }

    RecordTooLong {
        code: "record_too_long",
        exit: [CouldNotRun],
        cause: "A record is so long that its line in a sealed file would have more than 1 MiB, and \
            no program would open it. A kit has at most 64 cosigners, and a record of that many is \
            far shorter: this one was made by something else than `derive`. Nothing was written.",
        remedy: "Use another copy of the result, or derive it again from the kit.",
        hint: "no kit has so many cosigners: use another copy of the result, or derive it again",
    }

    NoRecipient {
        code: "no_recipient",
        exit: [CouldNotRun],
        cause: "There is nobody to seal to. Commands ask for recipients before they begin; only a \
            program that uses the library can come here.",
        remedy: "Name at least one public key.",
        hint: "name one with `--seal-to PUBLIC.pem`",
    }

    SameName {
        code: "same_name",
        exit: [CouldNotRun],
        cause: "Two share files to be sealed have one name. Records are found by their names, so \
            one would hide the other.",
        remedy: "Rename one of them.",
        hint: "rename one: records are found by their names",
    }

    RecordName {
        code: "record_name",
        exit: [CouldNotRun],
        cause: "A share file's name cannot name a record, or a record's name cannot be a file's: \
            it has other characters than letters, digits, `.`, `_`, `:` and `-`, is longer than \
            128, or is only dots.",
        remedy: "Rename the file before sealing it. A sealed file with such a name inside was made \
            by another program: nothing of it was written.",
    }
}

impl From<SealedError> for Failure {
    fn from(error: SealedError) -> Self {
        match error {
            SealedError::NotSealed => Self::new(Seals::NotSealed, &error),
            SealedError::Age => Self::new(Seals::SealedAsAge, &error),
            SealedError::Newer(_) => Self::new(Seals::SealedNewer, &error),
            SealedError::BadLine(_) => Self::new(Seals::SealedLine, &error),
            SealedError::NotRecipient(_) => Self::new(Seals::NotRecipient, &error),
            SealedError::BadRecipients => Self::new(Seals::SealedRecipients, &error),
            SealedError::BadRecord(_) => Self::new(Seals::SealedRecord, &error),
            SealedError::CutOff(_) => Self::new(Seals::SealedCutOff, &error),
            SealedError::BadClosing(_) => Self::new(Seals::SealedClosing, &error),
            SealedError::Trailing => Self::new(Seals::SealedTrailing, &error),
            SealedError::NoRecord(_) => Self::new(Seals::NoRecord, &error),
            SealedError::WeakRecipient(_) => Self::new(Seals::WeakRecipient, &error),
            SealedError::ManyRecipients(_) => Self::new(Seals::ManyRecipients, &error),
            SealedError::LongRecord(_) => Self::new(Seals::RecordTooLong, &error),
            SealedError::NoRecipient => Self::new(Seals::NoRecipient, &error),
        }
    }
}

impl From<AgeError> for Failure {
    fn from(error: AgeError) -> Self {
        match error {
            AgeError::NotAge => Self::new(Seals::NotSealed, error),
            AgeError::Armored => Self::new(Seals::AgeArmor, error),
            AgeError::Header => Self::new(Seals::AgeHeader, error),
            AgeError::NotRecipient => Self::new(Seals::NotRecipient, error),
            AgeError::AgeKeys => Self::new(Seals::NotRecipient, error).hint(
                "`age -d -i IDENTITY FILE > RESULT` opens it, with the identity file of the one it was made for",
            ),
            AgeError::AgePassphrase => Self::new(Seals::NotRecipient, error)
                .hint("`age -d FILE > RESULT` opens it, and asks for the passphrase"),
            AgeError::Chunk(_) => Self::new(Seals::AgeChunk, error),
        }
    }
}

impl From<UnsealError> for Failure {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::Sealed(error) => error.into(),
            UnsealError::Read(error) => Self::io(Doing::Read, Path::new("the sealed file"), &error),
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::sealing(error, Path::new("the sealed records"))
    }
}

impl Failure {
    /// What sealing into a file came to: the floors below know no paths.
    pub(crate) fn sealing(error: SealError, into: &Path) -> Self {
        match error {
            SealError::Records(error) => error.into(),
            SealError::Sealed(error) => error.into(),
            SealError::Write(error) => Self::io(Doing::Write, into, &error),
        }
    }
}
