//! `values.schema.json`: checks values and says what is wrong in the words of the validator that Helm uses.
//!
//! In: values and the schemas of a chart and its subcharts. Out: nothing, or Helm's report. Drafts 4 to 2020-12;
//! a schema at another address cannot be loaded, because nothing here has a network.

mod document;
mod format;
mod report;
mod usable;
mod validate;
mod vocabulary;

use super::Chart;
use super::log::{Level, Log, Record};
use crate::template::Value;
use crate::template::functions::parse_json;
use crate::template::value::Map;

use document::Document;
use report::Finding;

/// How deep a value is followed.
const MAX_DEPTH: usize = 1_000;

/// Checks values against the schema of `chart` and those of its subcharts.
///
/// # Errors
/// Helm's report, one part a chart.
pub(crate) fn check(chart: &Chart, values: &Map, log: &mut Log) -> Result<(), String> {
    let mut report = String::new();
    if let Some(schema) = &chart.schema {
        log.add(Record::new(Level::Debug, "chart name").with("chart-name", chart.name()));
        if let Err(error) = check_one(schema, values, log) {
            report.push_str(&format!("{}:\n{error}", chart.name()));
        }
    }
    log.add(
        Record::new(Level::Debug, "number of dependencies in the chart")
            .with("chart", chart.name())
            .with("dependencies", chart.dependencies.len().to_string()),
    );
    for subchart in &chart.dependencies {
        match values.get(subchart.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(own)) => {
                if let Err(error) = check(subchart, &own, log) {
                    report.push_str(&error);
                }
            }
            Some(other) => report.push_str(&format!(
                "{}:\ninvalid type for values: expected object (map), got {}\n",
                subchart.name(),
                other.type_name()
            )),
        }
    }
    if report.is_empty() { Ok(()) } else { Err(report) }
}

/// Checks values against one schema.
///
/// # Errors
/// The validator's report, or why the schema cannot be used.
pub(crate) fn check_one(schema: &[u8], values: &Map, log: &mut Log) -> Result<(), String> {
    let text = String::from_utf8_lossy(schema);
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| unreadable(&text, &error))?;
    log.add(Record::new(Level::Debug, "unmarshalled JSON schema").with("schema", text.as_ref()));
    let document = Document::new(&json);
    usable::check(&document, log)?;
    let instance = Value::Map(values.clone()).to_json(MAX_DEPTH);
    match validate::validate(&document, &instance)? {
        None => Ok(()),
        Some(finding) => Err(Finding::report(finding) + "\n"),
    }
}

/// Why a text is no JSON, in the words of Go's decoder, which reads a stream and so meets the end of a file.
fn unreadable(text: &str, error: &serde_json::Error) -> String {
    match parse_json(text) {
        Ok(_) => error.to_string(),
        // The validator says it in its own words.
        Err(words) if words.ends_with("after top-level value") => {
            "invalid character after top-level value".to_owned()
        }
        Err(words) if words != "unexpected end of JSON input" => words,
        Err(_) if text.trim().is_empty() => "EOF".to_owned(),
        Err(_) => "unexpected EOF".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::values::load_values;

    fn check(schema: &str, values: &str, expected: &str) {
        let own = load_values(values).expect("the values of a test can be read");
        let outcome = check_one(schema.as_bytes(), &own, &mut Log::default());
        assert_eq!(outcome.err().unwrap_or_default().trim_end(), expected, "{schema} {values}");
    }

    #[test]
    fn schemas_are_read_as_in_helm() {
        check("", "a: 1", "EOF");
        check("{", "a: 1", "unexpected EOF");
        check("{} {", "a: 1", "invalid character after top-level value");
        check("{]", "a: 1", "invalid character ']' looking for beginning of object key string");
        check("true", "a: 1", "");
        check("false", "a: 1", "- at '': false schema");
    }

    #[test]
    fn drafts_differ_in_what_stands_beside_a_reference() {
        let schema = |draft: &str| {
            format!(
                r##"{{"$schema": "{draft}", "properties": {{"a": {{"$ref": "#/definitions/b", "type": "string"}}}},
                    "definitions": {{"b": {{}}}}}}"##
            )
        };
        check(&schema("http://json-schema.org/draft-07/schema#"), "a: 1", "");
        check(&schema("http://json-schema.org/schema#"), "a: 1", "- at '/a': got number, want string");
    }

    #[test]
    fn findings_are_told_as_the_validator_tells_them() {
        let dependencies = r#"{"dependencies": {"a": ["b", "c"]}}"#;
        check(dependencies, "a: 1", "- at '': properties 'b', 'c' required, if 'a' exists");
        let names = r#"{"propertyNames": {"pattern": "^[a-z]+$"}}"#;
        let told = "- at '': invalid propertyName 'A1'\n  - at '': 'A1' does not match pattern '^[a-z]+$'";
        check(names, "A1: 1", told);
        let several = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"required": ["x"], "properties": {"z": {"type": "string"}},
            "additionalProperties": false}}}"##;
        let told = "- at '': validation failed\n  - at '': missing property 'x'\n  - at '/z': got number, want string";
        check(several, "z: 1", told);
        check(several, "{x: 1}", "- at '': additional properties 'x' not allowed");
        check(r#"{"type": ["string", "null"]}"#, "{}", "- at '': got object, want null or string");
        let either = r#"{"properties": {"a": {"anyOf": [{"type": "string"}, {"minimum": 5}]}}}"#;
        let told = "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': minimum: got 1, want 5";
        check(either, "a: 1", told);
        check(
            r#"{"properties": {"a": {"enum": ["x", 1, null, true]}}}"#,
            "a: q",
            "- at '/a': value must be one of 'x', 1, <nil>, true",
        );
    }
}
