//! Rules for what only Windows or only Linux has.
//!
//! Mirrors `validateWindowsSecurityContextOptions`, `validateWindowsHostProcessPod`, `validateWindows` and
//! `validateLinux`.

use serde_json::Value;

use super::check;
use super::container::every;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{flag, has, text};

/// A Windows account, in a pod's or container's security context.
pub(super) fn options(options: &Value, path: &Path, errors: &mut Errors) {
    if let Some(name) = options["gmsaCredentialSpecName"].as_str() {
        check::name(name, names::dns_subdomain, &path.child("gmsaCredentialSpecName"), errors);
    }
    if let Some(spec) = options["gmsaCredentialSpec"].as_str() {
        let detail = match spec.len() {
            0 => "gmsaCredentialSpec cannot be an empty string",
            length if length > 64 * 1024 => "gmsaCredentialSpec size must be under 64 KiB",
            _ => "",
        };
        if !detail.is_empty() {
            errors.push(FieldError::invalid(&path.child("gmsaCredentialSpec"), spec, detail));
        }
    }
    if let Some(user) = options["runAsUserName"].as_str() {
        for detail in user_name(user) {
            errors.push(FieldError::invalid(&path.child("runAsUserName"), user, detail));
        }
    }
}

/// A user, or a domain and a user behind a backslash.
fn user_name(name: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    if name.is_empty() {
        found.push("runAsUserName cannot be an empty string");
    } else if name.chars().any(|character| character.is_ascii_control()) {
        found.push("runAsUserName cannot contain control characters");
    } else if name.matches('\\').count() > 1 {
        found.push("runAsUserName cannot contain more than one backslash");
    } else {
        let (domain, user) =
            name.split_once('\\').map_or((None, name), |(domain, user)| (Some(domain), user));
        if let Some(domain) = domain {
            if domain.len() >= 256 {
                found.push("runAsUserName's Domain length must be under 256 characters");
            }
            if !is_net_bios(domain) && !is_domain(domain) {
                found.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
            }
        }
        if user.is_empty() {
            found.push("runAsUserName's User cannot be empty");
        } else if user.len() > 104 {
            found.push("runAsUserName's User length must not be longer than 104 characters");
        }
        if !user.is_empty() && user.chars().all(|character| matches!(character, '.' | ' ')) {
            found.push("runAsUserName's User cannot contain only periods or spaces");
        }
        if user.chars().any(|character| "\"/\\:;|=,+*?<>@[]".contains(character)) {
            found.push("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
        }
    }
    found
}

fn is_net_bios(domain: &str) -> bool {
    let characters = domain.chars().count();
    (1..=15).contains(&characters)
        && !domain.starts_with('.')
        && !domain.chars().any(|character| "\\/:*?\"<>|".contains(character))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// Containers that run as processes of the node: all or none, and only with the node's network.
pub(super) fn host_process(spec: &Value, path: &Path, errors: &mut Errors) {
    let asked = |context: &Value| context["windowsOptions"]["hostProcess"].as_bool();
    let of_pod = asked(&spec["securityContext"]);
    let (mut any, mut all) = (false, true);
    for (container, at) in every(spec, path) {
        let own = asked(&container["securityContext"]);
        if let (Some(own), Some(of_pod)) = (own, of_pod)
            && own != of_pod
        {
            let detail =
                format!("pod hostProcess value must be identical if both are specified, was {of_pod}");
            let at = at.child("securityContext").child("windowsOptions").child("hostProcess");
            errors.push(FieldError::invalid(&at, own, detail));
        }
        let runs = own.or(of_pod) == Some(true);
        any |= runs;
        all &= runs;
    }
    if !any {
        return;
    }
    if !all {
        let detail =
            "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.push(FieldError::invalid(path, "", detail));
    }
    if !flag(spec, "hostNetwork") {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.push(FieldError::invalid(&path.child("hostNetwork"), false, detail));
    }
}

/// Fields of a Windows pod's and its containers' contexts that only Linux has; `/` marks those of the spec itself.
const LINUX_POD: [&str; 15] = [
    "appArmorProfile",
    "seLinuxOptions",
    "/hostUsers",
    "/hostPID",
    "/hostIPC",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "/shareProcessNamespace",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const LINUX_CONTAINER: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Which operating system the pod is for, and that nothing of the other one is asked for.
pub(super) fn operating_system(spec: &Value, path: &Path, errors: &mut Errors) {
    if !has(spec, "os") {
        return;
    }
    let name = text(&spec["os"], "name");
    match name {
        "" => errors.push(FieldError::required(&path.child("os").child("name"), "cannot be empty")),
        "linux" => linux(spec, path, errors),
        "windows" => windows(spec, path, errors),
        other => errors.push(FieldError::not_supported(&path.child("os"), other, &["linux", "windows"])),
    }
}

fn linux(spec: &Value, path: &Path, errors: &mut Errors) {
    let whole = std::iter::once((spec, path.clone()));
    for (_, at) in
        whole.chain(every(spec, path)).filter(|(holder, _)| has(&holder["securityContext"], "windowsOptions"))
    {
        let at = at.child("securityContext").child("windowsOptions");
        errors.push(FieldError::forbidden(&at, "windows options cannot be set for a linux pod"));
    }
}

fn windows(spec: &Value, path: &Path, errors: &mut Errors) {
    const DETAIL: &str = "cannot be set for a windows pod";
    let context = path.child("securityContext");
    for field in LINUX_POD {
        let (holder, at, field) = match field.strip_prefix('/') {
            Some(field) => (spec, path, field),
            None => (&spec["securityContext"], &context, field),
        };
        // The node's namespaces are plain flags: false is the same as absent.
        let is_set = match field {
            "hostPID" | "hostIPC" => flag(holder, field),
            _ => has(holder, field),
        };
        if is_set {
            errors.push(FieldError::forbidden(&at.child(field), DETAIL));
        }
    }
    for (container, at) in every(spec, path) {
        for field in LINUX_CONTAINER.iter().filter(|field| has(&container["securityContext"], field)) {
            errors.push(FieldError::forbidden(&at.child("securityContext").child(field), DETAIL));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(rule: fn(&Value, &Path, &mut Errors), spec: Value, expected: &[&str]) {
        crate::api::validate::check::finds(|errors| rule(&spec, &Path::new("spec"), errors), expected);
    }

    #[test]
    fn systems_keep_apart() {
        let windows = json!({"windowsOptions": {}, "runAsUser": 1, "privileged": false, "seLinuxOptions": {"level": "s0"}});
        let spec = |name: &str| {
            json!({"os": {"name": name}, "hostPID": true, "securityContext": windows,
                "containers": [{"name": "a", "securityContext": windows}]})
        };
        check(
            operating_system,
            spec("linux"),
            &[
                "spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
                "spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
            ],
        );
        check(
            operating_system,
            spec("windows"),
            &[
                "spec.securityContext.seLinuxOptions: Forbidden: cannot be set for a windows pod",
                "spec.hostPID: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.seLinuxOptions: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
            ],
        );
        check(
            operating_system,
            spec("mac"),
            &["spec.os: Unsupported value: \"mac\": supported values: \"linux\", \"windows\""],
        );
    }

    #[test]
    fn host_processes_come_together() {
        let process = |on: bool| json!({"windowsOptions": {"hostProcess": on}});
        let containers = json!([{"securityContext": process(true)}, {}]);
        check(
            host_process,
            json!({"containers": containers}),
            &[
                "spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers must be HostProcess containers",
                "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
            ],
        );
        check(
            host_process,
            json!({"hostNetwork": true, "securityContext": process(true), "containers": [{"securityContext": process(false)}, {}]}),
            &[
                "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true",
                "spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers must be HostProcess containers",
            ],
        );
        check(host_process, json!({"containers": [{}]}), &[]);
    }

    #[test]
    fn user_names_are_checked() {
        assert!(user_name("NT AUTHORITY\\LOCAL SERVICE").is_empty());
        assert_eq!(user_name("a\\b\\c"), ["runAsUserName cannot contain more than one backslash"]);
        assert_eq!(user_name("."), ["runAsUserName's User cannot contain only periods or spaces"]);
        assert_eq!(user_name("a\\"), ["runAsUserName's User cannot be empty"]);
    }
}
