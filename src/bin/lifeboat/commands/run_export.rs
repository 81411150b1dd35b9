//! `export`: the keys and addresses of chains.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::Passphrase,
    formats::{
        chain::{AddressForm, AssetPath, Chain},
        full_keys::{MAX_FULL_KEYS, RootKey, read_full_keys, read_locked_full_keys},
        keystore::write_keystore,
    },
    operations::export::{AssetKey, ExportError, Span, export as export_keys},
};
use serde_json::{Value, json};

use super::{export_layout::lay_out, run_share::write};
use crate::{
    args_export::{Export, FullKeysArgs},
    failure::{Failure, Outcome},
    files::{Destination, NewFile, STANDARD, read, read_secret},
    passphrases::{new_passphrase, passphrase},
    world::World,
};

const MAX_KEYS: u64 = 1_000_000;
const MAX_EXPECTED: u64 = 256 << 20;

/// Derives the keys asked for, compares them where that was asked for, and writes them.
pub(crate) fn export(args: &Export, world: &mut World) -> Result<Outcome, Failure> {
    let roots = read_roots(&args.keys, world)?;
    check_count(args, args.chain.len() * roots.len())?;
    let expected = args.expect_file.as_deref().map(read_expected).transpose()?;
    let mut out = match (
        world.terminal.is_json(),
        args.out == Path::new(STANDARD),
        args.reveal,
    ) {
        (true, true, false) => None,
        // Addresses alone are no secret: a terminal may show them.
        (_, _, reveal) => Some(Destination::open(
            &args.out,
            reveal || args.out == Path::new(STANDARD),
            world,
        )?),
    };
    let keystores = keystore_passphrase(args, world)?;
    let span = Span {
        account: args.account,
        change: args.change,
        first: args.index.0,
        last: args.index.1,
    };
    let with_scalars = args.reveal || keystores.is_some();
    let mut keys = Vec::new();
    for chain in &args.chain {
        keys.extend(export_keys(
            &roots,
            chain,
            args.script(),
            span,
            with_scalars,
        )?);
    }
    compare(args, expected.as_ref(), &keys)?;
    let planned = plan_keystores(args, &keys)?;
    if let Some(out) = &mut out {
        write(
            out,
            lay_out(&keys, args.format, args.reveal).expose().as_bytes(),
            &args.out,
        )?;
    }
    if args.reveal
        && keys
            .iter()
            .any(|key| key.chain.curve() == lifeboat::crypto::curve::Curve::Ed25519)
    {
        world.terminal.warn("ed25519 keys here are scalars, NOT seeds: wallets that import seeds cannot take them, `lifeboat sign` signs with them");
    }
    let mut files = keystores.map_or(Ok(Vec::new()), |passphrase| {
        write_keystores(planned, &passphrase, world)
    })?;
    // Keystores without their list of addresses are half a result.
    let listed = out
        .map(Destination::finish)
        .transpose()
        .inspect_err(|_| take_away(&files))?;
    files.extend(listed.flatten());
    Ok(Outcome::done(json!({
        "keys": keys.iter().map(public_part).collect::<Vec<_>>(),
        "compared": args.expect.is_some() || args.expect_file.is_some(),
        "files": files,
    })))
}

/// Reads full keys, unlocking them where they are locked.
pub(crate) fn read_roots(args: &FullKeysArgs, world: &mut World) -> Result<Vec<RootKey>, Failure> {
    let path = &args.full_keys;
    let about = |error| Failure::from(error).about(path);
    let bytes = read_secret(path, MAX_FULL_KEYS)?;
    let Some(locked) = read_locked_full_keys(bytes.expose()).map_err(about)? else {
        return read_full_keys(bytes.expose()).map_err(about);
    };
    let question = format!("passphrase of `{}`", path.display());
    let passphrase = passphrase(
        world,
        "--passphrase-file",
        args.passphrase_file.as_deref(),
        &question,
    )?;
    let plain = locked
        .unlock(&passphrase)
        .map_err(|fault| Failure::from(fault).about(path))?;
    read_full_keys(plain.expose()).map_err(about)
}

fn check_count(args: &Export, trees: usize) -> Result<(), Failure> {
    let count = (u64::from(args.index.1 - args.index.0) + 1).saturating_mul(trees as u64);
    if count <= MAX_KEYS {
        return Ok(());
    }
    Err(Failure::refused(
        "too_many_keys",
        format!("{count} keys at once, {MAX_KEYS} are the most"),
    )
    .hint("take them in several ranges of `--index A..B`"))
}

/// Wallet (empty where the file does not name wallets), chain and path, with the line and the address expected there.
type Expected = BTreeMap<(String, String, AssetPath), (u64, String)>;

/// `chain`, `path`, `address` and, where there is such a column, `wallet_id` of every row, with its line.
fn read_expected(path: &Path) -> Result<Expected, Failure> {
    let refuse = |line: u64, what: &str| {
        Failure::refused("bad_expect_file", format!("line {line}: {what}"))
            .about(path)
            .hint(
                "`lifeboat export FULLKEYS --chain CHAIN --format csv` shows how such a list looks",
            )
    };
    let bytes = read(path, MAX_EXPECTED)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|_| refuse(1, "not UTF-8 text"))?
        .clone();
    let column = |name: &str| {
        let column = header
            .iter()
            .position(|field| field.eq_ignore_ascii_case(name));
        column.ok_or_else(|| refuse(1, &format!("no column `{name}`")))
    };
    let (chain, place, address) = (column("chain")?, column("path")?, column("address")?);
    let wallet = column("wallet_id").ok();
    let mut expected = Expected::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            refuse(
                error.position().map_or(0, csv::Position::line),
                "not as many fields as the header has",
            )
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let name = Chain::from_name(field(chain))
            .ok_or_else(|| refuse(line, "no such chain"))?
            .name
            .to_owned();
        let path =
            AssetPath::parse(field(place)).map_err(|error| refuse(line, &error.to_string()))?;
        let wallet = wallet
            .map(|column| field(column).to_owned())
            .unwrap_or_default();
        if expected
            .insert((wallet, name, path), (line, field(address).to_owned()))
            .is_some()
        {
            return Err(refuse(line, "wallet, chain and path stand twice"));
        }
    }
    if expected.is_empty() {
        Err(refuse(1, "no rows to compare with"))
    } else {
        Ok(expected)
    }
}

