//! Rules for security contexts.
//!
//! Mirrors `ValidateSecurityContext`, `validatePodSpecSecurityContext` and the rules for seccomp and AppArmor profiles.

use serde_json::Value;

use super::check::one_of_if_set;
use super::container::every;
use super::mount::descending;
use super::windows;
use crate::api::field::{Errors, FieldError, Path, Raw};
use crate::api::names;
use crate::api::read::{flag, list, text};

/// Highest user or group number.
const MAX_ID: i64 = i32::MAX as i64;

fn id(context: &Value, field: &str, path: &Path, errors: &mut Errors) {
    if let Some(value) = context[field].as_i64() {
        let at = path.child(field);
        errors.extend(
            names::range(value, 0, MAX_ID).into_iter().map(|detail| FieldError::invalid(&at, value, detail)),
        );
    }
}

/// Rules for a pod's security context.
pub(super) fn pod(spec: &Value, path: &Path, errors: &mut Errors) {
    let context = &spec["securityContext"];
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(context, field, path, errors);
    }
    for (index, group) in list(context, "supplementalGroups").iter().filter_map(Value::as_i64).enumerate() {
        let at = path.child("supplementalGroups").index(index);
        errors.extend(
            names::range(group, 0, MAX_ID).into_iter().map(|detail| FieldError::invalid(&at, group, detail)),
        );
    }
    if flag(spec, "shareProcessNamespace") && flag(spec, "hostPID") {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.push(FieldError::invalid(&path.child("shareProcessNamespace"), true, detail));
    }
    sysctls(spec, context, &path.child("sysctls"), errors);
    one_of_if_set(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], path, errors);
    seccomp(&context["seccompProfile"], &path.child("seccompProfile"), errors);
    windows::options(&context["windowsOptions"], &path.child("windowsOptions"), errors);
    app_armor(&context["appArmorProfile"], &path.child("appArmorProfile"), errors);
    one_of_if_set(context, "supplementalGroupsPolicy", &["Merge", "Strict"], path, errors);
    one_of_if_set(context, "seLinuxChangePolicy", &["Recursive"], path, errors);
}

fn sysctls(spec: &Value, context: &Value, path: &Path, errors: &mut Errors) {
    const RULE: &str = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    let mut seen: Vec<&str> = Vec::new();
    for (index, sysctl) in list(context, "sysctls").iter().enumerate() {
        let (at, name) = (path.index(index).child("name"), text(sysctl, "name"));
        let edge =
            |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let part = |part: &str| {
            edge(part.bytes().next())
                && edge(part.bytes().last())
                && part.bytes().all(|byte| edge(Some(byte)) || matches!(byte, b'-' | b'_'))
        };
        if name.is_empty() {
            errors.push(FieldError::required(&at, ""));
        } else if name.len() > 253 || !name.split(['.', '/']).all(part) {
            errors.push(FieldError::invalid(&at, name, RULE));
        } else if seen.contains(&name) {
            errors.push(FieldError::duplicate(&at, name));
        }
        let plain = name.replace('/', ".");
        if flag(spec, "hostNetwork") && plain.starts_with("net.") {
            errors.push(FieldError::invalid(&at, name, "may not be specified when 'hostNetwork' is true"));
        }
        let ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| plain.starts_with(prefix));
        if flag(spec, "hostIPC") && (ipc || plain == "kernel.sem") {
            errors.push(FieldError::invalid(&at, name, "may not be specified when 'hostIPC' is true"));
        }
        seen.push(name);
    }
}

