//! Maps: how many properties, which must be there, and what each may be.

use regex_lite::Regex;
use serde_json::{Map, Value as Json};

use super::super::format::regex;
use super::super::report::{all_quoted, quoted};
use super::number::check_count;
use super::{Check, Place};

type Object = Map<String, Json>;

/// Adds what is wrong with a map.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    let Json::Object(object) = instance else { return Ok(()) };
    check_count(check, ["minProperties", "maxProperties"], || object.len());
    if let Some(missing) = check.keywords.get("required").and_then(|names| missing(names, object)) {
        let noun = if missing.len() == 1 { "property" } else { "properties" };
        check.says(format!("missing {noun} {}", all_quoted(missing)));
    }
    dependencies(check, "dependencies", instance, object)?;
    properties(check, object)?;
    if check.draft() > 4 {
        property_names(check, object)?;
    }
    if check.draft() >= 2019 {
        dependencies(check, "dependentSchemas", instance, object)?;
        dependencies(check, "dependentRequired", instance, object)?;
    }
    Ok(())
}

fn missing<'s>(names: &'s Json, object: &Object) -> Option<Vec<&'s str>> {
    let names = names.as_array()?.iter().filter_map(Json::as_str);
    let missing: Vec<&str> = names.filter(|name| !object.contains_key(*name)).collect();
    (!missing.is_empty()).then_some(missing)
}

/// What must hold for the whole map when it has a property: others are there, or a schema fits.
fn dependencies(
    check: &mut Check<'_>,
    keyword: &str,
    instance: &Json,
    object: &Object,
) -> Result<(), String> {
    let Some(Json::Object(dependencies)) = check.keywords.get(keyword) else { return Ok(()) };
    for (name, dependency) in dependencies.iter().filter(|(name, _)| object.contains_key(*name)) {
        if dependency.is_array() {
            if let Some(missing) = missing(dependency, object) {
                let missing = all_quoted(missing);
                check.says(format!("properties {missing} required, if {} exists", quoted(name)));
            }
        } else {
            let finding = check.apply(dependency, instance)?;
            check.findings.extend(finding);
        }
    }
    Ok(())
}

/// Each property by its name, by every pattern that its name matches, or else by `additionalProperties`.
fn properties(check: &mut Check<'_>, object: &Object) -> Result<(), String> {
    let keywords = check.keywords;
    let named = keywords.get("properties");
    let patterns = patterns(keywords.get("patternProperties"));
    let others = keywords.get("additionalProperties");
    let mut refused = Vec::new();
    for (name, value) in object {
        let by_name = named.and_then(|named| named.get(name));
        let by_pattern =
            patterns.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, schema)| *schema);
        let mut schemas: Vec<&Json> = by_name.into_iter().chain(by_pattern).collect();
        if schemas.is_empty() {
            schemas.extend(others);
            if others == Some(&Json::Bool(false)) {
                refused.push(name.as_str());
                schemas.clear();
                check.unevaluated.has_seen(name);
            }
        }
        for schema in schemas {
            check.descend(schema, value, name)?;
            check.unevaluated.has_seen(name);
        }
    }
    if !refused.is_empty() {
        check.says(format!("additional properties {} not allowed", all_quoted(refused)));
    }
    Ok(())
}

/// The schemas for names that match; what the engine cannot match counts for none.
fn patterns(keyword: Option<&Json>) -> Vec<(Regex, &Json)> {
    let patterns = keyword.and_then(Json::as_object).into_iter().flatten();
    patterns.filter_map(|(pattern, schema)| Some((regex(pattern).ok()?, schema))).collect()
}

fn property_names(check: &mut Check<'_>, object: &Object) -> Result<(), String> {
    let Some(schema) = check.keywords.get("propertyNames") else { return Ok(()) };
    for name in object.keys() {
        let instance = Json::String(name.clone());
        let outcome = check.validator.check(schema, &instance, &Place::default(), check.nesting)?;
        if let Err(finding) = outcome {
            check.finds(format!("invalid propertyName {}", quoted(name)), finding.ungrouped());
        }
    }
    Ok(())
}
