//! Objects as the cluster keeps them: metadata, and a body that is typed for the kinds that are read often.
//!
//! In: defaulted JSON objects. Out: [`Object`], and JSON again as the API would show it. Objects are immutable
//! behind reference counts; a write makes a new one.

mod claim;
mod kind;
mod meta;
mod pod;
mod pod_spec;
mod pod_status;
mod resources;
mod revision;
mod selector;
mod stateful_set;

use std::rc::Rc;

use serde_json::{Map, Value};

pub use claim::{Claim, ClaimPhase};
pub use kind::Kind;
pub(crate) use meta::labels_from;
pub use meta::{Deletion, Key, Labels, Meta, OwnerReference, Uid};
pub use pod::{Pod, PodTemplate};
pub use pod_spec::{AffinityTerm, PodSpec, Toleration};
pub use pod_status::{Condition, ContainerState, ContainerStatus, Phase, PodStatus};
pub use resources::Resources;
pub use revision::Revision;
pub use selector::Selector;
pub use stateful_set::{
    ClaimTemplate, Retention, RollingUpdate, StatefulSet, StatefulSetSpec, StatefulSetStatus, UpdateStrategy,
};

/// An object of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Metadata.
    pub meta: Meta,
    /// The rest.
    pub body: Body,
}

/// What an object has besides metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A pod.
    Pod(Pod),
    /// A StatefulSet.
    StatefulSet(StatefulSet),
    /// A PersistentVolumeClaim.
    Claim(Claim),
    /// A ControllerRevision.
    Revision(Revision),
    /// Any other kind, as JSON.
    Plain(Plain),
}

/// The body of an object that is kept as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// Its kind.
    pub kind: Kind,
    /// All fields but `apiVersion`, `kind`, `metadata` and `status`.
    pub fields: Rc<Value>,
    /// `status`, null if it has none.
    pub status: Rc<Value>,
}

impl Object {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match &self.body {
            Body::Pod(_) => Kind::Pod,
            Body::StatefulSet(_) => Kind::StatefulSet,
            Body::Claim(_) => Kind::PersistentVolumeClaim,
            Body::Revision(_) => Kind::ControllerRevision,
            Body::Plain(plain) => plain.kind,
        }
    }

    /// Namespace and name.
    pub fn key(&self) -> Key {
        self.meta.key()
    }

    /// The pod, if it is one.
    pub fn as_pod(&self) -> Option<&Pod> {
        if let Body::Pod(pod) = &self.body { Some(pod) } else { None }
    }

    /// The StatefulSet, if it is one.
    pub fn as_stateful_set(&self) -> Option<&StatefulSet> {
        if let Body::StatefulSet(set) = &self.body { Some(set) } else { None }
    }

    /// The claim, if it is one.
    pub fn as_claim(&self) -> Option<&Claim> {
        if let Body::Claim(claim) = &self.body { Some(claim) } else { None }
    }

    /// The ControllerRevision, if it is one.
    pub fn as_revision(&self) -> Option<&Revision> {
        if let Body::Revision(revision) = &self.body { Some(revision) } else { None }
    }

    /// `spec` of an object that is kept as JSON; null for the others.
    pub fn spec(&self) -> &Value {
        if let Body::Plain(plain) = &self.body { &plain.fields["spec"] } else { &Value::Null }
    }

    /// A top-level field of an object that is kept as JSON; null for the others.
    pub fn field(&self, name: &str) -> &Value {
        if let Body::Plain(plain) = &self.body { &plain.fields[name] } else { &Value::Null }
    }

    /// `status` of an object that is kept as JSON; null for the others.
    pub fn status(&self) -> &Value {
        if let Body::Plain(plain) = &self.body { &plain.status } else { &Value::Null }
    }

    /// Reads a defaulted object as a client sent it: what only the server may say is ignored.
    pub(crate) fn from_value(kind: Kind, value: &Value) -> Object {
        let meta = Meta::from_value(&value["metadata"], kind.is_namespaced());
        let body = match kind {
            Kind::Pod => Body::Pod(Pod::of(&value["spec"])),
            Kind::StatefulSet => Body::StatefulSet(StatefulSet {
                spec: Rc::new(StatefulSetSpec::of(&value["spec"])),
                status: StatefulSetStatus::default(),
            }),
            Kind::PersistentVolumeClaim => Body::Claim(Claim::of(&value["spec"])),
            Kind::ControllerRevision => Body::Revision(Revision::of(value)),
            kind => {
                let mut fields = value.as_object().cloned().unwrap_or_default();
                for own in ["apiVersion", "kind", "metadata"] {
                    fields.remove(own);
                }
                let status = fields.remove("status").unwrap_or_default();
                Body::Plain(Plain { kind, fields: Rc::new(Value::Object(fields)), status: Rc::new(status) })
            }
        };
        Object { meta, body }
    }

    /// As the API shows it.
    pub fn to_value(&self) -> Value {
        let kind = self.kind();
        let mut map = Map::new();
        map.insert("apiVersion".into(), Value::from(kind.api_version()));
        map.insert("kind".into(), Value::from(kind.name()));
        map.insert("metadata".into(), self.meta.to_value());
        let (spec, status) = match &self.body {
            Body::Pod(pod) => (pod.spec_value(), pod.status_value()),
            Body::StatefulSet(set) => (set.spec.value.clone(), set.status_value()),
            Body::Claim(claim) => (claim.spec_value(), claim.status_value()),
            Body::Revision(revision) => {
                map.extend(revision.fields().as_object().cloned().unwrap_or_default());
                return Value::Object(map);
            }
            Body::Plain(plain) => {
                map.extend(plain.fields.as_object().cloned().unwrap_or_default());
                if !plain.status.is_null() {
                    map.insert("status".into(), (*plain.status).clone());
                }
                return Value::Object(map);
            }
        };
        map.insert("spec".into(), spec);
        map.insert("status".into(), status);
        Value::Object(map)
    }
}
