//! The workspace recovery kit: its container, its metadata, the owner's share, and the RSA key that opens it.

pub mod container;
pub mod container_kind;
pub mod metadata;
pub mod names;
pub mod owner_share;
pub mod zip;
pub mod zip_layout;
