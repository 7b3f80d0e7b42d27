//! The picture of a region: a fold that cannot be confused. The newest version of a location wins, so duplicates,
//! replays and reordering change nothing. Pure: no clock, no bus, no database.

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use imbl::{HashMap, OrdMap};
use jiff::Timestamp;
use model::criteria::Criteria;
use model::figures::Figures;
use model::freshness::Age;
use model::geo::Coordinates;
use model::id::Gemeente;
use model::intake::Window;
use model::kind::Kind;
use model::night::{self, CoverTold, NightCover};
use model::wire;
use prost::Message as _;
use proto::availability::v1::AvailabilityReported;
use proto::availability::v1::availability_reported::Detail;
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::{BoardLocation, WatchResponse};

/// Most criteria that are kept to be shared.
const MOST_CRITERIA: usize = 4_096;

/// A location, and the service that owns it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The service, the token in its subjects.
    pub service: Arc<str>,
    /// The location.
    pub location: Arc<str>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.location)
    }
}

/// A location on the board: its newest report, and what searching needs of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The location.
    pub key: Key,
    /// Its newest report.
    pub report: AvailabilityReported,
    /// What a search looks at first.
    pub glance: Glance,
    /// Figures; none while unknown.
    pub figures: Option<Figures>,
    /// When new people can come in.
    pub windows: Vec<Window>,
    /// When the nachtdienst covers a gemeente, where it tells that.
    cover: Option<(Gemeente, CoverTold)>,
    /// Whom the free places suit and since when they are free, one for each offer of the report.
    suits: Vec<Suits>,
    /// What watchers are told of it.
    told: Told,
}

/// What a search looks at first, of every location there is. It is small and kept together: most of the time of a
/// search goes to fetching what it looks at from memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glance {
    /// Kind of facility.
    pub kind: Kind,
    /// Closed for good.
    pub retired: bool,
    /// Where it is.
    pub coordinates: Option<Coordinates>,
    /// Last confirmation.
    confirmed_at: Option<Timestamp>,
    freshness_goal_minutes: u32,
}

impl Glance {
    /// How old its stand is.
    pub fn age(&self, now: Timestamp) -> Age {
        Age::at(now, self.confirmed_at, self.freshness_goal_minutes)
    }
}

/// A location as watchers are told of it, encoded when the first of them asks. Only its age changes with time, so
/// there is one for each.
#[derive(Debug, Default)]
struct Told([OnceLock<Bytes>; 4]);

/// A copy may be changed, so it begins with nothing.
impl Clone for Told {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It adds nothing to what it was made from.
impl PartialEq for Told {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What was read of an offer.
#[derive(Debug, Clone, PartialEq)]
struct Suits {
    criteria: Arc<Criteria>,
    free_since: Timestamp,
}

/// Free places that are alike.
#[derive(Debug, Clone, Copy)]
pub struct EntryOffer<'a> {
    /// Pool.
    pub pool: &'a str,
    /// Whom they suit.
    pub criteria: &'a Criteria,
    /// The places, longest free first.
    pub places: &'a [String],
    /// Since when the first is free.
    pub free_since: Timestamp,
}

impl Entry {
    /// Takes a report apart; says what in it cannot be.
    pub fn new(key: Key, report: AvailabilityReported) -> Result<Self, String> {
        let said = |wrong: model::refusal::Invalid| wrong.to_string();
        let kind = wire::kind_in(report.kind()).ok_or("onbekende soort")?;
        let moment = |name: &str, at: &Option<_>| at.as_ref().map(|at| wire::time_in(name, at)).transpose();
        let glance = Glance {
            kind,
            retired: report.retired,
            coordinates: report.coordinates.map(wire::coordinates_in).transpose().map_err(said)?,
            confirmed_at: moment("confirmed_at", &report.confirmed_at).map_err(said)?,
            freshness_goal_minutes: report.freshness_goal_minutes,
        };
        Ok(Self {
            glance,
            figures: report.figures.as_ref().map(wire::figures_in),
            windows: wire::windows_in(report.intake_windows.clone()).map_err(said)?,
            cover: cover(&report)?,
            suits: report.offers.iter().map(Suits::new).collect::<Result<_, _>>().map_err(said)?,
            key,
            report,
            told: Told::default(),
        })
    }

    /// Its free places by pool and criteria.
    pub fn offers(&self) -> impl Iterator<Item = EntryOffer<'_>> {
        self.report.offers.iter().zip(&self.suits).map(|(offer, suits)| EntryOffer {
            pool: &offer.pool,
            criteria: &suits.criteria,
            places: &offer.place_ids,
            free_since: suits.free_since,
        })
    }

    /// Room for people at a location that counts them: for anybody, and no place by name.
    pub fn counted(&self) -> Option<EntryOffer<'_>> {
        static ANYBODY: LazyLock<Criteria> = LazyLock::new(Criteria::default);
        let has_room = self.glance.kind.rules().owner.has_places() && self.figures.is_some_and(|it| it.free() > 0);
        let free_since = self.glance.confirmed_at.filter(|_| has_room && self.report.offers.is_empty())?;
        Some(EntryOffer { pool: "", criteria: &ANYBODY, places: &[], free_since })
    }

    /// How old its stand is.
    pub fn age(&self, now: Timestamp) -> Age {
        self.glance.age(now)
    }

    /// What watchers are told of it at a moment: a [`WatchResponse`] without a token, encoded.
    pub fn tell(&self, now: Timestamp) -> Bytes {
        let [current, older, stale, unknown] = &self.told.0;
        let of_age = match self.age(now) {
            Age::Current => current,
            Age::Older => older,
            Age::Stale => stale,
            Age::Unknown => unknown,
        };
        let encode = || {
            let event = Some(Event::Location(self.show(now)));
            WatchResponse { resume_token: String::new(), event }.encode_to_vec().into()
        };
        of_age.get_or_init(encode).clone()
    }

    /// As an answer shows it at a moment.
    pub fn show(&self, now: Timestamp) -> BoardLocation {
        BoardLocation {
            service: self.key.service.to_string(),
            free: self.figures.map_or(0, |figures| figures.free()),
            over: self.figures.map_or(0, |figures| figures.over()),
            age: wire::age_out(self.age(now)).into(),
            report: Some(self.report.clone()),
        }
    }
}

