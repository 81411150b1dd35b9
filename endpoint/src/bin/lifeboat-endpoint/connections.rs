//! Bounds of connections: how many there are, in all and from one address, and how long each may do nothing.
//!
//! A connection of HTTP/2 that only answers pings does nothing, and so does one whose client takes no answer. Both would hold a
//! descriptor, and what waits to be sent, for as long as they like. Each answer counts for itself: others on the same connection
//! do not excuse one that nobody takes.

use std::{
    collections::HashMap,
    future::Future,
    io::{Error, ErrorKind, IoSlice, Result},
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use axum_server::{ConnectionShutdown, accept::Accept};
use http_body::{Frame, SizeHint};
use lifeboat_endpoint::{
    config::Tls,
    routes::{App, limits::counted_as, unsent::Share},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant as TimerInstant, Sleep, sleep},
};
use tower_service::Service;

/// How long a connection without a request may stay, in times of `limits.header`.
const IDLE: u32 = 15;
/// How long an answer of which nothing is taken may stay, in times of `limits.request`.
const STUCK: u32 = 12;
/// How often that is looked at where nothing comes or goes; and how long a connection that rests has to end by itself.
const LOOK: Duration = Duration::from_secs(5);
/// What is sent at once, in bytes: a client that takes less of an answer in `STUCK` takes nothing.
const PIECE: usize = 32 << 10;
/// Descriptors that are for everything else: operators, the database, issuers, notices.
const KEPT: usize = 256;
/// Most connections, whatever the system lends.
const MOST: usize = 16_384;
/// One address may have one in so many of them.
const SHARE: usize = 8;

/// How many connections a listener takes.
pub(crate) struct Connections {
    app: App,
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
    pub(crate) fn new(app: App) -> Arc<Self> {
        let is_behind_proxy = matches!(app.settings().server.tls, Tls::Proxy(_));
        let lent = descriptors();
        let most = lent.saturating_sub(KEPT).max(lent / 2).min(MOST);
        Arc::new(Self {
            app,
            most,
            of_one: (!is_behind_proxy).then_some((most / SHARE).max(1)),
            open: Mutex::default(),
        })
    }

    /// How long a connection without a request may stay.
    fn idle(&self) -> Duration {
        self.app.settings().limits.header * IDLE
    }

    /// How long an answer of which nothing is taken may stay.
    fn stuck(&self) -> Duration {
        self.app.limits().configured().request * STUCK
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
            place,
        };
        Box::pin(self.inner.accept(watched, Counting { service, activity }))
    }
}

/// What a connection does.
struct Activity {
    began: Instant,
    /// When each answer that is not sent yet last went on, in milliseconds since the beginning.
    answers: Mutex<Vec<Arc<AtomicU64>>>,
    /// When the last of them ended.
    ended: AtomicU64,
    /// Ends the connection as its protocol has it; known from its first request on.
    shutdown: OnceLock<ConnectionShutdown>,
}

/// Whether a connection may stay.
enum Standing {
    Busy,
    /// Nothing was asked for too long: it may finish what its client has just sent.
    Resting,
    Over,
}

impl Activity {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            answers: Mutex::default(),
            ended: AtomicU64::new(0),
            shutdown: OnceLock::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn answers(&self) -> MutexGuard<'_, Vec<Arc<AtomicU64>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self, connections: &Connections) -> Standing {
        let since = |moment: &AtomicU64| {
            let past = self.now().saturating_sub(moment.load(Ordering::Relaxed));
            Duration::from_millis(past)
        };
        let longest = self.answers().iter().map(|moved| since(moved)).max();
        let (rest, idle) = (since(&self.ended), connections.idle());
        match longest {
            Some(longest) if longest > connections.stuck() => Standing::Over,
            Some(_) => Standing::Busy,
            None if rest > idle + LOOK => Standing::Over,
            None if rest > idle => Standing::Resting,
            None => Standing::Busy,
        }
    }
}

/// A request from its beginning until the last byte of its answer is sent.
struct Answering {
    activity: Arc<Activity>,
    moved: Arc<AtomicU64>,
    /// Its part of the bytes that may wait to be sent.
    share: OnceLock<Arc<Share>>,
}

impl Answering {
    fn begin(activity: &Arc<Activity>) -> Arc<Self> {
        let moved = Arc::new(AtomicU64::new(activity.now()));
        activity.answers().push(Arc::clone(&moved));
        Arc::new(Self {
            activity: Arc::clone(activity),
            moved,
            share: OnceLock::new(),
        })
    }

    fn goes_on(&self) {
        self.moved.store(self.activity.now(), Ordering::Relaxed);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let ended = self.activity.now();
        self.activity.ended.store(ended, Ordering::Relaxed);
        let mut answers = self.activity.answers();
        answers.retain(|moved| !Arc::ptr_eq(moved, &self.moved));
    }
}

/// A service that counts its requests.
#[derive(Clone)]
pub(crate) struct Counting<S> {
    service: S,
    activity: Arc<Activity>,
}

impl<S, B> Service<Request<B>> for Counting<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future =
        Pin<Box<dyn Future<Output = std::result::Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answering = Answering::begin(&self.activity);
        if let Some(shutdown) = request.extensions().get::<ConnectionShutdown>() {
            self.activity.shutdown.get_or_init(|| shutdown.clone());
        }
        let answer = self.service.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            // Where there is nothing to send the request is over with its head.
            if answer.body().is_end_stream() {
                return Ok(answer);
            }
            if let Some(share) = answer.extensions_mut().remove::<Arc<Share>>() {
                let _first = answering.share.set(share);
            }
            answering.goes_on();
            Ok(answer.map(|body| {
                Body::new(Sending {
                    body,
                    rest: Bytes::new(),
                    answering,
                })
            }))
        })
    }
}

/// The body of an answer that is being sent, piece by piece.
struct Sending {
    body: Body,
    /// What of the body is at hand.
    rest: Bytes,
    answering: Arc<Answering>,
}

/// Bytes with the request that they answer: it is over when the last of them is sent, however long the connection keeps them.
struct Owned {
    bytes: Bytes,
    _answering: Arc<Answering>,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, axum::Error>>> {
        while self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                ended => return Poll::Ready(ended),
            };
            match frame.into_data() {
                Ok(bytes) => {
                    self.rest = Bytes::from_owner(Owned {
                        bytes,
                        _answering: Arc::clone(&self.answering),
                    });
                }
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        self.answering.goes_on();
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let at_hand = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower().saturating_add(at_hand));
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(at_hand));
        }
        hint
    }
}

/// A connection that ends where it does nothing for too long.
pub(crate) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    look: Pin<Box<Sleep>>,
    place: Place,
}

impl Watched {
    /// Ready with an error where the connection does nothing for too long. It is asked wherever the connection waits, to read
    /// or to write: one of HTTP/1 does not read while it sends.
    fn over(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        loop {
            match self.activity.standing(&self.place.connections) {
                Standing::Busy => {}
                Standing::Resting => {
                    if let Some(shutdown) = self.activity.shutdown.get() {
                        shutdown.graceful_shutdown();
                    }
                }
                Standing::Over => {
                    let what = "nothing was asked for too long, or an answer not taken";
                    return Poll::Ready(Error::new(ErrorKind::TimedOut, what));
                }
            }
            ready!(self.look.as_mut().poll(context));
            self.look.as_mut().reset(TimerInstant::now() + LOOK);
        }
    }

    fn unless_over<T>(
        &mut self,
        done: Poll<Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<T>> {
        match done {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.over(context).map(Err),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.unless_over(read, context)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.unless_over(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.unless_over(written, context)
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
