//! Lists: how many items, whether they differ, and what each may be.

use serde_json::Value as Json;

use super::super::report::english;
use super::Check;
use super::instance::equal;
use super::number::check_count;

/// Adds what is wrong with a list.
pub(super) fn check(check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
    let Json::Array(items) = instance else { return Ok(()) };
    check_count(check, ["minItems", "maxItems"], || items.len());
    if check.keywords.get("uniqueItems") == Some(&Json::Bool(true))
        && let Some((first, second)) = duplicates(items)
    {
        check.says(format!("items at {first} and {second} are equal"));
    }
    each(check, items)?;
    if check.draft() > 4 { contains(check, items) } else { Ok(()) }
}

fn duplicates(items: &[Json]) -> Option<(usize, usize)> {
    (1..items.len()).find_map(|second| {
        let first = (0..second).find(|first| equal(&items[*first], &items[second]))?;
        Some((first, second))
    })
}

/// The schemas for the first items, one each, and the schema for all behind them. Draft 2020-12 renamed both.
fn schemas<'k>(check: &Check<'k>) -> (&'k [Json], Option<&'k Json>) {
    let get = |keyword: &str| check.keywords.get(keyword);
    let (first, rest) = if check.draft() >= 2020 {
        (get("prefixItems"), get("items"))
    } else {
        (get("items"), get("additionalItems"))
    };
    match (first, rest) {
        (Some(Json::Array(first)), rest) => (first, rest),
        (single, _) if check.draft() < 2020 => (&[], single),
        (_, rest) => (&[], rest),
    }
}

fn each(check: &mut Check<'_>, items: &[Json]) -> Result<(), String> {
    let (first, rest) = schemas(check);
    let behind = items.len().saturating_sub(first.len());
    let refuses_more = check.draft() < 2020 && !first.is_empty() && rest == Some(&Json::Bool(false));
    for (index, item) in items.iter().enumerate() {
        if let Some(schema) = first.get(index).or(rest.filter(|_| !refuses_more)) {
            check.descend(schema, item, &index.to_string())?;
            check.unevaluated.has_seen_item(index);
        }
    }
    if refuses_more && behind > 0 {
        check.says(format!("last {} additionalItem(s) not allowed", english(behind as f64)));
    }
    Ok(())
}

fn contains(check: &mut Check<'_>, items: &[Json]) -> Result<(), String> {
    let Some(schema) = check.keywords.get("contains") else { return Ok(()) };
    let mut matched = Vec::new();
    let mut causes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match check.validator.check(schema, item, &check.place.below(index), check.nesting)? {
            Ok(_) => matched.push(index),
            Err(finding) => causes.push(finding),
        }
    }
    if check.draft() >= 2020 {
        matched.iter().for_each(|index| check.unevaluated.has_seen_item(*index));
    }
    let places = matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    let found = match matched.len() {
        0 => "none matched".to_owned(),
        count => format!("matched {count} items at {places}"),
    };
    let told = |sort: &str, limit: f64| {
        format!("{sort} {} items required to match contains schema, but {found}", english(limit))
    };
    let limit = |keyword| check.number(keyword).filter(|_| check.draft() >= 2019);
    let (least, most) = (limit("minContains"), limit("maxContains"));
    let count = matched.len() as f64;
    match least {
        Some(least) if count < least => check.finds(told("min", least), causes),
        None if matched.is_empty() => check.finds("no items match contains schema", causes),
        _ => {}
    }
    if let Some(most) = most.filter(|most| count > *most) {
        check.says(told("max", most));
    }
    Ok(())
}
