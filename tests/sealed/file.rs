//! Sealed files at the library's surface: no flipped bit, no truncation, no moved, doubled, missing or foreign line passes
//! for the file that was sealed (FORMATS.md §13).

use std::sync::LazyLock;

use lifeboat::{
    crypto::{
        envelope::{FileKey, RecordKey},
        rsa::{OaepHash, RecoveryKey, RecoveryPublicKey},
        secret::{Secret, SecretBytes},
    },
    formats::{
        recovery_key::file::{PrivateKeyFile, read_private_key, read_public_key},
        sealed::sealed_file::{
            Ending, Header, KEY_SHARE_1, Recipients, SealedError, is_record_id, write_record,
        },
        server_share::record_reader::{Reading, RecordReader},
    },
    operations::{
        Unwatched,
        seal::seal,
        unseal::{Opened, SealedFile, StillSealed, UnsealError},
    },
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::support::{forge::rng, read_fixture, workload::ids};

/// Every how many-th flip in the own wrapped key is tried with the RSA operation too; all are tried against the code.
const RSA_STRIDE: usize = 24;

static PRIVATE: LazyLock<RecoveryKey> = LazyLock::new(|| private("recovery"));

fn private(name: &str) -> RecoveryKey {
    match read_private_key(&read_fixture(&format!("keys/{name}.pkcs8.pem"))).unwrap() {
        PrivateKeyFile::Open(key) => key,
        PrivateKeyFile::Locked(_) => panic!("the fixture is an open key"),
    }
}

fn public(name: &str) -> RecoveryPublicKey {
    read_public_key(&read_fixture(&format!("keys/{name}.public.pem"))).unwrap()
}

/// The NDJSON of so many records; ids and shares follow from the number.
fn clear(records: usize, mark: u8) -> String {
    let line = |(index, id): (usize, String)| {
        let (chain, share) = (hex::encode([mark; 32]), hex::encode([index as u8; 32]));
        let cosigner = "a1b2c3d4-e5f6-4789-8abc-def012345678";
        format!(
            r#"{{"walletId":"{id}","chaincode":"{chain}","shares":[{{"cosigner":"{cosigner}","MPC_CMP_ECDSA_SECP256K1":"{share}"}}]}}"#
        ) + "\n"
    };
    ids(records as u32)
        .into_iter()
        .enumerate()
        .map(line)
        .collect()
}

/// A header of one version; only the newest is written by the library.
fn header(version: u32, salt: u8) -> Header {
    let header = Header::new(KEY_SHARE_1, &[salt; 32], None, Vec::new());
    let line = header.line();
    let older = line.replacen("\"version\":2", &format!("\"version\":{version}"), 1);
    Header::parse(older.as_bytes()).unwrap()
}

/// Sealed to two recipients, in one version of the format.
fn sealed(version: u32, text: &str) -> Vec<u8> {
    let file_key = FileKey::generate(&mut rng());
    let to = [public("other"), public("recovery")];
    sealed_lines(&file_key, &header(version, 9), &to, text)
        .concat()
        .into_bytes()
}

/// The lines of a sealed file, with their ends.
fn sealed_lines(
    file_key: &FileKey,
    header: &Header,
    to: &[RecoveryPublicKey],
    text: &str,
) -> Vec<String> {
    let (keys, mut ending) = (header.run_keys(file_key), Ending::of(header));
    let recipients = Recipients::wrap(file_key, &keys, to, &mut rng()).unwrap();
    let mut lines = vec![header.line() + "\n", recipients.line() + "\n"];
    for (position, text) in (0..).zip(text.lines()) {
        let (mut plain, mut line) = (text.as_bytes().to_vec(), Vec::new());
        let id = &text.as_bytes()[13..49];
        let tag = write_record(&keys, position, id, &mut plain, &mut line);
        ending.add(&[tag]);
        lines.push(String::from_utf8(line).unwrap());
    }
    lines.push(ending.line(&keys));
    lines
}

/// Sealed by the operation.
fn sealed_by_operation(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let records = RecordReader::begin(text.as_bytes(), Reading::AsWritten).unwrap();
    seal(
        records,
        &[public("other"), public("recovery")],
        &mut out,
        &mut rng(),
    )
    .unwrap();
    out
}

/// Opens the whole file. With a file key, all but the RSA operation is as with the private one.
fn open_all(file: &[u8], known: Option<&FileKey>) -> Result<String, UnsealError> {
    let file = SealedFile::begin(file)?;
    let keys = match known {
        None => file.unlock(&PRIVATE, &mut rng())?.1,
        Some(known) => {
            let own = hex::encode(PRIVATE.public_key().fingerprint());
            if !file
                .recipients
                .recipients
                .iter()
                .any(|recipient| recipient.key == own)
            {
                return Err(SealedError::NotRecipient(own).into());
            }
            let keys = file.header.run_keys(known);
            file.recipients
                .is_authentic(&keys)
                .then_some(keys)
                .ok_or(SealedError::BadRecipients)?
        }
    };
    let mut text = String::new();
    let mut take = |opened: lifeboat::operations::unseal::Opened<'_>| {
        text += std::str::from_utf8(opened.text).unwrap();
        text.push('\n');
        Ok::<_, UnsealError>(())
    };
    file.open_all(&keys, 1, &mut take, &Unwatched)?;
    Ok(text)
}

