//! What can be typed about the guide.

use crate::args::paths::{InputPath, WorkFolder};

#[derive(clap::Args)]
pub(crate) struct Guide {
    /// Folders and files to look at: it says what each is, and offers it where it fits
    #[arg(value_name = "FOLDER")]
    pub(crate) look_at: Vec<InputPath>,
    /// The folder for results and for the guide's notes; with the same folder it goes on where it was
    #[arg(long, value_name = "DIR", default_value = "lifeboat-work")]
    pub(crate) work: WorkFolder,
}
