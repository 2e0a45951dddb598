//! Rules for environment variables.
//!
//! Mirrors `ValidateEnv`, `ValidateEnvFrom` and `validateFileKeyRefVolumes`.

use serde_json::Value;

use super::check;
use super::container::every;
use super::downward::{amount_reference, field_reference};
use super::metadata::NameRule;
use super::mount::no_backsteps;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{has, list, text};

/// Fields of the pod that a variable can take.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

pub(super) fn validate(container: &Value, path: &Path, errors: &mut Errors) {
    for (index, variable) in list(container, "env").iter().enumerate() {
        let at = path.child("env").index(index);
        let name = text(variable, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&at.child("name"), ""));
        } else {
            check::name(name, names::variable, &at.child("name"), errors);
        }
        value_from(variable, &at.child("valueFrom"), errors);
    }
    from(container, &path.child("envFrom"), errors);
}

fn value_from(variable: &Value, path: &Path, errors: &mut Errors) {
    let source = &variable["valueFrom"];
    if source.is_null() {
        return;
    }
    let mut count = 0;
    for field in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let reference = &source[field];
        if reference.is_null() {
            continue;
        }
        count += 1;
        let at = path.child(field);
        match field {
            "fieldRef" => field_reference(reference, &VARIABLE_FIELDS, &at, errors),
            "resourceFieldRef" => amount_reference(reference, false, &at, errors),
            "fileKeyRef" => file_key(reference, &at, errors),
            _ => key(reference, &at, errors),
        }
    }
    if count == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.push(FieldError::invalid(path, "", detail));
    } else if !text(variable, "value").is_empty() {
        errors.push(FieldError::invalid(path, "", "may not be specified when `value` is not empty"));
    } else if count > 1 {
        errors.push(FieldError::invalid(path, "", "may not have more than one field specified at a time"));
    }
}

fn key(reference: &Value, path: &Path, errors: &mut Errors) {
    check::name(text(reference, "name"), names::dns_subdomain, &path.child("name"), errors);
    if text(reference, "key").is_empty() {
        errors.push(FieldError::required(&path.child("key"), ""));
    } else {
        check::name(text(reference, "key"), names::config_key, &path.child("key"), errors);
    }
}

fn file_key(reference: &Value, path: &Path, errors: &mut Errors) {
    let rules: [(&str, NameRule); 3] =
        [("key", names::variable), ("volumeName", names::dns_label), ("path", |_| Vec::new())];
    for (field, rule) in rules {
        match text(reference, field) {
            "" => errors.push(FieldError::required(&path.child(field), "")),
            value => check::name(value, rule, &path.child(field), errors),
        }
    }
    no_backsteps(text(reference, "path"), &path.child("path"), errors);
}

/// Variables from files need a volume that an init container can write to.
pub(super) fn file_volumes(spec: &Value, path: &Path, errors: &mut Errors) {
    for (container, at) in every(spec, path) {
        for (index, variable) in list(container, "env").iter().enumerate() {
            let reference = &variable["valueFrom"]["fileKeyRef"];
            if reference.is_null() {
                continue;
            }
            let name = text(reference, "volumeName");
            let at = at.child("env").index(index).child("valueFrom").child("fileKeyRef").child("volumeName");
            match list(spec, "volumes").iter().find(|volume| text(volume, "name") == name) {
                None => errors.push(FieldError::not_found(&at, name)),
                Some(volume) if !has(volume, "emptyDir") => {
                    let detail = "referenced volume must be of type emptyDir";
                    errors.push(FieldError::invalid(&at, name, detail));
                }
                Some(_) => {}
            }
        }
    }
}

fn from(container: &Value, path: &Path, errors: &mut Errors) {
    for (index, source) in list(container, "envFrom").iter().enumerate() {
        let at = path.index(index);
        if !text(source, "prefix").is_empty() {
            check::name(text(source, "prefix"), names::variable, &at.child("prefix"), errors);
        }
        let mut count = 0;
        for field in ["configMapRef", "secretRef"].iter().filter(|field| has(source, field)) {
            count += 1;
            let name = text(&source[*field], "name");
            if name.is_empty() {
                errors.push(FieldError::required(&at.child(field).child("name"), ""));
            } else {
                check::name(
                    &names::mask_trailing_dash(name),
                    names::dns_subdomain,
                    &at.child(field).child("name"),
                    errors,
                );
            }
        }
        if count == 0 {
            errors.push(FieldError::invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if count > 1 {
            errors.push(FieldError::invalid(
                path,
                "",
                "may not have more than one field specified at a time",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;
    use serde_json::json;

    #[test]
    fn files_stand_in_empty_directories() {
        let check = |reference: Value, expected: &[&str]| {
            let container = json!({"env": [{"name": "A", "valueFrom": {"fileKeyRef": reference}}]});
            let volumes = json!([{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {}}]);
            let spec = json!({"containers": [container], "volumes": volumes});
            let both = |errors: &mut Errors| {
                validate(&container, &Path::new("c"), errors);
                file_volumes(&spec, &Path::new("spec"), errors);
            };
            finds(both, expected);
        };
        check(json!({"key": "A", "path": "a/b", "volumeName": "v"}), &[]);
        check(
            json!({"path": "../b", "volumeName": "c"}),
            &[
                "c.env[0].valueFrom.fileKeyRef.key: Required value",
                "c.env[0].valueFrom.fileKeyRef.path: Invalid value: \"../b\": must not contain '..'",
                "spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: \"c\": referenced volume must be of type emptyDir",
            ],
        );
        check(
            json!({"key": "A", "path": "a", "volumeName": "x"}),
            &["spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: \"x\""],
        );
    }
}
