//! Device backups as customers have them: ids in every spelling, inside the messages that carried them, passphrases under
//! the names that apps give their files, and many at once.

use serde_json::{Value, json};

use crate::support::{
    Folder, Run, base64_line, json_fixture,
    takeover::{self, WALLET, folder_of},
    text, utf16,
};

const OTHER: &str = "00000000-0000-4000-8000-000000000002";

/// Made by the reference: one under a device id in capitals, one under a passphraseId that is no UUID.
fn spelt(number: usize) -> Value {
    json_fixture("backups/spellings.json")[number].clone()
}

fn recover(bench: &Folder, device: &str, more: &[&str]) -> Run {
    let _ = std::fs::remove_file(bench.path("device.json"));
    let base = ["share", "recover", "backup.json", "--device-id", device];
    bench.run(&[&base[..], more, &["--out", "device.json", "--json"]].concat())
}

/// A bench with a backup and its passphrase.
fn laid(vector: &Value, backup: impl AsRef<[u8]>) -> Folder {
    let bench = Folder::new();
    bench.write("backup.json", backup);
    bench.write("passphrase", text(&vector["passphrase"]));
    bench
}

const PASSPHRASE: [&str; 2] = ["--passphrase-file", "passphrase"];

#[test]
fn a_device_id_in_any_spelling_opens_what_was_sealed_under_another() {
    for number in 0..2 {
        let vector = spelt(number);
        let bench = laid(&vector, vector["backup"].to_string());
        let device = text(&vector["deviceId"]);
        for given in [
            device.to_owned(),
            device.to_lowercase(),
            device.to_uppercase(),
            device.replace('-', ""),
            format!("{{{device}}}"),
        ] {
            let run = recover(&bench, &given, &PASSPHRASE);
            assert_eq!(run.exit, 0, "{given}\n{}", run.stderr);
            let share = bench.read_json("device.json");
            assert_eq!(share["deviceId"], vector["deviceId"]);
            assert_eq!(share["keys"][0]["share"], vector["share"]);
            assert_eq!(
                run.outcome()["passphraseId"],
                vector["backup"]["passphraseId"]
            );
            assert_eq!(
                run.stderr.contains(device),
                given != device,
                "{}",
                run.stderr
            );
        }
        assert_eq!(recover(&bench, OTHER, &PASSPHRASE).exit, 3);
    }
}

#[test]
fn both_forms_of_backup_keep_ids_as_they_stand() {
    let vector = spelt(0);
    let bench = laid(&vector, vector["backup"].to_string());
    let device = text(&vector["deviceId"]);
    assert_eq!(recover(&bench, device, &PASSPHRASE).exit, 0);
    std::fs::rename(bench.path("device.json"), bench.path("share")).unwrap();

    for format in ["fireblocks", "lifeboat"] {
        let _ = std::fs::remove_file(bench.path("backup.json"));
        let id = ["--passphrase-id", "Küche \"2\"", "--out", "backup.json"];
        bench.done(
            &[
                &["share", "backup", "share", "--format", format][..],
                &PASSPHRASE,
                &id,
            ]
            .concat(),
        );
        let run = recover(&bench, &device.to_lowercase(), &PASSPHRASE);
        assert_eq!(
            run.outcome()["passphraseId"],
            "Küche \"2\"",
            "{}",
            run.stderr
        );
        assert_eq!(bench.read("device.json"), bench.read("share"));
    }
}

/// A value as DynamoDB exports it.
fn typed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: serde_json::Map<_, _> = members
                .iter()
                .map(|(name, member)| (name.clone(), typed(member)))
                .collect();
            json!({ "M": members })
        }
        Value::Array(elements) => json!({ "L": elements.iter().map(typed).collect::<Vec<_>>() }),
        other => json!({ "S": text(other) }),
    }
}

#[test]
fn a_backup_that_is_cut_off_among_others_is_named() {
    let vector = spelt(0);
    let device = text(&vector["deviceId"]);
    let answer = json!({ "result": vector["backup"] }).to_string();
    let cut = &answer[..answer.len() - 5];
    let unnamed = answer.replace("passphraseId", "phraseId");
    let quoted = |text: &str| text.replace('"', "\"\"");

    for (file, place) in [
        (format!("{answer}\n{cut}\n"), "line 2"),
        (
            format!(
                "id,message\n1,\"{}\"\n2,\"{}\"\n",
                quoted(&answer),
                quoted(cut)
            ),
            "line 3",
        ),
        (json!([answer, cut]).to_string(), "`[1]`"),
        (json!([answer, base64_line(cut)]).to_string(), "`[1]`"),
        (
            json!([answer, unnamed]).to_string(),
            "[1].result.passphraseId",
        ),
    ] {
        let run = recover(&laid(&vector, &file), device, &PASSPHRASE);
        assert!(
            run.exit == 2 && run.stderr.contains(place),
            "{file}\n{}",
            run.stderr
        );
    }
}

