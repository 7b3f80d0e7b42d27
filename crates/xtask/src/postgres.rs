//! A PostgreSQL cluster that lives as long as one command: found or installed, started, and gone
//! afterwards. Tests never touch a PostgreSQL that was already running here.

mod cluster;
mod find;
mod guard;

pub(crate) use find::programs;
pub(crate) use guard::{GUARD, guard, start};
