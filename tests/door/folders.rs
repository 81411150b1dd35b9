//! Folders of results: under their name when they are whole, and not before.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{
    Folder, fixture, forge::WALLET, json_fixture, lifeboat, tested_program, workload::key,
};

const COUNT: usize = 300;

/// A bench with so many sealed share files.
fn sealed(bench: &Folder) -> String {
    let names: Vec<String> = (0..COUNT)
        .map(|index| bench.put(&format!("s{index}"), format!("share {index}")))
        .collect();
    let public = fixture("keys/recovery.public.pem");
    let out = bench.text("sealed");
    let mut args = vec![
        "portal",
        "seal",
        "--seal-to",
        public.to_str().unwrap(),
        "--out",
        &out,
    ];
    args.extend(names.iter().map(String::as_str));
    lifeboat(&args).done();
    out
}

fn full_keys(bench: &Folder) -> String {
    let case = &json_fixture("shares/takeover.json")[0];
    let full = serde_json::json!([{
        "keyId": WALLET, "algorithm": case["algorithm"],
        "privateKey": case["expect"]["extendedPrivateKey"], "publicKey": case["expect"]["extendedPublicKey"],
    }]);
    bench.put("passphrase", "nine wandering badgers");
    bench.put("full", full.to_string())
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| entries.count())
}

/// Starts it, sends a signal once some of the folder is there, and waits for its end.
fn ended_midway(args: &[&str], partial: &Path, signal: &str) {
    let mut run = Command::new(tested_program())
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while count(partial) < 2 && run.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never began");
        std::thread::sleep(Duration::from_micros(200));
    }
    let pid = run.id().to_string();
    let _ = Command::new("kill")
        .args([&format!("-{signal}"), &pid])
        .status();
    run.wait().unwrap();
}

#[test]
fn a_folder_of_shares_is_whole_or_not_there() {
    let bench = Folder::with_out();
    let file = sealed(&bench);
    let (pem, out) = (key("recovery.pkcs8"), bench.text("out/opened"));
    let (folder, partial) = (bench.path("out/opened"), bench.path("out/opened.partial"));
    let args = [
        "--json", "portal", "open", &file, "--key", &pem, "--out", &out,
    ];
    for signal in ["INT", "KILL"] {
        ended_midway(&args, &partial, signal);
        assert!(
            [0, COUNT].contains(&count(&folder)),
            "{signal}: {}",
            count(&folder)
        );
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        } else if signal == "INT" {
            assert!(!partial.exists(), "Ctrl-C left something behind");
        } else {
            assert_eq!(
                fs::metadata(&partial).unwrap().permissions().mode() & 0o777,
                0o700
            );
            lifeboat(&args).refused(2, "partial_exists", &["opened.partial", "rm -r"]);
            assert!(!folder.exists());
            fs::remove_dir_all(&partial).unwrap();
        }
    }
    // An empty one holds nothing, and an empty folder of the name is no result yet.
    fs::create_dir(&partial).unwrap();
    fs::create_dir(&folder).unwrap();
    assert_eq!(
        lifeboat(&args).json()["files"].as_array().unwrap().len(),
        COUNT
    );
    assert_eq!((count(&folder), partial.exists()), (COUNT, false));
    assert_eq!(fs::read_to_string(folder.join("s7")).unwrap(), "share 7");
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    lifeboat(&args).refused(2, "output_exists", &["new or empty"]);
    assert_eq!(count(&folder), COUNT);
}

#[test]
fn a_folder_of_keystores_is_whole_or_not_there() {
    let bench = Folder::with_out();
    let full = full_keys(&bench);
    let (out, list, passphrase) = (
        bench.text("out/keystores"),
        bench.text("out/list"),
        bench.text("passphrase"),
    );
    let (folder, partial) = (
        bench.path("out/keystores"),
        bench.path("out/keystores.partial"),
    );
    let args = [
        "--json",
        "export",
        &full,
        "--chain",
        "eth",
        "--index",
        "0..7",
        "--keystore-dir",
        &out,
        "--keystore-passphrase-file",
        &passphrase,
        "--out",
        &list,
    ];
    for signal in ["INT", "KILL"] {
        ended_midway(&args, &partial, signal);
        assert!(
            [0, 8].contains(&count(&folder)),
            "{signal}: {}",
            count(&folder)
        );
        assert_eq!(
            folder.exists(),
            bench.path("out/list").exists(),
            "{signal}: one without the other"
        );
        for path in [&folder, &partial] {
            let _ = fs::remove_dir_all(path);
        }
        let _ = fs::remove_file(&list);
    }
    lifeboat(&args).json();
    assert_eq!((count(&folder), partial.exists()), (8, false));
    // A list that cannot be written takes the folder with it.
    fs::remove_dir_all(&folder).unwrap();
    lifeboat(&args).refused(2, "output_exists", &["list"]);
    assert!(!folder.exists() && !partial.exists());
    // What is in the folder already is no part of this result.
    fs::remove_file(&list).unwrap();
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("other"), "x").unwrap();
    lifeboat(&args).refused(2, "output_exists", &["new or empty"]);
    assert_eq!(
        (count(&folder), bench.path("out/list").exists()),
        (1, false)
    );
}
