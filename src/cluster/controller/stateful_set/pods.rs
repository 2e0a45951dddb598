//! Creating, deleting and repairing one pod of a set.
//!
//! Mirrors `StatefulPodControl`.

use std::rc::Rc;

use super::claims::PodIdentity;
use super::roster::own_ordinal;
use super::{POD_INDEX_LABEL, POD_NAME_LABEL, REVISION_LABEL, RevisionRef, Sync, Verb, parent_and_ordinal};
use crate::cluster::object::{Body, Key, Kind, Labels, Meta, Object, Pod, PodStatus};
use crate::cluster::{Cluster, DeleteOptions, Status};

impl Sync {
    /// Creates the pod of an ordinal with its claims. Claims that cannot be made keep the pod from being made.
    pub(super) fn create_pod(
        &self,
        cluster: &mut Cluster,
        ordinal: u32,
        revision: &RevisionRef,
    ) -> Result<(), Status> {
        let name = self.pod_name(ordinal);
        let claims = self.create_claims(cluster, &name, ordinal);
        if claims.is_err() {
            self.pod_event(cluster, Verb::Create, &name, &claims);
            return claims;
        }
        let created = cluster.create_from_template(self.new_pod(&name, ordinal, revision));
        match created {
            // The name is taken, by a pod that is not the set's or by one the controller has not seen yet: no event.
            Err(error) if error.reason == "AlreadyExists" => Err(error),
            Ok(pod) => {
                let identity = PodIdentity { name: &name, ordinal, meta: Some(&pod.meta) };
                self.set_claim_owners(cluster, &identity);
                self.pod_event(cluster, Verb::Create, &name, &Ok(()));
                Ok(())
            }
            Err(error) => {
                self.set_claim_owners(cluster, &PodIdentity { name: &name, ordinal, meta: None });
                let outcome = Err(error);
                self.pod_event(cluster, Verb::Create, &name, &outcome);
                outcome
            }
        }
    }

    fn new_pod(&self, name: &str, ordinal: u32, revision: &RevisionRef) -> Object {
        let name: Rc<str> = name.into();
        let template = &revision.template;
        let mut meta = Meta::new(Key { namespace: self.meta.namespace.clone(), name: name.clone() });
        let mut labels = template.labels.clone();
        set_identity(&mut labels, &name, ordinal);
        labels.insert(REVISION_LABEL.into(), revision.name.clone());
        meta.labels = Rc::new(labels);
        meta.annotations = template.annotations.clone();
        meta.owners = self.owner();
        let claims = self.claim_names(ordinal);
        let own =
            template.spec.claims.iter().filter(|(volume, _)| !claims.iter().any(|(name, _)| name == volume));
        let claims = claims.iter().chain(own).cloned().collect();
        let service = &self.spec.service_name;
        let pod = Pod {
            hostname: Some(name),
            subdomain: (!service.is_empty()).then(|| service.clone()),
            node: template.node.clone(),
            claims,
            status: Rc::new(PodStatus::pending(&template.spec)),
            spec: template.spec.clone(),
        };
        Object { meta, body: Body::Pod(pod) }
    }

    /// Deletes a pod and tells so.
    pub(super) fn delete_pod(&self, cluster: &mut Cluster, name: &str) -> Result<(), Status> {
        let key = Key { namespace: self.meta.namespace.clone(), name: name.into() };
        let outcome = cluster.delete_object(Kind::Pod, &key, &DeleteOptions::default());
        self.pod_event(cluster, Verb::Delete, name, &outcome);
        outcome
    }

    /// Whether a pod is what it should be: name, label and claims.
    pub(super) fn matches(&self, cluster: &Cluster, object: &Object, pod: &Pod, ordinal: u32) -> bool {
        self.identity_matches(object, ordinal)
            && self.storage_matches(pod, ordinal)
            && self.claims_match_retention(cluster, &PodIdentity::of(object, ordinal))
    }

