//! StatefulSets, as the controller wants to read them.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::pod::PodTemplate;
use super::selector::Selector;
use super::{Kind, Object};
use crate::api::IntOrString;

/// What happens to a claim when its pod or its set goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// It stays.
    Retain,
    /// It goes too.
    Delete,
}

/// How pods come to a new template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// When somebody deletes them.
    OnDelete,
    /// From the highest ordinal down.
    RollingUpdate(Option<RollingUpdate>),
}

/// `rollingUpdate` of a StatefulSet; it may be absent, which means more than its zero values do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollingUpdate {
    /// Pods below this ordinal, counted from the first, keep the old template.
    pub partition: i64,
    /// How many pods may be away at once.
    pub max_unavailable: Option<IntOrString>,
}

/// One of `volumeClaimTemplates`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimTemplate {
    /// Name of the volume, and first part of the claim's name.
    pub name: Rc<str>,
    /// A claim of it, but for name and namespace; the labels are those of the template with those that the set's
    /// selector asks for. Its claims share its parts.
    pub claim: Object,
}

/// `spec` of a StatefulSet.
#[derive(Clone, Debug, PartialEq)]
pub struct StatefulSetSpec {
    /// As it stands in the object.
    pub value: Value,
    /// How many pods.
    pub replicas: u32,
    /// Ordinal of the first pod.
    pub start: u32,
    /// The Service that names the pods; may be empty.
    pub service_name: Rc<str>,
    /// Whether pods are started and stopped without waiting for one another (`Parallel`).
    pub is_parallel: bool,
    /// How pods come to a new template.
    pub update: UpdateStrategy,
    /// `whenScaled`.
    pub when_scaled: Retention,
    /// `whenDeleted`.
    pub when_deleted: Retention,
    /// How long a pod must be ready to count as available.
    pub min_ready_seconds: i64,
    /// How many revisions are kept that nothing uses.
    pub revision_history_limit: usize,
    /// Which pods it may adopt.
    pub selector: Selector,
    /// What its pods look like.
    pub template: Rc<PodTemplate>,
    /// The template as its ControllerRevision keeps it.
    pub revision_data: Rc<str>,
    /// What the claims of its pods look like.
    pub claims: Vec<ClaimTemplate>,
}

impl StatefulSetSpec {
    /// Reads a defaulted specification.
    pub(crate) fn of(value: &Value) -> StatefulSetSpec {
        let number = |value: &Value| value.as_i64().unwrap_or(0);
        let strategy = &value["updateStrategy"];
        let rolling = &strategy["rollingUpdate"];
        let rolling = rolling.is_object().then(|| RollingUpdate {
            partition: number(&rolling["partition"]).max(0),
            max_unavailable: IntOrString::of(&rolling["maxUnavailable"]),
        });
        let retention = |field: &str| match value["persistentVolumeClaimRetentionPolicy"][field].as_str() {
            Some("Delete") => Retention::Delete,
            _ => Retention::Retain,
        };
        let clamp = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        StatefulSetSpec {
            replicas: clamp(value["replicas"].as_i64().unwrap_or(1)),
            start: clamp(number(&value["ordinals"]["start"])),
            service_name: value["serviceName"].as_str().unwrap_or("").into(),
            is_parallel: value["podManagementPolicy"] == "Parallel",
            update: match strategy["type"].as_str() {
                Some("OnDelete") => UpdateStrategy::OnDelete,
                _ => UpdateStrategy::RollingUpdate(rolling),
            },
            when_scaled: retention("whenScaled"),
            when_deleted: retention("whenDeleted"),
            min_ready_seconds: number(&value["minReadySeconds"]).max(0),
            // A negative number is no limit.
            revision_history_limit: usize::try_from(value["revisionHistoryLimit"].as_i64().unwrap_or(10))
                .unwrap_or(usize::MAX),
            selector: Selector::of(&value["selector"]),
            template: Rc::new(PodTemplate::of(&value["template"])),
            revision_data: revision_data(&value["template"]).to_string().into(),
            claims: claim_templates(value),
            value: value.clone(),
        }
    }

    /// The range of ordinals that should exist.
    pub fn ordinals(&self) -> std::ops::Range<u32> {
        self.start..self.start.saturating_add(self.replicas)
    }
}

/// What a ControllerRevision keeps of a set: a strategic merge patch that puts the template back.
fn revision_data(template: &Value) -> Value {
    let mut template = template.clone();
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

fn claim_templates(spec: &Value) -> Vec<ClaimTemplate> {
    let templates = spec["volumeClaimTemplates"].as_array();
    let selected = spec["selector"]["matchLabels"].as_object();
    let template = |template: &Value| {
        let name = template["metadata"]["name"].as_str()?;
        let mut value = template.clone();
        let mut labels = value["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        labels.extend(selected.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
        value["metadata"]["labels"] = Value::Object(labels);
        Some(ClaimTemplate {
            name: name.into(),
            claim: Object::from_value(Kind::PersistentVolumeClaim, &value),
        })
    };
    templates.into_iter().flatten().filter_map(template).collect()
}

/// `status` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatefulSetStatus {
    /// The generation that the controller has seen.
    pub observed_generation: u64,
    /// Pods that exist.
    pub replicas: u32,
    /// Pods that run and are ready.
    pub ready_replicas: u32,
    /// Pods of `current_revision` that are not terminating.
    pub current_replicas: i64,
    /// Pods of `update_revision` that are not terminating.
    pub updated_replicas: u32,
    /// Pods that have been ready for `minReadySeconds`.
    pub available_replicas: u32,
    /// The revision of pods that are not updated; empty before the first sync.
    pub current_revision: Rc<str>,
    /// The revision of pods that are.
    pub update_revision: Rc<str>,
    /// How often a revision's name was taken; `None` before the first sync.
    pub collision_count: Option<u32>,
}

/// A StatefulSet, but for its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct StatefulSet {
    /// Specification.
    pub spec: Rc<StatefulSetSpec>,
    /// Status.
    pub status: StatefulSetStatus,
}

impl StatefulSet {
    pub(crate) fn status_value(&self) -> Value {
        let status = &self.status;
        let mut map = Map::new();
        if status.observed_generation > 0 {
            map.insert("observedGeneration".into(), Value::from(status.observed_generation));
        }
        map.insert("replicas".into(), Value::from(status.replicas));
        let counts = [
            ("readyReplicas", i64::from(status.ready_replicas)),
            ("currentReplicas", status.current_replicas),
            ("updatedReplicas", i64::from(status.updated_replicas)),
        ];
        for (field, count) in counts {
            if count != 0 {
                map.insert(field.into(), Value::from(count));
            }
        }
        let revisions =
            [("currentRevision", &status.current_revision), ("updateRevision", &status.update_revision)];
        for (field, revision) in revisions {
            if !revision.is_empty() {
                map.insert(field.into(), Value::from(&**revision));
            }
        }
        if let Some(count) = status.collision_count {
            map.insert("collisionCount".into(), Value::from(count));
        }
        map.insert("availableReplicas".into(), Value::from(status.available_replicas));
        Value::Object(map)
    }
}
