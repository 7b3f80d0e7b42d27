//! Every line of SQL of the log, once, for SQLite and PostgreSQL. All of it is static text, or built from static text
//! by a [`Script`]; it must not know what an event means.

use serde::Serialize;

use crate::error::LogError;
use crate::personal::NewPersonal;
use crate::sql::{self, Column, Database, Either, First, Insert, Options, Script, Value, on};

/// The database of a log.
#[derive(Debug, Clone)]
pub(crate) struct Store(pub(crate) Database);

/// Newest positions of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: u64,
    pub(crate) reports: u64,
}

/// Stored events, oldest first. They come in one text, because a row of their own takes the database longer than the
/// event does.
#[derive(Debug)]
pub(crate) struct Events(String);

/// A stored event, as it is needed to fold it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredEvent<'a> {
    pub(crate) position: i64,
    pub(crate) at: i64,
    /// `{"type":{…}}`
    pub(crate) json: &'a str,
}

impl Events {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The events; where one is damaged, its text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<StoredEvent<'_>, &str>> {
        self.0.split_terminator(BETWEEN).map(|text| stored_event(text).ok_or(text))
    }
}

fn stored_event(text: &str) -> Option<StoredEvent<'_>> {
    let (position, rest) = text.split_once(' ')?;
    let (at, json) = rest.split_once(' ')?;
    Some(StoredEvent { position: position.parse().ok()?, at: at.parse().ok()?, json })
}

/// A new event.
#[derive(Debug)]
pub(crate) struct NewEvent {
    pub(crate) position: u64,
    pub(crate) stream: String,
    pub(crate) kind: String,
    pub(crate) data: String,
    pub(crate) actor: String,
    pub(crate) command_id: Option<String>,
    pub(crate) traceparent: Option<String>,
    pub(crate) at: i64,
}

/// A new report.
#[derive(Debug)]
pub(crate) struct NewReport {
    pub(crate) position: u64,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) data: String,
    pub(crate) traceparent: Option<String>,
    pub(crate) at: i64,
}

/// The answer of a command.
#[derive(Debug, Clone)]
pub(crate) struct NewAnswer {
    pub(crate) id: String,
    pub(crate) fingerprint: i64,
    pub(crate) answer: String,
    pub(crate) at: i64,
}

/// A stored answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AnswerRow {
    pub(crate) id: String,
    pub(crate) fingerprint: i64,
    pub(crate) answer: String,
}

/// Everything one commit writes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) events: Vec<NewEvent>,
    pub(crate) reports: Vec<NewReport>,
    pub(crate) answers: Vec<NewAnswer>,
    pub(crate) personal: Vec<NewPersonal>,
}

impl Batch {
    pub(crate) const fn is_empty(&self) -> bool {
        self.events.is_empty() && self.reports.is_empty() && self.answers.is_empty()
    }

    /// Its events, reports, answers and what belongs to a person, value after value.
    fn values(&self) -> [Vec<Value<'_>>; 4] {
        let events = self.events.iter().flat_map(NewEvent::values).collect();
        let reports = self.reports.iter().flat_map(NewReport::values).collect();
        let answers = self.answers.iter().flat_map(NewAnswer::values).collect();
        let personal = self.personal.iter().flat_map(|NewPersonal { id, sort, value, at }| {
            [Value::Text(id), Value::Text(sort), Value::Text(value), Value::Number(*at)]
        });
        [events, reports, answers, personal.collect()]
    }
}

impl NewEvent {
    fn values(&self) -> [Value<'_>; 8] {
        let Self { position, stream, kind, data, actor, command_id, traceparent, at } = self;
        let (position, at) = (Value::Number(stored(*position)), Value::Number(*at));
        let [stream, kind, data, actor] = [stream, kind, data, actor].map(|text| Value::Text(text));
        [
            position,
            stream,
            kind,
            data,
            actor,
            Value::Maybe(command_id.as_deref()),
            Value::Maybe(traceparent.as_deref()),
            at,
        ]
    }
}

