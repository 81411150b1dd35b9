//! `export`: the keys and addresses of chains.

use std::{collections::BTreeSet, path::Path};

use lifeboat::{
    crypto::{curve::Curve, secret::Passphrase},
    formats::{
        chains::{
            address_list::{AddressList, AddressListError, read_address_list},
            asset_key::AssetKey,
            export_file::write_export,
            keystore::{KeystoreError, write_keystore},
            table::{AddressForm, Chain},
        },
        full_key::file::{Root, RootKey},
    },
    operations::{
        choose_keyset::choose_keyset,
        compare_addresses::{Difference, Findings, compare_list, find_expected},
        device_share::new_passphrase::has_other_spellings,
        export::{ExportError, Place, export as export_keys},
    },
};

use crate::{
    args::export::{Export, Layout},
    context::World,
    errors::{
        catalogue::{Exports, Files},
        failure::Failure,
    },
    inputs::{file::read, full_keys::read_roots, passphrase::new_passphrase},
    outcomes::{
        Outcome,
        full_keys::{Exported, ExportedKey},
        parts::Results,
    },
    outputs::{
        new_file::{Destination, write},
        new_folder::NewFolder,
    },
    terminal::{grouped, plural},
};

const MAX_KEYS: u64 = 1_000_000;
const MAX_EXPECTED: u64 = 256 << 20;

impl Export {
    /// Whether a person sees the addresses, and no private key is among them.
    fn is_shown(&self, world: &World) -> bool {
        let is_text = matches!(self.format, Layout::Table);
        self.out.is_standard() && is_text && !self.private_keys && world.terminal.shows_stdout()
    }
}

/// Derives the keys asked for, compares them where that was asked for, and writes them.
pub(crate) fn export(args: &Export, world: &mut World) -> Result<Outcome, Failure> {
    let roots = read_roots(&args.keys, world)?;
    let (chains, place) = (args.chains(), args.place.place(args.index));
    let roots = choose_keyset(roots, args.keys.keyset, &chains, &place)?;
    check_count(&roots, &chains, &place)?;
    let expected = args.expect_file.as_deref().map(read_expected).transpose()?;
    let mut out = match (
        world.terminal.is_json(),
        args.out.is_standard(),
        args.private_keys,
    ) {
        (true, true, false) => None,
        // Addresses alone are no secret: a terminal may show them.
        (_, _, with_private_keys) => Some(Destination::open(
            &args.out,
            with_private_keys || args.out.is_standard(),
            world,
        )?),
    };
    let keystores = keystore_passphrase(args, world)?;
    let with_scalars = args.private_keys || keystores.is_some();
    let mut keys = Vec::new();
    for chain in chains {
        keys.extend(export_keys(
            &roots,
            chain,
            args.script(),
            &place,
            with_scalars,
        )?);
    }

    let findings = compare(args, expected.as_ref(), &mut keys)?;
    tell_findings(&findings, world);
    let folder = keystores
        .map(|passphrase| write_keystores(args, &keys, &passphrase, world))
        .transpose()?;
    let text = write_export(&keys, args.format.into(), args.private_keys);
    match &mut out {
        // Addresses for eyes are laid out; what goes into a file or a program is as it is written.
        Some(_) if args.is_shown(world) => {
            let lines = text.expose().trim_end().split('\n');
            lines.for_each(|line| world.terminal.show_result(line));
        }
        Some(out) => write(out, text.expose().as_bytes(), &args.out)?,
        None => {}
    }
    warn_of_keys(args, &roots, &keys, world);
    // Keystores without their list of addresses are half a result, and so is the list without them.
    let listed = out.map(Destination::finish).transpose()?.flatten();
    let mut files = folder
        .flatten()
        .map_or(Ok(Vec::new()), NewFolder::finish)
        .inspect_err(|_| {
            listed
                .iter()
                .for_each(|list| drop(std::fs::remove_file(list)))
        })?;
    let keystores = files.len();
    if keystores > 0 {
        world
            .terminal
            .say(format!("wrote {}", plural(keystores as u64, "keystore")));
    }
    if let Some(path) = &listed {
        let keys = plural(keys.len() as u64, "key");
        world
            .terminal
            .say(format!("wrote {keys} to `{}`", path.display()));
    }
    if let (true, [key, ..]) = (args.expect.is_some(), keys.as_slice()) {
        world.terminal.say(format!(
            "the address is as expected: {} at `{}`",
            key.chain.name, key.path
        ));
    } else if args.expect_file.is_some() {
        world.terminal.say(format!(
            "{} compared with the list, all as expected",
            plural(keys.len() as u64, "key")
        ));
    }
    files.extend(listed);
    Ok(Outcome::done(Exported {
        keys: keys.iter().map(public_part).collect(),
        compared: args.expect.is_some() || args.expect_file.is_some(),
        other_forms: findings.notes,
        other_rows: findings.other_rows,
        files: Results::of(&files),
    }))
}

