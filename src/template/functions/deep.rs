//! Values compared and copied through all their levels.

use std::collections::BTreeMap;

use crate::template::function::{Context, Error};
use crate::template::value::{List, Map, Value};

/// How deep values are followed; a map that holds itself ends there with an error.
const DEPTH: usize = 500;

/// `reflect.DeepEqual`: the same types and the same content at every level.
pub(crate) fn deep_equal(context: &mut Context<'_>, left: &Value, right: &Value) -> Result<bool, Error> {
    equal(context, left, right, DEPTH)
}

fn equal(context: &mut Context<'_>, left: &Value, right: &Value, depth: usize) -> Result<bool, Error> {
    context.charge(1)?;
    let below = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) | (Value::Int64(left), Value::Int64(right)) => left == right,
        (Value::Uint8(left), Value::Uint8(right)) => left == right,
        (Value::Uint64(left), Value::Uint64(right)) => left == right,
        (Value::Float64(left), Value::Float64(right)) => left == right,
        (Value::Complex128(a, b), Value::Complex128(c, d)) => a == c && b == d,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::RawString(left), Value::RawString(right)) | (Value::Bytes(left), Value::Bytes(right)) => {
            left == right
        }
        (Value::List(left), Value::List(right)) => {
            if left.kind().name() != right.kind().name()
                || left.len() != right.len()
                || left.is_nil() != right.is_nil()
            {
                return Ok(false);
            }
            if left.is_same(right) {
                return Ok(true);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(context, left, right, below)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.kind().name() != right.kind().name() || left.len() != right.len() {
                return Ok(false);
            }
            if left.is_same(right) {
                return Ok(true);
            }
            for (key, left) in left.entries().iter() {
                match right.entries().get(key) {
                    Some(right) if equal(context, left, right, below)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Value::Object(left), Value::Object(right)) => {
            std::rc::Rc::ptr_eq(left, right)
                || left.equals(&**right).unwrap_or_else(|| {
                    left.type_name() == right.type_name() && left.display() == right.display()
                })
        }
        _ => false,
    })
}

/// copystructure's `Copy`: new maps and lists at every level.
pub(crate) fn deep_copy(context: &mut Context<'_>, value: &Value) -> Result<Value, Error> {
    copy(context, value, DEPTH)
}

fn copy(context: &mut Context<'_>, value: &Value, depth: usize) -> Result<Value, Error> {
    context.charge(4)?;
    let below = depth.checked_sub(1).ok_or_else(too_deep)?;
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            context.allocate(list.len() * size_of::<Value>())?;
            let items: Result<Vec<_>, _> = list.iter().map(|item| copy(context, item, below)).collect();
            Value::List(List::new(list.kind(), items?))
        }
        Value::Map(map) => {
            context.charge(map.len() as u64 * 8)?;
            context.allocate(map.len() * 2 * size_of::<Value>())?;
            let mut entries = BTreeMap::new();
            for (key, item) in map.entries().iter() {
                entries.insert(key.clone(), copy(context, item, below)?);
            }
            Value::Map(Map::new(map.kind(), entries))
        }
        value => value.clone(),
    })
}

/// The error for a value that is nested deeper than any real one.
pub(crate) fn too_deep() -> Error {
    Error::limit("a value is nested too deeply (or holds itself); rendering stopped")
}
