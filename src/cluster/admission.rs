//! What the API server looks up and hands out while it judges requests, and what it adds to objects that controllers
//! create, which need no judging.
//!
//! Mirrors the admission plugins DefaultStorageClass and StorageObjectInUseProtection.

use std::rc::Rc;

use serde_json::Value;

use super::controller::{claim_protection, job};
use super::object::{Body, Kind, Object};
use super::{Cluster, MAX_PODS, Status};
use crate::api::admission::{admit_create, quota, validate_create};
use crate::api::body::Refused;
use crate::api::surroundings::Surroundings;

/// The annotation that marks the default class.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// The cluster as the API server's rules look at it.
pub(crate) struct World<'a> {
    pub(crate) cluster: &'a mut Cluster,
}

impl Surroundings for World<'_> {
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let kind = Kind::named(kind)?;
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        self.cluster.store.find(kind, namespace, name).map(|object| object.to_value())
    }

    fn list(&self, kind: &str, namespace: &str) -> Vec<Value> {
        let Some(kind) = Kind::named(kind) else { return Vec::new() };
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        self.cluster.store.list_in(kind, namespace).map(|object| object.to_value()).collect()
    }

    fn cluster_ip(&mut self) -> String {
        self.cluster.services += 1;
        let number = self.cluster.services;
        format!("10.96.{}.{}", number / 250 % 250, number % 250 + 2)
    }

    fn node_port(&mut self) -> Value {
        self.cluster.services += 1;
        (30_000 + self.cluster.services % 2768).into()
    }

    fn next_uid(&self) -> String {
        self.cluster.store.next_uid().to_string()
    }

    fn suffix(&mut self) -> String {
        self.cluster.suffix()
    }
}

impl Cluster {
    /// Stores a pod that a controller made of a template. Where a namespace or the template asks for more than every
    /// pod gets, which reading a template adds, it is admitted as one that a client sends.
    pub(crate) fn create_from_template(&mut self, mut pod: Object) -> Result<Rc<Object>, Status> {
        let is_plain = pod.as_pod().is_some_and(|it| {
            let (spec, namespace) = (&it.spec.value, &pod.meta.namespace);
            let account = spec["serviceAccountName"].as_str().unwrap_or("");
            self.store.find(Kind::ServiceAccount, namespace, account).is_some()
                && spec["priorityClassName"].is_null()
                && spec["runtimeClassName"].is_null()
                && self.store.list_in(Kind::LimitRange, namespace).next().is_none()
        });
        if !is_plain {
            let gates = self.settings.gates;
            let mut value = pod.to_value();
            let mut world = World { cluster: self };
            admit_create(&mut value, &mut world, &gates).map_err(Refused::from)?;
            validate_create(&value, &world).map_err(Refused::from)?;
            let admitted = Object::from_value(Kind::Pod, &value);
            pod.meta.annotations = admitted.meta.annotations;
            pod.body = admitted.body;
        }
        self.create_object(pod)
    }

    /// Stores a new object, as admission leaves it.
    pub(crate) fn create_object(&mut self, mut object: Object) -> Result<Rc<Object>, Status> {
        let (kind, key) = (object.kind(), object.key());
        if self.store.get(kind, &key).is_some() {
            return Err(Status::already_exists(kind, &key.name));
        }
        if kind == Kind::Pod && self.store.count(kind) >= MAX_PODS as usize {
            return Err(Status::forbidden(kind, &key.name, "the playground holds no more pods"));
        }
        match kind {
            Kind::PersistentVolumeClaim => {
                self.set_default_class(&mut object);
                object.meta.add_finalizer(claim_protection::FINALIZER);
            }
            Kind::Job => {
                let uid = self.store.next_uid();
                job::set_selector(&mut object, uid);
            }
            Kind::PersistentVolume => {
                object.meta.add_finalizer("kubernetes.io/pv-protection");
                if let Body::Plain(plain) = &mut object.body {
                    plain.status = Rc::new(serde_json::json!({"phase": "Available"}));
                }
            }
            _ => {}
        }
        if self.store.count(Kind::ResourceQuota) > 0 && kind.is_namespaced() {
            quota::check(&object.to_value(), &World { cluster: self }).map_err(Refused::from)?;
        }
        Ok(self.store.create(object, self.now))
    }

    fn set_default_class(&self, object: &mut Object) {
        let Body::Claim(claim) = &mut object.body else { return };
        if claim.class.is_some() {
            return;
        }
        let is_default = |class: &&Rc<Object>| {
            class.meta.annotations.get(DEFAULT_CLASS).is_some_and(|value| &**value == "true")
        };
        // Of several defaults the newest counts.
        let classes = self.store.list(Kind::StorageClass).filter(is_default);
        if let Some(class) =
            classes.max_by_key(|class| (class.meta.created, std::cmp::Reverse(class.meta.name.clone())))
        {
            claim.class = Some(class.meta.name.clone());
        }
    }
}
