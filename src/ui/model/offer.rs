//! What a reader can do to an object: the items of its menu, and what each would have for a consequence.
//!
//! In: an object as the API serves it. Out: [`Offer`]s in the order of the menu, those that cannot be taken back
//! except by going back in time last.

use serde_json::{Value, json};

use super::object::{ObjectKey, list, number, text};
use super::topology::ZONE;
use super::upgrade::Upgrade;
use crate::cluster::Instant;
use crate::cluster::workload::Fault;
use crate::session::{Action, NodeChange};

/// Something that a reader can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What the menu calls it.
    pub name: String,
    /// The command that does it, or what it does; may be empty.
    pub note: String,
    /// What it would have for a consequence; the reader is asked if there is one.
    pub consequence: String,
    /// Whether it takes something away.
    pub is_danger: bool,
    /// What happens.
    pub deed: Deed,
}

/// What happens when an offer is taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// At once, or when the reader has agreed.
    Act(Action),
    /// The reader gives a number first.
    Ask(Question),
    /// A new session, with a fresh cluster.
    StartOver,
}

/// A number that the reader gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which object.
    pub key: ObjectKey,
    /// What the number is.
    pub what: Number,
    /// What it is now.
    pub now: i64,
    /// The least that makes sense.
    pub least: i64,
    /// The most that makes sense.
    pub most: i64,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Replicas of a workload.
    Replicas,
    /// The partition of a StatefulSet's rolling update.
    Partition,
    /// Seconds that a deleted pod's containers get.
    GracePeriod,
    /// Gibibytes that a claim asks for.
    Size,
}

impl Number {
    /// The label of the field that asks for it.
    pub fn label(self) -> &'static str {
        match self {
            Number::Replicas => "Replicas",
            Number::Partition => "Partition: ordinals below it keep their revision",
            Number::GracePeriod => "Grace period in seconds",
            Number::Size => "Size in Gi",
        }
    }
}

impl Question {
    /// The action that the answer makes; numbers out of range are brought into it.
    pub fn action(&self, answer: i64) -> Action {
        let answer = answer.clamp(self.least, self.most);
        match self.what {
            Number::Replicas => scale(&self.key, answer),
            Number::Partition => patch(
                &self.key,
                json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": answer}}}}),
            ),
            Number::GracePeriod => delete(&self.key, Some(answer), None),
            Number::Size => patch(
                &self.key,
                json!({"spec": {"resources": {"requests": {"storage": format!("{answer}Gi")}}}}),
            ),
        }
    }
}

impl Offer {
    fn act(name: &str, note: &str, action: Action) -> Offer {
        Offer {
            name: name.to_owned(),
            note: note.to_owned(),
            consequence: String::new(),
            is_danger: false,
            deed: Deed::Act(action),
        }
    }

    fn ask(name: &str, note: &str, question: Question) -> Offer {
        let deed = Deed::Ask(question);
        Offer {
            name: name.to_owned(),
            note: note.to_owned(),
            consequence: String::new(),
            is_danger: false,
            deed,
        }
    }

    fn danger(mut self, consequence: &str) -> Offer {
        self.is_danger = true;
        self.consequence = consequence.to_owned();
        self
    }
}

/// Applies a render though others manage what it would change; `None` if nobody does.
pub fn force(action: &Action, upgrade: &Upgrade) -> Option<Offer> {
    let Action::Apply { release, .. } = action else { return None };
    let taken = upgrade.objects.iter().flat_map(|object| {
        let name = object.key.kubectl_name();
        object.contested.iter().map(move |(field, manager)| format!("{name} {field}, managed by {manager}"))
    });
    let taken: Vec<String> = taken.collect();
    if taken.is_empty() {
        return None;
    }
    let mut forced = action.clone();
    if let Action::Apply { force_conflicts, .. } = &mut forced {
        *force_conflicts = true;
    }
    let consequence = format!(
        "Helm takes over {}. What they were set to is lost: the chart's values stand there, and Helm manages them \
         alone from then on.",
        taken.join("; ")
    );
    let note = format!("helm upgrade --install {release} --force-conflicts");
    Some(Offer::act("Force conflicts…", &note, forced).danger(&consequence))
}

