//! The one thread that writes: takes what waits, up to 512 writes, and commits them together.
//!
//! Each write is in a savepoint of its own, so that one that fails leaves nothing behind and the others go on. Where
//! savepoints are costly, they are left out until a write has failed, and its transaction with it. Writes that say what they
//! ask first are asked together, except for those of one wallet ([`Ahead`]).
//!
//! The answers leave after the commit. When a commit fails, all of them fail, and writes that come after are refused at once,
//! until a write of the thread's own, which it tries once a second, says that the database is back.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
    vec::IntoIter,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, oneshot},
};

use super::{
    StoreError,
    audit::{self, Recorded},
    database::{Asked, Database, Question, Row, Table, Value},
};
use crate::{
    clock::now,
    domain::audit::{Event, Head},
};

/// Writes in one transaction.
const BATCH: usize = 512;
/// Writes that wait.
const WAITING: usize = 8192;
/// How long the thread waits between two tries while the database cannot be written.
const PROBE: Duration = Duration::from_secs(1);
/// How long every write is in a savepoint after one has failed.
const CAREFUL: Duration = Duration::from_secs(60);
/// A transaction that takes longer is held up by the disk or another program, in milliseconds.
const STUCK: i64 = 3000;

/// A connection that writes, in transactions of which there is one at a time in all processes.
pub(super) trait Writing: Database + Send {
    /// Begins a transaction, says where the audit chain ends, and answers what its first writes ask.
    fn begin(&mut self, first: Option<&Asking>) -> Result<(Head, Vec<Row>), StoreError>;

    /// Ends it: what was written lasts from here on. Where this fails, it may last or not.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Ends a transaction that has failed; nothing of it lasts, unless its commit was under way.
    fn give_up(&mut self);

    /// Whether a savepoint for each write is worth its time.
    fn has_cheap_savepoints(&self) -> bool {
        true
    }
}

/// Why a transaction came to nothing.
enum Failed {
    /// The database.
    Database(StoreError),
    /// One of its writes, which was not in a savepoint. It gets its own error, the others may try again.
    Write,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Database(error)
    }
}

/// One write, within its transaction.
pub struct Write<'t> {
    database: &'t mut dyn Database,
    events: Vec<Event>,
    /// What was asked ahead for this write.
    found: Option<Row>,
    /// The time of the transaction, in milliseconds since 1970.
    pub now: i64,
}

/// What a write asks first, so that all writes of a transaction ask together. Its answer must depend on nothing but what
/// writes of the same key change, and writes that ask nothing.
pub(super) struct Ahead {
    /// What it asks. The last column of `asked` is the time of the transaction, which is not among the values.
    pub(super) question: &'static Question,
    /// The key: a wallet.
    pub(super) key: [u8; 16],
    /// The other columns.
    pub(super) values: Vec<Value>,
}

impl Write<'_> {
    /// The answer to what this write asks first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn answer(&mut self, ahead: Ahead) -> Result<Row, StoreError> {
        if let Some(found) = self.found.take() {
            return Ok(found);
        }
        let asked = [ahead.at(self.now)];
        let found = self.database.ask_each(ahead.question, &asked)?.pop();
        found.ok_or_else(|| StoreError::Damaged("a question without an answer".to_owned()))
    }

    /// Records something in the audit chain, if this write is done.
    pub fn audit(&mut self, event: Event) {
        self.events.push(event);
    }
}

/// What several writes ask.
pub(super) struct Asking {
    pub(super) question: &'static Question,
    pub(super) asked: Vec<Vec<Value>>,
}

impl Ahead {
    fn at(&self, now: i64) -> Vec<Value> {
        let mut values = self.values.clone();
        values.push(now.into());
        values
    }

    /// What a database does not even look at is asked by the write itself, and fails it alone.
    fn is_sound(&self) -> bool {
        let is_sound = |value: &Value| !matches!(value, Value::Text(text) if text.contains('\0'));
        self.values.iter().all(is_sound)
    }
}

