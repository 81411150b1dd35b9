//! Makes a recovery kit of a workspace's secrets: the provider's side, for rehearsals and tests (FORMATS.md §26).

use rand_core::CryptoRng;

#[cfg(feature = "kit")]
use crate::formats::kit::zip::pack;
use crate::{
    crypto::{eddsa_variants::EddsaVariant, rsa::RecoveryPublicKey},
    formats::{
        kit::{archive::NamedBytes, spec::KitSpec, write::kit_files},
        server_share::record::{Record, RecordFormat},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::derive::{Derivation, Form},
};

/// The kit as a zip file, sealed to a recovery key. Every call deals and seals anew: two kits of one SPEC differ, and recover
/// the same. Needs the feature `kit`.
#[cfg(feature = "kit")]
pub fn create_kit<R: CryptoRng>(spec: &KitSpec, key: &RecoveryPublicKey, rng: &mut R) -> Vec<u8> {
    pack(&create_kit_files(spec, key, rng)).expect("every entry of a SPEC has a name of its own")
}

/// The same as the files of a folder, `metadata.json` first.
pub fn create_kit_files<R: CryptoRng>(
    spec: &KitSpec,
    key: &RecoveryPublicKey,
    rng: &mut R,
) -> Vec<NamedBytes> {
    kit_files(spec, key, rng)
}

/// Key Share #1 of a wallet as the SPEC's own seeds and master keys give it, without a kit: what a derivation from the kit must
/// come to. `None` without a wallet master.
#[must_use]
pub fn expected_record(
    spec: &KitSpec,
    algorithms: &[Algorithm],
    wallet_id: WalletId,
) -> Option<Record> {
    let (master, cosigners) = spec.wallet_master()?;
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms,
        eddsa: EddsaVariant::default(),
        form: Form::Clear(RecordFormat::Json),
        part: 0..1,
        threads: 1,
    };
    Some(derivation.record(wallet_id))
}
