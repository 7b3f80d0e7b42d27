//! A long life of logeerplekken, made in memory by the service's own rules: places are claimed, clients arrive and
//! leave. What comes out are the rows its log would hold; they are written to disk in bulk, which no service does. It
//! must not make an event the rules would not.

use std::path::Path;
use std::sync::Arc;

use async_nats::HeaderMap;
use eventlog::sql::{Column, Database, Insert, Options, Script, Value, on};
use eventlog::{Domain as _, Envelope, LogError, Report};
use jiff::{SignedDuration, Timestamp};
use logeerplek::Logeerplek;
use logeerplek::domain::{Command, Event, Prevented, State};
use model::criteria::Needs;
use model::id::{LocationId, PlaceId, UserId};
use model::kind::{Counting, Kind};
use model::profile::{ClaimPolicy, PlaceProfile, Profile};
use model::region::Region;
use model::sealed::Sealed;
use model::site::SiteCommand;
use model::stay::Destination;
use serde_json::value::RawValue;
use service::{clock, cloudevent};
use uuid::Uuid;

use super::failed;
use super::fixture::location_id;
use super::raw::Message;
use crate::{Exit, Failure};

/// How long ago it all began, and the time between two commands.
const BEGAN: SignedDuration = SignedDuration::from_mins(25);
const STEP: SignedDuration = SignedDuration::from_micros(500);
/// Rows written in one transaction.
const AT_ONCE: usize = 10_000;

/// An event as it is stored.
pub(super) struct EventRow {
    position: u64,
    stream: String,
    kind: String,
    data: String,
    at: i64,
}

/// A report as it is stored.
pub(super) struct ReportRow {
    position: u64,
    id: Uuid,
    report: Report,
    at: Timestamp,
}

impl ReportRow {
    /// The message the relay makes of it, on a subject below another when that is said.
    pub(super) fn message(&self, region: &Region, below: &str) -> Result<Message, Failure> {
        let id = self.id.to_string();
        let data: &RawValue = serde_json::from_str(&self.report.data).map_err(failed)?;
        let location = self.report.subject.rsplit('.').next().unwrap_or_default();
        let source = cloudevent::source(&region.oin, logeerplek::NAME);
        let event = cloudevent::NewEvent::availability(&id, &source, self.at, location, self.position, data);
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{}/{id}", logeerplek::NAME));
        headers.insert("Content-Type", cloudevent::CONTENT_TYPE);
        let payload = serde_json::to_vec(&event).map_err(failed)?;
        Ok(Message { subject: format!("{below}{}", self.report.subject), headers, payload })
    }
}

/// What is next for a place.
enum Next {
    Claim,
    Arrive(UserId),
    CheckOut(UserId),
}

/// The life, so far.
pub(super) struct Life {
    domain: Logeerplek,
    state: State,
    at: Timestamp,
    events: u64,
    reports: u64,
    places: Vec<(LocationId, PlaceId, Next)>,
    turn: usize,
    rows: (Vec<EventRow>, Vec<ReportRow>),
}

impl Life {
    /// Registers locations with places.
    pub(super) fn new(region: &Arc<Region>, locations: u32, places: u32) -> Result<Self, Failure> {
        let mut life = Self {
            domain: Logeerplek { region: Arc::clone(region) },
            state: State::default(),
            at: clock::now().saturating_sub(BEGAN).map_err(failed)?,
            events: 0,
            reports: 0,
            places: Vec::new(),
            turn: 0,
            rows: (Vec::new(), Vec::new()),
        };
        for (number, gemeente) in (0..locations).zip(region.gemeenten.iter().cycle()) {
            let location = token(LocationId::parse(&location_id(number)))?;
            let profile = profile(gemeente, number);
            life.execute(&Command::Site(SiteCommand::Register {
                location: location.clone(),
                public_id: location.clone(),
                profile,
            }))?;
            for place in 1..=places {
                let place = token(PlaceId::parse(&format!("kamer-{place}")))?;
                let profile = place_profile(&place)?;
                life.execute(&Command::Site(SiteCommand::AddPlace {
                    location: location.clone(),
                    place: place.clone(),
                    profile,
                }))?;
                life.places.push((location.clone(), place, Next::Claim));
            }
            life.execute(&Command::Site(SiteCommand::Confirm { location }))?;
        }
        Ok(life)
    }

