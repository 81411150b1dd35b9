//! A made-up company: its wallet master, its wallets, and the sealed file of their server shares.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::LazyLock,
};

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::{
        eddsa_variants::EddsaVariant,
        rsa::RecoveryPublicKey,
        secret::Secret,
        server_share::{MasterKey, WalletMaster},
    },
    formats::{
        recovery_key::file::read_public_key,
        sealed::sealed_file::{Header, KEY_SHARE_1, Recipients},
        wallets::{algorithm::Algorithm, wallet_list::WalletList},
    },
    operations::{
        Unwatched,
        check_wallet_list::{CheckOptions, check_wallet_list},
        derive::{Derivation, Form},
        seal::derived_keys,
    },
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::folder::Folder;

pub(crate) const COSIGNER: &str = "a1b2c3d4-e5f6-4789-8abc-def012345678";
const SEEDS: [u8; 3] = [0x11, 0x22, 0x33];

/// Keys of the repository's fixtures.
pub(crate) fn key(name: &str) -> String {
    let path = format!("{}/../fixtures/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub(crate) fn public(name: &str) -> RecoveryPublicKey {
    read_public_key(key(&format!("{name}.public.pem")).as_bytes()).unwrap()
}

/// So many wallet ids, in no order.
pub(crate) fn wallets(count: u32) -> Vec<String> {
    let id = |index: u32| {
        let start = index.wrapping_mul(2_654_435_761);
        format!("{start:08x}-1111-4222-8333-{index:012x}")
    };
    (0..count).map(id).collect()
}

fn master() -> WalletMaster {
    let secret = |index: usize| Secret::take(&mut [SEEDS[index]; 32]);
    WalletMaster {
        wallet_seed: secret(0),
        asset_seed: secret(1),
        master_keys: MasterKey::new(secret(2)).into_iter().collect(),
    }
}

/// A sealed file of the shares of these wallets, as `derive --seal-to` writes it.
pub(crate) fn sealed(wallets: &[String], to: &[RecoveryPublicKey], salt: u8) -> Vec<u8> {
    let master = master();
    let algorithms = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];
    let names = algorithms.map(|algorithm| algorithm.name().to_owned());
    let header = Header::new(KEY_SHARE_1, &[salt; 32], None, names.to_vec());
    let (file_key, keys) = derived_keys(&master, &header);
    let recipients = Recipients::wrap(&file_key, &keys, to, &mut UnwrapErr(SysRng)).unwrap();

    let list = wallets.join("\n") + "\n";
    let options = CheckOptions {
        unique: false,
        expected: wallets.len(),
        threads: 2,
    };
    let found = check_wallet_list(&mut WalletList::new(list.as_bytes()), options).unwrap();
    let cosigners = [Uuid::parse_str(COSIGNER).unwrap()];
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &algorithms,
        eddsa: EddsaVariant::default(),
        form: Form::Sealed(&keys),
        part: 0..u64::MAX,
        threads: 2,
    };
    let mut file = format!("{}\n{}\n", header.line(), recipients.line()).into_bytes();
    let mut list = WalletList::new(list.as_bytes());
    let done = derivation.run(&mut list, &found, &mut file, &Unwatched, || false);
    assert_eq!(done.unwrap(), wallets.len() as u64);
    file
}

/// What the release of each wallet must give, by an opinion that is not ours: `tests/server_share/reference.py` of the
/// tool. `None` where there is no Python.
pub(crate) fn expected(wallets: &[String]) -> Option<Map<String, Value>> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/server_share/reference.py"
    );
    let python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        return None;
    };
    let seed = |index: usize| hex::encode([SEEDS[index]; 32]);
    let request = json!({
        "walletSeed": seed(0),
        "assetSeed": seed(1),
        "masterKeys": { COSIGNER: seed(2) },
        "wallets": wallets,
    });
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(request.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the reference failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The key that the endpoint of most tests has, and its configuration.
pub(crate) const KEY: &str = "[key]\nholder = \"file\"\npath = \"endpoint-private.pem\"\n";

/// The sealed file of 1,000 wallets, made once.
pub(crate) static THOUSAND: LazyLock<Vec<u8>> =
    LazyLock::new(|| sealed(&wallets(1000), &[public("recovery")], 7));

/// Writes the endpoint's key.
pub(crate) fn put_key(folder: &Folder) {
    folder.write("endpoint-private.pem", key("recovery.pkcs8.pem"));
}
