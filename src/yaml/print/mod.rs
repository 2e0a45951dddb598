//! Values to text, byte for byte as Kubernetes' and Helm's encoders write them.
//!
//! In: a JSON value, or a [`Tree`] for callers that hold values of their own. Out: block style text with a
//! newline at its end. [`Encoder::Kubernetes`] is `Marshal` of sigs.k8s.io/yaml, which goes through JSON and
//! go-yaml v2 (`toYaml`, `kubectl -o yaml`); [`Encoder::Pretty`] is go-yaml v3 with an indent of two
//! (`toYamlPretty`).

mod emitter;
mod key_order;
mod number;
mod style;

use std::borrow::Cow;

pub(crate) use number::{go_float, go_float_key, json_integer};

/// How deep a tree may nest to be printed.
const MAX_DEPTH: usize = 2_000;

/// A value to print.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer with sign.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A float64.
    Float(f64),
    /// Text.
    String(Cow<'a, str>),
    /// Text that stands as it is, without quotes: a timestamp, base64 with its tag.
    Plain(String),
    /// A list.
    Sequence(Vec<Tree<'a>>),
    /// A map in any order; keys are unique.
    Mapping(Vec<(Cow<'a, str>, Tree<'a>)>),
}

/// Whose output to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// sigs.k8s.io/yaml: lists stand under their key without indentation, long text folds near column 80.
    Kubernetes,
    /// go-yaml v3, indent 2: lists are indented, nothing folds.
    Pretty,
}

/// The text of `value` as sigs.k8s.io/yaml writes it; empty where it refuses (see [`print_tree`]).
pub fn print(value: &serde_json::Value) -> String {
    print_tree(&Tree::from(value), Encoder::Kubernetes).unwrap_or_default()
}

/// The text of `value` as `toYamlPretty` of Helm 4 writes it.
pub fn print_pretty(value: &serde_json::Value) -> String {
    print_tree(&Tree::from(value), Encoder::Pretty).unwrap_or_default()
}

/// The text of `tree` as `encoder` writes it.
///
/// # Errors
/// The encoder's own words. `Kubernetes` refuses what JSON cannot hold (`json: unsupported value: NaN`) and
/// control characters that YAML text may not hold; both refuse trees deeper than 2000 levels.
pub fn print_tree(tree: &Tree<'_>, encoder: Encoder) -> Result<String, String> {
    check(tree, encoder, 0)?;
    Ok(emitter::emit(tree, encoder, if encoder == Encoder::Kubernetes { 80 } else { usize::MAX }))
}

/// The text of `value` for a place in a text that someone wrote: long lines stay whole.
pub(super) fn print_unfolded(value: &serde_json::Value, encoder: Encoder) -> String {
    emitter::emit(&Tree::from(value), encoder, usize::MAX)
}

fn check(tree: &Tree<'_>, encoder: Encoder, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("exceeded max depth of {MAX_DEPTH}"));
    }
    match tree {
        Tree::Float(value) if encoder == Encoder::Kubernetes && !value.is_finite() => {
            let name = if value.is_nan() {
                "NaN"
            } else if *value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            Err(format!("json: unsupported value: {name}"))
        }
        Tree::String(text) => check_text(text, encoder),
        Tree::Sequence(items) => items.iter().try_for_each(|item| check(item, encoder, depth + 1)),
        Tree::Mapping(entries) => entries.iter().try_for_each(|(key, value)| {
            check_text(key, encoder)?;
            check_key(key, encoder)?;
            check(value, encoder, depth + 1)
        }),
        _ => Ok(()),
    }
}

/// On its way through JSON, text is read once as YAML; JSON escapes only the controls below U+0020.
fn check_text(text: &str, encoder: Encoder) -> Result<(), String> {
    if encoder == Encoder::Pretty || text.is_ascii() && !text.contains('\u{7f}') {
        return Ok(());
    }
    let is_refused =
        |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_refused) { Err("yaml: control characters are not allowed".into()) } else { Ok(()) }
}

