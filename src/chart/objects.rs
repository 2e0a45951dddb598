//! The objects of a template's dot that are no plain values: `.Capabilities`, `.Files`, `.Values`.

use super::load::File;
use super::release::Release;
use crate::template::Value;
use crate::template::value::Map;

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
