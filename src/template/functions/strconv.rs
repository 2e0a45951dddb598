//! Numbers from and to text, as Go's `strconv` reads and writes them.

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntegerError {
    /// Not a number in this base.
    Syntax,
    /// Does not fit into 64 bits.
    Range,
}

impl IntegerError {
    /// What Go answers beside the error: the nearest number for what does not fit, 0 for what is none.
    pub(crate) fn nearest(self, text: &str) -> i64 {
        match self {
            IntegerError::Syntax => 0,
            IntegerError::Range if text.starts_with('-') => i64::MIN,
            IntegerError::Range => i64::MAX,
        }
    }
}

/// `strconv.ParseInt(text, base, 64)`; base 0 takes the base from a prefix and allows underscores.
pub(crate) fn parse_int(text: &str, base: u32) -> Result<i64, IntegerError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits, base)?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Ok(value),
        (true, Ok(value)) => Ok(-value),
        (true, Err(_)) if magnitude == 1 << 63 => Ok(i64::MIN),
        _ => Err(IntegerError::Range),
    }
}

/// `strconv.ParseUint(text, base, 64)`.
pub(crate) fn parse_uint(text: &str, base: u32) -> Result<u64, IntegerError> {
    let (digits, radix) = match (base, prefix_base(text)) {
        (0, Some(radix)) => (&text[2..], radix),
        (0, None) if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        (0, None) => (text, 10),
        _ => (text, base),
    };
    if digits.is_empty() {
        return Err(IntegerError::Syntax);
    }
    let mut value = 0u64;
    let mut overflow = false;
    for character in digits.chars() {
        if character == '_' && base == 0 {
            continue;
        }
        let digit = character.to_digit(radix).ok_or(IntegerError::Syntax)?;
        let next = value.checked_mul(u64::from(radix)).and_then(|value| value.checked_add(u64::from(digit)));
        overflow |= next.is_none();
        value = next.unwrap_or(u64::MAX);
    }
    if base == 0 && !underscores_stand_right(text) {
        return Err(IntegerError::Syntax);
    }
    if overflow { Err(IntegerError::Range) } else { Ok(value) }
}

fn prefix_base(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    match (bytes.first()?, bytes.get(1)?.to_ascii_lowercase(), bytes.len() > 2) {
        (b'0', b'x', true) => Some(16),
        (b'0', b'o', true) => Some(8),
        (b'0', b'b', true) => Some(2),
        _ => None,
    }
}

/// Whether each underscore stands between digits, or between a base prefix and a digit.
fn underscores_stand_right(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let bytes = text.as_bytes();
    let prefixed =
        bytes.len() >= 2 && bytes[0] == b'0' && matches!(bytes[1].to_ascii_lowercase(), b'x' | b'o' | b'b');
    let is_hex = prefixed && bytes[1].eq_ignore_ascii_case(&b'x');
    let mut before = if prefixed { b'0' } else { b'^' };
    for &byte in &bytes[if prefixed { 2 } else { 0 }..] {
        let class = if byte.is_ascii_digit() || (is_hex && byte.is_ascii_hexdigit()) {
            b'0'
        } else if byte == b'_' {
            b'_'
        } else {
            b'!'
        };
        if (class == b'_' && before != b'0') || (before == b'_' && class != b'0') {
            return false;
        }
        before = class;
    }
    before != b'_'
}

/// `strconv.ParseFloat(text, 64)` where it succeeds; `None` for an error of syntax or range.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    if unsigned.contains('_') && !underscores_stand_right(unsigned) {
        return None;
    }
    let digits = unsigned.replace('_', "");
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return parse_hex_float(hex).map(|value| sign * value);
    }
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let value: f64 = digits.parse().ok().filter(|_| is_plain && !digits.starts_with(['+', '-']))?;
    value.is_finite().then_some(sign * value)
}

/// `MANTISSAp±EXPONENT` behind `0x`; the exponent is required.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0f64;
    for character in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(character.to_digit(16)?);
    }
    let power = exponent.saturating_sub(4 * fraction.len() as i64).clamp(-5000, 5000) as i32;
    // In two steps, so that neither leaves the range before the other brings it back.
    let value = value * 2f64.powi(power / 2) * 2f64.powi(power - power / 2);
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_by_prefix() {
        for (text, value) in [
            ("0x1f", Ok(31)),
            ("010", Ok(8)),
            ("08", Err(IntegerError::Syntax)),
            ("0", Ok(0)),
            ("-5", Ok(-5)),
            ("1_000", Ok(1000)),
            ("_1", Err(IntegerError::Syntax)),
            ("1.9", Err(IntegerError::Syntax)),
            ("", Err(IntegerError::Syntax)),
            ("-", Err(IntegerError::Syntax)),
            ("0x", Err(IntegerError::Syntax)),
            ("9223372036854775808", Err(IntegerError::Range)),
            ("-9223372036854775808", Ok(i64::MIN)),
            ("0b101", Ok(5)),
            ("0o17", Ok(15)),
        ] {
            assert_eq!(parse_int(text, 0), value, "{text}");
        }
    }

    #[test]
    fn reads_floats() {
        for (text, value) in [
            ("1.5", Some(1.5)),
            ("1e3", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("0x1p4", Some(16.0)),
            ("1_0.5", Some(10.5)),
            ("x", None),
            ("", None),
            ("+-1", None),
            ("1e999", None),
            ("Inf", Some(f64::INFINITY)),
        ] {
            assert_eq!(parse_float(text), value, "{text}");
        }
    }
}
