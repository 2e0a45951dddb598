//! What becomes of the pods of a StatefulSet: looked at again and again while the copy's time passes.

use std::collections::BTreeMap;

use crate::cluster::{Gate, Kind, Object, Uid};
use crate::gather::{Gather, sort_by_key};
use crate::session::World;
use crate::ui::model::moment;
use crate::ui::model::object::{ObjectKey, list, split_ordinal, text};

/// What becomes of a set's pods.
#[derive(Clone, Debug, PartialEq)]
pub struct SetOutlook {
    /// The set's name.
    pub name: String,
    /// What happens to pods, in order.
    pub steps: Vec<PodStep>,
    /// Pods that keep their old revision, and why.
    pub stays: Vec<String>,
    /// How it ends.
    pub end: String,
    /// Whether it ends well.
    pub is_done: bool,
}

/// What happens to one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodStep {
    /// The pod.
    pub name: String,
    /// `is created`, `restarts`, `is deleted`.
    pub what: &'static str,
    /// Milliseconds of virtual time after applying.
    pub after: u64,
}

/// A set and its pods while the copy's time passes.
pub(super) struct Watched {
    key: ObjectKey,
    /// Pods before: their uids, and whether they are on their way out already.
    before: BTreeMap<String, (Uid, bool)>,
    steps: Vec<PodStep>,
    stays: Vec<String>,
    waits: Vec<String>,
    pub(super) is_done: bool,
    after: u64,
}

impl Watched {
    pub(super) fn new(world: &World, key: ObjectKey) -> Watched {
        let before = pods(world, &key)
            .map(|pod| (pod.meta.name.to_string(), (pod.meta.uid, pod.meta.is_terminating())));
        Watched {
            before: before.gather(),
            key,
            steps: Vec::new(),
            stays: Vec::new(),
            waits: Vec::new(),
            is_done: false,
            after: 0,
        }
    }

    /// Notes what happened to pods; `after` is the time since applying.
    pub(super) fn look(&mut self, world: &World, after: u64) {
        let mut now: BTreeMap<&str, &Object> = BTreeMap::new();
        for pod in pods(world, &self.key) {
            now.insert(&pod.meta.name, pod);
        }
        let mut happened: Vec<(String, &'static str)> = Vec::new();
        for (name, pod) in &now {
            match self.before.get(*name) {
                None => happened.push(((*name).to_owned(), "is created")),
                Some((uid, _)) if *uid != pod.meta.uid => happened.push(((*name).to_owned(), "restarts")),
                Some((_, was_going)) if pod.meta.is_terminating() && !was_going => {
                    happened.push(((*name).to_owned(), "is deleted"));
                }
                Some(_) => {}
            }
        }
        let gone = self.before.keys().filter(|name| !now.contains_key(name.as_str()));
        happened.extend(gone.map(|name| (name.clone(), "is deleted")));
        // Pods that begin at one moment are told from the lowest ordinal, those that end from the highest.
        sort_by_key(&mut happened, |(name, what)| {
            let ordinal = split_ordinal(name).map_or(0, |(_, ordinal)| i64::from(ordinal));
            if *what == "is created" { ordinal } else { -ordinal }
        });
        for (name, what) in happened {
            match self.steps.iter_mut().find(|step| step.name == name) {
                // A pod that went and came back has restarted.
                Some(step) if step.what == "is deleted" && what == "restarts" => step.what = what,
                Some(_) => {}
                None => self.steps.push(PodStep { name, what, after }),
            }
        }
        if !self.is_done {
            self.judge(world, after);
        }
    }

    /// Whether the set has come to rest where its spec wants it, and what keeps pods from it.
    fn judge(&mut self, world: &World, after: u64) {
        let cluster = &world.cluster;
        let Ok(set) = cluster.get(Kind::StatefulSet, &self.key.namespace, &self.key.name) else { return };
        let Some(body) = set.as_stateful_set() else { return };
        let is_ready = |pod: &Object| {
            !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_running_and_ready())
        };
        let ordinals = body.spec.ordinals();
        let (mut count, mut ready, mut outdated) = (0, 0, 0);
        for pod in pods(world, &self.key) {
            count += 1;
            ready += usize::from(is_ready(pod));
            let is_new = pod.meta.label("controller-revision-hash") == Some(&*body.status.update_revision);
            outdated += usize::from(!is_new);
        }
        let reasons: Vec<_> = cluster
            .reasons()
            .into_iter()
            .filter(|reason| {
                let is_set = |kind: Kind, name: &str| kind == Kind::StatefulSet && name == self.key.name;
                let own_field = reason.field.as_ref().is_some_and(|(kind, key, _)| is_set(*kind, &key.name));
                let of_pod = reason.kind == Kind::Pod
                    && split_ordinal(&reason.object.name).is_some_and(|(set, _)| set == self.key.name);
                is_set(reason.kind, &reason.object.name) || own_field || of_pod
            })
            .collect();
        let is_kept = |gate: Gate| matches!(gate, Gate::Partition | Gate::OnDelete);
        let kept = reasons.iter().filter(|reason| is_kept(reason.gate));
        self.stays = kept.map(|reason| reason.text.clone()).collect();
        self.waits =
            reasons.iter().filter(|reason| !is_kept(reason.gate)).map(|reason| reason.text.clone()).collect();
        let states = pods(world, &self.key).filter(|pod| !is_ready(pod)).map(state);
        self.waits.extend(states);
        self.after = after;
        self.is_done = count == ordinals.len()
            && ready == count
            && outdated == self.stays.len()
            && after_settling(set, body);
    }

    pub(super) fn outlook(self) -> SetOutlook {
        let time = moment::age(self.after);
        let end = match (self.is_done, self.steps.is_empty()) {
            (true, true) => "No pod restarts.".to_owned(),
            (true, false) => format!("Done after {time}: every pod is ready."),
            (false, _) => {
                let waits = if self.waits.is_empty() {
                    String::new()
                } else {
                    format!(": {}", self.waits.join("; "))
                };
                let none = if self.steps.is_empty() { ", and no pod restarts" } else { "" };
                format!("Not done after {time}{none}{waits}.")
            }
        };
        SetOutlook { name: self.key.name, steps: self.steps, stays: self.stays, end, is_done: self.is_done }
    }
}

/// Whether the controller has seen the set's last change.
fn after_settling(set: &Object, body: &crate::cluster::StatefulSet) -> bool {
    body.status.observed_generation == set.meta.generation
}

/// The pods that a set owns, by name.
fn pods<'w>(world: &'w World, key: &'w ObjectKey) -> impl Iterator<Item = &'w Object> {
    world.cluster.list(Kind::Pod).map(|pod| &**pod).filter(|pod| {
        *pod.meta.namespace == *key.namespace
            && pod
                .meta
                .controller()
                .is_some_and(|owner| &*owner.kind == "StatefulSet" && *owner.name == *key.name)
    })
}

/// A pod that is not ready, in the words of `kubectl get pods`.
fn state(pod: &Object) -> String {
    let value = pod.to_value();
    let mut waiting =
        list(&value, "/status/containerStatuses").iter().map(|it| text(it, "/state/waiting/reason"));
    let reason = waiting.rfind(|reason| !reason.is_empty());
    let word = match reason {
        _ if pod.meta.is_terminating() => "Terminating",
        Some(reason) => reason,
        None => match text(&value, "/status/phase") {
            "Running" => "running but not ready",
            phase => phase,
        },
    };
    format!("{} is {word}", pod.meta.name)
}
