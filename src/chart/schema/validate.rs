//! Checks a value against a schema, keyword by keyword, in the validator's order.
//!
//! Where Go ranges over a map in random order, this goes by key.

use std::cell::Cell;
use std::collections::BTreeSet;

use regex_lite::Regex;
use serde_json::{Map, Value as Json};

use super::document::Document;
use super::format;
use super::report::{Finding, Kind, all_quoted, english, quoted};

/// How many schemas may be applied in all.
const MAX_STEPS: usize = 1_000_000;
/// How deep schemas may apply each other.
const MAX_NESTING: usize = 200;

/// Checks `instance`; `None` means that it is right.
///
/// # Errors
/// Why the schema cannot be used.
pub(super) fn validate(document: &Document<'_>, instance: &Json) -> Result<Option<Finding>, String> {
    let validator = Validator { document, steps: Cell::new(0) };
    Ok(validator.check(document.root, instance, &Place::root(), 0)?.err())
}

/// Properties and items that no keyword has looked at yet.
type Unevaluated = (BTreeSet<String>, BTreeSet<usize>);
type Outcome = Result<Result<Unevaluated, Finding>, String>;

#[derive(Clone, Default)]
struct Place(Vec<String>);

impl Place {
    fn root() -> Place {
        Place::default()
    }

    fn below(&self, key: impl ToString) -> Place {
        let mut place = self.0.clone();
        place.push(key.to_string());
        Place(place)
    }

    fn finding(&self, kind: Kind, causes: Vec<Finding>) -> Finding {
        Finding { place: self.0.clone(), kind, causes }
    }

    fn says(&self, message: impl Into<String>) -> Finding {
        self.finding(Kind::Message(message.into()), Vec::new())
    }
}

struct Validator<'d, 's> {
    document: &'d Document<'s>,
    steps: Cell<usize>,
}

/// The check of one value against one schema.
struct Check<'a> {
    keywords: &'a Map<String, Json>,
    place: &'a Place,
    nesting: usize,
    findings: Vec<Finding>,
    unevaluated: Unevaluated,
}

impl Check<'_> {
    fn number(&self, keyword: &str) -> Option<f64> {
        self.keywords.get(keyword).and_then(Json::as_f64)
    }

    fn says(&mut self, message: impl Into<String>) {
        self.findings.push(self.place.says(message));
    }
}

impl Validator<'_, '_> {
    fn check(&self, schema: &Json, instance: &Json, place: &Place, nesting: usize) -> Outcome {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS || nesting > MAX_NESTING {
            return Err("unable to validate schema: it takes too many steps".to_owned());
        }
        let keywords = match schema {
            Json::Object(keywords) => keywords,
            Json::Bool(false) => return Ok(Err(place.says("false schema"))),
            _ => return Ok(Ok(everything(instance))),
        };
        if let Some(finding) = self.basics(keywords, instance, place) {
            return Ok(Err(finding));
        }
        let mut check = Check {
            keywords,
            place,
            nesting: nesting + 1,
            findings: Vec::new(),
            unevaluated: everything(instance),
        };
        if let Some(Json::String(reference)) = keywords.get("$ref") {
            let outcome = self.reference(&mut check, reference, instance)?;
            if self.document.draft < 2019 {
                return Ok(outcome.map_or(Ok(check.unevaluated), Err));
            }
            check.findings.extend(outcome);
        }
        match instance {
            Json::Object(object) => self.object(&mut check, object)?,
            Json::Array(items) => self.array(&mut check, items)?,
            Json::String(text) => string(&mut check, text),
            Json::Number(number) => numeric(&mut check, number.as_f64().unwrap_or_default()),
            _ => {}
        }
        if self.document.draft >= 2019 {
            for keyword in ["$recursiveRef", "$dynamicRef"] {
                if let Some(Json::String(reference)) = keywords.get(keyword) {
                    let outcome = self.reference(&mut check, reference, instance)?;
                    check.findings.extend(outcome);
                }
            }
        }
        self.conditions(&mut check, instance)?;
        self.leftovers(&mut check, instance)?;
        let Check { mut findings, unevaluated, .. } = check;
        Ok(match findings.len() {
            0 => Ok(unevaluated),
            1 => Err(findings.remove(0)),
            _ => Err(place.finding(Kind::Group, findings)),
        })
    }

