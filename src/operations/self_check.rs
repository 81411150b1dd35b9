//! Known answers: the program against results of software that is not it, so that a broken build, processor or memory
//! shows before it touches a real kit. The inputs are public test data (`fixtures/README.md`).

use rand_core::CryptoRng;

use super::{
    derive::{Derivation, Form},
    device_share::recover::{read_backup, recover},
    open_kit::open_wallet_master,
};
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        eddsa_variants::EddsaVariant,
        hd::PrivateNode,
        rsa::{OaepHash, RecoveryKey},
        secret::{Passphrase, Secret},
        secret_sharing::{FullKey, add_shares},
    },
    formats::{
        chains::{
            address::address,
            table::{Chain, Script},
        },
        device_share::device_id::DeviceId,
        full_key::extended_key::extended_private,
        kit::container::Kit,
        portal::ciphertext::{PortalCiphertext, parse_cloud_key},
        recovery_key::file::{PrivateKeyFile, read_private_key},
        server_share::record::RecordFormat,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

const KIT: &[u8] = include_bytes!("../../fixtures/kits/wallets-three-cosigners.zip");
const KEY: &[u8] = include_bytes!("../../fixtures/keys/recovery.pkcs8.pem");
const WALLET: &str = "9fbe8aee-5099-4e14-9866-c5b4b96091ea";
/// Chain code, then the ECDSA and the EdDSA share of each cosigner.
const SERVER_SHARES: [&str; 7] = [
    "af80db27797f6e592ba213717d1e54b49903afa35d32743c1931b7535546b3ff",
    "4300acdb8a3e946e0902fd2dce2ef29901e4c074e898c3d44bc078dec673a7d4",
    "04414c137348c23345b68a3c58d88065f3ac84ed1560c4c6b5ca74d8b4203c1d",
    "dab3deeec552d19814a8a062a8733795899acc60e49aac15e2ad35541bc2875d",
    "07bb32db8474b0ef9c192d8b29e9885716aaa66c916ccb40d23c4d9841f18adf",
    "da944c3b00542f5812d4296f4024c4c4134033093c7160e8ace4d5e61a32ec95",
    "036c57e9c547b3d104c99f71ce18f2f585d233e08fbac4cd6f100f40da366b17",
];

/// Two shares, what they must make, and one asset key of it.
struct Takeover {
    curve: Curve,
    shares: [&'static str; 2],
    chain_code: &'static str,
    public_key: &'static str,
    extended: &'static str,
    path: [u32; 5],
    asset_key: &'static str,
}

const TAKEOVERS: [Takeover; 2] = [
    Takeover {
        curve: Curve::Secp256k1,
        shares: [
            "acd09e39d77b2b21b2e47fba2e5dc728306d6626a68746fd8feef2982db1a106",
            "be730dbd95460dba9c18c9ec325b06df4b9eeee88b56ec340407a4df76c5119f",
        ],
        chain_code: "c2180a4736c3ee589923ea6c2c5decae5cf4aa3b68fcd1678a8b8e4c19cc6d17",
        public_key: "0327fad8b6a304df3e47ca3b411c12a3189bbb5aa43be436f335cab89a6baff500",
        extended: "xprv9s21ZrQH143K3zSHEKRMoFnmoqGsLitefg7edix7fEbjktkAgp1u4MLBSgFpMt3HHH1V4LvXnCnDv6fVathREh8WhghHjsFa9KmCGQbtudV",
        path: [44, 60, 3, 0, 9],
        asset_key: "d84bd8ef56db82ad5d7cc1101f9d6da94aa9aaa85bb92322e9812e150303e167",
    },
    Takeover {
        curve: Curve::Ed25519,
        shares: [
            "05124fe92c7a2b1f518b95a31f4af92b676ecd71c8167cc7f25eac07f78d411d",
            "029ec7b269457f94852196076d2cbc54b6b17b4312c8522e5998ea318500b237",
        ],
        chain_code: "4f859afc67537c4b4bdca35e127afb728b95ed12206f43153d9fae3a912cad01",
        public_key: "cc11ad6ca89f549e4ed53156eb5037009d0c1d1a09d083c1bc902ab0dfda9be4",
        extended: "fprv4LsXPWzhTTp9ap22DD2KQY337mSpkxfwBdb3Td9U7c7kiN4y8oDR2598qrstXneynrb5Ps9DaPpNWqK2xpLrT5fNJpoT22Jo7hamRshEG4M",
        path: [44, 148, 2, 0, 1],
        asset_key: "032eb17ff5e3a4e7d8235a5b3a6e94f1076785733a908b12360970dd4461e718",
    },
];

const BACKUP: &str = r#"{"keys":[{"keyId":"16430587-9b59-42ef-b509-2572a33e052e","algorithm":"MPC_CMP_ECDSA_SECP256K1",
"publicKey":"02a70973e43689506271c9f8d41bc87c8317cbbc23ec73f5faaba0f3be91cbd928","encryptedKeys":[{"encryptedKey":
"8d7d8a5a7215f85504fd7ad9983600840af33d27607221da81e42e53adc5a3ff6e0ae262a57d570dc15e52930b30b8cc8fdb68560c110127096039adcfe805d20c99bb6046fca2c5951a7de0ea289459ba343249c8dc00cfe40883d6be50ee541ba3d1035b6d0845f45b65b6d74d8010be1ac7ce6dbc44e5a5a27c03057ce218",
"encryptionAlgorithm":"AES-CBC","iv":"0234bf132a26b60c656a414e6329612e"}]}],
"passphraseId":"284d25ca-51f9-4fcd-8311-e6702f1241d3"}"#;
const BACKUP_PASSPHRASE: &str = "correct horse battery staple";
const BACKUP_DEVICE: &str = "2d3ba6ba-7f28-4de1-8ed9-91655728c140";
const DEVICE_SHARE: &str = "5f0ebb82223b38a001711b9be843f1e0e09eba792260e6be2aa4bd5bf4e2e594";

