//! The order of commit is the order of position, without holes, for events and for reports.

use eventlog::Outbox;
use testkit::SECONDS_10;
use tokio::task::JoinSet;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::inn::HIDDEN;
use crate::service::{Service, admit};

pub(crate) const WRITERS: u64 = 8;
pub(crate) const COMMANDS_PER_WRITER: u64 = 25;
const ADMITTED: u64 = WRITERS * COMMANDS_PER_WRITER;

on_both!(
    eight_writers_leave_no_holes,
    a_caller_reads_its_own_write,
    a_reader_that_keeps_up_misses_no_report,
    what_is_not_reported_leaves_no_hole_in_the_reports,
);

async fn eight_writers_leave_no_holes(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 1_000).await;
    service.open_house("b", 1_000).await;
    write(&[&service]).await;
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!(disk.head.0.cast_unsigned(), ADMITTED + 2);
    assert!(disk.is_in_order_of_time());
    disk.command_ids();
}

async fn a_caller_reads_its_own_write(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 1_000).await;
    for guest in ["anna", "bram", "cees"] {
        let before = service.log.view();
        service.admit("a", guest).await;
        let after = service.log.view();
        assert!(after.state.houses["a"].guests.contains_key(guest));
        assert_eq!((after.position, after.reports), (before.position + 1, before.reports + 1));
        let on_disk = service.log.outbox().head().await.expect("the outbox answers");
        assert_eq!(on_disk, after.reports);
    }
}

async fn a_reader_that_keeps_up_misses_no_report(backend: &Backend) {
    let service = Service::start(backend).await;
    let reader = tokio::spawn(read_until_closing(service.log.outbox()));
    service.open_house("a", 1_000).await;
    write(&[&service]).await;
    service.open_house("closing", 1).await;
    reader.await.expect("the reader missed nothing");
}

async fn what_is_not_reported_leaves_no_hole_in_the_reports(backend: &Backend) {
    let service = Service::start(backend).await;
    for (house, reports) in [("a", 1), (HIDDEN, 1), ("b", 2)] {
        service.open_house(house, 1_000).await;
        assert_eq!(service.log.view().reports, reports);
    }
    service.admit(HIDDEN, "anna").await;
    service.admit("b", "anna").await;
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!(disk.head, (5, 3));
}

/// Eight callers at once, spread over the services, each admitting its own guests; each then sees them.
pub(crate) async fn write(services: &[&Service]) {
    let mut writers = JoinSet::new();
    let logs = services.iter().map(|service| &service.log).cycle();
    for (writer, log) in (0..WRITERS).zip(logs) {
        let log = log.clone();
        writers.spawn(async move {
            for number in 0..COMMANDS_PER_WRITER {
                let (house, guest) = (if number % 2 == 0 { "a" } else { "b" }, format!("{writer}-{number}"));
                let house = if log.view().state.houses.contains_key(house) { house } else { "a" };
                let sent = crate::service::send(&log, uuid::Uuid::now_v7(), &admit(house, &guest)).await;
                sent.unwrap_or_else(|error| panic!("{guest}: {error}"));
                assert!(log.view().state.houses[house].guests.contains_key(&guest), "{guest} is not seen by its host");
            }
        });
    }
    writers.join_all().await;
}

/// Reads every report as the relay does, and wants each exactly one number after the one before it.
pub(crate) async fn read_until_closing(mut outbox: Outbox) {
    let reading = async {
        let mut at = 0;
        loop {
            outbox.listen();
            let rows = outbox.after(at, 7).await.expect("the outbox answers");
            for row in &rows {
                assert_eq!(row.position(), at + 1, "a report was missed");
                at = row.position();
            }
            if rows.last().is_some_and(|row| row.subject == "inn.closing") {
                return;
            }
            if rows.is_empty() {
                outbox.wait(SECONDS_10).await;
            }
        }
    };
    tokio::time::timeout(SECONDS_10 * 3, reading).await.expect("the last report comes");
}

/// A clock shared by replicas tells whose decision came first.
pub(crate) async fn two_replicas(backend: &Backend) -> (Service, Service) {
    let clock = Clock::new();
    (Service::start_at(backend, &clock).await, Service::start_at(backend, &clock).await)
}
