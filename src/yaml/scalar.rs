//! Which type a scalar has: YAML 1.1 as sigs.k8s.io/yaml resolves it (the `resolve` of go-yaml v2).

use super::{Data, timestamp};

/// Why an explicit tag does not fit its scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TagMismatch {
    /// The text is of another type than the tag says; the short names of both (`!!str`, `!!int`).
    Type {
        /// What the text is.
        found: &'static str,
        /// What the tag asks for.
        wanted: &'static str,
    },
    /// `!!binary` without base64 behind it.
    Base64,
}

/// The type and value of a plain (unquoted) scalar without a tag.
pub fn resolve_plain(text: &str) -> Data {
    special(text).unwrap_or_else(|| Data::String(text.to_owned()))
}

/// Whether `text` written without quotes reads back as itself, for every reader that go-yaml cares for:
/// timestamps, numbers of base 60 and the words of YAML 1.1 are quoted on the way out.
pub(crate) fn reads_as_string(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        Some(b'0'..=b'9' | b'+' | b'-') => {
            special(text).is_none() && !timestamp::is_timestamp(text) && !is_base_60(text)
        }
        Some(b'.' | b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => {
            special(text).is_none()
        }
        _ => true,
    }
}

/// The value of a scalar with an explicit tag (`tag` in its long form, `tag:yaml.org,2002:int`, or as it
/// stands for any other). Unknown tags leave the text as it is.
pub(crate) fn resolve_tagged(tag: &str, text: &str) -> Result<Data, TagMismatch> {
    let Some(name) = tag.strip_prefix("tag:yaml.org,2002:") else {
        return Ok(Data::String(text.to_owned()));
    };
    let wanted = match name {
        "binary" => return base64(text).map(Data::String).ok_or(TagMismatch::Base64),
        "bool" => "!!bool",
        "int" => "!!int",
        "float" => "!!float",
        "null" => "!!null",
        "timestamp" => "!!timestamp",
        _ => return Ok(Data::String(text.to_owned())),
    };
    let value = if wanted == "!!timestamp" && timestamp::is_timestamp(text) { None } else { special(text) };
    let found = match &value {
        Some(Data::Null) => "!!null",
        Some(Data::Bool(_)) => "!!bool",
        Some(Data::Int(_) | Data::UInt(_)) => "!!int",
        Some(Data::Float(_)) => "!!float",
        _ if wanted == "!!timestamp" && timestamp::is_timestamp(text) => "!!timestamp",
        _ => "!!str",
    };
    match value {
        Some(Data::Int(value)) if wanted == "!!float" => Ok(Data::Float(value as f64)),
        value if found == wanted => Ok(value.unwrap_or_else(|| Data::String(text.to_owned()))),
        _ => Err(TagMismatch::Type { found, wanted }),
    }
}

/// The value of a plain scalar that is not a string.
fn special(text: &str) -> Option<Data> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Data::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Data::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Data::Bool(false));
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Data::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Data::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(Data::Float(f64::NAN)),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if text.contains('_') => {
            are_underscores_between_digits(text).then(|| float(&text.replace('_', "")))?
        }
        b'.' => float(text),
        b'0'..=b'9' | b'+' | b'-' if text.contains('_') => number(&text.replace('_', "")),
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => None,
    }
}

fn number(text: &str) -> Option<Data> {
    integer(text).or_else(|| float(text)).or_else(|| signed_binary(text))
}

/// Go's `ParseInt` with base 0, then `ParseUint`, which takes no sign.
fn integer(text: &str) -> Option<Data> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (Some(-1), &text[1..]),
        b'+' => (Some(1), &text[1..]),
        _ => (None, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") if digits.len() > 2 => (16, &digits[2..]),
        Some("0b" | "0B") if digits.len() > 2 => (2, &digits[2..]),
        Some("0o" | "0O") if digits.len() > 2 => (8, &digits[2..]),
        Some(_) if digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        Some(-1) => 0i64.checked_sub_unsigned(magnitude).map(Data::Int),
        sign => match i64::try_from(magnitude) {
            Ok(value) => Some(Data::Int(value)),
            Err(_) if sign.is_none() => Some(Data::UInt(magnitude)),
            Err(_) => None,
        },
    }
}

