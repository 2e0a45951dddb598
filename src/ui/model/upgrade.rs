//! What applying would do: to each object, and to the pods of each StatefulSet.
//!
//! In: the world as it is and the action that applies a render. Out: an [`Upgrade`], found by trying it on a copy of
//! the world, so that no rule of the API server or of a controller is told twice.

use std::collections::BTreeMap;

use serde_json::Value;

use super::field_diff::{FieldChange, field_changes};
use super::object::{ObjectKey, list, text};
use crate::cluster::{Duration, Gate, Kind, Object, Uid};
use crate::gather::{Gather, sort_by_key};
use crate::session::{Action, Effect, HookEvent, HookManifest, Refusal, World};

/// How much virtual time of the copy passes at most.
const LIMIT: Duration = Duration(15 * 60_000);
/// How many changes of the copy are looked at, at most.
const MOST_CHANGES: usize = 2_000;

/// What applying would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Upgrade {
    /// Whether the release is new.
    pub is_install: bool,
    /// Why Helm would not begin.
    pub refusal: Option<String>,
    /// What fails on the way: Helm's words.
    pub failure: Option<String>,
    /// The objects, in the order in which Helm applies them.
    pub objects: Vec<ObjectChange>,
    /// The hooks that run, in order: `pre-upgrade`, the object.
    pub hooks: Vec<(&'static str, String)>,
    /// What becomes of the pods of sets that are new or change.
    pub sets: Vec<SetOutlook>,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is created.
    Created,
    /// It changes.
    Changed,
    /// Nothing of it changes but who manages its fields.
    Owned,
    /// It is deleted.
    Deleted,
    /// It leaves the release but stays.
    Kept,
    /// It stays as it is.
    Unchanged,
    /// The server refuses it.
    Refused,
    /// Helm has stopped before it.
    NotReached,
    /// The playground does not know its kind.
    NotSimulated,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectChange {
    /// Which.
    pub key: ObjectKey,
    /// What becomes of it.
    pub fate: Fate,
    /// The fields that change, or that were to.
    pub fields: Vec<FieldChange>,
    /// The server's words, if it refuses.
    pub message: String,
    /// What to do instead, if it refuses.
    pub instead: Vec<String>,
    /// What others manage, if that is why it refuses: the field, and who.
    pub contested: Vec<(String, String)>,
}

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

impl Upgrade {
    /// How many objects have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.objects.iter().filter(|object| object.fate == fate).count()
    }
}

/// What the action, which applies a render, would do to the world; `None` for other actions.
pub fn upgrade(world: &World, action: &Action) -> Option<Upgrade> {
    let Action::Apply { release, namespace, manifest, hooks, .. } = action else { return None };
    let is_install = world.release(release).is_none();
    let planned = match world.plan(release, namespace, manifest) {
        Ok(planned) => planned,
        Err(refusal) => return Some(Upgrade { is_install, refusal: Some(refusal), ..Upgrade::default() }),
    };
    let mut upgrade = Upgrade { is_install, hooks: hook_lines(hooks, is_install), ..Upgrade::default() };
    let mut is_stopped = false;
    let mut watched = Vec::new();
    for planned in planned {
        let key = ObjectKey { kind: planned.kind, namespace: planned.namespace, name: planned.name };
        let mut change = ObjectChange {
            key,
            fate: Fate::Unchanged,
            fields: Vec::new(),
            message: String::new(),
            instead: Vec::new(),
            contested: Vec::new(),
        };
        change.fate = match planned.effect {
            Effect::Refuse(refusal) => {
                let Refusal { message, causes, before, wanted } = *refusal;
                if !wanted.is_null() {
                    change.fields = field_changes(&before, &wanted);
                }
                for cause in causes.into_iter().filter(|cause| cause.reason == "FieldManagerConflict") {
                    let manager = cause.message.trim_start_matches("conflict with ").to_owned();
                    change.contested.push((cause.field, manager));
                }
                if change.contested.is_empty() {
                    change.instead = instead(&change.key, &before, &change.fields);
                }
                change.message = message;
                Fate::Refused
            }
            Effect::Change(before, after) => {
                change.fields = field_changes(&before, &after);
                if change.fields.is_empty() { Fate::Owned } else { Fate::Changed }
            }
            Effect::Create => Fate::Created,
            Effect::Delete => Fate::Deleted,
            Effect::Keep => Fate::Kept,
            Effect::Nothing => Fate::Unchanged,
            Effect::Unknown => Fate::NotSimulated,
        };
        let is_refused = change.fate == Fate::Refused;
        if is_stopped && !is_refused && !matches!(change.fate, Fate::Unchanged | Fate::NotSimulated) {
            change.fate = Fate::NotReached;
        }
        is_stopped |= is_refused;
        if change.key.kind == "StatefulSet" && matches!(change.fate, Fate::Created | Fate::Changed) {
            watched.push(Watched::new(world, change.key.clone()));
        }
        upgrade.objects.push(change);
    }
    let start = world.now();
    let mut last = None;
    let outcome = world.rehearse(action, LIMIT, MOST_CHANGES, &mut |copy| {
        for set in &mut watched {
            set.look(copy, copy.now().0 - start.0);
        }
        let release = copy.release(release);
        last = release.map(|release| (release.description.clone(), release.status.word()));
        release.is_some_and(crate::session::Release::is_in_progress) || !watched.iter().all(|set| set.is_done)
    });
    upgrade.failure = match last {
        Some((description, "failed")) => Some(description),
        _ => outcome.refusals.into_iter().next(),
    };
    upgrade.sets = watched.into_iter().map(Watched::outlook).collect();
    Some(upgrade)
}

