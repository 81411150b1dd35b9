//! Every bit of the demo kit flipped, one at a time, and every truncation: each ends in an error or in the right shares.
//!
//! Contents are under the zip file's checksums, and cosigner entries under RSA-OAEP besides. What no checksum covers
//! is either not looked at (times, versions, attributes) or says where entries are and what they are called: a change
//! there may cost a share, and must never give another one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use lifeboat::{
    crypto::{
        eddsa_variants::EddsaVariant, rsa::RecoveryKey, secret::Passphrase,
        server_share::WalletMaster,
    },
    formats::{
        kit::{
            archive::NamedBytes,
            container::{EntryKind, Kit},
            metadata::SigningKey,
        },
        recovery_key::file::{PrivateKeyFile, read_private_key},
        server_share::record::RecordFormat,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        derive::{Derivation, Form},
        open_kit::{OpenError, OwnerSecret, open_signing_key, open_wallet_master},
    },
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{
    Folder, Run,
    forge::{Forge, WALLET, rng},
    json_fixture, lifeboat, read_fixture,
};

static KEY: LazyLock<RecoveryKey> = LazyLock::new(|| {
    let locked = read_private_key(&read_fixture("demo/recovery-private.pem"));
    let Ok(PrivateKeyFile::Locked(locked)) = locked else {
        panic!("the fixture is a locked key")
    };
    locked
        .unlock(&passphrase("demo/key-passphrase.txt"))
        .ok()
        .unwrap()
});

fn passphrase(file: &str) -> Passphrase {
    Passphrase::new(read_fixture(file).trim_ascii_end().to_vec())
}

/// How damaged kits ended.
#[derive(Debug, Default)]
struct Tally {
    /// Everything opened and was right.
    right: usize,
    /// The kit could not be read, by kind of error.
    unread: BTreeMap<String, usize>,
    /// Something in it did not open, by kind of error; what did was right.
    unopened: BTreeMap<String, usize>,
}

impl Tally {
    fn refused(&self) -> usize {
        self.unread.values().chain(self.unopened.values()).sum()
    }
}

/// The variants of an error, without what they hold.
fn kind(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let end = text.find(['"', ' ', ',']).unwrap_or(text.len());
    text[..end].trim_matches(['(', ')']).to_owned()
}

/// Opens kits as `derive` and `workspace` do, and holds everything that opens against what the demo must give.
struct Reader {
    shares: Value,
    keys: Value,
    owner: OwnerSecret,
    /// What was opened before, by all that it is opened from: RSA is slow, and most damage leaves that as it was.
    known: HashMap<Vec<u8>, Result<(), OpenError>>,
    tally: Tally,
}

impl Reader {
    fn new() -> Self {
        let (shares, keys) = (
            json_fixture("demo/expected-shares.json"),
            json_fixture("demo/expected-keys.json"),
        );
        let owner = OwnerSecret::Passphrase(passphrase("demo/owner-passphrase.txt"));
        Self {
            shares,
            keys,
            owner,
            known: HashMap::new(),
            tally: Tally::default(),
        }
    }

    fn meet(&mut self, archive: &[u8], place: &str) {
        let kit = match Kit::from_zip(archive) {
            Ok(kit) => kit,
            Err(error) => return *self.tally.unread.entry(kind(&error)).or_default() += 1,
        };
        // Each is looked at, also behind one that does not open.
        let mut opened = vec![self.meet_wallet_master(&kit, place)];
        opened.extend(
            kit.metadata
                .keys
                .iter()
                .map(|signing| self.meet_signing_key(&kit, signing, place)),
        );
        match opened.into_iter().collect::<Result<(), _>>() {
            Ok(()) => self.tally.right += 1,
            Err(error) => *self.tally.unopened.entry(kind(&error)).or_default() += 1,
        }
    }

    /// Panics where the wallet master opens and gives another share.
    fn meet_wallet_master(&mut self, kit: &Kit, place: &str) -> Result<(), OpenError> {
        let masters = kit.metadata.wallet_masters.iter();
        let found = masters.flat_map(|master| {
            master
                .cosigners
                .iter()
                .map(|one| kit.cosigner_entry(one, master.id))
        });
        let from = found
            .map(|entry| entry.map_or(b"".as_slice(), |entry| &entry.bytes))
            .chain([metadata(kit)]);
        let from = from.collect::<Vec<_>>().join(b"\0".as_slice());
        if let Some(known) = self.known.get(&from) {
            return known.clone();
        }
        let outcome = open_wallet_master(kit, &KEY, &mut rng()).map(|(master, cosigners)| {
            assert_eq!(
                self.derive(&master, &cosigners),
                self.shares,
                "another share: {place}"
            );
        });
        self.known.insert(from, outcome.clone());
        outcome
    }

