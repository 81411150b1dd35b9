//! The configuration: what is right starts, and everything that is wrong is told at once, with its key and its line.

use crate::support::{company::KEY, folder::Folder, server::HEAD};

/// What `check` says of a configuration.
fn complaints(text: &str) -> Vec<String> {
    let folder = Folder::new();
    folder.write("endpoint.toml", text);
    let run = folder.run(&["check"]);
    let lines = run.stderr();
    let told = lines
        .lines()
        .filter_map(|line| line.strip_prefix("lifeboat-endpoint: error: endpoint.toml: "));
    let told: Vec<String> = told.map(str::to_owned).collect();
    assert_eq!(run.status(), if told.is_empty() { 0 } else { 2 }, "{lines}");
    told
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line() {
    let text = r#"[server]
listen = "8443"
public_url = "recovery.example.com"
lisen = "127.0.0.1:1"

[modules]
shares = "yes"

[release]
delay = "soon"
approvals = 9
mode = "warm"

[limits]
body = "lots"
per_caller = 7

[surprise]
x = 1
"#;
    let told = complaints(text).join("\n");
    let expected = r#"line 1: `configuration` has no `[key]`: shares are served in hot mode, which needs who opens them; or say `release.mode = "cold"`
line 2: `server.listen` is `8443`, expected an address and a port, such as "0.0.0.0:8443"
line 3: `server.public_url` is no address that begins with https:// or, on loopback, http://
line 4: `server.lisen` is no setting of this program: do you mean `listen`?
line 7: `modules.shares` is of the type string, expected true or false
line 10: `release.delay` is `soon`, expected a duration from 0s to 30d, such as "30s", "15m", "24h" or "7d"
line 11: `release.approvals` is `9`, expected a whole number from 0 to 5
line 12: `release.mode` is `warm`, expected "hot" or "cold"
line 15: `limits.body` is `lots`, expected a size from 65536 to 67108864 bytes, such as "64KiB" or "1MiB"
line 16: `limits.per_caller` is of the type integer, expected text
line 18: `surprise` is no setting of this program"#;
    assert_eq!(told, expected);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let told = complaints("[server]\nlisten = \n");
    assert!(told[0].starts_with("line 2: this is no TOML: "), "{told:?}");
}

#[test]
fn a_listener_beyond_this_machine_needs_tls() {
    let text = "[server]\nlisten = \"0.0.0.0:8443\"\npublic_url = \"https://a.example\"\n[modules]\nshares = false\n";
    let told = complaints(text);
    assert!(
        told[0].contains("listens beyond this machine without `tls`"),
        "{told:?}"
    );
    let proxied = text.replace(
        "[modules]",
        "tls = \"proxy\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[modules]",
    );
    assert_eq!(complaints(&proxied), Vec::<String>::new());
}

#[test]
fn a_release_that_expires_before_it_is_ready_is_refused() {
    let told = complaints(&format!(
        "{HEAD}{KEY}[release]\nmode = \"cold\"\ndelay = \"7d\"\nttl = \"7d\"\n"
    ));
    assert!(
        told[0].contains("`release` has a `ttl` that is not longer than its `delay`"),
        "{told:?}"
    );
}

#[test]
fn an_issuer_says_where_its_keys_are_and_how_it_signs() {
    let issuer =
        "[[identity]]\nissuer = \"https://a\"\naudience = \"b\"\nalgorithms = [\"HS256\"]\n";
    let told = complaints(&format!("{HEAD}[modules]\nshares = false\n{issuer}"));
    assert!(
        told[0].contains("`identity[0]` has neither `jwks_url` nor `jwks_file`"),
        "{told:?}"
    );
    assert!(
        told[1].contains("`identity[0].algorithms[0]` is none of RS256"),
        "{told:?}"
    );
}

#[test]
fn a_database_is_named_without_a_secret() {
    let told = |section: &str| {
        let text = format!("{HEAD}[modules]\nshares = false\n[database]\n{section}\n");
        complaints(&text).join("; ")
    };
    for (section, expected) in [
        (
            "url = \"mysql://a\"",
            "begins neither with \"sqlite:\" nor with \"postgres://\"",
        ),
        (
            "url = \"postgres://user:secret@db/lifeboat\"",
            "has a password",
        ),
        (
            "url = \"postgres://user@db/lifeboat?password=secret\"",
            "says `password`",
        ),
        ("url = \"postgres:///lifeboat\"", "names no server"),
        (
            "url = \"postgres://user@db/lifeboat?sslmode=verify-ca\"",
            "says `sslmode=verify-ca`, expected one of disable, prefer, require, verify-full",
        ),
        (
            "url = \"postgres://user@db/lifeboat?sslmode=require\"\ncertificate = \"ca.pem\"",
            "believes any server",
        ),
        (
            "url = \"sqlite:data\"\npassword_file = \"p\"",
            "names a folder",
        ),
    ] {
        let told = told(section);
        assert!(told.contains(expected), "{section}: {told}");
        assert!(!told.contains("secret"), "{told}");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_told() {
    let folder = Folder::new();
    let run = folder.run(&["check", "--config", "none.toml"]);
    assert_eq!(run.status(), 2);
    assert!(
        run.stderr()
            .contains("cannot read the configuration `none.toml`"),
        "{}",
        run.stderr()
    );
}

#[test]
fn the_codes_of_problems_are_printed() {
    let folder = Folder::new();
    let table = folder.run(&["problems"]).ok().stdout();
    assert!(table.contains("| `no-such-wallet` | 404 | "), "{table}");
    assert!(table.lines().count() > 30);
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ENDPOINT.md");
    let document = std::fs::read_to_string(document).unwrap();
    assert!(
        document.contains(&table),
        "docs/ENDPOINT.md has another table: `cargo run -- problems` prints it"
    );
}

/// Whoever reads the first lines and goes away has what was wanted.
#[test]
fn a_command_whose_output_nobody_reads_ends_well() {
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = crate::support::folder::program(folder.root());
    let ran = command.arg("problems").stdout(writer).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!((ran.status.code(), told.as_str()), (Some(0), ""));
}

/// The README's example holds every setting: nobody has to guess one.
#[test]
fn the_readme_s_configuration_is_one() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let folder = Folder::new();
    folder.write("endpoint.toml", example);
    let told = folder.run(&["check"]).stderr();
    // Its files are not here; its settings are all known.
    assert!(!told.contains("endpoint.toml: line"), "{told}");
    assert!(told.contains("backend.pem"), "{told}");
}
