//! Recovery keys in the encodings that key tools, secret stores, mail programs and editors give them: each opens as the
//! same key, or is named for what it is with the command that makes a key of it.

use base64ct::{Base64, Encoding};
use lifeboat::formats::recovery_key::file::{
    PrivateKeyFile, read_private_key, read_public_key, read_public_keys,
};
use serde_json::{Value, json};

use crate::support::{
    Folder, KEY_PASSPHRASE, Run, fixture,
    forge::{Forge, WALLET},
    lifeboat, read_fixture,
};

/// What OpenSSL says of `recovery.public.pem`: `openssl pkey -pubin -outform DER | sha256sum`.
const FINGERPRINT: &str = "SHA256:412a5c6b4d40be15fb7df26adb401f40bd1e4a4730968d19d3393d8dd32ac733";

fn text_of(name: &str) -> String {
    String::from_utf8(read_fixture(&format!("keys/{name}"))).unwrap()
}

fn show(bytes: impl AsRef<[u8]>) -> Run {
    show_with(bytes, KEY_PASSPHRASE)
}

fn show_with(bytes: impl AsRef<[u8]>, passphrase: &str) -> Run {
    let bench = Folder::with_out();
    let key = bench.put("key", bytes);
    let passphrase = bench.put("passphrase", format!("{passphrase}\n"));
    let flag = "--key-passphrase-file";
    lifeboat(&["--json", "key", "show", &key, flag, &passphrase])
}

/// The file is the recovery key, found in this encoding.
#[track_caller]
fn opens(bytes: impl AsRef<[u8]>, kind: &str, encoding: &str) {
    let shown = show(bytes).json();
    assert_eq!(shown["fingerprint"], FINGERPRINT);
    assert_eq!(
        (&shown["kind"], &shown["encoding"]),
        (&kind.into(), &encoding.into())
    );
}

fn utf16(text: &str, mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(unit);
    mark.iter().copied().chain(units).collect()
}

#[test]
fn openssh_keys_open() {
    for cipher in [
        "",
        ".aes256-ctr",
        ".aes256-cbc",
        ".aes256-gcm",
        ".chacha20-poly1305",
    ] {
        let file = read_fixture(&format!("keys/recovery.openssh{cipher}.pem"));
        opens(&file, "private", "PEM, OpenSSH");
        if !cipher.is_empty() {
            show_with(&file, "secret").refused(3, "wrong_key_passphrase", &["every character"]);
        }
    }
}

#[test]
fn an_openssh_key_opens_a_kit() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let derived = |name: &str| {
        let key = fixture(name);
        let passphrase = bench.put("passphrase", KEY_PASSPHRASE);
        let args = [
            "derive",
            &kit,
            "--key",
            key.to_str().unwrap(),
            "--key-passphrase-file",
            &passphrase,
            WALLET,
        ];
        lifeboat(&args).done().to_owned()
    };
    let expected = derived("keys/recovery.pkcs8.pem");
    for name in [
        "openssh.pem",
        "openssh.aes256-ctr.pem",
        "pkcs1.der",
        "jwk.json",
        "rsakeyvalue.xml",
    ] {
        assert_eq!(
            derived(&format!("keys/recovery.{name}")),
            expected,
            "{name}"
        );
    }
}

#[test]
fn an_openssh_key_whose_public_part_was_changed_is_refused() {
    let text = text_of("recovery.openssh.pem");
    let mut bytes = pem::parse(&text).unwrap().into_contents();
    let at = 100;
    bytes[at] ^= 1;
    let changed = pem::encode(&pem::Pem::new("OPENSSH PRIVATE KEY", bytes));
    show(changed).refused(2, "key_damaged", &["another copy"]);
}