const PORTAL_PASSWORD: [&str; 2] = [
    "1234",
    "4929a984d97d6be1ead54503fc63c94fc5696463ca69e75b67169b7ca9d5ea918aaedd1655b4481317e3a6e6b12a9170b5",
];
const PORTAL_KEY: [&str; 2] = [
    "955638d84b825a827e8264b9d745c7b0a97bbd8ccfaa0eeb2c42f18113322a5f",
    "18fdfc0e887dcc43967d7f368987f6caa93e4c6a7ed78981a7475d427aef55a55f",
];
const PORTAL_PLAIN: &[u8] = b"hello";

const SECP256K1_KEY: &str = "032f9b9bd4c034f9651e844659a6c9b1f87f0de5e2e126639aa0fdfe504740b168";
const ED25519_KEY: &str = "6a58f85a8e7014ada54cc780f890dcff3ed6681bba8f42313df2e4c836e4e8b5";
const BITCOIN: [(Script, &str); 4] = [
    (Script::P2pkh, "1LcDUQ686KdWtkUpczGvEDoj4bNjwippRg"),
    (Script::P2wpkh, "bc1q6uf4cfeh3r8gzpgnm27mgft2zq69vk6mfnpat3"),
    (Script::P2shP2wpkh, "3AHBXN14BrvLbxSheJERuoaBrYCZBDySJH"),
    (
        Script::P2tr,
        "bc1p4zv6yvutnwj20v29py56kmqfas9yvd49cn038fhwwkjw9ydwhwqq9jdz70",
    ),
];
const ED25519_ADDRESSES: [(&str, &str); 3] = [
    ("sol", "8A8uHye8ohtRiZrixm56YEDnouYKF9cE8GqhNgcXWaaG"),
    (
        "xlm",
        "GBVFR6C2RZYBJLNFJTDYB6EQ3T7T5VTIDO5I6QRRHXZOJSBW4TULK4C2",
    ),
    ("dot", "13QSWKG9LaWQN718HV6Tmkd2RGbhPUHPiiHo6eEfGQyB4wWP"),
];

/// One thing that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAnswer {
    /// What was tried, in a few words.
    pub what: &'static str,
    /// Whether the answer is the known one.
    pub holds: bool,
}

/// Tries everything: a fraction of a second.
pub fn known_answers<R: CryptoRng>(rng: &mut R) -> Vec<KnownAnswer> {
    let answer = |what, holds: Option<bool>| KnownAnswer {
        what,
        holds: holds == Some(true),
    };
    vec![
        answer("kit to Key Share #1", opens_kit(rng)),
        answer("RSA-OAEP both ways", opens_what_it_seals(rng)),
        answer(
            "shares to full keys",
            Some(
                TAKEOVERS
                    .iter()
                    .all(|known| takes_over(known) == Some(true)),
            ),
        ),
        answer("device backup", recovers_backup()),
        answer("Portal ciphertexts", opens_portal()),
        answer("addresses", writes_addresses()),
        answer("randomness", Some(draws_differ(rng))),
    ]
}

