//! What the server refuses: rules for every kind, new and changed.
//!
//! In: a decoded and defaulted object, and the one it replaces. Out: every error, in the server's order. One file a
//! kind or part; mirrors the `validation` packages of the API groups.

mod affinity;
mod autoscaler;
mod budget;
mod check;
mod claim;
mod config;
mod container;
mod core;
mod counts;
mod cron_job;
mod daemon_set;
mod dns;
mod downward;
mod endpoints;
mod env;
mod gated;
mod ingress;
pub(crate) mod ip;
mod job;
mod job_policy;
mod metadata;
mod mount;
mod network_policy;
mod pod;
mod pod_level;
mod pod_spec;
mod port;
mod probe;
mod profiles;
mod projected;
mod quota;
mod rbac;
mod resources;
mod restart;
mod scheduling;
mod security;
mod service;
mod stateful_set;
mod storage;
mod volume;
mod volume_remote;
mod windows;
mod workload;

use serde_json::Value;

use super::field::{Errors, Path};
use super::gates::Gates;
use super::names;

pub(crate) use check::same;
pub(crate) use container::every;
pub(crate) use pod_level::aggregate;
pub(crate) use profiles::{APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD};

/// Whether objects of a kind live in a namespace.
pub fn is_namespaced(kind: &str) -> bool {
    !matches!(
        kind,
        "ClusterRole" | "ClusterRoleBinding" | "Namespace" | "Node" | "PersistentVolume" | "StorageClass"
    )
}

/// What is wrong with a new object.
pub fn create(object: &Value, gates: &Gates) -> Errors {
    let mut errors = Errors::new();
    let kind = object["kind"].as_str().unwrap_or("");
    match kind {
        "StatefulSet" => stateful_set::validate(object, gates, &mut errors),
        "Deployment" => workload::deployment(object, &mut errors),
        "ReplicaSet" => workload::replica_set(object, &mut errors),
        "DaemonSet" => daemon_set::validate(object, &mut errors),
        "Pod" => pod::create(object, &mut errors),
        "Service" => service::validate(object, &mut errors),
        "PersistentVolumeClaim" => claim::validate(object, &mut errors),
        "PersistentVolume" => storage::volume(object, &mut errors),
        "StorageClass" => storage::class(object, &mut errors),
        "ConfigMap" => config::config_map(object, &mut errors),
        "Secret" => config::secret(object, &mut errors),
        "HorizontalPodAutoscaler" => autoscaler::validate(object, &mut errors),
        "PodDisruptionBudget" => budget::validate(object, &mut errors),
        "Ingress" => ingress::create(object, &mut errors),
        "NetworkPolicy" => network_policy::validate(object, &mut errors),
        "Role" | "ClusterRole" => rbac::role(object, &mut errors),
        "RoleBinding" | "ClusterRoleBinding" => rbac::binding(object, &mut errors),
        "Job" => job::validate(object, &mut errors),
        "CronJob" => cron_job::validate(object, &mut errors),
        "Namespace" => core::namespace(object, &mut errors),
        "Node" => core::node(object, &mut errors),
        "Event" => core::event(object, &mut errors),
        "Endpoints" => endpoints::endpoints(object, &Value::Null, &mut errors),
        "EndpointSlice" => endpoints::slice(object, &Value::Null, &mut errors),
        "LimitRange" => quota::limit_range(object, &mut errors),
        "ResourceQuota" => quota::resource_quota(object, &mut errors),
        "ControllerRevision" => core::controller_revision(object, &mut errors),
        _ => metadata::validate(object, is_namespaced(kind), names::dns_subdomain, &mut errors),
    }
    errors
}

/// What is wrong with a changed object.
pub fn update(new: &Value, old: &Value, gates: &Gates) -> Errors {
    let mut errors = Errors::new();
    let kind = new["kind"].as_str().unwrap_or("");
    metadata::validate_common_update(new, old, is_namespaced(kind), &mut errors);
    match kind {
        "StatefulSet" => stateful_set::validate_update(new, old, gates, &mut errors),
        "Deployment" | "ReplicaSet" | "DaemonSet" => workload::validate_update(kind, new, old, &mut errors),
        "Pod" => pod::update(new, old, &mut errors),
        "Service" => service::validate_update(new, old, &mut errors),
        "PersistentVolumeClaim" => claim::validate_update(new, old, &mut errors),
        "PersistentVolume" => storage::volume_update(new, old, &mut errors),
        "StorageClass" => storage::class_update(new, old, &mut errors),
        "ConfigMap" => config::config_map_update(new, old, &mut errors),
        "Secret" => config::secret_update(new, old, &mut errors),
        "RoleBinding" | "ClusterRoleBinding" => rbac::binding_update(new, old, &mut errors),
        "Job" => job::validate_update(new, old, &mut errors),
        "CronJob" => cron_job::validate_update(new, old, &mut errors),
        "ControllerRevision" => core::controller_revision_update(new, old, &mut errors),
        "Node" => core::node_update(new, old, &mut errors),
        "HorizontalPodAutoscaler" => autoscaler::validate_update(new, old, &mut errors),
        "NetworkPolicy" => network_policy::validate_update(new, old, &mut errors),
        "ResourceQuota" => quota::resource_quota_update(new, old, &mut errors),
        "EndpointSlice" => endpoints::slice_update(new, old, &mut errors),
        "PodDisruptionBudget" => budget::spec(new, &mut errors),
        "LimitRange" | "Event" => errors.extend(create(new, gates)),
        "Role" | "ClusterRole" | "Namespace" => {
            errors.extend(create(new, gates));
            metadata::validate_update(new, old, &mut errors);
        }
        _ => {
            metadata::validate_update(new, old, &mut errors);
            match kind {
                "Endpoints" => endpoints::endpoints(new, old, &mut errors),
                "Ingress" => ingress::validate(new, &mut errors),
                _ => errors.extend(create(new, gates)),
            }
        }
    }
    errors
}

/// What is wrong with an object whose status changed.
pub fn update_status(new: &Value, old: &Value) -> Errors {
    let mut errors = Errors::new();
    if new["kind"] == "StatefulSet" {
        stateful_set::validate_status(new, old, &mut errors);
    }
    metadata::validate_update(new, old, &mut errors);
    counts::validate(new["kind"].as_str().unwrap_or(""), new, old, &mut errors);
    errors
}

/// What is wrong with the address fields of a Service, which are looked at before anything else.
pub(crate) fn address_fields(service: &Value, errors: &mut Errors) {
    service::cluster_ips(service, &spec_path(), errors);
}

fn spec_path() -> Path {
    Path::new("spec")
}
