//! Go's strconv.FormatFloat for float64.

/// The number in one of Go's formats: `b`, `e`, `E`, `f`, `g`, `G`, `x`, `X`.
///
/// Without a `precision` the shortest text that reads back as the same number. With one: digits behind the
/// point (`e`, `f`, `x`) or in all (`g`). Infinite values and NaN read `+Inf`, `-Inf`, `NaN`.
pub fn format_float(value: f64, format: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let body = match format {
        'b' => binary(magnitude),
        'x' | 'X' => hexadecimal(magnitude, precision, format),
        'e' | 'E' => {
            let digits = match precision {
                None => Digits::shortest(magnitude),
                Some(precision) => Digits::significant(magnitude, precision + 1),
            };
            digits.scientific(precision.unwrap_or(digits.text.len() - 1), format)
        }
        'g' | 'G' => general(magnitude, precision, format),
        _ => match precision {
            None => {
                let digits = Digits::shortest(magnitude);
                let behind = (digits.text.len() as i64 - digits.point).max(0);
                digits.fixed(behind as usize)
            }
            Some(precision) => fixed(magnitude, precision),
        },
    };
    format!("{sign}{body}")
}

/// More digits than any float64 has; what lies behind them is zeros.
const MOST_DIGITS: usize = 1100;

/// Decimal digits `0.DIGITS * 10^point`.
struct Digits {
    text: String,
    point: i64,
}

impl Digits {
    fn shortest(magnitude: f64) -> Digits {
        Digits::of_scientific(&format!("{magnitude:e}"))
    }

    fn significant(magnitude: f64, count: usize) -> Digits {
        Digits::of_scientific(&format!("{magnitude:.*e}", count.clamp(1, MOST_DIGITS) - 1))
    }

    /// Reads Rust's own `1.25e3`.
    fn of_scientific(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let is_zero = digits.bytes().all(|digit| digit == b'0');
        let exponent: i64 = exponent.parse().unwrap_or_default();
        Digits { point: if is_zero { 1 } else { exponent + 1 }, text: digits }
    }

    fn trimmed(&self) -> &str {
        self.text.trim_end_matches('0')
    }

    fn digit(&self, index: i64) -> char {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.text.as_bytes().get(index))
            .map_or('0', |b| char::from(*b))
    }

    fn scientific(&self, behind: usize, format: char) -> String {
        let mut text = String::with_capacity(behind + 8);
        text.push(self.digit(0));
        if behind > 0 {
            text.push('.');
            text.extend((1..=behind).map(|index| self.digit(index as i64)));
        }
        let exponent = self.point - 1;
        text.push(format);
        text.push(if exponent < 0 { '-' } else { '+' });
        text.push_str(&format!("{:02}", exponent.abs()));
        text
    }

    fn fixed(&self, behind: usize) -> String {
        let mut text = String::new();
        if self.point > 0 {
            text.extend((0..self.point).map(|index| self.digit(index)));
        } else {
            text.push('0');
        }
        if behind > 0 {
            text.push('.');
            text.extend((0..behind as i64).map(|index| self.digit(self.point + index)));
        }
        text
    }
}

fn fixed(magnitude: f64, precision: usize) -> String {
    let mut text = format!("{magnitude:.*}", precision.min(MOST_DIGITS));
    text.extend(std::iter::repeat_n('0', precision.saturating_sub(MOST_DIGITS)));
    text
}

fn general(magnitude: f64, precision: Option<usize>, format: char) -> String {
    let digits = match precision {
        None => Digits::shortest(magnitude),
        Some(precision) => Digits::significant(magnitude, precision.max(1)),
    };
    let significant = digits.trimmed().len().max(1) as i64;
    let threshold = match precision {
        None => 6,
        // A precision beyond the digits there are adds no zeros, but a whole number keeps all its digits.
        Some(precision) => {
            let precision = precision.max(1) as i64;
            if precision > significant && significant >= digits.point { significant } else { precision }
        }
    };
    let exponent = digits.point - 1;
    // Go's shortest form takes the exponent from 21 digits on only in JSON; here 1000000.0 is 1e+06.
    if exponent < -4 || exponent >= threshold {
        return digits.scientific(significant as usize - 1, if format == 'g' { 'e' } else { 'E' });
    }
    digits.fixed((significant - digits.point).max(0) as usize)
}

fn binary(magnitude: f64) -> String {
    let bits = magnitude.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64 & 0x7ff);
    let (mantissa, exponent) =
        if exponent == 0 { (fraction, 1 - 1075) } else { (fraction | 1 << 52, exponent - 1075) };
    format!("{mantissa}p{exponent:+}")
}

fn hexadecimal(magnitude: f64, precision: Option<usize>, format: char) -> String {
    let bits = magnitude.to_bits();
    let (mut mantissa, mut exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64 & 0x7ff);
    if exponent == 0 {
        exponent = -1022;
    } else {
        mantissa |= 1 << 52;
        exponent -= 1023;
    }
    if mantissa == 0 {
        exponent = 0;
    }
    // One digit before the point, 60 bits behind it.
    mantissa <<= 8;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(precision) if precision <= 15 => digits.truncate(precision),
        Some(precision) => digits.extend(std::iter::repeat_n('0', precision - 15)),
    }
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{digits}p{sign}{:02}", mantissa >> 60 & 1, exponent.abs());
    if format == 'X' { text.to_uppercase() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, format: char, precision: Option<usize>, expected: &str) {
        assert_eq!(format_float(value, format, precision), expected, "{value} {format} {precision:?}");
    }

    #[test]
    fn general_switches_to_an_exponent_where_go_does() {
        check(1.0, 'g', None, "1");
        check(0.0, 'g', None, "0");
        check(-0.0, 'g', None, "-0");
        check(100000.0, 'g', None, "100000");
        check(1e6, 'g', None, "1e+06");
        check(123456789.0, 'g', None, "1.23456789e+08");
        check(1e-4, 'g', None, "0.0001");
        check(1e-5, 'g', None, "1e-05");
        check(1.5, 'g', None, "1.5");
        check(1e100, 'G', None, "1E+100");
        check(1234.5678, 'g', Some(3), "1.23e+03");
        check(1234.5678, 'g', Some(6), "1234.57");
        check(100.0, 'g', Some(10), "100");
        check(0.0, 'g', Some(3), "0");
    }

    #[test]
    fn other_formats() {
        check(1.5, 'f', Some(2), "1.50");
        check(2.5, 'f', Some(0), "2");
        check(1e21, 'f', None, "1000000000000000000000");
        check(0.001, 'f', None, "0.001");
        check(1.5, 'e', Some(6), "1.500000e+00");
        check(0.0, 'e', Some(2), "0.00e+00");
        check(1234.5, 'e', None, "1.2345e+03");
        check(1.0, 'b', None, "4503599627370496p-52");
        check(1.0, 'x', None, "0x1p+00");
        check(1.5, 'x', None, "0x1.8p+00");
        check(1.5, 'X', Some(3), "0X1.800P+00");
        check(0.1, 'x', None, "0x1.999999999999ap-04");
        check(f64::INFINITY, 'g', None, "+Inf");
    }
}
