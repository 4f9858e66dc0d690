//! Values that take two shapes: a table or "none", a number or text.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

/// A table, or the text "none".
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "{T}OrNone")]
pub(in crate::scenario) enum OrNone<T> {
    /// Switched on, with these settings.
    On(T),
    /// Switched off.
    Off(NoneWord),
}

/// The word "none".
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::scenario) enum NoneWord {
    /// Switched off.
    None,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableOrNone<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for TableOrNone<T> {
            type Value = OrNone<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table { key = value, … } or \"none\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<OrNone<T>, E> {
                match text.trim() {
                    "none" => Ok(OrNone::Off(NoneWord::None)),
                    _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
                }
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<OrNone<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(OrNone::On)
            }
        }
        deserializer.deserialize_any(TableOrNone(PhantomData))
    }
}

/// A bound of an objective: a number, or text with a unit.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub(in crate::scenario) enum BoundFile {
    /// In the measure's unit.
    Number(f64),
    /// A duration or a number of bytes.
    Text(String),
}

impl<'de> Deserialize<'de> for BoundFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrText;
        impl Visitor<'_> for NumberOrText {
            type Value = BoundFile;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number in the measure's unit, or text with a unit such as \"15m\"")
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<BoundFile, E> {
                Ok(BoundFile::Number(number))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<BoundFile, E> {
                Ok(BoundFile::Number(number as f64))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<BoundFile, E> {
                Ok(BoundFile::Number(number as f64))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<BoundFile, E> {
                Ok(BoundFile::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(NumberOrText)
    }
}