/// The action that scales a workload.
pub fn scale(key: &ObjectKey, replicas: i64) -> Action {
    let (kind, namespace, name) = parts(key);
    Action::Scale { kind, namespace, name, replicas: i32::try_from(replicas.max(0)).unwrap_or(i32::MAX) }
}

/// The action that puts a load on a workload, in thousandths of a core.
pub fn load(key: &ObjectKey, millicores: u64) -> Action {
    let (kind, namespace, name) = parts(key);
    Action::Load { kind, namespace, name, millicores: Some(millicores) }
}

fn delete(key: &ObjectKey, grace_period_seconds: Option<i64>, propagation: Option<&str>) -> Action {
    let (kind, namespace, name) = parts(key);
    Action::Delete {
        kind,
        namespace,
        name,
        grace_period_seconds,
        propagation: propagation.map(str::to_owned),
    }
}

fn patch(key: &ObjectKey, patch: Value) -> Action {
    let (kind, namespace, name) = parts(key);
    Action::Patch { kind, namespace, name, patch }
}

fn parts(key: &ObjectKey) -> (String, String, String) {
    (key.kind.clone(), key.namespace.clone(), key.name.clone())
}

/// What can be done to an object at a moment; `is_silent` tells of a node whether it has stopped reporting.
pub fn offers(object: &Value, now: Instant, is_silent: bool) -> Vec<Offer> {
    let key = ObjectKey::of(object);
    let is_gone = object.pointer("/metadata/deletionTimestamp").is_some();
    let mut offers = match key.kind.as_str() {
        "Pod" => pod(&key, object, is_gone),
        "StatefulSet" => stateful_set(&key, object, now),
        "Deployment" => deployment(&key, object, now),
        "ReplicaSet" => vec![replicas(&key, object)],
        "PersistentVolumeClaim" => claim(&key, object),
        "Service" => vec![Offer::act(
            "Visit it",
            "A client asks the Service once; the answering pod counts it.",
            Action::Visit { namespace: key.namespace.clone(), service: key.name.clone() },
        )],
        "Node" => node(&key, object, is_silent),
        "Job" | "CronJob" => vec![suspension(&key, object)],
        _ => Vec::new(),
    };
    if !is_gone {
        offers.extend(deletions(&key, object));
    }
    offers
}

fn pod(key: &ObjectKey, object: &Value, is_gone: bool) -> Vec<Offer> {
    let place = || (key.namespace.clone(), key.name.clone());
    let fault = |fault: Option<Fault>| {
        let (namespace, pod) = place();
        Action::Fault { namespace, pod, fault }
    };
    let mut offers = Vec::new();
    if !is_gone {
        let (namespace, pod) = place();
        offers.push(Offer::act(
            "Evict",
            "As kubectl drain does: refused while its PodDisruptionBudget allows none.",
            Action::Evict { namespace, pod },
        ));
    }
    for container in list(object, "/spec/containers") {
        let name = text(container, "/name");
        let (namespace, pod) = place();
        offers.push(Offer::act(
            &format!("Kill the process of {name}"),
            "It ends with exit code 1; the kubelet starts the container again.",
            Action::Crash { namespace, pod, container: name.to_owned() },
        ));
    }
    let faults = [
        ("Fail readiness", "It runs, but its readiness probe fails.", Some(Fault::NotReady)),
        ("Hang", "It answers nothing: every probe times out.", Some(Fault::Hang)),
        ("Crash after each start", "Exit code 1 two seconds after each start.", Some(Fault::CrashLoop)),
        ("Run out of memory", "Killed for memory two seconds after each start.", Some(Fault::OutOfMemory)),
        ("Ignore SIGTERM", "A delete takes the whole grace period.", Some(Fault::IgnoresTerm)),
        ("Behave again", "Takes the fault away.", None),
    ];
    offers.extend(faults.into_iter().map(|(name, note, found)| Offer::act(name, note, fault(found))));
    offers
}

