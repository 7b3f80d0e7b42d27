//! A row that cannot be read stops the service, at its start and while it runs, and the message says which row.
//! So does a position that is missing. Nothing is ever skipped.

use eventlog::{ExecuteError, LogError};
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::service::{Service, admit, open};

on_both!(a_log_that_cannot_be_read_does_not_open, a_writer_that_meets_an_unreadable_row_ends,);

/// What is written after the first event, and what the error then must say.
const SPOILS: [(&str, [&str; 2]); 6] = [
    (
        r#"insert into event (position, stream, type, data, actor, at) values
            (2, 'a', 'teleported', '{"house":"a","guest":"anna"}', 'gast:1', 1);
        update log_head set position = 2"#,
        ["event 2 ", "teleported"],
    ),
    (
        r#"insert into event (position, stream, type, data, actor, at) values
            (2, 'a', 'opened', '{"house":"b","beds":3}', 'gast:1', 1), (3, 'a', 'admitted', '{"house":"a"}', 'gast:1', 1);
        update log_head set position = 3"#,
        ["event 3 ", "admitted"],
    ),
    (
        "insert into event (position, stream, type, data, actor, at) values (2, 'a', 'left', 'not json', 'gast:1', 1);
        update log_head set position = 2",
        ["event 2 ", "left"],
    ),
    (
        r#"insert into event (position, stream, type, data, actor, at) values
            (3, 'b', 'opened', '{"house":"b","beds":3}', 'gast:1', 1);
        update log_head set position = 3"#,
        ["event 2 ", "missing"],
    ),
    (
        r#"insert into event (position, stream, type, data, actor, at) values
            (2, 'b', 'opened', '{"house":"b","beds":3}', 'gast:1', 1), (4, 'c', 'opened', '{"house":"c","beds":3}', 'gast:1', 1);
        update log_head set position = 4"#,
        ["event 3 ", "missing"],
    ),
    ("update log_head set position = 2", ["event 2 ", "missing"]),
];
const REPAIR: &str = "delete from event where position > 1; update log_head set position = 1";

async fn a_log_that_cannot_be_read_does_not_open(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 9).await;
    service.stop().await;
    for (spoil, expected) in SPOILS {
        backend.run(spoil).await;
        let opened = open(&backend.url(), &Clock::new()).await;
        let error = opened.err().unwrap_or_else(|| panic!("the log opened after: {spoil}"));
        assert_says(&error, expected);
        backend.run(REPAIR).await;
    }
    Service::start(backend).await.admit("a", "anna").await;
}

async fn a_writer_that_meets_an_unreadable_row_ends(backend: &Backend) {
    Service::start(backend).await.open_house("a", 9).await;
    for (spoil, expected) in SPOILS {
        let service = Service::start(backend).await;
        backend.run(spoil).await;
        let outcome = service.send(Uuid::now_v7(), &admit("a", "anna")).await;
        assert!(matches!(outcome, Err(ExecuteError::Stopped)), "{outcome:?} after: {spoil}");
        assert!(!service.has("a", "anna"));
        assert_says(&service.ended().await, expected);
        backend.run(REPAIR).await;
    }
    Service::start(backend).await.admit("a", "anna").await;
}

fn assert_says(error: &LogError, expected: [&str; 2]) {
    let said = error.to_string();
    assert!(expected.iter().all(|part| said.contains(part)), "{expected:?} is not in: {said}");
}

/// Rules about a replica that only follows.
mod between_replicas {
    use super::*;

    on_postgres!(a_follower_that_meets_an_unreadable_row_ends);

    async fn a_follower_that_meets_an_unreadable_row_ends(backend: &Backend) {
        Service::start(backend).await.open_house("a", 9).await;
        for (spoil, expected) in SPOILS {
            let follower = Service::start(backend).await;
            backend.run(spoil).await;
            assert_says(&follower.ended().await, expected);
            backend.run(REPAIR).await;
        }
    }
}
