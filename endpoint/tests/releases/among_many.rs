//! Among the releases of many other wallets.

use std::{thread::sleep, time::Duration};

use crate::support::{
    database::is_postgres,
    vault::{AT_ONCE, Vault},
};

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