    /// Type, const, enum and format: the first that fails ends the check.
    fn basics(&self, keywords: &Map<String, Json>, instance: &Json, place: &Place) -> Option<Finding> {
        // Up to draft 7 nothing beside a reference counts, but `const` does for this validator.
        let is_reference = self.document.draft < 2019 && keywords.get("$ref").is_some_and(Json::is_string);
        let wanted: Vec<&str> = match keywords.get("type").filter(|_| !is_reference) {
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(names)) => {
                let order = ["null", "boolean", "number", "integer", "string", "array", "object"];
                order.into_iter().filter(|known| names.iter().any(|name| name == known)).collect()
            }
            _ => Vec::new(),
        };
        let got = type_name(instance);
        let is_integer = instance.as_f64().is_some_and(|number| number.fract() == 0.0);
        let fits = wanted.contains(&got) || (wanted.contains(&"integer") && is_integer);
        if !wanted.is_empty() && !fits {
            return Some(place.says(format!("got {got}, want {}", wanted.join(" or "))));
        }
        if self.document.draft > 4
            && let Some(constant) = keywords.get("const")
            && !equal(instance, constant)
        {
            return Some(place.says(match display(constant) {
                None => "'const' failed".to_owned(),
                Some(text) => format!("value must be {text}"),
            }));
        }
        if is_reference {
            return None;
        }
        if let Some(Json::Array(values)) = keywords.get("enum")
            && !values.iter().any(|value| equal(instance, value))
        {
            let texts: Option<Vec<String>> = values.iter().map(display).collect();
            return Some(place.says(match texts {
                None => "'enum' failed".to_owned(),
                Some(texts) if texts.len() == 1 => format!("value must be {}", texts[0]),
                Some(texts) => format!("value must be one of {}", texts.join(", ")),
            }));
        }
        // From draft 2019-09 on a format is only a note.
        if self.document.draft < 2019
            && let (Some(Json::String(name)), Json::String(text)) = (keywords.get("format"), instance)
            && let Err(reason) = format::check(name, text)
        {
            return Some(place.says(format!("{} is not valid {name}: {reason}", quoted(text))));
        }
        None
    }

    fn reference(
        &self,
        check: &mut Check<'_>,
        reference: &str,
        instance: &Json,
    ) -> Result<Option<Finding>, String> {
        let schema = self.document.resolve(reference)?;
        Ok(self.apply(check, schema, instance)?.map(|finding| {
            let causes = if finding.kind == Kind::Group { finding.causes } else { vec![finding] };
            check.place.finding(Kind::Reference, causes)
        }))
    }

    /// Applies another schema to the same value, and takes over what it has looked at.
    fn apply(
        &self,
        check: &mut Check<'_>,
        schema: &Json,
        instance: &Json,
    ) -> Result<Option<Finding>, String> {
        Ok(match self.check(schema, instance, check.place, check.nesting)? {
            Ok((properties, items)) => {
                check.unevaluated.0.retain(|name| properties.contains(name));
                check.unevaluated.1.retain(|index| items.contains(index));
                None
            }
            Err(finding) => Some(finding),
        })
    }

    fn value(&self, check: &mut Check<'_>, schema: &Json, value: &Json, key: &str) -> Result<(), String> {
        if let Err(finding) = self.check(schema, value, &check.place.below(key), check.nesting)? {
            check.findings.push(finding);
        }
        Ok(())
    }

    fn object(&self, check: &mut Check<'_>, object: &Map<String, Json>) -> Result<(), String> {
        let keywords = check.keywords;
        let draft = self.document.draft;
        let count = object.len() as f64;
        if let Some(least) = check.number("minProperties").filter(|least| count < *least) {
            check.says(format!("minProperties: got {}, want {}", english(count), english(least)));
        }
        if let Some(most) = check.number("maxProperties").filter(|most| count > *most) {
            check.says(format!("maxProperties: got {}, want {}", english(count), english(most)));
        }
        if let Some(missing) = keywords.get("required").and_then(|names| missing(names, object)) {
            let noun = if missing.len() == 1 { "property" } else { "properties" };
            check.says(format!("missing {noun} {}", all_quoted(missing)));
        }
        self.dependencies(check, "dependencies", object)?;
        let patterns = match keywords.get("patternProperties") {
            Some(Json::Object(patterns)) => patterns
                .iter()
                .map(|(pattern, schema)| Ok((regex(pattern)?, schema)))
                .collect::<Result<Vec<_>, String>>()?,
            _ => Vec::new(),
        };
        let mut additional = Vec::new();
        for (name, value) in object {
            let mut evaluated = false;
            if let Some(schema) = keywords.get("properties").and_then(|properties| properties.get(name)) {
                evaluated = true;
                self.value(check, schema, value, name)?;
            }
            for (pattern, schema) in &patterns {
                if pattern.is_match(name) {
                    evaluated = true;
                    self.value(check, schema, value, name)?;
                }
            }
            if !evaluated && let Some(schema) = keywords.get("additionalProperties") {
                evaluated = true;
                match schema {
                    Json::Bool(false) => additional.push(name.as_str()),
                    schema => self.value(check, schema, value, name)?,
                }
            }
            if evaluated {
                check.unevaluated.0.remove(name);
            }
        }
        if !additional.is_empty() {
            check.says(format!("additional properties {} not allowed", all_quoted(additional)));
        }
        if draft == 4 {
            return Ok(());
        }
        if let Some(schema) = keywords.get("propertyNames") {
            for name in object.keys() {
                let outcome =
                    self.check(schema, &Json::String(name.clone()), &Place::root(), check.nesting)?;
                if let Err(finding) = outcome {
                    let causes = if finding.kind == Kind::Group { finding.causes } else { vec![finding] };
                    let kind = Kind::Message(format!("invalid propertyName {}", quoted(name)));
                    check.findings.push(check.place.finding(kind, causes));
                }
            }
        }
        if draft >= 2019 {
            self.dependencies(check, "dependentSchemas", object)?;
            self.dependencies(check, "dependentRequired", object)?;
        }
        Ok(())
    }

    fn dependencies(
        &self,
        check: &mut Check<'_>,
        keyword: &str,
        object: &Map<String, Json>,
    ) -> Result<(), String> {
        let Some(Json::Object(dependencies)) = check.keywords.get(keyword) else { return Ok(()) };
        for (name, dependency) in dependencies.iter().filter(|(name, _)| object.contains_key(*name)) {
            if dependency.is_array() {
                if let Some(missing) = missing(dependency, object) {
                    let missing = all_quoted(missing);
                    check.says(format!("properties {missing} required, if {} exists", quoted(name)));
                }
            } else {
                let instance = Json::Object(object.clone());
                let finding = self.apply(check, dependency, &instance)?;
                check.findings.extend(finding);
            }
        }
        Ok(())
    }

    fn array(&self, check: &mut Check<'_>, items: &[Json]) -> Result<(), String> {
        let keywords = check.keywords;
        let count = items.len() as f64;
        if let Some(least) = check.number("minItems").filter(|least| count < *least) {
            check.says(format!("minItems: got {}, want {}", english(count), english(least)));
        }
        if let Some(most) = check.number("maxItems").filter(|most| count > *most) {
            check.says(format!("maxItems: got {}, want {}", english(count), english(most)));
        }
        if keywords.get("uniqueItems") == Some(&Json::Bool(true))
            && let Some((first, second)) = duplicates(items)
        {
            check.says(format!("items at {first} and {second} are equal"));
        }
        let (prefix, rest) = match keywords.get("items") {
            Some(Json::Array(schemas)) if self.document.draft < 2020 => {
                (schemas.as_slice(), keywords.get("additionalItems"))
            }
            schema => match keywords.get("prefixItems") {
                Some(Json::Array(schemas)) if self.document.draft >= 2020 => (schemas.as_slice(), schema),
                _ => (&[][..], schema),
            },
        };
        for (index, (item, schema)) in items.iter().zip(prefix).enumerate() {
            self.value(check, schema, item, &index.to_string())?;
            check.unevaluated.1.remove(&index);
        }
        match rest {
            Some(Json::Bool(false))
                if self.document.draft < 2020 && !prefix.is_empty() && items.len() > prefix.len() =>
            {
                let count = english((items.len() - prefix.len()) as f64);
                check.says(format!("last {count} additionalItem(s) not allowed"));
            }
            Some(schema) => {
                for (index, item) in items.iter().enumerate().skip(prefix.len()) {
                    self.value(check, schema, item, &index.to_string())?;
                    check.unevaluated.1.remove(&index);
                }
            }
            None => {}
        }
        if self.document.draft > 4
            && let Some(schema) = keywords.get("contains")
        {
            self.contains(check, schema, items)?;
        }
        Ok(())
    }

    fn contains(&self, check: &mut Check<'_>, schema: &Json, items: &[Json]) -> Result<(), String> {
        let mut matched = Vec::new();
        let mut causes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.check(schema, item, &check.place.below(index), check.nesting)? {
                Ok(_) => {
                    matched.push(index);
                    if self.document.draft >= 2020 {
                        check.unevaluated.1.remove(&index);
                    }
                }
                Err(finding) => causes.push(finding),
            }
        }
        let places = matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let limit = |keyword| check.number(keyword).filter(|_| self.document.draft >= 2019);
        let (least, most) = (limit("minContains"), limit("maxContains"));
        let count = matched.len();
        let items = "items required to match contains schema, but";
        let message = match least {
            Some(least) if (count as f64) < least && count == 0 => {
                Some(format!("min {} {items} none matched", english(least)))
            }
            Some(least) if (count as f64) < least => {
                Some(format!("min {} {items} matched {count} items at {places}", english(least)))
            }
            None if count == 0 => Some("no items match contains schema".to_owned()),
            _ => None,
        };
        if let Some(message) = message {
            check.findings.push(check.place.finding(Kind::Message(message), causes));
        }
        if let Some(most) = most.filter(|most| count as f64 > *most) {
            check.says(format!("max {} {items} matched {count} items at {places}", english(most)));
        }
        Ok(())
    }

    fn conditions(&self, check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
        let keywords = check.keywords;
        if let Some(schema) = keywords.get("not")
            && self.apply(check, schema, instance)?.is_none()
        {
            check.says("'not' failed");
        }
        let list =
            |keyword| keywords.get(keyword).and_then(Json::as_array).filter(|schemas| !schemas.is_empty());
        if let Some(schemas) = list("allOf") {
            let mut causes = Vec::new();
            for schema in schemas {
                causes.extend(self.apply(check, schema, instance)?);
            }
            if !causes.is_empty() {
                check.findings.push(check.place.finding(Kind::Message("'allOf' failed".to_owned()), causes));
            }
        }
        if let Some(schemas) = list("anyOf") {
            let mut causes = Vec::new();
            for schema in schemas {
                causes.extend(self.apply(check, schema, instance)?);
            }
            if causes.len() == schemas.len() {
                check.findings.push(check.place.finding(Kind::Message("'anyOf' failed".to_owned()), causes));
            }
        }
        if let Some(schemas) = list("oneOf") {
            let mut causes = Vec::new();
            let mut matched = Vec::new();
            for (index, schema) in schemas.iter().enumerate() {
                match self.apply(check, schema, instance)? {
                    Some(finding) => causes.push(finding),
                    None => matched.push(index),
                }
            }
            match matched[..] {
                [] => {
                    let kind = Kind::Message("'oneOf' failed, none matched".to_owned());
                    check.findings.push(check.place.finding(kind, causes));
                }
                [_] => {}
                [first, second, ..] => {
                    check.says(format!("'oneOf' failed, subschemas {first}, {second} matched"))
                }
            }
        }
        if self.document.draft >= 7
            && let Some(schema) = keywords.get("if")
        {
            let branch = if self.apply(check, schema, instance)?.is_none() { "then" } else { "else" };
            if let Some(schema) = keywords.get(branch) {
                let finding = self.apply(check, schema, instance)?;
                check.findings.extend(finding);
            }
        }
        Ok(())
    }

    /// `unevaluatedProperties` and `unevaluatedItems`.
    fn leftovers(&self, check: &mut Check<'_>, instance: &Json) -> Result<(), String> {
        if self.document.draft < 2019 {
            return Ok(());
        }
        if let (Some(schema), Json::Object(object)) = (check.keywords.get("unevaluatedProperties"), instance)
        {
            for name in std::mem::take(&mut check.unevaluated.0) {
                if let Some(value) = object.get(&name) {
                    self.value(check, schema, value, &name)?;
                }
            }
        }
        if let (Some(schema), Json::Array(items)) = (check.keywords.get("unevaluatedItems"), instance) {
            for index in std::mem::take(&mut check.unevaluated.1) {
                if let Some(item) = items.get(index) {
                    self.value(check, schema, item, &index.to_string())?;
                }
            }
        }
        Ok(())
    }
}

