//! What one wallet costs from start to end, against the one RSA operation that opens its master key.
//!
//! `cargo bench --bench startup`: whole processes of `derive` for one wallet with a key that is not encrypted, and the
//! private operation alone, each the median of its rounds. The ratio is what says something; its goal is below 5.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail loudly"
)]

use std::{
    hint::black_box,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::rsa::OaepHash,
    formats::recovery_key::file::{PrivateKeyFile, read_private_key},
};

const WALLET: &str = "0b9d8c1e-52f7-4a36-9e64-7f1d2c3b4a59";
const ROUNDS: usize = 51;

fn main() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let (kit, pem) = (
        fixtures.join("kits/wallets-only.zip"),
        fixtures.join("keys/recovery.pkcs8.pem"),
    );
    let text = std::fs::read(&pem).expect("the key is there");
    let Ok(PrivateKeyFile::Open(key)) = read_private_key(&text) else {
        panic!("the key opens")
    };
    let mut rng = UnwrapErr(SysRng);
    let sealed = key
        .public_key()
        .seal(&mut rng, OaepHash::Sha1, &[7; 32])
        .expect("the key seals");

    let alone = median(|| {
        drop(black_box(
            key.open(&mut rng, OaepHash::Sha1, &sealed)
                .expect("the key opens it"),
        ))
    });
    let reading = median(|| drop(black_box(read_private_key(&text))));
    let mut run = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    run.arg("derive")
        .arg(kit)
        .arg("--key")
        .arg(pem)
        .arg(WALLET)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let whole = median(|| assert!(run.status().expect("it starts").success()));

    println!("RSA private operation   {:.2} ms", alone * 1e3);
    println!("key file read, checked  {:.2} ms", reading * 1e3);
    println!("whole process           {:.2} ms", whole * 1e3);
    println!(
        "whole / RSA operation   {:.2} (goal: below 5)",
        whole / alone
    );
}

/// Seconds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(ROUNDS / 2).copied().expect("there are rounds")
}
