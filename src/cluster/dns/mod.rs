//! The cluster's DNS server: what CoreDNS answers for a name, from Services and EndpointSlices alone.
//!
//! In go a [`Zone`] and a [`Query`], out comes an [`Answer`]; nothing is cached, as kubeadm's configuration caches
//! nothing of `cluster.local`. Mirrors: CoreDNS 1.13 with `kubernetes cluster.local in-addr.arpa ip6.arpa
//! { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }` (golden data: `tests/golden/dns`).
//!
//! Names outside the cluster are not simulated: a few stand-ins resolve, all others do not exist ([`outside`]).

mod lookup;
mod names;
mod outside;
mod resolver;
mod zone;

use lookup::{NoSuchName, Target, is_ipv4, is_ipv6};
pub use names::{Dark, DnsName, names};
pub use resolver::{Resolution, candidates, resolve};
pub use zone::Zone;

/// Seconds that the cluster's records may be kept.
const TTL: u32 = 30;
/// The zones that the cluster answers for.
const ZONES: [&str; 3] = ["cluster.local.", "in-addr.arpa.", "ip6.arpa."];

/// The type of a record or a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Another name.
    Cname,
    /// A mail server.
    Mx,
    /// A name server.
    Ns,
    /// The name of an address.
    Ptr,
    /// The zone's own record.
    Soa,
    /// A host and a port.
    Srv,
    /// A text.
    Txt,
    /// Everything; queries only.
    Any,
}

impl RecordType {
    /// The type of that name, in any case.
    pub fn parse(text: &str) -> Option<RecordType> {
        ALL.iter().copied().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Cname => "CNAME",
            RecordType::Mx => "MX",
            RecordType::Ns => "NS",
            RecordType::Ptr => "PTR",
            RecordType::Soa => "SOA",
            RecordType::Srv => "SRV",
            RecordType::Txt => "TXT",
            RecordType::Any => "ANY",
        }
    }
}

const ALL: [RecordType; 10] = [
    RecordType::A,
    RecordType::Aaaa,
    RecordType::Cname,
    RecordType::Mx,
    RecordType::Ns,
    RecordType::Ptr,
    RecordType::Soa,
    RecordType::Srv,
    RecordType::Txt,
    RecordType::Any,
];

/// A question to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// An absolute name, with its final dot, in any case.
    pub name: String,
    /// What is asked for.
    pub kind: RecordType,
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Whose record it is, with the final dot.
    pub name: String,
    /// Seconds that it may be kept.
    pub ttl: u32,
    /// Its type.
    pub kind: RecordType,
    /// Its data as a zone file writes it.
    pub data: String,
}

/// How a query came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rcode {
    /// The name exists, with or without records of the type.
    NoError,
    /// The name does not exist.
    NxDomain,
}

impl Rcode {
    /// As tools print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Rcode::NoError => "NOERROR",
            Rcode::NxDomain => "NXDOMAIN",
        }
    }
}

/// The server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it came out.
    pub rcode: Rcode,
    /// `qr`, `aa`, `rd` … in the order tools print them.
    pub flags: Vec<&'static str>,
    /// The records asked for, aliases first.
    pub answer: Vec<Record>,
    /// The zone's SOA if there is no answer.
    pub authority: Vec<Record>,
    /// The addresses of SRV targets.
    pub additional: Vec<Record>,
}

impl Answer {
    fn new(rcode: Rcode) -> Answer {
        Answer {
            rcode,
            flags: vec!["qr", "aa", "rd"],
            answer: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        }
    }

    /// The addresses in the answer.
    pub fn addresses(&self) -> Vec<&str> {
        let is_address = |it: &&Record| matches!(it.kind, RecordType::A | RecordType::Aaaa);
        self.answer.iter().filter(is_address).map(|it| it.data.as_str()).collect()
    }
}

/// Answers a query.
pub fn answer(zone: &Zone, query: &Query) -> Answer {
    let lower = query.name.to_ascii_lowercase();
    let Some(own) = ZONES.iter().find(|it| lower == **it || lower.ends_with(&format!(".{it}"))) else {
        return outside::answer(query);
    };
    // The zone's own name is repeated as the query spells it.
    let spelled = &query.name[query.name.len() - own.len()..];
    let mut question =
        Question { zone, query, spelled, base: relative(&lower, own), is_reverse: *own != ZONES[0] };
    match question.records() {
        Err(NoSuchName) if question.is_reverse => outside::answer(query),
        Err(NoSuchName) => Answer { authority: vec![soa(spelled)], ..Answer::new(Rcode::NxDomain) },
        Ok((records, _)) if records.is_empty() => {
            Answer { authority: vec![soa(spelled)], ..Answer::new(Rcode::NoError) }
        }
        Ok((answer, additional)) => Answer { answer, additional, ..Answer::new(Rcode::NoError) },
    }
}

/// A name without its zone and the dots between them.
fn relative(name: &str, zone: &str) -> String {
    name.strip_suffix(zone).unwrap_or(name).trim_end_matches('.').to_string()
}

/// The zone's own record. The serial is the moment of the last change in a real server.
fn soa(zone: &str) -> Record {
    let data = format!("ns.dns.{zone} hostmaster.{zone} <serial> 7200 1800 86400 {TTL}");
    Record { name: zone.to_string(), ttl: TTL, kind: RecordType::Soa, data }
}

struct Question<'a> {
    zone: &'a Zone,
    query: &'a Query,
    spelled: &'a str,
    base: String,
    is_reverse: bool,
}

