//! Random records: what is written in each format parses back.

use lifeboat::{
    crypto::secret::Wiped,
    formats::{
        server_share::record::{CosignerShares, Record, RecordFormat},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

/// Wallet, chain code, and a share for each cosigner.
type RandomRecord = (u128, [u8; 32], Vec<(u128, [u8; 32])>);

proptest! {
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
