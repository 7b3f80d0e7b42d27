//! What is really on disk, read around the log, and the invariants that hold there after every test.

use std::collections::{BTreeMap, BTreeSet};

use eventlog::Domain as _;
use jiff::Timestamp;
use uuid::Uuid;

use crate::backend::{Backend, Direct, on};
use crate::inn::{Event, HIDDEN, Inn, State, report};
use crate::service::Service;

/// Everything one log has on disk at one moment.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) events: Vec<EventRow>,
    pub(crate) reports: Vec<ReportRow>,
    /// Positions of the newest event and the newest report, as the log noted them.
    pub(crate) head: (i64, i64),
    /// The events, folded.
    pub(crate) state: State,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) position: i64,
    stream: String,
    r#type: String,
    data: String,
    pub(crate) actor: String,
    pub(crate) command_id: Option<String>,
    at: i64,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ReportRow {
    pub(crate) position: i64,
    pub(crate) id: String,
    subject: String,
    data: String,
}

const EVENTS: &str = "select position, stream, type, data, actor, command_id, at from event order by position";
const REPORTS: &str = "select position, id, subject, data from report order by position";
const HEAD: &str = "select position, reports from log_head";

impl Disk {
    /// Reads the log after the commit that is under way, and checks every invariant.
    pub(crate) async fn check(backend: &Backend) -> Self {
        let mut direct = backend.direct().await;
        direct.lock().await;
        let mut disk = Self::read(&mut direct).await.expect("the tables can be read");
        direct.run("rollback").await;
        disk.check_events();
        disk.check_reports();
        disk
    }

    /// As [`Self::check`], and what readers of the service see is the same.
    pub(crate) async fn check_with(backend: &Backend, service: &Service) -> Self {
        let disk = Self::check(backend).await;
        let view = service.log.view();
        assert_eq!(view.state, disk.state, "memory differs from the disk");
        assert_eq!((view.position.cast_signed(), view.reports.cast_signed()), disk.head, "positions in memory differ");
        disk
    }

    async fn read(direct: &mut Direct) -> Result<Self, sqlx::Error> {
        let events = on!(direct, it => sqlx::query_as(EVENTS).fetch_all(&mut *it).await?);
        let reports = on!(direct, it => sqlx::query_as(REPORTS).fetch_all(&mut *it).await?);
        let head = on!(direct, it => sqlx::query_as(HEAD).fetch_one(&mut *it).await?);
        Ok(Self { events, reports, head, state: State::default() })
    }

    /// Order and no holes; and the clock, which moves with every look, tells that positions were given in order.
    fn check_events(&mut self) {
        let positions: Vec<i64> = self.events.iter().map(|row| row.position).collect();
        assert_eq!(positions, (1..=self.head.0).collect::<Vec<_>>(), "events have holes, or the head lies");
        for row in &self.events {
            let json = format!("{{\"{}\":{}}}", row.r#type, row.data);
            let event: Event = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
            assert_eq!(row.stream, Inn::stream(&event), "an event is in the wrong stream");
            let at = Timestamp::from_microsecond(row.at).expect("a stored instant exists");
            Inn::evolve(&mut self.state, &event, at);
        }
    }

    /// No holes, each with its own number, and the last one of every house tells how that house is now.
    fn check_reports(&self) {
        let positions: Vec<i64> = self.reports.iter().map(|row| row.position).collect();
        assert_eq!(positions, (1..=self.head.1).collect::<Vec<_>>(), "reports have holes, or the head lies");
        let ids: BTreeSet<&str> = self.reports.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids.len(), self.reports.len(), "two reports have the same id");
        let last: BTreeMap<&str, &ReportRow> =
            self.reports.iter().map(|row| (row.subject.trim_start_matches("inn."), row)).collect();
        let reported: Vec<&str> = last.keys().copied().collect();
        let houses = self.state.houses.keys().filter(|name| !name.starts_with(HIDDEN));
        assert_eq!(reported, houses.map(String::as_str).collect::<Vec<_>>(), "the wrong houses were reported");
        for (name, row) in last {
            let told = report(&self.state, name, row.position.cast_unsigned());
            assert_eq!((&row.subject, &row.data), (&told.subject, &told.data), "the last report of {name} is stale");
        }
    }

    /// Whether the moments of the events go up with their positions.
    pub(crate) fn is_in_order_of_time(&self) -> bool {
        self.events.is_sorted_by(|one, next| one.at < next.at)
    }

    /// How many events a command has.
    pub(crate) fn effects_of(&self, id: Uuid) -> usize {
        let id = id.to_string();
        self.events.iter().filter(|row| row.command_id.as_ref() == Some(&id)).count()
    }

    /// The command ids of all events; each has one event in this domain, unless something is wrong.
    pub(crate) fn command_ids(&self) -> BTreeSet<&str> {
        let all: Vec<&str> = self.events.iter().filter_map(|row| row.command_id.as_deref()).collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len(), "a command has more than one effect");
        distinct
    }
}