fn file_key(file: &[u8]) -> FileKey {
    SealedFile::begin(file)
        .unwrap()
        .unlock(&PRIVATE, &mut rng())
        .unwrap()
        .0
}

#[test]
fn what_the_operation_seals_opens_and_is_of_the_newest_version() {
    let clear = clear(3, 1);
    let file = sealed_by_operation(&clear);
    assert!(file.starts_with(b"{\"lifeboat\":\"sealed\",\"version\":2,"));
    assert_eq!(open_all(&file, None).unwrap(), clear);
}

#[test]
fn every_flipped_bit_is_noticed() {
    flip_every_bit(2);
}

#[test]
fn every_flipped_bit_is_noticed_in_version_1() {
    flip_every_bit(1);
}

fn flip_every_bit(version: u32) {
    let clear = clear(3, 1);
    let file = sealed(version, &clear);
    let known = file_key(&file);
    assert_eq!(open_all(&file, None).unwrap(), clear);
    assert_eq!(open_all(&file, Some(&known)).unwrap(), clear);
    let text = String::from_utf8(file.clone()).unwrap();
    let own = text
        .find(&hex::encode(PRIVATE.public_key().fingerprint()))
        .unwrap();
    let (start, end) = (own, own + text[own..].find("\"}").unwrap());
    let (mut flips, mut with_rsa) = (0, 0);
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(
            open_all(&flipped, Some(&known)).is_err(),
            "bit {bit} of {} was flipped unnoticed",
            file.len() * 8
        );
        flips += 1;
        // In the own wrapped key, and in a sample of the other bits, as a recipient would meet it.
        let inside = (start..end).contains(&(bit / 8));
        if bit % if inside { RSA_STRIDE } else { 20 * RSA_STRIDE } == 0 {
            assert!(
                open_all(&flipped, None).is_err(),
                "bit {bit} was flipped unnoticed"
            );
            with_rsa += 1;
        }
    }
    assert!(flips > 20_000 && with_rsa > 200, "{flips} {with_rsa}");
}

#[test]
fn every_truncation_is_noticed() {
    truncate_everywhere(1);
    truncate_everywhere(2);
}

fn truncate_everywhere(version: u32) {
    let file = sealed(version, &clear(3, 1));
    let known = file_key(&file);
    for length in 0..file.len() {
        let cut = &file[..length];
        assert!(
            open_all(cut, Some(&known)).is_err(),
            "cut to {length} of {} bytes unnoticed",
            file.len()
        );
    }
    for more in ["\n", " ", "\0", "{}\n"] {
        let longer = [file.as_slice(), more.as_bytes()].concat();
        assert!(
            open_all(&longer, Some(&known)).is_err(),
            "{more:?} was added unnoticed"
        );
    }
}

#[test]
fn what_is_noticed_is_named() {
    name_what_is_noticed(1);
    name_what_is_noticed(2);
}