/// A sign behind the `0b`: go-yaml reads what follows `0b` as a signed number of base 2.
fn signed_binary(text: &str) -> Option<Data> {
    let digits = text.strip_prefix("0b")?;
    let (digits, sign) = match digits.strip_prefix('-') {
        Some(digits) => (digits, -1),
        None => (digits.strip_prefix('+')?, 1),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| matches!(digit, b'0' | b'1')) {
        return None;
    }
    i64::from_str_radix(digits, 2).ok().map(|value| Data::Int(sign * value))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it fits a float64.
fn float(text: &str) -> Option<Data> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Data::Float)
}

/// Where Go's `ParseFloat` lets `_` stand.
fn are_underscores_between_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).all(|at| bytes[at] != b'_' || is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a number of base 60 to other readers of YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = text.split(':');
    let Some(first) = parts.next() else { return false };
    if !first.starts_with(|first: char| first.is_ascii_digit()) || !digits(first) {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.last_mut() else { return false };
    if let Some((whole, fraction)) = last.split_once('.') {
        if !digits(fraction) {
            return false;
        }
        *last = whole;
    }
    rest.iter().all(|part| match part.as_bytes() {
        [low] => low.is_ascii_digit(),
        [high, low] => matches!(high, b'0'..=b'5') && low.is_ascii_digit(),
        _ => false,
    })
}

/// Standard base64 with padding, line breaks ignored, as text; bytes that are no UTF-8 become U+FFFD.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits, mut digits, mut padding) = (0u32, 0, 0usize, 0usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        digits += 1;
        buffer = (buffer << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    ((digits + padding).is_multiple_of(4) && padding <= 2 && digits % 4 != 1)
        .then(|| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Data) {
        assert_eq!(resolve_plain(text), expect, "{text:?}");
    }

    #[test]
    fn words_and_numbers_of_yaml_1_1() {
        check("on", Data::Bool(true));
        check("0o14", Data::Int(12));
        check("014", Data::Int(12));
        check("08", Data::Float(8.0));
        check("1e3", Data::Float(1000.0));
        check("1_000", Data::Int(1000));
        check("._5", Data::String("._5".into()));
        check(".5_0", Data::Float(0.5));
        check("-9223372036854775808", Data::Int(i64::MIN));
        check("18446744073709551615", Data::UInt(u64::MAX));
        check("+18446744073709551615", Data::Float(18446744073709551615.0));
        check("0b-11", Data::Int(-3));
        for text in
            ["1.2.3", "12:30:45", "1e400", "0x", "+", "-", ".", "1e", "_1", "<<", "=", "2024-01-01", "."]
        {
            check(text, Data::String(text.into()));
        }
    }

    #[test]
    fn what_needs_quotes() {
        for text in ["", "y", "No", "1", "1.", "0x1f", "2024-01-01", "12:30", "1:2.5", ".inf", "~"] {
            assert!(!reads_as_string(text), "{text:?}");
        }
        for text in ["yo", "1.2.3", "1:60", "1:2:", "2024-13-01", "=", "<<", "NaN", "a b", "-"] {
            assert!(reads_as_string(text), "{text:?}");
        }
    }

    #[test]
    fn tags() {
        let long = |name: &str| format!("tag:yaml.org,2002:{name}");
        assert_eq!(resolve_tagged(&long("int"), "5"), Ok(Data::Int(5)));
        assert_eq!(resolve_tagged(&long("float"), "5"), Ok(Data::Float(5.0)));
        assert_eq!(resolve_tagged(&long("str"), "5"), Ok(Data::String("5".into())));
        assert_eq!(resolve_tagged("!mine", "5"), Ok(Data::String("5".into())));
        assert_eq!(resolve_tagged(&long("binary"), "aGk="), Ok(Data::String("hi".into())));
        assert_eq!(resolve_tagged(&long("binary"), "aGk"), Err(TagMismatch::Base64));
        assert_eq!(
            resolve_tagged(&long("int"), "abc"),
            Err(TagMismatch::Type { found: "!!str", wanted: "!!int" })
        );
    }
}
