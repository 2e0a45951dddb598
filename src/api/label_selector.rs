//! Which labels a selector selects.
//!
//! In: a `LabelSelector` as it stands in an object. Out: whether labels match. Mirrors `LabelSelectorAsSelector`.

use serde_json::Value;

use super::field::{Errors, FieldError, Path};
use super::labels;
use crate::gather::sort_by;

/// Whether `labels` match a label selector. An absent selector matches nothing, an empty one everything; an
/// expression with an unknown operator matches nothing.
pub fn matches(selector: &Value, labels: &Value) -> bool {
    let Some(selector) = selector.as_object() else { return false };
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().flatten().all(|expression| expression_matches(expression, labels))
}

/// Whether `labels` have every pair of a plain map, as a Service's selector asks. An empty map matches nothing.
pub fn matches_map(selector: &Value, labels: &Value) -> bool {
    selector.as_object().is_some_and(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}

fn expression_matches(expression: &Value, labels: &Value) -> bool {
    let value = expression["key"].as_str().and_then(|key| labels.get(key));
    let listed = || {
        expression["values"]
            .as_array()
            .is_some_and(|values| value.is_some_and(|value| values.contains(value)))
    };
    match expression["operator"].as_str() {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}

/// Whether the selector has nothing to match.
pub fn is_empty(selector: &Value) -> bool {
    let none = |value: &Value| value.as_object().is_none_or(|map| map.is_empty());
    none(&selector["matchLabels"]) && selector["matchExpressions"].as_array().is_none_or(Vec::is_empty)
}

/// A selector in one line, as `status.selector` of a scale subresource has it.
pub fn to_line(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        parts.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or(""))));
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or("");
        let mut values: Vec<_> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let text = match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("Exists") => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), text));
    }
    sort_by(&mut parts, |left, right| left.0.cmp(&right.0));
    let parts: Vec<_> = parts.into_iter().map(|(_, text)| text).collect();
    parts.join(",")
}

/// Why a selector cannot be turned into one that selects: an unknown operator, wrong values, bad keys.
pub(crate) fn is_usable(selector: &Value) -> bool {
    let mut errors = Errors::new();
    validate(selector, &Path::default(), &mut errors);
    errors.is_empty()
}

/// The rules for a label selector.
pub(crate) fn validate(selector: &Value, path: &Path, errors: &mut Errors) {
    labels::validate(&selector["matchLabels"], &path.child("matchLabels"), errors);
    for (index, expression) in selector["matchExpressions"].as_array().into_iter().flatten().enumerate() {
        validate_expression(expression, &path.child("matchExpressions").index(index), errors);
    }
}

fn validate_expression(expression: &Value, path: &Path, errors: &mut Errors) {
    let values: Vec<_> =
        expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let operator = expression["operator"].as_str().unwrap_or("");
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.push(FieldError::required(&path.child("values"), detail));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(FieldError::forbidden(&path.child("values"), detail));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => errors.push(FieldError::invalid(
            &path.child("operator"),
            operator,
            "not a valid selector operator",
        )),
    }
    labels::validate_name(expression["key"].as_str().unwrap_or(""), &path.child("key"), errors);
    for (index, value) in values.into_iter().enumerate() {
        let path = path.child("values").index(index);
        errors.extend(
            labels::label_value(value).into_iter().map(|detail| FieldError::invalid(&path, value, detail)),
        );
    }
}

/// A selector as Go's JSON encoder writes it: labels, then expressions.
pub(crate) fn shown(selector: &Value) -> String {
    let mut parts = Vec::new();
    if selector["matchLabels"].as_object().is_some_and(|map| !map.is_empty()) {
        parts.push(format!("\"matchLabels\":{}", selector["matchLabels"]));
    }
    if let Some(expressions) = selector["matchExpressions"].as_array().filter(|list| !list.is_empty()) {
        let shown: Vec<_> = expressions.iter().map(shown_expression).collect();
        parts.push(format!("\"matchExpressions\":[{}]", shown.join(",")));
    }
    format!("{{{}}}", parts.join(","))
}

fn shown_expression(expression: &Value) -> String {
    let mut text = format!("{{\"key\":{},\"operator\":{}", expression["key"], expression["operator"]);
    if expression["values"].as_array().is_some_and(|values| !values.is_empty()) {
        text.push_str(&format!(",\"values\":{}", expression["values"]));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_selectors_select() {
        let labels = json!({"app": "web", "tier": "db"});
        let check =
            |selector: Value, expect: bool| assert_eq!(matches(&selector, &labels), expect, "{selector}");
        check(json!({}), true);
        check(Value::Null, false);
        check(json!({"matchLabels": {"app": "web"}}), true);
        check(json!({"matchLabels": {"app": "x"}}), false);
        check(json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["x"]}]}), true);
        check(json!({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}), true);
        check(json!({"matchExpressions": [{"key": "zone", "operator": "Is"}]}), false);
    }

    #[test]
    fn one_line() {
        let selector = json!({"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]});
        assert_eq!(to_line(&selector), "a in (x,y),b=1");
    }
}
