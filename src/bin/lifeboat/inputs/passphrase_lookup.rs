//! The passphrase of a passphraseId: a file, a folder of them, a command, or the person.

use lifeboat::{
    crypto::secret::Passphrase,
    formats::{device_share::device_id::PassphraseId, printable},
};

use crate::{
    args::{passphrases::PassphraseSource, takeover::PassphraseArgs},
    context::World,
    errors::{catalogue::Devices, failure::Failure},
    inputs::{passphrase::passphrase, passphrase_command::from_command, passphrase_folder},
};

/// Gets the passphrase that a backup says it is under.
pub(crate) fn resolve(
    args: &PassphraseArgs,
    id: &PassphraseId,
    world: &mut World,
) -> Result<Passphrase, Failure> {
    if let Some(command) = &args.passphrase_command {
        return from_command(command, Some(argument(id)?));
    }
    if let Some(folder) = &args.passphrase_dir {
        let file = passphrase_folder::find(folder, id)?;
        let source = PassphraseSource {
            flag: "--passphrase-dir",
            file: Some(&file),
            command: None,
        };
        return passphrase(world, source, "");
    }
    let question = format!("passphrase `{}` of the backup", printable(id.as_str()));
    passphrase(world, args.source(), &question)
}

/// The id as a command's argument: it comes out of the backup, and must not become an option of the command.
fn argument(id: &PassphraseId) -> Result<&str, Failure> {
    let id = id.as_str();
    if !id.starts_with('-') {
        return Ok(id);
    }
    Err(Failure::new(
        Devices::PassphraseCommand,
        format!(
            "passphraseId `{}` begins with `-`, which a command takes for an option",
            printable(id)
        ),
    )
    .hint("give its passphrase with `--passphrase-file FILE`"))
}
