//! Examples of every command. Help and man pages show them, and a test runs them, in this order, in a copy of the demo
//! (`fixtures/demo`): each works as it is printed.

/// One command line of a page.
pub(crate) struct Example {
    /// The command whose page has it, such as `kit verify`; empty for the whole program's.
    page: &'static str,
    /// What it does, in a few words.
    what: &'static str,
    line: &'static str,
}

const fn example(page: &'static str, what: &'static str, line: &'static str) -> Example {
    Example { page, what, line }
}

/// Where the files are that the examples name.
pub(crate) const WHERE: &str = "with the files of the demo, `cd fixtures/demo`";

/// Longest line of an example.
const WIDTH: usize = 78;

const EXAMPLES: &[Example] = &[
    example(
        "",
        "what a kit contains, and whether it opens",
        "lifeboat kit verify kit.zip --key recovery-private.pem",
    ),
    example(
        "",
        "the main job: Key Share #1 of every wallet of a list",
        "lifeboat derive kit.zip --key recovery-private.pem --wallets wallets.txt --algorithm both --out shares.json",
    ),
    example(
        "guide",
        "asks what there is, and leads through the recovery",
        "lifeboat guide",
    ),
    example(
        "guide",
        "looks at the files of a folder first, and says what each of them is",
        "lifeboat guide . --work my-recovery",
    ),
    example(
        "keygen",
        "my-key-private.pem under a passphrase that you choose, and my-key-public.pem",
        "lifeboat keygen --out my-key",
    ),
    example(
        "key",
        "the fingerprint and the short phrase that the console shows",
        "lifeboat key show recovery-public.pem",
    ),
    example(
        "key show",
        "the fingerprint and the short phrase that the console shows",
        "lifeboat key show recovery-public.pem",
    ),
    example(
        "key show",
        "the same of a private key: also tells whether you know its passphrase",
        "lifeboat key show recovery-private.pem",
    ),
    example(
        "keygen",
        "five people share the passphrase, any three of them open the key",
        "lifeboat keygen --split 3/5 --out shared",
    ),
    example(
        "key check",
        "a stored copy of a key, before it is needed",
        "lifeboat key check recovery-private.pem --public-key recovery-public.pem",
    ),
    example(
        "key join",
        "proves that three sheets open the key; without files it asks for their words",
        "lifeboat key join shared-sheets/sheet-[245]-of-5.html --key shared-private.pem",
    ),
    example(
        "kit",
        "what a kit contains, without any key",
        "lifeboat kit inspect kit.zip",
    ),
    example(
        "kit inspect",
        "what a kit contains, without any key",
        "lifeboat kit inspect kit.zip",
    ),
    example(
        "kit verify",
        "does it open, and do the keys in it match?",
        "lifeboat kit verify kit.zip --key recovery-private.pem",
    ),
    example(
        "kit verify",
        "every quarter: the owner's share as well, and a dated report to file",
        "lifeboat kit verify kit.zip --key recovery-private.pem --owner-passphrase-file owner-passphrase.txt --report evidence.json",
    ),
    example(
        "kit create",
        "a kit of an invented workspace, a list of three wallets, and the secrets of both",
        "lifeboat kit create --generate --wallets 3 --public-key recovery-public.pem --out invented.zip --spec-out invented.json",
    ),
    example(
        "kit create",
        "another kit of the same workspace, for another key",
        "lifeboat kit create invented.json --public-key endpoint-public.pem --out other.zip",
    ),
    example(
        "derive",
        "every share encrypted to the endpoint's key: none is stored unencrypted",
        "lifeboat derive kit.zip --key recovery-private.pem --wallets wallets.txt --algorithm both --seal-to endpoint-public.pem --out shares.sealed",
    ),
    example(
        "derive",
        "unencrypted, in the form that the published tools write",
        "lifeboat derive kit.zip --key recovery-private.pem --wallets wallets.txt --algorithm both --out shares.json",
    ),
    example(
        "unseal",
        "one wallet's shares, shown",
        "lifeboat unseal shares.sealed --key endpoint-private.pem --wallet bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11 --reveal",
    ),
    example(
        "unseal",
        "all of them, to a new file",
        "lifeboat unseal shares.sealed --key endpoint-private.pem --out opened.json",
    ),
    example(
        "seal",
        "encrypt what was derived unencrypted",
        "lifeboat seal shares.json --seal-to endpoint-public.pem --out later.sealed",
    ),
    example(
        "merge",
        "one machine derives the first part of the list",
        "lifeboat derive kit.zip --key recovery-private.pem --wallets wallets.txt --shard 1/2 --format ndjson --out part1.ndjson",
    ),
    example(
        "merge",
        "another machine derives the second",
        "lifeboat derive kit.zip --key recovery-private.pem --wallets wallets.txt --shard 2/2 --format ndjson --out part2.ndjson",
    ),
    example(
        "merge",
        "both parts in one file, when no wallet is missing",
        "lifeboat merge part1.ndjson part2.ndjson --wallets wallets.txt --out merged.ndjson",
    ),
    example(
        "check",
        "is every wallet of the list there, with the right shares? sealed files, too",
        "lifeboat check shares.sealed kit.zip --key recovery-private.pem --wallets wallets.txt",
    ),
    example(
        "check",
        "a random sample of a long result",
        "lifeboat check shares.json kit.zip --key recovery-private.pem --sample 1000",
    ),
    example(
        "rewrap",
        "for another recipient, without decrypting a single share",
        "lifeboat rewrap shares.sealed --key endpoint-private.pem --seal-to recovery-public.pem --out moved.sealed",
    ),
    example(
        "workspace",
        "the public keys, proved",
        "lifeboat workspace kit.zip --key recovery-private.pem --owner-passphrase-file owner-passphrase.txt",
    ),
    example(
        "workspace",
        "the private keys, locked under a passphrase that you choose",
        "lifeboat workspace kit.zip --key recovery-private.pem --owner-passphrase-file owner-passphrase.txt --out workspace.locked",
    ),
    example(
        "share",
        "open one device backup; the passphrase is in the folder, under its passphraseId",
        "lifeboat share recover device-backups/device-1.json --device-id 7cc9b276-3c65-47f9-b35a-992766d3cafd --passphrase-dir passphrases --out device.json",
    ),
    example(
        "share recover",
        "open one device backup; the passphrase is in the folder, under its passphraseId",
        "lifeboat share recover device-backups/device-1.json --device-id 7cc9b276-3c65-47f9-b35a-992766d3cafd --passphrase-dir passphrases --out device.json",
    ),
    example(
        "share recover",
        "the backups of all devices in a list",
        "lifeboat share recover device-backups --devices devices.csv --passphrase-dir passphrases --out device-shares",
    ),
    example(
        "share backup",
        "under a passphrase that you choose",
        "lifeboat share backup device.json --passphrase-id my-phone --out backup.json",
    ),
    example(
        "share generate-passphrase",
        "a strong passphrase in a new file; its passphraseId is shown",
        "lifeboat share generate-passphrase --out passphrase.txt",
    ),
    example(
        "confirm-eddsa",
        "whether EdDSA shares are derived as the provider did, by a wallet's public key",
        "lifeboat confirm-eddsa kit.zip --key recovery-private.pem --wallet bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11 --device-share device.json",
    ),
    example(
        "takeover",
        "one wallet's full keys, locked under a passphrase that you choose",
        "lifeboat takeover --server-shares shares.json --wallet bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11 --device-share device.json --out full.locked",
    ),
    example(
        "takeover",
        "every wallet of a list, from sealed server shares",
        "lifeboat takeover --server-shares shares.sealed --key endpoint-private.pem --wallets devices.csv --device-shares device-shares --out all.locked",
    ),
    example(
        "export",
        "five addresses on each of three chains",
        "lifeboat export full.locked --chain btc,eth,sol --index 0..4",
    ),
    example(
        "export",
        "is this address the wallet's?",
        "lifeboat export full.locked --chain eth --expect 0x9008730eba6e4046AB01dF4D2D308C97b589de07",
    ),
    example(
        "export",
        "a private key as Electrum and Bitcoin Core take it, unencrypted, in a new file",
        "lifeboat export full.locked --chain btc --private-keys --out btc-keys.txt",
    ),
    example(
        "sign",
        "a text message, from standard input",
        "printf 'this wallet is mine' | lifeboat sign full.locked - --chain eth --text-message",
    ),
    example(
        "portal",
        "the private keys of a client, locked under a passphrase that you choose",
        "lifeboat portal eject --client portal/client.txt --custodian portal/custodian-secp256k1.json portal/custodian-ed25519.json --key-file portal/cloud-key.txt --out keys.locked",
    ),
    example(
        "portal eject",
        "the private keys of a client, locked under a passphrase that you choose",
        "lifeboat portal eject --client portal/client.txt --custodian portal/custodian-secp256k1.json portal/custodian-ed25519.json --key-file portal/cloud-key.txt --out keys.locked",
    ),
    example(
        "portal decrypt",
        "a client backup, with the key from the user's cloud",
        "lifeboat portal decrypt portal/client.txt --key-file portal/cloud-key.txt --out client-share.json",
    ),
    example(
        "portal decrypt",
        "the locked keys that `portal eject` wrote",
        "lifeboat portal decrypt keys.locked --out keys.json",
    ),
    example(
        "portal repair",
        "a key that the provider's offline tool exported; its address tells how it must be",
        "lifeboat portal repair exported-key.txt --public-key DLBm7i2Qy3icPWXZF7KvvuNedL9pKwekFCAje48aMuev --out repaired.txt",
    ),
    example(
        "portal cloud-name",
        "what to look for in Google Drive or iCloud",
        "lifeboat portal cloud-name --custodian demo-custodian --client demo-client",
    ),
    example(
        "portal inspect",
        "which shares are these?",
        "lifeboat portal inspect portal/custodian-secp256k1.json portal/custodian-ed25519.json",
    ),
    example(
        "portal seal",
        "encrypt share files before they are stored",
        "lifeboat portal seal portal/custodian-secp256k1.json portal/custodian-ed25519.json --seal-to endpoint-public.pem --out custodians.sealed",
    ),
    example(
        "portal open",
        "all of them, into a new folder",
        "lifeboat portal open custodians.sealed --key endpoint-private.pem --out custodians",
    ),
    example(
        "drill",
        "a whole recovery, rehearsed on invented secrets",
        "lifeboat drill --wallets 20",
    ),
    example(
        "drill",
        "every quarter: your own kit, proved by a known wallet, with a page to sign",
        "lifeboat drill --kit kit.zip --key recovery-private.pem --owner-passphrase-file owner-passphrase.txt --wallets wallets.txt --known bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11:0x9008730eba6e4046AB01dF4D2D308C97b589de07 --device-share device.json --operator 'Ada Lovelace' --witness 'Grace Hopper' --report drill.json --html drill.html",
    ),
    example(
        "drill",
        "the next quarter: have the same wallets the same shares?",
        "lifeboat drill --kit kit.zip --key recovery-private.pem --wallets wallets.txt --compare drill.json",
    ),
    example(
        "doctor",
        "on the day, before anything secret is on the machine",
        "lifeboat doctor",
    ),
    example(
        "errors",
        "what an error means, and what to do",
        "lifeboat errors wrong_recovery_key",
    ),
    example("man", "read one page", "lifeboat man kit verify"),
    example(
        "man",
        "every page, for `man -l man-pages/lifeboat-derive.1`",
        "lifeboat man --all man-pages",
    ),
    example(
        "completions",
        "try them in this shell, before you install them",
        "lifeboat completions bash > lifeboat.bash && . ./lifeboat.bash",
    ),
];

