//! One connection to PostgreSQL, used from one thread at a time: statements wait for their answers here, each with a
//! deadline.
//!
//! The connection's own work is done by whoever waits, on the same thread, so an answer wakes nobody else. Statements
//! whose answers nobody needs yet are kept back and sent together with the next one, in one go: `later`.

use std::{
    collections::{HashMap, VecDeque},
    error::Error as _,
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{
    Client, CopyInSink, Error, Statement,
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::login::{Login, PATIENCE};
use crate::store::{
    StoreError,
    database::{Kind, Question, Row, Table, Value, names},
};

/// A connection.
pub(in crate::store) struct Session {
    /// There until the session is dropped.
    runtime: Option<Runtime>,
    client: Client,
    wire: Wire,
    statements: HashMap<String, Statement>,
    waiting: VecDeque<(Statement, Vec<Value>)>,
    /// Rows that are put after those statements, by table.
    rows: Vec<(&'static Table, Vec<Vec<Value>>)>,
    deadline: Duration,
}

/// Reads and writes of the connection; `None` once it has ended.
type Wire = Option<Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>>;

/// What a statement gave.
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) changed: u64,
}

/// Why a statement gave nothing.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The connection is gone, or the server is going down.
    Lost(String),
    /// The server said no.
    Refused(String),
    /// It did not answer in time: what it is doing is not known.
    Late,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) | Self::Refused(what) => formatter.write_str(what),
            Self::Late => formatter.write_str("the database server does not answer in time"),
        }
    }
}

impl Fault {
    pub(super) fn read(&self) -> StoreError {
        StoreError::NotRead(self.to_string().into())
    }

    pub(super) fn written(&self) -> StoreError {
        StoreError::NotWritten(self.to_string().into())
    }

    fn of(error: &Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let cause = error.source().map(|cause| format!(": {cause}"));
            return Self::Lost(format!("{error}{}", cause.unwrap_or_default()));
        };
        // Its details may quote values; they stay out of the log.
        let what = format!("{} ({})", told.message(), told.code().code());
        let going = [
            &SqlState::ADMIN_SHUTDOWN,
            &SqlState::CRASH_SHUTDOWN,
            &SqlState::CANNOT_CONNECT_NOW,
            &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            &SqlState::TOO_MANY_CONNECTIONS,
        ];
        if going.contains(&told.code()) {
            Self::Lost(what)
        } else {
            Self::Refused(what)
        }
    }
}