impl NewReport {
    fn values(&self) -> [Value<'_>; 6] {
        let Self { position, id, subject, data, traceparent, at } = self;
        let (position, at) = (Value::Number(stored(*position)), Value::Number(*at));
        let [id, subject, data] = [id, subject, data].map(|text| Value::Text(text));
        [position, id, subject, data, Value::Maybe(traceparent.as_deref()), at]
    }
}

impl NewAnswer {
    fn values(&self) -> [Value<'_>; 4] {
        let Self { id, fingerprint, answer, at } = self;
        [Value::Text(id), Value::Number(*fingerprint), Value::Text(answer), Value::Number(*at)]
    }
}

/// An open transaction that holds the lock of the log.
pub(crate) struct Tx(sql::Tx, Head);

// Taking the row before reading it makes the order of commit the order of position, on both databases.
const LOCK: &str = "update log_head set position = position where id = 1 returning position, reports";
const HEAD: &str = "select position, reports from log_head where id = 1";
const EVENTS: &str = r#"select coalesce(string_agg(event, $3), '') from (
    select position || ' ' || at || ' {"' || type || '":' || data || '}' as event
    from event where position > $1 order by position limit $2) it"#;
/// Stands between events; JSON has no such character.
const BETWEEN: &str = "\u{1e}";
const ANSWERS: &str = "select id, fingerprint, answer from command where id in
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
/// Command ids looked up at a time, the number of placeholders above.
const ANSWERS_AT_ONCE: usize = 16;
const FORGET: &str = "delete from command where at < $1";
/// One commit: the head moves on, where it is still where the batch began, and the rows go in.
static APPEND: Script<4> = Script::new([
    Insert {
        into: "event (position, stream, type, data, actor, command_id, traceparent, at)",
        columns: &[NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER],
        otherwise: "",
    },
    Insert {
        into: "report (position, id, subject, data, traceparent, at)",
        columns: &[NUMBER, TEXT, TEXT, TEXT, TEXT, NUMBER],
        otherwise: "",
    },
    Insert { into: "command (id, fingerprint, answer, at)", columns: &[TEXT, NUMBER, TEXT, NUMBER], otherwise: "" },
    // Several commands of one commit may use the same new value. Where another replica gave it another id meanwhile, the
    // table refuses it, and with it the whole commit.
    Insert {
        into: "personal (id, sort, value, used_at)",
        columns: &[TEXT, TEXT, TEXT, NUMBER],
        otherwise: "on conflict (id) do nothing",
    },
])
.after(First {
    // Where the log ends elsewhere the position becomes null, which the table refuses.
    update:
        "update log_head set position = case when position = ? and reports = ? then cast(? as bigint) end, reports = ?
        where id = 1",
    returning: "pg_notify('onderdak_log', current_database())",
});
const NUMBER: Column = Column::Number;
const TEXT: Column = Column::Text;