fn recovery_key() -> Option<RecoveryKey> {
    match read_private_key(KEY).ok()? {
        PrivateKeyFile::Open(key) => Some(key),
        PrivateKeyFile::Locked(_) => None,
    }
}

fn opens_kit<R: CryptoRng>(rng: &mut R) -> Option<bool> {
    let (master, cosigners) =
        open_wallet_master(&Kit::from_zip(KIT).ok()?, &recovery_key()?, rng).ok()?;
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        eddsa: EddsaVariant::default(),
        form: Form::Clear(RecordFormat::Ndjson),
        part: 0..1,
        threads: 1,
    };
    let record = derivation.record(WalletId::parse(WALLET.as_bytes()).ok()?);
    let shares = record
        .shares
        .iter()
        .flat_map(|cosigner| cosigner.shares.iter().map(|(_, share)| share));
    let found = std::iter::once(&record.chain_code)
        .chain(shares)
        .map(|secret| hex::encode(secret.expose()));
    Some(found.eq(SERVER_SHARES))
}

fn opens_what_it_seals<R: CryptoRng>(rng: &mut R) -> Option<bool> {
    let (key, plain) = (recovery_key()?, drawn(rng));
    let sealed = key
        .public_key()
        .seal(rng, OaepHash::Sha256, plain.expose())?;
    Some(key.open(rng, OaepHash::Sha256, &sealed)?.expose() == plain.expose())
}

fn takes_over(known: &Takeover) -> Option<bool> {
    let share = |text: &&str| Scalar::from_canonical(known.curve, &secret(text)?);
    let shares: Option<Vec<_>> = known.shares.iter().map(share).collect();
    let expected = PublicKey::from_bytes(known.curve, &hex::decode(known.public_key).ok()?)?;
    let full = FullKey::checked(add_shares(&shares?)?, &expected)?;
    let extended = extended_private(&full, secret(known.chain_code)?.expose());
    let root = full.expose().duplicate();
    let asset = PrivateNode::new(root, secret(known.chain_code)?)?.descend(&known.path)?;
    Some(
        extended.expose() == known.extended
            && asset.expose().to_bytes().same_as(&secret(known.asset_key)?),
    )
}

fn recovers_backup() -> Option<bool> {
    let backup = read_backup(BACKUP.as_bytes()).ok()?;
    let passphrase = Passphrase::new(BACKUP_PASSPHRASE.as_bytes().to_vec());
    let recovered = recover(&backup, &passphrase, &DeviceId::parse(BACKUP_DEVICE)?).ok()?;
    let [key] = recovered.share.keys.as_slice() else {
        return None;
    };
    Some(key.content.share.same_as(&secret(DEVICE_SHARE)?))
}

fn opens_portal() -> Option<bool> {
    let ([password, locked], [key, sealed]) = (PORTAL_PASSWORD, PORTAL_KEY);
    let password = Passphrase::new(password.as_bytes().to_vec());
    let locked = PortalCiphertext::parse(locked.as_bytes())
        .ok()?
        .open_with_password(&password)
        .ok()?;
    let key = parse_cloud_key(key.as_bytes()).ok()?;
    let sealed = PortalCiphertext::parse(sealed.as_bytes())
        .ok()?
        .open_with_key(&key)
        .ok()?;
    Some(locked.expose() == PORTAL_PLAIN && sealed.expose() == PORTAL_PLAIN)
}

fn writes_addresses() -> Option<bool> {
    let key = |curve, text| PublicKey::from_bytes(curve, &hex::decode(text).ok()?);
    let (secp256k1, ed25519) = (
        key(Curve::Secp256k1, SECP256K1_KEY)?,
        key(Curve::Ed25519, ED25519_KEY)?,
    );
    let bitcoin = Chain::from_name("btc")?;
    let all = BITCOIN
        .iter()
        .map(|(script, known)| (address(bitcoin, Some(*script), &secp256k1), known));
    let others = ED25519_ADDRESSES.iter().map(|(chain, known)| {
        let chain = Chain::from_name(chain);
        (
            chain.and_then(|chain| address(chain, None, &ed25519)),
            known,
        )
    });
    Some(
        all.chain(others)
            .all(|(found, known)| found.as_deref() == Some(*known)),
    )
}

fn draws_differ<R: CryptoRng>(rng: &mut R) -> bool {
    let (one, other) = (drawn(rng), drawn(rng));
    !one.same_as(&other)
}

fn drawn<R: CryptoRng>(rng: &mut R) -> Secret<32> {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    Secret::take(&mut bytes)
}

fn secret(text: &str) -> Option<Secret<32>> {
    Secret::from_slice(&hex::decode(text).ok()?)
}
