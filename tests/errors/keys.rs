//! Keys and passphrases.

use super::{Case, case, derive, make_all, on_terminal, skipped};
use crate::support::{Folder, Run, forge::WALLET, read_fixture, screen::on_screen, workload::key};

pub(super) const CASES: &[Case] = &[
    case("wrong_key_passphrase", 3, |bench| {
        bench.write("passphrase", "another passphrase\n");
        bench.run_json(&[
            "key",
            "show",
            &key("recovery.pkcs8.pbkdf2"),
            "--key-passphrase-file",
            "passphrase",
        ])
    }),
    case("passphrase_needed", 2, |bench| {
        bench.run_json(&["key", "show", &key("recovery.pkcs8.pbkdf2")])
    }),
    case("passphrases_differ", 2, |bench| {
        let answers = ["nine wandering albatrosses", "nine wandering albatrozzes"];
        on_terminal(
            &answers,
            &["keygen", "--out", bench.path("new").to_str().unwrap()],
        )
    }),
    case("qr_not_shown", 2, |_| {
        let args = ["key", "show", &key("recovery.public"), "--qr"];
        let shown = on_screen([200, 24], &["NO_COLOR=1"], &args);
        shown.map_or_else(
            || skipped("no terminal can be made"),
            |shown| Run::new(shown.exit, String::new(), shown.sent),
        )
    }),
    case("weak_passphrase", 2, |bench| {
        keygen(bench, "elevenchars\n", &[])
    }),
    case("unfit_passphrase", 2, |bench| {
        keygen(bench, "\u{feff}nine wandering badgers\n", &[])
    }),
    case("passphrase_not_text", 2, |_| {
        let locked = key("recovery.pkcs8.pbkdf2");
        on_terminal(&["\x1b[A"], &["key", "show", &locked])
    }),
    case("empty_passphrase", 2, |bench| {
        keygen(bench, "\n", &["--allow-weak-passphrase"])
    }),
    case("not_a_key", 2, |bench| {
        show(bench, b"my key is in the safe")
    }),
    case("key_other_format", 2, |bench| {
        show(bench, &read_fixture("keys/refused.pkcs12.p12"))
    }),
    case("several_keys", 2, |bench| {
        let both = ["keys/old.pkcs8.pem", "keys/other.pkcs8.pem"].map(read_fixture);
        show(bench, &both.concat())
    }),
    case("public_key_given", 2, |bench| {
        derive(bench, &["--key", &key("recovery.public"), WALLET])
    }),
    case("private_key_given", 2, |bench| {
        derive(bench, &["--seal-to", &key("recovery.pkcs8"), WALLET])
    }),
    case("not_rsa", 2, |bench| {
        show(bench, &read_fixture("keys/refused.ec.pkcs8.pem"))
    }),
    case("key_damaged", 2, |bench| {
        let text = pem::encode(&pem::Pem::new("PRIVATE KEY", b"".to_vec()));
        show(bench, text.as_bytes())
    }),
    case("key_doubtful", 2, |bench| {
        show(bench, &read_fixture("keys/refused.public-prime.pem"))
    }),
    case("key_size", 2, |bench| {
        show(bench, &read_fixture("keys/refused.rsa1024.pem"))
    }),
    case("key_scheme_unknown", 2, |bench| {
        show(bench, &read_fixture("keys/refused.pbes1.pem"))
    }),
    case("key_work_factor", 2, |bench| {
        show(bench, &read_fixture("keys/refused.pbkdf2-rounds.pem"))
    }),
    case("other_public_key", 3, |bench| {
        let (mine, theirs) = (key("recovery.pkcs8"), key("other.public"));
        bench.run_json(&["key", "check", &mine, "--public-key", &theirs])
    }),
];

#[test]
fn every_error_of_keys_is_made() {
    make_all(CASES);
}

fn show(bench: &Folder, key: &[u8]) -> Run {
    bench.write("key", key);
    bench.write("passphrase", "x");
    bench.run_json(&["key", "show", "key", "--key-passphrase-file", "passphrase"])
}

fn keygen(bench: &Folder, passphrase: &str, more: &[&str]) -> Run {
    bench.write("passphrase", passphrase);
    bench.run_json(&[&["keygen", "--key-passphrase-file", "passphrase"], more].concat())
}
