//! `values.schema.json`: checks values and says what is wrong in the words of the validator that Helm uses.
//!
//! In: values and the schemas of a chart and its subcharts. Out: nothing, or Helm's report. Drafts 4 to 2020-12;
//! a schema at another address cannot be loaded, because nothing here has a network.

mod document;
mod format;
mod report;
mod validate;

use super::Chart;
use super::log::{Level, Log, Record};
use crate::template::Value;
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
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    log.add(Record::new(Level::Debug, "unmarshalled JSON schema").with("schema", text.as_ref()));
    let document = Document::new(&json);
    let instance = Value::Map(values.clone()).to_json(MAX_DEPTH);
    match validate::validate(&document, &instance)? {
        None => Ok(()),
        Some(finding) => Err(Finding::report(finding) + "\n"),
    }
}
