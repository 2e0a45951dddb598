//! `status` of a Job.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{BACKOFF_LIMIT, COMPLETE, DEADLINE, Verdict};
use crate::cluster::object::{Body, Kind, Object};
use crate::cluster::{Cluster, Instant};

/// The status, read for one sync.
#[derive(Clone, Debug, Default)]
pub(super) struct JobStatus {
    pub(super) conditions: Vec<Value>,
    pub(super) started: Option<String>,
    pub(super) completed: Option<String>,
    pub(super) active: i64,
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    pub(super) ready: Option<i64>,
    pub(super) terminating: Option<i64>,
    pub(super) completed_indexes: String,
    /// Identities of pods that ended and still have their finalizer: they are not in the numbers yet.
    pub(super) uncounted_succeeded: Vec<String>,
    pub(super) uncounted_failed: Vec<String>,
}

impl JobStatus {
    pub(super) fn of(value: &Value) -> JobStatus {
        let number = |field: &str| value[field].as_i64().unwrap_or(0);
        let text = |field: &str| value[field].as_str().map(str::to_owned);
        let uncounted = |field: &str| {
            let list = value["uncountedTerminatedPods"][field].as_array();
            list.into_iter().flatten().filter_map(|uid| uid.as_str().map(str::to_owned)).collect()
        };
        JobStatus {
            conditions: value["conditions"].as_array().cloned().unwrap_or_default(),
            started: text("startTime"),
            completed: text("completionTime"),
            active: number("active"),
            succeeded: number("succeeded"),
            failed: number("failed"),
            ready: value["ready"].as_i64(),
            terminating: value["terminating"].as_i64(),
            completed_indexes: text("completedIndexes").unwrap_or_default(),
            uncounted_succeeded: uncounted("succeeded"),
            uncounted_failed: uncounted("failed"),
        }
    }

    fn is_true(&self, kind: &str) -> Option<&Value> {
        self.conditions.iter().find(|condition| condition["type"] == *kind && condition["status"] == "True")
    }

    /// When the Job was completed or failed.
    pub(super) fn finished_at(&self) -> Option<Instant> {
        let condition = self.is_true("Complete").or_else(|| self.is_true("Failed"))?;
        condition["lastTransitionTime"].as_str().and_then(Instant::parse)
    }

    /// What an earlier sync found, while pods are still on their way out.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        if self.is_true("SuccessCriteriaMet").is_some() {
            return Some(COMPLETE);
        }
        let failure = self.is_true("FailureTarget")?;
        [BACKOFF_LIMIT, DEADLINE].into_iter().find(|verdict| failure["reason"] == verdict.reason)
    }

    /// Puts a condition in or changes it; whether that changed anything. One that is False is not put in.
    pub(super) fn ensure(
        &mut self,
        kind: &str,
        value: &str,
        reason: &str,
        message: &str,
        now: Instant,
    ) -> bool {
        let place = self.conditions.iter().position(|condition| condition["type"] == *kind);
        let known = place.map(|place| &self.conditions[place]);
        let same = |field: &str, text: &str| known.is_some_and(|known| known[field] == *text);
        if (known.is_none() && value == "False")
            || (same("status", value) && same("reason", reason) && same("message", message))
        {
            return false;
        }
        let now = now.to_string();
        let condition = json!({"type": kind, "status": value, "reason": reason, "message": message,
            "lastProbeTime": now, "lastTransitionTime": now});
        match place {
            Some(place) => self.conditions[place] = condition,
            None => self.conditions.push(condition),
        }
        true
    }

    /// Moves pods into the numbers that no longer hold their finalizer.
    pub(super) fn clean_uncounted(&mut self, holds: impl Fn(&str) -> bool) {
        for (list, count) in [
            (&mut self.uncounted_succeeded, &mut self.succeeded),
            (&mut self.uncounted_failed, &mut self.failed),
        ] {
            let before = list.len();
            list.retain(|uid| holds(uid));
            *count += (before - list.len()) as i64;
        }
    }

    fn to_value(&self) -> Value {
        let mut value = json!({"uncountedTerminatedPods": {}});
        for (field, list) in [("succeeded", &self.uncounted_succeeded), ("failed", &self.uncounted_failed)] {
            if !list.is_empty() {
                value["uncountedTerminatedPods"][field] = json!(list);
            }
        }
        if !self.conditions.is_empty() {
            value["conditions"] = Value::from(self.conditions.clone());
        }
        for (field, text) in [("startTime", &self.started), ("completionTime", &self.completed)] {
            if let Some(text) = text {
                value[field] = text.as_str().into();
            }
        }
        if !self.completed_indexes.is_empty() {
            value["completedIndexes"] = self.completed_indexes.as_str().into();
        }
        for (field, count) in
            [("active", self.active), ("succeeded", self.succeeded), ("failed", self.failed)]
        {
            if count > 0 {
                value[field] = count.into();
            }
        }
        for (field, count) in [("ready", self.ready), ("terminating", self.terminating)] {
            if let Some(count) = count {
                value[field] = count.into();
            }
        }
        value
    }

    /// Writes the status if it says something new.
    pub(super) fn write(&self, cluster: &mut Cluster, job: &Object) {
        let Some(stored) = cluster.store.get(Kind::Job, &job.key()) else { return };
        let status = self.to_value();
        if stored.meta.uid != job.meta.uid || *stored.status() == status {
            return;
        }
        let mut stored = (**stored).clone();
        if let Body::Plain(plain) = &mut stored.body {
            plain.status = Rc::new(status);
        }
        cluster.write(stored);
    }
}
