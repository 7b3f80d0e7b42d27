//! Board, history and the place in the stream, on disk in one transaction. It holds every line of SQL of this
//! service and must not decide what is newer.

use std::sync::Arc;

use eventlog::LogError;
use eventlog::sql::{Column, Database, Either, Insert, Options, Script, Value, on};

use crate::board::{Board, Entry, Key};
use crate::flow;
use crate::incoming::{self, Message, Report};

/// The aggregator's database.
#[derive(Debug, Clone)]
pub struct Store(Database);

/// Where the aggregator is in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceInStream {
    /// Which board this is; a rebuilt one is another.
    pub epoch: String,
    /// Which stream was read; empty: none yet.
    pub stream: String,
    /// Last sequence taken in.
    pub sequence: u64,
    /// Revision of the board.
    pub revision: u64,
}

/// A location of the board to keep.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The location.
    pub key: Key,
    /// When it changed.
    pub revision: u64,
    /// Its newest report.
    pub data: Arc<str>,
}

/// A message that could not be read.
#[derive(Debug, Clone)]
pub struct Parked {
    /// The message.
    pub message: Message,
    /// Why.
    pub reason: String,
    /// When, in microseconds since 1970.
    pub at: i64,
}

/// Everything one transaction writes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Locations whose newest report changed.
    pub board: Vec<Kept>,
    /// Reports for history.
    pub history: Vec<Report>,
    /// Services and up to where they are complete.
    pub progress: Vec<(Arc<str>, u64)>,
    /// Messages that could not be read.
    pub parked: Vec<Parked>,
}

const BOARD: &str = "select service, location, revision, data from board";
const PROGRESS: &str = "select service, complete_to from progress";
const PLACE: &str = "select epoch, stream, sequence, revision from place_in_stream where id = 1";
const PARKED: &str = "select count(*) from parked";
const EMPTY: [&str; 4] = ["delete from board", "delete from history", "delete from progress", "delete from flow"];
const FLOW: &str = "select as_of, kind, gemeente, data from flow where as_of >= $1 and as_of < $2 order by as_of";
const FLOW_FILLED: &str = "select filled from flow_filled where id = 1";
const FLOW_IS_FILLED: &str = "update flow_filled set filled = 1 where id = 1";
// The history of before the flow was kept, a page at a time, in the order of its index.
const HISTORY: &str = "select service, location, as_of, version, data from history
    where (service, location, as_of, version) > ($1, $2, $3, $4)
    order by service, location, as_of, version limit 1000";
const FILL: &str = "insert into flow (service, location, as_of, version, kind, gemeente, data)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
// Per location the newest report that was true by then; a correction of the same moment has the higher version.
const AT: &str = "select h.service, h.location, h.data from history h
    join (select service, location, max(as_of) as as_of from history where as_of <= $1 group by service, location) t
      on t.service = h.service and t.location = h.location and t.as_of = h.as_of
    where h.version = (select max(n.version) from history n
      where n.service = h.service and n.location = h.location and n.as_of = h.as_of)
    order by h.service, h.location";
// The same at the end of every bucket of one length in which a location reported; the buckets are numbered from 0.
const ENDS: &str = "select h.service, h.location, t.bucket, h.data from history h
    join (select service, location, (as_of - $1) / $2 as bucket, max(as_of) as as_of from history
      where as_of >= $1 and as_of < $3 group by service, location, bucket) t
      on t.service = h.service and t.location = h.location and t.as_of = h.as_of
    where h.version = (select max(n.version) from history n
      where n.service = h.service and n.location = h.location and n.as_of = h.as_of)";

/// Everything that one batch of messages changes.
static WRITE: Script<6> = Script::new([
    Insert {
        into: "history (service, location, as_of, version, data)",
        columns: &[TEXT, TEXT, NUMBER, NUMBER, TEXT],
        otherwise: "on conflict do nothing",
    },
    Insert {
        into: "flow (service, location, as_of, version, kind, gemeente, data)",
        columns: &[TEXT, TEXT, NUMBER, NUMBER, NUMBER, TEXT, TEXT],
        otherwise: "on conflict do nothing",
    },
    Insert {
        into: "board (service, location, revision, data)",
        columns: &[TEXT, TEXT, NUMBER, TEXT],
        otherwise: "on conflict (service, location) do update set revision = excluded.revision, data = excluded.data",
    },
    Insert {
        into: "progress (service, complete_to)",
        columns: &[TEXT, NUMBER],
        otherwise: "on conflict (service) do update set complete_to = excluded.complete_to",
    },
    Insert {
        into: "parked (stream, sequence, subject, reason, payload, at)",
        columns: &[TEXT, NUMBER, TEXT, TEXT, Column::Bytes, NUMBER],
        otherwise: "on conflict do nothing",
    },
    Insert {
        into: "place_in_stream (id, epoch, stream, sequence, revision)",
        columns: &[NUMBER, TEXT, TEXT, NUMBER, NUMBER],
        otherwise: "on conflict (id) do update set epoch = excluded.epoch, stream = excluded.stream,
            sequence = excluded.sequence, revision = excluded.revision",
    },
]);
const NUMBER: Column = Column::Number;
const TEXT: Column = Column::Text;

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

