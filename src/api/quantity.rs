//! Amounts of resources: `500m`, `1Gi`, `1e3`.
//!
//! In: text. Out: [`Quantity`], exact to a billionth. Mirrors `resource.Quantity` of apimachinery: what is refused
//! and why, rounding up to a billionth, the cap at 2^63-1 for numbers that need big arithmetic, the canonical form.

use std::cmp::Ordering;
use std::fmt;

const NANO: i128 = 1_000_000_000;

/// An amount of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

/// How a quantity was written, which decides how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    DecimalExponent,
    BinarySi,
    DecimalSi,
}

/// Why a text is not a quantity, in the server's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It does not look like a quantity.
    Format,
    /// The unit is unknown.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

/// The parts of a quantity's text.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Parts<'a>, QuantityError> {
        let (negative, rest) = match text.as_bytes().first() {
            None => return Err(QuantityError::Format),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, rest) = rest.split_at(digits(rest));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits(rest)),
            None => ("", rest),
        };
        let letters = suffix.bytes().take_while(|byte| b"eEinumkKMGTP".contains(byte)).count();
        let tail = &suffix[letters..];
        let tail = tail.strip_prefix(['-', '+']).unwrap_or(tail);
        if digits(tail) != tail.len() {
            return Err(QuantityError::Format);
        }
        Ok(Parts { negative, whole: whole.trim_start_matches('0'), fraction, suffix })
    }
}

