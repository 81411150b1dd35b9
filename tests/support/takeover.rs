//! What a takeover needs, from the vectors of device backups.

use serde_json::{Value, json};

use super::{Folder, Run, json_fixture, text};

pub(crate) const WALLET: &str = "9a1b2c3d-0000-4000-8000-000000000001";
pub(crate) const COSIGNER: &str = "5c1b2c3d-0000-4000-8000-000000000001";

/// Server shares of one wallet, with the cloud shares that a backup vector names.
pub(crate) fn server_shares(vector: &Value) -> Value {
    let mut shares = json!({ "cosigner": COSIGNER });
    for key in vector["expect"].as_array().unwrap() {
        shares[text(&key["algorithm"])] = key["cloudShare"].clone();
    }
    json!({ WALLET: { "chaincode": "11".repeat(32), "shares": [shares] } })
}

/// A folder with backup, passphrase and server shares of a vector in it.
pub(crate) fn folder_of(vector: &Value) -> Folder {
    let folder = Folder::new();
    folder.write_json("backup.json", &vector["backup"]);
    folder.write("passphrase", format!("{}\n", text(&vector["passphrase"])));
    folder.write_json("server.json", &server_shares(vector));
    folder
}

/// The folder of the first backup with its device share.
pub(crate) fn recovered() -> Folder {
    let vector = &json_fixture("backups/device-backup.json")[0];
    let folder = folder_of(vector);
    recover(&folder, vector);
    folder
}

/// The arguments of a takeover of [`WALLET`] with these files.
pub(crate) fn takeover<'a>(server: &'a str, device: &'a str) -> [&'a str; 7] {
    [
        "takeover",
        "--server-shares",
        server,
        "--wallet",
        WALLET,
        "--device-share",
        device,
    ]
}

/// Recovers the device share of a vector into `device.json`.
pub(crate) fn recover(folder: &Folder, vector: &Value) -> Run {
    let device = text(&vector["deviceId"]);
    folder.done(&[
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-file",
        "passphrase",
        "--out",
        "device.json",
    ])
}
