//! One of the files of a recovery, named where another belongs: the error says which it is, and what it is for.

use crate::support::{Folder, fixture, lifeboat};

const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const DEVICE: &str = "7cc9b276-3c65-47f9-b35a-992766d3cafd";

/// The files of the demo by the names that the command lines below call them.
struct Files(Folder);

impl Files {
    /// Makes those that commands make.
    fn make() -> Self {
        let files = Self(Folder::with_out());
        files.0.put("passphrase", "a passphrase of the tests");
        files.0.put("text", "a message");
        let derive =
            "derive KIT --key KEY --key-passphrase-file KEYPASS --wallets LIST --algorithm both";
        files.run(&format!("{derive} --out shares")).done();
        files
            .run(&format!("{derive} --seal-to ENDPOINT-PUBLIC --out sealed"))
            .done();
        files
            .run(
                "share recover BACKUP --device-id DEVICE --passphrase-dir PASSPHRASES --out device",
            )
            .done();
        files
            .run("takeover --server-shares shares --wallet WALLET --device-share device --passphrase-file passphrase --out locked")
            .done();
        files
            .run("takeover --server-shares shares --wallet WALLET --device-share device --unencrypted --out full")
            .done();
        files
            .run(
                "share backup device --passphrase-id WALLET --passphrase-file passphrase --out own",
            )
            .done();
        files
    }

