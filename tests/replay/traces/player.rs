//! Plays the actions of a trace on a simulated cluster.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::cluster::{
    Cluster, DeleteOptions, Duration, Kind, PatchType, PodReport, Propagation, Settings, Status,
};
use statefulset_playground::yaml;

const NAMESPACE: &str = "default";
/// How long nothing may happen before the recorder takes a snapshot, and about how long its own work takes.
const QUIET: Duration = Duration(1600);
const OVERHEAD: Duration = Duration(600);

/// A cluster, and what a snapshot has to know about its past.
pub(crate) struct Player {
    pub(crate) cluster: Cluster,
    /// Normalised names of revisions and ReplicaSets, by real name.
    pub(crate) names: BTreeMap<String, String>,
    /// How often each event had happened at the last snapshot.
    pub(crate) counts: BTreeMap<u64, u32>,
    /// The node that was lost.
    pub(crate) lost: Option<String>,
    revisions: Value,
}

impl Player {
    pub(crate) fn new(trace: &Value) -> Player {
        let mut settings = Settings::default();
        let gate = trace["featureGates"]["MaxUnavailableStatefulSet"] == true;
        settings.gates = Gates { max_unavailable_stateful_set: gate, ..Gates::default() };
        settings.auto_provision = trace["autoProvision"] == true;
        settings.node_grace = Duration(8000);
        let loses_nodes = trace["steps"]
            .as_array()
            .is_some_and(|steps| steps.iter().any(|step| step["action"]["type"] == "nodeLost"));
        let mut cluster = Cluster::new(settings);
        for number in 1..=(if loses_nodes { 4 } else { 3 }) {
            cluster.add_node(&format!("node-{number}"), &[]).expect("the names differ");
        }
        for (name, mode, expansion) in [
            ("standard", "Immediate", false),
            ("expand", "Immediate", true),
            ("wffc", "WaitForFirstConsumer", false),
        ] {
            let is_default = (name == "standard").to_string();
            let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {
                "name": name, "annotations": {"storageclass.kubernetes.io/is-default-class": is_default}},
                "provisioner": "k8s.io/minikube-hostpath", "reclaimPolicy": "Delete",
                "volumeBindingMode": mode, "allowVolumeExpansion": expansion});
            cluster.create(&class).expect("the names differ");
        }
        cluster.settle();
        Player {
            cluster,
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
            lost: None,
            revisions: trace["revisions"].clone(),
        }
    }

    /// Does what an action says, lets the cluster come to rest, and answers as the API server would.
    pub(crate) fn act(&mut self, action: &Value) -> Value {
        let text = |field: &str| action[field].as_str().unwrap_or("");
        let pod = text("pod");
        let report = |cluster: &mut Cluster, report| answer(200, cluster.report(NAMESPACE, pod, report));
        let response = match text("type") {
            "create" => self.create(text("manifest")),
            "scale" => {
                let kind =
                    Kind::named(action["kind"].as_str().unwrap_or("StatefulSet")).expect("a known kind");
                let replicas = action["replicas"].as_i64().expect("a number of replicas");
                answer(200, self.cluster.scale(kind, NAMESPACE, text("name"), replicas))
            }
            "patch" => {
                let kind = Kind::named(text("kind")).expect("a known kind");
                let patch_type = match text("patchType") {
                    "merge" => PatchType::Merge,
                    "json" => PatchType::Json,
                    _ => PatchType::Strategic,
                };
                let outcome = self.cluster.patch(kind, NAMESPACE, text("name"), patch_type, &action["patch"]);
                answer(200, outcome.map(|_| ()))
            }
            "delete" => {
                let kind = Kind::named(text("kind")).expect("a known kind");
                let name = match &self.lost {
                    // Its name is the recorder's.
                    Some(lost) if kind == Kind::Node => lost.clone(),
                    _ => self.interchangeable(kind, text("name")),
                };
                answer(200, self.cluster.delete(kind, NAMESPACE, &name, &delete_options(action)))
            }
            "evict" => {
                let options = delete_options(&action["deleteOptions"]);
                answer(201, self.cluster.evict(NAMESPACE, pod, &options))
            }
            "podReady" => report(&mut self.cluster, PodReport::Ready),
            "podNotReady" => report(&mut self.cluster, PodReport::NotReady),
            "podCrashLoop" => report(&mut self.cluster, PodReport::CrashLoop),
            "podImagePullBackOff" => report(&mut self.cluster, PodReport::ImagePullBackOff),
            "podFailed" => report(&mut self.cluster, PodReport::Failed),
            "podSucceeded" => report(&mut self.cluster, PodReport::Succeeded),
            "finalizePod" => answer(200, self.cluster.finalize_pod(NAMESPACE, pod)),
            "finalizeAllTerminating" => {
                for name in self.pods(|pod| pod["metadata"]["deletionTimestamp"].is_string()) {
                    self.cluster.finalize_pod(NAMESPACE, &name).expect("the pod was just listed");
                }
                Value::Null
            }
            "readyAllPending" => {
                let waits = |pod: &Value| {
                    pod["status"]["phase"] == "Pending"
                        && pod["spec"]["nodeName"].is_string()
                        && pod["metadata"]["deletionTimestamp"].is_null()
                };
                for name in self.pods(waits) {
                    self.cluster.report(NAMESPACE, &name, PodReport::Ready).expect("the pod was just listed");
                }
                Value::Null
            }
            "provision" => {
                let claims: Vec<String> = match action["pvc"].as_str() {
                    Some(claim) => vec![claim.to_owned()],
                    None => {
                        let claims = self.cluster.list(Kind::PersistentVolumeClaim);
                        claims.map(|claim| claim.meta.name.to_string()).collect()
                    }
                };
                for claim in claims {
                    self.cluster.provision(NAMESPACE, &claim);
                }
                Value::Null
            }
            "resizeDone" => {
                self.cluster.finish_resize(NAMESPACE, text("pvc"));
                Value::Null
            }
            "rollback" => {
                let data = self.revisions[text("toRevision")]["data"].clone();
                let name = text("name");
                let outcome =
                    self.cluster.patch(Kind::StatefulSet, NAMESPACE, name, PatchType::Strategic, &data);
                answer(200, outcome.map(|_| ()))
            }
            "nodeLost" => {
                let pod = self.cluster.get(Kind::Pod, NAMESPACE, text("podOf")).expect("a pod that exists");
                let node = pod.as_pod().and_then(|pod| pod.node.clone()).expect("a pod with a node");
                self.lost = Some(node.to_string());
                self.cluster.lose_node(&node).expect("a node that exists");
                self.cluster.advance(Duration(14_000));
                Value::Null
            }
            "nodeReturns" => {
                let node = self.lost.clone().expect("a node was lost");
                self.cluster.return_node(&node).expect("a node that exists");
                Value::Null
            }
            "taintOutOfService" => {
                let node = self.lost.clone().expect("a node was lost");
                let key = "node.kubernetes.io/out-of-service";
                let outcome = self.cluster.taint_node(&node, key, "nodeshutdown", "NoExecute");
                // The step waits for the pod garbage collector.
                self.cluster.advance(Duration(20_000));
                answer(200, outcome)
            }
            "wait" => {
                self.cluster.settle();
                let seconds = action["seconds"].as_f64().expect("a number of seconds");
                self.cluster.advance(Duration((seconds * 1000.0) as u64));
                Value::Null
            }
            other => panic!("unknown action {other}"),
        };
        self.cluster.advance(OVERHEAD);
        let mut version = self.cluster.resource_version();
        let mut quiet = self.cluster.now() + QUIET;
        while self.cluster.advance_to_next_change(quiet) {
            if self.cluster.resource_version() != version {
                version = self.cluster.resource_version();
                quiet = self.cluster.now() + QUIET;
            }
        }
        assert_eq!(self.cluster.overruns(), 0, "settling ends");
        response
    }

    fn create(&mut self, manifest: &str) -> Value {
        let parsed = yaml::parse(manifest);
        let mut response = answer(201, Ok(()));
        for document in parsed.documents {
            let value = document.root.to_json();
            if value.is_null() {
                continue;
            }
            if let Err(status) = self.cluster.create(&value) {
                response = answer(201, Err(status));
            }
            // Between two requests of the recorder the controllers had time to act.
            self.cluster.settle();
        }
        response
    }

    /// The real name of a Deployment's pod, which the recording calls by ReplicaSet and number: of the pods that live,
    /// since they are interchangeable, the first.
    fn interchangeable(&self, kind: Kind, name: &str) -> String {
        let set = name.rsplit_once('-').map_or("", |(set, _)| set);
        let real =
            self.names.iter().find(|(_, normal)| kind == Kind::Pod && *normal == set && set.contains("-rs"));
        let Some((real, _)) = real else { return name.to_owned() };
        let lives = |pod: &Value| {
            pod["metadata"]["deletionTimestamp"].is_null()
                && pod["metadata"]["name"].as_str().is_some_and(|name| name.starts_with(&format!("{real}-")))
        };
        self.pods(lives).into_iter().next().unwrap_or_else(|| name.to_owned())
    }

    fn pods(&self, keep: impl Fn(&Value) -> bool) -> Vec<String> {
        let pods = self.cluster.list(Kind::Pod);
        pods.filter(|pod| keep(&pod.to_value())).map(|pod| pod.meta.name.to_string()).collect()
    }
}

fn delete_options(value: &Value) -> DeleteOptions {
    DeleteOptions {
        propagation: Some(match value["propagationPolicy"].as_str() {
            Some("Foreground") => Propagation::Foreground,
            Some("Orphan") => Propagation::Orphan,
            _ => Propagation::Background,
        }),
        grace_period_seconds: value["gracePeriodSeconds"].as_i64(),
    }
}

fn answer(code: u16, outcome: Result<(), Status>) -> Value {
    match outcome {
        Ok(()) => json!({"code": code}),
        Err(status) => {
            let cause = |cause: &statefulset_playground::cluster::Cause| {
                let mut value = json!({"reason": cause.reason, "message": cause.message});
                if !cause.field.is_empty() {
                    value["field"] = cause.field.as_str().into();
                }
                value
            };
            let reason = if status.reason.is_empty() { Value::Null } else { Value::from(status.reason) };
            json!({"code": status.code, "message": status.message, "reason": reason,
                "causes": status.causes.iter().map(cause).collect::<Vec<_>>()})
        }
    }
}
