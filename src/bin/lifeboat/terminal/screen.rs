//! What the terminal behind a stream is, and what it can show.

/// What can be asked for its terminal.
#[cfg(unix)]
pub(crate) use std::os::fd::AsFd as Stream;

/// What can be asked for its terminal.
#[cfg(not(unix))]
pub(crate) use std::io::IsTerminal as Stream;

/// The terminal behind a stream.
pub(crate) struct Screen {
    /// Columns and rows; `None` where the terminal does not say.
    pub(crate) size: Option<(usize, usize)>,
    /// `$TERM`; empty where there is none.
    kind: String,
}

/// Narrower than this is no terminal that anybody reads.
const FEWEST_COLUMNS: usize = 20;

impl Screen {
    /// `None` where the stream goes somewhere else.
    #[cfg(unix)]
    pub(crate) fn of(stream: &impl Stream) -> Option<Self> {
        use rustix::termios::{isatty, tcgetwinsize};

        if !isatty(stream) {
            return None;
        }
        let size = tcgetwinsize(stream).ok();
        let size = size.map(|size| (usize::from(size.ws_col), usize::from(size.ws_row)));
        Some(Self {
            size: size.filter(|(columns, _)| *columns >= FEWEST_COLUMNS),
            kind: environment("TERM"),
        })
    }

    /// `None` where the stream goes somewhere else.
    #[cfg(not(unix))]
    pub(crate) fn of(stream: &impl Stream) -> Option<Self> {
        stream.is_terminal().then(|| Self {
            size: None,
            kind: environment("TERM"),
        })
    }

    /// How wide it is, where it says.
    pub(crate) fn columns(&self) -> Option<usize> {
        self.size.map(|(columns, _)| columns)
    }

    /// Whether what was written can be written over.
    pub(crate) fn can_redraw(&self) -> bool {
        !matches!(self.kind.as_str(), "" | "dumb")
    }

    /// Whether colours are shown and wanted (<https://no-color.org>).
    pub(crate) fn has_colours(&self) -> bool {
        self.can_redraw() && !self.is_video_terminal() && environment("NO_COLOR").is_empty()
    }

    /// Whether it shows letters beyond ASCII, by the locale: blocks among them.
    pub(crate) fn has_blocks(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(environment);
        let locale = locale.into_iter().find(|value| !value.is_empty());
        let locale = locale.unwrap_or_default().to_lowercase();
        self.can_redraw()
            && !self.is_video_terminal()
            && (locale.contains("utf-8") || locale.contains("utf8"))
    }

    /// Whether a bar can be of blocks: the console's font may lack the half-toned ones.
    pub(crate) fn has_toned_blocks(&self) -> bool {
        self.has_blocks() && self.kind != "linux"
    }

    /// The DEC ones and what behaves like them: no colours, another character set.
    fn is_video_terminal(&self) -> bool {
        let number = self.kind.strip_prefix("vt");
        number.is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
    }
}

/// How wide the terminal is that standard output goes to, for text that is read at length; where nobody knows, as wide as
/// the smallest ones.
pub(crate) fn reading_columns() -> usize {
    let columns = Screen::of(&std::io::stdout()).and_then(|screen| screen.columns());
    columns.map_or(USUAL_COLUMNS, |columns| columns.min(MOST_COLUMNS))
}

/// How wide the lines of a conversation are: a serial console often does not say how wide it is.
pub(crate) fn conversation_columns() -> usize {
    let columns = Screen::of(&std::io::stdout()).and_then(|screen| screen.columns());
    columns.map_or(CONSOLE_COLUMNS, |columns| columns.min(USUAL_COLUMNS))
}

const CONSOLE_COLUMNS: usize = 60;

const USUAL_COLUMNS: usize = 80;

/// Longer lines are hard to read.
const MOST_COLUMNS: usize = 100;

/// What no variable and no text says is empty.
fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
