//! The `scale` subresource: replicas of whatever has them, read and patched as an object of its own.

use serde_json::{Value, json};

use super::patched::merged;
use super::{MODIFIED, PatchKind, Target};
use crate::api::body::Refused;
use crate::api::field::{FieldError, Path};
use crate::api::gates::Gates;
use crate::api::read::{has, number, text};
use crate::api::schema::schema;
use crate::api::status::{Status, resource};
use crate::api::{label_selector, prepare, validate};

/// The `scale` subresource of an object with replicas and a selector.
pub fn scale_of(object: &Value) -> Value {
    let meta = &object["metadata"];
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
        "spec": {},
        "status": {"replicas": number(&object["status"], "replicas")},
    });
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        if has(meta, field) {
            scale["metadata"][field] = meta[field].clone();
        }
    }
    if number(&object["spec"], "replicas") != 0 {
        scale["spec"]["replicas"] = object["spec"]["replicas"].clone();
    }
    let selector = label_selector::to_line(&object["spec"]["selector"]);
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    scale
}

/// A patched scale: the changed object, of which [`scale_of`] is the answer.
///
/// # Errors
/// The server's refusal.
pub fn patch_scale(patch: &Value, kind: PatchKind, old: &Value, gates: &Gates) -> Result<Value, Refused> {
    let (version, name) = (text(old, "apiVersion"), text(&old["metadata"], "name"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let target = Target {
        group_version: "autoscaling/v1",
        kind: "Scale",
        namespace: text(&old["metadata"], "namespace"),
    };
    let Some(root) = schema().named(target.kind) else {
        return Err(Status::not_found(target.kind, group, name).into());
    };
    let scale = merged(patch, kind, &scale_of(old), target, root)?;
    let mut errors = validate::create(&scale, gates);
    let replicas = number(&scale["spec"], "replicas");
    if replicas < 0 {
        let path = Path::new("spec").child("replicas");
        errors.push(FieldError::invalid(&path, replicas, "must be greater than or equal to 0"));
    }
    if !errors.is_empty() {
        return Err(Status::invalid(target.kind, target.group(), name, errors).into());
    }
    let (asked, uid) = (text(&scale["metadata"], "uid"), text(&old["metadata"], "uid"));
    if !asked.is_empty() && asked != uid {
        let why = format!("Precondition failed: UID in precondition: {asked}, UID in object meta: {uid}");
        return Err(Status::conflict_of(
            &format!("{}/scale", resource(text(old, "kind"))),
            group,
            name,
            &why,
        )
        .into());
    }
    let version = text(&scale["metadata"], "resourceVersion");
    if !version.is_empty() && version != text(&old["metadata"], "resourceVersion") {
        return Err(Status::conflict(text(old, "kind"), group, name, MODIFIED).into());
    }
    let mut object = old.clone();
    object["spec"]["replicas"] = replicas.into();
    prepare::update(&mut object, old, gates);
    Ok(object)
}
