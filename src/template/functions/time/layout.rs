//! Go's layouts: an example date whose parts stand for what they are, `2006-01-02T15:04:05Z07:00`.

use super::Time;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What a part of a layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekDay,
    WeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    Zone,
    /// An offset: whether `Z` stands for 0, whether there are colons, and how many of hours, minutes, seconds.
    Offset {
        z: bool,
        colons: bool,
        units: u8,
    },
    /// A fraction of a second of so many digits, its separator included in the part; whether zeros at its end go.
    Fraction {
        digits: usize,
        trims: bool,
        comma: bool,
    },
}

/// The parts that are a fixed text, longest first where one starts another.
const FIXED: [(&str, Part); 33] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekDay),
    ("Mon", Part::WeekDay),
    ("MST", Part::Zone),
    ("002", Part::ZeroYearDay),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::NumMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::UnderYearDay),
    ("_2", Part::UnderDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperPm),
    ("pm", Part::LowerPm),
    ("-07:00:00", Part::Offset { z: false, colons: true, units: 3 }),
    ("-070000", Part::Offset { z: false, colons: false, units: 3 }),
    ("-07:00", Part::Offset { z: false, colons: true, units: 2 }),
    ("-0700", Part::Offset { z: false, colons: false, units: 2 }),
    ("-07", Part::Offset { z: false, colons: false, units: 1 }),
    ("Z07:00:00", Part::Offset { z: true, colons: true, units: 3 }),
    ("Z070000", Part::Offset { z: true, colons: false, units: 3 }),
    ("Z07:00", Part::Offset { z: true, colons: true, units: 2 }),
    ("Z0700", Part::Offset { z: true, colons: false, units: 2 }),
    ("Z07", Part::Offset { z: true, colons: false, units: 1 }),
];

/// The next part: what stands before it, its text, itself, and what is behind it.
pub(super) fn next_part(layout: &str) -> Option<(&str, &str, Part, &str)> {
    for (index, _) in layout.char_indices() {
        let rest = &layout[index..];
        let found = part_at(rest).map(|(length, part)| (index, length, part));
        // "_2006" is an underscore and a year, not a padded day.
        let found = if rest.starts_with("_2006") { Some((index + 1, 4, Part::LongYear)) } else { found };
        if let Some((start, length, part)) = found {
            let end = start + length;
            return Some((&layout[..start], &layout[start..end], part, &layout[end..]));
        }
    }
    None
}

fn part_at(rest: &str) -> Option<(usize, Part)> {
    if rest.starts_with(['.', ',']) {
        let digit = rest[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
        let digits = rest[1..].chars().take_while(|character| *character == digit).count();
        let ends = !rest[1 + digits..].starts_with(|character: char| character.is_ascii_digit());
        let part = Part::Fraction { digits, trims: digit == '9', comma: rest.starts_with(',') };
        return ends.then_some((1 + digits, part));
    }
    let (text, part) = FIXED.iter().find(|(text, part)| {
        let short = matches!(part, Part::Month | Part::WeekDay);
        rest.strip_prefix(text).is_some_and(|behind| {
            !(short && behind.starts_with(|character: char| character.is_ascii_lowercase()))
        })
    })?;
    Some((text.len(), *part))
}

/// `Time.Format`.
pub(super) fn format(time: &Time, layout: &str) -> String {
    let civil = time.civil();
    let month = MONTHS[(civil.month - 1) as usize];
    let weekday = WEEKDAYS[civil.weekday as usize];
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let mut text = String::new();
    let mut rest = layout;
    while let Some((before, _, part, behind)) = next_part(rest) {
        text.push_str(before);
        text.push_str(&match part {
            Part::LongMonth => month.to_string(),
            Part::Month => month[..3].to_string(),
            Part::NumMonth => civil.month.to_string(),
            Part::ZeroMonth => format!("{:02}", civil.month),
            Part::LongWeekDay => weekday.to_string(),
            Part::WeekDay => weekday[..3].to_string(),
            Part::Day => civil.day.to_string(),
            Part::UnderDay => format!("{:2}", civil.day),
            Part::ZeroDay => format!("{:02}", civil.day),
            Part::UnderYearDay => format!("{:3}", civil.year_day),
            Part::ZeroYearDay => format!("{:03}", civil.year_day),
            Part::Hour => format!("{:02}", civil.hour),
            Part::Hour12 => hour12.to_string(),
            Part::ZeroHour12 => format!("{hour12:02}"),
            Part::Minute => civil.minute.to_string(),
            Part::ZeroMinute => format!("{:02}", civil.minute),
            Part::Second => civil.second.to_string(),
            Part::ZeroSecond => format!("{:02}", civil.second),
            Part::LongYear if civil.year < 0 => format!("-{:04}", -civil.year),
            Part::LongYear => format!("{:04}", civil.year),
            Part::Year => format!("{:02}", civil.year.rem_euclid(100)),
            Part::UpperPm => if civil.hour >= 12 { "PM" } else { "AM" }.to_string(),
            Part::LowerPm => if civil.hour >= 12 { "pm" } else { "am" }.to_string(),
            Part::Zone if time.zone.is_empty() => offset_text(time.offset, false, 2),
            Part::Zone => time.zone.to_string(),
            Part::Offset { z: true, .. } if time.offset == 0 => "Z".to_string(),
            Part::Offset { colons, units, .. } => offset_text(time.offset, colons, units),
            Part::Fraction { digits, trims, comma } => fraction_text(time.nanoseconds, digits, trims, comma),
        });
        rest = behind;
    }
    text.push_str(rest);
    text
}

fn offset_text(offset: i32, colons: bool, units: u8) -> String {
    let size = offset.unsigned_abs();
    let numbers = [size / 3600, size / 60 % 60, size % 60];
    let numbers: Vec<String> =
        numbers[..usize::from(units)].iter().map(|number| format!("{number:02}")).collect();
    format!("{}{}", if offset < 0 { '-' } else { '+' }, numbers.join(if colons { ":" } else { "" }))
}

fn fraction_text(nanoseconds: u32, digits: usize, trims: bool, comma: bool) -> String {
    let all = format!("{nanoseconds:09}");
    let mut shown = all[..digits.min(9)].to_string();
    shown.extend(std::iter::repeat_n('0', digits.saturating_sub(9)));
    let shown = if trims { shown.trim_end_matches('0') } else { &shown };
    if shown.is_empty() { String::new() } else { format!("{}{shown}", if comma { ',' } else { '.' }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let time = Time::utc(1_700_000_000, 120_000_000);
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2023-11-14T22:13:20Z"),
            ("Mon Monday 02 _2 03 15 PM .000", "Tue Tuesday 14 14 10 22 PM .120"),
            ("Jan 2, 2006 3:04pm .999", "Nov 14, 2023 10:13pm .12"),
            ("_2006 002 06 -0700 MST January", "_2023 318 23 +0000 UTC November"),
            ("20060102150405", "20231114221320"),
        ] {
            assert_eq!(format(&time, layout), text, "{layout}");
        }
    }
}
