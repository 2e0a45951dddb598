//! Which pods stand behind each Service: kept up pod by pod, shown as EndpointSlices.
//!
//! Mirrors the EndpointSlice controller: a pod counts once it has an address and until it has ended; it is ready
//! while it is Ready and not terminating, serving while it is Ready.

use std::rc::Rc;

use serde_json::{Value, json};

use super::object::{Key, Kind, Object, Pod, Selector, Uid};
use super::ordered_map::OrderedMap;
use super::store::{Change, Store};
use super::{Cluster, IntOrString};

/// Most endpoints of one slice.
const SLICE: usize = 100;

/// A port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointPort {
    /// Name of the Service's port, may be empty.
    pub name: Rc<str>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Rc<str>,
    /// Number on the pod.
    pub port: i64,
}

/// A pod behind a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The pod's name.
    pub pod: Rc<str>,
    /// The pod's identity.
    pub uid: Uid,
    /// The pod's address.
    pub ip: Rc<str>,
    /// The pod's node.
    pub node: Option<Rc<str>>,
    /// The name the pod has in DNS below the Service, if it has one.
    pub hostname: Option<Rc<str>>,
    /// Whether traffic should go there.
    pub ready: bool,
    /// Whether it could serve traffic, terminating or not.
    pub serving: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Its ports.
    pub ports: Rc<[EndpointPort]>,
}

/// Endpoints of one Service that have the same ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSlice {
    /// The Service.
    pub service: Key,
    /// Whether the Service has no address of its own.
    pub headless: bool,
    /// Ports.
    pub ports: Rc<[EndpointPort]>,
    /// Endpoints, by pod.
    pub endpoints: Vec<Rc<Endpoint>>,
}

/// A Service with its endpoints.
#[derive(Clone, Debug)]
struct ServiceEndpoints {
    selector: Selector,
    /// It has no selector any more: the controller leaves its endpoints as they are.
    is_left_alone: bool,
    publish_not_ready: bool,
    headless: bool,
    ports: Rc<Value>,
    endpoints: OrderedMap<Rc<str>, Rc<Endpoint>>,
}

/// The endpoints of all Services that select pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndpointTable {
    services: OrderedMap<Key, ServiceEndpoints>,
}

impl EndpointTable {
    /// Takes a Service's selector and ports over.
    pub(crate) fn service_changed(&mut self, store: &Store, change: &Change) {
        let Some(object) = change.new.as_ref().or(change.old.as_ref()) else { return };
        let (key, spec) = (object.key(), object.spec());
        let selects = spec["selector"].as_object().is_some_and(|selector| !selector.is_empty());
        if change.new.is_none() {
            self.services.remove(&key);
            return;
        }
        if !selects || spec["type"] == "ExternalName" {
            if let Some(service) = self.services.get_mut(&key) {
                service.is_left_alone = true;
            }
            return;
        }
        let mut service = ServiceEndpoints {
            selector: Selector::of_map(&spec["selector"]),
            is_left_alone: false,
            publish_not_ready: spec["publishNotReadyAddresses"] == true,
            headless: spec["clusterIP"] == "None",
            ports: Rc::new(spec["ports"].clone()),
            endpoints: OrderedMap::default(),
        };
        for pod in store.list_in(Kind::Pod, &key.namespace) {
            service.update(&key, pod);
        }
        self.services.insert(key, service);
    }

