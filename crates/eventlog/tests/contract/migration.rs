//! A database that the first version of the log wrote opens in this one, with everything that was in it. What that
//! version wrote is here as text, not made by the code of today.

use sqlx::migrate::Migrator;
use std::path::Path;
use uuid::Uuid;

use crate::backend::{Backend, Direct, on};
use crate::disk::Disk;
use crate::inn::Refusal;
use crate::service::{Service, admit};

on_both!(a_database_of_the_first_version_is_migrated_and_folded, a_database_of_a_newer_version_does_not_open);

/// Rows as the first version wrote them: an open house of one bed, Anna in it, Bram refused.
const FIRST_VERSION: &str = r#"
    insert into event (position, stream, type, data, actor, command_id, traceparent, at) values
        (1, 'a', 'opened', '{"house":"a","beds":1}', 'gast:1', null, null, 1767225500000000),
        (2, 'a', 'admitted', '{"house":"a","guest":"anna","until":null,"booking":"019b0000-0000-7000-8000-0000000000bb"}',
            'gast:1', '019b0000-0000-7000-8000-000000000001', null, 1767225500000001);
    insert into report (position, id, subject, data, traceparent, at) values
        (1, '019b0000-0000-7000-8000-0000000000aa', 'inn.a', '{}', null, 1767225500000001);
    insert into command (id, fingerprint, answer, at) values
        ('019b0000-0000-7000-8000-000000000001', -8018001231348074144,
            '{"ok":{"admitted":1,"booking":"019b0000-0000-7000-8000-0000000000bb"}}', 1767225500000001),
        ('019b0000-0000-7000-8000-000000000002', -8412338800235879112, '{"refused":{"full":{"beds":1}}}', 1767225500000002);
    insert into cursor (name, position) values ('relay', 1);
    update log_head set position = 2, reports = 1"#;
const ANNA: Uuid = Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0001);
const BRAM: Uuid = Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_0002);
const BOOKING: Uuid = Uuid::from_u128(0x019b_0000_0000_7000_8000_0000_0000_00bb);

async fn a_database_of_the_first_version_is_migrated_and_folded(backend: &Backend) {
    let mut direct = backend.direct().await;
    migrate(backend, &mut direct, 1).await;
    direct.run(FIRST_VERSION).await;
    assert_eq!(versions(backend).await, [1]);

    let service = Service::start(backend).await;
    assert!(versions(backend).await.len() > 1, "nothing was migrated");
    let (view, outbox) = (service.log.view(), service.log.outbox());
    assert_eq!((view.position, view.reports), (2, 1));
    assert_eq!(view.state.houses["a"].guests.keys().collect::<Vec<_>>(), ["anna"]);
    assert_eq!(outbox.cursor("relay").await.expect("the cursor is kept"), 1);

    let anna = service.send(ANNA, &admit("a", "anna")).await.expect("her answer is kept");
    assert_eq!((anna.admitted, anna.booking), (1, Some(BOOKING)));
    let bram = service.send(BRAM, &admit("a", "bram")).await;
    assert!(matches!(bram, Err(eventlog::ExecuteError::Refused(Refusal::Full { beds: 1 }))), "{bram:?}");
    service.open_house("b", 1).await;
    service.send(Uuid::now_v7(), &crate::service::leave("a", "anna")).await.expect("she leaves");
    assert_eq!(Disk::check_with(backend, &service).await.head, (4, 3));
}

/// An older program on newer tables would not know what it does not see.
async fn a_database_of_a_newer_version_does_not_open(backend: &Backend) {
    Service::start(backend).await.stop().await;
    backend.run(NEWER).await;
    let opened = crate::service::open(&backend.url(), &crate::clock::Clock::new()).await;
    assert!(matches!(opened.err(), Some(eventlog::LogError::Migration(_))));
}

const NEWER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values (9999, 'from the future', true, '', 0)";

/// Runs the migrations up to a version, from their files.
async fn migrate(backend: &Backend, direct: &mut Direct, version: i64) {
    let migrator = Migrator::new(Path::new(backend.migrations())).await.expect("the migrations can be read");
    let migrated = on!(direct, connection => migrator.run_to(version, connection).await);
    migrated.expect("the first migration runs");
}

async fn versions(backend: &Backend) -> Vec<i64> {
    backend.numbers("select version from _sqlx_migrations order by version").await
}
