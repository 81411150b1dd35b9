//! What a drill with a kit begins with: kit, list and secrets, each read as a step of it.

use std::{collections::HashSet, path::Path, time::Instant};

use lifeboat::{
    crypto::rsa::RecoveryKey,
    formats::{
        kit::container::Kit,
        server_share::commitment::{EarlierSample, MAX_DRILL_REPORT},
        wallets::wallet_id::WalletId,
    },
    operations::{
        drill::{End, Journal, Step, StepReport},
        generate_key::prove_key,
        open_kit::{OwnerSecret, try_owner_secret},
        verify_kit::verify,
    },
};
use rand_core::Rng;
use sha2::{Digest, Sha256};

use crate::{
    args::drill::Drill,
    context::{World, milliseconds},
    errors::{
        catalogue::{Devices, Files, Keys, Lists},
        code::Code,
        failure::Failure,
    },
    inputs::{
        bad_ids::each_listed,
        file::read,
        kit::open_kit,
        kit_secrets::{WithoutOwner, owner_secret, warn_of_label, warn_of_oddities},
        passphrase::private_key,
    },
    outputs::drill_record::show_step,
    terminal::plural,
};

/// Wallets of a list that are derived, where nobody says how many.
const SAMPLE: usize = 10;

/// A drill with a real kit, as far as it is the door's matter: files, questions, and what is shown.
pub(crate) struct Course {
    pub(crate) began: Instant,
    pub(crate) journal: Journal,
    /// Of the first step here that did not hold.
    pub(crate) failure: Option<Failure>,
}

impl Course {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        Self {
            began: Instant::now(),
            journal: Journal::default(),
            failure: None,
        }
    }

    /// Does a step. Where it could not even be tried, there is no drill.
    fn step<T>(
        &mut self,
        step: Step,
        world: &mut World,
        work: impl FnOnce(&mut World) -> Result<(T, String), Failure>,
    ) -> Result<Option<T>, Failure> {
        let began = milliseconds(self.began.elapsed());
        let (given, end) = match work(world) {
            Ok((given, found)) => (Some(given), End::Held(found)),
            Err(failure) if could_not_try(&failure) => return Err(failure),
            Err(failure) => {
                let end = End::Failed(failure.message().to_owned());
                self.failure.get_or_insert(failure);
                (None, end)
            }
        };
        let report = StepReport {
            step,
            end,
            milliseconds: milliseconds(self.began.elapsed()).saturating_sub(began),
        };
        show_step(&report, &world.terminal);
        self.journal.steps.push(report);
        Ok(given)
    }
}

/// Whether a failure is one of the command line or of whoever did not answer, and says nothing about kit, key and list.
fn could_not_try(failure: &Failure) -> bool {
    let codes: [Code; 9] = [
        Files::Usage.into(),
        Files::SecretInArguments.into(),
        Files::FileNotFound.into(),
        Files::PermissionDenied.into(),
        Files::StdinTwice.into(),
        Keys::PassphraseNeeded.into(),
        Keys::PassphraseNotText.into(),
        Devices::PassphraseCommand.into(),
        Lists::Interrupted.into(),
    ];
    codes.contains(&failure.code())
}

/// The wallets of a list that are derived, and how many there are.
#[derive(Default)]
pub(crate) struct Sample {
    pub(crate) wallets: Vec<WalletId>,
    pub(crate) listed: u64,
}

/// What was read of an earlier drill.
pub(crate) struct Earlier {
    pub(crate) sample: EarlierSample,
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// The files of a drill with a kit.
pub(crate) struct Named<'a> {
    pub(crate) kit: &'a Path,
    pub(crate) key: &'a Path,
    /// `None` where the kit has no wallets.
    pub(crate) list: Option<&'a Path>,
}

/// Kit, list and secrets, as far as they could be had.
pub(crate) struct Given {
    pub(crate) kit: Option<Kit>,
    pub(crate) sample: Option<Sample>,
    pub(crate) key: Option<RecoveryKey>,
    pub(crate) owner: Option<OwnerSecret>,
}

/// Reads them all. What cannot be had is a step that failed; where nobody answers, or a file is not there, there is no drill.
pub(crate) fn read_all(
    course: &mut Course,
    args: &Drill,
    named: &Named<'_>,
    earlier: Option<&Earlier>,
    world: &mut World,
) -> Result<Given, Failure> {
    let kit = course.step(Step::Kit, world, |world| {
        let kit = open_kit(named.kit, &args.real.meant)?;
        warn_of_oddities(&kit, world);
        let found = format!("{} entries", kit.entries.len());
        Ok((kit, found))
    })?;
    let has_wallets = kit
        .as_ref()
        .map(|kit| !kit.metadata.wallet_masters.is_empty());
    let sample = match (named.list, has_wallets) {
        (Some(list), _) => take_sample(course, args, list, earlier, world)?,
        (None, Some(true)) => {
            let message = "the kit has wallets of users: a drill needs a list of them";
            return Err(Failure::new(Files::Usage, message).hint("`--wallets FILE`"));
        }
        (None, _) => None,
    };
    let key = course.step(Step::Key, world, |world| {
        open_key(args, named.key, kit.as_ref(), world)
    })?;
    let owner = match (&kit, &key) {
        (Some(kit), Some(key)) => open_owner(course, args, kit, key, world)?,
        _ => None,
    };
    Ok(Given {
        kit,
        sample,
        key,
        owner,
    })
}

