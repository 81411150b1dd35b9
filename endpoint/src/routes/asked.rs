//! Who asks for what: takes a request apart, reads its body within bounds, and proves its caller.

use std::{
    error::Error as _,
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, FromRequest, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use http_body_util::LengthLimitError;
use lifeboat::formats::{
    encoding::json::{FieldError, Value},
    wallets::wallet_id::WalletId,
};
use sha2::{Digest, Sha256};

use super::{
    App,
    layers::RequestId,
    limits::{Recovering, is_recovery},
};
use crate::{
    clock::now,
    config::Tls,
    domain::{
        caller::{Caller, Identity, Role, WalletSource},
        problem::{Code, Problem},
    },
    identity::{
        api_key::{Signed, SignedRequest, Verified},
        bearer::TokenError,
    },
    store::{StoreError, credentials, idempotency::Repeatable},
};

/// How long a step that must not be refused waits for the database.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// Longest `Idempotency-Key`, in bytes.
const MAX_KEY: usize = 128;
const PAUSE: Duration = Duration::from_millis(200);

/// A request whose caller is known.
pub struct Asked {
    /// Who asks.
    pub caller: Arc<Caller>,
    /// The body, whole.
    pub body: Bytes,
    /// The id of the request.
    pub request: String,
    /// Its place among the messages of recoveries.
    _place: Option<Recovering>,
}

impl FromRequest<App> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        // A body is waited for once its sender is known: whoever is nobody would keep a place as long as it likes.
        let known = known(app, &parts).await?;
        if let Known::Bearer(caller) = &known {
            counted(app, caller, &parts)?;
        }
        // Messages of a recovery wait for their place once they are there: a body that never comes holds nobody up.
        let (body, place) = if is_recovery(&parts.extensions) {
            let reading = app.limits().reading(known.user().as_deref()).await?;
            (whole(body, app).await?, Some(reading.done().await?))
        } else {
            (whole(body, app).await?, None)
        };
        let caller = match known {
            Known::Bearer(caller) => caller,
            Known::Signed(signed) => {
                let caller = used_once(app, signed, &parts, &body).await?;
                counted(app, &caller, &parts)?;
                Arc::new(caller)
            }
        };
        let id = parts.extensions.get::<RequestId>();
        Ok(Self {
            caller,
            body,
            request: id.map(|id| id.0.clone()).unwrap_or_default(),
            _place: place,
        })
    }
}

/// The whole body of a request.
///
/// # Errors
/// 413 where it is too long, 400 where it does not come as it was announced.
pub(super) async fn whole(body: Body, app: &App) -> Result<Bytes, Problem> {
    let most = app.limits().configured().body;
    to_bytes(body, most).await.map_err(|error| {
        let is_long = error
            .source()
            .is_some_and(|why| why.is::<LengthLimitError>());
        if is_long {
            Code::BodyTooLarge.into()
        } else {
            Problem::from(Code::BadRequest).member("", "the body is not sent as it should be")
        }
    })
}

impl Asked {
    /// The body as JSON.
    ///
    /// # Errors
    /// 400 with the place.
    pub(super) fn json(&self) -> Result<Value<'_>, Problem> {
        Value::parse("body", &self.body).map_err(|error| bad_field(&error))
    }

    /// The request as one that may be sent twice, where it has an `Idempotency-Key`.
    ///
    /// # Errors
    /// 400 where the key is none.
    pub(super) fn repeatable(
        &self,
        headers: &HeaderMap,
        route: &str,
    ) -> Result<Option<Repeatable>, Problem> {
        let Some(key) = headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = key
            .to_str()
            .ok()
            .filter(|key| (1..=MAX_KEY).contains(&key.len()));
        let key = key.ok_or_else(|| {
            let what = format!("`Idempotency-Key` has 1 to {MAX_KEY} printable letters");
            Problem::from(Code::BadRequest).member("", what)
        })?;
        let on_behalf = headers.get("x-on-behalf-of");
        let on_behalf = on_behalf.map_or(&b""[..], HeaderValue::as_bytes);
        let mut digest = Sha256::new();
        for part in [on_behalf, &self.body] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Ok(Some(Repeatable {
            caller: self.identity().clone(),
            route: route.to_owned(),
            key: key.to_owned(),
            digest: digest.finalize().into(),
        }))
    }

    /// Who the request is for.
    pub(super) fn identity(&self) -> &Identity {
        &self.caller.identity
    }
}