impl Question<'_> {
    fn record(&self, name: &str, kind: RecordType, data: String) -> Record {
        Record { name: name.to_string(), ttl: TTL, kind, data }
    }

    fn find(&self) -> Result<Vec<Target>, NoSuchName> {
        if self.is_reverse {
            // Below a reverse zone nothing but PTR records exists; its own name does.
            return if self.base.is_empty() { Ok(Vec::new()) } else { Err(NoSuchName) };
        }
        // The name server's own name exists always.
        if self.base == "ns.dns" { Ok(Vec::new()) } else { lookup::find(self.zone, &self.base) }
    }

    fn records(&mut self) -> Result<(Vec<Record>, Vec<Record>), NoSuchName> {
        let name = self.query.name.clone();
        match self.query.kind {
            RecordType::A | RecordType::Aaaa => Ok((self.addresses(&name, 0)?, Vec::new())),
            RecordType::Srv => self.services(&name),
            RecordType::Cname => {
                let first = self.find()?.into_iter().next().filter(Target::is_name);
                let record = first.map(|it| self.record(&name, RecordType::Cname, absolute(&it.host)));
                Ok((record.into_iter().collect(), Vec::new()))
            }
            RecordType::Txt if self.base == "dns-version" && !self.is_reverse => {
                let record =
                    Record { ttl: 28_800, ..self.record(&name, RecordType::Txt, "\"1.1.0\"".to_string()) };
                Ok((vec![record], Vec::new()))
            }
            RecordType::Txt => {
                // A name that stands for nothing of its own counts as missing here.
                if self.find()?.is_empty() { Err(NoSuchName) } else { Ok(Default::default()) }
            }
            RecordType::Ptr => self.pointers(&name),
            // Any other name has no SOA, and is not even looked up.
            RecordType::Soa if self.base.is_empty() => Ok((vec![soa(self.spelled)], Vec::new())),
            RecordType::Soa => Ok(Default::default()),
            RecordType::Mx | RecordType::Ns | RecordType::Any => {
                self.find()?;
                Ok(Default::default())
            }
        }
    }

    fn addresses(&self, name: &str, depth: usize) -> Result<Vec<Record>, NoSuchName> {
        let mut records: Vec<Record> = Vec::new();
        for target in self.find()? {
            if target.is_name() {
                records.extend(self.alias(name, &target.host, depth));
                continue;
            }
            let fits = match self.query.kind {
                RecordType::Aaaa => is_ipv6(&target.host),
                _ => is_ipv4(&target.host),
            };
            let record = self.record(name, self.query.kind, target.host);
            if fits && !records.contains(&record) {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// An alias and what it leads to. Inside the cluster it is left out if it leads nowhere.
    fn alias(&self, name: &str, host: &str, depth: usize) -> Vec<Record> {
        let host = absolute(host);
        if depth > 7 || host.eq_ignore_ascii_case(name) {
            return Vec::new();
        }
        let alias = self.record(name, RecordType::Cname, host.clone());
        let lower = host.to_ascii_lowercase();
        if !lower.ends_with(".cluster.local.") {
            let query = Query { name: host, kind: self.query.kind };
            return std::iter::once(alias).chain(answer(self.zone, &query).answer).collect();
        }
        let next =
            Question { base: relative(&lower, ZONES[0]), spelled: self.spelled, is_reverse: false, ..*self };
        match next.addresses(&host, depth + 1) {
            Ok(found) if !found.is_empty() => std::iter::once(alias).chain(found).collect(),
            _ => Vec::new(),
        }
    }

    fn services(&self, name: &str) -> Result<(Vec<Record>, Vec<Record>), NoSuchName> {
        let targets: Vec<Target> = self.find()?.into_iter().filter(|it| !it.is_name()).collect();
        let weight = (100 / targets.len().max(1)).max(1);
        let (mut records, mut additional) = (Vec::new(), Vec::new());
        for target in targets {
            let Some(port) = target.port else { continue };
            let own_name = format!("{}.{}", target.name, self.spelled);
            let record = self.record(name, RecordType::Srv, format!("0 {weight} {port} {own_name}"));
            if !records.contains(&record) {
                records.push(record);
            }
            let kind = if is_ipv6(&target.host) { RecordType::Aaaa } else { RecordType::A };
            let record = self.record(&own_name, kind, target.host);
            if !additional.contains(&record) {
                additional.push(record);
            }
        }
        Ok((records, additional))
    }

    fn pointers(&self, name: &str) -> Result<(Vec<Record>, Vec<Record>), NoSuchName> {
        let Some(address) = reverse_address(&name.to_ascii_lowercase()) else {
            self.find()?;
            return Ok(Default::default());
        };
        let names = lookup::find_reverse(self.zone, &address);
        if names.is_empty() {
            return Err(NoSuchName);
        }
        let record = |it: String| self.record(name, RecordType::Ptr, format!("{it}.{}", ZONES[0]));
        Ok((names.into_iter().map(record).collect(), Vec::new()))
    }
}

/// A name with its final dot.
fn absolute(name: &str) -> String {
    if name.ends_with('.') { name.to_string() } else { format!("{name}.") }
}

/// The address that a reverse name stands for.
fn reverse_address(name: &str) -> Option<String> {
    let (digits, separator, count) =
        match (name.strip_suffix(".in-addr.arpa."), name.strip_suffix(".ip6.arpa.")) {
            (Some(digits), _) => (digits, ".", 4),
            (_, Some(digits)) => (digits, "", 32),
            _ => return None,
        };
    let labels: Vec<&str> = digits.split('.').rev().collect();
    if labels.len() != count {
        return None;
    }
    let text = labels.join(separator);
    if count == 4 {
        return text.parse::<std::net::Ipv4Addr>().ok().map(|it| it.to_string());
    }
    let groups: Vec<&str> = (0..8).filter_map(|at| text.get(at * 4..at * 4 + 4)).collect();
    groups.join(":").parse::<std::net::Ipv6Addr>().ok().map(|it| it.to_string())
}
