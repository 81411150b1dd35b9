//! Properties over random inputs: sharings recombine, spellings are told apart, what is written parses back.

use lifeboat::{
    crypto::{
        curve::{Curve, Scalar},
        secret::{Passphrase, Wiped},
        secret_sharing::{FullKey, ShamirShare, add_shares, interpolate_shares},
    },
    formats::{
        recovery_key::file::{
            KeyError, PrivateKeyFile, fingerprint, read_private_key, read_public_key,
            write_locked_key,
        },
        server_share::record::{CosignerShares, Record, RecordFormat},
        wallets::{
            algorithm::Algorithm,
            wallet_id::{WalletId, WalletIdError},
            wallet_list::WalletList,
        },
    },
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

use crate::support::{forge::rng, read_fixture};

fn curves() -> impl Strategy<Value = Curve> {
    prop_oneof![Just(Curve::Secp256k1), Just(Curve::Ed25519)]
}

/// A scalar from 64 random bytes.
fn scalar(curve: Curve, wide: &[u8]) -> Scalar {
    Scalar::reduce_wide(curve, wide.try_into().unwrap())
}

fn interpolate(curve: Curve, players: &[(u64, Scalar)]) -> Option<Scalar> {
    let places: Vec<Scalar> = players
        .iter()
        .map(|(x, _)| Scalar::from_u64(curve, *x))
        .collect();
    let shares = places.iter().zip(players);
    let shares: Vec<ShamirShare<'_>> = shares
        .map(|(abscissa, (_, share))| ShamirShare { abscissa, share })
        .collect();
    interpolate_shares(&shares)
}

fn same(a: &Scalar, b: &Scalar) -> bool {
    a.to_bytes().same_as(&b.to_bytes())
}

fn wide() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 64)
}

/// Wallet, chain code, and a share for each cosigner.
type RandomRecord = (u128, [u8; 32], Vec<(u128, [u8; 32])>);