#[test]
fn the_content_of_a_block_counts_and_not_its_label() {
    let (pkcs8, pkcs1) = (text_of("recovery.pkcs8.pem"), text_of("recovery.pkcs1.pem"));
    let locked = text_of("recovery.pkcs8.pbkdf2.pem");
    opens(
        pkcs8.replace("PRIVATE", "RSA PRIVATE"),
        "private",
        "PEM, PKCS#8",
    );
    opens(
        pkcs8.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        "private",
        "PEM, PKCS#8",
    );
    opens(
        pkcs1.replace("RSA PRIVATE", "PRIVATE"),
        "private",
        "PEM, PKCS#1",
    );
    opens(
        locked.replace("ENCRYPTED ", ""),
        "private",
        "PEM, encrypted PKCS#8",
    );
    opens(
        locked.replace("ENCRYPTED", "RSA"),
        "private",
        "PEM, encrypted PKCS#8",
    );
    let (spki, public) = (
        text_of("recovery.public.pem"),
        text_of("recovery.public.pkcs1.pem"),
    );
    opens(spki.replace("PUBLIC", "RSA PUBLIC"), "public", "PEM, SPKI");
    opens(
        public.replace("RSA PUBLIC", "PUBLIC"),
        "public",
        "PEM, PKCS#1",
    );
}

#[test]
fn der_opens() {
    opens(
        read_fixture("keys/recovery.pkcs8.der"),
        "private",
        "DER, PKCS#8",
    );
    opens(
        read_fixture("keys/recovery.pkcs1.der"),
        "private",
        "DER, PKCS#1",
    );
    let of = |name: &str| pem::parse(text_of(name)).unwrap().into_contents();
    opens(
        of("recovery.pkcs8.pbkdf2.pem"),
        "private",
        "DER, encrypted PKCS#8",
    );
    opens(of("recovery.public.pem"), "public", "DER, SPKI");
    opens(
        of("recovery.public.certificate.pem"),
        "public",
        "DER, certificate (X.509)",
    );
    // A copy that added a line end.
    let der = [read_fixture("keys/recovery.pkcs8.der"), b"\r\n".to_vec()].concat();
    opens(der, "private", "DER, PKCS#8");
    let cut = read_fixture("keys/recovery.pkcs8.der");
    show(&cut[..cut.len() - 1]).refused(2, "key_damaged", &["cut off"]);
}

#[test]
fn text_with_two_or_four_bytes_a_character_opens() {
    let text = text_of("recovery.pkcs8.pem");
    let windows = text.replace('\n', "\r\n");
    for file in [
        utf16(&windows, b"\xff\xfe", u16::to_le_bytes),
        utf16(&text, b"", u16::to_le_bytes),
        utf16(&text, b"\xfe\xff", u16::to_be_bytes),
        utf16(&text, b"", u16::to_be_bytes),
    ] {
        opens(file, "private", "UTF-16, PEM, PKCS#8");
    }
    let wide: Vec<u8> = text
        .chars()
        .flat_map(|letter| u32::from(letter).to_le_bytes())
        .collect();
    opens(wide, "private", "UTF-32, PEM, PKCS#8");
    opens(format!("\u{feff}{text}"), "private", "PEM, PKCS#8");
}

#[test]
fn literal_line_ends_of_env_files_and_program_code_open() {
    let text = text_of("recovery.pkcs8.pem");
    let inside = "literal `\\n`, PEM, PKCS#8";
    let literal = text.trim_end().replace('\n', "\\n");
    opens(&literal, "private", inside);
    opens(
        format!("NAME=x\nRECOVERY_KEY=\"{literal}\\n\"\nOTHER=1\n"),
        "private",
        inside,
    );
    opens(text.replace('\n', "\\r\\n"), "private", inside);
    opens(text.replace('\n', "\\\\n"), "private", inside);
    opens(
        format!("'{}'", text.trim_end().replace('\n', "\\n' +\n  '")),
        "private",
        inside,
    );
    let locked = text_of("recovery.pkcs1.encrypted.pem").replace('\n', "\\n");
    opens(locked, "private", "literal `\\n`, PEM, encrypted PKCS#1");
}

