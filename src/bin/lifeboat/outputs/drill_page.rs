//! The page of a drill, for the audit file: to be printed, signed and kept. Everything on it is in the report too.

use crate::{
    outcomes::{
        drill::{Comparison, Drill, KnownWallet, Report, Sample},
        kit::Check,
    },
    outputs::{
        page::{self, escaped, qr},
        workspace_keys::without_subject,
    },
    terminal::seconds,
};

/// Room for a page but for its QR codes and its lists.
const ROOM: usize = 32 << 10;
/// Wallets that are shown one by one; of more, the report has the others.
const MOST_WALLETS: usize = 20;

const STYLE: &str = "\
@page { size: A4; margin: 12mm 15mm }
body { font-size: 10.5pt; max-width: 180mm } code { font-size: 9pt } svg { display: block }
td, th { padding: .25em .5em; vertical-align: top } th { white-space: nowrap }
table.facts th { width: 9em; font-weight: normal; white-space: normal }
td.number { text-align: right; white-space: nowrap } td.word { white-space: nowrap }
tr.pair code { font-size: 7.5pt } tr.failed td.word, tr.differs td.word { font-weight: bold }
p.verdict { border: 2px solid #000; padding: .6em .8em; font-weight: bold }
p.failed { border-width: 5px }
div.codes { display: flex; flex-wrap: wrap; gap: 0 6mm } div.codes figure { margin: 0; width: 38mm }
figcaption { font-size: 9pt } td.line { height: 2.6em }
@media print {
  body { font-size: 9pt; line-height: 1.3 } code { font-size: 8pt } h1 { font-size: 15pt } h2 { font-size: 11pt; margin: .7em 0 .2em; break-after: avoid }
  td, th { padding: .15em .5em } tr, figure { break-inside: avoid } tr.head { break-after: avoid } section { break-inside: auto } section.whole { break-inside: avoid }
  svg { width: 26mm; height: 26mm } div.codes figure { width: 34mm } td.line { height: 2.4em }
}
@media (max-width: 34em) {
  body { margin: 1em auto; padding: 0 .6em } td, th { padding: .25em .3em } table.facts th { width: 6.5em }
}
";

/// The page.
pub(super) fn page(report: &Report) -> String {
    let found = &report.found;
    let mut page = String::with_capacity(ROOM);
    page::begin(&mut page, "Record of a recovery drill", STYLE);
    page += "<h1>Record of a recovery drill</h1>\n";
    page += &verdict(found);
    page += &circumstances(report);
    page += &identity(report);
    page += &steps(found);
    page += &checks(&found.checks);
    if let Some(sample) = &found.sample {
        page += &commitments(sample);
    }
    if let Some(comparison) = &found.comparison {
        page += &compared(comparison);
    }
    if let Some(known) = &found.known_wallet {
        page += &proved(known);
    }
    page += &problems(report);
    page += &signatures(report);
    page + page::END
}

fn verdict(found: &Drill) -> String {
    let what = match found.secrets {
        "invented" => {
            "A whole recovery was rehearsed on invented secrets, in memory. Each step was compared with a value that was known before."
        }
        _ => {
            "The recovery was rehearsed with the kit below. No secret was shown or written, and none is on this page."
        }
    };
    let (class, words) = match (found.held, found.target_met) {
        (true, _) => (
            "verdict",
            "The drill held: every step came to what it must.".to_owned(),
        ),
        (false, Some(false)) if found.steps.iter().all(|step| step.result == "ok") => (
            "verdict failed",
            "The drill took longer than its target. Every step held.".to_owned(),
        ),
        (false, _) => {
            let failed = found.steps.iter().find(|step| step.result != "ok");
            let name = failed.map_or("", |step| step.step);
            (
                "verdict failed",
                format!("The drill FAILED at step “{name}”."),
            )
        }
    };
    format!(
        "<p class=\"{class}\">{}</p>\n<p>{what}</p>\n",
        escaped(&words)
    )
}

/// Rows of names and values; a value is HTML.
fn facts(title: &str, rows: &[(&str, String)]) -> String {
    let row =
        |(name, value): &(&str, String)| format!("<tr><th>{name}</th><td>{value}</td></tr>\n");
    let rows: String = rows.iter().map(row).collect();
    format!("<section><h2>{title}</h2>\n<table class=\"facts\">\n{rows}</table></section>\n")
}

fn circumstances(report: &Report) -> String {
    let found = &report.found;
    let or_blank = |name: Option<String>| name.map_or("&nbsp;".to_owned(), |name| escaped(&name));
    let witnesses = Some(report.witnesses.join(", ")).filter(|names| !names.is_empty());
    let date = report.date.split('.').next().unwrap_or_default();
    let date = date.trim_end_matches('Z').replace('T', " ");
    let date = match report.clock_before_program {
        Some(true) => format!("{date} (the clock of the machine is WRONG)"),
        _ => date,
    };
    let protection = &report.protection;
    let air_gap = match protection.air_gap {
        Some(true) => "no network interface was up",
        Some(false) => "a network interface was UP",
        None => "whether a network was there is not known",
    };
    let memory = match protection.memory_locked {
        true => "memory locked",
        false => "memory NOT locked",
    };
    let target = match (found.target_milliseconds, found.target_met) {
        (Some(target), Some(true)) => format!("{}: met", minutes(target)),
        (Some(target), _) => format!("{}: MISSED", minutes(target)),
        (None, _) => "none was set".to_owned(),
    };
    let version = format!("{} {}", report.tool.name, report.tool.version);
    facts(
        "When, who, with what",
        &[
            ("Date, UTC", escaped(&date)),
            ("Operator", or_blank(report.operator.clone())),
            ("Witness", or_blank(witnesses)),
            ("Program", escaped(&version)),
            (
                "Its SHA-256",
                format!(
                    "<code>{}</code>",
                    report.tool.sha256.as_deref().unwrap_or("not known")
                ),
            ),
            (
                "Machine",
                format!(
                    "{air_gap}; system calls {}, files {}, {memory}",
                    protection.system_calls, protection.files
                ),
            ),
            ("Time taken", minutes(found.milliseconds)),
            ("Target", target),
        ],
    )
}

/// A time that may be long.
fn minutes(milliseconds: u64) -> String {
    match milliseconds / 60_000 {
        0 => seconds(milliseconds),
        minutes if milliseconds.is_multiple_of(60_000) => format!("{minutes} min"),
        minutes => format!("{minutes} min {}", seconds(milliseconds % 60_000)),
    }
}

/// Kit, key and list, and what phones can read of them.
fn identity(report: &Report) -> String {
    let found = &report.found;
    let mut rows = Vec::new();
    let mut codes = Vec::new();
    if let Some(file) = &report.file {
        rows.push(("File", format!("<code>{}</code>", escaped(file))));
    }
    if let Some(kit) = &found.kit {
        rows.push(("Fingerprint", format!("<code>{}</code>", kit.sha256)));
        if let Some(zip) = &kit.file_sha256 {
            rows.push(("Zip file, SHA-256", format!("<code>{zip}</code>")));
        }
        let tenant = kit.tenant_id.as_deref().unwrap_or("not named");
        rows.push(("Workspace", format!("<code>{}</code>", escaped(tenant))));
        codes.push(("Kit", kit.sha256.as_str()));
    }
    if let Some(key) = &found.key {
        rows.push((
            "Recovery key",
            format!("<code>{}</code>", escaped(&key.fingerprint)),
        ));
        rows.push((
            "Short phrase",
            format!("<code>{}</code>", escaped(&key.short_phrase)),
        ));
        codes.push(("Recovery key", key.fingerprint.as_str()));
    }
    if let Some(wallets) = found.wallets {
        rows.push(("Wallets", wallets.to_string()));
    }
    if let Some(sample) = &found.sample {
        codes.push(("Sample", sample.commitment.as_str()));
    }
    let figure = |(caption, text): (&str, &str)| {
        format!(
            "<figure>{}<figcaption>{caption}</figcaption></figure>\n",
            qr(text)
        )
    };
    let codes: String = codes.into_iter().map(figure).collect();
    let title = match found.secrets {
        "invented" => "Kit and key, both invented",
        _ => "Kit and key",
    };
    facts(title, &rows) + &format!("<section><div class=\"codes\">\n{codes}</div></section>\n")
}

/// A table under a heading; each row with its class and its cells, which are HTML.
fn table(title: &str, heads: &[&str], rows: &[(&str, String)]) -> String {
    let heads: String = heads
        .iter()
        .map(|head| format!("<th>{head}</th>"))
        .collect();
    let row = |(class, cells): &(&str, String)| format!("<tr class=\"{class}\">{cells}</tr>\n");
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<section><h2>{title}</h2>\n<table><tr class=\"head\">{heads}</tr>\n{rows}</table></section>\n"
    )
}