impl App {
    /// Whether the caller may name this wallet; whoever may not learns nothing of it.
    ///
    /// # Errors
    /// 404.
    pub(super) fn allow(&self, caller: &Caller, wallet: &WalletId) -> Result<(), Problem> {
        match granted_to(caller, wallet)? {
            Some(identity) if !self.store().has_grant(identity, wallet)? => {
                Err(Code::NoSuchWallet.into())
            }
            _ => Ok(()),
        }
    }

    /// The wallet of a path.
    ///
    /// # Errors
    /// 404, also where it is no id at all.
    pub(super) fn wallet(&self, caller: &Caller, id: &str) -> Result<WalletId, Problem> {
        let wallet = wallet_of(id)?;
        self.allow(caller, &wallet)?;
        Ok(wallet)
    }

    /// The wallets of a user; of a backend none, because all are.
    ///
    /// # Errors
    /// 503.
    pub(super) fn wallets_of(&self, caller: &Caller) -> Result<Vec<WalletId>, Problem> {
        match &caller.role {
            Role::Service => Ok(Vec::new()),
            Role::User(WalletSource::Claim(wallets)) => Ok(wallets.clone()),
            Role::User(WalletSource::Grants) => {
                Ok(self.store().granted_wallets(&caller.identity)?)
            }
        }
    }
}

/// The id of a wallet in a path.
///
/// # Errors
/// 404 where it is none.
pub(super) fn wallet_of(id: &str) -> Result<WalletId, Problem> {
    WalletId::parse(id.as_bytes()).map_err(|_| Code::NoSuchWallet.into())
}

/// To whom the table of grants must have granted the wallet, so that the caller may name it; `None` where the caller may by
/// itself. The grant is looked up together with what is asked for.
///
/// # Errors
/// 404 where the caller may not, whatever the table says.
pub(super) fn granted_to<'c>(
    caller: &'c Caller,
    wallet: &WalletId,
) -> Result<Option<&'c Identity>, Problem> {
    match &caller.role {
        Role::Service => Ok(None),
        Role::User(WalletSource::Claim(wallets)) if wallets.contains(wallet) => Ok(None),
        Role::User(WalletSource::Claim(_)) => Err(Code::NoSuchWallet.into()),
        Role::User(WalletSource::Grants) => Ok(Some(&caller.identity)),
    }
}

/// A complaint about a member of the body.
pub(super) fn bad_field(error: &FieldError) -> Problem {
    Problem::from(Code::BadRequest).member(pointer_of(&error.path), error.fault.to_string())
}

/// `keys[0].iv` as a JSON pointer (RFC 6901).
pub(super) fn pointer_of(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let path = path.replace('~', "~0").replace('/', "~1");
    format!(
        "/{}",
        path.replace('[', ".")
            .replace(']', "")
            .replace('.', "/")
            .trim_start_matches('/')
    )
}

