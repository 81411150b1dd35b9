//! Large answers that nobody takes: so many wait, and no more are made.

use std::{
    io::Read,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    portal::{CLIENT, Portal},
    unread::unread,
    users::Company,
};

#[test]
fn one_address_has_so_many_bytes_wait_and_no_more() {
    let portal = Portal::start();
    let path = format!("/v1/portal/clients/{CLIENT}/backups");
    for number in 10..20 {
        let share = format!("{number}{}", "7".repeat(900_000));
        let handed = portal.ask("ann", "POST", &path);
        handed
            .json(&json!({"cipherText": share}))
            .send()
            .expect(201);
    }
    // An answer has 4 MiB and the share with which it is longer than that.
    let all = format!("{path}?all=true");
    let token = Company::token("ann", json!({}));
    let ask = format!("GET {all} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let mut client = unread(portal.server().public(), ask.as_bytes());
            // It has its answer before anybody else asks, who would take its room.
            let mut begun = [0; 12];
            client.read_exact(&mut begun).unwrap();
            assert_eq!(&begun, b"HTTP/1.1 200");
            client
        })
        .collect();
    let status = || portal.ask("ann", "GET", &all).send().status;
    let until = |wanted: u16| {
        let begun = Instant::now();
        while status() != wanted {
            assert!(begun.elapsed() < Duration::from_secs(30), "{wanted}");
            sleep(Duration::from_millis(100));
        }
    };
    until(503);
    let refused = portal.ask("ann", "GET", &all).send();
    refused.expect_problem(503, "overloaded");
    assert_eq!(refused.headers["retry-after"], "1");
    // What is small is answered, and Portal is counted by itself.
    let client = portal.ask("ann", "GET", "/v1/portal/clients/none/backups");
    client.send().expect_problem(404, "no-such-client");
    portal.deliver(CLIENT, "a share").send().expect(200);

    drop(waiting);
    until(200);
}
