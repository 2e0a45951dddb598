//! From a name to what it stands for: the records of the `kubernetes` plugin, before they become DNS records.

use super::zone::{Kind, Port, Zone};

/// One thing that a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// An address, or a name for an ExternalName Service.
    pub host: String,
    /// `None` if no port is declared.
    pub port: Option<u64>,
    /// The target's own name, relative to the zone.
    pub name: String,
}

impl Target {
    /// Whether the host is a name.
    pub(crate) fn is_name(&self) -> bool {
        !is_ipv4(&self.host) && !is_ipv6(&self.host)
    }
}

/// Whether a text is an IPv4 address.
pub(crate) fn is_ipv4(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Whether a text is an IPv6 address.
pub(crate) fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// The name does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoSuchName;

/// What `base`, a name relative to `cluster.local` in lower case, stands for. An empty list: it exists, but stands
/// for nothing of its own.
pub(crate) fn find(zone: &Zone, base: &str) -> Result<Vec<Target>, NoSuchName> {
    if base.is_empty() || base == "svc" || base == "pod" {
        return Ok(Vec::new());
    }
    let mut labels: Vec<&str> = base.split('.').collect();
    let kind = labels.pop().unwrap_or_default();
    if kind != "svc" && kind != "pod" {
        return Err(NoSuchName);
    }
    let Some(namespace) = labels.pop() else { return Ok(Vec::new()) };
    let name = labels.pop();
    let rest = labels.as_slice();
    if rest.len() > 2 {
        return Err(NoSuchName);
    }
    if !zone.has_namespace(namespace) {
        return Err(NoSuchName);
    }
    let Some(name) = name else { return Ok(Vec::new()) };
    if kind == "pod" { find_pod(namespace, name) } else { find_service(zone, namespace, name, rest) }
}

/// Any address is a pod's name (`pods insecure`): it is not looked up.
fn find_pod(namespace: &str, name: &str) -> Result<Vec<Target>, NoSuchName> {
    let is_four = name.matches('-').count() == 3 && !name.contains("--");
    let host = name.replace('-', if is_four { "." } else { ":" });
    if !is_ipv4(&host) && !is_ipv6(&host) {
        return Err(NoSuchName);
    }
    Ok(vec![Target { host, port: Some(0), name: format!("{name}.{namespace}.pod") }])
}

fn find_service(zone: &Zone, namespace: &str, name: &str, rest: &[&str]) -> Result<Vec<Target>, NoSuchName> {
    let bare = |label: &str| label.strip_prefix('_').unwrap_or(label).to_string();
    let (endpoint, port, protocol) = match rest {
        [endpoint] => (Some(*endpoint), String::new(), String::new()),
        [port, protocol] => (None, bare(port), bare(protocol)),
        _ => (None, String::new(), String::new()),
    };
    let fits = |it: &Port| {
        (port.is_empty() || it.name.eq_ignore_ascii_case(&port))
            && (protocol.is_empty() || it.protocol.eq_ignore_ascii_case(&protocol))
    };
    let mut targets = Vec::new();
    let service =
        zone.services.iter().find(|it| it.namespace == namespace && it.name == name).ok_or(NoSuchName)?;
    let own_name = format!("{name}.{namespace}.svc");
    match &service.kind {
        Kind::External(host) => {
            if rest.is_empty() && !is_ipv4(host) && !is_ipv6(host) {
                targets.push(Target { host: host.clone(), port: Some(0), name: own_name });
            }
        }
        Kind::Cluster(addresses) if endpoint.is_none() => {
            for port in service.ports.iter().filter(|it| fits(it)) {
                for host in addresses {
                    targets.push(Target { host: host.clone(), port: port.number, name: own_name.clone() });
                }
            }
        }
        Kind::Headless | Kind::Cluster(_) => {
            for slice in zone.slices.iter().filter(|it| it.namespace == namespace && it.service == name) {
                for address in &slice.endpoints {
                    let label = address.label();
                    if endpoint.is_some_and(|it| !it.eq_ignore_ascii_case(&label)) {
                        continue;
                    }
                    for port in slice.ports.iter().filter(|it| fits(it)) {
                        targets.push(Target {
                            host: address.address.clone(),
                            port: port.number,
                            name: format!("{label}.{own_name}"),
                        });
                    }
                }
            }
        }
    }
    if targets.is_empty() { Err(NoSuchName) } else { Ok(targets) }
}

/// The names of an address, relative to the zone: a Service's if it is a cluster address, else those of endpoints.
pub(crate) fn find_reverse(zone: &Zone, address: &str) -> Vec<String> {
    for service in &zone.services {
        if let Kind::Cluster(addresses) = &service.kind
            && addresses.iter().any(|it| it == address)
        {
            return vec![format!("{}.{}.svc", service.name, service.namespace)];
        }
    }
    let mut names = Vec::new();
    for slice in &zone.slices {
        for endpoint in slice.endpoints.iter().filter(|it| it.address == address) {
            let name = format!("{}.{}.{}.svc", endpoint.label(), slice.service, slice.namespace);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}
