//! `index` and `slice`.

use crate::template::Value;
use crate::template::function::Error;
use crate::template::value::{Kind, List};

/// `x[i][j]…`: elements of lists, bytes of strings, values of maps.
pub(super) fn index(value: &Value, indexes: &[Value]) -> Result<Value, Error> {
    if value.is_nil() {
        return Err("index of untyped nil".into());
    }
    let mut item = value.clone();
    for index in indexes {
        item = match &item {
            Value::Nil => return Err("index of nil pointer".into()),
            Value::List(list) => {
                let at = position(index, list.len())?;
                list.get(at).cloned().ok_or_else(|| Error::new("reflect: slice index out of range"))?
            }
            Value::Bytes(bytes) => {
                let at = position(index, bytes.len())?;
                let byte = bytes.get(at).ok_or_else(|| Error::new("reflect: slice index out of range"))?;
                Value::Uint8(*byte)
            }
            Value::String(_) | Value::RawString(_) => {
                let bytes = item.as_bytes().unwrap_or_default();
                let at = position(index, bytes.len())?;
                let byte = bytes.get(at).ok_or_else(|| Error::new("reflect: string index out of range"))?;
                Value::Uint8(*byte)
            }
            Value::Map(map) => match index.kind() {
                Kind::Invalid => return Err("value is nil; should be of type string".into()),
                Kind::String => {
                    map.get(&index.text()).or_else(|| map.kind().zero_element()).unwrap_or(Value::Nil)
                }
                _ => return Err(format!("value has type {}; should be string", index.type_name()).into()),
            },
            _ => return Err(format!("can't index item of type {}", item.pointed_type_name()).into()),
        };
    }
    Ok(item)
}

/// The place an index names. Go lets the length itself pass here and panics later.
fn position(index: &Value, length: usize) -> Result<usize, Error> {
    let number = match (index.as_integer(), index) {
        (Some(number), _) => number,
        (None, Value::Nil) => return Err("cannot index slice/array with nil".into()),
        _ => return Err(format!("cannot index slice/array with type {}", index.type_name()).into()),
    };
    match usize::try_from(number) {
        Ok(at) if at <= length => Ok(at),
        _ => Err(format!("index out of range: {number}").into()),
    }
}

/// `x[i:j:k]` of lists and strings.
pub(super) fn slice(value: &Value, indexes: &[Value]) -> Result<Value, Error> {
    if value.is_nil() {
        return Err("slice of untyped nil".into());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let length = match value {
        Value::String(_) | Value::RawString(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Value::String(_) | Value::RawString(_) | Value::Bytes(_) => value.as_bytes().map_or(0, <[u8]>::len),
        Value::List(list) => list.len(),
        _ => return Err(format!("can't slice item of type {}", value.pointed_type_name()).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    for pair in bounds.windows(2).take(indexes.len().saturating_sub(1).max(1)) {
        if pair[0] > pair[1] {
            return Err(format!("invalid slice index: {} > {}", pair[0], pair[1]).into());
        }
    }
    let range = bounds[0]..bounds[1];
    Ok(match value {
        Value::List(list) => Value::List(List::new(list.kind(), list[range].to_vec())),
        Value::Bytes(bytes) => Value::Bytes(bytes[range].into()),
        _ => Value::string_of_bytes(value.as_bytes().unwrap_or_default()[range].to_vec()),
    })
}
