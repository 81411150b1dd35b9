//! Backups over our own API: every shape, one content once, what is missing, what the live provider took.

use serde_json::{Value, json};

use crate::support::users::{
    BACKUP, Company, DEVICE, OTHER, WALLET, backup, message, smaller_backup,
};

fn backups(rest: &str) -> String {
    format!("/v1/wallets/{WALLET}/backups{rest}")
}

fn of_device(rest: &str) -> String {
    format!("/v1/wallets/{WALLET}/devices/{DEVICE}/{rest}")
}

fn upload(company: &Company, body: &str) -> Value {
    let answer = company
        .as_user("POST", &of_device("backups"))
        .body(body)
        .send();
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    answer.json()
}

#[test]
fn one_content_is_kept_once_in_whatever_shape_it_comes() {
    let company = Company::start();
    let post = |body: &str| {
        company
            .as_user("POST", &of_device("backups"))
            .body(body)
            .send()
    };
    let first = post(BACKUP).expect(201);
    assert_eq!(first["complete"], true);
    assert_eq!(first["missing"], json!([]));

    let again = post(&message("p1", "backup_keys", &backup())).expect(200);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["digest"], first["digest"]);
    assert_eq!(again["createdAt"], first["createdAt"]);

    let history = company.as_user("GET", &backups("")).send().expect(200);
    assert_eq!(history["backups"].as_array().unwrap().len(), 1);
    assert_eq!(history["backups"][0]["source"], "upload");
}

#[test]
fn an_idempotency_key_is_for_one_request() {
    let company = Company::start();
    let post = |key: &str, body: &str| {
        let request = company.as_user("POST", &of_device("backups"));
        request.header("Idempotency-Key", key).body(body).send()
    };
    let first = post("k1", BACKUP).expect(201);
    assert_eq!(post("k1", BACKUP).expect(200)["id"], first["id"]);
    let other = smaller_backup().to_string();
    post("k1", &other).expect_problem(409, "idempotency-key-reused");
    post("k2", &other).expect(201);
    post(&"k".repeat(129), &other).expect_problem(400, "bad-request");

    // What was answered is answered again, also when the phone is replaced by now.
    let from_phone = message("p1", "backup_keys", &backup());
    let kept = post("k3", &from_phone).expect(200);
    let replace = json!({"physicalDeviceId": "p2"});
    let path = of_device("activate");
    company
        .as_user("POST", &path)
        .json(&replace)
        .send()
        .expect(204);
    assert_eq!(post("k3", &from_phone).expect(200)["id"], kept["id"]);
    post("k4", &from_phone).expect_problem(409, "device-replaced");
}

#[test]
fn the_latest_backup_says_where_its_passphrase_is_and_what_it_lacks() {
    let company = Company::start();
    company
        .as_user("GET", &backups("/latest"))
        .send()
        .expect_problem(404, "no-backup");

    upload(&company, BACKUP);
    let smaller = upload(&company, &smaller_backup().to_string());
    // Nothing is registered: the largest set that was shown is what a backup should hold.
    assert_eq!(smaller["complete"], false);
    assert_eq!(smaller["missing"], json!(["MPC_CMP_EDDSA_ED25519"]));

    let passphrase = backup()["passphraseId"].as_str().unwrap().to_owned();
    let path = format!("/v1/passphrases/{passphrase}");
    let place = json!({"location": "GoogleDrive"});
    company
        .as_user("PUT", &path)
        .json(&place)
        .send()
        .expect(204);
    let latest = company
        .as_user("GET", &backups("/latest"))
        .send()
        .expect(200);
    assert_eq!(latest["id"], smaller["id"]);
    assert_eq!(latest["walletId"], WALLET);
    assert_eq!(latest["deviceId"], DEVICE);
    assert_eq!(latest["passphraseId"], passphrase);
    assert_eq!(latest["location"], "GoogleDrive");
    assert_eq!(latest["complete"], false);
    assert_eq!(
        latest["keys"][0]["publicKey"],
        backup()["keys"][0]["publicKey"]
    );
}

