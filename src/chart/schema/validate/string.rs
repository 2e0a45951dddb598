//! Texts: `minLength`, `maxLength`, `pattern`.

use serde_json::Value as Json;

use super::super::format::regex;
use super::super::report::quoted;
use super::Check;
use super::number::check_count;

/// Adds what is wrong with a text.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    let Json::String(text) = instance else { return Ok(()) };
    check_count(check, ["minLength", "maxLength"], || text.chars().count());
    if let Some(Json::String(pattern)) = check.keywords.get("pattern")
        && regex(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        check.says(format!("{} does not match pattern {}", quoted(text), quoted(pattern)));
    }
    Ok(())
}
