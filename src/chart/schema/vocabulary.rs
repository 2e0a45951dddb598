//! The keywords of each draft: what their values must be, and where schemas stand in them.
//!
//! One table says both. The schema of schemas that is made of it finds what the drafts' own would find, and in the
//! same tree. Source of the facts: the drafts' metaschemas.

use serde_json::{Map, Value as Json};

use super::document::push_step;

/// How a keyword's value holds schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// None at all.
    Nothing,
    /// It is one, or a list of them.
    Schemas,
    /// Each of its values is one.
    Named,
    /// Likewise, but nothing applies them unless a reference leads there.
    Definitions,
}

use Holds::{Definitions, Named, Nothing, Schemas};

/// The parts of the later metaschemas, which are checked one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Core,
    Applicator,
    Unevaluated,
    Validation,
    MetaData,
    Format,
    Content,
    /// Beside the parts.
    Whole,
}

use Part::{Applicator, Content, Core, Format, MetaData, Unevaluated, Validation, Whole};

const PARTS: [Part; 7] = [Core, Applicator, Unevaluated, Validation, MetaData, Format, Content];

/// Keywords with blanks between, first and last draft, part, schemas in the value, and the value's own schema.
struct Row(&'static str, u16, u16, Part, Holds, &'static str);

const LAST: u16 = 2020;

const TEXT: &str = r#"{"type":"string"}"#;
const TRUTH: &str = r#"{"type":"boolean"}"#;
const NUMBER: &str = r#"{"type":"number"}"#;
const LIST: &str = r#"{"type":"array"}"#;
const ANCHOR: &str = r#"{"type":"string","pattern":"^[A-Za-z_][-A-Za-z0-9._]*$"}"#;
const COUNT: &str = r#"{"type":"integer","minimum":0}"#;
const COUNT_OR_0: &str = r#"{"allOf":[{"type":"integer","minimum":0},{"default":0}]}"#;
const REGEX: &str = r#"{"type":"string","format":"regex"}"#;
const SCHEMA: &str = r##"{"$ref":"#"}"##;
const SCHEMA_OR_TRUTH: &str = r##"{"anyOf":[{"type":"boolean"},{"$ref":"#"}]}"##;
const LIST_OF_SCHEMAS: &str = r##"{"type":"array","minItems":1,"items":{"$ref":"#"}}"##;
const SCHEMA_OR_LIST: &str =
    r##"{"anyOf":[{"$ref":"#"},{"type":"array","minItems":1,"items":{"$ref":"#"}}]}"##;
const MAP: &str = r##"{"type":"object","additionalProperties":{"$ref":"#"}}"##;
const MAP_BY_REGEX: &str =
    r##"{"type":"object","additionalProperties":{"$ref":"#"},"propertyNames":{"format":"regex"}}"##;
const TEXTS: &str = r#"{"type":"array","items":{"type":"string"},"uniqueItems":true}"#;
const SOME_TEXTS: &str = r#"{"type":"array","items":{"type":"string"},"minItems":1,"uniqueItems":true}"#;

const MAP_OR_SOME_TEXTS: &str = r##"{"type":"object","additionalProperties":{"anyOf":[{"$ref":"#"},
    {"type":"array","items":{"type":"string"},"minItems":1,"uniqueItems":true}]}}"##;
const MAP_OR_TEXTS: &str = r##"{"type":"object","additionalProperties":{"anyOf":[{"$ref":"#"},
    {"type":"array","items":{"type":"string"},"uniqueItems":true}]}}"##;
const MAP_OF_TEXTS: &str = r#"{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"},"uniqueItems":true}}"#;
const TYPES: &str = r#"{"anyOf":[{"enum":["array","boolean","integer","null","number","object","string"]},
    {"type":"array","items":{"enum":["array","boolean","integer","null","number","object","string"]},
    "minItems":1,"uniqueItems":true}]}"#;

