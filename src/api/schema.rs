//! What fields each kind has: the structural schema of 30 kinds, as the server's Go types have it; beside them `Scale`
//! and the metadata alone, as kubectl reads it before it asks the server.
//!
//! In: `schema.txt`, a table made from the recorded OpenAPI document plus what OpenAPI does not tell and Go
//! decoding needs: pointer fields, fields that are written even when empty, named types, embedded structs.
//! Out: [`Schema`], read once. A line of the table that starts with a space is a field: name, type, flags.
//!
//! Types: `s` string, `i` int32, `l` int64, `b` bool, `f` float64, `y` base64 bytes, `q` Quantity, `x` IntOrString,
//! `t` Time, `u` MicroTime, `a` anything, `=name` a struct, `[` list of, `{` map to. Flags: `*` a pointer, `+` always
//! written, `!` required, `%` patch strategy and merge key, `@` Go type, `~` embedded struct, `|` allowed values.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::gather::{Gather, sort_by_key};

const TABLE: &str = include_str!("schema.txt");

/// Every struct the server knows, by index.
#[derive(Debug)]
pub struct Schema {
    structs: Vec<Struct>,
    kinds: BTreeMap<(&'static str, &'static str), usize>,
}

/// A Go struct.
#[derive(Debug)]
pub struct Struct {
    /// Name without its package, as in `StatefulSetSpec`.
    pub name: &'static str,
    /// The alias of its package, as in `v1`.
    pub package: &'static str,
    /// Fields, sorted by JSON name.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// JSON name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
    /// A scalar behind a pointer: its zero value is kept when it was written.
    pub pointer: bool,
    /// Written even when empty.
    pub always: bool,
    /// Listed as required in the OpenAPI document.
    pub required: bool,
    /// `merge`, `replace`, `retainKeys` or `merge,retainKeys`; empty if the document names none.
    pub patch_strategy: &'static str,
    /// Which field tells the items of a merged list apart.
    pub merge_key: Option<&'static str>,
    /// Go's name of the (item) type where it is a named string.
    pub go_type: Option<&'static str>,
    /// The embedded struct that brings the field in.
    pub embedded: Option<&'static str>,
    /// Allowed values, where the document lists them.
    pub values: Vec<&'static str>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// 32-bit integer.
    Int32,
    /// 64-bit integer.
    Int64,
    /// Truth value.
    Bool,
    /// Floating-point number.
    Float,
    /// Bytes, written in base64.
    Bytes,
    /// `resource.Quantity`.
    Quantity,
    /// `intstr.IntOrString`.
    IntOrString,
    /// RFC 3339 time in seconds.
    Time,
    /// RFC 3339 time with microseconds.
    MicroTime,
    /// Any JSON.
    Any,
    /// A struct, by its index.
    Struct(usize),
    /// A list.
    List(Box<Type>),
    /// A map from strings.
    Map(Box<Type>),
}

/// The schema of the recorded server.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::read(TABLE))
}

impl Schema {
    fn read(table: &'static str) -> Schema {
        let headers = table.lines().filter(|line| !line.starts_with(' '));
        let index: BTreeMap<&str, usize> =
            headers.enumerate().filter_map(|(number, line)| Some((line.split(' ').next()?, number))).gather();
        let mut schema = Schema { structs: Vec::with_capacity(index.len()), kinds: BTreeMap::new() };
        for line in table.lines() {
            if let Some(line) = line.strip_prefix(' ') {
                let field = Field::read(line, &index);
                if let Some(last) = schema.structs.last_mut() {
                    last.fields.push(field);
                }
                continue;
            }
            let mut words = line.split(' ');
            let (full, package) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let name = full.rsplit('.').next().unwrap_or(full);
            if let Some(group_version) = words.next() {
                schema.kinds.insert((group_version, name), schema.structs.len());
            }
            schema.structs.push(Struct { name, package, fields: Vec::new() });
        }
        for item in &mut schema.structs {
            sort_by_key(&mut item.fields, |field| field.name);
        }
        schema
    }

    /// The struct of a kind, as in `("apps/v1", "StatefulSet")`; `None` for kinds outside the schema.
    pub fn kind(&self, group_version: &str, kind: &str) -> Option<&Struct> {
        self.kinds.get(&(group_version, kind)).map(|index| &self.structs[*index])
    }