/// The class of a row with this result.
fn class(result: &str) -> &'static str {
    match result {
        "ok" | "equal" => "ok",
        "skipped" => "skipped",
        "differs" | "not listed" => "differs",
        _ => "failed",
    }
}

fn steps(found: &Drill) -> String {
    let rows = found.steps.iter().map(|step| {
        let time = match step.result {
            "not done" => String::new(),
            _ => seconds(step.milliseconds),
        };
        let cells = format!(
            "<td>{}</td><td class=\"word\">{}</td><td class=\"number\">{time}</td><td>{}</td>",
            step.step,
            step.result,
            escaped(&step.found)
        );
        (class(step.result), cells)
    });
    let heads = ["Step", "Result", "Time", "What was compared"];
    table("Steps", &heads, &rows.collect::<Vec<_>>())
}

fn checks(checks: &[Check]) -> String {
    if checks.is_empty() {
        return String::new();
    }
    let rows = checks.iter().map(|check| {
        let why = match &check.why {
            Some(why) => format!("<br>{}", escaped(without_subject(why, &check.subject))),
            None => String::new(),
        };
        let cells = format!(
            "<td class=\"word\">{}</td><td>{}</td><td><code>{}</code>{why}</td>",
            check.result,
            check.check,
            escaped(&check.subject)
        );
        (class(check.result), cells)
    });
    let heads = ["Result", "Check of the kit", "On"];
    table("What the kit holds", &heads, &rows.collect::<Vec<_>>())
}

