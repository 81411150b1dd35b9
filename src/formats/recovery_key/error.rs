//! Why a key file cannot be used (FORMATS.md §2).

use crate::crypto::{
    modulus::Doubt,
    rsa::{MAX_BITS, MIN_BITS, RsaKeyError},
};
use crate::formats::encoding::file_kind::Foreign;

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing in the file looks like a key.
    #[error("not a key: no PEM block `-----BEGIN …-----` and no other form of an RSA key in it")]
    NotPem,
    /// A file of another kind, and whether it is in base64.
    #[error("not a key in a form that is read here, but {}{}", .0.name(), if *.1 { " in base64" } else { "" })]
    Foreign(Foreign, bool),
    /// Several keys where one is expected; holds how many.
    #[error("several different keys in one file ({0} in all), expected one")]
    Several(usize),
    /// More keys than are read; holds how many are.
    #[error("more than {0} keys in one file")]
    TooMany(usize),
    /// Keys in encodings of different kinds, one behind the other.
    #[error("keys in several encodings in one file: not all of them would be read")]
    Mixed,
    /// The end is missing.
    #[error("damaged: the key is cut off before its end")]
    Cut,
    /// An OpenSSH key under a cipher that is not read; holds its name.
    #[error("the OpenSSH key is encrypted by `{0}`, which is not read here")]
    SshCipher(String),
    /// A PEM block of something else; holds its label.
    #[error("a PEM block `{0}`, not an RSA key")]
    OtherBlock(String),
    /// A public key where a private one is needed.
    #[error("a public key, where the private one is needed")]
    PublicOnly,
    /// A private key where a public one is needed.
    #[error("a private key, where only a public one belongs")]
    PrivateGiven,
    /// A key of another kind than RSA; holds which.
    #[error("{0}, and no RSA key")]
    NotRsa(&'static str),
    /// The structure inside the PEM block is broken.
    #[error("damaged: it does not hold the structure of an RSA key")]
    Damaged,
    /// The numbers of the key contradict each other.
    #[error("damaged: the parts of the RSA key contradict each other")]
    Inconsistent,
    /// Modulus of a size outside the bounds.
    #[error("an RSA key of {0} bits, expected {MIN_BITS} to {MAX_BITS}")]
    Size(u32),
    /// A public key that no key program makes.
    #[error("not a key that anybody can use: {}", told(*.0))]
    Doubtful(Doubt),
    /// The passphrase does not open it.
    #[error("the passphrase does not open the key")]
    WrongPassphrase,
    /// Encrypted by a scheme that is not read; holds its name.
    #[error("the key is encrypted by {0}, which is not read here")]
    Scheme(String),
    /// The file asks for more work or memory than any honest key.
    #[error("the key asks for an unreasonable amount of work to open")]
    Work,
    /// The machine does not give what the key derivation takes; holds how many bytes that is.
    #[error("there is not enough memory to open the key: it takes {} MiB", .0.div_ceil(1 << 20))]
    Memory(u64),
}

impl From<RsaKeyError> for KeyError {
    fn from(fault: RsaKeyError) -> Self {
        match fault {
            RsaKeyError::Structure => Self::Damaged,
            RsaKeyError::Inconsistent => Self::Inconsistent,
            RsaKeyError::Size(bits) => Self::Size(bits),
            RsaKeyError::Doubtful(doubt) => Self::Doubtful(doubt),
        }
    }
}

fn told(doubt: Doubt) -> String {
    match doubt {
        Doubt::Exponent => "its exponent is none that key programs use".to_owned(),
        Doubt::Factor(factor) => format!("its modulus is divisible by {factor}"),
        Doubt::Pattern => "its modulus is almost all ones or almost all zeros".to_owned(),
        Doubt::Prime => "its modulus is a prime, not the product of two".to_owned(),
        Doubt::Power => "its modulus is a power of a smaller number".to_owned(),
        Doubt::Close => "its two primes are almost equal, so that anybody finds them".to_owned(),
    }
}
