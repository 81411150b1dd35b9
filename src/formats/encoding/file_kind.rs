//! Files of other kinds, told by their first bytes, so that a person learns what was named instead of a kit, a key, a list
//! or shares.

/// What a file is that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Nothing.
    Empty,
    /// Zero bytes alone: the room of a file whose content never arrived.
    Zeros,
    /// PKCS#12: `.p12`, `.pfx`.
    Pkcs12,
    /// A Java key store.
    JavaKeystore,
    /// PuTTY's `.ppk`.
    Putty,
    /// Microsoft's `.pvk`.
    Pvk,
    /// A key in Microsoft's `BLOB` form.
    MsBlob,
    /// CMS or PKCS#7.
    Cms,
    /// A key of OpenPGP.
    PgpKey,
    /// What OpenPGP encrypted.
    PgpMessage,
    /// What age encrypted.
    Age,
    /// What `openssl enc` encrypted.
    OpensslEnc,
    /// What Ansible Vault encrypted.
    AnsibleVault,
    /// What SOPS encrypted.
    Sops,
    /// A key that only the TPM chip that made it can use.
    Tpm,
    /// A JSON Web Key that is encrypted.
    Jwe,
    /// A workbook of Excel: `.xlsx`.
    Excel,
    /// A workbook of old Excel: `.xls`, or another file of old Office.
    OldOffice,
    /// An OpenDocument spreadsheet or text.
    OpenDocument,
    /// A spreadsheet of Apple Numbers.
    Numbers,
    /// A Word document.
    Word,
    /// A recovery kit.
    Kit,
    /// Another zip file.
    Zip,
    /// Compressed with gzip.
    Gzip,
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with xz.
    Xz,
    /// Compressed with zstd.
    Zstd,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A tar archive.
    Tar,
    /// Another archive or compressed file; holds its name with the article.
    Archive(&'static str),
    /// Part of a zip file that was split.
    Split,
    /// A zip file in base64, or another file in it.
    Base64,
    /// A zip file in hexadecimal.
    Hex,
    /// A mail message.
    Mail,
    /// A PEM block.
    Pem,
    /// JSON.
    Json,
    /// A shortcut to a file or an address.
    Shortcut,
    /// A PDF document.
    Pdf,
    /// A picture.
    Picture,
    /// An SQLite database.
    Sqlite,
    /// A Parquet, Avro or Arrow file of a data warehouse.
    Warehouse,
    /// A rich-text document.
    RichText,
    /// A web page.
    Html,
    /// An XML document.
    Xml,
    /// HTML, XML or something like it.
    Markup,
    /// A program.
    Program,
    /// Text with two or four bytes a character.
    Wide(&'static str),
    /// Text that is none of these.
    Text,
    /// Something that is no text.
    Binary,
}

impl Foreign {
    /// What the file is, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "an empty file",
            Self::Zeros => "a file of zero bytes: its content was never written",
            Self::Pkcs12 => "a PKCS#12 file (`.p12`, `.pfx`)",
            Self::JavaKeystore => "a Java key store (`.jks`)",
            Self::Putty => "a PuTTY key (`.ppk`)",
            Self::Pvk => "a key in Microsoft's PVK form (`.pvk`)",
            Self::MsBlob => "a key in Microsoft's BLOB form",
            Self::Cms => "a CMS or PKCS#7 file (`.p7b`, `.p7m`)",
            Self::PgpKey => "an OpenPGP (GPG) key",
            Self::PgpMessage => "a file encrypted with OpenPGP (GPG)",
            Self::Age => "a file encrypted with age",
            Self::OpensslEnc => "a file encrypted with `openssl enc`",
            Self::AnsibleVault => "a file encrypted with Ansible Vault",
            Self::Sops => "a file encrypted with SOPS",
            Self::Tpm => "a key of a TPM chip, which no other machine can use",
            Self::Jwe => "an encrypted JSON key (JWE)",
            Self::Excel => "an Excel workbook (`.xlsx`)",
            Self::OldOffice => "a file of old Office or Outlook (`.xls`, `.doc`, `.msg`)",
            Self::OpenDocument => "an OpenDocument file (`.ods`, `.odt`)",
            Self::Numbers => "a spreadsheet of Apple Numbers",
            Self::Word => "a Word document (`.docx`)",
            Self::Kit => "a recovery kit (a zip file with `metadata.json`)",
            Self::Zip => "a zip file",
            Self::Gzip => "a file compressed with gzip",
            Self::Bzip2 => "a file compressed with bzip2",
            Self::Xz => "a file compressed with xz",
            Self::Zstd => "a file compressed with zstd",
            Self::SevenZip => "a 7-Zip archive",
            Self::Rar => "a RAR archive",
            Self::Tar => "a tar archive",
            Self::Archive(name) => name,
            Self::Split => "one part of a split zip file",
            Self::Base64 => "a file in base64",
            Self::Hex => "a zip file in hexadecimal",
            Self::Mail => "a mail message",
            Self::Pem => "a PEM file, perhaps a key",
            Self::Json => "JSON text",
            Self::Shortcut => "a shortcut to a file elsewhere",
            Self::Pdf => "a PDF document",
            Self::Picture => "a picture",
            Self::Sqlite => "an SQLite database",
            Self::Warehouse => "a Parquet, Avro or Arrow file",
            Self::RichText => "a rich-text document (`.rtf`)",
            Self::Html => "a web page (HTML)",
            Self::Xml => "an XML document",
            Self::Markup => "a web page or other markup, perhaps the login page of a download",
            Self::Program => "a program, perhaps an archive that unpacks itself",
            Self::Wide(name) => name,
            Self::Text => "a text",
            Self::Binary => "no text, but binary data of an unknown kind",
        }
    }

    /// What the bytes that a file begins with say; `None` for what may be text.
    #[must_use]
    pub fn recognise(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::of_zip(head));
        }
        if head.get(257..262) == Some(b"ustar") {
            return Some(Self::Tar);
        }
        let sure = |(magic, _, how): &&Magic| *how == Sure && head.starts_with(magic);
        if let Some((_, kind, _)) = MAGIC.iter().find(sure) {
            return Some(*kind);
        }
        let text = without_mark(head);
        let text = text.trim_ascii_start();
        let begins = |word: &str| {
            text.get(..word.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
        };
        if begins("<!doctype html") || begins("<html") {
            return Some(Self::Html);
        }
        begins("<?xml").then_some(Self::Xml)
    }

    /// What a file is that should have been a zip file. Text is none, so that its first letters count, too.
    #[must_use]
    pub fn instead_of_zip(bytes: &[u8]) -> Self {
        const DISK_IMAGE: (usize, &[u8]) = (32_769, b"CD001");
        if bytes.is_empty() {
            return Self::Empty;
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Self::Zeros;
        }
        let text = without_mark(bytes);
        let text = text.trim_ascii_start();
        if is_mail(text) {
            return Self::Mail;
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Self::Tar;
        }
        let (at, mark) = DISK_IMAGE;
        if bytes.get(at..at + mark.len()) == Some(mark) {
            return Self::Archive("a disk image");
        }

        let starts = |(magic, _, _): &&Magic| {
            bytes.starts_with(magic) || (magic.is_ascii() && text.starts_with(magic))
        };
        let kind = MAGIC.iter().find(starts).map(|(_, kind, _)| *kind);
        kind.unwrap_or_else(|| of_rest(text))
    }

    /// Whether text has two or four bytes a character, with or without a byte order mark.
    #[must_use]
    pub fn wide(head: &[u8]) -> Option<Self> {
        let (utf16, utf32) = (Self::Wide("in UTF-16"), Self::Wide("in UTF-32"));
        if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
            return Some(utf32);
        }
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Some(utf16);
        }
        // Text in Latin letters has its zeros at regular places.
        let zeros = |step: usize, at: usize| {
            let sample = head.get(..head.len().min(64) / 4 * 4).unwrap_or_default();
            sample.len() >= 4
                && sample
                    .iter()
                    .enumerate()
                    .all(|(index, byte)| (*byte == 0) == (index % step != at))
        };
        if zeros(4, 0) || zeros(4, 3) {
            return Some(utf32);
        }
        (zeros(2, 0) || zeros(2, 1)).then_some(utf16)
    }

    fn of_zip(head: &[u8]) -> Self {
        let has = |name: &str| memchr::memmem::find(head, name.as_bytes()).is_some();
        if has("xl/") {
            Self::Excel
        } else if has("word/") {
            Self::Word
        } else if has("opendocument") {
            Self::OpenDocument
        } else if has(".iwa") {
            Self::Numbers
        } else if has("[Content_Types].xml") || has("docProps/") {
            Self::Excel
        } else if has("metadata.json") {
            Self::Kit
        } else {
            Self::Zip
        }
    }
}

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

