//! Claims: the default class, protection from deletion, and who may grow.

use serde_json::{Value, json};

use crate::api::quantity::Quantity;
use crate::api::read::{has, list, text};
use crate::api::status::Status;
use crate::api::surroundings::Surroundings;
use crate::gather::sort_by;

pub(super) fn admit(claim: &mut Value, world: &dyn Surroundings) {
    let spec = &claim["spec"];
    let old_annotation = "volume.beta.kubernetes.io/storage-class";
    if !has(spec, "storageClassName")
        && !has(&claim["metadata"]["annotations"], old_annotation)
        && let Some(class) = default_class(world)
    {
        claim["spec"]["storageClassName"] = class.into();
    }
    add_finalizer(claim, "kubernetes.io/pvc-protection");
}

/// The newest default class; of equally old ones the first by name.
fn default_class(world: &dyn Surroundings) -> Option<String> {
    let mut classes = world.list("StorageClass", "");
    classes.retain(|class| {
        let annotations = &class["metadata"]["annotations"];
        annotations["storageclass.kubernetes.io/is-default-class"] == "true"
            || annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true"
    });
    sort_by(&mut classes, |left, right| {
        let age = |class: &Value| text(&class["metadata"], "creationTimestamp").to_owned();
        let name = |class: &Value| text(&class["metadata"], "name").to_owned();
        age(right).cmp(&age(left)).then(name(left).cmp(&name(right)))
    });
    classes.first().map(|class| text(&class["metadata"], "name").to_owned())
}

pub(super) fn add_finalizer(object: &mut Value, finalizer: &str) {
    if list(&object["metadata"], "finalizers").iter().any(|present| present == finalizer) {
        return;
    }
    match object["metadata"]["finalizers"].as_array_mut() {
        Some(finalizers) => finalizers.push(finalizer.into()),
        None => object["metadata"]["finalizers"] = json!([finalizer]),
    }
}

/// A claim grows only if its class says so.
pub(super) fn validate_resize(new: &Value, old: &Value, world: &dyn Surroundings) -> Result<(), Status> {
    let size = |claim: &Value| {
        let request = claim["spec"]["resources"]["requests"]["storage"].as_str();
        request.and_then(|text| Quantity::parse(text).ok()).unwrap_or(Quantity::ZERO)
    };
    if size(new) <= size(old) {
        return Ok(());
    }
    let name = text(&new["metadata"], "name");
    let forbidden = |why: &str| Err(Status::forbidden("PersistentVolumeClaim", "", name, why));
    if text(&old["status"], "phase") != "Bound" {
        return forbidden("Only bound persistent volume claims can be expanded");
    }
    let class = text(&new["spec"], "storageClassName");
    let expands =
        world.get("StorageClass", "", class).is_some_and(|class| class["allowVolumeExpansion"] == true);
    if class.is_empty() || !expands {
        return forbidden(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        );
    }
    Ok(())
}
