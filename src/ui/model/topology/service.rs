//! A Service and the names that DNS answers for it.

use serde_json::Value;

use super::super::object::{ObjectKey, label, list, number, text};
use crate::gather::sort_by;

/// A DNS name and what it answers now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameView {
    /// The name below the namespace: `web-0.web`.
    pub short: String,
    /// The whole name, with the usual cluster domain.
    pub full: String,
    /// The addresses it resolves to; empty while it does not resolve.
    pub addresses: Vec<String>,
    /// Why it does not resolve; empty if it does, or nobody knows.
    pub dark: &'static str,
}

/// A Service as its card shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceView {
    /// Which Service.
    pub key: ObjectKey,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub kind: String,
    /// Its cluster address; `None` for a headless Service, empty while it has none.
    pub cluster_ip: Option<String>,
    /// The EXTERNAL-IP column of `kubectl get services`.
    pub external: String,
    /// The PORT(S) column of `kubectl get services`.
    pub ports: String,
    /// The name of the Service itself.
    pub name: NameView,
    /// Addresses that get its traffic, of how many endpoints.
    pub endpoints: (usize, usize),
    /// The names of single pods, endpoints with a host name, in order.
    pub hosts: Vec<(String, NameView)>,
}

impl ServiceView {
    /// The name of a single pod, by its host name.
    pub(super) fn host(&self, host: &str) -> Option<&NameView> {
        let index = self.hosts.binary_search_by(|(found, _)| found.as_str().cmp(host)).ok()?;
        Some(&self.hosts[index].1)
    }
}

/// The view of a Service with the EndpointSlices of its namespace.
pub(super) fn view(service: &Value, slices: &[&Value]) -> ServiceView {
    let key = ObjectKey::of(service);
    let ip = text(service, "/spec/clusterIP");
    let kind = match text(service, "/spec/type") {
        "" => "ClusterIP",
        kind => kind,
    };
    let mut hosts: Vec<(String, NameView)> = Vec::new();
    let mut ready = Vec::new();
    let mut all = 0;
    for slice in slices {
        let belongs = text(slice, "/metadata/namespace") == key.namespace
            && label(slice, "kubernetes.io/service-name") == Some(&key.name);
        if !belongs {
            continue;
        }
        for endpoint in list(slice, "/endpoints") {
            all += 1;
            // DNS and proxies read an absent condition as ready.
            let serves = endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true);
            if !serves {
                continue;
            }
            let addresses: Vec<String> =
                list(endpoint, "/addresses").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let host = text(endpoint, "/hostname");
            if !host.is_empty() {
                let mut name = name_of(&format!("{host}.{}", key.name), &key.namespace);
                name.addresses = addresses.clone();
                hosts.push((host.to_owned(), name));
            }
            ready.extend(addresses);
        }
    }
    sort_by(&mut hosts, |a, b| a.0.cmp(&b.0));
    let headless = ip == "None";
    let mut name = name_of(&key.name, &key.namespace);
    name.addresses = match (headless, ip) {
        (true, _) => ready.clone(),
        (false, "") => Vec::new(),
        (false, ip) => vec![ip.to_owned()],
    };
    ServiceView {
        endpoints: (ready.len(), all),
        kind: kind.to_owned(),
        cluster_ip: (!headless).then(|| ip.to_owned()),
        external: external(service, kind),
        ports: ports(service),
        name,
        hosts,
        key,
    }
}

/// A name that does not resolve.
pub(super) fn name_of(short: &str, namespace: &str) -> NameView {
    NameView {
        short: short.to_owned(),
        full: format!("{short}.{namespace}.svc.cluster.local"),
        addresses: Vec::new(),
        dark: "",
    }
}

fn external(service: &Value, kind: &str) -> String {
    match kind {
        "LoadBalancer" => {
            let given: Vec<&str> = list(service, "/status/loadBalancer/ingress")
                .iter()
                .map(|ingress| match text(ingress, "/ip") {
                    "" => text(ingress, "/hostname"),
                    ip => ip,
                })
                .collect();
            if given.is_empty() { "<pending>".to_owned() } else { given.join(",") }
        }
        "ExternalName" => text(service, "/spec/externalName").to_owned(),
        _ => String::new(),
    }
}

fn ports(service: &Value) -> String {
    let one = |port: &Value| {
        let number_of = |pointer| number(port, pointer).unwrap_or_default();
        let protocol = match text(port, "/protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        match number_of("/nodePort") {
            0 => format!("{}/{protocol}", number_of("/port")),
            node => format!("{}:{node}/{protocol}", number_of("/port")),
        }
    };
    list(service, "/spec/ports").iter().map(one).collect::<Vec<_>>().join(",")
}
