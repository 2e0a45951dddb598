//! The ReplicaSets of a Deployment: finding, adopting, making the one of the current template, numbering them.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{
    DESIRED, HASH, MAXIMUM, REVISION, Rollout, SOURCE, Sets, annotate_sizes, conditions, revision, rolling,
};
use crate::cluster::object::{
    Body, Kind, Labels, Meta, Object, OwnerReference, Plain, Selector, labels_from,
};
use crate::cluster::store::NOBODY;
use crate::cluster::{Cluster, EventType};
use crate::gather::sort_by_key;

/// The revisions that a ReplicaSet had before it was rolled back to.
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Most characters of that list.
const MAX_HISTORY: usize = 2000;
/// What a ReplicaSet does not take over from its Deployment.
const KEPT_APART: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// Adopts ReplicaSets that match and releases those that no longer do.
pub(super) fn claim(cluster: &mut Cluster, rollout: &Rollout) {
    let owner = &rollout.object;
    if owner.meta.is_terminating() {
        return;
    }
    let selector = Selector::of(&owner.spec()["selector"]);
    let owned: Vec<_> = cluster.store.owned(owner.meta.uid, Kind::ReplicaSet).cloned().collect();
    for set in owned.iter().filter(|set| !selector.matches(&set.meta.labels)) {
        let mut set = (**set).clone();
        set.meta.owners =
            set.meta.owners.iter().filter(|other| other.uid != owner.meta.uid).cloned().collect();
        cluster.write(set);
    }
    let orphans: Vec<_> = cluster
        .store
        .owned(NOBODY, Kind::ReplicaSet)
        .filter(|set| set.meta.namespace == owner.meta.namespace && !set.meta.is_terminating())
        .filter(|set| selector.matches(&set.meta.labels))
        .cloned()
        .collect();
    for set in orphans {
        let mut set = (*set).clone();
        let reference = OwnerReference::controller(Kind::Deployment, &owner.meta);
        set.meta.owners = set.meta.owners.iter().cloned().chain([reference]).collect();
        cluster.write(set);
    }
}

/// The Deployment's ReplicaSets as they are.
pub(super) fn find(cluster: &Cluster, rollout: &Rollout) -> Sets {
    let mut sets: Vec<_> = cluster.store.owned(rollout.object.meta.uid, Kind::ReplicaSet).cloned().collect();
    sort_by_key(&mut sets, |set| (set.meta.created, set.meta.uid));
    let template = &rollout.object.spec()["template"];
    let place = sets.iter().position(|set| without_hash(&set.spec()["template"]) == *template);
    let new = place.map(|place| sets.remove(place));
    Sets { new, old: sets }
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH);
    }
    template
}

/// The Deployment's ReplicaSets, the new one made if asked for, with their revisions set.
pub(super) fn sync_revision(cluster: &mut Cluster, rollout: &Rollout, make: bool) -> Sets {
    let mut sets = find(cluster, rollout);
    let next = sets.old.iter().map(|set| revision(set)).max().unwrap_or(0) + 1;
    match sets.new.clone() {
        Some(new) => {
            let wait = rollout.object.spec()["minReadySeconds"].as_i64().unwrap_or(0);
            let waits_otherwise = new.spec()["minReadySeconds"].as_i64().unwrap_or(0) != wait;
            let annotations = annotations_of(rollout, &new.meta, next);
            if annotations != *new.meta.annotations || waits_otherwise {
                let mut renewed = (*new).clone();
                renewed.meta.annotations = Rc::new(annotations);
                if let Body::Plain(plain) = &mut renewed.body
                    && waits_otherwise
                {
                    Rc::make_mut(&mut plain.fields)["spec"]["minReadySeconds"] = wait.into();
                    renewed.meta.generation += 1;
                }
                cluster.write(renewed);
                sets.new = cluster.store.get(Kind::ReplicaSet, &new.key()).cloned();
            }
            let number = sets.new.as_deref().map_or(next, revision);
            note_revision(cluster, rollout, number);
            if conditions::reason(rollout, "Progressing").is_none() {
                let message = format!("Found new replica set \"{}\"", new.meta.name);
                conditions::set_progressing(cluster, rollout, "FoundNewReplicaSet", &message);
            }
        }
        None if make => sets.new = Some(create(cluster, rollout, &sets, next)),
        None => {}
    }
    sets
}