#[test]
fn keys_in_json_open() {
    let text = text_of("recovery.pkcs8.pem");
    let base64 = Base64::encode_string(text.as_bytes());
    let jwk: Value = serde_json::from_str(&text_of("recovery.jwk.json")).unwrap();
    let found = "JSON, PEM, PKCS#8";
    for (json, encoding) in [
        (json!(text), found),
        (
            json!({"data": {"data": {"key": text}, "metadata": {"version": 3}}}),
            found,
        ),
        (
            json!({"ARN": "a", "SecretString": json!({"key": text}).to_string()}),
            "JSON, JSON, PEM, PKCS#8",
        ),
        (json!({"SecretBinary": base64}), "JSON, base64, PEM, PKCS#8"),
        (jwk.clone(), "JWK"),
        (json!({"keys": [jwk]}), "JWK"),
        (json!({"key": jwk, "attributes": {}}), "JWK"),
    ] {
        opens(json.to_string(), "private", encoding);
    }
    let public = json!({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]});
    opens(public.to_string(), "public", "JWK");
    // Which of two equal names counts is anybody's guess.
    let twice = text_of("recovery.jwk.json").replacen('{', "{\"d\": \"AQAB\",", 1);
    show(twice).refused(2, "key_damaged", &[]);
}

#[test]
fn base64_and_hexadecimal_digits_open() {
    let text = text_of("recovery.pkcs8.pem");
    let der = read_fixture("keys/recovery.pkcs8.der");
    let base64 = Base64::encode_string(text.as_bytes());
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    opens(&base64, "private", "base64, PEM, PKCS#8");
    opens(lines.join("\n"), "private", "base64, PEM, PKCS#8");
    opens(
        format!("apiVersion: v1\ndata:\n  tls.key: {base64}\nkind: Secret\n"),
        "private",
        "base64, PEM, PKCS#8",
    );
    opens(
        Base64::encode_string(&der),
        "private",
        "base64, DER, PKCS#8",
    );
    opens(
        Base64::encode_string(&utf16(&text, b"\xff\xfe", u16::to_le_bytes)),
        "private",
        "base64, UTF-16, PEM, PKCS#8",
    );
    opens(hex::encode(&der), "private", "hexadecimal, DER, PKCS#8");
    opens(
        hex::encode_upper(&text),
        "private",
        "hexadecimal, PEM, PKCS#8",
    );
    let pairs: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
    opens(pairs.join(":"), "private", "hexadecimal, DER, PKCS#8");
}

#[test]
fn what_mail_editors_and_web_pages_do_to_a_block_is_undone() {
    let text = text_of("recovery.pkcs8.pem");
    let dashes = text.replace("-----", "—–");
    let windows: Vec<u8> = dashes
        .chars()
        .map(|letter| match letter {
            '—' => 0x97,
            '–' => 0x96,
            letter => u8::try_from(letter).unwrap(),
        })
        .collect();
    let unended = text.split("-----END").next().unwrap();
    let files: Vec<Vec<u8>> = [
        dashes.clone(),
        text.replace("-----", "-"),
        text.replace("-----", "------"),
        text.replace("-----", ""),
        unended.to_owned(),
        format!("{unended}\n\nBest regards\nBob\n"),
        format!("Dear all,\n\n> {}\nbye", text.replace('\n', "\n> ")),
        format!("key: |\n  {}", text.replace('\n', "\n  ")),
        text.replace('\n', " "),
        text.replace('\n', "\u{a0}\n\u{a0}"),
        text.replace('\n', "\u{200b}\n"),
        text.replace('=', "=3D"),
        format!(
            "<html><pre>{}</pre></html>",
            text.replace('\n', "<br>").replace('+', "&#43;")
        ),
    ]
    .map(String::into_bytes)
    .into();
    for file in files.iter().chain([&windows]) {
        opens(file, "private", "PEM, PKCS#8");
    }
    let percent = |letter: char| match letter {
        '\n' => "%0A".to_owned(),
        ' ' => "%20".to_owned(),
        '+' => "%2B".to_owned(),
        '/' => "%2F".to_owned(),
        letter => letter.to_string(),
    };
    opens(
        text.chars().map(percent).collect::<String>(),
        "private",
        "percent-encoding, PEM, PKCS#8",
    );
}

