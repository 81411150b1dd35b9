//! Decimal strings, which is how Portal shares write every large number (FORMATS.md §21).
//!
//! Digits go straight into 32 wiped bytes, the same work for every digit: no floats, no general big integers.

use zeroize::Zeroize;

use crate::crypto::secret::{Secret, SecretText};

/// Most digits accepted: what `2²⁵⁶ − 1` has.
pub const MAX_DIGITS: usize = 78;

/// Why a text is no number of 32 bytes in decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// No digit.
    #[error("empty, expected a decimal number")]
    Empty,
    /// Hexadecimal digits, with or without `0x`.
    #[error("hexadecimal, expected a decimal number")]
    Hexadecimal,
    /// A sign, a point, an exponent, white space or anything else that is no digit.
    #[error("not a decimal number: only the digits 0 to 9 belong in it")]
    Foreign,
    /// Over [`MAX_DIGITS`], or over `2²⁵⁶ − 1`.
    #[error("a number of more than 32 bytes")]
    TooLarge,
}

/// The 32 big-endian bytes of a decimal number.
///
/// # Errors
/// [`DecimalError`]; it never tells the text.
pub fn parse_decimal(text: &str) -> Result<Secret<32>, DecimalError> {
    if text.is_empty() {
        return Err(DecimalError::Empty);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(foreign(text));
    }
    if text.len() > MAX_DIGITS {
        return Err(DecimalError::TooLarge);
    }
    let mut number = [0; 32];
    let mut overflow = 0;
    for digit in text.bytes() {
        overflow |= multiply_by_ten_and_add(&mut number, digit - b'0');
    }
    let number = Secret::take(&mut number);
    if overflow == 0 {
        Ok(number)
    } else {
        Err(DecimalError::TooLarge)
    }
}

/// The decimal digits of 32 big-endian bytes, without leading zeros. Every number takes the same work.
#[must_use]
pub fn write_decimal(number: &Secret<32>) -> SecretText {
    let mut rest = number.duplicate();
    let mut digits = [b'0'; MAX_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit += divide_by_ten(rest.expose_mut());
    }
    // A copy of its own length, and what it was copied from is wiped.
    let text = String::from_utf8_lossy(&digits);
    let text = text.trim_start_matches('0');
    let text = SecretText::new(if text.is_empty() { "0" } else { text }.to_owned());
    digits.zeroize();
    text
}

/// Returns the remainder.
fn divide_by_ten(number: &mut [u8; 32]) -> u8 {
    number.iter_mut().fold(0, |remainder, byte| {
        let value = u16::from(remainder) * 256 + u16::from(*byte);
        // Both are below 256: the remainder before is below ten.
        *byte = u8::try_from(value / 10).unwrap_or(u8::MAX);
        u8::try_from(value % 10).unwrap_or(u8::MAX)
    })
}

/// Returns what did not fit.
fn multiply_by_ten_and_add(number: &mut [u8; 32], digit: u8) -> u8 {
    number.iter_mut().rev().fold(digit, |carry, byte| {
        let [high, low] = (u16::from(*byte) * 10 + u16::from(carry)).to_be_bytes();
        *byte = low;
        high
    })
}

fn foreign(text: &str) -> DecimalError {
    let prefixed = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = prefixed.unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // `1e5` is written with hexadecimal digits too, but means an exponent.
    let exponent = digits
        .split_once(['e', 'E'])
        .is_some_and(|(before, after)| is_number(before) && is_number(after));
    let hexadecimal = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (prefixed.is_some() || !exponent);
    if hexadecimal {
        DecimalError::Hexadecimal
    } else {
        DecimalError::Foreign
    }
}