/// How many documents of two manifests differ: new, changed and gone ones.
pub fn changed_documents(installed: &str, rendered: &str) -> usize {
    let documents = |manifest: &str| -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for text in manifest.split("\n---\n") {
            let mut own =
                text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("---")).peekable();
            if own.peek().is_some() {
                let head: Vec<&str> = own
                    .clone()
                    .filter(|line| line.starts_with("kind:") || line.starts_with("  name:"))
                    .take(2)
                    .collect();
                found.insert(head.join("\n"), own.collect::<Vec<_>>().join("\n"));
            }
        }
        found
    };
    let (old, new) = (documents(installed), documents(rendered));
    let differs = new.iter().filter(|(head, text)| old.get(*head) != Some(*text)).count();
    differs + old.keys().filter(|head| !new.contains_key(*head)).count()
}

fn hook_lines(hooks: &[HookManifest], is_install: bool) -> Vec<(&'static str, String)> {
    let events = match is_install {
        true => [(HookEvent::PreInstall, "pre-install"), (HookEvent::PostInstall, "post-install")],
        false => [(HookEvent::PreUpgrade, "pre-upgrade"), (HookEvent::PostUpgrade, "post-upgrade")],
    };
    let mut lines = Vec::new();
    for (event, word) in events {
        let mut own: Vec<&HookManifest> = hooks.iter().filter(|hook| hook.events.contains(&event)).collect();
        sort_by_key(&mut own, |hook| hook.weight);
        lines.extend(own.into_iter().map(|hook| {
            let parsed = crate::yaml::parse(&hook.manifest);
            let object = parsed.documents.first().map_or(Value::Null, |document| document.root.to_json());
            (word, format!("{}/{}", text(&object, "/kind"), text(&object, "/metadata/name")))
        }));
    }
    lines
}

/// What to do instead of a change that the server refuses.
fn instead(key: &ObjectKey, live: &Value, fields: &[FieldChange]) -> Vec<String> {
    if live.is_null() {
        return Vec::new();
    }
    let name = &key.name;
    match key.kind.as_str() {
        "StatefulSet" => {
            let mut advice = vec![format!(
                "kubectl delete statefulset {name} --cascade=orphan, then apply: the set goes, its pods and claims \
                 stay, and the new set takes them over. In the picture: select the set, Delete, leave the pods."
            )];
            if fields.iter().any(|field| field.path.starts_with("spec.volumeClaimTemplates")) {
                advice.push(
                    "Claims that exist stay as they are: the new template counts for new ordinals. Change each old \
                     claim by itself, where its storage class allows it to grow."
                        .to_owned(),
                );
            }
            advice
        }
        "Job" => vec![format!("kubectl delete job {name}, then apply: a Job's pod template cannot change.")],
        "PersistentVolumeClaim" => vec![
            "Only the request of a claim can grow, where its storage class allows it. For anything else make a new \
             claim and copy the data."
                .to_owned(),
        ],
        kind => vec![format!(
            "kubectl delete {} {name}, then apply: what uses it is without it until then.",
            kind.to_lowercase()
        )],
    }
}

