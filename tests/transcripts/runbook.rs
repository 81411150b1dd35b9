//! Every command that the runbook prints, typed in its order on a terminal, and what a person should see then.

use std::{fs, path::Path, process::Command};

use crate::support::demo::{demo, has, put_exported_key, typed};

/// A command as the runbook prints it.
struct Step {
    command: &'static str,
    /// What its names in capitals stand for.
    names: &'static [(&'static str, &'static str)],
    /// Moves aside what an alternative before it wrote.
    first: &'static str,
    /// What the person must see. With a backtick around it, it is in the runbook word for word; `…` and `N` stand for
    /// anything.
    sees: &'static [&'static str],
}

const WALLET: (&str, &str) = ("WALLET_ID", "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11");
const DEVICE: (&str, &str) = ("DEVICE_ID", "7cc9b276-3c65-47f9-b35a-992766d3cafd");
/// An address of the workspace, by the reference.
const OF_WORKSPACE: (&str, &str) = ("ADDRESS", "0x07dc49D170E17351EFA834a693F957e968B0e622");
const OF_WALLET: (&str, &str) = ("ADDRESS", "0x9008730eba6e4046AB01dF4D2D308C97b589de07");
const OF_INDEX_12: (&str, &str) = ("ADDRESS", "0x5B3Cc0f9e8A3975EC49044F6A3e9C787642E2AC9");
/// The demo's Solana address.
const OF_CLIENT: (&str, &str) = ("ADDRESS", "DLBm7i2Qy3icPWXZF7KvvuNedL9pKwekFCAje48aMuev");

