//! Go's `time.Time` and `time.Duration`: instants with a fixed offset from UTC. There is no table of named zones.

mod civil;
mod duration;
mod layout;
mod parse;

pub(crate) use duration::{format_duration, parse_duration};
pub(crate) use parse::parse;

use std::rc::Rc;

use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{Kind, Object, Value};

/// Seconds from 1970 back to Go's zero time, the start of year 1.
const ZERO_SECONDS: i64 = -62_135_596_800;

/// An instant in a zone.
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since 1970 (UTC).
    pub seconds: i64,
    /// Nanoseconds, 0 to 999,999,999.
    pub nanoseconds: u32,
    /// Seconds that the zone is east of UTC.
    pub offset: i32,
    /// The zone's name; empty if it is known by its offset alone.
    pub zone: Rc<str>,
}

impl Time {
    /// The instant in UTC.
    pub fn utc(seconds: i64, nanoseconds: u32) -> Time {
        Time { seconds, nanoseconds, offset: 0, zone: "UTC".into() }
    }

    /// Go's zero time.
    pub fn zero() -> Time {
        Time::utc(ZERO_SECONDS, 0)
    }

    /// The same instant in UTC.
    pub fn to_utc(&self) -> Time {
        Time::utc(self.seconds, self.nanoseconds)
    }

    /// The instant a number of nanoseconds later.
    pub fn plus(&self, nanoseconds: i64) -> Time {
        let total = i64::from(self.nanoseconds) + nanoseconds.rem_euclid(1_000_000_000);
        let carry = nanoseconds.div_euclid(1_000_000_000) + total / 1_000_000_000;
        let seconds = self.seconds.saturating_add(carry);
        Time { seconds, nanoseconds: (total % 1_000_000_000) as u32, ..self.clone() }
    }

    /// The nanoseconds from `earlier` to here, as far as an `int64` reaches.
    pub fn since(&self, earlier: &Time) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(earlier.seconds);
        let nanoseconds =
            seconds * 1_000_000_000 + i128::from(self.nanoseconds) - i128::from(earlier.nanoseconds);
        nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// `Time.Format`.
    pub fn format(&self, layout: &str) -> String {
        layout::format(self, layout)
    }

    fn civil(&self) -> civil::Civil {
        civil::Civil::of(self.seconds.saturating_add(i64::from(self.offset)))
    }
}

/// The arguments' first as a time; the evaluator has checked its type.
pub(crate) fn time_of(value: &Value) -> Result<Time, Error> {
    value.downcast::<Time>().cloned().ok_or_else(super::lists::nil_dereference)
}

const SELF: &[Type] = &[Type::Any];
const OTHER: &[Type] = &[Type::Any, Type::Named("time.Time")];

fn read(a: &[Value], part: fn(&Time) -> Value) -> Result<Value, Error> {
    time_of(&a[0]).map(|time| part(&time))
}

fn compared(a: &[Value], answer: fn(std::cmp::Ordering) -> Value) -> Result<Value, Error> {
    let instant = |time: &Time| (time.seconds, time.nanoseconds);
    Ok(answer(instant(&time_of(&a[0])?).cmp(&instant(&time_of(&a[1])?))))
}

