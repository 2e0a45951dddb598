//! Sprig's functions on dates. The local zone is UTC, and so is every zone that is asked for by another name.

use super::strconv::parse_int;
use super::time::{Time, format_duration, parse, parse_duration, time_of};
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::Value;

const TIME: Type = Type::Named("time.Time");

/// The date functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("ago", &[Type::Any], |context, a| {
        let time = match &a[0] {
            Value::Int(seconds) | Value::Int64(seconds) => Time::utc(*seconds, 0),
            other => other.downcast::<Time>().cloned().unwrap_or_else(|| now(context)),
        };
        Ok(format_duration(rounded_to_seconds(now(context).since(&time))).into())
    }),
    Function::new("date", &[Type::String, Type::Any], |context, a| format(context, &a[0].text(), &a[1])),
    Function::new("dateInZone", &[Type::String, Type::Any, Type::String], |context, a| {
        format(context, &a[0].text(), &a[1])
    }),
    Function::new("date_in_zone", &[Type::String, Type::Any, Type::String], |context, a| {
        format(context, &a[0].text(), &a[1])
    }),
    Function::new("dateModify", &[Type::String, TIME], modify_or_keep),
    Function::new("date_modify", &[Type::String, TIME], modify_or_keep),
    Function::new("duration", &[Type::Any], |_, a| {
        let seconds = match &a[0] {
            Value::String(text) => parse_int(text, 10).unwrap_or_else(|error| error.nearest(text)),
            Value::Int64(seconds) => *seconds,
            _ => 0,
        };
        Ok(format_duration(seconds.wrapping_mul(1_000_000_000)).into())
    }),
    Function::new("durationRound", &[Type::Any], |context, a| {
        let nanoseconds = match &a[0] {
            Value::String(text) => parse_duration(text).unwrap_or(0),
            Value::Int64(nanoseconds) => *nanoseconds,
            other => other.downcast::<Time>().map_or(0, |time| now(context).since(time)),
        };
        Ok(coarse(nanoseconds).into())
    }),
    Function::new("htmlDate", &[Type::Any], |context, a| format(context, "2006-01-02", &a[0])),
    Function::new("htmlDateInZone", &[Type::Any, Type::String], |context, a| {
        format(context, "2006-01-02", &a[0])
    }),
    Function::new("mustDateModify", &[Type::String, TIME], modify),
    Function::new("must_date_modify", &[Type::String, TIME], modify),
    Function::new("mustToDate", &[Type::String, Type::String], |context, a| {
        read(context, a)?.map(Value::object).map_err(Error::new)
    }),
    Function::new("now", &[], |context, _| Ok(Value::object(now(context)))),
    Function::new("toDate", &[Type::String, Type::String], |context, a| {
        Ok(Value::object(read(context, a)?.unwrap_or_else(|_| Time::zero())))
    }),
    Function::new("unixEpoch", &[TIME], |_, a| Ok(time_of(&a[0])?.seconds.to_string().into())),
];

fn now(context: &Context<'_>) -> Time {
    let (seconds, nanoseconds) = context.now();
    Time::utc(seconds, nanoseconds)
}

/// `time.Parse`, within the limits.
fn read(context: &mut Context<'_>, a: &[Value]) -> Result<Result<Time, String>, Error> {
    let (layout, text) = (a[0].text(), a[1].text());
    context.charge(4 * (layout.len() + text.len()) as u64)?;
    Ok(parse(&layout, &text))
}

/// What is no time and no number of seconds is now.
fn format(context: &mut Context<'_>, layout: &str, value: &Value) -> Result<Value, Error> {
    context.charge(50 + 2 * layout.len() as u64)?;
    context.allocate(layout.len().saturating_mul(4))?;
    let time = match value {
        Value::Int(seconds) | Value::Int64(seconds) => Time::utc(*seconds, 0),
        other => other.downcast::<Time>().map_or_else(|| now(context), Time::to_utc),
    };
    Ok(time.format(layout).into())
}

fn modify(_: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let text = a[0].text();
    let duration = parse_duration(&text).map_err(Error::new)?;
    Ok(Value::object(time_of(&a[1])?.plus(duration)))
}

fn modify_or_keep(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    modify(context, a).or_else(|_| Ok(a[1].clone()))
}

/// Half a second goes away from zero.
fn rounded_to_seconds(nanoseconds: i64) -> i64 {
    let half = if nanoseconds < 0 { -500_000_000 } else { 500_000_000 };
    nanoseconds.saturating_add(half) / 1_000_000_000 * 1_000_000_000
}

/// The largest unit that fits more than once, as years of 365 and months of 30 days.
fn coarse(nanoseconds: i64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 86_400 * SECOND;
    let size = nanoseconds.unsigned_abs();
    let units = [
        (365 * DAY, "y"),
        (30 * DAY, "mo"),
        (DAY, "d"),
        (3600 * SECOND, "h"),
        (60 * SECOND, "m"),
        (SECOND, "s"),
    ];
    let fitting = units.iter().find(|(unit, _)| size > *unit);
    fitting.map_or_else(|| "0s".to_string(), |(unit, name)| format!("{}{name}", size / unit))
}
