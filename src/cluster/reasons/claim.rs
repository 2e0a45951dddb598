//! Why a claim has no volume, is too small, or is still there.

use super::{Gate, Reason, Why};
use crate::api::Quantity;
use crate::cluster::Cluster;
use crate::cluster::controller::volume::{SELECTED_NODE, waits_for_consumer};
use crate::cluster::object::{Claim, ClaimPhase, Key, Kind, Object};

impl Cluster {
    pub(super) fn claim_reason(&self, object: &Object) -> Option<Reason> {
        let claim = object.as_claim()?;
        let (name, key) = (&object.meta.name, object.key());
        if object.meta.is_terminating() {
            let mut users = self.store.users_of_claim(&key);
            let user = users.find(|pod| pod.as_pod().is_some_and(|pod| pod.node.is_some()));
            let Some(user) = user else { return self.deletion_reason(object) };
            let text = format!("{name} stays until {}, which uses it, is gone", user.meta.name);
            let why = Why::new(object, Gate::InUse, text).waits_for(Kind::Pod, user.key());
            return Some(why.set_by_own("metadata.finalizers").reason);
        }
        match claim.phase {
            ClaimPhase::Bound => resizing(object, claim),
            ClaimPhase::Lost => {
                let volume = claim.volume.as_deref().unwrap_or("");
                let text = format!("{name} has lost its volume {volume}");
                let why = Why::new(object, Gate::Provisioning, text).set_by_own("spec.volumeName");
                Some(why.waits_for(Kind::PersistentVolume, Key::new("", volume)).reason)
            }
            ClaimPhase::Pending => Some(self.pending_reason(object, claim)),
        }
    }

    fn pending_reason(&self, object: &Object, claim: &Claim) -> Reason {
        let name = &object.meta.name;
        if let Some(volume) = claim.volume.as_deref() {
            let text = format!("{name} waits until the volume {volume} is there, free and large enough");
            let why = Why::new(object, Gate::Provisioning, text).set_by_own("spec.volumeName");
            return why.waits_for(Kind::PersistentVolume, Key::new("", volume)).reason;
        }
        let class = self.store.find(Kind::StorageClass, "", claim.class.as_deref().unwrap_or(""));
        let Some(class) = class else {
            let text = format!("{name} waits for a volume: it has no storage class that exists");
            return Why::new(object, Gate::Provisioning, text).set_by_own("spec.storageClassName").reason;
        };
        if waits_for_consumer(class) && !object.meta.annotations.contains_key(SELECTED_NODE) {
            let text = format!("{name} waits for a pod that uses it to be scheduled");
            let why = Why::new(object, Gate::FirstConsumer, text);
            return why.set_by(Kind::StorageClass, class.key(), "volumeBindingMode").reason;
        }
        let maker = class.field("provisioner").as_str().unwrap_or("its provisioner");
        let text = format!("{name} waits for a volume from {maker}");
        let why = Why::new(object, Gate::Provisioning, text).waits_for(Kind::StorageClass, class.key());
        why.set_by_own("spec.storageClassName").reason
    }
}

fn resizing(object: &Object, claim: &Claim) -> Option<Reason> {
    let size = |text: &str| Quantity::parse(text).ok();
    let (asked, have) = (size(claim.request())?, size(claim.capacity.as_deref()?)?);
    if asked <= have {
        return None;
    }
    let text = format!("{} waits to grow from {have} to {asked}", object.meta.name);
    Some(Why::new(object, Gate::Resizing, text).set_by_own("spec.resources.requests.storage").reason)
}
