//! Shares and backups on one host: what one half knows binds the other.

use std::{thread::sleep, time::Duration};

use serde_json::json;

use crate::support::{
    database::is_postgres,
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

/// A database that has counted none of its rows yet plans by guesses. Whatever it guesses, a release must not read the releases
/// of other wallets: there may be millions of one day.
#[test]
fn a_release_reads_no_release_of_another_wallet() {
    if !is_postgres() {
        return;
    }
    const OTHERS: i64 = 20_000;
    const ASKED: i64 = 8;

    let vault = Vault::start(AT_ONCE);
    let share = |wallet: usize| {
        let path = format!("/v1/wallets/{}/server-share", vault.wallets[wallet]);
        vault.ask("ann", "GET", &path).send().expect(200);
    };
    share(0);
    vault.folder.sql(&format!(
        "INSERT INTO release SELECT id || n, decode(md5(n::text), 'hex'), issuer, subject, by_service, physical, encrypt_to, mode, \
         approvals, created_at - n, not_before, expires_at, ended, ended_at FROM release, generate_series(1, {OTHERS}) AS n"
    ));
    let read = || {
        let sql = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'release'";
        vault.folder.database.number(vault.folder.root(), sql)
    };
    // What a connection has read is told once a second, when it does something.
    let told = || {
        sleep(Duration::from_millis(1100));
        share(0);
        sleep(Duration::from_millis(300));
        read()
    };
    let before = told();
    for _ in 0..ASKED {
        share(0);
    }
    let read = told() - before;
    assert!(read < OTHERS, "{read} rows for {ASKED} releases");
}
