//! Portal: webhooks, client ciphertexts, and what is exported of them.

mod backups;
mod export;
mod hostile;
mod secrets;
mod settings;
mod unread;
mod webhooks;
