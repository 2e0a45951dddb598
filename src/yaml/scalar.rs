//! Which type an unquoted scalar has: YAML 1.1 as sigs.k8s.io/yaml (go-yaml v2) resolves it.

use super::Data;

/// The type and value of a plain (unquoted) scalar.
pub fn resolve_plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Data::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Data::Bool(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Data::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Data::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Data::String(text.to_owned());
    }
    let plain: String = text.chars().filter(|character| *character != '_').collect();
    integer(&plain).or_else(|| float(&plain)).unwrap_or_else(|| Data::String(text.to_owned()))
}

fn integer(text: &str) -> Option<Data> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Data::Int);
    }
    Some(i64::try_from(magnitude).map_or(Data::UInt(magnitude), Data::Int))
}

fn float(text: &str) -> Option<Data> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_float = digits.chars().any(|digit| digit.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if is_float { text.parse().ok().map(Data::Float) } else { None }
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
        check("-9223372036854775808", Data::Int(i64::MIN));
        check("18446744073709551615", Data::UInt(u64::MAX));
        check("1.2.3", Data::String("1.2.3".into()));
        check("12:30:45", Data::String("12:30:45".into()));
    }
}
