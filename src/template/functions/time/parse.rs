//! `time.Parse`: a text read by a layout, with Go's error texts.

use super::Time;
use super::civil::{days_before, days_in};
use super::duration::quote;
use super::layout::{MONTHS, Part, WEEKDAYS, next_part};

/// What could not be read: too short or another text, or a number out of its range.
enum Failure {
    Mismatch,
    Range(&'static str),
}

#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    is_utc: bool,
    zone: Option<String>,
}

/// Reads `text` as `layout` shows it; without a zone it is UTC.
///
/// # Errors
/// Go's words.
pub(crate) fn parse(layout: &str, text: &str) -> Result<Time, String> {
    let mismatch = |part: &str, rest: &str| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(layout),
            quote(rest),
            quote(part)
        )
    };
    let out_of_range = |what: &str| format!("parsing time {}: {what} out of range", quote(text));
    let mut read = Read::default();
    let (mut rest, mut layout_rest) = (text, layout);
    loop {
        let next = next_part(layout_rest);
        let before = next.map_or(layout_rest, |(before, ..)| before);
        rest = skip(rest, before).ok_or_else(|| mismatch(before, rest))?;
        let Some((_, shown, part, behind)) = next else { break };
        let mut value = rest;
        match read_part(&mut read, part, &mut value, behind) {
            Ok(()) => rest = value,
            Err(Failure::Mismatch) => return Err(mismatch(shown, rest)),
            Err(Failure::Range(what)) => return Err(out_of_range(what)),
        }
        layout_rest = behind;
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", quote(text), quote(rest)));
    }
    finish(read).map_err(out_of_range)
}

fn finish(read: Read) -> Result<Time, &'static str> {
    let hour = match read.afternoon {
        Some(true) if read.hour < 12 => read.hour + 12,
        Some(false) if read.hour == 12 => 0,
        _ => read.hour,
    };
    let (mut month, mut day) = (read.month.unwrap_or(1), read.day.unwrap_or(1));
    if let Some(year_day) = read.year_day {
        let length = days_before(read.year + 1, 1, 1) - days_before(read.year, 1, 1);
        if !(1..=length).contains(&year_day) {
            return Err("day-of-year");
        }
        (month, day) = (1, year_day);
    } else if day < 1 || day > days_in(read.year, month) {
        return Err("day");
    }
    let days = days_before(read.year, month, 1) + day - 1;
    let seconds = days * 86_400 + hour * 3600 + read.minute * 60 + read.second;
    let utc = Time::utc(seconds, read.nanoseconds);
    Ok(match (read.offset, read.zone) {
        _ if read.is_utc => utc,
        (Some(0), None) => utc,
        (Some(offset), zone) => Time {
            seconds: seconds - i64::from(offset),
            offset,
            zone: zone.unwrap_or_default().into(),
            ..utc
        },
        (None, Some(zone)) => {
            // An abbreviation says nothing of its offset, but for GMT with hours.
            let hours = zone.strip_prefix("GMT").and_then(|hours| hours.parse::<i32>().ok()).unwrap_or(0);
            Time {
                seconds: seconds - i64::from(hours) * 3600,
                offset: hours * 3600,
                zone: zone.into(),
                ..utc
            }
        }
        (None, None) => utc,
    })
}

/// `text` behind `before`; a space in the layout stands for any number of them.
fn skip<'t>(mut text: &'t str, before: &str) -> Option<&'t str> {
    let mut before = before;
    while let Some(character) = before.chars().next() {
        if character == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            before = before.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
        } else {
            text = text.strip_prefix(character)?;
            before = &before[character.len_utf8()..];
        }
    }
    Some(text)
}

