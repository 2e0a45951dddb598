//! Rules for the annotations that named seccomp and AppArmor profiles before there were fields for them.
//!
//! Mirrors `ValidateSeccompPodAnnotations`, `ValidateAppArmorPodAnnotations` and the rules that both must agree.

use serde_json::Value;

use super::container::every;
use super::mount::descending;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::read::{entries, text};

/// Marks a pod that stands for one that a node started by itself.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
/// The seccomp profile of a whole pod.
pub(crate) const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The seccomp profile of the container whose name follows.
pub(crate) const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// The AppArmor profile of the container whose name follows.
pub(crate) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Profiles in seccomp annotations.
pub(super) fn seccomp(meta: &Value, path: &Path, errors: &mut Errors) {
    let of_pod = entries(meta, "annotations").filter(|(key, _)| *key == SECCOMP_POD);
    let of_containers = entries(meta, "annotations").filter(|(key, _)| key.starts_with(SECCOMP_CONTAINER));
    for (key, value) in of_pod.chain(of_containers) {
        let profile = value.as_str().unwrap_or("");
        match (profile, profile.strip_prefix("localhost/")) {
            ("runtime/default" | "docker/default" | "unconfined", _) => {}
            (_, Some(file)) => descending(file, &path.child(key), errors),
            (_, None) => {
                errors.push(FieldError::invalid(&path.child(key), profile, "must be a valid seccomp profile"))
            }
        }
    }
}

/// Profiles in AppArmor annotations.
pub(super) fn app_armor(meta: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    for (key, value) in entries(meta, "annotations") {
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        if !every(spec, &Path::default()).any(|(container, _)| text(container, "name") == name) {
            errors.push(FieldError::invalid(&path.key(key), name, "container not found"));
        }
        let profile = value.as_str().unwrap_or("");
        let fine =
            matches!(profile, "" | "runtime/default" | "unconfined") || profile.starts_with("localhost/");
        if !fine {
            let detail = format!("invalid AppArmor profile name: {profile:?}");
            errors.push(FieldError::invalid(&path.key(key), profile, detail));
        }
    }
}

/// Annotations of a pod that never change.
pub(super) fn fixed(new: &Value, old: &Value, errors: &mut Errors) {
    let path = Path::new("metadata").child("annotations");
    let (now, before) = (&new["metadata"], &old["metadata"]);
    let what = |key: &str| match key {
        MIRROR => Some("mirror pod annotation"),
        _ if key.starts_with(APP_ARMOR) => Some("AppArmor annotations"),
        _ => None,
    };
    for (key, value) in entries(before, "annotations") {
        if let Some(what) = what(key).filter(|_| now["annotations"][key] != *value) {
            errors.push(FieldError::forbidden(&path.key(key), format!("may not remove or update {what}")));
        }
    }
    for (key, _) in entries(now, "annotations").filter(|(key, _)| before["annotations"][*key].is_null()) {
        if let Some(what) = what(key) {
            errors.push(FieldError::forbidden(&path.key(key), format!("may not add {what}")));
        }
    }
    super::pod_spec::annotations(now, &new["spec"], &path, errors);
}

/// An annotation and a field for the same profile say the same.
pub(super) fn agree(meta: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let annotation = |key: &str| meta["annotations"][key].as_str();
    if meta["annotations"].is_null() {
        return;
    }
    let (at, field) = (path.child("securityContext").child("seccompProfile"), "seccompProfile");
    pair(annotation(SECCOMP_POD), &spec["securityContext"][field], "seccomp", &at, errors);
    let prefixes = [(SECCOMP_CONTAINER, field, "seccomp"), (APP_ARMOR, "appArmorProfile", "apparmor")];
    for (prefix, field, what) in prefixes {
        if what == "apparmor" && text(&spec["os"], "name") == "windows" {
            continue;
        }
        for (container, at) in every(spec, path) {
            let key = format!("{prefix}{}", text(container, "name"));
            let at = at.child("securityContext").child(field);
            let own = &container["securityContext"][field];
            let inherited = what == "apparmor" && own.is_null();
            let profile = if inherited { &spec["securityContext"][field] } else { own };
            pair(annotation(&key), profile, what, &at, errors);
        }
    }
}

fn pair(annotation: Option<&str>, profile: &Value, what: &str, path: &Path, errors: &mut Errors) {
    let Some(annotation) = annotation.filter(|_| !profile.is_null()) else { return };
    let is_kind = match text(profile, "type") {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => {
            annotation == "runtime/default" || (what == "seccomp" && annotation == "docker/default")
        }
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    let file = annotation.strip_prefix("localhost/");
    if !is_kind {
        let detail = format!("{what} type in annotation and field must match");
        errors.push(FieldError::forbidden(&path.child("type"), detail));
    } else if text(profile, "type") == "Localhost" && profile["localhostProfile"].as_str() != file {
        let detail = format!("{what} profile in annotation and field must match");
        errors.push(FieldError::forbidden(&path.child("localhostProfile"), detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(annotation: (&str, &str), profile: Value, expected: &[&str]) {
        let meta = json!({"annotations": {annotation.0: annotation.1}});
        let context = json!({"seccompProfile": profile, "appArmorProfile": profile});
        let spec =
            json!({"securityContext": context, "containers": [{"name": "a", "securityContext": context}]});
        crate::api::validate::check::finds(
            |errors| agree(&meta, &spec, &Path::new("spec"), errors),
            expected,
        );
    }

    #[test]
    fn annotations_and_fields_agree() {
        let (default, local) =
            (json!({"type": "RuntimeDefault"}), json!({"type": "Localhost", "localhostProfile": "x"}));
        check((SECCOMP_POD, "docker/default"), default.clone(), &[]);
        check(
            (SECCOMP_POD, "unconfined"),
            default.clone(),
            &[
                "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
            ],
        );
        let key = format!("{APP_ARMOR}a");
        check((&key, "localhost/x"), local.clone(), &[]);
        check(
            (&key, "localhost/y"),
            local,
            &[
                "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match",
            ],
        );
        check(
            (&key, "docker/default"),
            default,
            &[
                "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
            ],
        );
    }
}
