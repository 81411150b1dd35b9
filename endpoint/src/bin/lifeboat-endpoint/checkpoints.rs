//! Signs checkpoints of the audit chain while the server runs, and one when it stops.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::Duration,
};

use lifeboat_endpoint::{config::Settings, keys::checkpoint::Signer, store::Store};

/// The thread that signs.
pub(crate) struct Checkpoints {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    pub(crate) fn start(signer: Signer, settings: &Settings, store: &Store) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (every, store) = (settings.audit.every, store.clone());
        let is_told = settings
            .notify
            .as_ref()
            .is_some_and(|notify| notify.checkpoints);
        tracing::info!(verifier = signer.verifier_key(), "checkpoints are signed");
        let thread = thread::spawn(move || {
            let mut last = 0;
            while wait(&stopped, every) {
                sign(&signer, &store, is_told, &mut last);
            }
            sign(&signer, &store, is_told, &mut last);
        });
        Self { stop, thread }
    }

    /// Signs the last one.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the last checkpoint was not signed");
        }
    }
}

/// Whether the time is over and the server still runs.
fn wait(stopped: &mpsc::Receiver<()>, every: Duration) -> bool {
    matches!(stopped.recv_timeout(every), Err(RecvTimeoutError::Timeout))
}

fn sign(signer: &Signer, store: &Store, is_told: bool, last: &mut i64) {
    let kept = store.audit_head().and_then(|head| {
        if head.seq > *last {
            let note = signer.sign(&head);
            tracing::info!(
                seq = head.seq,
                hash = hex::encode(head.hash),
                note,
                "checkpoint"
            );
            store.keep_checkpoint(head.seq, note, is_told)?;
            *last = head.seq;
        }
        Ok(())
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "no checkpoint is kept");
    }
}
