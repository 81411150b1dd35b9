//! Checkpoints: signed notes (C2SP signed-note, Ed25519) over the audit chain. Whoever keeps one can prove later that
//! nothing before it was changed.
//!
//! ```text
//! recovery.example.com/audit
//! 4711
//! base64(hash of the chain up to event 4711)
//!
//! — recovery.example.com/audit base64(first 4 bytes of SHA-256(name ‖ "\n" ‖ 01 ‖ public key) ‖ signature)
//! ```

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64ct::{Base64, Encoding};
use lifeboat::crypto::secret::SecretBytes;
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use sha2::{Digest, Sha256};

use crate::domain::audit::Head;

/// Length of a signature of Ed25519, in bytes.
const SIGNATURE: usize = 64;
/// The kind of Ed25519 in signed notes.
const ED25519_KIND: u8 = 1;

/// Why there is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The key is none.
    #[error(
        "no Ed25519 private key in PEM (PKCS#8), as `openssl genpkey -algorithm ed25519` makes it"
    )]
    Key,
    /// The text is no note.
    #[error("no checkpoint")]
    Shape,
    /// The signature is another key's, or the text was changed.
    #[error("the signature of the checkpoint does not hold")]
    Signature,
}

/// What checkpoints of one name and key are verified with.
pub struct Verifier {
    name: String,
    public: Vec<u8>,
}

impl Verifier {
    /// Reads `name+id+base64(01 ‖ public key)`, as the log and `audit checkpoint` show it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, id, public) = (parts.next()?, parts.next()?, parts.next()?);
        let public = Base64::decode_vec(public).ok()?;
        let [ED25519_KIND, public @ ..] = public.as_slice() else {
            return None;
        };
        let verifier = Self {
            name: name.to_owned(),
            public: public.to_vec(),
        };
        let is_whole = public.len() == 32 && id == hex::encode(verifier.key_id());
        is_whole.then_some(verifier)
    }

    /// The one of these that a note says that signed it; `None` where it names another.
    ///
    /// # Errors
    /// [`NoteError::Shape`] where it is no note.
    pub fn named_by<'v>(among: &'v [Self], note: &str) -> Result<Option<&'v Self>, NoteError> {
        let (name, signed) = signature_of(note).ok_or(NoteError::Shape)?;
        let is_named = |one: &&Self| name == one.name && signed.starts_with(&one.key_id());
        Ok(among.iter().find(is_named))
    }

    /// The head that a note is over.
    ///
    /// # Errors
    /// [`NoteError`] when it is none of this key's.
    pub fn verify(&self, note: &str) -> Result<Head, NoteError> {
        let (text, _) = note.split_once("\n\n").ok_or(NoteError::Shape)?;
        let (name, signed) = signature_of(note).ok_or(NoteError::Shape)?;
        let (id, signature) = signed.split_at_checked(4).ok_or(NoteError::Shape)?;
        let text = format!("{text}\n");
        let public = UnparsedPublicKey::new(&ED25519, &self.public);
        let holds = public.verify(text.as_bytes(), signature).is_ok();
        if !holds || name != self.name || id != self.key_id() {
            return Err(NoteError::Signature);
        }
        let mut lines = text.lines().skip(1);
        let seq = lines.next().and_then(|line| line.parse().ok());
        let hash = lines.next().and_then(|line| Base64::decode_vec(line).ok());
        Ok(Head {
            seq: seq.ok_or(NoteError::Shape)?,
            hash: hash
                .and_then(|hash| hash.try_into().ok())
                .ok_or(NoteError::Shape)?,
        })
    }

    fn key_id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update(b"\n");
        hash.update([ED25519_KIND]);
        hash.update(&self.public);
        let hash: [u8; 32] = hash.finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

/// Who a note says that signed it, and the key id with the signature.
fn signature_of(note: &str) -> Option<(&str, Vec<u8>)> {
    let (_, signature) = note.split_once("\n\n")?;
    let line = signature.trim_end().strip_prefix("\u{2014} ")?;
    let (name, signed) = line.rsplit_once(' ')?;
    let signed = Base64::decode_vec(signed).ok()?;
    // Four bytes name the key, the others are the signature.
    (signed.len() == 4 + SIGNATURE).then_some((name, signed))
}

/// What signs checkpoints, and under which name.
pub struct Signer {
    name: String,
    key: Ed25519KeyPair,
}

impl Signer {
    /// Reads the key. The name is that of the server: `public_url` without its scheme, and `/audit`.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn read(pem: &SecretBytes, public_url: &str) -> Result<Self, NoteError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose()).map_err(|_| NoteError::Key)?;
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
        let host = public_url.split("://").last().unwrap_or(public_url);
        Ok(Self {
            name: format!("{host}/audit"),
            key: key.map_err(|_| NoteError::Key)?,
        })
    }

    /// The signed note of a head.
    #[must_use]
    pub fn sign(&self, head: &Head) -> String {
        let text = self.text(head);
        let signature = self.key.sign(text.as_bytes());
        let signed = [self.key_id().as_slice(), signature.as_ref()].concat();
        format!(
            "{text}\n\u{2014} {} {}\n",
            self.name,
            Base64::encode_string(&signed)
        )
    }

    /// What others verify notes with: `name+id+base64(01 ‖ public key)`.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        let public = [&[ED25519_KIND], self.public()].concat();
        let id = hex::encode(self.key_id());
        format!("{}+{id}+{}", self.name, Base64::encode_string(&public))
    }

    /// What its checkpoints are verified with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier {
            name: self.name.clone(),
            public: self.public().to_vec(),
        }
    }

    fn text(&self, head: &Head) -> String {
        let hash = Base64::encode_string(&head.hash);
        format!("{}\n{}\n{hash}\n", self.name, head.seq)
    }

    fn public(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    fn key_id(&self) -> [u8; 4] {
        self.verifier().key_id()
    }
}