/// The examples of a page as lines of a shell: a remark, then the command, with `\` at the end of a line that goes on.
pub(crate) fn examples_of(page: &str) -> Vec<String> {
    let examples = EXAMPLES.iter().filter(|example| example.page == page);
    examples
        .flat_map(|example| {
            let remark = format!("# {}", example.what);
            std::iter::once(remark).chain(broken(example.line))
        })
        .collect()
}

/// A command over several lines that a shell reads as one.
fn broken(command: &str) -> Vec<String> {
    const INDENT: &str = "    ";
    const INDENTED_HELP: usize = 2;
    const END: usize = " \\".len();

    let room = WIDTH - INDENTED_HELP - END;
    let mut lines = vec![String::new()];
    for words in words_that_belong_together(command) {
        let last = lines.last_mut().expect("there is one from the start");
        if last.is_empty() {
            last.push_str(&words);
        } else if last.len() + 1 + words.len() <= room {
            last.push(' ');
            last.push_str(&words);
        } else {
            last.push_str(" \\");
            lines.push(format!("{INDENT}{words}"));
        }
    }
    lines
}

/// A flag and its value stay on one line, and so does what is in quotes.
fn words_that_belong_together(command: &str) -> Vec<String> {
    let mut together: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in command.split(' ') {
        let flag = together.last().is_some_and(|last| last.starts_with("--"));
        let is_value = flag && !word.starts_with(['-', '|', '>', '&']);
        match together.last_mut() {
            Some(last) if quoted || (is_value && !last.contains(' ')) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => together.push(word.to_owned()),
        }
        quoted ^= word.matches('\'').count() % 2 == 1;
    }
    together
}