    /// Takes a pod's state over.
    pub(crate) fn pod_changed(&mut self, change: &Change) {
        let Some(object) = change.new.as_ref().or(change.old.as_ref()) else { return };
        if self.services.is_empty() || !concerns_endpoints(change) {
            return;
        }
        let keys: Vec<_> = self
            .services
            .iter()
            .filter(|(key, service)| {
                key.namespace == object.meta.namespace
                    && !service.is_left_alone
                    && (service.selector.matches(&object.meta.labels)
                        || service.endpoints.contains(&object.meta.name))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            // Taken out, so that nothing is shared while it is written to.
            let Some(mut service) = self.services.remove(&key) else { continue };
            match &change.new {
                Some(pod) => service.update(&key, pod),
                None => {
                    service.endpoints.remove(&object.meta.name);
                }
            }
            self.services.insert(key, service);
        }
    }
}

impl ServiceEndpoints {
    /// Takes a pod's state over.
    fn update(&mut self, key: &Key, object: &Object) {
        let name = &object.meta.name;
        let endpoint = object
            .as_pod()
            .filter(|pod| self.selector.matches(&object.meta.labels) && !pod.is_finished())
            .and_then(|pod| self.endpoint(key, object, pod));
        match endpoint {
            Some(endpoint) if self.endpoints.get(name).is_some_and(|known| **known == endpoint) => {}
            Some(endpoint) => {
                self.endpoints.insert(name.clone(), Rc::new(endpoint));
            }
            None => {
                self.endpoints.remove(name);
            }
        }
    }

    fn endpoint(&self, key: &Key, object: &Object, pod: &Pod) -> Option<Endpoint> {
        let ip = pod.status.ip.clone()?;
        let (ready, terminating) = (pod.is_ready(), object.meta.is_terminating());
        let named = pod.subdomain.as_deref() == Some(&*key.name);
        Some(Endpoint {
            pod: object.meta.name.clone(),
            uid: object.meta.uid,
            ip,
            node: pod.node.clone(),
            hostname: pod.hostname.clone().filter(|_| named),
            ready: self.publish_not_ready || (ready && !terminating),
            serving: ready,
            terminating,
            ports: self.ports_of(pod),
        })
    }

    /// The Service's ports as numbers on a pod; a port whose name the pod does not have is left out.
    fn ports_of(&self, pod: &Pod) -> Rc<[EndpointPort]> {
        let ports = self.ports.as_array().into_iter().flatten();
        let port = |port: &Value| {
            let number = match IntOrString::of(&port["targetPort"]) {
                Some(IntOrString::String(name)) => named_port(pod, &name, &port["protocol"])?,
                Some(IntOrString::Int(0)) | None => port["port"].as_i64()?,
                Some(IntOrString::Int(number)) => i64::from(number),
            };
            Some(EndpointPort {
                name: port["name"].as_str().unwrap_or("").into(),
                protocol: port["protocol"].as_str().unwrap_or("TCP").into(),
                port: number,
            })
        };
        ports.filter_map(port).collect()
    }

    fn slices(&self, key: &Key) -> Vec<EndpointSlice> {
        type Group = (Rc<[EndpointPort]>, Vec<Rc<Endpoint>>);
        let mut groups: Vec<Group> = Vec::new();
        for endpoint in self.endpoints.values() {
            match groups.iter_mut().find(|(ports, _)| *ports == endpoint.ports) {
                Some((_, endpoints)) => endpoints.push(endpoint.clone()),
                None => groups.push((endpoint.ports.clone(), vec![endpoint.clone()])),
            }
        }
        let slice = |ports: &Rc<[EndpointPort]>, endpoints: &[Rc<Endpoint>]| EndpointSlice {
            service: key.clone(),
            headless: self.headless,
            ports: ports.clone(),
            endpoints: endpoints.to_vec(),
        };
        if groups.is_empty() {
            // A Service without endpoints has one slice without ports.
            let none: Rc<[EndpointPort]> = Rc::new([]);
            return vec![slice(&none, &[])];
        }
        let chunks =
            groups.iter().flat_map(|(ports, all)| all.chunks(SLICE).map(move |chunk| (ports, chunk)));
        chunks.map(|(ports, chunk)| slice(ports, chunk)).collect()
    }
}

/// Whether a write to a pod changes anything that endpoints tell or depend on.
fn concerns_endpoints(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return true };
    let (Some(before), Some(after)) = (old.as_pod(), new.as_pod()) else { return true };
    let told = |object: &Object, pod: &Pod| {
        (object.meta.uid, object.meta.is_terminating(), pod.is_ready(), pod.is_finished())
    };
    told(old, before) != told(new, after)
        || !Rc::ptr_eq(&before.spec, &after.spec)
        || before.status.ip != after.status.ip
        || before.node != after.node
        || (&before.hostname, &before.subdomain) != (&after.hostname, &after.subdomain)
        || old.meta.labels != new.meta.labels
}

