//! Schemas about the same value: `not`, `allOf`, `anyOf`, `oneOf`, `if`.

use serde_json::Value as Json;

use super::Check;

/// Adds what is wrong.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    let keywords = check.keywords;
    if let Some(schema) = keywords.get("not")
        && check.apply(schema, instance)?.is_none()
    {
        check.says("'not' failed");
    }
    for (keyword, judge) in [("allOf", all as Judge), ("anyOf", any), ("oneOf", one)] {
        let Some(schemas) = keywords.get(keyword).and_then(Json::as_array).filter(|all| !all.is_empty())
        else {
            continue;
        };
        let mut causes = Vec::new();
        let mut matched = Vec::new();
        for (index, schema) in schemas.iter().enumerate() {
            match check.apply(schema, instance)? {
                Some(finding) => causes.push(finding),
                None => matched.push(index),
            }
        }
        if keyword == "oneOf" && !matched.is_empty() {
            // The trouble is those that match, not those that fail.
            causes.clear();
        }
        if let Some(how) = judge(&matched, causes.len()) {
            check.finds(format!("'{keyword}' failed{how}"), causes);
        }
    }
    if check.draft() >= 7
        && let Some(schema) = keywords.get("if")
    {
        let branch = if check.apply(schema, instance)?.is_none() { "then" } else { "else" };
        if let Some(schema) = keywords.get(branch) {
            let finding = check.apply(schema, instance)?;
            check.findings.extend(finding);
        }
    }
    Ok(())
}

/// From the indexes of the schemas that match and the number of those that do not: how it failed, if it did.
type Judge = fn(&[usize], usize) -> Option<String>;

fn all(_: &[usize], failed: usize) -> Option<String> {
    (failed > 0).then(String::new)
}

fn any(matched: &[usize], _: usize) -> Option<String> {
    matched.is_empty().then(String::new)
}

fn one(matched: &[usize], _: usize) -> Option<String> {
    match matched {
        [] => Some(", none matched".to_owned()),
        [_] => None,
        [first, second, ..] => Some(format!(", subschemas {first}, {second} matched")),
    }
}