/// Positions are counted from 1 and fit an i64 for the next 292 billion years of events.
pub(crate) fn stored(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A stored position.
pub(crate) fn position(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

/// What a command asks, in 64 bits (FNV-1a of its JSON and of its texts): tells a retry from another command with the
/// same id.
pub(crate) fn fingerprint<'a>(
    command: &impl Serialize,
    texts: impl Iterator<Item = &'a str>,
) -> Result<i64, serde_json::Error> {
    let json = serde_json::to_vec(command)?;
    let bytes = json.iter().copied().chain(texts.flat_map(str::bytes));
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    Ok(i64::from_ne_bytes(hash.to_ne_bytes()))
}

impl Store {
    /// Connects and brings the tables up to date.
    pub(crate) async fn open(options: &Options) -> Result<Self, LogError> {
        let database = Database::open(options).await?;
        match database.writers() {
            Either::Sqlite(pool) => sqlx::migrate!("migrations/sqlite").run(pool).await?,
            Either::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        Ok(Self(database))
    }

    /// Begins the one transaction that may append: it holds the lock until it ends.
    pub(crate) async fn begin(&self) -> Result<Tx, LogError> {
        let mut tx = self.0.begin().await?;
        let (position, reports) = on!(&mut tx, tx => sqlx::query_as::<_, (i64, i64)>(LOCK).fetch_one(&mut **tx).await?);
        Ok(Tx(tx, head(position, reports)))
    }

    /// Appends a batch that was decided where the log ended `from`, as a transaction of its own. After an error nothing
    /// is certain until the log is read again, but for [`LogError::is_elsewhere`] and [`LogError::is_taken`].
    pub(crate) async fn append(&self, batch: &Batch, from: Head, to: Head) -> Result<(), LogError> {
        let [events, reports, answers, personal] = batch.values();
        tracing::trace!(position = to.position, "appending");
        APPEND.commit(&self.0, &numbers(from, to), [&events, &reports, &answers, &personal]).await?;
        tracing::trace!(position = to.position, "committed");
        Ok(())
    }

    /// The newest committed positions.
    pub(crate) async fn head(&self) -> Result<Head, LogError> {
        let (position, reports) =
            on!(self.0.readers(), pool => sqlx::query_as::<_, (i64, i64)>(HEAD).fetch_one(pool).await?);
        Ok(head(position, reports))
    }

    /// Committed events after a position, oldest first.
    pub(crate) async fn events(&self, after: u64, most: u32) -> Result<Events, LogError> {
        let (events,): (String,) = on!(self.0.readers(), pool => {
            sqlx::query_as(EVENTS).bind(stored(after)).bind(i64::from(most)).bind(BETWEEN).fetch_one(pool).await?
        });
        Ok(Events(events))
    }

    /// Forgets the answers given before a moment.
    pub(crate) async fn forget_answers(&self, before_micros: i64) -> Result<(), LogError> {
        on!(self.0.writers(), pool => sqlx::query(FORGET).bind(before_micros).execute(pool).await.map(drop)?);
        Ok(())
    }
}

impl Tx {
    /// Where the head is in this transaction.
    pub(crate) const fn head(&self) -> Head {
        self.1
    }

    /// Events after a position, seen under the lock.
    pub(crate) async fn events(&mut self, after: u64, most: u32) -> Result<Events, LogError> {
        let (events,): (String,) = on!(&mut self.0, tx => {
            sqlx::query_as(EVENTS).bind(stored(after)).bind(i64::from(most)).bind(BETWEEN).fetch_one(&mut **tx).await?
        });
        Ok(Events(events))
    }

    /// The stored answers of those commands that were answered before.
    pub(crate) async fn answers(&mut self, ids: &[String]) -> Result<Vec<AnswerRow>, LogError> {
        let mut found: Vec<AnswerRow> = Vec::new();
        for chunk in ids.chunks(ANSWERS_AT_ONCE) {
            let padding = std::iter::repeat_n("", ANSWERS_AT_ONCE - chunk.len());
            let padded = chunk.iter().map(String::as_str).chain(padding);
            let rows: Vec<AnswerRow> = on!(&mut self.0, tx => {
                let mut query = sqlx::query_as(ANSWERS);
                for id in padded {
                    query = query.bind(id);
                }
                query.fetch_all(&mut **tx).await?
            });
            found.extend(rows);
        }
        Ok(found)
    }

    /// Writes a batch, moves the head, commits. After an error nothing is certain until the log is read again.
    pub(crate) async fn append(mut self, batch: &Batch, to: Head) -> Result<(), LogError> {
        let [events, reports, answers, personal] = batch.values();
        tracing::trace!(position = to.position, "appending");
        APPEND.run(&mut self.0, &numbers(self.1, to), [&events, &reports, &answers, &personal]).await?;
        on!(self.0, tx => tx.commit().await?);
        tracing::trace!(position = to.position, "committed");
        Ok(())
    }
}

/// What the head's update is told.
fn numbers(from: Head, to: Head) -> [i64; 4] {
    [from.position, from.reports, to.position, to.reports].map(stored)
}

fn head(stored_position: i64, reports: i64) -> Head {
    Head { position: position(stored_position), reports: position(reports) }
}
