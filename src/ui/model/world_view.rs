//! A world as the page shows it. What did not change since the last look is not converted again.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::moment::{EventView, Mark, Moment, TimelineView, clock};
use super::object::ObjectKey;
use super::topology::{Inside, topology};
use super::why;
use crate::cluster::workload::Fault;
use crate::cluster::{Event, EventType, Key, Kind, Object};
use crate::gather::{Gather, sort_by};
use crate::session::{Action, Limit, MomentKind, NodeChange, Session, StoredSession, World};

/// More events than this are not shown.
const MOST_EVENTS: usize = 300;

/// Objects as the API serves them, kept as long as the world keeps the very object.
#[derive(Default)]
pub struct Looker {
    seen: BTreeMap<(Kind, Key), (Rc<Object>, Rc<Value>)>,
    marks: Rc<Vec<Mark>>,
}

impl Looker {
    /// The world at its moment.
    pub fn moment(&mut self, world: &World) -> Moment {
        let mut seen = BTreeMap::new();
        let mut objects: Vec<Rc<Value>> = Vec::new();
        for kind in Kind::all().filter(|kind| !matches!(kind, Kind::EndpointSlice | Kind::Namespace)) {
            for object in world.cluster.list(kind) {
                let key = (kind, object.meta.key());
                let value = match self.seen.get(&key) {
                    Some((old, value)) if Rc::ptr_eq(old, object) => Rc::clone(value),
                    _ => Rc::new(object.to_value()),
                };
                objects.push(Rc::clone(&value));
                seen.insert(key, (Rc::clone(object), value));
            }
        }
        self.seen = seen;
        for (index, slice) in world.cluster.endpoint_slices().iter().enumerate() {
            objects.push(Rc::new(slice.to_value(&format!("{}-{index}", slice.service.name))));
        }
        let mut events: Vec<&Event> = world.cluster.events().map(|event| &**event).collect();
        sort_by(&mut events, |left, right| right.last.cmp(&left.last));
        let events: Vec<EventView> = events.into_iter().take(MOST_EVENTS).map(event).collect();
        let inside = inside(world);
        Moment {
            topology: Rc::new(topology(&objects, &inside)),
            waits: Rc::new(inside.waits),
            events: Rc::new(events),
            objects: Rc::new(objects),
        }
    }

    /// The session's time.
    pub fn timeline(&mut self, session: &Session) -> TimelineView {
        let moments = session.moments();
        if self.marks.len() != moments.len() || session.log().is_empty() {
            let nothing: Rc<str> = "".into();
            let mark = |moment: &crate::session::Moment| Mark {
                at: moment.at.0,
                label: match moment.kind {
                    MomentKind::Action(index) => {
                        session.log().get(index).map(|entry| name(&entry.action)).unwrap_or_default().into()
                    }
                    MomentKind::Start | MomentKind::Change => Rc::clone(&nothing),
                },
            };
            self.marks = Rc::new(moments.iter().map(mark).collect());
        }
        TimelineView {
            now: session.now().0,
            end: session.end().0,
            cursor: (session.cursor(), moments.len()),
            drops: session.drops(),
            limit: match session.limit() {
                None => "",
                Some(Limit::Time) => "The session ends here: three days of cluster time.",
                Some(Limit::Moments) => "The session ends here: it holds no more moments.",
            },
            last: self.marks[..=session.cursor().min(self.marks.len() - 1)]
                .iter()
                .rev()
                .find(|mark| !mark.label.is_empty())
                .map_or_else(|| Rc::from(""), |mark| Rc::clone(&mark.label)),
            marks: Rc::clone(&self.marks),
        }
    }

    /// Forgets the marks: the next look writes them anew. To be called after each action.
    pub fn forget_marks(&mut self) {
        self.marks = Rc::default();
    }
}

/// With more pods than this, what no object tells is left out: asking for each would take too long.
pub const MOST_ASKED: usize = 120;

