//! Values to texts and numbers, as Sprig and spf13/cast do: what is no number is 0.

use super::strconv::{parse_float, parse_int};
use crate::template::print::display;
use crate::template::value::Value;

/// Sprig's `strval`: the text of a string, of bytes, of an error or of a type with `String()`; else `%v`.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::RawString(bytes) | Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => display(value),
    }
}

/// `cast.ToInt64`: a string is read with Go's base prefixes; a fraction that is not all zeros makes it 0.
pub(crate) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint8(number) => i64::from(*number),
        Value::Uint64(number) => *number as i64,
        Value::Float64(number) => truncated(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => parse_int(without_zero_fraction(text), 0).unwrap_or(0),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
pub(crate) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Uint8(number) => f64::from(*number),
        Value::Uint64(number) => *number as f64,
        Value::Float64(number) => *number,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => parse_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's conversion on amd64, where the processor answers the lowest integer for what does not fit.
fn truncated(number: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// `1.00` becomes `1`; any other text stays.
fn without_zero_fraction(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_as_sprig_does() {
        for (value, number) in [
            (Value::from("1.9"), 0),
            (Value::from("1.0"), 1),
            (Value::from("0x1f"), 31),
            (Value::from("08"), 0),
            (Value::Float64(1.9), 1),
            (Value::Float64(1e21), i64::MIN),
            (Value::Nil, 0),
            (Value::Bool(true), 1),
        ] {
            assert_eq!(to_int64(&value), number);
        }
    }
}
