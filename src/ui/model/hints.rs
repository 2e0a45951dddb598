//! What an editor says of the field at the cursor, and what it offers to write there.
//!
//! In: a text that may not parse, and where the cursor is. Out: a [`Hint`] or [`Choice`]s. In manifests and templates
//! the schema of the API answers; in values, the chart's `values.schema.json`, its own values, and the schema of the
//! field that a value ends up in.

use serde_json::Value;

use super::yaml_cursor::{Cursor, Spot};
use crate::api::explain::{Explained, Found, explain, fields, find};
use crate::api::schema::{Type, schema};
use crate::yaml::{FieldPath, Step};

/// What is said of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The field's path.
    pub title: String,
    /// Type, default, whether it is required: short words.
    pub facts: Vec<String>,
    /// What it means.
    pub text: String,
}

/// Something to write at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is shown.
    pub label: String,
    /// What is written.
    pub insert: String,
    /// A few words beside it.
    pub detail: String,
    /// What it means.
    pub text: String,
}

/// A field of the API: `apiVersion`, `kind`, and its path.
pub type Target = (String, String, Vec<Step>);

/// What is known of the chart's values.
pub struct ValuesKnown<'v> {
    /// The chart's own values.
    pub defaults: &'v Value,
    /// Its `values.schema.json`; null if it has none.
    pub schema: &'v Value,
    /// Where a value ends up, by its path: `apiVersion`, `kind`, and the path of the field.
    pub drives: &'v dyn Fn(&[Step]) -> Option<Target>,
}

/// What a manifest or template says at the cursor.
pub fn hint_in_manifest(cursor: &Cursor) -> Option<Hint> {
    let path = cursor.field()?;
    let found = find(&cursor.api_version, &cursor.kind, &path)?;
    Some(hint(FieldPath(&path).to_string(), &explain(&found)))
}

fn hint(title: String, explained: &Explained) -> Hint {
    let mut facts = vec![explained.kind.clone()];
    if explained.required {
        facts.push("required".to_owned());
    }
    if !explained.default.is_empty() {
        facts.push(format!("default {}", explained.default));
    }
    if !explained.values.is_empty() {
        facts.push(format!("one of {}", explained.values.join(", ")));
    }
    Hint { title, facts, text: explained.text.to_owned() }
}

/// What values say at the cursor.
pub fn hint_in_values(cursor: &Cursor, known: &ValuesKnown<'_>) -> Option<Hint> {
    let path = cursor.field()?;
    let title = FieldPath(&path).to_string();
    let own = in_schema(known.schema, &path);
    let driven = (known.drives)(&path);
    let mut found = Hint { title, ..Hint::default() };
    if let Some((group_version, kind, field)) = &driven
        && let Some(target) = find(group_version, kind, field)
    {
        found = hint(found.title, &explain(&target));
        found.facts.insert(0, format!("sets {} of the {kind}", FieldPath(field)));
    }
    if let Some((schema, required)) = own {
        let kind = schema["type"].as_str().unwrap_or_default();
        if driven.is_none() && !kind.is_empty() {
            found.facts.push(kind.to_owned());
        }
        if required {
            found.facts.push("required by the chart".to_owned());
        }
        if let Some(values) = schema["enum"].as_array() {
            let words: Vec<String> = values.iter().map(plain).collect();
            found.facts.push(format!("one of {}", words.join(", ")));
        }
        if let Some(text) = schema["description"].as_str() {
            found.text = text.to_owned();
        }
    }
    let default = at(known.defaults, &path);
    if let Some(default) = default.filter(|default| !default.is_object() && !default.is_array()) {
        found.facts.push(format!("the chart's default is {}", plain(default)));
    }
    (!found.facts.is_empty() || !found.text.is_empty()).then_some(found)
}

/// What may be written at the cursor in a manifest or template.
pub fn choices_in_manifest(cursor: &Cursor) -> Vec<Choice> {
    let (group_version, kind) = (&*cursor.api_version, &*cursor.kind);
    match &cursor.spot {
        Spot::Key(_) => keys(group_version, kind, &cursor.path, &cursor.siblings),
        Spot::Value(key, _) if cursor.path.is_empty() && key == "kind" => {
            schema().kinds().map(|(version, kind)| word(kind, version)).collect()
        }
        Spot::Value(key, _) if cursor.path.is_empty() && key == "apiVersion" => {
            let mut versions: Vec<Choice> = schema().kinds().map(|(version, _)| word(version, "")).collect();
            versions.dedup();
            versions
        }
        Spot::Value(..) => {
            cursor.field().and_then(|path| find(group_version, kind, &path)).map(values).unwrap_or_default()
        }
        Spot::Action(_) | Spot::Nothing => Vec::new(),
    }
}

