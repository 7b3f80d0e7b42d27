//! The board of the region as portaal knows it: followed live from regio by one task, and handed to every page that looks.
//! What is shown of a location changes with time as well: a stand grows old, a door closes. It must not change a location.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use imbl::OrdMap;
use jiff::Timestamp;
use model::doors::{Door, Nights};
use model::freshness::Age;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1::AvailabilityReported;
use proto::availability::v1::availability_reported::Detail;
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::{GetOverviewRequest, OverviewRow, WatchRequest, WatchResponse};
use service::guard::is_token_ended;
use service::{Chain, clock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{info, warn};

use crate::suite::{PATIENCE, Suite, Who};

/// Changes that come within this of each other are shown together.
const TOGETHER: Duration = Duration::from_millis(50);
/// How often it is looked at what time alone changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A sign of life comes every 15 seconds; without one for so long, nobody is there.
const ALIVE_WITHIN: Duration = Duration::from_secs(40);
/// Wait before connecting again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How many locations that closed are remembered for pages that were away.
const MOST_GONE: usize = 1_000;

/// The newest picture, and every newer one.
pub(crate) type Pictures = watch::Receiver<Arc<Picture>>;

/// In what order locations stand on the board: by gemeente, then by id, then by service.
pub(crate) type Place = (String, String, String);

/// The board at one moment.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    /// Which run of this program made it; numbers of another run say nothing.
    pub(crate) epoch: u64,
    /// Rises with everything that is shown otherwise.
    pub(crate) sequence: u64,
    /// The sequence of the picture before this one.
    pub(crate) previous: u64,
    /// Every location that is open.
    pub(crate) rows: OrdMap<Place, Arc<Row>>,
    /// The figures by kind and gemeente, and by kind.
    pub(crate) overview: Arc<Overview>,
    /// Whether regio answers; otherwise this is how it was.
    pub(crate) is_live: bool,
    /// When regio was last heard.
    pub(crate) heard: Option<Timestamp>,
    /// Whether the first picture is complete.
    pub(crate) is_complete: bool,
    changed: OrdMap<u64, Place>,
    gone: OrdMap<u64, Arc<Row>>,
    forgotten: u64,
    /// What a page that shows everything needs to go from the previous picture to this one, by language.
    pub(crate) step: [OnceLock<Bytes>; 2],
}

/// The figures of the region.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Overview {
    /// By kind and gemeente.
    pub(crate) rows: Vec<OverviewRow>,
    /// By kind.
    pub(crate) totals: Vec<OverviewRow>,
}

/// A location as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Since which picture it is shown like this.
    pub(crate) sequence: u64,
    /// The service that owns it.
    pub(crate) service: String,
    /// Its newest report.
    pub(crate) report: Arc<AvailabilityReported>,
    /// How old its stand is.
    pub(crate) age: Age,
    /// Whether people come in now.
    pub(crate) door: Door,
    /// The same for programs, written out when somebody first follows it.
    pub(crate) event: OnceLock<Bytes>,
}

impl Row {
    /// What kind it is.
    pub(crate) fn kind(&self) -> Option<Kind> {
        wire::kind_in(self.report.kind())
    }

    fn is_shown_as(&self, other: &Self) -> bool {
        (&self.report, self.age, self.door) == (&other.report, other.age, other.door)
    }
}

impl Picture {
    /// The rows that are shown otherwise than in an earlier picture of this run, and the locations that closed, each with
    /// the change it was.
    pub(crate) fn since(
        &self,
        sequence: u64,
    ) -> (impl Iterator<Item = &Arc<Row>>, impl Iterator<Item = (&u64, &Arc<Row>)>) {
        let rows = self.changed.range(sequence.saturating_add(1)..).filter_map(|(_, place)| self.rows.get(place));
        (rows, self.gone.range(sequence.saturating_add(1)..))
    }

    /// Whether everything that changed since an earlier picture of this run is known.
    pub(crate) const fn remembers(&self, sequence: u64) -> bool {
        self.forgotten <= sequence && sequence <= self.sequence
    }
}

