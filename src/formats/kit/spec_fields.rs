//! The fields of a SPEC (FORMATS.md §26), read strictly.

use uuid::Uuid;

use crate::{
    crypto::{
        curve::{Curve, Scalar},
        secret::Secret,
    },
    formats::{
        encoding::{
            json::{FieldError, FieldFault, Object, Value, parse_uuid},
            shown::shown_name,
        },
        wallets::algorithm::Algorithm,
    },
};

/// Longest id of a user and longest passphrase.
pub(super) const MAX_TEXT: usize = 1024;

/// An object without fields that nobody reads: a field with a slip in its name would be left out in silence.
pub(super) fn object<'a>(value: &Value<'a>, known: &[&str]) -> Result<Object<'a>, FieldError> {
    let object = value.object()?;
    for (name, member) in object.named() {
        if !known.contains(&name) {
            let text = format!("unknown; expected here: `{}`", known.join("`, `"));
            return wrong(&member, text);
        }
    }
    Ok(object)
}

pub(super) fn wrong<T>(value: &Value<'_>, text: impl Into<String>) -> Result<T, FieldError> {
    Err(value.fault(FieldFault::Value(text.into())))
}

pub(super) fn key_id(text: &str, value: &Value<'_>) -> Result<Uuid, FieldError> {
    parse_uuid(text).ok_or_else(|| value.fault(FieldFault::Uuid))
}

pub(super) fn algorithm(value: &Value<'_>) -> Result<Algorithm, FieldError> {
    let name = value.text()?;
    Algorithm::from_name(name.expose()).ok_or_else(|| {
        let text = format!("unknown algorithm `{}`", shown_name(name.expose()));
        value.fault(FieldFault::Value(text))
    })
}

/// A share or key: an integer in `1 … order − 1`.
pub(super) fn scalar(value: &Value<'_>, curve: Curve) -> Result<Scalar, FieldError> {
    let bytes: Secret<32> = value.secret_hex()?;
    let scalar = Scalar::from_canonical(curve, &bytes).filter(|scalar| !scalar.is_zero());
    scalar.ok_or_else(|| {
        let text = format!("zero, or not below the group order of {}", curve.name());
        value.fault(FieldFault::Value(text))
    })
}
