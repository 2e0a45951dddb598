//! Requests of clients: create, update, patch, scale, evict. (Deleting has its own file.)
//!
//! In: objects and patches as JSON. Out: the object as stored, or the refusal.

use std::rc::Rc;

use serde_json::{Value, json};

use super::admission::World;
use super::controller::disruption::budgets_of;
use super::delete::DeleteOptions;
use super::object::{Body as ObjectBody, Key, Kind, Object, StatefulSetSpec};
use super::{Cause, Cluster, Status};
use crate::api::body::Body;
use crate::api::ownership::{self, Manager};
use crate::api::schema::schema;
use crate::api::server::{self, PatchKind, Target};

/// How a patch is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/merge-patch+json`.
    Merge,
    /// `application/json-patch+json`.
    Json,
}

impl Cluster {
    /// Creates an object from a manifest, judged, defaulted and admitted as the API server does.
    ///
    /// # Errors
    /// The kind is unknown, the namespace does not exist, the name is taken, or the object breaks a rule.
    pub fn create(&mut self, manifest: &Value) -> Result<Rc<Object>, Status> {
        let kind = kind_of(manifest)?;
        let namespace = namespace_of(kind, manifest);
        if kind.is_namespaced() && self.store.find(Kind::Namespace, "", &namespace).is_none() {
            return Err(Status::not_found(Kind::Namespace, &namespace));
        }
        let gates = self.settings.gates;
        let body = Body::value(manifest);
        let accepted = server::create(&body, target(kind, &namespace), &mut World { cluster: self }, &gates)?;
        self.create_object(Object::from_value(kind, &accepted.object))
    }

    /// Replaces an object by a manifest.
    ///
    /// # Errors
    /// There is no such object, somebody changed it since the manifest was read, or the change is not allowed.
    pub fn update(&mut self, manifest: &Value) -> Result<Rc<Object>, Status> {
        let kind = kind_of(manifest)?;
        let namespace = namespace_of(kind, manifest);
        let name = manifest["metadata"]["name"].as_str().unwrap_or("");
        let old = self.get(kind, &namespace, name)?.clone();
        let gates = self.settings.gates;
        let (body, before) = (Body::value(manifest), old.to_value());
        let mut world = World { cluster: self };
        let accepted = server::replace(&body, &before, target(kind, &namespace), &mut world, &gates)?;
        let managed = old.meta.managed.clone();
        Ok(self.store_changed(&old, &accepted.object, managed))
    }

    /// Applies a manifest on the server's side, as Helm does: creates the object or merges the manifest into it. With
    /// `force`, the manager takes over what others changed.
    ///
    /// # Errors
    /// As for creating and patching; and a conflict (409) if somebody else changed what the manifest would change.
    pub fn apply_object(
        &mut self,
        manifest: &Value,
        manager: &str,
        force: bool,
    ) -> Result<Rc<Object>, Status> {
        let kind = kind_of(manifest)?;
        let namespace = namespace_of(kind, manifest);
        let name = manifest["metadata"]["name"].as_str().unwrap_or("");
        let old = self.get(kind, &namespace, name).ok().cloned();
        if old.is_none() && kind.is_namespaced() && self.store.find(Kind::Namespace, "", &namespace).is_none()
        {
            return Err(Status::not_found(Kind::Namespace, &namespace));
        }
        let gates = self.settings.gates;
        let before = old.as_ref().map(|old| (old.to_value(), managed_by(old)));
        let live = before.as_ref().map(|(object, managed)| (object, managed));
        let manager = Manager { name: manager, subresource: "" };
        let mut world = World { cluster: self };
        let (accepted, managed) =
            server::apply(manifest, live, (manager, force), target(kind, &namespace), &mut world, &gates)?;
        let managed = Some(Rc::new(managed));
        match old {
            Some(old) => Ok(self.store_changed(&old, &accepted.object, managed)),
            None => {
                let mut object = Object::from_value(kind, &accepted.object);
                object.meta.managed = managed;
                self.create_object(object)
            }
        }
    }

    /// Patches an object.
    ///
    /// # Errors
    /// There is no such object, the patch does not fit it, or the change is not allowed.
    pub fn patch(
        &mut self,
        kind: Kind,
        namespace: &str,
        name: &str,
        patch_type: PatchType,
        change: &Value,
    ) -> Result<Rc<Object>, Status> {
        let old = self.get(kind, namespace, name)?.clone();
        let format = match patch_type {
            PatchType::Merge => PatchKind::Merge,
            PatchType::Json => PatchKind::Json,
            PatchType::Strategic => PatchKind::Strategic,
        };
        let gates = self.settings.gates;
        let before = old.to_value();
        let mut world = World { cluster: self };
        let accepted = server::patch(change, format, &before, target(kind, namespace), &mut world, &gates)?;
        let patcher = Manager { name: "kubectl-patch", subresource: "" };
        let managed = changed_by(&old, &before, &accepted.object, patcher);
        Ok(self.store_changed(&old, &accepted.object, managed))
    }

