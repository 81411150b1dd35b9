//! The key that backups are sealed under: made anew, and wrapped to another holder.

use crate::support::{
    company,
    server::Server,
    users::{Company, WALLET, smaller_backup},
};

const PHONE: &str = "11111111-2222-4333-8444-555555555555";

fn contents(company: &Company) -> Vec<serde_json::Value> {
    let path = format!("/v1/wallets/{WALLET}/backups");
    let listed = company.as_user("GET", &path).send().expect(200);
    let ids = listed["backups"].as_array().unwrap().iter();
    ids.map(|backup| {
        let path = format!("{path}/{}/content", backup["id"].as_str().unwrap());
        company.as_user("GET", &path).send().expect(200)
    })
    .collect()
}

#[test]
fn a_new_data_key_seals_and_the_old_one_still_opens() {
    let mut company = Company::start();
    company.back_up(PHONE);
    let told = company.folder.run(&["data-key", "new"]).ok().stdout();
    assert!(told.contains("made data key "), "{told}");
    company.server.take().unwrap().stop();
    company.server = Some(Server::start(&company.folder));
    company.ask(PHONE, "backup_keys", &smaller_backup());
    let contents = contents(&company);
    assert_eq!(contents.len(), 2);
    let counts = contents
        .iter()
        .map(|content| content["keys"].as_array().unwrap().len());
    assert_eq!(counts.sum::<usize>(), 3);

    // The two are under different keys.
    let folder = &company.folder;
    let sql = "SELECT count(DISTINCT substr(sealed, 1, 16)) FROM backup";
    assert_eq!(folder.database.number(folder.root(), sql), 2);
    let told = company.folder.run(&["audit", "verify"]).ok().stdout();
    assert!(told.contains("none changed"), "{told}");
}

#[test]
fn data_keys_are_wrapped_to_another_holder() {
    let mut company = Company::start();
    company.back_up(PHONE);
    company.folder.run(&["data-key", "new"]).ok();
    company
        .folder
        .write("new-public.pem", company::key("other.public.pem"));
    let told = company
        .folder
        .run(&["data-key", "rewrap", "--to", "new-public.pem"])
        .ok();
    assert!(
        told.stdout().contains("2 data keys wrapped to SHA256:"),
        "{}",
        told.stdout()
    );
    company.server.take().unwrap().stop();

    // The holder before opens nothing any more, and nothing is lost.
    let log = Server::try_start(&company.folder).err().expect("no start");
    assert!(log.contains("is wrapped to the key SHA256:"), "{log}");
    company
        .folder
        .write("endpoint.pem", company::key("other.pkcs8.pem"));
    company.server = Some(Server::start(&company.folder));
    assert_eq!(contents(&company).len(), 1);

    company
        .folder
        .write("weak.pem", company::key("old.public.pem"));
    let weak = company
        .folder
        .run(&["data-key", "rewrap", "--to", "weak.pem"]);
    assert_eq!(weak.status(), 2);
    assert!(
        weak.stderr().contains("expected at least 3072"),
        "{}",
        weak.stderr()
    );
}
