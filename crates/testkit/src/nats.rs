//! Real nats-servers with JetStream that syncs every write, alone or as a cluster. They are as
//! production runs them, except for their ports and directories; nothing here is simulated.

mod cluster;
mod server;

pub use cluster::Cluster;
pub use server::Server;
