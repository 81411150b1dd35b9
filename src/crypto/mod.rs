//! Primitives and the share mathematics.
//!
//! Nothing here opens a file, reads a clock, draws randomness by itself or prints: the same inputs give the same
//! outputs, and randomness is an argument. The primitives are RustCrypto's and dalek's, down to the compressions under
//! [`batch_hash`]; the share mathematics ([`server_share`], FORMATS.md §7; [`secret_sharing`], §6 and §22; [`byte_sharing`], §25) is ours. Called by
//! `formats` and `operations`; calls neither.

pub mod aes;
pub mod affine;
pub mod batch_hash;
pub mod byte_sharing;
pub mod chunks;
pub mod curve;
pub mod eddsa_variants;
pub mod envelope;
pub mod gcm;
pub mod hash;
pub mod hd;
pub mod kdf;
pub mod modulus;
pub mod rsa;
pub mod secret;
pub mod secret_sharing;
pub mod server_share;
pub mod signature;
