//! What belongs to a person, in one table that can be deleted from: the log itself holds ids only. Whose value comes for
//! the first time gets an id, and the row is written in the commit that first uses it. It must not know what a value
//! means, and never prints one.

mod known;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

use self::known::{BELIEVED_FOR, Entry, Known, Value, now};
use crate::error::LogError;
use crate::sql::on;
use crate::store::{Store, stored};

/// The sort of which every value has a row of its own; of any other sort the same value has the same id.
pub const TEXT: &str = "text";
/// Where replicas on PostgreSQL tell each other that something was erased.
pub(crate) const ERASED: &str = "onderdak_erased";
/// Ids looked up at a time, the number of placeholders of [`REVEAL`].
const AT_ONCE: usize = 16;
/// A code shorter than this is not looked for inside texts.
const SHORTEST_CODE: usize = 2;
/// A part of a text that is shorter than this stands in too many others.
const SHORTEST_PART: usize = 4;
/// Texts looked at at a time: the limit of [`TEXTS`].
const TEXTS_AT_ONCE: usize = 1_000;
const DAY_MICROS: i64 = 86_400_000_000;
/// How often, and how long apart, the log file of SQLite is asked to be emptied.
const TRIES: u32 = 40;
const TRY_EVERY: Duration = Duration::from_millis(50);

const LOAD: &str = "select id, sort, value from personal where sort <> 'text'";
const FIND: &str = "select it.id, it.sort, it.value, it.used_at from personal it
    join unnest($1::text[], $2::text[]) as asked (sort, value) on it.sort = asked.sort and it.value = asked.value
    where it.sort <> 'text'";
const ID: &str = "select id from personal where sort = $1 and value = $2 and sort <> 'text'";
const INSERT: &str = "insert into personal (id, sort, value, used_at) values ($1, $2, $3, $4) on conflict do nothing";
const USED: &str = "update personal set used_at = $2 where id = $1 and used_at < $2";
const REVEAL: &str = "select id, value from personal where id in
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const ERASE: &str = "delete from personal where value = $1 and (sort = $2 or sort = 'text')";
const TEXTS: &str = "select id, value from personal where sort = 'text' and id > $1 order by id limit 1000";
const ERASE_ROW: &str = "delete from personal where id = $1";
const NEEDED: &str = "update personal set used_at = $2 where id = $1";
const OLD: &str = "delete from personal where sort = $1 and used_at < $2";
const EMPTY_LOG_FILE: &str = "pragma wal_checkpoint(truncate)";
const TELL: &str = "select pg_notify($1, '')";
const EMPTY_ROWS: &str = "vacuum personal";

/// A row that a commit writes.
#[derive(Debug, Clone)]
pub(crate) struct NewPersonal {
    pub(crate) id: String,
    pub(crate) sort: &'static str,
    pub(crate) value: Arc<str>,
    pub(crate) at: i64,
}

/// The look-up table.
pub(crate) struct Personal {
    store: Store,
    /// On SQLite nobody else writes, so what is known here is all there is. On PostgreSQL other replicas may write, and
    /// erase: what is known of it is believed for a moment only, and then looked up again. Who was never heard of gets an
    /// id at once: it is a guess, which the commit confirms.
    known: Mutex<Known>,
    is_alone: bool,
    /// Values that wait to be looked up: whoever comes first looks up those of all.
    asked: Mutex<BTreeSet<(&'static str, Arc<str>)>>,
    /// Whose turn it is; when looking up failed last.
    asking: tokio::sync::Mutex<Option<Instant>>,
}

impl Personal {
    /// The table of a log.
    pub(crate) async fn open(store: Store) -> Result<Self, LogError> {
        let is_alone = store.0.postgres().is_none();
        let rows: Vec<(String, String, String)> =
            on!(store.0.readers(), pool => sqlx::query_as(LOAD).fetch_all(pool).await?);
        let mut known = Known::default();
        for (id, sort, value) in rows {
            let Ok(id) = Uuid::try_parse(&id) else { continue };
            let value: Arc<str> = value.into();
            if is_alone {
                known.values.insert(id, Value { value: Arc::clone(&value), known: now() });
            }
            let entry = Entry { id, unwritten: None, known: is_alone.then(now), used: 0 };
            known.ids.entry(sort).or_default().insert(value, entry);
        }
        let (known, asked, asking) = (Mutex::new(known), Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { store, known, is_alone, asked, asking })
    }

