//! Numbers in the JSON of protobuf: written as a number or as text, 64-bit ones always as text. It must take exactly
//! what pbjson takes, and look at each only once.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::{F64Deserializer, I64Deserializer, U64Deserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, Visitor};

/// A number that was read.
pub(crate) struct Number<T>(pub(crate) T);

impl<'de, T> Deserialize<'de> for Number<T>
where
    T: FromStr<Err: Display> + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor(PhantomData)).map(Self)
    }
}

struct NumberVisitor<T>(PhantomData<T>);

impl<'de, T> Visitor<'de> for NumberVisitor<T>
where
    T: FromStr<Err: Display> + Deserialize<'de>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a number as text")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let number: U64Deserializer<E> = number.into_deserializer();
        T::deserialize(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let number: I64Deserializer<E> = number.into_deserializer();
        T::deserialize(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        let number: F64Deserializer<E> = number.into_deserializer();
        T::deserialize(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn read<T>(json: &str) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display> + for<'de> serde::Deserialize<'de>,
    {
        serde_json::from_str::<Number<T>>(json).ok().map(|number| number.0)
    }

    #[test]
    fn a_number_reads_as_number_and_as_text() {
        assert_eq!(read::<u32>("25"), Some(25));
        assert_eq!(read::<u32>("\"25\""), Some(25));
        assert_eq!(read::<i32>("-3"), Some(-3));
        assert_eq!(read::<u64>("\"18446744073709551615\""), Some(u64::MAX));
        assert_eq!(read::<f64>("52.37"), Some(52.37));
        assert_eq!(read::<f64>("52"), Some(52.0));
        assert_eq!(read::<f64>("\"NaN\"").map(f64::is_nan), Some(true));
    }

    #[test]
    fn what_is_no_number_of_its_size_is_refused() {
        assert_eq!(read::<u32>("-1"), None);
        assert_eq!(read::<u32>("4294967296"), None);
        assert_eq!(read::<u32>("2.5"), None);
        assert_eq!(read::<u32>("\"\""), None);
        assert_eq!(read::<u32>("\"drie\""), None);
        assert_eq!(read::<u32>("true"), None);
        assert_eq!(read::<u32>("null"), None);
    }
}
