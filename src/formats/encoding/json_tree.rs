//! The tree of a JSON document: bounded, and without two equal names in one object.
//!
//! `serde_json` keeps the last of two equal names, other readers the first, and a tree takes up to a hundred times the
//! room of its text. So every tree is built here.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    field::{FieldError, FieldFault, MAX_VALUES},
    shown::shown_member,
};
use crate::formats::printable;

/// Why there is no tree, and where.
pub(in crate::formats) struct TreeFault {
    path: String,
    fault: FieldFault,
}

impl TreeFault {
    pub(in crate::formats) fn about(self, document: &str) -> FieldError {
        FieldError {
            document: printable(document),
            path: self.path,
            fault: self.fault,
        }
    }
}

/// Reads a document whole.
pub(in crate::formats) fn read(bytes: &[u8]) -> Result<Value, TreeFault> {
    let mut growth = Growth {
        left: MAX_VALUES,
        place: Vec::new(),
        fault: None,
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Grow(&mut growth).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));

    value.map_err(|error| TreeFault {
        path: if growth.fault.is_some() {
            growth.path()
        } else {
            String::new()
        },
        fault: growth.fault.take().unwrap_or(FieldFault::NotJson {
            line: error.line(),
            column: error.column(),
        }),
    })
}

/// What is known while a tree grows.
struct Growth {
    /// How many more values it may have.
    left: usize,
    /// The way to the value that is being read.
    place: Vec<Step>,
    /// What was wrong: the reader's own errors hold only text.
    fault: Option<FieldFault>,
}

enum Step {
    Member(String),
    Element(usize),
}

impl Growth {
    fn take_one<E: Error>(&mut self) -> Result<(), E> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.refuse(FieldFault::TooMany)),
        }
    }

    fn refuse<E: Error>(&mut self, fault: FieldFault) -> E {
        let error = E::custom(&fault);
        self.fault = Some(fault);
        error
    }

    fn path(&self) -> String {
        let mut path = String::new();
        // The limit concerns the document, wherever it was met.
        let steps = match self.fault {
            Some(FieldFault::TooMany) => &[],
            _ => self.place.as_slice(),
        };
        for step in steps {
            match step {
                Step::Member(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&shown_member(name));
                }
                Step::Element(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }
}

/// Reads one value and all below it.
struct Grow<'a>(&'a mut Growth);

impl<'de> DeserializeSeed<'de> for Grow<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.0.take_one()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Grow<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        self.0.place.push(Step::Element(0));
        while let Some(element) = list.next_element_seed(Grow(self.0))? {
            elements.push(element);
            self.0.place.pop();
            self.0.place.push(Step::Element(elements.len()));
        }
        self.0.place.pop();
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            self.0.place.push(Step::Member(name.clone()));
            if members.contains_key(&name) {
                return Err(self.0.refuse(FieldFault::Twice));
            }
            members.insert(name, object.next_value_seed(Grow(self.0))?);
            self.0.place.pop();
        }
        Ok(Value::Object(members))
    }
}
