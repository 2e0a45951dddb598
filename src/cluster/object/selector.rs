//! Label selectors, read once and matched often.
//!
//! Mirrors `LabelSelectorAsSelector`: an absent selector matches nothing, an empty one everything.

use std::rc::Rc;

use serde_json::Value;

use super::Labels;

/// One condition on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Is(Rc<str>, Rc<str>),
    In(Rc<str>, Vec<Rc<str>>),
    NotIn(Rc<str>, Vec<Rc<str>>),
    Exists(Rc<str>),
    DoesNotExist(Rc<str>),
    Never,
}

/// A selector: all its terms must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    terms: Vec<Term>,
}

impl Selector {
    /// Reads a `LabelSelector`.
    pub fn of(value: &Value) -> Selector {
        let Some(selector) = value.as_object() else { return Selector { terms: vec![Term::Never] } };
        let mut terms: Vec<_> = selector.get("matchLabels").map(pairs).unwrap_or_default();
        for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            let key = Rc::from(expression["key"].as_str().unwrap_or(""));
            let values = expression["values"].as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).map(Rc::from).collect();
            terms.push(match expression["operator"].as_str() {
                Some("In") => Term::In(key, values),
                Some("NotIn") => Term::NotIn(key, values),
                Some("Exists") => Term::Exists(key),
                Some("DoesNotExist") => Term::DoesNotExist(key),
                _ => Term::Never,
            });
        }
        Selector { terms }
    }

    /// Reads the plain map of a Service: without any pair it selects nothing.
    pub fn of_map(value: &Value) -> Selector {
        let terms = pairs(value);
        Selector { terms: if terms.is_empty() { vec![Term::Never] } else { terms } }
    }

    /// Whether labels are selected.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Is(key, value) => labels.get(key) == Some(value),
            Term::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Term::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
            Term::Exists(key) => labels.contains_key(key),
            Term::DoesNotExist(key) => !labels.contains_key(key),
            Term::Never => false,
        })
    }
}

fn pairs(map: &Value) -> Vec<Term> {
    let pairs = map.as_object().into_iter().flatten();
    pairs.map(|(key, value)| Term::Is(key.as_str().into(), value.as_str().unwrap_or("").into())).collect()
}