fn string(check: &mut Check<'_>, text: &str) {
    let length = text.chars().count() as f64;
    if let Some(least) = check.number("minLength").filter(|least| length < *least) {
        check.says(format!("minLength: got {}, want {}", english(length), english(least)));
    }
    if let Some(most) = check.number("maxLength").filter(|most| length > *most) {
        check.says(format!("maxLength: got {}, want {}", english(length), english(most)));
    }
    if let Some(Json::String(pattern)) = check.keywords.get("pattern")
        && regex(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        check.says(format!("{} does not match pattern {}", quoted(text), quoted(pattern)));
    }
}

fn numeric(check: &mut Check<'_>, value: f64) {
    let exclusive = |keyword: &str| check.keywords.get(keyword) == Some(&Json::Bool(true));
    // Draft 4 makes the other limits strict with a boolean.
    let (over, under) = (exclusive("exclusiveMinimum"), exclusive("exclusiveMaximum"));
    let limits: [(&str, &str, bool); 4] = [
        ("minimum", if over { "exclusiveMinimum" } else { "minimum" }, false),
        ("maximum", if under { "exclusiveMaximum" } else { "maximum" }, false),
        ("exclusiveMinimum", "exclusiveMinimum", true),
        ("exclusiveMaximum", "exclusiveMaximum", true),
    ];
    for (keyword, name, _) in limits {
        let Some(limit) = check.number(keyword) else { continue };
        let fails = match name {
            "minimum" => value < limit,
            "maximum" => value > limit,
            "exclusiveMinimum" => value <= limit,
            _ => value >= limit,
        };
        if fails {
            check.says(format!("{name}: got {}, want {}", english(value), english(limit)));
        }
    }
    if let Some(step) = check.number("multipleOf").filter(|step| *step != 0.0) {
        let quotient = value / step;
        if (quotient - quotient.round()).abs() > quotient.abs() * 1e-12 {
            check.says(format!("multipleOf: got {}, want {}", english(value), english(step)));
        }
    }
}

fn everything(instance: &Json) -> Unevaluated {
    match instance {
        Json::Object(object) => (object.keys().cloned().collect(), BTreeSet::new()),
        Json::Array(items) => (BTreeSet::new(), (0..items.len()).collect()),
        _ => Unevaluated::default(),
    }
}

fn missing<'s>(names: &'s Json, object: &Map<String, Json>) -> Option<Vec<&'s str>> {
    let names = names.as_array()?.iter().filter_map(Json::as_str);
    let missing: Vec<&str> = names.filter(|name| !object.contains_key(*name)).collect();
    (!missing.is_empty()).then_some(missing)
}

fn duplicates(items: &[Json]) -> Option<(usize, usize)> {
    (1..items.len()).find_map(|second| {
        let first = (0..second).find(|first| equal(&items[*first], &items[second]))?;
        Some((first, second))
    })
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// Equality where 1 and 1.0 are one number.
fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

/// A value that is neither list nor map, as messages show it.
fn display(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(quoted(text)),
        Json::Null => Some("<nil>".to_owned()),
        Json::Array(_) | Json::Object(_) => None,
        other => Some(other.to_string()),
    }
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| {
        format!("'{pattern}' is not valid regex: {}", error.to_string().lines().next().unwrap_or_default())
    })
}
