//! Which phone of a user is the active one: (wallet, deviceId) names a device, and physicalDeviceId the phone it lives on.
//!
//! A wallet SDK wipes its storage as soon as it has a backup that opens, and only then says that it recovers. So a
//! recovery is decided when the backup is served, and whoever was served one is never refused afterwards:
//!
//! ```text
//! unknown ─ first backup, or activate ─→ active(P1)
//! active(P1) ─ backup served to P2 ─→ active(P1), P2 may enrol for 24 hours ─ P2 enrols ─→ active(P2), P1 replaced
//! ```

/// How long after a backup was served its phone may say that it recovers, in milliseconds.
pub const RECOVERY_WINDOW: i64 = 24 * 60 * 60 * 1000;

/// Longest physicalDeviceId that is kept, in bytes; an SDK makes a UUID.
pub const MAX_PHYSICAL_ID: usize = 128;

/// A phone, browser profile or computer, as the SDK on it calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhysicalId(String);

/// What is kept of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Where it lives now; `None` where only imported backups are known of it.
    pub active: Option<PhysicalId>,
    /// Where it lived before. Such a phone may recover again, which makes it the active one.
    pub replaced: Vec<PhysicalId>,
}

/// When a backup was last served to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// In milliseconds since 1970.
    pub at: i64,
}

/// What a step does to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It lives on this phone from now on; the one before, if any, is replaced.
    Activate {
        /// The phone it lives on now.
        now: PhysicalId,
        /// The one that is replaced.
        replaced: Option<PhysicalId>,
    },
}

/// Why a phone is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The device lives on another phone now.
    #[error("this device was recovered on another phone, which replaces this one")]
    Replaced,
    /// It says that it recovers, but no backup was served to it lately.
    #[error("no backup was served to this phone within the last 24 hours")]
    NotServed,
}

impl PhysicalId {
    /// Takes the id as it is: any printable text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = !text.trim().is_empty()
            && text.len() <= MAX_PHYSICAL_ID
            && !text.chars().any(char::is_control);
        is_fit.then(|| Self(text.to_owned()))
    }

    /// The one of software that does not say where it runs.
    #[must_use]
    pub fn unnamed() -> Self {
        Self("unnamed".to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Device {
    /// Whether the device lived on this phone and lives on another now.
    #[must_use]
    pub fn is_replaced(&self, phone: &PhysicalId) -> bool {
        self.active.as_ref() != Some(phone) && self.replaced.contains(phone)
    }

    /// A phone hands in a backup. The first one makes it the active phone; a replaced one is refused. Of a phone that
    /// nobody has seen the backup is kept and nothing else changes: it can only have its shares from a recovery elsewhere.
    ///
    /// # Errors
    /// [`DeviceError::Replaced`].
    pub fn back_up(&self, phone: Option<&PhysicalId>) -> Result<Change, DeviceError> {
        let Some(phone) = phone else {
            return Ok(Change::None);
        };
        if self.is_replaced(phone) {
            return Err(DeviceError::Replaced);
        }
        Ok(match self.active {
            None => self.activate(phone),
            Some(_) => Change::None,
        })
    }

    /// A phone says that it has recovered. Whatever happened since its backup was served, it is believed: its storage is
    /// wiped, and to refuse it now would leave the user without a share.
    ///
    /// # Errors
    /// [`DeviceError::NotServed`].
    pub fn enroll(
        &self,
        phone: &PhysicalId,
        served: Option<Served>,
        now: i64,
    ) -> Result<Change, DeviceError> {
        if may_enroll(served, now) {
            Ok(self.activate(phone))
        } else {
            Err(DeviceError::NotServed)
        }
    }

    /// The device lives on this phone from now on.
    #[must_use]
    pub fn activate(&self, phone: &PhysicalId) -> Change {
        if self.active.as_ref() == Some(phone) {
            return Change::None;
        }
        Change::Activate {
            now: phone.clone(),
            replaced: self.active.clone(),
        }
    }
}

/// Whether a backup was served recently enough. A clock that was set back by less than that does not end a recovery.
#[must_use]
pub fn may_enroll(served: Option<Served>, now: i64) -> bool {
    served.is_some_and(|served| now.saturating_sub(served.at).abs() <= RECOVERY_WINDOW)
}
