//! `takeover`: Key Share #1 and Key Share #2 to full keys, of one wallet or of many.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufReader, Write},
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::{SecretBytes, SecretText},
    formats::{
        device_share::share::{DeviceShare, MAX_DEVICE_FILE},
        full_key::file::{TakenKey, full_keys_json, full_keys_line, lock_full_keys},
        known_file::KnownFile,
        sealed::{
            age::{AgeWriter, looks_age},
            sealed_file::{FULL_KEYS, KEY_SHARE_1, SealedError, looks_sealed},
        },
        server_share::import::{MAX_SERVER_SHARES, ServerShares, WalletShares, read_server_shares},
        wallets::{
            algorithm::Algorithm,
            wallet_id::{WalletId, WalletIdError},
        },
    },
    operations::{
        Progress,
        seal::Sealing,
        takeover::{TakeoverError, find_shares, take_over},
        unseal::{SealedFile, UnsealError},
    },
};
use zeroize::Zeroizing;

use crate::{
    args::{shapes::SealFormat, takeover::Takeover},
    context::World,
    errors::{
        catalogue::{Devices, Doing, Files, Lists, Seals},
        failure::Failure,
        wrong_file::{other_file, read_as},
    },
    inputs::{
        bad_ids::each_listed, file::read_secret, passphrase::private_key, recipients::Recipients,
    },
    outcomes::{
        Outcome,
        full_keys::{self, AllTakenOver, Kept, TakenOver, TakenWallet},
        parts::{FailedRecord, MissingZeros, Proof, Recipient, Results, WarningCode},
    },
    outputs::{
        chain_codes::{ChainCodes, Wanted, expected_addresses, warn_unproved},
        new_file::Destination,
        private_keys::{KeyOutput, KeyOutputArgs},
        result_name::ResultFile,
    },
    terminal::{Work, grouped, plural},
};

/// Takes over one wallet, or every wallet of a list.
pub(crate) fn takeover(args: &Takeover, world: &mut World) -> Result<Outcome, Failure> {
    match (
        &args.wallet,
        &args.device_share,
        &args.wallets,
        &args.device_shares,
    ) {
        (Some(wallet), Some(device), _, _) => take_one(args, wallet, device, world),
        (_, _, Some(wallets), Some(folder)) => take_many(args, wallets, folder, world),
        _ => Err(Failure::new(
            Files::Usage,
            "one wallet needs its device share, a list of wallets a folder of them",
        )
        .hint("`--wallet ID --device-share FILE`, or `--wallets FILE --device-shares DIR`")),
    }
}

fn take_one(
    args: &Takeover,
    wallet: &str,
    device: &Path,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let wallet = WalletId::parse(wallet.as_bytes()).map_err(bad_wallet)?;
    let records = read_records(args, &[wallet], world)?;
    let server = find_shares(records.expose(), wallet)
        .map_err(|error| about_shares(error, records.expose(), &args.server_shares))?;
    drop(records);
    let share = read_device_share(device)?;
    let result = TakenOutput::open(args, world)?;
    warn_of_repairs(&wallet, &server, world);
    let keys = take_over(&server, &share, algorithms(args))?;
    let mut wanted = Wanted::new(expected_addresses(&args.known));
    let chain_codes = wanted.find_in(&keys);
    wanted.all_found()?;

    let sealed_to = result.recipients();
    let written = result.write(&[(wallet, full_keys_json(&keys))], world)?;
    if !(args.unencrypted && args.out.is_none()) {
        show_keys(&keys, args.out.is_some(), world);
    }
    chain_codes.tell("takeover", world);
    say_where(
        &plural(keys.len() as u64, "key"),
        written.as_deref(),
        args,
        world,
    );
    Ok(Outcome::done(TakenOver {
        wallet_id: wallet.to_string(),
        keys: taken_keys(&keys, &chain_codes),
        chain_code_proved: chain_codes.all_proved(),
        repaired: repaired(&server),
        kept: kept(args, sealed_to, written.as_ref()),
    }))
}

