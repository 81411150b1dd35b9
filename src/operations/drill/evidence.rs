//! The same evidence from a real kit, revealing nothing: everything opens, a sample of the wallets is derived, sealed, opened
//! and derived again in memory, and what is left are commitments to its records (FORMATS.md §27).

use std::collections::HashMap;

use rand_core::CryptoRng;
use uuid::Uuid;

use super::{
    Done, Fault, Journal, Step, Watch,
    batch::{Batch, open, text_of},
    ensure, need,
};
use crate::{
    crypto::{
        curve::Curve, eddsa_variants::EddsaVariant, rsa::RecoveryKey, secret::SecretBytes,
        server_share::WalletMaster,
    },
    formats::{
        device_share::share::DeviceShare,
        encoding::shown::plural,
        full_key::file::TakenKey,
        kit::container::Kit,
        sealed::sealed_file::MIN_RECIPIENT_BITS,
        server_share::{
            commitment::{EarlierSample, of_record},
            record::Record,
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        open_kit::{OwnerSecret, open_wallet_master},
        prove_chain_code::{AddressFound, Candidate, ExpectedAddress},
        takeover::{find_shares, take_over},
        verify_kit::{Verification, verify},
    },
};

/// What a drill on a real kit begins with. What is not there could not be read: the steps that need it are not done.
pub struct Evidence<'a> {
    /// The kit.
    pub kit: Option<&'a Kit>,
    /// The recovery key.
    pub key: Option<&'a RecoveryKey>,
    /// What opens the shares of the workspace's owner.
    pub owner: Option<&'a OwnerSecret>,
    /// Addresses of the workspace's own keys.
    pub addresses: &'a [ExpectedAddress],
    /// Whether there are wallets: a kit without a wallet master has none.
    pub has_wallets: bool,
    /// The wallets that are derived.
    pub sample: Option<&'a [WalletId]>,
    /// How ed25519 shares are derived.
    pub eddsa: EddsaVariant,
    /// What the commitments are salted with.
    pub salt: [u8; 32],
    /// The drill to compare with.
    pub earlier: Option<&'a EarlierSample>,
    /// A wallet that is known.
    pub known: Option<KnownWallet<'a>>,
    /// Threads to use.
    pub threads: usize,
}

/// A wallet of which the device share and an address are known.
pub struct KnownWallet<'a> {
    /// Its id.
    pub wallet: WalletId,
    /// Its Key Share #2.
    pub device: &'a DeviceShare,
    /// An address of it.
    pub address: &'a ExpectedAddress,
}

/// What was found; nothing of it is secret.
#[derive(Default)]
pub struct Found {
    /// What the kit holds.
    pub verification: Option<Verification>,
    /// Where the addresses of the workspace are.
    pub addresses: Vec<AddressFound>,
    /// The commitment to each record of the sample, in its order.
    pub commitments: Vec<(WalletId, [u8; 32])>,
    /// Each wallet of the earlier drill, in its order.
    pub compared: Vec<(WalletId, Compared)>,
    /// What the known wallet proves.
    pub proof: Option<Proof>,
}

/// How a wallet's record compares with that of an earlier drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It is the same.
    Equal,
    /// It is another one.
    Differs,
    /// The wallet is not in the list any more.
    NotListed,
}

/// What a known wallet proves.
pub struct Proof {
    /// The wallet.
    pub wallet: WalletId,
    /// Its keys, as their public keys say: each proves the wallet seed, the master keys and the rule of its share.
    pub keys: Vec<ProvedKey>,
    /// Where its address is: proves the asset seed.
    pub address: AddressFound,
}

/// A key whose shares made its public key.
pub struct ProvedKey {
    /// Its id on the device.
    pub id: Uuid,
    /// Its algorithm.
    pub algorithm: Algorithm,
}

impl Proof {
    /// Whether there is a key of this curve.
    #[must_use]
    pub fn has(&self, curve: Curve) -> bool {
        self.keys.iter().any(|key| key.algorithm.curve() == curve)
    }
}

/// The seeds and master keys of a kit, opened.
struct Opened {
    master: WalletMaster,
    cosigners: Vec<Uuid>,
    records: SecretBytes,
}

/// Records that were sealed, and the key they open with where it is not the recovery key.
struct Sealed {
    text: Vec<u8>,
    made: Option<RecoveryKey>,
}

