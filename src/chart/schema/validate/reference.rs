//! `$ref` and its dynamic kin: another schema at this place.

use serde_json::Value as Json;

use super::super::report::Kind;
use super::Check;

/// Follows `$ref`; whether nothing beside it counts, as up to draft 7.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<bool, String> {
    let is_followed = follow(check, "$ref", instance)?;
    Ok(is_followed && check.draft() < 2019)
}

/// Follows the references that drafts from 2019-09 on resolve late.
pub(super) fn check_dynamic(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    if check.draft() >= 2019 {
        follow(check, "$recursiveRef", instance)?;
        follow(check, "$dynamicRef", instance)?;
    }
    Ok(())
}

fn follow(check: &mut Check<'_>, keyword: &str, instance: &Json) -> Result<bool, String> {
    let Some(Json::String(reference)) = check.keywords.get(keyword) else { return Ok(false) };
    let schema = check.validator.document.resolve(reference)?;
    if let Some(finding) = check.apply(schema, instance)? {
        let finding = check.place.finding(Kind::Reference, finding.ungrouped());
        check.findings.push(finding);
    }
    Ok(true)
}
