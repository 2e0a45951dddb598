//! Texts of flags as values, and as Go reads and shows them.

use crate::chart::log::go_quoted;
use crate::template::Value;

/// A text as `--set` types it: `true`, `false` and `null` in any case, and decimal integers without leading zeros.
pub(super) fn typed(text: &str) -> Value {
    let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Nil)];
    if let Some((_, value)) = words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return value;
    }
    match text.parse::<i64>() {
        Ok(number) if text == "0" || !text.starts_with('0') => Value::Int64(number),
        _ => Value::from(text),
    }
}

/// Go's `strconv.Atoi`.
///
/// # Errors
/// Go's words.
pub(crate) fn atoi(text: &str) -> Result<i64, String> {
    text.parse::<i64>().map_err(|error| {
        let reason = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {reason}", go_quoted(text))
    })
}

/// Go's `%q` of a letter.
pub(super) fn quoted_letter(letter: char) -> String {
    match letter {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        other => {
            let quoted = go_quoted(&other.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_quoted_as_in_go() {
        for (letter, quoted) in [('x', "'x'"), ('\'', "'\\''"), ('"', "'\"'"), ('\n', "'\\n'"), ('ü', "'ü'")]
        {
            assert_eq!(quoted_letter(letter), quoted);
        }
    }
}