/// What may be written at the cursor in values.
pub fn choices_in_values(cursor: &Cursor, known: &ValuesKnown<'_>) -> Vec<Choice> {
    match &cursor.spot {
        Spot::Key(_) => {
            let mut found = Vec::new();
            if let Some(Value::Object(defaults)) = at(known.defaults, &cursor.path) {
                found.extend(
                    defaults.iter().map(|(key, value)| key_choice(key, &opening(value), plain(value), "")),
                );
            }
            if let Some((schema, _)) = in_schema(known.schema, &cursor.path) {
                for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
                    let text = inner["description"].as_str().unwrap_or_default();
                    let kind = inner["type"].as_str().unwrap_or_default();
                    found.push(key_choice(
                        key,
                        if kind == "object" { ":\n" } else { ": " },
                        kind.to_owned(),
                        text,
                    ));
                }
            }
            if let Some((group_version, kind, field)) =
                (known.drives)(&cursor.path).filter(|_| !cursor.path.is_empty())
            {
                found.extend(keys(&group_version, &kind, &field, &[]));
            }
            let mut seen = cursor.siblings.clone();
            found.retain(|choice| {
                let is_new = !seen.contains(&choice.label);
                seen.push(choice.label.clone());
                is_new
            });
            found
        }
        Spot::Value(..) => {
            let Some(path) = cursor.field() else { return Vec::new() };
            let own = in_schema(known.schema, &path).and_then(|(schema, _)| schema["enum"].as_array());
            if let Some(own) = own {
                return own.iter().map(|value| word(&plain(value), "")).collect();
            }
            let driven = (known.drives)(&path)
                .and_then(|(group_version, kind, field)| find(&group_version, &kind, &field))
                .map(values)
                .unwrap_or_default();
            match at(known.defaults, &path) {
                Some(Value::Bool(_)) if driven.is_empty() => truth(),
                _ => driven,
            }
        }
        Spot::Action(_) | Spot::Nothing => Vec::new(),
    }
}

/// What may be written in a template action: the keys of the values below what is written of a path.
pub fn choices_in_action(action: &str, values: &Value) -> Vec<Choice> {
    let typed = action.rsplit([' ', '(', '|', '{']).next().unwrap_or_default();
    let Some(path) = typed.trim_start_matches('$').strip_prefix(".Values.") else { return Vec::new() };
    let above = path.rsplit_once('.').map_or("", |(above, _)| above);
    let found = above.split('.').filter(|key| !key.is_empty()).try_fold(values, |value, key| value.get(key));
    let keys = found.and_then(Value::as_object).into_iter().flatten();
    keys.map(|(key, value)| Choice { insert: key.clone(), ..key_choice(key, "", plain(value), "") }).collect()
}

fn keys(group_version: &str, kind: &str, path: &[Step], siblings: &[String]) -> Vec<Choice> {
    // What is is the server's to say.
    let is_status = |name: &str| path.is_empty() && name == "status";
    let is_new = |name: &str| !is_status(name) && siblings.iter().all(|sibling| sibling != name);
    fields(group_version, kind, path)
        .iter()
        .filter(|field| is_new(field.name))
        .filter_map(|field| {
            let explained =
                explain(&find(group_version, kind, &[path, &[Step::Key(field.name.to_owned())]].concat())?);
            let is_open = matches!(field.kind, Type::Struct(_) | Type::List(_) | Type::Map(_));
            let required = if field.required { ", required" } else { "" };
            let detail = format!("{}{required}", explained.kind);
            Some(key_choice(field.name, if is_open { ":" } else { ": " }, detail, explained.text))
        })
        .collect()
}

fn values(found: Found) -> Vec<Choice> {
    if *found.kind == Type::Bool {
        return truth();
    }
    found.field.values.iter().map(|value| word(value, "")).collect()
}

fn truth() -> Vec<Choice> {
    ["true", "false"].map(|value| word(value, "")).to_vec()
}

fn word(label: &str, detail: &str) -> Choice {
    let label = label.to_owned();
    Choice { insert: label.clone(), label, detail: detail.to_owned(), text: String::new() }
}

fn key_choice(key: &str, behind: &str, detail: String, text: &str) -> Choice {
    let insert = format!("{key}{}", behind.trim_end_matches('\n'));
    Choice { label: key.to_owned(), insert, detail, text: text.to_owned() }
}

/// What stands behind a key with such a value.
fn opening(value: &Value) -> String {
    if value.is_object() || value.is_array() { ":".to_owned() } else { ": ".to_owned() }
}

/// A value in a few words.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Object(map) if !map.is_empty() => "map".to_owned(),
        Value::Array(list) if !list.is_empty() => "list".to_owned(),
        other => other.to_string(),
    };
    text.chars().take(60).collect()
}

fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// The part of a JSON schema for a path, and whether the value is required.
fn in_schema<'s>(root: &'s Value, path: &[Step]) -> Option<(&'s Value, bool)> {
    let resolved = |mut schema: &'s Value| {
        // A reference may lead to another, but hardly to many.
        for _ in 0..8 {
            let Some(target) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) else { break };
            schema = root.pointer(target)?;
        }
        Some(schema)
    };
    let mut schema = resolved(root).filter(|root| root.is_object())?;
    let mut required = false;
    for step in path {
        let inner = match step {
            Step::Key(key) => {
                required =
                    schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == key));
                let own = &schema["properties"][key.as_str()];
                if own.is_null() { &schema["additionalProperties"] } else { own }
            }
            Step::Index(_) => &schema["items"],
        };
        schema = resolved(inner).filter(|inner| inner.is_object())?;
    }
    Some((schema, required))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nspec:\n  podManagementPolicy: X\n  template:\n    spec:\n      containers:\n        - name: a\n          \n";

    fn cursor(text: &str, line: u32, column: u32) -> Cursor {
        Cursor::at(text, line, column).expect("the line exists")
    }

    #[test]
    fn manifests_are_explained_by_the_schema() {
        let hint = hint_in_manifest(&cursor(SET, 4, 5)).expect("the field is known");
        assert_eq!(hint.title, "spec.podManagementPolicy");
        assert_eq!(hint.facts, ["string", "default OrderedReady", "one of OrderedReady, Parallel"]);
        assert!(hint.text.starts_with("OrderedReady starts"));
        assert_eq!(hint_in_manifest(&cursor("a: 1\n", 1, 1)), None);
    }

    #[test]
    fn manifests_are_completed_by_the_schema() {
        let labels = |line, column| -> Vec<String> {
            choices_in_manifest(&cursor(SET, line, column)).into_iter().map(|it| it.label).collect()
        };
        assert_eq!(labels(4, 24), ["OrderedReady", "Parallel"]);
        let keys = labels(9, 11);
        assert!(keys.contains(&"image".to_owned()) && !keys.contains(&"name".to_owned()), "{keys:?}");
        assert!(labels(2, 7).contains(&"Service".to_owned()));
    }

    #[test]
    fn values_are_explained_by_what_they_set_and_by_the_charts_schema() {
        let defaults = json!({"policy": "Parallel", "on": false, "probe": {"path": "/"}});
        let schema = json!({"properties": {"size": {"$ref": "#/$defs/size"}}, "required": ["size"],
            "$defs": {"size": {"type": "string", "enum": ["S", "L"], "description": "How big."}}});
        let drives = |path: &[Step]| {
            match FieldPath(path).to_string().as_str() {
                "policy" => Some(("apps/v1", "StatefulSet", "spec.podManagementPolicy")),
                "probe" => Some(("apps/v1", "StatefulSet", "spec.template.spec.containers[0].livenessProbe")),
                _ => None,
            }
            .map(|(version, kind, field)| {
                (version.to_owned(), kind.to_owned(), crate::api::field::steps_of(field))
            })
        };
        let known = ValuesKnown { defaults: &defaults, schema: &schema, drives: &drives };
        let facts = |text: &str, column| {
            let hint = hint_in_values(&cursor(text, 1, column), &known);
            hint.map(|hint| format!("{}: {} {}", hint.title, hint.facts.join(", "), hint.text.len() > 5))
        };
        assert_eq!(
            facts("policy: X", 3).as_deref(),
            Some(
                "policy: sets spec.podManagementPolicy of the StatefulSet, string, default OrderedReady, one of OrderedReady, Parallel, the chart's default is Parallel true"
            )
        );
        assert_eq!(
            facts("size: S", 3).as_deref(),
            Some("size: string, required by the chart, one of S, L true")
        );
        assert_eq!(facts("unknown: S", 3), None);
        let labels = |text: &str, line, column| -> Vec<String> {
            choices_in_values(&cursor(text, line, column), &known).into_iter().map(|it| it.label).collect()
        };
        assert_eq!(labels("on: true\n\n", 2, 1), ["policy", "probe", "size"]);
        assert_eq!(labels("policy: \n", 1, 9), ["OrderedReady", "Parallel"]);
        assert_eq!(labels("size: \n", 1, 7), ["S", "L"]);
        assert_eq!(labels("on: \n", 1, 5), ["true", "false"]);
        assert!(labels("probe:\n  \n", 2, 3).contains(&"periodSeconds".to_owned()));
        let in_action = choices_in_action("{{ .Values.probe.", &defaults);
        assert_eq!(in_action[0].insert, "path");
    }
}
