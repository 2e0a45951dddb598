//! Numbers, and limits for how many there may be of something.

use serde_json::Value as Json;

use super::super::report::english;
use super::Check;

/// A keyword, the keyword that makes it strict when it is `true` (draft 4), and whether it is a lower limit.
const LIMITS: [(&str, &str, bool); 4] = [
    ("minimum", "exclusiveMinimum", true),
    ("maximum", "exclusiveMaximum", false),
    ("exclusiveMinimum", "", true),
    ("exclusiveMaximum", "", false),
];

/// Adds what is wrong with a number.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    let Some(value) = instance.as_f64() else { return Ok(()) };
    for (keyword, made_strict, is_lower) in LIMITS {
        let Some(limit) = check.number(keyword) else { continue };
        let is_strict = made_strict.is_empty() || check.keywords.get(made_strict) == Some(&Json::Bool(true));
        let name = if is_strict && !made_strict.is_empty() { made_strict } else { keyword };
        let is_beyond = if is_lower { value < limit } else { value > limit };
        if is_beyond || (is_strict && value == limit) {
            differs(check, name, value, limit);
        }
    }
    if let Some(step) = check.number("multipleOf").filter(|step| *step != 0.0) {
        let quotient = value / step;
        if (quotient - quotient.round()).abs() > quotient.abs() * 1e-12 {
            differs(check, "multipleOf", value, step);
        }
    }
    Ok(())
}

/// Holds a count against the keywords for the least and the most of it.
pub(super) fn check_count(
    check: &mut Check<'_>,
    [least, most]: [&'static str; 2],
    count: impl FnOnce() -> usize,
) {
    let limits = (check.number(least), check.number(most));
    if limits == (None, None) {
        return;
    }
    let count = count() as f64;
    if let Some(limit) = limits.0.filter(|limit| count < *limit) {
        differs(check, least, count, limit);
    }
    if let Some(limit) = limits.1.filter(|limit| count > *limit) {
        differs(check, most, count, limit);
    }
}

fn differs(check: &mut Check<'_>, keyword: &str, got: f64, want: f64) {
    check.says(format!("{keyword}: got {}, want {}", english(got), english(want)));
}
