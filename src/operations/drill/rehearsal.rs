//! The whole recovery of an invented workspace, in memory: no secret touches a disk.

use std::io::Cursor;

use rand_core::CryptoRng;
use uuid::Uuid;

use super::{
    Done, Fault, Journal, Step, Watch,
    batch::{Batch, open, text_of},
    ensure,
    invention::Invention,
    need, portal,
};
use crate::{
    crypto::{
        curve::{PublicKey, Scalar},
        eddsa_variants::EddsaVariant,
        hash::keccak256,
        rsa::{RecoveryKey, RecoveryPublicKey},
        secret::{Passphrase, SecretBytes},
        server_share::WalletMaster,
        signature::{verifies_ecdsa, verifies_ed25519},
    },
    formats::{
        chains::{prepared::Handed, table::Chain},
        device_share::{
            device_id::{DeviceId, PassphraseId},
            share::DeviceShare,
        },
        full_key::file::{
            RootKey, TakenKey, full_keys_json, lock_full_keys, read_full_keys,
            read_locked_full_keys,
        },
        kit::container::Kit,
        recovery_key::file::{
            PrivateKeyFile, fingerprint, read_private_key, read_public_key, short_phrase,
        },
        server_share::{
            import::read_server_shares,
            record_reader::{Reading, RecordReader},
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        create_kit::create_kit,
        device_share::{
            back_up::{BackupForm, back_up},
            new_passphrase::generate_passphrase,
            recover::{read_backup, recover},
        },
        export::{Place, export},
        generate_key::generate,
        open_kit::{OwnerSecret, open_wallet_master},
        seal::seal,
        sign::{Request, Signature, sign},
        takeover::take_over,
        verify_kit::{Outcome, verify},
    },
};

/// What a rehearsal leaves: how its steps ended, and the names of what was invented. Nothing of it is secret.
pub struct Rehearsed {
    /// The steps.
    pub journal: Journal,
    /// Fingerprint and short phrase of the invented recovery key.
    pub key: Option<(String, String)>,
    /// The invented kit.
    pub kit: Option<Kit>,
}

/// An invented recovery key, and the text of its public part.
struct Pair {
    private: RecoveryKey,
    public: RecoveryPublicKey,
    public_pem: String,
}

/// The shares of all wallets, derived from the kit.
struct Derived {
    master: WalletMaster,
    cosigners: Vec<Uuid>,
    records: SecretBytes,
}

/// Backups of the first wallet's device share, and what opens them.
struct Backups {
    texts: Vec<String>,
    passphrase: Passphrase,
    device: DeviceId,
}

const MESSAGE: &[u8] = b"a message of the drill";
const CHAINS: [&str; 3] = ["btc", "eth", "sol"];
const FIRST: Place = Place::Asset {
    coin: None,
    account: 0,
    change: 0,
    indexes: (0, 0),
};

/// Invents a workspace with so many wallets, 1 at least, and recovers it.
pub fn rehearse<R: CryptoRng>(
    wallets: usize,
    threads: usize,
    rng: &mut R,
    watch: &dyn Watch,
) -> Rehearsed {
    let mut journal = Journal::default();
    let mut invention = None;
    let pair = journal.attempt(watch, Step::KeyPair, || make_pair(rng));
    let kit = journal.attempt(watch, Step::Kit, || {
        let pair = need(&pair, Step::KeyPair)?;
        let invented = invention.insert(Invention::new(wallets, rng)?);
        make_kit(invented, pair, rng)
    });
    let all = All {
        pair,
        kit,
        invention,
        threads,
    };
    journal.attempt(watch, Step::Inspect, || all.inspect());
    journal.attempt(watch, Step::Verify, || all.verify(rng));

    let derived = journal.attempt(watch, Step::Derive, || all.derive(rng));
    let sealed = journal.attempt(watch, Step::Seal, || all.seal(&derived, rng));
    let opened = journal.attempt(watch, Step::Unseal, || all.unseal(&sealed, rng));
    journal.attempt(watch, Step::Check, || all.check(&derived, &sealed));
    let backups = journal.attempt(watch, Step::Backup, || all.back_up(rng));
    let recovered = journal.attempt(watch, Step::Recover, || all.recover(&backups));
    let taken = journal.attempt(watch, Step::Takeover, || all.take_over(&opened, recovered));
    let roots = journal.attempt(watch, Step::Export, || all.export(&taken, rng));
    journal.attempt(watch, Step::Sign, || all.sign(&roots));

    let portal = journal.attempt(watch, Step::PortalBackup, || portal::back_up(rng));
    journal.attempt(watch, Step::PortalEject, || {
        portal::take_out(need(&portal, Step::PortalBackup)?)
    });
    Rehearsed {
        journal,
        key: all.pair.as_ref().map(|pair| {
            let phrase = short_phrase(pair.public_pem.as_bytes());
            (fingerprint(&pair.public), phrase)
        }),
        kit: all.kit,
    }
}

fn make_pair<R: CryptoRng>(rng: &mut R) -> Done<Pair> {
    let passphrase = new_passphrase(rng);
    let pair = generate(rng, Some(&passphrase))?;
    let PrivateKeyFile::Locked(locked) = read_private_key(pair.private_pem.expose().as_bytes())?
    else {
        return Err(Fault::new("the private key was not locked"));
    };
    let private = locked.unlock(&passphrase)?;
    let public = read_public_key(pair.public_pem.as_bytes())?;
    ensure(
        private.public_key() == public && fingerprint(&public) == pair.fingerprint,
        "the two files of the pair hold different keys",
    )?;
    let found = format!("RSA-{}, locked", public.bits());
    let public_pem = pair.public_pem;
    Ok((
        Pair {
            private,
            public,
            public_pem,
        },
        found,
    ))
}

fn new_passphrase<R: CryptoRng>(rng: &mut R) -> Passphrase {
    let (text, _) = generate_passphrase(rng);
    Passphrase::new(text.expose().as_bytes().to_vec())
}

fn make_kit<R: CryptoRng>(invented: &Invention, pair: &Pair, rng: &mut R) -> Done<Kit> {
    let zip = create_kit(&invented.spec, &pair.public, rng);
    let kit = Kit::from_zip(&zip)?;
    ensure(kit.warnings.is_empty(), "the kit that was made is odd")?;
    let tenant = invented.spec.tenant_id().to_string();
    ensure(
        kit.metadata.tenant_id.as_deref() == Some(tenant.as_str()),
        "the kit that was made names another workspace",
    )?;
    let found = format!("{} entries, read back", kit.entries.len());
    Ok((kit, found))
}

/// What all steps behind the kit begin with.
struct All {
    pair: Option<Pair>,
    kit: Option<Kit>,
    invention: Option<Invention>,
    threads: usize,
}

impl All {
    fn pair(&self) -> Result<&Pair, Fault> {
        need(&self.pair, Step::KeyPair)
    }

    fn kit(&self) -> Result<&Kit, Fault> {
        need(&self.kit, Step::Kit)
    }

    fn invention(&self) -> Result<&Invention, Fault> {
        need(&self.invention, Step::Kit)
    }

    fn batch<'a>(&self, derived: &'a Derived, wallets: &'a [WalletId]) -> Batch<'a> {
        Batch {
            master: &derived.master,
            cosigners: &derived.cosigners,
            eddsa: EddsaVariant::default(),
            wallets,
            threads: self.threads,
        }
    }

    fn inspect(&self) -> Done<()> {
        let (kit, spec) = (self.kit()?, &self.invention()?.spec);
        let named = kit.public_key_pem().map(read_public_key).transpose()?;
        ensure(
            named.as_ref() == Some(&self.pair()?.public),
            "the kit names another recovery key",
        )?;

        let keys = &kit.metadata.keys;
        let known = spec.keys();
        let is_known = |id: Uuid, public: &PublicKey| {
            let mut known = known.iter();
            known.any(|known| known.id() == id && known.public_key() == public)
        };
        ensure(
            keys.len() == known.len() && keys.iter().all(|key| is_known(key.id, &key.public_key)),
            "the kit names other keys than the workspace has",
        )?;
        let master = kit.metadata.wallet_masters.first();
        let cosigners: Vec<Uuid> = master
            .iter()
            .flat_map(|master| master.cosigners.iter().map(|cosigner| cosigner.id))
            .collect();
        let known = spec.wallet_master().map(|(_, cosigners)| cosigners);
        ensure(
            known.as_ref() == Some(&cosigners),
            "the kit names other cosigners of wallets than there are",
        )?;
        Ok(((), format!("{} keys, named as invented", keys.len())))
    }

    fn verify<R: CryptoRng>(&self, rng: &mut R) -> Done<()> {
        let (kit, key, spec) = (self.kit()?, self.pair()?, &self.invention()?.spec);
        let owner = spec.owner_passphrase().map(OwnerSecret::Passphrase);
        let found = verify(kit, &key.private, owner.as_ref(), rng);
        if let Some(check) = found
            .checks
            .iter()
            .find(|check| check.outcome != Outcome::Held)
        {
            let why = check.outcome.why().unwrap_or_default();
            return Err(Fault::new(format!("{}: {why}", check.what)));
        }

        let mut keys: Vec<&str> = found.keys.iter().map(|key| &*key.extended_public).collect();
        let known = spec.keys().iter().map(|key| spec.extended_public(key));
        let mut known: Vec<String> = known.collect();
        keys.sort_unstable();
        known.sort_unstable();
        ensure(keys == known, "the kit gives other keys than were invented")?;
        let found = format!("{} checks, keys as invented", found.checks.len());
        Ok(((), found))
    }

    fn derive<R: CryptoRng>(&self, rng: &mut R) -> Done<Derived> {
        let (kit, pair, invention) = (self.kit()?, self.pair()?, self.invention()?);
        let (master, cosigners) = open_wallet_master(kit, &pair.private, rng)?;
        let (known, _) = invention
            .spec
            .wallet_master()
            .ok_or_else(|| Fault::new("the invented workspace has no wallet master"))?;
        ensure(
            master.joined().same_as(&known.joined()),
            "the kit gives other seeds or master keys than were invented",
        )?;

        let mut derived = Derived {
            master,
            cosigners,
            records: SecretBytes::new(Vec::new()),
        };
        derived.records = self.batch(&derived, &invention.ids()).derive()?;
        ensure(
            derived.records.same_as(&self.known_records()?),
            "a share is another one than the workspace's own secrets give",
        )?;
        let found = format!("{} wallets, both curves", invention.wallets.len());
        Ok((derived, found))
    }

    /// NDJSON of all records, from the secrets that were invented.
    fn known_records(&self) -> Result<SecretBytes, Fault> {
        let wallets = &self.invention()?.wallets;
        let records = wallets.iter().map(|wallet| &wallet.record);
        Ok(text_of(records, wallets.len() << 10))
    }

    /// Sealed in one step with the derivation, and afterwards.
    fn seal<R: CryptoRng>(&self, derived: &Option<Derived>, rng: &mut R) -> Done<[Vec<u8>; 2]> {
        let derived = need(derived, Step::Derive)?;
        let (kit, to) = (self.kit()?, &self.pair()?.public);
        let ids = self.invention()?.ids();
        let at_once = self.batch(derived, &ids).derive_sealed(kit, to, rng)?;

        let records = Cursor::new(derived.records.expose());
        let records = RecordReader::begin(records, Reading::AsWritten)?;
        let mut later = Vec::new();
        let count = seal(records, std::slice::from_ref(to), &mut later, rng)?;
        ensure(count == ids.len() as u64, "not every record was sealed")?;
        let found = format!("{} records, in two ways", ids.len());
        Ok(([at_once, later], found))
    }

    fn unseal<R: CryptoRng>(
        &self,
        sealed: &Option<[Vec<u8>; 2]>,
        rng: &mut R,
    ) -> Done<SecretBytes> {
        let sealed = need(sealed, Step::Seal)?;
        let (key, known) = (&self.pair()?.private, self.known_records()?);
        for sealed in sealed {
            let records = open(sealed, key, self.threads, rng)?;
            let opened = text_of(&records, known.len());
            ensure(opened.same_as(&known), "what opens is not what was sealed")?;
        }
        let count = self.invention()?.wallets.len();
        Ok((known, format!("{count} records, as derived")))
    }

    fn check(&self, derived: &Option<Derived>, sealed: &Option<[Vec<u8>; 2]>) -> Done<()> {
        let [at_once, _] = need(sealed, Step::Seal)?;
        let derived = need(derived, Step::Derive)?;
        let ids = self.invention()?.ids();
        self.batch(derived, &ids).check(at_once)?;
        Ok(((), format!("{} derived again, 0 wrong", ids.len())))
    }

    fn back_up<R: CryptoRng>(&self, rng: &mut R) -> Done<Backups> {
        let share = self.invention()?.first()?.device_share();
        let passphrase = new_passphrase(rng);
        let id = PassphraseId::parse("drill")?;
        let forms = [BackupForm::Lifeboat, BackupForm::Sdk];
        let texts = forms.map(|form| back_up(&share, &passphrase, &id, form, rng));
        let texts: Vec<String> = texts.into_iter().collect::<Result<_, _>>()?;
        let backups = Backups {
            texts,
            passphrase,
            device: share.device_id,
        };
        Ok((backups, "2 keys, in two forms".to_owned()))
    }

    fn recover(&self, backups: &Option<Backups>) -> Done<DeviceShare> {
        let backups = need(backups, Step::Backup)?;
        let known = self.invention()?.first()?.device_share();
        let mut last = None;
        for text in &backups.texts {
            let backup = read_backup(text.as_bytes())?;
            let share = recover(&backup, &backups.passphrase, &backups.device)?.share;
            ensure(
                share.same_as(&known),
                "the backup opens to another device share",
            )?;
            last = Some(share);
        }
        let share = last.ok_or(Fault::Needs(Step::Backup))?;
        Ok((share, "2 keys, as backed up".to_owned()))
    }

    /// Takes every wallet over, the first with the device share that came out of its backup.
    fn take_over(
        &self,
        opened: &Option<SecretBytes>,
        recovered: Option<DeviceShare>,
    ) -> Done<Vec<TakenKey>> {
        let records = need(opened, Step::Unseal)?;
        let mut device = Some(recovered.ok_or(Fault::Needs(Step::Recover))?);
        let mut server = read_server_shares(records.expose(), |_| true)?;
        let (mut first, mut count) = (Vec::new(), 0);
        for wallet in &self.invention()?.wallets {
            let missing = || Fault::new("the shares of a wallet are missing");
            let shares = server.remove(&wallet.id).ok_or_else(missing)?;
            let device = device.take().unwrap_or_else(|| wallet.device_share());
            let taken = take_over(&shares, &device, &Algorithm::ALL)?;

            let as_drawn = taken.iter().zip(&wallet.keys).all(|(taken, known)| {
                let full = taken.full.expose().to_bytes();
                taken.key == known.name
                    && full.same_as(&known.full.to_bytes())
                    && taken.chain_code.same_as(&wallet.chain_code())
            });
            ensure(
                as_drawn && taken.len() == wallet.keys.len(),
                "the shares make another key than was drawn",
            )?;
            count += taken.len();
            if first.is_empty() {
                first = taken;
            }
        }
        Ok((first, format!("{count} keys, as drawn")))
    }

    /// Locks the first wallet's keys, opens them again, and compares addresses with those of the public keys.
    fn export<R: CryptoRng>(
        &self,
        taken: &Option<Vec<TakenKey>>,
        rng: &mut R,
    ) -> Done<Vec<RootKey>> {
        let taken = need(taken, Step::Takeover)?;
        let passphrase = new_passphrase(rng);
        let locked = lock_full_keys(&full_keys_json(taken), &passphrase, rng)?;
        let file = read_locked_full_keys(locked.as_bytes())?
            .ok_or_else(|| Fault::new("the locked keys do not read back"))?;
        let roots = read_full_keys(file.unlock(&passphrase)?.expose())?;

        let wallet = self.invention()?.first()?;
        for name in CHAINS {
            let chain = chain(name)?;
            let keys = export(&roots, chain, None, &FIRST, true)?;
            let [key] = keys.as_slice() else {
                return Err(Fault::new(format!("`{name}` has another number of keys")));
            };
            let known = wallet.expected_address(chain, key.path.levels());
            let private = key.scalar.as_ref().and_then(Scalar::public_key);
            let given = private.map(|public| (public, key.address.clone()));
            ensure(
                known.is_some() && known == given,
                "an address is another one than its public key's",
            )?;
        }
        Ok((roots, format!("{}: as known", CHAINS.join(", "))))
    }

    /// Signs a message with the first wallet's keys, and verifies with public keys that were known before.
    fn sign(&self, roots: &Option<Vec<RootKey>>) -> Done<()> {
        let roots = need(roots, Step::Export)?;
        let wallet = self.invention()?.first()?;
        for name in ["eth", "sol"] {
            let request = Request {
                chain: chain(name)?,
                script: None,
                message: MESSAGE,
                handed: Handed::Text,
            };
            let signed = sign(roots, &FIRST, request)?;
            let known = wallet.expected_address(request.chain, signed.path.levels());
            let verifies = known.is_some_and(|(key, _)| match signed.signature {
                Signature::Ecdsa(signature) => {
                    let prefix = format!("\x19Ethereum Signed Message:\n{}", MESSAGE.len());
                    let digest = keccak256(&[prefix.as_bytes(), MESSAGE].concat());
                    verifies_ecdsa(&key, &digest, &signature.compact)
                }
                Signature::Ed25519(signature) => verifies_ed25519(&key, MESSAGE, &signature),
                Signature::Taproot(_) => false,
            });
            ensure(verifies, "a signature does not verify with the known key")?;
        }
        Ok(((), "eth, sol: both verify".to_owned()))
    }
}

fn chain(name: &str) -> Result<&'static Chain, Fault> {
    Chain::from_name(name).ok_or_else(|| Fault::new(format!("`{name}` is no chain")))
}