const NO_PRIMES: &str = "no sound primes were found";

/// Takes all steps behind the reading of kit, key and list.
pub fn collect_evidence<R: CryptoRng>(
    given: &Evidence<'_>,
    journal: &mut Journal,
    rng: &mut R,
    watch: &dyn Watch,
) -> Found {
    let mut found = Found::default();
    journal.attempt(watch, Step::Verify, || given.verify(&mut found, rng));
    if !given.has_wallets {
        return found;
    }
    let is_other_key = found
        .verification
        .as_ref()
        .is_some_and(Verification::nothing_opened);
    let opened = journal.attempt(watch, Step::Derive, || match is_other_key {
        true => Err(Fault::Needs(Step::Verify)),
        false => given.derive(rng),
    });
    let sealed = journal.attempt(watch, Step::Seal, || given.seal(&opened, rng));
    let records = journal.attempt(watch, Step::Unseal, || given.unseal(&opened, &sealed, rng));
    journal.attempt(watch, Step::Check, || given.check(&opened, &sealed));

    let commit = |record: &Record| (record.wallet_id, of_record(&given.salt, record));
    found.commitments = records.iter().flatten().map(commit).collect();
    if let Some(earlier) = given.earlier {
        let has_records = records.is_some();
        journal.attempt(watch, Step::Compare, || {
            compare(earlier, has_records, &mut found)
        });
    }
    if let Some(known) = &given.known {
        found.proof = journal.attempt(watch, Step::Known, || given.prove(known, &opened));
    }
    found
}

