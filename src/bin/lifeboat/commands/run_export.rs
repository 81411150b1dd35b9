//! `export`: the keys and addresses of chains.

use std::{
    collections::BTreeMap,
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
    let chains: Vec<&'static Chain> = args.chain.iter().filter_map(|name| Chain::from_name(name)).collect();
    let roots = read_roots(&args.keys, world)?;
    check_count(args, chains.len() * roots.len())?;
    let expected = args.expect_file.as_deref().map(read_expected).transpose()?;
    let mut out = match (world.terminal.is_json(), args.out == Path::new(STANDARD), args.reveal) {
        (true, true, false) => None,
        // Addresses alone are no secret: a terminal may show them.
        (_, _, reveal) => Some(Destination::open(&args.out, reveal || args.out == Path::new(STANDARD), world)?),
    };
    let keystores = keystore_passphrase(args, world)?;
    let span = Span { account: args.account, change: args.change, first: args.index.0, last: args.index.1 };
    let with_scalars = args.reveal || keystores.is_some();
    let mut keys = Vec::new();
    for chain in chains {
        keys.extend(export_keys(&roots, chain, args.script(), span, with_scalars)?);
    }
    compare(args, expected.as_ref(), &keys)?;
    if let Some(out) = &mut out {
        write(out, lay_out(&keys, args.format, args.reveal).expose().as_bytes(), &args.out)?;
    }
    if args.reveal && keys.iter().any(|key| key.chain.curve() == lifeboat::crypto::curve::Curve::Ed25519) {
        world.terminal.warn("ed25519 keys here are scalars, NOT seeds: wallets that import seeds cannot take them, `lifeboat sign` signs with them");
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for key in &keys {
        files
            .extend(keystores.as_ref().map(|passphrase| keystore(args, key, passphrase, world)).transpose()?.flatten());
    }
    files.extend(out.map(Destination::finish).transpose()?.flatten());
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
    let passphrase = passphrase(world, "--passphrase-file", args.passphrase_file.as_deref(), &question)?;
    let plain = locked.unlock(&passphrase).map_err(|fault| Failure::from(fault).about(path))?;
    read_full_keys(plain.expose()).map_err(about)
}

fn check_count(args: &Export, trees: usize) -> Result<(), Failure> {
    let count = (u64::from(args.index.1 - args.index.0) + 1).saturating_mul(trees as u64);
    if count <= MAX_KEYS {
        return Ok(());
    }
    Err(Failure::refused("too_many_keys", format!("{count} keys at once, {MAX_KEYS} are the most"))
        .hint("take them in several ranges of `--index A..B`"))
}

type Expected = BTreeMap<(String, AssetPath), (u64, String)>;

/// `chain`, `path`, `address` of every row, with its line.
fn read_expected(path: &Path) -> Result<Expected, Failure> {
    let refuse =
        |line: u64, what: &str| Failure::refused("bad_expect_file", format!("line {line}: {what}")).about(path);
    let bytes = read(path, MAX_EXPECTED)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|_| refuse(1, "not UTF-8 text"))?.clone();
    let column = |name: &str| {
        let column = header.iter().position(|field| field.eq_ignore_ascii_case(name));
        column.ok_or_else(|| refuse(1, &format!("no column `{name}`")))
    };
    let (chain, place, address) = (column("chain")?, column("path")?, column("address")?);
    let mut expected = Expected::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            refuse(error.position().map_or(0, csv::Position::line), "not as many fields as the header has")
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let name = Chain::from_name(field(chain)).ok_or_else(|| refuse(line, "no such chain"))?.name.to_owned();
        let path = AssetPath::parse(field(place)).map_err(|error| refuse(line, &error.to_string()))?;
        if expected.insert((name, path), (line, field(address).to_owned())).is_some() {
            return Err(refuse(line, "chain and path stand twice"));
        }
    }
    if expected.is_empty() { Err(refuse(1, "no rows to compare with")) } else { Ok(expected) }
}

/// Every key must have the address expected of it, and every address expected must be among the keys.
fn compare(args: &Export, expected: Option<&Expected>, keys: &[AssetKey]) -> Result<(), Failure> {
    if let Some(address) = &args.expect
        && !matches!(keys, [only] if only.address == *address)
    {
        return Err(differs(match keys {
            [only] => format!("the address at `{}` is `{}`, not the one expected", only.path, only.address),
            several => format!("{} addresses, where one is compared", several.len()),
        }));
    }
    let Some(expected) = expected else { return Ok(()) };
    let mut left = expected.clone();
    for key in keys {
        let (name, path) = (key.chain.name, key.path);
        match left.remove(&(name.to_owned(), path)) {
            Some((_, address)) if address == key.address => {}
            Some((line, _)) => {
                return Err(differs(format!("line {line}: the address of `{name}` at `{path}` is `{}`", key.address)));
            }
            None => return Err(differs(format!("no line expects an address of `{name}` at `{path}`"))),
        }
    }
    match left.values().map(|(line, _)| line).min() {
        Some(line) => Err(differs(format!("line {line} expects an address that was not asked for"))),
        None => Ok(()),
    }
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
    new_passphrase(world, "--keystore-passphrase-file", file, "passphrase of the keystores", weak).map(Some)
}

/// Writes `ADDRESS.json`; nothing for chains of another form.
fn keystore(args: &Export, key: &AssetKey, passphrase: &Passphrase, world: &World) -> Result<Option<PathBuf>, Failure> {
    let (AddressForm::Ethereum, Some(folder), Some(scalar)) = (key.chain.form, &args.keystore_dir, key.expose()) else {
        return Ok(None);
    };
    let path = folder.join(format!("{}.json", key.address));
    // Chains of one coin number share their keys: one keystore is enough.
    if path.exists() && args.chain.len() > 1 {
        return Ok(None);
    }
    let text = write_keystore(scalar, passphrase, &mut world.rng()).ok_or(ExportError::NoChild(key.path))?;
    NewFile::create(&path)?.finish_with(text.as_bytes()).map(Some)
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
