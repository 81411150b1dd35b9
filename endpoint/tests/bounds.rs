//! Files and answers that are longer than they may be: an error that says so, and never a part taken for the whole.

use crate::support::{
    folder::{Folder, make_pipe},
    server::HEAD,
    tokens::jwks,
    users::{API_KEY, ISSUER, api_key, issuer_key},
};

const IDENTITY: &str = "[[identity]]\nissuer = \"https://issuer.example\"\naudience = \"recovery\"\njwks_file = \"jwks.json\"\nalgorithms = [\"ES256\"]\n";

/// What `check` says of this configuration.
fn checked(folder: &Folder, config: String) -> String {
    folder.write("jwks.json", jwks(&[issuer_key().jwk("k1")]));
    folder.write("endpoint.toml", config);
    let run = folder.run(&["check"]);
    let told = run.stderr();
    assert_eq!(run.status(), 2, "{told}");
    told
}

#[test]
fn a_password_of_the_database_is_not_cut() {
    let folder = Folder::new();
    let database = "[database]\nurl = \"postgres://guest@127.0.0.1:1/none\"\npassword_file = \"password.txt\"\n";
    let config = format!("{database}{HEAD}[modules]\nshares = false\n");
    let line = "a".repeat(4096);
    folder.write("password.txt", format!("{line}b"));
    let told = checked(&folder, config.clone());
    assert!(
        told.contains("password.txt`: it has more than 4096 bytes"),
        "{told}"
    );

    // As long as it may be: what fails is the connection.
    folder.write("password.txt", &line);
    let told = checked(&folder, config);
    assert!(!told.contains("more than"), "{told}");

    // A pipe would be waited for.
    std::fs::remove_file(folder.path("password.txt")).unwrap();
    make_pipe(&folder.path("password.txt"));
    let (status, told) = folder.ended(&["check"]);
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("no regular file"), "{told}");
}

#[test]
fn a_public_key_with_more_behind_it_is_not_cut() {
    let folder = Folder::new();
    let more = format!("{}{}", api_key().public_pem(), "#".repeat(64 << 10));
    folder.write("backend.pem", more);
    let service = format!("[[service]]\napi_key = \"{API_KEY}\"\npublic_key = \"backend.pem\"\n");
    let told = checked(
        &folder,
        format!("{HEAD}[modules]\nshares = false\nbackups = false\n{IDENTITY}{service}"),
    );
    assert!(
        told.contains("backend.pem") && told.contains("more than 65536 bytes"),
        "{told}"
    );
}

#[test]
fn a_list_of_keys_is_not_cut() {
    let folder = Folder::new();
    let list = String::from_utf8(jwks(&[issuer_key().jwk("k1")])).unwrap();
    folder.write("long.json", format!("{list}{}", " ".repeat(1 << 20)));
    let identity = IDENTITY.replace("jwks.json", "long.json");
    let told = checked(
        &folder,
        format!("{HEAD}[modules]\nshares = false\nbackups = false\n{identity}"),
    );
    assert!(
        told.contains("long.json") && told.contains("more than 1048576 bytes"),
        "{ISSUER}: {told}"
    );
}

#[test]
fn what_a_passphrase_command_prints_is_not_cut() {
    let folder = Folder::new();
    let key = "[key]\nholder = \"file\"\npath = \"key.pem\"\npassphrase_command = [\"/bin/cat\", \"long\"]\n";
    folder.write(
        "key.pem",
        crate::support::company::key("recovery.pkcs8.pbkdf2.pem"),
    );
    folder.write("long", "a".repeat((64 << 10) + 1));
    let told = checked(&folder, format!("{HEAD}{key}{IDENTITY}"));
    assert!(told.contains("it prints more than 65536 bytes"), "{told}");
}

#[test]
fn secrets_in_files_are_not_cut() {
    let long = "a".repeat((64 << 10) + 1);
    for (more, file) in [
        ("[audit]\nkey = \"long\"\n", "audit.key"),
        (
            "[notify]\nurl = \"http://127.0.0.1:9/\"\nsecret = \"long\"\n",
            "notify.secret",
        ),
        (
            "[key]\nholder = \"file\"\npath = \"key.pem\"\npassphrase_file = \"long\"\n",
            "key.passphrase_file",
        ),
    ] {
        let folder = Folder::new();
        folder.write(
            "key.pem",
            crate::support::company::key("recovery.pkcs8.pbkdf2.pem"),
        );
        folder.write("long", &long);
        let none = "[modules]\nshares = false\nbackups = false\n";
        let modules = if more.contains("[key]") { "" } else { none };
        let told = checked(&folder, format!("{HEAD}{modules}{more}{IDENTITY}"));
        assert!(told.contains("has more than 65536 bytes"), "{file}: {told}");
    }
}