/// Base, exponent and format of a unit.
fn unit(suffix: &str) -> Option<(u32, i64, Format)> {
    let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    if let Some(place) = decimal.iter().position(|unit| *unit == suffix) {
        return Some((10, place as i64 * 3 - 9, Format::DecimalSi));
    }
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some(place) = binary.iter().position(|unit| *unit == suffix) {
        return Some((2, (place as i64 + 1) * 10, Format::BinarySi));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    digits.parse().ok().map(|exponent| (10, exponent, Format::DecimalExponent))
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity { nanos: 0, format: Format::DecimalSi };

    /// Reads a quantity.
    ///
    /// # Errors
    /// What the server says of a text that is no quantity.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let parts = Parts::split(text)?;
        let (base, exponent, format) = unit(parts.suffix).ok_or(QuantityError::Suffix)?;
        let exponent = exponent.clamp(-200, 200);
        let digits = parts.whole.len() + parts.fraction.len();
        let mut mantissa: i128 = 0;
        let mut dropped: i64 = 0;
        let mut lost = false;
        for digit in parts.whole.bytes().chain(parts.fraction.bytes()) {
            if mantissa < 10i128.pow(27) {
                mantissa = mantissa * 10 + i128::from(digit - b'0');
            } else {
                dropped += 1;
                lost |= digit != b'0';
            }
        }
        let mut scale = dropped - parts.fraction.len() as i64;
        let exact = if base == 10 {
            scale += exponent;
            digits <= 18 && scale >= -9
        } else {
            parts.fraction.is_empty() && 15 - digits as i64 - exponent * 3 / 10 > 0
        };
        let factor = if base == 2 { 1i128 << exponent } else { 1 };
        let mut nanos = scaled(mantissa, scale + 9, factor, lost);
        let mut format = format;
        if !exact {
            nanos = nanos.min(i128::from(i64::MAX) * NANO);
            if format == Format::BinarySi && nanos < NANO {
                format = Format::DecimalSi;
            }
        }
        Ok(Quantity { nanos: if parts.negative { -nanos } else { nanos }, format })
    }

    /// A whole number of units.
    pub fn from_integer(value: i64) -> Quantity {
        Quantity { nanos: i128::from(value) * NANO, format: Format::DecimalSi }
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// Whether it is below nothing.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// Whether it is a whole number of units.
    pub fn is_integer(&self) -> bool {
        self.nanos % NANO == 0
    }

    /// Whether it is a whole number of thousandths.
    pub fn is_milli_integer(&self) -> bool {
        self.nanos % 1_000_000 == 0
    }

    /// In units, rounded up away from zero, capped to 64 bits.
    pub fn value(&self) -> i64 {
        clamp(divide_up(self.nanos, NANO))
    }

    /// In thousandths of a unit, rounded up away from zero, capped to 64 bits.
    pub fn milli_value(&self) -> i64 {
        clamp(divide_up(self.nanos, 1_000_000))
    }

    /// The sum; printed as the left side was written.
    pub fn plus(self, other: Quantity) -> Quantity {
        let format = if self.is_zero() { other.format } else { self.format };
        Quantity { nanos: self.nanos.saturating_add(other.nanos), format }
    }

    /// The difference; printed as the left side was written.
    pub fn minus(self, other: Quantity) -> Quantity {
        let format = if self.is_zero() { other.format } else { self.format };
        Quantity { nanos: self.nanos.saturating_sub(other.nanos), format }
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn divide_up(value: i128, divisor: i128) -> i128 {
    let quotient = value / divisor;
    if value % divisor == 0 { quotient } else { quotient + value.signum() }
}

/// `mantissa · 10^scale · factor`, rounded up; `lost` tells that digits below the mantissa were not zero.
fn scaled(mantissa: i128, scale: i64, factor: i128, lost: bool) -> i128 {
    const LIMIT: i128 = i128::MAX / 4;
    let value = mantissa.saturating_mul(factor).min(LIMIT);
    if scale >= 0 {
        let power = if scale > 36 { LIMIT } else { 10i128.pow(scale as u32) };
        return value.saturating_mul(power).min(LIMIT);
    }
    let power = if scale < -37 { LIMIT } else { 10i128.pow(scale.unsigned_abs() as u32) };
    let quotient = divide_up(value, power);
    if lost && value % power == 0 { quotient + 1 } else { quotient }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, the largest unit that needs none.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return formatter.write_str("0");
        }
        let small = self.nanos.abs() < 1024 * NANO;
        if self.format == Format::BinarySi && !small && self.is_integer() {
            let mut value = self.nanos / NANO;
            let mut unit = 0;
            while value % 1024 == 0 && unit < 6 {
                value /= 1024;
                unit += 1;
            }
            return write!(formatter, "{value}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][unit]);
        }
        let (mut value, mut exponent) = (self.nanos, -9i32);
        while value % 1000 == 0 {
            value /= 1000;
            exponent += 3;
        }
        if self.format == Format::DecimalExponent {
            return if exponent == 0 {
                write!(formatter, "{value}")
            } else {
                write!(formatter, "{value}e{exponent}")
            };
        }
        while exponent > 18 {
            value *= 1000;
            exponent -= 3;
        }
        let unit = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][((exponent + 9) / 3) as usize];
        write!(formatter, "{value}{unit}")
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let printed =
            Quantity::parse(text).map_or_else(|error| format!("{error:?}"), |quantity| quantity.to_string());
        assert_eq!(printed, expect, "{text:?}");
    }

    #[test]
    fn canonical_forms() {
        check("1024Mi", "1Gi");
        check("0.5Gi", "512Mi");
        check("1e3", "1e3");
        check("1000", "1k");
        check("0.5", "500m");
        check("1000m", "1");
        check("1.5Gi", "1536Mi");
        check("512Ki", "512Ki");
        check("1Ki", "1Ki");
        check("0Gi", "0");
        check("-1Gi", "-1Gi");
        check("0.1Ki", "102400m");
        check("1n", "1n");
        check("0.1n", "1n");
        check("12345678901234567890123", "9223372036854775807");
        check("Gi", "0");
    }

    #[test]
    fn refusals() {
        check("", "Format");
        check("1GiB", "Format");
        check("1 Gi", "Format");
        check("1K", "Suffix");
        check("1e", "Suffix");
        check("a", "Format");
    }
}
