//! What several targets share: the bar that every message meets, and steps that begin where a parser ends.

// The endpoint's readers, out of its sources: as a crate it would bring a web server, two databases and TLS along.
#[path = "../../endpoint/src/config/mod.rs"]
pub mod config;
#[path = "../../endpoint/src/domain/mod.rs"]
pub mod domain;
#[path = "../../endpoint/src/identity/webhook_secret.rs"]
pub mod webhook_secret;

use std::{convert::Infallible, fmt::Display};

use lifeboat::{
    crypto::{
        curve::Scalar,
        envelope::FileKey,
        rsa::RecoveryKey,
        secret::{Secret, SecretBytes, Wiped},
        secret_sharing::FullKey,
    },
    formats::{
        full_key::extended_key::{ExtendedKey, extended_private, extended_public},
        kit::{archive::NamedBytes, container::Kit},
        recovery_key::file::{PrivateKeyFile, read_private_key, read_public_key},
        server_share::{
            import::{CosignerShare, ServerShares, WalletShares},
            record::{CosignerShares, Record, RecordFormat},
        },
    },
    operations::{open_kit::open_wallet_master, verify_kit::verify},
};
use rand_core::{TryCryptoRng, TryRng};

/// Between a kit's entries in the input of `kit_files`.
pub const ENTRY_MARK: &[u8] = b"\n\x1e";
/// Between an entry's name and its content.
pub const NAME_MARK: &[u8] = b"\n\x1f";

/// What is said to people stays on its line: no control characters, and an end.
pub fn decent<T: Display + ?Sized>(text: &T) {
    let text = text.to_string();
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.len() < 4_000, "{} bytes of message", text.len());
}

/// The input of `kit_files` as the files of a folder.
pub fn files_of(data: &[u8]) -> Vec<NamedBytes> {
    let file = |part: &[u8]| {
        let (name, bytes) = cut(part, NAME_MARK)?;
        Some(NamedBytes {
            name: String::from_utf8(name.to_vec()).ok()?,
            bytes: bytes.to_vec(),
        })
    };
    let (mut files, mut rest) = (Vec::new(), data);
    while let Some((part, behind)) = cut(rest, ENTRY_MARK) {
        files.extend(file(part));
        rest = behind;
    }
    files.extend(file(rest));
    files
}

fn cut<'a>(data: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = data.windows(mark.len()).position(|window| window == mark)?;
    Some((&data[..at], &data[at + mark.len()..]))
}

/// Everything that can be asked of a kit without a key.
pub fn look_through(kit: &Kit) {
    kit.warnings.iter().for_each(decent);
    for key in &kit.metadata.keys {
        assert!(kit.share_entries(key.id).len() <= kit.entries.len());
        kit.owner_shares(key.id).err().iter().for_each(decent);
    }
    for master in &kit.metadata.wallet_masters {
        let entry = |cosigner| kit.cosigner_entry(cosigner, master.id);
        assert!(
            master
                .cosigners
                .iter()
                .filter_map(entry)
                .all(|entry| entry.name.ends_with(&master.id.to_string()))
        );
    }
    kit.sealed_passphrase().err().iter().for_each(decent);
    kit.public_key_pem()
        .and_then(|pem| read_public_key(pem).err())
        .iter()
        .for_each(decent);
}

/// Everything that a recovery key opens in a kit.
pub fn open(kit: &Kit, key: &RecoveryKey) {
    open_wallet_master(kit, key, &mut Counter(0))
        .err()
        .iter()
        .for_each(decent);
    let found = verify(kit, key, None, &mut Counter(0));
    found
        .checks
        .iter()
        .filter_map(|check| check.outcome.why())
        .for_each(|why| decent(&why));
}

/// The RSA-2048 key of `fixtures/keys`.
pub fn fixture_key() -> RecoveryKey {
    match read_private_key(include_bytes!("../../fixtures/keys/old.pkcs8.pem")) {
        Ok(PrivateKeyFile::Open(key)) => key,
        _ => panic!("the fixture is an open key"),
    }
}

/// The file key of every sealed seed.
pub fn file_key() -> FileKey {
    FileKey::unwrapped(&SecretBytes::new(vec![7; 32])).expect("32 bytes")
}

/// An extended key written again is the same key; a public one is the same text.
pub fn is_written_again(key: &ExtendedKey, text: Option<&str>) {
    let (public, chain_code) = (key.public_key(), key.chain_code());
    let written = extended_public(public, chain_code.expose());
    let again = ExtendedKey::parse(&written).expect("what is written parses");
    assert!(again.public_key() == public && again.chain_code().same_as(chain_code));
    match key {
        ExtendedKey::Public(_) => assert!(
            text.is_none_or(|text| text == written),
            "two texts for one key"
        ),
        ExtendedKey::Private(node) => {
            let scalar = Scalar::from_canonical(public.curve(), &node.expose().to_bytes())
                .expect("a scalar");
            let full = FullKey::checked(scalar, public).expect("its own public key");
            let written = extended_private(&full, chain_code.expose());
            assert!(
                text.is_none_or(|text| text == written.expose()),
                "two texts for one key"
            );
            assert!(matches!(
                ExtendedKey::parse(written.expose()),
                Ok(ExtendedKey::Private(_))
            ));
        }
    }
}

/// The text of every sealed seed's record at this position.
pub fn sealed_text(position: u64) -> String {
    format!("text of record {position}")
}

/// Server shares as records that can be written, one algorithm a cosigner.
pub fn records_of(found: &ServerShares) -> Vec<Record> {
    let wiped = |secret: &Secret<32>| Wiped::new(*secret.expose());
    let one = |share: &CosignerShare| CosignerShares {
        cosigner: share.cosigner,
        shares: vec![(share.algorithm, wiped(&share.share))],
    };
    let record = |(wallet_id, wallet): (&_, &WalletShares)| Record {
        wallet_id: *wallet_id,
        chain_code: wiped(&wallet.chain_code),
        shares: wallet.shares.iter().map(one).collect(),
    };
    found.iter().map(record).collect()
}

/// A whole result file.
pub fn file_of(records: &[Record], format: RecordFormat) -> Vec<u8> {
    let mut out = format.header().as_bytes().to_vec();
    records
        .iter()
        .enumerate()
        .for_each(|(index, record)| format.write(record, index == 0, &mut out));
    out.extend_from_slice(format.footer().as_bytes());
    out
}

/// Counts instead of drawing lots: a find must come back when it is run again. Nothing secret is made with it.
pub struct Counter(pub u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        Ok((self.0 ^ self.0 >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.try_next_u64()? as u8;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
