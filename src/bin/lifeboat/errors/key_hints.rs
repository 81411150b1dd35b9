//! What is wrong with a key file, and the command that makes a key of it that opens.

use lifeboat::formats::{encoding::file_kind::Foreign, recovery_key::file::KeyError};

use crate::errors::failure::Failure;

/// What helps where a key derivation does not get its memory.
pub(crate) const MORE_MEMORY: &str =
    "close other programs, or lift the limit: `ulimit -v unlimited`, then the same command again";
const ANOTHER_COPY: &str = "use another copy of the key";

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            KeyError::NotPem => failure.hint("a key file begins with `-----BEGIN`"),
            KeyError::OtherBlock(_) => failure.hint("a recovery key stands between `-----BEGIN PRIVATE KEY-----` and `-----END PRIVATE KEY-----`"),
            KeyError::Foreign(kind, false) => failure.hint(conversion(kind)),
            KeyError::Foreign(kind, true) => failure
                .hint("`base64 -d FILE > COPY` first; then, on the copy:")
                .hint(conversion(kind)),
            KeyError::Several(_) => failure.hint("give each key a file of its own and name the one that is meant"),
            KeyError::TooMany(_) | KeyError::Mixed => failure.hint(
                "give each key a file of its own, and name each with its own `--seal-to FILE` or `--to FILE`",
            ),
            KeyError::PublicOnly => failure.hint("give the file that `keygen` named `…-private.pem`"),
            KeyError::PrivateGiven => failure.hint("`lifeboat key show FILE` shows the public half of a private key"),
            KeyError::WrongPassphrase => {
                failure.said_no().hint("try again; every character and space counts")
            }
            KeyError::Scheme(_) => failure.hint(
                "where OpenSSL is at hand: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem` writes it anew",
            ),
            KeyError::SshCipher(_) => failure.hint(
                "work on a copy: `cp KEY COPY && ssh-keygen -p -Z aes256-ctr -f COPY` writes the copy anew",
            ),
            KeyError::Damaged | KeyError::Inconsistent => failure.hint(ANOTHER_COPY),
            KeyError::Cut => failure.hint("use another copy; of text, copy everything up to the last dash of the `-----END` line"),
            KeyError::NotRsa(_) | KeyError::Size(_) => {
                failure.hint("`lifeboat kit inspect KIT` shows the fingerprint of the key the kit was made for")
            }
            KeyError::Doubtful(_) => failure
                .hint("ask its owner for the public key once more, and compare the fingerprint by voice"),
            KeyError::Memory(_) => failure.hint(MORE_MEMORY),
            KeyError::Work => failure.hint("use another copy of the key: no honest program writes it so"),
        }
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