proptest! {
    #[test]
    fn additive_sharings_recombine(curve in curves(), key in wide(), masks in vec(wide(), 1..5)) {
        let key = scalar(curve, &key);
        let mut shares: Vec<Scalar> = masks.iter().map(|mask| scalar(curve, mask)).collect();
        let sum = add_shares(&shares).unwrap();
        shares.push(key.subtract(&sum).unwrap());
        let combined = add_shares(&shares).unwrap();
        prop_assert!(same(&combined, &key));
        let public = key.public_key().unwrap();
        prop_assert!(FullKey::checked(combined, &public).is_some());
        shares.pop();
        prop_assert!(FullKey::checked(add_shares(&shares).unwrap(), &public).is_none());
    }

    #[test]
    fn shamir_sharings_recombine_at_any_abscissas(
        curve in curves(),
        coefficients in vec(wide(), 2..5),
        places in proptest::collection::hash_set(1_u64.., 5),
    ) {
        // The polynomial's value at 0 is the key; Horner's rule gives its value at each player.
        let coefficients: Vec<Scalar> = coefficients.iter().map(|wide| scalar(curve, wide)).collect();
        let value_at = |x: u64| {
            let x = Scalar::from_u64(curve, x);
            let zero = Scalar::from_u64(curve, 0);
            coefficients.iter().rev().fold(zero, |sum, next| sum.multiply(&x).unwrap().add(next).unwrap())
        };
        let players = |count: usize| -> Vec<(u64, Scalar)> { places.iter().take(count).map(|x| (*x, value_at(*x))).collect() };
        let threshold = coefficients.len();
        for count in threshold..=places.len() {
            prop_assert!(same(&interpolate(curve, &players(count)).unwrap(), &coefficients[0]));
        }
        prop_assert!(!same(&interpolate(curve, &players(threshold - 1)).unwrap(), &coefficients[0]));
        let mut twice = players(threshold);
        twice.push((twice[0].0, value_at(7)));
        prop_assert!(interpolate(curve, &twice).is_none(), "two players at one abscissa");
    }

    #[test]
    fn scalars_are_their_canonical_bytes(curve in curves(), key in wide()) {
        let key = scalar(curve, &key);
        let again = Scalar::from_canonical(curve, &key.to_bytes()).unwrap();
        prop_assert!(same(&key, &again));
        let inverse = key.invert().unwrap();
        prop_assert!(same(&key.multiply(&inverse).unwrap(), &Scalar::from_u64(curve, 1)));
    }

    #[test]
    fn a_wallet_id_has_one_spelling(bits in any::<u128>()) {
        let canonical = Uuid::from_u128(bits).to_string();
        let id = WalletId::parse(canonical.as_bytes()).unwrap();
        prop_assert_eq!(id.as_str(), canonical.as_str());
        prop_assert_eq!(id, WalletId::from_u128(bits));
        prop_assert_eq!(id.as_u128(), bits);
        prop_assert_eq!(WalletId::parse(format!(" \t{canonical}\r\n").as_bytes()).unwrap(), id);
        let upper = canonical.to_uppercase();
        for other in [&upper, &format!("{{{canonical}}}"), &canonical.replace('-', ""), &format!("urn:uuid:{canonical}")] {
            match WalletId::parse(other.as_bytes()) {
                Ok(_) => prop_assert!(*other == canonical),
                Err(WalletIdError::Spelling { canonical: hint, .. }) => prop_assert_eq!(&hint, &canonical),
                Err(fault) => prop_assert!(false, "{}", fault),
            }
        }
    }

    #[test]
    fn no_other_text_is_a_wallet_id(text in vec(any::<u8>(), 0..60)) {
        if let Ok(id) = WalletId::parse(&text) {
            prop_assert_eq!(id.as_bytes().as_slice(), text.trim_ascii());
        }
    }

    #[test]
    fn any_list_is_read_or_refused_and_never_panics(text in vec(any::<u8>(), 0..300)) {
        let mut list = WalletList::new(text.as_slice());
        while let Ok(Some(block)) = list.next_block() {
            let mut found = Vec::new();
            let lines = block.each(|listed| found.push(listed.line));
            prop_assert!(found.is_sorted() && found.iter().all(|line| *line <= lines), "{:?} of {}", found, lines);
        }
    }

    #[test]
    fn any_key_file_is_read_or_refused_and_never_panics(text in vec(any::<u8>(), 0..400), label in "[A-Z ]{0,22}") {
        let pem = pem::encode(&pem::Pem::new(label, text.clone()));
        for text in [text.as_slice(), pem.as_bytes()] {
            prop_assert!(read_public_key(text).is_err());
            if let Ok(PrivateKeyFile::Locked(locked)) = read_private_key(text) {
                prop_assert!(locked.unlock(&Passphrase::new(b"x".to_vec())).is_err());
            }
        }
    }

    #[test]
    fn records_parse_back(records in vec((any::<u128>(), any::<[u8; 32]>(), vec((any::<u128>(), any::<[u8; 32]>()), 1..4)), 1..6)) {
        let secret = |bytes: &[u8; 32]| Wiped::new(*bytes);
        let algorithm = Algorithm::CmpEcdsa;
        let record = |(id, chain, shares): &RandomRecord| Record {
            wallet_id: WalletId::from_u128(*id),
            chain_code: secret(chain),
            shares: shares.iter().map(|(cosigner, share)| CosignerShares {
                cosigner: Uuid::from_u128(*cosigner),
                shares: vec![(algorithm, secret(share))],
            }).collect(),
        };
        let file = |format: RecordFormat| {
            let mut out = format.header().as_bytes().to_vec();
            for (index, known) in records.iter().enumerate() {
                format.write(&record(known), index == 0, &mut out);
            }
            out.extend(format.footer().as_bytes());
            out
        };
        let hex_of = |value: &serde_json::Value, bytes: &[u8; 32]| value.as_str() == Some(&hex::encode(bytes));
        let json: serde_json::Value = serde_json::from_slice(&file(RecordFormat::Json)).unwrap();
        let lines = file(RecordFormat::Ndjson);
        let lines = serde_json::Deserializer::from_slice(&lines).into_iter::<serde_json::Value>().map(Result::unwrap);
        let lines: Vec<_> = lines.collect();
        prop_assert_eq!(lines.len(), records.len());
        let csv = file(RecordFormat::Csv);
        let mut rows = csv::Reader::from_reader(csv.as_slice()).into_records().map(Result::unwrap);
        for ((id, chain, shares), line) in records.iter().zip(&lines) {
            let id = Uuid::from_u128(*id).to_string();
            prop_assert_eq!(line["walletId"].as_str(), Some(id.as_str()));
            for value in [&json[&id], line] {
                prop_assert!(hex_of(&value["chaincode"], chain));
                prop_assert_eq!(value["shares"].as_array().unwrap().len(), shares.len());
            }
            for (index, (cosigner, share)) in shares.iter().enumerate() {
                let cosigner = Uuid::from_u128(*cosigner).to_string();
                prop_assert_eq!(line["shares"][index]["cosigner"].as_str(), Some(cosigner.as_str()));
                prop_assert!(hex_of(&line["shares"][index][algorithm.name()], share));
                let row = rows.next().unwrap();
                prop_assert_eq!(row.iter().collect::<Vec<_>>(), [&id, &hex::encode(chain), &cosigner, algorithm.name(), &hex::encode(share)]);
            }
        }
        prop_assert!(rows.next().is_none());
    }
}

#[test]
fn a_key_survives_being_locked_and_read_again() {
    let Ok(PrivateKeyFile::Open(key)) = read_private_key(&read_fixture("keys/old.pkcs8.pem"))
    else {
        panic!("the fixture is an open key");
    };
    let passphrase = |text: &str| Passphrase::new(text.as_bytes().to_vec());
    let locked = write_locked_key(&key, &passphrase("pässword with ünicode"), &mut rng()).unwrap();
    assert!(!locked.expose().contains('\r') && locked.expose().ends_with("-----\n"));
    let Ok(PrivateKeyFile::Locked(again)) = read_private_key(locked.expose().as_bytes()) else {
        panic!("it is not locked");
    };
    let opened = again
        .unlock(&passphrase("pässword with ünicode"))
        .ok()
        .unwrap();
    assert_eq!(
        fingerprint(&opened.public_key()),
        fingerprint(&key.public_key())
    );
    assert_eq!(
        again.unlock(&passphrase("password with unicode")).err(),
        Some(KeyError::WrongPassphrase)
    );
}