fn name_what_is_noticed(version: u32) {
    let file = String::from_utf8(sealed(version, &clear(3, 1))).unwrap();
    let known = file_key(file.as_bytes());
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    let said = |lines: &[&str]| {
        open_all(lines.concat().as_bytes(), Some(&known))
            .unwrap_err()
            .to_string()
    };
    let [head, listed, first, second, third, closing] = lines[..] else {
        panic!("{} lines", lines.len())
    };
    assert_eq!(
        said(&[head, listed, first, second, third]),
        SealedError::CutOff(3).to_string()
    );
    assert_eq!(
        said(&[head, listed, first, second, closing]),
        SealedError::BadClosing(2).to_string()
    );
    assert_eq!(
        said(&[head, listed, second, first, third, closing]),
        SealedError::BadRecord(3).to_string()
    );
    assert_eq!(
        said(&[head, listed, first, first, third, closing]),
        SealedError::BadRecord(4).to_string()
    );
    assert_eq!(
        said(&[head, listed, first, "{}\n", third, closing]),
        SealedError::BadLine(4).to_string()
    );
    assert_eq!(
        said(&[head, listed, first, second, third, closing, closing]),
        SealedError::Trailing.to_string()
    );
    assert_eq!(said(&[listed, first]), SealedError::NotSealed.to_string());
    let mark = format!("\"version\":{version}");
    let newer = head.replace(&mark, "\"version\":3,\"more\":[]");
    assert_eq!(said(&[&newer, listed]), SealedError::Newer(3).to_string());
    // The other version is another header: nothing of the file opens under it.
    let other = head.replace(&mark, &format!("\"version\":{}", 3 - version));
    assert_eq!(
        said(&[&other, listed, first, second, third, closing]),
        SealedError::BadRecipients.to_string()
    );
    let older = head.replace(&mark, "\"version\":0");
    assert_eq!(said(&[&older, listed]), SealedError::BadLine(1).to_string());
    let spaced = head.replace(':', ": ");
    assert_eq!(
        said(&[&spaced, listed, first]),
        SealedError::BadLine(1).to_string()
    );
    let alone = listed.replacen(
        &listed[listed.find('{').unwrap()..=listed.find("},").unwrap() + 1],
        "{\"recipients\":[",
        1,
    );
    assert!(
        said(&[head, &alone, first, second, third, closing]).contains("recipients"),
        "{alone}"
    );
}

#[test]
fn a_name_is_no_recipient_without_its_key() {
    let file = String::from_utf8(sealed(2, &clear(1, 1))).unwrap();
    let own = hex::encode(PRIVATE.public_key().fingerprint());
    let stranger = private("passphrase");
    let unlock = |text: &str| {
        SealedFile::begin(text.as_bytes())
            .unwrap()
            .unlock(&stranger, &mut rng())
            .map(|_| ())
    };
    assert!(matches!(
        unlock(&file),
        Err(UnsealError::Sealed(SealedError::NotRecipient(_)))
    ));
    let renamed = file.replace(&own, &hex::encode(stranger.public_key().fingerprint()));
    assert!(matches!(
        unlock(&renamed),
        Err(UnsealError::Sealed(SealedError::BadRecipients))
    ));
}

#[test]
fn small_keys_and_no_keys_are_no_recipients() {
    let key = FileKey::generate(&mut rng());
    let keys = key.run_keys(&[0; 32], [0; 32]);
    let wrap = |to: &[RecoveryPublicKey]| Recipients::wrap(&key, &keys, to, &mut rng()).map(|_| ());
    assert_eq!(
        wrap(&[public("old")]),
        Err(SealedError::WeakRecipient(2048))
    );
    assert_eq!(
        wrap(&[public("recovery"), public("old")]),
        Err(SealedError::WeakRecipient(2048))
    );
    assert_eq!(wrap(&[]), Err(SealedError::NoRecipient));
}

/// A file under a known key, its lines with their ends.
fn lines(version: u32, key: &FileKey, salt: u8, records: usize, mark: u8) -> Vec<String> {
    // Wrapping costs nothing here: the key is known.
    let to = [public("recovery")];
    sealed_lines(key, &header(version, salt), &to, &clear(records, mark))
}