fn take_many(
    args: &Takeover,
    wallets: &Path,
    folder: &Path,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let mut ids = Vec::new();
    // A batch of takeovers is no place to guess.
    each_listed(wallets, true, world, |id| ids.push(id))?;
    let records = read_records(args, &ids, world)?;
    let server = match read_wanted(&records, &ids) {
        Ok(shares) => Server::Read(shares),
        // One damaged record is that wallet's failure: look for each wallet by itself.
        Err(failure) if !(failure.is(Files::NotJson) || failure.is(Files::OtherContent)) => {
            Server::Unread(records)
        }
        Err(failure) => return Err(failure.about(&args.server_shares)),
    };
    let result = TakenOutput::open(args, world)?;
    let mut wanted = Wanted::new(expected_addresses(&args.known));
    let Batch {
        lines,
        taken,
        failed,
        unproved,
    } = take_each(args, &ids, &server, folder, &mut wanted, world);
    let sealed_to = result.recipients();
    if taken.is_empty() {
        let outcome = Outcome::done(AllTakenOver {
            wallets: taken,
            chain_code_proved: false,
            failed,
            kept: kept(args, sealed_to, None),
        });
        let failure = Failure::new(
            Devices::NoTakeover,
            "no wallet of the list could be taken over",
        );
        return Ok(outcome.but(failure));
    }
    wanted.all_found()?;
    let written = result.write(&lines, world)?;
    if unproved > 0 {
        warn_unproved(
            &format!("of {}", plural(unproved, "wallet")),
            "takeover",
            world,
        );
    }
    say_where(
        &plural(taken.len() as u64, "wallet"),
        written.as_deref(),
        args,
        world,
    );
    let message = format!(
        "{} of {} wallets were not taken over",
        grouped(failed.len() as u64),
        grouped(ids.len() as u64)
    );
    let some_failed = !failed.is_empty();
    let outcome = Outcome::done(AllTakenOver {
        wallets: taken,
        chain_code_proved: unproved == 0,
        failed,
        kept: kept(args, sealed_to, written.as_ref()),
    });
    if !some_failed {
        return Ok(outcome);
    }
    Ok(outcome.but(Failure::new(Devices::SomeNotTakenOver, message)))
}

/// What became of the wallets of a list.
#[derive(Default)]
struct Batch {
    lines: Vec<(WalletId, SecretText)>,
    taken: Vec<TakenWallet>,
    failed: Vec<FailedRecord>,
    /// Wallets whose chain codes nothing proves.
    unproved: u64,
}

/// Takes over one wallet after the other. What fails is told, and the others are taken.
fn take_each(
    args: &Takeover,
    ids: &[WalletId],
    server: &Server,
    folder: &Path,
    wanted: &mut Wanted,
    world: &World,
) -> Batch {
    let mut batch = Batch::default();
    let bar = world.terminal.bar(Work::TakingOver, ids.len() as u64);
    for wallet in ids {
        match take_listed(args, wallet, server, folder, world) {
            Ok(keys) => {
                if args.out.is_none() && !args.unencrypted {
                    bar.hide();
                    world.terminal.show_result(format!("wallet {wallet}"));
                    show_keys(&keys, false, world);
                }
                batch.lines.push((*wallet, full_keys_line(wallet, &keys)));
                let chain_codes = wanted.find_in(&keys);
                if chain_codes.has_found() {
                    bar.hide();
                    chain_codes.say_found(world);
                }
                batch.unproved += u64::from(!chain_codes.all_proved());
                batch.taken.push(TakenWallet {
                    wallet_id: wallet.to_string(),
                    keys: taken_keys(&keys, &chain_codes),
                    chain_code_proved: chain_codes.all_proved(),
                });
            }
            Err(failure) => {
                bar.hide();
                world
                    .terminal
                    .tell_failed(format!("wallet `{wallet}`: {}", failure.message()));
                batch.failed.push(FailedRecord {
                    id: Some(wallet.to_string()),
                    wallet_id: Some(wallet.to_string()),
                    ..failure.of_record()
                });
            }
        }
        bar.advance(1);
    }
    batch
}

/// The server shares of a batch.
enum Server {
    /// Every wallet's, read.
    Read(ServerShares),
    /// The records, of which at least one cannot be read.
    Unread(SecretBytes),
}

fn take_listed(
    args: &Takeover,
    wallet: &WalletId,
    server: &Server,
    folder: &Path,
    world: &World,
) -> Result<Vec<TakenKey>, Failure> {
    // First, as it may not be there: a list may name wallets of which no device share was recovered.
    let device = read_device_share(&folder.join(format!("{wallet}.json")))?;
    let found;
    let shares = match server {
        Server::Read(shares) => shares.get(wallet).ok_or(TakeoverError::NoWallet {
            wallet: *wallet,
            nearest: Vec::new(),
        })?,
        Server::Unread(records) => {
            found = find_shares(records.expose(), *wallet)?;
            &found
        }
    };
    warn_of_repairs(wallet, shares, world);
    Ok(take_over(shares, &device, algorithms(args))?)
}

/// Where the private keys go: sealed to others, or kept here.
enum TakenOutput {
    Sealed(Destination, PathBuf, Recipients, SealFormat),
    Kept(KeyOutput),
}