/// Rules for a container's security context.
pub(super) fn container(container: &Value, spec: &Value, path: &Path, errors: &mut Errors) {
    let context = &container["securityContext"];
    if context.is_null() {
        return;
    }
    id(context, "runAsUser", path, errors);
    id(context, "runAsGroup", path, errors);
    one_of_if_set(context, "procMount", &["Default", "Unmasked"], path, errors);
    if text(context, "procMount") == "Unmasked" && spec["hostUsers"] != false {
        let detail = "`hostUsers` must be false to use `Unmasked`";
        errors.push(FieldError::invalid(&path.child("procMount"), "Unmasked", detail));
    }
    seccomp(&context["seccompProfile"], &path.child("seccompProfile"), errors);
    if context["allowPrivilegeEscalation"] == false {
        if flag(context, "privileged") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.push(FieldError::invalid(path, Raw(shown(context)), detail));
        }
        for _ in
            list(&context["capabilities"], "add").iter().filter(|capability| **capability == "CAP_SYS_ADMIN")
        {
            let detail =
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.push(FieldError::invalid(path, Raw(shown(context)), detail));
        }
    }
    windows::options(&context["windowsOptions"], &path.child("windowsOptions"), errors);
    app_armor(&context["appArmorProfile"], &path.child("appArmorProfile"), errors);
}

/// A container's security context as the server's internal type prints it.
fn shown(context: &Value) -> String {
    crate::api::internal::print_compact(context, "SecurityContext")
}

fn seccomp(profile: &Value, path: &Path, errors: &mut Errors) {
    if profile.is_null() {
        return;
    }
    let kinds = ["Localhost", "RuntimeDefault", "Unconfined"];
    match text(profile, "type") {
        "" => errors
            .push(FieldError::required(&path.child("type"), "type is required when seccompProfile is set")),
        kind if !kinds.contains(&kind) => {
            errors.push(FieldError::not_supported(&path.child("type"), kind, &kinds))
        }
        _ => {}
    }
    let at = path.child("localhostProfile");
    match (text(profile, "type") == "Localhost", profile["localhostProfile"].as_str()) {
        (true, None) => errors.push(FieldError::required(&at, "must be set when seccomp type is Localhost")),
        (true, Some(file)) => descending(file, &at, errors),
        (false, Some(file)) => {
            let printed =
                format!("{{\"Type\":{},\"LocalhostProfile\":{}}}", profile["type"], Value::from(file));
            errors.push(FieldError::invalid(
                &at,
                Raw(printed),
                "can only be set when seccomp type is Localhost",
            ));
        }
        (false, None) => {}
    }
}

fn app_armor(profile: &Value, path: &Path, errors: &mut Errors) {
    if profile.is_null() {
        return;
    }
    let at = path.child("localhostProfile");
    let file = profile["localhostProfile"].as_str();
    match text(profile, "type") {
        "Localhost" => match file {
            None => errors.push(FieldError::required(&at, "must be set when AppArmor type is Localhost")),
            Some(file) => {
                if file.trim() != file {
                    errors.push(FieldError::invalid(&at, file, "must not be padded with whitespace"));
                } else if file.is_empty() {
                    errors.push(FieldError::required(&at, "must be set when AppArmor type is Localhost"));
                }
                if file.len() > 4095 {
                    errors.push(FieldError::too_long(&at, 4095));
                }
            }
        },
        "RuntimeDefault" | "Unconfined" => {
            if let Some(file) = file {
                errors.push(FieldError::invalid(
                    &at,
                    file,
                    "can only be set when AppArmor type is Localhost",
                ));
            }
        }
        "" => errors
            .push(FieldError::required(&path.child("type"), "type is required when appArmorProfile is set")),
        other => {
            let kinds = ["Localhost", "RuntimeDefault", "Unconfined"];
            errors.push(FieldError::not_supported(&path.child("type"), other, &kinds));
        }
    }
}

/// A pod in its own user namespace may not share the node's other namespaces, nor see its devices.
pub(super) fn host_users(spec: &Value, path: &Path, errors: &mut Errors) {
    const DETAIL: &str = "when `hostUsers` is false";
    if spec["hostUsers"] != false {
        return;
    }
    for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if flag(spec, field) {
            errors.push(FieldError::forbidden(&path.child(shown), DETAIL));
        }
    }
    for (_, at) in every(spec, path).filter(|(container, _)| !list(container, "volumeDevices").is_empty()) {
        errors.push(FieldError::forbidden(&at.child("volumeDevices"), DETAIL));
    }
}