fn read_part(read: &mut Read, part: Part, value: &mut &str, layout: &str) -> Result<(), Failure> {
    match part {
        Part::Year => {
            let year = fixed(value, 2)?;
            read.year = if year >= 69 { 1900 + year } else { 2000 + year };
        }
        Part::LongYear => read.year = fixed(value, 4)?,
        Part::LongMonth => read.month = Some(name(value, &MONTHS, usize::MAX)? + 1),
        Part::Month => read.month = Some(name(value, &MONTHS, 3)? + 1),
        Part::NumMonth => read.month = Some(number(value, false, 1..=12, "month")?),
        Part::ZeroMonth => read.month = Some(number(value, true, 1..=12, "month")?),
        Part::LongWeekDay => drop(name(value, &WEEKDAYS, usize::MAX)?),
        Part::WeekDay => drop(name(value, &WEEKDAYS, 3)?),
        Part::Day | Part::UnderDay | Part::ZeroDay => {
            if part == Part::UnderDay {
                *value = value.strip_prefix(' ').unwrap_or(value);
            }
            read.day = Some(number(value, part == Part::ZeroDay, 0..=99, "day")?);
        }
        Part::UnderYearDay | Part::ZeroYearDay => {
            if part == Part::UnderYearDay {
                *value = value.trim_start_matches(' ');
                let digits = value.bytes().take_while(u8::is_ascii_digit).count().clamp(1, 3);
                read.year_day = Some(fixed(value, digits)?);
            } else {
                read.year_day = Some(fixed(value, 3)?);
            }
        }
        Part::Hour => read.hour = number(value, false, 0..=23, "hour")?,
        Part::Hour12 => read.hour = number(value, false, 0..=12, "hour")?,
        Part::ZeroHour12 => read.hour = number(value, true, 0..=12, "hour")?,
        Part::Minute => read.minute = number(value, false, 0..=59, "minute")?,
        Part::ZeroMinute => read.minute = number(value, true, 0..=59, "minute")?,
        Part::Second | Part::ZeroSecond => {
            read.second = number(value, part == Part::ZeroSecond, 0..=59, "second")?;
            // A fraction may follow even where the layout shows none.
            let shown = matches!(next_part(layout), Some((_, _, Part::Fraction { .. }, _)));
            if !shown && has_fraction(value) {
                read.nanoseconds = fraction(value, usize::MAX)?;
            }
        }
        Part::UpperPm | Part::LowerPm => {
            let names = if part == Part::UpperPm { ["PM", "AM"] } else { ["pm", "am"] };
            let (head, tail) = value.split_at_checked(2).ok_or(Failure::Mismatch)?;
            read.afternoon = Some(names.iter().position(|name| *name == head).ok_or(Failure::Mismatch)? == 0);
            *value = tail;
        }
        Part::Offset { z: true, .. } if value.starts_with('Z') => {
            *value = &value[1..];
            read.is_utc = true;
        }
        Part::Offset { colons, units, .. } => read.offset = Some(offset(value, colons, units)?),
        Part::Zone => zone(read, value)?,
        Part::Fraction { trims: true, .. } if !has_fraction(value) => {}
        Part::Fraction { trims: true, .. } => read.nanoseconds = fraction(value, usize::MAX)?,
        Part::Fraction { digits, .. } => {
            let present = value.get(1..=digits).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            if present.is_none() || !value.starts_with(['.', ',']) {
                return Err(Failure::Mismatch);
            }
            read.nanoseconds = fraction(value, digits)?;
        }
    }
    Ok(())
}

/// Exactly so many digits.
fn fixed(value: &mut &str, digits: usize) -> Result<i64, Failure> {
    let (head, tail) = value.split_at_checked(digits).ok_or(Failure::Mismatch)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failure::Mismatch);
    }
    *value = tail;
    head.parse().map_err(|_| Failure::Mismatch)
}

/// One or two digits, two if `padded`.
fn number(
    value: &mut &str,
    padded: bool,
    range: std::ops::RangeInclusive<i64>,
    what: &'static str,
) -> Result<i64, Failure> {
    let digits = value.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if digits == 0 || (padded && digits < 2) {
        return Err(Failure::Mismatch);
    }
    let number = fixed(value, digits)?;
    if range.contains(&number) { Ok(number) } else { Err(Failure::Range(what)) }
}

