//! Who manages which fields of an object, and server-side apply.
//!
//! In: a live object with its managed fields, and what a manager applies or changed. Out: the merged object and the new
//! managed fields, or the conflicts with other managers. Managed fields are JSON as `metadata.managedFields` holds
//! them. Mirrors `structured-merge-diff` and the `managedfields` package of apimachinery, without times.

mod fields;
mod typed;

use serde_json::{Map, Value, json};

use super::field::FieldError;
use super::schema::Struct;
use super::status::Status;
use crate::gather::sort_by_key;
use fields::Fields;

/// Who changes an object, and by which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager<'a> {
    /// The name, as in `kubectl-patch`.
    pub name: &'a str,
    /// The subresource that was written, as in `scale`; empty for the object itself.
    pub subresource: &'a str,
}

/// What the server keeps of an entry of managed fields.
fn entry(manager: Manager<'_>, operation: &str, version: &str, fields: Fields) -> Value {
    let mut entry = json!({
        "manager": manager.name,
        "operation": operation,
        "apiVersion": version,
        "fieldsType": "FieldsV1",
        "fieldsV1": Value::Object(fields),
    });
    if !manager.subresource.is_empty() {
        entry["subresource"] = manager.subresource.into();
    }
    entry
}

fn is_of(entry: &Value, manager: Manager<'_>, operation: &str) -> bool {
    entry["manager"] == manager.name
        && entry["operation"] == operation
        && entry["subresource"].as_str().unwrap_or("") == manager.subresource
}

fn fields_of(entry: &Value) -> Fields {
    entry["fieldsV1"].as_object().cloned().unwrap_or_default()
}

fn entries(managed: &Value) -> Vec<Value> {
    managed.as_array().cloned().unwrap_or_default()
}

/// The managed fields after a manager changed an object in place of `old` by anything but apply: what it changed is
/// its own now.
pub fn updated(managed: &Value, old: &Value, new: &Value, manager: Manager<'_>, root: &Struct) -> Value {
    let changed = fields::changed(old, new, root);
    let removed = fields::without(&fields::of(old, root), &fields::of(new, root));
    if changed.is_empty() && removed.is_empty() {
        return managed.clone();
    }
    let lost = fields::union(changed.clone(), removed.clone());
    let mut kept = Vec::new();
    let mut own = changed;
    for mut entry in entries(managed) {
        let fields = fields_of(&entry);
        if is_of(&entry, manager, "Update") {
            own = fields::union(fields::without(&fields, &removed), own);
            continue;
        }
        entry["fieldsV1"] = Value::Object(fields::without(&fields, &lost));
        kept.push(entry);
    }
    let version = new["apiVersion"].as_str().unwrap_or("");
    kept.push(entry(manager, "Update", version, own));
    sorted(kept)
}

/// Entries in the order in which the server keeps them, without those that manage nothing.
fn sorted(mut entries: Vec<Value>) -> Value {
    entries.retain(|entry| !fields_of(entry).is_empty());
    sort_by_key(&mut entries, |entry| {
        ["operation", "manager", "subresource"].map(|field| entry[field].as_str().unwrap_or("").to_owned())
    });
    entries.into()
}

/// Whether a configuration can be applied at all, of the object that it names.
///
/// # Errors
/// It has managed fields of its own, or another shape than the schema asks for.
pub(crate) fn is_applicable(configuration: &Value, subject: &str, root: &Struct) -> Result<(), Status> {
    if configuration["metadata"].get("managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    match typed::problem(configuration, root) {
        Some(problem) => {
            Err(Status::failure(format!("failed to create typed patch object ({subject}): {problem}")))
        }
        None => Ok(()),
    }
}

/// The object with a manager's configuration merged in, and the managed fields after that. What the manager applied
/// before and applies no more goes, unless somebody else manages it too.
///
/// # Errors
/// Fields that the configuration would change are managed by others, and the manager does not force them.
pub fn applied(
    managed: &Value,
    live: &Value,
    configuration: &Value,
    manager: Manager<'_>,
    force: bool,
    root: &Struct,
) -> Result<(Value, Value), Status> {
    let own = fields::of(configuration, root);
    let mut merged = fields::merged(live, configuration, root);
    let changed = fields::changed(live, &merged, root);
    let mut conflicts: Vec<(String, String)> = Vec::new();
    let (mut before, mut shared) = (Fields::new(), Fields::new());
    let mut kept = Vec::new();
    for mut entry in entries(managed) {
        let fields = fields_of(&entry);
        if is_of(&entry, manager, "Apply") {
            before = fields;
            continue;
        }
        let contested = fields::common(&fields, &changed);
        let shown = shown(&entry);
        conflicts.extend(fields::paths(&contested).into_iter().map(|path| (shown.clone(), path)));
        let rest = fields::without(&fields, &contested);
        shared = fields::union(shared, rest.clone());
        entry["fieldsV1"] = Value::Object(rest);
        kept.push(entry);
    }
    if !force && !conflicts.is_empty() {
        return Err(conflict(&conflicts));
    }
    let gone = fields::without(&fields::without(&before, &own), &shared);
    fields::remove(&mut merged, &gone, root);
    kept.push(entry(manager, "Apply", configuration["apiVersion"].as_str().unwrap_or(""), own));
    Ok((merged, sorted(kept)))
}

