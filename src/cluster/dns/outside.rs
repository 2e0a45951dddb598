//! Names outside the cluster. No real server is asked: `example.com` and names below it have one address, no other
//! name exists.

use super::{Answer, Query, Rcode, Record, RecordType};

/// Answers as a forwarder to the stand-in would.
pub(crate) fn answer(query: &Query) -> Answer {
    let name = query.name.to_ascii_lowercase();
    let is_known = name == "example.com." || name.ends_with(".example.com.");
    if !is_known {
        let data = "a.root-servers.net. nstld.verisign-grs.com. 2025010101 1800 900 604800 86400".to_string();
        let root = Record { name: ".".to_string(), ttl: 86_400, kind: RecordType::Soa, data };
        return Answer { authority: vec![root], ..Answer::new(Rcode::NxDomain) };
    }
    let mut found = Answer::new(Rcode::NoError);
    if query.kind == RecordType::A {
        let data = "93.184.215.14".to_string();
        found.answer.push(Record { name: query.name.clone(), ttl: 300, kind: RecordType::A, data });
    } else {
        let data = "ns.icann.org. noc.dns.icann.org. 2025010101 7200 3600 1209600 3600".to_string();
        found.authority.push(Record {
            name: "example.com.".to_string(),
            ttl: 3600,
            kind: RecordType::Soa,
            data,
        });
    }
    found
}