impl Store {
    /// Connects and brings the tables up to date. Not durable to the last commit: what is lost is read again.
    pub async fn open(url: &str) -> Result<Self, LogError> {
        let database = Database::open(&Options { durable: false, ..Options::new(url) }).await?;
        match database.writers() {
            Either::Sqlite(pool) => sqlx::migrate!("migrations/sqlite").run(pool).await?,
            Either::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        let store = Self(database);
        store.fill_flow().await?;
        Ok(store)
    }

    /// Goes through the history of before the flow was kept, once.
    async fn fill_flow(&self) -> Result<(), LogError> {
        let (filled,): (i64,) = on!(self.0.readers(), pool => sqlx::query_as(FLOW_FILLED).fetch_one(pool).await?);
        if filled != 0 {
            return Ok(());
        }
        let mut after = (String::new(), String::new(), i64::MIN, i64::MIN);
        loop {
            let rows: Vec<(String, String, i64, i64, String)> = on!(self.0.readers(), pool => {
                sqlx::query_as(HISTORY).bind(&after.0).bind(&after.1).bind(after.2).bind(after.3).fetch_all(pool).await?
            });
            let Some(last) = rows.last() else { break };
            after = (last.0.clone(), last.1.clone(), last.2, last.3);
            let mut tx = self.0.begin().await?;
            for (service, location, as_of, version, data) in &rows {
                let Some(told) = flow::told(&incoming::decode(data)?) else { continue };
                on!(&mut tx, tx => {
                    let query = sqlx::query(FILL).bind(service).bind(location).bind(as_of).bind(version);
                    let query = query.bind(i64::from(told.kind)).bind(&*told.gemeente).bind(&*told.data);
                    query.execute(&mut **tx).await.map(drop)?
                });
            }
            on!(tx, tx => tx.commit().await?);
        }
        on!(self.0.writers(), pool => sqlx::query(FLOW_IS_FILLED).execute(pool).await.map(drop)?);
        Ok(())
    }

    /// As it was before the flow was kept.
    #[cfg(test)]
    pub(crate) async fn forget_that_flow_is_filled(&self) -> Result<(), LogError> {
        const FORGET: &str = "update flow_filled set filled = 0 where id = 1";
        on!(self.0.writers(), pool => sqlx::query(FORGET).execute(pool).await.map(drop)?);
        Ok(())
    }

    /// What reports between two moments tell of who comes and goes, oldest first.
    pub async fn flow(&self, from: i64, until: i64) -> Result<Vec<flow::Kept>, LogError> {
        let rows: Vec<(i64, i64, String, String)> =
            on!(self.0.readers(), pool => sqlx::query_as(FLOW).bind(from).bind(until).fetch_all(pool).await?);
        let kept = rows.into_iter().map(|(as_of, kind, gemeente, data)| {
            let kind = i32::try_from(kind).unwrap_or(0);
            flow::Kept { as_of, told: flow::Told { kind, gemeente: gemeente.into(), data: data.into() } }
        });
        Ok(kept.collect())
    }

    /// Where the aggregator was; none at the very first start.
    pub async fn place(&self) -> Result<Option<PlaceInStream>, LogError> {
        let row: Option<(String, String, i64, i64)> =
            on!(self.0.readers(), pool => sqlx::query_as(PLACE).fetch_optional(pool).await?);
        Ok(row.map(|(epoch, stream, sequence, revision)| PlaceInStream {
            epoch,
            stream,
            sequence: number(sequence),
            revision: number(revision),
        }))
    }

    /// The kept board.
    pub async fn board(&self, revision: u64) -> Result<Board, LogError> {
        let rows: Vec<(String, String, i64, String)> =
            on!(self.0.readers(), pool => sqlx::query_as(BOARD).fetch_all(pool).await?);
        let mut entries = Vec::with_capacity(rows.len());
        for (service, location, changed, data) in rows {
            entries.push((number(changed), entry(&service, &location, &data)?));
        }
        Ok(Board::restore(entries, revision))
    }

    /// Up to where each service is complete.
    pub async fn progress(&self) -> Result<Vec<(String, u64)>, LogError> {
        let rows: Vec<(String, i64)> = on!(self.0.readers(), pool => sqlx::query_as(PROGRESS).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|(service, complete_to)| (service, number(complete_to))).collect())
    }