/// A key takes at most 1024 characters, as JSON, before its colon; on its way through YAML a longer one is lost.
fn check_key(key: &str, encoder: Encoder) -> Result<(), String> {
    if encoder == Encoder::Pretty || key.len() < 1024 / 6 {
        return Ok(());
    }
    let length = |character: char| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => 6,
        _ => 1,
    };
    let length: usize = key.chars().map(length).sum();
    if length + 2 > 1024 { Err("yaml: did not find expected ',' or '}'".into()) } else { Ok(()) }
}

impl<'a> From<&'a serde_json::Value> for Tree<'a> {
    fn from(value: &'a serde_json::Value) -> Tree<'a> {
        use serde_json::Value;
        match value {
            Value::Null => Tree::Null,
            Value::Bool(value) => Tree::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Tree::Int(value),
                (None, Some(value)) => Tree::UInt(value),
                (None, None) => Tree::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Tree::String(text.into()),
            Value::Array(items) => Tree::Sequence(items.iter().map(Tree::from).collect()),
            Value::Object(map) => {
                Tree::Mapping(map.iter().map(|(key, value)| (key.into(), Tree::from(value))).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: serde_json::Value, expect: &str) {
        assert_eq!(print(&value), expect);
    }

    #[test]
    fn collections() {
        check(
            json!({"b": [1, {"x": [[], {}], "a": null}], "a2": {"k": {}}, "a10": 1}),
            "a2:\n  k: {}\na10: 1\nb:\n- 1\n- a: null\n  x:\n  - []\n  - {}\n",
        );
        check(json!([[[1], 2], {"a": [1]}]), "- - - 1\n  - 2\n- a:\n  - 1\n");
        check(json!("x"), "x\n");
        assert_eq!(print_pretty(&json!({"a": [1, [2, [3]]]})), "a:\n  - 1\n  - - 2\n    - - 3\n");
    }

    #[test]
    fn numbers_go_through_json() {
        check(
            json!([12345678.0, 1e20, 1e21, 0.00001, 3.0, -0.0, 12345678.5, 1e-7]),
            "- 12345678\n- 1e+20\n- 1e+21\n- 1e-05\n- 3\n- 0\n- 1.23456785e+07\n- 1e-07\n",
        );
        assert_eq!(print_pretty(&json!([12345678.0, 3.0])), "- 1.2345678e+07\n- 3\n");
        assert!(print_tree(&Tree::Float(f64::NAN), Encoder::Kubernetes).is_err());
    }

    #[test]
    fn text_in_every_style() {
        check(json!("a\nb"), "|-\n  a\n  b\n");
        check(json!({"k": " a\nb\n\n"}), "k: |2+\n   a\n  b\n\n");
        check(
            json!(["tab\there", "😀", "a\r\nb", "x \ny", "it's #1", "a #b'", "#'"]),
            "- \"tab\\there\"\n- \"\\U0001F600\"\n- \"a\\r\\nb\"\n- \"x \\ny\"\n- 'it''s #1'\n- 'a #b'''\n- '#'''\n",
        );
        assert_eq!(print_pretty(&json!(["a\tb\nc", "a\tb"])), "- |-\n  a\tb\n  c\n- \"a\\tb\"\n");
    }

    #[test]
    fn long_text_folds() {
        let words = "word ".repeat(20);
        check(
            json!({"k": words.trim_end()}),
            &format!("k: {}\n  {}\n", "word ".repeat(16).trim_end(), "word ".repeat(4).trim_end()),
        );
    }

    #[test]
    fn long_and_multi_line_keys_are_explicit() {
        let (fits, long) = ("k".repeat(1022), "k".repeat(1023));
        assert_ne!(print(&json!({ fits: 1 })), "");
        let tree = |value: &serde_json::Value| print_tree(&Tree::from(value), Encoder::Kubernetes);
        let refusal = tree(&json!({ long.clone(): 1 })).expect_err("the key is too long");
        assert_eq!(crate::yaml::parse(&json!({ long: 1 }).to_string()).go_error(), Some(refusal.as_str()));
        let key = "k".repeat(129);
        check(json!({ key.clone(): 1 }), &format!("? {key}\n: 1\n"));
        check(json!({"a\nb": {"c": [1]}}), "? |-\n  a\n  b\n: c:\n  - 1\n");
    }
}