/// A manager as conflicts name it.
fn shown(entry: &Value) -> String {
    let text = |field: &str| entry[field].as_str().unwrap_or("");
    let mut shown = format!("{:?}", text("manager"));
    if !text("subresource").is_empty() {
        shown.push_str(&format!(" with subresource {:?}", text("subresource")));
    }
    if text("operation") == "Update" {
        shown.push_str(&format!(" using {}", text("apiVersion")));
    }
    shown
}

fn conflict(conflicts: &[(String, String)]) -> Status {
    let message = match conflicts {
        [(manager, path)] => format!("Apply failed with 1 conflict: conflict with {manager}: {path}"),
        _ => {
            let mut by_manager: Map<String, Value> = Map::new();
            for (manager, path) in conflicts {
                let paths = by_manager.entry(manager.clone()).or_insert_with(|| json!(""));
                *paths = format!("{}\n- {path}", paths.as_str().unwrap_or("")).into();
            }
            let shown: Vec<_> = by_manager
                .iter()
                .map(|(manager, paths)| format!("conflicts with {manager}:{}", paths.as_str().unwrap_or("")))
                .collect();
            format!("Apply failed with {} conflicts: {}", conflicts.len(), shown.join("\n"))
        }
    };
    let causes = conflicts.iter().map(|(manager, path)| FieldError::managed(path, manager)).collect();
    Status { code: 409, reason: "Conflict", message, details: Some(Box::default()), causes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema::schema;

    const HELM: Manager<'_> = Manager { name: "helm", subresource: "" };
    const SCALE: Manager<'_> = Manager { name: "kubectl", subresource: "scale" };
    const PATCH: Manager<'_> = Manager { name: "kubectl-patch", subresource: "" };

    fn root() -> &'static Struct {
        schema().kind("apps/v1", "StatefulSet").expect("the kind is in the schema")
    }

    fn set(replicas: Value, image: &str) -> Value {
        let containers = json!([{"name": "app", "image": image, "ports": [{"containerPort": 80}]}]);
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}});
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
            "spec": {"replicas": replicas, "template": template}})
    }

    fn apply(managed: &Value, live: &Value, configuration: &Value) -> Result<(Value, Value), String> {
        applied(managed, live, configuration, HELM, false, root()).map_err(|status| status.message)
    }

    #[test]
    fn what_is_applied_is_managed() {
        let (object, managed) = apply(&Value::Null, &Value::Null, &set(json!(3), "a")).expect("no conflict");
        assert_eq!(object["spec"], set(json!(3), "a")["spec"]);
        assert_eq!(
            managed[0]["fieldsV1"]["f:spec"],
            json!({"f:replicas": {}, "f:template": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": {
                "k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:name": {}, "f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}})
        );
    }

    #[test]
    fn a_later_change_by_another_is_a_conflict() {
        let first = set(json!(3), "a");
        let (live, managed) = apply(&Value::Null, &Value::Null, &first).expect("no conflict");
        let scaled = set(json!(5), "a");
        let managed = updated(&managed, &live, &scaled, SCALE, root());
        assert_eq!(
            apply(&managed, &scaled, &first),
            Err("Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas".to_owned())
        );
        assert!(apply(&managed, &scaled, &set(json!(5), "b")).is_ok());
        let patched = set(json!(6), "z");
        let managed = updated(&Value::Null, &first, &patched, PATCH, root());
        assert_eq!(
            apply(&managed, &patched, &first),
            Err("Apply failed with 2 conflicts: conflicts with \"kubectl-patch\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"app\"].image".to_owned())
        );
        let forced = applied(&managed, &patched, &first, HELM, true, root()).expect("it is forced");
        assert_eq!((&forced.0["spec"], forced.1.as_array().map(Vec::len)), (&first["spec"], Some(1)));
    }

    #[test]
    fn what_is_applied_no_more_goes() {
        let (live, managed) = apply(&Value::Null, &Value::Null, &set(json!(3), "a")).expect("no conflict");
        let mut later = set(json!(3), "a");
        later["spec"].as_object_mut().expect("a map").remove("replicas");
        later["spec"]["template"]["spec"]["containers"] = json!([{"name": "new", "image": "b"}]);
        let mut defaulted = live.clone();
        defaulted["spec"]["revisionHistoryLimit"] = json!(10);
        let (object, _) = apply(&managed, &defaulted, &later).expect("no conflict");
        assert_eq!(object["spec"]["revisionHistoryLimit"], 10);
        assert_eq!(object["spec"]["replicas"], Value::Null);
        assert_eq!(object["spec"]["template"]["spec"]["containers"], json!([{"name": "new", "image": "b"}]));
    }
}
