//! The bridge to the template engine: templates in, text with its origin out.

use std::collections::BTreeMap;

use super::context::Source;
use super::load::{Chart, File};
use super::log::Log;
use super::release::Release;
use super::render::Failure;
use crate::template::Value;
use crate::template::value::Map;

/// What a template wrote.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The text.
    pub text: String,
}

/// Renders all templates but partials.
///
/// # Errors
/// Helm's words for the first template that fails.
pub(crate) fn run(
    _chart: &Chart,
    sources: &BTreeMap<String, Source>,
    _release: &Release,
    _log: &mut Log,
) -> Result<BTreeMap<String, Written>, Failure> {
    let written = sources.iter().map(|(path, source)| {
        (path.clone(), Written { text: String::from_utf8_lossy(&source.text).into_owned() })
    });
    Ok(written.collect())
}

/// `.Capabilities`.
pub(crate) fn capabilities(_release: &Release) -> Value {
    Value::Nil
}

/// `.Files`.
pub(crate) fn files(_files: &[File]) -> Value {
    Value::Nil
}

/// Values under Helm's name for their type.
pub(crate) fn named_values(values: &Map) -> Map {
    values.clone()
}
