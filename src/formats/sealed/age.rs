//! Files of age (age-encryption.org/v1) to RSA keys: what the age project's own programs open (FORMATS.md §13).
//!
//! Only the `ssh-rsa` stanza is known here; those of other recipients are skipped.

use std::io::{BufRead, Error, ErrorKind, Read, Result as IoResult, Write};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{
    chunks::{CHUNK_TAG, StreamKey},
    rsa::{RecoveryKey, RecoveryPublicKey},
    secret::Secret,
};
use crate::formats::encoding::beginning::START;
use crate::formats::encoding::byte_order_mark::without_mark;

/// Plain text of a chunk.
const CHUNK: usize = 64 << 10;
/// Longest header that is read.
const MAX_HEADER: u64 = 1 << 20;
const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
const LABEL: &str = "age-encryption.org/v1/ssh-rsa";
const STANZA: &str = "ssh-rsa";
/// Letters of a full line of a stanza's body; a shorter one ends it.
const COLUMNS: usize = 64;

/// Why a file of age does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Not of this format.
    #[error("not an age file")]
    NotAge,
    /// In the text form.
    #[error("an age file in its text form (armor), which is not read here")]
    Armored,
    /// The header is not as age writes it, or was altered.
    #[error("the header of the age file is damaged or was altered")]
    Header,
    /// No stanza for this key.
    #[error("the age file is not sealed to this key")]
    NotRecipient,
    /// Stanzas for age's own keys alone.
    #[error("the age file is sealed to no RSA key, but to a key of age")]
    AgeKeys,
    /// A stanza for a passphrase.
    #[error("the age file is encrypted under a passphrase, not sealed to an RSA key")]
    AgePassphrase,
    /// A chunk does not open; holds its number, from 1.
    #[error("chunk {0} of the age file does not open: altered, cut off, or followed by something")]
    Chunk(u64),
}

/// Whether a file begins like one of age, in either form.
#[must_use]
pub fn looks_age(start: &[u8]) -> bool {
    start.starts_with(FIRST_LINE.trim_ascii_end()) || is_armored(start)
}

/// Whether the text form begins in the first lines: mail programs and people put words before it.
fn is_armored(start: &[u8]) -> bool {
    let head = start.get(..START).unwrap_or(start);
    let Some(at) = memchr::memmem::find(head, ARMOR) else {
        return false;
    };
    let before = head.get(..at).unwrap_or_default();
    let before = without_mark(before);
    before.trim_ascii_end().is_empty() || before.ends_with(b"\n")
}

/// Seals what is written to it; nothing is whole before [`AgeWriter::finish`].
pub struct AgeWriter<W: Write> {
    out: W,
    key: StreamKey,
    /// The chunk that is being filled: the last one is only known at the end.
    chunk: Zeroizing<Vec<u8>>,
    number: u64,
}

impl<W: Write> AgeWriter<W> {
    /// Writes the header, under a fresh random file key.
    ///
    /// # Errors
    /// What writing gives; a key that is too small for the file key is an error, too.
    pub fn begin<G: CryptoRng>(
        to: &[RecoveryPublicKey],
        mut out: W,
        rng: &mut G,
    ) -> IoResult<Self> {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        let file_key = Secret::take(&mut bytes);
        let mut header = FIRST_LINE.to_vec();
        for key in to {
            let wrapped = key.seal_labelled(rng, LABEL, file_key.expose());
            let wrapped = wrapped.ok_or_else(|| Error::other("a recipient's key is too small"))?;
            write!(header, "-> {STANZA} {}\n{}", tag(key), body(&wrapped))?;
        }
        header.extend_from_slice(b"---");
        let code = header_mac(&file_key, &header).finalize().into_bytes();
        writeln!(header, " {}", STANDARD_NO_PAD.encode(code))?;

        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        out.write_all(&header)?;
        out.write_all(&nonce)?;
        Ok(Self {
            out,
            key: payload_key(&file_key, &nonce),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + CHUNK_TAG)),
            number: 0,
        })
    }

    /// Seals the last chunk. Without this the file does not open to its end.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(mut self) -> IoResult<()> {
        self.write_chunk(true)?;
        self.out.flush()
    }

    fn write_chunk(&mut self, is_last: bool) -> IoResult<()> {
        self.key.seal(self.number, is_last, &mut self.chunk);
        self.out.write_all(&self.chunk)?;
        self.chunk.zeroize();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for AgeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
        if self.chunk.len() == CHUNK {
            self.write_chunk(false)?;
        }
        let room = CHUNK - self.chunk.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.chunk.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// What waits for its chunk stays: a shorter one would be the last.
    fn flush(&mut self) -> IoResult<()> {
        self.out.flush()
    }
}

