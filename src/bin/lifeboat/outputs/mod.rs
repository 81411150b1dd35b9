//! What a command writes: new files that are whole or absent.

pub(crate) mod batch_output;
pub(crate) mod chain_codes;
pub(crate) mod drill_found;
mod drill_page;
pub(crate) mod drill_record;
pub(crate) mod new_file;
pub(crate) mod new_folder;
mod page;
pub(crate) mod partial_file;
pub(crate) mod placement;
pub(crate) mod private_keys;
pub(crate) mod records;
pub(crate) mod result_name;
pub(crate) mod sheets;
pub(crate) mod taken_keys;
pub(crate) mod workspace_keys;
