//! The difference that the API server puts into its refusal of a changed claim: both specifications as the server
//! prints its own types, as a unified diff.

use serde_json::Value;

use crate::cluster::object::Claim;

/// The specification as the server's own type prints: one line a field, indented by one space a level.
pub(crate) fn claim_diff(claim: &Claim) -> String {
    let spec = claim.spec_value();
    let quantities = |list: &Value| match list.as_object() {
        Some(list) if !list.is_empty() => list.clone().into(),
        _ => Value::Null,
    };
    let resources = [
        ("Limits", quantities(&spec["resources"]["limits"])),
        ("Requests", quantities(&spec["resources"]["requests"])),
    ];
    let mut text = String::from("{\n \"AccessModes\": ");
    print(&spec["accessModes"], 1, &mut text);
    text.push_str(",\n \"Selector\": ");
    print(&spec["selector"], 1, &mut text);
    text.push_str(",\n \"Resources\": {");
    for (place, (name, value)) in resources.iter().enumerate() {
        text.push_str(if place == 0 { "\n  \"" } else { ",\n  \"" });
        text.push_str(name);
        text.push_str("\": ");
        print(value, 2, &mut text);
    }
    text.push_str("\n },");
    let volume = spec["volumeName"].as_str().unwrap_or("");
    let rest = [
        ("VolumeName", Value::from(volume)),
        ("StorageClassName", spec["storageClassName"].clone()),
        ("VolumeMode", spec["volumeMode"].clone()),
        ("DataSource", spec["dataSource"].clone()),
        ("DataSourceRef", spec["dataSourceRef"].clone()),
        ("VolumeAttributesClassName", spec["volumeAttributesClassName"].clone()),
    ];
    for (place, (name, value)) in rest.iter().enumerate() {
        text.push_str(if place == 0 { "\n \"" } else { ",\n \"" });
        text.push_str(name);
        text.push_str("\": ");
        print(value, 1, &mut text);
    }
    text.push_str("\n}");
    text
}

fn print(value: &Value, level: usize, text: &mut String) {
    let indent = " ".repeat(level);
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place == 0 { "\n " } else { ",\n " });
                text.push_str(&indent);
                print(item, level + 1, text);
            }
            text.push_str(&format!("\n{indent}]"));
        }
        Value::Object(map) if !map.is_empty() => {
            text.push('{');
            for (place, (name, item)) in map.iter().enumerate() {
                text.push_str(if place == 0 { "\n " } else { ",\n " });
                text.push_str(&format!("{indent}{}: ", Value::from(name.as_str())));
                print(item, level + 1, text);
            }
            text.push_str(&format!("\n{indent}}}"));
        }
        other => text.push_str(&other.to_string()),
    }
}

/// A unified diff of two texts of the same shape, with three lines around each change.
pub(crate) fn diff_lines(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(left, right)| left == right).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let from = same.saturating_sub(3);
    let after = tail.min(3);
    let range = |end: usize| format!("{},{}", from + 1, end + after - from);
    let mut text = format!("@@ -{} +{} @@\n", range(old_end), range(new_end));
    for line in &old[from..same] {
        text.push_str(&format!(" {line}\n"));
    }
    for line in &old[same..old_end] {
        text.push_str(&format!("-{line}\n"));
    }
    for line in &new[same..new_end] {
        text.push_str(&format!("+{line}\n"));
    }
    for line in &old[old_end..old_end + after] {
        text.push_str(&format!(" {line}\n"));
    }
    text
}