impl Session {
    /// Opens a connection and does these statements first.
    pub(super) fn open(login: &Login, first: &str, deadline: Duration) -> Result<Self, Fault> {
        let lost = |error: &dyn fmt::Display| Fault::Lost(error.to_string());
        let (config, tls) = login.complete().map_err(|error| lost(&error))?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| lost(&error))?;
        let connected = runtime.block_on(async {
            let connected = tokio::time::timeout(2 * PATIENCE, config.connect(tls)).await;
            connected.map_err(|_| Fault::Late)
        });
        let (client, connection) = connected?.map_err(|error| Fault::of(&error))?;
        let mut session = Self {
            runtime: Some(runtime),
            client,
            wire: Some(Box::pin(connection)),
            statements: HashMap::new(),
            waiting: VecDeque::new(),
            rows: Vec::new(),
            deadline,
        };
        session.batch(first)?;
        Ok(session)
    }

    /// Whether the connection has ended.
    pub(super) fn is_over(&self) -> bool {
        self.wire.is_none() || self.client.is_closed()
    }

    /// Does a statement, after those that were kept back.
    pub(super) fn ask(&mut self, sql: &str, values: &[Value]) -> Result<Answer, Fault> {
        self.later(sql, values)?;
        let last = self.flush()?.pop();
        last.ok_or_else(|| Fault::Lost("nothing was asked".to_owned()))
    }

    /// Keeps a statement back until the next one that is asked. Where it fails, that one fails.
    pub(super) fn later(&mut self, sql: &str, values: &[Value]) -> Result<(), Fault> {
        self.settle()?;
        self.keep_back(sql, values.to_vec())
    }

    /// Keeps rows for a table back, which become one statement.
    pub(super) fn put(&mut self, into: &'static Table, rows: Vec<Vec<Value>>) {
        let mut tables = self.rows.iter_mut();
        match tables.find(|(table, _)| table.name == into.name) {
            Some((_, kept)) => kept.extend(rows),
            None => self.rows.push((into, rows)),
        }
    }

    /// Makes statements of the rows that were kept back.
    fn settle(&mut self) -> Result<(), Fault> {
        for (table, rows) in std::mem::take(&mut self.rows) {
            let (name, names, lists) = (table.name, table.names(), lists(table.columns));
            let sql = format!("INSERT INTO {name} ({names}) SELECT * FROM unnest({lists})");
            self.keep_back(&sql, columns_of(rows, table.columns.len()))?;
        }
        Ok(())
    }

    /// Asks one question for all of these; a row for each, in their order.
    pub(super) fn ask_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<Vec<Row>, Fault> {
        self.later_each(question, asked)?;
        Ok(self.flush()?.pop().map_or_else(Vec::new, |last| last.rows))
    }

    /// Keeps such a question back, as [`Session::later`] does.
    pub(super) fn later_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<(), Fault> {
        let (names, lists) = (names(question.columns), lists(question.columns));
        let sql = format!(
            "WITH asked AS (SELECT * FROM unnest({lists}) WITH ORDINALITY AS list ({names}, place)) {} ORDER BY asked.place",
            question.sql
        );
        self.settle()?;
        self.keep_back(&sql, columns_of(asked.to_vec(), question.columns.len()))
    }

    fn keep_back(&mut self, sql: &str, values: Vec<Value>) -> Result<(), Fault> {
        if values.iter().any(has_nul) {
            return Err(Fault::Refused("a text has the letter NUL".to_owned()));
        }
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let (client, runtime) = (&self.client, self.runtime.as_ref());
                let preparing = client.prepare(sql);
                let statement = wait(runtime, &mut self.wire, self.deadline, preparing)?;
                self.statements.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        self.waiting.push_back((statement, values));
        Ok(())
    }

    /// Forgets what was kept back.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
        self.rows.clear();
    }

    /// Sends what was kept back; its answers. Where one of them fails, its fault.
    pub(super) fn flush(&mut self) -> Result<Vec<Answer>, Fault> {
        self.settle()?;
        let (client, runtime) = (&self.client, self.runtime.as_ref());
        let asked = std::mem::take(&mut self.waiting);
        let all = asked
            .iter()
            .map(|(statement, values)| Box::pin(one(client, statement, values)))
            .collect();
        wait(runtime, &mut self.wire, self.deadline, in_order(all))
    }

    /// Does several statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        let (client, runtime) = (&self.client, self.runtime.as_ref());
        let work = client.batch_execute(sql);
        wait(runtime, &mut self.wire, self.deadline, work)
    }

    /// Lets the server notice within a second that this process has died, also within a long statement; since
    /// PostgreSQL 14.
    pub(super) fn notice_ends(&mut self) -> Result<(), Fault> {
        let sql = "SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'";
        self.ask(sql, &[]).map(drop)
    }

    /// Begins to copy rows into a table.
    pub(super) fn copy_in(&mut self, sql: &str) -> Result<Copying, Fault> {
        let (client, runtime) = (&self.client, self.runtime.as_ref());
        let work = client.copy_in(sql);
        let sink = wait(runtime, &mut self.wire, self.deadline, work)?;
        Ok(Copying(Box::pin(sink)))
    }

    /// Sends a part of a copy.
    pub(super) fn send(&mut self, copying: &mut Copying, part: Bytes) -> Result<(), Fault> {
        let work = copying.0.send(part);
        wait(self.runtime.as_ref(), &mut self.wire, self.deadline, work)
    }

    /// Ends a copy; how many rows the table got.
    pub(super) fn end_copy(&mut self, mut copying: Copying) -> Result<u64, Fault> {
        let work = copying.0.as_mut().finish();
        wait(self.runtime.as_ref(), &mut self.wire, self.deadline, work)
    }
}

