//! Where a field of an object was written: the line of the rendered manifests.

use std::rc::Rc;

use super::object::{ObjectKey, split_ordinal};
use super::rendering::{DocumentView, Rendering};
use crate::api::field::span_of;
use crate::yaml;

/// A line of the rendered manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The line, from 1.
    pub line: u32,
    /// What stands there, without indentation.
    pub text: Rc<str>,
    /// The template that it comes from: `app/templates/service.yaml`.
    pub source: Rc<str>,
}

/// The document that made an object; for a pod or a claim, that of its set.
fn document<'r>(rendering: &'r Rendering, key: &ObjectKey) -> Option<&'r DocumentView> {
    let named = |kind: &str, name: &str| {
        let name = format!("{kind}/{name}");
        rendering.documents.iter().find(|document| *document.name == *name)
    };
    named(&key.kind, &key.name).or_else(|| {
        let (parent, _) = split_ordinal(&key.name)?;
        rendering.documents.iter().find(|document| {
            let set = document.name.strip_prefix("StatefulSet/");
            set.is_some_and(|set| parent == set || parent.ends_with(&format!("-{set}")))
        })
    })
}

/// Where a field of an object was written, or the object if it does not say the field.
pub fn source_line(rendering: &Rendering, key: &ObjectKey, field: &str) -> Option<SourceLine> {
    let document = document(rendering, key)?;
    let text = rendering.text.get(document.bytes.clone())?;
    let parsed = yaml::parse(text);
    // A pod's and a claim's own fields stand in the template of their set.
    let is_own = document.name.strip_prefix(key.kind.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let field = match key.kind.as_str() {
        _ if is_own => field.to_owned(),
        "Pod" if !field.is_empty() => format!("spec.template.{field}"),
        _ => String::new(),
    };
    let line = match field.as_str() {
        "" => 1,
        field => span_of(&parsed.documents.first()?.root, field).start.line.max(1),
    };
    let written = text.lines().nth(line as usize - 1).unwrap_or_default().trim().into();
    Some(SourceLine { line: document.line + line - 1, text: written, source: document.source.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\n# Source: app/templates/set.yaml\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  \
        podManagementPolicy: OrderedReady\n  template:\n    spec:\n      terminationGracePeriodSeconds: 5\n";

    fn check(kind: &str, name: &str, field: &str, expected: Option<(&str, u32)>) {
        let start = TEXT.find("kind").unwrap_or_default();
        let document = DocumentView {
            source: "app/templates/set.yaml".into(),
            name: "StatefulSet/web".into(),
            api_version: "apps/v1".into(),
            kind: "StatefulSet".into(),
            line: 3,
            bytes: start..TEXT.len(),
            hook: "".into(),
        };
        let rendering = Rendering { text: TEXT.into(), documents: vec![document], ..Rendering::default() };
        let key = ObjectKey { kind: kind.into(), namespace: "default".into(), name: name.into() };
        let found = source_line(&rendering, &key, field);
        let found = found.as_ref().map(|found| (&*found.text, found.line));
        assert_eq!(found, expected);
    }

    #[test]
    fn fields_are_found_where_they_were_written() {
        check(
            "StatefulSet",
            "web",
            "spec.podManagementPolicy",
            Some(("podManagementPolicy: OrderedReady", 7)),
        );
        check(
            "Pod",
            "web-0",
            "spec.terminationGracePeriodSeconds",
            Some(("terminationGracePeriodSeconds: 5", 10)),
        );
        check("PersistentVolumeClaim", "data-web-0", "spec.resources", Some(("kind: StatefulSet", 3)));
        check("StatefulSet", "other", "spec", None);
    }
}