fn inside(world: &World) -> Inside {
    let cluster = &world.cluster;
    let mut inside = Inside { waits: why::reasons(cluster), ..Inside::default() };
    let nodes = cluster.list(Kind::Node).map(|node| &node.meta.name);
    inside.silent = nodes.filter(|name| cluster.is_silent(name)).map(|name| name.to_string()).gather();
    inside.drains = world.drains().map(|(node, refusals)| (node.to_owned(), refusals)).gather();
    for scaler in cluster.list(Kind::HorizontalPodAutoscaler) {
        let target = &scaler.spec()["scaleTargetRef"];
        let (kind, name) = (target["kind"].as_str().unwrap_or(""), target["name"].as_str().unwrap_or(""));
        let namespace = &scaler.meta.namespace;
        if let Some(load) = Kind::named(kind).and_then(|kind| cluster.load(kind, namespace, name)) {
            let key =
                ObjectKey { kind: kind.to_owned(), namespace: namespace.to_string(), name: name.to_owned() };
            inside.loads.insert(key, load);
        }
    }
    if cluster.count(Kind::Pod) > MOST_ASKED {
        return inside;
    }
    let place = |key: &Key| (key.namespace.to_string(), key.name.to_string());
    let mut namespaces = BTreeSet::new();
    for pod in cluster.list(Kind::Pod) {
        let key = pod.meta.key();
        if let Some(count) = cluster.visits(&key.namespace, &key.name) {
            inside.visits.insert(place(&key), count);
        }
        if let Some(fault) = cluster.fault(&key.namespace, &key.name) {
            inside.faults.insert(place(&key), fault_name(fault));
        }
    }
    for claim in cluster.list(Kind::PersistentVolumeClaim) {
        let key = claim.meta.key();
        let files = cluster.claim_content(&key.namespace, &key.name);
        inside.claims.insert(place(&key), (files.len(), files.iter().map(|(_, text)| text.len()).sum()));
    }
    for set in cluster.list(Kind::StatefulSet) {
        namespaces.insert(Rc::clone(&set.meta.namespace));
    }
    for namespace in namespaces {
        for name in cluster.dns_names(&namespace) {
            if let Some(dark) = name.why_not {
                inside.dark.insert(name.name, dark.sentence());
            }
        }
    }
    inside.twins = cluster.second_writers().iter().map(|twin| place(&twin.pod)).gather();
    inside
}

fn event(event: &Event) -> EventView {
    EventView {
        is_warning: event.event_type == EventType::Warning,
        at: event.last.0,
        reason: event.reason.to_owned(),
        message: event.message.to_string(),
        about: ObjectKey {
            kind: event.kind.name().to_owned(),
            namespace: event.object.namespace.to_string(),
            name: event.object.name.to_string(),
        },
        count: event.count,
    }
}

/// A course of a session in words: how long, and what was done last.
pub fn course_name(course: &StoredSession) -> String {
    let last = course.log.last().map(|entry| name(&entry.action)).unwrap_or_default();
    format!("To {}: {} actions, at last {last}", clock(course.end.0), course.log.len())
}

/// An action in the words of the command that does it.
pub fn name(action: &Action) -> String {
    match action {
        Action::Apply { release, force_conflicts, .. } => {
            let flag = if *force_conflicts { " --force-conflicts" } else { "" };
            format!("helm upgrade --install {release}{flag}")
        }
        Action::Uninstall { release } => format!("helm uninstall {release}"),
        Action::Delete { kind, name, grace_period_seconds: Some(0), .. } => {
            format!("kubectl delete {} {name} --force --grace-period=0", kind.to_lowercase())
        }
        Action::Delete { kind, name, propagation: Some(propagation), .. } => {
            format!("kubectl delete {} {name} --cascade={}", kind.to_lowercase(), propagation.to_lowercase())
        }
        Action::Delete { kind, name, .. } => format!("kubectl delete {} {name}", kind.to_lowercase()),
        Action::Scale { kind, name, replicas, .. } => {
            format!("kubectl scale {} {name} --replicas={replicas}", kind.to_lowercase())
        }
        Action::Patch { kind, name, .. } => format!("kubectl patch {} {name}", kind.to_lowercase()),
        Action::Fault { pod, fault: Some(fault), .. } => format!("{pod}: {}", fault_name(*fault)),
        Action::Fault { pod, fault: None, .. } => format!("{pod}: behaves again"),
        Action::Crash { pod, container, .. } => format!("{pod}: container {container} crashes"),
        Action::Node { name, change } => match change {
            NodeChange::Lose => format!("node {name} is lost"),
            NodeChange::Return => format!("node {name} returns"),
            NodeChange::Cordon => format!("kubectl cordon {name}"),
            NodeChange::Uncordon => format!("kubectl uncordon {name}"),
            NodeChange::Drain => format!("kubectl drain {name}"),
            NodeChange::Delete => format!("kubectl delete node {name}"),
            NodeChange::TaintOutOfService => format!("node {name} is tainted out-of-service"),
            NodeChange::UntaintOutOfService => format!("node {name} loses its out-of-service taint"),
        },
        Action::AddNode { name, .. } => format!("node {name} joins"),
        Action::Evict { pod, .. } => format!("evict pod {pod}"),
        Action::Load { name, millicores: Some(load), .. } => format!("load on {name}: {load}m"),
        Action::Load { name, millicores: None, .. } => format!("no load on {name}"),
        Action::Visit { service, .. } => format!("visit {service}"),
    }
}

/// What a fault does, in a few words.
pub fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::CrashLoop => "crashes after each start",
        Fault::OutOfMemory => "runs out of memory",
        Fault::NotReady => "fails its readiness probe",
        Fault::Hang => "hangs",
        Fault::IgnoresTerm => "ignores SIGTERM",
    }
}
