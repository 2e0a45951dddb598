//! Checks a value against a schema: what fails, in the order and the tree in which the validator tells it.
//!
//! A schema is a set of keywords, and each family of keywords is a file here. [`FAMILIES`] is their order. Where Go
//! ranges over a map in random order, this goes by key.

mod array;
mod condition;
mod instance;
mod kind;
mod number;
mod object;
mod reference;
mod string;
mod unevaluated;

use std::cell::Cell;

use serde_json::{Map, Value as Json};

use super::document::Document;
use super::report::{Finding, Kind};
use unevaluated::Unevaluated;

/// How many schemas may be applied in all.
const MAX_STEPS: usize = 1_000_000;
/// How deep schemas may apply each other: four levels for each level of a schema that is checked itself.
const MAX_NESTING: usize = 300;

/// Families of keywords that all count, whatever others found.
const FAMILIES: [Family; 7] = [
    object::check,
    array::check,
    string::check,
    number::check,
    reference::check_dynamic,
    condition::check,
    unevaluated::check,
];

/// Adds what a family of keywords finds about an instance; nothing if the family is not for its type.
type Family = fn(&mut Check<'_>, &Json) -> Result<(), String>;

/// What a schema leaves unevaluated of the instance, or what is wrong with it; `Err` if the schema cannot be used.
type Outcome = Result<Result<Unevaluated, Finding>, String>;

/// Checks `instance`; `None` means that it is right.
///
/// # Errors
/// Why the schema cannot be used.
pub(super) fn validate(document: &Document<'_>, instance: &Json) -> Result<Option<Finding>, String> {
    let validator = Validator { document, steps: Cell::new(0) };
    Ok(validator.check(document.root, instance, &Place::default(), 0)?.err())
}

/// The keys and indexes that lead to a value.
#[derive(Clone, Default)]
struct Place(Vec<String>);

impl Place {
    fn below(&self, key: impl ToString) -> Place {
        let mut place = self.0.clone();
        place.push(key.to_string());
        Place(place)
    }

    fn finding(&self, kind: Kind, causes: Vec<Finding>) -> Finding {
        Finding { place: self.0.clone(), kind, causes }
    }
}

struct Validator<'d, 's> {
    document: &'d Document<'s>,
    steps: Cell<usize>,
}

/// The check of one value against one schema.
struct Check<'a> {
    validator: &'a Validator<'a, 'a>,
    keywords: &'a Map<String, Json>,
    place: &'a Place,
    nesting: usize,
    findings: Vec<Finding>,
    unevaluated: Unevaluated,
}

impl Validator<'_, '_> {
    fn check(&self, schema: &Json, instance: &Json, place: &Place, nesting: usize) -> Outcome {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS || nesting > MAX_NESTING {
            return Err("unable to validate schema: it takes too many steps".to_owned());
        }
        let unevaluated = Unevaluated::all(instance, self.document);
        let keywords = match schema {
            Json::Object(keywords) => keywords,
            Json::Bool(false) => {
                return Ok(Err(place.finding(Kind::Message("false schema".to_owned()), Vec::new())));
            }
            _ => return Ok(Ok(unevaluated)),
        };
        let mut check = Check {
            validator: self,
            keywords,
            place,
            nesting: nesting + 1,
            findings: Vec::new(),
            unevaluated,
        };
        kind::check(&mut check, instance);
        let is_settled = !check.findings.is_empty() || reference::check(&mut check, instance)?;
        if !is_settled {
            for family in FAMILIES {
                family(&mut check, instance)?;
            }
        }
        let Check { mut findings, unevaluated, .. } = check;
        Ok(match findings.len() {
            0 => Ok(unevaluated),
            1 => Err(findings.remove(0)),
            _ => Err(place.finding(Kind::Group, findings)),
        })
    }
}

impl Check<'_> {
    fn draft(&self) -> u16 {
        self.validator.document.draft
    }

    /// The number that a keyword sets.
    fn number(&self, keyword: &str) -> Option<f64> {
        self.keywords.get(keyword).and_then(Json::as_f64)
    }

    fn says(&mut self, message: impl Into<String>) {
        self.finds(message, Vec::new());
    }

    fn finds(&mut self, message: impl Into<String>, causes: Vec<Finding>) {
        self.findings.push(self.place.finding(Kind::Message(message.into()), causes));
    }

    /// Applies another schema to the same value, and takes over what it has looked at.
    fn apply(&mut self, schema: &Json, instance: &Json) -> Result<Option<Finding>, String> {
        Ok(match self.validator.check(schema, instance, self.place, self.nesting)? {
            Ok(left) => {
                self.unevaluated.keep_common(&left);
                None
            }
            Err(finding) => Some(finding),
        })
    }

    /// Applies a schema to a value below this one.
    fn descend(&mut self, schema: &Json, value: &Json, key: &str) -> Result<(), String> {
        let outcome = self.validator.check(schema, value, &self.place.below(key), self.nesting)?;
        self.findings.extend(outcome.err());
        Ok(())
    }
}
