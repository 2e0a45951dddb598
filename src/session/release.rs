//! Helm's side of a release: installs, upgrades and uninstalls it step by step as time passes.
//!
//! Mirrors: Helm 4's `install`, `upgrade` and `uninstall` actions. Hooks run one after another by weight, each
//! awaited until its Pod or Job has completed; then the release's objects; then the hooks after it. Objects are applied
//! on the server's side: what somebody else changed meanwhile and the chart would change back is a conflict.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{HookManifest, Outcome};
use crate::api;
use crate::cluster::{Cause, Cluster, DeleteOptions, Duration, Instant, Key, Kind, Propagation};
use crate::gather::sort_by_key;
use crate::yaml;

/// How long a hook may take, as Helm's `--timeout`.
const HOOK_TIMEOUT: Duration = Duration(300_000);

/// When a hook runs. Other events (`test`, `pre-rollback`, …) are kept with the chart but never run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookEvent {
    /// Before the objects of a first install.
    PreInstall,
    /// After the objects of a first install.
    PostInstall,
    /// Before the objects of an upgrade.
    PreUpgrade,
    /// After the objects of an upgrade.
    PostUpgrade,
    /// Before the objects are deleted.
    PreDelete,
    /// After the objects are deleted.
    PostDelete,
}

impl HookEvent {
    /// The event of the name that stands in `helm.sh/hook`, if it is one that runs here.
    pub fn named(name: &str) -> Option<HookEvent> {
        Some(match name {
            "pre-install" => HookEvent::PreInstall,
            "post-install" => HookEvent::PostInstall,
            "pre-upgrade" => HookEvent::PreUpgrade,
            "post-upgrade" => HookEvent::PostUpgrade,
            "pre-delete" => HookEvent::PreDelete,
            "post-delete" => HookEvent::PostDelete,
            _ => return None,
        })
    }
}

/// Where a release stands, in the words of `helm status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseStatus {
    /// Hooks before a first install run.
    PendingInstall,
    /// Hooks before an upgrade run.
    PendingUpgrade,
    /// Its objects are applied, and its hooks have run.
    Deployed,
    /// A hook or an object failed.
    Failed,
    /// It is being uninstalled.
    Uninstalling,
}

impl ReleaseStatus {
    /// The word that `helm status` prints.
    pub fn word(self) -> &'static str {
        match self {
            ReleaseStatus::PendingInstall => "pending-install",
            ReleaseStatus::PendingUpgrade => "pending-upgrade",
            ReleaseStatus::Deployed => "deployed",
            ReleaseStatus::Failed => "failed",
            ReleaseStatus::Uninstalling => "uninstalling",
        }
    }
}

/// A release as Helm keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// From 1; each upgrade adds one.
    pub revision: u32,
    /// Where it stands.
    pub status: ReleaseStatus,
    /// What went wrong last, or what Helm waits for.
    pub description: String,
    /// The objects of the last revision, in install order.
    pub(super) objects: Vec<Value>,
    hooks: Vec<HookManifest>,
    /// What is still to do, first things first.
    steps: VecDeque<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    StartHook(Box<HookManifest>),
    AwaitHook { hook: Box<HookManifest>, kind: Kind, key: Key, deadline: Instant },
    ApplyObjects { old: Vec<Value>, force: bool },
    DeleteObjects,
    Finish,
}

/// Every release by name.
pub(super) type Releases = BTreeMap<String, Release>;

