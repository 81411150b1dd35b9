//! The provider's own paths, and those of its demo backend.

use serde_json::{Value, json};

use crate::support::{
    client::Answer,
    server::Server,
    users::{Company, DEVICE, OTHER, WALLET, backup, message, success},
};

const NONE: &Value = &Value::Null;

#[test]
fn a_backend_reaches_the_same_answers_with_its_api_key() {
    let company = Company::start();
    let path = format!("/v1/ncw/wallets/{WALLET}/devices/{DEVICE}/invoke");
    let body = json!({"payload": message("p1", "backup_keys", &backup())}).to_string();
    let answer = company
        .signed("POST", &path, &body, "n1")
        .send()
        .expect(200);
    assert_eq!(answer, success());

    let latest = format!("/v1/ncw/wallets/{WALLET}/backup/latest");
    let latest = company.signed("GET", &latest, "", "n2").send().expect(200);
    assert_eq!(latest["passphraseId"], backup()["passphraseId"]);
    assert!(latest["createdAt"].is_i64());
    assert_eq!(latest["keys"][0]["deviceId"], DEVICE);
    let none = format!("/v1/ncw/wallets/{OTHER}/backup/latest");
    let none = company.signed("GET", &none, "", "n3").send().expect(404);
    assert_eq!(none, json!({"message": "No backup found", "code": 404}));
}

#[test]
fn an_embedded_wallet_needs_no_wallet_id() {
    let company = Company::start();
    let root = "/v1/ncw/embedded_wallets";
    let latest = format!("{root}/backup/latest");
    let none = company.as_user("GET", &latest).send().expect(404);
    assert_eq!(none["message"], "No backup found");

    let assigned = company
        .as_user("POST", &format!("{root}/assign"))
        .send()
        .expect(200);
    assert_eq!(assigned, json!({"walletId": WALLET, "enabled": true}));
    let body = json!({"payload": message("p1", "backup_keys", &backup())});
    let path = format!("{root}/devices/{DEVICE}/invoke");
    let answer = company
        .as_user("POST", &path)
        .json(&body)
        .send()
        .expect(200);
    assert_eq!(answer, success());
    company.as_user("GET", &latest).send().expect(200);
}

#[test]
fn apps_of_the_demo_backend_work_with_another_base_url() {
    let company = Company::start();
    let login = company.as_user("POST", "/api/login").send().expect(200);
    assert_eq!(login["id"], "user-1");
    let unknown = company
        .as_user("POST", &format!("/api/devices/{DEVICE}/assign"))
        .send();
    unknown.expect(404);

    let rpc = format!("/api/devices/{DEVICE}/rpc");
    let body = json!({"message": message("p1", "backup_keys", &backup())});
    assert_eq!(
        company.as_user("POST", &rpc).json(&body).send().expect(200),
        success()
    );

    let get = |path: &str| company.as_user("GET", path).send().expect(200);
    assert_eq!(
        get("/api/wallets"),
        json!({"wallets": [{"walletId": WALLET}]})
    );
    assert_eq!(get("/api/devices")[0]["deviceId"], DEVICE);
    let assign = company
        .as_user("POST", &format!("/api/devices/{DEVICE}/assign"))
        .send();
    assert_eq!(assign.expect(200), json!({"walletId": WALLET}));

    let passphrase = backup()["passphraseId"].as_str().unwrap().to_owned();
    let path = format!("/api/passphrase/{passphrase}");
    assert_eq!(company.as_user("GET", &path).send().status, 404);
    let place = json!({"location": "iCloud"});
    company
        .as_user("POST", &path)
        .json(&place)
        .send()
        .expect(200);
    assert_eq!(get(&path)["location"], "iCloud");
    let latest = get(&format!("/api/wallets/{WALLET}/backup/latest"));
    assert_eq!(latest["location"], "iCloud");
    assert_eq!(latest["passphraseId"], passphrase);
    assert_eq!(latest["deviceId"], DEVICE);
}

#[test]
fn a_stranger_finds_no_device() {
    let company = Company::start();
    company.back_up("p1");
    let two = Company::token(
        "user-3",
        json!({"wallets": [OTHER, "11111111-2222-4333-8444-555555555555"]}),
    );
    let rpc = format!("/api/devices/{DEVICE}/rpc");
    let body = json!({"message": message("p1", "get_backup", NONE)});
    let answer = company
        .server()
        .request("POST", &rpc)
        .token(&two)
        .json(&body)
        .send();
    assert_eq!(answer.expect(404)["code"], 404);

    // Somebody with one wallet reaches that one, where the device has no backup.
    let stranger = company
        .server()
        .request("POST", &rpc)
        .token(&Company::stranger());
    assert_eq!(stranger.json(&body).send().text, "{}");
}

#[test]
fn what_has_no_wallet_id_is_refused_to_whoever_has_several() {
    let company = Company::start();
    let two = Company::token("user-3", json!({"wallets": [OTHER, WALLET]}));
    let path = "/v1/ncw/embedded_wallets/backup/latest";
    let answer = company.server().get(path).token(&two).send().expect(404);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("several wallets")
    );
}

/// Also where no route was reached: an app that was built on the provider's answers reads no other.
#[test]
fn every_refusal_on_the_provider_s_paths_has_the_provider_s_shape() {
    let mut company = Company::start();
    let theirs = |answer: Answer, status: u16| {
        assert_eq!(answer.headers["content-type"], "application/json");
        let body = answer.expect(status);
        assert_eq!(body["code"], status, "{body}");
        assert!(body["message"].is_string(), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    };
    let invoke = format!("/v1/ncw/wallets/{WALLET}/devices/{DEVICE}/invoke");
    theirs(company.as_user("GET", "/api/nothing").send(), 404);
    theirs(company.as_user("DELETE", "/v1/ncw/nothing").send(), 404);
    theirs(company.as_user("PUT", "/api/login").send(), 405);
    theirs(company.server().request("POST", &invoke).send(), 401);
    let long = "x".repeat(2 << 20);
    theirs(company.as_user("POST", &invoke).body(long).send(), 413);

    company.server.take().unwrap().stop();
    let config = company.folder.read("endpoint.toml");
    let few = config.replace("per_address = \"100000/s\"", "per_address = \"1/h\"");
    company.folder.write("endpoint.toml", few);
    company.server = Some(Server::start(&company.folder));
    company.as_user("GET", "/api/wallets").send().expect(200);
    let refused = company.as_user("GET", "/api/wallets").send();
    assert!(refused.headers.contains_key("retry-after"));
    theirs(refused, 429);
    let ours = company.as_user("GET", "/v1/passphrases").send();
    ours.expect_problem(429, "too-many-requests");
}
