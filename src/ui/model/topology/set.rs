//! A StatefulSet as a row of slots, one for each ordinal that is wanted or that something is left of.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::super::object::{ObjectKey, number, split_ordinal, text};
use super::super::why::{ReasonView, grouped};
use super::Inside;
use super::pod::PodView;
use super::service::{NameView, ServiceView, name_of};
use crate::gather::{Gather, sort_by_key};

/// A claim as its card shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimView {
    /// Which claim.
    pub key: ObjectKey,
    /// Which incarnation.
    pub uid: String,
    /// `Pending`, `Bound`, `Lost`, or `Terminating`.
    pub status: String,
    /// What it holds, once bound, or asks for.
    pub size: String,
    /// How many files its volume holds, and their bytes.
    pub holds: Option<(usize, usize)>,
    /// Its volume, empty while unbound.
    pub volume: String,
    /// The zone that its volume is tied to; empty if it can be used anywhere.
    pub zone: String,
    /// Why it is not where it should be.
    pub wait: Option<Rc<ReasonView>>,
}

/// One ordinal of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    /// The ordinal.
    pub ordinal: u32,
    /// The name of its pod.
    pub pod_name: Rc<str>,
    /// Whether the set asks for it.
    pub wanted: bool,
    /// The pod that has it now.
    pub pod: Option<Rc<PodView>>,
    /// The pod's name in DNS, below the governing Service; `None` if the set names no Service.
    pub name: Option<Rc<NameView>>,
    /// Its claims, which stay when the pod goes.
    pub claims: Vec<Rc<ClaimView>>,
    /// Why there is no pod.
    pub wait: Option<Rc<ReasonView>>,
}

impl Slot {
    /// The place of a pod that has no ordinal.
    pub(super) fn of_pod(pod: &Rc<PodView>) -> Slot {
        Slot {
            wanted: true,
            pod_name: pod.key.name.as_str().into(),
            pod: Some(Rc::clone(pod)),
            ..Slot::default()
        }
    }

    /// The node of its pod; empty if it is on none.
    pub(super) fn node(&self) -> &str {
        self.pod.as_ref().map_or("", |pod| &pod.node)
    }
}

/// A StatefulSet, or what is left of one.
#[derive(Clone, Debug, PartialEq)]
pub struct SetView {
    /// The set; `None` if it was deleted and only pods or claims are left.
    pub key: Option<ObjectKey>,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// `OrderedReady` or `Parallel`.
    pub policy: String,
    /// `RollingUpdate` or `OnDelete`.
    pub strategy: String,
    /// The partition, if it holds ordinals back.
    pub partition: i64,
    /// Replicas asked for.
    pub replicas: i64,
    /// Replicas that are Ready.
    pub ready: i64,
    /// The governing Service's name.
    pub service: String,
    /// Whether that Service exists.
    pub service_exists: bool,
    /// The revision numbers that pods have or should get, oldest first.
    pub revisions: Vec<i64>,
    /// The number of the revision that pods should get.
    pub update_revision: Option<i64>,
    /// One for each ordinal, in order.
    pub slots: Vec<Rc<Slot>>,
    /// What holds the set and its pods, and how many more pods the same holds.
    pub waits: Vec<(Rc<ReasonView>, usize)>,
}

/// The numbers of ControllerRevisions by name.
#[derive(Debug, Default)]
pub(super) struct Revisions(BTreeMap<(String, String), i64>);

impl Revisions {
    pub(super) fn of<'a>(objects: impl Iterator<Item = &'a Rc<Value>>) -> Revisions {
        Revisions(
            objects
                .map(|object| {
                    let key = ObjectKey::of(object);
                    ((key.namespace, key.name), number(object, "/revision").unwrap_or_default())
                })
                .gather(),
        )
    }

    pub(super) fn number(&self, namespace: &str, name: &str) -> Option<i64> {
        self.0.get(&(namespace.to_owned(), name.to_owned())).copied()
    }
}

/// Gathers what belongs to a set.
#[derive(Debug, Default)]
pub(super) struct Builder {
    object: Option<SetView>,
    start: u32,
    pods: BTreeMap<u32, PodView>,
    claims: BTreeMap<u32, Vec<Rc<ClaimView>>>,
}

