//! Patches: JSON merge, JSON, strategic merge, and the three-way patch of `kubectl apply`.
//!
//! In: an object and a patch. Out: the patched object, before defaults and validation, or why it cannot be patched.

pub mod diff;
pub mod json;
pub mod merge;
pub mod order;
pub mod strategic;

use serde_json::Value;

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// The patch is none: the server answers BadRequest.
    Malformed(String),
    /// The patch has too many operations: the server answers RequestEntityTooLarge.
    TooLarge(String),
    /// The patch does not fit the object: the server answers 422 and keeps the reason to itself.
    Unfit(String),
    /// The server gives up over the patch: it answers 500.
    Failed(String),
}

/// Go's words for JSON that is not of the type that is read.
pub(crate) fn mismatch(value: &Value, wanted: &str) -> PatchError {
    PatchError::Malformed(format!(
        "json: cannot unmarshal {} into Go value of type {wanted}",
        json_kind(value)
    ))
}

/// What encoding/json calls the kind of a value.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
