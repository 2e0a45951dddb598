//! What the server fills in where a manifest says nothing.
//!
//! In: a decoded object. Out: the same object with defaults. One file a family of kinds. Mirrors the `defaults.go`
//! files of the API groups and the conversions that move deprecated fields.

mod autoscaling;
mod batch;
mod container;
mod core;
mod networking;
mod pod;
mod rbac;
mod service;
mod storage;
mod volume;
mod workload;

use serde_json::{Map, Value};

use super::gates::Gates;
use super::schema::schema;
use super::zero::normalize;

use pod::set_pod_template;
use storage::set_claim;

/// Fills the defaults of an object's kind in and normalizes it; kinds outside the schema stay as they are.
pub fn apply(object: &mut Value, gates: &Gates) {
    let (version, kind) =
        (object["apiVersion"].as_str().unwrap_or(""), object["kind"].as_str().unwrap_or(""));
    let Some(root) = schema().kind(version, kind) else { return };
    let kind = kind.to_owned();
    match kind.as_str() {
        "StatefulSet" => workload::stateful_set(object, gates),
        "Deployment" => workload::deployment(object),
        "ReplicaSet" => workload::replica_set(object),
        "DaemonSet" => workload::daemon_set(object),
        "Job" => batch::job(object),
        "CronJob" => batch::cron_job(object),
        "Pod" => pod::pod(object),
        "Service" => service::service(object),
        "PersistentVolumeClaim" => storage::set_claim(object),
        "PersistentVolume" => storage::volume(object),
        "StorageClass" => storage::class(object),
        "Secret" => core::secret(object),
        "Namespace" => core::namespace(object),
        "LimitRange" => core::limit_range(object),
        "Endpoints" => core::endpoints(object),
        "EndpointSlice" => core::endpoint_slice(object),
        "HorizontalPodAutoscaler" => autoscaling::autoscaler(object),
        "NetworkPolicy" => networking::network_policy(object),
        "RoleBinding" | "ClusterRoleBinding" => rbac::binding(object),
        _ => {}
    }
    normalize(object, root);
}

/// The map of a field, made if it is missing.
pub(crate) fn map<'a>(object: &'a mut Value, field: &str) -> &'a mut Value {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let entry = &mut object[field];
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    entry
}

/// Sets a field that is absent or null.
pub(crate) fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if object.is_object() && object[field].is_null() {
        object[field] = value.into();
    }
}

/// The items of a list field.
pub(crate) fn items<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    object.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}
