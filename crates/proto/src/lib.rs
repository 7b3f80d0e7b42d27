//! The contracts of Onderdak as Rust types: one module per package of `proto/`, plus the JSON form of what
//! goes over the bus. Everything but [`codec`], [`encoded`] and `number` is generated; it must not contain a line of
//! behaviour.

#![expect(missing_docs, reason = "generated methods carry no docs; the .proto files document every field")]
#![allow(clippy::all, clippy::too_many_lines, unreachable_pub, reason = "generated code")]

pub mod codec;
pub mod encoded;
mod number;

mod packages {
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}

pub use packages::onderdak::feed;

/// What the services share: kinds, places, criteria and the report that goes over the bus.
pub mod availability {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::availability::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.availability.v1.serde.rs"));
    }
}

/// Housing First.
pub mod housing_first {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::housing_first::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.housing_first.v1.serde.rs"));
    }
}

/// The logeerplekken.
pub mod logeerplek {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::logeerplek::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.logeerplek.v1.serde.rs"));
    }
}

/// The avond- en nachtdienst.
pub mod nachtdienst {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::nachtdienst::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.nachtdienst.v1.serde.rs"));
    }
}

/// The shelters.
pub mod opvang {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::opvang::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.opvang.v1.serde.rs"));
    }
}

/// What belongs to a person.
pub mod privacy {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::privacy::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.privacy.v1.serde.rs"));
    }
}

/// The aggregator.
pub mod regio {
    /// Version 1.
    pub mod v1 {
        pub use crate::packages::onderdak::regio::v1::*;
        include!(concat!(env!("OUT_DIR"), "/onderdak.regio.v1.serde.rs"));
    }
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
