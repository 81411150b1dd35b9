//! A share of a passphrase as words that a person can write down, after SLIP-39 (FORMATS.md §25): 20 words for a secret of
//! 128 bits, the last three of which find every slip of one to three words.

use zeroize::Zeroizing;

use crate::crypto::{
    byte_sharing::{ByteShare, Cipher},
    secret::{SecretBytes, SecretText},
};

/// The list of SLIP-39: a word a line, in order; the first four letters tell them apart.
const LIST: &str = include_str!("share_words.txt");

/// Bits of a word.
const WORD: usize = 10;
/// Words before the value, and behind it.
const HEAD: usize = 4;
const CHECKSUM: usize = 3;
/// Fewest and most words of a share: secrets of 128 to 256 bits.
const FEWEST: usize = 20;
const MOST: usize = 33;

/// Why words are not a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The word, counted from 1, is not in the list.
    #[error("word {0} is none of the list")]
    Unknown(usize),
    /// So many words.
    #[error("{0} words, where a share has 20 (or 23, 26, 30 or 33)")]
    Length(usize),
    /// The checksum says that words are wrong, missing or in another order.
    #[error("the words do not fit together: one is wrong, or two are in the wrong order")]
    Checksum,
    /// The checksum is right and the content is not what any program makes.
    #[error("the words are no share of a secret: {0}")]
    Content(&'static str),
}

/// How many of how many, and which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Which group the share is of, from 0.
    pub index: u8,
    /// How many groups are needed.
    pub threshold: u8,
    /// How many there are.
    pub count: u8,
}

/// A share, read from words.
pub struct ShareWords {
    /// What all shares of a secret have in common.
    pub cipher: Cipher,
    /// Its group; a secret that is shared once has one group.
    pub group: Group,
    /// How many shares of the group are needed.
    pub threshold: u8,
    /// The share itself. Its place is its number in the group, from 0.
    pub share: ByteShare,
}

impl ShareWords {
    /// The words, with blanks between them.
    ///
    /// `None` for numbers out of the range that the format has room for.
    #[must_use]
    pub fn to_text(&self) -> Option<SecretText> {
        let value = self.share.value.expose();
        let words = HEAD + (value.len() * 8).div_ceil(WORD) + CHECKSUM;
        let mut bits = Zeroizing::new(Vec::with_capacity(words * WORD));
        let fields: [(u16, u32); 8] = [
            (self.cipher.identifier, 15),
            (u16::from(self.cipher.is_extendable), 1),
            (u16::from(self.cipher.exponent), 4),
            (u16::from(self.group.index), 4),
            (u16::from(self.group.threshold.checked_sub(1)?), 4),
            (u16::from(self.group.count.checked_sub(1)?), 4),
            (u16::from(self.share.place), 4),
            (u16::from(self.threshold.checked_sub(1)?), 4),
        ];
        for (field, count) in fields {
            if field >> count != 0 {
                return None;
            }
            push_bits(&mut bits, field.into(), count);
        }
        // The value ends with a word: zeros are before it.
        let padding = (words - HEAD - CHECKSUM) * WORD - value.len() * 8;
        bits.extend(std::iter::repeat_n(0, padding));
        for byte in value {
            push_bits(&mut bits, (*byte).into(), 8);
        }
        let indices = Zeroizing::new(words_of_bits(&bits));
        let customization = customization(self.cipher.is_extendable);
        let sum = checksum(customization, indices.iter().copied().chain([0; CHECKSUM])) ^ 1;
        push_bits(&mut bits, sum, 30);

        let list: Vec<&str> = LIST.lines().collect();
        // With room for all of it: text that grows leaves copies behind.
        let mut text = String::with_capacity(words * 9);
        for index in Zeroizing::new(words_of_bits(&bits)).iter() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(list.get(usize::from(*index))?);
        }
        Some(SecretText::new(text))
    }

    /// Finds the words of shares in a text: words alone, with numbers between them, or sheets that were printed. Four letters
    /// of a word are enough.
    ///
    /// # Errors
    /// [`WordsError`]. It names places, never words.
    pub fn find_all(text: &[u8]) -> Result<Vec<Self>, WordsError> {
        let list: Vec<&[u8]> = LIST.lines().map(str::as_bytes).collect();
        let words = words_of(text);
        let known = words.iter().map(|word| index_of(&list, word));
        let known: Zeroizing<Vec<Option<u16>>> = Zeroizing::new(known.collect());

        let mut found = Vec::new();
        let mut at = 0;
        while at < known.len() {
            let whole = (FEWEST..=MOST).rev().find_map(|length| {
                let window = known.get(at..at + length)?.iter().copied();
                let indices = Zeroizing::new(window.collect::<Option<Vec<u16>>>()?);
                is_whole(&indices).then_some(indices)
            });
            match whole {
                Some(indices) => {
                    found.push(Self::of_indices(&indices)?);
                    at += indices.len();
                }
                None => at += 1,
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }

        // No share: what is nearest to one is named.
        let length_fits = (FEWEST..=MOST).contains(&words.len());
        Err(match known.iter().position(Option::is_none) {
            Some(at) if length_fits => WordsError::Unknown(at + 1),
            None if length_fits => WordsError::Checksum,
            _ => WordsError::Length(words.len()),
        })
    }

    fn of_indices(indices: &[u16]) -> Result<Self, WordsError> {
        let mut bits = Zeroizing::new(Vec::with_capacity(indices.len() * WORD));
        for index in indices {
            push_bits(&mut bits, (*index).into(), 10);
        }
        let mut rest = bits.as_slice();
        let mut take = |count: usize| {
            let (field, later) = rest.split_at(count.min(rest.len()));
            rest = later;
            number(field)
        };
        let identifier = take(15);
        let is_extendable = take(1) == 1;
        let [
            exponent,
            group_index,
            group_threshold,
            group_count,
            place,
            threshold,
        ] = std::array::from_fn(|_| u8::try_from(take(4)).unwrap_or_default());
        let group = Group {
            index: group_index,
            threshold: group_threshold + 1,
            count: group_count + 1,
        };
        if group.threshold > group.count || group.index >= group.count {
            return Err(WordsError::Content(
                "it asks for more groups than there are",
            ));
        }

        let (value, _) = rest.split_at(rest.len().saturating_sub(CHECKSUM * WORD));
        let (padding, value) = value.split_at(value.len() % 16);
        if padding.len() > 8 {
            return Err(WordsError::Content("no secret has this length"));
        }
        if padding.contains(&1) {
            return Err(WordsError::Content("its padding is not zero"));
        }
        let mut bytes = Vec::with_capacity(value.len() / 8);
        bytes.extend(
            value
                .chunks(8)
                .map(|byte| u8::try_from(number(byte)).unwrap_or_default()),
        );
        Ok(Self {
            cipher: Cipher {
                identifier: u16::try_from(identifier).unwrap_or_default(),
                is_extendable,
                exponent,
            },
            group,
            threshold: threshold + 1,
            share: ByteShare {
                place,
                value: SecretBytes::new(bytes),
            },
        })
    }
}

