//! Fields that hold a number or a text, such as ports and percentages.
//!
//! Mirrors `intstr` of apimachinery.

use serde_json::Value;

/// A number or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A text, often a percentage or the name of a port.
    String(String),
}

impl IntOrString {
    /// Reads a decoded value; `None` if it is absent or something else.
    pub fn of(value: &Value) -> Option<IntOrString> {
        match value {
            Value::Number(number) => {
                Some(IntOrString::Int(number.as_i64().and_then(|n| i32::try_from(n).ok())?))
            }
            Value::String(text) => Some(IntOrString::String(text.clone())),
            _ => None,
        }
    }

    /// The number of a percentage such as `25%`; `None` for anything else.
    pub fn percent(&self) -> Option<i64> {
        match self {
            IntOrString::Int(_) => None,
            IntOrString::String(text) => percent(text),
        }
    }

    /// The number, or that share of `total`, rounded as asked; `None` for text that is no percentage.
    pub fn scaled(&self, total: i64, round_up: bool) -> Option<i64> {
        match self {
            IntOrString::Int(number) => Some(i64::from(*number)),
            IntOrString::String(_) => {
                let product = self.percent()?.saturating_mul(total);
                Some(if round_up {
                    product.div_euclid(100) + i64::from(product.rem_euclid(100) != 0)
                } else {
                    product / 100
                })
            }
        }
    }
}

/// The number before the `%` of a percentage.
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_as_asked() {
        let quarter = IntOrString::String("25%".into());
        assert_eq!((quarter.scaled(3, true), quarter.scaled(3, false)), (Some(1), Some(0)));
        assert_eq!(IntOrString::Int(2).scaled(10, true), Some(2));
        assert_eq!(IntOrString::String("web".into()).scaled(10, true), None);
    }
}
