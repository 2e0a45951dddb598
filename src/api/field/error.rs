//! What is wrong with one field.

use serde_json::Value;

use super::Path;

/// Everything found, in the order in which the server finds it.
pub type Errors = Vec<FieldError>;

/// Something wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What kind of mistake.
    pub reason: Reason,
    /// Path of the field.
    pub field: String,
    /// The value as the message prints it; empty where the message leaves it out.
    pub value: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The field must be there.
    Required,
    /// The value breaks a rule.
    Invalid,
    /// The value is none of the allowed ones.
    NotSupported,
    /// The field must not be there or not change.
    Forbidden,
    /// The value stands twice.
    Duplicate,
    /// What the value names does not exist.
    NotFound,
    /// The value has too many bytes.
    TooLong,
    /// The list has too many items.
    TooMany,
    /// The value has the wrong type.
    TypeInvalid,
    /// The server failed.
    Internal,
    /// Somebody else manages the field.
    Managed,
}

impl Reason {
    /// The name in a status cause.
    pub fn cause(self) -> &'static str {
        match self {
            Reason::Required => "FieldValueRequired",
            Reason::Invalid => "FieldValueInvalid",
            Reason::NotSupported => "FieldValueNotSupported",
            Reason::Forbidden => "FieldValueForbidden",
            Reason::Duplicate => "FieldValueDuplicate",
            Reason::NotFound => "FieldValueNotFound",
            Reason::TooLong => "FieldValueTooLong",
            Reason::TooMany => "FieldValueTooMany",
            Reason::TypeInvalid => "FieldValueTypeInvalid",
            Reason::Internal => "InternalError",
            Reason::Managed => "FieldManagerConflict",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Reason::Required => "Required value",
            Reason::Invalid | Reason::TypeInvalid => "Invalid value",
            Reason::NotSupported => "Unsupported value",
            Reason::Forbidden => "Forbidden",
            Reason::Duplicate => "Duplicate value",
            Reason::NotFound => "Not found",
            Reason::TooLong => "Too long",
            Reason::TooMany => "Too many",
            Reason::Internal => "Internal error",
            Reason::Managed => "conflict with",
        }
    }
}

/// A value as Go's `%v` or `%q` prints it in a field error.
pub(crate) trait Shown {
    /// The printed value.
    fn shown(&self) -> String;
}

impl Shown for &str {
    fn shown(&self) -> String {
        quoted(self)
    }
}

impl Shown for &String {
    fn shown(&self) -> String {
        quoted(self)
    }
}

impl Shown for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for &Value {
    fn shown(&self) -> String {
        match self {
            Value::String(text) => quoted(text),
            other => other.to_string(),
        }
    }
}

/// A value that is printed already.
pub(crate) struct Raw(pub(crate) String);

impl Shown for Raw {
    fn shown(&self) -> String {
        self.0.clone()
    }
}

/// A text in quotes, escaped as Go's `%q` does.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            character if (character as u32) < 0x20 || character == '\u{7f}' => {
                out.push_str(&format!("\\x{:02x}", character as u32));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

impl FieldError {
    fn new(reason: Reason, path: &Path, value: String, detail: impl Into<String>) -> FieldError {
        FieldError { reason, field: path.as_str().to_owned(), value, detail: detail.into() }
    }

    pub(crate) fn required(path: &Path, detail: impl Into<String>) -> FieldError {
        FieldError::new(Reason::Required, path, String::new(), detail)
    }

    pub(crate) fn invalid(path: &Path, value: impl Shown, detail: impl Into<String>) -> FieldError {
        FieldError::new(Reason::Invalid, path, value.shown(), detail)
    }

    pub(crate) fn forbidden(path: &Path, detail: impl Into<String>) -> FieldError {
        FieldError::new(Reason::Forbidden, path, String::new(), detail)
    }

    /// Somebody else, named as conflicts name them, manages the field of that path.
    pub(crate) fn managed(path: &str, manager: &str) -> FieldError {
        let (field, detail) = (path.to_owned(), manager.to_owned());
        FieldError { reason: Reason::Managed, field, value: String::new(), detail }
    }

    pub(crate) fn duplicate(path: &Path, value: impl Shown) -> FieldError {
        FieldError::new(Reason::Duplicate, path, value.shown(), "")
    }

    pub(crate) fn not_found(path: &Path, value: impl Shown) -> FieldError {
        FieldError::new(Reason::NotFound, path, value.shown(), "")
    }

    pub(crate) fn not_supported(path: &Path, value: impl Shown, supported: &[&str]) -> FieldError {
        let quoted: Vec<_> = supported.iter().map(|value| quoted(value)).collect();
        FieldError::new(
            Reason::NotSupported,
            path,
            value.shown(),
            format!("supported values: {}", quoted.join(", ")),
        )
    }

    pub(crate) fn too_long(path: &Path, limit: usize) -> FieldError {
        FieldError::new(Reason::TooLong, path, String::new(), format!("may not be more than {limit} bytes"))
    }

    pub(crate) fn too_many(path: &Path, count: usize, limit: usize) -> FieldError {
        let detail = format!("must have at most {limit} items");
        FieldError::new(Reason::TooMany, path, count.to_string(), detail)
    }

    /// The message without the path, as in a status cause.
    pub fn body(&self) -> String {
        let mut text = self.reason.words().to_owned();
        if !self.value.is_empty() {
            text.push_str(": ");
            text.push_str(&self.value);
        }
        if !self.detail.is_empty() {
            text.push_str(if self.reason == Reason::Managed { " " } else { ": " });
            text.push_str(&self.detail);
        }
        text
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.field, self.body())
    }
}
