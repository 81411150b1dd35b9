//! Primitives and the share mathematics.
//!
//! Nothing here opens a file, reads a clock, draws randomness by itself or prints: the same inputs give the same
//! outputs, and randomness is an argument. The primitives are RustCrypto's and dalek's, down to the compressions under
//! [`short`]; the share mathematics ([`shares`], FORMATS.md §7 and §8) is ours. Called by `formats` and `operations`; calls
//! neither.

pub mod aes;
pub mod affine;
pub mod curve;
pub mod envelope;
pub mod gcm;
pub mod halves;
pub mod hash;
pub mod hd;
pub mod kdf;
pub mod rsa;
pub mod secret;
pub mod shares;
pub mod short;
pub mod signature;
