//! The numbers of a record: shares and chain codes in hexadecimal, in the spellings that programs give them (FORMATS.md §10).

use zeroize::Zeroize;

use crate::crypto::secret::Secret;
use crate::formats::encoding::json::FieldFault;

const DIGITS: usize = 64;

/// The digits of a number that may have `0x` before it.
pub(super) fn without_0x(text: &str) -> &str {
    text.strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text)
}

pub(super) fn parse_chain_code(text: &str) -> Result<Secret<32>, FieldFault> {
    match parse_share(text)? {
        (_, true) => Err(FieldFault::Length {
            expected: 32,
            found: text.len() / 2,
        }),
        (code, false) => refuse_zeros(&code).map(|()| code),
    }
}

/// A chain code is a SHA-256, which is never zero: some program had none and wrote zeros. Addresses below it would be
/// another wallet's, and nothing would show it.
pub(super) fn refuse_zeros(code: &Secret<32>) -> Result<(), FieldFault> {
    if code.expose().iter().any(|byte| *byte != 0) {
        return Ok(());
    }
    Err(FieldFault::Value(
        "a chain code of zeros: the program that wrote the file did not have it".to_owned(),
    ))
}

/// 1 to 64 digits; whether there were fewer than 64.
pub(super) fn parse_share(text: &str) -> Result<(Secret<32>, bool), FieldFault> {
    let missing = DIGITS
        .checked_sub(text.len())
        .filter(|missing| *missing < DIGITS);
    let Some(missing) = missing else {
        return Err(FieldFault::Value(format!(
            "{} hexadecimal digits, expected {DIGITS}",
            text.len()
        )));
    };
    let mut digits = [b'0'; DIGITS];
    digits
        .iter_mut()
        .skip(missing)
        .zip(text.bytes())
        .for_each(|(digit, given)| *digit = given);
    let mut bytes = [0; DIGITS / 2];
    let decoded = base16ct::mixed::decode(digits, &mut bytes).is_ok();
    digits.zeroize();
    let share = Secret::take(&mut bytes);
    if decoded {
        Ok((share, missing > 0))
    } else {
        Err(FieldFault::Hex("foreign character"))
    }
}
