//! The rules of pages are rules: each page that breaks one is refused by the script that reads them.

use super::{bench, drill, record};
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
        let read = std::process::Command::new("python3")
            .args([&script, &file])
            .output();
        assert!(!read.unwrap().status.success(), "{from} to {to}");
    }
}