/// The report of an earlier drill.
pub(crate) fn read_earlier(path: &Path, args: &Drill) -> Result<Earlier, Failure> {
    let bytes = read(path, MAX_DRILL_REPORT)?;
    let sample = EarlierSample::parse(&bytes).map_err(|error| {
        Failure::from(error)
            .about(path)
            .hint("name the report of a drill with a kit: what `lifeboat drill --kit KIT … --report FILE` wrote")
    })?;
    if sample.eddsa != args.real.eddsa_variant {
        let name = sample.eddsa.name();
        let message = format!("the earlier drill derived EdDSA shares by the rule `{name}`");
        return Err(Failure::new(Files::Usage, message)
            .about(path)
            .hint(format!(
                "add `--eddsa-variant {name}`; or hold this drill without `--compare`"
            )));
    }
    Ok(Earlier {
        sample,
        file: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        sha256: hex::encode(Sha256::digest(&bytes)),
    })
}

/// Reads the list, and takes the wallets of the earlier drill, or a few at random: every one is as likely as any other.
fn take_sample(
    course: &mut Course,
    args: &Drill,
    list: &Path,
    earlier: Option<&Earlier>,
    world: &mut World,
) -> Result<Option<Sample>, Failure> {
    let known = args.real.known.as_ref().map(|known| known.wallet);
    let asked = args.real.sample.map_or(SAMPLE, |asked| asked as usize);
    let then = earlier.map_or(&[][..], |earlier| &earlier.sample.commitments);
    let then: HashSet<WalletId> = then.iter().map(|(wallet, _)| *wallet).collect();

    let mut sample = Sample::default();
    let mut is_known_listed = known.is_none();
    let read = course.step(Step::List, world, |world| {
        let mut rng = world.rng();
        each_listed(list, true, world, |id| {
            let is_wanted = match earlier {
                Some(_) => then.contains(&id),
                None => sample.wallets.len() < asked,
            };
            let place = rng.next_u64() % (sample.listed + 1);
            sample.listed += 1;
            is_known_listed |= known == Some(id);
            if is_wanted {
                sample.wallets.push(id);
            } else if earlier.is_none()
                && let Some(place) = usize::try_from(place).ok()
                && let Some(taken) = sample.wallets.get_mut(place)
            {
                *taken = id;
            }
        })?;
        match known.filter(|_| !is_known_listed) {
            Some(wallet) => Err(Failure::new(
                Lists::RecordsIncomplete,
                format!("the list lacks the known wallet `{wallet}`"),
            )),
            None => Ok(((), plural(sample.listed, "wallet"))),
        }
    })?;

    // Where only the known wallet is missing, the others are there all the same.
    let is_read = read.is_some() || !is_known_listed && sample.listed > 0;
    if let Some(earlier) = earlier {
        let order = earlier.sample.commitments.iter().map(|(wallet, _)| wallet);
        let listed: HashSet<WalletId> = sample.wallets.iter().copied().collect();
        sample.wallets = order.filter(|id| listed.contains(id)).copied().collect();
    }
    Ok(Some(sample).filter(|_| is_read))
}

/// Opens the recovery key, and proves that it opens what its public key seals.
fn open_key(
    args: &Drill,
    path: &Path,
    kit: Option<&Kit>,
    world: &mut World,
) -> Result<(RecoveryKey, String), Failure> {
    let key = private_key(world, path, args.real.passphrase.source())?;
    if let Some(kit) = kit {
        warn_of_label(kit, &key, world);
    }
    let public = key.public_key();
    prove_key(&mut world.rng(), &key, &public)?;
    let found = format!("RSA-{}: seals and opens", public.bits());
    Ok((key, found))
}

/// What opens the owner's shares, where the kit has any and somebody gives it.
fn open_owner(
    course: &mut Course,
    args: &Drill,
    kit: &Kit,
    key: &RecoveryKey,
    world: &mut World,
) -> Result<Option<OwnerSecret>, Failure> {
    // Nobody types the owner's passphrase to be told then that it is the wrong key.
    let has_shares = kit.owner_entries().next().is_some();
    if !has_shares || verify(kit, key, None, &mut world.rng()).nothing_opened() {
        return Ok(None);
    }
    let secret = match owner_secret(&args.real.owner, kit, WithoutOwner::GoOn, world) {
        Ok(None) => return Ok(None),
        Ok(Some(secret)) => Ok(secret),
        Err(failure) => Err(failure),
    };
    course.step(Step::Owner, world, |world| {
        let secret = secret?;
        try_owner_secret(kit, &secret, &mut world.rng())?;
        Ok((secret, "opens the owner's share".to_owned()))
    })
}
