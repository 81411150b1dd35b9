//! Shares and backups on one host: what one half knows binds the other.

use serde_json::json;

use crate::support::{
    users::{BACKUP, DEVICE},
    vault::{AT_ONCE, Vault},
};

/// A server that keeps backups, too.
fn both() -> Vault {
    let vault = Vault::prepared(AT_ONCE);
    let config = vault.folder.read("endpoint.toml");
    vault.folder.write(
        "endpoint.toml",
        config.replace("backups = false", "backups = true"),
    );
    vault.started()
}

#[test]
fn a_replaced_phone_gets_no_share() {
    let vault = both();
    let device = format!("/v1/wallets/{}/devices/{DEVICE}", vault.wallets[0]);
    for phone in ["p1", "p2"] {
        let activate = vault.ask("ann", "POST", &format!("{device}/activate"));
        let body = json!({"physicalDeviceId": phone});
        activate.json(&body).send().expect(204);
    }

    let ask = |phone: &str| {
        let body = json!({"physicalDeviceId": phone});
        vault.request("ann", 0).json(&body).send()
    };
    ask("p1").expect_problem(403, "device-replaced");
    ask("p2").expect(201);
}

#[test]
fn nobody_learns_which_wallets_have_a_backup() {
    let vault = both();
    let wallet = &vault.wallets[0];
    let upload = format!("/v1/wallets/{wallet}/devices/{DEVICE}/backups");
    let uploaded = vault.ask("ann", "POST", &upload).body(BACKUP).send();
    uploaded.expect(201);

    let latest = |user: &str, wallet: &str| {
        let path = format!("/v1/wallets/{wallet}/backups/latest");
        vault.ask(user, "GET", &path).send()
    };
    latest("ann", wallet).expect(200);
    // With a backup, without one, and no wallet at all: the same answer.
    for other in [wallet, &vault.wallets[7], "no-wallet"] {
        latest("bob", other).expect_problem(404, "no-such-wallet");
    }
    latest("bob", &vault.wallets[1]).expect_problem(404, "no-backup");
}