impl Builder {
    pub(super) fn of(set: &Value, revisions: &Revisions) -> Builder {
        let key = ObjectKey::of(set);
        let or = |pointer, default: &str| match text(set, pointer) {
            "" => default.to_owned(),
            found => found.to_owned(),
        };
        let view = SetView {
            name: key.name.clone(),
            namespace: key.namespace.clone(),
            terminating: set.pointer("/metadata/deletionTimestamp").is_some(),
            policy: or("/spec/podManagementPolicy", "OrderedReady"),
            strategy: or("/spec/updateStrategy/type", "RollingUpdate"),
            partition: number(set, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or_default(),
            replicas: number(set, "/spec/replicas").unwrap_or(1),
            ready: number(set, "/status/readyReplicas").unwrap_or_default(),
            service: text(set, "/spec/serviceName").to_owned(),
            service_exists: false,
            revisions: Vec::new(),
            update_revision: revisions.number(&key.namespace, text(set, "/status/updateRevision")),
            slots: Vec::new(),
            waits: Vec::new(),
            key: Some(key),
        };
        let start =
            number(set, "/spec/ordinals/start").and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        Builder { object: Some(view), start, ..Builder::default() }
    }

    pub(super) fn add_pod(&mut self, pod: PodView) {
        self.pods.insert(pod.ordinal.unwrap_or_default(), pod);
    }

    pub(super) fn add_claim(&mut self, ordinal: u32, claim: ClaimView) {
        self.claims.entry(ordinal).or_default().push(Rc::new(claim));
    }

    pub(super) fn finish(
        self,
        namespace: &str,
        name: &str,
        services: &[Rc<ServiceView>],
        inside: &Inside,
    ) -> SetView {
        let mut view = self.object.unwrap_or_else(|| left_over(namespace, name));
        let governing = services
            .iter()
            .find(|service| service.key.namespace == namespace && service.key.name == view.service);
        view.service_exists = governing.is_some();
        let mut revisions: Vec<i64> = self.pods.values().filter_map(|pod| pod.revision).collect();
        revisions.extend(view.update_revision);
        sort_by_key(&mut revisions, |number| *number);
        revisions.dedup();
        view.revisions = revisions;

        // A set may ask for more replicas than anybody can look at; what exists is always drawn.
        let wanted = u32::try_from(view.replicas.clamp(0, MOST_EMPTY_SLOTS)).unwrap_or(0);
        let mut slots: BTreeMap<u32, Slot> = (0..wanted)
            .filter_map(|index| self.start.checked_add(index))
            .map(|ordinal| (ordinal, Slot { ordinal, ..Slot::default() }))
            .gather();
        for (ordinal, claims) in self.claims {
            slots.entry(ordinal).or_insert_with(|| Slot { ordinal, ..Slot::default() }).claims = claims;
        }
        for (ordinal, pod) in self.pods {
            slots.entry(ordinal).or_insert_with(|| Slot { ordinal, ..Slot::default() }).pod =
                Some(Rc::new(pod));
        }
        let first = i64::from(self.start);
        let key_of = |kind: &str, name: &str| ObjectKey {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let none = Vec::new();
        let own = inside.waits.get(&key_of("StatefulSet", name)).unwrap_or(&none);
        let mut waits: Vec<&Rc<ReasonView>> = own.iter().collect();
        for slot in slots.values_mut() {
            slot.wanted = (first..first + view.replicas).contains(&i64::from(slot.ordinal));
            slot.pod_name = format!("{name}-{}", slot.ordinal).into();
            let found = inside.waits.get(&key_of("Pod", &slot.pod_name)).unwrap_or(&none);
            if slot.pod.is_none() {
                slot.wait = found.first().cloned();
            }
            // What the set does is told at its head; what a pod goes through, on the pod's card.
            let is_of_set = |reason: &&Rc<ReasonView>| {
                let by_set = reason.field.as_ref().is_some_and(|(owner, _)| owner.kind == "StatefulSet");
                by_set || slot.pod.is_none()
            };
            waits.extend(found.iter().filter(is_of_set));
            if !view.service.is_empty() {
                let host = &*slot.pod_name;
                let found = governing.and_then(|service| service.host(host)).cloned();
                let dark = || name_of(&format!("{host}.{}", view.service), namespace);
                let mut name = found.unwrap_or_else(dark);
                if name.addresses.is_empty() {
                    name.dark = inside.dark.get(&name.full).copied().unwrap_or_default();
                }
                slot.name = Some(Rc::new(name));
            }
        }
        view.waits = grouped(waits.into_iter());
        view.slots = slots.into_values().map(Rc::new).collect();
        view
    }
}

/// More empty slots than this are not drawn.
const MOST_EMPTY_SLOTS: i64 = 1000;

fn left_over(namespace: &str, name: &str) -> SetView {
    SetView {
        key: None,
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        terminating: false,
        policy: String::new(),
        strategy: String::new(),
        partition: 0,
        replicas: 0,
        ready: 0,
        service: String::new(),
        service_exists: false,
        revisions: Vec::new(),
        update_revision: None,
        slots: Vec::new(),
        waits: Vec::new(),
    }
}

/// The view of a PersistentVolumeClaim.
pub(super) fn claim(object: &Value, inside: &Inside, zone: &str) -> ClaimView {
    let key = ObjectKey::of(object);
    let place = (key.namespace.clone(), key.name.clone());
    let terminating = object.pointer("/metadata/deletionTimestamp").is_some();
    let size = match text(object, "/status/capacity/storage") {
        "" => text(object, "/spec/resources/requests/storage"),
        size => size,
    };
    let status = match text(object, "/status/phase") {
        _ if terminating => "Terminating",
        "" => "Pending",
        phase => phase,
    };
    ClaimView {
        wait: inside.waits.get(&key).and_then(|found| found.first().cloned()),
        zone: zone.to_owned(),
        holds: inside.claims.get(&place).copied(),
        key,
        uid: text(object, "/metadata/uid").to_owned(),
        status: status.to_owned(),
        size: size.to_owned(),
        volume: text(object, "/spec/volumeName").to_owned(),
    }
}

/// The set and ordinal that a claim's name speaks of: `<template>-<set>-<ordinal>`. With no such set around, the
/// name before the ordinal stands for it.
pub(super) fn owner_of_claim(
    claim: &ObjectKey,
    sets: &[(String, String)],
) -> Option<((String, String), u32)> {
    let (rest, ordinal) = split_ordinal(&claim.name)?;
    let known = sets
        .iter()
        .filter(|(namespace, set)| {
            *namespace == claim.namespace
                && rest.strip_suffix(set.as_str()).is_some_and(|template| template.ends_with('-'))
        })
        .max_by_key(|(_, set)| set.len());
    Some((known.cloned().unwrap_or_else(|| (claim.namespace.clone(), rest.to_owned())), ordinal))
}