#[test]
fn a_key_set_that_grows_makes_the_backup_incomplete() {
    let company = Company::start();
    let keys = format!("/v1/wallets/{WALLET}/keys");
    let put = |keys_: Value| company.as_backend("PUT", &keys).json(&keys_).send();
    let all = backup()["keys"].clone();
    upload(&company, &smaller_backup().to_string());

    assert_eq!(put(json!([all[0]])).expect(200)["complete"], true);
    let extended = put(all.clone()).expect(200);
    assert_eq!(extended["complete"], false);
    assert_eq!(extended["missing"], json!(["MPC_CMP_EDDSA_ED25519"]));

    let mut other = all.clone();
    other[0]["publicKey"] =
        json!("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    put(other).expect_problem(409, "key-differs");
    put(json!([])).expect_problem(400, "bad-request");
    let mut bare = all;
    bare[0].as_object_mut().unwrap().remove("publicKey");
    put(bare).expect_problem(400, "bad-request");

    // The key set is the company's to say.
    let user = company.as_user("PUT", &keys).json(&json!([])).send();
    user.expect_problem(404, "no-such-wallet");
}

#[test]
fn a_content_is_given_back_whole() {
    let company = Company::start();
    let kept = upload(&company, BACKUP);
    let id = kept["id"].as_str().unwrap();
    let content = company
        .as_user("GET", &backups(&format!("/{id}/content")))
        .send();
    assert_eq!(content.headers["cache-control"], "no-store");
    let content = content.expect(200);
    assert_eq!(
        content["keys"][1]["encryptedKey"],
        backup()["keys"][1]["encryptedKeys"][0]["encryptedKey"]
    );

    let nothing = backups("/11111111-2222-4333-8444-555555555555/content");
    company
        .as_user("GET", &nothing)
        .send()
        .expect_problem(404, "no-backup");
}

#[test]
fn a_body_that_is_no_backup_of_this_device_names_the_place() {
    let company = Company::start();
    let post = |body: &str| {
        company
            .as_user("POST", &of_device("backups"))
            .body(body)
            .send()
    };
    let mut wrong = backup();
    wrong["keys"][1]["encryptedKeys"][0]["iv"] = json!("00");
    let problem = post(&wrong.to_string()).expect_problem(400, "bad-request");
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/keys/1/encryptedKeys/0/iv"
    );

    let others = json!({"deviceId": OTHER, "backup": backup()}).to_string();
    post(&others).expect_problem(422, "unprocessable");
    post("").expect_problem(400, "bad-request");
}

#[test]
fn a_replaced_phone_hands_nothing_in() {
    let company = Company::start();
    company.back_up("p1");
    let activate = json!({"physicalDeviceId": "p2"});
    let path = of_device("activate");
    company
        .as_user("POST", &path)
        .json(&activate)
        .send()
        .expect(204);

    let body = message("p1", "backup_keys", &smaller_backup());
    let answer = company
        .as_user("POST", &of_device("backups"))
        .body(body)
        .send();
    answer.expect_problem(409, "device-replaced");
    let devices = company
        .as_user("GET", &format!("/v1/wallets/{WALLET}/devices"))
        .send();
    let devices = devices.expect(200);
    assert_eq!(devices["devices"][0]["physicalDeviceId"], "p2");
    assert_eq!(devices["devices"][0]["deviceId"], DEVICE);
}

#[test]
fn what_the_live_provider_took_is_kept_and_nothing_else() {
    let company = Company::start();
    let observe = |message: String, reply: Value| {
        let body = json!({"message": message, "reply": reply.to_string()});
        company
            .as_backend("POST", &of_device("observed"))
            .json(&body)
            .send()
    };
    let sent = || message("p1", "backup_keys", &backup());
    let ok = json!({"result": {"success": true}});
    for (message, reply) in [
        (message("p1", "get_backup", &Value::Null), ok.clone()),
        (sent(), json!({"error": {"message": "no", "code": 1002}})),
        (sent(), json!({"result": {"success": false}})),
        (
            sent(),
            json!({"result": {"success": true}, "error": {"message": "no"}}),
        ),
        (sent(), json!({})),
        ("no message".to_owned(), ok.clone()),
    ] {
        assert_eq!(observe(message.clone(), reply).status, 204, "{message}");
    }
    let latest = backups("/latest");
    company
        .as_user("GET", &latest)
        .send()
        .expect_problem(404, "no-backup");

    observe(sent(), ok).expect(201);
    company.as_user("GET", &latest).send().expect(200);
    let history = company.as_user("GET", &backups("")).send().expect(200);
    assert_eq!(history["backups"][0]["source"], "observed");
    assert_eq!(history["backups"][0]["physicalDeviceId"], "p1");
}

#[test]
fn a_passphrase_itself_is_refused() {
    let company = Company::start();
    let path = "/v1/passphrases/p-1";
    let put = |body: Value| company.as_user("PUT", path).json(&body).send();
    put(json!({"location": "iCloud", "passphrase": "hunter2"}))
        .expect_problem(422, "unprocessable");
    put(json!({"location": "x".repeat(65)})).expect_problem(422, "unprocessable");
    put(json!({"location": "iCloud"})).expect(204);
    assert!(!company.server().log().contains("hunter2"));

    // Rows are a user's own, whatever another calls hers.
    let other = company
        .server()
        .request("PUT", path)
        .token(&Company::stranger());
    other.json(&json!({"location": "Drive"})).send().expect(204);
    let mine = company.as_user("GET", path).send().expect(200);
    assert_eq!(mine["location"], "iCloud");
    company
        .as_user("GET", "/v1/passphrases/p-2")
        .send()
        .expect_problem(404, "no-such-passphrase");
}
