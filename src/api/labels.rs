//! Labels and annotations: which keys and values the server takes.
//!
//! Mirrors `IsQualifiedName` and `IsValidLabelValue` of apimachinery.

use serde_json::{Map, Value};

use super::field::{Errors, FieldError, Path};
use super::names::{Complaints, is_subdomain_shaped};

const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
/// How many bytes the annotations of one object may have.
const ANNOTATION_BYTES: usize = 256 * 1024;

fn is_name_shaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A name with an optional prefix, as keys of labels are.
pub fn qualified_name(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, rest)) if rest.contains('/') => {
            return vec![format!(
                "a qualified name {NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                complaints.push("prefix part must be non-empty".to_owned());
            } else {
                if prefix.len() > 253 {
                    complaints.push("prefix part must be no more than 253 bytes".to_owned());
                }
                if !is_subdomain_shaped(prefix) {
                    complaints.push(format!("prefix part {PREFIX}"));
                }
            }
            name
        }
    };
    if name.is_empty() {
        complaints.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        complaints.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_name_shaped(name) {
        complaints.push(format!("name part {NAME}"));
    }
    complaints
}

/// The value of a label.
pub fn label_value(text: &str) -> Complaints {
    let mut complaints = Vec::new();
    if text.len() > 63 {
        complaints.push("must be no more than 63 bytes".to_owned());
    }
    if !text.is_empty() && !is_name_shaped(text) {
        complaints.push(VALUE.to_owned());
    }
    complaints
}

fn entries(map: &Value) -> impl Iterator<Item = (&String, &str)> {
    let map: Option<&Map<String, Value>> = map.as_object();
    map.into_iter().flatten().map(|(key, value)| (key, value.as_str().unwrap_or("")))
}

/// The key of a label at `path`.
pub(crate) fn validate_name(name: &str, path: &Path, errors: &mut Errors) {
    errors.extend(qualified_name(name).into_iter().map(|detail| FieldError::invalid(path, name, detail)));
}

/// A map of labels.
pub(crate) fn validate(labels: &Value, path: &Path, errors: &mut Errors) {
    for (key, value) in entries(labels) {
        validate_name(key, path, errors);
        errors.extend(label_value(value).into_iter().map(|detail| FieldError::invalid(path, value, detail)));
    }
}

/// A map of annotations: keys in any case, values of any kind, not too much in all.
pub(crate) fn validate_annotations(annotations: &Value, path: &Path, errors: &mut Errors) {
    let mut bytes = 0;
    for (key, value) in entries(annotations) {
        let complaints = qualified_name(&key.to_lowercase());
        errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(path, key.as_str(), detail)));
        bytes += key.len() + value.len();
    }
    if bytes > ANNOTATION_BYTES {
        errors.push(FieldError::too_long(path, ANNOTATION_BYTES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let complaints = qualified_name(text);
        assert_eq!(complaints.len(), expect.len(), "{text:?}: {complaints:?}");
        for (complaint, expect) in complaints.iter().zip(expect) {
            assert!(complaint.starts_with(expect), "{text:?}: {complaint}");
        }
    }

    #[test]
    fn keys() {
        check("app.kubernetes.io/name", &[]);
        check("a b", &["name part must consist"]);
        check("", &["name part must be non-empty", "name part must consist"]);
        check("/x", &["prefix part must be non-empty"]);
        check("A/x", &["prefix part a lowercase"]);
        check("a/b/c", &["a qualified name"]);
    }

    #[test]
    fn values() {
        assert!(label_value("").is_empty() && label_value("v1.2_3").is_empty());
        assert_eq!(label_value("-x").len(), 1);
    }
}