fn create(cluster: &mut Cluster, rollout: &Rollout, sets: &Sets, number: i64) -> Rc<Object> {
    let owner = rollout.object.clone();
    let template = &owner.spec()["template"];
    let mut collisions = 0;
    let (name, hash) = loop {
        let hash = hash(template, collisions);
        let name = format!("{}-{hash}", owner.meta.name);
        if cluster.store.find(Kind::ReplicaSet, &owner.meta.namespace, &name).is_none() {
            break (name, hash);
        }
        collisions += 1;
    };
    let mut labelled = template.clone();
    labelled["metadata"]["labels"][HASH] = Value::from(hash.as_str());
    let mut selector = owner.spec()["selector"].clone();
    selector["matchLabels"][HASH] = Value::from(hash.as_str());
    let count = rolling::new_replicas(rollout, &Sets { new: None, old: sets.old.clone() });
    let mut spec = json!({"replicas": count, "selector": selector, "template": labelled});
    if let Some(seconds) = owner.spec()["minReadySeconds"].as_i64().filter(|seconds| *seconds > 0) {
        spec["minReadySeconds"] = Value::from(seconds);
    }
    let mut meta = Meta::new(owner.key().sibling(&name));
    meta.labels = Rc::new(labels_from(&labelled["metadata"]["labels"]));
    meta.annotations = Rc::new(annotations_of(rollout, &meta, number));
    meta.owners = Rc::new([OwnerReference::controller(Kind::Deployment, &owner.meta)]);
    let body = Plain {
        kind: Kind::ReplicaSet,
        fields: Rc::new(json!({"spec": spec})),
        status: Rc::new(json!({"replicas": 0})),
    };
    let mut set = Object { meta, body: Body::Plain(body) };
    annotate_sizes(&mut set, rollout);
    let now = cluster.now;
    let set = cluster.store.create(set, now);
    if count > 0 {
        let message = format!("Scaled up replica set {name} from 0 to {count}");
        cluster.event(&owner, EventType::Normal, "ScalingReplicaSet", &message, SOURCE);
    }
    note_revision(cluster, rollout, number);
    let message = format!("Created new replica set \"{name}\"");
    conditions::set_progressing(cluster, rollout, "NewReplicaSetCreated", &message);
    set
}

/// The annotations of the ReplicaSet of the current template: the Deployment's, and its own revision, which only
/// rises. The revisions that it had before are kept. Mirrors `SetNewReplicaSetAnnotations`.
fn annotations_of(rollout: &Rollout, set: &Meta, next: i64) -> Labels {
    let mut annotations = (*set.annotations).clone();
    for (name, value) in
        rollout.object.meta.annotations.iter().filter(|(name, _)| !KEPT_APART.contains(&&***name))
    {
        annotations.insert(name.clone(), value.clone());
    }
    let known = set.annotations.get(REVISION);
    if known.and_then(|known| known.parse::<i64>().ok()).unwrap_or(0) < next {
        annotations.insert(REVISION.into(), next.to_string().into());
        if let Some(known) = known {
            let history = match set.annotations.get(HISTORY) {
                Some(history) if !history.is_empty() => recent(&format!("{history},{known}")).into(),
                _ => known.clone(),
            };
            annotations.insert(HISTORY.into(), history);
        }
    }
    annotations
}

/// The end of a list of revisions, as far as it is kept.
fn recent(history: &str) -> &str {
    let mut rest = history;
    while rest.len() > MAX_HISTORY
        && let Some((_, later)) = rest.split_once(',')
    {
        rest = later;
    }
    rest
}

/// The hash in a ReplicaSet's name. The real one hashes memory that nobody outside can see; this one has its form.
fn hash(template: &Value, collisions: u32) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let text = format!("{template}{collisions}");
    let number =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    number.to_string().bytes().map(|digit| char::from(ALPHABET[digit as usize % ALPHABET.len()])).collect()
}

/// Notes on the Deployment which revision it is at.
fn note_revision(cluster: &mut Cluster, rollout: &Rollout, number: i64) {
    let Some(stored) = cluster.store.get(Kind::Deployment, &rollout.object.key()) else { return };
    let text = number.to_string();
    if stored.meta.annotations.get(REVISION).is_some_and(|known| **known == *text) {
        return;
    }
    let mut stored = (**stored).clone();
    let mut annotations = (*stored.meta.annotations).clone();
    annotations.insert(REVISION.into(), text.into());
    stored.meta.annotations = Rc::new(annotations);
    cluster.write(stored);
}
