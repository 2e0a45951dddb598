//! Decimal numbers without rounding, as shopspring/decimal keeps them: what Sprig's float arithmetic runs on.

use std::cmp::Ordering;

/// `±DIGITS × 10^exponent`.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    negative: bool,
    /// Least significant first, one decimal digit each; no leading zeros; empty is 0.
    digits: Vec<u8>,
    exponent: i32,
}

/// Digits behind the point that a division keeps.
const DIVISION_PRECISION: i32 = 16;

impl Decimal {
    /// The decimal of the shortest digits that read back as `value`; `None` if it is not finite.
    pub(crate) fn from_float(value: f64) -> Option<Decimal> {
        if !value.is_finite() {
            return None;
        }
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e')?;
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        let digits = mantissa.bytes().rev().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        let exponent = exponent.parse::<i32>().ok()? - fraction;
        Some(Decimal { negative: value < 0.0, digits: trimmed(digits), exponent })
    }

    /// The nearest `f64`.
    pub(crate) fn to_float(&self) -> f64 {
        let digits: String = self.digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        let magnitude: f64 = format!("0{digits}e{}", self.exponent).parse().unwrap_or(0.0);
        if self.negative { -magnitude } else { magnitude }
    }

    /// The steps that joining both may take, digits of the scale between them included.
    pub(crate) fn cost(&self, other: &Decimal) -> u64 {
        let scale = u64::from(self.exponent.abs_diff(other.exponent));
        let (left, right) = (self.digits.len() as u64, other.digits.len() as u64);
        2 + (left + scale + 16) * (right + scale / 4 + 1) / 16
    }

    /// The sum.
    pub(crate) fn add(&self, other: &Decimal) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled_to(exponent), other.scaled_to(exponent));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&left, &right))
        } else if compare(&left, &right) == Ordering::Less {
            (other.negative, difference(&right, &left))
        } else {
            (self.negative, difference(&left, &right))
        };
        Decimal { negative: negative && !digits.is_empty(), digits, exponent }
    }

    /// The difference.
    pub(crate) fn subtract(&self, other: &Decimal) -> Decimal {
        self.add(&Decimal { negative: !other.negative, ..other.clone() })
    }

    /// The product.
    pub(crate) fn multiply(&self, other: &Decimal) -> Decimal {
        let mut cells = vec![0u32; self.digits.len() + other.digits.len()];
        for (place, left) in self.digits.iter().enumerate() {
            let mut carry = 0;
            for (offset, cell) in cells[place..].iter_mut().enumerate() {
                let right = other.digits.get(offset).copied().unwrap_or(0);
                let value = *cell + u32::from(*left) * u32::from(right) + carry;
                *cell = value % 10;
                carry = value / 10;
            }
        }
        let digits = trimmed(cells.into_iter().map(|cell| cell as u8).collect());
        let negative = self.negative != other.negative && !digits.is_empty();
        Decimal { negative, digits, exponent: self.exponent + other.exponent }
    }

    /// The quotient to 16 digits behind the point, half away from zero; `None` for a division by 0.
    pub(crate) fn divide(&self, other: &Decimal) -> Option<Decimal> {
        if other.digits.is_empty() {
            return None;
        }
        // Both sides as whole numbers, such that the quotient's unit is 10^-16.
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let numerator = shifted(&self.digits, shift.max(0));
        let denominator = shifted(&other.digits, (-shift).max(0));
        let mut quotient = vec![0; numerator.len()];
        let mut rest: Vec<u8> = Vec::new();
        for place in (0..numerator.len()).rev() {
            rest.insert(0, numerator[place]);
            rest = trimmed(rest);
            while compare(&rest, &denominator) != Ordering::Less {
                rest = difference(&rest, &denominator);
                quotient[place] += 1;
            }
        }
        let mut digits = trimmed(quotient);
        if compare(&sum(&rest, &rest), &denominator) != Ordering::Less {
            digits = sum(&digits, &[1]);
        }
        let negative = self.negative != other.negative && !digits.is_empty();
        Some(Decimal { negative, digits, exponent: -DIVISION_PRECISION })
    }

    /// The digits with `exponent`, which is not above its own.
    fn scaled_to(&self, exponent: i32) -> Vec<u8> {
        shifted(&self.digits, self.exponent - exponent)
    }
}

fn shifted(digits: &[u8], places: i32) -> Vec<u8> {
    if digits.is_empty() {
        return Vec::new();
    }
    let mut result = vec![0; usize::try_from(places).unwrap_or(0)];
    result.extend_from_slice(digits);
    result
}

fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut result = Vec::with_capacity(left.len().max(right.len()) + 1);
    for place in 0..left.len().max(right.len()) {
        let value = left.get(place).unwrap_or(&0) + right.get(place).unwrap_or(&0) + carry;
        result.push(value % 10);
        carry = value / 10;
    }
    result.push(carry);
    trimmed(result)
}

/// `left - right`, where `left` is not the smaller one.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut result = Vec::with_capacity(left.len());
    for (place, digit) in left.iter().enumerate() {
        let take = right.get(place).unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < take);
        result.push(digit + 10 * borrow - take);
    }
    trimmed(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calculates() {
        let decimal = |value| Decimal::from_float(value).expect("finite");
        assert_eq!(decimal(0.1).add(&decimal(0.2)).to_float(), 0.3);
        assert_eq!(decimal(0.1).multiply(&decimal(3.0)).to_float(), 0.3);
        assert_eq!(decimal(1.5).subtract(&decimal(2.0)).to_float(), -0.5);
        assert_eq!(decimal(1e300).add(&decimal(-1e300)).to_float(), 0.0);
        assert_eq!(
            decimal(1.0).divide(&decimal(3.0)).map(|result| result.to_float()),
            Some(0.3333333333333333)
        );
        assert_eq!(
            decimal(2.0).divide(&decimal(3.0)).map(|result| result.to_float()),
            Some(0.6666666666666667)
        );
        assert_eq!(decimal(-10.0).divide(&decimal(4.0)).map(|result| result.to_float()), Some(-2.5));
        assert_eq!(
            decimal(1e300).divide(&decimal(1e-300)).map(|result| result.to_float()),
            Some(f64::INFINITY)
        );
        assert!(decimal(1.0).divide(&decimal(0.0)).is_none());
    }
}