/// Opens a file of age as it is read. Only an end without an error says that all of it was there.
pub struct AgeReader<R> {
    input: R,
    key: StreamKey,
    chunk: Zeroizing<Vec<u8>>,
    /// How much of the chunk has been given.
    given: usize,
    number: u64,
    ended: bool,
}

/// A header that was read.
pub struct AgeHeader<R> {
    input: R,
    text: Vec<u8>,
}

impl<R: BufRead> AgeHeader<R> {
    /// Reads to the end of the header.
    ///
    /// # Errors
    /// [`AgeError`] within an error of reading.
    pub fn read(mut input: R) -> IoResult<Self> {
        let mut text = Vec::new();
        let mut limited = input.by_ref().take(MAX_HEADER);
        limited.read_until(b'\n', &mut text)?;
        if text != FIRST_LINE {
            limited.by_ref().take(START as u64).read_to_end(&mut text)?;
            return Err(unfit(if is_armored(&text) {
                AgeError::Armored
            } else {
                AgeError::NotAge
            }));
        }
        loop {
            let start = text.len();
            limited.read_until(b'\n', &mut text)?;
            let line = text.get(start..).unwrap_or_default();
            // Where the header ends, or the file does.
            if line.starts_with(b"---") || !line.ends_with(b"\n") {
                break;
            }
        }
        Ok(Self { input, text })
    }

    /// Unwraps the file key with a recipient's private key, and believes it only when it authenticates the header.
    ///
    /// # Errors
    /// [`AgeError`] within an error of reading.
    pub fn unlock<G: CryptoRng>(self, key: &RecoveryKey, rng: &mut G) -> IoResult<AgeReader<R>> {
        let (stanzas, code) = parse(&self.text).ok_or_else(|| unfit(AgeError::Header))?;
        let own = tag(&key.public_key());
        let mut mine = stanzas
            .iter()
            .filter(|stanza| stanza.arguments == [STANZA, &own]);
        let wrapped = &mine
            .next()
            .ok_or_else(|| unfit(not_for_this_key(&stanzas)))?
            .body;
        let plain = key.open_labelled(rng, LABEL, wrapped);
        let file_key = plain.and_then(|plain| Secret::from_slice(plain.expose()));
        let file_key = file_key.ok_or_else(|| unfit(AgeError::Header))?;
        let end = self.text.len() - (" \n".len() + CODE_LETTERS);
        let covered = self.text.get(..end).unwrap_or_default();
        if header_mac(&file_key, covered).verify_slice(&code).is_err() {
            return Err(unfit(AgeError::Header));
        }
        let (mut input, mut nonce) = (self.input, [0; 16]);
        input.read_exact(&mut nonce).map_err(|error| {
            if error.kind() == ErrorKind::UnexpectedEof {
                unfit(AgeError::Chunk(1))
            } else {
                error
            }
        })?;
        Ok(AgeReader {
            input,
            key: payload_key(&file_key, &nonce),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + CHUNK_TAG)),
            given: 0,
            number: 0,
            ended: false,
        })
    }
}

impl<R: BufRead> AgeReader<R> {
    fn next_chunk(&mut self) -> IoResult<()> {
        self.chunk.zeroize();
        self.given = 0;
        let most = (CHUNK + CHUNK_TAG) as u64;
        self.input
            .by_ref()
            .take(most)
            .read_to_end(&mut self.chunk)?;
        self.ended = self.input.fill_buf()?.is_empty();
        let bad = AgeError::Chunk(self.number + 1);
        let opened = self.key.open(self.number, self.ended, &mut self.chunk);
        // An empty chunk is only there where nothing was sealed.
        let is_stray = self.chunk.is_empty() && self.number > 0;
        opened.filter(|()| !is_stray).ok_or_else(|| unfit(bad))?;
        self.number += 1;
        Ok(())
    }
}

