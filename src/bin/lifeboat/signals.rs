//! What signals do: end the program as always, end an open question, or leave a batch to end by itself.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[cfg(not(unix))]
pub(crate) fn remember_ignored_signals() {}

#[cfg(not(unix))]
pub(crate) fn keep_interrupts() {}

#[cfg(not(unix))]
pub(crate) fn end_by_signal() {}

#[cfg(not(unix))]
pub(crate) struct Interruptible;

#[cfg(not(unix))]
impl Interruptible {
    pub(crate) fn begin() -> Option<Self> {
        None
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        false
    }

    pub(crate) fn end_program(&self) {}
}

#[cfg(unix)]
pub(crate) use on_unix::{
    Interruptible, Signals, end_by_signal, keep_interrupts, remember_ignored_signals,
};

#[cfg(unix)]
mod on_unix {
    use std::{
        fs::File,
        sync::{
            Arc, OnceLock,
            atomic::{AtomicBool, AtomicUsize, Ordering},
        },
    };

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
        flag,
    };

    use crate::bounded::read_start;

    /// Signals that the caller of the program had ignored, such as `nohup` does: a bit each.
    static IGNORED: OnceLock<u64> = OnceLock::new();
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    /// Whether a batch has taken Ctrl-C for itself.
    static INTERRUPTS_KEPT: AtomicBool = AtomicBool::new(false);
    static WORK: OnceLock<Work> = OnceLock::new();

    /// What Ctrl-C does to work that says that it was interrupted.
    struct Work {
        /// Whether some is being done.
        is_done: AtomicBool,
        interrupted: Arc<AtomicBool>,
        /// The next Ctrl-C ends the program at once.
        ends: Arc<AtomicBool>,
    }

    /// What signals do from the first question on: during one they leave their number; otherwise what they always do.
    pub(crate) struct Signals {
        usual: Arc<AtomicBool>,
        usual_interrupt: Arc<AtomicBool>,
        caught: Arc<AtomicUsize>,
        asks: AtomicBool,
        is_silent: AtomicBool,
        /// A question has seen to the signal: the run is ending.
        has_ended_question: AtomicBool,
    }

    impl Signals {
        /// Registers the handlers at the first question.
        pub(crate) fn get() -> &'static Self {
            SIGNALS.get_or_init(Self::register)
        }

        fn register() -> Self {
            let signals = Self {
                usual: Arc::new(AtomicBool::new(true)),
                usual_interrupt: Arc::new(AtomicBool::new(true)),
                caught: Arc::new(AtomicUsize::new(0)),
                asks: AtomicBool::new(false),
                is_silent: AtomicBool::new(false),
                has_ended_question: AtomicBool::new(false),
            };
            let ignored = IGNORED.get().copied().unwrap_or(0);
            for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
                let number = usize::try_from(signal).unwrap_or(0);
                if ignored >> (number - 1) & 1 == 1 {
                    continue;
                }
                let usual = if signal == SIGINT {
                    &signals.usual_interrupt
                } else {
                    &signals.usual
                };
                // In this order: the second is not reached when the first ends the program.
                let _ = flag::register_conditional_default(signal, Arc::clone(usual));
                let _ = flag::register_usize(signal, Arc::clone(&signals.caught), number);
            }
            signals
        }

        /// The signal that came while a question was open.
        pub(crate) fn caught(&self) -> Option<i32> {
            i32::try_from(self.caught.load(Ordering::SeqCst))
                .ok()
                .filter(|signal| *signal != 0)
        }

        /// The signal that came between two questions, unless it is Ctrl-C and a batch has taken that for itself.
        pub(crate) fn caught_between_questions(&self) -> Option<i32> {
            let kept = INTERRUPTS_KEPT.load(Ordering::SeqCst);
            self.caught()
                .filter(|signal| *signal != SIGINT || !kept)
                .filter(|_| !self.is_asking() && !self.has_ended_question.load(Ordering::SeqCst))
        }

        /// Whether a question is open.
        pub(crate) fn is_asking(&self) -> bool {
            self.asks.load(Ordering::SeqCst)
        }

        /// Begins or ends a question.
        pub(crate) fn asking(&self, asking: bool) {
            if !asking && self.caught().is_some() {
                self.has_ended_question.store(true, Ordering::SeqCst);
            }
            self.asks.store(asking, Ordering::SeqCst);
            self.settle();
        }

        /// Begins or ends the silence between questions.
        pub(crate) fn silence(&self, silent: bool) {
            self.is_silent.store(silent, Ordering::SeqCst);
            self.settle();
        }

        /// Signals leave their number while somebody looks for it, and else do what they always do.
        fn settle(&self) {
            let watched = self.is_asking() || self.is_silent.load(Ordering::SeqCst);
            let works = WORK
                .get()
                .is_some_and(|work| work.is_done.load(Ordering::SeqCst));
            let kept = works || INTERRUPTS_KEPT.load(Ordering::SeqCst);
            self.usual.store(!watched, Ordering::SeqCst);
            self.usual_interrupt
                .store(!watched && !kept, Ordering::SeqCst);
        }
    }

    /// Reads which signals are ignored, while `/proc` can still be opened.
    pub(crate) fn remember_ignored_signals() {
        let status = File::open("/proc/self/status").and_then(|file| read_start(file, 1 << 16));
        let status = status.unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let _ = IGNORED.set(mask.unwrap_or(0));
    }

    /// From here on Ctrl-C is no end: a batch ends by itself.
    pub(crate) fn keep_interrupts() {
        INTERRUPTS_KEPT.store(true, Ordering::SeqCst);
        if let Some(work) = WORK.get() {
            work.ends.store(false, Ordering::SeqCst);
        }
        settle();
    }

    fn settle() {
        if let Some(signals) = SIGNALS.get() {
            signals.settle();
        }
    }

    /// Work that has nothing to save. A first Ctrl-C waits until the work has said that it was interrupted, a second one
    /// ends the program at once.
    pub(crate) struct Interruptible(&'static Work);

    impl Interruptible {
        /// `None` where a batch has taken Ctrl-C for itself, or the caller of the program has it ignored.
        pub(crate) fn begin() -> Option<Self> {
            let ignored = IGNORED.get().copied().unwrap_or(0) >> (SIGINT - 1) & 1 == 1;
            if ignored || INTERRUPTS_KEPT.load(Ordering::SeqCst) {
                return None;
            }
            // A handler that was taken away leaves Ctrl-C without effect: these stay, and the flags say what they do.
            let work = WORK.get_or_init(|| {
                let work = Work {
                    is_done: AtomicBool::new(false),
                    interrupted: Arc::new(AtomicBool::new(false)),
                    ends: Arc::new(AtomicBool::new(true)),
                };
                // In this order: the first sees what the last set the time before.
                let _ = flag::register_conditional_default(SIGINT, Arc::clone(&work.ends));
                let _ = flag::register(SIGINT, Arc::clone(&work.interrupted));
                let _ = flag::register(SIGINT, Arc::clone(&work.ends));
                work
            });
            work.ends.store(false, Ordering::SeqCst);
            work.is_done.store(true, Ordering::SeqCst);
            settle();
            Some(Self(work))
        }

        /// Whether Ctrl-C was pressed, and no batch has taken it for itself meanwhile. While the terminal is silent, whoever
        /// made it so ends the program: it has to echo again first.
        pub(crate) fn is_interrupted(&self) -> bool {
            let is_silent = SIGNALS
                .get()
                .is_some_and(|signals| signals.is_silent.load(Ordering::SeqCst));
            let kept = INTERRUPTS_KEPT.load(Ordering::SeqCst);
            self.0.interrupted.load(Ordering::SeqCst) && !kept && !is_silent
        }

        /// Ends the program as Ctrl-C does.
        pub(crate) fn end_program(&self) {
            let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
        }
    }

    impl Drop for Interruptible {
        fn drop(&mut self) {
            self.0.is_done.store(false, Ordering::SeqCst);
            if !INTERRUPTS_KEPT.load(Ordering::SeqCst) {
                self.0.ends.store(true, Ordering::SeqCst);
            }
            settle();
        }
    }

    /// Ends the program by the signal that ended a question, so that whoever waits for it sees that.
    pub(crate) fn end_by_signal() {
        let caught = SIGNALS.get().and_then(Signals::caught);
        if let Some(signal) = caught.filter(|signal| *signal != SIGINT) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}

/// Whether the process went on after it was stopped (Ctrl-Z, `fg`).
pub(crate) struct Continued {
    flag: Arc<AtomicBool>,
    #[cfg(unix)]
    handler: Option<signal_hook::SigId>,
}

impl Continued {
    #[cfg(unix)]
    pub(crate) fn watch() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        let signal = signal_hook::consts::SIGCONT;
        let handler = signal_hook::flag::register(signal, Arc::clone(&flag)).ok();
        Self { flag, handler }
    }

    #[cfg(not(unix))]
    pub(crate) fn watch() -> Self {
        Self {
            flag: Arc::default(),
        }
    }

    /// Whether it has, since this was last asked.
    pub(crate) fn take(&self) -> bool {
        self.flag.swap(false, Ordering::Relaxed)
    }
}

#[cfg(unix)]
impl Drop for Continued {
    fn drop(&mut self) {
        if let Some(handler) = self.handler {
            signal_hook::low_level::unregister(handler);
        }
    }
}
