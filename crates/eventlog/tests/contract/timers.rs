//! A timer that is due fires by itself, whatever the clock does and however busy the log is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::service::{Service, admit, admit_until, leave, send};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

on_both!(
    a_due_timer_fires_by_itself,
    a_timer_does_not_fire_early_also_when_the_clock_goes_back,
    when_the_clock_jumps_everything_due_fires_once,
    a_timer_that_came_due_while_nobody_ran_fires_at_the_start,
    a_due_timer_fires_also_while_commands_keep_coming,
);

async fn a_due_timer_fires_by_itself(backend: &Backend) {
    let (service, clock) = house_with_anna_for_an_hour(backend).await;
    clock.jump(HOUR);
    service.wait_guest("a", "anna", false).await;
    let disk = Disk::check_with(backend, &service).await;
    let last = disk.events.last().expect("the guest left");
    assert_eq!((last.actor.as_str(), &last.command_id), ("systeem:klok", &None));
    assert_eq!(disk.head, (3, 3));
}

async fn a_timer_does_not_fire_early_also_when_the_clock_goes_back(backend: &Backend) {
    let (service, clock) = house_with_anna_for_an_hour(backend).await;
    for (guest, jump) in [("bram", HOUR * -24), ("cees", HOUR * 24 - SignedDuration::from_secs(1)), ("dora", HOUR * -1)]
    {
        clock.jump(jump);
        // A shorter timer proves that timers were looked at after the jump.
        let soon = clock.after(SignedDuration::from_millis(10));
        service.send(Uuid::now_v7(), &admit_until("a", guest, soon)).await.expect("admitted");
        clock.jump(SignedDuration::from_millis(20));
        service.wait_guest("a", guest, false).await;
        assert!(service.has("a", "anna"), "she left early, at {:?}", service.log.now());
    }
    clock.jump(HOUR * 3);
    service.wait_guest("a", "anna", false).await;
    Disk::check_with(backend, &service).await;
}

async fn when_the_clock_jumps_everything_due_fires_once(backend: &Backend) {
    let (service, clock) = house_with_anna_for_an_hour(backend).await;
    for hours in 2..=5 {
        let command = admit_until("a", &format!("guest {hours}"), clock.after(HOUR * hours));
        service.send(Uuid::now_v7(), &command).await.expect("admitted");
    }
    clock.jump(HOUR * 4 + SignedDuration::from_mins(1));
    service.wait_guest("a", "guest 4", false).await;
    assert!(service.has("a", "guest 5") && service.state().houses["a"].guests.len() == 1);
    let disk = Disk::check_with(backend, &service).await;
    // One open, five admitted, four left; those four in one commit, so with one report.
    assert_eq!(disk.head, (10, 7));
    clock.jump(HOUR * 24 * 365);
    service.wait_guest("a", "guest 5", false).await;
    assert_eq!(Disk::check_with(backend, &service).await.head, (11, 8));
}

async fn a_timer_that_came_due_while_nobody_ran_fires_at_the_start(backend: &Backend) {
    let (service, clock) = house_with_anna_for_an_hour(backend).await;
    service.stop().await;
    clock.jump(HOUR * 2);
    let service = Service::start_at(backend, &clock).await;
    service.wait_guest("a", "anna", false).await;
    assert_eq!(Disk::check_with(backend, &service).await.head, (3, 3));
}

async fn a_due_timer_fires_also_while_commands_keep_coming(backend: &Backend) {
    let (service, clock) = house_with_anna_for_an_hour(backend).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for number in 0..64 {
        let (log, done, guest) = (service.log.clone(), Arc::clone(&done), format!("{number}"));
        callers.spawn(async move {
            while !done.load(Ordering::SeqCst) {
                for command in [admit("a", &guest), leave("a", &guest)] {
                    send(&log, Uuid::now_v7(), &command).await.expect("the command is done");
                }
            }
        });
    }
    service.wait_guest("a", "63", true).await;
    clock.jump(HOUR);
    service.wait_guest("a", "anna", false).await;
    done.store(true, Ordering::SeqCst);
    callers.join_all().await;
    Disk::check_with(backend, &service).await;
}

async fn house_with_anna_for_an_hour(backend: &Backend) -> (Service, Clock) {
    let clock = Clock::new();
    let service = Service::start_at(backend, &clock).await;
    service.open_house("a", 1_000).await;
    let command = admit_until("a", "anna", clock.after(HOUR));
    service.send(Uuid::now_v7(), &command).await.expect("admitted");
    (service, clock)
}

/// Rules about several replicas.
mod between_replicas {
    use super::*;

    on_postgres!(of_two_replicas_one_fires_the_timer);

    async fn of_two_replicas_one_fires_the_timer(backend: &Backend) {
        let clock = Clock::new();
        let replicas = [Service::start_at(backend, &clock).await, Service::start_at(backend, &clock).await];
        replicas[0].open_house("a", 9).await;
        let soon = clock.after(HOUR);
        replicas[0].send(Uuid::now_v7(), &admit_until("a", "anna", soon)).await.expect("admitted");
        replicas[1].wait_guest("a", "anna", true).await;
        clock.jump(HOUR);
        for replica in &replicas {
            replica.wait_guest("a", "anna", false).await;
            Disk::check_with(backend, replica).await;
        }
        assert_eq!(Disk::check(backend).await.head, (3, 3));
    }
}
