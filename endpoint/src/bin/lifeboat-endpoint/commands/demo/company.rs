//! A made-up company: its endpoint key, three users with a wallet each, and the server shares of many wallets.

use std::path::Path;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::KeySize,
    signature::RsaKeyPair,
};
use getrandom::{
    SysRng,
    rand_core::{Rng, UnwrapErr},
};
use lifeboat::{
    crypto::{
        curve::{PublicKey, Scalar},
        eddsa_variants::EddsaVariant,
        rsa::RecoveryKey,
        secret::{Passphrase, Secret, SecretBytes, SecretText},
        server_share::{MasterKey, WalletMaster},
    },
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            share::{DeviceKey, DeviceShare, ShareContent, WalletKey},
        },
        full_key::file::full_keys_json,
        recovery_key::file::{PrivateKeyFile, read_private_key, write_open_key},
        sealed::sealed_file::{Header, KEY_SHARE_1, Recipients},
        server_share::record::Record,
        wallets::{algorithm::Algorithm, wallet_id::WalletId, wallet_list::WalletList},
    },
    operations::{
        Unwatched,
        check_wallet_list::{CheckOptions, check_wallet_list},
        derive::{Derivation, Form},
        device_share::{
            back_up::{BackupForm, back_up},
            new_passphrase::generate_passphrase,
        },
        seal::derived_keys,
        takeover::{find_shares, take_over},
    },
};
use uuid::Uuid;

use crate::failure::Failure;

/// Wallets of the company; the first three are the users'.
const WALLETS: usize = 1000;
const ALGORITHMS: [Algorithm; 2] = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];

/// The company before any of it is written.
pub(super) struct Company {
    master: WalletMaster,
    cosigner: Uuid,
    wallets: Vec<WalletId>,
    key: RecoveryKey,
}

/// What the first user's device holds.
pub(super) struct Device {
    /// Its id.
    pub(super) id: String,
    /// Its share, as `share recover` writes it.
    pub(super) share: SecretText,
    /// Its backup, in both shapes.
    pub(super) backup: String,
    /// The passphrase of the backup, and its id.
    pub(super) passphrase: SecretText,
    pub(super) passphrase_id: Uuid,
    /// What a takeover gives.
    pub(super) full_keys: SecretText,
}

fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub(super) fn random_id() -> Uuid {
    let mut bytes = [0; 16];
    random().fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn random_secret() -> Secret<32> {
    let mut bytes = [0; 32];
    random().fill_bytes(&mut bytes);
    Secret::take(&mut bytes)
}

fn unexpected<T>(what: &'static str) -> impl FnOnce(T) -> Failure {
    move |_| Failure::new(format!("the demo could not be made: {what}"))
}

impl Company {
    pub(super) fn new() -> Result<Self, Failure> {
        let key = RsaKeyPair::generate(KeySize::Rsa4096).map_err(unexpected("its key"))?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(unexpected("its key"))?;
        let der = SecretBytes::new(der.as_ref().to_vec());
        let Ok(PrivateKeyFile::Open(key)) = read_private_key(der.expose()) else {
            return Err(unexpected("its key")(()));
        };
        let ids = (0..WALLETS).map(|_| WalletId::from_u128(random_id().as_u128()));
        Ok(Self {
            master: WalletMaster {
                wallet_seed: random_secret(),
                asset_seed: random_secret(),
                master_keys: MasterKey::new(random_secret()).into_iter().collect(),
            },
            cosigner: random_id(),
            wallets: ids.collect(),
            key,
        })
    }

    pub(super) fn wallets(&self) -> &[WalletId] {
        &self.wallets
    }

    /// Writes the endpoint's private key.
    pub(super) fn write_key(&self, path: &Path) -> Result<(), Failure> {
        let pem = write_open_key(&self.key).ok_or_else(|| unexpected("its key")(()))?;
        super::write_secret(path, pem.expose().as_bytes())
    }

    /// The sealed file of all server shares, as `derive --seal-to` writes it.
    pub(super) fn sealed_shares(&self) -> Result<Vec<u8>, Failure> {
        let names = ALGORITHMS.map(|algorithm| algorithm.name().to_owned());
        let salt = random_secret();
        let header = Header::new(KEY_SHARE_1, salt.expose(), None, names.to_vec());
        let (file_key, keys) = derived_keys(&self.master, &header);
        let to = [self.key.public_key()];
        let recipients = Recipients::wrap(&file_key, &keys, &to, &mut random());
        let recipients = recipients.map_err(unexpected("its sealed shares"))?;

        let list: String = self.wallets.iter().map(|id| format!("{id}\n")).collect();
        let options = CheckOptions {
            unique: false,
            expected: WALLETS,
            threads: 1,
        };
        let found = check_wallet_list(&mut WalletList::new(list.as_bytes()), options);
        let found = found.map_err(unexpected("its wallets"))?;
        let mut file = format!("{}\n{}\n", header.line(), recipients.line()).into_bytes();
        let mut ids = WalletList::new(list.as_bytes());
        let derived = self.derivation(Form::Sealed(&keys)).run(
            &mut ids,
            &found,
            &mut file,
            &Unwatched,
            || false,
        );
        derived.map_err(unexpected("its sealed shares"))?;
        Ok(file)
    }

    fn derivation<'a>(&'a self, form: Form<'a>) -> Derivation<'a> {
        Derivation {
            master: &self.master,
            cosigners: std::slice::from_ref(&self.cosigner),
            algorithms: &ALGORITHMS,
            eddsa: EddsaVariant::default(),
            form,
            part: 0..u64::MAX,
            threads: 1,
        }
    }

    /// The device of a wallet, with a backup, and the full keys that a takeover gives.
    pub(super) fn device(&self, wallet: WalletId) -> Result<Device, Failure> {
        let form = Form::Clear(lifeboat::formats::server_share::record::RecordFormat::Ndjson);
        let record = self.derivation(form).record(wallet);
        let id = random_id().to_string();
        let keys = ALGORITHMS
            .iter()
            .map(|algorithm| device_key(&record, *algorithm));
        let share = DeviceShare {
            device_id: DeviceId::parse(&id).ok_or_else(|| unexpected("its device")(()))?,
            keys: keys
                .collect::<Option<_>>()
                .ok_or_else(|| unexpected("its device")(()))?,
        };
        let (passphrase, passphrase_id) = generate_passphrase(&mut random());
        let words = Passphrase::new(passphrase.expose().as_bytes().to_vec());
        let name = PassphraseId::parse(&passphrase_id.to_string());
        let name = name.map_err(unexpected("its passphrase"))?;
        let backup = back_up(&share, &words, &name, BackupForm::Sdk, &mut random());

        let mut text = zeroize::Zeroizing::new(Vec::with_capacity(4096));
        record.write_object(&mut text);
        text.push(b'\n');
        let server = find_shares(&text, wallet).map_err(unexpected("its server shares"))?;
        let full = take_over(&server, &share, &ALGORITHMS);
        Ok(Device {
            id,
            share: share.to_json(),
            backup: backup.map_err(unexpected("its backup"))?,
            passphrase,
            passphrase_id,
            full_keys: full_keys_json(&full.map_err(unexpected("its full keys"))?),
        })
    }
}

/// A random share of a device, and the public key of the wallet that it makes with the server's.
fn device_key(record: &Record, algorithm: Algorithm) -> Option<DeviceKey> {
    let curve = algorithm.curve();
    let mut wide = zeroize::Zeroizing::new([0; 64]);
    random().fill_bytes(wide.as_mut_slice());
    let device = Scalar::reduce_wide(curve, &wide);
    let server = record.shares.first()?.shares.iter();
    let (_, server) = server.into_iter().find(|(of, _)| *of == algorithm)?;
    let server = Scalar::from_canonical(curve, &Secret::from_slice(server.expose())?)?;
    let public: PublicKey = device.add(&server)?.public_key()?;
    Some(DeviceKey {
        key: WalletKey {
            id: random_id(),
            algorithm,
            public_key: Some(public),
        },
        content: ShareContent {
            share: device.to_bytes(),
            auxiliary_keys: None,
            metadata: None,
        },
    })
}
