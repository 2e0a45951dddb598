//! Binds claims to volumes, provisions volumes, and sees to volumes whose claim is gone.
//!
//! Mirrors the persistent-volume binder, an external provisioner, and the expand controller.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::api::Quantity;
use crate::cluster::object::{Body, Claim, ClaimPhase, Key, Kind, Meta, Object, Plain};
use crate::cluster::{Cluster, EventType, Status};

/// By this annotation the scheduler tells for which node a claim's volume is wanted.
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// By this annotation a volume tells who made it.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const SOURCE: &str = "persistentvolume-controller";

pub(crate) fn reconcile(cluster: &mut Cluster, key: &Key) -> Result<(), Status> {
    let Some(object) = cluster.store.get(Kind::PersistentVolumeClaim, key).cloned() else { return Ok(()) };
    let Some(claim) = object.as_claim() else { return Ok(()) };
    if claim.phase == ClaimPhase::Bound || object.meta.is_terminating() {
        return Ok(());
    }
    if let Some(volume) = existing_volume(cluster, &object, claim) {
        bind(cluster, key, &volume);
        return Ok(());
    }
    let class = claim.class.as_deref().unwrap_or("");
    let Some(class) = cluster.store.find(Kind::StorageClass, "", class).cloned() else {
        let (reason, message) = match class {
            "" => (
                "FailedBinding",
                "no persistent volumes available for this claim and no storage class is set".to_owned(),
            ),
            name => ("ProvisioningFailed", format!("storageclass.storage.k8s.io \"{name}\" not found")),
        };
        let event_type = if class.is_empty() { EventType::Normal } else { EventType::Warning };
        cluster.event(&object, event_type, reason, &message, SOURCE);
        return Ok(());
    };
    let node = object.meta.annotations.get(SELECTED_NODE).cloned();
    if waits_for_consumer(&class) && node.is_none() {
        let message = "waiting for first consumer to be created before binding";
        cluster.event(&object, EventType::Normal, "WaitForFirstConsumer", message, SOURCE);
        return Ok(());
    }
    let provisioner = class.field("provisioner").as_str().unwrap_or("");
    if provisioner == "kubernetes.io/no-provisioner" {
        return Ok(());
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the \
         system administrator. If volume creation is delayed, please verify that the provisioner is running and \
         correctly registered."
    );
    cluster.event(&object, EventType::Normal, "ExternalProvisioning", &message, SOURCE);
    if cluster.settings.auto_provision {
        cluster.provision(&key.namespace, &key.name);
    }
    Ok(())
}