#[test]
fn records_of_two_files_with_one_head_do_not_pass_as_one() {
    // What a head that was planted as an unfinished result gives: the same keys, the same ids at other places.
    let key = FileKey::unwrapped(&SecretBytes::new(vec![7; 32])).unwrap();
    let to = [public("recovery")];
    let text = clear(4, 1);
    let turned: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
    let one = sealed_lines(&key, &header(2, 1), &to, &text);
    let other = sealed_lines(&key, &header(2, 1), &to, &turned);
    assert_eq!(one[0], other[0]);
    for place in 2..6 {
        let mut mixed = one.clone();
        mixed[1].clone_from(&other[1]);
        mixed[place].clone_from(&other[place]);
        let opened = open_all(mixed.concat().as_bytes(), Some(&key));
        let error = opened.unwrap_err().to_string();
        assert_eq!(error, SealedError::BadClosing(4).to_string());
    }
}

#[test]
fn another_header_is_another_key() {
    let key = FileKey::unwrapped(&SecretBytes::new(vec![7; 32])).unwrap();
    let plain = Header::new(KEY_SHARE_1, &[1; 32], None, Vec::new());
    let headers = [
        plain.clone(),
        Header::new("full-keys", &[1; 32], None, Vec::new()),
        Header::new(KEY_SHARE_1, &[2; 32], None, Vec::new()),
        Header::new(KEY_SHARE_1, &[1; 32], Some("00".repeat(32)), Vec::new()),
        Header::new(KEY_SHARE_1, &[1; 32], None, vec!["A".to_owned()]),
        header(1, 1),
    ];
    let keys: std::collections::HashSet<[u8; 32]> = headers
        .iter()
        .map(|header| *header.run_keys(&key).record_key(b"id").expose())
        .collect();
    assert_eq!(keys.len(), headers.len());
}

/// What someone may do to the lines of a file.
#[derive(Debug, Clone)]
enum Tampering {
    Swap(Index, Index),
    Double(Index, Index),
    Delete(Index),
    /// A line of another file in place of one.
    Transplant(Index, Index),
    /// A line of another file in between.
    Insert(Index, Index),
    /// A record's line renumbered to fit where it now is.
    Renumber(Index, Index),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let (a, b) = (any::<Index>(), any::<Index>());
    (0..6, a, b).prop_map(|(kind, a, b)| match kind {
        0 => Tampering::Swap(a, b),
        1 => Tampering::Double(a, b),
        2 => Tampering::Delete(a),
        3 => Tampering::Transplant(a, b),
        4 => Tampering::Insert(a, b),
        _ => Tampering::Renumber(a, b),
    })
}

fn tamper(lines: &mut Vec<String>, other: &[String], how: &Tampering) {
    let length = lines.len();
    match how {
        Tampering::Swap(a, b) => lines.swap(a.index(length), b.index(length)),
        Tampering::Double(a, b) => {
            lines.insert(b.index(length + 1), lines[a.index(length)].clone())
        }
        Tampering::Delete(a) => drop(lines.remove(a.index(length))),
        Tampering::Transplant(a, b) => lines[a.index(length)].clone_from(b.get(other)),
        Tampering::Insert(a, b) => lines.insert(a.index(length + 1), b.get(other).clone()),
        Tampering::Renumber(a, b) => {
            let (to, from) = (a.index(length), b.index(length));
            if let Some((_, rest)) = lines[from].clone().split_once(",\"id\"") {
                lines[to] = format!("{{\"n\":{},\"id\"{rest}", to.saturating_sub(2));
            }
        }
    }
}