    /// The ids of values, and the rows that the commit must write for them. A text's id follows from the command and its
    /// place in it, so that a retry has the same.
    pub(crate) async fn keep(
        &self,
        values: &[(&'static str, String)],
        command: Option<Uuid>,
        at: i64,
    ) -> Result<(Vec<Uuid>, Vec<NewPersonal>), LogError> {
        let (mut ids, mut rows) = (Vec::with_capacity(values.len()), Vec::new());
        for (index, (sort, value)) in values.iter().enumerate() {
            let value: Arc<str> = value.as_str().into();
            let (id, is_new) = if *sort == TEXT {
                let command = command.unwrap_or_else(Uuid::now_v7);
                (Uuid::new_v5(&command, format!("text/{index}").as_bytes()), true)
            } else {
                self.id(sort, &value).await?
            };
            if is_new {
                rows.push(NewPersonal { id: id.to_string(), sort, value, at });
            } else {
                self.is_used(sort, &value, at).await?;
            }
            ids.push(id);
        }
        Ok((ids, rows))
    }

    /// Whoever is still heard of is still needed: written down once a day at most.
    async fn is_used(&self, sort: &str, value: &Arc<str>, at: i64) -> Result<(), LogError> {
        let Some(id) = self.known().not_used_lately(sort, value, at) else { return Ok(()) };
        let id = id.to_string();
        on!(self.store.0.writers(), pool => sqlx::query(USED).bind(&id).bind(at).execute(pool).await.map(drop)?);
        self.known().used(sort, value, at);
        Ok(())
    }

    /// The id of a value, and whether the commit must write it. With other replicas about, the database is asked who has
    /// an id already; what comes while it is asked is asked together the next time.
    async fn id(&self, sort: &'static str, value: &Arc<str>) -> Result<(Uuid, bool), LogError> {
        for _ in 0..TRIES {
            if let Some(found) = self.known().id(sort, value, self.is_alone) {
                return Ok(found);
            }
            let began = now();
            self.asked().insert((sort, Arc::clone(value)));
            let mut turn = self.asking.lock().await;
            // Whoever waited meanwhile does not find out once more that the database is away.
            if turn.is_some_and(|failed| failed > began) {
                return Err(LogError::Silent);
            }
            let asked = std::mem::take(&mut *self.asked());
            if !asked.is_empty()
                && let Err(error) = self.look_up(asked).await
            {
                *turn = Some(now());
                return Err(error);
            }
        }
        // Looking it up took longer than an answer is believed, each time.
        Err(LogError::Silent)
    }

    async fn look_up(&self, asked: BTreeSet<(&'static str, Arc<str>)>) -> Result<(), LogError> {
        let Some(pool) = self.store.0.postgres() else { return Ok(()) };
        let (sorts, values): (Vec<&str>, Vec<&str>) = asked.iter().map(|(sort, value)| (*sort, &**value)).unzip();
        let query = sqlx::query_as(FIND).bind(&sorts).bind(&values);
        let rows: Vec<(String, String, String, i64)> = query.fetch_all(pool).await?;
        let mut known = self.known();
        let mut found = BTreeSet::new();
        for (id, sort, value, used) in rows {
            if let Ok(id) = Uuid::try_parse(&id) {
                known.knows(&sort, &value.as_str().into(), Entry { id, unwritten: None, known: Some(now()), used });
                found.insert((sort, value));
            }
        }
        for (sort, value) in asked {
            if !found.contains(&(sort.to_owned(), value.to_string())) {
                known.guess(sort, &value);
            }
        }
        Ok(())
    }

    /// The id of a value that no command brought; it is written at once.
    pub(crate) async fn known_as(&self, sort: &'static str, value: &str, at: i64) -> Result<Uuid, LogError> {
        let value: Arc<str> = value.into();
        for _ in 0..TRIES {
            let (id, is_new) = self.id(sort, &value).await?;
            if !is_new {
                return Ok(id);
            }
            let row = [NewPersonal { id: id.to_string(), sort, value: Arc::clone(&value), at }];
            let inserted = on!(self.store.0.writers(), pool => {
                let [NewPersonal { id, sort, value, at }] = &row;
                let insert = sqlx::query(INSERT).bind(id).bind(sort).bind(&**value).bind(at);
                insert.execute(pool).await?.rows_affected()
            });
            if inserted == 1 {
                self.written(&row);
                return Ok(id);
            }
            // A commit, here or elsewhere, was first.
            self.mistaken(&row);
        }
        Err(LogError::Silent)
    }

    /// A commit wrote these rows.
    pub(crate) fn written(&self, rows: &[NewPersonal]) {
        if !rows.is_empty() {
            let mut known = self.known();
            rows.iter().for_each(|row| known.written(row));
        }
    }

    /// Another replica erased something, or may have: everything must be looked up again. Nothing else is kept in memory.
    pub(crate) fn believe_nothing(&self) {
        let mut known = self.known();
        known.values.clear();
        known.ids.values_mut().for_each(|ids| ids.retain(|_, entry| entry.unwritten.is_some()));
    }

    /// The database has another id for one of these already: all of them must be looked up.
    pub(crate) fn mistaken(&self, rows: &[NewPersonal]) {
        let mut known = self.known();
        rows.iter().for_each(|row| known.doubt(row));
    }

    /// The values of ids. What was erased is not among them.
    pub(crate) async fn reveal(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<str>>, LogError> {
        let mut values = HashMap::with_capacity(ids.len());
        let mut unknown: Vec<Uuid> = Vec::new();
        {
            let known = self.known();
            for id in ids {
                // Of PostgreSQL another replica may have erased it.
                match known.values.get(id).filter(|it| self.is_alone || it.known.elapsed() < BELIEVED_FOR) {
                    Some(it) => drop(values.insert(*id, Arc::clone(&it.value))),
                    None => unknown.push(*id),
                }
            }
        }
        for chunk in unknown.chunks(AT_ONCE) {
            let padded =
                chunk.iter().map(Uuid::to_string).chain(std::iter::repeat_n(String::new(), AT_ONCE - chunk.len()));
            let padded: Vec<String> = padded.collect();
            let rows: Vec<(String, String)> = on!(self.store.0.readers(), pool => {
                let query = padded.iter().fold(sqlx::query_as(REVEAL), |query, id| query.bind(id));
                query.fetch_all(pool).await?
            });
            values.extend(rows.into_iter().filter_map(|(id, value)| Some((Uuid::try_parse(&id).ok()?, value.into()))));
        }
        Ok(values)
    }

    /// The id a value has in the table.
    pub(crate) async fn known_id(&self, sort: &str, value: &str) -> Result<Option<Uuid>, LogError> {
        let row: Option<(String,)> = on!(self.store.0.readers(), pool => {
            sqlx::query_as(ID).bind(sort).bind(value).fetch_optional(pool).await?
        });
        Ok(row.and_then(|(id,)| Uuid::try_parse(&id).ok()))
    }

    /// Erases a value: as what it is, and every text it stands in. Gives how many rows that were. Nothing of it remains
    /// in the files of SQLite; of PostgreSQL older segments of its own log may still hold it until they are recycled.
    pub(crate) async fn erase(&self, sort: &str, value: &str) -> Result<u64, LogError> {
        // A commit that is under way would write the row after it was deleted.
        for _ in 0..TRIES {
            if !self.known().is_unwritten(sort, value) {
                break;
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
        let mut erased = on!(self.store.0.writers(), pool => {
            sqlx::query(ERASE).bind(value).bind(sort).execute(pool).await?.rows_affected()
        });
        for id in self.texts_with(sort, value).await? {
            erased += on!(self.store.0.writers(), pool => {
                sqlx::query(ERASE_ROW).bind(&id).execute(pool).await?.rows_affected()
            });
        }
        self.known().forget(sort, value);
        self.leave_nothing().await?;
        Ok(erased)
    }

    /// Texts that a value stands in. A text that was typed by mistake may stand in another; a code stands there whole, or it
    /// is another code. Large and small letters are the same, and so are two ways to write an accent, which no database
    /// knows alike.
    async fn texts_with(&self, sort: &str, value: &str) -> Result<Vec<String>, LogError> {
        let (value, shortest) = (folded(value), if sort == TEXT { SHORTEST_PART } else { SHORTEST_CODE });
        let (mut found, mut last) = (Vec::new(), String::new());
        if value.chars().count() < shortest {
            return Ok(found);
        }
        loop {
            let texts: Vec<(String, String)> =
                on!(self.store.0.readers(), pool => sqlx::query_as(TEXTS).bind(&last).fetch_all(pool).await?);
            let is_all = texts.len() < TEXTS_AT_ONCE;
            for (id, text) in texts {
                let text = folded(&text);
                if text.contains(&value) && (sort == TEXT || holds_whole(&text, &value)) {
                    found.push(id.clone());
                }
                last = id;
            }
            if is_all {
                return Ok(found);
            }
        }
    }

    /// Erases what nobody needed since a moment; what is needed now counts as used now. Gives how many rows that were.
    pub(crate) async fn retain(
        &self,
        needed: &[Uuid],
        now: i64,
        oldest: &[(&'static str, i64)],
    ) -> Result<Vec<(&'static str, u64)>, LogError> {
        let mut tx = self.store.0.begin().await?;
        for id in needed {
            let id = id.to_string();
            on!(&mut tx, tx => sqlx::query(NEEDED).bind(&id).bind(now).execute(&mut **tx).await.map(drop)?);
        }
        let mut removed = Vec::new();
        for (sort, before) in oldest {
            let rows = on!(&mut tx, tx => {
                sqlx::query(OLD).bind(*sort).bind(*before).execute(&mut **tx).await?.rows_affected()
            });
            removed.push((*sort, rows));
        }
        on!(tx, tx => tx.commit().await?);
        if removed.iter().any(|(_, rows)| *rows > 0) {
            self.reload().await?;
            self.leave_nothing().await?;
        }
        Ok(removed)
    }

    /// Knows again what is there, and only that.
    async fn reload(&self) -> Result<(), LogError> {
        let fresh = Self::open(self.store.clone()).await?;
        let fresh = fresh.known.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known();
        // What waits for its commit is not in the table yet.
        let waits = std::mem::replace(&mut *known, fresh);
        known.take_unwritten(waits);
        Ok(())
    }

    /// What was deleted must not stay in the files.
    async fn leave_nothing(&self) -> Result<(), LogError> {
        if let Some(pool) = self.store.0.postgres() {
            sqlx::query(TELL).bind(ERASED).execute(pool).await?;
            sqlx::query(EMPTY_ROWS).execute(pool).await?;
            return Ok(());
        }
        for _ in 0..TRIES {
            let (busy, ..): (i64, i64, i64) = on!(self.store.0.writers(), pool => {
                sqlx::query_as(EMPTY_LOG_FILE).fetch_one(pool).await?
            });
            if busy == 0 {
                return Ok(());
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
        Err(LogError::Silent)
    }

    fn asked(&self) -> MutexGuard<'_, BTreeSet<(&'static str, Arc<str>)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text in small letters, each letter with its accent as one.
fn folded(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

/// Whether a text holds a code that does not go on before or after: `c-1` does not stand in `c-10`, `c-1-2` or `abc-1`.
fn holds_whole(text: &str, code: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    // A dash belongs to a code where something follows it.
    let goes_on = |next: Option<char>, then: Option<char>| is_part(next) || (next == Some('-') && is_part(then));
    text.match_indices(code).any(|(at, found)| {
        let (mut before, mut after) = (text[..at].chars().rev(), text[at + found.len()..].chars());
        !goes_on(before.next(), before.next()) && !goes_on(after.next(), after.next())
    })
}

/// A moment in microseconds, some days before another.
pub(crate) fn days_before(now_micros: i64, days: u32) -> i64 {
    now_micros.saturating_sub(stored(u64::from(days)).saturating_mul(DAY_MICROS))
}