fn stateful_set(key: &ObjectKey, object: &Value, now: Instant) -> Vec<Offer> {
    let mut offers = vec![replicas(key, object), restart(key, now)];
    let strategy = |name: &str| patch(key, json!({"spec": {"updateStrategy": {"type": name}}}));
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        offers.push(Offer::act(
            "Update by RollingUpdate",
            "The controller replaces outdated pods itself.",
            strategy("RollingUpdate"),
        ));
    } else {
        let question = Question {
            key: key.clone(),
            what: Number::Partition,
            now: number(object, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or_default(),
            least: 0,
            most: MOST_REPLICAS,
        };
        offers.push(Offer::ask("Edit the partition…", "Ordinals below it keep their revision.", question));
        let on_delete =
            patch(key, json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}));
        offers.push(Offer::act("Update by OnDelete", "Outdated pods stay until you delete them.", on_delete));
    }
    offers
}

fn deployment(key: &ObjectKey, object: &Value, now: Instant) -> Vec<Offer> {
    let paused = object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true);
    let (name, note) = if paused {
        ("Resume the roll-out", "kubectl rollout resume")
    } else {
        ("Pause the roll-out", "kubectl rollout pause")
    };
    let pause = Offer::act(
        name,
        note,
        patch(key, json!({"spec": {"paused": if paused { Value::Null } else { true.into() }}})),
    );
    vec![replicas(key, object), restart(key, now), pause]
}

fn suspension(key: &ObjectKey, object: &Value) -> Offer {
    let suspended = object.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true);
    let (name, note) = if suspended {
        ("Resume", "It makes pods again.")
    } else {
        ("Suspend", "It makes no pods until it is resumed.")
    };
    Offer::act(name, note, patch(key, json!({"spec": {"suspend": !suspended}})))
}

/// More replicas than this are not asked for by menu.
const MOST_REPLICAS: i64 = 1000;

fn replicas(key: &ObjectKey, object: &Value) -> Offer {
    let now = number(object, "/spec/replicas").unwrap_or(1);
    let question = Question { key: key.clone(), what: Number::Replicas, now, least: 0, most: MOST_REPLICAS };
    Offer::ask("Scale…", "kubectl scale --replicas", question)
}

fn restart(key: &ObjectKey, now: Instant) -> Offer {
    let stamp = json!({"kubectl.kubernetes.io/restartedAt": now.to_string()});
    let change = json!({"spec": {"template": {"metadata": {"annotations": stamp}}}});
    Offer::act("Restart the roll-out", "kubectl rollout restart: every pod is replaced.", patch(key, change))
}

fn claim(key: &ObjectKey, object: &Value) -> Vec<Offer> {
    let asked = text(object, "/spec/resources/requests/storage");
    let now = asked.strip_suffix("Gi").and_then(|number| number.parse().ok()).unwrap_or(1);
    let question = Question { key: key.clone(), what: Number::Size, now, least: 1, most: 10_000 };
    vec![Offer::ask("Resize…", "Asks for another size; refused unless its class allows it.", question)]
}

fn node(key: &ObjectKey, object: &Value, is_silent: bool) -> Vec<Offer> {
    let act = |name: &str, note: &str, change: NodeChange| {
        Offer::act(name, note, Action::Node { name: key.name.clone(), change })
    };
    let is_cordoned = object.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
    let is_tainted =
        list(object, "/spec/taints").iter().any(|taint| text(taint, "/key").ends_with("out-of-service"));
    let taint = act(
        "Taint it out-of-service",
        "Its pods are force-deleted, so that they come back elsewhere.",
        NodeChange::TaintOutOfService,
    );
    vec![
        if is_cordoned {
            act("Uncordon", "kubectl uncordon: new pods may come to it again.", NodeChange::Uncordon)
        } else {
            act("Cordon", "kubectl cordon: no new pod comes to it.", NodeChange::Cordon)
        },
        act(
            "Drain",
            "kubectl drain: cordons it and evicts its pods, as far as their budgets allow.",
            NodeChange::Drain,
        ),
        if is_silent {
            act("Bring it back", "It reports again.", NodeChange::Return)
        } else {
            act(
                "Make it unreachable",
                "It stops reporting, as when its power or network is cut.",
                NodeChange::Lose,
            )
        },
        if is_tainted {
            act("Take the out-of-service taint off", "", NodeChange::UntaintOutOfService)
        } else if is_silent {
            taint
        } else {
            taint.danger(
                "The node still reports. Kubernetes believes the taint: its pods are deleted without waiting for the \
                 kubelet, while their processes may still write to their volumes. It is meant for nodes that are \
                 switched off.",
            )
        },
    ]
}