proptest! {
    #[test]
    fn tampered_lines_are_noticed(
        records in 1_usize..6,
        others in 1_usize..6,
        same_salt in any::<bool>(),
        version in 1_u32..3,
        steps in vec(tampering(), 1..4),
    ) {
        static KEY: LazyLock<FileKey> = LazyLock::new(|| FileKey::unwrapped(&SecretBytes::new(vec![7; 32])).unwrap());
        let whole = lines(version, &KEY, 1, records, 1);
        // The other file has the same recipients and file key, even the same ids; under one salt it is another length.
        let others = if same_salt && others == records { others + 1 } else { others };
        let other = lines(version, &KEY, if same_salt { 1 } else { 2 }, others, if same_salt { 1 } else { 2 });
        let mut tampered = whole.clone();
        for step in &steps {
            if tampered.len() > 1 {
                tamper(&mut tampered, &other, step);
            }
        }
        let opened = open_all(tampered.concat().as_bytes(), Some(&KEY));
        // Wrapping is random: the two files of one salt differ in their second line alone.
        let without_wrapping = |lines: &[String]| [&lines[..1], &lines[2.min(lines.len())..]].concat();
        let harmless = [&whole, &other].iter().any(|file| without_wrapping(&tampered) == without_wrapping(file));
        prop_assert!(opened.is_err() || harmless, "{:?}", steps);
        if tampered == whole {
            prop_assert_eq!(opened.unwrap(), clear(records, 1));
        }
    }

    #[test]
    fn a_record_key_opens_its_record_and_no_other(a in "[A-Za-z0-9._:-]{1,128}", b in "[A-Za-z0-9._:-]{1,128}", n in any::<u64>(), m in any::<u64>(), text in vec(any::<u8>(), 0..300)) {
        prop_assert!(is_record_id(&a) && is_record_id(&b));
        let keys = FileKey::unwrapped(&SecretBytes::new(vec![7; 32])).unwrap().run_keys(&[1; 32], [2; 32]);
        let key = RecordKey::handed_over(&Secret::take(&mut { *keys.record_key(a.as_bytes()).expose() }), [2; 32]);
        let mut sealed = text.clone();
        key.seal(n, a.as_bytes(), &mut sealed);
        let open = |key: &RecordKey, n, id: &str, sealed: &[u8]| {
            let mut text = sealed.to_vec();
            key.open(n, id.as_bytes(), &mut text).map(|length| text[..length].to_vec())
        };
        prop_assert_eq!(open(&key, n, &a, &sealed), Some(text));
        prop_assert!(n == m || open(&key, m, &a, &sealed).is_none());
        prop_assert!(a == b || open(&key, n, &b, &sealed).is_none());
        prop_assert!(a == b || open(&keys.record_key(b.as_bytes()), n, &a, &sealed).is_none());
        let elsewhere = RecordKey::handed_over(&Secret::take(&mut { *key.expose() }), [3; 32]);
        prop_assert!(open(&elsewhere, n, &a, &sealed).is_none());
        prop_assert!((0..sealed.len()).all(|length| open(&key, n, &a, &sealed[..length]).is_none()));
    }

    #[test]
    fn any_text_is_opened_or_refused_and_never_panics(text in vec(any::<u8>(), 0..400), at in any::<Index>()) {
        static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| sealed(2, &clear(2, 1)));
        static KEY: LazyLock<FileKey> = LazyLock::new(|| file_key(&FILE));
        prop_assert!(open_all(&text, Some(&KEY)).is_err());
        let mut file = FILE.clone();
        file.splice(at.index(FILE.len()).., text.clone());
        prop_assert!(open_all(&file, Some(&KEY)).is_err() || file == *FILE);
    }
}

/// Another program keeps the records as they are sealed, and the private key elsewhere.
#[test]
fn records_are_checked_and_handed_over_as_they_are_sealed() {
    let text = clear(300, 7);
    let file = sealed_by_operation(&text);
    let begun = SealedFile::begin(file.as_slice()).unwrap();
    let own = PRIVATE.public_key().fingerprint();
    let wrapped = begun.recipients.wrapped_to(&own).unwrap();
    let unwrapped = PRIVATE
        .open(&mut rng(), OaepHash::Sha256, &wrapped)
        .unwrap();
    let (_, keys) = begun.recipients.keys_of(&begun.header, &unwrapped).unwrap();

    let mut opened = String::new();
    let take = |record: StillSealed<'_>| {
        let id = record.id.as_bytes();
        let mut sealed = record.sealed.to_vec();
        let length = keys.record_key(id).open(record.position, id, &mut sealed);
        opened += std::str::from_utf8(&sealed[..length.unwrap()]).unwrap();
        opened.push('\n');
        Ok::<_, UnsealError>(())
    };
    let count = begun
        .check_all(&keys, 2, |_| Ok(()), take, &Unwatched)
        .unwrap();
    assert_eq!(count, 300);
    assert_eq!(opened, text);
}

