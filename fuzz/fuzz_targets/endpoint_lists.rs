//! What the endpoint imports: lists of grants, harvested backups, secrets of webhooks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::crypto::secret::SecretBytes;
use lifeboat_fuzz::{
    decent,
    domain::{
        backup::MAX_KEYS,
        caller::is_sound_subject,
        grant::{Granted, read_grants},
        harvest::read_line,
        portal::ClientId,
    },
    webhook_secret::WebhookSecrets,
};

fuzz_target!(|data: &[u8]| {
    let secrets = WebhookSecrets::parse(&SecretBytes::new(data.to_vec()));
    match secrets {
        // No header carries a secret with white space around it.
        Ok(secrets) => assert!(!secrets.has(b"")),
        Err(error) => decent(&error),
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };

    let (grants, bad) = read_grants(text, Some("https://issuer.example"));
    bad.iter().for_each(decent);
    for grant in &grants {
        assert!(is_sound_subject(&grant.identity.subject), "{grant:?}");
        assert!(!grant.identity.issuer.is_empty());
        if let Granted::Client(client) = &grant.granted {
            assert!(ClientId::parse(client.as_str()).as_ref() == Some(client));
        }
    }

    match read_line(text) {
        Ok(harvested) => {
            assert!((1..=MAX_KEYS).contains(&harvested.backup.keys.len()));
            assert!(harvested.created_at.is_none_or(|at| at >= 0));
        }
        Err(error) => decent(&error),
    }
});
