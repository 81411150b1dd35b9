//! A loss of power under load: every answer that was given is recorded, and the chain holds.

use std::{thread, time::Duration};

use super::load::{Load, grant_all};
use crate::support::vault::{AT_ONCE, Vault};

#[test]
fn every_share_that_was_given_away_is_recorded_after_a_kill() {
    kills(6);
}

#[test]
#[ignore = "takes minutes: tests/durability/run"]
fn long_many_kills_lose_nothing() {
    let asked = std::env::var("LIFEBOAT_TEST_KILLS").ok();
    kills(asked.map_or(100, |rounds| rounds.parse().unwrap()));
}

fn kills(rounds: u64) {
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    let load = Load::default();
    for round in 0..rounds {
        let server = vault.take_server();
        thread::scope(|scope| {
            let _running = load.run(scope, &[server.public()], &vault.wallets);
            // Never at the same moment of its work.
            thread::sleep(Duration::from_millis(150 + round * 97 % 400));
            server.kill();
        });
        vault.restart();
    }
    let count = load.count();
    assert!(count as u64 > 8 * rounds, "{count}");
    load.verify(&vault);
}
