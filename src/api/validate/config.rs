//! Rules for ConfigMaps and Secrets.

use serde_json::Value;

use super::check::{self, same};
use super::metadata;
use crate::api::base64;
use crate::api::field::{Errors, FieldError, Path};
use crate::api::names;
use crate::api::read::{entries, flag, has, text};
use crate::template::functions::json;

/// How many bytes a ConfigMap or Secret may hold.
const MAX_BYTES: usize = 1024 * 1024;
const FROZEN: &str = "field is immutable when `immutable` is set";

pub(super) fn config_map(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let mut bytes = 0;
    for (key, value) in entries(object, "data") {
        let at = Path::new("data").key(key);
        check::name(key, names::config_key, &at, errors);
        if has(&object["binaryData"], key) {
            errors.push(FieldError::invalid(&at, key, "duplicate of key present in binaryData"));
        }
        bytes += value.as_str().map_or(0, str::len);
    }
    for (key, value) in entries(object, "binaryData") {
        check::name(key, names::config_key, &Path::new("binaryData").key(key), errors);
        bytes += decoded_length(value);
    }
    if bytes > MAX_BYTES {
        // The server means the whole object and names no field.
        errors.push(FieldError::too_long(&Path::new(""), MAX_BYTES));
    }
}

fn decoded_length(value: &Value) -> usize {
    value.as_str().and_then(base64::decode).map_or(0, |bytes| bytes.len())
}

fn frozen(new: &Value, old: &Value, fields: &[&str], errors: &mut Errors) {
    if !flag(old, "immutable") {
        return;
    }
    if !flag(new, "immutable") {
        errors.push(FieldError::forbidden(&Path::new("immutable"), FROZEN));
    }
    for field in fields.iter().filter(|field| !same(&new[**field], &old[**field])) {
        errors.push(FieldError::forbidden(&Path::new(field), FROZEN));
    }
}

pub(super) fn config_map_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    frozen(new, old, &["data", "binaryData"], errors);
    config_map(new, errors);
}

pub(super) fn secret(object: &Value, errors: &mut Errors) {
    metadata::validate(object, true, names::dns_subdomain, errors);
    let path = Path::new("data");
    let mut bytes = 0;
    for (key, value) in entries(object, "data") {
        check::name(key, names::config_key, &path.key(key), errors);
        bytes += decoded_length(value);
    }
    if bytes > MAX_BYTES {
        errors.push(FieldError::too_long(&path, MAX_BYTES));
    }
    let data = &object["data"];
    let require = |keys: &[&str], errors: &mut Errors| {
        for key in keys.iter().filter(|key| !has(data, key)) {
            errors.push(FieldError::required(&path.key(key), ""));
        }
    };
    match text(object, "type") {
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            if text(&object["metadata"]["annotations"], name).is_empty() {
                errors.push(FieldError::required(&Path::new("metadata").child("annotations").key(name), ""));
            }
        }
        "kubernetes.io/dockercfg" => {
            require(&[".dockercfg"], errors);
            json_value(data, ".dockercfg", &path, errors);
        }
        "kubernetes.io/dockerconfigjson" => {
            require(&[".dockerconfigjson"], errors);
            json_value(data, ".dockerconfigjson", &path, errors);
        }
        "kubernetes.io/basic-auth" if !has(data, "username") && !has(data, "password") => {
            require(&["username", "password"], errors);
        }
        "kubernetes.io/ssh-auth" if decoded_length(&data["ssh-privatekey"]) == 0 => {
            errors.push(FieldError::required(&path.key("ssh-privatekey"), ""));
        }
        "kubernetes.io/tls" => require(&["tls.crt", "tls.key"], errors),
        _ => {}
    }
}

/// The credentials of a registry are JSON; the server shows no more of them than that they are not.
fn json_value(data: &Value, key: &str, path: &Path, errors: &mut Errors) {
    let Some(bytes) = data[key].as_str().and_then(base64::decode) else { return };
    let detail = match json::parse(&String::from_utf8_lossy(&bytes)) {
        Err(why) => why,
        Ok(value) => match json::kind_name(&value) {
            "object" | "null" => return,
            kind => format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"),
        },
    };
    errors.push(FieldError::invalid(&path.key(key), "<secret contents redacted>", detail));
}

pub(super) fn secret_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    check::immutable(&new["type"], &old["type"], &Path::new("type"), errors);
    frozen(new, old, &["data"], errors);
    secret(new, errors);
}
