//! What applying would do: to each object, and to the pods of each StatefulSet.
//!
//! In: the world as it is and the action that applies a render. Out: an [`Upgrade`], found by trying it on a copy of
//! the world, so that no rule of the API server or of a controller is told twice.

mod outlook;

use std::collections::BTreeMap;

use serde_json::Value;

use super::field_diff::{FieldChange, field_changes};
use super::object::{ObjectKey, text};
use crate::cluster::Duration;
use crate::gather::sort_by_key;
use crate::session::{Action, Effect, HookEvent, HookManifest, Refusal, World};
use outlook::Watched;
pub use outlook::{PodStep, SetOutlook};

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

#[cfg(test)]
mod tests;