    /// Panics where a workspace key opens and is another one.
    fn meet_signing_key(
        &mut self,
        kit: &Kit,
        signing: &SigningKey,
        place: &str,
    ) -> Result<(), OpenError> {
        let mut from = [signing.id.as_bytes(), metadata(kit)].concat();
        for (number, entry) in kit.share_entries(signing.id) {
            from.extend(number.to_be_bytes());
            from.extend(&entry.bytes);
        }
        kit.owner_entries()
            .for_each(|entry| from.extend([entry.name.as_bytes(), &entry.bytes].concat()));
        if let Some(known) = self.known.get(&from) {
            return known.clone();
        }
        let outcome =
            open_signing_key(kit, signing, &KEY, Some(&self.owner), &mut rng()).map(|full| {
                let known = &self.keys[signing.id.to_string()];
                assert_eq!(
                    known["privateKey"].as_str(),
                    Some(full.expose().to_bytes().to_hex().expose()),
                    "{place}"
                );
                assert_eq!(
                    known["chainCode"].as_str(),
                    Some(&*hex::encode(signing.chain_code)),
                    "{place}"
                );
            });
        self.known.insert(from, outcome.clone());
        outcome
    }

    fn derive(&self, master: &WalletMaster, cosigners: &[Uuid]) -> Value {
        let (form, algorithms) = (
            Form::Clear(RecordFormat::Json),
            &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        );
        let derivation = Derivation {
            master,
            cosigners,
            algorithms,
            eddsa: EddsaVariant::default(),
            form,
            part: 0..1,
            threads: 1,
        };
        let mut out = b"{".to_vec();
        for (index, id) in self.shares.as_object().unwrap().keys().enumerate() {
            let record = derivation.record(WalletId::parse(id.as_bytes()).unwrap());
            RecordFormat::Json.write(&record, index == 0, &mut out);
        }
        out.push(b'}');
        serde_json::from_slice(&out).unwrap()
    }
}

fn metadata(kit: &Kit) -> &[u8] {
    &kit.entries
        .iter()
        .find(|entry| entry.kind == EntryKind::Metadata)
        .unwrap()
        .bytes
}

#[test]
fn every_flipped_bit_ends_in_an_error_or_the_right_shares() {
    let kit = read_fixture("demo/kit.zip");
    let mut reader = Reader::new();
    reader.meet(&kit, "the sound kit");
    assert_eq!(reader.tally.right, 1, "{:?}", reader.tally);
    let mut flipped = kit.clone();
    for bit in 0..kit.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        reader.meet(&flipped, &format!("bit {} of byte {}", bit % 8, bit / 8));
        flipped[bit / 8] = kit[bit / 8];
    }
    let tally = &reader.tally;
    println!("{tally:?}");
    assert_eq!(tally.right + tally.refused(), 1 + kit.len() * 8);
    // Every kind of end is met: what nobody looks at, what a checksum shows, what header and directory disagree on.
    assert!(
        tally.right > 1_000 && tally.unread["Archive(BadEntry"] > 30_000,
        "{tally:?}"
    );
    assert!(
        tally.unread["Archive(Ambiguous"] > 5_000 && tally.unopened.is_empty(),
        "{tally:?}"
    );
}

/// A folder has no checksums: what a flipped bit does not break it may change. The fingerprint shows every one.
#[test]
fn every_flipped_bit_in_a_folder_ends_in_an_error_or_another_fingerprint() {
    let forge = Forge::wallets();
    let open = |metadata: &[u8]| {
        let files = forge.files().into_iter().map(|(name, bytes)| NamedBytes {
            bytes: if name == "metadata.json" {
                metadata.to_vec()
            } else {
                bytes
            },
            name,
        });
        Kit::from_files(files.collect())
    };
    let sound = forge.metadata.to_string().into_bytes();
    let fingerprint = *open(&sound).ok().unwrap().fingerprint();
    assert_eq!(
        &fingerprint,
        Kit::from_zip(&forge.zip()).ok().unwrap().fingerprint(),
        "a zip file and its folder have one fingerprint"
    );

    let (mut flipped, mut altered) = (sound.clone(), 0);
    for bit in 0..sound.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(kit) = open(&flipped) {
            assert!(!kit.is(&fingerprint), "bit {bit}");
            altered += 1;
        }
        flipped[bit / 8] = sound[bit / 8];
    }
    assert!(altered > 100, "{altered}");
}

