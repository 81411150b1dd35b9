//! Clients that write without a pause, and remember what was acknowledged.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, Scope, sleep},
    time::Duration,
};

use serde_json::json;

use crate::support::{
    client::Request,
    users::{Company, ISSUER},
    vault::Vault,
};

const CLIENTS: usize = 8;

/// What the clients got.
#[derive(Default)]
pub(super) struct Load {
    /// Ids of requests that were acknowledged.
    acknowledged: Mutex<BTreeSet<String>>,
    /// Answers with status 503, and those of them without `Retry-After`.
    pub(super) away: AtomicUsize,
    pub(super) impolite: AtomicUsize,
    stop: AtomicBool,
}

/// Clients that run; dropped also where a test fails.
pub(super) struct Running<'s>(&'s Load);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// Grants all wallets to `ann`, so that no wallet has too many releases a day.
pub(super) fn grant_all(vault: &Vault) {
    let rows = vault.wallets.iter();
    let rows: String = rows.map(|id| format!("{ISSUER},ann,{id}\n")).collect();
    let list = format!("issuer,subject,walletId\n{rows}");
    vault.folder.write("all.csv", list);
    vault.folder.run(&["import", "grants", "all.csv"]).ok();
}

impl Load {
    /// Starts clients that ask these servers by turns, until what is returned is dropped.
    #[must_use]
    pub(super) fn run<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        servers: &[SocketAddr],
        wallets: &'s [String],
    ) -> Running<'s> {
        self.stop.store(false, Ordering::Relaxed);
        for client in 0..CLIENTS {
            let servers = servers.to_vec();
            scope.spawn(move || {
                let token = Company::token("ann", json!({}));
                for round in client.. {
                    if self.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let server = servers[round % servers.len()];
                    let wallet = &wallets[round * 37 % wallets.len()];
                    self.ask(server, wallet, &token, round);
                }
            });
        }
        Running(self)
    }

    fn ask(&self, server: SocketAddr, wallet: &str, token: &str, round: usize) {
        let at = format!("/v1/wallets/{wallet}");
        let request = if round.is_multiple_of(4) {
            Request::new(server, "POST", &format!("{at}/releases"))
        } else {
            Request::new(server, "GET", &format!("{at}/server-share"))
        };
        let Ok(answer) = request.token(token).try_send() else {
            // It is being killed.
            sleep(Duration::from_millis(5));
            return;
        };
        match answer.status {
            200 | 201 if !answer.text.is_empty() => {
                let id = answer.headers["x-request-id"].clone();
                self.acknowledged.lock().unwrap().insert(id);
            }
            503 => {
                self.away.fetch_add(1, Ordering::Relaxed);
                let is_polite = answer.headers.contains_key("retry-after");
                self.impolite
                    .fetch_add(usize::from(!is_polite), Ordering::Relaxed);
                sleep(Duration::from_millis(5));
            }
            // A release of this wallet is open already.
            200..=499 => {}
            other => panic!("status {other}: {}", answer.text),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Every request that was acknowledged is recorded, the chain holds, and the database is sound.
    pub(super) fn verify(&self, vault: &Vault) {
        let recorded = recorded(vault);
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost = acknowledged.difference(&recorded).count();
        assert_eq!(lost, 0, "of {} acknowledged", acknowledged.len());
        let (status, told) = vault.verify();
        assert_eq!(status, 0, "{told}");
        vault.folder.database.assert_sound(vault.folder.root());
    }
}

/// The ids of all requests in the audit chain.
fn recorded(vault: &Vault) -> BTreeSet<String> {
    let (mut recorded, mut from) = (BTreeSet::new(), 1);
    loop {
        let path = format!("/v1/operator/audit?from={from}");
        let page = vault.operator("olga", "GET", &path).send().expect(200);
        let events = page["events"].as_array().unwrap();
        let Some(last) = events.last() else {
            return recorded;
        };
        from = last["seq"].as_i64().unwrap() + 1;
        let requests = events.iter().filter_map(|event| event["request"].as_str());
        recorded.extend(requests.map(str::to_owned));
    }
}

/// Waits until it holds.
pub(super) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}
