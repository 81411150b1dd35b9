//! `man` and `completions`: printed from the one definition in `args`.

use clap::CommandFactory;
use serde_json::json;

use crate::{
    args::Args,
    context::World,
    errors::{
        catalogue::Files,
        failure::{Failure, Outcome},
    },
    inputs::typed,
};

/// Prints the manual page of the whole, or of the command named.
pub(crate) fn man(path: &[String], world: &World) -> Result<Outcome, Failure> {
    let mut root = Args::command();
    root.build();
    let mut page = root;
    for word in path {
        let Some(found) = page.find_subcommand(word) else {
            return Err(
                Failure::new(Files::Usage, format!("no command `{}`", typed::shown(word)))
                    .hint("`lifeboat help` lists the commands"),
            );
        };
        page = found.clone();
    }
    let mut text = Vec::new();
    let _ = clap_mangen::Man::new(page).render(&mut text);
    let text = String::from_utf8_lossy(&text);
    world.terminal.show_text(&text);
    Ok(Outcome::done(json!({ "text": text })))
}

/// Prints completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell, world: &World) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "lifeboat", &mut text);
    let text = String::from_utf8_lossy(&text);
    world.terminal.show_text(&text);
    Outcome::done(json!({ "text": text }))
}
