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
    shortest(&format!("{value:e}"), &value)
}

/// The same for a key of a map, which sigs.k8s.io/yaml writes with the digits of a float32.
pub(crate) fn go_float_key(value: f64) -> String {
    let value = value as f32;
    if value.is_finite() { shortest(&format!("{value:e}"), &value) } else { go_float(value.into()) }
}

fn shortest(text: &str, value: &dyn std::fmt::Display) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.to_owned() };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The integer as which Go's JSON, and so sigs.k8s.io/yaml, writes a float64 without a fraction: the shortest
/// digits that read back as the same float, then zeros (2^63 is `9223372036854776000`).
pub(crate) fn json_integer(value: f64) -> Option<serde_json::Value> {
    if value.fract() != 0.0 || value.abs() >= 1e21 {
        return None;
    }
    let digits = value.to_string();
    digits.parse::<i64>().map(Into::into).or_else(|_| digits.parse::<u64>().map(Into::into)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_go_prints_them() {
        for (value, expect) in [
            (0.0, "0"),
            (0.1, "0.1"),
            (100000.0, "100000"),
            (1000000.0, "1e+06"),
            (123456.5, "123456.5"),
            (0.0001, "0.0001"),
            (0.00001234, "1.234e-05"),
            (-1.5e300, "-1.5e+300"),
            (f64::NEG_INFINITY, "-.inf"),
        ] {
            assert_eq!(go_float(value), expect);
        }
    }

    #[test]
    fn integers_as_json_has_them() {
        assert_eq!(json_integer(9223372036854775808.0), Some(9223372036854776000u64.into()));
        assert_eq!(json_integer(-5.0), Some((-5).into()));
        assert_eq!(json_integer(0.5), None);
        assert_eq!(json_integer(1e20), None);
    }
}
