//! The names that a reader expects to resolve, and why one of them does not.

use serde_json::Value;

use super::{Query, Rcode, RecordType, Zone, answer};

/// Why a name does not resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dark {
    /// The Service that the name is made of does not exist.
    NoService,
    /// No pod of that name exists yet.
    NoPod,
    /// The pod's subdomain names another Service.
    OtherSubdomain,
    /// The Service's selector does not match the pod's labels.
    NotSelected,
    /// The pod has no address yet.
    NoAddress,
    /// The pod is being deleted.
    Terminating,
    /// The pod is not Ready, and the Service does not publish addresses that are not.
    NotReady,
    /// No endpoint of the headless Service is ready.
    NoReadyEndpoint,
    /// The EndpointSlice does not have the pod yet.
    NotPublished,
}

impl Dark {
    /// A sentence for a reader.
    pub fn sentence(self) -> &'static str {
        match self {
            Dark::NoService => "The Service that serviceName names does not exist.",
            Dark::NoPod => "There is no such pod.",
            Dark::OtherSubdomain => "The pod's subdomain names another Service.",
            Dark::NotSelected => "The Service's selector does not match the pod's labels.",
            Dark::NoAddress => "The pod has no address yet.",
            Dark::Terminating => "The pod is being deleted.",
            Dark::NotReady => "The pod is not Ready, and the Service publishes ready addresses only.",
            Dark::NoReadyEndpoint => "The headless Service has no ready endpoint.",
            Dark::NotPublished => "The EndpointSlice does not list the pod yet.",
        }
    }
}

/// A name and whether it resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsName {
    /// The whole name, without its final dot.
    pub name: String,
    /// The namespace of what it names.
    pub namespace: String,
    /// The Service in the name.
    pub service: String,
    /// The pod that it names; `None` for a Service's own name.
    pub pod: Option<String>,
    /// What it resolves to; empty if it does not.
    pub addresses: Vec<String>,
    /// Why it does not.
    pub why_not: Option<Dark>,
}

impl DnsName {
    /// Whether the name resolves.
    pub fn resolves(&self) -> bool {
        self.why_not.is_none()
    }
}

/// The names of a namespace's Services, and of the pods that StatefulSets own, from the objects as the API shows
/// them. `zone` must be of the same moment.
pub fn names(zone: &Zone, sets: &[Value], services: &[Value], pods: &[Value]) -> Vec<DnsName> {
    let mut found: Vec<DnsName> = services.iter().map(|it| service_name(zone, it)).collect();
    for set in sets {
        let (namespace, service) = (text(&set["metadata"]["namespace"]), text(&set["spec"]["serviceName"]));
        if service.is_empty() {
            continue;
        }
        let start = set["spec"]["ordinals"]["start"].as_u64().unwrap_or_default();
        let replicas = set["spec"]["replicas"].as_u64().unwrap_or(1).min(MOST_PODS);
        let mut members: Vec<String> = (start..start + replicas)
            .map(|ordinal| format!("{}-{ordinal}", text(&set["metadata"]["name"])))
            .collect();
        // Pods beyond the replicas still have names while they go.
        for pod in pods.iter().filter(|it| is_owned(it, set)) {
            let name = text(&pod["metadata"]["name"]);
            if !members.contains(&name) {
                members.push(name);
            }
        }
        for member in members {
            let of_member =
                |it: &&Value| it["metadata"]["namespace"] == *namespace && it["metadata"]["name"] == *member;
            let pod = pods.iter().find(of_member);
            let object = services
                .iter()
                .find(|it| it["metadata"]["namespace"] == *namespace && it["metadata"]["name"] == *service);
            found.push(pod_name(zone, &namespace, &service, &member, pod, object));
        }
    }
    found
}

/// More pods of one set than this are not listed.
const MOST_PODS: u64 = 10_000;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

fn is_owned(pod: &Value, set: &Value) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
    owners.iter().any(|it| it["uid"] == set["metadata"]["uid"] && it["controller"] == true)
}

fn look_up(zone: &Zone, name: &str) -> (bool, Vec<String>) {
    let found = answer(zone, &Query { name: format!("{name}."), kind: RecordType::A });
    let addresses: Vec<String> = found.addresses().into_iter().map(str::to_string).collect();
    (found.rcode == Rcode::NoError && !found.answer.is_empty(), addresses)
}

fn service_name(zone: &Zone, service: &Value) -> DnsName {
    let (namespace, service) = (text(&service["metadata"]["namespace"]), text(&service["metadata"]["name"]));
    let name = format!("{service}.{namespace}.svc.cluster.local");
    let (resolves, addresses) = look_up(zone, &name);
    let why_not = (!resolves).then_some(Dark::NoReadyEndpoint);
    DnsName { name, namespace, service, pod: None, addresses, why_not }
}

fn pod_name(
    zone: &Zone,
    namespace: &str,
    service: &str,
    pod_name: &str,
    pod: Option<&Value>,
    object: Option<&Value>,
) -> DnsName {
    let name = format!("{pod_name}.{service}.{namespace}.svc.cluster.local");
    let (resolves, addresses) = look_up(zone, &name);
    let why_not = (!resolves).then(|| match (pod, object) {
        (_, None) => Dark::NoService,
        (None, _) => Dark::NoPod,
        (Some(pod), Some(object)) => reason(pod, object, service),
    });
    DnsName {
        name,
        namespace: namespace.to_string(),
        service: service.to_string(),
        pod: Some(pod_name.to_string()),
        addresses,
        why_not,
    }
}

fn reason(pod: &Value, service: &Value, service_name: &str) -> Dark {
    let conditions = pod["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_ready = conditions.iter().any(|it| it["type"] == "Ready" && it["status"] == "True");
    let selector = service["spec"]["selector"].as_object();
    let is_selected =
        selector.is_some_and(|it| it.iter().all(|(key, value)| pod["metadata"]["labels"][key] == *value));
    if pod["spec"]["subdomain"] != *service_name {
        Dark::OtherSubdomain
    } else if !is_selected {
        Dark::NotSelected
    } else if pod["metadata"]["deletionTimestamp"].is_string() {
        Dark::Terminating
    } else if !pod["status"]["podIP"].is_string() {
        Dark::NoAddress
    } else if !is_ready {
        Dark::NotReady
    } else {
        Dark::NotPublished
    }
}