/// Follows the board until told to stop.
pub(crate) fn follow(
    suite: Suite,
    who: Who,
    region: Arc<Region>,
    stop: CancellationToken,
) -> (Pictures, impl Future<Output = ()> + Send + 'static) {
    let now = clock::now();
    let epoch = u64::try_from(now.as_microsecond()).unwrap_or_default();
    let (told, pictures) = watch::channel(Arc::new(Picture { epoch, ..Picture::default() }));
    let mut follower = Follower { suite, region, who, told, epoch, board: Board::default(), token: String::new() };
    let following = async move {
        while !stop.is_cancelled() {
            let ended = tokio::select! {
                ended = follower.listen() => ended,
                () = stop.cancelled() => return,
            };
            match ended {
                // With another token it goes on where it was; nothing is missed, and nobody sees it.
                Err(status) if is_token_ended(&status) => {}
                Err(status) => {
                    warn!(error = %Chain(&status), "The board of regio cannot be followed; trying again");
                    follower.board.is_live = false;
                    follower.tell();
                }
                Ok(()) => {
                    follower.board.is_live = false;
                    follower.tell();
                }
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = stop.cancelled() => return,
            }
        }
    };
    (pictures, following)
}

/// The board while it is being changed.
#[derive(Debug, Default, Clone)]
struct Board {
    sequence: u64,
    rows: OrdMap<Place, Arc<Row>>,
    changed: OrdMap<u64, Place>,
    gone: OrdMap<u64, Arc<Row>>,
    /// Up to which change it is not known any more what closed.
    forgotten: u64,
    nights: Nights,
    /// Locations seen since the whole picture began to come, while it does.
    seen: Option<BTreeSet<Place>>,
    overview: Arc<Overview>,
    is_live: bool,
    is_complete: bool,
    heard: Option<Timestamp>,
}

struct Follower {
    suite: Suite,
    region: Arc<Region>,
    who: Who,
    told: watch::Sender<Arc<Picture>>,
    epoch: u64,
    board: Board,
    token: String,
}

impl Follower {
    async fn listen(&mut self) -> Result<(), Status> {
        let mut client = self.suite.regio(&self.who);
        let request = WatchRequest { resume_token: self.token.clone(), filter: None };
        let watching = tokio::time::timeout(PATIENCE, client.watch(request)).await;
        let mut answers = watching.map_err(|_| Status::deadline_exceeded("no answer"))??.into_inner();
        if self.token.is_empty() {
            self.board.seen = Some(BTreeSet::new());
        }
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut tell_at = None;
        let mut heard = clock::stopwatch();
        info!("Following the board of regio");
        loop {
            let telling = async {
                match tell_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                answer = answers.message() => {
                    let Some(answer) = answer? else { return Ok(()) };
                    heard = clock::stopwatch();
                    let was_live = self.board.is_live;
                    let is_news = self.take(answer);
                    if is_news || !was_live {
                        tell_at.get_or_insert_with(|| tokio::time::Instant::now() + TOGETHER);
                    }
                }
                () = telling => {
                    tell_at = None;
                    self.look_at_the_figures().await?;
                    self.tell();
                }
                _ = look.tick() => {
                    if heard.elapsed() > ALIVE_WITHIN {
                        return Err(Status::deadline_exceeded("no sign of life"));
                    }
                    let now = clock::now();
                    if self.board.grow_old(&self.region, now) {
                        tell_at.get_or_insert_with(tokio::time::Instant::now);
                    }
                }
            }
        }
    }

    fn take(&mut self, answer: WatchResponse) -> bool {
        self.token.clone_from(&answer.resume_token);
        let now = clock::now();
        self.board.heard = Some(now);
        self.board.is_live = true;
        self.board.take(answer.event, &self.region, now)
    }

    /// The sums are those of regio: nobody adds them up a second time.
    async fn look_at_the_figures(&mut self) -> Result<(), Status> {
        let mut client = self.suite.regio(&self.who);
        let asked = tokio::time::timeout(PATIENCE, client.get_overview(GetOverviewRequest::default())).await;
        let answer = asked.map_err(|_| Status::deadline_exceeded("no answer"))??.into_inner();
        let overview = Overview { rows: answer.rows, totals: answer.totals };
        if *self.board.overview != overview {
            self.board.overview = Arc::new(overview);
            self.board.sequence += 1;
        }
        Ok(())
    }

