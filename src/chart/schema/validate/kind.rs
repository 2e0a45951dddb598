//! What sort of value is wanted: `type`, `const`, `enum`, `format`. The first that fails ends the whole check.

use serde_json::Value as Json;

use super::super::format;
use super::super::report::quoted;
use super::Check;
use super::instance::{display, equal, type_name};

/// The names of `type` in the order in which messages tell them.
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

/// Adds the first thing that is wrong.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) {
    // Up to draft 7 nothing beside a reference counts, but `const` does for this validator.
    let is_reference = check.draft() < 2019 && check.keywords.get("$ref").is_some_and(Json::is_string);
    let get = |keyword: &str| check.keywords.get(keyword).filter(|_| !is_reference || keyword == "const");
    let problem = get("type")
        .and_then(|wanted| wrong_type(wanted, instance))
        .or_else(|| {
            get("const").filter(|_| check.draft() > 4).and_then(|constant| not_constant(constant, instance))
        })
        .or_else(|| get("enum").and_then(|values| not_among(values, instance)))
        // From draft 2019-09 on a format is only a note.
        .or_else(|| {
            get("format").filter(|_| check.draft() < 2019).and_then(|name| not_in_format(name, instance))
        });
    if let Some(problem) = problem {
        check.says(problem);
    }
}

fn wrong_type(wanted: &Json, instance: &Json) -> Option<String> {
    let wanted: Vec<&str> = match wanted {
        Json::String(name) => vec![name],
        Json::Array(names) => {
            TYPES.into_iter().filter(|known| names.iter().any(|name| name == known)).collect()
        }
        _ => Vec::new(),
    };
    let got = type_name(instance);
    let is_integer = instance.as_f64().is_some_and(|number| number.fract() == 0.0);
    let fits = wanted.is_empty() || wanted.contains(&got) || (is_integer && wanted.contains(&"integer"));
    (!fits).then(|| format!("got {got}, want {}", wanted.join(" or ")))
}

fn not_constant(constant: &Json, instance: &Json) -> Option<String> {
    if equal(instance, constant) {
        return None;
    }
    Some(
        display(constant).map_or_else(|| "'const' failed".to_owned(), |text| format!("value must be {text}")),
    )
}

fn not_among(values: &Json, instance: &Json) -> Option<String> {
    let values = values.as_array()?;
    if values.iter().any(|value| equal(instance, value)) {
        return None;
    }
    let texts: Option<Vec<String>> = values.iter().map(display).collect();
    Some(match texts {
        None => "'enum' failed".to_owned(),
        Some(texts) if texts.len() == 1 => format!("value must be {}", texts[0]),
        Some(texts) => format!("value must be one of {}", texts.join(", ")),
    })
}

fn not_in_format(name: &Json, instance: &Json) -> Option<String> {
    let (name, text) = (name.as_str()?, instance.as_str()?);
    let reason = format::check(name, text).err()?;
    Some(format!("{} is not valid {name}: {reason}", quoted(text)))
}