impl TakenOutput {
    /// Opens the destination and asks for the passphrase before the slow part.
    fn open(args: &Takeover, world: &mut World) -> Result<Self, Failure> {
        if let (Some(path), false) = (&args.out, args.seal_to.is_empty()) {
            let to = Recipients::read(&args.seal_to, world)?;
            return Ok(Self::Sealed(
                Destination::open(path, true, world)?,
                path.to_path_buf(),
                to,
                args.seal_format,
            ));
        }
        let kept = KeyOutputArgs {
            out: args.out.as_deref(),
            unencrypted: args.unencrypted,
            passphrase: args.passphrase.source(),
            allow_weak: args.allow_weak_passphrase,
        };
        KeyOutput::open(&kept, world).map(Self::Kept)
    }

    /// Whom the result is sealed to, for machines.
    fn recipients(&self) -> Vec<Recipient> {
        match self {
            Self::Sealed(_, _, to, _) => to.to_json(),
            Self::Kept(_) => Vec::new(),
        }
    }

    /// Writes the full keys, one text a wallet.
    fn write(
        self,
        wallets: &[(WalletId, SecretText)],
        world: &World,
    ) -> Result<Option<ResultFile>, Failure> {
        match self {
            Self::Kept(kept) => kept.write(&joined(wallets), lock_full_keys, world),
            Self::Sealed(mut out, path, to, SealFormat::Age) => {
                let fail = |error| Failure::io(Doing::Write, &path, &error);
                let mut age =
                    AgeWriter::begin(&to.keys, &mut out, &mut world.rng()).map_err(fail)?;
                age.write_all(joined(wallets).expose().as_bytes())
                    .and_then(|()| age.finish())
                    .map_err(fail)?;
                out.finish()
            }
            Self::Sealed(mut out, path, to, SealFormat::Lifeboat) => {
                let fail = |error| Failure::sealing(error, &path);
                let mut sealing = Sealing::begin(FULL_KEYS, &to.keys, &mut out, &mut world.rng())
                    .map_err(fail)?;
                for (wallet, text) in wallets {
                    // Room for the tag at once, so that sealing in place moves nothing.
                    let mut plain = Zeroizing::new(Vec::with_capacity(text.expose().len() + 16));
                    plain.extend_from_slice(text.expose().as_bytes());
                    sealing.add(wallet.as_bytes(), &mut plain).map_err(fail)?;
                }
                sealing.finish().map_err(fail)?;
                out.finish()
            }
        }
    }
}

fn read_device_share(path: &Path) -> Result<DeviceShare, Failure> {
    let bytes = read_secret(path, MAX_DEVICE_FILE)?;
    DeviceShare::parse(bytes.expose())
        .map_err(|error| read_as(error, bytes.expose(), KnownFile::DeviceShare).about(path))
}

fn read_wanted(records: &SecretBytes, ids: &[WalletId]) -> Result<ServerShares, Failure> {
    let ids: BTreeSet<&WalletId> = ids.iter().collect();
    read_server_shares(records.expose(), |id| ids.contains(id))
        .map_err(|error| read_as(error, records.expose(), KnownFile::ServerShares))
}

/// The server shares as records; of a sealed file only the wallets asked for are opened.
fn read_records(
    args: &Takeover,
    wallets: &[WalletId],
    world: &mut World,
) -> Result<SecretBytes, Failure> {
    let path = &args.server_shares;
    let Some(key) = &args.key else {
        let records = read_secret(path, MAX_SERVER_SHARES)?;
        if looks_age(records.expose()) {
            return Err(Failure::from(SealedError::Age).about(path));
        }
        if looks_sealed(records.expose()) {
            return Err(
                Failure::new(Seals::SealedNeedsKey, "the server shares are sealed")
                    .hint("give the private key they are sealed to: `--key PEM`")
                    .about(path),
            );
        }
        return Ok(records);
    };
    let about = |error: UnsealError| Failure::from(error).about(path);
    let file = File::open(path).map_err(|error| Failure::io(Doing::Read, path, &error))?;
    let sealed = SealedFile::begin(BufReader::new(file)).map_err(about)?;
    if sealed.header.holds != KEY_SHARE_1 {
        let message = "the file holds something else than Key Share #1";
        return Err(Failure::new(Seals::SealedOther, message).about(path));
    }
    let key = private_key(world, key, args.key_passphrase.source())?;
    let (_, keys) = sealed.unlock(&key, &mut world.rng()).map_err(about)?;
    let ids: Vec<String> = wallets.iter().map(WalletId::to_string).collect();
    let mut records = Vec::new();
    let opened = sealed.open_some(
        |id| keys.record_key(id.as_bytes()),
        &ids,
        |opened| {
            records.push(SecretBytes::new(opened.text.to_vec()));
            Ok::<_, UnsealError>(())
        },
    );
    match opened {
        // A wallet that is not there is found missing below, like in any other file.
        Ok(_) | Err(UnsealError::Sealed(SealedError::NoRecord(_))) => {}
        Err(error) => return Err(about(error)),
    }
    if records.is_empty() {
        return Ok(SecretBytes::new(b"{}".to_vec()));
    }
    let mut text = Vec::with_capacity(records.iter().map(|record| record.len() + 1).sum());
    for record in &records {
        text.extend_from_slice(record.expose());
        text.push(b'\n');
    }
    Ok(SecretBytes::new(text))
}

