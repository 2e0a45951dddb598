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
        tally.run(name, || compare(&golden));
    }
    tally.finish(Some(43));
}

fn compare(golden: &Value) -> Result<(), String> {
    let actual = Bench::replay(golden)?;
    let expected = bench::read_timeline(golden);
    let end = golden["duration"].as_f64().unwrap_or_default();
    let mut pods: Vec<&str> = expected.iter().filter_map(|it| it.pod()).collect();
    pods.sort_unstable();
    pods.dedup();
    for pod in pods {
        same_sequence(&columns(&expected, pod), &columns(&actual, pod), end)
            .map_err(|difference| format!("{pod} columns:\n{difference}"))?;
        same_sequence(&events(&expected, pod), &events(&actual, pod), end)
            .map_err(|difference| format!("{pod} events:\n{difference}"))?;
        same_sequence(&ends(&expected, pod), &ends(&actual, pod), end)
            .map_err(|difference| format!("{pod} statuses:\n{difference}"))?;
        let (left, right) = (last_statuses(&expected, pod, end), last_statuses(&actual, pod, end));
        if !(left.first().is_some_and(|it| right.contains(it))
            || right.first().is_some_and(|it| left.contains(it)))
        {
            return Err(format!("{pod} at the end:\n- {left:#?}\n+ {right:#?}"));
        }
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
        Entry::Event { at, object, text, .. } if object.strip_prefix("Pod/") == Some(pod) => {
            Some((*at, text.clone()))
        }
        _ => None,
    });
    of_pod.collect()
}

/// Conditions and container states when a pod goes.
fn ends(entries: &[Entry], pod: &str) -> Moments {
    let of_pod = entries.iter().filter_map(|entry| match entry {
        Entry::Pod { at, name, change, status, .. } if name == pod && change == "DELETED" => {
            Some((*at, status.clone()))
        }
        _ => None,
    });
    of_pod.collect()
}

/// The statuses that a pod may have at the end: the last one, and those before it that a moment within the tolerance
/// would show.
fn last_statuses(entries: &[Entry], pod: &str, end: f64) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in entries.iter().rev() {
        if let Entry::Pod { at, name, change, status, .. } = entry
            && name == pod
        {
            found.push(if change == "DELETED" { String::new() } else { status.clone() });
            if !is_near(end, *at) {
                break;
            }
        }
    }
    found
}

/// Compares two sequences of moments. A moment may be late or early by the README's tolerance, so one that this could
/// move beyond the end of the recording may be missing.
fn same_sequence(expected: &[(f64, String)], actual: &[(f64, String)], end: f64) -> Result<(), String> {
    let is_last =
        |moments: &[(f64, String)], at: usize| moments[at].0 + 2.0f64.max(moments[at].0 * 0.2) >= end;
    let (mut left, mut right) = (0, 0);
    loop {
        match (expected.get(left), actual.get(right)) {
            (None, None) => return Ok(()),
            (Some(it), Some(other)) if it.1 == other.1 && is_near(it.0, other.0) => {
                (left, right) = (left + 1, right + 1)
            }
            (Some(_), None) if is_last(expected, left) => left += 1,
            (None, Some(_)) if is_last(actual, right) => right += 1,
            _ => break,
        }
    }
    let show = |sign: char, moments: &[(f64, String)], at: usize| -> String {
        let lines = moments.iter().skip(at.saturating_sub(3)).take(9);
        lines.map(|(at, text)| format!("{sign} {at:7.1} {text}\n")).collect()
    };
    Err(format!("at entries {left} and {right}\n{}{}", show('-', expected, left), show('+', actual, right)))
}
