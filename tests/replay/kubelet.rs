//! Replays what the real kubelet wrote (`tests/golden/kubelet`), with the runtime script that its README defines.

mod bench;
mod script;

use serde_json::Value;

use super::{Tally, folder};
use bench::{Bench, Entry};

/// How late or early a moment may be: 2 s or 20 %.
fn is_near(expected: f64, actual: f64) -> bool {
    (expected - actual).abs() <= 2.0f64.max(expected * 0.2)
}

#[test]
fn kubelet() {
    let Some(folder) = folder("kubelet") else { return };
    let mut tally = Tally::new("kubelet");
    let mut files: Vec<_> = std::fs::read_dir(folder.join("timelines"))
        .expect("the folder of timelines can be read")
        .map(|it| it.expect("a file of the folder").path())
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a timeline can be read");
        let golden: Value = serde_json::from_str(&text).expect("a timeline is JSON");
        let name = golden["name"].as_str().unwrap_or_default().to_string();
        tally.record(name, compare(&golden));
    }
    tally.finish(Some(0));
}

fn compare(golden: &Value) -> Result<(), String> {
    let actual = Bench::replay(golden)?;
    if std::env::var("SHOW").is_ok_and(|it| it == golden["name"].as_str().unwrap_or_default()) {
        for entry in &actual {
            println!("{entry:?}");
        }
    }
    let expected = bench::read_timeline(golden);
    let mut pods: Vec<&str> = expected.iter().filter_map(|it| it.pod()).collect();
    pods.sort_unstable();
    pods.dedup();
    for pod in pods {
        same_sequence(&columns(&expected, pod), &columns(&actual, pod))
            .map_err(|difference| format!("{pod} columns:\n{difference}"))?;
        same_sequence(&events(&expected, pod), &events(&actual, pod))
            .map_err(|difference| format!("{pod} events:\n{difference}"))?;
        same_sequence(&ends(&expected, pod), &ends(&actual, pod))
            .map_err(|difference| format!("{pod} statuses:\n{difference}"))?;
    }
    Ok(())
}

type Moments = Vec<(f64, String)>;

/// READY, STATUS and RESTARTS, each time they change. An age in RESTARTS is a time, so only the count is compared.
fn columns(entries: &[Entry], pod: &str) -> Moments {
    let mut found: Moments = Vec::new();
    for entry in entries {
        if let Entry::Pod { at, name, change, columns, .. } = entry
            && name == pod
        {
            let text = if change == "DELETED" { "gone".to_string() } else { columns.clone() };
            if found.last().is_none_or(|(_, last)| *last != text) {
                found.push((*at, text));
            }
        }
    }
    found
}

fn events(entries: &[Entry], pod: &str) -> Moments {
    let of_pod = entries.iter().filter_map(|entry| match entry {
        Entry::Event { at, object, text, .. } if object.strip_prefix("Pod/") == Some(pod) => Some((*at, text.clone())),
        _ => None,
    });
    of_pod.collect()
}

/// Conditions and container states when a pod goes, and at the end.
fn ends(entries: &[Entry], pod: &str) -> Moments {
    let mut found = Moments::new();
    let mut last = None;
    for entry in entries {
        if let Entry::Pod { at, name, change, status, .. } = entry
            && name == pod
        {
            if change == "DELETED" {
                found.push((*at, status.clone()));
                last = None;
            } else {
                last = Some((*at, status.clone()));
            }
        }
    }
    found.extend(last);
    found
}

fn same_sequence(expected: &Moments, actual: &Moments) -> Result<(), String> {
    let fits = |(left, right): (&(f64, String), &(f64, String))| left.1 == right.1 && is_near(left.0, right.0);
    let same = expected.iter().zip(actual).take_while(|pair| fits(*pair)).count();
    if same == expected.len() && same == actual.len() {
        return Ok(());
    }
    let from = same.saturating_sub(3);
    let show = |sign: char, moments: &Moments| -> String {
        let lines = moments.iter().skip(from).take(9);
        lines.map(|(at, text)| format!("{sign} {at:7.1} {text}\n")).collect()
    };
    Err(format!("at entry {same}\n{}{}", show('-', expected), show('+', actual)))
}
