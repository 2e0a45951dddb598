//! YAML text into typed fields, as `Unmarshal` of sigs.k8s.io/yaml does it: YAML becomes JSON, and Go's JSON decoder
//! fills a struct.
//!
//! In: text. Out: a tree, or the error text that Helm prints behind its own prefix.

use crate::template::print::format_float;
use crate::yaml::{self, Data, Node};

/// The first document of `text`; null if there is none.
///
/// # Errors
/// `error converting YAML to JSON: yaml: …` in go-yaml's words.
pub(crate) fn unmarshal(text: &str) -> Result<Node, String> {
    let parsed = yaml::parse_first(text);
    if let Some(refusal) = parsed.go_error() {
        return Err(format!("error converting YAML to JSON: {refusal}"));
    }
    let root = parsed.documents.into_iter().next().map(|document| document.root);
    let root = root.unwrap_or(Node { data: Data::Null, span: Default::default() });
    Ok(root)
}

/// Go's name of a node's JSON type.
fn json_type(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::UInt(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::Sequence(_) => "array",
        Data::Mapping(_) => "object",
    }
}

const PREFIX: &str = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";

/// The error for a whole document of the wrong type.
pub(crate) fn wrong_type(node: &Node, wanted: &str) -> String {
    format!("{PREFIX} {} into Go value of type {wanted}", json_type(node))
}

/// The fields of a Go struct in a YAML map.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    node: &'n Node,
    /// Go's name of the struct; empty for a struct without a name.
    go_name: &'static str,
    /// The JSON names of the fields that lead here, each with a dot behind it.
    path: &'static str,
}

impl<'n> Fields<'n> {
    /// The fields of the struct `go_name` in `node`; null has none.
    ///
    /// # Errors
    /// Go's words if the node is no map; `go_type` is the type that they name.
    pub(crate) fn of(node: &'n Node, go_name: &'static str, go_type: &str) -> Result<Fields<'n>, String> {
        match node.data {
            Data::Mapping(_) | Data::Null => Ok(Fields { node, go_name, path: "" }),
            _ => Err(wrong_type(node, go_type)),
        }
    }

    /// The node of a field, found as Go's decoder finds it: by name, upper and lower case alike.
    pub(crate) fn node(&self, name: &str) -> Option<&'n Node> {
        let Data::Mapping(entries) = &self.node.data else { return None };
        // JSON that came from YAML has its keys in order, so among spellings of a name the last in order wins.
        entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.key.as_key().eq_ignore_ascii_case(name))
            .max_by_key(|(index, entry)| (entry.key.as_key().into_owned(), *index))
            .map(|(_, entry)| &entry.value)
    }

    fn wrong(&self, node: &Node, name: &str, wanted: &str) -> String {
        let Fields { go_name, path, .. } = self;
        format!("{PREFIX} {} into Go struct field {go_name}.{path}{name} of type {wanted}", json_type(node))
    }

    /// A string field; numbers and booleans become their text. Empty if it is absent or null.
    pub(crate) fn string(&self, name: &str) -> Result<String, String> {
        self.node(name)
            .map_or(Ok(String::new()), |node| text(node).ok_or_else(|| self.wrong(node, name, "string")))
    }

    /// A boolean field.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool, String> {
        match self.node(name).map(|node| (node, &node.data)) {
            None | Some((_, Data::Null)) => Ok(false),
            Some((_, Data::Bool(value))) => Ok(*value),
            Some((node, _)) => Err(self.wrong(node, name, "bool")),
        }
    }

    /// The items of a list field; `wanted` is its Go type.
    pub(crate) fn list(&self, name: &str, wanted: &str) -> Result<Option<&'n [Node]>, String> {
        match self.node(name).map(|node| (node, &node.data)) {
            None | Some((_, Data::Null)) => Ok(None),
            Some((_, Data::Sequence(items))) => Ok(Some(items)),
            Some((node, _)) => Err(self.wrong(node, name, wanted)),
        }
    }

    /// A list of strings.
    pub(crate) fn strings(&self, name: &str) -> Result<Vec<String>, String> {
        let items = self.list(name, "[]string")?.unwrap_or_default();
        items.iter().map(|item| text(item).ok_or_else(|| self.wrong(item, name, "string"))).collect()
    }

    /// A map of strings; `None` if it is absent or null.
    pub(crate) fn string_map(&self, name: &str) -> Result<Option<Vec<(String, String)>>, String> {
        let (node, data) = match self.node(name) {
            None => return Ok(None),
            Some(node) => (node, &node.data),
        };
        match data {
            Data::Null => Ok(None),
            Data::Mapping(entries) => {
                let mut map = std::collections::BTreeMap::new();
                for entry in entries {
                    let value = text(&entry.value).ok_or_else(|| self.wrong(&entry.value, name, "string"))?;
                    map.insert(entry.key.as_key().into_owned(), value);
                }
                Ok(Some(map.into_iter().collect()))
            }
            _ => Err(self.wrong(node, name, "map[string]string")),
        }
    }

    /// The fields of a struct below this one; `None` if it is absent or null.
    pub(crate) fn below(
        &self,
        name: &str,
        go_name: &'static str,
        path: &'static str,
        go_type: &str,
    ) -> Result<Option<Fields<'n>>, String> {
        match self.node(name) {
            None => Ok(None),
            Some(node) => match node.data {
                Data::Null => Ok(None),
                Data::Mapping(_) => Ok(Some(Fields { node, go_name, path })),
                _ => Err(self.wrong(node, name, go_type)),
            },
        }
    }

    /// The fields of one item of a list of structs; `None` for a null.
    pub(crate) fn item(
        &self,
        node: &'n Node,
        list: &str,
        go_name: &'static str,
        path: &'static str,
        go_type: &str,
    ) -> Result<Option<Fields<'n>>, String> {
        match node.data {
            Data::Null => Ok(None),
            Data::Mapping(_) => Ok(Some(Fields { node, go_name, path })),
            _ => Err(self.wrong(node, list, go_type)),
        }
    }
}

/// The text of a scalar where Go wants a string: sigs.k8s.io/yaml turns numbers and booleans into text.
fn text(node: &Node) -> Option<String> {
    Some(match &node.data {
        Data::Null => String::new(),
        Data::String(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::UInt(value) => value.to_string(),
        Data::Float(value) => format_float(*value, 'g', None),
        Data::Sequence(_) | Data::Mapping(_) => return None,
    })
}