#[test]
fn public_keys_in_other_encodings_open() {
    let line = text_of("recovery.public.openssh.pub");
    opens(&line, "public", "OpenSSH");
    opens(
        format!("# of the endpoint\nfrom=\"10.0.0.1\",no-pty {line}"),
        "public",
        "OpenSSH",
    );
    opens(
        text_of("recovery.public.ssh2.pem"),
        "public",
        "PEM, OpenSSH",
    );
    opens(
        text_of("recovery.public.certificate.pem"),
        "public",
        "PEM, certificate (X.509)",
    );
    opens(
        text_of("recovery.public.request.pem"),
        "public",
        "PEM, certificate request (PKCS#10)",
    );
    let der = pem::parse(text_of("recovery.public.pem"))
        .unwrap()
        .into_contents();
    opens(
        json!({"KeyId": "a", "PublicKey": Base64::encode_string(&der)}).to_string(),
        "public",
        "JSON, base64, DER, SPKI",
    );
}

#[test]
fn a_recipient_may_be_an_openssh_line() {
    let bench = Folder::with_out();
    let to = fixture("keys/recovery.public.openssh.pub");
    let said = bench.derive_list(WALLET, &["--seal-to", to.to_str().unwrap()]);
    assert_eq!(said.json()["sealed"], true);
    let key = fixture("keys/recovery.openssh.pem");
    let opened = lifeboat(&[
        "unseal",
        &bench.text("out/shares"),
        "--key",
        key.to_str().unwrap(),
    ]);
    assert!(opened.done().contains(WALLET));
}

#[test]
fn the_same_key_twice_is_one_and_two_keys_are_refused() {
    let (key, public) = (
        text_of("recovery.pkcs8.pem"),
        text_of("recovery.public.pem"),
    );
    let certificate = text_of("recovery.public.certificate.pem");
    opens(
        format!("{key}{}", text_of("recovery.pkcs1.pem")),
        "private",
        "PEM, PKCS#8",
    );
    opens(
        format!("{certificate}{public}{key}"),
        "private",
        "PEM, PKCS#8",
    );
    opens(
        format!("{certificate}{public}"),
        "public",
        "PEM, certificate (X.509)",
    );
    let words = ["a file of its own"];
    show(format!("{key}{}", text_of("other.pkcs8.pem"))).refused(2, "several_keys", &words);
    show(format!("{public}{}", text_of("other.public.pem"))).refused(2, "several_keys", &words);
    let answer = json!({"keys": {"1": key, "2": text_of("other.pkcs8.pem")}});
    show(answer.to_string()).refused(2, "several_keys", &words);
    let bench = Folder::with_out();
    let with = |to: String| {
        let to = bench.put("to", to);
        bench.derive_list(WALLET, &["--seal-to", &to])
    };
    with(format!("{public}{key}")).refused(2, "private_key_given", &["to`"]);
    let certificates = [certificate.clone(), text_of("other.public.certificate.pem")].concat();
    with(certificates.clone()).refused(2, "several_keys", &["to`"]);
    bench.is_clean();
    // A certificate beside a key is that of an issuer: the key is sealed to, not the certificate's.
    let issuer = text_of("other.public.certificate.pem");
    let said = with(format!("{issuer}{public}"));
    let sealed_to = said.json()["sealedTo"].clone();
    assert_eq!(sealed_to.as_array().unwrap().len(), 1);
    let own = show(public.clone()).json()["fingerprint"].clone();
    assert_eq!(sealed_to[0]["fingerprint"], own);
    // In another encoding it would be left out.
    let line = text_of("recovery.public.openssh.pub");
    with(format!("{issuer}{line}")).refused(2, "several_keys", &["to`"]);
}

