//! Which fields of an object change, path by path.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::gather::Gather;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path: `spec.template.spec.containers[0].image`.
    pub path: String,
    /// What it was; `None` if it is new.
    pub old: Option<String>,
    /// What it becomes; `None` if it goes.
    pub new: Option<String>,
}

/// What the server keeps for itself.
const OWN: [&str; 6] = [
    "status",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.uid",
    "metadata.creationTimestamp",
];

/// Longest text of a value, in characters.
const LONGEST: usize = 160;

/// The fields that differ between two versions of an object, in order of their paths. Data of Secrets is not shown.
pub fn field_changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let is_secret = after["kind"] == "Secret";
    compare(String::new(), Some(before), Some(after), is_secret, &mut found);
    found
}

fn compare(
    path: String,
    old: Option<&Value>,
    new: Option<&Value>,
    is_secret: bool,
    found: &mut Vec<FieldChange>,
) {
    if old == new || OWN.contains(&path.as_str()) {
        return;
    }
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).gather();
            for key in keys {
                let inner = match (path.is_empty(), key.contains(['.', '/'])) {
                    (true, _) => key.clone(),
                    (false, true) => format!("{path}[{key}]"),
                    (false, false) => format!("{path}.{key}"),
                };
                compare(inner, old.get(key), new.get(key), is_secret, found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let name = |item: &Value| item["name"].as_str().map(str::to_owned);
            let names: Option<Vec<String>> = old.iter().chain(new).map(name).collect();
            // Items that have names are the same wherever they stand.
            if names.is_some() {
                let find = |list: &[Value], wanted: &Value| {
                    list.iter().find(|it| it["name"] == wanted["name"]).cloned()
                };
                for (index, item) in new.iter().enumerate() {
                    compare(
                        format!("{path}[{index}]"),
                        find(old, item).as_ref(),
                        Some(item),
                        is_secret,
                        found,
                    );
                }
                for (index, item) in old.iter().enumerate().filter(|(_, item)| find(new, item).is_none()) {
                    compare(format!("{path}[{index}]"), Some(item), None, is_secret, found);
                }
            } else {
                for index in 0..old.len().max(new.len()) {
                    compare(format!("{path}[{index}]"), old.get(index), new.get(index), is_secret, found);
                }
            }
        }
        _ => {
            let hides = is_secret && (path.starts_with("data") || path.starts_with("stringData"));
            let shown = |value: &Value| if hides { "(hidden)".to_owned() } else { shown(value) };
            found.push(FieldChange { path, old: old.map(shown), new: new.map(shown) });
        }
    }
}

/// A value in one line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() && !text.contains('\n') => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(before: Value, after: Value, expect: &[&str]) {
        let found: Vec<String> = field_changes(&before, &after)
            .into_iter()
            .map(|it| {
                let word = |side: Option<String>| side.unwrap_or_else(|| "none".to_owned());
                format!("{}: {} → {}", it.path, word(it.old), word(it.new))
            })
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn changes_are_named_by_path() {
        check(
            json!({"spec": {"a": 1, "same": [1]}, "status": {"x": 1}, "metadata": {"generation": 1}}),
            json!({"spec": {"a": 2, "same": [1], "b": {"c": "x"}}, "metadata": {"generation": 2}}),
            &["spec.a: 1 → 2", "spec.b: none → {\"c\":\"x\"}"],
        );
        check(
            json!({"l": [{"name": "a", "v": 1}, {"name": "b"}], "n": [1, 2]}),
            json!({"l": [{"name": "b"}, {"name": "a", "v": 2}], "n": [1]}),
            &["l[1].v: 1 → 2", "n[1]: 2 → none"],
        );
        check(
            json!({"kind": "Secret", "data": {"a": "eA=="}, "metadata": {"labels": {"x.io/y": "1"}}}),
            json!({"kind": "Secret", "data": {"a": "eQ=="}, "metadata": {"labels": {"x.io/y": "2"}}}),
            &["data.a: (hidden) → (hidden)", "metadata.labels[x.io/y]: 1 → 2"],
        );
    }
}