const ROWS: &[Row] = &[
    Row("id", 4, 4, Core, Nothing, TEXT),
    Row("$id", 6, 7, Core, Nothing, TEXT),
    Row("$id", 2019, LAST, Core, Nothing, r#"{"type":"string","pattern":"^[^#]*#?$"}"#),
    Row("$schema", 4, 7, Core, Nothing, r#"{"type":"string","format":"uri"}"#),
    Row("$schema", 2019, LAST, Core, Nothing, TEXT),
    Row("$ref", 4, LAST, Core, Nothing, TEXT),
    Row("$comment", 7, LAST, Core, Nothing, TEXT),
    Row("$recursiveRef", 2019, 2019, Core, Nothing, TEXT),
    Row("$recursiveAnchor", 2019, 2019, Core, Nothing, TRUTH),
    Row("$anchor", 2019, 2019, Core, Nothing, r#"{"type":"string","pattern":"^[A-Za-z][-A-Za-z0-9.:_]*$"}"#),
    Row("$dynamicRef", 2020, LAST, Core, Nothing, TEXT),
    Row("$anchor $dynamicAnchor", 2020, LAST, Core, Nothing, ANCHOR),
    Row(
        "$vocabulary",
        2019,
        LAST,
        Core,
        Nothing,
        r#"{"type":"object","additionalProperties":{"type":"boolean"}}"#,
    ),
    Row("$defs", 2019, LAST, Core, Definitions, MAP),
    Row("definitions", 4, LAST, Whole, Definitions, MAP),
    Row("allOf anyOf oneOf", 4, LAST, Applicator, Schemas, LIST_OF_SCHEMAS),
    Row("not", 4, LAST, Applicator, Schemas, SCHEMA),
    Row("items", 4, 2019, Applicator, Schemas, SCHEMA_OR_LIST),
    Row("additionalItems", 4, 4, Applicator, Schemas, SCHEMA_OR_TRUTH),
    Row("additionalItems", 6, 2019, Applicator, Schemas, SCHEMA),
    Row("properties", 4, LAST, Applicator, Named, MAP),
    Row("patternProperties", 4, 4, Applicator, Named, MAP),
    Row("patternProperties", 6, LAST, Applicator, Named, MAP_BY_REGEX),
    Row("additionalProperties", 4, 4, Applicator, Schemas, SCHEMA_OR_TRUTH),
    Row("additionalProperties", 6, LAST, Applicator, Schemas, SCHEMA),
    Row("dependencies", 4, 4, Whole, Named, MAP_OR_SOME_TEXTS),
    Row("dependencies", 6, LAST, Whole, Named, MAP_OR_TEXTS),
    Row("contains propertyNames", 6, LAST, Applicator, Schemas, SCHEMA),
    Row("if then else", 7, LAST, Applicator, Schemas, SCHEMA),
    Row("dependentSchemas", 2019, LAST, Applicator, Named, MAP),
    Row("unevaluatedItems unevaluatedProperties", 2019, 2019, Applicator, Schemas, SCHEMA),
    Row("unevaluatedItems unevaluatedProperties", 2020, LAST, Unevaluated, Schemas, SCHEMA),
    Row("prefixItems", 2020, LAST, Applicator, Schemas, LIST_OF_SCHEMAS),
    Row("items", 2020, LAST, Applicator, Schemas, SCHEMA),
    Row("type", 4, LAST, Validation, Nothing, TYPES),
    Row("enum", 4, 6, Validation, Nothing, r#"{"type":"array","minItems":1,"uniqueItems":true}"#),
    Row("enum", 7, LAST, Validation, Nothing, LIST),
    Row("multipleOf", 4, 4, Validation, Nothing, r#"{"type":"number","minimum":0,"exclusiveMinimum":true}"#),
    Row("multipleOf", 6, LAST, Validation, Nothing, r#"{"type":"number","exclusiveMinimum":0}"#),
    Row("maximum minimum", 4, LAST, Validation, Nothing, NUMBER),
    Row("exclusiveMaximum exclusiveMinimum", 4, 4, Validation, Nothing, TRUTH),
    Row("exclusiveMaximum exclusiveMinimum", 6, LAST, Validation, Nothing, NUMBER),
    Row("maxLength maxItems maxProperties", 4, LAST, Validation, Nothing, COUNT),
    Row("minLength minItems minProperties", 4, 7, Validation, Nothing, COUNT_OR_0),
    Row("minLength minItems minProperties maxContains minContains", 2019, LAST, Validation, Nothing, COUNT),
    Row("pattern", 4, LAST, Validation, Nothing, REGEX),
    Row("uniqueItems", 4, LAST, Validation, Nothing, TRUTH),
    Row("required", 4, 4, Validation, Nothing, SOME_TEXTS),
    Row("required", 6, LAST, Validation, Nothing, TEXTS),
    Row("dependentRequired", 2019, LAST, Validation, Nothing, MAP_OF_TEXTS),
    Row("title description", 4, LAST, MetaData, Nothing, TEXT),
    Row("examples", 6, LAST, MetaData, Nothing, LIST),
    Row("readOnly writeOnly", 7, LAST, MetaData, Nothing, TRUTH),
    Row("deprecated", 2019, LAST, MetaData, Nothing, TRUTH),
    Row("format", 4, LAST, Format, Nothing, TEXT),
    Row("contentMediaType contentEncoding", 7, LAST, Content, Nothing, TEXT),
    Row("contentSchema", 2019, LAST, Content, Nothing, SCHEMA),
];

fn rows(draft: u16) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| (row.1..=row.2).contains(&draft))
}

/// The schema of a draft's schemas, and the address by which the validator names it.
pub(super) fn metaschema(draft: u16) -> (Json, String) {
    let kinds = if draft == 4 { r#"{"type":"object"}"# } else { r#"{"type":["object","boolean"]}"# };
    let properties = |is_in: &dyn Fn(Part) -> bool| {
        let mut properties = Map::new();
        for Row(names, _, _, _, _, value) in rows(draft).filter(|row| is_in(row.3)) {
            names.split(' ').for_each(|name| {
                properties.insert(name.to_owned(), constant(value));
            });
        }
        let mut schema = constant(kinds);
        schema["properties"] = Json::Object(properties);
        schema
    };
    if draft < 2019 {
        let mut schema = properties(&|_| true);
        if draft == 4 {
            schema["dependencies"] =
                constant(r#"{"exclusiveMaximum":["maximum"],"exclusiveMinimum":["minimum"]}"#);
        }
        return (schema, format!("http://json-schema.org/draft-0{draft}/schema#"));
    }
    let mut schema = properties(&|part| part == Whole);
    schema["allOf"] = Json::Array(PARTS.iter().map(|part| properties(&|other| other == *part)).collect());
    let name = if draft == 2019 { "2019-09" } else { "2020-12" };
    (schema, format!("https://json-schema.org/draft/{name}/schema#"))
}

fn constant(text: &str) -> Json {
    serde_json::from_str(text).expect("the table holds JSON")
}

/// The schemas that stand directly in a schema of a draft, with their pointers, in the order in which they apply.
pub(super) fn subschemas<'s>(
    draft: u16,
    schema: &'s Map<String, Json>,
    pointer: &str,
) -> Vec<(Holds, String, &'s Json)> {
    let mut found = Vec::new();
    for Row(names, _, _, _, holds, _) in rows(draft).filter(|row| row.4 != Nothing) {
        for name in names.split(' ') {
            let Some(value) = schema.get(name) else { continue };
            let mut base = pointer.to_owned();
            push_step(&mut base, name);
            let mut add = |key: Option<&str>, schema: &'s Json| {
                let mut pointer = base.clone();
                key.inspect(|key| push_step(&mut pointer, key));
                found.push((*holds, pointer, schema));
            };
            match (holds, value) {
                // A list among named values is one of property names.
                (Named | Definitions, Json::Object(schemas)) => schemas
                    .iter()
                    .filter(|(_, schema)| !schema.is_array())
                    .for_each(|(key, schema)| add(Some(key), schema)),
                (Schemas, Json::Array(schemas)) => schemas
                    .iter()
                    .enumerate()
                    .for_each(|(index, schema)| add(Some(&index.to_string()), schema)),
                (Schemas, schema) => add(None, schema),
                _ => {}
            }
        }
    }
    found
}