impl Cluster {
    /// What an external provisioner does: makes a volume for a pending claim, which it is then bound to. Claims that
    /// are bound, are being deleted, wait for a consumer or have no class are left alone.
    pub fn provision(&mut self, namespace: &str, name: &str) {
        let Some(object) = self.store.find(Kind::PersistentVolumeClaim, namespace, name).cloned() else {
            return;
        };
        let Some(claim) = object.as_claim().filter(|claim| claim.volume.is_none()) else { return };
        let class = self.store.find(Kind::StorageClass, "", claim.class.as_deref().unwrap_or("")).cloned();
        let Some(class) = class.filter(|_| !object.meta.is_terminating()) else { return };
        let node = object.meta.annotations.get(SELECTED_NODE).cloned();
        if waits_for_consumer(&class) && node.is_none() {
            return;
        }
        let volume = format!("pvc-{}", object.meta.uid);
        let mut spec = json!({
            "accessModes": claim.spec["accessModes"], "capacity": {"storage": claim.request()},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": name,
                "uid": object.meta.uid.to_string()},
            "persistentVolumeReclaimPolicy": class.field("reclaimPolicy"),
            "storageClassName": &*class.meta.name, "volumeMode": claim.spec["volumeMode"],
        });
        if let Some(zone) = self.zone_for(name, node.as_deref()) {
            spec["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": ZONE, "operator": "In", "values": [zone]}]}]}});
        }
        let mut meta = Meta::new(Key::new("", &volume));
        let provisioner = class.field("provisioner").as_str().unwrap_or("");
        meta.annotations = Rc::new([(PROVISIONED_BY.into(), provisioner.into())].into());
        meta.add_finalizer("kubernetes.io/pv-protection");
        let body = Plain {
            kind: Kind::PersistentVolume,
            // The macro would write all of it a second time.
            fields: Rc::new(Value::Object(Map::from_iter([("spec".to_owned(), spec)]))),
            status: Rc::new(json!({"phase": "Bound"})),
        };
        self.store.create(Object { meta, body: Body::Plain(body) }, self.now);
        bind(self, &object.key(), &volume);
    }

    /// In which zone a claim's volume is made: that of the selected node, else one by the claim's number, if nodes
    /// are in zones at all.
    fn zone_for(&self, claim: &str, node: Option<&str>) -> Option<String> {
        if let Some(node) = node {
            let node = self.store.find(Kind::Node, "", node)?;
            return node.meta.label(ZONE).map(str::to_owned);
        }
        let mut zones: Vec<_> =
            self.store.list(Kind::Node).filter_map(|node| node.meta.label(ZONE)).collect();
        zones.sort_unstable();
        zones.dedup();
        let ordinal = claim.rsplit('-').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
        zones.get(ordinal.checked_rem(zones.len())?).map(|zone| (*zone).to_owned())
    }

    /// What an external resizer and the kubelet do: the volume and the claim come to have what is requested.
    pub fn finish_resize(&mut self, namespace: &str, name: &str) {
        let Some(object) = self.store.find(Kind::PersistentVolumeClaim, namespace, name) else { return };
        let mut object = (**object).clone();
        let Body::Claim(claim) = &mut object.body else { return };
        let Some(volume) = claim.volume.clone() else { return };
        let request = claim.request().to_owned();
        claim.capacity = Some(request.as_str().into());
        self.write(object);
        if let Some(volume) = self.store.find(Kind::PersistentVolume, "", &volume) {
            let mut volume = (**volume).clone();
            if let Body::Plain(plain) = &mut volume.body {
                let mut fields = (*plain.fields).clone();
                fields["spec"]["capacity"]["storage"] = Value::from(request);
                plain.fields = Rc::new(fields);
            }
            self.write(volume);
        }
    }
}

/// The label that tells a node's zone.
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

pub(crate) fn waits_for_consumer(class: &Object) -> bool {
    class.field("volumeBindingMode") == "WaitForFirstConsumer"
}

/// The smallest volume that nobody claims and that would do, or the one that names the claim.
fn existing_volume(cluster: &Cluster, object: &Object, claim: &Claim) -> Option<String> {
    let request = Quantity::parse(claim.request()).ok()?;
    let modes = claim.spec["accessModes"].as_array().cloned().unwrap_or_default();
    let mut best: Option<(Quantity, String)> = None;
    for volume in cluster.store.free_volumes() {
        let spec = volume.spec();
        let reserved = &spec["claimRef"];
        if !reserved.is_null() {
            let is_ours =
                reserved["name"] == *object.meta.name && reserved["namespace"] == *object.meta.namespace;
            let unbound = reserved["uid"].is_null() || reserved["uid"] == object.meta.uid.to_string();
            if is_ours && unbound {
                return Some(volume.meta.name.to_string());
            }
            continue;
        }
        if claim.volume.as_deref().is_some_and(|wanted| wanted != &*volume.meta.name)
            || spec["storageClassName"].as_str().unwrap_or("") != claim.class.as_deref().unwrap_or("")
            || !modes
                .iter()
                .all(|mode| spec["accessModes"].as_array().is_some_and(|have| have.contains(mode)))
            || volume.meta.is_terminating()
        {
            continue;
        }
        let Some(capacity) = spec["capacity"]["storage"].as_str().and_then(|text| Quantity::parse(text).ok())
        else {
            continue;
        };
        if capacity >= request && best.as_ref().is_none_or(|(size, _)| capacity < *size) {
            best = Some((capacity, volume.meta.name.to_string()));
        }
    }
    best.map(|(_, name)| name)
}

