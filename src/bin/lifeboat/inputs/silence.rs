//! A terminal that echoes nothing: during a question, and from the first question of a run until its work begins. A slow key
//! derivation lies between two questions, and whoever types the next answer meanwhile must not see it on the screen.
//!
//! Signals do what they always do, once the terminal is as it was.

use std::{
    fs::File,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle, park_timeout},
    time::Duration,
};

use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use crate::{
    signals::{Continued, Signals},
    streams::unbuffered,
};

/// How often signals are looked at.
const WATCH: Duration = Duration::from_millis(50);

/// The controlling terminal, or standard input where that is a terminal that controls nothing.
pub(crate) fn terminal_to_ask_on() -> std::io::Result<File> {
    let controlling = File::options().read(true).write(true).open("/dev/tty");
    controlling.or_else(|_| unbuffered(&std::io::stdin()))
}

/// A terminal that echoes nothing, until this is dropped.
pub(crate) struct Silent<'a> {
    tty: BorrowedFd<'a>,
    pub(crate) before: Termios,
    silent: Termios,
}

/// Every byte is handed over as it comes: Enter must arrive as something, and letters with all their bits.
pub(crate) fn byte_by_byte(terminal: &mut Termios) {
    let lines = LocalModes::ICANON | LocalModes::IEXTEN;
    terminal.local_modes.remove(lines);
    let altered = InputModes::IGNCR | InputModes::ISTRIP;
    terminal.input_modes.remove(altered);
    terminal.special_codes[SpecialCodeIndex::VMIN] = 1;
    terminal.special_codes[SpecialCodeIndex::VTIME] = 0;
}

impl<'a> Silent<'a> {
    pub(crate) fn begin(
        tty: BorrowedFd<'a>,
        alter: impl FnOnce(&mut Termios),
    ) -> rustix::io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut silent = before.clone();
        let echo = LocalModes::ECHO | LocalModes::ECHONL;
        silent.local_modes.remove(echo);
        alter(&mut silent);
        tcsetattr(tty, OptionalActions::Now, &silent)?;
        Ok(Self {
            tty,
            before,
            silent,
        })
    }

    /// Silent anew, after something else changed the terminal.
    pub(crate) fn again(&self) {
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.silent);
    }

    fn restore(&self) {
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        self.restore();
    }
}

/// The silence between questions, until this is dropped.
pub(crate) struct Silence {
    is_over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Silence {
    /// Begins it; `None` where there is no terminal.
    pub(crate) fn begin() -> Option<Self> {
        let tty = terminal_to_ask_on().ok()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let (sender, begun) = std::sync::mpsc::channel();
        let over = Arc::clone(&is_over);
        let watch = move || {
            let signals = Signals::get();
            // Watched for before the terminal is silent: a signal in between would leave it so.
            let continued = Continued::watch();
            signals.silence(true);
            if let Ok(silent) = Silent::begin(tty.as_fd(), |_| {}) {
                let _ = sender.send(());
                watch_signals(&silent, signals, &continued, &over);
            }
            signals.silence(false);
            // One that came behind the last look.
            if let Some(signal) = signals.caught_between_questions() {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        };
        let watcher = Builder::new().spawn(watch).ok()?;
        // Nothing is asked before the terminal is silent. Without a terminal the other end is gone.
        begun.recv().ok()?;
        Some(Self {
            is_over,
            watcher: Some(watcher),
        })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            let _ = watcher.join();
        }
    }
}

/// Restores the terminal before a signal ends the program. A question that is open sees to its signals itself.
fn watch_signals(
    silent: &Silent<'_>,
    signals: &Signals,
    continued: &Continued,
    is_over: &AtomicBool,
) {
    while !is_over.load(Ordering::SeqCst) {
        if let Some(signal) = signals.caught_between_questions() {
            silent.restore();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
        if continued.take() && !signals.is_asking() {
            silent.again();
        }
        park_timeout(WATCH);
    }
}
