//! A command line that is not understood, in our words.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::{
    args::near_misses::meant_by,
    errors::{catalogue::Files, failure::Failure},
    inputs::typed,
};

impl Failure {
    /// A command line that clap does not accept.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = typed::without_secrets(error);
        let lines: Vec<&str> = text
            .lines()
            .take_while(|line| !line.is_empty())
            .map(str::trim)
            .collect();
        let message = lines.join(" ");
        let message = message.trim_start_matches("error: ");
        let failure = Self::new(Files::Usage, message);
        match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                failure.reworded("no command was given")
            }
            ErrorKind::MissingSubcommand => {
                failure.reworded("no command was given").hint_usage(error)
            }
            ErrorKind::InvalidSubcommand => failure.no_such_command(error),
            _ => failure.hint_usage(error),
        }
    }

    fn no_such_command(self, error: &clap::Error) -> Self {
        let word = typed_word(error, ContextKind::InvalidSubcommand);
        let failure = self.reworded(format!("no command `{}`", typed::shown(word)));
        let usage = usage_of(error);
        let within = name_in(&usage).first().copied().unwrap_or_default();
        let meant: Vec<String> = meant_by(word, within)
            .iter()
            .map(|command| format!("`lifeboat {command}`"))
            .collect();
        if !meant.is_empty() {
            return failure.hint(format!("did you mean {}?", meant.join(" or ")));
        }
        if word.contains(['.', '/']) {
            return failure.hint(
                "the command comes first, the file after it: `lifeboat kit inspect kit.zip`",
            );
        }
        failure
    }

    /// Says what is near to what was typed, how the command goes, and where its flags are explained.
    fn hint_usage(self, error: &clap::Error) -> Self {
        let near = [ContextKind::SuggestedArg, ContextKind::SuggestedValue]
            .into_iter()
            .find_map(|kind| suggested(error, kind));
        let failure = near.into_iter().fold(self, |failure, near| {
            failure.hint(format!("did you mean `{near}`?"))
        });
        let usage = usage_of(error);
        if usage.is_empty() {
            return failure;
        }
        let help = format!("lifeboat help {}", name_in(&usage).join(" "));
        failure
            .hint(format!("usage: `{}`", usage.join(" ")))
            .hint(format!("`{}` explains it, with examples", help.trim_end()))
    }
}

/// The words of how the command goes, `lifeboat kit verify --key <PEM> <KIT>`; none where the parser does not say.
fn usage_of(error: &clap::Error) -> Vec<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return Vec::new();
    };
    let usage = usage.to_string();
    let words = usage.trim_start_matches("Usage:").split_whitespace();
    words.map(str::to_owned).collect()
}

/// The command in it, `kit verify`.
fn name_in(usage: &[String]) -> Vec<&str> {
    let words = usage.iter().skip(1).map(String::as_str);
    words
        .take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect()
}

/// A word of the command line that the parser names.
fn typed_word(error: &clap::Error, kind: ContextKind) -> &str {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word,
        _ => "",
    }
}

/// What the parser knows that is near to what was typed.
fn suggested(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(near) => Some(near.clone()),
        ContextValue::Strings(near) => near.first().cloned(),
        _ => None,
    }
}
