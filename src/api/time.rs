//! Times as the API writes them: RFC 3339 in UTC.
//!
//! In: text. Out: the same moment in UTC, or what Go's `time.Parse` says of it.

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// A part of the layout: its text and, for digits, the range of values and their name.
type Part = (&'static str, Option<(u32, u32, &'static str)>);

const PARTS: [Part; 11] = [
    ("2006", Some((0, 9999, "year"))),
    ("-", None),
    ("01", Some((1, 12, "month"))),
    ("-", None),
    ("02", Some((1, 31, "day"))),
    ("T", None),
    ("15", Some((0, 23, "hour"))),
    (":", None),
    ("04", Some((0, 59, "minute"))),
    (":", None),
    ("05", Some((0, 59, "second"))),
];

/// Reads a time and gives it in UTC; `micro` keeps six digits behind the second.
///
/// # Errors
/// Go's message for a text that is no RFC 3339 time.
pub fn check(text: &str, micro: bool) -> Result<String, String> {
    let fail = |rest: &str, part: &str| {
        format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {part:?}")
    };
    let mut rest = text;
    let mut values = Vec::new();
    for (part, digits) in PARTS {
        match digits {
            None => rest = rest.strip_prefix(part).ok_or_else(|| fail(rest, part))?,
            Some((low, high, name)) => {
                let head =
                    rest.get(..part.len()).filter(|head| head.bytes().all(|byte| byte.is_ascii_digit()));
                let value: u32 = head.and_then(|head| head.parse().ok()).ok_or_else(|| fail(rest, part))?;
                if !(low..=high).contains(&value) {
                    return Err(format!("parsing time {text:?}: {name} out of range"));
                }
                values.push(i64::from(value));
                rest = &rest[part.len()..];
            }
        }
    }
    let mut micros = String::new();
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if end > 0 {
            micros = fraction[..end.min(6)].to_owned();
            rest = &fraction[end..];
        }
    }
    let offset = if rest == "Z" {
        0
    } else {
        let bytes = rest.as_bytes();
        let shaped = bytes.len() == 6
            && matches!(bytes[0], b'+' | b'-')
            && bytes[3] == b':'
            && [1, 2, 4, 5].iter().all(|index| bytes[*index].is_ascii_digit());
        if !shaped {
            return Err(fail(rest, "Z07:00"));
        }
        let digit = |index: usize| i64::from(bytes[index] - b'0');
        let minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
        if bytes[0] == b'-' { -minutes } else { minutes }
    };
    let (year, month, day) = (values[0], values[1], values[2]);
    if day > days_in_month(year, month) {
        return Err(format!("parsing time {text:?}: day out of range"));
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + values[3] * 3600 + values[4] * 60 + values[5]
        - offset * 60;
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = if micro { format!(".{micros:0<6}") } else { String::new() };
    Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of a day counted from 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn times_and_what_is_wrong_with_them() {
        assert_eq!(check("2024-02-29T23:30:00-01:00", false).as_deref(), Ok("2024-03-01T00:30:00Z"));
        assert_eq!(check("2024-01-01T00:00:00.5Z", true).as_deref(), Ok("2024-01-01T00:00:00.500000Z"));
        assert_eq!(
            check("foo", false).unwrap_err(),
            "parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\""
        );
        assert_eq!(
            check("2024-13-01T00:00:00Z", false).unwrap_err(),
            "parsing time \"2024-13-01T00:00:00Z\": month out of range"
        );
    }
}
