//! Actions as logs keep them: one flat object each, whose field `do` names the action and whose other fields are the
//! action's own.
//!
//! One type for all of them, since the page would carry a reader of its own for each action otherwise.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Action, HookManifest, NodeChange};
use crate::cluster::workload::Fault;

/// An action in a log. Fields that are absent or null are `None`; which ones an action needs, [`Action`] says.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StoredAction {
    r#do: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<Vec<HookManifest>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    force_conflicts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_period_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    propagation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<i32>,
    #[serde(skip_serializing_if = "Value::is_null")]
    patch: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pod: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<NodeChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    millicores: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

/// A field that the action needs.
fn need<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}

impl TryFrom<StoredAction> for Action {
    type Error = String;

    fn try_from(stored: StoredAction) -> Result<Action, String> {
        let release = || need(stored.release.clone(), "release");
        let kind = || need(stored.kind.clone(), "kind");
        let namespace = || need(stored.namespace.clone(), "namespace");
        let name = || need(stored.name.clone(), "name");
        let pod = || need(stored.pod.clone(), "pod");
        Ok(match stored.r#do.as_str() {
            "apply" => Action::Apply {
                release: release()?,
                namespace: namespace()?,
                manifest: need(stored.manifest, "manifest")?,
                hooks: need(stored.hooks, "hooks")?,
                force_conflicts: stored.force_conflicts,
            },
            "uninstall" => Action::Uninstall { release: release()? },
            "delete" => Action::Delete {
                kind: kind()?,
                namespace: namespace()?,
                name: name()?,
                grace_period_seconds: stored.grace_period_seconds,
                propagation: stored.propagation,
            },
            "scale" => Action::Scale {
                kind: kind()?,
                namespace: namespace()?,
                name: name()?,
                replicas: need(stored.replicas, "replicas")?,
            },
            "patch" => {
                Action::Patch { kind: kind()?, namespace: namespace()?, name: name()?, patch: stored.patch }
            }
            "fault" => Action::Fault { namespace: namespace()?, pod: pod()?, fault: stored.fault },
            "crash" => Action::Crash {
                namespace: namespace()?,
                pod: pod()?,
                container: need(stored.container, "container")?,
            },
            "node" => Action::Node { name: name()?, change: need(stored.change, "change")? },
            "addNode" => Action::AddNode { name: name()?, zone: stored.zone },
            "evict" => Action::Evict { namespace: namespace()?, pod: pod()? },
            "load" => Action::Load {
                kind: kind()?,
                namespace: namespace()?,
                name: name()?,
                millicores: stored.millicores,
            },
            "visit" => Action::Visit { namespace: namespace()?, service: need(stored.service, "service")? },
            other => return Err(format!("unknown action `{other}`")),
        })
    }
}

impl From<Action> for StoredAction {
    fn from(action: Action) -> StoredAction {
        let mut stored = StoredAction::default();
        let mut object = (None, None, None);
        stored.r#do = match action {
            Action::Apply { release, namespace, manifest, hooks, force_conflicts } => {
                object.1 = Some(namespace);
                (stored.release, stored.manifest, stored.hooks) =
                    (Some(release), Some(manifest), Some(hooks));
                stored.force_conflicts = force_conflicts;
                "apply"
            }
            Action::Uninstall { release } => {
                stored.release = Some(release);
                "uninstall"
            }
            Action::Delete { kind, namespace, name, grace_period_seconds, propagation } => {
                object = (Some(kind), Some(namespace), Some(name));
                (stored.grace_period_seconds, stored.propagation) = (grace_period_seconds, propagation);
                "delete"
            }
            Action::Scale { kind, namespace, name, replicas } => {
                object = (Some(kind), Some(namespace), Some(name));
                stored.replicas = Some(replicas);
                "scale"
            }
            Action::Patch { kind, namespace, name, patch } => {
                object = (Some(kind), Some(namespace), Some(name));
                stored.patch = patch;
                "patch"
            }
            Action::Fault { namespace, pod, fault } => {
                object.1 = Some(namespace);
                (stored.pod, stored.fault) = (Some(pod), fault);
                "fault"
            }
            Action::Crash { namespace, pod, container } => {
                object.1 = Some(namespace);
                (stored.pod, stored.container) = (Some(pod), Some(container));
                "crash"
            }
            Action::Node { name, change } => {
                object.2 = Some(name);
                stored.change = Some(change);
                "node"
            }
            Action::AddNode { name, zone } => {
                object.2 = Some(name);
                stored.zone = zone;
                "addNode"
            }
            Action::Evict { namespace, pod } => {
                object.1 = Some(namespace);
                stored.pod = Some(pod);
                "evict"
            }
            Action::Load { kind, namespace, name, millicores } => {
                object = (Some(kind), Some(namespace), Some(name));
                stored.millicores = millicores;
                "load"
            }
            Action::Visit { namespace, service } => {
                object.1 = Some(namespace);
                stored.service = Some(service);
                "visit"
            }
        }
        .to_owned();
        (stored.kind, stored.namespace, stored.name) = object;
        stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One action of each sort, as logs hold it; a null stands for an absent field.
    const STORED: &str = r#"[
        {"do":"apply","release":"r","namespace":"n","manifest":"m","hooks":[]},
        {"do":"apply","release":"r","namespace":"n","manifest":"m","hooks":[{"manifest":"h","events":["pre-install"],"weight":-1,"deletePolicies":["hook-failed"]}],"forceConflicts":true},
        {"do":"uninstall","release":"r"},
        {"do":"delete","kind":"Pod","namespace":"n","name":"p","gracePeriodSeconds":0,"propagation":"Orphan"},
        {"do":"delete","kind":"Pod","namespace":"n","name":"p","gracePeriodSeconds":null,"propagation":null},
        {"do":"scale","kind":"StatefulSet","namespace":"n","name":"s","replicas":3},
        {"do":"patch","kind":"StatefulSet","namespace":"n","name":"s","patch":{"spec":{"replicas":null}}},
        {"do":"fault","namespace":"n","pod":"p","fault":"crashLoop"},
        {"do":"fault","namespace":"n","pod":"p","fault":null},
        {"do":"crash","namespace":"n","pod":"p","container":"c"},
        {"do":"node","name":"w","change":"taintOutOfService"},
        {"do":"addNode","name":"w","zone":"a"},
        {"do":"evict","namespace":"n","pod":"p"},
        {"do":"load","kind":"StatefulSet","namespace":"n","name":"s","millicores":250},
        {"do":"visit","namespace":"n","service":"s"}
    ]"#;

    #[test]
    fn reads_what_it_writes() {
        let stored: Vec<Value> = serde_json::from_str(STORED).expect("the cases are JSON");
        for case in stored {
            let action: Action = serde_json::from_value(case.clone()).expect("an action");
            let written = serde_json::to_value(&action).expect("an action can be written");
            let without_nulls = |value: Value| match value {
                Value::Object(fields) => {
                    Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect())
                }
                other => other,
            };
            assert_eq!(written, without_nulls(case));
        }
    }

    #[test]
    fn says_what_is_missing_or_unknown() {
        for (case, expected) in [
            (r#"{"do":"evict","namespace":"n"}"#, "missing field `pod`"),
            (r#"{"do":"dance"}"#, "unknown action `dance`"),
            ("{}", "unknown action ``"),
        ] {
            let error = serde_json::from_str::<Action>(case).expect_err(case);
            assert!(error.to_string().starts_with(expected), "{case}: {error}");
        }
    }
}
