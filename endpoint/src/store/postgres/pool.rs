//! Connections for reading: a few, opened when they are needed and kept. Whoever reads waits so long and no longer.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    BY_KEY,
    login::Login,
    session::{Fault, Session},
};
use crate::store::{
    StoreError,
    database::{Database, Question, Row, Value},
};

/// Most connections of one process.
const MOST: usize = 8;
/// Longest wait for one of them.
const TURN: Duration = Duration::from_secs(2);
/// Longest wait for an answer: a little longer than the server itself takes.
const DEADLINE: Duration = Duration::from_secs(4);
/// How long a server that could not be reached is not asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Set on every connection that reads.
const READING: &str = "SET default_transaction_read_only = on; SET statement_timeout = '3s'";

pub(in crate::store) struct PostgresPool {
    login: Arc<Login>,
    places: Mutex<Places>,
    freed: Condvar,
}

#[derive(Default)]
struct Places {
    spare: Vec<Session>,
    taken: usize,
    /// When the server could last not be reached.
    away: Option<Instant>,
}

impl PostgresPool {
    pub(in crate::store) fn new(login: Arc<Login>) -> Self {
        Self {
            login,
            places: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Reads with one of the connections. It waits on this thread, whose other tasks go on elsewhere.
    pub(in crate::store) fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        tokio::task::block_in_place(|| self.with_waiting_here(work))
    }

    /// The same on a thread that has no other tasks.
    pub(super) fn with_waiting_here<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut place = self.place()?;
        let done = work(&mut place);
        if matches!(done, Err(StoreError::NotRead(_))) {
            place.session = None;
        }
        done
    }

    fn place(&self) -> Result<Place<'_>, StoreError> {
        let begun = Instant::now();
        let mut places = self.places();
        while places.taken >= MOST {
            let left = TURN.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(StoreError::NotRead("all its connections are in use".into()));
            }
            let woken = self.freed.wait_timeout(places, left);
            places = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        places.taken += 1;
        Ok(Place {
            session: places.spare.pop(),
            pool: self,
        })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a connection, unless the server was away a moment ago: then everybody is told at once.
    fn opened(&self) -> Result<Session, Fault> {
        let is_away = |places: &Places| places.away.is_some_and(|at| at.elapsed() < PAUSE);
        let mut places = self.places();
        if is_away(&places) {
            return Err(Fault::Lost("it was away a moment ago".to_owned()));
        }
        if places.away.is_some() {
            // This one looks whether it is back; the others do not wait with it.
            places.away = Some(Instant::now());
        }
        drop(places);
        let opened = Session::open(&self.login, &format!("{BY_KEY}; {READING}"), DEADLINE);
        let mut places = self.places();
        places.away = opened.is_err().then(Instant::now);
        if opened.is_err() {
            places.spare.clear();
        }
        opened
    }
}

/// A place among those that read, and its connection.
struct Place<'p> {
    session: Option<Session>,
    pool: &'p PostgresPool,
}

impl Place<'_> {
    fn ask<T>(&mut self, work: impl Fn(&mut Session) -> Result<T, Fault>) -> Result<T, StoreError> {
        let is_kept = self.session.is_some();
        match self.asked(&work) {
            // The server may have been started again since: a statement that only reads is asked again.
            Err(Fault::Lost(_)) if is_kept => {
                self.session = None;
                self.asked(&work)
            }
            done => done,
        }
        .map_err(|fault| fault.read())
    }

    fn asked<T>(&mut self, work: impl Fn(&mut Session) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.pool.opened()?,
        };
        let answer = work(&mut session);
        // What a session that is late does is not known.
        if !matches!(answer, Err(Fault::Lost(_) | Fault::Late)) {
            self.session = Some(session);
        }
        answer
    }
}

impl Database for Place<'_> {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        let answer = self.ask(|session| session.ask(sql, values))?;
        Ok(usize::try_from(answer.changed).unwrap_or(usize::MAX))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        Ok(self.ask(|session| session.ask(sql, values))?.rows)
    }

    fn ask_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<Vec<Row>, StoreError> {
        self.ask(|session| session.ask_each(question, asked))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut places = self.pool.places();
        places.taken = places.taken.saturating_sub(1);
        places.spare.extend(self.session.take());
        drop(places);
        self.pool.freed.notify_one();
    }
}
