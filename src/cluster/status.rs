//! The API server's answers to requests that it refuses.

use std::fmt;

use super::object::Kind;
use crate::api::body::Refused;
use crate::api::field::FieldError;

/// One of the causes in `details` of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Machine-readable, as in `DisruptionBudget`.
    pub reason: String,
    /// In words.
    pub message: String,
    /// The field it is about, may be empty.
    pub field: String,
}

/// A refusal: `metav1.Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// HTTP status code.
    pub code: u16,
    /// Machine-readable, as in `NotFound`; may be empty.
    pub reason: &'static str,
    /// In words.
    pub message: String,
    /// Details.
    pub causes: Vec<Cause>,
}

impl Status {
    fn new(code: u16, reason: &'static str, message: String) -> Status {
        Status { code, reason, message, causes: Vec::new() }
    }

    /// There is no such object.
    pub fn not_found(kind: Kind, name: &str) -> Status {
        Status::new(404, "NotFound", format!("{} \"{name}\" not found", kind.qualified_resource()))
    }

    /// There is such an object already.
    pub fn already_exists(kind: Kind, name: &str) -> Status {
        Status::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.qualified_resource()))
    }

    /// Someone else was faster.
    pub fn conflict(kind: Kind, name: &str) -> Status {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your \
             changes to the latest version and try again",
            kind.qualified_resource()
        );
        Status::new(409, "Conflict", message)
    }

    /// The object breaks a rule; each cause is one.
    pub fn invalid(kind: Kind, name: &str, causes: Vec<Cause>) -> Status {
        let group = if kind.group().is_empty() { String::new() } else { format!(".{}", kind.group()) };
        let texts: Vec<_> =
            causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let list = match texts.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", texts.join(", ")),
        };
        let message = format!("{}{group} \"{name}\" is invalid: {list}", kind.name());
        Status { code: 422, reason: "Invalid", message, causes }
    }

    /// An admission plugin refuses it.
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Status {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.qualified_resource());
        Status::new(403, "Forbidden", message)
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message.into())
    }

    /// Try later.
    pub fn too_many_requests(message: impl Into<String>, causes: Vec<Cause>) -> Status {
        Status { code: 429, reason: "TooManyRequests", message: message.into(), causes }
    }

    /// The server does not know what to do; such answers carry no reason.
    pub fn internal(message: impl Into<String>) -> Status {
        Status::new(500, "", message.into())
    }

    /// Whether there is no such object.
    pub fn is_not_found(&self) -> bool {
        self.code == 404
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Status {
        let status = refused.status;
        let cause = |error: &FieldError| {
            let text = error.to_string();
            let message = text.strip_prefix(&format!("{}: ", error.field)).unwrap_or(&text).to_owned();
            Cause { reason: error.reason.cause().to_owned(), message, field: error.field.clone() }
        };
        let causes = status.causes.iter().map(cause).collect();
        Status { code: status.code, reason: status.reason, message: status.message, causes }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Status {}
