//! JSON and YAML trees to values and back.

use std::rc::Rc;

use super::{Entries, List, ListType, Map, MapType, Value, decoded};
use crate::gather::Gather;
use crate::yaml;

impl Value {
    /// The value as Helm reads it from JSON: every number is a `float64`.
    pub fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Nil,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => Value::Float64(number.as_f64().unwrap_or_default()),
            serde_json::Value::String(text) => Value::String(text.as_str().into()),
            serde_json::Value::Array(items) => {
                Value::List(List::new(ListType::Any, items.iter().map(Value::from_json).collect()))
            }
            serde_json::Value::Object(entries) => Value::Map(Map::new(
                MapType::Any,
                entries.iter().map(|(key, value)| (Rc::from(key.as_str()), Value::from_json(value))).gather(),
            )),
        }
    }

    /// The value as Helm reads it from YAML: every number is a `float64`; of duplicate keys the last one stays.
    pub fn from_yaml(node: &yaml::Node) -> Value {
        match &node.data {
            yaml::Data::Null => Value::Nil,
            yaml::Data::Bool(value) => Value::Bool(*value),
            yaml::Data::Int(value) => Value::Float64(*value as f64),
            yaml::Data::UInt(value) => Value::Float64(*value as f64),
            yaml::Data::Float(value) => Value::Float64(*value),
            yaml::Data::String(text) => Value::String(text.as_str().into()),
            yaml::Data::Sequence(items) => Value::list(items.iter().map(Value::from_yaml).collect()),
            yaml::Data::Mapping(entries) => {
                let mut map = Entries::new();
                for entry in entries {
                    map.insert(Rc::from(&*entry.key.as_key()), Value::from_yaml(&entry.value));
                }
                Value::Map(Map::new(MapType::Any, map))
            }
        }
    }

    /// The value as a JSON tree, for printing as YAML. Whole floats below 2^53 become integers; what is not UTF-8
    /// becomes U+FFFD. Deeper than `depth` levels, and behind a million nodes, everything is null, because a map may
    /// hold itself.
    pub fn to_json(&self, depth: usize) -> serde_json::Value {
        self.to_json_within(depth, &mut 1_000_000)
    }

    fn to_json_within(&self, depth: usize, nodes: &mut usize) -> serde_json::Value {
        use serde_json::Value as Json;
        let (Some(below), Some(left)) = (depth.checked_sub(1), nodes.checked_sub(1)) else {
            return Json::Null;
        };
        *nodes = left;
        match self {
            Value::Nil | Value::Complex128(..) => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) | Value::Int64(value) => Json::from(*value),
            Value::Uint8(value) => Json::from(*value),
            Value::Uint64(value) => Json::from(*value),
            Value::Float64(value) if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 => {
                Json::from(*value as i64)
            }
            Value::Float64(value) => Json::from(*value),
            Value::String(text) => Json::String(text.to_string()),
            Value::RawString(bytes) | Value::Bytes(bytes) => Json::String(decoded(bytes)),
            Value::List(list) if list.is_nil() => Json::Null,
            Value::List(list) => {
                Json::Array(list.iter().map(|item| item.to_json_within(below, nodes)).collect())
            }
            Value::Map(map) => Json::Object(
                map.entries()
                    .iter()
                    .map(|(key, value)| (key.to_string(), value.to_json_within(below, nodes)))
                    .gather(),
            ),
            Value::Object(object) => object.encoded().to_json_within(below, nodes),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float64(value)
    }
}
