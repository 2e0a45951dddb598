//! Numbers as Go prints them.

/// A float64 as Go's `FormatFloat(value, 'g', -1, 64)` with YAML's names for what is not finite: exponent form
/// below 1e-4 and from 1e+06 (`123456.5`, `1.2345678e+07`).
pub(crate) fn go_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    // Rust's `{:e}` gives the shortest digits that read back as the same value, as Go's does.
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The integer as which Go's JSON, and so sigs.k8s.io/yaml, writes a float64 without a fraction.
pub(crate) fn json_integer(value: f64) -> Option<serde_json::Value> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() != 0.0 || !(-TWO_TO_63..2.0 * TWO_TO_63).contains(&value) {
        return None;
    }
    Some(if value < TWO_TO_63 { (value as i64).into() } else { (value as u64).into() })
}
