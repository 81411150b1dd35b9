//! Whom results are sealed to: every key of a file, each shown; and public keys that no key program makes.

use serde_json::Value;
use sha2::Digest;

use crate::support::{
    Run, fixture, lifeboat, read_fixture,
    workload::{Workload, key},
};

/// SHA-256 of a public key's DER.
fn fingerprint(name: &str) -> String {
    let pem = pem::parse(read_fixture(&format!("keys/{name}.pem"))).unwrap();
    format!(
        "SHA256:{}",
        hex::encode(sha2::Sha256::digest(pem.contents()))
    )
}

/// Every recipient is named on standard error and in the outcome, in this order.
#[track_caller]
fn shows(said: &Run, names: &[&str]) {
    let outcome: Value = said.json();
    let shown: Vec<&Value> = outcome["sealedTo"].as_array().unwrap().iter().collect();
    assert_eq!(shown.len(), names.len(), "{outcome}");
    for (shown, name) in shown.iter().zip(names) {
        let expected = fingerprint(name);
        assert_eq!(shown["fingerprint"], expected.as_str());
        let phrase = shown["shortPhrase"].as_str().unwrap();
        let show = lifeboat(&["--json", "key", "show", &key(name)]).json();
        assert_eq!(phrase, show["shortPhrase"].as_str().unwrap());
        assert!(
            said.stderr.contains(&expected) && said.stderr.contains(phrase),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn every_key_of_a_file_is_sealed_to_and_shown() {
    let work = Workload::new(5);
    work.run("clear", &["--format", "ndjson"]).json();
    let pem = |name: &str| String::from_utf8(read_fixture(&format!("keys/{name}.pem"))).unwrap();
    let (recovery, other) = (pem("recovery.public"), pem("other.public"));
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    for (number, text) in [
        format!("{other}{recovery}"),
        format!("{other}{}", pem("recovery.public.pkcs1")),
        format!("Bag Attributes\n  a: b\n{other}{certificate}more\n{recovery}"),
        format!("{other}{recovery}").replace('\n', "\r\n"),
        // The same key twice is one recipient.
        format!("{other}{recovery}{other}"),
    ]
    .into_iter()
    .enumerate()
    {
        let (both, name) = (work.bench.put("both.pem", text), format!("sealed{number}"));
        shows(
            &work.run(&name, &["--seal-to", &both]),
            &["other.public", "recovery.public"],
        );
        for own in ["other.pkcs8", "recovery.pkcs8"] {
            let file = work.bench.text(&format!("out/{name}"));
            let opened = lifeboat(&["unseal", &file, "--key", &key(own), "--format", "ndjson"]);
            assert!(
                opened.done() == work.bench.result("clear"),
                "{number} {own}"
            );
        }
    }
}

#[test]
fn every_command_that_seals_shows_its_recipients() {
    let work = Workload::new(5);
    work.run("clear", &["--format", "ndjson"]).json();
    let text = |name: &str| work.bench.text(&format!("out/{name}"));
    let (clear, sealed) = (text("clear"), text("sealed"));
    let both = work.bench.put(
        "both.pem",
        [
            read_fixture("keys/other.public.pem"),
            read_fixture("keys/recovery.public.pem"),
        ]
        .concat(),
    );
    let names = &["other.public", "recovery.public"];
    let own = key("recovery.pkcs8");
    let seal = [
        "--json",
        "seal",
        &clear,
        "--seal-to",
        &both,
        "--out",
        &sealed,
    ];
    shows(&lifeboat(&seal), names);
    let wrapped = text("rewrapped");
    let rewrap = [
        "--json",
        "rewrap",
        &sealed,
        "--key",
        &own,
        "--seal-to",
        &both,
    ];
    shows(
        &lifeboat(&[&rewrap[..], &["--out", &wrapped]].concat()),
        names,
    );
    let merged = text("merged");
    let merge = ["--json", "merge", &clear, "--wallets", &work.list];
    let merge = [&merge[..], &["--seal-to", &both, "--out", &merged]].concat();
    shows(&lifeboat(&merge), names);
    let (share, portal) = (work.bench.put("alice.json", "a share"), text("portal"));
    let portal = [
        "--json",
        "portal",
        "seal",
        &share,
        "--seal-to",
        &both,
        "--out",
        &portal,
    ];
    shows(&lifeboat(&portal), names);
}

#[test]
fn a_private_key_among_public_ones_is_no_recipient() {
    let work = Workload::new(2);
    let text = [
        read_fixture("keys/other.public.pem"),
        read_fixture("keys/recovery.pkcs8.pem"),
    ]
    .concat();
    let both = work.bench.put("both.pem", text);
    let said = work.run("sealed", &["--seal-to", &both]);
    said.refused(2, "private_key_given", &["both.pem"]);
    assert!(!work.has("sealed") && !work.has("sealed.partial"));
    let small = [
        read_fixture("keys/other.public.pem"),
        read_fixture("keys/old.public.pem"),
    ]
    .concat();
    let both = work.bench.put("both.pem", small);
    let said = work.run("sealed", &["--seal-to", &both]);
    said.refused(2, "weak_recipient", &["both.pem", "2048"]);
}

#[test]
fn public_keys_that_no_key_program_makes_are_refused_with_the_reason() {
    let work = Workload::new(2);
    let cases = [
        ("factor", "key_doubtful", "divisible by 65521"),
        ("even", "key_doubtful", "divisible by 2"),
        ("prime", "key_doubtful", "a prime"),
        ("square", "key_doubtful", "a power"),
        ("cube", "key_doubtful", "a power"),
        ("close", "key_doubtful", "almost equal"),
        ("pattern", "key_doubtful", "almost all ones"),
        ("exponent", "key_doubtful", "exponent"),
        ("exponent-1", "key_doubtful", "exponent"),
        ("size", "key_size", "16384 bits"),
    ];
    let fixtures = std::fs::read_dir(fixture("keys")).unwrap();
    let doubtful = fixtures
        .filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_str().unwrap().starts_with("refused.public-")
        })
        .count();
    assert_eq!(doubtful, cases.len(), "a fixture that no test looks at");
    for (name, code, words) in cases {
        let path = key(&format!("refused.public-{name}"));
        let said = work.run("sealed", &["--seal-to", &path]);
        said.refused(2, code, &[words, name]);
        let said = lifeboat(&["--json", "key", "show", &path]);
        said.refused(2, code, &[words, name]);
    }
    assert!(!work.has("sealed") && !work.has("sealed.partial"));
}

/// What is not read is not left out in silence: the result would be sealed to fewer than were named.
#[test]
fn keys_of_one_file_in_different_encodings_are_refused() {
    let work = Workload::new(1);
    let pem = |name: &str| String::from_utf8(read_fixture(&format!("keys/{name}.pem"))).unwrap();
    let (recovery, other) = (pem("recovery.public"), pem("other.public"));
    let ssh = String::from_utf8(read_fixture("keys/recovery.public.openssh.pub")).unwrap();
    let bare: String = other
        .lines()
        .filter(|line| !line.starts_with('-'))
        .map(|line| format!("{line}\n"))
        .collect();
    let der = pem::parse(&other).unwrap().into_contents();
    let wide = other.encode_utf16().flat_map(u16::to_le_bytes);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();

    for (number, file) in [
        format!("{ssh}{other}").into_bytes(),
        format!("{recovery}{ssh}").into_bytes(),
        format!("{recovery}{bare}").into_bytes(),
        format!("{recovery}{{\"kty\":\"RSA\"}}").into_bytes(),
        [recovery.as_bytes(), &der].concat(),
        [recovery.as_bytes(), &wide].concat(),
        format!("{}{other}", recovery.repeat(301)).into_bytes(),
    ]
    .into_iter()
    .enumerate()
    {
        let file = work.bench.put("mixed", file);
        let name = format!("mixed{number}");
        work.run(&name, &["--seal-to", &file])
            .refused(2, "several_keys", &["--seal-to"]);
    }
}

#[test]
fn a_key_of_another_kind_is_told_what_a_recipient_is() {
    let work = Workload::new(1);
    let ec = key("refused.ec.public");
    let said = work.run("ec", &["--seal-to", &ec]);
    let error = said.refused(2, "not_rsa", &["lifeboat keygen --out endpoint"]);
    assert!(!error.to_string().contains("kit inspect"), "{error}");
}

/// Two keys in one file are both taken, or the file is refused: never one of them.
#[test]
fn no_key_of_a_recipient_file_is_left_out() {
    let work = Workload::new(2);
    let pem = |name: &str| String::from_utf8(read_fixture(&format!("keys/{name}.pem"))).unwrap();
    let (a, b) = (pem("recovery.public"), pem("other.public"));
    let in_base64 = crate::support::base64(&b).replace('\n', "");
    let misspelt = b.replace("BEGIN", "BEGlN").replace('\n', "\\n");
    let ssh = |name: &str| {
        let digits = openssh_blob(name);
        format!("ssh-rsa {digits}")
    };
    let refused = [
        format!(
            "first: |\n  {}\nsecond: {in_base64}\n",
            a.replace('\n', "\n  ")
        ),
        format!(
            "{{\"a\":\"{}\",\"b\":\"{misspelt}\"}}",
            a.replace('\n', "\\n")
        ),
        format!("{} {}\n", ssh("recovery.public"), ssh("other.public")),
    ];
    for text in refused {
        let to = work.bench.put("to", &text);
        work.run("sealed", &["--seal-to", &to])
            .refused(2, "several_keys", &["not all"]);
    }

    let xml = [xml("recovery.public"), xml("other.public")].concat();
    let to = work.bench.put("to", format!("<keys>{xml}</keys>"));
    let said = work.run("sealed", &["--seal-to", &to]);
    shows(&said, &["recovery.public", "other.public"]);
}

/// Modulus and exponent of a public key, from its DER.
fn numbers(name: &str) -> (Vec<u8>, Vec<u8>) {
    let pem = pem::parse(read_fixture(&format!("keys/{name}.pem"))).unwrap();
    let der = pem.contents();
    // Two headers and an algorithm stand before the modulus, the exponent 65537 behind it.
    let (modulus, exponent) = der[33..].split_at(der.len() - 33 - 5);
    assert_eq!(exponent, [2, 3, 1, 0, 1]);
    (modulus.to_vec(), exponent[2..].to_vec())
}

fn xml(name: &str) -> String {
    use base64ct::{Base64, Encoding};

    let (modulus, exponent) = numbers(name);
    format!(
        "<RSAKeyValue><Modulus>{}</Modulus><Exponent>{}</Exponent></RSAKeyValue>",
        Base64::encode_string(&modulus),
        Base64::encode_string(&exponent)
    )
}

fn openssh_blob(name: &str) -> String {
    use base64ct::{Base64, Encoding};

    let (modulus, exponent) = numbers(name);
    let mut blob = Vec::new();
    for part in [b"ssh-rsa".to_vec(), exponent, [&[0], &modulus[..]].concat()] {
        blob.extend((part.len() as u32).to_be_bytes());
        blob.extend(part);
    }
    Base64::encode_string(&blob)
}
