//! The one thread that writes: takes what waits, up to 512 writes, and commits them together.
//!
//! Each write is in a savepoint of its own, so that one that fails leaves nothing behind and the others go on. The
//! answers leave after the commit. When a commit fails, all of them fail, and writes that come after are refused at
//! once; once a second one of them is let through to see whether the database is back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    StoreError,
    audit::{append, head_of},
    database::{Database, Row, Value},
    sqlite::Sqlite,
};
use crate::domain::audit::Event;

/// Writes in one transaction.
const BATCH: usize = 512;
/// Writes that wait.
const WAITING: usize = 8192;
/// How often a write is let through while the database cannot be written, in milliseconds.
const PROBE: i64 = 1000;
/// A transaction that takes longer is held up by the disk or another program, in milliseconds.
const STUCK: i64 = 3000;

/// One write, within its transaction.
pub struct Write<'t> {
    database: &'t mut dyn Database,
    events: Vec<Event>,
    /// The time of the transaction, in milliseconds since 1970.
    pub now: i64,
}

impl Write<'_> {
    /// Records something in the audit chain, if this write is done.
    pub fn audit(&mut self, event: Event) {
        self.events.push(event);
    }
}

impl Database for Write<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        self.database.execute(sql, values)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.database.query(sql, values)
    }
}

/// Does one write; returns what answers its caller once the commit is done or has failed.
type Job = Box<dyn FnOnce(&mut Write<'_>) -> (bool, Answer) + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    health: Arc<Health>,
}

/// What callers see of the thread, in milliseconds of its clock; 0 is never.
struct Health {
    clock: Instant,
    /// Since when the database cannot be written.
    failing_since: AtomicI64,
    /// When a write was let through last, while it could not.
    probed_at: AtomicI64,
    /// Since when a transaction is under way.
    busy_since: AtomicI64,
    /// Writes that are done, for tests and metrics.
    done: AtomicUsize,
}

impl Health {
    fn now(&self) -> i64 {
        1 + i64::try_from(self.clock.elapsed().as_millis()).unwrap_or(i64::MAX - 1)
    }

    fn is_failing(&self) -> bool {
        self.failing_since.load(Ordering::Acquire) != 0
    }

    fn is_stuck(&self) -> bool {
        let since = self.busy_since.load(Ordering::Acquire);
        since != 0 && self.now() - since > STUCK
    }

    /// Whether a write is let through.
    fn lets_through(&self) -> bool {
        if self.is_stuck() {
            return false;
        }
        if !self.is_failing() {
            return true;
        }
        let (now, last) = (self.now(), self.probed_at.load(Ordering::Acquire));
        let exchange = |to| {
            let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
            self.probed_at.compare_exchange(last, to, success, failure)
        };
        now - last >= PROBE && exchange(now).is_ok()
    }
}

impl Writer {
    pub(super) fn start(database: Sqlite) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let health = Arc::new(Health {
            clock: Instant::now(),
            failing_since: AtomicI64::new(0),
            probed_at: AtomicI64::new(0),
            busy_since: AtomicI64::new(0),
            done: AtomicUsize::new(0),
        });
        let of_thread = Arc::clone(&health);
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(database, waiting, &of_thread))
            .expect("the system grants one thread at the start");
        Self { jobs, health }
    }

    pub(super) fn is_well(&self) -> bool {
        !self.health.is_failing() && !self.health.is_stuck()
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job_of(work);
        self.hand_over(job)?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) fn write_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job_of(work);
        self.hand_over(job)?;
        answer.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn hand_over(&self, job: Job) -> Result<(), StoreError> {
        if !self.health.lets_through() {
            let what = "it could not be written a moment ago";
            return Err(StoreError::NotWritten(what.into()));
        }
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => gone(),
        })
    }
}

fn gone() -> StoreError {
    StoreError::NotWritten("its transaction was given up".into())
}

fn job_of<T: Send + 'static>(
    work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (sender, receiver) = oneshot::channel();
    let job: Job = Box::new(move |write| {
        let done = work(write);
        let is_done = done.is_ok();
        let answer: Answer = Box::new(move |committed| {
            // Whoever asked may have gone away.
            let _gone = sender.send(match committed {
                Ok(()) => done,
                Err(error) => Err(error),
            });
        });
        (is_done, answer)
    });
    (job, receiver)
}

fn run(mut database: Sqlite, mut waiting: mpsc::Receiver<Job>, health: &Health) {
    let mut jobs = Vec::with_capacity(BATCH);
    while waiting.blocking_recv_many(&mut jobs, BATCH) > 0 {
        health.busy_since.store(health.now(), Ordering::Release);
        let count = jobs.len();
        let mut answers = Vec::with_capacity(count);
        let committed = commit(&mut database, &mut jobs, &mut answers);
        health.busy_since.store(0, Ordering::Release);
        note(health, committed.as_ref().err());
        health.done.fetch_add(count, Ordering::Relaxed);
        for answer in answers {
            answer(committed.clone());
        }
        // What was not begun is dropped, and its callers are told so.
        jobs.clear();
    }
}

fn note(health: &Health, error: Option<&StoreError>) {
    let Some(error) = error else {
        if health.failing_since.swap(0, Ordering::AcqRel) != 0 {
            tracing::warn!("the state database can be written again");
        }
        return;
    };
    let now = health.now();
    health.probed_at.store(now, Ordering::Release);
    if health.failing_since.swap(now, Ordering::AcqRel) == 0 {
        tracing::error!(%error, "the state database cannot be written: nothing is released");
    }
}

fn commit(
    database: &mut Sqlite,
    jobs: &mut Vec<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let begun = database.batch("BEGIN IMMEDIATE");
    let done = begun.and_then(|()| in_transaction(database, jobs, answers));
    let done = done.and_then(|()| database.batch("COMMIT"));
    if done.is_err() {
        // It may have been rolled back already.
        let _rolled_back = database.batch("ROLLBACK");
    }
    done
}

fn in_transaction(
    database: &mut Sqlite,
    jobs: &mut Vec<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let now = now();
    let mut head = head_of(database)?;
    for job in jobs.drain(..) {
        database.execute("SAVEPOINT one", &[])?;
        let mut write = Write {
            database,
            events: Vec::new(),
            now,
        };
        let (is_done, answer) = job(&mut write);
        let events = write.events;
        answers.push(answer);
        if is_done {
            for event in &events {
                head = append(database, head, event, now)?;
            }
        } else {
            database.execute("ROLLBACK TO one", &[])?;
        }
        database.execute("RELEASE one", &[])?;
    }
    Ok(())
}

/// The time, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
