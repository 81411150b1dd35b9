//! The drill: a recovery rehearsed step by step, each step timed and compared with what was known before.
//!
//! - `invention`: the secrets of a workspace and its wallets, and what every step must come to
//! - `rehearsal`: the whole recovery on them, in memory
//! - `portal`: the part of it for Portal's backups
//! - `evidence`: the same steps on a real kit, which leave nothing behind but commitments
//! - `batch`: derive, seal, open and check, as both do it

mod batch;
pub mod evidence;
mod invention;
mod portal;
pub mod rehearsal;

/// A step of a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A recovery key pair is made.
    KeyPair,
    /// The kit is made, or read.
    Kit,
    /// The recovery key is opened.
    Key,
    /// What opens the shares of the workspace's owner.
    Owner,
    /// The list of wallet ids is read.
    List,
    /// What the kit says that it holds.
    Inspect,
    /// Everything in the kit opens, and public keys are as they must be.
    Verify,
    /// Key Share #1 of wallets.
    Derive,
    /// The shares are sealed.
    Seal,
    /// What was sealed is opened.
    Unseal,
    /// Every record is derived again.
    Check,
    /// Key Share #2 is put under a passphrase.
    Backup,
    /// Key Share #2 comes out of its backup.
    Recover,
    /// Both shares make the full keys.
    Takeover,
    /// Addresses and private keys of chains.
    Export,
    /// Signatures.
    Sign,
    /// Both shares of a Portal wallet, the client's encrypted.
    PortalBackup,
    /// They make the key.
    PortalEject,
    /// The commitments are those of an earlier drill.
    Compare,
    /// A wallet whose keys and address are known.
    Known,
}

impl Step {
    /// Its name, in at most 13 letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyPair => "key pair",
            Self::Kit => "kit",
            Self::Key => "key",
            Self::Owner => "owner",
            Self::List => "list",
            Self::Inspect => "inspect",
            Self::Verify => "verify",
            Self::Derive => "derive",
            Self::Seal => "seal",
            Self::Unseal => "unseal",
            Self::Check => "check",
            Self::Backup => "device backup",
            Self::Recover => "recover",
            Self::Takeover => "takeover",
            Self::Export => "export",
            Self::Sign => "sign",
            Self::PortalBackup => "portal backup",
            Self::PortalEject => "portal eject",
            Self::Compare => "compare",
            Self::Known => "known wallet",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// As it must; says what was compared, in a few words.
    Held(String),
    /// Otherwise; says how.
    Failed(String),
    /// It was not tried: it needs what this step did not give.
    NotDone(Step),
}

/// A step that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// Which.
    pub step: Step,
    /// How it ended.
    pub end: End,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

impl StepReport {
    /// `ok`, `failed` or `not done`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.end {
            End::Held(_) => "ok",
            End::Failed(_) => "failed",
            End::NotDone(_) => "not done",
        }
    }

    /// What was compared, why it failed, or what it needs.
    #[must_use]
    pub fn found(&self) -> String {
        match &self.end {
            End::Held(found) | End::Failed(found) => found.clone(),
            End::NotDone(needed) => format!("needs `{}`", needed.name()),
        }
    }
}

/// Why a step does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It came to something else.
    Failed(String),
    /// What it begins with is not there.
    Needs(Step),
}

impl Fault {
    /// A step that came to something else.
    pub fn new(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }
}

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a step gives to the steps behind it, and what was compared.
pub type Done<T> = Result<(T, String), Fault>;

/// What an earlier step gave.
///
/// # Errors
/// [`Fault::Needs`], where it gave nothing.
pub(super) fn need<T>(given: &Option<T>, by: Step) -> Result<&T, Fault> {
    given.as_ref().ok_or(Fault::Needs(by))
}

/// What must be so.
///
/// # Errors
/// [`Fault::Failed`], where it is not.
pub(super) fn ensure(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds {
        Ok(())
    } else {
        Err(Fault::new(otherwise))
    }
}

/// What a drill has from outside.
pub trait Watch {
    /// The time, in milliseconds since some moment before the drill.
    fn milliseconds(&self) -> u64;
    /// Whether the drill is to stop before its next step.
    fn is_stopped(&self) -> bool;
    /// A step is over.
    fn tell(&self, step: &StepReport);
}

/// The steps of a drill, in their order.
#[derive(Debug, Default)]
pub struct Journal {
    /// Those that are over.
    pub steps: Vec<StepReport>,
    /// The step before which the drill was stopped.
    pub stopped_before: Option<Step>,
}

impl Journal {
    /// Does a step, and keeps how it ended. What it gives is there only where it held.
    pub fn attempt<T>(
        &mut self,
        watch: &dyn Watch,
        step: Step,
        work: impl FnOnce() -> Done<T>,
    ) -> Option<T> {
        if self.stopped_before.is_some() || watch.is_stopped() {
            self.stopped_before.get_or_insert(step);
            return None;
        }
        let began = watch.milliseconds();
        let (given, end) = match work() {
            Ok((given, found)) => (Some(given), End::Held(found)),
            Err(Fault::Failed(why)) => (None, End::Failed(why)),
            Err(Fault::Needs(step)) => (None, End::NotDone(step)),
        };
        let report = StepReport {
            step,
            end,
            milliseconds: watch.milliseconds().saturating_sub(began),
        };
        watch.tell(&report);
        self.steps.push(report);
        given
    }

    /// Whether there are steps and all of them held.
    #[must_use]
    pub fn held(&self) -> bool {
        !self.steps.is_empty() && self.first_failed().is_none()
    }

    /// The first step that did not hold: those behind it may only have lacked what it gives.
    #[must_use]
    pub fn first_failed(&self) -> Option<&StepReport> {
        let mut steps = self.steps.iter();
        steps.find(|step| !matches!(step.end, End::Held(_)))
    }
}
