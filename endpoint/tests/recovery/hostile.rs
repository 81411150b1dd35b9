//! Bodies that nobody should send: each is refused, and none makes the server fail.

use crate::support::users::{BACKUP, Company, DEVICE, WALLET};

#[test]
fn no_body_makes_the_server_fail() {
    let company = Company::start();
    let at = format!("/v1/wallets/{WALLET}/devices/{DEVICE}");
    let paths = [
        ("POST", format!("{at}/rpc")),
        ("POST", format!("{at}/backups")),
        ("POST", format!("{at}/observed")),
        ("POST", format!("{at}/activate")),
        ("PUT", format!("/v1/wallets/{WALLET}/keys")),
        ("PUT", "/v1/passphrases/p".to_owned()),
        (
            "POST",
            format!("/v1/ncw/wallets/{WALLET}/devices/{DEVICE}/invoke"),
        ),
        (
            "POST",
            format!("/v1/ncw/embedded_wallets/devices/{DEVICE}/invoke"),
        ),
        ("POST", format!("/api/devices/{DEVICE}/rpc")),
        ("POST", "/api/passphrase/p".to_owned()),
        ("POST", format!("{at}x/rpc")),
        ("GET", "/v1/wallets/%ff/devices".to_owned()),
        ("GET", "/v1/passphrases/%00".to_owned()),
        ("GET", format!("/v1/wallets/{WALLET}/backups/x/content")),
    ];
    for body in bodies() {
        for (method, path) in &paths {
            let request = company.as_backend(method, path).body(body.clone());
            let answer = request.send();
            let is_refused = (400..500).contains(&answer.status);
            // A message that cannot be read is told to the SDK, in its own words.
            let is_told = answer.status == 200 && answer.text.contains("1013");
            // What holds no backup is nothing to keep.
            let is_told = is_told || (answer.status == 204 && path.ends_with("/observed"));
            let shown = String::from_utf8_lossy(&body);
            let shown: String = shown.chars().take(60).collect();
            assert!(
                is_refused || is_told,
                "{method} {path} {shown:?}: {answer:?}"
            );
        }
    }
    company.back_up("p1");
}

fn bodies() -> Vec<Vec<u8>> {
    let nested = |open: &str, close: &str, depth: usize| {
        let body = open.repeat(depth) + &close.repeat(depth);
        body.into_bytes()
    };
    let cut = BACKUP.trim().as_bytes();
    vec![
        Vec::new(),
        b"null".to_vec(),
        b"\"\\ud800\"".to_vec(),
        b"{\"message\":\"\\ud800\",\"payload\":\"\\ud800\",\"reply\":1,\"location\":\"\\u0000\"}".to_vec(),
        b"{\"message\":{},\"payload\":[],\"reply\":{},\"location\":7,\"physicalDeviceId\":[]}".to_vec(),
        b"{\"message\":\"{\\\"method\\\":\\\"backup_keys\\\",\\\"params\\\":{}}\",\"payload\":\"x\",\"reply\":5}".to_vec(),
        b"{\"message\":1e999,\"message\":2}".to_vec(),
        vec![0xff; 64],
        vec![0; 64],
        nested("[", "]", 100_000),
        nested("{\"a\":", "}", 10_000),
        cut[..cut.len() - 7].to_vec(),
        [b"\xef\xbb\xbf".as_slice(), b"{}"].concat(),
    ]
}
