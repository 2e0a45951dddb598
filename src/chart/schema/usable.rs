//! Whether a schema can be used at all: it is one itself, its references lead somewhere, its expressions can be read.
//!
//! The validator finds out before it looks at any value, and only for the parts that can apply: what a reference would
//! have to lead to first is looked at when one does.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::document::{Document, Target, address};
use super::format::check_regex;
use super::report::{Finding, go_quoted};
use super::validate::validate;
use super::vocabulary::{Holds, metaschema, subschemas};
use crate::chart::log::{Level, Log, Record};

/// Checks a schema.
///
/// # Errors
/// The validator's words for the first problem.
pub(super) fn check(document: &Document<'_>, log: &mut Log) -> Result<(), String> {
    let (rules, name) = metaschema(document.draft);
    let rules = Document::metaschema(&rules, document.draft);
    let mut survey =
        Survey { document, rules, name, sound: BTreeSet::new(), met: BTreeSet::new(), waiting: Vec::new() };
    survey.judge(String::new(), document.root)?;
    survey.meet(String::new());
    let mut next = 0;
    while let Some(pointer) = survey.waiting.get(next).cloned() {
        next += 1;
        let schema = document.at(&pointer)?;
        if !survey.sound.contains(&pointer) {
            survey.judge(pointer.clone(), schema)?;
        }
        if let Json::Object(schema) = schema {
            survey.follow(&pointer, schema, log)?;
        }
    }
    Ok(())
}

struct Survey<'d, 's> {
    document: &'d Document<'s>,
    /// The schema of schemas.
    rules: Document<'d>,
    name: String,
    /// Pointers to parts that are schemas by the rules.
    sound: BTreeSet<String>,
    /// Pointers to parts that can apply.
    met: BTreeSet<String>,
    /// The same, in the order in which they were met.
    waiting: Vec<String>,
}

impl Survey<'_, '_> {
    fn meet(&mut self, pointer: String) {
        if self.met.insert(pointer.clone()) {
            self.waiting.push(pointer);
        }
    }

    /// Holds a part of the document, and with it the schemas in it, against the rules for schemas.
    fn judge(&mut self, pointer: String, schema: &Json) -> Result<(), String> {
        if let Some(finding) = validate(&self.rules, schema)? {
            return Err(format!(
                "{} is not valid against metaschema: jsonschema validation failed with '{}'\n{}",
                go_quoted(&address(&pointer)),
                self.name,
                Finding::report(finding)
            ));
        }
        self.trust(pointer, schema);
        Ok(())
    }

    fn trust(&mut self, pointer: String, schema: &Json) {
        if let Json::Object(keywords) = schema {
            for (_, pointer, schema) in subschemas(self.document.draft, keywords, &pointer) {
                self.trust(pointer, schema);
            }
        }
        self.sound.insert(pointer);
    }

    /// Meets all that a schema leads to.
    fn follow(&mut self, pointer: &str, schema: &Map<String, Json>, log: &mut Log) -> Result<(), String> {
        let draft = self.document.draft;
        for (keyword, since) in [("$ref", 0), ("$recursiveRef", 2019), ("$dynamicRef", 2020)] {
            let Some(Json::String(reference)) = schema.get(keyword).filter(|_| draft >= since) else {
                continue;
            };
            match self.document.target(reference)? {
                Target::Pointer(target) => self.meet(target),
                Target::Anything => warn_of_urn(reference, log),
            }
            if draft < 2019 {
                return Ok(());
            }
        }
        for (holds, pointer, _) in subschemas(draft, schema, pointer) {
            if holds != Holds::Definitions {
                self.meet(pointer);
            }
        }
        let keys = schema.get("patternProperties").and_then(Json::as_object).into_iter().flat_map(Map::keys);
        let patterns = keys.map(|pattern| ("patternProperties", pattern.as_str()));
        let own = schema.get("pattern").and_then(Json::as_str).map(|pattern| ("pattern", pattern));
        for (keyword, pattern) in patterns.chain(own) {
            check_regex(pattern).map_err(|error| {
                let place = go_quoted(&address(&format!("{pointer}/{keyword}")));
                format!("invalid regex {} at {place}: {error}", go_quoted(pattern))
            })?;
        }
        Ok(())
    }
}

fn warn_of_urn(reference: &str, log: &mut Log) {
    let urn = reference.split('#').next().unwrap_or_default();
    if urn.starts_with("urn:") {
        let message = "unresolved URN reference ignored; using permissive schema";
        log.add(Record::new(Level::Warn, message).with("urn", urn));
    }
}

#[cfg(test)]
mod tests {
    use crate::chart::log::Log;
    use crate::chart::schema::check_one;
    use crate::chart::values::load_values;

