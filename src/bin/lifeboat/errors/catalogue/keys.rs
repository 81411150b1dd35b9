//! Keys and passphrases.

use lifeboat::{
    formats::{encoding::file_kind::Foreign, recovery_key::file::KeyError},
    operations::generate_key::GenerateError,
};

use super::files::Files;
use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Keys: "Keys and passphrases";

    WrongKeyPassphrase {
        code: "wrong_key_passphrase",
        exit: [NotVerified],
        cause: "The passphrase does not open the private key. Nearly always it is a slip: a space \
            too much, another keyboard layout, a letter that looks like another, or the passphrase \
            of another key. The key file is not harmed, and there is no limit on tries.",
        remedy: "Try again; every character and space counts. `--key-passphrase-file FILE` lets \
            you see what you type; one line end behind it is removed. Try the other copies of key \
            and passphrase, too.",
        hint: "try again; every character and space counts",
    }

    PassphraseNeeded {
        code: "passphrase_needed",
        exit: [CouldNotRun],
        cause: "A passphrase has to be asked for, and there is no terminal to ask on, or no answer \
            came from it.",
        remedy: "Run it in a terminal, or give the passphrase in a file with the flag that the \
            hint names. It is never an argument or an environment variable: those can be read by \
            others.",
    }

    PassphrasesDiffer {
        code: "passphrases_differ",
        exit: [CouldNotRun],
        cause: "A new passphrase is asked for twice, and the two answers are not the same. Nothing \
            was written.",
        remedy: "Run it again. A passphrase you cannot type twice is one you cannot type on the \
            worst day.",
        hint: "nothing was written: try again",
    }

    QrNotShown {
        code: "qr_not_shown",
        exit: [CouldNotRun],
        cause: "A QR code was asked for, and the terminal cannot show it: the window is too small for \
            it, or the terminal has no block characters. Broken over lines it would be noise. What \
            stands above it is right.",
        remedy: "Make the window larger or its letters smaller. `--qr=fingerprint` is a code for the \
            fingerprint alone, which fits 80 columns and 24 rows. `--qr-out FILE.svg` writes an \
            image for a browser or a printer.",
    }

    WeakPassphrase {
        code: "weak_passphrase",
        exit: [CouldNotRun],
        cause: "A new passphrase has fewer than 12 characters. Whoever finds the file can try \
            billions a day.",
        remedy: "Take several random words, or `lifeboat share generate-passphrase`. \
            `--allow-weak-passphrase` insists.",
        hint: "take several random words, or insist with `--allow-weak-passphrase`",
    }

    UnfitPassphrase {
        code: "unfit_passphrase",
        exit: [CouldNotRun],
        cause: "A new passphrase holds bytes that would not be typed again: a byte order mark or \
            UTF-16 of an editor, an older encoding, a control character, a mark that cannot be \
            seen. Whoever types it later would be refused.",
        remedy: "Save the passphrase file as UTF-8 without byte order mark, one line, only \
            letters, digits, signs and blanks between words.",
    }

    PassphraseNotText {
        code: "passphrase_not_text",
        exit: [CouldNotRun],
        cause: "What was typed at the question is no text: letters in another encoding than UTF-8 \
            (an old terminal), or an arrow, function or control key. It is refused, because \
            another passphrase than the one meant would be used.",
        remedy: "Set the terminal to UTF-8 and type it again; Ctrl-U takes back all that was \
            typed. Where the bytes must be just those, give them in a file.",
    }

    EmptyPassphrase {
        code: "empty_passphrase",
        exit: [CouldNotRun],
        cause: "A new passphrase is empty, so nothing would protect what it locks: often a \
            passphrase file that was never filled.",
        remedy: "Look at the passphrase file, or take several random words. `keygen --unencrypted` \
            writes a key without a passphrase where that is really meant.",
        hint: "take several random words; `keygen --unencrypted` writes a key without one",
    }

    NotAKey {
        code: "not_a_key",
        exit: [CouldNotRun],
        cause: "Nothing in the file is an RSA key in a form that is read: PEM, DER, OpenSSH, JWK \
            or XML, also in UTF-16, base64, hexadecimal digits or JSON. Most likely another file \
            was named.",
        remedy: "A key file begins with `-----BEGIN`. `lifeboat key show FILE` tells what a file \
            holds.",
        hint: "a key file begins with `-----BEGIN`",
    }

    KeyOtherFormat {
        code: "key_other_format",
        exit: [CouldNotRun],
        cause: "The file is known for what it is, and it is no key in a form that is read here: a \
            PKCS#12 file or another key store, an encrypted or compressed file, a document. The \
            message says which.",
        remedy: "The hint names the command that takes the key out or writes it in PEM. Work on a \
            copy, on a machine that may hold the key, and remove what is no longer needed.",
    }

    SeveralKeys {
        code: "several_keys",
        exit: [CouldNotRun],
        cause: "The file holds several different keys, and nothing says which one is meant; or, as \
            a file of recipients, so many, or in so different encodings, that some would be left \
            out.",
        remedy: "Give each key a file of its own and name that. `lifeboat key show FILE` shows the \
            fingerprint of each, `lifeboat kit inspect KIT` the one the kit was made for.",
    }

    KeyDoubtful {
        code: "key_doubtful",
        exit: [CouldNotRun],
        cause: "The public key is an RSA key in form, and none that a key program makes: its \
            modulus has a small factor, is a prime or a power, or follows a pattern, or its \
            exponent is one that nobody uses. It was damaged or altered on its way; what is sealed to it, \
            nobody or everybody can open.",
        remedy: "Ask its owner for the public key once more, and compare the fingerprint \
            (`lifeboat key show PUBLIC.pem`) by voice. A key that was made with another exponent \
            on purpose: let `lifeboat keygen` make a new one.",
        hint: "ask its owner for the public key once more, and compare the fingerprint by voice",
    }

    OtherPublicKey {
        code: "other_public_key",
        exit: [NotVerified],
        cause: "The private key opens, and its public key is another one than the file that was \
            named beside it. What is encrypted to that public key, this private key does not open.",
        remedy: "Look for the private key of that public key: `lifeboat key show FILE` shows the \
            fingerprint of each. Does the file name say which pair it is of?",
        hint: "`lifeboat key show FILE` shows the fingerprint of each key: look for the pair",
    }

    PublicKeyGiven {
        code: "public_key_given",
        exit: [CouldNotRun],
        cause: "A public key was named where the private one is needed. The public key went to the \
            console; it opens nothing.",
        remedy: "Name the private key, which `keygen` called `…-private.pem`. If only the public \
            key is left, look for the other copies of the private one now: nothing else opens the \
            kit.",
        hint: "give the file that `keygen` named `…-private.pem`",
    }

    PrivateKeyGiven {
        code: "private_key_given",
        exit: [CouldNotRun],
        cause: "A private key was named where only a public one belongs: for a recipient, the \
            public key is enough, and the private one should stay where it is.",
        remedy: "`lifeboat key show FILE --json` gives the public key as `publicKeyPem`. Do not \
            carry the private key further than it has to go.",
        hint: "`lifeboat key show FILE` shows the public key of a private key",
    }

    NotRsa {
        code: "not_rsa",
        exit: [CouldNotRun],
        cause: "The file holds a key, but of another kind than RSA: an SSH or TLS key, or a \
            blockchain key.",
        remedy: "Recovery keys are RSA. `lifeboat kit inspect KIT` shows the fingerprint of the \
            key the kit was made for, `lifeboat key show FILE` that of a key.",
        hint: "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for",
    }

    KeyDamaged {
        code: "key_damaged",
        exit: [CouldNotRun],
        cause: "There is a key, but what is inside is no RSA key, or its numbers contradict each \
            other: the file was cut, retyped or damaged.",
        remedy: "Use another copy of the key. A private key of which a part is lost is not \
            completed here.",
        hint: "use another copy of the key",
    }

    KeySize {
        code: "key_size",
        exit: [CouldNotRun],
        cause: "The RSA key is smaller than 2048 or larger than 8192 bits. Recovery keys have 2048 \
            or 4096, so it is probably another key.",
        remedy: "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for: \
            look for that one.",
        hint: "`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for",
    }

    KeySchemeUnknown {
        code: "key_scheme_unknown",
        exit: [CouldNotRun],
        cause: "The private key is encrypted in a way that is not read here, usually an old one. \
            The key itself is probably sound.",
        remedy: "Write it anew where you have OpenSSL: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in \
            OLD.pem -out NEW.pem`. For very old schemes add `-provider legacy -provider default`. \
            Keep the old file. An OpenSSH key is written anew with `ssh-keygen -p -Z aes256-ctr -f \
            COPY`, on a copy.",
    }

    KeyWorkFactor {
        code: "key_work_factor",
        exit: [CouldNotRun],
        cause: "The key file asks for more work or memory to open than any honest program sets (20 \
            million rounds of PBKDF2, 1 GiB for scrypt). It is damaged, or was made to stall \
            whoever opens it.",
        remedy: "Use another copy of the key. If this one is known to be yours, OpenSSL writes it \
            anew: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem`.",
        hint: "use another copy of the key: no honest program writes it so",
    }

    KeyProofFailed {
        code: "key_proof_failed",
        exit: [NotVerified],
        cause: "A new key pair did not pass its own proof: what its public key sealed, its \
            private key did not open. No honest machine does this. Nothing was written.",
        remedy: "Do not use this machine for keys before its memory and this program have been \
            checked.",
        hint: "do not use this machine for keys before its memory and this program have been \
            checked",
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match &error {
            KeyError::NotPem => Self::new(Keys::NotAKey, &error),
            KeyError::OtherBlock(_) => Self::new(Keys::NotAKey, &error).hint(
                "a recovery key is between `-----BEGIN PRIVATE KEY-----` and `-----END PRIVATE KEY-----`",
            ),
            KeyError::PublicOnly => Self::new(Keys::PublicKeyGiven, &error),
            KeyError::PrivateGiven => Self::new(Keys::PrivateKeyGiven, &error),
            KeyError::Foreign(kind, false) => {
                Self::new(Keys::KeyOtherFormat, &error).hint(conversion(*kind))
            }
            KeyError::Foreign(kind, true) => Self::new(Keys::KeyOtherFormat, &error)
                .hint("`base64 -d FILE > COPY` first; then, on the copy:")
                .hint(conversion(*kind)),
            KeyError::Several(_) => Self::new(Keys::SeveralKeys, &error)
                .hint("give each key a file of its own and name the one that is meant"),
            KeyError::TooMany(_) | KeyError::Mixed => Self::new(Keys::SeveralKeys, &error).hint(
                "give each key a file of its own, and name each with its own `--seal-to FILE`",
            ),
            KeyError::NotRsa(_) => Self::new(Keys::NotRsa, &error),
            KeyError::Damaged | KeyError::Inconsistent => Self::new(Keys::KeyDamaged, &error),
            KeyError::Cut => Self::new(Keys::KeyDamaged, &error).hint(
                "use another copy; of text, copy everything up to the last dash of the `-----END` line",
            ),
            KeyError::Size(_) => Self::new(Keys::KeySize, &error),
            KeyError::Doubtful(_) => Self::new(Keys::KeyDoubtful, &error),
            KeyError::WrongPassphrase => Self::new(Keys::WrongKeyPassphrase, &error),
            KeyError::Scheme(_) => Self::new(Keys::KeySchemeUnknown, &error).hint(
                "where you have OpenSSL: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem` writes it anew",
            ),
            KeyError::SshCipher(_) => Self::new(Keys::KeySchemeUnknown, &error).hint(
                "work on a copy: `cp KEY COPY && ssh-keygen -p -Z aes256-ctr -f COPY` writes the copy anew",
            ),
            KeyError::Memory(_) => Self::new(Files::NotEnoughMemory, &error),
            KeyError::Work => Self::new(Keys::KeyWorkFactor, &error),
        }
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::new(Keys::KeyProofFailed, error)
    }
}

