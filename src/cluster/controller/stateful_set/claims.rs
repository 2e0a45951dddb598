//! The claims of a set's pods: making them, and which owner they should have.
//!
//! Mirrors `createPersistentVolumeClaims`, `PodClaimIsStale` and `UpdatePodClaimForRetentionPolicy` of the
//! StatefulSet's pod control.

use std::rc::Rc;

use super::retention::{has_unexpected_controller, is_up_to_date, owners_for, stale_pod_owner};
use super::{SOURCE, Sync, Verb};
use crate::cluster::object::{Key, Kind, Meta, Retention};
use crate::cluster::{Cluster, EventType, Status};

/// The pod as the retention policy looks at it; one that is not created yet has no identity.
pub(super) struct PodIdentity<'a> {
    pub(super) name: &'a str,
    pub(super) ordinal: u32,
    pub(super) meta: Option<&'a Meta>,
}

impl Sync {
    /// Volume and claim of each claim template, for the pod of an ordinal.
    pub(super) fn claim_names(&self, ordinal: u32) -> Rc<[(Rc<str>, Rc<str>)]> {
        let names = self.spec.claims.iter().map(|template| &template.name);
        names.map(|template| (template.clone(), self.claim_key(template, ordinal).name)).collect()
    }

    /// Asked for at every look at a pod, so the name is put together without the formatter.
    fn claim_key(&self, template: &str, ordinal: u32) -> Key {
        let name = [template, "-", &self.meta.name, "-", &ordinal.to_string()].concat();
        Key { namespace: self.meta.namespace.clone(), name: name.into() }
    }

    /// Makes the claims that a pod lacks.
    pub(super) fn create_claims(&self, cluster: &mut Cluster, pod: &str, ordinal: u32) -> Result<(), Status> {
        let mut errors = Vec::new();
        for template in &self.spec.claims {
            let key = self.claim_key(&template.name, ordinal);
            match cluster.store.get(Kind::PersistentVolumeClaim, &key) {
                Some(claim) if claim.meta.is_terminating() => {
                    errors.push(format!("pvc {} is being deleted", key.name));
                }
                Some(_) => {}
                None => {
                    let mut claim = template.claim.clone();
                    (claim.meta.namespace, claim.meta.name) = (key.namespace.clone(), key.name.clone());
                    let outcome = cluster.create_object(claim).map(|_| ());
                    self.claim_event(cluster, &key.name, pod, &outcome);
                    if let Err(error) = outcome {
                        errors.push(format!("failed to create PVC {}: {error}", key.name));
                    }
                }
            }
        }
        match errors.as_slice() {
            [] => Ok(()),
            [one] => Err(Status::internal(one.clone())),
            many => Err(Status::internal(format!("[{}]", many.join(", ")))),
        }
    }

    fn claim_event(&self, cluster: &mut Cluster, claim: &str, pod: &str, outcome: &Result<(), Status>) {
        let (title, success, failure) = Verb::Create.words();
        let set = &self.meta.name;
        match outcome {
            Ok(()) => {
                let message = format!("{title} Claim {claim} Pod {pod} in StatefulSet {set} success");
                cluster.event(&self.object, EventType::Normal, success, &message, SOURCE);
            }
            Err(error) => {
                let message =
                    format!("{title} Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {error}");
                cluster.event(&self.object, EventType::Warning, failure, &message, SOURCE);
            }
        }
    }

    /// Whether a claim of a pod that is yet to be created still belongs to the pod's predecessor.
    pub(super) fn has_stale_claim(&self, cluster: &Cluster, pod: &str, ordinal: u32) -> bool {
        self.spec.when_scaled == Retention::Delete
            && self.spec.claims.iter().any(|template| {
                let key = self.claim_key(&template.name, ordinal);
                let claim = cluster.store.get(Kind::PersistentVolumeClaim, &key);
                claim.is_some_and(|claim| stale_pod_owner(&claim.meta, pod))
            })
    }

    /// Whether the claims of a pod have the owners that the retention policy gives them.
    pub(super) fn claims_match_retention(&self, cluster: &Cluster, pod: &PodIdentity<'_>) -> bool {
        self.spec.claims.iter().all(|template| {
            let key = self.claim_key(&template.name, pod.ordinal);
            let claim = cluster.store.get(Kind::PersistentVolumeClaim, &key);
            claim.is_none_or(|claim| is_up_to_date(&claim.meta, self, pod))
        })
    }

    /// Gives the claims of a pod the owners that the retention policy gives them.
    pub(super) fn set_claim_owners(&self, cluster: &mut Cluster, pod: &PodIdentity<'_>) {
        for template in &self.spec.claims {
            let key = self.claim_key(&template.name, pod.ordinal);
            let Some(claim) = cluster.store.get(Kind::PersistentVolumeClaim, &key).cloned() else { continue };
            if has_unexpected_controller(&claim.meta, self, pod) {
                // The spelling is the controller's.
                let message = format!(
                    "PersistentVolumeClaim {} has a conflicting OwnerReference that acts as a manging controller, \
                     the retention policy is ignored for this claim",
                    key.name
                );
                cluster.event(&self.object, EventType::Warning, "ConflictingController", &message, SOURCE);
            }
            if !is_up_to_date(&claim.meta, self, pod) {
                let mut claim = (*claim).clone();
                claim.meta.owners = owners_for(&claim.meta, self, pod);
                cluster.write(claim);
            }
        }
    }
}