#[test]
fn a_folder_is_warned_about_and_another_one_than_was_meant_is_refused() {
    let bench = Folder::with_out();
    let mut forge = Forge::wallets();
    std::fs::create_dir(bench.path("kit")).unwrap();
    let lay_out = |forge: &Forge| {
        for (name, bytes) in forge.files() {
            bench.put(&format!("kit/{name}"), bytes);
        }
    };
    lay_out(&forge);
    let folder = bench.text("kit");
    let shown = bench.inspect(&folder).json();
    let meant = shown["sha256"].as_str().unwrap().to_owned();
    let zipped = bench.put("kit.zip", forge.zip());
    assert_eq!(bench.inspect(&zipped).json()["sha256"], shown["sha256"]);

    let seed = forge.master()["walletSeed"].as_str().unwrap().to_owned();
    forge.master()["walletSeed"] = seed.replacen('2', "3", 1).into();
    lay_out(&forge);
    let said = bench.derive(&folder, &[WALLET]);
    said.json();
    assert!(
        said.stderr.contains("nothing proves this kit"),
        "{}",
        said.stderr
    );
    std::fs::remove_file(bench.path("out/shares")).unwrap();
    bench
        .derive(&folder, &[WALLET, "--kit-sha256", &meant])
        .refused(3, "other_kit", &["fingerprint"]);
    bench.is_clean();
    bench
        .derive(&zipped, &[WALLET, "--kit-sha256", &meant])
        .json();
    let file = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(
        std::fs::read(&zipped).unwrap(),
    ));
    lifeboat(&["--json", "kit", "inspect", &zipped, "--kit-sha256", &file]).json();

    // The digest of a zip file is no word about a folder: nobody is told that the kit was altered.
    let said = lifeboat(&["--json", "kit", "inspect", &folder, "--kit-sha256", &file]);
    let error = said.refused(
        3,
        "other_kit",
        &["says nothing about a folder", "re-packed"],
    );
    let shown = lifeboat(&["--json", "kit", "inspect", &folder]).json();
    let text = error.to_string();
    assert!(text.contains(shown["sha256"].as_str().unwrap()), "{text}");
    assert!(!text.contains("is another one"), "{text}");
}

#[test]
fn every_truncation_ends_in_an_error() {
    let kit = read_fixture("demo/kit.zip");
    let mut reader = Reader::new();
    (0..kit.len())
        .for_each(|length| reader.meet(&kit[..length], &format!("cut to {length} bytes")));
    println!("{:?}", reader.tally);
    assert_eq!(reader.tally.right, 0, "{:?}", reader.tally);
    assert_eq!(reader.tally.refused(), kit.len());
}

/// Damage of many kinds, the same on every run: flipped, filled, cut, doubled, moved.
fn damaged(file: &[u8], turn: usize) -> Vec<u8> {
    let mut lot = 0x9e37_79b9_u64 * (turn as u64 + 1);
    let mut place = |below: usize| {
        lot = lot
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (lot >> 33) as usize % below
    };
    let mut bytes = file.to_vec();
    let (at, length) = (place(file.len()), 1 + place(file.len() / 8));
    let end = file.len().min(at + length);
    match turn % 6 {
        0 => (0..3).for_each(|_| bytes[place(file.len())] ^= 1 << place(8)),
        1 => bytes[at..end].fill([0, 0xff, b'\n', b'"'][place(4)]),
        2 => bytes.truncate(at),
        3 => drop(bytes.splice(at..at, file[at..end].to_vec())),
        4 => drop(bytes.drain(at..end)),
        _ => bytes[at..end].reverse(),
    }
    bytes
}

/// The exit status of a run with `--json`, which says one thing, decently, and keeps to its own status.
fn end_of(said: &Run) -> i32 {
    said.is_decent();
    let outcome: Value =
        serde_json::from_str(&said.stdout).expect("exactly one JSON object on standard output");
    assert_eq!(outcome["ok"], said.exit == 0, "{outcome}");
    if said.exit != 0 {
        let error = &outcome["error"];
        assert!(
            ["code", "message", "hint"]
                .iter()
                .all(|part| !error[part].as_str().unwrap().is_empty()),
            "{outcome}"
        );
    }
    assert!(
        [0, 2, 3].contains(&said.exit),
        "{} {}",
        said.exit,
        said.stderr
    );
    said.exit
}

#[test]
fn the_door_says_decently_what_is_wrong_with_a_damaged_kit() {
    let (sound, mut ends) = (Forge::wallets().zip(), BTreeMap::new());
    for turn in 0..36 {
        let bench = Folder::with_out();
        let kit = bench.put("kit.zip", damaged(&sound, turn));
        let end = end_of(&bench.derive(&kit, &[WALLET]));
        *ends.entry(end).or_insert(0) += 1;
        assert_eq!(bench.results().len(), usize::from(end == 0), "turn {turn}");
    }
    println!("{ends:?}");
    assert!(ends[&2] > 20, "{ends:?}");
}

#[test]
fn the_door_says_decently_what_is_wrong_with_a_damaged_key() {
    let (bench, mut ends) = (Folder::with_out(), BTreeMap::new());
    let passphrase = bench.put("passphrase", "SECRET");
    let dresses = [
        "old.pkcs8",
        "recovery.pkcs1.encrypted",
        "recovery.pkcs8.pbkdf2-sha1",
        "old.public",
    ];
    for (turn, dress) in (0..36).zip(dresses.iter().cycle()) {
        let key = bench.put(
            "key.pem",
            damaged(&read_fixture(&format!("keys/{dress}.pem")), turn),
        );
        let said = lifeboat(&[
            "--json",
            "key",
            "show",
            &key,
            "--key-passphrase-file",
            &passphrase,
        ]);
        *ends.entry(end_of(&said)).or_insert(0) += 1;
    }
    println!("{ends:?}");
    assert!(ends[&2] + ends[&3] > 20, "{ends:?}");
}
