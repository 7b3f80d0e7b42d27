//! The log as audit trail: who did what, newest first, a limited part of the log at a time. It only reads, and knows
//! people by the ids of their rows.

use serde_json::Value;
use uuid::Uuid;

use crate::domain::Domain;
use crate::error::LogError;
use crate::sql::on;
use crate::store::{position, stored};
use crate::{EventLog, STAFF, SYSTEM};

/// How much of the log is looked through for one answer.
const LOOKED_THROUGH: u64 = 50_000;

/// How many positions events of the same moment may be apart where clocks differ.
const APART: u64 = 1_000;

/// What is wanted of the log. What is empty is not looked at.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only before this position; 0: from the newest on.
    pub before: u64,
    /// Most entries.
    pub most: u32,
    /// Only of this stream.
    pub stream: String,
    /// Only by this role.
    pub role: String,
    /// Only by this member of staff, as they are called; who was never heard of did nothing.
    pub staff: String,
    /// Only of this type; of an event that holds another, the two names with `_` between.
    pub kind: String,
    /// Only from this moment on, in microseconds since 1970.
    pub from: Option<i64>,
    /// Only before this moment.
    pub until: Option<i64>,
    /// Not what the suite did by itself.
    pub people_only: bool,
}

/// One event with who did it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    position: i64,
    /// What it happened to.
    pub stream: String,
    /// The type of the event.
    #[sqlx(rename = "type")]
    pub kind: String,
    /// Its JSON.
    pub data: String,
    actor: String,
    /// The command it followed from.
    pub command_id: Option<String>,
    at: i64,
}

impl Entry {
    /// Its position, from 1, without holes.
    pub fn position(&self) -> u64 {
        position(self.position)
    }

    /// When, in microseconds since 1970.
    pub const fn at_micros(&self) -> i64 {
        self.at
    }

    /// An event of events, such as what happens to every kind of location alike, as the one it holds.
    fn unfolded(mut self) -> Self {
        if let Ok(Value::Object(outer)) = serde_json::from_str::<Value>(&self.data)
            && outer.len() == 1
            && let Some((inner, data @ Value::Object(_))) = outer.into_iter().next()
        {
            self.kind = format!("{}_{inner}", self.kind);
            self.data = data.to_string();
        }
        self
    }

    /// In what role it was done.
    pub fn role(&self) -> &str {
        self.actor.split_once(':').map_or(self.actor.as_str(), |(role, _)| role)
    }

    /// The row that says who did it; none for what happened by itself.
    pub fn staff(&self) -> Option<Uuid> {
        self.actor.split_once(':').and_then(|(_, id)| Uuid::try_parse(id).ok())
    }
}

const ENTRIES: &str = r#"select position, stream, type, data, actor, command_id, at from event
    where position < $1 and position >= $2 and ($3 = '' or stream = $3) and ($4 = '' or type = $4
            or (substr($4, 1, length(type) + 1) = type || '_' and data like '{"' || substr($4, length(type) + 2) || '":{%'))
        and ($5 = '' or actor like $5 || ':%') and ($6 = '' or actor like '%:' || $6)
        and ($7 = '' or actor not like $7 || ':%') and at >= $8 and at < $9
    order by position desc limit $10"#;
const AT: &str = "select at from event where position = $1";

impl<D: Domain> EventLog<D> {
    /// What happened, newest first, and from where to go on; 0 where there is nothing before.
    pub async fn entries(&self, wanted: &Wanted) -> Result<(Vec<Entry>, u64), LogError> {
        let staff = self.id_of(&wanted.staff).await?;
        let Some(staff) = staff else { return Ok((Vec::new(), 0)) };
        let head = self.shared.store.head().await?.position;
        let newest = if wanted.before == 0 { head + 1 } else { wanted.before.min(head + 1) };
        let before = match wanted.until {
            Some(until) => (self.about(until, head).await? + APART).min(newest),
            None => newest,
        };
        let oldest = match wanted.from {
            Some(from) => self.about(from, head).await?.saturating_sub(APART).max(1),
            None => 1,
        };
        let lowest = before.saturating_sub(LOOKED_THROUGH).max(oldest);
        let but = if wanted.people_only { SYSTEM } else { "" };
        let rows: Vec<Entry> = on!(self.shared.store.0.readers(), pool => {
            sqlx::query_as(ENTRIES)
                .bind(stored(before)).bind(stored(lowest))
                .bind(&wanted.stream).bind(&wanted.kind).bind(&wanted.role).bind(&staff).bind(but)
                .bind(wanted.from.unwrap_or(i64::MIN)).bind(wanted.until.unwrap_or(i64::MAX)).bind(i64::from(wanted.most))
                .fetch_all(pool).await?
        });
        let rows: Vec<Entry> = rows.into_iter().map(Entry::unfolded).collect();
        let is_full = rows.len() >= usize::try_from(wanted.most).unwrap_or(usize::MAX);
        let reached = rows.last().filter(|_| is_full).map_or(lowest, Entry::position);
        Ok((rows, if reached > oldest { reached } else { 0 }))
    }

    /// The row of a member of staff; empty where nobody is asked for, none for somebody who was never heard of.
    async fn id_of(&self, staff: &str) -> Result<Option<String>, LogError> {
        if staff.is_empty() {
            return Ok(Some(String::new()));
        }
        Ok(self.shared.personal.known_id(STAFF, staff).await?.map(|id| id.to_string()))
    }

    /// About the position of the first event from a moment on, by halving: a clock that was put right, or the clocks of
    /// two replicas, may differ a little.
    async fn about(&self, at: i64, head: u64) -> Result<u64, LogError> {
        let (mut low, mut high) = (1, head + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let (then,): (i64,) = on!(self.shared.store.0.readers(), pool => {
                sqlx::query_as(AT).bind(stored(middle)).fetch_one(pool).await?
            });
            if then < at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}
