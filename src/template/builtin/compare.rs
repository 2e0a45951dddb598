//! `eq`, `lt` and their like: Go's rules for types that compare.

use std::cmp::Ordering;

use crate::template::Value;
use crate::template::function::Error;
use crate::template::print::{display, sprintf};
use crate::template::value::{Kind, decoded};

/// The kinds that compare with `<`, signs of integers apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Bool,
    Complex,
    Integer,
    Float,
    String,
    Unsigned,
}

fn basic(value: &Value) -> Option<Basic> {
    Some(match value.kind() {
        Kind::Bool => Basic::Bool,
        Kind::Int | Kind::Int64 => Basic::Integer,
        Kind::Uint8 | Kind::Uint64 => Basic::Unsigned,
        Kind::Float64 => Basic::Float,
        Kind::Complex128 => Basic::Complex,
        Kind::String => Basic::String,
        _ => return None,
    })
}

fn is_integer(kind: Option<Basic>) -> bool {
    matches!(kind, Some(Basic::Integer | Basic::Unsigned))
}

/// Whether `first` equals any of the `others`.
pub(super) fn equal(first: &Value, others: &[Value]) -> Result<bool, Error> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal_one(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_one(left: &Value, right: &Value) -> Result<bool, Error> {
    let (left_kind, right_kind) = (basic(left), basic(right));
    if is_integer(left_kind) && is_integer(right_kind) {
        return Ok(left.as_integer() == right.as_integer());
    }
    if left_kind != right_kind {
        if left.is_nil() || right.is_nil() {
            return Ok(false);
        }
        return Err(incompatible(left, right));
    }
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Float64(left), Value::Float64(right)) => left == right,
        (Value::Complex128(a, b), Value::Complex128(c, d)) => a == c && b == d,
        _ if left_kind == Some(Basic::String) => left.as_bytes() == right.as_bytes(),
        _ => return equal_composite(left, right),
    })
}

fn equal_composite(left: &Value, right: &Value) -> Result<bool, Error> {
    if is_nil(left) || is_nil(right) {
        return Ok(is_nil(left) && is_nil(right));
    }
    let shown = |value: &Value| decoded(&sprintf(b"%s", std::slice::from_ref(value)));
    if left.kind() != right.kind() {
        return Err(format!(
            "non-comparable types {}: {}, {}: {}",
            shown(left),
            left.type_name(),
            right.type_name(),
            display(right)
        )
        .into());
    }
    if let (Value::Object(left), Value::Object(right)) = (left, right) {
        if let Some(equal) = left.equals(&**right) {
            return Ok(equal);
        }
        if right.kind() == Kind::Pointer {
            return Ok(std::rc::Rc::ptr_eq(left, right));
        }
    }
    Err(format!("non-comparable type {}: {}", shown(right), right.type_name()).into())
}

fn is_nil(value: &Value) -> bool {
    value.is_nil() || value.as_list().is_some_and(crate::template::value::List::is_nil)
}

/// Whether `left < right`.
pub(super) fn less(left: &Value, right: &Value) -> Result<bool, Error> {
    Ok(order(left, right)? == Some(Ordering::Less))
}

/// Whether `left <= right`.
pub(super) fn less_or_equal(left: &Value, right: &Value) -> Result<bool, Error> {
    Ok(matches!(order(left, right)?, Some(Ordering::Less | Ordering::Equal)))
}

fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    let invalid = || Error::new("invalid type for comparison");
    let left_kind = basic(left).ok_or_else(invalid)?;
    let right_kind = basic(right).ok_or_else(invalid)?;
    if is_integer(Some(left_kind)) && is_integer(Some(right_kind)) {
        return Ok(left.as_integer().zip(right.as_integer()).map(|(left, right)| left.cmp(&right)));
    }
    if left_kind != right_kind {
        return Err(incompatible(left, right));
    }
    match (left, right) {
        (Value::Float64(left), Value::Float64(right)) => Ok(left.partial_cmp(right)),
        _ if left_kind == Basic::String => Ok(Some(left.as_bytes().cmp(&right.as_bytes()))),
        _ => Err(invalid()),
    }
}

fn incompatible(left: &Value, right: &Value) -> Error {
    format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name()).into()
}