fn algorithms(args: &Takeover) -> &'static [Algorithm] {
    args.algorithm
        .map_or(&Algorithm::ALL, |algorithm| algorithm.list())
}

fn bad_wallet(fault: WalletIdError) -> Failure {
    let failure = Failure::new(Lists::BadWalletId, fault.to_string());
    match fault {
        WalletIdError::Spelling { canonical, .. } => {
            failure.hint(format!("write it as `{canonical}`"))
        }
        _ => failure,
    }
}

fn about_shares(error: TakeoverError, records: &[u8], path: &Path) -> Failure {
    // An answer without content holds no wallet either.
    let may_be_other = matches!(
        error,
        TakeoverError::ServerShares(_) | TakeoverError::NoWallet { .. }
    );
    let other = may_be_other
        .then(|| other_file(records, KnownFile::ServerShares))
        .flatten();
    other.unwrap_or_else(|| error.into()).about(path)
}

fn warn_of_repairs(wallet: &WalletId, server: &WalletShares, world: &World) {
    for share in server.shares.iter().filter(|share| share.repaired) {
        let (cosigner, algorithm) = (share.cosigner, share.algorithm.name());
        world.terminal.warn_of(WarningCode::MissingZeros, format!(
            "wallet `{wallet}`: the share of cosigner `{cosigner}` for {algorithm} lacked leading zeros, put back"
        ));
    }
}

fn repaired(server: &WalletShares) -> Vec<MissingZeros> {
    let repaired = server.shares.iter().filter(|share| share.repaired);
    let named = repaired.map(|share| MissingZeros {
        wallet_id: None,
        cosigner: share.cosigner.to_string(),
        algorithm: share.algorithm.name(),
    });
    named.collect()
}

fn taken_keys(keys: &[TakenKey], chain_codes: &ChainCodes) -> Vec<full_keys::TakenKey> {
    let named = |(key, proof): (&TakenKey, Option<Proof>)| full_keys::TakenKey {
        key_id: key.key.id.to_string(),
        algorithm: key.key.algorithm.name(),
        public_key: key.extended_public(),
        chain_code_proved: proof.is_some(),
        chain_code_proof: proof,
    };
    keys.iter().zip(chain_codes.proofs()).map(named).collect()
}

fn kept(args: &Takeover, sealed_to: Vec<Recipient>, written: Option<&ResultFile>) -> Kept {
    let sealed = !args.seal_to.is_empty();
    Kept {
        locked: written.is_some() && !args.unencrypted && !sealed,
        sealed,
        sealed_to,
        files: Results::of(written),
    }
}

fn show_keys(keys: &[TakenKey], has_file: bool, world: &World) {
    for key in keys {
        let line = format!(
            "{} {} {}",
            key.key.id,
            key.key.algorithm.name(),
            key.extended_public()
        );
        world.terminal.show_beside(has_file, line);
    }
}

fn say_where(what: &str, written: Option<&Path>, args: &Takeover, world: &World) {
    world.terminal.say(match written {
        None => format!("took over {what}: the public keys match"),
        Some(path) if args.unencrypted => {
            format!("took over {what}: the public keys match; private keys in `{}`", path.display())
        }
        Some(path) if !args.seal_to.is_empty() => format!(
            "took over {what}: the public keys match; private keys sealed in `{}`, `lifeboat unseal` opens it",
            path.display()
        ),
        Some(path) => format!("took over {what}: the public keys match; private keys locked in `{}`", path.display()),
    });
}

fn joined(wallets: &[(WalletId, SecretText)]) -> SecretText {
    let mut text = String::with_capacity(wallets.iter().map(|(_, text)| text.expose().len()).sum());
    wallets
        .iter()
        .for_each(|(_, one)| text.push_str(one.expose()));
    SecretText::new(text)
}