/// Every key must have the address expected of it, and every address expected must be among the keys.
fn compare(args: &Export, expected: Option<&Expected>, keys: &[AssetKey]) -> Result<(), Failure> {
    if let Some(address) = &args.expect
        && !matches!(keys, [only] if is_address(only, address))
    {
        return Err(differs(match keys {
            [only] => format!(
                "the address at `{}` is `{}`, not the one expected",
                only.path, only.address
            ),
            several => format!("{} addresses, where one is compared", several.len()),
        }));
    }
    let Some(expected) = expected else {
        return Ok(());
    };
    let mut left = expected.clone();
    let by_wallet = expected.keys().any(|(wallet, _, _)| !wallet.is_empty());
    for key in keys {
        let (name, path) = (key.chain.name, key.path);
        let wallet = key
            .wallet_id
            .filter(|_| by_wallet)
            .map(|id| id.to_string())
            .unwrap_or_default();
        match left.remove(&(wallet, name.to_owned(), path)) {
            Some((_, address)) if is_address(key, &address) => {}
            Some((line, _)) => {
                return Err(differs(format!(
                    "line {line}: the address of `{name}` at `{path}` is `{}`",
                    key.address
                )));
            }
            None => {
                return Err(differs(format!(
                    "no line expects an address of `{name}` at `{path}`"
                )));
            }
        }
    }
    match left.values().map(|(line, _)| line).min() {
        Some(line) => Err(differs(format!(
            "line {line} expects an address that was not asked for"
        ))),
        None => Ok(()),
    }
}

/// Whether a text is the key's address. An Ethereum address without the checksum of its capitals counts too: many
/// systems keep it in lower case.
fn is_address(key: &AssetKey, text: &str) -> bool {
    let unmarked = !text.bytes().skip(2).any(|byte| byte.is_ascii_uppercase())
        || !text.bytes().skip(2).any(|byte| byte.is_ascii_lowercase());
    text == key.address
        || (key.chain.form == AddressForm::Ethereum
            && unmarked
            && text.eq_ignore_ascii_case(&key.address))
}

fn differs(message: String) -> Failure {
    Failure::not_verified("address_differs", message)
        .hint("nothing was written; is it this wallet, this account, this `--address-type`?")
}

fn keystore_passphrase(args: &Export, world: &mut World) -> Result<Option<Passphrase>, Failure> {
    if args.keystore_dir.is_none() {
        return Ok(None);
    }
    let file = args.keystore_passphrase_file.as_deref();
    let weak = args.allow_weak_passphrase;
    new_passphrase(
        world,
        "--keystore-passphrase-file",
        file,
        "passphrase of the keystores",
        weak,
    )
    .map(Some)
}

/// A keystore for every Ethereum address among the keys, all refused before the first is made if one stands there
/// already. Chains of one coin number share their keys: one keystore is enough.
fn plan_keystores<'a>(
    args: &Export,
    keys: &'a [AssetKey],
) -> Result<Vec<(&'a AssetKey, NewFile)>, Failure> {
    let Some(folder) = &args.keystore_dir else {
        return Ok(Vec::new());
    };
    let mut planned = BTreeMap::new();
    for key in keys
        .iter()
        .filter(|key| key.chain.form == AddressForm::Ethereum)
    {
        let path = folder.join(format!("{}.json", key.address));
        if let Entry::Vacant(vacant) = planned.entry(path) {
            let file = NewFile::create(vacant.key())?;
            vacant.insert((key, file));
        }
    }
    Ok(planned.into_values().collect())
}

/// Writes the keystores planned: all of them, or none.
fn write_keystores(
    planned: Vec<(&AssetKey, NewFile)>,
    passphrase: &Passphrase,
    world: &World,
) -> Result<Vec<PathBuf>, Failure> {
    let mut written: Vec<PathBuf> = Vec::new();
    let mut write = |(key, file): (&AssetKey, NewFile)| -> Result<(), Failure> {
        let Some(scalar) = key.expose() else {
            return Ok(());
        };
        let text = write_keystore(scalar, passphrase, &mut world.rng())
            .ok_or(ExportError::NoChild(key.path))?;
        written.push(file.finish_with(text.as_bytes())?);
        Ok(())
    };
    let outcome = planned.into_iter().try_for_each(&mut write);
    if let Err(failure) = outcome {
        take_away(&written);
        return Err(failure);
    }
    Ok(written)
}

fn take_away(files: &[PathBuf]) {
    files
        .iter()
        .for_each(|path| drop(std::fs::remove_file(path)));
}

fn public_part(key: &AssetKey) -> Value {
    json!({
        "walletId": key.wallet_id.map(|id| id.to_string()),
        "chain": key.chain.name,
        "path": key.path.to_string(),
        "publicKey": key.public_key.to_hex(),
        "address": key.address,
        "addressType": key.script.map(|script| script.name()),
    })
}
