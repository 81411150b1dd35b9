//! Derives, seals, opens and checks the records of a few wallets in memory, as `derive`, `unseal` and `check` do (FORMATS.md
//! §7, §10, §13).

use std::io::Cursor;

use rand_core::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Fault, ensure};
use crate::{
    crypto::{
        eddsa_variants::EddsaVariant,
        rsa::{RecoveryKey, RecoveryPublicKey},
        secret::SecretBytes,
        server_share::WalletMaster,
    },
    formats::{
        kit::container::Kit,
        server_share::record::{Record, RecordFormat},
        wallets::{algorithm::Algorithm, wallet_id::WalletId, wallet_list::WalletList},
    },
    operations::{
        Unwatched,
        check_result::{Expected, check_sealed},
        check_wallet_list::{CheckOptions, check_wallet_list},
        derive::{Derivation, Form},
        resume::SealedRun,
        seal::derived_keys,
        unseal::{Opened, SealedFile},
    },
};

/// Of which shares are derived.
pub(super) const BOTH: [Algorithm; 2] = [Algorithm::CmpEcdsa, Algorithm::CmpEddsa];

/// A few wallets of a workspace, and what their shares come from.
pub(super) struct Batch<'a> {
    pub(super) master: &'a WalletMaster,
    pub(super) cosigners: &'a [Uuid],
    pub(super) eddsa: EddsaVariant,
    pub(super) wallets: &'a [WalletId],
    pub(super) threads: usize,
}

impl<'a> Batch<'a> {
    fn derivation<'f>(&self, form: Form<'f>) -> Derivation<'f>
    where
        'a: 'f,
    {
        Derivation {
            master: self.master,
            cosigners: self.cosigners,
            algorithms: &BOTH,
            eddsa: self.eddsa,
            form,
            part: 0..self.wallets.len() as u64,
            threads: self.threads,
        }
    }

    /// The record of one wallet, by the formulas.
    pub(super) fn record(&self, wallet: WalletId) -> Record {
        let form = Form::Clear(RecordFormat::Ndjson);
        self.derivation(form).record(wallet)
    }

    /// NDJSON of all wallets, by the formulas.
    pub(super) fn by_formulas(&self) -> SecretBytes {
        let records = self.wallets.iter().map(|wallet| self.record(*wallet));
        text_of(&records.collect::<Vec<_>>(), self.room())
    }

    /// NDJSON of all wallets, as a batch derives it.
    pub(super) fn derive(&self) -> Result<SecretBytes, Fault> {
        let form = Form::Clear(RecordFormat::Ndjson);
        let mut text = Zeroizing::new(Vec::with_capacity(self.room()));
        self.run(form, &mut text)?;
        Ok(SecretBytes::new(std::mem::take(&mut *text)))
    }

    /// The records sealed to a key, as `derive --seal-to` writes them.
    pub(super) fn derive_sealed<R: CryptoRng>(
        &self,
        kit: &Kit,
        to: &RecoveryPublicKey,
        rng: &mut R,
    ) -> Result<Vec<u8>, Fault> {
        let run = SealedRun {
            kit,
            master: self.master,
            algorithms: &BOTH,
            recipients: std::slice::from_ref(to),
        };
        let (mut sealed, keys) = run.begin(rng)?;
        self.run(Form::Sealed(&keys), &mut sealed)?;
        Ok(sealed)
    }

    fn run(&self, form: Form<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
        let wallets = self.wallets.iter().map(|wallet| format!("{wallet}\n"));
        let ids = wallets.collect::<String>();
        let options = CheckOptions {
            unique: true,
            expected: self.wallets.len(),
            threads: self.threads,
        };
        let found = check_wallet_list(&mut WalletList::new(ids.as_bytes()), options)?;

        let mut list = WalletList::new(ids.as_bytes());
        let derivation = self.derivation(form);
        let count = derivation.run(&mut list, &found, out, &Unwatched, || false)?;
        ensure(
            count == self.wallets.len() as u64,
            "not every wallet was derived",
        )
    }

    /// Derives again every record of a sealed text, without its recipient's key.
    pub(super) fn check(&self, sealed: &[u8]) -> Result<(), Fault> {
        let file = SealedFile::begin(Cursor::new(sealed))?;
        let (_, keys) = derived_keys(self.master, &file.header);
        ensure(
            file.recipients.is_authentic(&keys),
            "the kit does not give the key of what was sealed from it",
        )?;
        let mut expected = Expected::default();
        expected.begin_list();
        for wallet in self.wallets {
            expected.expect(*wallet);
        }

        let derivation = self.derivation(Form::Clear(RecordFormat::Ndjson));
        let found = check_sealed(file, &keys, &derivation, expected, || true, &Unwatched)?;
        if let Some((wallet, what)) = found.wrong.first() {
            return Err(Fault::new(format!("wallet `{wallet}`: {what}")));
        }
        let all = self.wallets.len() as u64;
        ensure(
            found.compared == all && found.missing.is_empty() && found.extra.is_empty(),
            "other wallets were sealed than derived",
        )
    }

    /// An upper bound of the text of all records.
    fn room(&self) -> usize {
        self.wallets.len() * (192 + self.cosigners.len() * (64 + BOTH.len() * 256))
    }
}

/// Opens every record of a sealed text with its recipient's key: all of them, in their order.
pub(super) fn open<R: CryptoRng>(
    sealed: &[u8],
    key: &RecoveryKey,
    threads: usize,
    rng: &mut R,
) -> Result<Vec<Record>, Fault> {
    let file = SealedFile::begin(Cursor::new(sealed))?;
    let (_, keys) = file.unlock(key, rng)?;
    let mut records = Vec::new();
    let take = |opened: Opened<'_>| {
        records.push(opened.record()?);
        Ok::<_, Fault>(())
    };
    file.open_all(&keys, threads, take, &Unwatched)?;
    Ok(records)
}

/// NDJSON of records, as `derive` writes them.
pub(super) fn text_of<'r>(
    records: impl IntoIterator<Item = &'r Record>,
    room: usize,
) -> SecretBytes {
    let mut text = Vec::with_capacity(room);
    for (number, record) in records.into_iter().enumerate() {
        RecordFormat::Ndjson.write(record, number == 0, &mut text);
    }
    SecretBytes::new(text)
}
