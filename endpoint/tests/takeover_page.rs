//! The takeover page over HTTP: it is what lies in `page/`, nothing may be added to it, and it is there only where it is wanted.
//! What it does in a browser is tried by `tests/page/run`.

use std::{collections::BTreeSet, fs, path::Path};

use base64ct::{Base64, Encoding};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{
    folder::{Folder, program},
    users::ISSUER,
    vault::{AT_ONCE, Vault},
};

/// Each path with its type, and the file that it is.
const PARTS: [(&str, &str, &str); 4] = [
    ("/takeover", "text/html; charset=utf-8", "index.html"),
    ("/takeover/page.css", "text/css; charset=utf-8", "page.css"),
    (
        "/takeover/page.js",
        "text/javascript; charset=utf-8",
        "page.js",
    ),
    (
        "/takeover/takeover.wasm",
        "application/wasm",
        "takeover.wasm",
    ),
];
const ONE_FILE: &str = "/takeover/offline.html";
const SIGN_IN: &str = "/takeover/sign-in.json";

const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

fn page(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("page")
            .join(name),
    )
    .unwrap()
}

/// A server with the page.
fn served() -> Vault {
    let mut vault = Vault::prepared(AT_ONCE);
    let config = vault.folder.read("endpoint.toml");
    let config = config.replace("[modules]\n", "[modules]\npage = true\n");
    vault.folder.write("endpoint.toml", config);
    vault.restart();
    vault
}

#[test]
fn every_part_is_what_lies_there_and_nothing_may_be_added() {
    let vault = served();
    for (path, kind, file) in PARTS {
        let part = vault.server().get(path).send();
        assert_eq!(part.status, 200, "{path}");
        assert_eq!(part.headers["content-type"], kind);
        assert!(part.body == page(file), "{path} is not page/{file}");
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(part.headers[name], value, "{path}: {name}");
        }
        assert!(!part.headers.contains_key("set-cookie"), "{path}");
    }
    let ready = vault.server().admin("GET", "/readyz").send();
    assert_eq!(ready.expect(200)["ready"], true);
}

/// With `[page]` the document may ask its issuer, and nobody else; without it, it is told nothing.
#[test]
fn the_page_is_told_where_its_users_sign_in() {
    let mut vault = served();
    let told = vault.server().get(SIGN_IN).send().expect(200);
    assert_eq!(told, json!({}));

    let config = vault.folder.read("endpoint.toml");
    let page = format!("{config}\n[page]\nclient_id = \"recovery\"\n");
    vault.folder.write("endpoint.toml", page);
    vault.restart();
    let told = vault.server().get(SIGN_IN).send().expect(200);
    assert_eq!(told, json!({"issuer": ISSUER, "clientId": "recovery"}));
    let document = vault.server().get("/takeover").send();
    let policy = POLICY.replace(
        "connect-src 'self'",
        &format!("connect-src 'self' {ISSUER}"),
    );
    assert_eq!(document.headers["content-security-policy"], policy);

    for (section, complaint) in [
        ("client_id = \"another\"", "is not the `audience`"),
        (
            "client_id = \"recovery\"\nissuer = \"https://b.example\"",
            "names no `issuer`",
        ),
        (
            "issuer = \"https://b.example\"",
            "`page.client_id` is missing",
        ),
    ] {
        vault
            .folder
            .write("wrong.toml", format!("{config}\n[page]\n{section}\n"));
        let run = vault.folder.run(&["check", "--config", "wrong.toml"]);
        assert_ne!(run.status(), 0);
        assert!(run.stderr().contains(complaint), "{}", run.stderr());
    }
}

/// The one file holds the same parts, and its policy lets those run, by their digests, and asks nobody.
#[test]
fn the_one_file_is_the_same_page_and_is_only_ever_saved() {
    let vault = served();
    let answer = vault.server().get(ONE_FILE).send();
    assert_eq!(answer.status, 200);
    let saved = &answer.headers["content-disposition"];
    assert_eq!(saved, "attachment; filename=\"takeover.html\"");

    let run = vault.folder.run(&["page"]);
    assert_eq!(run.status(), 0, "{}", run.stderr());
    assert_eq!(vault.folder.read("takeover.html"), answer.text);
    // A file that is there is left alone.
    assert_eq!(vault.folder.run(&["page"]).status(), 2);

    let between = |from: &str, to: &str| {
        let rest = answer.text.rsplit_once(from).unwrap().1;
        rest.split(to).next().unwrap().to_owned()
    };
    let script = between("<script>", "</script>");
    let style = between("<style>", "</style>");
    assert_eq!(script.as_bytes(), page("page.js"));
    assert_eq!(style.as_bytes(), page("page.css"));
    let wasm = between("id=\"program\">", "</script>");
    let is_program = Base64::decode_vec(&wasm).unwrap() == page("takeover.wasm");
    assert!(is_program, "another program is in the file");

    let digest = |text: &str| Base64::encode_string(&Sha256::digest(text));
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src 'sha256-{}' 'wasm-unsafe-eval'; style-src 'sha256-{}'; base-uri 'none'; \
             form-action 'none'; require-trusted-types-for 'script'",
            digest(&script),
            digest(&style)
        )
    );
    assert!(!answer.text.contains("src=\"/"), "it would ask a server");
}

#[test]
fn without_the_module_there_is_no_page() {
    let vault = Vault::start(AT_ONCE);
    let paths = PARTS.map(|(path, ..)| path).into_iter();
    for path in paths.chain([ONE_FILE, SIGN_IN]) {
        let answer = vault.server().get(path).send();
        answer.expect_problem(404, "no-such-path");
    }
}

/// Its users ask for shares: without them it would be a dead end.
#[test]
fn the_page_needs_the_shares() {
    let folder = Folder::new();
    folder.write(
        "endpoint.toml",
        "[server]\npublic_url = \"https://a.example\"\n[modules]\nshares = false\npage = true\n",
    );
    let run = program(folder.root()).arg("check").output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(
        told.contains("`modules.page` needs `modules.shares`"),
        "{told}"
    );
}

#[test]
fn its_sources_name_no_other_host_and_its_program_is_the_one_that_was_built() {
    for name in ["index.html", "page.css", "page.js"] {
        let text = String::from_utf8(page(name)).unwrap();
        for word in [
            "http:",
            "https:",
            "//cdn",
            "eval(",
            "innerHTML",
            "style=",
            "onclick",
        ] {
            assert!(!text.contains(word), "page/{name} has {word}");
        }
    }
    let digest = Sha256::digest(page("takeover.wasm"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let written = String::from_utf8(page("takeover.wasm.sha256")).unwrap();
    assert_eq!(written, format!("{digest}  takeover.wasm\n"));

    // Every route of the page is one of those here.
    let routes =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes/page.rs"));
    let routed: BTreeSet<String> = routes
        .unwrap()
        .split(".route(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let known = PARTS.map(|(path, ..)| path).into_iter();
    let known = known.chain([ONE_FILE, SIGN_IN]);
    assert_eq!(routed, known.map(str::to_owned).collect());
}
