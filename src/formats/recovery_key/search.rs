//! Finds the keys in a file, in whatever encoding a key tool, a secret store or an editor gave it (FORMATS.md §2).
//!
//! Encodings may be nested: a PEM block in a JSON string in base64. Nothing is guessed: what is found is a whole
//! structure, or nothing.

use base64ct::{Base64, Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use super::{
    armor::{Block, blocks, plain_text, with_capital_labels, without_literal_ends},
    der,
    error::KeyError,
    json::{self, Found},
    material::{Material, Piece},
    openssh,
};
use crate::crypto::{rsa::KeyNumbers, secret::SecretBytes};
use crate::formats::encoding::byte_order_mark::without_mark;
use crate::formats::encoding::{base64::from_base64, file_kind::Foreign, readable::from_wide};

/// Encodings around each other that are taken off.
const DEEPEST: usize = 5;
/// Most keys that are looked at; with more, the whole file is refused, so that none is lost.
const MOST: usize = 300;

/// Everything in the bytes that is a key or is known not to be one.
pub(in crate::formats) fn search(bytes: &[u8]) -> Vec<Piece> {
    let mut search = Search {
        around: Vec::new(),
        found: Vec::new(),
    };
    search.look(bytes);
    search.found
}

/// Whether keys are in a file in encodings of different kinds, one behind the other: the search follows the first kind
/// that it finds, and whoever seals to the keys of a file must lose none.
pub(in crate::formats) fn has_mixed_encodings(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (mut armor, mut ssh, mut loose, mut in_block) = (false, false, false, false);

    for line in text.lines() {
        if line.contains("BEGIN ") {
            armor = true;
            // A block may lie in one line, with literal line ends.
            in_block = !line.contains("END ");
        } else if line.contains("END ") {
            in_block = false;
        } else if line.contains("ssh-rsa AAAA") && !line.trim_start().starts_with('#') {
            ssh = true;
        } else if !in_block {
            loose |= is_base64_line(line.trim());
        }
    }

    let is_binary = bytes.contains(&0) || bytes.windows(2).any(|pair| pair == [0xff, 0xfe]);
    let is_json_key = text.contains("\"kty\"");
    let is_xml_key = text.contains("RSAKeyValue");
    let kinds = [armor, ssh, loose, is_binary, is_json_key, is_xml_key];
    kinds.into_iter().filter(|kind| *kind).count() > 1
}

/// Whether a line looks like one of a key in base64, without anything around it.
fn is_base64_line(line: &str) -> bool {
    const SHORTEST: usize = 40;
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    line.len() >= SHORTEST && line.bytes().all(is_digit) && !line.bytes().all(|byte| byte == b'-')
}

struct Search {
    around: Vec<&'static str>,
    found: Vec<Piece>,
}

impl Search {
    fn put(&mut self, mut material: Material) {
        if let Material::Fault(KeyError::Foreign(_, in_base64)) = &mut material {
            *in_base64 = self.around.contains(&"base64");
        }
        if self.found.len() == MOST {
            material = Material::Fault(KeyError::TooMany(MOST));
        }
        if self.found.len() <= MOST {
            self.found.push(Piece {
                around: self.around.clone(),
                material,
            });
        }
    }

    /// Looks at what is inside another encoding. Whether anything was found there.
    fn inside(&mut self, encoding: &'static str, bytes: &[u8]) -> bool {
        if self.around.len() >= DEEPEST {
            return false;
        }
        let before = self.found.len();
        self.around.push(encoding);
        self.look(bytes);
        self.around.pop();
        self.found.len() > before
    }

    fn look(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.binary(bytes) || self.wide(bytes) {
            return;
        }
        let bytes = without_mark(bytes);
        if let Some(found) = json::look(bytes) {
            return self.in_json(found);
        }
        let text = plain_text(bytes);
        let text = with_capital_labels(text);
        if self.armored(&text) || self.xml(&text) || self.ssh_lines(&text) || self.wrapped(&text) {
            return;
        }
        if text.contains("AGE-SECRET-KEY-1") || text.trim_start().starts_with("age1") {
            self.put(Material::Fault(KeyError::NotRsa("a key of age")));
        } else if let Some(kind) = Foreign::recognise(bytes) {
            self.put(Material::Fault(KeyError::Foreign(kind, false)));
        } else if bytes.iter().take(512).any(|byte| *byte == 0) {
            self.put(Material::Fault(KeyError::Foreign(Foreign::Binary, false)));
        }
    }

    fn in_json(&mut self, found: Vec<Found<'_>>) {
        for found in found {
            match found {
                Found::Key(material) => self.put(material),
                Found::Text(text) => {
                    self.inside("JSON", text.expose().as_bytes());
                }
            }
        }
    }

    fn binary(&mut self, bytes: &[u8]) -> bool {
        if let Some(der) = der::whole(bytes) {
            let material = der::recognise(der);
            let is_known = material.is_some();
            if let Some(material) = material {
                self.around.push("DER");
                self.put(material);
                self.around.pop();
            }
            return is_known;
        }
        if bytes.starts_with(b"\x30\x82") && der::length(bytes) > Some(bytes.len()) {
            self.put(Material::Fault(KeyError::Cut));
            return true;
        }
        if bytes.starts_with(b"openssh-key-v1\0") {
            self.put(Material::OpenSsh(SecretBytes::new(bytes.to_vec())));
            return true;
        }
        // PEM blocks are in web pages and XML files, too.
        match Foreign::recognise(bytes) {
            Some(Foreign::Html | Foreign::Xml | Foreign::OpensslEnc) | None => false,
            Some(kind) => {
                self.put(Material::Fault(KeyError::Foreign(kind, false)));
                true
            }
        }
    }

    fn wide(&mut self, bytes: &[u8]) -> bool {
        from_wide(bytes).is_some_and(|(encoding, text)| self.inside(encoding, text.as_bytes()))
    }

    /// PEM blocks. Those with literal `\n` are found when these are line ends.
    fn armored(&mut self, text: &str) -> bool {
        if !text.contains("BEGIN") {
            return false;
        }
        if let Some(plain) = without_literal_ends(text) {
            return self.inside("literal `\\n`", plain.as_bytes());
        }
        if text.contains("BEGIN%20") || text.contains("BEGIN+") {
            return without_percent(text)
                .is_some_and(|plain| self.inside("percent-encoding", plain.expose()));
        }
        let found = blocks(text);
        for block in &found {
            self.block(block);
        }
        !found.is_empty()
    }

    fn block(&mut self, block: &Block) {
        // A whole PEM file in base64, with the lines of PEM around that.
        if let Some(content) = &block.content
            && content.expose().starts_with(b"-----BEGIN ")
            && self.inside("PEM", content.expose())
        {
            return;
        }
        let around = self.around.len();
        self.around.push("PEM");
        self.put(of_block(block));
        self.around.truncate(around);
    }

    /// Every `RSAKeyValue`, as .NET writes it.
    fn xml(&mut self, text: &str) -> bool {
        // What follows an opening tag, up to the closing one; what follows that is between two keys.
        let values = text.split("RSAKeyValue").skip(1).step_by(2);
        let before = self.found.len();
        values.for_each(|value| self.xml_key(value));
        self.found.len() > before
    }

    fn xml_key(&mut self, value: &str) {
        let field = |name: &str| {
            let (_, rest) = value.split_once(&format!("{name}>"))?;
            let digits: String = rest
                .split('<')
                .next()?
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .collect();
            let digits = Zeroizing::new(digits);
            Base64::decode_vec(&digits).ok().map(SecretBytes::new)
        };
        let (Some(modulus), Some(exponent)) = (field("<Modulus"), field("<Exponent")) else {
            return self.put(Material::Fault(KeyError::Damaged));
        };
        let secret = (field("<D"), field("<P"), field("<Q"));
        self.put(match secret {
            (Some(private_exponent), Some(p), Some(q)) => Material::Numbers(
                "XML (RSAKeyValue)",
                KeyNumbers {
                    modulus,
                    public_exponent: exponent,
                    private_exponent,
                    primes: [p, q],
                },
            ),
            (None, None, None) => Material::PublicNumbers(
                "XML (RSAKeyValue)",
                modulus.expose().to_vec(),
                exponent.expose().to_vec(),
            ),
            _ => Material::Fault(KeyError::Damaged),
        });
    }

    /// Lines of `.pub` and `authorized_keys` files.
    fn ssh_lines(&mut self, text: &str) -> bool {
        let before = self.found.len();
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            let mut words = line
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'', ',', ';']));
            let Some(name) = words.find(|word| openssh::is_algorithm(word)) else {
                continue;
            };
            let blob = words.next().map(|blob| blob.trim_end_matches('='));
            let blob = blob.and_then(|blob| Base64Unpadded::decode_vec(blob).ok());
            self.put(match blob {
                Some(blob) if name == "ssh-rsa" => Material::SshPublic(blob),
                Some(_) if name.contains("-cert-") => {
                    Material::Fault(KeyError::NotRsa("an SSH certificate"))
                }
                Some(_) => Material::Fault(KeyError::NotRsa(match name {
                    "ssh-ed25519" => "an Ed25519 key (SSH)",
                    "ssh-dss" => "a DSA key (SSH)",
                    name if name.starts_with("ecdsa") => "an elliptic-curve key (SSH, ECDSA)",
                    _ => "a key of a security token (SSH)",
                })),
                None => Material::Fault(KeyError::Damaged),
            });
        }
        self.found.len() > before
    }

    /// base64 or hexadecimal digits of something, alone in the file or, in base64, among other text.
    fn wrapped(&mut self, text: &str) -> bool {
        let kept = |keep: fn(char) -> bool| {
            let mut kept = Zeroizing::new(String::with_capacity(text.len()));
            kept.extend(text.chars().filter(|letter| keep(*letter)));
            kept
        };
        // Quotes around it, as YAML, JSON and `.env` files have them.
        let digits = kept(|letter| !letter.is_whitespace() && letter != '"' && letter != '\'');
        let hex = digits.trim_start_matches("0x").replace(':', "");
        let hex = Zeroizing::new(hex);
        if hex.len() > 64 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let bytes = base16ct::mixed::decode_vec(hex.as_bytes()).map(SecretBytes::new);
            return bytes.is_ok_and(|bytes| self.inside("hexadecimal", bytes.expose()));
        }
        if let Some(bytes) = base64(&digits) {
            return self.inside("base64", bytes.expose());
        }
        // `LS0tLS1CRUdJTi` is `-----BEGIN` in base64, `MII` the beginning of a long DER structure.
        let words = text.split(|letter: char| {
            !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '-' | '_'))
        });
        let mut any = false;
        for word in words {
            let word = word
                .find("LS0tLS1CRUdJTi")
                .or_else(|| word.find("MII"))
                .and_then(|at| word.get(at..));
            let bytes = word.filter(|word| word.len() > 300).and_then(base64);
            any |= bytes.is_some_and(|bytes| self.inside("base64", bytes.expose()));
        }
        any
    }
}

