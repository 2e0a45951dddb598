//! Making the pods that a Job lacks, and deleting those that are too many.
//!
//! Mirrors `manageJob`.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::tracking::count_ready;
use super::{FINALIZER, INDEX, SOURCE, Sync, index_of};
use crate::cluster::controller::adoption::worth;
use crate::cluster::controller::slow_start::slow_start;
use crate::cluster::object::{Body, Kind, Meta, Object, OwnerReference, Pod, PodStatus, PodTemplate};
use crate::cluster::work::Work;
use crate::cluster::{Cluster, DeleteOptions, EventType, Status};
use crate::gather::sort_by_key;

/// Most pods that one sync creates or deletes.
const BURST: usize = 500;
impl Sync {
    /// Deletes pods that are active; those that keep their finalizer are counted when they have gone.
    fn delete(&mut self, cluster: &mut Cluster, pods: &[Rc<Object>], drops_finalizer: bool) {
        for pod in pods {
            if drops_finalizer && let Some(stored) = cluster.store.get(Kind::Pod, &pod.key()) {
                let mut stored = (**stored).clone();
                stored.meta.remove_finalizer(FINALIZER);
                cluster.write(stored);
            }
            if cluster.delete_object(Kind::Pod, &pod.key(), &DeleteOptions::default()).is_ok() {
                let message = format!("Deleted pod: {}", pod.meta.name);
                cluster.event(&self.job, EventType::Normal, "SuccessfulDelete", &message, SOURCE);
            }
            self.terminating += 1;
        }
        self.active.retain(|pod| !pods.iter().any(|gone| gone.meta.uid == pod.meta.uid));
        self.ready = count_ready(&self.active);
    }

    pub(super) fn delete_all(&mut self, cluster: &mut Cluster) {
        let active = self.active.clone();
        self.delete(cluster, &active, false);
    }

    /// Creates pods that are missing or deletes those that are too many.
    pub(super) fn manage(&mut self, cluster: &mut Cluster, suspended: bool) -> Result<(), Status> {
        let spec = self.job.spec().clone();
        if suspended {
            let active = self.active.clone();
            self.delete(cluster, &active, true);
            return Ok(());
        }
        let parallelism = spec["parallelism"].as_i64().unwrap_or(1);
        let have = self.active.len() as i64;
        let wanted = match spec["completions"].as_i64() {
            None if self.succeeded > 0 => have,
            None => parallelism,
            Some(completions) => (completions - self.succeeded).min(parallelism).max(0),
        };
        let surplus = self.surplus(cluster, usize::try_from(have - wanted).unwrap_or(0));
        if !surplus.is_empty() {
            self.delete(cluster, &surplus, true);
            return Ok(());
        }
        let leaving = if spec["podReplacementPolicy"] == "Failed" { self.terminating } else { 0 };
        let missing = usize::try_from(wanted - leaving - have).unwrap_or(0);
        if missing == 0 {
            return Ok(());
        }
        if let Some(until) = self.failures.wait_until().filter(|until| *until > cluster.now) {
            cluster.queue.add_at(Work::Job(self.job.key()), until);
            return Ok(());
        }
        self.create(cluster, missing.min(BURST))
    }

    /// The pods to delete: of an indexed Job those without an index of their own, then those that are missed least.
    fn surplus(&self, cluster: &Cluster, at_least: usize) -> Vec<Rc<Object>> {
        let mut left = self.active.clone();
        sort_by_key(&mut left, |pod| worth(cluster, pod, 0, 0));
        let mut gone = Vec::new();
        if self.indexes.is_some() {
            let completions = self.job.spec()["completions"].as_i64().unwrap_or(0);
            let mut seen = BTreeMap::new();
            // The best pod of an index stays.
            for pod in std::mem::take(&mut left).into_iter().rev() {
                match index_of(&pod).filter(|index| *index < completions) {
                    Some(index) if !seen.contains_key(&index) => {
                        seen.insert(index, ());
                        left.insert(0, pod);
                    }
                    _ => gone.push(pod),
                }
            }
        }
        let more = at_least.saturating_sub(gone.len());
        gone.extend(left.into_iter().take(more));
        gone.truncate(BURST);
        gone
    }

    fn create(&mut self, cluster: &mut Cluster, count: usize) -> Result<(), Status> {
        let template = self.job.spec()["template"].clone();
        let numbers: Vec<Option<i64>> = match &self.indexes {
            None => vec![None; count],
            Some(done) => {
                let taken: Vec<i64> = self.active.iter().filter_map(|pod| index_of(pod)).collect();
                let completions = self.job.spec()["completions"].as_i64().unwrap_or(0);
                let free = (0..completions).filter(|index| !done.contains(*index) && !taken.contains(index));
                free.take(count).map(Some).collect()
            }
        };
        let plain = PodTemplate::of(&template);
        let mut made = Vec::new();
        let outcome = slow_start(&numbers, |number| {
            let pod = self.new_pod(cluster, &template, &plain, *number);
            match cluster.create_from_template(pod) {
                Ok(pod) => {
                    let message = format!("Created pod: {}", pod.meta.name);
                    cluster.event(&self.job, EventType::Normal, "SuccessfulCreate", &message, SOURCE);
                    made.push(pod);
                    Ok(())
                }
                Err(error) => {
                    let message = format!("Error creating: {error}");
                    cluster.event(&self.job, EventType::Warning, "FailedCreate", &message, SOURCE);
                    Err(error)
                }
            }
        });
        self.active.extend(made);
        outcome
    }

    fn new_pod(
        &self,
        cluster: &mut Cluster,
        template: &Value,
        plain: &PodTemplate,
        number: Option<i64>,
    ) -> Object {
        let job = &self.job.meta;
        let suffix = cluster.suffix();
        let name = match number {
            None => format!("{}-{suffix}", job.name),
            Some(index) => format!("{}-{index}-{suffix}", job.name),
        };
        let mut meta = Meta::new(self.job.key().sibling(&name));
        let mut labels = plain.labels.clone();
        let mut annotations = (*plain.annotations).clone();
        let mut spec = plain.spec.clone();
        let mut hostname = plain.hostname.clone();
        if let Some(index) = number {
            let text: Rc<str> = index.to_string().into();
            labels.insert(INDEX.into(), text.clone());
            annotations.insert(INDEX.into(), text);
            hostname = Some(format!("{}-{index}", job.name).into());
            let mut value = template["spec"].clone();
            for list in ["initContainers", "containers"] {
                for container in value[list].as_array_mut().into_iter().flatten() {
                    add_index_variable(container);
                }
            }
            spec = Rc::new(crate::cluster::object::PodSpec::of(&value));
        }
        meta.labels = Rc::new(labels);
        meta.annotations = Rc::new(annotations);
        meta.owners = Rc::new([OwnerReference::controller(Kind::Job, job)]);
        meta.add_finalizer(FINALIZER);
        let pod = Pod {
            hostname,
            subdomain: plain.subdomain.clone(),
            node: plain.node.clone(),
            claims: spec.claims.as_slice().into(),
            status: Rc::new(PodStatus::pending(&spec)),
            spec,
        };
        Object { meta, body: Body::Pod(pod) }
    }
}

fn add_index_variable(container: &mut Value) {
    let known = container["env"]
        .as_array()
        .is_some_and(|env| env.iter().any(|variable| variable["name"] == "JOB_COMPLETION_INDEX"));
    if known {
        return;
    }
    let field = format!("metadata.labels['{INDEX}']");
    let variable = json!({"name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": field}}});
    match container["env"].as_array_mut() {
        Some(env) => env.push(variable),
        None => container["env"] = json!([variable]),
    }
}
