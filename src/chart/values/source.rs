//! Where the user's values come from: files and flags, merged in Helm's order.

use super::set::{self, Kind};
use super::table::{entries, new_table, shallow_copy};
use crate::chart::decode;
use crate::template::Value;
use crate::template::value::Map;

/// A values file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValuesFile {
    /// Its path, as errors name it.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The values that a user gives. Later files win over earlier ones; the flags come after the files in the order
/// `--set-json`, `--set`, `--set-string`, `--set-file`, `--set-literal`, whatever their order on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// `-f`, in order.
    pub files: Vec<ValuesFile>,
    /// Paths among `files` where there is no file.
    pub absent: Vec<String>,
    /// `--set-json`, in order.
    pub set_json: Vec<String>,
    /// `--set`, in order.
    pub set: Vec<String>,
    /// `--set-string`, in order.
    pub set_string: Vec<String>,
    /// `--set-file`, in order.
    pub set_file: Vec<String>,
    /// `--set-literal`, in order.
    pub set_literal: Vec<String>,
    /// The files that `--set-file` may read, by path.
    pub set_file_contents: std::collections::BTreeMap<String, String>,
}

impl Sources {
    /// The paths that `--set-file` names, for a caller that reads them into `set_file_contents`.
    pub fn paths_to_read(&self) -> Vec<String> {
        let paths = std::cell::RefCell::new(Vec::new());
        let note = |path: &str| {
            paths.borrow_mut().push(path.to_owned());
            Ok(String::new())
        };
        for text in &self.set_file {
            // A mistake in the text is told when the values are merged.
            let _ = set::parse_into(text, &new_table(), Kind::File(&note));
        }
        paths.into_inner()
    }

    /// The values of all sources together.
    ///
    /// # Errors
    /// Helm's words for the first source that cannot be read.
    pub fn merge(&self) -> Result<Map, String> {
        let mut values = new_table();
        for file in &self.files {
            if self.absent.contains(&file.path) {
                return Err(format!("open {}: no such file or directory", file.path));
            }
            let own =
                load_values(&file.text).map_err(|error| format!("failed to parse {}: {error}", file.path))?;
            values = merged(&values, &own);
        }
        for text in &self.set_json {
            if text.trim_start().starts_with('{') {
                let json: serde_json::Value = serde_json::from_str(text.trim())
                    .map_err(|_| format!("failed parsing --set-json data JSON: {text}"))?;
                if let Value::Map(own) = Value::from_json(&json) {
                    values = merged(&values, &own);
                }
            } else {
                set::parse_into(text, &values, Kind::Json)
                    .map_err(|_| format!("failed parsing --set-json data {text}"))?;
            }
        }
        let read = |path: &str| {
            let missing = || format!("open {path}: no such file or directory");
            self.set_file_contents.get(path).cloned().ok_or_else(missing)
        };
        let flags: [(&str, &[String], Kind<'_>); 4] = [
            ("--set", &self.set, Kind::Typed),
            ("--set-string", &self.set_string, Kind::Text),
            ("--set-file", &self.set_file, Kind::File(&read)),
            ("--set-literal", &self.set_literal, Kind::Literal),
        ];
        for (flag, texts, kind) in flags {
            for text in texts {
                set::parse_into(text, &values, kind)
                    .map_err(|error| format!("failed parsing {flag} data: {error}"))?;
            }
        }
        Ok(values)
    }
}

/// The values of a text of one or more YAML documents; later documents win.
///
/// # Errors
/// Helm's words: `cannot unmarshal yaml document: …`.
pub(crate) fn load_values(text: &str) -> Result<Map, String> {
    let mut values = new_table();
    for document in documents(text) {
        let wrap = |error: String| format!("cannot unmarshal yaml document: {error}");
        let node = decode::unmarshal(document).map_err(wrap)?;
        match Value::from_yaml(&node) {
            Value::Nil => {}
            Value::Map(own) => values = merged(&values, &own),
            _ => return Err(wrap(decode::wrong_type(&node, "map[string]interface {}"))),
        }
    }
    Ok(values)
}

/// Splits at lines that begin with `---`, as the YAML reader of Kubernetes' API machinery does.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---")
            && rest.trim_end().is_empty()
        {
            if at > start {
                documents.push(&text[start..at]);
            }
            start = at + line.len();
        }
        at += line.len();
    }
    if start < text.len() {
        documents.push(&text[start..]);
    }
    documents
}

/// `over` on top of `under`; maps merge, anything else is replaced, nulls included.
fn merged(under: &Map, over: &Map) -> Map {
    let merged_table = shallow_copy(under);
    for (key, value) in entries(over) {
        match (&value, under.get(&key)) {
            (Value::Map(over), Some(Value::Map(under))) => {
                merged_table.insert(key, Value::Map(merged(&under, over)));
            }
            _ => merged_table.insert(key, value),
        }
    }
    merged_table
}
