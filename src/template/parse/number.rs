//! Number constants: every type that Go's templates can read one as.

use super::unquote::{Unit, unquote_char};
use crate::template::Value;
use crate::template::print::quote;

/// A constant, with each reading it allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    pub(crate) integer: Option<i64>,
    pub(crate) unsigned: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// A character constant such as `'a'`.
    pub(super) fn of_char(text: &str) -> Result<Number, String> {
        let (unit, tail) = unquote_char(&text[1..], '\'').ok_or("invalid syntax")?;
        if tail != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        let code = match unit {
            Unit::Rune(rune) => u32::from(rune),
            Unit::Byte(byte) => u32::from(byte),
        };
        Ok(Number {
            integer: Some(i64::from(code)),
            unsigned: Some(u64::from(code)),
            float: Some(f64::from(code)),
            complex: None,
        })
    }

    /// A complex constant such as `1+2i`.
    pub(super) fn of_complex(text: &str) -> Result<Number, String> {
        let syntax = || "syntax error scanning complex number".to_string();
        let body = text.strip_suffix('i').ok_or_else(syntax)?;
        let split = body
            .char_indices()
            .rev()
            .find(|(at, rune)| {
                *at > 0
                    && matches!(rune, '+' | '-')
                    && !matches!(body.as_bytes()[at - 1], b'e' | b'E' | b'p' | b'P')
            })
            .map(|(at, _)| at)
            .ok_or_else(syntax)?;
        let part = |text: &str| parse_float(text).ok_or_else(syntax);
        Ok(Number::complex(part(&body[..split])?, part(&body[split..])?))
    }

    fn complex(real: f64, imaginary: f64) -> Number {
        let float = Some(real).filter(|_| imaginary == 0.0);
        Number {
            complex: Some((real, imaginary)),
            float,
            integer: float.and_then(whole),
            unsigned: float.and_then(whole_unsigned),
        }
    }

    /// Any other constant: `12`, `0x1F`, `1_000`, `1e3`, `2i`.
    pub(super) fn of_text(text: &str) -> Result<Number, String> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            return Ok(Number::complex(0.0, imaginary));
        }
        let mut number = Number::default();
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if let Some(magnitude) = parse_unsigned(digits) {
            let signed = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
            number.integer = i64::try_from(signed).ok();
            let has_sign = digits.len() < text.len();
            number.unsigned = Some(magnitude).filter(|magnitude| !has_sign || *magnitude == 0);
        }
        if let Some(integer) = number.integer {
            number.float = Some(integer as f64);
        } else if let Some(unsigned) = number.unsigned {
            number.float = Some(unsigned as f64);
        } else if let Some(float) = parse_float(text) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(text.as_bytes())));
            }
            number.float = Some(float);
            number.integer = whole(float);
            number.unsigned = whole_unsigned(float);
        }
        match number.float {
            Some(_) => Ok(number),
            None => Err(format!("illegal number syntax: {}", quote(text.as_bytes()))),
        }
    }

    /// The value where no type is asked for; `text` is the constant. The error is Go's.
    pub(crate) fn ideal(&self, text: &str) -> Result<Value, String> {
        let is_rune = text.starts_with('\'');
        let is_hexadecimal = text.len() > 2
            && (text.starts_with("0x") || text.starts_with("0X"))
            && !text.contains(['p', 'P']);
        if let Some((real, imaginary)) = self.complex {
            return Ok(Value::Complex128(real, imaginary));
        }
        match (self.float, self.integer) {
            (Some(float), _) if !is_rune && !is_hexadecimal && text.contains(['.', 'e', 'E', 'p', 'P']) => {
                Ok(Value::Float64(float))
            }
            (_, Some(integer)) => Ok(Value::Int(integer)),
            _ => Err(format!("{text} overflows int")),
        }
    }
}

fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && (-9.3e18..9.2e18).contains(&float)).then_some(float as i64)
}

fn whole_unsigned(float: f64) -> Option<u64> {
    (float.fract() == 0.0 && (0.0..1.8e19).contains(&float)).then_some(float as u64)
}

/// Go's ParseUint with base 0: prefixes and underscores as in Go's literals.
fn parse_unsigned(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (base, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.contains('_') && !underscores_are_good(text) {
        return None;
    }
    let digits: String = digits.chars().filter(|digit| *digit != '_').collect();
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(&digits, base).ok()
}

/// Whether underscores stand between digits only, or behind a prefix.
fn underscores_are_good(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    let mut last = '^';
    let mut rest = text.as_str();
    let mut hexadecimal = false;
    if ["0x", "0b", "0o"].iter().any(|prefix| text.starts_with(prefix)) {
        last = '0';
        hexadecimal = text.starts_with("0x");
        rest = &text[2..];
    }
    for rune in rest.chars() {
        if rune.is_ascii_digit() || hexadecimal && rune.is_ascii_hexdigit() {
            last = '0';
        } else if rune == '_' {
            if last != '0' {
                return false;
            }
            last = '_';
        } else {
            if last == '_' {
                return false;
            }
            last = '!';
        }
    }
    last != '_'
}

/// Go's ParseFloat for what the lexer lets through: decimal or hexadecimal, underscores between digits.
fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_are_good(text) {
        return None;
    }
    let text: String = text.chars().filter(|rune| *rune != '_').collect();
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let value = if magnitude.starts_with("0x") || magnitude.starts_with("0X") {
        parse_hexadecimal_float(&magnitude[2..])?
    } else {
        if !magnitude.starts_with(|rune: char| rune.is_ascii_digit() || rune == '.') {
            return None;
        }
        magnitude.parse::<f64>().ok().filter(|value| value.is_finite())?
    };
    Some(if negative { -value } else { value })
}

fn parse_hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let mut exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    let result = value * 2.0_f64.powi(exponent);
    result.is_finite().then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let result = Number::of_text(text).and_then(|number| number.ideal(text));
        let shown = match result {
            Ok(value) => format!("{} {}", value.type_name(), crate::template::print::display(&value)),
            Err(error) => error,
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn constants_read_as_go_reads_them() {
        check("0x1F", "int 31");
        check("017", "int 15");
        check("0o17", "int 15");
        check("0b101", "int 5");
        check("1_000", "int 1000");
        check("1e3", "float64 1000");
        check("-0.0", "float64 -0");
        check("0x1p-2", "float64 0.25");
        check("2i", "complex128 (0+2i)");
        check("9223372036854775808", "9223372036854775808 overflows int");
        check("18446744073709551616", "integer overflow: \"18446744073709551616\"");
        check("09", "integer overflow: \"09\"");
        check("1e", "illegal number syntax: \"1e\"");
        check("1__0", "illegal number syntax: \"1__0\"");
        check("-", "illegal number syntax: \"-\"");
    }
}