fn commitments(sample: &Sample) -> String {
    let shown = sample.wallets.iter().take(MOST_WALLETS);
    let rows = shown.map(|wallet| {
        let cells = format!(
            "<td><code>{}</code></td><td><code>{}</code></td>",
            wallet.wallet_id, wallet.commitment
        );
        ("pair", cells)
    });
    let rows: Vec<_> = rows.collect();
    let more = sample.wallets.len().saturating_sub(rows.len());
    let more = match more {
        0 => String::new(),
        more => format!("<p>The report has {more} more.</p>\n"),
    };
    let facts = facts(
        "Commitments to Key Share #1",
        &[
            (
                "Of all records",
                format!("<code>{}</code>", sample.commitment),
            ),
            ("Salt", format!("<code>{}</code>", sample.salt)),
            ("EdDSA rule", sample.eddsa_variant.to_owned()),
        ],
    );
    let about = "<p>A commitment tells nothing of a share. Another drill that is given the report of this one with \
         <code>--compare</code> has the same commitments where the shares are the same.</p>\n";
    facts + about + &table("Sample", &["Wallet", "Commitment"], &rows) + &more
}

fn compared(comparison: &Comparison) -> String {
    let different = comparison.wallets.iter();
    let different = different.filter(|wallet| wallet.result != "equal");
    let rows: Vec<_> = different
        .take(MOST_WALLETS)
        .map(|wallet| {
            let cells = format!(
                "<td><code>{}</code></td><td class=\"word\">{}</td>",
                wallet.wallet_id, wallet.result
            );
            (class(wallet.result), cells)
        })
        .collect();
    let facts = facts(
        "Compared with an earlier drill",
        &[
            (
                "Its report",
                format!("<code>{}</code>", escaped(&comparison.file)),
            ),
            ("SHA-256", format!("<code>{}</code>", comparison.sha256)),
            (
                "Equal",
                format!(
                    "{} of {} wallets",
                    comparison.equal,
                    comparison.wallets.len()
                ),
            ),
        ],
    );
    match rows.is_empty() {
        true => facts,
        false => facts + &table("Not equal", &["Wallet", "Result"], &rows),
    }
}

fn proved(known: &KnownWallet) -> String {
    let yes = |proved: bool| if proved { "proved" } else { "not proved" };
    let address = &known.address;
    facts(
        "What a known wallet proved",
        &[
            ("Wallet", format!("<code>{}</code>", known.wallet_id)),
            (
                "Address",
                format!(
                    "<code>{}</code> ({} at <code>{}</code>)",
                    escaped(&address.address),
                    address.chain,
                    address.path
                ),
            ),
            (
                "ECDSA shares",
                format!("{}: wallet seed, master keys", yes(known.ecdsa_proved)),
            ),
            (
                "EdDSA shares",
                format!("{}: the same, and their rule", yes(known.eddsa_proved)),
            ),
            (
                "Chain codes",
                format!("{}: asset seed", yes(known.asset_seed_proved)),
            ),
        ],
    )
}

/// What did not hold, and room for what is done about it.
fn problems(report: &Report) -> String {
    let warnings = report.warnings.iter().map(|warning| &warning.message);
    let all: String = report
        .found
        .problems
        .iter()
        .chain(warnings)
        .map(|problem| format!("<li>{}</li>\n", escaped(problem)))
        .collect();
    let list = match all.is_empty() {
        true => "<p>None.</p>\n".to_owned(),
        false => format!("<ul>\n{all}</ul>\n"),
    };
    format!(
        "<section class=\"whole\"><h2>Problems</h2>\n{list}<table><tr><th>Follow-up</th><th>Who</th><th>Until</th></tr>\n\
         <tr><td class=\"line\"></td><td></td><td></td></tr>\n<tr><td class=\"line\"></td><td></td><td></td></tr></table></section>\n"
    )
}

fn signatures(report: &Report) -> String {
    let operator = std::iter::once(("Operator", report.operator.as_deref().unwrap_or_default()));
    let mut witnesses: Vec<&str> = report.witnesses.iter().map(String::as_str).collect();
    if witnesses.is_empty() {
        witnesses.push("");
    }
    let people = operator.chain(witnesses.into_iter().map(|name| ("Witness", name)));
    let row = |(role, name): (&str, &str)| {
        let name = escaped(name);
        format!("<tr><td class=\"line\">{role}</td><td>{name}</td><td></td><td></td></tr>\n")
    };
    let rows: String = people.map(row).collect();
    format!(
        "<section class=\"whole\"><h2>Signatures</h2>\n<table><tr><th>Role</th><th>Name</th><th>Date and place</th><th>Signature</th></tr>\n\
         {rows}</table></section>\n"
    )
}
