//! Where objects live: by kind and name, with identities, versions, and the indexes that controllers ask.
//!
//! Invariants: every write raises the resource version and is noted in `changes`, from which the controllers learn
//! of it; indexes agree with the objects; cloning is cheap, since everything is shared until written.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::object::{Body, Key, Kind, Object, Pod, Resources, Uid};
use super::ordered_map::OrderedMap;
use super::time::Instant;

/// One write: what was there before, what is there now.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) old: Option<Rc<Object>>,
    pub(crate) new: Option<Rc<Object>>,
}

/// The objects of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    /// By the kind's place in [`Kind`].
    objects: [OrderedMap<Key, Rc<Object>>; Kind::COUNT],
    by_uid: OrderedMap<Uid, (Kind, Key)>,
    /// Owner (none for what no controller manages), kind and key of what it owns.
    dependents: OrderedMap<(Uid, Kind, Key), ()>,
    /// Claim and pod that uses it.
    claim_users: OrderedMap<(Key, Rc<str>), ()>,
    node_pods: OrderedMap<(Rc<str>, Key), ()>,
    node_counts: BTreeMap<Rc<str>, usize>,
    /// What the pods of a node that have not ended take of it, and how many they are.
    node_uses: BTreeMap<Rc<str>, (Resources, usize)>,
    /// What a node has for pods, and for how many if it says so.
    node_rooms: BTreeMap<Rc<str>, (Resources, Option<i64>)>,
    /// Pods on nodes that want to be apart from others.
    repellers: OrderedMap<Key, ()>,
    /// Volumes that no claim has.
    free_volumes: OrderedMap<Key, ()>,
    incarnations: OrderedMap<(Kind, Key), u32>,
    resource_version: u64,
    uids: u64,
    changes: Vec<Change>,
}

/// Under this owner stands what no controller manages.
pub(crate) const NOBODY: Uid = Uid(0);

impl Store {
    pub(crate) fn get(&self, kind: Kind, key: &Key) -> Option<&Rc<Object>> {
        self.objects[kind as usize].get(key)
    }

    /// The object of a name, without making a key.
    pub(crate) fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Rc<Object>> {
        self.objects[kind as usize].find(|key| key.order(namespace, name))
    }

    pub(crate) fn by_uid(&self, uid: Uid) -> Option<&(Kind, Key)> {
        self.by_uid.get(&uid)
    }

    /// All objects of a kind, by namespace and name.
    pub(crate) fn list(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Rc<Object>> + '_ {
        self.objects[kind as usize].values()
    }

