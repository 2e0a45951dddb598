//! A schema document: its draft, and where its references lead.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::report::go_quoted;

/// The address under which Helm hands a chart's schema to the validator.
const ADDRESS: &str = "file:///values.schema.json";

/// A schema with its named parts.
pub(super) struct Document<'s> {
    /// The whole schema.
    pub(super) root: &'s Json,
    /// The version of the language: 4, 6, 7, 2019 or 2020.
    pub(super) draft: u16,
    /// Whether a part of it depends on what other parts have looked at.
    pub(super) asks_for_unevaluated: bool,
    /// Pointers to subschemas that have an `$id` or an anchor, by that name.
    named: BTreeMap<String, String>,
}

/// Where a reference leads.
pub(super) enum Target {
    /// To the part of the document with this JSON pointer, which may not exist.
    Pointer(String),
    /// To a schema that takes everything.
    Anything,
}

impl<'s> Document<'s> {
    /// Reads the draft and the names of a schema.
    pub(super) fn new(root: &'s Json) -> Document<'s> {
        let declared = root.get("$schema").and_then(Json::as_str).unwrap_or_default();
        let draft = [("draft-04", 4), ("draft-06", 6), ("draft-07", 7), ("2019-09", 2019)]
            .into_iter()
            .find(|(name, _)| declared.contains(name))
            .map_or(2020, |(_, draft)| draft);
        let mut document = Document { root, draft, asks_for_unevaluated: false, named: BTreeMap::new() };
        document.collect(root, &mut String::new(), 0);
        document
    }

    /// A schema for schemas, which is written in its own draft and names no part.
    pub(super) fn metaschema(root: &'s Json, draft: u16) -> Document<'s> {
        Document { root, draft, asks_for_unevaluated: false, named: BTreeMap::new() }
    }

    /// The schema that a reference leads to.
    ///
    /// # Errors
    /// What cannot be found.
    pub(super) fn resolve(&self, reference: &str) -> Result<&'s Json, String> {
        match self.target(reference)? {
            Target::Pointer(pointer) => self.at(&pointer),
            Target::Anything => Ok(&Json::Bool(true)),
        }
    }

    /// The part of the document at a JSON pointer.
    ///
    /// # Errors
    /// That there is none.
    pub(super) fn at(&self, pointer: &str) -> Result<&'s Json, String> {
        let part = self.root.pointer(pointer);
        part.ok_or_else(|| format!("json-pointer in {} not found", go_quoted(&address(pointer))))
    }

    /// Where a reference leads.
    ///
    /// # Errors
    /// That the schema has no such anchor, or that another document cannot be loaded.
    pub(super) fn target(&self, reference: &str) -> Result<Target, String> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = unescaped(fragment);
        let named = |name: &str| self.named.get(name).cloned();
        let from = match base {
            "" | ADDRESS => String::new(),
            base => match named(base) {
                Some(pointer) => pointer,
                // A metaschema takes every schema; what a values schema embeds of it needs no check here. An
                // unresolved URN takes everything in Helm too.
                None if base.contains("json-schema.org") || base.starts_with("urn:") => {
                    return Ok(Target::Anything);
                }
                None => return Err(not_loaded(base)),
            },
        };
        if fragment.is_empty() || fragment.starts_with('/') {
            return Ok(Target::Pointer(from + &fragment));
        }
        named(&format!("#{fragment}")).map(Target::Pointer).ok_or_else(|| {
            let address = go_quoted(&address(&fragment));
            format!("anchor in {address} not found in schema {}", go_quoted(ADDRESS))
        })
    }

    fn collect(&mut self, schema: &'s Json, pointer: &mut String, depth: usize) {
        if depth > super::MAX_DEPTH {
            return;
        }
        let length = pointer.len();
        match schema {
            Json::Object(keywords) => {
                for (keyword, value) in keywords {
                    match (keyword.as_str(), value) {
                        ("$id" | "id", Json::String(id)) => {
                            self.named.insert(id.trim_end_matches('#').to_owned(), pointer.clone());
                        }
                        ("$anchor" | "$dynamicAnchor", Json::String(anchor)) => {
                            self.named.insert(format!("#{anchor}"), pointer.clone());
                        }
                        ("enum" | "const" | "default" | "examples", _) => continue,
                        _ => self.asks_for_unevaluated |= keyword.starts_with("unevaluated"),
                    }
                    push_step(pointer, keyword);
                    self.collect(value, pointer, depth + 1);
                    pointer.truncate(length);
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    push_step(pointer, &index.to_string());
                    self.collect(item, pointer, depth + 1);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

/// Adds a key or an index to a JSON pointer.
pub(super) fn push_step(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// The address of a part of the document, its fragment escaped as in Go.
pub(super) fn address(fragment: &str) -> String {
    let mut address = format!("{ADDRESS}#");
    for byte in fragment.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~$&+=:@".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

/// Why another document is not there: there is neither a network nor a file system.
fn not_loaded(base: &str) -> String {
    let (url, reason) = match base.split_once(':') {
        Some(("http" | "https", _)) => {
            (base.to_owned(), format!("HTTP request failed for {base}: there is no network"))
        }
        Some(("file", path)) => {
            let path = path.trim_start_matches("//");
            (base.to_owned(), format!("open {path}: no such file or directory"))
        }
        Some((scheme, _)) if !scheme.contains('/') => {
            (base.to_owned(), format!("no URLLoader registered for {}", go_quoted(base)))
        }
        _ => {
            let path = base.trim_start_matches("./").trim_start_matches('/');
            (format!("file:///{path}"), format!("open /{path}: no such file or directory"))
        }
    };
    format!("failing loading {}: {reason}", go_quoted(&url))
}

/// A fragment without percent escapes.
fn unescaped(fragment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