    /// Lives on until it has given so many reports; gives the rows since the last time.
    pub(super) fn until(&mut self, reports: u64) -> Result<(Vec<EventRow>, Vec<ReportRow>), Failure> {
        while self.reports < reports {
            self.step()?;
        }
        Ok(std::mem::take(&mut self.rows))
    }

    /// Positions of the last event and the last report.
    pub(super) const fn head(&self) -> (u64, u64) {
        (self.events, self.reports)
    }

    fn step(&mut self) -> Result<(), Failure> {
        let index = self.turn % self.places.len().max(1);
        let Some((location, place, next)) = self.places.get(index) else { return Ok(()) };
        let command = match next {
            Next::Claim => Command::Claim {
                location: location.clone(),
                place: place.clone(),
                client: Sealed::kept(Uuid::from_u128((self.turn % 1_000_000) as u128)),
                needs: Needs::default(),
                hold_minutes: Some(240),
            },
            Next::Arrive(claim) => Command::Arrive { claim: claim.clone(), seen_at: None },
            Next::CheckOut(claim) => {
                Command::CheckOut { claim: claim.clone(), destination: Destination::NaarHuis, prevented: Prevented::Ja }
            }
        };
        let claimed = self.execute(&command)?;
        if let Some((_, _, next)) = self.places.get_mut(index) {
            *next = match (std::mem::replace(next, Next::Claim), claimed) {
                (Next::Claim, Some(claim)) => Next::Arrive(claim),
                (Next::Arrive(claim), _) => Next::CheckOut(claim),
                (Next::Claim | Next::CheckOut(_), _) => Next::Claim,
            };
        }
        self.turn += 1;
        Ok(())
    }

    /// Decides a command as the log does, in a commit of its own; gives the claim it made.
    fn execute(&mut self, command: &Command) -> Result<Option<UserId>, Failure> {
        self.at = self.at.saturating_add(STEP).map_err(failed)?;
        let envelope = Envelope { at: self.at, new_id: Uuid::now_v7() };
        let events = self.domain.decide(&self.state, command, &envelope).map_err(failed)?;
        for event in &events {
            Logeerplek::evolve(&mut self.state, event, self.at);
            self.events += 1;
            let (kind, data) = encoded(event)?;
            let (stream, at) = (event.stream().to_owned(), self.at.as_microsecond());
            self.rows.0.push(EventRow { position: self.events, stream, kind, data, at });
        }
        let all: Vec<&Event> = events.iter().collect();
        if let Some(report) = self.domain.report(&self.state, &all, self.reports + 1) {
            self.reports += 1;
            self.rows.1.push(ReportRow { position: self.reports, id: Uuid::now_v7(), report, at: self.at });
        }
        Ok(events.iter().find_map(|event| match event {
            Event::Claimed { claim, .. } => Some(claim.clone()),
            _ => None,
        }))
    }
}

/// Name and fields of an event, as the log stores them.
fn encoded(event: &Event) -> Result<(String, String), Failure> {
    let json = serde_json::to_string(event).map_err(failed)?;
    let parts = json.strip_prefix("{\"").and_then(|it| it.strip_suffix('}')).and_then(|it| it.split_once("\":"));
    let (kind, data) = parts.ok_or_else(|| Failure::new(Exit::Failed, "een event zonder naam"))?;
    Ok((kind.to_owned(), data.to_owned()))
}

fn token<T>(parsed: Result<T, &'static str>) -> Result<T, Failure> {
    parsed.map_err(|why| Failure::new(Exit::Failed, why))
}

