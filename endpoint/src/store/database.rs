//! The little of a database that the verbs need: statements with numbered parameters, rows with values.
//!
//! Statements are written for SQLite and PostgreSQL alike: parameters are `$1`, `$2`, … and appear for the first time in
//! this order.

use super::StoreError;

/// A value in a row or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A column of values, of PostgreSQL alone: a statement for many rows.
    List(Vec<Value>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Text.
    Text,
    /// Bytes.
    Blob,
}

/// A table that rows are put into, and its columns.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns that a row fills.
    pub columns: &'static [(&'static str, Kind)],
}

/// A question that is asked for many at once: a statement over the table `asked`, which has a row with these columns for
/// each of them. It gives exactly one row for each.
pub struct Question {
    /// The statement, without its order.
    pub sql: String,
    /// The columns of `asked`.
    pub columns: &'static [(&'static str, Kind)],
}

/// A row of an answer.
pub struct Row(pub(super) Vec<Value>);

/// A statement and its parameters.
pub type Asked<'a> = (&'a str, &'a [Value]);

/// A connection, in a transaction or for reading.
pub trait Database {
    /// Does something, and says how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError>;

    /// Does something whose outcome is the same in all cases, at once or with the next statement, which then fails where
    /// this one does. Never what can fail because of what a caller sent.
    ///
    /// # Errors
    /// [`StoreError`].
    fn perform(&mut self, sql: &str, values: &[Value]) -> Result<(), StoreError> {
        self.execute(sql, values).map(drop)
    }

    /// Asks for rows: all of them, so ask for few.
    ///
    /// # Errors
    /// [`StoreError`].
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Asks several things at once, none of which depends on another: the rows of each.
    ///
    /// # Errors
    /// [`StoreError`].
    fn query_all(&mut self, asked: &[Asked<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let ask = |(sql, values): &Asked<'_>| self.query(sql, values);
        asked.iter().map(ask).collect()
    }

    /// Puts rows into a table, at once or with the next statement, as [`Database::perform`] does.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put(&mut self, into: &'static Table, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        let mut left = rows.as_slice();
        // In as few statements as there are sizes of statements.
        while let Some(size) = [64, 16, 4, 1].into_iter().find(|size| *size <= left.len()) {
            let (some, others) = left.split_at(size);
            left = others;
            self.perform(&into.insert(size), &some.concat())?;
        }
        Ok(())
    }

    /// Asks one question for each of these: a row for each, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ask_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<Vec<Row>, StoreError> {
        let sql = question.of_one();
        let answer = |values: &Vec<Value>| {
            let found = self.find(&sql, values)?;
            found.ok_or_else(|| StoreError::Damaged("a question without an answer".to_owned()))
        };
        asked.iter().map(answer).collect()
    }

    /// Asks for one row; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn find(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, values)?.into_iter().next())
    }
}

impl Table {
    /// The names of its columns.
    pub(super) fn names(&self) -> String {
        names(self.columns)
    }

    /// A statement that writes so many rows.
    fn insert(&self, size: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let values: Vec<String> = (1..=width)
                .map(|column| format!("${}", row * width + column))
                .collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<String> = (0..size).map(row).collect();
        let (name, names, rows) = (self.name, self.names(), rows.join(", "));
        format!("INSERT INTO {name} ({names}) VALUES {rows}")
    }
}

impl Question {
    /// The statement for a single one.
    fn of_one(&self) -> String {
        let values: Vec<String> = (1..=self.columns.len())
            .map(|column| format!("${column}"))
            .collect();
        let (names, values, sql) = (names(self.columns), values.join(", "), &self.sql);
        format!("WITH asked ({names}) AS (SELECT {values}) {sql}")
    }
}

pub(super) fn names(columns: &[(&'static str, Kind)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

impl Row {
    /// Whether a column holds nothing.
    pub(super) fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), Some(Value::Null) | None)
    }

    fn at(&self, column: usize) -> Result<&Value, StoreError> {
        let missing = || StoreError::Damaged(format!("column {column} is missing"));
        self.0.get(column).ok_or_else(missing)
    }

    fn other<T>(column: usize) -> Result<T, StoreError> {
        let what = format!("column {column} is of another type");
        Err(StoreError::Damaged(what))
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for anything else; so with the others.
    pub fn integer(&self, column: usize) -> Result<i64, StoreError> {
        match self.at(column)? {
            Value::Integer(number) => Ok(*number),
            _ => Self::other(column),
        }
    }

    /// A whole number, or nothing.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn maybe_integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.at(column)? {
            Value::Text(text) => Ok(text),
            _ => Self::other(column),
        }
    }

    /// Text, or nothing.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.at(column)? {
            Value::Blob(bytes) => Ok(bytes),
            _ => Self::other(column),
        }
    }

    /// Bytes, or nothing.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn maybe_blob(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.blob(column).map(Some),
        }
    }

    /// So many bytes.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        let bytes = self.blob(column)?.try_into();
        bytes.or_else(|_| Self::other(column))
    }

    /// Takes bytes out of the row.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn take_blob(&mut self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.blob(column)?;
        match self
            .0
            .get_mut(column)
            .map(|value| std::mem::replace(value, Value::Null))
        {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Self::other(column),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Parameters of a statement: `values![wallet, at]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::database::Value::from($value)),*]
    };
}
pub(crate) use values;
