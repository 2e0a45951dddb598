//! Go values as a template sees them.
//!
//! In: literals, JSON and YAML trees, results of functions. Out: [`Value`], with Go's names for its type and kind.
//!
//! Invariants: a list never changes once made (no template function can write an element); a map can, and every
//! holder of it sees the change, as in Go. Values that come from JSON or YAML hold numbers as `float64` only,
//! because Helm reads them so.

mod convert;
mod list;
mod map;
mod object;
mod values;

pub use list::{List, ListType};
pub use map::{Entries, Map, MapType, Named};
pub use object::Object;
pub use values::VALUES;

use std::rc::Rc;

use crate::gather::Gather;

/// A Go value in an `interface {}`.
///
/// `nil` of any type is [`Value::Nil`]; the evaluator alone knows whether it was typed.
#[derive(Clone)]
pub enum Value {
    /// `nil`.
    Nil,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `int64`.
    Int64(i64),
    /// `uint8`, an element of `[]byte`.
    Uint8(u8),
    /// `uint64`.
    Uint64(u64),
    /// `float64`.
    Float64(f64),
    /// `complex128`: real and imaginary part. Only constants make one.
    Complex128(f64, f64),
    /// `string` that is UTF-8, as nearly all are.
    String(Rc<str>),
    /// `string` that is not UTF-8. Made only by [`Value::string_of_bytes`], so that a text has one representation.
    RawString(Rc<[u8]>),
    /// `[]uint8`.
    Bytes(Rc<[u8]>),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A Go struct, or another named type with fields or methods.
    Object(Rc<dyn Object>),
}

/// A Go kind, as `kindOf` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is Go's reflect.Kind of that name")]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int64,
    Uint8,
    Uint64,
    Float64,
    Complex128,
    String,
    Slice,
    Map,
    Struct,
    Pointer,
}

impl Kind {
    /// Go's name of the kind: `slice`, `map`, `ptr`, …
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Int64 => "int64",
            Kind::Uint8 => "uint8",
            Kind::Uint64 => "uint64",
            Kind::Float64 => "float64",
            Kind::Complex128 => "complex128",
            Kind::String => "string",
            Kind::Slice => "slice",
            Kind::Map => "map",
            Kind::Struct => "struct",
            Kind::Pointer => "ptr",
        }
    }
}

impl Value {
    /// A Go string of any bytes.
    pub fn string_of_bytes(bytes: Vec<u8>) -> Value {
        match String::from_utf8(bytes) {
            Ok(text) => Value::String(text.into()),
            Err(error) => Value::RawString(error.into_bytes().into()),
        }
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(List::new(ListType::Any, items))
    }

    /// A `[]string`.
    pub fn string_list<T: Into<Rc<str>>>(items: impl IntoIterator<Item = T>) -> Value {
        Value::List(List::new(
            ListType::String,
            items.into_iter().map(|item| Value::String(item.into())).collect(),
        ))
    }

    /// A `map[string]interface {}`.
    pub fn map<K: Into<Rc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(Map::new(
            MapType::Any,
            entries.into_iter().map(|(key, value)| (key.into(), value)).gather(),
        ))
    }

    /// An object.
    pub fn object(object: impl Object) -> Value {
        Value::Object(Rc::new(object))
    }

    /// The object of Rust type `T`, if the value is one.
    pub fn downcast<T: Object>(&self) -> Option<&T> {
        match self {
            Value::Object(object) => (&**object as &dyn std::any::Any).downcast_ref(),
            _ => None,
        }
    }

    /// Go's name of the dynamic type, as `typeOf` and `%T` give it: `map[string]interface {}`, `<nil>`, …
    pub fn type_name(&self) -> &str {
        match self {
            Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Uint8(_) => "uint8",
            Value::Uint64(_) => "uint64",
            Value::Float64(_) => "float64",
            Value::Complex128(..) => "complex128",
            Value::String(_) | Value::RawString(_) => "string",
            Value::Bytes(_) => "[]uint8",
            Value::List(list) => list.kind().name(),
            Value::Map(map) => map.kind().name(),
            Value::Object(object) => object.type_name(),
        }
    }

    /// The name of the type behind a pointer, as Go's built-in functions look through one.
    pub fn pointed_type_name(&self) -> &str {
        let name = self.type_name();
        name.strip_prefix('*').unwrap_or(name)
    }

    /// Go's kind of the dynamic type.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Nil => Kind::Invalid,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Int64(_) => Kind::Int64,
            Value::Uint8(_) => Kind::Uint8,
            Value::Uint64(_) => Kind::Uint64,
            Value::Float64(_) => Kind::Float64,
            Value::Complex128(..) => Kind::Complex128,
            Value::String(_) | Value::RawString(_) => Kind::String,
            Value::Bytes(_) | Value::List(_) => Kind::Slice,
            Value::Map(_) => Kind::Map,
            Value::Object(object) => object.kind(),
        }
    }

    /// Whether `if` takes the value for true: not zero, not empty, not nil. A struct is always true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(value) | Value::Int64(value) => *value != 0,
            Value::Uint8(value) => *value != 0,
            Value::Uint64(value) => *value != 0,
            Value::Float64(value) => *value != 0.0,
            Value::Complex128(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::RawString(_) => true,
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Object(object) => object.is_true(),
        }
    }

    /// Whether the value is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The text of a string that is UTF-8; `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, with U+FFFD for what is not UTF-8; empty for any other value.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Value::String(text) => (&**text).into(),
            Value::RawString(bytes) => decoded(bytes).into(),
            _ => "".into(),
        }
    }

    /// The bytes of a string or of a `[]uint8`; `None` for any other value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::String(text) => Some(text.as_bytes()),
            Value::RawString(bytes) | Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The number of any signed or unsigned integer type; `None` for any other value.
    pub fn as_integer(&self) -> Option<i128> {
        match self {
            Value::Int(value) | Value::Int64(value) => Some(i128::from(*value)),
            Value::Uint8(value) => Some(i128::from(*value)),
            Value::Uint64(value) => Some(i128::from(*value)),
            _ => None,
        }
    }

    /// The `int` or `int64`, as a function that declares such a parameter receives it; 0 for any other value.
    pub fn int(&self) -> i64 {
        match self {
            Value::Int(value) | Value::Int64(value) => *value,
            _ => 0,
        }
    }

    /// The list, if the value is a slice other than `[]uint8`.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The map, if the value is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

/// The bytes as text with U+FFFD for every byte that is not UTF-8, as Go decodes it.
pub fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