/// The index of the name, cut to `length`, that the value starts with in whatever case.
fn name(value: &mut &str, names: &[&str], length: usize) -> Result<i64, Failure> {
    for (index, name) in names.iter().enumerate() {
        let name = &name[..name.len().min(length)];
        if value.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            *value = &value[name.len()..];
            return Ok(index as i64);
        }
    }
    Err(Failure::Mismatch)
}

fn has_fraction(value: &str) -> bool {
    value.starts_with(['.', ',']) && value[1..].starts_with(|character: char| character.is_ascii_digit())
}

fn fraction(value: &mut &str, most: usize) -> Result<u32, Failure> {
    let digits = value[1..].bytes().take(most).take_while(u8::is_ascii_digit).count();
    let text = &value[1..=digits];
    let nanoseconds = format!("{:0<9}", &text[..digits.min(9)]).parse().map_err(|_| Failure::Mismatch)?;
    *value = &value[1 + digits..];
    Ok(nanoseconds)
}

fn offset(value: &mut &str, colons: bool, units: u8) -> Result<i32, Failure> {
    let sign = match value.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Err(Failure::Mismatch),
    };
    let mut rest = &value[1..];
    let mut seconds = 0;
    for unit in 0..units {
        if unit > 0 && colons {
            rest = rest.strip_prefix(':').ok_or(Failure::Mismatch)?;
        }
        let number = fixed(&mut rest, 2)? as i32;
        if number > if unit == 0 { 24 } else { 60 } {
            return Err(Failure::Range(
                ["time zone offset hour", "time zone offset minute", "time zone offset second"]
                    [usize::from(unit)],
            ));
        }
        seconds += number * [3600, 60, 1][usize::from(unit)];
    }
    *value = rest;
    Ok(sign * seconds)
}

/// An abbreviation of three or four capitals, `GMT` with hours, or a bare offset.
fn zone(read: &mut Read, value: &mut &str) -> Result<(), Failure> {
    if let Some(rest) = value.strip_prefix("UTC") {
        read.is_utc = true;
        *value = rest;
        return Ok(());
    }
    let capitals = value.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    let length = match capitals {
        3 if value.starts_with("GMT") && value[3..].starts_with(['+', '-']) => {
            4 + value[4..].bytes().take(2).take_while(u8::is_ascii_digit).count()
        }
        3 => 3,
        4 if value.as_bytes()[3] == b'T' || value.starts_with("WITA") => 4,
        5 if value.as_bytes()[4] == b'T' => 5,
        _ if value.starts_with(['+', '-']) => {
            3 + usize::from(value[1..].bytes().take_while(u8::is_ascii_digit).count() >= 4) * 2
        }
        _ => return Err(Failure::Mismatch),
    };
    let (head, tail) = value.split_at_checked(length).ok_or(Failure::Mismatch)?;
    read.zone = Some(head.to_string());
    *value = tail;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        for (layout, text, seconds) in [
            ("2006-01-02", "2024-03-05", 1_709_596_800),
            ("2006-01-02T15:04:05Z07:00", "2023-11-14T22:13:20Z", 1_700_000_000),
            ("2006-01-02T15:04:05Z07:00", "2023-11-15T00:13:20.5+02:00", 1_700_000_000),
            ("Jan _2 2006 3:04PM", "Nov 14 2023 10:13PM", 1_699_999_980),
        ] {
            assert_eq!(parse(layout, text).map(|time| time.seconds), Ok(seconds), "{text}");
        }
        for (text, error) in [
            ("bad", "parsing time \"bad\" as \"2006-01-02\": cannot parse \"bad\" as \"2006\""),
            ("2024-13-01", "parsing time \"2024-13-01\": month out of range"),
            ("2024-02-30", "parsing time \"2024-02-30\": day out of range"),
            ("2024-02-01x", "parsing time \"2024-02-01x\": extra text: \"x\""),
            ("2024/02/01", "parsing time \"2024/02/01\" as \"2006-01-02\": cannot parse \"/02/01\" as \"-\""),
        ] {
            assert_eq!(parse("2006-01-02", text).map(|time| time.seconds), Err(error.to_string()));
        }
    }
}
