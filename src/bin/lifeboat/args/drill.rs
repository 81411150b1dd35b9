//! What can be typed about drills.

use std::time::Duration;

use lifeboat::{
    crypto::eddsa_variants::EddsaVariant, formats::wallets::wallet_id::WalletId,
    operations::prove_chain_code::ExpectedAddress,
};

use crate::args::{
    kit::{KnownAddresses, MeantKit, OwnerArgs},
    passphrases::OptionalKeyPassphrase,
    paths::{InputPath, ListPath, OutputFile},
    shapes::eddsa_variant,
};

#[derive(clap::Args)]
pub(crate) struct Drill {
    /// How many wallets to invent, 1 to 10,000 [default: 100]; with `--kit`, the file with your wallet ids: one per line, CSV
    /// with a column `walletId`, or NDJSON. Only a kit without users' wallets needs none
    #[arg(long, value_name = "N|FILE")]
    pub(crate) wallets: Option<ListPath>,
    /// Drill with this kit, a zip file or the folder it was unzipped to, in place of invented secrets
    #[arg(long, value_name = "KIT", requires = "key", help_heading = WITH_KIT)]
    pub(crate) kit: Option<InputPath>,
    /// The recovery key: the private RSA key the kit was made for, PEM
    #[arg(long, value_name = "PEM", requires = "kit", help_heading = WITH_KIT)]
    pub(crate) key: Option<InputPath>,
    #[command(flatten, next_help_heading = WITH_KIT)]
    pub(crate) real: RealKit,
    /// Write the dated report without secrets to this new file, JSON
    #[arg(long, value_name = "FILE", help_heading = RECORD)]
    pub(crate) report: Option<OutputFile>,
    /// Write the same as a page to print and sign to this new file, HTML
    #[arg(long, value_name = "FILE", help_heading = RECORD)]
    pub(crate) html: Option<OutputFile>,
    /// Who runs the drill, for report and page
    #[arg(long, value_name = "NAME", value_parser = name, help_heading = RECORD)]
    pub(crate) operator: Option<String>,
    /// Who watches it, for report and page; may be given several times
    #[arg(long, value_name = "NAME", value_parser = name, help_heading = RECORD)]
    pub(crate) witness: Vec<String>,
    /// In how many minutes the drill must be done, such as 15 or 0.5: one that takes longer ends with exit status 3
    #[arg(long, value_name = "MINUTES", value_parser = minutes, help_heading = RECORD)]
    pub(crate) target: Option<Duration>,
}

const WITH_KIT: &str = "With a kit of yours";
const RECORD: &str = "For the record";

/// What is said of a real kit.
#[derive(clap::Args)]
pub(crate) struct RealKit {
    #[command(flatten)]
    pub(crate) passphrase: OptionalKeyPassphrase,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) owner: OwnerArgs,
    #[command(flatten)]
    pub(crate) addresses: KnownAddresses,
    /// Derive so many wallets of the list, taken at random, 1 to 10,000 [default: 10]
    #[arg(long, value_name = "N", requires = "kit", requires = "wallets", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) sample: Option<u32>,
    /// Compare with the report of an earlier drill: the same wallets must have the same shares
    #[arg(
        long,
        value_name = "REPORT",
        requires = "kit",
        requires = "wallets",
        conflicts_with = "sample"
    )]
    pub(crate) compare: Option<InputPath>,
    /// A wallet and an address that it is known to have: with its device share it proves seeds and chain codes
    #[arg(long, value_name = "WALLET:[CHAIN:]ADDRESS", requires = "kit", requires = "wallets", requires = "device_share", value_parser = known_wallet)]
    pub(crate) known: Option<KnownWallet>,
    /// Key Share #2 of the known wallet, as `share recover` writes it
    #[arg(long, value_name = "FILE", requires = "known")]
    pub(crate) device_share: Option<InputPath>,
    /// Derive EdDSA shares by the rule of this name, which `lifeboat confirm-eddsa` found [default: wide-big]
    #[arg(long, value_name = "NAME", value_parser = eddsa_variant, hide_default_value = true, default_value = "wide-big")]
    pub(crate) eddsa_variant: EddsaVariant,
}

/// A wallet and an address of it.
#[derive(Debug, Clone)]
pub(crate) struct KnownWallet {
    pub(crate) wallet: WalletId,
    pub(crate) address: ExpectedAddress,
}

fn known_wallet(text: &str) -> Result<KnownWallet, String> {
    let (wallet, address) = text
        .split_once(':')
        .filter(|(_, address)| !address.trim().is_empty())
        .ok_or("expected a wallet id, a colon, and an address")?;
    Ok(KnownWallet {
        wallet: WalletId::parse(wallet.as_bytes()).map_err(|fault| fault.to_string())?,
        address: ExpectedAddress::parse(address),
    })
}

/// A name that people write down: one line of it.
fn name(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 100;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err("expected a name of 1 to 100 letters on one line");
    }
    Ok(text.to_owned())
}

fn minutes(text: &str) -> Result<Duration, &'static str> {
    let minutes: Option<f64> = text.parse().ok();
    minutes
        .filter(|minutes| *minutes > 0.0 && *minutes <= MOST_MINUTES)
        .map(|minutes| Duration::from_secs_f64(minutes * 60.0))
        .ok_or("expected a number of minutes, such as 15 or 0.5, up to 10080")
}

/// A week.
const MOST_MINUTES: f64 = 10_080.0;
