//! What a command writes: new files that are whole or absent.

pub(crate) mod new_file;
pub(crate) mod new_folder;
pub(crate) mod partial_file;
pub(crate) mod placement;
pub(crate) mod private_keys;
pub(crate) mod result_name;
