//! Replays what CoreDNS answered in each state of a cluster (`tests/golden/dns`).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use statefulset_playground::cluster::dns::{Query, Record, RecordType, Zone, answer};

use super::{Tally, folder};

#[test]
fn dns() {
    let Some(folder) = folder("dns") else { return };
    let read = |path: &std::path::Path| -> Value {
        let text = std::fs::read_to_string(path).expect("a golden file can be read");
        serde_json::from_str(&text).expect("a golden file is JSON")
    };
    let states = read(&folder.join("states.json"));
    let mut tally = Tally::new("dns");
    let mut files: Vec<_> = std::fs::read_dir(folder.join("queries"))
        .expect("the folder of queries can be read")
        .map(|it| it.expect("a file of the folder").path())
        .collect();
    files.sort();
    for path in files {
        let golden = read(&path);
        let state = golden["state"].as_str().unwrap_or_default();
        let zone = zone(&states["states"][state]["objects"]);
        for record in golden["records"].as_array().into_iter().flatten() {
            let (name, kind) = (text(&record["query"]["name"]), text(&record["query"]["type"]));
            tally.record(format!("{state} {kind} {name}"), compare(&zone, record, name, kind));
        }
    }
    tally.finish(None);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn zone(objects: &Value) -> Zone {
    let list = |key: &str| objects[key].as_array().cloned().unwrap_or_default();
    let mut zone = Zone::new();
    for it in list("namespaces") {
        zone.add_namespace(text(&it));
    }
    for it in list("services") {
        zone.add_service(text(&it["namespace"]), text(&it["name"]), &it["spec"]);
    }
    for it in list("endpointslices") {
        zone.add_slice(text(&it["namespace"]), text(&it["service"]), &it["ports"], &it["endpoints"]);
    }
    zone
}

fn compare(zone: &Zone, golden: &Value, name: &str, kind: &str) -> Result<(), String> {
    let kind = RecordType::parse(kind).ok_or("unknown type")?;
    let actual = answer(zone, &Query { name: name.to_string(), kind });
    let actual = json!({
        "rcode": actual.rcode.as_str(), "flags": actual.flags, "answer": lines(&actual.answer),
        "authority": lines(&actual.authority), "additional": lines(&actual.additional),
    });
    let section = |key: &str| -> BTreeSet<String> {
        let records = golden[key].as_array().into_iter().flatten();
        records
            .map(|it| {
                format!("{} {} {} {}", text(&it["name"]), it["ttl"], text(&it["type"]), text(&it["data"]))
            })
            .collect()
    };
    let expected = json!({
        "rcode": golden["rcode"], "flags": golden["flags"], "answer": section("answer"),
        "authority": section("authority"), "additional": section("additional"),
    });
    if expected == actual { Ok(()) } else { Err(format!("- {expected}\n+ {actual}")) }
}

fn lines(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(|it| format!("{} {} {} {}", it.name, it.ttl, it.kind.as_str(), it.data)).collect()
}
