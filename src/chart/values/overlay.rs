//! One table of values over one table of defaults.
//!
//! Both change where Helm's do: its maps are shared, so what a merge writes shows wherever a map is used.

use super::table::entries;
use crate::chart::log::Log;
use crate::template::Value;
use crate::template::print::display;
use crate::template::value::Map;

/// What a null among the values means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It removes the default of its key (`CoalesceValues` of Helm).
    Remove,
    /// It stays for a later round (`MergeValues` of Helm).
    Keep,
}

/// How a value and the default of the same key go together.
pub(super) enum Meeting {
    /// There is a default only.
    Absent,
    /// The value is null.
    Null,
    /// Both are tables: the value's, then the default's.
    Tables(Map, Map),
    /// A table would hide below a value that is none.
    HiddenTable,
    /// A default that is no table would hide below a table.
    HiddenValue,
    /// The value counts, and nobody is told.
    Settled,
}

impl Meeting {
    pub(super) fn of(value: Option<Value>, default: &Value) -> Meeting {
        match (value, default) {
            (None, _) => Meeting::Absent,
            (Some(Value::Nil), _) => Meeting::Null,
            (Some(Value::Map(value)), Value::Map(default)) => Meeting::Tables(value, default.clone()),
            (Some(Value::Map(_)), Value::Nil) => Meeting::Settled,
            (Some(Value::Map(_)), _) => Meeting::HiddenValue,
            (Some(_), Value::Map(_)) => Meeting::HiddenTable,
            (Some(_), _) => Meeting::Settled,
        }
    }
}

/// A key below the keys of `path`, with dots between.
pub(super) fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Fills what `values` lack from `defaults`; `path` is what warnings call their place.
pub(crate) fn fill(values: &Map, defaults: &Map, path: &str, nulls: Nulls, log: &mut Log) {
    let offered = entries(defaults);
    copy_nulls(values, defaults);
    for (key, default) in offered {
        match Meeting::of(values.get(&key), &default) {
            Meeting::Absent => values.insert(key, default),
            Meeting::Null => {
                if nulls == Nulls::Remove && !default.is_nil() {
                    values.remove(&key);
                }
            }
            Meeting::Tables(value, default) => fill(&value, &default, &below(path, &key), nulls, log),
            Meeting::HiddenTable => log.printed(format!(
                "warning: cannot overwrite table with non table for {} ({})",
                below(path, &key),
                display(&default)
            )),
            Meeting::HiddenValue => log.printed(format!(
                "warning: destination for {} is a table. Ignoring non-table value ({})",
                below(path, &key),
                display(&default)
            )),
            Meeting::Settled => {}
        }
    }
}

/// The nulls of the values show in the defaults too, for whoever shares those.
fn copy_nulls(values: &Map, defaults: &Map) {
    for (key, _) in entries(values).into_iter().filter(|(_, value)| value.is_nil()) {
        defaults.insert(key, Value::Nil);
    }
}

/// Takes every null out of a table and the tables in it.
pub(super) fn remove_nulls(table: &Map) {
    for (key, value) in entries(table) {
        match value {
            Value::Nil => {
                table.remove(&key);
            }
            Value::Map(inner) => remove_nulls(&inner),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::values::load_values;

    fn check(values: &str, defaults: &str, nulls: Nulls, expected: &str, expected_defaults: &str) {
        let read = |text| load_values(text).expect("the values of a test can be read");
        let (own, default) = (read(values), read(defaults));
        fill(&own, &default, "", nulls, &mut Log::default());
        let told = |map| Value::Map(map).to_json(64).to_string();
        assert_eq!((told(own).as_str(), told(default).as_str()), (expected, expected_defaults), "{values}");
    }

    #[test]
    fn values_win_and_nulls_count_as_asked() {
        check("a: 1", "{a: 2, b: 3}", Nulls::Keep, r#"{"a":1,"b":3}"#, r#"{"a":2,"b":3}"#);
        check(
            "a: {b: 1}",
            "a: {b: 2, c: 3}",
            Nulls::Keep,
            r#"{"a":{"b":1,"c":3}}"#,
            r#"{"a":{"b":2,"c":3}}"#,
        );
        check("a: null", "a: 2", Nulls::Keep, r#"{"a":null}"#, r#"{"a":null}"#);
        check("a: null", "a: 2", Nulls::Remove, "{}", r#"{"a":null}"#);
        check("a: null", "a: null", Nulls::Remove, r#"{"a":null}"#, r#"{"a":null}"#);
        check("a: null", "b: {}", Nulls::Remove, r#"{"a":null,"b":{}}"#, r#"{"a":null,"b":{}}"#);
    }
}