    fn tell(&self) {
        let board = self.board.clone();
        // Before everything was read once, there is nothing true to show.
        if !board.is_complete {
            return;
        }
        let previous = self.told.borrow().sequence;
        let was_live = self.told.borrow().is_live;
        if board.sequence == previous && board.is_live == was_live && self.told.borrow().is_complete {
            return;
        }
        self.told.send_replace(Arc::new(Picture {
            epoch: self.epoch,
            sequence: board.sequence,
            previous,
            rows: board.rows,
            overview: board.overview,
            is_live: board.is_live,
            heard: board.heard,
            is_complete: board.is_complete,
            changed: board.changed,
            gone: board.gone,
            forgotten: board.forgotten,
            step: Default::default(),
        }));
    }
}

impl Board {
    /// Takes what regio tells; says whether anything is shown otherwise.
    fn take(&mut self, event: Option<Event>, region: &Region, now: Timestamp) -> bool {
        match event {
            Some(Event::Location(location)) => {
                let Some(report) = location.report else { return false };
                let place = (report.gemeente.clone(), report.location_id.clone(), location.service.clone());
                if let Some(seen) = &mut self.seen {
                    seen.insert(place.clone());
                }
                if report.retired {
                    return self.remove(&place);
                }
                let is_cover = matches!(report.detail, Some(Detail::Cover(_)));
                let is_news = self.show(place, location.service, Arc::new(report), region, now);
                if is_cover {
                    self.grow_old(region, now);
                }
                is_news
            }
            Some(Event::Reset(_)) => {
                self.seen = Some(BTreeSet::new());
                false
            }
            Some(Event::SnapshotComplete(_)) => {
                let seen = self.seen.take().unwrap_or_default();
                let lost: Vec<Place> = self.rows.keys().filter(|place| !seen.contains(*place)).cloned().collect();
                lost.iter().for_each(|place| {
                    self.remove(place);
                });
                self.is_complete = true;
                true
            }
            Some(Event::Heartbeat(_)) | None => false,
        }
    }

    fn show(
        &mut self,
        place: Place,
        service: String,
        report: Arc<AvailabilityReported>,
        region: &Region,
        now: Timestamp,
    ) -> bool {
        let age = age_of(&report, now);
        let door = self.nights.door(&report, now, &region.time_zone);
        let row = Row { sequence: self.sequence + 1, service, report, age, door, event: OnceLock::new() };
        let before = self.rows.get(&place);
        if before.is_some_and(|before| before.is_shown_as(&row)) {
            return false;
        }
        if let Some(before) = before.map(|before| before.sequence) {
            self.changed.remove(&before);
        }
        self.sequence += 1;
        self.changed.insert(self.sequence, place.clone());
        self.rows.insert(place, Arc::new(row));
        true
    }

    fn remove(&mut self, place: &Place) -> bool {
        let Some(row) = self.rows.remove(place) else { return false };
        self.changed.remove(&row.sequence);
        self.sequence += 1;
        self.gone.insert(self.sequence, row);
        while self.gone.len() > MOST_GONE {
            let Some(first) = self.gone.keys().next().copied() else { break };
            self.gone.remove(&first);
            self.forgotten = first;
        }
        true
    }

    /// What time alone, or the nachtdienst, changed.
    fn grow_old(&mut self, region: &Region, now: Timestamp) -> bool {
        let reports = self.rows.values().map(|row| (row.report.as_ref(), age_of(&row.report, now)));
        self.nights = Nights::of(reports, now);
        let rows: Vec<(Place, Arc<Row>)> =
            self.rows.iter().map(|(place, row)| (place.clone(), Arc::clone(row))).collect();
        let mut is_news = false;
        for (place, row) in rows {
            is_news |= self.show(place, row.service.clone(), Arc::clone(&row.report), region, now);
        }
        is_news
    }
}

/// How old a stand is at a moment.
pub(crate) fn age_of(report: &AvailabilityReported, now: Timestamp) -> Age {
    let confirmed = report.confirmed_at.as_ref().and_then(|at| Timestamp::from_microsecond(proto::micros(at)).ok());
    // A stand without figures was never told, whoever confirmed the location.
    let confirmed = confirmed.filter(|_| report.figures.is_some() || report.detail.is_some());
    Age::at(now, confirmed, report.freshness_goal_minutes)
}