    /// How many objects of a kind there are.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.objects[kind as usize].len()
    }

    /// All objects of a kind in a namespace, by name.
    pub(crate) fn list_in<'a>(
        &'a self,
        kind: Kind,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Rc<Object>> + 'a {
        let from = self.objects[kind as usize].range(move |key| key.order(namespace, ""));
        from.take_while(move |(key, _)| &*key.namespace == namespace).map(|(_, object)| object)
    }

    /// What an owner owns, of one kind.
    pub(crate) fn owned(&self, owner: Uid, kind: Kind) -> impl Iterator<Item = &Rc<Object>> + '_ {
        let from = self.dependents.range(move |(uid, other, _)| {
            (*uid, *other).cmp(&(owner, kind)).then(std::cmp::Ordering::Greater)
        });
        from.take_while(move |((uid, other, _), ())| (*uid, *other) == (owner, kind))
            .filter_map(move |((_, _, key), ())| self.get(kind, key))
    }

    /// What an owner owns, of all kinds.
    pub(crate) fn dependents(&self, owner: Uid) -> Vec<(Kind, Key)> {
        let from = self.dependents.range(|(uid, _, _)| uid.cmp(&owner).then(std::cmp::Ordering::Greater));
        from.take_while(|((uid, _, _), ())| *uid == owner)
            .map(|((_, kind, key), ())| (*kind, key.clone()))
            .collect()
    }

    /// The pods that mount a claim.
    pub(crate) fn users_of_claim<'a>(&'a self, claim: &'a Key) -> impl Iterator<Item = &'a Rc<Object>> + 'a {
        let from = self.claim_users.range(move |(key, pod)| (key, &**pod).cmp(&(claim, "")));
        from.take_while(move |((key, _), ())| key == claim)
            .filter_map(|((key, pod), ())| self.find(Kind::Pod, &key.namespace, pod))
    }

    /// The pods on a node.
    pub(crate) fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a Rc<Object>> + 'a {
        let from =
            self.node_pods.range(move |(other, _)| (**other).cmp(node).then(std::cmp::Ordering::Greater));
        from.take_while(move |((other, _), ())| &**other == node)
            .filter_map(|((_, key), ())| self.get(Kind::Pod, key))
    }

    /// The pods on nodes that want to be apart from others.
    pub(crate) fn repellers(&self) -> impl Iterator<Item = &Rc<Object>> + '_ {
        self.repellers.keys().filter_map(|key| self.get(Kind::Pod, key))
    }

    /// The volumes that no claim has.
    pub(crate) fn free_volumes(&self) -> impl Iterator<Item = &Rc<Object>> + '_ {
        self.free_volumes.keys().filter_map(|key| self.get(Kind::PersistentVolume, key))
    }

    /// How many pods are on a node.
    pub(crate) fn count_on(&self, node: &str) -> usize {
        self.node_counts.get(node).copied().unwrap_or(0)
    }

    /// What the pods of a node that have not ended take of it, and how many they are.
    pub(crate) fn use_of(&self, node: &str) -> (Resources, usize) {
        self.node_uses.get(node).copied().unwrap_or_default()
    }

    /// What a node has for pods, and for how many if it says so.
    pub(crate) fn room_of(&self, node: &str) -> (Resources, Option<i64>) {
        self.node_rooms.get(node).copied().unwrap_or_default()
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// The identity that the next new object gets.
    pub(crate) fn next_uid(&self) -> Uid {
        Uid(self.uids + 1)
    }

    /// Puts a new object in, with identity and versions.
    pub(crate) fn create(&mut self, mut object: Object, now: Instant) -> Rc<Object> {
        let (kind, key) = (object.kind(), object.key());
        self.uids += 1;
        object.meta.uid = Uid(self.uids);
        object.meta.created = now;
        if has_generation(kind) {
            object.meta.generation = 1;
        }
        let earlier = self.incarnations.get(&(kind, key.clone())).copied().unwrap_or(0);
        object.meta.incarnation = earlier + 1;
        self.incarnations.insert((kind, key.clone()), earlier + 1);
        self.by_uid.insert(object.meta.uid, (kind, key));
        self.put(None, object)
    }

    /// Replaces an object by a later version of itself.
    pub(crate) fn write(&mut self, object: Object) -> Rc<Object> {
        let old = self.get(object.kind(), &object.key()).cloned();
        self.put(old, object)
    }

    fn put(&mut self, old: Option<Rc<Object>>, mut object: Object) -> Rc<Object> {
        self.resource_version += 1;
        object.meta.resource_version = self.resource_version;
        let object = Rc::new(object);
        self.index(old.as_deref(), Some(&object));
        self.objects[object.kind() as usize].insert(object.key(), object.clone());
        self.changes.push(Change { old, new: Some(object.clone()) });
        object
    }

    /// Takes an object out.
    pub(crate) fn remove(&mut self, kind: Kind, key: &Key) {
        let Some(old) = self.objects[kind as usize].remove(key) else { return };
        self.resource_version += 1;
        self.by_uid.remove(&old.meta.uid);
        self.index(Some(&old), None);
        self.changes.push(Change { old: Some(old), new: None });
    }

    /// The writes since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn resource_version(&self) -> u64 {
        self.resource_version
    }

    fn index(&mut self, old: Option<&Object>, new: Option<&Object>) {
        let owners_change = match (old, new) {
            (Some(old), Some(new)) => old.meta.owners != new.meta.owners,
            _ => true,
        };
        if owners_change {
            for entry in old.into_iter().flat_map(owner_entries) {
                self.dependents.remove(&entry);
            }
            for entry in new.into_iter().flat_map(owner_entries) {
                self.dependents.insert(entry, ());
            }
        }
        let free = |object: Option<&Object>| {
            let volume = object.filter(|object| object.kind() == Kind::PersistentVolume);
            volume.filter(|volume| volume.spec()["claimRef"]["uid"].is_null()).map(Object::key)
        };
        if let Some(key) = free(old) {
            self.free_volumes.remove(&key);
        }
        if let Some(key) = free(new) {
            self.free_volumes.insert(key, ());
        }
        for node in old.into_iter().chain(new).filter(|object| object.kind() == Kind::Node) {
            self.node_rooms.remove(&node.meta.name);
        }
        if let Some(node) = new.filter(|object| object.kind() == Kind::Node) {
            let room = Resources::room(&node.status()["allocatable"]);
            self.node_rooms.insert(node.meta.name.clone(), room);
        }
        let old = old.and_then(|object| Some((object, object.as_pod()?)));
        let new = new.and_then(|object| Some((object, object.as_pod()?)));
        let Some(key) = old.or(new).map(|(object, _)| object.key()) else { return };
        if old.map(|(_, pod)| &pod.claims) != new.map(|(_, pod)| &pod.claims) {
            if let Some((_, pod)) = old {
                for (_, claim) in pod.claims.iter() {
                    self.claim_users.remove(&(key.sibling(claim), key.name.clone()));
                }
            }
            if let Some((_, pod)) = new {
                for (_, claim) in pod.claims.iter() {
                    self.claim_users.insert((key.sibling(claim), key.name.clone()), ());
                }
            }
        }
        let takes = |(_, pod): (&Object, &Pod)| {
            let node = pod.node.as_ref().filter(|_| !pod.is_finished())?;
            Some((node.clone(), pod.spec.requests))
        };
        let (before, after) = (old.and_then(takes), new.and_then(takes));
        if before != after {
            if let Some((node, requests)) = before {
                let (uses, count) = self.node_uses.entry(node).or_default();
                *uses -= requests;
                *count = count.saturating_sub(1);
            }
            if let Some((node, requests)) = after {
                let (uses, count) = self.node_uses.entry(node).or_default();
                *uses += requests;
                *count += 1;
            }
        }
        let node = |(_, pod): (&Object, &Pod)| pod.node.clone();
        let (left, joined) = (old.and_then(node), new.and_then(node));
        if left == joined {
            return;
        }
        if old.or(new).is_some_and(|(_, pod)| !pod.spec.anti_affinity.is_empty()) {
            match &joined {
                Some(_) => self.repellers.insert(key.clone(), ()),
                None => self.repellers.remove(&key),
            };
        }
        if let Some(node) = left {
            self.node_pods.remove(&(node.clone(), key.clone()));
            *self.node_counts.entry(node).or_insert(1) -= 1;
        }
        if let Some(node) = joined {
            self.node_pods.insert((node.clone(), key), ());
            *self.node_counts.entry(node).or_insert(0) += 1;
        }
    }
}

fn owner_entries(object: &Object) -> Vec<(Uid, Kind, Key)> {
    let (kind, key) = (object.kind(), object.key());
    let mut entries: Vec<_> = object.meta.owners.iter().map(|owner| (owner.uid, kind, key.clone())).collect();
    let may_be_adopted = matches!(object.body, Body::Pod(_) | Body::Revision(_)) || kind == Kind::ReplicaSet;
    if may_be_adopted && object.meta.controller().is_none() {
        entries.push((NOBODY, kind, key));
    }
    entries
}

/// Whether the API server counts generations for a kind.
fn has_generation(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Pod
            | Kind::StatefulSet
            | Kind::Deployment
            | Kind::ReplicaSet
            | Kind::DaemonSet
            | Kind::Job
            | Kind::CronJob
            | Kind::PodDisruptionBudget
            | Kind::Ingress
            | Kind::NetworkPolicy
    )
}