/// Starts an install, or an upgrade where the release exists.
pub(super) fn apply(
    releases: &mut Releases,
    name: &str,
    namespace: &str,
    (manifest, hooks): (&str, &[HookManifest]),
    force: bool,
) -> Outcome {
    let parsed = yaml::parse(manifest);
    if let Some(error) = parsed.go_error() {
        return Outcome::refused(format!("YAML parse error: {error}"));
    }
    let objects = parsed
        .documents
        .iter()
        .map(|document| document.root.to_json())
        .filter(|object| !object.is_null())
        .collect();
    let (before, after, old, revision, status) = match releases.get(name) {
        Some(release) if !release.steps.is_empty() => {
            return Outcome::refused("another operation (install/upgrade/rollback) is in progress");
        }
        Some(release) => (
            HookEvent::PreUpgrade,
            HookEvent::PostUpgrade,
            release.objects.clone(),
            release.revision + 1,
            ReleaseStatus::PendingUpgrade,
        ),
        None => (HookEvent::PreInstall, HookEvent::PostInstall, Vec::new(), 1, ReleaseStatus::PendingInstall),
    };
    let mut steps: VecDeque<Step> = hooks_of(hooks, before).collect();
    steps.push_back(Step::ApplyObjects { old, force });
    steps.extend(hooks_of(hooks, after));
    steps.push_back(Step::Finish);
    let release = Release {
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        revision,
        status,
        description: String::new(),
        objects,
        hooks: hooks.to_vec(),
        steps,
    };
    releases.insert(name.to_owned(), release);
    let verb = if revision == 1 { "install" } else { "upgrade" };
    Outcome::said(format!("helm {verb} {name}: revision {revision}"))
}

/// Starts an uninstall.
pub(super) fn uninstall(releases: &mut Releases, name: &str) -> Outcome {
    let Some(release) = releases.get_mut(name) else {
        return Outcome::refused(format!("uninstall: Release not loaded: {name}: release: not found"));
    };
    release.steps = hooks_of(&release.hooks, HookEvent::PreDelete).collect();
    release.steps.push_back(Step::DeleteObjects);
    release.steps.extend(hooks_of(&release.hooks, HookEvent::PostDelete));
    release.steps.push_back(Step::Finish);
    release.status = ReleaseStatus::Uninstalling;
    Outcome::said(format!("helm uninstall {name}"))
}

/// The hooks of an event by weight; those of one weight stay in the order of the chart, which is by kind and name.
fn hooks_of(hooks: &[HookManifest], event: HookEvent) -> impl Iterator<Item = Step> {
    let mut chosen: Vec<HookManifest> =
        hooks.iter().filter(|hook| hook.events.contains(&event)).cloned().collect();
    sort_by_key(&mut chosen, |hook| hook.weight);
    chosen.into_iter().map(|hook| Step::StartHook(Box::new(hook)))
}

/// When a release wants to be looked at again although nothing happens in the cluster: the deadline of its hook.
pub(super) fn next_deadline(releases: &Releases) -> Option<Instant> {
    let deadlines = releases.values().filter_map(|release| match release.steps.front() {
        Some(Step::AwaitHook { deadline, .. }) => Some(*deadline),
        _ => None,
    });
    deadlines.min()
}

/// Does what can be done now for every release; says what was done. Nothing said means that nothing changed.
pub(super) fn drive(releases: &mut Releases, cluster: &mut Cluster) -> Outcome {
    let mut outcome = Outcome::default();
    for release in releases.values_mut() {
        while let Some(step) = release.steps.pop_front() {
            if let Some(step) = release.take(step, cluster, &mut outcome) {
                release.steps.push_front(step);
                break;
            }
        }
    }
    releases.retain(|_, release| release.status != ReleaseStatus::Uninstalling || !release.steps.is_empty());
    outcome
}