impl Drop for Session {
    /// Without waiting: it may be dropped where waiting is forbidden.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Rows on their way into a table.
pub(super) struct Copying(Pin<Box<CopyInSink<Bytes>>>);

/// Waits for some work of the connection, and does what the connection needs meanwhile.
fn wait<T>(
    runtime: Option<&Runtime>,
    wire: &mut Wire,
    deadline: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    let runtime = runtime.ok_or_else(|| Fault::Lost("the session is over".to_owned()))?;
    runtime.block_on(async {
        let mut work = pin!(work);
        let both = poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done.map_err(|error| Fault::of(&error)));
            }
            let Some(connection) = wire else {
                return Poll::Ready(Err(Fault::Lost("the connection is over".to_owned())));
            };
            let ended = connection.as_mut().poll(context);
            // What came in may be what the work waits for.
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done.map_err(|error| Fault::of(&error)));
            }
            let Poll::Ready(ended) = ended else {
                return Poll::Pending;
            };
            *wire = None;
            let why = ended.err().map(|error| Fault::of(&error).to_string());
            let why = why.unwrap_or_else(|| "the server closed the connection".to_owned());
            Poll::Ready(Err(Fault::Lost(why)))
        });
        let done = tokio::time::timeout(deadline, both).await;
        done.unwrap_or(Err(Fault::Late))
    })
}

async fn one(client: &Client, statement: &Statement, values: &[Value]) -> Result<Answer, Error> {
    let values = values.iter().map(|value| value as &(dyn ToSql + Sync));
    let mut found = pin!(client.query_raw(statement, values).await?);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        let values = (0..row.len()).map(|column| row.try_get(column));
        rows.push(Row(values.collect::<Result<_, _>>()?));
    }
    Ok(Answer {
        rows,
        changed: found.rows_affected().unwrap_or_default(),
    })
}

/// Sends all of them at once, and takes their answers in order.
async fn in_order<F: Future<Output = Result<Answer, Error>>>(
    mut all: Vec<Pin<Box<F>>>,
) -> Result<Vec<Answer>, Error> {
    // The first look at each sends it.
    let mut begun = poll_fn(|context| {
        let begun = all.iter_mut().map(|work| work.as_mut().poll(context));
        Poll::Ready(begun.collect::<Vec<_>>())
    })
    .await
    .into_iter();
    let mut answers = Vec::with_capacity(all.len());
    for work in all {
        answers.push(match begun.next() {
            Some(Poll::Ready(done)) => done?,
            _ => work.await?,
        });
    }
    Ok(answers)
}

/// Parameters that are lists, one for each column.
fn lists(columns: &[(&'static str, Kind)]) -> String {
    let list = |(place, (_, kind)): (usize, &(&str, Kind))| {
        let kind = match kind {
            Kind::Integer => "bigint",
            Kind::Text => "text",
            Kind::Blob => "bytea",
        };
        format!("${place}::{kind}[]")
    };
    let lists: Vec<String> = (1..).zip(columns).map(list).collect();
    lists.join(", ")
}

/// The columns of rows, each a list.
fn columns_of(rows: Vec<Vec<Value>>, width: usize) -> Vec<Value> {
    let mut columns: Vec<Vec<Value>> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns.into_iter().map(Value::List).collect()
}

/// What PostgreSQL takes for no text at all.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains('\0'),
        Value::List(list) => list.iter().any(has_nul),
        Value::Null | Value::Integer(_) | Value::Blob(_) => false,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => out.extend_from_slice(&number.to_be_bytes()),
            (Self::Integer(number), &Type::INT4) => {
                out.extend_from_slice(&i32::try_from(*number)?.to_be_bytes());
            }
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => {
                out.extend_from_slice(text.as_bytes());
            }
            (Self::Blob(bytes), &Type::BYTEA) => out.extend_from_slice(bytes),
            (Self::List(list), kind) => return list.to_sql(kind, out),
            (_, kind) => return Err(format!("a parameter is of the type {kind}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Integer(bool::from_sql(kind, raw)?.into()),
            Type::TEXT | Type::VARCHAR | Type::NAME => Self::Text(String::from_sql(kind, raw)?),
            Type::BYTEA => Self::Blob(raw.to_vec()),
            // What a function gives that gives nothing.
            Type::VOID => Self::Null,
            _ => return Err(format!("a column is of the type {kind}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
