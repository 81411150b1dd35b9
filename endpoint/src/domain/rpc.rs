//! The messages of wallet SDKs: what one asks, and the answers that SDKs understand.
//!
//! An SDK takes `{"result":…}`, exactly `{}`, or `{"error":{"message","code"}}`, and nothing else. It takes
//! `"success":false` for success: what is refused is an error, always.

use lifeboat::formats::encoding::json::{FieldError, Value};

use super::device::PhysicalId;

/// Longest message of an SDK, in bytes.
pub const MAX_MESSAGE: usize = 256 * 1024;

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `get_service_certificates`.
    ServiceCertificates,
    /// `get_cloud_cosigner_certificate`.
    CosignerCertificate,
    /// `send_client_version` and `report_event`: thanked for, and not kept.
    Note,
    /// `backup_keys`.
    BackUp,
    /// `get_backup`.
    GetBackup,
    /// `enter_recovery_state`.
    EnterRecovery,
    /// `enroll_player`.
    Enroll,
    /// Everything else: generating keys, signing, adding devices.
    Gone,
}

/// A message that was read.
pub struct Request<'a> {
    /// What it asks for.
    pub method: Method,
    /// The phone it comes from. SDKs always say; what does not is one phone among others.
    pub phone: PhysicalId,
    params: Option<Value<'a>>,
}

/// An error as an SDK hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The backup lacks a key that is registered. SDKs know this code.
    Incomplete,
    /// The device was recovered on another phone.
    Replaced,
    /// The caller may not.
    NotAuthorised,
    /// A recovery is told of, and no backup was served.
    NotServed,
    /// The message, or the backup in it, cannot be read.
    Unreadable,
    /// The provider would be needed.
    Gone,
}

/// What is answered.
pub enum Answer {
    /// `{"result":{"success":true}}`.
    Success,
    /// `{"result":…}` with this JSON.
    Result(String),
    /// `{}`: nothing there.
    Nothing,
    /// `{"error":…}`; the text is put behind what the code means.
    Refused(Refusal, Option<String>),
}

impl<'a> Request<'a> {
    /// Reads the text that an SDK hands to its application.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        let root = Value::parse("message", text.as_bytes())?;
        let method = Method::of(root.get("method")?.text()?.expose());
        let headers = root.find("headers")?;
        let phone = headers
            .map(|headers| headers.find("physicalDeviceId"))
            .transpose()?
            .flatten()
            .map(|field| Ok::<_, FieldError>(PhysicalId::parse(field.text()?.expose())))
            .transpose()?
            .flatten();

        Ok(Self {
            method,
            phone: phone.unwrap_or_else(PhysicalId::unnamed),
            params: root.find("params")?,
        })
    }

    /// The JSON text of its first parameter.
    ///
    /// # Errors
    /// [`FieldError`] where there is none.
    pub fn parameter(&self) -> Result<Option<&'a str>, FieldError> {
        let Some(params) = &self.params else {
            return Ok(None);
        };
        Ok(params.elements()?.next().map(|value| value.raw()))
    }
}

impl Method {
    fn of(name: &str) -> Self {
        match name {
            "get_service_certificates" => Self::ServiceCertificates,
            "get_cloud_cosigner_certificate" => Self::CosignerCertificate,
            "send_client_version" | "report_event" => Self::Note,
            "backup_keys" => Self::BackUp,
            "get_backup" => Self::GetBackup,
            "enter_recovery_state" => Self::EnterRecovery,
            "enroll_player" => Self::Enroll,
            _ => Self::Gone,
        }
    }
}

impl Refusal {
    /// The number that an SDK hands to its application.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Incomplete => 1002,
            Self::Replaced => 1010,
            Self::NotAuthorised => 1011,
            Self::NotServed => 1012,
            Self::Unreadable => 1013,
            Self::Gone => 1099,
        }
    }

    /// What it means.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Incomplete => "the backup does not hold every key that is registered",
            Self::Replaced => "this device was recovered on another phone, which replaces this one",
            Self::NotAuthorised => "not authorised for this wallet",
            Self::NotServed => "no backup was served to this phone within the last 24 hours",
            Self::Unreadable => "the message cannot be read",
            Self::Gone => {
                "the wallet provider is gone: this server can recover and export keys, not sign"
            }
        }
    }
}

impl Answer {
    /// The JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Success => r#"{"result":{"success":true}}"#.to_owned(),
            Self::Result(json) => ["{\"result\":", json, "}"].concat(),
            Self::Nothing => "{}".to_owned(),
            Self::Refused(refusal, more) => {
                let message = match more {
                    Some(more) => format!("{}: {more}", refusal.message()),
                    None => refusal.message().to_owned(),
                };
                serde_json::json!({"error": {"message": message, "code": refusal.code()}})
                    .to_string()
            }
        }
    }
}
