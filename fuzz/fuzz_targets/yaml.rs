//! No text makes the YAML reader, printer or editor panic, and what is printed reads back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statefulset_playground::yaml;

fuzz_target!(|text: &str| {
    let parsed = yaml::parse(text);
    for document in &parsed.documents {
        let value = document.root.to_json();
        let printed = yaml::print(&value);
        // A key `<<` is printed bare, so it reads back as a merge key; a NEL folds on its way through JSON, as with
        // Kubernetes' encoder; and some texts have no YAML form at all.
        if !printed.is_empty() && !printed.contains("<<:") && !value.to_string().contains('\u{85}') {
            let read = yaml::parse(&printed);
            assert_eq!(read.documents.first().map(|document| document.root.to_json()), Some(value.clone()));
        }
        let _ = yaml::print_pretty(&value);
    }
    let Some(document) = parsed.documents.first() else { return };
    for offset in [text.len() / 3, text.len() / 2] {
        let Some(path) = yaml::node_at(&document.root, offset) else { continue };
        let _ = yaml::set(text, &path, &serde_json::json!({"a": ["b\nc", 1]}));
        let _ = yaml::remove(text, &path);
    }
});