impl Database for Write<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        self.database.execute(sql, values)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.database.query(sql, values)
    }

    fn query_all(&mut self, asked: &[Asked<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.database.query_all(asked)
    }

    fn perform(&mut self, sql: &str, values: &[Value]) -> Result<(), StoreError> {
        self.database.perform(sql, values)
    }

    fn put(&mut self, into: &'static Table, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        self.database.put(into, rows)
    }

    fn ask_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<Vec<Row>, StoreError> {
        self.database.ask_each(question, asked)
    }
}

/// One write that waits.
struct Job {
    ahead: Option<Ahead>,
    work: Work,
}

/// Does one write; returns what answers its caller once the commit is done or has failed.
type Work = Box<dyn FnOnce(&mut Write<'_>) -> (bool, Answer) + Send>;
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

    fn is_well(&self) -> bool {
        !self.is_failing() && !self.is_stuck()
    }
}

impl Writer {
    pub(super) fn start(database: impl Writing + 'static) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let health = Arc::new(Health {
            clock: Instant::now(),
            failing_since: AtomicI64::new(0),
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
        self.health.is_well()
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        ahead: Option<Ahead>,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job_of(ahead, work);
        self.hand_over(job)?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) fn write_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job_of(None, work);
        self.hand_over(job)?;
        answer.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn hand_over(&self, job: Job) -> Result<(), StoreError> {
        if !self.health.is_well() {
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
    ahead: Option<Ahead>,
    work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (sender, receiver) = oneshot::channel();
    let work: Work = Box::new(move |write| {
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
    let ahead = ahead.filter(Ahead::is_sound);
    (Job { ahead, work }, receiver)
}

fn run(mut database: impl Writing, mut waiting: mpsc::Receiver<Job>, health: &Health) {
    let clock = Builder::new_current_thread().enable_time().build();
    let clock = clock.expect("the system grants one clock at the start");
    let (mut jobs, mut careful_until) = (Vec::with_capacity(BATCH), None);
    while next(&mut jobs, &mut waiting, health, &clock) {
        health.busy_since.store(health.now(), Ordering::Release);
        let count = jobs.len();
        let mut answers = Vec::with_capacity(count);
        let is_careful = database.has_cheap_savepoints()
            || careful_until.is_some_and(|until| Instant::now() < until);
        let committed = commit(&mut database, is_careful, &mut jobs, &mut answers);
        let committed = match committed {
            Ok(()) => {
                note(health, None);
                Ok(())
            }
            Err(Failed::Database(error)) => {
                note(health, Some(&error));
                Err(error)
            }
            Err(Failed::Write) => {
                careful_until = Some(Instant::now() + CAREFUL);
                Err(gone())
            }
        };
        health.busy_since.store(0, Ordering::Release);
        health.done.fetch_add(count, Ordering::Relaxed);
        for (is_done, answer) in answers {
            // One that failed says why by itself.
            answer(if is_done { committed.clone() } else { Ok(()) });
        }
        // What was not begun is dropped, and its callers are told so.
        jobs.clear();
        if health.is_failing() {
            while waiting.try_recv().is_ok() {}
        }
    }
}

/// Waits for what is to be written; a try of its own while nothing can be. `false` when the store is dropped.
fn next(
    jobs: &mut Vec<Job>,
    waiting: &mut mpsc::Receiver<Job>,
    health: &Health,
    clock: &Runtime,
) -> bool {
    if !health.is_failing() {
        return waiting.blocking_recv_many(jobs, BATCH) > 0;
    }
    let received = clock.block_on(async {
        let received = waiting.recv_many(jobs, BATCH);
        tokio::time::timeout(PROBE, received).await
    });
    received.map_or_else(
        |_| {
            let (job, _answer) = job_of(None, probe);
            jobs.push(job);
            true
        },
        |count| count > 0,
    )
}

/// Writes something and takes it back: a transaction that changes nothing would succeed on a full disk.
fn probe(write: &mut Write<'_>) -> Result<(), StoreError> {
    write.execute(
        "INSERT INTO checkpoint (seq, note) VALUES (-1, '') ON CONFLICT (seq) DO NOTHING",
        &[],
    )?;
    write.execute("DELETE FROM checkpoint WHERE seq = -1", &[])?;
    Ok(())
}

fn note(health: &Health, error: Option<&StoreError>) {
    let Some(error) = error else {
        if health.failing_since.swap(0, Ordering::AcqRel) != 0 {
            tracing::warn!("the state database can be written again");
        }
        return;
    };
    if health.failing_since.swap(health.now(), Ordering::AcqRel) == 0 {
        tracing::error!(%error, "the state database cannot be written: nothing is released");
    }
}

fn commit(
    database: &mut impl Writing,
    is_careful: bool,
    jobs: &mut Vec<Job>,
    answers: &mut Vec<(bool, Answer)>,
) -> Result<(), Failed> {
    // The time before the lock of all writes: what happened since then counts as well.
    let first = asking(jobs, now());
    let begun = database.begin(first.as_ref()).map_err(Failed::from);
    let done = begun.and_then(|(head, found)| {
        let found = as_many(found, first.as_ref())?;
        in_transaction(database, head, found, is_careful, jobs, answers)
    });
    let done = done.and_then(|()| Ok(database.commit()?));
    if done.is_err() {
        database.give_up();
    }
    done
}

fn in_transaction(
    database: &mut impl Writing,
    mut head: Head,
    mut found: IntoIter<Row>,
    is_careful: bool,
    jobs: &mut Vec<Job>,
    answers: &mut Vec<(bool, Answer)>,
) -> Result<(), Failed> {
    let now = now();
    let mut recorded: Vec<Recorded> = Vec::new();
    while !jobs.is_empty() {
        for job in jobs.drain(..found.len().max(1)) {
            if is_careful {
                database.perform("SAVEPOINT one", &[])?;
            }
            let mut write = Write {
                database: &mut *database,
                events: Vec::new(),
                found: found.next(),
                now,
            };
            let (is_done, answer) = (job.work)(&mut write);
            let events = write.events;
            answers.push((is_done, answer));
            if is_done {
                for event in &events {
                    let (next, event) = audit::record(head, event, now);
                    head = next;
                    recorded.push(event);
                }
            } else if is_careful {
                database.execute("ROLLBACK TO one", &[])?;
            } else {
                return Err(Failed::Write);
            }
            if is_careful {
                database.perform("RELEASE one", &[])?;
            }
        }
        if let Some(next) = asking(jobs, now) {
            let rows = database.ask_each(next.question, &next.asked)?;
            found = as_many(rows, Some(&next))?;
        }
    }
    Ok(audit::write(database, recorded)?)
}

/// What the next writes ask, as many of them as may ask before the first of them is done; `None` where the next one asks
/// nothing.
fn asking(jobs: &[Job], now: i64) -> Option<Asking> {
    let together = jobs.get(..together(jobs)).unwrap_or_default();
    let ahead = together.iter().filter_map(|job| job.ahead.as_ref());
    let question = ahead.clone().next()?.question;
    Some(Asking {
        question,
        asked: ahead.map(|ahead| ahead.at(now)).collect(),
    })
}

/// How many of the next writes may ask before the first of them is done: each asks the same, and none has the key of another.
/// One that asks nothing may change anything, so those behind it ask after it.
fn together(jobs: &[Job]) -> usize {
    let mut keys = HashSet::new();
    let mut question: Option<&'static Question> = None;
    let may = |job: &&Job| {
        job.ahead.as_ref().is_some_and(|ahead| {
            let first = *question.get_or_insert(ahead.question);
            std::ptr::eq(first, ahead.question) && keys.insert(ahead.key)
        })
    };
    jobs.iter().take_while(may).count()
}

/// As many rows as were asked for.
fn as_many(rows: Vec<Row>, asking: Option<&Asking>) -> Result<IntoIter<Row>, StoreError> {
    if rows.len() == asking.map_or(0, |asking| asking.asked.len()) {
        return Ok(rows.into_iter());
    }
    let what = "a question without an answer".to_owned();
    Err(StoreError::Damaged(what))
}