#[test]
fn a_backup_opens_inside_the_messages_that_carry_it() {
    let vector = spelt(0);
    let device = text(&vector["deviceId"]);
    let backup = &vector["backup"];
    let mut sent = backup.clone();
    let key = sent["keys"][0].as_object_mut().unwrap();
    let sealed: serde_json::Map<_, _> = ["encryptedKey", "encryptionAlgorithm", "iv"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), key.remove(*name)?)))
        .collect();
    key.insert("encryptedKeys".to_owned(), json!([sealed]));

    let request =
        json!({ "method": "backup_keys", "headers": { "mpcVersion": 6 }, "params": [sent] });
    let answer = json!({ "result": backup });
    let line = json!({ "deviceId": device.to_lowercase(), "message": request.to_string() });
    let other = json!({ "method": "get_backup" });
    for message in [
        request.to_string(),
        format!("\u{feff}{answer}\r\n"),
        json!({ "message": request.to_string() }).to_string(),
        json!({ "payload": json!({ "data": answer }).to_string() }).to_string(),
        json!(answer.to_string()).to_string(),
        json!([answer]).to_string(),
        format!("{other}\n{line}\n{other}\n"),
        format!("2026-03-01T10:00:00Z INFO rpc {request} 200 OK\n2026-03-01 done\n"),
        format!(
            "id,message\n1,\"{}\"\n",
            answer.to_string().replace('"', "\"\"")
        ),
        json!({ "message": { "data": base64_line(answer.to_string()) } }).to_string(),
        json!({ "Items": [{ "deviceId": { "S": device }, "backup": typed(backup) }] }).to_string(),
    ] {
        let bench = laid(&vector, &message);
        let run = recover(&bench, device, &PASSPHRASE);
        assert_eq!(run.exit, 0, "{message}\n{}", run.stderr);
        assert_eq!(
            bench.read_json("device.json")["keys"][0]["share"],
            vector["share"]
        );
    }

    // Of several the last that opens: in a log the newest is last.
    let mut damaged = backup.clone();
    damaged["keys"][0]["encryptedKey"] = json!("00".repeat(32));
    let bench = laid(
        &vector,
        format!("{answer}\n{}\n", json!({ "result": damaged })),
    );
    let run = recover(&bench, device, &PASSPHRASE);
    assert!(
        run.exit == 0 && run.stderr.contains("newer backup"),
        "{}",
        run.stderr
    );
}

#[test]
fn passphrase_files_have_the_names_that_apps_give_them() {
    let (vector, id) = (spelt(0), "62EB34DA-444A-4103-A0FD-80496F2D707C");
    let device = text(&vector["deviceId"]);
    let folder = ["--passphrase-dir", "folder"];
    for name in [
        id.to_owned(),
        format!("{id}.txt"),
        format!("passphrase_{id}.txt"),
        format!("passphrase_{id}"),
        format!("passphrase_{}.txt", id.to_lowercase()),
        format!("{}.TXT", id.to_lowercase()),
    ] {
        let bench = laid(&vector, vector["backup"].to_string());
        std::fs::create_dir(bench.path("folder")).unwrap();
        bench.write(&format!("folder/{name}"), text(&vector["passphrase"]));
        let run = recover(&bench, device, &folder);
        assert_eq!(run.exit, 0, "{name}\n{}", run.stderr);
    }

    let bench = laid(&vector, vector["backup"].to_string());
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench.write(&format!("folder/old-{id}.bak"), text(&vector["passphrase"]));
    let run = recover(&bench, device, &folder);
    assert!(
        run.exit == 2 && run.stderr.contains(".bak"),
        "{}",
        run.stderr
    );

    // An id out of a file leads nowhere else.
    bench.write("secret", text(&vector["passphrase"]));
    for id in ["../secret", "..", "a/../../secret", "..\\secret"] {
        let mut backup = vector["backup"].clone();
        backup["passphraseId"] = json!(id);
        bench.write_json("backup.json", &backup);
        let run = recover(&bench, device, &folder);
        assert_eq!(run.outcome()["error"]["code"], "bad_passphrase_id", "{id}");
        assert_eq!(recover(&bench, device, &PASSPHRASE).exit, 0);
    }
    for id in ["", " ", "a\nb"] {
        let mut backup = vector["backup"].clone();
        backup["passphraseId"] = json!(id);
        bench.write_json("backup.json", &backup);
        assert_eq!(recover(&bench, device, &PASSPHRASE).exit, 2, "{id:?}");
    }
}

#[test]
fn the_names_of_mobile_sdks_are_the_same_algorithms() {
    for vector in json_fixture("backups/device-backup.json")
        .as_array()
        .unwrap()
    {
        let bench = folder_of(vector);
        let renamed = vector["backup"].to_string().replace("MPC_CMP_", "MPC_");
        bench.write("backup.json", renamed);
        for algorithm in [&[][..], &["--algorithm", "ecdsa"]] {
            let device = text(&vector["deviceId"]);
            let run = recover(&bench, device, &[&PASSPHRASE[..], algorithm].concat());
            if run.exit == 2 {
                continue; // It has no key of that algorithm.
            }
            assert_eq!(run.exit, 0, "{}", run.stderr);
            let base = [
                "takeover",
                "--server-shares",
                "server.json",
                "--wallet",
                WALLET,
            ];
            bench.done(&[&base[..], &["--device-share", "device.json"], algorithm].concat());
        }
    }
}

