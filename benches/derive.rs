//! Ratios of one run: derivation, writing and sealing against the hash compressions that a wallet cannot do without.
//!
//! `cargo bench --bench derive`. Times differ from machine to machine and minute to minute; ratios of one run less so,
//! which is why nothing here is an absolute gate and every line is the best of several rounds.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::{hint::black_box, io::Cursor, time::Instant};

use lifeboat::{
    crypto::{
        eddsa_variants::EddsaVariant,
        envelope::FileKey,
        secret::{Secret, SecretBytes},
        server_share::{MasterKey, WalletBatch, WalletMaster},
    },
    formats::{
        sealed::sealed_file::{Header, KEY_SHARE_1},
        server_share::record::RecordFormat,
        wallets::{algorithm::Algorithm, wallet_id::WalletId, wallet_list::WalletList},
    },
    operations::{
        Unwatched,
        check_wallet_list::{CheckOptions, check_wallet_list},
        derive::{Derivation, Form, fill},
    },
};
use sha2::block_api::{compress256, compress512};

const WALLETS: u32 = 100_000;
const ROUNDS: usize = 20;
/// Ids that derivation alone goes through again and again: more would measure the memory they come from.
const AT_HAND: usize = 1024;

fn main() {
    let secret = |byte: u8| Secret::take(&mut [byte; 32]);
    let master = WalletMaster {
        wallet_seed: secret(1),
        asset_seed: secret(2),
        master_keys: vec![MasterKey::new(secret(3)).expect("a valid master key")],
    };
    let cosigners = [uuid::Uuid::from_u128(4)];
    let ids: Vec<WalletId> = (0..u128::from(WALLETS))
        .map(|n| WalletId::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)))
        .collect();
    let list = ids
        .iter()
        .map(|id| format!("{id}\n"))
        .collect::<String>()
        .into_bytes();
    let header = Header::new(KEY_SHARE_1, &[5; 32], None, Vec::new());
    let file_key = FileKey::from_secret(&SecretBytes::new(vec![6; 32]), &[5; 32]);
    let keys = header.run_keys(&file_key);
    let derivation = |form, threads| Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &[Algorithm::CmpEcdsa],
        eddsa: EddsaVariant::default(),
        form,
        part: 0..u64::from(WALLETS),
        threads,
    };
    let pipeline = |form, threads| {
        let found = check_wallet_list(
            &mut WalletList::new(Cursor::new(&list)),
            CheckOptions {
                unique: false,
                expected: 0,
                threads,
            },
        )
        .expect("a good list");
        let mut list = WalletList::new(Cursor::new(&list));
        derivation(form, threads)
            .run(&mut list, &found, &mut std::io::sink(), &Unwatched, || {
                false
            })
            .expect("a good run");
    };
    let clear = Form::Clear(RecordFormat::Ndjson);

    let mut best = [f64::MAX; 5];
    for _ in 0..ROUNDS {
        let rounds = [
            time(compressions),
            time(|| {
                let derivation = derivation(clear, 1);
                let mut record = derivation.record(WalletId::NIL);
                let mut batch = WalletBatch::new(&master);
                let ids = ids.iter().take(AT_HAND).cycle().take(ids.len());
                ids.for_each(|id| fill(black_box(&mut record), *id, &mut batch));
            }),
            time(|| pipeline(clear, 1)),
            time(|| pipeline(Form::Sealed(&keys), 1)),
            time(|| pipeline(clear, 2)),
        ];
        best.iter_mut()
            .zip(rounds)
            .for_each(|(best, seconds)| *best = best.min(seconds));
    }
    let [bound, alone, piped, sealed, two] = best;
    println!(
        "bound             {:.3} µs a wallet: 5 SHA-512 and 4 SHA-256 compressions, one thread",
        bound * 1e6 / f64::from(WALLETS)
    );
    println!("derivation alone  {:.2} × bound", alone / bound);
    println!(
        "pipeline, ndjson  {:.2} × bound (ids read twice, records written to nowhere; one worker)",
        piped / bound
    );
    println!("pipeline, sealed  {:.2} × bound", sealed / bound);
    println!("two workers       {:.2} × one worker", piped / two);
}

fn time(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn compressions() {
    let (mut wide, mut narrow) = ([7_u64; 8], [7_u32; 8]);
    let (block512, block256) = ([[0x5c_u8; 128]], [[0x36_u8; 64]]);
    for _ in 0..WALLETS {
        for _ in 0..5 {
            compress512(black_box(&mut wide), black_box(&block512));
        }
        for _ in 0..4 {
            compress256(black_box(&mut narrow), black_box(&block256));
        }
    }
    black_box((wide, narrow));
}
