//! Changes one value of a text and leaves every other byte as it is, comments and layout included.
//!
//! Each change is checked: the new text must read as the old value with just that change made. Where it does not
//! (a value inside an alias, a key written with `?`), the answer is a finding and no text.

mod place;
mod write;

use serde_json::Value;

use super::path::{FieldPath, Step};
use super::print::json_integer;
use super::{Document, parse};
use crate::diagnostic::Diagnostic;
use crate::gather::{Gather, sort_by_key};

/// A range of the text and what replaces it.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    start: usize,
    end: usize,
    text: String,
}

impl Change {
    fn replace(start: usize, end: usize, text: impl Into<String>) -> Change {
        Change { start, end, text: text.into() }
    }

    fn insert(at: usize, text: impl Into<String>) -> Change {
        Change::replace(at, at, text)
    }
}

/// `text` with the value at `path` of its first document set to `value`. Keys that are missing are added behind
/// their neighbours, a list grows by an index that is its length.
///
/// # Errors
/// The first document cannot be read, the path leads through something that is no map or list, or the change
/// would alter other values too.
pub fn set(text: &str, path: &[Step], value: &Value) -> Result<String, Diagnostic> {
    let document = first_document(text)?;
    let mut wanted = document.as_ref().map_or(Value::Null, |document| document.root.to_json());
    if !set_in(&mut wanted, path, value) {
        return Err(refusal(
            document.as_ref(),
            path,
            "leads through a value that is neither a map nor a list",
        ));
    }
    let changes = match &document {
        None => vec![Change::insert(text.len(), write::new_document(text, path, value))],
        Some(document) => write::set(text, &document.root, path, value),
    };
    checked(text, document.as_ref(), path, changes, &wanted)
}

/// `text` without the entry or item at `path` of its first document; the same text if there is none.
///
/// # Errors
/// As [`set`].
pub fn remove(text: &str, path: &[Step]) -> Result<String, Diagnostic> {
    let Some(document) = first_document(text)? else { return Ok(text.to_owned()) };
    let mut wanted = document.root.to_json();
    if !remove_in(&mut wanted, path) {
        return Ok(text.to_owned());
    }
    let changes = write::remove(text, &document.root, path);
    checked(text, Some(&document), path, changes, &wanted)
}

fn first_document(text: &str) -> Result<Option<Document>, Diagnostic> {
    let mut parsed = parse(text);
    if parsed.go_error().is_some() {
        return Err(parsed.diagnostics.swap_remove(0));
    }
    Ok(parsed.documents.into_iter().next())
}

fn refusal(document: Option<&Document>, path: &[Step], why: &str) -> Diagnostic {
    let path = FieldPath(path);
    Diagnostic::error(document.map(|document| document.span), format!("`{path}` {why}."))
        .with_hint("Change the text itself.")
}

fn checked(
    text: &str,
    document: Option<&Document>,
    path: &[Step],
    mut changes: Vec<Change>,
    wanted: &Value,
) -> Result<String, Diagnostic> {
    sort_by_key(&mut changes, |change| (change.start, change.end));
    if text.contains("\r\n") {
        changes.iter_mut().for_each(|change| change.text = change.text.replace('\n', "\r\n"));
    }
    let mut changed = String::with_capacity(text.len());
    let mut end = 0;
    for change in &changes {
        changed.push_str(text.get(end..change.start).unwrap_or_default());
        changed.push_str(&change.text);
        end = change.end;
    }
    changed.push_str(text.get(end..).unwrap_or_default());
    if !changes.is_empty() && reads_as(&changed, wanted) {
        return Ok(changed);
    }
    // Text in a block scalar that ends in a newline needs one at the end of the file too.
    changed.push('\n');
    if !changes.is_empty() && reads_as(&changed, wanted) {
        return Ok(changed);
    }
    Err(refusal(document, path, "cannot be changed without changing something else"))
}

fn reads_as(text: &str, wanted: &Value) -> bool {
    let parsed = parse(text);
    match parsed.documents.first() {
        Some(document) => parsed.go_error().is_none() && document.root.to_json() == *wanted,
        None => parsed.refusals.is_empty() && is_empty(wanted),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Sets a value in a JSON tree; `false` if the path leads nowhere.
fn set_in(tree: &mut Value, path: &[Step], value: &Value) -> bool {
    let Some((step, rest)) = path.split_first() else {
        *tree = as_read(value);
        return true;
    };
    match step {
        Step::Key(key) => {
            if tree.is_null() {
                *tree = Value::Object(Default::default());
            }
            let Some(map) = tree.as_object_mut() else { return false };
            set_in(map.entry(key).or_insert(Value::Null), rest, value)
        }
        Step::Index(index) => {
            if tree.is_null() {
                *tree = Value::Array(Vec::new());
            }
            let Some(list) = tree.as_array_mut() else { return false };
            if *index == list.len() {
                list.push(Value::Null);
            }
            list.get_mut(*index).is_some_and(|item| set_in(item, rest, value))
        }
    }
}

/// A value as it reads back: a float without a fraction is an integer.
fn as_read(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().and_then(json_integer).unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => items.iter().map(as_read).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), as_read(value))).gather())
        }
        other => other.clone(),
    }
}