fn bind(cluster: &mut Cluster, key: &Key, volume: &str) {
    let Some(claim) = cluster.store.get(Kind::PersistentVolumeClaim, key) else { return };
    let Some(stored) = cluster.store.find(Kind::PersistentVolume, "", volume).cloned() else { return };
    let mut object = (**claim).clone();
    if let Body::Claim(claim) = &mut object.body {
        claim.volume = Some(volume.into());
        claim.phase = ClaimPhase::Bound;
        claim.capacity = stored.spec()["capacity"]["storage"].as_str().map(Into::into);
    }
    let uid = object.meta.uid;
    cluster.write(object);
    if stored.spec()["claimRef"]["uid"].is_null() {
        let mut stored = (*stored).clone();
        if let Body::Plain(plain) = &mut stored.body {
            let mut fields = (*plain.fields).clone();
            fields["spec"]["claimRef"] = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "namespace": &*key.namespace, "name": &*key.name, "uid": uid.to_string()});
            plain.fields = Rc::new(fields);
            plain.status = Rc::new(json!({"phase": "Bound"}));
        }
        cluster.write(stored);
    }
}

/// Tells that a bound claim asks for more than it has and that somebody else must see to it: whenever more is asked
/// for or given than before, not when less is.
pub(crate) fn announce_expansion(cluster: &mut Cluster, old: &Object, new: &Object) {
    let (Some(before), Some(after)) = (old.as_claim(), new.as_claim()) else { return };
    if after.phase != ClaimPhase::Bound
        || (before.request() == after.request() && before.capacity == after.capacity)
        || after.capacity.as_deref() == Some(after.request())
    {
        return;
    }
    let request = |claim: &Claim| Quantity::parse(claim.request()).ok();
    let capacity = |claim: &Claim| Quantity::parse(claim.capacity.as_deref()?).ok();
    let has_risen = request(after) > request(before) || capacity(after) > capacity(before);
    if has_risen && request(after) > capacity(after) {
        let message = "waiting for an external controller to expand this PVC";
        cluster.event(new, EventType::Normal, "ExternalExpanding", message, "volume_expand");
    }
}

/// What becomes of the volume of a claim that is gone: deleted or released, by its reclaim policy.
pub(crate) fn claim_removed(cluster: &mut Cluster, claim: &Object) {
    let Some(volume) = claim.as_claim().and_then(|claim| claim.volume.clone()) else { return };
    let Some(volume) = cluster.store.find(Kind::PersistentVolume, "", &volume).cloned() else { return };
    if volume.spec()["claimRef"]["uid"] != claim.meta.uid.to_string() {
        return;
    }
    if volume.spec()["persistentVolumeReclaimPolicy"] == "Delete" {
        cluster.store.remove(Kind::PersistentVolume, &volume.key());
    } else {
        let mut volume = (*volume).clone();
        if let Body::Plain(plain) = &mut volume.body {
            plain.status = Rc::new(json!({"phase": "Released"}));
        }
        cluster.write(volume);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::{Cluster, Kind, PatchType, Settings};

    #[test]
    fn growth_is_told_when_more_is_asked_for() {
        let mut cluster = Cluster::new(Settings::default());
        let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "grows"},
            "provisioner": "x.y/z", "allowVolumeExpansion": true});
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "grows",
                "resources": {"requests": {"storage": "1Gi"}}}});
        for manifest in [class, claim] {
            cluster.create(&manifest).expect("a valid manifest");
        }
        cluster.settle();
        // Request, and how often somebody was told by then.
        for (request, expected) in [("3Gi", 1), ("2Gi", 1), ("2Gi", 1), ("4Gi", 2), ("done", 2), ("5Gi", 3)] {
            let change = json!({"metadata": {"labels": {"a": request}},
                "spec": {"resources": {"requests": {"storage": request}}}});
            match request {
                "done" => cluster.finish_resize("default", "c"),
                _ => {
                    let kind = Kind::PersistentVolumeClaim;
                    let patched = cluster.patch(kind, "default", "c", PatchType::Merge, &change);
                    patched.expect("a valid change");
                }
            }
            cluster.settle();
            let told: u32 =
                cluster.events().filter(|it| it.reason == "ExternalExpanding").map(|it| it.count).sum();
            assert_eq!(told, expected, "{request}");
        }
    }
}