/// A set and its pods while the copy's time passes.
struct Watched {
    key: ObjectKey,
    /// Pods before: their uids, and whether they are on their way out already.
    before: BTreeMap<String, (Uid, bool)>,
    steps: Vec<PodStep>,
    stays: Vec<String>,
    waits: Vec<String>,
    is_done: bool,
    after: u64,
}

impl Watched {
    fn new(world: &World, key: ObjectKey) -> Watched {
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
    fn look(&mut self, world: &World, after: u64) {
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
            let ordinal = super::object::split_ordinal(name).map_or(0, |(_, ordinal)| i64::from(ordinal));
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
                    && super::object::split_ordinal(&reason.object.name)
                        .is_some_and(|(set, _)| set == self.key.name);
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

    fn outlook(self) -> SetOutlook {
        let time = super::moment::age(self.after);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    const SET: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 3
  selector: {matchLabels: {app: web}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: 'app:1', readinessProbe: {httpGet: {port: 80}}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";
    const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, selector: {app: web}}
";

    fn apply(manifest: String) -> Action {
        Action::Apply {
            release: "r".to_owned(),
            namespace: "default".to_owned(),
            manifest,
            hooks: Vec::new(),
            force_conflicts: false,
        }
    }

    fn lines(upgrade: &Upgrade) -> Vec<String> {
        let mut lines: Vec<String> = upgrade.refusal.iter().chain(&upgrade.failure).cloned().collect();
        for object in &upgrade.objects {
            lines.push(format!("{} {:?}", object.key.kubectl_name(), object.fate));
            lines.extend(object.fields.iter().map(|it| {
                let word = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
                format!("  {}: {} → {}", it.path, word(&it.old), word(&it.new))
            }));
        }
        for set in &upgrade.sets {
            lines.extend(set.steps.iter().map(|step| format!("{} {}", step.name, step.what)));
            lines.extend(set.stays.iter().cloned());
            let end = if set.is_done { "done" } else { set.end.split(": ").nth(1).unwrap_or_default() };
            lines.push(end.to_owned());
        }
        lines
    }

    /// Applies the set, lets `before` happen, and previews the set with one change of its text.
    fn check(before: &[Action], from: &str, to: &str, expect: &[&str]) {
        let mut session = Session::new(3);
        session.act(apply(format!("{SET}{SERVICE}")));
        session.advance(Duration::seconds(120));
        for action in before {
            assert_eq!(session.act(action.clone()).refusals, Vec::<String>::new());
            session.advance(Duration::seconds(120));
        }
        let manifest = format!("{SET}{SERVICE}").replacen(from, to, 1);
        let before = session.world().cluster.resource_version();
        let found = upgrade(session.world(), &apply(manifest)).expect("it is applied");
        assert_eq!(lines(&found), expect, "{to}");
        assert_eq!(session.world().cluster.resource_version(), before, "the world is as it was");
    }

    #[test]
    fn documents_are_counted_without_trying() {
        let (a, b) =
            ("---\n# Source: x\nkind: A\nmetadata:\n  name: a\n", "kind: B\nmetadata:\n  name: b\nx: 1\n");
        let both = format!("{a}---\n{b}");
        assert_eq!(changed_documents("", &both), 2);
        assert_eq!(changed_documents(&both, &both), 0);
        assert_eq!(changed_documents(&both, &both.replace("x: 1", "x: 2")), 1);
        assert_eq!(changed_documents(&both, a), 1);
    }

    #[test]
    fn an_install_creates_everything_in_order() {
        let session = Session::new(3);
        let found = upgrade(session.world(), &apply(format!("{SET}{SERVICE}"))).expect("it is applied");
        let expect = [
            "sts/web Created",
            "service/web Created",
            "web-0 is created",
            "web-1 is created",
            "web-2 is created",
            "done",
        ];
        assert_eq!(lines(&found), expect);
        assert!(found.is_install);
    }

    #[test]
    fn a_rollout_restarts_pods_from_the_highest() {
        let image = "  spec.template.spec.containers[0].image: app:1 → app:2";
        check(&[], "no", "no", &["sts/web Unchanged", "service/web Unchanged"]);
        check(
            &[],
            "app:1",
            "app:2",
            &[
                "sts/web Changed",
                image,
                "service/web Unchanged",
                "web-2 restarts",
                "web-1 restarts",
                "web-0 restarts",
                "done",
            ],
        );
        check(
            &[],
            "replicas: 3",
            "replicas: 1",
            &[
                "sts/web Changed",
                "  spec.replicas: 3 → 1",
                "service/web Unchanged",
                "web-2 is deleted",
                "web-1 is deleted",
                "done",
            ],
        );
    }

    fn scaled() -> Action {
        let (kind, namespace, name) = ("StatefulSet".to_owned(), "default".to_owned(), "web".to_owned());
        Action::Scale { kind, namespace, name, replicas: 5 }
    }

    #[test]
    fn what_others_made_of_it_may_be_taken_over() {
        check(&[scaled()], "replicas: 3", "replicas: 5", &["sts/web Owned", "service/web Unchanged"]);
        let mut session = Session::new(3);
        session.act(apply(format!("{SET}{SERVICE}")));
        session.act(scaled());
        let action = apply(format!("{SET}{SERVICE}"));
        let found = upgrade(session.world(), &action).expect("it is applied");
        let manager = "\"kubectl\" with subresource \"scale\" using apps/v1";
        assert_eq!(found.objects[0].contested, [(".spec.replicas".to_owned(), manager.to_owned())]);
        let offer = crate::ui::model::offer::force(&action, &found).expect("somebody else manages a field");
        assert!(offer.consequence.contains(&format!("sts/web .spec.replicas, managed by {manager}")));
        assert!(offer.note.ends_with("--force-conflicts"));
        let crate::ui::model::offer::Deed::Act(forced) = offer.deed else { panic!("it asks for nothing") };
        assert_eq!(session.act(forced).refusals, Vec::<String>::new());
    }

    #[test]
    fn what_stays_is_told_with_its_reason() {
        check(
            &[],
            "partition: 0}}\n  template",
            "partition: 2}}\n  minReadySeconds: 1\n  template",
            &[
                "sts/web Changed",
                "  spec.minReadySeconds: none → 1",
                "  spec.updateStrategy.rollingUpdate.partition: 0 → 2",
                "service/web Unchanged",
                "done",
            ],
        );
        let fault = Action::Fault {
            namespace: "default".to_owned(),
            pod: "web-2".to_owned(),
            fault: Some(crate::cluster::workload::Fault::NotReady),
        };
        check(
            &[fault],
            "app:1",
            "app:2",
            &[
                "sts/web Changed",
                "  spec.template.spec.containers[0].image: app:1 → app:2",
                "service/web Unchanged",
                // Under OrderedReady a pod that is not ready holds the rollout, its own update too.
                "web-0 waits to be updated until web-2 is Running and Ready; web-1 waits to be updated until web-2 is \
                 Running and Ready; web-2 is not replaced",
            ],
        );
    }

    #[test]
    fn refusals_are_the_servers_and_stop_helm() {
        let forbidden = "server-side apply failed for object default/web apps/v1, Kind=StatefulSet: \
                         StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                         'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                         'minReadySeconds' are forbidden";
        check(
            &[],
            "storage: 1Gi",
            "storage: 2Gi",
            &[
                forbidden,
                "sts/web Refused",
                "  spec.volumeClaimTemplates[0].spec.resources.requests.storage: 1Gi → 2Gi",
                "service/web Unchanged",
            ],
        );
        check(&[], SERVICE, "", &["sts/web Unchanged", "service/web Deleted"]);
    }
}
