//! Numbers as Go's JSON encoder writes them, which messages quote.

/// A float as `encoding/json` writes it: plain between 1e-6 and 1e21, with an exponent outside.
pub(crate) fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
            _ => text,
        };
    }
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn plain_and_exponent() {
        assert_eq!([float(10.0), float(2.5), float(1e21), float(1e-7)], ["10", "2.5", "1e+21", "1e-7"]);
    }
}