/// Repeats a step while the database is away, for as long as a caller that cannot be refused waits.
pub(super) async fn patiently<T, F>(mut step: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let begun = Instant::now();
    loop {
        let done = step().await;
        let is_away = matches!(
            done,
            Err(StoreError::NotWritten(_) | StoreError::NotRead(_) | StoreError::Busy)
        );
        if !is_away || begun.elapsed() + PAUSE > PATIENCE {
            return done;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The same for what is looked up before such a step.
pub(super) async fn found_patiently<T>(
    look: impl Fn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let begun = Instant::now();
    loop {
        let found = look();
        let is_away = matches!(&found, Err(problem) if problem.code == Code::DatabaseUnavailable);
        if !is_away || begun.elapsed() + PAUSE > PATIENCE {
            return found;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The token, which is in its header and nowhere else.
fn token_of(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Code::TokenMissing)?;
    if values.next().is_some() {
        return Err(Code::TokenInvalid.into());
    }
    let value = value.to_str().map_err(|_| Code::TokenInvalid)?;
    let (scheme, token) = value.split_once(' ').ok_or(Code::TokenMissing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenMissing.into());
    }
    Ok(token.trim())
}

/// A caller that the head of a request proves.
enum Known {
    Bearer(Arc<Caller>),
    /// What is signed has a body, too.
    Signed(Signed),
}

impl Known {
    /// Whose messages wait for each other; none of a backend's, which come from many users.
    fn user(&self) -> Option<String> {
        match self {
            Self::Bearer(caller) if !caller.is_service() => Some(caller.identity.to_string()),
            Self::Bearer(_) | Self::Signed(_) => None,
        }
    }
}

/// Counts a request of a caller; messages of a recovery are not.
fn counted(app: &App, caller: &Caller, parts: &Parts) -> Result<(), Problem> {
    if is_recovery(&parts.extensions) {
        return Ok(());
    }
    app.limits().caller(caller.identity.to_string())
}

/// Who asks, by the head of a request.
async fn known(app: &App, parts: &Parts) -> Result<Known, Problem> {
    let token = token_of(&parts.headers)?;
    let identities = app.identities();
    let Some(api_key) = parts.headers.get("x-api-key") else {
        let address = address_of(parts, &app.settings().server.tls).to_string();
        let verified = identities.bearer.verify(token, &address, now()).await;
        return verified.map(Known::Bearer).map_err(problem_of);
    };
    let request = SignedRequest {
        api_key: api_key.to_str().map_err(|_| Code::TokenInvalid)?,
        token,
        uri: parts.uri.path_and_query().map_or("", |path| path.as_str()),
    };
    let signed = identities.api_keys.verify(&request, now());
    signed.map(Known::Signed).map_err(problem_of)
}

/// The caller of a signed request, which counts once.
async fn used_once(
    app: &App,
    signed: Signed,
    parts: &Parts,
    body: &[u8],
) -> Result<Caller, Problem> {
    let Verified {
        caller,
        nonce,
        nonce_until,
    } = signed.of(body).map_err(problem_of)?;

    let step = || {
        let (api_key, nonce) = (caller.identity.subject.clone(), nonce.clone());
        app.store()
            .write(move |write| credentials::use_nonce(write, &api_key, &nonce, nonce_until))
    };
    // A message of a recovery is not turned away while the database is; everything else is, at once.
    let is_new = if is_recovery(&parts.extensions) {
        patiently(step).await?
    } else {
        step().await?
    };
    if is_new {
        Ok(caller)
    } else {
        Err(Code::TokenInvalid.into())
    }
}

fn problem_of(error: TokenError) -> Problem {
    let code = match error {
        TokenError::Invalid => Code::TokenInvalid,
        TokenError::Expired => Code::TokenExpired,
        TokenError::KeysAway => Code::IssuerKeysMissing,
    };
    code.into()
}

/// Where a request comes from: the last address that a proxy which is believed has named.
pub(super) fn address_of(parts: &Parts, tls: &Tls) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
        peer.0.ip().to_canonical()
    });
    let Tls::Proxy(networks) = tls else {
        return peer;
    };
    let is_proxy = |address: IpAddr| networks.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return peer;
    }
    let named = parts.headers.get_all("x-forwarded-for").iter();
    let named: Vec<IpAddr> = named
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|address| address.trim().parse().ok())
        .collect();
    let beyond = named.iter().rev().find(|address| !is_proxy(**address));
    beyond.copied().unwrap_or(peer)
}