    /// How many messages are parked.
    pub async fn parked(&self) -> Result<u64, LogError> {
        let (count,): (i64,) = on!(self.0.readers(), pool => sqlx::query_as(PARKED).fetch_one(pool).await?);
        Ok(number(count))
    }

    /// The picture at a moment, in microseconds since 1970.
    pub async fn at(&self, micros: i64) -> Result<Vec<Entry>, LogError> {
        let rows: Vec<(String, String, String)> =
            on!(self.0.readers(), pool => sqlx::query_as(AT).bind(micros).fetch_all(pool).await?);
        rows.iter().map(|(service, location, data)| entry(service, location, data)).collect()
    }

    /// The newest reports of every bucket of one length between two moments, each with the number of its bucket.
    pub async fn ends(&self, from: i64, length: i64, until: i64) -> Result<Vec<(usize, Entry)>, LogError> {
        let rows: Vec<(String, String, i64, String)> = on!(self.0.readers(), pool => {
            sqlx::query_as(ENDS).bind(from).bind(length).bind(until).fetch_all(pool).await?
        });
        let end = |(service, location, bucket, data): &(String, String, i64, String)| {
            Ok((usize::try_from(*bucket).unwrap_or(0), entry(service, location, data)?))
        };
        rows.iter().map(end).collect()
    }

    /// Writes changes and the place in the stream they end at, all or nothing.
    pub async fn write(&self, changes: &Changes, place: &PlaceInStream) -> Result<(), LogError> {
        use Value::{Bytes, Number, Text};
        let history = changes.history.iter().flat_map(|Report { key, as_of, version, data, .. }| {
            [Text(&key.service), Text(&key.location), Number(*as_of), Number(stored(*version)), Text(data)]
        });
        let history: Vec<Value<'_>> = history.collect();
        let flow = changes.history.iter().filter_map(|report| Some((report, report.flow.as_ref()?)));
        let flow = flow.flat_map(|(Report { key, as_of, version, .. }, told)| {
            let (kind, gemeente, data) = (Number(told.kind.into()), Text(&told.gemeente), Text(&told.data));
            [Text(&key.service), Text(&key.location), Number(*as_of), Number(stored(*version)), kind, gemeente, data]
        });
        let flow: Vec<Value<'_>> = flow.collect();
        let board = changes.board.iter().flat_map(|Kept { key, revision, data }| {
            [Text(&key.service), Text(&key.location), Number(stored(*revision)), Text(data)]
        });
        let board: Vec<Value<'_>> = board.collect();
        let progress = changes.progress.iter();
        let progress: Vec<Value<'_>> =
            progress.flat_map(|(service, to)| [Text(service), Number(stored(*to))]).collect();
        let parked = changes.parked.iter().flat_map(|Parked { message, reason, at }| {
            // A report of a feed is known by its service and its position, and parked once.
            let (stream, sequence) = match &message.position {
                Some((service, position)) => (service.as_ref(), *position),
                None => (place.stream.as_str(), message.sequence.unwrap_or(0)),
            };
            [
                Text(stream),
                Number(stored(sequence)),
                Text(message.subject.as_str()),
                Text(reason),
                Bytes(&message.payload),
                Number(*at),
            ]
        });
        let parked: Vec<Value<'_>> = parked.collect();
        let (sequence, revision) = (Number(stored(place.sequence)), Number(stored(place.revision)));
        let place = [Number(1), Text(&place.epoch), Text(&place.stream), sequence, revision];
        WRITE.commit(&self.0, &[], [&history, &flow, &board, &progress, &parked, &place]).await
    }

    /// Empties board, history and progress; the place in the stream stays.
    pub async fn empty(&self, place: &PlaceInStream) -> Result<(), LogError> {
        let mut tx = self.0.begin().await?;
        for text in EMPTY {
            on!(&mut tx, tx => sqlx::query(text).execute(&mut **tx).await.map(drop)?);
        }
        on!(tx, tx => tx.commit().await?);
        self.write(&Changes::default(), place).await
    }
}

/// A stored report; only readable ones were ever stored.
fn entry(service: &str, location: &str, data: &str) -> Result<Entry, LogError> {
    let key = Key { service: service.into(), location: location.into() };
    Entry::new(key, incoming::decode(data)?).map_err(|why| LogError::Unencodable(serde::ser::Error::custom(why)))
}
