//! What the API server adds to objects that are created, besides defaults.
//!
//! Mirrors the admission plugins DefaultStorageClass, StorageObjectInUseProtection and the allocation of Service
//! addresses.

use std::rc::Rc;

use serde_json::Value;

use super::controller::claim_protection;
use super::object::{Body, Kind, Object};
use super::{Cluster, Status};

/// The annotation that marks the default class.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

impl Cluster {
    /// Stores a new object, as admission leaves it.
    pub(crate) fn create_object(&mut self, mut object: Object) -> Result<Rc<Object>, Status> {
        let (kind, key) = (object.kind(), object.key());
        if self.store.get(kind, &key).is_some() {
            return Err(Status::already_exists(kind, &key.name));
        }
        match kind {
            Kind::PersistentVolumeClaim => {
                self.set_default_class(&mut object);
                object.meta.add_finalizer(claim_protection::FINALIZER);
            }
            Kind::PersistentVolume => {
                object.meta.add_finalizer("kubernetes.io/pv-protection");
                if let Body::Plain(plain) = &mut object.body {
                    plain.status = Rc::new(serde_json::json!({"phase": "Available"}));
                }
            }
            Kind::Service => self.allocate_address(&mut object),
            _ => {}
        }
        Ok(self.store.create(object, self.now))
    }

    fn set_default_class(&self, object: &mut Object) {
        let Body::Claim(claim) = &mut object.body else { return };
        if claim.class.is_some() {
            return;
        }
        let is_default = |class: &&Rc<Object>| class.meta.annotations.get(DEFAULT_CLASS).is_some_and(|value| &**value == "true");
        // Of several defaults the newest counts.
        let classes = self.store.list(Kind::StorageClass).filter(is_default);
        if let Some(class) = classes.max_by_key(|class| (class.meta.created, std::cmp::Reverse(class.meta.name.clone()))) {
            claim.class = Some(class.meta.name.clone());
            let mut spec = (*claim.spec).clone();
            spec["storageClassName"] = Value::from(&*class.meta.name);
            claim.spec = Rc::new(spec);
        }
    }

    fn allocate_address(&mut self, object: &mut Object) {
        let Body::Plain(plain) = &mut object.body else { return };
        let mut fields = (*plain.fields).clone();
        let spec = &mut fields["spec"];
        if spec["type"] == "ExternalName" {
            return;
        }
        if spec["clusterIP"].as_str().unwrap_or("").is_empty() {
            self.services += 1;
            spec["clusterIP"] = Value::from(format!("10.96.{}.{}", self.services / 250 % 250, self.services % 250 + 2));
        }
        spec["clusterIPs"] = Value::from(vec![spec["clusterIP"].clone()]);
        plain.fields = Rc::new(fields);
        plain.status = Rc::new(serde_json::json!({"loadBalancer": {}}));
    }
}