static METHODS: &[Function] = &[
    Function::new("AddDate", &[Type::Any, Type::Int, Type::Int, Type::Int], add_date),
    Function::new("After", OTHER, |_, a| compared(a, |order| order.is_gt().into())),
    Function::new("Before", OTHER, |_, a| compared(a, |order| order.is_lt().into())),
    Function::new("Compare", OTHER, |_, a| compared(a, |order| Value::Int(order as i64))),
    Function::new("Day", SELF, |_, a| read(a, |time| Value::Int(time.civil().day))),
    Function::new("Equal", OTHER, |_, a| compared(a, |order| order.is_eq().into())),
    Function::new("Format", &[Type::Any, Type::String], |context, a| {
        let layout = a[1].text();
        context.allocate(layout.len().saturating_mul(4))?;
        Ok(time_of(&a[0])?.format(&layout).into())
    }),
    Function::new("Hour", SELF, |_, a| read(a, |time| Value::Int(time.civil().hour))),
    Function::new("IsZero", SELF, |_, a| {
        read(a, |time| (time.seconds == ZERO_SECONDS && time.nanoseconds == 0).into())
    }),
    Function::new("Minute", SELF, |_, a| read(a, |time| Value::Int(time.civil().minute))),
    Function::new("Month", SELF, |_, a| read(a, |time| Value::object(Name::Month(time.civil().month)))),
    Function::new("Nanosecond", SELF, |_, a| read(a, |time| Value::Int(i64::from(time.nanoseconds)))),
    Function::new("Second", SELF, |_, a| read(a, |time| Value::Int(time.civil().second))),
    Function::new("String", SELF, |_, a| read(a, |time| time.display().unwrap_or_default().into())),
    Function::new("UTC", SELF, |_, a| read(a, |time| Value::object(time.to_utc()))),
    Function::new("Local", SELF, |_, a| read(a, |time| Value::object(time.to_utc()))),
    Function::new("Unix", SELF, |_, a| read(a, |time| Value::Int64(time.seconds))),
    Function::new("UnixMilli", SELF, |_, a| {
        read(a, |time| {
            Value::Int64(
                time.seconds.wrapping_mul(1000).wrapping_add(i64::from(time.nanoseconds / 1_000_000)),
            )
        })
    }),
    Function::new("UnixNano", SELF, |_, a| {
        read(a, |time| {
            Value::Int64(time.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(time.nanoseconds)))
        })
    }),
    Function::new("Weekday", SELF, |_, a| read(a, |time| Value::object(Name::Weekday(time.civil().weekday)))),
    Function::new("Year", SELF, |_, a| read(a, |time| Value::Int(time.civil().year))),
    Function::new("YearDay", SELF, |_, a| read(a, |time| Value::Int(time.civil().year_day))),
];

/// `Time.AddDate(years, months, days)`: days that a month lacks run over into the next.
fn add_date(_: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let time = time_of(&a[0])?;
    let limited = |value: &Value| value.int().clamp(-4_000_000, 4_000_000);
    let civil = time.civil();
    let months = civil.month - 1 + limited(&a[2]);
    let year = civil.year + limited(&a[1]) + months.div_euclid(12);
    let days = civil::days_before(year, months.rem_euclid(12) + 1, 1) + civil.day - 1 + limited(&a[3]);
    let clock = (civil.hour * 60 + civil.minute) * 60 + civil.second;
    let seconds = days * 86_400 + clock - i64::from(time.offset);
    Ok(Value::object(Time { seconds, ..time }))
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn methods(&self) -> &'static [Function] {
        METHODS
    }

    fn display(&self) -> Option<String> {
        Some(self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn encoded(&self) -> Value {
        self.format("2006-01-02T15:04:05.999999999Z07:00").into()
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = (other as &dyn std::any::Any).downcast_ref::<Time>();
        Some(other.is_some_and(|other| {
            (self.seconds, self.nanoseconds, self.offset) == (other.seconds, other.nanoseconds, other.offset)
        }))
    }
}

/// A month (1 to 12) or a weekday (0 is Sunday): numbers in Go that print as names.
enum Name {
    Month(i64),
    Weekday(i64),
}

impl Object for Name {
    fn type_name(&self) -> &str {
        match self {
            Name::Month(_) => "time.Month",
            Name::Weekday(_) => "time.Weekday",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Int
    }

    fn display(&self) -> Option<String> {
        let name = match self {
            Name::Month(month) => layout::MONTHS[(month - 1) as usize],
            Name::Weekday(day) => layout::WEEKDAYS[*day as usize],
        };
        Some(name.to_string())
    }

    fn encoded(&self) -> Value {
        match self {
            Name::Month(number) | Name::Weekday(number) => Value::Int(*number),
        }
    }
}
