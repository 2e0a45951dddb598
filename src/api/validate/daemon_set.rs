//! Rules for DaemonSets.
//!
//! Mirrors `ValidateDaemonSetSpec` and `ValidateDaemonSetUpdateStrategy`.

use serde_json::Value;

use super::check::{int_or_percent, not_above_hundred_percent, not_negative, positive_int_or_percent};
use super::pod_spec::{self, Options};
use super::{metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::internal::print_compact;
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, text};

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    spec(&object["spec"], &spec_path(), errors);
}

/// Rules for the spec of a set.
pub(super) fn spec(spec: &Value, path: &Path, errors: &mut Errors) {
    label_selector::validate(&spec["selector"], &path.child("selector"), errors);
    let labels = &spec["template"]["metadata"]["labels"];
    if !label_selector::matches(&spec["selector"], labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            &path.child("template").child("metadata").child("labels"),
            labels,
            detail,
        ));
    }
    if !spec["selector"].is_null() && label_selector::is_empty(&spec["selector"]) {
        let shown = Raw(label_selector::shown(&spec["selector"]));
        errors.push(FieldError::invalid(
            &path.child("selector"),
            shown,
            "empty selector is invalid for daemonset",
        ));
    }
    template(&spec["template"], &path.child("template"), errors);
    not_negative(spec, "minReadySeconds", path, errors);
    strategy(&spec["updateStrategy"], &path.child("updateStrategy"), errors);
    not_negative(spec, "revisionHistoryLimit", path, errors);
}

fn template(template: &Value, path: &Path, errors: &mut Errors) {
    pod_spec::template(template, path, Options::default(), errors);
    let (pod, at) = (&template["spec"], path.child("spec"));
    if text(pod, "restartPolicy") != "Always" {
        let policy = text(pod, "restartPolicy");
        errors.push(FieldError::not_supported(&at.child("restartPolicy"), policy, &["Always"]));
    }
    if has(pod, "activeDeadlineSeconds") {
        let detail = "activeDeadlineSeconds in DaemonSet is not Supported";
        errors.push(FieldError::forbidden(&at.child("activeDeadlineSeconds"), detail));
    }
}

/// Either a node's old pod goes before its new one comes, or after.
fn strategy(strategy: &Value, path: &Path, errors: &mut Errors) {
    let (rolling, at) = (&strategy["rollingUpdate"], path.child("rollingUpdate"));
    match text(strategy, "type") {
        "OnDelete" => {}
        "RollingUpdate" if rolling.is_null() => errors.push(FieldError::required(&at, "")),
        "RollingUpdate" => {
            let limits = ["maxUnavailable", "maxSurge"];
            for field in limits {
                positive_int_or_percent(&rolling[field], &at.child(field), errors);
            }
            for field in limits {
                not_above_hundred_percent(&rolling[field], &at.child(field), errors);
            }
            let [unavailable, surge] = limits.map(|field| int_or_percent(&rolling[field]));
            if unavailable != 0 && surge != 0 {
                let detail = "may not be set when maxUnavailable is non-zero";
                errors.push(FieldError::invalid(&at.child("maxSurge"), &rolling["maxSurge"], detail));
            }
            if unavailable == 0 && surge == 0 {
                let detail = "cannot be 0 when maxSurge is 0";
                errors.push(FieldError::required(&at.child("maxUnavailable"), detail));
            }
        }
        _ => {
            let shown = Raw(print_compact(strategy, "DaemonSetUpdateStrategy"));
            errors.push(FieldError::not_supported(path, shown, &["RollingUpdate", "OnDelete"]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn daemons_update_one_way() {
        let strategy = |unavailable: Value, surge: Value| {
            move |errors: &mut Errors| {
                let rolling = json!({"maxUnavailable": unavailable, "maxSurge": surge});
                let strategy = json!({"type": "RollingUpdate", "rollingUpdate": rolling});
                super::strategy(&strategy, &Path::new("s"), errors);
            }
        };
        finds(strategy(json!(1), json!(0)), &[]);
        finds(
            strategy(json!(0), json!(0)),
            &["s.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
        );
        finds(
            strategy(json!("10%"), json!("120%")),
            &[
                "s.rollingUpdate.maxSurge: Invalid value: \"120%\": must not be greater than 100%",
                "s.rollingUpdate.maxSurge: Invalid value: \"120%\": may not be set when maxUnavailable is non-zero",
            ],
        );
    }
}
