//! The scripts that read pages and reports refuse what breaks their rules.

use std::process::Command;

use serde_json::Value;

use super::{bench, drill, python, record};
use crate::support::{Folder, demo::has};

#[test]
fn a_page_that_breaks_a_rule_is_refused() {
    if !has("python3") {
        return;
    }
    let bench = bench();
    drill(&bench, &[]).json();
    record(&bench);
    let page = bench.read("page.html");
    let script = format!("{}/tests/drill/page.py", env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::new();
    for (from, to) in [
        ("</h1>", "</h1><script>x</script>"),
        ("</h1>", "</h1><img src=\"x\">"),
        ("</h1>", "</h1><a href=\"https://example.org\">x</a>"),
        ("</h1>", "</h1><p onclick=\"x\">x</p>"),
        ("</h1>", "</h1><p style=\"background: url(x)\">x</p>"),
        ("</style>", "@import 'x'</style>"),
        ("</table>", ""),
        ("</section>", "</section></section>"),
        ("<h1>", "<h1><b>"),
        ("default-src 'none'", "default-src *"),
        ("</h1>", "</h1>\u{0}"),
        ("<html lang=\"en\">", "<html>"),
    ] {
        let broken = page.replacen(from, to, 1);
        assert_ne!(broken, page, "{from}");
        let file = folder.put("page.html", broken);
        let read = Command::new("python3").args([&script, &file]).output();
        assert!(!read.unwrap().status.success(), "{from} to {to}");
    }
}

#[test]
fn a_report_that_is_not_as_its_schema_says_is_refused() {
    if !has("python3") {
        return;
    }
    let bench = bench();
    drill(&bench, &[]).json();
    let report = record(&bench);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/report-drill.json");
    python("report.py", &[schema, &bench.text("report.json")]);

    let script = format!("{}/tests/drill/report.py", env!("CARGO_MANIFEST_DIR"));
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut changed = report.clone();
        change(&mut changed);
        assert_ne!(changed, report);
        let file = bench.put("changed.json", changed.to_string());
        let read = Command::new("python3")
            .args([&script, schema, &file])
            .output();
        assert!(!read.unwrap().status.success(), "{changed:#}");
    };
    refused(&|report| report["held"] = false.into());
    refused(&|report| report["date"] = 1.into());
    refused(&|report| report["more"] = 1.into());
    refused(&|report| report["steps"][0]["milliseconds"] = (-1).into());
    refused(&|report| report["sample"]["wallets"][0]["share"] = "x".into());
    refused(&|report| drop(report.as_object_mut().unwrap().remove("kit")));
}
