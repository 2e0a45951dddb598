//! The tree of a YAML document.

use super::print::{go_float_key, json_integer};
use crate::diagnostic::Span;
use crate::gather::Gather;

/// A value and where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub data: Data,
    /// Where it stands. For a block collection: from its first key or dash to the end of its last value.
    pub span: Span,
}

/// A key and its value, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// What a node holds, with scalars typed as sigs.k8s.io/yaml types them.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`, …
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// A positive integer above `i64::MAX`.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A map; duplicate keys stay, each with its place.
    Mapping(Vec<Entry>),
}

impl Node {
    /// The value under `key` of a mapping: the last one, as Kubernetes reads duplicate keys.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry under `key` of a mapping: the last one, as Kubernetes reads duplicate keys.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.data {
            Data::Mapping(entries) => entries.iter().rev().find(|entry| entry.key.as_key() == key),
            _ => None,
        }
    }

    /// The text of a scalar used as a mapping key, as JSON would name it.
    pub fn as_key(&self) -> std::borrow::Cow<'_, str> {
        match &self.data {
            Data::String(text) => text.as_str().into(),
            Data::Null => "null".into(),
            Data::Bool(value) => value.to_string().into(),
            Data::Int(value) => value.to_string().into(),
            Data::UInt(value) => value.to_string().into(),
            Data::Float(value) => go_float_key(*value).into(),
            Data::Sequence(_) | Data::Mapping(_) => "".into(),
        }
    }

    /// The text, if the node is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The same value as a JSON tree without places; of duplicate keys the last one stays. A float without a
    /// fraction becomes an integer, as Go writes it to JSON; what JSON cannot hold (`.inf`, `.nan`) becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(value) => Value::from(*value),
            Data::UInt(value) => Value::from(*value),
            Data::Float(value) => json_integer(*value).unwrap_or_else(|| Value::from(*value)),
            Data::String(text) => Value::String(text.clone()),
            Data::Sequence(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Data::Mapping(entries) => Value::Object(
                entries.iter().map(|entry| (entry.key.as_key().into_owned(), entry.value.to_json())).gather(),
            ),
        }
    }
}