fn is_mail(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_lowercase();
    MAIL.iter().any(|header| line.starts_with(header))
}

fn of_rest(text: &[u8]) -> Foreign {
    let start = text.get(..text.len().min(4096)).unwrap_or_default();
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t');
    if start.iter().all(is_text) && std::str::from_utf8(start).is_ok() {
        Foreign::Text
    } else {
        Foreign::Binary
    }
}

/// Whether first bytes alone decide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// No text of a person or a program begins so.
    Sure,
    /// A list or a key may begin so: `504b0304` begins a UUID, too.
    Maybe,
}
use How::{Maybe, Sure};

use super::byte_order_mark::without_mark;

/// First bytes, what they say, and how surely.
type Magic = (&'static [u8], Foreign, How);

/// Of two that fit, the first counts.
const MAGIC: &[Magic] = &[
    // Keys and what is encrypted.
    (b"\xfe\xed\xfe\xed", Foreign::JavaKeystore, Sure),
    (b"\xce\xce\xce\xce", Foreign::JavaKeystore, Sure),
    (b"\x1e\xf1\xb5\xb0", Foreign::Pvk, Sure),
    (b"\x07\x02\0\0\0\xa4\0\0", Foreign::MsBlob, Sure),
    (b"\x06\x02\0\0\0\xa4\0\0", Foreign::MsBlob, Sure),
    (b"PuTTY-User-Key-File-", Foreign::Putty, Sure),
    (b"age-encryption.org/", Foreign::Age, Sure),
    (b"Salted__", Foreign::OpensslEnc, Sure),
    (b"U2FsdGVkX1", Foreign::OpensslEnc, Sure),
    (b"$ANSIBLE_VAULT;", Foreign::AnsibleVault, Sure),
    (b"-----BEGIN AGE", Foreign::Age, Maybe),
    (b"-----BEGIN PGP", Foreign::PgpMessage, Maybe),
    (b"-----BEGIN", Foreign::Pem, Maybe),
    // Archives and compressed files.
    (b"\x1f\x8b", Foreign::Gzip, Sure),
    (
        b"\x1f\x9d",
        Foreign::Archive("a file compressed with compress (`.Z`)"),
        Sure,
    ),
    (b"BZh", Foreign::Bzip2, Sure),
    (b"\xfd7zXZ\0", Foreign::Xz, Sure),
    (b"\x28\xb5\x2f\xfd", Foreign::Zstd, Sure),
    (
        b"LZIP",
        Foreign::Archive("a file compressed with lzip"),
        Sure,
    ),
    (
        b"\x04\x22\x4d\x18",
        Foreign::Archive("a file compressed with LZ4"),
        Sure,
    ),
    (
        b"\x5d\0\0",
        Foreign::Archive("a file compressed with LZMA"),
        Sure,
    ),
    (b"7z\xbc\xaf\x27\x1c", Foreign::SevenZip, Sure),
    (b"Rar!\x1a\x07", Foreign::Rar, Sure),
    (b"MSCF", Foreign::Archive("a cabinet archive"), Sure),
    (b"xar!", Foreign::Archive("a xar archive"), Sure),
    (b"!<arch>", Foreign::Archive("an ar archive"), Sure),
    (b"070707", Foreign::Archive("a cpio archive"), Maybe),
    (b"070701", Foreign::Archive("a cpio archive"), Maybe),
    (b"PK\x07\x08PK", Foreign::Split, Sure),
    (b"PK00PK", Foreign::Split, Sure),
    (b"UEsDB", Foreign::Base64, Maybe),
    (b"data:", Foreign::Base64, Maybe),
    (b"504b0304", Foreign::Hex, Maybe),
    (b"504B0304", Foreign::Hex, Maybe),
    // Documents, databases, programs.
    (b"\xd0\xcf\x11\xe0", Foreign::OldOffice, Sure),
    (b"%PDF", Foreign::Pdf, Sure),
    (b"{\\rtf", Foreign::RichText, Sure),
    (b"\x89PNG", Foreign::Picture, Sure),
    (b"\xff\xd8\xff", Foreign::Picture, Sure),
    (b"GIF8", Foreign::Picture, Sure),
    (b"SQLite format 3", Foreign::Sqlite, Sure),
    (b"PAR1", Foreign::Warehouse, Sure),
    (b"Obj\x01", Foreign::Warehouse, Sure),
    (b"ARROW1", Foreign::Warehouse, Sure),
    (b"\x7fELF", Foreign::Program, Sure),
    (b"MZ", Foreign::Program, Maybe),
    (b"#!", Foreign::Program, Maybe),
    (b"L\0\0\0\x01\x14\x02\0", Foreign::Shortcut, Sure),
    (b"[InternetShortcut]", Foreign::Shortcut, Sure),
    // Text of other formats.
    (b"{", Foreign::Json, Maybe),
    (b"[", Foreign::Json, Maybe),
    (b"<", Foreign::Markup, Maybe),
];