fn named_port(pod: &Pod, name: &str, protocol: &Value) -> Option<i64> {
    let ports = pod.spec.containers().iter().filter_map(|container| container["ports"].as_array()).flatten();
    let mut ports = ports.filter(|port| port["name"] == *name && port["protocol"] == *protocol);
    ports.next()?["containerPort"].as_i64()
}

impl Cluster {
    /// The EndpointSlices of all Services that select pods, by Service.
    pub fn endpoint_slices(&self) -> Vec<EndpointSlice> {
        self.endpoints.services.iter().flat_map(|(key, service)| service.slices(key)).collect()
    }

    /// The EndpointSlices of one Service; none if it selects no pods.
    pub fn endpoint_slices_of(&self, namespace: &str, service: &str) -> Vec<EndpointSlice> {
        let found = self.endpoints.services.find(|key| key.order(namespace, service));
        found.map(|endpoints| endpoints.slices(&Key::new(namespace, service))).unwrap_or_default()
    }
}

impl EndpointSlice {
    /// As the API shows it, under a name that the caller gives.
    pub fn to_value(&self, name: &str) -> Value {
        let port = |port: &EndpointPort| json!({"name": &*port.name, "protocol": &*port.protocol, "port": port.port});
        let endpoint = |endpoint: &Rc<Endpoint>| {
            let mut value = json!({
                "addresses": [&*endpoint.ip],
                "conditions": {"ready": endpoint.ready, "serving": endpoint.serving,
                    "terminating": endpoint.terminating},
                "targetRef": {"kind": "Pod", "namespace": &*self.service.namespace, "name": &*endpoint.pod,
                    "uid": endpoint.uid.to_string()},
            });
            if let Some(hostname) = &endpoint.hostname {
                value["hostname"] = Value::from(&**hostname);
            }
            if let Some(node) = &endpoint.node {
                value["nodeName"] = Value::from(&**node);
            }
            value
        };
        let mut labels = json!({"kubernetes.io/service-name": &*self.service.name,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"});
        if self.headless {
            labels["service.kubernetes.io/headless"] = "".into();
        }
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "namespace": &*self.service.namespace, "labels": labels},
            "ports": self.ports.iter().map(port).collect::<Vec<_>>(),
            "endpoints": self.endpoints.iter().map(endpoint).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{DeleteOptions, PatchType, PodReport, Settings};

    #[test]
    fn a_service_that_stops_selecting_keeps_what_it_has() {
        let mut cluster = Cluster::new(Settings::default());
        cluster.add_node("n", &[]).expect("the first node");
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
            "spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"app": "a"}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}});
        for manifest in [service, pod] {
            cluster.create(&manifest).expect("a valid manifest");
        }
        cluster.settle();
        cluster.report("default", "p", PodReport::Ready).expect("it is there");
        let mut counts = Vec::new();
        for selector in [Value::Null, json!({"app": "b"}), json!({"app": "a"}), Value::Null] {
            let change = json!({"spec": {"selector": selector}});
            cluster.patch(Kind::Service, "default", "s", PatchType::Merge, &change).expect("a valid change");
            cluster.settle();
            counts.push(cluster.endpoint_slices().iter().map(|slice| slice.endpoints.len()).sum::<usize>());
        }
        let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        cluster.delete(Kind::Pod, "default", "p", &options).expect("it is there");
        cluster.settle();
        counts.push(cluster.endpoint_slices().iter().map(|slice| slice.endpoints.len()).sum());
        assert_eq!(counts, [1, 0, 1, 1, 1]);
    }
}
