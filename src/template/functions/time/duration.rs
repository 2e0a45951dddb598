//! Go's durations: nanoseconds, written like `1h30m0.5s`.

/// `time.ParseDuration`.
///
/// # Errors
/// Go's words.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let is_digit = |character: char| character.is_ascii_digit();
    let mut total = 0u64;
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(is_digit);
        let whole = &rest[..rest.len() - behind.len()];
        let after = behind.strip_prefix('.').unwrap_or(behind);
        let behind = if after.len() < behind.len() { after.trim_start_matches(is_digit) } else { behind };
        let fraction = &after[..after.len().saturating_sub(behind.len())];
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = behind.find(|character: char| is_digit(character) || character == '.');
        let (unit, next) = behind.split_at(end.unwrap_or(behind.len()));
        let scale: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            _ => return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text))),
        };
        // Go adds the fraction as a float, and takes no more digits than fit.
        let digits = &fraction[..fraction.len().min(18)];
        let part =
            digits.parse::<u64>().unwrap_or(0) as f64 * (scale as f64 / 10f64.powi(digits.len() as i32));
        total = match whole.parse::<u64>() {
            Ok(number) => number.checked_mul(scale),
            Err(_) if whole.is_empty() => Some(0),
            Err(_) => None,
        }
        .and_then(|sum| sum.checked_add(part as u64)?.checked_add(total))
        .filter(|sum| *sum <= 1 << 63)
        .ok_or_else(invalid)?;
        rest = next;
    }
    match i64::try_from(total) {
        Ok(total) => Ok(if negative { -total } else { total }),
        Err(_) if negative => Ok(i64::MIN),
        Err(_) => Err(invalid()),
    }
}

/// A text in quotes as the package `time` writes it: bytes beyond ASCII in hexadecimal.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=0x7f => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

/// `Duration.String`.
pub(crate) fn format_duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let fraction = |value: u64, scale: u64| {
        let digits = format!("{:0width$}", value % scale, width = scale.ilog10() as usize);
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() || scale == 1 {
            (value / scale).to_string()
        } else {
            format!("{}.{digits}", value / scale)
        }
    };
    match size {
        0 => "0s".to_string(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(size, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(size, 1_000_000)),
        _ => {
            let (minutes, rest) = (size / 60_000_000_000, size % 60_000_000_000);
            let seconds = fraction(rest, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_durations() {
        for (text, nanoseconds, written) in [
            ("1h30m", 5_400_000_000_000, "1h30m0s"),
            ("-1.5s", -1_500_000_000, "-1.5s"),
            ("100ms", 100_000_000, "100ms"),
            ("1.5us", 1_500, "1.5µs"),
            ("0", 0, "0s"),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds));
            assert_eq!(format_duration(nanoseconds), written);
        }
        for (text, complaint) in [
            ("", "invalid duration \"\""),
            ("1", "missing unit in duration \"1\""),
            ("5.", "missing unit in duration \"5.\""),
            ("x", "invalid duration \"x\""),
            (".s", "invalid duration \".s\""),
            ("1d", "unknown unit \"d\" in duration \"1d\""),
            ("1h1é", "unknown unit \"\\xc3\\xa9\" in duration \"1h1\\xc3\\xa9\""),
            ("9999999999h", "invalid duration \"9999999999h\""),
        ] {
            assert_eq!(parse_duration(text), Err(format!("time: {complaint}")), "{text}");
        }
    }
}