impl Evidence<'_> {
    fn batch<'b>(&'b self, opened: &'b Opened, wallets: &'b [WalletId]) -> Batch<'b> {
        Batch {
            master: &opened.master,
            cosigners: &opened.cosigners,
            eddsa: self.eddsa,
            wallets,
            threads: self.threads,
        }
    }

    fn kit(&self) -> Result<&Kit, Fault> {
        self.kit.ok_or(Fault::Needs(Step::Kit))
    }

    fn key(&self) -> Result<&RecoveryKey, Fault> {
        self.key.ok_or(Fault::Needs(Step::Key))
    }

    fn sample(&self) -> Result<&[WalletId], Fault> {
        self.sample.ok_or(Fault::Needs(Step::List))
    }

    fn verify<R: CryptoRng>(&self, found: &mut Found, rng: &mut R) -> Done<()> {
        let (kit, key) = (self.kit()?, self.key()?);
        let verification = verify(kit, key, self.owner, rng);
        let verification = found.verification.insert(verification);
        for expected in self.addresses {
            if let Ok(address) = verification.compare_address(expected) {
                found.addresses.push(address);
            }
        }

        if verification.nothing_opened() {
            let why = "this is another key: no entry of the kit opens with it";
            return Err(Fault::new(why));
        }
        let all = verification.checks.len();
        if !verification.held() {
            let failed = verification.failed();
            return Err(Fault::new(format!("{failed} of {all} checks failed")));
        }
        let outcomes = verification.checks.iter().map(|check| check.outcome.word());
        let held = outcomes.filter(|word| *word == "ok").count();
        Ok(match all - held {
            0 => ((), format!("{held} checks, all held")),
            skipped => ((), format!("{held} checks held, {skipped} not tried")),
        })
    }

    /// Derives the sample as a batch does and by the formulas.
    fn derive<R: CryptoRng>(&self, rng: &mut R) -> Done<Opened> {
        let (kit, key, sample) = (self.kit()?, self.key()?, self.sample()?);
        let (master, cosigners) = open_wallet_master(kit, key, rng)?;
        let mut opened = Opened {
            master,
            cosigners,
            records: SecretBytes::new(Vec::new()),
        };
        let batch = self.batch(&opened, sample);
        let (derived, known) = (batch.derive()?, batch.by_formulas());
        ensure(
            derived.same_as(&known),
            "this machine computes wrongly: a share came out differently the second time",
        )?;
        opened.records = derived;
        let wallets = plural(sample.len() as u64, "wallet");
        Ok((opened, format!("{wallets}, in two ways")))
    }

    /// To the recovery key. Kits of 2019 were made for keys that nothing is sealed to any more: then to one that is made for it.
    fn seal<R: CryptoRng>(&self, opened: &Option<Opened>, rng: &mut R) -> Done<Sealed> {
        let opened = need(opened, Step::Derive)?;
        let (kit, own) = (self.kit()?, self.key()?);
        let is_small = own.public_key().bits() < MIN_RECIPIENT_BITS;
        let made = match is_small {
            true => Some(
                RecoveryKey::generate(rng)
                    .ok_or(NO_PRIMES)
                    .map_err(Fault::new)?,
            ),
            false => None,
        };
        let to = made.as_ref().unwrap_or(own).public_key();

        let batch = self.batch(opened, self.sample()?);
        let text = batch.derive_sealed(kit, &to, rng)?;
        let found = match is_small {
            true => "to a key made for it",
            false => "to the recovery key",
        };
        Ok((Sealed { text, made }, found.to_owned()))
    }

    fn unseal<R: CryptoRng>(
        &self,
        opened: &Option<Opened>,
        sealed: &Option<Sealed>,
        rng: &mut R,
    ) -> Done<Vec<Record>> {
        let sealed = need(sealed, Step::Seal)?;
        let known = &need(opened, Step::Derive)?.records;
        let key = match &sealed.made {
            Some(made) => made,
            None => self.key()?,
        };
        let records = open(&sealed.text, key, self.threads, rng)?;
        let text = text_of(&records, known.len());
        ensure(text.same_as(known), "what opens is not what was sealed")?;
        let count = plural(records.len() as u64, "record");
        Ok((records, format!("{count}, as derived")))
    }

    fn check(&self, opened: &Option<Opened>, sealed: &Option<Sealed>) -> Done<()> {
        let sealed = need(sealed, Step::Seal)?;
        let opened = need(opened, Step::Derive)?;
        let sample = self.sample()?;
        self.batch(opened, sample).check(&sealed.text)?;
        Ok(((), format!("{} derived again, 0 wrong", sample.len())))
    }

    /// Takes the known wallet over, and looks for its address.
    fn prove(&self, known: &KnownWallet<'_>, opened: &Option<Opened>) -> Done<Proof> {
        let opened = need(opened, Step::Derive)?;
        let record = self.batch(opened, &[]).record(known.wallet);
        let record = text_of([&record], 1 << 12);
        let server = find_shares(record.expose(), known.wallet)?;
        let taken = take_over(&server, known.device, &Algorithm::ALL)?;

        let candidates: Vec<Candidate<'_>> = taken.iter().map(candidate).collect();
        let address = known.address.find(&candidates);
        let address = address.map_err(|error| Fault::new(error.to_string()))?;
        let keys = taken.iter().map(|taken| ProvedKey {
            id: taken.key.id,
            algorithm: taken.key.algorithm,
        });
        let proof = Proof {
            wallet: known.wallet,
            keys: keys.collect(),
            address,
        };
        let keys = plural(proof.keys.len() as u64, "key");
        Ok((proof, format!("{keys}, address: as known")))
    }
}

fn candidate(key: &TakenKey) -> Candidate<'_> {
    Candidate {
        public_key: key.full.public_key(),
        chain_code: key.chain_code.expose(),
        min_account: None,
    }
}

/// Holds the commitments against those of an earlier drill, wallet by wallet.
fn compare(earlier: &EarlierSample, has_records: bool, found: &mut Found) -> Done<()> {
    if !has_records {
        return Err(Fault::Needs(Step::Unseal));
    }
    let now: HashMap<WalletId, [u8; 32]> = found.commitments.iter().copied().collect();
    let compared = earlier.commitments.iter().map(|(wallet, then)| {
        let compared = match now.get(wallet) {
            None => Compared::NotListed,
            Some(now) if now == then => Compared::Equal,
            Some(_) => Compared::Differs,
        };
        (*wallet, compared)
    });
    found.compared = compared.collect();

    let count = |what| {
        let compared = found.compared.iter();
        compared.filter(|(_, compared)| *compared == what).count() as u64
    };
    let (differ, gone) = (count(Compared::Differs), count(Compared::NotListed));
    if differ + gone > 0 {
        let all = plural(found.compared.len() as u64, "wallet");
        let why =
            format!("of {all} {differ} have other shares than then, {gone} are not in the list");
        return Err(Fault::new(why));
    }
    let equal = plural(found.compared.len() as u64, "wallet");
    Ok(((), format!("{equal}, as then")))
}
