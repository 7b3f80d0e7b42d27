//! The contract of the event log: every rule is written once and holds on SQLite as well as on PostgreSQL. The
//! domain is a guest house that exists only here; the databases, the processes and the full disks are real.

/// Two tests for every rule, one on each database.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::backend::Backend::sqlite()).await;
            })+
        }
        on_postgres!($($rule),+);
    };
}

/// A test for every rule that only makes sense where a server and its clients are apart.
macro_rules! on_postgres {
    ($($rule:ident),+ $(,)?) => {
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::backend::Backend::postgres().await).await;
            })+
        }
    };
}
mod answers;
mod backend;
mod busy;
mod clock;
mod commits;
mod crash;
mod disk;
mod full;
mod inn;
mod migration;
mod order;
mod outage;
mod personal;
mod replicas;
mod service;
mod timers;
mod unreadable;
mod wire;
