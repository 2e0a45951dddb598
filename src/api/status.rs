//! Refusals as the server answers them.

use super::field::{Errors, FieldError};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// Reason, as in `Invalid`; empty where the server gives none.
    pub reason: &'static str,
    /// The whole message.
    pub message: String,
    /// What it is about; `None` where the server says nothing about it.
    pub details: Option<Box<Details>>,
    /// Every field error, for `Invalid`.
    pub causes: Errors,
}

/// Which object a refusal is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Its name.
    pub name: String,
    /// Its API group; empty for core.
    pub group: String,
    /// Its kind, or its resource for refusals that come before the kind is known.
    pub kind: String,
}

/// The resource of a kind, as in `statefulsets`.
pub fn resource(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower.ends_with('s') && !lower.ends_with("endpoints") {
        format!("{lower}es")
    } else if lower.ends_with('y') {
        format!("{}ies", &lower[..lower.len() - 1])
    } else if lower.ends_with("endpoints") {
        lower
    } else {
        format!("{lower}s")
    }
}

/// `kind.group`, or the kind alone for core.
pub fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

impl Status {
    /// A request that makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status { code: 400, reason: "BadRequest", message: message.into(), details: None, causes: Vec::new() }
    }

    /// A request that the server fails over without a reason of its own.
    pub fn failure(message: impl Into<String>) -> Status {
        Status { code: 500, reason: "", message: message.into(), details: None, causes: Vec::new() }
    }

    /// A request that is too large.
    pub fn too_large(why: &str) -> Status {
        let message = format!("Request entity too large: {why}");
        Status { code: 413, reason: "RequestEntityTooLarge", message, details: None, causes: Vec::new() }
    }

    /// An object that breaks rules.
    pub fn invalid(kind: &str, group: &str, name: &str, causes: Errors) -> Status {
        let message = format!(
            "{} {} is invalid: {}",
            qualified(kind, group),
            super::field::quoted(name),
            joined(&causes)
        );
        let details = Details { name: name.to_owned(), group: group.to_owned(), kind: kind.to_owned() };
        Status { code: 422, reason: "Invalid", message, details: Some(Box::new(details)), causes }
    }

    /// A JSON patch that does not fit; the server keeps its reasons to itself.
    pub fn unprocessable() -> Status {
        let message = "the server rejected our request due to an error in our request".to_owned();
        Status {
            code: 422,
            reason: "Invalid",
            message,
            details: Some(Box::new(Details::default())),
            causes: Vec::new(),
        }
    }

    /// An object that changed meanwhile.
    pub fn conflict(kind: &str, group: &str, name: &str, why: &str) -> Status {
        Status::conflict_of(&resource(kind), group, name, why)
    }

    /// A resource, or a part of one, that changed meanwhile.
    pub(crate) fn conflict_of(resource: &str, group: &str, name: &str, why: &str) -> Status {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", qualified(resource, group));
        let details = Details { name: name.to_owned(), group: group.to_owned(), kind: resource.to_owned() };
        Status {
            code: 409,
            reason: "Conflict",
            message,
            details: Some(Box::new(details)),
            causes: Vec::new(),
        }
    }

    /// A name that is taken.
    pub fn already_exists(kind: &str, group: &str, name: &str) -> Status {
        let resource = resource(kind);
        let message = format!("{} \"{name}\" already exists", qualified(&resource, group));
        let details = Details { name: name.to_owned(), group: group.to_owned(), kind: resource };
        Status {
            code: 409,
            reason: "AlreadyExists",
            message,
            details: Some(Box::new(details)),
            causes: Vec::new(),
        }
    }

    /// An object that does not exist.
    pub fn not_found(kind: &str, group: &str, name: &str) -> Status {
        let resource = resource(kind);
        let message = format!("{} \"{name}\" not found", qualified(&resource, group));
        let details = Details { name: name.to_owned(), group: group.to_owned(), kind: resource };
        Status {
            code: 404,
            reason: "NotFound",
            message,
            details: Some(Box::new(details)),
            causes: Vec::new(),
        }
    }

    /// What admission does not let in.
    pub fn forbidden(kind: &str, group: &str, name: &str, why: &str) -> Status {
        let resource = resource(kind);
        let message = format!("{} \"{name}\" is forbidden: {why}", qualified(&resource, group));
        let details = Details { name: name.to_owned(), group: group.to_owned(), kind: resource };
        Status {
            code: 403,
            reason: "Forbidden",
            message,
            details: Some(Box::new(details)),
            causes: Vec::new(),
        }
    }
}

/// Errors in one line: one alone, several in brackets, repeated ones once.
fn joined(causes: &[FieldError]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = cause.to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.len() == 1 { lines.remove(0) } else { format!("[{}]", lines.join(", ")) }
}
