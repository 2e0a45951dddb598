//! What the fields that matter for StatefulSets mean, in our words, and the schema's facts about any field.
//!
//! In: a kind and the path of a field. Out: [`Explained`]. The words stand in `explain.txt`: a line that begins with a
//! space is a field of the struct above it: name, default (`-` for none), text, with `|` between.

use super::schema::{Field, Struct, Type, schema};
use crate::yaml::Step;

const TABLE: &str = include_str!("explain.txt");

/// A field of the schema, found by its path.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The struct that has the field.
    pub owner: &'static Struct,
    /// The field.
    pub field: &'static Field,
    /// What stands at the path: for an item of a list, the item's type.
    pub kind: &'static Type,
}

/// What is known of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Its type in words: `list of Container`.
    pub kind: String,
    /// Its default, empty if it has none that is known.
    pub default: &'static str,
    /// The values that it may have, if they are few.
    pub values: Vec<&'static str>,
    /// Whether it must be there.
    pub required: bool,
    /// What it means; empty if the table does not say.
    pub text: &'static str,
}

/// The field at a path of a kind's objects; `None` outside of the schema and inside maps of plain values.
pub fn find(group_version: &str, kind: &str, path: &[Step]) -> Option<Found> {
    let mut owner = schema().kind(group_version, kind)?;
    let mut found: Option<Found> = None;
    for step in path {
        found = Some(match (step, found.map(|found| found.kind)) {
            (Step::Index(_), Some(Type::List(item))) => Found { kind: item, ..found? },
            (Step::Key(_), Some(Type::Map(item))) => Found { kind: item, ..found? },
            (Step::Key(key), at) => {
                match at {
                    None => {}
                    Some(Type::Struct(index)) => owner = schema().get(*index),
                    Some(_) => return None,
                }
                let field = owner.field(key)?;
                Found { owner, field, kind: &field.kind }
            }
            (Step::Index(_), _) => return None,
        });
    }
    found
}

/// The fields that a map at a path may have; none if it is no struct.
pub fn fields(group_version: &str, kind: &str, path: &[Step]) -> &'static [Field] {
    let own = match path {
        [] => schema().kind(group_version, kind),
        _ => match find(group_version, kind, path).map(|found| found.kind) {
            Some(Type::Struct(index)) => Some(schema().get(*index)),
            _ => None,
        },
    };
    own.map_or(&[], |own| own.fields.as_slice())
}

/// What is known of a field.
pub fn explain(found: &Found) -> Explained {
    let (default, text) = entry(found.owner.name, found.field.name).unwrap_or(("", ""));
    Explained {
        kind: words(found.kind),
        default: if default == "-" { "" } else { default },
        values: found.field.values.clone(),
        required: found.field.required,
        text,
    }
}

/// Default and text of a field of the table.
fn entry(owner: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let mut lines = TABLE.lines().skip_while(|line| *line != owner).skip(1);
    let line = lines.by_ref().take_while(|line| line.starts_with(' ')).find_map(|line| {
        let (field, rest) = line[1..].split_once('|')?;
        (field == name).then_some(rest)
    })?;
    line.split_once('|')
}

/// A type in words.
fn words(kind: &Type) -> String {
    match kind {
        Type::String => "string".to_owned(),
        Type::Int32 | Type::Int64 => "whole number".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Bytes => "base64".to_owned(),
        Type::Quantity => "quantity, such as 500m or 1Gi".to_owned(),
        Type::IntOrString => "whole number or string".to_owned(),
        Type::Time | Type::MicroTime => "time".to_owned(),
        Type::Any => "anything".to_owned(),
        Type::Struct(index) => schema().get(*index).name.to_owned(),
        Type::List(item) => format!("list of {}", words(item)),
        Type::Map(item) => format!("map to {}", words(item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::field::steps_of;

    fn check(kind: (&str, &str), path: &str, expect: &str) {
        let found = find(kind.0, kind.1, &steps_of(path));
        let shown = found.map(|found| {
            let it = explain(&found);
            format!("{} {} {} {}", it.kind, it.default, it.values.join("/"), it.required).trim().to_owned()
        });
        assert_eq!(shown.as_deref().unwrap_or("none"), expect, "{path}");
    }

    #[test]
    fn fields_have_facts() {
        let set = ("apps/v1", "StatefulSet");
        check(set, "spec.replicas", "whole number 1  false");
        check(set, "spec.podManagementPolicy", "string OrderedReady OrderedReady/Parallel false");
        check(set, "spec.template.spec.containers[0].image", "string   false");
        check(set, "spec.template.spec.containers[0]", "Container   true");
        check(
            set,
            "spec.template.spec.containers[0].resources.limits.cpu",
            "quantity, such as 500m or 1Gi   false",
        );
        check(set, "spec.nothing", "none");
        check(("v9", "Thing"), "spec", "none");
    }

    #[test]
    fn the_table_names_fields_that_exist() {
        let mut owner = "";
        for line in TABLE.lines() {
            let Some(field) = line.strip_prefix(' ') else {
                owner = line;
                assert!(schema().named(owner).is_some(), "{owner}");
                continue;
            };
            let parts: Vec<&str> = field.splitn(3, '|').collect();
            assert_eq!(parts.len(), 3, "{line}");
            assert!(schema().has_field(owner, parts[0]), "{owner} has {}", parts[0]);
            assert!(parts[2].ends_with('.'), "{line}");
        }
    }
}