/// `helm uninstall`.
pub fn uninstall(release: &str) -> Offer {
    Offer::act("Uninstall the release", "", Action::Uninstall { release: release.to_owned() }).danger(&format!(
        "What the chart made for {release} is deleted: its pods, Services and the set itself. Claims made from the \
         set's templates stay, with their data."
    ))
}

/// A fresh cluster.
pub fn start_over() -> Offer {
    Offer {
        name: "Start over".to_owned(),
        note: String::new(),
        consequence: "Everything that you did to this cluster is forgotten, and its timeline with it. Values and chart \
                      stay."
            .to_owned(),
        is_danger: true,
        deed: Deed::StartOver,
    }
}

/// The ways to delete an object.
fn deletions(key: &ObjectKey, object: &Value) -> Vec<Offer> {
    let name = &key.name;
    let way = |title: &str, note: &str, propagation: &str| {
        Offer::act(title, note, delete(key, None, Some(propagation)))
    };
    let plain = || Offer::act("Delete", "kubectl delete", delete(key, None, None));
    match key.kind.as_str() {
        "Pod" => {
            let grace = number(object, "/spec/terminationGracePeriodSeconds").unwrap_or(30);
            let question =
                Question { key: key.clone(), what: Number::GracePeriod, now: grace, least: 1, most: 3600 };
            let force = Offer::act(
                "Force delete",
                "kubectl delete --force --grace-period=0",
                delete(key, Some(0), None),
            );
            vec![
                Offer::act("Delete", "Its containers get SIGTERM and time to end.", delete(key, None, None)),
                Offer::ask("Delete with a grace period…", "kubectl delete --grace-period", question),
                force.danger(&format!(
                    "The API server forgets {name} at once, without knowing whether its containers have ended. A \
                     StatefulSet makes a new {name} right away: for a while two may run as one identity and write to \
                     the same volume."
                )),
            ]
        }
        "StatefulSet" | "Deployment" | "ReplicaSet" | "Job" => {
            let what = if key.kind == "StatefulSet" {
                match text(object, "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted") {
                    "Delete" => " Its claims are deleted too: whenDeleted is Delete.",
                    _ => " Its claims and their data stay.",
                }
            } else {
                ""
            };
            let unordered =
                if key.kind == "StatefulSet" { " in no order: scale to 0 first to stop them one by one" } else { "" };
            vec![
                way("Delete", "Background: it goes at once, its pods after it.", "Background")
                    .danger(&format!("{name} goes now, and its pods are deleted after it{unordered}.{what}")),
                way("Delete in the foreground", "It stays until its pods are gone.", "Foreground")
                    .danger(&format!("{name} stays, being deleted, until its pods are gone. They go{unordered}.{what}")),
                way("Delete, leave the pods", "--cascade=orphan: the pods run on without it.", "Orphan").danger(
                    &format!(
                        "{name} goes, and its pods run on with nobody to replace them. A new {} with the same \
                         selector takes them over.",
                        key.kind
                    ),
                ),
            ]
        }
        "PersistentVolumeClaim" => {
            let held = if text(object, "/status/phase") == "Bound" {
                " Then its volume is released: with the reclaim policy Delete, its data is gone."
            } else {
                ""
            };
            vec![plain().danger(&format!("{name} goes as soon as no pod uses it.{held}"))]
        }
        "PersistentVolume" => {
            vec![plain().danger(&format!("{name} goes as soon as no claim is bound to it, and its data with it."))]
        }
        "Node" => vec![Offer::act(
            "Delete",
            "kubectl delete node",
            Action::Node { name: name.clone(), change: NodeChange::Delete },
        )
        .danger(&format!(
            "{name} leaves the cluster. Its pods are deleted without waiting for its kubelet, which runs on if the \
             machine does."
        ))],
        "Service" => vec![plain().danger(&format!("The names of {name} stop resolving, and its address is given up."))],
        "Secret" | "ConfigMap" => vec![
            plain().danger(&format!("Pods that run keep what they have read of {name}; new containers that need it cannot start.")),
        ],
        _ => vec![plain().danger(&format!("{} {name} is deleted.", key.kind))],
    }
}