    /// Stores a later version of an object that was found valid: what only the server may say stays as it is.
    fn store_changed(&mut self, old: &Rc<Object>, value: &Value, managed: Option<Rc<Value>>) -> Rc<Object> {
        let mut new = Object::from_value(old.kind(), value);
        new.meta.managed = managed;
        new.meta.name = old.meta.name.clone();
        new.meta.namespace = old.meta.namespace.clone();
        new.meta.uid = old.meta.uid;
        new.meta.resource_version = old.meta.resource_version;
        new.meta.generation = old.meta.generation;
        new.meta.incarnation = old.meta.incarnation;
        new.meta.created = old.meta.created;
        new.meta.deletion = old.meta.deletion;
        match (&mut new.body, &old.body) {
            (ObjectBody::Pod(pod), ObjectBody::Pod(before)) => {
                pod.status = before.status.clone();
                if pod.spec_value() == before.spec_value() {
                    *pod = before.clone();
                }
            }
            (ObjectBody::StatefulSet(set), ObjectBody::StatefulSet(before)) => {
                set.status = before.status.clone();
                if set.spec == before.spec {
                    set.spec = before.spec.clone();
                }
            }
            (ObjectBody::Claim(claim), ObjectBody::Claim(before)) => {
                claim.phase = before.phase;
                claim.capacity = before.capacity.clone();
            }
            (ObjectBody::Plain(plain), ObjectBody::Plain(before)) => plain.status = before.status.clone(),
            _ => {}
        }
        if new.meta.generation > 0 && spec_differs(old, &new) {
            new.meta.generation += 1;
        }
        if new.meta == old.meta && new.body == old.body {
            return old.clone();
        }
        let shown = Rc::new(new.clone());
        let key = new.key();
        self.write(new);
        self.store.get(old.kind(), &key).cloned().unwrap_or(shown)
    }

    /// Changes how many pods a workload has, through its `scale` subresource.
    ///
    /// # Errors
    /// There is no such object, it cannot be scaled, or the number is negative.
    pub fn scale(&mut self, kind: Kind, namespace: &str, name: &str, replicas: i64) -> Result<(), Status> {
        self.scale_as("kubectl", kind, namespace, name, replicas)
    }

    /// The same by somebody else, who manages the number from then on.
    pub(crate) fn scale_as(
        &mut self,
        manager: &str,
        kind: Kind,
        namespace: &str,
        name: &str,
        replicas: i64,
    ) -> Result<(), Status> {
        let mut object = (**self.get(kind, namespace, name)?).clone();
        let Ok(count) = u32::try_from(replicas) else {
            let cause = Cause {
                reason: "FieldValueInvalid".to_owned(),
                message: format!("Invalid value: {replicas}: must be greater than or equal to 0"),
                field: "spec.replicas".to_owned(),
            };
            return Err(Status::invalid(kind, name, vec![cause]));
        };
        let changed = match &mut object.body {
            ObjectBody::StatefulSet(set) => {
                let changed = set.spec.replicas != count;
                let mut spec: StatefulSetSpec = (*set.spec).clone();
                spec.replicas = count;
                spec.value["replicas"] = replicas.into();
                set.spec = Rc::new(spec);
                changed
            }
            ObjectBody::Plain(plain) if matches!(kind, Kind::Deployment | Kind::ReplicaSet) => {
                let changed = plain.fields["spec"]["replicas"] != json!(replicas);
                let mut fields = (*plain.fields).clone();
                fields["spec"]["replicas"] = replicas.into();
                plain.fields = Rc::new(fields);
                changed
            }
            _ => {
                return Err(Status {
                    code: 404,
                    reason: "NotFound",
                    message: "the server could not find the requested resource".to_owned(),
                    causes: Vec::new(),
                });
            }
        };
        if changed {
            let scaler = Manager { name: manager, subresource: "scale" };
            let old = self.get(kind, namespace, name)?;
            object.meta.managed = changed_by(old, &old.to_value(), &object.to_value(), scaler);
            object.meta.generation += 1;
            self.write(object);
        }
        Ok(())
    }

