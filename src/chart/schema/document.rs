//! A schema document: its draft, and where its references lead.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A schema with its named parts.
pub(super) struct Document<'s> {
    /// The whole schema.
    pub(super) root: &'s Json,
    /// The version of the language: 4, 6, 7, 2019 or 2020.
    pub(super) draft: u16,
    /// Subschemas that have an `$id` or an anchor, by that name.
    named: BTreeMap<String, &'s Json>,
}

impl<'s> Document<'s> {
    /// Reads the draft and the names of a schema.
    pub(super) fn new(root: &'s Json) -> Document<'s> {
        let declared = root.get("$schema").and_then(Json::as_str).unwrap_or_default();
        let draft = [("draft-04", 4), ("draft-06", 6), ("draft-07", 7), ("2019-09", 2019)]
            .into_iter()
            .find(|(name, _)| declared.contains(name))
            .map_or(2020, |(_, draft)| draft);
        let mut named = BTreeMap::new();
        collect(root, &mut named, 0);
        Document { root, draft, named }
    }

    /// The schema that a `$ref` leads to.
    ///
    /// # Errors
    /// What cannot be found.
    pub(super) fn resolve(&self, reference: &str) -> Result<&'s Json, String> {
        if let Some(schema) = self.named.get(reference) {
            return Ok(schema);
        }
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let from = match base {
            "" => self.root,
            // A metaschema takes every schema; what a values schema embeds of it needs no check here.
            _ if base.contains("json-schema.org") => return Ok(&Json::Bool(true)),
            _ => match self.named.get(base) {
                Some(schema) => schema,
                None => return Err(format!("failing loading {}", super::report::go_quoted(&absolute(base)))),
            },
        };
        if fragment.is_empty() {
            return Ok(from);
        }
        if !fragment.starts_with('/') {
            let named = self.named.get(&format!("#{fragment}"));
            return named.copied().ok_or_else(|| missing(fragment));
        }
        from.pointer(&unescaped(fragment)).ok_or_else(|| missing(fragment))
    }
}

fn missing(fragment: &str) -> String {
    format!("jsonpointer in \"file:///values.schema.json#{fragment}\" not found")
}

fn absolute(base: &str) -> String {
    if base.contains("://") { base.to_owned() } else { format!("file:///{}", base.trim_start_matches("./")) }
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

fn collect<'s>(schema: &'s Json, named: &mut BTreeMap<String, &'s Json>, depth: usize) {
    if depth > super::MAX_DEPTH {
        return;
    }
    match schema {
        Json::Object(keywords) => {
            for keyword in ["$id", "id"] {
                if let Some(Json::String(id)) = keywords.get(keyword) {
                    named.insert(id.trim_end_matches('#').to_owned(), schema);
                }
            }
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(Json::String(anchor)) = keywords.get(keyword) {
                    named.insert(format!("#{anchor}"), schema);
                }
            }
            for (keyword, value) in keywords {
                if !matches!(keyword.as_str(), "enum" | "const" | "default" | "examples") {
                    collect(value, named, depth + 1);
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, named, depth + 1)),
        _ => {}
    }
}
