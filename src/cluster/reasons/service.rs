//! Why a Service has no endpoints, or no address.

use serde_json::Value;

use super::{Gate, Reason, Why};
use crate::cluster::Cluster;
use crate::cluster::object::{Kind, Object, Selector, labels_from};

impl Cluster {
    pub(super) fn service_reason(&self, object: &Object) -> Option<Reason> {
        let (name, spec) = (&object.meta.name, object.spec());
        let selector = Selector::of_map(&spec["selector"]);
        let pods = self.store.list_in(Kind::Pod, &object.meta.namespace);
        let mut pods = pods.filter(|pod| selector.matches(&pod.meta.labels)).peekable();
        if spec["selector"].is_object() && spec["type"] != "ExternalName" {
            match pods.peek() {
                None if !self.is_made_by_somebody(object, &selector) => {
                    let text = format!("{name} has no endpoints: no pod has the labels that it selects");
                    return Some(Why::new(object, Gate::Endpoints, text).set_by_own("spec.selector").reason);
                }
                Some(first) if spec["publishNotReadyAddresses"] != true => {
                    let first = first.key();
                    if !pods.any(|pod| pod.as_pod().is_some_and(|pod| pod.is_ready())) {
                        let text = format!("{name} has no endpoints until {} is Ready", first.name);
                        let why = Why::new(object, Gate::Endpoints, text).waits_for(Kind::Pod, first);
                        return Some(why.set_by_own("spec.publishNotReadyAddresses").reason);
                    }
                }
                _ => {}
            }
        }
        let has_address =
            object.status()["loadBalancer"]["ingress"].as_array().is_some_and(|it| !it.is_empty());
        (spec["type"] == "LoadBalancer" && !has_address).then(|| {
            let text = format!("{name} waits for an external address: nothing in this cluster gives one");
            Why::new(object, Gate::LoadBalancer, text).set_by_own("spec.type").reason
        })
    }

    /// Whether a workload makes, or would make, pods that a Service selects.
    fn is_made_by_somebody(&self, service: &Object, selector: &Selector) -> bool {
        let kinds = [
            Kind::StatefulSet,
            Kind::Deployment,
            Kind::ReplicaSet,
            Kind::DaemonSet,
            Kind::Job,
            Kind::CronJob,
        ];
        let makes = |value: &Value| selector.matches(&labels_from(&value["metadata"]["labels"]));
        kinds.into_iter().flat_map(|kind| self.store.list_in(kind, &service.meta.namespace)).any(|owner| {
            match owner.as_stateful_set() {
                // What tells a pod of a set from the others is put on it when it is made.
                Some(set) => {
                    let mut labels = set.spec.template.labels.clone();
                    for label in ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"] {
                        if let Some(value) = service.spec()["selector"][label].as_str() {
                            labels.insert(label.into(), value.into());
                        }
                    }
                    selector.matches(&labels)
                }
                None => {
                    makes(&owner.spec()["template"])
                        || makes(&owner.spec()["jobTemplate"]["spec"]["template"])
                }
            }
        })
    }
}