#[test]
fn other_files_are_named_with_the_command_that_helps() {
    let fixture = |name: &str| read_fixture(&format!("keys/refused.{name}"));
    let armor = |label: &str| {
        format!("-----BEGIN {label}-----\n\nhQEMA\n-----END {label}-----\n").into_bytes()
    };
    let zip = Forge::wallets().zip();
    let cases: [(Vec<u8>, [&str; 2]); 15] = [
        (
            fixture("pkcs12.p12"),
            ["PKCS#12", "openssl pkcs12 -in FILE -nocerts"],
        ),
        (
            Base64::encode_string(&fixture("pkcs12.p12")).into_bytes(),
            ["in base64", "base64 -d"],
        ),
        (
            fixture("java.jks"),
            ["Java key store", "keytool -importkeystore"],
        ),
        (
            fixture("putty.ppk"),
            ["PuTTY", "puttygen FILE -O private-openssh"],
        ),
        (fixture("microsoft.pvk"), ["PVK", "openssl rsa -inform PVK"]),
        (
            armor("PGP MESSAGE"),
            ["encrypted with OpenPGP", "--decrypt"],
        ),
        (
            armor("PGP PRIVATE KEY BLOCK"),
            ["OpenPGP (GPG) key", "no OpenPGP keys"],
        ),
        (
            armor("AGE ENCRYPTED FILE"),
            ["encrypted with age", "age --decrypt"],
        ),
        (
            b"age-encryption.org/v1\n-> X25519 x\n".to_vec(),
            ["encrypted with age", "age --decrypt"],
        ),
        (b"Salted__\x01\x02\x03".to_vec(), ["openssl enc", "-d"]),
        (
            b"$ANSIBLE_VAULT;1.1;AES256\n3132".to_vec(),
            ["Ansible Vault", "ansible-vault decrypt"],
        ),
        (b"\x1f\x8b\x08\0\0".to_vec(), ["gzip", "gunzip --stdout"]),
        (zip, ["recovery kit", "after `--key`"]),
        (b"%PDF-1.4\n".to_vec(), ["PDF", "as text"]),
        (vec![0; 1000], ["binary data", "-----BEGIN"]),
    ];
    for (file, words) in cases {
        show(file).refused(2, "key_other_format", &words);
    }
}

#[test]
fn a_key_of_another_kind_is_named() {
    let fixture = |name: &str| read_fixture(&format!("keys/refused.{name}"));
    let ec = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}).to_string();
    for (file, word) in [
        (fixture("ed25519.openssh.pem"), "an Ed25519 key"),
        (fixture("ed25519.public.pub"), "an Ed25519 key"),
        (fixture("ec.pkcs8.pem"), "an elliptic-curve key"),
        (fixture("ec.sec1.pem"), "an elliptic-curve key"),
        (ec.into_bytes(), "JWK, EC"),
    ] {
        show(file).refused(2, "not_rsa", &[word, "no RSA key"]);
    }
}

#[test]
fn a_public_key_over_the_bounds_is_told_its_size() {
    // SEQUENCE { INTEGER of 16,384 bits, INTEGER 65537 }, by hand.
    let mut der = vec![0x30, 0x82, 0x08, 0x0a, 0x02, 0x82, 0x08, 0x01, 0x00];
    der.extend([0xff; 2048]);
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let length = u16::try_from(der.len() - 4).unwrap().to_be_bytes();
    der[2..4].copy_from_slice(&length);
    show(der).refused(2, "key_size", &["16384 bits"]);
}

#[test]
fn the_same_key_hundreds_of_times_is_looked_at_once() {
    // Looking at the numbers of a key takes tables of primes: what is allocated tells how often it was done.
    for (name, most_per_copy) in [
        ("recovery.public.pem", 30_000),
        ("recovery.public.pkcs1.pem", 30_000),
        ("recovery.public.certificate.pem", 60_000),
    ] {
        let pem = read_fixture(&format!("keys/{name}"));
        let many = pem.repeat(140);
        let read = |bytes: &[u8]| {
            allocation_counter::measure(|| {
                read_public_key(bytes).unwrap();
            })
        };
        let recipients = |bytes: &[u8]| {
            allocation_counter::measure(|| {
                assert_eq!(read_public_keys(bytes).unwrap().len(), 1);
            })
        };
        let more = read(&many).bytes_total - read(&pem).bytes_total;
        assert!(more / 139 < most_per_copy, "{name}: {} a copy", more / 139);
        let more = recipients(&many).bytes_total - recipients(&pem).bytes_total;
        assert!(more / 139 < most_per_copy, "{name}: {} a copy", more / 139);
    }
    let pem = read_fixture("keys/recovery.pkcs8.pem");
    let read = |bytes: &[u8]| {
        allocation_counter::measure(|| {
            assert!(matches!(
                read_private_key(bytes).unwrap(),
                PrivateKeyFile::Open(_)
            ));
        })
    };
    let more = read(&pem.repeat(60)).bytes_total - read(&pem).bytes_total;
    assert!(more / 59 < 60_000, "{} a copy", more / 59);
}

