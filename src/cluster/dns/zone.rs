//! The objects that DNS is made of, as the `kubernetes` plugin of CoreDNS reads them.

use serde_json::Value;

/// A port of a Service or an EndpointSlice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    pub name: String,
    pub protocol: String,
    /// `None` stands for "no port declared".
    pub number: Option<u64>,
}

/// How a Service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By another name.
    External(String),
    /// By the addresses of its endpoints.
    Headless,
    /// By its own addresses.
    Cluster(Vec<String>),
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub namespace: String,
    pub name: String,
    pub kind: Kind,
    pub ports: Vec<Port>,
}

/// A ready address of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub address: String,
    pub hostname: Option<String>,
}

impl Endpoint {
    /// The first label of the endpoint's name: its hostname, or its address with dashes.
    pub(crate) fn label(&self) -> String {
        self.hostname.clone().unwrap_or_else(|| self.address.replace(['.', ':'], "-"))
    }
}

/// An EndpointSlice: its ready endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    pub namespace: String,
    pub service: String,
    pub ports: Vec<Port>,
    pub endpoints: Vec<Endpoint>,
}

/// All that DNS depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    pub(crate) namespaces: Vec<String>,
    pub(crate) services: Vec<Service>,
    pub(crate) slices: Vec<Slice>,
}

impl Zone {
    /// An empty zone.
    pub fn new() -> Zone {
        Zone::default()
    }

    /// Adds a namespace.
    pub fn add_namespace(&mut self, name: &str) {
        self.namespaces.push(name.to_string());
    }

    /// Adds a Service by its namespace, name and `spec`.
    pub fn add_service(&mut self, namespace: &str, name: &str, spec: &Value) {
        let address = spec["clusterIP"].as_str().unwrap_or_default();
        let kind = if spec["type"] == "ExternalName" {
            Kind::External(spec["externalName"].as_str().unwrap_or_default().to_string())
        } else if address == "None" {
            Kind::Headless
        } else {
            let list = spec["clusterIPs"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut addresses: Vec<String> =
                list.iter().filter_map(|it| it.as_str().map(str::to_string)).collect();
            if addresses.is_empty() && !address.is_empty() {
                addresses.push(address.to_string());
            }
            Kind::Cluster(addresses)
        };
        let ports = read_ports(&spec["ports"]);
        self.services.push(Service { namespace: namespace.to_string(), name: name.to_string(), kind, ports });
    }

    /// Adds an EndpointSlice of a Service by its `ports` and `endpoints`.
    pub fn add_slice(&mut self, namespace: &str, service: &str, ports: &Value, endpoints: &Value) {
        let mut found = Vec::new();
        for endpoint in endpoints.as_array().into_iter().flatten() {
            // A missing condition counts as ready.
            if endpoint["conditions"]["ready"] == false {
                continue;
            }
            let hostname = endpoint["hostname"].as_str().filter(|it| !it.is_empty()).map(str::to_string);
            for address in endpoint["addresses"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                found.push(Endpoint { address: address.to_string(), hostname: hostname.clone() });
            }
        }
        self.slices.push(Slice {
            namespace: namespace.to_string(),
            service: service.to_string(),
            ports: read_ports(ports),
            endpoints: found,
        });
    }

    /// Whether the namespace exists.
    pub(crate) fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.iter().any(|it| it == name)
    }
}

fn read_ports(value: &Value) -> Vec<Port> {
    let ports: Vec<Port> = value
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| Port {
            name: it["name"].as_str().unwrap_or_default().to_string(),
            protocol: it["protocol"].as_str().unwrap_or("TCP").to_string(),
            number: it["port"].as_u64(),
        })
        .collect();
    if ports.is_empty() {
        return vec![Port { name: String::new(), protocol: String::new(), number: None }];
    }
    ports
}