/// A node to add: its name is the next that minikube would give.
pub fn new_nodes(names: &[&str]) -> Vec<Offer> {
    let taken = |name: &String| names.contains(&name.as_str());
    let name = (1..)
        .map(|number| if number == 1 { "minikube".to_owned() } else { format!("minikube-m{number:02}") })
        .find(|name| !taken(name))
        .unwrap_or_default();
    let add = |zone: Option<&str>| Action::AddNode { name: name.clone(), zone: zone.map(str::to_owned) };
    let mut offers = vec![Offer::act("Add a node", &format!("{name}, in no zone"), add(None))];
    for zone in ["zone-a", "zone-b", "zone-c"] {
        offers.push(Offer::act(
            &format!("Add a node in {zone}"),
            &format!("{name}, {ZONE}={zone}"),
            add(Some(zone)),
        ));
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, rest: Value) -> Value {
        let mut object = json!({"kind": kind, "metadata": {"name": "x", "namespace": "default"}});
        let (Some(map), Value::Object(rest)) = (object.as_object_mut(), rest) else { return object };
        map.extend(rest);
        object
    }

    /// The names of the menu; `!` marks what asks for agreement, `?` what asks for a number.
    fn check(object: Value, is_silent: bool, expected: &str) {
        let names: Vec<String> = offers(&object, Instant(0), is_silent)
            .into_iter()
            .map(|offer| {
                let asks = if matches!(offer.deed, Deed::Ask(_)) { "?" } else { "" };
                format!("{}{}{asks}", offer.name, if offer.consequence.is_empty() { "" } else { "!" })
            })
            .collect();
        assert_eq!(names.join(", "), expected);
    }

    #[test]
    fn menus_offer_what_fits_the_object() {
        check(
            object("StatefulSet", json!({"spec": {"replicas": 2}})),
            false,
            "Scale…?, Restart the roll-out, Edit the partition…?, Update by OnDelete, Delete!, Delete in the \
             foreground!, Delete, leave the pods!",
        );
        check(
            object("Pod", json!({"spec": {"containers": [{"name": "app"}]}})),
            false,
            "Evict, Kill the process of app, Fail readiness, Hang, Crash after each start, Run out of memory, Ignore \
             SIGTERM, Behave again, Delete, Delete with a grace period…?, Force delete!",
        );
        check(
            object("Node", json!({"spec": {"unschedulable": true}})),
            true,
            "Uncordon, Drain, Bring it back, Taint it out-of-service, Delete!",
        );
        check(
            object("Node", json!({})),
            false,
            "Cordon, Drain, Make it unreachable, Taint it out-of-service!, Delete!",
        );
        check(object("PersistentVolumeClaim", json!({})), false, "Resize…?, Delete!");
        check(object("ControllerRevision", json!({})), false, "Delete!");
    }

    #[test]
    fn answers_stay_in_range() {
        let key = ObjectKey::of(&object("StatefulSet", json!({})));
        let question = Question { key: key.clone(), what: Number::Replicas, now: 1, least: 0, most: 1000 };
        assert_eq!(question.action(1_000_000), scale(&key, 1000));
        assert_eq!(question.action(-3), scale(&key, 0));
    }

    #[test]
    fn a_new_node_takes_the_next_name() {
        let names: Vec<String> =
            new_nodes(&["minikube", "minikube-m03"]).into_iter().map(|offer| offer.note).collect();
        assert_eq!(names[0], "minikube-m02, in no zone");
    }
}
