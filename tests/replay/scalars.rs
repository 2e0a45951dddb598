//! `validation/yaml-scalars.json`: how Kubernetes types scalars; the refusals of `validation` that come from YAML
//! alone; and the `toYaml` cases of `micro` whose template only prints a value.

use serde_json::Value;
use statefulset_playground::yaml;

use super::{Tally, folder, text_difference};

#[test]
fn scalars() {
    let Some(folder) = folder("validation") else { return };
    let Ok(text) = std::fs::read_to_string(folder.join("yaml-scalars.json")) else { return };
    let cases: Value = serde_json::from_str(&text).expect("golden data is JSON");
    let mut tally = Tally::new("scalars");
    for case in cases["scalars"].as_array().expect("scalars is a list") {
        let scalar = case["scalar"].as_str().expect("a scalar is text");
        tally.record(scalar, check(scalar, case));
    }
    tally.finish(None);
}

fn check(scalar: &str, case: &Value) -> Result<(), String> {
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: {scalar}\n");
    let parsed = yaml::parse(&text);
    if case["type"] == "error" {
        let message = case["message"].as_str().unwrap_or_default();
        let refusal = format!("{} (", parsed.go_error().unwrap_or("nothing"));
        return if message.contains(&refusal) { Ok(()) } else { Err(format!("- {message}\n+ {refusal}")) };
    }
    let document = parsed.documents.first().ok_or_else(|| format!("refused: {:?}", parsed.go_error()))?;
    let value = document.root.to_json()["data"]["a"].clone();
    let actual = match &value {
        Value::Null | Value::String(_) => "string-or-null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if case["type"] != actual {
        return Err(format!("- {}\n+ {actual}", case["type"]));
    }
    let expected = &case["value"];
    if expected.is_string() && value.as_str().unwrap_or_default() != expected {
        return Err(format!("- {expected}\n+ {value}"));
    }
    let replicas = &case["asReplicas"];
    if replicas.is_number() && !value.is_null() && value != *replicas {
        return Err(format!("- {replicas}\n+ {value}"));
    }
    Ok(())
}

#[test]
fn refusals() {
    let Some(folder) = folder("validation") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").flatten().collect();
    files.sort_by_key(|file| file.path());
    let mut tally = Tally::new("refusals");
    for file in
        files.iter().filter(|file| file.path().extension().is_some_and(|extension| extension == "json"))
    {
        let text = std::fs::read_to_string(file.path()).expect("golden data is readable");
        let cases: Value = serde_json::from_str(&text).expect("golden data is JSON");
        for case in cases["cases"].as_array().into_iter().flatten() {
            let Some(manifest) = case["manifest"].as_str() else { continue };
            let message = case["expected"]["message"].as_str().unwrap_or_default();
            let parsed = yaml::parse(manifest);
            let said = parsed.go_error().map(str::to_owned).or_else(|| parsed.strict_refusal(0));
            let outcome = match said {
                Some(said) if message.contains(&said) => Ok(()),
                None if !message.contains("yaml: ") => Ok(()),
                said => Err(format!("- {message}\n+ {said:?}")),
            };
            tally.record(case["id"].as_str().unwrap_or_default(), outcome);
        }
    }
    tally.finish(None);
}

#[test]
fn printing() {
    let Some(folder) = folder("micro") else { return };
    let Ok(text) = std::fs::read_to_string(folder.join("cases.jsonl")) else { return };
    let mut tally = Tally::new("printing");
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("golden data is JSON");
        let template = case["template"].as_str().unwrap_or_default();
        let Some(call) = template.strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
            continue;
        };
        let (print, path): (fn(&Value) -> String, _) = match call.split_once(" .Values") {
            Some(("toYaml", path)) => (yaml::print, path),
            Some(("toYamlPretty", path)) => (yaml::print_pretty, path),
            _ => continue,
        };
        if path.contains(' ') {
            continue;
        }
        let (Some(value), Some(expected)) =
            (case["values"].pointer(&path.replace('.', "/")), case["output"].as_str())
        else {
            continue;
        };
        let actual = print(&float(value));
        let actual = actual.strip_suffix('\n').unwrap_or(&actual);
        let outcome = if actual == expected { Ok(()) } else { Err(text_difference(expected, actual)) };
        tally.record(case["id"].as_str().unwrap_or_default(), outcome);
    }
    tally.finish(None);
}

/// The same value with every number a float64, as Helm holds values.
fn float(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(float).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), float(value))).collect(),
        other => other.clone(),
    }
}
