//! The workspace recovery kit: its container, its metadata, the owner's share, and the RSA key that opens it.

pub mod archive;
pub mod container;
pub mod metadata;
pub mod names;
pub mod owner_share;
#[cfg(feature = "kit")]
pub mod zip;
#[cfg(feature = "kit")]
pub mod zip_layout;