impl Suits {
    fn new(offer: &proto::availability::v1::Offer) -> Result<Self, model::refusal::Invalid> {
        Ok(Self {
            criteria: wire::criteria_reported(offer.criteria.clone().unwrap_or_default())?.into(),
            free_since: wire::time_in("free_since", &wire::required("free_since", offer.free_since)?)?,
        })
    }
}

/// Whether a report is of unmet demand, and so of no location.
pub fn is_demand(report: &AvailabilityReported) -> bool {
    matches!(report.detail, Some(Detail::Demand(_)))
}

/// When the nachtdienst covers a gemeente, where a report tells that; an error where it tells what cannot be.
fn cover(report: &AvailabilityReported) -> Result<Option<(Gemeente, CoverTold)>, String> {
    match &report.detail {
        Some(Detail::Cover(cover)) => {
            for gap in &cover.gaps {
                night::period(gap).map_err(|wrong| wrong.to_string())?;
            }
            night::told(report).map(Some).map_err(|wrong| wrong.to_string())
        }
        Some(Detail::Slots(_) | Detail::Demand(_)) | None => Ok(None),
    }
}

/// The board. A copy costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Board {
    entries: OrdMap<Key, Held>,
    /// One entry per location: when it changed last. What a slow watcher missed is found here.
    changes: OrdMap<u64, Key>,
    revision: u64,
    /// When the nachtdienst covers each gemeente, as its reports here tell.
    cover: NightCover,
    /// The criteria of all places: a region has few that differ, and a search has those at hand when they are shared.
    criteria: HashMap<Arc<Criteria>, Arc<Criteria>>,
}

/// A location, when it changed last, and what a search looks at first: beside that of its neighbours.
#[derive(Debug, Clone)]
struct Held {
    changed: u64,
    glance: Glance,
    entry: Arc<Entry>,
}

impl Held {
    fn new(changed: u64, entry: Entry) -> Self {
        Self { changed, glance: entry.glance, entry: entry.into() }
    }
}

impl Board {
    /// A board as it was kept.
    pub fn restore(entries: impl IntoIterator<Item = (u64, Entry)>, revision: u64) -> Self {
        let mut board = Self { revision, ..Self::default() };
        for (changed, mut entry) in entries {
            board.share(&mut entry);
            board.hear(&entry);
            board.changes.insert(changed, entry.key.clone());
            board.entries.insert(entry.key.clone(), Held::new(changed, entry));
        }
        board
    }

    /// The version of a location the board holds; 0 when it holds none.
    pub fn version(&self, key: &Key) -> u64 {
        self.entries.get(key).map_or(0, |held| held.entry.report.version)
    }

    /// Keeps the entry when it is newer than what it holds; says whether it was.
    pub fn apply(&mut self, mut entry: Entry) -> bool {
        if entry.report.version <= self.version(&entry.key) {
            return false;
        }
        self.revision += 1;
        self.share(&mut entry);
        self.hear(&entry);
        let key = entry.key.clone();
        if let Some(before) = self.entries.insert(key.clone(), Held::new(self.revision, entry)) {
            self.changes.remove(&before.changed);
        }
        self.changes.insert(self.revision, key);
        true
    }

    fn hear(&mut self, entry: &Entry) {
        if let Some((gemeente, told)) = &entry.cover {
            self.cover.hear(gemeente, told.clone());
        }
    }

    /// When the nachtdienst covers each gemeente.
    pub const fn cover(&self) -> &NightCover {
        &self.cover
    }

    /// Lets an entry use criteria that another has already.
    fn share(&mut self, entry: &mut Entry) {
        // What nobody has any more is not looked for: now and then they are gathered anew.
        if self.criteria.len() > MOST_CRITERIA {
            self.criteria.clear();
        }
        for suits in &mut entry.suits {
            let own = Arc::clone(&suits.criteria);
            suits.criteria = Arc::clone(self.criteria.entry(Arc::clone(&own)).or_insert(own));
        }
    }

    /// Counts a location as changed although its report is the same, so that everybody is told of it again.
    pub fn tell_again(&mut self, key: &Key) {
        if let Some(held) = self.entries.get_mut(key) {
            self.revision += 1;
            self.changes.remove(&held.changed);
            held.changed = self.revision;
            self.changes.insert(self.revision, key.clone());
        }
    }

    /// Number of the newest change.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Locations on the board, closed ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was ever reported.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every location, by service and id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(|held| held.entry.as_ref())
    }

    /// Every location at a glance, by service and id.
    pub fn glances(&self) -> impl Iterator<Item = (&Glance, &Arc<Entry>)> {
        self.entries.values().map(|held| (&held.glance, &held.entry))
    }

    /// The next location that changed after a revision, and the revision of that change.
    pub fn changed_after(&self, revision: u64) -> Option<(u64, Arc<Entry>)> {
        let (changed, key) = self.changes.range(revision + 1..).next()?;
        self.entries.get(key).map(|held| (*changed, Arc::clone(&held.entry)))
    }

    /// The whole board as text, the same for the same picture: what it is compared by.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        for entry in self.entries() {
            text.push_str(&format!("{} {}\n", entry.key, serde_json::to_string(&entry.report)?));
        }
        Ok(text)
    }
}