    /// A schema without and with the declaration of draft 7, and how each is refused.
    fn refused(schema: &str, latest: &str, draft_7: &str) {
        let values = load_values("{}").expect("the values of a test can be read");
        let wrap = |place: &str, name: &str, told: &str| match told.strip_prefix("- ") {
            Some(_) => format!(
                "\"file:///values.schema.json#{place}\" is not valid against metaschema: jsonschema validation failed \
                 with '{name}/schema#'\n{told}"
            ),
            None => told.to_owned(),
        };
        let check = |schema: &str| {
            check_one(schema.as_bytes(), &values, &mut Log::default()).err().unwrap_or_default()
        };
        assert_eq!(check(schema), wrap("", "https://json-schema.org/draft/2020-12", latest), "{schema}");
        let schema = schema.replacen('{', r#"{"$schema": "http://json-schema.org/draft-07/schema#", "#, 1);
        assert_eq!(check(&schema), wrap("", "http://json-schema.org/draft-07", draft_7), "{schema}");
    }

    #[test]
    fn keywords_with_wrong_values_are_refused() {
        let refused_in_part = |schema, told: &str| {
            let indented: Vec<_> = told.lines().map(|line| format!("  {line}")).collect();
            refused(schema, &format!("- at '': 'allOf' failed\n{}", indented.join("\n")), told);
        };
        refused_in_part(
            r#"{"type": "text"}"#,
            "- at '/type': 'anyOf' failed\n  \
               - at '/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n  \
               - at '/type': got string, want array",
        );
        refused_in_part(r#"{"required": true}"#, "- at '/required': got boolean, want array");
        refused_in_part(r#"{"required": ["a", 1]}"#, "- at '/required/1': got number, want string");
        refused_in_part(r#"{"required": ["a", "a"]}"#, "- at '/required': items at 0 and 1 are equal");
        refused_in_part(r#"{"properties": []}"#, "- at '/properties': got array, want object");
        refused_in_part(
            r#"{"properties": {"a": 1}}"#,
            "- at '/properties/a': got number, want boolean or object",
        );
        refused_in_part(r#"{"enum": "a"}"#, "- at '/enum': got string, want array");
        refused_in_part(r#"{"maxLength": -1}"#, "- at '/maxLength': minimum: got -1, want 0");
        refused_in_part(r#"{"maxItems": 1.5}"#, "- at '/maxItems': got number, want integer");
        refused_in_part(r#"{"multipleOf": 0}"#, "- at '/multipleOf': exclusiveMinimum: got 0, want 0");
        refused_in_part(r#"{"allOf": []}"#, "- at '/allOf': minItems: got 0, want 1");
        refused_in_part(r#"{"pattern": 1}"#, "- at '/pattern': got number, want string");
        refused(
            r#"{"minLength": -1}"#,
            "- at '': 'allOf' failed\n  - at '/minLength': minimum: got -1, want 0",
            "- at '/minLength': 'allOf' failed\n  - at '/minLength': minimum: got -1, want 0",
        );
        refused(
            r#"{"properties": {"a": {"minItems": "1", "title": 1}}}"#,
            "- at '': 'allOf' failed\n  - at '/properties/a': 'allOf' failed\n    \
               - at '/properties/a/minItems': got string, want integer\n    \
               - at '/properties/a/title': got number, want string",
            "- at '/properties/a': validation failed\n  - at '/properties/a/minItems': 'allOf' failed\n    \
               - at '/properties/a/minItems': got string, want integer\n  \
               - at '/properties/a/title': got number, want string",
        );
        refused(
            r#"{"definitions": 1}"#,
            "- at '/definitions': got number, want object",
            "- at '/definitions': got number, want object",
        );
    }

    #[test]
    fn a_schema_is_an_object_or_a_boolean() {
        let values = load_values("{}").expect("the values of a test can be read");
        let told = "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with \
                    'https://json-schema.org/draft/2020-12/schema#'\n- at '': got number, want boolean or object";
        assert_eq!(check_one(b"1", &values, &mut Log::default()), Err(told.to_owned()));
    }

    #[test]
    fn expressions_that_go_cannot_read_are_refused() {
        let words = "error parsing regexp: missing closing ]: `[a`";
        refused(
            r#"{"properties": {"a": {"pattern": "[a"}}}"#,
            &format!("invalid regex \"[a\" at \"file:///values.schema.json#/properties/a/pattern\": {words}"),
            &format!("- at '/properties/a/pattern': '[a' is not valid regex: {words}"),
        );
        refused(
            r#"{"patternProperties": {"[a": {}}}"#,
            &format!("invalid regex \"[a\" at \"file:///values.schema.json#/patternProperties\": {words}"),
            &format!(
                "- at '/patternProperties': invalid propertyName '[a'\n  - at '': '[a' is not valid regex: {words}"
            ),
        );
        refused(r#"{"properties": {"a": {"pattern": "^\\pL+$"}}}"#, "", "");
    }

    #[test]
    fn references_must_lead_somewhere() {
        let same = |schema, told| refused(schema, told, told);
        same(
            r##"{"properties": {"a": {"$ref": "#/definitions/b c"}}}"##,
            "json-pointer in \"file:///values.schema.json#/definitions/b%20c\" not found",
        );
        same(
            r##"{"properties": {"a": {"$ref": "#b"}}}"##,
            "anchor in \"file:///values.schema.json#b\" not found in schema \"file:///values.schema.json\"",
        );
        same(
            r#"{"properties": {"a": {"$ref": "other.json#/a"}}}"#,
            "failing loading \"file:///other.json\": open /other.json: no such file or directory",
        );
        // A definition that nothing leads to may be broken.
        same(r##"{"definitions": {"a": {"$ref": "#/b"}}}"##, "");
        same(r##"{"definitions": {"a": {}}, "properties": {"a": {"$ref": "#/definitions/a"}}}"##, "");
    }

    #[test]
    fn what_a_reference_leads_to_is_a_schema() {
        let values = load_values("{}").expect("the values of a test can be read");
        let schema = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/$defs/b"}},
            "$defs": {"b": {"type": 1}}}"##;
        let error = check_one(schema.as_bytes(), &values, &mut Log::default()).err().unwrap_or_default();
        assert!(error.starts_with("\"file:///values.schema.json#/$defs/b\" is not valid"), "{error}");
        assert!(error.ends_with("- at '/type': got number, want array"), "{error}");
    }
}
