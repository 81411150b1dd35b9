//! The workspace recovery kit: its container, its metadata, the owner's share; and how one is made of a workspace's secrets.

pub mod archive;
pub mod container;
pub mod metadata;
pub mod names;
pub mod owner_share;
pub mod spec;
mod spec_fields;
mod spec_keys;
pub mod spec_reader;
pub mod spec_text;
pub mod write;
#[cfg(feature = "kit")]
pub mod zip;
#[cfg(feature = "kit")]
pub mod zip_layout;
