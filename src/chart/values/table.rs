//! Maps of values, as Helm's merging uses them: shared, as Go shares them, so that what one chart's merging writes
//! into a nested map shows wherever that map is used.

use std::rc::Rc;

use crate::gather::Gather;
use crate::template::Value;
use crate::template::value::{Map, MapType};
use crate::yaml::Tree;

/// An empty map.
pub(crate) fn new_table() -> Map {
    Map::new(MapType::Any, Default::default())
}

/// The map under `key`, if there is one.
pub(crate) fn table_at(map: &Map, key: &str) -> Option<Map> {
    match map.get(key) {
        Some(Value::Map(table)) => Some(table),
        _ => None,
    }
}

/// The entries at this moment, by key.
pub(crate) fn entries(map: &Map) -> Vec<(Rc<str>, Value)> {
    map.entries().iter().map(|(key, value)| (key.clone(), value.clone())).gather()
}

/// Another map with the same values; nested maps stay shared.
pub(crate) fn shallow_copy(map: &Map) -> Map {
    Map::new(MapType::Any, map.entries().clone())
}

/// Another map that shares no map with this one.
pub(crate) fn deep_copy(map: &Map) -> Map {
    Map::new(MapType::Any, map.entries().iter().map(|(key, value)| (key.clone(), copied(value))).gather())
}

fn copied(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(deep_copy(map)),
        Value::List(list) if list.iter().any(|item| matches!(item, Value::Map(_) | Value::List(_))) => {
            Value::list(list.iter().map(copied).collect())
        }
        other => other.clone(),
    }
}

/// The map for the YAML printer.
pub(crate) fn map_tree(map: &Map) -> Tree<'static> {
    let entries = entries(map);
    Tree::Mapping(entries.iter().map(|(key, value)| (key.to_string().into(), owned_tree(value))).collect())
}

fn owned_tree(value: &Value) -> Tree<'static> {
    match value {
        Value::Map(map) => map_tree(map),
        Value::List(list) => Tree::Sequence(list.iter().map(owned_tree).collect()),
        Value::String(text) => Tree::String(text.to_string().into()),
        Value::Bool(value) => Tree::Bool(*value),
        Value::Int(value) | Value::Int64(value) => Tree::Int(*value),
        Value::Uint8(value) => Tree::Int(i64::from(*value)),
        Value::Uint64(value) => Tree::UInt(*value),
        Value::Float64(value) => Tree::Float(*value),
        _ => Tree::Null,
    }
}