    /// The kinds of the schema, as `(group/version, kind)`.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.kinds.keys().copied()
    }

    /// The first struct of that name, kind or not.
    pub(crate) fn named(&self, name: &str) -> Option<&Struct> {
        self.structs.iter().find(|item| item.name == name)
    }

    /// Whether some struct of that name has the field.
    #[cfg(test)]
    pub(crate) fn has_field(&self, name: &str, field: &str) -> bool {
        self.structs.iter().any(|item| item.name == name && item.field(field).is_some())
    }

    /// The struct behind [`Type::Struct`].
    pub fn get(&self, index: usize) -> &Struct {
        &self.structs[index]
    }

    /// The field at a path of names, through lists and maps, starting at `root`.
    pub fn field<'a>(&'a self, root: &'a Struct, path: &[&str]) -> Option<&'a Field> {
        let (first, rest) = path.split_first()?;
        let field = root.field(first)?;
        if rest.is_empty() {
            return Some(field);
        }
        let mut kind = &field.kind;
        while let Type::List(item) | Type::Map(item) = kind {
            kind = item;
        }
        match kind {
            Type::Struct(index) => self.field(self.get(*index), rest),
            _ => None,
        }
    }

    /// Go's name of a type, as decoding errors print it.
    pub fn go_name(&self, kind: &Type, named: Option<&str>) -> String {
        match kind {
            Type::String => named.unwrap_or("string").to_owned(),
            Type::Int32 => "int32".to_owned(),
            Type::Int64 => "int64".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Float => "float64".to_owned(),
            Type::Bytes => "[]uint8".to_owned(),
            Type::Quantity => "resource.Quantity".to_owned(),
            Type::IntOrString => "intstr.IntOrString".to_owned(),
            Type::Time => "v1.Time".to_owned(),
            Type::MicroTime => "v1.MicroTime".to_owned(),
            Type::Any => "interface {}".to_owned(),
            Type::Struct(index) => format!("{}.{}", self.get(*index).package, self.get(*index).name),
            Type::List(item) => format!("[]{}", self.go_name(item, named)),
            Type::Map(item) if **item == Type::Quantity => "v1.ResourceList".to_owned(),
            Type::Map(item) => format!("map[string]{}", self.go_name(item, named)),
        }
    }
}

impl Struct {
    /// The field of that JSON name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.binary_search_by_key(&name, |field| field.name).ok().map(|index| &self.fields[index])
    }
}

impl Field {
    fn read(line: &'static str, index: &BTreeMap<&str, usize>) -> Field {
        let mut words = line.split(' ');
        let mut field = Field {
            name: words.next().unwrap_or(""),
            kind: Type::read(words.next().unwrap_or("a"), index),
            pointer: false,
            always: false,
            required: false,
            patch_strategy: "",
            merge_key: None,
            go_type: None,
            embedded: None,
            values: Vec::new(),
        };
        for word in words {
            let (flag, rest) = word.split_at(1);
            match flag {
                "*" => field.pointer = true,
                "+" => field.always = true,
                "!" => field.required = true,
                "%" => {
                    let (strategy, key) =
                        rest.split_once(':').map_or((rest, None), |(left, right)| (left, Some(right)));
                    field.patch_strategy = strategy;
                    field.merge_key = key;
                }
                "@" => field.go_type = Some(rest),
                "~" => field.embedded = Some(rest),
                "|" => field.values = rest.split('|').collect(),
                _ => {}
            }
        }
        field
    }

    /// Whether a strategic merge patch merges this field rather than replacing it.
    pub fn merges(&self) -> bool {
        self.patch_strategy.split(',').any(|strategy| strategy == "merge")
    }

    /// Whether a strategic merge patch drops the keys that the patch does not name.
    pub fn retains_keys(&self) -> bool {
        self.patch_strategy.split(',').any(|strategy| strategy == "retainKeys")
    }
}

impl Type {
    fn read(text: &str, index: &BTreeMap<&str, usize>) -> Type {
        let rest = text.get(1..).unwrap_or("");
        match text.as_bytes().first() {
            Some(b's') => Type::String,
            Some(b'i') => Type::Int32,
            Some(b'l') => Type::Int64,
            Some(b'b') => Type::Bool,
            Some(b'f') => Type::Float,
            Some(b'y') => Type::Bytes,
            Some(b'q') => Type::Quantity,
            Some(b'x') => Type::IntOrString,
            Some(b't') => Type::Time,
            Some(b'u') => Type::MicroTime,
            Some(b'=') => index.get(rest).map_or(Type::Any, |index| Type::Struct(*index)),
            Some(b'[') => Type::List(Box::new(Type::read(rest, index))),
            Some(b'{') => Type::Map(Box::new(Type::read(rest, index))),
            _ => Type::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_kinds_with_their_fields() {
        assert_eq!(schema().kinds().count(), 30);
        let set = schema().kind("apps/v1", "StatefulSet").expect("the kind is in the table");
        let ports =
            schema().field(set, &["spec", "template", "spec", "containers", "ports"]).expect("a known path");
        assert_eq!((ports.merges(), ports.merge_key), (true, Some("containerPort")));
        assert_eq!(schema().go_name(&ports.kind, None), "[]v1.ContainerPort");
    }
}
