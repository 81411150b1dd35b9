//! `confirm-eddsa`: which rule for EdDSA shares is the provider's, by the public key of one wallet.

use lifeboat::{
    crypto::eddsa_variants::EddsaVariant,
    formats::wallets::wallet_id::WalletId,
    operations::{confirm_eddsa::confirm_eddsa as find_rules, open_kit::open_wallet_master},
};

use crate::{
    args::takeover::ConfirmEddsa,
    context::World,
    errors::{catalogue::Devices, failure::Failure},
    inputs::{
        device_shares::read_device_share,
        kit::open_kit,
        kit_secrets::{recovery_key, warn_of_oddities},
        wallet_ids::bad_wallet,
    },
    outcomes::{Outcome, batch::EddsaConfirmed},
};

/// Tries every rule, and names those that make the wallet's public key.
pub(crate) fn confirm_eddsa(args: &ConfirmEddsa, world: &mut World) -> Result<Outcome, Failure> {
    let wallet = WalletId::parse(args.wallet.as_bytes()).map_err(bad_wallet)?;
    // First, as nothing has to be asked for to see that it is another file.
    let device = read_device_share(&args.device_share)?;
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    let key = recovery_key(&args.recovery, &kit, world)?;
    let opened = open_wallet_master(&kit, &key, &mut world.rng());
    let (master, _) = opened.map_err(|error| Failure::from(error).about(&args.kit))?;
    drop(key);
    let found = find_rules(&master, wallet, &device)
        .map_err(|error| Failure::from(error).about(&args.device_share))?;

    let terminal = &world.terminal;
    for variant in EddsaVariant::ALL {
        let makes = if found.contains(&variant) {
            "yes"
        } else {
            "no"
        };
        terminal.show(format!("{:<18} {makes}", variant.name()));
    }
    let outcome = Outcome::done(EddsaConfirmed {
        wallet_id: wallet.to_string(),
        variants: found.iter().map(|variant| variant.name()).collect(),
        tried: EddsaVariant::ALL.map(EddsaVariant::name).to_vec(),
        is_default: found.contains(&EddsaVariant::default()),
    });
    match found.first() {
        None => {
            let message = "no rule that is known makes the public key of this wallet";
            Ok(outcome.but(Failure::new(Devices::EddsaNotConfirmed, message)))
        }
        Some(found) if *found == EddsaVariant::default() => {
            terminal.verdict("the EdDSA shares of this kit are confirmed: `derive` makes them as the provider did");
            Ok(outcome)
        }
        Some(_) if found.len() > 1 => {
            let names: Vec<String> = found
                .iter()
                .map(|variant| format!("`{}`", variant.name()))
                .collect();
            let names = names.join(" and ");
            terminal.verdict(format!("this wallet fits the rules {names}"));
            terminal.say("run it for other wallets, until one rule is left: for some wallets they give the same");
            Ok(outcome)
        }
        Some(found) => {
            let name = found.name();
            terminal.verdict(format!(
                "the provider made the EdDSA shares of this kit by the rule `{name}`"
            ));
            terminal.say(format!(
                "add `--eddsa-variant {name}` to every `lifeboat derive` and `lifeboat check` of this kit"
            ));
            Ok(outcome)
        }
    }
}