const fn step(command: &'static str, sees: &'static [&'static str]) -> Step {
    Step {
        command,
        names: &[],
        first: "",
        sees,
    }
}

const STEPS: [Step; 33] = [
    step(
        "lifeboat doctor --require-air-gap --require-confinement",
        &["`ready`|`this program computes right`"],
    ),
    Step {
        first: "mkdir demo-keys && mv recovery-*.pem demo-keys",
        ..step(
            "lifeboat keygen --split 3/5",
            &["`print the 5 pages in`", "fingerprint"],
        )
    },
    step(
        "lifeboat key join --key recovery-private.pem",
        &["`3 sheets open this key`"],
    ),
    Step {
        names: &[("COPY_1", "copy1.pem"), ("COPY_2", "copy2.pem")],
        first: "cp recovery-private.pem copy1.pem && cp recovery-private.pem copy2.pem",
        ..step(
            "sha256sum recovery-private.pem COPY_1 COPY_2",
            &["recovery-private.pem", "copy2.pem"],
        )
    },
    Step {
        first: "mv passphrase.txt user-passphrase.txt",
        ..step(
            "lifeboat key join --key recovery-private.pem --out passphrase.txt",
            &["`3 sheets open this key`"],
        )
    },
    Step {
        first: "mkdir made && mv recovery-* made && mv demo-keys/* . && mv user-passphrase.txt passphrase.txt",
        ..step("lifeboat drill", &["`this drill held: 15 steps`"])
    },
    Step {
        names: &[
            WALLET,
            ("WORKSPACE_ADDRESS", OF_WORKSPACE.1),
            OF_WALLET,
            ("NAME --witness WITNESS", "'A. B.' --witness C"),
        ],
        ..step(
            "lifeboat drill --kit kit.zip --key recovery-private.pem --wallets ids.csv --known WALLET_ID:ADDRESS --device-share device-share.json --expect WORKSPACE_ADDRESS --operator NAME --witness WITNESS --target 30 --report drill-2026-q3.json --html drill-2026-q3.html",
            &["`proves seeds and chain codes by its address`"],
        )
    },
    step(
        "lifeboat drill --kit kit.zip --key recovery-private.pem --wallets ids.csv --compare drill-2026-q3.json --report drill-2026-q4.json --html drill-2026-q4.html",
        &["`wallets, as then`", "this drill held"],
    ),
    Step {
        names: &[("/media/STICK", ".")],
        ..step(
            "lifeboat guide /media/STICK",
            &[
                "This guide leads you through a recovery.",
                "Nothing is lost.",
            ],
        )
    },
    step(
        "lifeboat doctor --require-air-gap --require-confinement",
        &["`ready`|`this program computes right`"],
    ),
    step(
        "lifeboat kit verify kit.zip --key recovery-private.pem",
        &["`this kit opens with this key`"],
    ),
    step("lifeboat keygen --out endpoint", &["endpoint-public.pem"]),
    step(
        "lifeboat derive kit.zip --key recovery-private.pem --wallets ids.csv --algorithm both --seal-to endpoint-public.pem --out shares.sealed",
        &[
            "`derived Key Share #1 of … wallets`",
            "SHA-256",
            "recipient SHA256:",
        ],
    ),
    step(
        "lifeboat check shares.sealed kit.zip --key recovery-private.pem --sample 1000 --wallets ids.csv",
        &["`this result is right`"],
    ),
    step(
        "lifeboat derive kit.zip --key recovery-private.pem --wallets ids.csv --algorithm both --shard 1/4 --seal-to endpoint-public.pem --seal-to recovery-public.pem --out part1.sealed",
        &["derived Key Share #1 of 3 wallets"],
    ),
    step(
        "lifeboat check part1.sealed kit.zip --key recovery-private.pem --sample 1000",
        &["`this result is right`"],
    ),
    Step {
        first: "mv shares.sealed derived.sealed",
        ..step(
            "lifeboat merge part1.sealed part2.sealed part3.sealed part4.sealed --wallets ids.csv --key recovery-private.pem --seal-to endpoint-public.pem --out shares.sealed",
            &["12 wallets"],
        )
    },
    Step {
        names: &[WALLET],
        ..step(
            "lifeboat unseal shares.sealed --key endpoint-private.pem --wallet WALLET_ID --out one.json",
            &["`opened 1 record`"],
        )
    },
    Step {
        names: &[WALLET],
        first: "mv one.json first.json",
        ..step(
            "node docs/examples/unseal.mjs shares.sealed endpoint-private.pem WALLET_ID > one.json",
            &[],
        )
    },
    Step {
        names: &[WALLET, DEVICE],
        ..step(
            "lifeboat share recover backup-message.json --device-id DEVICE_ID --passphrase-file passphrase.txt --out WALLET_ID.json",
            &["`recovered 2 keys into …`"],
        )
    },
    step(
        "lifeboat share recover backups/ --devices devices.csv --passphrase-dir passphrases/ --out device-shares",
        &["`recovered N device shares into …`"],
    ),
    step(
        "lifeboat takeover --server-shares shares.sealed --key endpoint-private.pem --wallets wallets.txt --device-shares device-shares --out full.locked",
        &["`took over N wallets: the public keys match`"],
    ),
    Step {
        names: &[OF_WALLET, WALLET],
        first: "mv full.locked all.locked",
        ..step(
            "lifeboat takeover --server-shares shares.sealed --key endpoint-private.pem --wallet WALLET_ID --device-share WALLET_ID.json --expect ADDRESS --out full.locked",
            &["`the public keys match`", "address"],
        )
    },
    Step {
        names: &[OF_INDEX_12],
        ..step(
            "lifeboat export full.locked --chain eth --index 12 --expect ADDRESS",
            &["the address is as expected"],
        )
    },
    Step {
        names: &[OF_WORKSPACE],
        ..step(
            "lifeboat workspace kit.zip --key recovery-private.pem --expect ADDRESS --out workspace.locked",
            &["workspace.locked"],
        )
    },
    step("sha256sum shares.sealed", &["shares.sealed"]),
    Step {
        names: &[OF_WALLET],
        ..step(
            "lifeboat export full.locked --chain eth,btc,sol --expect ADDRESS",
            &["`the address is as expected`"],
        )
    },
    step(
        "lifeboat export full.locked --chain eth,btc --private-keys --out keys.json",
        &["`wrote`"],
    ),
    step(
        "lifeboat portal inspect custodian.json client.json",
        &["`… backup shares, complete`"],
    ),
    step(
        "lifeboat portal eject --client client.json --custodian custodian.json",
        &["sol"],
    ),
    Step {
        names: &[
            ("CUSTODIAN_ID", "demo-custodian"),
            ("CLIENT_ID", "demo-client"),
        ],
        ..step(
            "lifeboat portal cloud-name --custodian CUSTODIAN_ID --client CLIENT_ID",
            &["`_PORTAL_MPC_DO_NOT_DELETE_`"],
        )
    },
    step(
        "lifeboat portal eject --client client-backups/ --custodian custodian-rows/ --key-file cloud-key.txt --out keys.locked",
        &["keys.locked"],
    ),
    Step {
        names: &[OF_CLIENT],
        ..step(
            "lifeboat portal repair exported-key.txt --public-key ADDRESS --out right-key.txt",
            &["right"],
        )
    },
];

/// The demo's files under the names that the runbook uses.
const NAMES: &str = "cp wallets.txt ids.csv && tail -n +2 devices.csv | cut -d, -f2 > wallets.txt && \
    cp -r device-backups backups && cp device-backups/device-1.json backup-message.json && \
    cp passphrases/a109ae9f-bc5d-435a-bc52-67ec88fe4669.txt passphrase.txt && \
    rm endpoint-*.pem && echo a passphrase of the examples > endpoint-passphrase.txt && \
    cp portal/client.txt client.txt && cp portal/cloud-key.txt . && \
    mkdir client-backups custodian-rows && cp portal/client.txt client-backups && cp portal/custodian-*.json custodian-rows && \
    cat portal/custodian-*.json > custodian.json && \
    lifeboat portal decrypt client.txt --key-file cloud-key.txt --out client.json -q && \
    lifeboat share recover backup-message.json --device-id 7cc9b276-3c65-47f9-b35a-992766d3cafd \
    --passphrase-file passphrase.txt --out device-share.json -q";

#[test]
fn every_command_of_the_runbook_works_as_it_is_printed() {
    if !has("python3") || !has("node") {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let runbook = fs::read_to_string(root.join("docs/RUNBOOK.md")).unwrap();
    let printed: Vec<&str> = runbook
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("$ "))
        .collect();
    let known: Vec<&str> = STEPS.iter().map(|step| step.command).collect();
    assert_eq!(printed, known, "the runbook and this list differ");

    let folder = demo();
    put_exported_key(&folder);
    fs::create_dir(folder.path("docs")).unwrap();
    std::os::unix::fs::symlink(root.join("docs/examples"), folder.path("docs/examples")).unwrap();
    let named = typed(&folder, NAMES);
    assert_eq!(named.exit, 0, "{}", named.stdout);

    for step in &STEPS {
        let mut line = step.command.to_owned();
        for (name, meant) in step.names {
            line = line.replace(name, meant);
        }
        if !step.first.is_empty() {
            assert_eq!(typed(&folder, step.first).exit, 0, "{}", step.first);
        }
        if step.command.contains("--require-air-gap") {
            if !has_air_gap() {
                eprintln!("not run, as this machine lends no network of its own: {line}");
                continue;
            }
            line = format!("unshare --user --map-root-user --net {line}");
        }

        let said = typed(&folder, &line);
        assert_eq!(said.exit, 0, "{line}\n{}", said.stdout);
        for seen in step.sees {
            let shown = seen
                .split('|')
                .any(|one| is_shown(one, &runbook, &said.stdout));
            assert!(shown, "{line}\nshould show {seen}\n{}", said.stdout);
        }

        // The other three machines.
        for part in 2..=4 {
            if step.command.contains("--shard 1/4") {
                let line = line.replace("1/4", &format!("{part}/4"));
                let said = typed(&folder, &line.replace("part1", &format!("part{part}")));
                assert_eq!(said.exit, 0, "{line}\n{}", said.stdout);
            }
        }
    }

    let [ours, node] = ["first.json", "one.json"].map(|name| folder.read_json(name));
    for name in ["chaincode", "shares"] {
        assert_eq!(ours[WALLET.1][name], node[name], "the opener in Node");
    }
}

/// Whether a person who looks for `phrase` finds it. What is in backticks stands in the runbook, too.
fn is_shown(phrase: &str, runbook: &str, shown: &str) -> bool {
    let words = phrase.trim_matches('`');
    if words.len() < phrase.len() {
        let flat = runbook.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(phrase), "not in the runbook: {phrase}");
    }
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = shown.as_str();
    words.split(['…', 'N']).all(|part| {
        let found = rest.find(part.trim());
        rest = found.map_or("", |at| &rest[at..]);
        found.is_some()
    })
}

fn has_air_gap() -> bool {
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "true"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}
