//! Bounds of connections: how many there are, in all and from one address, and how long each may do nothing.
//!
//! A connection of HTTP/2 that only answers pings does nothing, and so does one whose client takes no answer. Both would hold a
//! descriptor, and what waits to be sent, for as long as they like.

use std::{
    collections::HashMap,
    future::Future,
    io::{Error, ErrorKind, IoSlice, Result},
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use axum_server::accept::Accept;
use http_body::{Frame, SizeHint};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};
use tower_service::Service;

/// How long a connection without a request may stay.
const IDLE: Duration = Duration::from_secs(75);
/// How long a connection with requests may stay where none of them begins or ends.
const STUCK: Duration = Duration::from_secs(120);
/// How often that is looked at where nothing comes.
const LOOK: Duration = Duration::from_secs(5);
/// Descriptors that are for everything else: operators, the database, issuers, notices.
const KEPT: usize = 256;
/// Most connections, whatever the system lends.
const MOST: usize = 16_384;
/// Fewest and most of what one address may have of them: a share of an eighth.
const SHARE: usize = 8;

/// How many connections a listener takes.
pub(crate) struct Connections {
    most: usize,
    of_one: Option<usize>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
    told: Option<Instant>,
}

/// Lets the process have as many descriptors as the system lends it; how many those are.
fn descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let lent = match setrlimit(Resource::Nofile, all) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    lent.map_or(MOST, |lent| usize::try_from(lent).unwrap_or(MOST))
}

impl Connections {
    /// As many as there are descriptors for. Behind a proxy all come from one address.
    pub(crate) fn new(is_behind_proxy: bool) -> Arc<Self> {
        let lent = descriptors();
        let most = lent.saturating_sub(KEPT).max(lent / 2).min(MOST);
        Arc::new(Self {
            most,
            of_one: (!is_behind_proxy).then_some((most / SHARE).max(1)),
            open: Mutex::default(),
        })
    }

    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this = open.by_address.get(&address).copied().unwrap_or_default();
        let is_full = open.all >= self.most;
        if is_full || self.of_one.is_some_and(|most| of_this >= most) {
            let is_due = open
                .told
                .is_none_or(|at| at.elapsed() > Duration::from_secs(60));
            if is_due {
                open.told = Some(Instant::now());
                let (most, all) = (self.most, open.all);
                tracing::warn!(
                    all,
                    most,
                    of_one_address = of_this,
                    "connections are refused: there are too many"
                );
            }
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, of_this + 1);
        Some(Place {
            connections: Arc::clone(self),
            address,
        })
    }
}

/// A place among the connections, given back when it ends.
struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let open = self.connections.open.lock();
        let mut open = open.unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

/// Accepts connections within their bounds, and then as `inner` does.
#[derive(Clone)]
pub(crate) struct Bounded<A> {
    pub(crate) inner: A,
    pub(crate) connections: Arc<Connections>,
}

type Accepting<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

impl<A, S> Accept<TcpStream, S> for Bounded<A>
where
    A: Accept<Watched, Counting<S>>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Accepting<(A::Stream, A::Service)>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let address = stream.peer_addr().map(|address| counted_as(address.ip()));
        let place = address
            .ok()
            .and_then(|address| self.connections.take(address));
        let Some(place) = place else {
            let refused = Error::new(ErrorKind::ConnectionRefused, "too many connections");
            return Box::pin(std::future::ready(Err(refused)));
        };
        let activity = Arc::new(Activity::new());
        let watched = Watched {
            stream,
            activity: Arc::clone(&activity),
            look: Box::pin(sleep(LOOK)),
            _place: place,
        };
        Box::pin(self.inner.accept(watched, Counting { service, activity }))
    }
}

/// Of IPv6 a network of 64 bits, which is what one customer has at least.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

/// What a connection does.
struct Activity {
    began: Instant,
    requests: AtomicUsize,
    /// When a request last began or ended, in milliseconds.
    changed: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            requests: AtomicUsize::new(0),
            changed: AtomicU64::new(0),
        }
    }

    fn note(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.changed.store(now, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let changed = Duration::from_millis(self.changed.load(Ordering::Relaxed));
        let rest = self.began.elapsed().saturating_sub(changed);
        match self.requests.load(Ordering::Relaxed) {
            0 => rest > IDLE,
            _ => rest > STUCK,
        }
    }
}

/// A request from its beginning until its answer is sent.
struct Answering(Arc<Activity>);

impl Answering {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.requests.fetch_add(1, Ordering::Relaxed);
        activity.note();
        Self(Arc::clone(activity))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
        self.0.note();
    }
}

/// A service that counts its requests.
#[derive(Clone)]
pub(crate) struct Counting<S> {
    service: S,
    activity: Arc<Activity>,
}

impl<S, R> Service<R> for Counting<S>
where
    S: Service<R, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future =
        Pin<Box<dyn Future<Output = std::result::Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let answering = Answering::begin(&self.activity);
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            // Where there is nothing to send the request is over with its head.
            if answer.body().is_end_stream() {
                return Ok(answer);
            }
            Ok(answer.map(|body| {
                Body::new(Sending {
                    body,
                    _answering: answering,
                })
            }))
        })
    }
}

/// The body of an answer that is being sent.
struct Sending {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that ends where it does nothing for too long.
pub(crate) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    look: Pin<Box<Sleep>>,
    _place: Place,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        loop {
            if self.activity.is_over() {
                let what = "nothing was asked for too long, or no answer taken";
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, what)));
            }
            if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
                return Poll::Ready(read);
            }
            ready!(self.look.as_mut().poll(context));
            self.look.set(sleep(LOOK));
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
