//! A loss of power while Portal delivers and apps hand in: what was acknowledged is there, as it came, and in the state that was
//! acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, sleep},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{
    client::Request,
    portal::{Portal, SECRET},
    users::Company,
};

const WRITERS: usize = 6;
const CLIENTS: usize = 10;

#[test]
fn every_share_of_portals_that_was_acknowledged_is_there_after_a_kill() {
    kills(4);
}

#[test]
#[ignore = "takes minutes: tests/durability/run"]
fn long_many_kills_lose_no_share() {
    let asked = std::env::var("LIFEBOAT_TEST_KILLS").ok();
    let kills_asked: u64 = asked.map_or(100, |rounds| rounds.parse().unwrap());
    kills(kills_asked.div_ceil(3));
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Clients and their custodian's shares.
    delivered: Mutex<BTreeSet<(String, String)>>,
    /// Clients' shares by their ids: the client, the share, and whether it is complete.
    handed_in: Mutex<BTreeMap<String, (String, String, bool)>>,
    next: AtomicUsize,
    stop: AtomicBool,
}

fn client_of(number: usize) -> String {
    format!("client-{}", number % CLIENTS)
}

impl Acknowledged {
    fn write(&self, server: SocketAddr, token: &str) {
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let done = match number % 3 {
                0 => self.hand_in(server, token, number),
                _ => self.deliver(server, number),
            };
            if done.is_none() {
                // It is being killed.
                sleep(Duration::from_millis(5));
            }
        }
    }

    fn deliver(&self, server: SocketAddr, number: usize) -> Option<()> {
        let (client, share) = (
            client_of(number),
            format!("share {number} {}", "7".repeat(500)),
        );
        let request =
            Request::new(server, "POST", "/portal/backup").header("X-Webhook-Secret", SECRET);
        let answer = request
            .json(&json!({"clientId": client, "share": share}))
            .try_send()
            .ok()?;
        if answer.status == 200 && !answer.text.is_empty() {
            self.delivered.lock().unwrap().insert((client, share));
        }
        Some(())
    }

    fn hand_in(&self, server: SocketAddr, token: &str, number: usize) -> Option<()> {
        let (client, share) = (client_of(number), format!("{number:08}").repeat(100));
        let path = format!("/v1/portal/clients/{client}/backups");
        let request = Request::new(server, "POST", &path).token(token);
        let answer = request
            .json(&json!({ "cipherText": share }))
            .try_send()
            .ok()?;
        let whole = |text: &str| serde_json::from_str::<Value>(text).ok();
        let id = whole(&answer.text)?["id"].as_str()?.to_owned();
        let known = (client, share, false);
        self.handed_in.lock().unwrap().insert(id.clone(), known);

        let request = Request::new(server, "PUT", &format!("{path}/{id}/state")).token(token);
        let answer = request.json(&json!({"stored": true})).try_send().ok()?;
        if answer.status == 200 && whole(&answer.text).is_some() {
            self.handed_in.lock().unwrap().get_mut(&id)?.2 = true;
        }
        Some(())
    }

    fn verify(&self, portal: &Portal) {
        let mut here = BTreeSet::new();
        let mut shares = BTreeMap::new();
        for number in 0..CLIENTS {
            let client = client_of(number);
            let fetched = portal.fetched(&client);
            here.extend(fetched.into_iter().map(|share| (client.clone(), share)));
            let path = format!("/v1/portal/clients/{client}/backups?all=true");
            let listed = portal.server().get(&path).token(&Company::backend()).send();
            for backup in listed.expect(200)["backups"].as_array().unwrap() {
                shares.insert(backup["id"].as_str().unwrap().to_owned(), backup.clone());
            }
        }
        let delivered = self.delivered.lock().unwrap();
        assert_eq!(
            delivered.difference(&here).count(),
            0,
            "of {}",
            delivered.len()
        );
        for (id, (_, share, is_complete)) in self.handed_in.lock().unwrap().iter() {
            let found = &shares[id];
            assert_eq!(found["cipherText"], *share);
            if *is_complete {
                assert_eq!(found["state"], "STORED_CLIENT_BACKUP_SHARE");
            }
        }
    }
}

fn kills(rounds: u64) {
    let mut portal = Portal::prepared("").started();
    let acknowledged = Acknowledged::default();
    let token = Company::backend();
    for round in 0..rounds {
        let server = portal.take_server();
        let address = server.public();
        acknowledged.stop.store(false, Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| acknowledged.write(address, &token));
            }
            // Never at the same moment of its work.
            sleep(Duration::from_millis(150 + round * 97 % 400));
            server.kill();
            acknowledged.stop.store(true, Ordering::Relaxed);
        });
        portal.restart();
    }
    let counts = (
        acknowledged.delivered.lock().unwrap().len(),
        acknowledged.handed_in.lock().unwrap().len(),
    );
    assert!(
        counts.0 as u64 > 4 * rounds && counts.1 as u64 > 2 * rounds,
        "{counts:?}"
    );
    acknowledged.verify(&portal);
    let told = portal.folder.run(&["audit", "verify"]).ok().stdout();
    assert!(told.contains("none changed"), "{told}");
    portal.folder.database.assert_sound(portal.folder.root());
}
