//! How a PostgreSQL server is found, proves itself, and is told who comes.

use std::{io::Read, path::Path, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_postgres::{Config, config::SslMode as Mode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    config::{Postgres, SslMode},
    files,
    store::StoreError,
};

/// Longest wait for a server to take a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How long a silent server over a network is trusted to be there.
const SILENCE: Duration = Duration::from_secs(10);
/// Longest file of a password, in bytes.
const MAX_PASSWORD: u64 = 4 << 10;

/// What opens connections.
pub(in crate::store) struct Login {
    config: Config,
    tls: MakeRustlsConnect,
    settings: Postgres,
}

impl Login {
    /// Reads what the configuration names.
    ///
    /// # Errors
    /// [`StoreError::NotRead`]: an address that is none, or a certificate that is none.
    pub(in crate::store) fn of(settings: &Postgres) -> Result<Self, StoreError> {
        let config: Result<Config, _> = settings.url.parse();
        let mut config = config.map_err(|error| {
            // The text of the error names what is wrong; the address has no password in it.
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            unusable(&format!("`database.url`: {}", cause.unwrap_or_default()))
        })?;
        config
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3)
            .application_name("lifeboat-endpoint")
            .ssl_mode(match settings.ssl_mode {
                SslMode::Disable => Mode::Disable,
                SslMode::Prefer => Mode::Prefer,
                SslMode::Require | SslMode::VerifyFull => Mode::Require,
            });
        let login = Self {
            config,
            tls: MakeRustlsConnect::new(tls(settings)?),
            settings: settings.clone(),
        };
        login.complete()?;
        Ok(login)
    }

    /// Everything that a connection needs. The password is read anew each time: it may have changed.
    pub(super) fn complete(&self) -> Result<(Config, MakeRustlsConnect), StoreError> {
        let mut config = self.config.clone();
        if let Some(file) = &self.settings.password_file {
            config.password(password(file)?);
        }
        Ok((config, self.tls.clone()))
    }
}

/// The only line of a file.
fn password(file: &Path) -> Result<String, StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |what: &dyn std::fmt::Display| {
        unusable(&format!(
            "`database.password_file`, `{}`: {what}",
            file.display()
        ))
    };
    let opened = files::open(file).map_err(|error| failed(&error))?;
    let mode = opened.metadata().map_err(|error| failed(&error))?;
    if mode.permissions().mode() & 0o007 != 0 {
        return Err(failed(&"anybody on this machine may read it; chmod 600 it"));
    }
    let mut text = String::new();
    opened
        // One byte more than is allowed tells that there is more.
        .take(MAX_PASSWORD + 1)
        .read_to_string(&mut text)
        .map_err(|error| failed(&error))?;
    if text.len() as u64 > MAX_PASSWORD {
        return Err(failed(&format!("it has more than {MAX_PASSWORD} bytes")));
    }
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.contains('\n') {
        return Err(failed(&"expected one line with the password"));
    }
    Ok(password.to_owned())
}

fn tls(settings: &Postgres) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error.to_string()))?;
    if settings.ssl_mode == SslMode::VerifyFull {
        let roots = roots(settings.certificate.as_deref())?;
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(WhoeverAnswers(provider)))
        .with_no_client_auth())
}

/// Who may sign the certificate of the server.
fn roots(file: Option<&Path>) -> Result<RootCertStore, StoreError> {
    let Some(file) = file else {
        return Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
    };
    let failed = |what: &dyn std::fmt::Display| {
        unusable(&format!(
            "`database.certificate`, `{}`: {what}",
            file.display()
        ))
    };
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    if roots.is_empty() {
        return Err(failed(&"there is no certificate in it"));
    }
    Ok(roots)
}

fn unusable(what: &str) -> StoreError {
    StoreError::NotRead(what.into())
}

/// Believes any certificate, as `sslmode=require` says: the connection is encrypted, to somebody.
#[derive(Debug)]
struct WhoeverAnswers(Arc<CryptoProvider>);

impl ServerCertVerifier for WhoeverAnswers {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _revocation: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
