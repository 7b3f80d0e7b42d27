//! Rows into several tables in one trip to the database: a trip costs more than the rows it carries. SQLite gets
//! statements in a row and PostgreSQL one statement; what stands in them is the same. All of it is built from
//! constants: nothing a caller says ever becomes SQL.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

use super::{Database, Either, Tx};
use crate::error::LogError;

/// Numbers of rows for which there are texts. What is between is filled up with rows of nulls, which are left out
/// again; so a few texts are enough, and stay prepared.
const SIZES: [usize; 8] = [0, 1, 4, 8, 16, 32, 64, MOST];
/// Most rows of one table in one trip.
const MOST: usize = 256;

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(&'a str),
    /// A text that may be absent.
    Maybe(Option<&'a str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// Whole numbers.
    Number,
    /// Texts.
    Text,
    /// Bytes.
    Bytes,
}

/// An insert into one table. Its first column is never null.
#[derive(Debug)]
pub struct Insert {
    /// The table and its columns, such as `event (position, stream)`.
    pub into: &'static str,
    /// What those columns hold.
    pub columns: &'static [Column],
    /// What follows the rows, such as `on conflict do nothing`.
    pub otherwise: &'static str,
}

/// An update that goes before the inserts. It must fail where it does not apply.
#[derive(Debug, Clone, Copy)]
pub struct First {
    /// The update, with `?` for each of its numbers.
    pub update: &'static str,
    /// What PostgreSQL works out for the row it changed.
    pub returning: &'static str,
}

/// The rows of each table of a script, value after value.
pub type Rows<'a, const N: usize> = [&'a [Value<'a>]; N];

/// Inserts that are made together.
#[derive(Debug)]
pub struct Script<const N: usize> {
    first: Option<First>,
    inserts: [Insert; N],
    /// By shape; there are few of them.
    texts: Mutex<BTreeMap<Shape<N>, &'static str>>,
}

/// What a text depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shape<const N: usize> {
    is_sqlite: bool,
    /// It is a transaction of its own.
    is_alone: bool,
    has_first: bool,
    sizes: [usize; N],
}

/// A query with everything bound: the numbers of the update, the rows, and the nulls that fill them up.
macro_rules! bound {
    ($query:expr, $numbers:expr, $script:expr, $rows:expr, $shape:expr) => {{
        let mut query = $numbers.iter().fold($query, |query, number| query.bind(*number));
        for ((insert, values), size) in $script.inserts.iter().zip($rows).zip($shape.sizes) {
            for value in values {
                query = match *value {
                    Value::Number(number) => query.bind(number),
                    Value::Text(text) => query.bind(text),
                    Value::Maybe(text) => query.bind(text),
                    Value::Bytes(bytes) => query.bind(bytes),
                };
            }
            for column in insert.columns.iter().cycle().take(size * insert.columns.len() - values.len()) {
                query = match column {
                    Column::Number => query.bind(None::<i64>),
                    Column::Text => query.bind(None::<&str>),
                    Column::Bytes => query.bind(None::<&[u8]>),
                };
            }
        }
        query
    }};
}

/// A connection on which a transaction is begun that sqlx does not know of. Where it may still be open, because it
/// failed or because nobody waits for it any more, the connection is closed, which ends it.
struct Writing {
    connection: PoolConnection<Sqlite>,
    is_over: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}

impl<const N: usize> Script<N> {
    /// These inserts and nothing else.
    pub const fn new(inserts: [Insert; N]) -> Self {
        Self { first: None, inserts, texts: Mutex::new(BTreeMap::new()) }
    }

    /// With an update that goes before them.
    #[must_use]
    pub const fn after(mut self, first: First) -> Self {
        self.first = Some(first);
        self
    }

    /// Commits it as a transaction of its own: one trip, unless there are too many rows for that. After an error
    /// nothing is certain, except where the database refused the rows.
    pub async fn commit(&self, database: &Database, numbers: &[i64], rows: Rows<'_, N>) -> Result<(), LogError> {
        let fits = |(rows, insert): (&[_], &Insert)| rows.len() <= MOST * insert.columns.len();
        if !rows.into_iter().zip(&self.inserts).all(fits) {
            let mut tx = database.begin().await?;
            self.run(&mut tx, numbers, rows).await?;
            super::on!(tx, tx => tx.commit().await?);
            return Ok(());
        }
        match database.writers() {
            Either::Sqlite(pool) => {
                let shape = self.shape(true, true, self.first.is_some(), rows);
                let mut writing = Writing { connection: pool.acquire().await?, is_over: false };
                let query = bound!(sqlx::query(self.text(shape)), numbers, self, rows, shape);
                let written = query.execute(&mut *writing.connection).await;
                writing.is_over = written.is_ok();
                written?;
            }
            Either::Postgres(pool) => {
                let shape = self.shape(false, true, self.first.is_some(), rows);
                bound!(sqlx::query(self.text(shape)), numbers, self, rows, shape).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Runs it within a transaction.
    pub async fn run(&self, tx: &mut Tx, numbers: &[i64], rows: Rows<'_, N>) -> Result<(), LogError> {
        let (mut left, mut has_first) = (rows, self.first.is_some());
        while has_first || left.iter().any(|rows| !rows.is_empty()) {
            let mut now: Rows<'_, N> = [&[]; N];
            for ((now, left), insert) in now.iter_mut().zip(&mut left).zip(&self.inserts) {
                (*now, *left) = left.split_at(left.len().min(MOST * insert.columns.len()));
            }
            let numbers = if has_first { numbers } else { &[] };
            let shape = self.shape(matches!(tx, Either::Sqlite(_)), false, has_first, now);
            super::on!(tx, tx => {
                bound!(sqlx::query(self.text(shape)), numbers, self, now, shape).execute(&mut **tx).await.map(drop)?;
            });
            has_first = false;
        }
        Ok(())
    }

    fn shape(&self, is_sqlite: bool, is_alone: bool, has_first: bool, rows: Rows<'_, N>) -> Shape<N> {
        let mut sizes = [0; N];
        for ((size, rows), insert) in sizes.iter_mut().zip(rows).zip(&self.inserts) {
            let count = rows.len() / insert.columns.len();
            *size = SIZES.into_iter().find(|size| *size >= count).unwrap_or(MOST);
        }
        Shape { is_sqlite, is_alone: is_alone && is_sqlite, has_first, sizes }
    }

    fn text(&self, shape: Shape<N>) -> &'static str {
        // A text is put in whole or not at all, so what a panic left behind is right.
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        // sqlx takes only texts that live as long as the program. This one is built of constants and counts, and of
        // nothing a caller says: it is the one exception to static texts.
        texts.entry(shape).or_insert_with(|| self.build(shape).leak())
    }

    fn build(&self, Shape { is_sqlite, is_alone, has_first, sizes }: Shape<N>) -> String {
        let mut placeholders = 0;
        let mut placeholder = || {
            placeholders += 1;
            // SQLite looks a numbered placeholder up among all others, each time.
            if is_sqlite { "?".to_owned() } else { format!("${placeholders}") }
        };
        let mut parts = Vec::new();
        if let Some(First { update, returning }) = self.first.filter(|_| has_first) {
            let text: Vec<String> = update.split('?').map(str::to_owned).collect();
            let text = text.into_iter().reduce(|text, next| text + &placeholder() + &next).unwrap_or_default();
            parts.push(if is_sqlite { text } else { format!("{text} returning {returning}") });
        }
        // PostgreSQL does the parts in any order, unless one asks for another: whoever has the head's lock goes on.
        let once_changed = if parts.is_empty() || is_sqlite { "" } else { " and exists (select from p0)" };
        for (insert, size) in self.inserts.iter().zip(sizes).filter(|(_, size)| *size > 0) {
            let mut row = || insert.columns.iter().map(|_| placeholder()).collect::<Vec<_>>().join(", ");
            let rows = (0..size).map(|_| row()).collect::<Vec<_>>().join("), (");
            let Insert { into, otherwise, .. } = insert;
            // Whatever fails ends the transaction: SQLite need not be ready to undo this statement alone.
            let insert = if is_sqlite { "insert or fail" } else { "insert" };
            let text = format!(
                "{insert} into {into} select * from (values ({rows})) it where column1 is not null{once_changed} {otherwise}"
            );
            parts.push(text);
        }
        let parts = if is_sqlite { parts } else { vec![as_one(&parts)] };
        let text = parts.join("; ");
        if is_alone { format!("begin immediate; {text}; commit") } else { text }
    }
}

/// PostgreSQL takes one statement at a time, and does every part of it.
fn as_one(parts: &[String]) -> String {
    let named = parts.iter().enumerate().map(|(number, part)| format!("p{number} as ({part})"));
    format!("with {} select 1", named.collect::<Vec<_>>().join(", "))
}