    /// Evicts a pod: deletes it if its budget allows.
    ///
    /// # Errors
    /// There is no such pod, its budget does not allow it (429), or it has several budgets (500).
    pub fn evict(&mut self, namespace: &str, name: &str, options: &DeleteOptions) -> Result<(), Status> {
        let object = self.get(Kind::Pod, namespace, name)?.clone();
        let key: Key = object.key();
        let Some(pod) = object.as_pod() else { return Ok(()) };
        // What does not serve, or is on its way out, is no loss.
        let ignores =
            pod.is_finished() || pod.status.phase == super::Phase::Pending || object.meta.is_terminating();
        if ignores {
            return self.evict_now(&key, options);
        }
        let budgets = budgets_of(self, &object);
        let budget = match budgets.as_slice() {
            [] => return self.evict_now(&key, options),
            [one] => one,
            _ => {
                return Err(Status::internal(
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                ));
            }
        };
        let status = budget.status();
        let number = |field: &str| status[field].as_i64().unwrap_or(0);
        if !pod.is_ready() {
            let always = budget.spec()["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
            if always
                || (number("currentHealthy") >= number("desiredHealthy") && number("desiredHealthy") > 0)
            {
                return self.evict_now(&key, options);
            }
        }
        let cause = |message: String| {
            vec![Cause { reason: "DisruptionBudget".to_owned(), message, field: String::new() }]
        };
        let refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
        if status["observedGeneration"].as_u64().unwrap_or(0) < budget.meta.generation {
            let message =
                format!("The disruption budget {} is still being processed by the server.", budget.meta.name);
            return Err(Status::too_many_requests(refusal, cause(message)));
        }
        let condition = &status["conditions"][0];
        if number("disruptionsAllowed") <= 0 {
            let name = &budget.meta.name;
            let message = match condition["reason"] == "SyncFailed" {
                true => format!(
                    "The disruption budget {name} does not allow evicting pods currently because it failed sync: {}",
                    condition["message"].as_str().unwrap_or("")
                ),
                false => format!(
                    "The disruption budget {name} needs {} healthy pods and has {} currently",
                    number("desiredHealthy"),
                    number("currentHealthy")
                ),
            };
            return Err(Status::too_many_requests(refusal, cause(message)));
        }
        let now = self.now.to_string();
        let mut taken = (**budget).clone();
        if let ObjectBody::Plain(plain) = &mut taken.body {
            let mut status = (*plain.status).clone();
            let left = number("disruptionsAllowed") - 1;
            status["disruptionsAllowed"] = left.into();
            // Until its deletion is seen, the pod does not count as healthy.
            status["disruptedPods"][name] = now.into();
            if left == 0 {
                status["conditions"][0]["status"] = "False".into();
                status["conditions"][0]["reason"] = "InsufficientPods".into();
            }
            plain.status = Rc::new(status);
        }
        self.store.write(taken);
        self.evict_now(&key, options)
    }

    /// Marks the pod as disrupted and deletes it.
    fn evict_now(&mut self, key: &Key, options: &DeleteOptions) -> Result<(), Status> {
        if let Some(pod) = self.store.get(Kind::Pod, key) {
            let mut marked = (**pod).clone();
            let now = self.now;
            if let ObjectBody::Pod(pod) = &mut marked.body {
                let message = "Eviction API: evicting";
                let status = Rc::make_mut(&mut pod.status);
                status.set_condition("DisruptionTarget", "True", "EvictionByEvictionAPI", message, now);
            }
            self.write(marked);
        }
        self.delete_object(Kind::Pod, key, options)
    }
}

impl Cluster {
    /// Who manages which fields of an object, as `metadata.managedFields` tells it, without times; `None` if nobody
    /// applied it.
    pub fn managed_fields(&self, kind: &str, namespace: &str, name: &str) -> Option<Rc<Value>> {
        self.get(Kind::named(kind)?, namespace, name).ok()?.meta.managed.clone()
    }
}

fn managed_by(object: &Object) -> Value {
    object.meta.managed.as_ref().map_or(Value::Null, |managed| (**managed).clone())
}

/// Who manages an object's fields after a change. Only objects that are applied keep account of it.
fn changed_by(old: &Object, before: &Value, after: &Value, manager: Manager<'_>) -> Option<Rc<Value>> {
    let managed = old.meta.managed.as_ref()?;
    let kind = old.kind();
    let root = schema().kind(kind.api_version(), kind.name())?;
    Some(Rc::new(ownership::updated(managed, before, after, manager, root)))
}

fn kind_of(manifest: &Value) -> Result<Kind, Status> {
    let text = |field: &str| manifest[field].as_str().unwrap_or("");
    let (version, name) = (text("apiVersion"), text("kind"));
    Kind::named(name).filter(|kind| kind.api_version() == version).ok_or_else(|| Status {
        code: 404,
        reason: "NotFound",
        message: "the server could not find the requested resource".to_owned(),
        causes: Vec::new(),
    })
}

/// The namespace that a manifest is sent to: its own, or `default`.
fn namespace_of(kind: Kind, manifest: &Value) -> String {
    let own = manifest["metadata"]["namespace"].as_str().filter(|own| !own.is_empty());
    if kind.is_namespaced() { own.unwrap_or("default").to_owned() } else { String::new() }
}

fn target(kind: Kind, namespace: &str) -> Target<'_> {
    Target { group_version: kind.api_version(), kind: kind.name(), namespace }
}

/// Whether what is wanted differs, so that the generation rises.
fn spec_differs(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (ObjectBody::Pod(old), ObjectBody::Pod(new)) => old.spec_value() != new.spec_value(),
        (ObjectBody::StatefulSet(old), ObjectBody::StatefulSet(new)) => old.spec.value != new.spec.value,
        (ObjectBody::Plain(old), ObjectBody::Plain(new)) => old.fields != new.fields,
        _ => false,
    }
}
