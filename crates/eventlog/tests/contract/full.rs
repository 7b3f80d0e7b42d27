//! A full disk is told as such, loses nothing, and is over as soon as there is room. The disk is real: a tmpfs of
//! half a megabyte, with all of SQLite on it, or the events of PostgreSQL. Mounting it needs root.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use eventlog::ExecuteError;
use sqlx::{Connection as _, Executor as _, PgConnection};
use testkit::TempDir;
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::service::{Service, admit};

const SMALL: &str = "size=512k";
const LARGE: &str = "size=64m";
/// More guests than fit on the small disk.
const TOO_MANY: u32 = 2_000;
/// So many times full after each other is full.
const FULL_FOR_SURE: u32 = 3;

on_both!(a_full_disk_is_told_and_is_over_when_there_is_room);

async fn a_full_disk_is_told_and_is_over_when_there_is_room(backend: &Backend) {
    let mut disk = SmallDisk::under(backend).await;
    let service = Service::start_at(backend, &Clock::new()).await;
    service.open_house("a", TOO_MANY).await;
    disk.take_events(backend).await;

    let (admitted, id, guest) = fill(&service).await;
    assert!(admitted > 10, "{admitted} guests fit, which is too few to be believed");
    assert!(!service.has("a", &guest), "memory is ahead of the disk");
    let view = service.log.view();
    assert_eq!(view.position, u64::from(admitted) + 1);
    assert_eq!(service.log.outbox().head().await.expect("reading needs no room"), view.reports);
    disk.mount(&format!("remount,{LARGE}"));
    service.send(id, &admit("a", &guest)).await.expect("there is room now");
    let on_disk = Disk::check_with(backend, &service).await;
    assert_eq!((on_disk.effects_of(id), on_disk.head.0), (1, i64::from(admitted) + 2));

    let before = service.log.view();
    service.stop().await;
    let service = Service::start(backend).await;
    assert_eq!(service.log.view().state, before.state);
    service.stop().await;
}

/// Admits guests with long names until the disk is full and stays so: a database may still find room for one row
/// after it had none. Gives how many came in, and the command that did not.
async fn fill(service: &Service) -> (u32, Uuid, String) {
    for number in 0..TOO_MANY {
        let (id, guest) = (Uuid::now_v7(), format!("{number:0>1500}"));
        let mut refusals = 0;
        while refusals < FULL_FOR_SURE {
            match service.send(id, &admit("a", &guest)).await {
                Ok(_) => break,
                Err(ExecuteError::Full) => refusals += 1,
                Err(other) => panic!("guest {number}, after {refusals} times full: {other:?}"),
            }
        }
        if refusals == FULL_FOR_SURE {
            return (number, id, guest);
        }
    }
    panic!("{TOO_MANY} guests fit on the small disk");
}

/// A small disk that is unmounted with this value.
struct SmallDisk {
    path: PathBuf,
    /// PostgreSQL's folder on it, and the name of its tablespace and database.
    postgres: Option<(TempDir, String, String)>,
}

impl SmallDisk {
    async fn under(backend: &Backend) -> Self {
        match backend {
            Backend::Sqlite(dir) => {
                let disk = Self { path: dir.path().to_owned(), postgres: None };
                disk.mount(SMALL);
                disk
            }
            Backend::Postgres(database) => {
                let (dir, name) = (TempDir::new("full"), format!("small_{}", Uuid::now_v7().simple()));
                let disk = Self { path: dir.path().to_owned(), postgres: Some((dir, name, database.url().to_owned())) };
                disk.mount(SMALL);
                disk
            }
        }
    }

    /// Puts the events of PostgreSQL on the disk. The server's own user must own the folder.
    async fn take_events(&mut self, backend: &Backend) {
        let Some((dir, name, url)) = &self.postgres else { return };
        let mut server = PgConnection::connect(url).await.expect("the server is there");
        let data: (String,) =
            sqlx::query_as("show data_directory").fetch_one(&mut server).await.expect("tests are superuser");
        run("chown", &["--reference", &data.0, &dir.path().display().to_string()]);
        administer(&mut server, format!("create tablespace {name} location '{}'", dir.path().display())).await;
        administer(&mut server, format!("alter table event set tablespace {name}")).await;
        let moved =
            backend.numbers("select count(*) from pg_class where relname = 'event' and reltablespace <> 0").await;
        assert_eq!(moved, [1], "the events did not move");
    }

    fn mount(&self, options: &str) {
        run("mount", &["-t", "tmpfs", "-o", options, "tmpfs", &self.path.display().to_string()]);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Some((_, name, url)) = self.postgres.take() {
            // The server must let go of its files first: it would rather stop than lose them.
            let leaving = thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let mut server = PgConnection::connect(&url).await.expect("the server is there");
                    administer(&mut server, "drop table event".to_owned()).await;
                    administer(&mut server, format!("drop tablespace {name}")).await;
                });
            });
            if leaving.join().is_err() {
                return;
            }
        }
        // Lazily, because SQLite closes its files on threads of its own.
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "names and folders cannot be parameters; these are made here, of letters and digits"
)]
async fn administer(server: &mut PgConnection, statement: String) {
    let done = server.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed; a small disk needs root: {said}");
}