#[test]
fn what_the_check_of_records_refuses_stops_it() {
    let file = sealed_by_operation(&clear(300, 7));
    let begun = SealedFile::begin(file.as_slice()).unwrap();
    let (_, keys) = begun.unlock(&PRIVATE, &mut rng()).unwrap();
    let check = |opened: Opened<'_>| match opened.position {
        250 => Err(UnsealError::Sealed(SealedError::NotSealed)),
        _ => Ok(()),
    };
    let mut taken = 0;
    let take = |_: StillSealed<'_>| {
        taken += 1;
        Ok(())
    };
    let done = begun.check_all(&keys, 1, check, take, &Unwatched);
    assert!(matches!(
        done,
        Err(UnsealError::Sealed(SealedError::NotSealed))
    ));
    assert!(taken <= 250, "{taken}");
}

#[test]
fn a_key_of_another_file_is_no_key_of_this_one() {
    let file = sealed_by_operation(&clear(2, 7));
    let begun = SealedFile::begin(file.as_slice()).unwrap();
    let other = SecretBytes::new(vec![9; 32]);
    let keys = begun.recipients.keys_of(&begun.header, &other);
    assert_eq!(keys.err(), Some(SealedError::BadRecipients));
    let stranger = begun.recipients.wrapped_to(&[1; 32]);
    assert!(matches!(stranger, Err(SealedError::NotRecipient(_))));
}

/// Without any key: what comes out is what was sealed, and a file that is not whole is noticed.
#[test]
fn records_are_handed_over_unopened() {
    let file = sealed_by_operation(&clear(300, 7));
    let follow = |file: &[u8]| {
        let begun = SealedFile::begin(file)?;
        let mut taken = Vec::new();
        let take = |record: StillSealed<'_>| {
            taken.push((
                record.id.to_owned(),
                record.position,
                record.sealed.to_vec(),
            ));
            Ok::<_, UnsealError>(())
        };
        let count = begun.take_unopened(take, &Unwatched)?;
        assert_eq!(count, taken.len() as u64);
        Ok::<_, UnsealError>(taken)
    };
    let begun = SealedFile::begin(file.as_slice()).unwrap();
    let (_, keys) = begun.unlock(&PRIVATE, &mut rng()).unwrap();
    let mut checked = Vec::new();
    let take = |record: StillSealed<'_>| {
        checked.push((
            record.id.to_owned(),
            record.position,
            record.sealed.to_vec(),
        ));
        Ok::<_, UnsealError>(())
    };
    begun
        .check_all(&keys, 1, |_| Ok(()), take, &Unwatched)
        .unwrap();
    assert!(follow(&file).unwrap() == checked);

    let text = String::from_utf8(file.clone()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.concat()
    };
    let error = |text: &str| match follow(text.as_bytes()) {
        Err(UnsealError::Sealed(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(taken) => panic!("{} records", taken.len()),
    };
    assert_eq!(error(&without(302)), SealedError::CutOff(300));
    assert_eq!(error(text.trim_end()), SealedError::BadClosing(300));
    assert_eq!(error(&without(10)), SealedError::BadRecord(11));
    assert_eq!(error(&without(301)), SealedError::BadClosing(299));
    assert_eq!(error(&format!("{text}{}", lines[5])), SealedError::Trailing);
    let miscounted = text.replace("{\"closing\":300", "{\"closing\":301");
    assert_eq!(error(&miscounted), SealedError::BadClosing(300));
    // A seal of another length, or of other letters, is none.
    for ending in ["\"}\n", "g\"}\n", "00\"}\n"] {
        let altered = text.trim_end().strip_suffix("\"}").unwrap();
        let altered = altered.get(..altered.len() - 1).unwrap();
        let altered = format!("{altered}{ending}");
        assert_eq!(error(&altered), SealedError::BadClosing(300), "{ending}");
    }
}
