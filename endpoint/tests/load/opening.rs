//! How many records of sealed shares are looked up and opened in a second, without HTTP and tokens around it:
//! `opening FOLDER KEY.pem PASSPHRASE WALLETS.txt`, on two threads.

use std::{
    error::Error,
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes},
    formats::{recovery_key::file::KeyError, wallets::wallet_id::WalletId},
};
use lifeboat_endpoint::{
    config::Database,
    keys::{
        file::FileHolder,
        share_files::{Head, Keyring, SealedShare},
    },
    store::Store,
};

const TIME: Duration = Duration::from_secs(5);

#[expect(clippy::print_stdout, reason = "this is its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, key, passphrase, wallets] = arguments.as_slice() else {
        return Err("opening FOLDER KEY.pem PASSPHRASE WALLETS.txt".into());
    };
    let passphrase = fs::read(passphrase)?.trim_ascii_end().to_vec();
    let holder = FileHolder::read::<KeyError>(&SecretBytes::new(fs::read(key)?), || {
        Ok(Passphrase::new(passphrase))
    })?;
    let store = Store::open(&Database::Sqlite(PathBuf::from(folder)))?;
    let mut keyring = Keyring::default();
    for file in store.share_files()? {
        let head = Head::parse(&file.header, &file.recipients)?;
        keyring.add(file.id, head.header.clone(), Some(head.open(&holder)?));
    }
    let text = fs::read_to_string(wallets)?;
    let parsed = text.lines().map(|line| WalletId::parse(line.as_bytes()));
    let wallets: Vec<WalletId> = parsed.collect::<Result<_, _>>()?;

    let (opened, begun) = (AtomicU64::new(0), Instant::now());
    thread::scope(|scope| {
        for thread in 0..2 {
            let (store, keyring, wallets, opened) = (&store, &keyring, &wallets, &opened);
            scope.spawn(move || {
                // A step without a common divisor meets all of them, in no order.
                let mut at = thread * wallets.len() / 2;
                while begun.elapsed() < TIME {
                    at = (at + 611_953) % wallets.len();
                    if open(store, keyring, wallets.get(at)).is_some() {
                        opened.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    println!("{}", opened.into_inner() / TIME.as_secs());
    Ok(())
}

fn open(store: &Store, keyring: &Keyring, wallet: Option<&WalletId>) -> Option<SecretBytes> {
    let wallet = wallet?;
    let share = store.share(keyring.files(), wallet).ok()??;
    let keys = keyring.of(share.file)?;
    let sealed = SealedShare {
        file: share.file,
        position: share.position,
        sealed: share.sealed,
    };
    keys.open(wallet, sealed)
}
