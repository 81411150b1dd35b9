//! What a file is that should have been a ZIP file: said by its first bytes, so that people learn what to do with it.

/// A file of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Nothing.
    Empty,
    /// Zero bytes alone: the room of a file whose content never arrived.
    Zeros,
    /// An archive or compressed file of another kind.
    Archive(&'static str),
    /// A web page.
    WebPage,
    /// A ZIP file in base64.
    Base64,
    /// A ZIP file in hexadecimal.
    Hex,
    /// A mail message.
    Mail,
    /// A PEM block.
    Pem,
    /// An OpenPGP message or a file that age encrypted.
    Encrypted(&'static str),
    /// `metadata.json` or another JSON text.
    Json,
    /// A program, perhaps one that unpacks itself.
    Program,
    /// A document of another program.
    Document(&'static str),
    /// A shortcut to a file or an address.
    Shortcut,
    /// Part of a ZIP file that was split.
    Split,
    /// Text that is none of the above.
    Text,
    /// None of the above.
    Unknown,
}

/// First bytes, and what they say.
const MAGIC: &[(&[u8], Foreign)] = &[
    (b"7z\xbc\xaf\x27\x1c", Foreign::Archive("7-Zip archive")),
    (b"Rar!\x1a\x07", Foreign::Archive("RAR archive")),
    (
        b"\x1f\x8b",
        Foreign::Archive("gzip file, often of a tar archive"),
    ),
    (b"\x1f\x9d", Foreign::Archive("compress (.Z) file")),
    (
        b"\xfd7zXZ\x00",
        Foreign::Archive("xz file, often of a tar archive"),
    ),
    (
        b"\x28\xb5\x2f\xfd",
        Foreign::Archive("Zstandard file, often of a tar archive"),
    ),
    (
        b"BZh",
        Foreign::Archive("bzip2 file, often of a tar archive"),
    ),
    (
        b"LZIP",
        Foreign::Archive("lzip file, often of a tar archive"),
    ),
    (b"\x04\x22\x4d\x18", Foreign::Archive("LZ4 file")),
    (
        b"\x5d\x00\x00",
        Foreign::Archive("LZMA file, often of a tar archive"),
    ),
    (b"MSCF", Foreign::Archive("cabinet archive")),
    (b"xar!", Foreign::Archive("xar archive")),
    (b"!<arch>", Foreign::Archive("ar archive")),
    (b"070707", Foreign::Archive("cpio archive")),
    (b"070701", Foreign::Archive("cpio archive")),
    (b"MZ", Foreign::Program),
    (b"\x7fELF", Foreign::Program),
    (b"#!", Foreign::Program),
    (b"%PDF", Foreign::Document("PDF document")),
    (b"{\\rtf", Foreign::Document("RTF document")),
    (
        b"\xd0\xcf\x11\xe0",
        Foreign::Document("document of an office program, or an Outlook message"),
    ),
    (b"\x89PNG", Foreign::Document("picture")),
    (b"\xff\xd8\xff", Foreign::Document("picture")),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Foreign::Shortcut),
    (b"[InternetShortcut]", Foreign::Shortcut),
    (b"PK\x07\x08PK", Foreign::Split),
    (b"PK00PK", Foreign::Split),
    (b"age-encryption.org/", Foreign::Encrypted("age")),
    (b"-----BEGIN AGE", Foreign::Encrypted("age")),
    (b"-----BEGIN PGP", Foreign::Encrypted("OpenPGP")),
    (b"Salted__", Foreign::Encrypted("openssl enc")),
    (b"-----BEGIN", Foreign::Pem),
    (b"UEsDB", Foreign::Base64),
    (b"data:", Foreign::Base64),
    (b"504b0304", Foreign::Hex),
    (b"504B0304", Foreign::Hex),
    (b"{", Foreign::Json),
    (b"[", Foreign::Json),
    (b"<", Foreign::WebPage),
];

/// Headers that mail messages begin with, in lower case.
const MAIL: [&str; 10] = [
    "from ",
    "from:",
    "received:",
    "return-path:",
    "delivered-to:",
    "mime-version:",
    "content-type:",
    "content-transfer-encoding:",
    "message-id:",
    "x-",
];

impl Foreign {
    /// What the first bytes of a file say.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Self::Zeros;
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Self::Archive("tar archive");
        }
        if bytes.get(32_769..32_774) == Some(b"CD001") {
            return Self::Archive("disk image");
        }

        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = text.trim_ascii_start();
        if Self::is_mail(text) {
            return Self::Mail;
        }
        let starts = |(magic, _): &&(&[u8], Self)| {
            bytes.starts_with(magic) || (magic.is_ascii() && text.starts_with(magic))
        };
        MAGIC
            .iter()
            .find(starts)
            .map_or_else(|| Self::of_rest(text), |(_, kind)| *kind)
    }

    /// The kind in a few words, with its article.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Empty => "an empty file".to_owned(),
            Self::Zeros => "a file of zero bytes: its content was never written".to_owned(),
            Self::Archive(kind) | Self::Document(kind) => format!("a {kind}"),
            Self::WebPage => {
                "a web page or other markup, perhaps the login page of a download".to_owned()
            }
            Self::Base64 => "a file in base64".to_owned(),
            Self::Hex => "a zip file in hexadecimal".to_owned(),
            Self::Mail => "a mail message".to_owned(),
            Self::Pem => "a PEM file, perhaps a key".to_owned(),
            Self::Encrypted(with) => format!("a file encrypted with {with}"),
            Self::Json => "JSON text, perhaps `metadata.json` alone".to_owned(),
            Self::Program => "a program, perhaps an archive that unpacks itself".to_owned(),
            Self::Shortcut => "a shortcut to a file elsewhere".to_owned(),
            Self::Split => "one part of a split zip file".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Unknown => "a file of an unknown kind".to_owned(),
        }
    }

    fn is_mail(text: &[u8]) -> bool {
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).to_lowercase();
        MAIL.iter().any(|header| line.starts_with(header))
    }

    fn of_rest(text: &[u8]) -> Self {
        let start = text.get(..text.len().min(4096)).unwrap_or_default();
        let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t');
        if start.iter().all(is_text) && std::str::from_utf8(start).is_ok() {
            Self::Text
        } else {
            Self::Unknown
        }
    }
}
