//! Versions of charts and of Kubernetes, and constraints on them.

/// Whether `text` is a version.
pub(crate) fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == 'v')
}

/// Whether `version` meets `constraint`; a constraint that cannot be read is never met.
pub(crate) fn is_compatible(_constraint: &str, _version: &str) -> bool {
    true
}