#[test]
fn a_folder_of_backups_is_recovered_by_a_list_of_devices() {
    let (first, second) = (spelt(0), spelt(1));
    let bench = Folder::new();
    for folder in ["backups", "passphrases"] {
        std::fs::create_dir(bench.path(folder)).unwrap();
    }
    bench.write(
        "backups/a.json",
        json!({ "result": first["backup"] }).to_string(),
    );
    bench.write("backups/b.json", second["backup"].to_string());
    for vector in [&first, &second] {
        let name = format!(
            "passphrases/{}.txt",
            text(&vector["backup"]["passphraseId"])
        );
        bench.write(&name, text(&vector["passphrase"]));
    }
    let devices = |rows: &[String]| {
        format!(
            "\u{feff}Device_ID;walletId;passphraseId;file\r\n{}\r\n;;;\r\n",
            rows.join("\r\n")
        )
    };
    let row = |vector: &Value, wallet: &str, id: &str, file: &str| {
        format!(
            "{};{wallet};{id};{file}",
            text(&vector["deviceId"]).to_lowercase()
        )
    };
    let by_id = row(&first, WALLET, text(&first["backup"]["passphraseId"]), "");
    let recover = |rows: &[String], out: &str| {
        bench.write("devices.csv", devices(rows));
        let base = ["share", "recover", "backups", "--devices", "devices.csv"];
        bench.run(
            &[
                &base[..],
                &["--passphrase-dir", "passphrases", "--out", out, "--json"],
            ]
            .concat(),
        )
    };

    let run = recover(&[by_id.clone(), row(&second, OTHER, "", "b.json")], "out");
    assert_eq!(run.exit, 0, "{}", run.stderr);
    for (wallet, vector) in [(WALLET, &first), (OTHER, &second)] {
        let share = bench.read_json(&format!("out/{wallet}.json"));
        assert_eq!(share["keys"][0]["share"], vector["share"]);
        assert_eq!(share["deviceId"], vector["deviceId"]);
    }

    // What fails is named; the others are written.
    let lost = row(&first, OTHER, "", "b.json");
    let run = recover(&[lost.clone(), by_id], "some");
    assert_eq!(
        (run.exit, &run.outcome()["error"]["code"]),
        (1, &json!("some_not_recovered"))
    );
    assert_eq!(run.outcome()["failed"][0]["code"], "backup_not_opened");
    assert_eq!(run.outcome()["failed"][0]["line"], 2);
    assert!(bench.path(&format!("some/{WALLET}.json")).exists());

    let run = recover(&[lost, format!("no-id;{WALLET};;")], "none");
    assert_eq!(
        (run.exit, &run.outcome()["error"]["code"]),
        (1, &json!("none_recovered"))
    );
    assert_eq!(run.outcome()["failed"][1]["code"], "bad_device_list");
    let left: Vec<_> = bench
        .names()
        .into_iter()
        .filter(|name| name.starts_with("none"))
        .collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn both_forms_of_backup_open_again() {
    for vector in json_fixture("backups/device-backup.json")
        .as_array()
        .unwrap()
        .iter()
        .take(2)
    {
        let bench = folder_of(vector);
        takeover::recover(&bench, vector);
        let (id, device) = (
            text(&vector["backup"]["passphraseId"]),
            text(&vector["deviceId"]),
        );
        for form in ["lifeboat", "fireblocks"] {
            bench.done(&[
                "share",
                "backup",
                "device.json",
                "--passphrase-file",
                "passphrase",
                "--passphrase-id",
                id,
                "--format",
                form,
                "--out",
                form,
            ]);
            bench.write("saved by an editor", utf16(&bench.read(form)));

            for file in [form, "saved by an editor"] {
                let again = format!("{file} of {form}.json");
                bench.done(&[
                    "share",
                    "recover",
                    file,
                    "--device-id",
                    device,
                    "--passphrase-file",
                    "passphrase",
                    "--out",
                    &again,
                ]);
                assert_eq!(bench.read(&again), bench.read("device.json"));
            }
        }
    }
}

#[test]
fn an_open_quote_in_a_list_of_devices_swallows_no_row() {
    let row = |id: usize, note: &str| format!("0000000{id}-0000-4000-8000-000000000002,{note}\n");
    for (list, line) in [
        (
            [
                "deviceId,note\n",
                &row(1, "\"bob"),
                &row(2, "x"),
                &row(3, "\""),
            ]
            .concat(),
            2,
        ),
        (
            [
                "deviceId,note\n",
                &row(1, "x"),
                &row(2, "\"bob"),
                &row(3, "x"),
            ]
            .concat(),
            3,
        ),
    ] {
        let bench = laid(&spelt(0), spelt(0)["backup"].to_string());
        bench.write("devices.csv", list);
        let args = [
            "share",
            "recover",
            "backup.json",
            "--devices",
            "devices.csv",
        ];
        let run = bench.run_json(&[&args[..], &PASSPHRASE, &["--out", "shares"]].concat());
        run.refused(2, "bad_device_list", &[&format!("line {line}"), "quotes"]);
    }
}
