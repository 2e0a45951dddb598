//! What applying would do, tried on a copy of the world: nothing here changes the world itself.

use serde_json::Value;

use super::release::{self, Release, exists, identity};
use super::{Action, Outcome, World};
use crate::api;
use crate::cluster::{Cause, Duration, Key, Kind};

/// What applying does to one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It does not exist yet.
    Create,
    /// It changes: as it is, and as it would be.
    Change(Value, Value),
    /// It stays as it is.
    Nothing,
    /// The release has it no more.
    Delete,
    /// The release has it no more, but says that it is to be kept.
    Keep,
    /// The server refuses it.
    Refuse(Box<Refusal>),
    /// Its kind is not simulated.
    Unknown,
}

/// Why the server refuses to apply an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Its words.
    pub message: String,
    /// What it names as causes.
    pub causes: Vec<Cause>,
    /// The object as it is.
    pub before: Value,
    /// The object as it was to be; null if that cannot be told.
    pub wanted: Value,
}

/// One object of a release and what applying does to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The kind.
    pub kind: String,
    /// The namespace; empty for kinds without.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// What happens.
    pub effect: Effect,
}

impl World {
    /// What applying a manifest would do to each object, each looked at by itself: Helm stops at the first that is
    /// refused. Hooks are not among them.
    ///
    /// # Errors
    /// Why Helm would not begin at all.
    pub fn plan(&self, name: &str, namespace: &str, manifest: &str) -> Result<Vec<Planned>, String> {
        let mut releases = self.releases.clone();
        let outcome = release::apply(&mut releases, name, namespace, (manifest, &[]), false);
        if let Some(refusal) = outcome.refusals.into_iter().next() {
            return Err(refusal);
        }
        let old = self.releases.get(name).map(|release| release.objects.clone()).unwrap_or_default();
        let Some(release) = releases.get(name) else { return Ok(Vec::new()) };
        let mut copy = self.clone();
        let mut planned = Vec::new();
        for object in &release.objects {
            let object = release.namespaced(object.clone());
            planned.push(copy.plan_object(release, &object, &old));
        }
        for object in old.iter().rev() {
            let object = release.namespaced(object.clone());
            let Ok((kind, key)) = identity(&object) else { continue };
            let one = named(&object, Effect::Delete);
            let is_kept = planned.iter().any(|kept| {
                (&kept.kind, &kept.namespace, &kept.name) == (&one.kind, &one.namespace, &one.name)
            });
            if !is_kept && exists(&self.cluster, kind, &key) {
                let keeps = object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
                planned.push(if keeps { Planned { effect: Effect::Keep, ..one } } else { one });
            }
        }
        Ok(planned)
    }

    /// Tries one object on this copy.
    fn plan_object(&mut self, release: &Release, object: &Value, old: &[Value]) -> Planned {
        let Ok((kind, key)) = identity(object) else { return named(object, Effect::Unknown) };
        let live = |world: &World| {
            world.cluster.get(kind, &key.namespace, &key.name).map(|live| live.to_value()).unwrap_or_default()
        };
        let before = live(self);
        let effect = match release.apply_object(object, false, &mut self.cluster) {
            Err((message, causes)) => {
                let wanted = wanted(release, kind, &key, object, old, &before);
                Effect::Refuse(Box::new(Refusal { message, causes, before, wanted }))
            }
            Ok(_) if before.is_null() => Effect::Create,
            Ok(_) => {
                let after = live(self);
                if before == after { Effect::Nothing } else { Effect::Change(before, after) }
            }
        };
        named(object, effect)
    }

    /// Does on a copy what the reader asks for and lets the copy's time pass: `watch` sees it after the action and at
    /// each change, for at most `limit` and `changes` changes, until it answers `false`.
    pub fn rehearse(
        &self,
        action: &Action,
        limit: Duration,
        changes: usize,
        watch: &mut dyn FnMut(&World) -> bool,
    ) -> Outcome {
        let mut copy = self.clone();
        let end = copy.now() + limit;
        let outcome = copy.act(action);
        let mut left = changes;
        while watch(&copy) && left > 0 && copy.advance_to_next_change(end) {
            left -= 1;
        }
        outcome
    }
}

fn named(object: &Value, effect: Effect) -> Planned {
    let text = |field: &Value| field.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    Planned {
        kind: text(&object["kind"]),
        namespace: text(&metadata["namespace"]),
        name: text(&metadata["name"]),
        effect,
    }
}

/// The live object with the patch in it that was refused.
fn wanted(release: &Release, kind: Kind, key: &Key, object: &Value, old: &[Value], live: &Value) -> Value {
    let Some(root) = api::schema::schema().kind(kind.api_version(), kind.name()) else { return Value::Null };
    if live.is_null() {
        return Value::Null;
    }
    let patch = release.patch_of(object, old, kind, key, live, root);
    let mut wanted = api::patch::strategic::apply(live, &patch, root).unwrap_or_default();
    // A list that is replaced as a whole comes without the server's defaults.
    api::defaults::apply(&mut wanted, &api::gates::Gates::default());
    wanted
}
