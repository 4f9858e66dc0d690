//! One JSON object of a log: the fields that have a meaning, borrowed from its line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::tabular::Cell;

use super::builder::{LogBuilder, Row};
use super::columns::{Columns, Found, NAMES};
use super::problems::Place;

/// The names of an object's fields.
pub(super) struct Names(pub Vec<String>);

/// The fields of an object that have a meaning, by their places in [`NAMES`].
#[derive(Default)]
pub(super) struct Object<'a> {
    values: [Value<'a>; NAMES.len()],
    /// A bit for each field that is there, and for each that is there again.
    present: u32,
    again: u32,
}

/// A value of a field.
#[derive(Default)]
enum Value<'a> {
    #[default]
    Null,
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
    Other(&'static str),
}

impl Object<'_> {
    /// A field that comes twice, or that the first object does not have, would be lost without a word.
    pub fn check_names(&self, place: Place, builder: &mut LogBuilder) {
        // What is not needed beside what the first line has may come and go.
        let mut allowed = bit("event_type") | bit("session") | bit("session_event");
        for column in builder.columns().all() {
            allowed |= bit(column.name) | if column.name == "key" { bit("user_id") } else { 0 };
        }
        if self.present & !allowed == 0 && self.again == 0 {
            return;
        }
        for name in NAMES {
            if self.again & bit(name) != 0 {
                builder.problems().add(place, Some(name), || ("the field comes twice".to_owned(), "keep one of them"));
            }
            if self.present & !allowed & bit(name) != 0 {
                let what = || "the first line has no such field or names it otherwise".to_owned();
                let remedy = "give every line the same fields, with null where there is no value";
                builder.problems().add(place, Some(name), || (what(), remedy));
            }
        }
    }

    pub fn row(&self, columns: &Columns) -> Row<'_> {
        columns.row(|column: Found| self.values.get(column.index).map_or(Cell::Null, Value::cell))
    }
}

fn bit(name: &str) -> u32 {
    NAMES.iter().position(|known| *known == name).map_or(0, |place| 1 << place)
}

impl Value<'_> {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(number) => Cell::Integer(*number),
            Self::Unsigned(number) => Cell::Unsigned(*number),
            Self::Float(number) => Cell::Float(*number),
            Self::Text(text) => Cell::Text(text.as_bytes()),
            Self::Other(name) => Cell::Other(name),
        }
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut object = Object::default();
                while let Some(name) = map.next_key::<Name>()? {
                    match object.values.get_mut(name.0) {
                        None => drop(map.next_value::<IgnoredAny>()?),
                        Some(value) => {
                            *value = map.next_value()?;
                            object.again |= object.present & (1 << name.0);
                            object.present |= 1 << name.0;
                        }
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A field's place in [`NAMES`], or past its end.
struct Name(usize);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Other("a boolean"))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Integer(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Unsigned(number), Value::Integer))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Float(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other("a list"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other("an object"))
    }
}
