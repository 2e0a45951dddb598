//! Sprig's functions on dictionaries. Maps are shared, as in Go: what `set` writes every holder of the map sees.

use std::rc::Rc;

use super::cast::text_of;
use super::deep::deep_copy;
use super::lists::nil_dereference;
use super::merge::merge;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{Entries, Map, MapType, Value};

const MAP_KEY: &[Type] = &[Type::Map, Type::String];

/// The dictionary functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("deepCopy", &[Type::Any], copied).any(),
    Function::new("mustDeepCopy", &[Type::Any], copied).any(),
    Function::new("dict", &[], |_, a| {
        let mut entries = Entries::new();
        for pair in a.chunks(2) {
            let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
            entries.insert(key_of(&pair[0]), value);
        }
        Ok(Value::Map(Map::new(MapType::Any, entries)))
    })
    .variadic(Type::Any),
    Function::new("dig", &[], dig).variadic(Type::Any).any(),
    Function::new("get", MAP_KEY, |_, a| {
        Ok(a[0].as_map().and_then(|map| map.get(&a[1].text())).unwrap_or_else(|| "".into()))
    })
    .any(),
    Function::new("hasKey", MAP_KEY, |_, a| {
        Ok(a[0].as_map().is_some_and(|map| map.contains(&a[1].text())).into())
    }),
    Function::new("keys", &[], |context, a| {
        let maps = a.iter().filter_map(Value::as_map);
        context.charge(maps.clone().map(|map| map.len() as u64).sum::<u64>() * 4)?;
        Ok(Value::string_list(maps.flat_map(|map| map.entries().keys().cloned().collect::<Vec<_>>())))
    })
    .variadic(Type::Map),
    Function::new("merge", &[Type::Map], |context, a| merged(context, a, false)).variadic(Type::Map).any(),
    Function::new("mustMerge", &[Type::Map], |context, a| merged(context, a, false))
        .variadic(Type::Map)
        .any(),
    Function::new("mergeOverwrite", &[Type::Map], |context, a| merged(context, a, true))
        .variadic(Type::Map)
        .any(),
    Function::new("mustMergeOverwrite", &[Type::Map], |context, a| merged(context, a, true))
        .variadic(Type::Map)
        .any(),
    Function::new("omit", &[Type::Map], |context, a| {
        selected(context, a, |key, names| !names.iter().any(|name| name.text() == key))
    })
    .variadic(Type::String),
    Function::new("pick", &[Type::Map], |context, a| {
        selected(context, a, |key, names| names.iter().any(|name| name.text() == key))
    })
    .variadic(Type::String),
    Function::new("pluck", &[Type::String], |_, a| {
        let key = a[0].text();
        Ok(Value::list(a[1..].iter().filter_map(Value::as_map).filter_map(|map| map.get(&key)).collect()))
    })
    .variadic(Type::Map),
    Function::new("set", &[Type::Map, Type::String, Type::Any], |context, a| {
        context.charge(12)?;
        let map = a[0].as_map().ok_or_else(|| Error::new("assignment to entry in nil map"))?;
        map.insert(key_of(&a[1]), a[2].clone());
        Ok(a[0].clone())
    }),
    Function::new("unset", MAP_KEY, |_, a| {
        if let Some(map) = a[0].as_map() {
            map.remove(&a[1].text());
        }
        Ok(a[0].clone())
    }),
    Function::new("values", &[Type::Map], |context, a| {
        let items: Vec<Value> =
            a[0].as_map().map(|map| map.entries().values().cloned().collect()).unwrap_or_default();
        context.charge(items.len() as u64 * 4)?;
        Ok(Value::list(items))
    }),
];

fn key_of(value: &Value) -> Rc<str> {
    match value {
        Value::String(text) => text.clone(),
        value => text_of(value).into(),
    }
}

fn copied(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    if a[0].is_nil() {
        return Err(Error::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    deep_copy(context, &a[0])
}

fn merged(context: &mut Context<'_>, a: &[Value], overwrite: bool) -> Result<Value, Error> {
    let result = match &a[0] {
        Value::Map(map) => map.clone(),
        _ => Map::new(MapType::Any, Entries::new()),
    };
    for source in a[1..].iter().filter_map(Value::as_map) {
        merge(context, &result, source, overwrite)?;
    }
    Ok(Value::Map(result))
}

fn selected(
    context: &mut Context<'_>,
    a: &[Value],
    keeps: fn(&str, &[Value]) -> bool,
) -> Result<Value, Error> {
    let mut entries = Entries::new();
    if let Some(map) = a[0].as_map() {
        context.charge((map.len() * (8 + a.len())) as u64)?;
        for (key, item) in map.entries().iter().filter(|(key, _)| keeps(key, &a[1..])) {
            entries.insert(key.clone(), item.clone());
        }
    }
    Ok(Value::Map(Map::new(MapType::Any, entries)))
}

/// `dig KEY… DEFAULT MAP`: the value at the end of the keys, or the default where one is missing.
fn dig(_: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let [keys @ .., default, last] = a else { return Err("dig needs at least three arguments".into()) };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut map = plain_map(last)?;
    for key in keys {
        if key.as_bytes().is_none() || matches!(key, Value::Bytes(_)) {
            return Err(Error::conversion(key.type_name(), "string"));
        }
    }
    let (end, path) = keys.split_last().ok_or_else(nil_dereference)?;
    for key in path {
        match map.get(&key.text()) {
            None => return Ok(default.clone()),
            Some(next) => map = plain_map(&next)?,
        }
    }
    Ok(map.get(&end.text()).unwrap_or_else(|| default.clone()))
}

fn plain_map(value: &Value) -> Result<Map, Error> {
    match value {
        Value::Map(map) if matches!(map.kind(), MapType::Any) => Ok(map.clone()),
        other => Err(Error::conversion(other.type_name(), "map[string]interface {}")),
    }
}