fn profile(gemeente: &model::region::GemeenteInfo, number: u32) -> Profile {
    Profile {
        name: format!("Meetlocatie {number}").into(),
        kind: Kind::Logeerplek,
        gemeente: gemeente.code.clone(),
        provider: "Meetbank".into(),
        phone: "0320 000 000".into(),
        coordinates: Some(model::geo::Coordinates { latitude: gemeente.latitude, longitude: gemeente.longitude }),
        freshness_goal_minutes: 10_080,
        criteria: model::criteria::Criteria::default(),
        intake_windows: Vec::new(),
        claim_policy: ClaimPolicy::Direct,
        counting: Counting::Places,
        max_stay_days: None,
        fictief: true,
        needs_night_cover: false,
        night_cover_opens: false,
    }
}

fn place_profile(place: &PlaceId) -> Result<PlaceProfile, Failure> {
    let pool = token(model::id::Pool::parse("generalistisch"))?;
    Ok(PlaceProfile {
        label: place.as_str().into(),
        pool,
        criteria: model::criteria::Criteria::default(),
        also_pools: Vec::new(),
        financing: None,
    })
}

static ADD: Script<2> = Script::new([
    Insert {
        into: "event (position, stream, type, data, actor, at)",
        columns: &[NUMBER, TEXT, TEXT, TEXT, TEXT, NUMBER],
        otherwise: "",
    },
    Insert {
        into: "report (position, id, subject, data, at)",
        columns: &[NUMBER, TEXT, TEXT, TEXT, NUMBER],
        otherwise: "",
    },
]);
const NUMBER: Column = Column::Number;
const TEXT: Column = Column::Text;
const ADVANCE: &str = "update log_head set position = $1, reports = $2 where id = 1";
const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";
const ACTOR: &str = "dispatcher:meetbank";

/// The log of logeerplek in a folder.
pub(super) struct Log(pub(super) Database);

impl Log {
    /// An empty one, with the tables of the event log.
    pub(super) async fn new(folder: &Path, region: &Arc<Region>) -> Result<Self, Failure> {
        let url = format!("sqlite:{}/{}.db", folder.display(), logeerplek::NAME);
        let domain = Logeerplek { region: Arc::clone(region) };
        drop(eventlog::open(domain, Options::new(&url), clock::system()).await.map_err(failed)?);
        // Rows made for a measurement need not survive a power loss; the service that reads them opens its own way.
        Ok(Self(Database::open(&Options { durable: false, ..Options::new(url) }).await.map_err(failed)?))
    }

    /// Adds rows and says where the log is.
    pub(super) async fn add(
        &self,
        events: &[EventRow],
        reports: &[ReportRow],
        head: (u64, u64),
    ) -> Result<(), Failure> {
        for events in events.chunks(AT_ONCE) {
            self.insert(events, &[]).await.map_err(failed)?;
        }
        for reports in reports.chunks(AT_ONCE) {
            self.insert(&[], reports).await.map_err(failed)?;
        }
        on!(self.0.writers(), pool => {
            sqlx::query(ADVANCE).bind(stored(head.0)).bind(stored(head.1)).execute(pool).await.map(drop).map_err(failed)?;
            sqlx::query(CHECKPOINT).execute(pool).await.map(drop).map_err(failed)?;
        });
        Ok(())
    }

    async fn insert(&self, events: &[EventRow], reports: &[ReportRow]) -> Result<(), LogError> {
        use Value::{Number, Text};
        let events = events.iter().flat_map(|EventRow { position, stream, kind, data, at }| {
            [Number(stored(*position)), Text(stream), Text(kind), Text(data), Text(ACTOR), Number(*at)]
        });
        let ids: Vec<String> = reports.iter().map(|row| row.id.to_string()).collect();
        let reports = reports.iter().zip(&ids).flat_map(|(ReportRow { position, report, at, .. }, id)| {
            let at = Number(at.as_microsecond());
            [Number(stored(*position)), Text(id), Text(&report.subject), Text(&report.data), at]
        });
        let (events, reports): (Vec<Value<'_>>, Vec<Value<'_>>) = (events.collect(), reports.collect());
        ADD.commit(&self.0, &[], [&events, &reports]).await
    }
}

fn stored(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