    fn run(&self, line: &str) -> crate::support::Run {
        let demo = |name: &str| fixture("demo").join(name).display().to_string();
        let word = |word: &str| match word {
            "KIT" => demo("kit.zip"),
            "KEY" => demo("recovery-private.pem"),
            "KEYPASS" => demo("key-passphrase.txt"),
            "LIST" => demo("wallets.txt"),
            "ENDPOINT" => demo("endpoint-private.pem"),
            "CLIENT" => demo("portal/client.txt"),
            "CUSTODIAN" => demo("portal/custodian-secp256k1.json"),
            "ENDPOINT-PUBLIC" => demo("endpoint-public.pem"),
            "BACKUP" => demo("device-backups/device-1.json"),
            "PASSPHRASES" => demo("passphrases"),
            "WALLET" => WALLET.to_owned(),
            "DEVICE" => DEVICE.to_owned(),
            "shares" | "sealed" | "device" | "locked" | "full" | "own" | "passphrase" | "text" => {
                self.0.text(word)
            }
            "new" => self.0.text("out/new"),
            other => other.to_owned(),
        };
        let mut words: Vec<String> = line.split(' ').map(word).collect();
        words.push("--json".to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        lifeboat(&words)
    }
}

#[test]
fn the_error_says_which_file_it_is_and_what_it_is_for() {
    let files = Files::make();
    let cases = [
        (
            "export shares --chain btc",
            "other_content",
            ["Key Share #1", "lifeboat takeover"],
        ),
        (
            "export device --chain btc",
            "other_content",
            ["a device share", "lifeboat takeover"],
        ),
        (
            "export BACKUP --chain btc",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "export own --chain btc",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "derive KIT --key KEY --key-passphrase-file KEYPASS --wallets own --out new",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "takeover --server-shares shares --device-share own --wallet WALLET --unencrypted --out new",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "export sealed --chain btc",
            "other_content",
            ["a sealed file", "lifeboat unseal"],
        ),
        (
            "export LIST --chain btc",
            "other_content",
            ["a list of wallet ids", "--wallets"],
        ),
        (
            "export KEY --chain btc",
            "other_content",
            ["a PEM file", "--key"],
        ),
        (
            "sign text locked --chain eth --text-message",
            "bad_value",
            ["no extended key", "swapped"],
        ),
        (
            "sign text full --chain eth --text-message",
            "bad_value",
            ["no extended key", "swapped"],
        ),
        (
            "takeover --server-shares device --device-share shares --wallet WALLET --unencrypted --out new",
            "other_content",
            ["a device share", "swapped"],
        ),
        (
            "takeover --server-shares shares --device-share BACKUP --wallet WALLET --unencrypted --out new",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "takeover --server-shares locked --device-share device --wallet WALLET --unencrypted --out new",
            "other_content",
            ["private keys under a passphrase", "lifeboat export"],
        ),
        (
            "takeover --server-shares shares --device-share full --wallet WALLET --unencrypted --out new",
            "other_content",
            ["full keys", "lifeboat export"],
        ),
        (
            "share recover device --device-id DEVICE --passphrase-dir PASSPHRASES --out new",
            "other_content",
            ["a device share", "recovered already"],
        ),
        (
            "share backup BACKUP --passphrase-id WALLET --passphrase-file passphrase --out new",
            "other_content",
            ["a device backup", "lifeboat share recover"],
        ),
        (
            "unseal shares --key ENDPOINT --wallet WALLET --out new",
            "not_sealed",
            ["Key Share #1", "no opening"],
        ),
        (
            "unseal ENDPOINT --key sealed --wallet WALLET --out new",
            "not_sealed",
            ["a PEM file", "--key"],
        ),
        (
            "unseal locked --key ENDPOINT --wallet WALLET --out new",
            "not_sealed",
            ["under a passphrase", "lifeboat export"],
        ),
        (
            "seal device --seal-to ENDPOINT-PUBLIC --out new",
            "other_content",
            ["a device share", "Key Share #1"],
        ),
        (
            "merge LIST shares --wallets LIST --out new",
            "other_content",
            ["a list of wallet ids", "--wallets"],
        ),
        (
            "check locked KIT --key KEY --key-passphrase-file KEYPASS --wallets LIST",
            "other_content",
            ["private keys under a passphrase", "lifeboat export"],
        ),
        (
            "derive KIT --key LIST --wallets LIST --out new",
            "not_a_key",
            ["not a key, but a list of wallet ids", "-----BEGIN"],
        ),
        (
            "derive KIT --key BACKUP --wallets LIST --out new",
            "key_other_format",
            ["not a key, but a device backup", "-----BEGIN"],
        ),
        (
            "seal shares --seal-to sealed --out new",
            "several_keys",
            ["not a key, but a sealed file", "-----BEGIN"],
        ),
        (
            "portal inspect LIST",
            "not_a_share",
            ["a list of wallet ids", "client share"],
        ),
        (
            "portal decrypt CLIENT --key-file CUSTODIAN --out new",
            "bad_cloud_key",
            ["a share of a Portal wallet", "portal cloud-name"],
        ),
        (
            "portal inspect sealed",
            "not_a_share",
            ["a sealed file", "lifeboat portal open"],
        ),
        (
            "derive KIT --key KEY --key-passphrase-file KEYPASS --wallets shares --out new",
            "other_content",
            ["Key Share #1", "wallet ids"],
        ),
        (
            "derive KIT --key KEY --key-passphrase-file KEYPASS LIST --out new",
            "bad_wallet_ids",
            ["argument 1", "--wallets"],
        ),
    ];
    for (line, code, words) in cases {
        files.run(line).refused(2, code, &words);
        files.0.is_clean();
    }
}

/// What is damaged is called damaged, not another file.
#[test]
fn a_damaged_file_of_the_right_kind_keeps_its_own_error() {
    let files = Files::make();
    let takeover = "takeover --server-shares shares --device-share device --wallet WALLET --unencrypted --out new";
    for (name, from, to, line, code) in [
        (
            "full",
            "\"xprv",
            "\"xprw",
            "export full --chain btc",
            "bad_value",
        ),
        (
            "device",
            "\"algorithm\"",
            "\"algorithms\"",
            takeover,
            "missing_field",
        ),
    ] {
        let text = std::fs::read_to_string(files.0.path(name)).unwrap();
        assert!(text.contains(from), "{name}");
        std::fs::write(files.0.path(name), text.replace(from, to)).unwrap();
        files.run(line).refused(2, code, &[]);
    }
}