/// Appends the last `count` bits of a number, each as a byte, 0 or 1.
fn push_bits(bits: &mut Vec<u8>, value: u32, count: u32) {
    bits.extend((0..count).rev().map(|at| u8::from(value >> at & 1 == 1)));
}

/// The number of at most 16 bits that bits spell.
fn number(bits: &[u8]) -> u32 {
    bits.iter()
        .fold(0, |number, bit| number << 1 | u32::from(*bit))
}

/// The places in the list that bits spell, ten for each.
fn words_of_bits(bits: &[u8]) -> Vec<u16> {
    bits.chunks(WORD)
        .map(|word| u16::try_from(number(word)).unwrap_or_default())
        .collect()
}

/// The words of a text: what is made of letters, without the tags of HTML.
fn words_of(text: &[u8]) -> Vec<&[u8]> {
    let is_page = text.trim_ascii_start().starts_with(b"<");
    let mut in_tag = false;
    text.split(|byte| {
        in_tag = is_page && (*byte == b'<' || (in_tag && *byte != b'>'));
        in_tag || !byte.is_ascii_alphabetic()
    })
    .filter(|word| !word.is_empty())
    .collect()
}

fn index_of(list: &[&[u8]], word: &[u8]) -> Option<u16> {
    let found = list.iter().position(|known| {
        known.eq_ignore_ascii_case(word)
            || (word.len() == 4
                && known
                    .get(..4)
                    .is_some_and(|start| start.eq_ignore_ascii_case(word)))
    })?;
    u16::try_from(found).ok()
}

/// Whether the checksum is right, under the customization that the share's own flag names.
fn is_whole(indices: &[u16]) -> bool {
    let is_extendable = indices.get(1).is_some_and(|word| word >> 4 & 1 == 1);
    checksum(customization(is_extendable), indices.iter().copied()) == 1
}

fn customization(is_extendable: bool) -> &'static [u8] {
    if is_extendable {
        b"shamir_extendable"
    } else {
        b"shamir"
    }
}

/// The Reed-Solomon code of SLIP-39 over GF(1024): 1 for a whole share.
fn checksum(customization: &[u8], indices: impl Iterator<Item = u16>) -> u32 {
    const GENERATORS: [u32; 10] = [
        0x00e0_e040,
        0x01c1_c080,
        0x0383_8100,
        0x0707_0200,
        0x0e0e_0009,
        0x1c0c_2412,
        0x3808_6c24,
        0x3090_fc48,
        0x21b1_f890,
        0x03f3_f120,
    ];
    let values = customization.iter().map(|byte| u16::from(*byte));
    values.chain(indices).fold(1, |sum, value| {
        let overflow = sum >> 20;
        let shifted = (sum & 0xf_ffff) << 10 ^ u32::from(value);
        let taken = GENERATORS.iter().enumerate();
        taken.fold(shifted, |sum, (bit, generator)| {
            sum ^ (generator & (overflow >> bit & 1).wrapping_neg())
        })
    })
}