/// The labels that RSA keys have.
const RSA_LABELS: [&str; 7] = [
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "SSH2 PUBLIC KEY",
];

/// What a PEM block holds, by its content; its label tells what kind of thing is damaged.
fn of_block(block: &Block) -> Material {
    let label = block.label.as_str();
    let foreign = |kind| Material::Fault(KeyError::Foreign(kind, false));
    match label {
        "PGP MESSAGE" => return foreign(Foreign::PgpMessage),
        label if label.starts_with("PGP ") => return foreign(Foreign::PgpKey),
        label if label.starts_with("AGE ") => return foreign(Foreign::Age),
        "TSS2 PRIVATE KEY" | "TPM2 PRIVATE KEY" => return foreign(Foreign::Tpm),
        _ => {}
    }
    // Under another label than an RSA key has, what is no structure is nothing damaged, but another thing.
    let is_of_rsa = RSA_LABELS.contains(&label);
    let begins_structure = block
        .content
        .as_ref()
        .is_some_and(|content| content.expose().starts_with(&[0x30]));
    let broken = || {
        Material::Fault(
            if !label.ends_with("KEY") || !is_of_rsa && !begins_structure {
                KeyError::OtherBlock(crate::formats::encoding::shown::shown_name(label))
            } else if block.ended {
                KeyError::Damaged
            } else {
                KeyError::Cut
            },
        )
    };
    let Some(content) = &block.content else {
        return broken();
    };
    let bytes = content.expose();
    if let Some(header) = &block.dek_info {
        return Material::Legacy(header.clone(), bytes.to_vec());
    }
    if bytes.starts_with(b"openssh-key-v1\0") {
        return Material::OpenSsh(SecretBytes::new(bytes.to_vec()));
    }
    if bytes.starts_with(b"\0\0\0\x07ssh-rsa") {
        return Material::SshPublic(bytes.to_vec());
    }
    der::whole(bytes)
        .and_then(der::recognise)
        .unwrap_or_else(broken)
}

/// Standard or URL-safe base64, with or without padding, of more than a few bytes.
fn base64(digits: &str) -> Option<SecretBytes> {
    if digits.trim_end_matches('=').len() < 100 {
        return None;
    }
    from_base64(digits)
}

/// `%0A` and `+` as web forms hold them, resolved. A plus sign of base64 is `%2B` there.
fn without_percent(text: &str) -> Option<SecretBytes> {
    let plus_is_space = text.contains("BEGIN+");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let mut value = [0];
                base16ct::mixed::decode(digits, &mut value).ok()?;
                value[0]
            }
            b'+' if plus_is_space => b' ',
            byte => byte,
        });
    }
    Some(SecretBytes::new(bytes))
}
