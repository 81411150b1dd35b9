//! The reader of records: it says "as `derive` writes it" of exactly those files, wherever its input is cut into pieces.

use std::io::{BufReader, Cursor};

use lifeboat::{
    crypto::secret::Wiped,
    formats::{
        server_share::{
            import::read_server_shares,
            record::{CosignerShares, Record, RecordFormat},
            record_reader::{Reading, RecordError, RecordReader},
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

const FORMATS: [RecordFormat; 3] = [RecordFormat::Json, RecordFormat::Ndjson, RecordFormat::Csv];

/// Wallets of two cosigners with both algorithms.
fn records(count: u8) -> Vec<Record> {
    let share = |byte: u8| Wiped::new([byte; 32]);
    let cosigner = |wallet: u8, number: u8| CosignerShares {
        cosigner: uuid::Uuid::from_u128(u128::from(number) << 64),
        shares: vec![
            (Algorithm::CmpEcdsa, share(wallet + number)),
            (Algorithm::CmpEddsa, share(wallet * number)),
        ],
    };
    let record = |wallet: u8| Record {
        wallet_id: WalletId::from_u128(u128::from(wallet) << 32),
        chain_code: share(wallet),
        shares: vec![cosigner(wallet, 10), cosigner(wallet, 20)],
    };
    (1..=count).map(record).collect()
}

fn file_of(records: &[Record], format: RecordFormat) -> Vec<u8> {
    let mut out = format.header().as_bytes().to_vec();
    for (index, record) in records.iter().enumerate() {
        format.write(record, index == 0, &mut out);
    }
    out.extend_from_slice(format.footer().as_bytes());
    out
}

/// The records of a file whose reader gets so many bytes at once, and whether it says that they are as written.
fn read(text: &[u8], at_once: usize, reading: Reading) -> Result<(Vec<Record>, bool), RecordError> {
    let input = BufReader::with_capacity(at_once, Cursor::new(text));
    let mut reader = RecordReader::begin(input, reading)?;
    let mut records = Vec::new();
    while let Some(found) = reader.next_record()? {
        records.push(found.record);
    }
    Ok((records, reader.is_as_written()))
}

#[test]
fn what_is_written_is_read_whatever_the_pieces() {
    for format in FORMATS {
        for count in [0, 1, 3] {
            let text = file_of(&records(count), format);
            for at_once in [1, 2, 7, 64, 4096] {
                for reading in [Reading::AsWritten, Reading::Published] {
                    if text.is_empty() {
                        let refused = read(&text, at_once, reading);
                        assert!(matches!(refused, Err(RecordError::NotRecords)));
                        continue;
                    }
                    let (found, is_as_written) = read(&text, at_once, reading).unwrap();
                    assert!(is_as_written, "{format:?} {count} {at_once}");
                    assert!(file_of(&found, format) == text);
                }
            }
        }
    }
}

/// Every way to change one byte of a file that may matter.
fn changes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const BYTES: &[u8] = b" \n\r\"\\,:{}[]0aAz\xff";
    let changed =
        move |at: usize, with: &[u8], skip: usize| [&text[..at], with, &text[at + skip..]].concat();
    (0..=text.len()).flat_map(move |at| {
        let inserted = BYTES.iter().map(move |byte| changed(at, &[*byte], 0));
        let replaced = BYTES.iter().filter(move |_| at < text.len());
        let replaced = replaced.map(move |byte| changed(at, &[*byte], 1));
        let removed = (at < text.len()).then(|| changed(at, b"", 1));
        let cut = changed(at, b"", text.len() - at);
        inserted.chain(replaced).chain(removed).chain([cut])
    })
}

#[test]
fn as_written_is_said_of_exactly_what_is_written() {
    for format in FORMATS {
        let text = file_of(&records(2), format);
        for changed in changes(&text) {
            if let Ok((found, _)) = read(&changed, 64, Reading::AsWritten) {
                let again = file_of(&found, format);
                assert!(again == changed, "{}", String::from_utf8_lossy(&changed));
            }
            if let Ok((found, is_as_written)) = read(&changed, 64, Reading::Published) {
                let again = FORMATS.map(|format| file_of(&found, format));
                let is_written = again.contains(&changed);
                assert_eq!(
                    is_as_written,
                    is_written,
                    "{}",
                    String::from_utf8_lossy(&changed)
                );
            }
        }
    }
}

#[test]
fn other_layouts_hold_the_same_records() {
    let records = records(3);
    let text = String::from_utf8(file_of(&records, RecordFormat::Json)).unwrap();
    let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
    for other in [
        tree.to_string(),
        serde_json::to_string_pretty(&tree).unwrap(),
        text.replace("shares", "\\u0073hares"),
        text.replace("\n", "\r\n"),
        format!("\u{feff}{text}"),
    ] {
        for at_once in [1, 64] {
            let (found, is_as_written) =
                read(other.as_bytes(), at_once, Reading::Published).unwrap();
            assert!(!is_as_written, "{other}");
            assert!(file_of(&found, RecordFormat::Json) == text.as_bytes());
            assert!(read(other.as_bytes(), at_once, Reading::AsWritten).is_err());
        }
    }
}

#[test]
fn rows_of_one_wallet_may_stand_anywhere_where_anything_is_read() {
    let records = records(2);
    let text = String::from_utf8(file_of(&records, RecordFormat::Csv)).unwrap();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.swap(2, 6);
    let shares = read_server_shares(lines.concat().as_bytes(), |_| true).unwrap();
    for record in &records {
        let found = &shares[&record.wallet_id];
        assert_eq!(found.shares.len(), 4);
    }
    // A row that says another chain code, or says a share again.
    let first = lines[1];
    let other = first.replacen("0101", "0102", 1);
    assert_ne!(first, other);
    for row in [first, &other] {
        let doubled = lines.concat() + row;
        assert!(read_server_shares(doubled.as_bytes(), |_| true).is_err());
    }
    // Under another header the columns are others.
    let swapped = lines.concat().replacen(
        "chaincode,cosigner,algorithm,share",
        "share,cosigner,algorithm,chaincode",
        1,
    );
    let swapped = read_server_shares(swapped.as_bytes(), |_| true);
    // Chain codes differ from row to row: they were shares.
    assert!(swapped.is_err());
}

#[test]
fn what_stands_between_records_takes_no_memory() {
    let text = file_of(&records(1), RecordFormat::Ndjson);
    let blanks = std::iter::repeat_n(b' ', 4 << 20);
    let objects = b"{}".iter().copied().cycle().take(4 << 20);
    for between in [blanks.collect::<Vec<u8>>(), objects.collect()] {
        let whole = [&text[..], &between, &text].concat();
        let (found, is_as_written) = read(&whole, 4096, Reading::Anything).unwrap();
        assert_eq!((found.len(), is_as_written), (2, false));
    }
}