impl Release {
    /// Whether Helm still works on it.
    pub fn is_in_progress(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Takes one step; gives back the step that has to wait.
    fn take(&mut self, step: Step, cluster: &mut Cluster, outcome: &mut Outcome) -> Option<Step> {
        match step {
            Step::StartHook(hook) => match self.start_hook(&hook, cluster) {
                Ok(Some((kind, key))) => {
                    self.description = format!("waiting for hook {}/{}", kind.name(), key.name);
                    outcome.messages.push(self.description.clone());
                    return Some(Step::AwaitHook { hook, kind, key, deadline: cluster.now() + HOOK_TIMEOUT });
                }
                Ok(None) => outcome.messages.push("hook applied".to_owned()),
                Err(refusal) => self.fail(refusal, outcome),
            },
            Step::AwaitHook { hook, kind, key, deadline } => {
                let done = completion(cluster, kind, &key);
                if done.is_none() && cluster.now() < deadline {
                    return Some(Step::AwaitHook { hook, kind, key, deadline });
                }
                let succeeded = done == Some(true);
                let policy = if succeeded { "hook-succeeded" } else { "hook-failed" };
                if hook.delete_policies.iter().any(|given| given == policy) {
                    delete(cluster, kind, &key);
                }
                let name = format!("hook {}/{}", kind.name(), key.name);
                if succeeded {
                    outcome.messages.push(format!("{name} completed"));
                } else if done.is_some() {
                    self.fail(format!("{name} failed"), outcome);
                } else {
                    self.fail(format!("{name} did not complete within 5m0s"), outcome);
                }
            }
            Step::ApplyObjects { old, force } => self.apply_objects(&old, force, cluster, outcome),
            Step::DeleteObjects => self.delete_objects(cluster, outcome),
            Step::Finish => {
                if self.status != ReleaseStatus::Uninstalling {
                    self.status = ReleaseStatus::Deployed;
                    self.description =
                        if self.revision == 1 { "Install complete" } else { "Upgrade complete" }.to_owned();
                }
                outcome.messages.push(format!("release {} {}", self.name, self.status.word()));
            }
        }
        None
    }

    fn fail(&mut self, reason: String, outcome: &mut Outcome) {
        self.steps.clear();
        self.status = ReleaseStatus::Failed;
        outcome.refusals.push(reason.clone());
        self.description = reason;
    }

    /// Creates the hook's object; gives what to wait for, if it is of a kind that completes.
    fn start_hook(&self, hook: &HookManifest, cluster: &mut Cluster) -> Result<Option<(Kind, Key)>, String> {
        let parsed = yaml::parse(&hook.manifest);
        let Some(document) = parsed.documents.first() else { return Ok(None) };
        let object = self.namespaced(document.root.to_json());
        let (kind, key) = identity(&object)?;
        let replaces = hook.delete_policies.is_empty()
            || hook.delete_policies.iter().any(|policy| policy == "before-hook-creation");
        if replaces && exists(cluster, kind, &key) {
            delete(cluster, kind, &key);
        }
        cluster.create(&object).map_err(|status| status.message)?;
        Ok(matches!(kind, Kind::Pod | Kind::Job).then_some((kind, key)))
    }

    fn apply_objects(&mut self, old: &[Value], force: bool, cluster: &mut Cluster, outcome: &mut Outcome) {
        let mut refusals = Vec::new();
        for object in &self.objects {
            let object = self.namespaced(object.clone());
            match self.apply_object(&object, force, cluster) {
                Ok(message) => outcome.messages.extend(message),
                Err((message, _)) => {
                    refusals.push(message);
                    break;
                }
            }
        }
        if !refusals.is_empty() {
            self.fail(refusals.join("; "), outcome);
            return;
        }
        let kept: Vec<_> = self
            .objects
            .iter()
            .filter_map(|object| identity(&self.namespaced(object.clone())).ok())
            .collect();
        for object in old {
            let Ok((kind, key)) = identity(&self.namespaced(object.clone())) else { continue };
            let keeps = object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
            if !keeps && !kept.contains(&(kind, key.clone())) && exists(cluster, kind, &key) {
                delete(cluster, kind, &key);
                outcome.messages.push(format!("{}/{} deleted", kind.name(), key.name));
            }
        }
    }

    /// Applies one object; says what came of it, if anything. A refusal comes with the causes that the server names.
    pub(super) fn apply_object(
        &self,
        object: &Value,
        force: bool,
        cluster: &mut Cluster,
    ) -> Result<Option<String>, (String, Vec<Cause>)> {
        let (kind, key) = match identity(object) {
            Ok(found) => found,
            Err(unknown) => return Ok(Some(unknown)),
        };
        let name = format!("{}/{}", kind.name(), key.name);
        let version = |cluster: &Cluster| {
            cluster.get(kind, &key.namespace, &key.name).ok().map(|live| live.meta.resource_version)
        };
        let before = version(cluster);
        if let Err(status) = cluster.apply_object(object, "helm", force) {
            if before.is_none() {
                return Err((status.message, status.causes));
            }
            let what = match status.code {
                409 => "conflict occurred while applying object",
                _ => "server-side apply failed for object",
            };
            let version = kind.api_version();
            let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
            let message = format!(
                "{what} {}/{} {version}, Kind={}: {}",
                key.namespace,
                key.name,
                kind.name(),
                status.message
            );
            return Err((message, status.causes));
        }
        Ok(match before {
            None => Some(format!("{name} created")),
            before if version(cluster) != before => Some(format!("{name} configured")),
            _ => None,
        })
    }

    /// The patch between what was last applied, what is wanted, and what is live: what a refused apply had wanted.
    pub(super) fn patch_of(
        &self,
        object: &Value,
        old: &[Value],
        kind: Kind,
        key: &Key,
        live: &Value,
        root: &api::schema::Struct,
    ) -> Value {
        let last = old
            .iter()
            .map(|old| self.namespaced(old.clone()))
            .find(|old| identity(old).is_ok_and(|(other, name)| other == kind && name == *key));
        api::patch::diff::three_way(&last.unwrap_or(Value::Null), object, live, root)
    }

    fn delete_objects(&mut self, cluster: &mut Cluster, outcome: &mut Outcome) {
        for object in self.objects.iter().rev() {
            let Ok((kind, key)) = identity(&self.namespaced(object.clone())) else { continue };
            let keeps = object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
            if !keeps && exists(cluster, kind, &key) {
                delete(cluster, kind, &key);
                outcome.messages.push(format!("{}/{} deleted", kind.name(), key.name));
            }
        }
    }

    /// The object with the release's namespace where it names none.
    pub(super) fn namespaced(&self, mut object: Value) -> Value {
        let namespaced = object["kind"].as_str().and_then(Kind::named).is_none_or(Kind::is_namespaced);
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
            && namespaced
        {
            metadata.entry("namespace").or_insert_with(|| Value::from(self.namespace.as_str()));
        }
        object
    }
}

/// Which object a manifest names; a kind that the cluster does not simulate is an error that says so.
pub(super) fn identity(object: &Value) -> Result<(Kind, Key), String> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    match Kind::named(kind) {
        Some(kind) => Ok((kind, Key::new(namespace, name))),
        None => Err(format!("{kind}/{name} is not simulated")),
    }
}

/// Whether a hook's Pod or Job has completed, and how.
fn completion(cluster: &Cluster, kind: Kind, key: &Key) -> Option<bool> {
    let Ok(object) = cluster.get(kind, &key.namespace, &key.name).map(|object| object.to_value()) else {
        return Some(false);
    };
    if kind == Kind::Pod {
        return match object["status"]["phase"].as_str() {
            Some("Succeeded") => Some(true),
            Some("Failed") => Some(false),
            _ => None,
        };
    }
    let conditions = object["status"]["conditions"].as_array()?;
    let holds = |name: &str| {
        conditions.iter().any(|condition| condition["type"] == name && condition["status"] == "True")
    };
    if holds("Complete") {
        Some(true)
    } else if holds("Failed") {
        Some(false)
    } else {
        None
    }
}

pub(super) fn exists(cluster: &Cluster, kind: Kind, key: &Key) -> bool {
    cluster.get(kind, &key.namespace, &key.name).is_ok()
}

/// Deletes what may already be gone: a refusal then is what was wanted. Helm cascades in the background.
fn delete(cluster: &mut Cluster, kind: Kind, key: &Key) {
    let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    let _gone = cluster.delete(kind, &key.namespace, &key.name, &options);
}
