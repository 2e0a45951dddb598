//! Rules for probes and for hooks of a container's life.
//!
//! Mirrors `validateProbe` and `validateHandler`.

use serde_json::Value;

use super::check::{self, not_negative, one_of};
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{list, number, text};

/// Which probe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Liveness,
    Readiness,
    Startup,
}

impl Kind {
    /// In the order in which the server looks at them.
    pub(super) const ALL: [Kind; 3] = [Kind::Liveness, Kind::Readiness, Kind::Startup];

    fn field(self) -> &'static str {
        match self {
            Kind::Liveness => "livenessProbe",
            Kind::Readiness => "readinessProbe",
            Kind::Startup => "startupProbe",
        }
    }
}

pub(super) fn validate(container: &Value, kind: Kind, grace: Option<i64>, path: &Path, errors: &mut Errors) {
    let (probe, path) = (&container[kind.field()], path.child(kind.field()));
    if probe.is_null() {
        return;
    }
    handler(probe, grace, &path, errors);
    for field in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        not_negative(probe, field, &path, errors);
    }
    let own_grace = probe["terminationGracePeriodSeconds"].as_i64();
    if let Some(seconds) = own_grace.filter(|seconds| *seconds <= 0) {
        errors.push(FieldError::invalid(
            &path.child("terminationGracePeriodSeconds"),
            seconds,
            "must be greater than 0",
        ));
    }
    if kind == Kind::Readiness {
        if let Some(seconds) = own_grace {
            let detail = "must not be set for readinessProbes";
            errors.push(FieldError::invalid(&path.child("terminationGracePeriodSeconds"), seconds, detail));
        }
    } else if number(probe, "successThreshold") != 1 {
        let value = number(probe, "successThreshold");
        errors.push(FieldError::invalid(&path.child("successThreshold"), value, "must be 1"));
    }
}

/// What a probe or hook does: exactly one thing.
pub(super) fn handler(handler: &Value, grace: Option<i64>, path: &Path, errors: &mut Errors) {
    let mut count = 0;
    for field in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let (action, at) = (&handler[field], path.child(field));
        if action.is_null() {
            continue;
        }
        count += 1;
        if count > 1 {
            errors.push(FieldError::forbidden(&at, "may not specify more than 1 handler type"));
            continue;
        }
        match field {
            "exec" if list(action, "command").is_empty() => {
                errors.push(FieldError::required(&at.child("command"), ""));
            }
            "httpGet" => http_get(action, &at, errors),
            "tcpSocket" | "grpc" => check::port(&action["port"], &at.child("port"), errors),
            "sleep" => sleep(action, grace, &at, errors),
            _ => {}
        }
    }
    if count == 0 {
        errors.push(FieldError::required(path, "must specify a handler type"));
    }
}

fn http_get(action: &Value, path: &Path, errors: &mut Errors) {
    if text(action, "path").is_empty() {
        errors.push(FieldError::required(&path.child("path"), ""));
    }
    check::port(&action["port"], &path.child("port"), errors);
    one_of(action, "scheme", &["HTTP", "HTTPS"], path, errors);
    for header in list(action, "httpHeaders") {
        check::name(text(header, "name"), names::http_header, &path.child("httpHeaders"), errors);
    }
}

fn sleep(action: &Value, grace: Option<i64>, path: &Path, errors: &mut Errors) {
    let (seconds, Some(grace)) = (number(action, "seconds"), grace) else { return };
    if seconds < 0 || seconds > grace {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.push(FieldError::invalid(path, seconds, detail));
    }
}
