//! Tells the company what happens: sends the notices of the outbox to its URL, one after the other, on a thread of its own.
//! No request waits for it.
//!
//! What is not answered with 2xx is tried again after a pause that grows to ten minutes, for as long as it takes.

use std::{sync::Arc, thread, time::Duration};

use arc_swap::ArcSwap;

use crate::{
    clock::now,
    keys::webhook::WebhookSecrets,
    outbound::agent,
    store::{Store, StoreError, outbox::Waiting},
};

/// How often the outbox is looked at. Other processes write there, too.
const LOOK: Duration = Duration::from_millis(200);
/// How long it is left alone when it cannot be read or written.
const REST: Duration = Duration::from_secs(2);
/// How long the company's server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where notices go, and what they are signed with.
pub struct Notifier {
    url: String,
    secrets: Arc<ArcSwap<WebhookSecrets>>,
    agent: ureq::Agent,
    store: Store,
}

impl Notifier {
    /// A notifier of a store. What is put into `secrets` later signs from then on.
    #[must_use]
    pub fn new(url: &str, secrets: Arc<ArcSwap<WebhookSecrets>>, store: Store) -> Self {
        Self {
            url: url.to_owned(),
            secrets,
            agent: agent(PATIENCE, 0, false),
            store,
        }
    }

    /// Sends from now on, for as long as the program runs. A program that ends in the middle sends that notice again
    /// when it starts.
    ///
    /// # Errors
    /// Where the system has no thread for it.
    pub fn start(self) -> std::io::Result<()> {
        let name = "notices".to_owned();
        let run = move || {
            loop {
                match self.send_one() {
                    Ok(true) => {}
                    Ok(false) => thread::sleep(LOOK),
                    Err(error) => {
                        tracing::warn!(%error, "notices wait: the outbox cannot be used");
                        thread::sleep(REST);
                    }
                }
            }
        };
        thread::Builder::new().name(name).spawn(run).map(drop)
    }

    /// Sends the next one that is due; whether there was one.
    fn send_one(&self) -> Result<bool, StoreError> {
        let Some(waiting) = self.store.take_notice()? else {
            return Ok(false);
        };
        match self.send(&waiting) {
            Ok(()) => self.store.notice_arrived(&waiting.id)?,
            Err(error) => {
                let pause = self.store.notice_failed(&waiting)? / 1000;
                let (notice, attempts) = (&waiting.id, waiting.attempts);
                tracing::warn!(
                    notice,
                    attempts,
                    error,
                    "the company has not taken a notice: it is sent again in {pause} s"
                );
            }
        }
        Ok(true)
    }

    fn send(&self, waiting: &Waiting) -> Result<(), String> {
        let seconds = now() / 1000;
        let signature = self
            .secrets
            .load()
            .sign(&waiting.id, seconds, &waiting.body);
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &waiting.id)
            .header("webhook-timestamp", &seconds.to_string())
            .header("webhook-signature", &signature)
            .send(waiting.body.as_bytes());
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status().as_u16())),
            Err(ureq::Error::StatusCode(status)) => Err(format!("it answered {status}")),
            // The text would hold the address, which may hold a token.
            Err(ureq::Error::BadUri(_)) => Err("the address is none".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}
