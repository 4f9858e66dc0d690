//! Reads a [`Node`] through serde, and says of every error where it is and what would be right.

use std::fmt::Display;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess};
use serde::de::{SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::path::{Path, Step};
use super::suggest::{choices, tidy};
use super::tree::{Entry, Node, Value};

/// A serde error with its place.
#[derive(Debug)]
pub(super) struct ReadError {
    /// Steps to the place, innermost first.
    steps: Vec<Step>,
    /// What is wrong.
    pub(super) what: String,
    /// What would be right.
    pub(super) remedy: String,
    /// Whether the key itself is wrong, rather than its value.
    pub(super) of_key: bool,
}

impl ReadError {
    fn new(what: &str, remedy: &str) -> Self {
        Self { steps: Vec::new(), what: tidy(what), remedy: tidy(remedy), of_key: false }
    }

    fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The place.
    pub(super) fn path(&self) -> Path {
        Path(self.steps.iter().rev().cloned().collect())
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    /// Texts of the units' own readers: "what; remedy".
    fn custom<T: Display>(message: T) -> Self {
        let message = message.to_string();
        let (what, remedy) = message.rsplit_once("; ").unwrap_or((&message, ""));
        Self::new(what, remedy)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(&format!("{} does not belong here", found_in_words(found)), &expected_in_words(expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(&format!("{} is out of range", found_in_words(found)), &expected_in_words(expected))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(&format!("a list of {length} does not belong here"), &expected_in_words(expected))
    }

    fn unknown_variant(word: &str, all: &'static [&'static str]) -> Self {
        Self::new(&format!("unknown value \"{word}\""), &choices(word, all, "use one of:"))
    }

    fn unknown_field(key: &str, all: &'static [&'static str]) -> Self {
        let error = Self::new(&format!("unknown key \"{key}\""), &choices(key, all, "valid here:"));
        Self { of_key: true, ..error }
    }
}

impl Node {
    /// What the value is, for messages.
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Text(text) => Unexpected::Str(text),
            Value::Integer(number) => Unexpected::Signed(*number),
            Value::Large(number) => Unexpected::Unsigned(*number),
            Value::Float(number) => Unexpected::Float(*number),
            Value::Boolean(flag) => Unexpected::Bool(*flag),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }
}

fn found_in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("the text \"{text}\""),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Bool(flag) => format!("{flag}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

fn expected_in_words(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let plain = match words.as_str() {
        "u32" => "a whole number from 0 to 4294967295, without quotes",
        "u64" => "a whole number, 0 or more, without quotes",
        "f64" => "a number, without quotes",
        "a boolean" => "true or false, without quotes",
        "a string" => "text in quotes",
        "a sequence" => "a list: [ … ]",
        "a tuple of size 2" => "a pair such as [0.5, \"1s\"]",
        _ if words.starts_with("struct ") => "a table: { key = value, … }",
        _ => &words,
    };
    format!("write {plain}")
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.rejected {
            // Stands in for an element of a list, whose place must not be lost.
            return visitor.visit_map(Table { entries: [].iter(), current: None });
        }
        match &self.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Large(number) => visitor.visit_u64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(flag) => visitor.visit_bool(*flag),
            Value::Table(entries) => visitor.visit_map(Table { entries: entries.iter(), current: None }),
            Value::List(nodes) => {
                let mut list = List { nodes, next: 0 };
                let value = visitor.visit_seq(&mut list)?;
                if list.next < nodes.len() {
                    return Err(ReadError::invalid_length(nodes.len(), &"a shorter list"));
                }
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.value {
            // Derived readers would take a list for the fields in order.
            Value::List(_) if !self.rejected => Err(ReadError::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.value {
            Value::Text(text) if !self.rejected => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            _ => {
                let expected = format!("one of: {}", variants.join(", "));
                Err(ReadError::invalid_type(self.unexpected(), &expected.as_str()))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The elements of a list.
struct List<'de> {
    nodes: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for &mut List<'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(node) = self.nodes.get(self.next) else { return Ok(None) };
        let place = Step::Index(self.next);
        self.next += 1;
        seed.deserialize(node).map(Some).map_err(|error| error.within(place))
    }
}

/// The entries of a table, without those reported already.
struct Table<'de> {
    entries: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> MapAccess<'de> for Table<'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        self.current = self.entries.find(|entry| !entry.node.rejected);
        let Some(entry) = self.current else { return Ok(None) };
        seed.deserialize(entry.key.as_str().into_deserializer())
            .map(Some)
            .map_err(|error: ReadError| error.within(Step::Key(entry.key.clone())))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Some(entry) = self.current.take() else {
            return Err(ReadError::custom("a value was read before its key"));
        };
        seed.deserialize(&entry.node).map_err(|error| error.within(Step::Key(entry.key.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.clone().filter(|entry| !entry.node.rejected).count())
    }
}