/// What to type to get at the key. Each command was run on a file of the kind.
fn conversion(kind: Foreign) -> &'static str {
    match kind {
        Foreign::Pkcs12 => {
            "`openssl pkcs12 -in FILE -nocerts -out KEY.pem` takes the key out; for an old file add `-legacy`"
        }
        Foreign::JavaKeystore => {
            "`keytool -importkeystore -srckeystore FILE -destkeystore KEY.p12 -deststoretype PKCS12`, then \
             `openssl pkcs12 -in KEY.p12 -nocerts -out KEY.pem`"
        }
        Foreign::Putty => "`puttygen FILE -O private-openssh -o KEY.pem` writes it as PEM",
        Foreign::Pvk => "`openssl rsa -inform PVK -in FILE -out KEY.pem` writes it as PEM",
        Foreign::MsBlob => "`openssl rsa -inform MSBLOB -in FILE -out KEY.pem` writes it as PEM",
        Foreign::Cms => {
            "it holds certificates or encrypted mail: look for the key itself, a file with `-----BEGIN`"
        }
        Foreign::PgpKey => {
            "recovery keys are no OpenPGP keys: look for a file with `-----BEGIN PRIVATE KEY-----` in it"
        }
        Foreign::PgpMessage => "`gpg --output KEY.pem --decrypt FILE` decrypts it",
        Foreign::Age => {
            "`age --decrypt --identity IDENTITY --output KEY.pem FILE` decrypts it; without `--identity` under a passphrase"
        }
        Foreign::OpensslEnc => {
            "`openssl enc -d -aes-256-cbc -pbkdf2 -in FILE -out KEY.pem`, with the flags it was encrypted with; \
             for base64 add `-a`"
        }
        Foreign::AnsibleVault => "`ansible-vault decrypt --output KEY.pem FILE` decrypts it",
        Foreign::Sops => "`sops decrypt FILE > KEY.json` decrypts it",
        Foreign::Tpm => "look for the copy of the key that was kept outside the chip",
        Foreign::Jwe => "decrypt it with the program that wrote it",
        Foreign::Kit => "the kit is named first, the key after `--key`",
        Foreign::Zip => "`unzip FILE` unpacks it: name the key in it",
        Foreign::Gzip => "`gunzip --stdout FILE > KEY` unpacks it",
        Foreign::Bzip2 => "`bunzip2 --stdout FILE > KEY` unpacks it",
        Foreign::Xz => "`xz --decompress --stdout FILE > KEY` unpacks it",
        Foreign::Zstd => "`zstd --decompress --stdout FILE > KEY` unpacks it",
        Foreign::Tar => "`tar -xf FILE` unpacks it: name the key in it",
        Foreign::SevenZip | Foreign::Rar => "unpack it with `7z x FILE` and name the key in it",
        Foreign::Word | Foreign::OldOffice | Foreign::OpenDocument | Foreign::RichText => {
            "copy the key out of it, with its `-----BEGIN` and `-----END` lines, and save it as plain text"
        }
        Foreign::Pdf | Foreign::Picture => {
            "copy the key out of it as text, with its `-----BEGIN` and `-----END` lines: a picture has to be read first"
        }
        _ => "look for the key itself: a file with `-----BEGIN` in it",
    }
}
