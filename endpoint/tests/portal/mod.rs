//! Portal: webhooks, client ciphertexts, and what is exported of them.

mod secrets;
mod settings;
mod webhooks;