/// Labels as people and programs misspell them, and the alphabet for URLs.
#[test]
fn a_block_opens_whatever_its_letters_were_made() {
    let (key, public) = (
        text_of("recovery.pkcs8.pem"),
        text_of("recovery.public.pem"),
    );
    let for_urls = |text: &str| {
        let lines = text.lines().map(|line| match line.starts_with('-') {
            true => line.to_owned(),
            false => line.replace('+', "-").replace('/', "_"),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(key.contains('+') && for_urls(&key).contains('_'));
    let cut = |text: &str| {
        text.lines()
            .take_while(|line| !line.contains("END "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    for changed in [
        for_urls(&key),
        cut(&for_urls(&key)),
        key.replace("PRIVATE KEY", "PRIVATE_KEY"),
        key.replace("PRIVATE KEY", "RSA-PRIVATE-KEY"),
        key.replace("BEGIN PRIVATE KEY", "Begin Private Key")
            .replace("END PRIVATE KEY", "End Private Key"),
        key.replace("BEGIN PRIVATE KEY", "begin private key")
            .replace("END PRIVATE KEY", "end private key"),
        key.replace("PRIVATE KEY", "PRIVAT KEY"),
    ] {
        opens(changed, "private", "PEM, PKCS#8");
    }
    for changed in [
        for_urls(&public),
        public
            .replace("PUBLIC KEY", "public key")
            .replace("BEGIN", "begin")
            .replace("END", "end"),
    ] {
        opens(changed, "public", "PEM, SPKI");
    }
    let digits = Base64::encode_string(key.as_bytes());
    let twice = format!("-----BEGIN PRIVATE KEY-----\n{digits}\n-----END PRIVATE KEY-----\n");
    opens(twice, "private", "PEM, PEM, PKCS#8");
}

/// Blocks of other programs are no damaged RSA keys.
#[test]
fn a_block_of_another_kind_is_named_and_not_called_damaged() {
    let block = |label: &str, content: &[u8]| pem::encode(&pem::Pem::new(label, content));
    for label in [
        "NEBULA X25519 PRIVATE KEY",
        "ENCRYPTED COSIGN PRIVATE KEY",
        "SSH2 ENCRYPTED PRIVATE KEY",
        "WIREGUARD PRIVATE KEY",
    ] {
        show(block(label, b"some other content of 32 bytes..")).refused(2, "not_a_key", &[label]);
    }
    show(block("AGE ENCRYPTED MESSAGE", b"age-encryption.org/v1\n")).refused(
        2,
        "key_other_format",
        &["age"],
    );
    show("# created: today\nAGE-SECRET-KEY-1QQQQQQQQQQ\n").refused(2, "not_rsa", &["a key of age"]);
    // What is damaged is called so.
    show(block("PRIVATE KEY", b"some other content of 32 bytes..")).refused(
        2,
        "key_damaged",
        &["another copy"],
    );
}

#[test]
fn a_certificate_beside_a_private_key_is_told() {
    let (key, certificate) = (
        text_of("recovery.pkcs8.pem"),
        text_of("recovery.public.certificate.pem"),
    );
    let words = "only the private key is used";
    assert!(!show(&key).stderr.contains(words));
    for file in [format!("{certificate}{key}"), format!("{key}{certificate}")] {
        let said = show(file);
        said.json();
        assert!(
            said.stderr.contains("also holds 1 certificate: "),
            "{}",
            said.stderr
        );
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}
