//! Which zero values Go writes and which it leaves out.
//!
//! In: an object of a known kind. Out: the object as the server would write it: quantities in canonical form, empty
//! values dropped where a field has `omitempty`, written where it has not.

use serde_json::{Map, Value};

use super::quantity::Quantity;
use super::schema::{Field, Struct, Type, schema};

/// Brings a tree into the form in which the server would write it; unknown fields are dropped.
pub fn normalize(object: &mut Value, of: &Struct) {
    let Some(map) = object.as_object_mut() else { return };
    map.retain(|name, value| {
        let Some(field) = of.field(name) else { return false };
        tidy(value, &field.kind);
        keeps(field, value) && (field.always || !value.is_null())
    });
    fill(map, of);
}

fn tidy(value: &mut Value, kind: &Type) {
    match (kind, value) {
        (Type::Struct(index), value @ Value::Object(_)) => normalize(value, schema().get(*index)),
        (Type::List(item), Value::Array(items)) => {
            for value in items {
                if value.is_null() {
                    *value = zero_of(item);
                }
                tidy(value, item);
            }
        }
        (Type::Map(item), Value::Object(map)) => {
            for value in map.values_mut() {
                if value.is_null() {
                    *value = zero_of(item);
                }
                tidy(value, item);
            }
        }
        (Type::Quantity, value) => {
            let text = match &*value {
                Value::String(text) => Quantity::parse(text),
                Value::Number(number) => Quantity::parse(&number.to_string()),
                _ => return,
            };
            let Ok(quantity) = text else { return };
            let canonical = quantity.to_string();
            if value.as_str() != Some(canonical.as_str()) {
                *value = canonical.into();
            }
        }
        _ => {}
    }
}

/// Adds what Go writes even when it is empty.
pub(crate) fn fill(object: &mut Map<String, Value>, of: &Struct) {
    for field in of.fields.iter().filter(|field| field.always) {
        if object.contains_key(field.name) {
            continue;
        }
        let value = if field.pointer { Value::Null } else { zero_of(&field.kind) };
        object.insert(field.name.to_owned(), value);
    }
}

/// A struct of which nothing was said.
pub(crate) fn zero(of: &Struct) -> Value {
    let mut object = Map::new();
    fill(&mut object, of);
    Value::Object(object)
}

/// The value of a type of which nothing was said.
pub(crate) fn zero_of(kind: &Type) -> Value {
    match kind {
        Type::String | Type::Bytes => Value::from(""),
        Type::Int32 | Type::Int64 | Type::Float | Type::IntOrString => Value::from(0),
        Type::Bool => Value::from(false),
        Type::Quantity => Value::from("0"),
        Type::Struct(index) => zero(schema().get(*index)),
        _ => Value::Null,
    }
}

/// Whether Go writes a value that was read.
pub(crate) fn keeps(field: &Field, value: &Value) -> bool {
    if field.always || field.pointer {
        return true;
    }
    match (&field.kind, value) {
        (_, Value::Null) => false,
        (Type::IntOrString | Type::Quantity | Type::Struct(_) | Type::Any, _) => true,
        (_, Value::String(text)) => !text.is_empty(),
        (_, Value::Number(number)) => number.as_f64() != Some(0.0),
        (_, Value::Bool(value)) => *value,
        (_, Value::Array(items)) => !items.is_empty(),
        (_, Value::Object(map)) => !map.is_empty(),
    }
}
