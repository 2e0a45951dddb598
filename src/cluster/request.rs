//! Requests of clients: create, update, patch, scale, evict. (Deleting has its own file.)
//!
//! In: objects and patches as JSON. Out: the object as stored, or the refusal.

use std::rc::Rc;

use serde_json::{Value, json};

use super::controller::disruption::budgets_of;
use super::delete::DeleteOptions;
use super::object::{Body, Key, Kind, Object, StatefulSetSpec};
use super::{Cause, Cluster, Status};
use crate::api::schema::schema;
use crate::api::{Quantity, defaults, patch};

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
    /// Creates an object from a manifest that was decoded and found valid; defaults are filled in here.
    ///
    /// # Errors
    /// The kind is unknown, the namespace does not exist, or the name is missing or taken.
    pub fn create(&mut self, manifest: &Value) -> Result<Rc<Object>, Status> {
        let kind = kind_of(manifest)?;
        let mut value = manifest.clone();
        defaults::apply(&mut value, &self.settings.gates);
        let mut object = Object::from_value(kind, &value);
        if kind.is_namespaced() && self.store.find(Kind::Namespace, "", &object.meta.namespace).is_none() {
            return Err(Status::not_found(Kind::Namespace, &object.meta.namespace));
        }
        if object.meta.name.is_empty() {
            let Some(prefix) = value["metadata"]["generateName"].as_str().filter(|prefix| !prefix.is_empty()) else {
                let cause = Cause {
                    reason: "FieldValueRequired".to_owned(),
                    message: "Required value: name or generateName is required".to_owned(),
                    field: "metadata.name".to_owned(),
                };
                return Err(Status::invalid(kind, "", vec![cause]));
            };
            object.meta.name = format!("{prefix}{}", self.suffix()).into();
        }
        self.create_object(object)
    }

    /// Replaces an object by a manifest that was decoded and found valid.
    ///
    /// # Errors
    /// There is no such object, somebody changed it since the manifest was read, or the change is not allowed.
    pub fn update(&mut self, manifest: &Value) -> Result<Rc<Object>, Status> {
        let kind = kind_of(manifest)?;
        let meta = &manifest["metadata"];
        let namespace = meta["namespace"].as_str().unwrap_or("default");
        let old = self.get(kind, namespace, meta["name"].as_str().unwrap_or(""))?.clone();
        if let Some(version) = meta["resourceVersion"].as_str()
            && version != old.meta.resource_version.to_string()
        {
            return Err(Status::conflict(kind, &old.meta.name));
        }
        self.replace(kind, &old, manifest)
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
        let value = old.to_value();
        let patched = match patch_type {
            PatchType::Merge => patch::merge::apply(&value, change),
            PatchType::Json => patch::json::apply(&value, change).map_err(|error| match error {
                patch::PatchError::Malformed(message) => Status::bad_request(message),
                patch::PatchError::Unfit(message) => Status { code: 422, reason: "Invalid", message, causes: Vec::new() },
            })?,
            PatchType::Strategic => {
                let Some(root) = schema().kind(kind.api_version(), kind.name()) else {
                    return Err(Status::bad_request("the kind has no strategic merge patch"));
                };
                patch::strategic::apply(&value, change, root).map_err(Status::bad_request)?
            }
        };
        self.replace(kind, &old, &patched)
    }

    /// Stores a later version of an object as a client wants it: what only the server may say stays as it is.
    fn replace(&mut self, kind: Kind, old: &Rc<Object>, wanted: &Value) -> Result<Rc<Object>, Status> {
        let mut value = wanted.clone();
        defaults::apply(&mut value, &self.settings.gates);
        let mut new = Object::from_value(kind, &value);
        new.meta.name = old.meta.name.clone();
        new.meta.namespace = old.meta.namespace.clone();
        new.meta.uid = old.meta.uid;
        new.meta.resource_version = old.meta.resource_version;
        new.meta.generation = old.meta.generation;
        new.meta.incarnation = old.meta.incarnation;
        new.meta.created = old.meta.created;
        new.meta.deletion = old.meta.deletion;
        match (&mut new.body, &old.body) {
            (Body::Pod(pod), Body::Pod(before)) => {
                pod.status = before.status.clone();
                if pod.spec_value() == before.spec_value() {
                    *pod = before.clone();
                }
            }
            (Body::StatefulSet(set), Body::StatefulSet(before)) => {
                set.status = before.status.clone();
                if set.spec == before.spec {
                    set.spec = before.spec.clone();
                }
            }
            (Body::Claim(claim), Body::Claim(before)) => {
                claim.phase = before.phase;
                claim.capacity = before.capacity.clone();
            }
            (Body::Plain(plain), Body::Plain(before)) => plain.status = before.status.clone(),
            _ => {}
        }
        self.check_update(old, &new)?;
        if new.meta.generation > 0 && spec_differs(old, &new) {
            new.meta.generation += 1;
        }
        if new.meta == old.meta && new.body == old.body {
            return Ok(old.clone());
        }
        let new_key = new.key();
        let shown = Rc::new(new.clone());
        self.write(new);
        Ok(self.store.get(kind, &new_key).cloned().unwrap_or(shown))
    }

    /// Refuses what may not change.
    fn check_update(&self, old: &Object, new: &Object) -> Result<(), Status> {
        match (&old.body, &new.body) {
            (Body::Claim(before), Body::Claim(after)) => self.check_claim_update(old, before, after),
            _ => Ok(()),
        }
    }

    /// Of a claim only the request may change, when it is bound, to no less than its capacity; raising it needs a
    /// class that can expand. Mirrors `ValidatePersistentVolumeClaimUpdate` and the admission plugin
    /// PersistentVolumeClaimResize.
    fn check_claim_update(
        &self,
        old: &Object,
        before: &super::Claim,
        after: &super::Claim,
    ) -> Result<(), Status> {
        if before.spec == after.spec && before.volume == after.volume {
            return Ok(());
        }
        let name = &old.meta.name;
        let refuse = |field: &str, message: String| {
            let cause = Cause { reason: "FieldValueForbidden".to_owned(), message, field: field.to_owned() };
            Err(Status::invalid(Kind::PersistentVolumeClaim, name, vec![cause]))
        };
        let mut aligned = (*after.spec).clone();
        aligned["resources"]["requests"] = before.spec["resources"]["requests"].clone();
        let is_bound = before.phase == super::ClaimPhase::Bound;
        if !is_bound || aligned != *before.spec {
            let shown = |claim: &super::Claim| super::controller::claim_diff(claim);
            let message = format!(
                "Forbidden: spec is immutable after creation except resources.requests and \
                 volumeAttributesClassName for bound claims\n{}",
                crate::cluster::controller::diff_lines(&shown(before), &shown(after))
            );
            return refuse("spec", message);
        }
        let size = |text: &str| Quantity::parse(text).unwrap_or(Quantity::ZERO);
        let (asked, had) = (size(after.request()), size(before.request()));
        let capacity = size(before.capacity.as_deref().unwrap_or("0"));
        if asked < had && asked <= capacity {
            return refuse(
                "spec.resources.requests.storage",
                "Forbidden: field can not be less than status.capacity".to_owned(),
            );
        }
        if asked > had {
            let class = self.store.find(Kind::StorageClass, "", before.class.as_deref().unwrap_or(""));
            if class.is_none_or(|class| class.field("allowVolumeExpansion") != true) {
                let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the \
                           pvc must support resize";
                return Err(Status::forbidden(Kind::PersistentVolumeClaim, name, why));
            }
        }
        Ok(())
    }

    /// Changes how many pods a workload has, through its `scale` subresource.
    ///
    /// # Errors
    /// There is no such object, it cannot be scaled, or the number is negative.
    pub fn scale(&mut self, kind: Kind, namespace: &str, name: &str, replicas: i64) -> Result<(), Status> {
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
            Body::StatefulSet(set) => {
                let changed = set.spec.replicas != count;
                let mut spec: StatefulSetSpec = (*set.spec).clone();
                spec.replicas = count;
                spec.value["replicas"] = replicas.into();
                set.spec = Rc::new(spec);
                changed
            }
            Body::Plain(plain) if matches!(kind, Kind::Deployment | Kind::ReplicaSet) => {
                let changed = plain.fields["spec"]["replicas"] != json!(replicas);
                let mut fields = (*plain.fields).clone();
                fields["spec"]["replicas"] = replicas.into();
                plain.fields = Rc::new(fields);
                changed
            }
            _ => return Err(Status { code: 404, reason: "NotFound", message: "the server could not find the requested resource".to_owned(), causes: Vec::new() }),
        };
        if changed {
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
        let ignores = pod.is_finished() || pod.status.phase == super::Phase::Pending || object.meta.is_terminating();
        if ignores {
            return self.delete_object(Kind::Pod, &key, options);
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
            if always || (number("currentHealthy") >= number("desiredHealthy") && number("desiredHealthy") > 0) {
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
        if number("disruptionsAllowed") <= 0 {
            let message = format!(
                "The disruption budget {} needs {} healthy pods and has {} currently",
                budget.meta.name,
                number("desiredHealthy"),
                number("currentHealthy")
            );
            return Err(Status::too_many_requests(refusal, cause(message)));
        }
        let mut taken = (**budget).clone();
        if let Body::Plain(plain) = &mut taken.body {
            let mut status = (*plain.status).clone();
            status["disruptionsAllowed"] = (number("disruptionsAllowed") - 1).into();
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
            if let Body::Pod(pod) = &mut marked.body {
                let message = "Eviction API: evicting";
                let status = Rc::make_mut(&mut pod.status);
                status.set_condition("DisruptionTarget", "True", "EvictionByEvictionAPI", message, now);
            }
            self.write(marked);
        }
        self.delete_object(Kind::Pod, key, options)
    }
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

/// Whether what is wanted differs, so that the generation rises.
fn spec_differs(old: &Object, new: &Object) -> bool {
    match (&old.body, &new.body) {
        (Body::Pod(old), Body::Pod(new)) => old.spec_value() != new.spec_value(),
        (Body::StatefulSet(old), Body::StatefulSet(new)) => old.spec.value != new.spec.value,
        (Body::Plain(old), Body::Plain(new)) => old.fields != new.fields,
        _ => false,
    }
}
