//! Virtual time: milliseconds since the cluster came up, shown as the time stamps the API shows.

use std::fmt;
use std::ops::{Add, Sub};

/// Seconds from 1970 to the moment at which every simulated cluster starts: 2026-01-05T09:00:00Z.
const EPOCH_SECONDS: u64 = 1_767_603_600;

/// A moment of virtual time, in milliseconds since the cluster started.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Instant(pub u64);

/// A span of virtual time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub u64);

impl Duration {
    /// So many seconds; a negative number is none.
    pub fn seconds(seconds: i64) -> Duration {
        Duration(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000))
    }

    /// So many milliseconds.
    pub fn millis(millis: u64) -> Duration {
        Duration(millis)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_add(duration.0))
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

/// As `metav1.Time` prints it: UTC, whole seconds.
impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = EPOCH_SECONDS.saturating_add(self.0 / 1000);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Instant {
    /// Seconds since 1970.
    pub(crate) fn since_1970(self) -> u64 {
        EPOCH_SECONDS.saturating_add(self.0 / 1000)
    }

    /// The moment so many seconds after 1970; `None` before the start of the world.
    pub(crate) fn from_1970(seconds: u64) -> Option<Instant> {
        Some(Instant(seconds.checked_sub(EPOCH_SECONDS)?.checked_mul(1000)?))
    }

    /// Year, month and day of a count of days since 1970.
    pub(crate) fn civil_of(days: u64) -> (u64, u64, u64) {
        civil(days)
    }

    /// Reads a time stamp as [`Instant`] prints it, to the second; `None` for any other text and for times before the
    /// start.
    pub fn parse(text: &str) -> Option<Instant> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        let shifted = if month > 2 { year } else { year.checked_sub(1)? };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year;
        let seconds = days.checked_sub(719_468)? * 86_400 + seconds;
        Some(Instant(seconds.checked_sub(EPOCH_SECONDS)? * 1000))
    }
}

/// Year, month and day of a count of days since 1970 (proleptic Gregorian calendar, by eras of 400 years that
/// start in March, so that the leap day is the last of its year).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_utc() {
        assert_eq!(Instant(0).to_string(), "2026-01-05T09:00:00Z");
        assert_eq!((Instant(0) + Duration::seconds(54 * 86_400 + 61)).to_string(), "2026-02-28T09:01:01Z");
        assert_eq!((Instant(0) + Duration::seconds(55 * 86_400)).to_string(), "2026-03-01T09:00:00Z");
    }

    #[test]
    fn reads_what_it_shows() {
        for seconds in [0, 61, 54 * 86_400, 55 * 86_400 + 3601, 1500 * 86_400] {
            let moment = Instant(0) + Duration::seconds(seconds);
            assert_eq!(Instant::parse(&moment.to_string()), Some(moment));
        }
        assert_eq!(Instant::parse("tomorrow"), None);
    }
}