/// Removes an entry or item from a JSON tree; `false` if there is none.
fn remove_in(tree: &mut Value, path: &[Step]) -> bool {
    let (step, rest) = match path.split_first() {
        None => return false,
        Some(split) => split,
    };
    let inner = match (step, &mut *tree) {
        (Step::Key(key), Value::Object(map)) if rest.is_empty() => return map.remove(key).is_some(),
        (Step::Index(index), Value::Array(list)) if rest.is_empty() => {
            let exists = *index < list.len();
            if exists {
                list.remove(*index);
            }
            return exists;
        }
        (Step::Key(key), Value::Object(map)) => map.get_mut(key),
        (Step::Index(index), Value::Array(list)) => list.get_mut(*index),
        _ => None,
    };
    inner.is_some_and(|inner| remove_in(inner, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `a.b.0` as a path.
    fn path(text: &str) -> Vec<Step> {
        text.split('.')
            .filter(|step| !step.is_empty())
            .map(|step| step.parse().map_or_else(|_| Step::Key(step.to_owned()), Step::Index))
            .collect()
    }

    fn check(text: &str, at: &str, value: Value, expect: &str) {
        assert_eq!(set(text, &path(at), &value).as_deref(), Ok(expect), "{text}");
    }

    fn check_removed(text: &str, at: &str, expect: &str) {
        assert_eq!(remove(text, &path(at)).as_deref(), Ok(expect), "{text}");
    }

    #[test]
    fn scalars_are_replaced_in_place() {
        check("a: 1 # one\nb: x\n", "a", json!(2), "a: 2 # one\nb: x\n");
        check("a: 'x'\n", "a", json!("yes"), "a: \"yes\"\n");
        check("a:\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n");
        check("a: # why\n", "a", json!(true), "a: true # why\n");
        check("- 1\n-\n- {a: b, c: [d]}\n", "2.c.0", json!("x: y"), "- 1\n-\n- {a: b, c: [\"x: y\"]}\n");
        check("- 1\n-\n- 3\n", "1", json!(null), "- 1\n- null\n- 3\n");
        check("a: 1", "a", json!("x\ny\n"), "a: |\n  x\n  y\n");
        check("m:\n  a: 1 # c\n  b: 2\n", "m.a", json!("x\ny"), "m:\n  a: |- # c\n    x\n    y\n  b: 2\n");
        check("a: |\n  x\n  y\nb: 1\n", "a", json!("z"), "a: z\nb: 1\n");
        check("a: \"x\n  y\"\n", "a", json!(1.5), "a: 1.5\n");
    }

    #[test]
    fn scalars_and_collections_take_each_others_place() {
        check("a: 1 # c\nb: 2\n", "a", json!({"x": [1], "z": {}}), "a: # c\n  x:\n    - 1\n  z: {}\nb: 2\n");
        check("a:\n  # about x\n  x: 1\n  y: 2\nb: 2\n", "a", json!(5), "a: 5\n  # about x\nb: 2\n");
        check("a: {}\n", "a.b.c", json!(1), "a:\n  b:\n    c: 1\n");
        check("a: []\nb:\n- 1\n", "a", json!([{"x": 1, "z": 2}]), "a:\n- x: 1\n  z: 2\nb:\n- 1\n");
        check(
            "a:\n  - x: 1\n    y: 2\n  - z\n",
            "a.1",
            json!({"k": 1, "l": [2]}),
            "a:\n  - x: 1\n    y: 2\n  - k: 1\n    l:\n      - 2\n",
        );
    }

    #[test]
    fn line_breaks_stay_what_they_are() {
        check("a:\r\n  x: 1\r\nb: 2 # c\r\n", "a", json!(5), "a: 5\r\nb: 2 # c\r\n");
        check("a: 1 # c\r\nb: 2\r\n", "a", json!({"x": "y"}), "a: # c\r\n  x: \"y\"\r\nb: 2\r\n");
        check("a: 1\r\n", "b", json!(2), "a: 1\r\nb: 2\r\n");
        check_removed("a: 1\r\nb: 2\r\n", "a", "b: 2\r\n");
    }

    #[test]
    fn missing_keys_and_items_are_added() {
        check(
            "a:\n  b: 1 # c\n\n# end\nz: 1\n",
            "a.c",
            json!("x"),
            "a:\n  b: 1 # c\n  c: x\n\n# end\nz: 1\n",
        );
        check("a:\n  - b: 1\n", "a.0.c.d", json!(2), "a:\n  - b: 1\n    c:\n      d: 2\n");
        check("a: {b: 1}\n", "a.c", json!({"d": "e f"}), "a: {b: 1, c: {d: \"e f\"}}\n");
        check("a:\n", "a.b", json!(1), "a:\n  b: 1\n");
        check("", "a.b", json!(1), "a:\n  b: 1\n");
        check("# only\n", "a", json!(1), "# only\na: 1\n");
        check("a: 1", "b", json!(1), "a: 1\nb: 1");
        check("a:\n- 1\n", "a.1", json!({"b": 2, "c": 3}), "a:\n- 1\n- b: 2\n  c: 3\n");
        check("a: [1]\n", "a.1", json!(2), "a: [1, 2]\n");
        check("a: |+\n  x\n\n", "b", json!(1), "a: |+\n  x\n\nb: 1\n");
        check("{}\n", "a", json!(1), "a: 1\n");
        check("a: &x {b: 1}\nc:\n  <<: *x\n", "c.b", json!(2), "a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n");
    }

    #[test]
    fn entries_and_items_are_removed() {
        check_removed("a: 1\n# b\nb: # x\n  c: 1\nd: 1\n", "b", "a: 1\n# b\nd: 1\n");
        check_removed("- a: 1\n  b: 2\n- c\n", "0.a", "- b: 2\n- c\n");
        check_removed("a:\n  b: 1 # c\n", "a.b", "a: {} # c\n");
        check_removed("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n");
        check_removed("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n");
        check_removed("a: [1, 2, 3]\n", "a.1", "a: [1, 3]\n");
        check_removed("a:\n  - 1\n  - b: 1\n    c: 2\n  - 3\n", "a.1", "a:\n  - 1\n  - 3\n");
        check_removed("a:\n  - 1\nb: 1\n", "a.0", "a: []\nb: 1\n");
        check_removed("a: 1\n", "b.c", "a: 1\n");
        check_removed("a: 1\n", "a", "");
    }

    #[test]
    fn what_would_change_more_is_refused() {
        assert!(set("a: &x {b: 1}\nc: *x\n", &path("c.b"), &json!(2)).is_err());
        assert!(set("a: &x 1\nc: *x\n", &path("a"), &json!(2)).is_err());
        assert!(set("a: 1\n", &path("a.b"), &json!(2)).is_err());
        assert!(set("a: [1]\n", &path("a.5"), &json!(2)).is_err());
        assert!(set("a: [\n", &path("a"), &json!(2)).is_err());
    }

    #[test]
    fn every_path_of_a_text_can_be_set_and_removed() {
        let text = "# top\na: 1\nb: # b\n  - x\n  # in\n  - {c: [1, {d: 2}], e: 'f'}\n  -\n  - - g\n    - h: i # i\n      j: |\n        k\n\n        l\nm:\n  n:\n    o: \"p\"\n  q: >-\n    r\n    s\nt: ~\n";
        let root = parse(text).documents.remove(0).root;
        let mut paths = vec![Vec::new()];
        let mut next = 0;
        while next < paths.len() {
            let node = super::super::at_path(&root, &paths[next]).expect("the path was taken from the tree");
            let steps: Vec<Step> = match &node.data {
                super::super::Data::Mapping(entries) => {
                    entries.iter().map(|entry| Step::Key(entry.key.as_key().into_owned())).collect()
                }
                super::super::Data::Sequence(items) => (0..items.len()).map(Step::Index).collect(),
                _ => Vec::new(),
            };
            let parent = paths[next].clone();
            paths.extend(steps.into_iter().map(|step| [parent.clone(), vec![step]].concat()));
            next += 1;
        }
        let values = [
            json!(7),
            json!(null),
            json!(""),
            json!("no"),
            json!("a\nb\n"),
            json!(" a\n\nb"),
            json!("x # y"),
            json!({}),
            json!([]),
            json!({"k": [1, {"l": "m\nn"}]}),
            json!([[1, 2], {"o": {"p": []}}]),
            json!("{{ x }}"),
            json!("\u{7}é\t"),
        ];
        for path in &paths[1..] {
            for value in &values {
                let result = set(text, path, value);
                assert!(result.is_ok(), "{} = {value}: {result:?}", FieldPath(path));
            }
            assert!(remove(text, path).is_ok(), "{}", FieldPath(path));
        }
    }
}