impl<R: BufRead> Read for AgeReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        while self.given == self.chunk.len() {
            if self.ended {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let left = self.chunk.get(self.given..).unwrap_or_default();
        let length = left.len().min(buffer.len());
        let (from, to) = (left.get(..length), buffer.get_mut(..length));
        if let (Some(from), Some(to)) = (from, to) {
            to.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

/// The error of age within one of reading.
#[must_use]
pub fn age_error(error: &Error) -> Option<AgeError> {
    error.get_ref()?.downcast_ref().copied()
}

/// Why no stanza is for the key that was given: where none is for any RSA key, another one would not help.
fn not_for_this_key(stanzas: &[Stanza<'_>]) -> AgeError {
    let has = |kind: &str| {
        let mut kinds = stanzas.iter().filter_map(|stanza| stanza.arguments.first());
        kinds.any(|first| *first == kind)
    };
    if has(STANZA) {
        AgeError::NotRecipient
    } else if has("scrypt") {
        AgeError::AgePassphrase
    } else {
        AgeError::AgeKeys
    }
}

fn unfit(error: AgeError) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

/// Letters of the header's code: 32 bytes without padding.
const CODE_LETTERS: usize = 43;

struct Stanza<'a> {
    arguments: Vec<&'a str>,
    body: Vec<u8>,
}

/// The stanzas and the code of a header; `None` when it is not exactly as the format has it.
fn parse(header: &[u8]) -> Option<(Vec<Stanza<'_>>, Vec<u8>)> {
    let text = std::str::from_utf8(header).ok()?;
    let mut lines = text.strip_suffix('\n')?.split('\n').skip(1).peekable();
    let mut stanzas = Vec::new();
    loop {
        let line = lines.next()?;
        if let Some(code) = line.strip_prefix("--- ") {
            let code = STANDARD_NO_PAD.decode(code).ok();
            let code = code.filter(|code| code.len() == 32 && lines.peek().is_none());
            return Some((stanzas, code?)).filter(|(stanzas, _)| !stanzas.is_empty());
        }
        let arguments: Vec<&str> = line.strip_prefix("-> ")?.split(' ').collect();
        let is_visible = |argument: &&str| {
            !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !arguments.iter().all(is_visible) {
            return None;
        }
        let mut letters = String::new();
        loop {
            let line = lines.next()?;
            letters.push_str(line);
            match line.len() {
                COLUMNS => {}
                0..COLUMNS => break,
                _ => return None,
            }
        }
        let body = STANDARD_NO_PAD.decode(letters).ok()?;
        stanzas.push(Stanza { arguments, body });
    }
}

/// The first four bytes of SHA-256 of the key as SSH writes it.
fn tag(key: &RecoveryPublicKey) -> String {
    let (exponent, modulus) = key.numbers();
    let mut wire = Vec::new();
    for part in [STANZA.as_bytes(), &mpint(&exponent), &mpint(&modulus)] {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        wire.extend_from_slice(&length.to_be_bytes());
        wire.extend_from_slice(part);
    }
    let digest = Sha256::digest(wire);
    STANDARD_NO_PAD.encode(digest.first_chunk::<4>().unwrap_or(&[0; 4]))
}

/// A positive number of SSH: with a zero before it where its first bit is set.
fn mpint(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..).unwrap_or_default();
    let sign = number.first().is_some_and(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if sign { &[0] } else { &[] };
    [sign, number].concat()
}

/// A stanza's body in lines; the last one is shorter than the others, and may be empty.
fn body(bytes: &[u8]) -> String {
    let letters = STANDARD_NO_PAD.encode(bytes);
    let mut lines = String::with_capacity(letters.len() + letters.len() / COLUMNS + 2);
    for (number, letter) in letters.chars().enumerate() {
        if number > 0 && number.is_multiple_of(COLUMNS) {
            lines.push('\n');
        }
        lines.push(letter);
    }
    lines.push('\n');
    if letters.len().is_multiple_of(COLUMNS) {
        lines.push('\n');
    }
    lines
}

fn header_mac(file_key: &Secret<16>, header: &[u8]) -> Hmac<Sha256> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, file_key.expose())
        .expand(b"header", key.as_mut_slice())
        .expect("32 bytes are within HKDF's limit");
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_slice())
        .expect("HMAC takes a key of any length");
    mac.update(header);
    mac
}

fn payload_key(file_key: &Secret<16>, nonce: &[u8; 16]) -> StreamKey {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(nonce), file_key.expose())
        .expand(b"payload", &mut key)
        .expect("32 bytes are within HKDF's limit");
    StreamKey::new(&Secret::take(&mut key))
}