    fn identity_matches(&self, object: &Object, ordinal: u32) -> bool {
        own_ordinal(&self.meta.name, &object.meta.name) == Some(ordinal)
            && object.meta.label(POD_NAME_LABEL) == Some(&object.meta.name)
    }

    fn storage_matches(&self, pod: &Pod, ordinal: u32) -> bool {
        self.spec.claims.iter().all(|template| {
            let claim = pod.claims.iter().find(|(volume, _)| *volume == template.name);
            claim.is_some_and(|(_, claim)| {
                let rest = claim.strip_prefix(&*template.name).and_then(|rest| rest.strip_prefix('-'));
                rest.and_then(parent_and_ordinal)
                    .is_some_and(|(parent, number)| *parent == *self.meta.name && number == ordinal)
            })
        })
    }

    /// Repairs a pod's identity, volumes and claims. The API server refuses to change the volumes of a pod.
    pub(super) fn update_pod(
        &self,
        cluster: &mut Cluster,
        object: &Object,
        ordinal: u32,
    ) -> Result<(), Status> {
        let Some(pod) = object.as_pod() else { return Ok(()) };
        let name = &*object.meta.name;
        let mut repaired = object.clone();
        let mut attempted = false;
        if !self.identity_matches(object, ordinal) {
            let mut labels = (*object.meta.labels).clone();
            set_identity(&mut labels, &object.meta.name, ordinal);
            repaired.meta.labels = Rc::new(labels);
            attempted = true;
        }
        let storage_matches = self.storage_matches(pod, ordinal);
        if !storage_matches {
            attempted = true;
            let claims = self.create_claims(cluster, name, ordinal);
            if claims.is_err() {
                self.pod_event(cluster, Verb::Update, name, &claims);
                return claims;
            }
        }
        let identity = PodIdentity::of(object, ordinal);
        if !self.claims_match_retention(cluster, &identity) {
            self.set_claim_owners(cluster, &identity);
            attempted = true;
        }
        if !attempted {
            return Ok(());
        }
        let proper = self.pod_name(ordinal);
        let outcome = if *proper != *name {
            // `web-01` is to become `web-1`, but names do not change.
            match cluster.store.find(Kind::Pod, &self.meta.namespace, &proper) {
                Some(_) => Err(Status::conflict(Kind::Pod, &proper)),
                None => Err(Status::not_found(Kind::Pod, &proper)),
            }
        } else if storage_matches {
            cluster.write(repaired);
            Ok(())
        } else {
            if let Body::Pod(pod) = &mut repaired.body {
                let claims = self.claim_names(ordinal);
                let own =
                    pod.claims.iter().filter(|(volume, _)| !claims.iter().any(|(name, _)| name == volume));
                pod.claims = claims.iter().chain(own).cloned().collect();
            }
            cluster.update(&repaired.to_value()).map(|_| ())
        };
        self.pod_event(cluster, Verb::Update, &proper, &outcome);
        outcome
    }

    /// Makes the claims that a pending pod lacks.
    pub(super) fn create_missing_claims(
        &self,
        cluster: &mut Cluster,
        object: &Object,
        ordinal: u32,
    ) -> Result<(), Status> {
        self.create_claims(cluster, &object.meta.name, ordinal)?;
        self.set_claim_owners(cluster, &PodIdentity::of(object, ordinal));
        Ok(())
    }
}

impl<'a> PodIdentity<'a> {
    pub(super) fn of(object: &'a Object, ordinal: u32) -> PodIdentity<'a> {
        PodIdentity { name: &object.meta.name, ordinal, meta: Some(&object.meta) }
    }
}

fn set_identity(labels: &mut Labels, name: &Rc<str>, ordinal: u32) {
    labels.insert(POD_NAME_LABEL.into(), name.clone());
    labels.insert(POD_INDEX_LABEL.into(), ordinal.to_string().into());
}