/// What has to be known before a key is used.
fn warn_of_keys(args: &Export, roots: &[RootKey], keys: &[AssetKey], world: &World) {
    let terminal = &world.terminal;
    let is_scalar = |key: &AssetKey| key.chain.curve() == Curve::Ed25519;
    if args.private_keys && keys.iter().any(is_scalar) {
        terminal.warn("ed25519 keys here are scalars, NOT seeds: wallets that import seeds cannot take them, `lifeboat sign` signs with them");
    }

    let two_coins = |key: &&AssetKey| key.chain.workspace_coin().is_some();
    let tree = roots
        .iter()
        .any(|root| matches!(root.key, Root::Tree(_)) && !root.of_workspace);
    let compared = args.expect.is_some() || args.expect_file.is_some();
    if let Some(key) = keys.iter().find(two_coins)
        && tree
        && !compared
        && args.place.coin.is_none()
        && args.place.path.is_none()
    {
        terminal.warn(format!(
            "`{0}` has two coin numbers in use, {1} and {2}: both addresses are shown; the wallet's is the one that \
             the network knows, `--coin` picks it",
            key.chain.name,
            key.chain.coin,
            key.chain.workspace_coin().unwrap_or_default()
        ));
    }
    if keys.iter().any(|key| key.chain.form == AddressForm::Hedera) {
        terminal.warn(
            "Hedera assigns account ids: an explorer finds the account by the public key shown",
        );
    }
}

fn tell_findings(findings: &Findings, world: &World) {
    findings
        .notes
        .iter()
        .for_each(|note| world.terminal.say(note));
    if findings.other_rows > 0 {
        world.terminal.say(format!(
            "{} of other chains skipped",
            plural(findings.other_rows, "row")
        ));
    }
}

fn check_count(roots: &[RootKey], chains: &[&'static Chain], place: &Place) -> Result<(), Failure> {
    let mut count = 0_u64;
    for chain in chains {
        let own = roots.iter().filter(|root| root.curve() == chain.curve());
        let keys = own.map(|root| place.count(chain, root));
        count = keys.fold(count, u64::saturating_add);
    }
    if count <= MAX_KEYS {
        return Ok(());
    }
    Err(Failure::new(
        Exports::TooManyKeys,
        format!(
            "{} keys at once, {} are the most",
            grouped(count),
            grouped(MAX_KEYS)
        ),
    ))
}

fn read_expected(path: &Path) -> Result<AddressList, Failure> {
    let bytes = read(path, MAX_EXPECTED)?;
    read_address_list(&bytes).map_err(|fault| {
        let failure = Failure::new(Exports::BadExpectFile, fault.to_string()).about(path);
        match fault {
            AddressListError::Utf16 | AddressListError::NotText(_) => failure
                .hint("save it as CSV in UTF-8, or `iconv -f UTF-16 -t UTF-8 LIST > list.csv`"),
            AddressListError::Workbook => failure.hint("save it as CSV"),
            AddressListError::OpenQuote(_) => failure.hint(
                "close the quote; if a column holds notes of several lines, take that column out",
            ),
            _ => failure,
        }
    })
}

/// Keeps the keys that are the ones expected.
fn compare(
    args: &Export,
    expected: Option<&AddressList>,
    keys: &mut Vec<AssetKey>,
) -> Result<Findings, Failure> {
    let found = match (&args.expect, expected) {
        (Some(address), _) => find_expected(keys, address),
        (None, Some(list)) => compare_list(keys, list),
        (None, None) => return Ok(Findings::default()),
    };
    found.map_err(|Difference { message, hint }| {
        Failure::new(Exports::AddressDiffers, message).hint(format!("nothing was written; {hint}"))
    })
}

fn keystore_passphrase(args: &Export, world: &mut World) -> Result<Option<Passphrase>, Failure> {
    let Some(folder) = &args.keystore_dir else {
        return Ok(None);
    };
    NewFolder::check(folder)?;
    let passphrase = new_passphrase(
        world,
        args.keystore_passphrase.source(),
        "passphrase of the keystores",
        args.allow_weak_passphrase,
    )?;
    if has_other_spellings(&passphrase) {
        world.terminal.warn(
            "wallets differ on letters like those of this passphrase: some normalize them (NFKC: ethers), some do not (MetaMask), and then it opens in one and not in the other; ASCII is the same everywhere",
        );
    }
    Ok(Some(passphrase))
}

/// Writes a keystore for every Ethereum address among the keys into a folder that has no name yet. Chains of one coin number
/// share their keys: one keystore is enough.
fn write_keystores(
    args: &Export,
    keys: &[AssetKey],
    passphrase: &Passphrase,
    world: &World,
) -> Result<Option<NewFolder>, Failure> {
    let Some(path) = &args.keystore_dir else {
        return Ok(None);
    };
    let mut folder = NewFolder::create(path)?;
    let mut written = BTreeSet::new();
    for key in keys {
        let Some(scalar) = key.expose() else { continue };
        if key.chain.form != AddressForm::Ethereum || !written.insert(&key.address) {
            continue;
        }
        let text =
            write_keystore(scalar, passphrase, &mut world.rng()).map_err(|fault| match fault {
                KeystoreError::NoAccount => ExportError::NoChild(key.path.clone()).into(),
                KeystoreError::Memory => Failure::new(Files::NotEnoughMemory, fault),
            })?;
        folder.write(&format!("{}.json", key.address), text.as_bytes(), world)?;
    }
    Ok(Some(folder))
}

fn public_part(key: &AssetKey) -> ExportedKey {
    ExportedKey {
        wallet_id: key.wallet_id.map(|id| id.to_string()),
        client_id: key.client_id.clone(),
        keyset_id: key.keyset,
        chain: key.chain.name,
        path: key.path.to_string(),
        public_key: key.public_key.to_hex(),
        address: key.address.clone(),
        address_type: key.script.map(|script| script.name()),
    }
}
