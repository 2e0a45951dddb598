//! Warnings about files of a volume that stand in one another's way.
//!
//! Mirrors `warningsForOverlappingVirtualPaths`.

use serde_json::Value;

use crate::api::read::{has, list, text};

/// A file of a volume and what it comes from, as a projection names it.
#[derive(PartialEq)]
struct File<'a> {
    path: &'a str,
    source: String,
}

impl std::fmt::Display for File<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.source.as_str() {
            "" => write!(formatter, "{:?}", self.path),
            source => write!(formatter, "{:?} ({source})", self.path),
        }
    }
}

/// Files at or below one another, in volumes made of the API's objects.
pub(super) fn overlapping(volumes: &[Value], found: &mut Vec<String>) {
    for volume in volumes {
        let name = text(volume, "name");
        for (kind, shown, field) in [
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
            ("downwardAPI", "DownwardAPI", ""),
        ] {
            let of = describe(shown, text(&volume[kind], field));
            overlaps(name, &of, items(&volume[kind], ""), found);
        }
        let mut files = Vec::new();
        for source in list(&volume["projected"], "sources") {
            if source.as_object().is_none_or(|map| map.is_empty()) {
                found.push(format!("volume {name:?} (Projected) has no sources provided"));
            }
            files.append(&mut projected(source));
        }
        overlaps(name, "Projected", files, found);
    }
}

fn describe(kind: &str, name: &str) -> String {
    if kind == "DownwardAPI" { kind.to_owned() } else { format!("{kind} {name:?}") }
}

fn items<'a>(source: &'a Value, of: &str) -> Vec<File<'a>> {
    list(source, "items")
        .iter()
        .map(|item| File { path: text(item, "path"), source: of.to_owned() })
        .collect()
}

fn projected(source: &Value) -> Vec<File<'_>> {
    for (kind, shown) in [("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")] {
        let files = items(&source[kind], &describe(shown, text(&source[kind], "name")));
        if !files.is_empty() {
            return files;
        }
    }
    if has(source, "serviceAccountToken") {
        let path = text(&source["serviceAccountToken"], "path");
        return vec![File { path, source: "ServiceAccountToken".to_owned() }];
    }
    Vec::new()
}

fn overlaps(volume: &str, of: &str, files: Vec<File<'_>>, found: &mut Vec<String>) {
    let mut earlier: Vec<File<'_>> = Vec::new();
    for mut file in files {
        file.path = file.path.trim_end_matches('/');
        if file.path.is_empty() {
            continue;
        }
        let is_below = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for other in &earlier {
            if is_below(file.path, other.path) || is_below(other.path, file.path) {
                found.push(format!("volume {volume:?} ({of}): overlapping paths: {file} with {other}"));
            }
        }
        earlier.push(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(volume: Value, expected: &[&str]) {
        let mut found = Vec::new();
        overlapping(&[volume], &mut found);
        assert_eq!(found, expected);
    }

    #[test]
    fn files_below_one_another() {
        let items =
            json!([{"key": "a", "path": "x"}, {"key": "b", "path": "x/y/"}, {"key": "c", "path": "xy"}]);
        check(
            json!({"name": "v", "configMap": {"name": "c", "items": items}}),
            &["volume \"v\" (ConfigMap \"c\"): overlapping paths: \"x/y\" with \"x\""],
        );
        check(
            json!({"name": "v", "projected": {"sources": [
                {"serviceAccountToken": {"path": "x"}},
                {"secret": {"name": "s", "items": [{"key": "a", "path": "x"}]}},
                {},
            ]}}),
            &[
                "volume \"v\" (Projected) has no sources provided",
                "volume \"v\" (Projected): overlapping paths: \"x\" (Secret \"s\") with \"x\" (ServiceAccountToken)",
            ],
        );
    }
}
