//! A log with its writer, as a service runs it, and the few sentences in which the rules speak to it.

use eventlog::{EventLog, ExecuteError, LogError, Meta, Options, Writer};
use jiff::Timestamp;
use testkit::{SECONDS_10, wait_for};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::inn::{Answer, Command, Inn, Refusal, State};

pub(crate) type Outcome = Result<Answer, ExecuteError<Refusal>>;

/// A log with a running writer, which stops with this value.
pub(crate) struct Service {
    pub(crate) log: EventLog<Inn>,
    stop: DropGuard,
    running: JoinHandle<Result<(), LogError>>,
}

/// Opens a log of which nobody runs the writer yet.
pub(crate) async fn open(url: &str, clock: &Clock) -> Result<(EventLog<Inn>, Writer<Inn>), LogError> {
    // What the log warns of is shown with a failure. The first test of a process sets it up, or the crash child did.
    let _ = tracing_subscriber::fmt().with_env_filter("eventlog=warn").with_test_writer().try_init();
    eventlog::open(Inn, Options::new(url), clock.for_log()).await
}

impl Service {
    pub(crate) async fn start(backend: &Backend) -> Self {
        Self::start_at(backend, &Clock::new()).await
    }

    pub(crate) async fn start_at(backend: &Backend, clock: &Clock) -> Self {
        Self::start_on(&backend.url(), clock).await
    }

    pub(crate) async fn start_on(url: &str, clock: &Clock) -> Self {
        let (log, writer) = open(url, clock).await.unwrap_or_else(|error| panic!("{url} does not open: {error:?}"));
        Self::run(log, writer)
    }

    pub(crate) fn run(log: EventLog<Inn>, writer: Writer<Inn>) -> Self {
        let stop = CancellationToken::new();
        let running = tokio::spawn(writer.run(stop.clone()));
        Self { log, stop: stop.drop_guard(), running }
    }

    /// Stops the writer and waits until it has.
    pub(crate) async fn stop(self) {
        let Self { log, stop, running } = self;
        drop((log, stop));
        running.await.expect("the writer does not panic").expect("the writer ends well");
    }

    /// Waits until the writer ends because the log is wrong, and gives the reason.
    pub(crate) async fn ended(mut self) -> LogError {
        let ended = tokio::time::timeout(SECONDS_10, &mut self.running).await;
        let ended = ended.expect("a writer whose log is wrong ends within ten seconds");
        ended.expect("the writer does not panic").expect_err("a writer whose log is wrong ends with an error")
    }

    pub(crate) fn state(&self) -> State {
        self.log.view().state.clone()
    }

    pub(crate) async fn send(&self, id: Uuid, command: &Command) -> Outcome {
        send(&self.log, id, command).await
    }

    /// Sends until it is known what became of it, always with the same id, as a good caller does.
    pub(crate) async fn send_until_known(&self, id: Uuid, command: &Command) -> Outcome {
        wait_for("an outcome that is certain", testkit::SECONDS_60, async || match self.send(id, command).await {
            Err(again @ (ExecuteError::Unavailable | ExecuteError::Unknown)) => Err(again.to_string()),
            known => Ok(known),
        })
        .await
    }

    /// Opens a house, which must succeed.
    pub(crate) async fn open_house(&self, house: &str, beds: u32) {
        let command = Command::Open { house: house.to_owned(), beds };
        self.send(Uuid::now_v7(), &command).await.expect("the house opens");
    }

    /// Admits a guest, which must succeed.
    pub(crate) async fn admit(&self, house: &str, guest: &str) -> Answer {
        self.send(Uuid::now_v7(), &admit(house, guest)).await.expect("the guest is admitted")
    }

    /// Waits until readers see a guest come, or go.
    pub(crate) async fn wait_guest(&self, house: &str, guest: &str, there: bool) {
        let what = format!("{guest} to be {} in {house}", if there { "seen" } else { "gone" });
        wait_for(&what, SECONDS_10, async || {
            if self.has(house, guest) == there { Ok(()) } else { Err(format!("{:?}", self.state().houses.get(house))) }
        })
        .await;
    }

    pub(crate) fn has(&self, house: &str, guest: &str) -> bool {
        self.log.view().state.houses.get(house).is_some_and(|house| house.guests.contains_key(guest))
    }
}

pub(crate) async fn send(log: &EventLog<Inn>, id: Uuid, command: &Command) -> Outcome {
    let meta = Meta { command_id: Some(id), actor: "systeem:gast".to_owned(), traceparent: None };
    log.execute(meta, command.clone()).await
}

pub(crate) fn admit(house: &str, guest: &str) -> Command {
    Command::Admit { house: house.to_owned(), guest: guest.to_owned(), until: None }
}

pub(crate) fn admit_until(house: &str, guest: &str, until: Timestamp) -> Command {
    Command::Admit { house: house.to_owned(), guest: guest.to_owned(), until: Some(until) }
}

pub(crate) fn leave(house: &str, guest: &str) -> Command {
    Command::Leave { house: house.to_owned(), guest: guest.to_owned() }
}
