//! Questions of many requests, asked together: one thread takes what waits and asks it in one statement, so that the database
//! server answers once for all of them.

use std::{sync::Arc, thread};

use tokio::sync::{mpsc, oneshot};

use super::pool::PostgresPool;
use crate::store::{
    StoreError,
    database::{Question, Row, Value},
};

/// Most that is asked at once.
const MOST: usize = 256;
/// Most that waits.
const WAITING: usize = 8192;

/// Where questions wait for one another.
pub(in crate::store) struct Together {
    waiting: mpsc::Sender<Waiting>,
}

struct Waiting {
    question: Arc<Question>,
    values: Vec<Value>,
    answer: oneshot::Sender<Result<Row, StoreError>>,
}

impl Together {
    pub(in crate::store) fn start(pool: Arc<PostgresPool>) -> Self {
        let (waiting, taken) = mpsc::channel(WAITING);
        thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || run(&pool, taken))
            .expect("the system grants one thread at the start");
        Self { waiting }
    }

    /// Asks a question about these values.
    pub(in crate::store) async fn ask(
        &self,
        question: Arc<Question>,
        values: Vec<Value>,
    ) -> Result<Row, StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            question,
            values,
            answer,
        };
        let handed_over = self.waiting.try_send(waiting);
        handed_over.map_err(|_| StoreError::Busy)?;
        let gone = || StoreError::NotRead("what asks it has ended".into());
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn run(pool: &PostgresPool, mut taken: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(MOST);
    while taken.blocking_recv_many(&mut waiting, MOST) > 0 {
        while let Some(first) = waiting.first() {
            let question = Arc::clone(&first.question);
            let is_same = |one: &mut Waiting| Arc::ptr_eq(&one.question, &question);
            let same: Vec<Waiting> = waiting.extract_if(.., is_same).collect();
            ask(pool, &question, same);
        }
    }
}

fn ask(pool: &PostgresPool, question: &Question, waiting: Vec<Waiting>) {
    let (values, answers): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .map(|one| (one.values, one.answer))
        .unzip();
    let asked = pool.with_waiting_here(|database| database.ask_each(question, &values));
    let found = asked.and_then(|rows| {
        let is_whole = rows.len() == answers.len();
        let what = || StoreError::Damaged("a question without an answer".to_owned());
        is_whole.then_some(rows).ok_or_else(what)
    });
    // Whoever asked may have gone away.
    match found {
        Ok(rows) => {
            for (row, answer) in rows.into_iter().zip(answers) {
                let _gone = answer.send(Ok(row));
            }
        }
        Err(error) => {
            for answer in answers {
                let _gone = answer.send(Err(error.clone()));
            }
        }
    }
}
