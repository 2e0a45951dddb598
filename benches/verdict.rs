//! How long the verdict on a long manifest takes: reading, decoding, defaulting, admission and the rules.
//!
//! Judges a manifest of at least 2,000 lines (StatefulSets, Services, ConfigMaps and claims) as a reader's editor has
//! it judged, as new objects and as changes of what is live; prints the median and the slowest of many runs.
//! `cargo bench --bench verdict`.

use std::time::Instant as Clock;

use serde_json::Value;
use statefulset_playground::api::body::Body;
use statefulset_playground::api::check::{Context, check};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::api::surroundings::Bare;

const LINES: usize = 2_000;
const RUNS: usize = 200;

/// A web application; the page's benchmark has the same judged.
const APP: &str = include_str!("application.yaml");

fn main() {
    let lines = APP.lines().count() + 1;
    let apps = LINES.div_ceil(lines);
    let manifest: Vec<String> = (0..apps).map(|number| APP.replace("NUMBER", &number.to_string())).collect();
    let manifest = manifest.join("---\n");
    println!("{} lines, {} bytes", manifest.lines().count(), manifest.len());
    let live = judge(&manifest, None);
    report("new", || judge(&manifest, None));
    report("changed", || judge(&manifest, Some(&live)));
}

/// Judges every document; gives the objects as the server would store them.
fn judge(manifest: &str, live: Option<&[Value]>) -> Vec<Value> {
    let context = Context { namespace: "default", gates: Gates::default() };
    let mut world = Bare::default();
    let documents = manifest.split("---\n").enumerate();
    documents
        .map(|(index, text)| {
            let live = live.map(|live| &live[index]);
            let verdict = check(&Body::yaml(text), live, context, &mut world);
            verdict.object.expect("the manifest is accepted")
        })
        .collect()
}

fn report(what: &str, judge: impl Fn() -> Vec<Value>) {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let clock = Clock::now();
            std::hint::black_box(judge());
            clock.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{what}: median {:.2} ms, slowest {:.2} ms of {RUNS} runs", times[RUNS / 2], times[RUNS - 1]);
}
