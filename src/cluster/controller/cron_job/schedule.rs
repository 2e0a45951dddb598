//! Schedules of five fields: minute, hour, day of the month, month, day of the week.
//!
//! In: text as `robfig/cron` reads it. Out: the next moment after another, in UTC, to the minute.

use crate::cluster::Instant;

/// Months and days of the week by name, from 1 and from 0.
const MONTHS: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
const DAYS: &str = "sun mon tue wed thu fri sat";
/// How many days ahead a schedule is searched: leap days come every eight years at most.
const HORIZON: u64 = 366 * 9;

/// Bits of the values that each field allows.
pub(super) struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Days of the month and of the week are both restricted: then either will do.
    either_day: bool,
}

/// Minutes from 1970 to a moment.
pub(super) fn minute_of(at: Instant) -> u64 {
    at.since_1970() / 60
}

impl Schedule {
    /// Reads a schedule; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Schedule> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts.as_slice() else { return None };
        let is_open = |field: &str| field.starts_with(['*', '?']);
        // Sunday is 0 or 7.
        let weekdays_bits = field(weekdays, 0, 7, DAYS, 0)?;
        Some(Schedule {
            minutes: field(minutes, 0, 59, "", 0)?,
            hours: field(hours, 0, 23, "", 0)?,
            days: field(days, 1, 31, "", 0)?,
            months: field(months, 1, 12, MONTHS, 1)?,
            weekdays: weekdays_bits | (weekdays_bits >> 7),
            either_day: !is_open(days) && !is_open(weekdays),
        })
    }

    /// The first moment after one, `None` if there is none for years.
    pub(super) fn next(&self, after: Instant) -> Option<Instant> {
        let first = minute_of(after) + 1;
        for day in first / 1440..first / 1440 + HORIZON {
            let (_, month, date) = Instant::civil_of(day);
            let weekday = (day + 4) % 7;
            let (by_date, by_weekday) = (has(self.days, date), has(self.weekdays, weekday));
            let fits = if self.either_day { by_date || by_weekday } else { by_date && by_weekday };
            if !fits || !has(self.months, month) {
                continue;
            }
            let from = if day == first / 1440 { first % 1440 } else { 0 };
            let found =
                (from..1440).find(|minute| has(self.hours, minute / 60) && has(self.minutes, minute % 60));
            if let Some(minute) = found {
                return Instant::from_1970((day * 1440 + minute) * 60);
            }
        }
        None
    }
}

fn has(bits: u64, value: u64) -> bool {
    bits >> value & 1 == 1
}

/// The values of a field: lists of `*`, `a`, `a-b`, each with `/step`.
fn field(text: &str, low: u64, high: u64, names: &str, first_name: u64) -> Option<u64> {
    let number = |text: &str| {
        let named = || {
            let place =
                names.split(' ').position(|name| !name.is_empty() && text.eq_ignore_ascii_case(name))?;
            Some(place as u64 + first_name)
        };
        text.parse::<u64>().ok().or_else(named).filter(|number| (low..=high).contains(number))
    };
    let mut bits = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u64>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if matches!(range, "*" | "?") => (low, if high == 7 { 6 } else { high }),
            // With a step a single number is the start of a range.
            None if part.contains('/') => (number(range)?, if high == 7 { 6 } else { high }),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        let mut value = from;
        while value <= to {
            bits |= 1 << value;
            value = value.checked_add(step)?;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schedule, the moment after which to look, the next moment.
    fn check(schedule: &str, after: &str, expected: &str) {
        let after = Instant::parse(after).expect("a time");
        let next = Schedule::parse(schedule).expect("a schedule").next(after);
        assert_eq!(next.map(|next| next.to_string()).as_deref(), Some(expected), "{schedule}");
    }

    #[test]
    fn finds_the_next_moment() {
        let monday = "2026-01-05T09:00:00Z";
        check("* * * * *", monday, "2026-01-05T09:01:00Z");
        check("*/5 * * * *", "2026-01-05T09:04:30Z", "2026-01-05T09:05:00Z");
        check("0 9 * * *", monday, "2026-01-06T09:00:00Z");
        check("30 2 * * sun", monday, "2026-01-11T02:30:00Z");
        check("30 2 * * 7", monday, "2026-01-11T02:30:00Z");
        check("0 0 29 2 *", monday, "2028-02-29T00:00:00Z");
        check("0 0 13 * fri", monday, "2026-01-09T00:00:00Z");
        check("15,45 9-10 * jan-mar *", monday, "2026-01-05T09:15:00Z");
        check("@hourly", monday, "2026-01-05T10:00:00Z");
    }

    #[test]
    fn refuses_what_is_no_schedule() {
        for text in ["", "* * * *", "60 * * * *", "*/0 * * * *", "5-1 * * * *", "0 0 31 2 x"] {
            assert!(Schedule::parse(text).is_none(), "{text}");
        }
        assert!(Schedule::parse("0 0 31 2 *").is_some_and(|never| never.next(Instant(0)).is_none()));
    }
}
