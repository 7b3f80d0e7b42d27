//! The contracts of Onderdak as Rust types: one module per package of `proto/`, plus the JSON form of what
//! goes over the bus. Everything but [`codec`], [`encoded`] and `number` is generated; it must not contain a line of
//! behaviour.

#![allow(clippy::all, clippy::too_many_lines, unreachable_pub, reason = "generated code")]

pub mod codec;
pub mod encoded;
mod number;

mod packages {
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

/// A request for a command.
pub trait Commanding {
    /// The id of the command: the same id has one effect, however often it is sent.
    fn command_id(&self) -> &str;
    /// The location it is about, where the request says that itself.
    fn location_id(&self) -> Option<&str>;
}

/// All contracts as one `FileDescriptorSet`, for reflection and for tests that walk every method or field.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The moment of a protobuf timestamp in microseconds since 1970, the unit of the logs.
pub fn micros(timestamp: &pbjson_types::Timestamp) -> i64 {
    timestamp.seconds.saturating_mul(1_000_000).saturating_add(i64::from(timestamp.nanos) / 1_000)
}

/// The protobuf timestamp of a moment in microseconds since 1970.
pub fn timestamp(micros: i64) -> pbjson_types::Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    pbjson_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}
