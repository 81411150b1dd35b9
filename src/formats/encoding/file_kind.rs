//! Files of other kinds, told by their first bytes, so that a person learns what was named instead of a key or a list.

/// What a file is that is neither a key in a form read here nor a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
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
    /// A program.
    Program,
    /// Text with two or four bytes a character.
    Wide(&'static str),
    /// Something that is no text.
    Binary,
}

impl Foreign {
    /// What the file is, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
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
            Self::OldOffice => "a file of old Office (`.xls`, `.doc`)",
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
            Self::Pdf => "a PDF document",
            Self::Picture => "a picture",
            Self::Sqlite => "an SQLite database",
            Self::Warehouse => "a Parquet, Avro or Arrow file",
            Self::RichText => "a rich-text document (`.rtf`)",
            Self::Html => "a web page (HTML)",
            Self::Xml => "an XML document",
            Self::Program => "a program",
            Self::Wide(name) => name,
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
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        if let Some((_, kind)) = magic {
            return Some(*kind);
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
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

const MAGIC: &[(&[u8], Foreign)] = &[
    (b"\xfe\xed\xfe\xed", Foreign::JavaKeystore),
    (b"\xce\xce\xce\xce", Foreign::JavaKeystore),
    (b"\x1e\xf1\xb5\xb0", Foreign::Pvk),
    (b"\x07\x02\0\0\0\xa4\0\0", Foreign::MsBlob),
    (b"\x06\x02\0\0\0\xa4\0\0", Foreign::MsBlob),
    (b"PuTTY-User-Key-File-", Foreign::Putty),
    (b"age-encryption.org/", Foreign::Age),
    (b"Salted__", Foreign::OpensslEnc),
    (b"U2FsdGVkX1", Foreign::OpensslEnc),
    (b"$ANSIBLE_VAULT;", Foreign::AnsibleVault),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign::OldOffice),
    (b"\x1f\x8b", Foreign::Gzip),
    (b"BZh", Foreign::Bzip2),
    (b"\xfd7zXZ\0", Foreign::Xz),
    (b"\x28\xb5\x2f\xfd", Foreign::Zstd),
    (b"7z\xbc\xaf\x27\x1c", Foreign::SevenZip),
    (b"Rar!\x1a\x07", Foreign::Rar),
    (b"%PDF-", Foreign::Pdf),
    (b"\x89PNG", Foreign::Picture),
    (b"\xff\xd8\xff", Foreign::Picture),
    (b"GIF8", Foreign::Picture),
    (b"SQLite format 3", Foreign::Sqlite),
    (b"PAR1", Foreign::Warehouse),
    (b"Obj\x01", Foreign::Warehouse),
    (b"ARROW1", Foreign::Warehouse),
    (b"{\\rtf", Foreign::RichText),
    (b"\x7fELF", Foreign::Program),
];
