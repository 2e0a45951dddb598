//! Rendered files to single manifests in the order of installation, hooks apart.
//!
//! In: rendered text by template path. Out: [`Sorted`]. Splitting is textual and sorting by kind, as in Helm.

mod head;
mod kind_order;
mod split;

use std::collections::BTreeMap;

use super::log::{Level, Log, Record};
use crate::gather::sort_by;
pub(crate) use head::Head;
pub(crate) use kind_order::install_order;
pub(crate) use split::{Piece, split};

/// One manifest that is no hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Path of the template that wrote it, as `# Source:` names it.
    pub source: String,
    /// Its text, without `---`.
    pub text: String,
    /// Where the text begins in what the template wrote, in bytes.
    pub offset: usize,
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// What makes it a hook; `None` for a manifest of the release.
    pub hook: Option<Hook>,
}

/// What a hook's annotations say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// When it runs: `pre-install`, `test`, …
    pub events: Vec<&'static str>,
    /// Lower weights run first.
    pub weight: i64,
    /// When it is deleted: `before-hook-creation`, `hook-succeeded`, `hook-failed`.
    pub delete_policies: Vec<String>,
    /// When its log is shown.
    pub output_log_policies: Vec<String>,
}

impl Hook {
    /// Whether `helm test` runs it.
    pub fn is_test(&self) -> bool {
        self.events.contains(&"test")
    }
}

/// The manifests of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// Hooks in install order of their kinds; weights do not count here.
    pub hooks: Vec<Manifest>,
    /// The others, in install order.
    pub manifests: Vec<Manifest>,
}

const EVENTS: [(&str, &str); 10] = [
    ("pre-install", "pre-install"),
    ("post-install", "post-install"),
    ("pre-delete", "pre-delete"),
    ("post-delete", "post-delete"),
    ("pre-upgrade", "pre-upgrade"),
    ("post-upgrade", "post-upgrade"),
    ("pre-rollback", "pre-rollback"),
    ("post-rollback", "post-rollback"),
    ("test", "test"),
    ("test-success", "test"),
];

/// Why rendered files could not be sorted.
pub(crate) struct Unreadable {
    /// The file whose head cannot be read.
    pub(crate) path: String,
    /// Helm's words.
    pub(crate) message: String,
    /// The hooks found before it.
    pub(crate) hooks: Vec<Manifest>,
}

/// The manifests of a file as it stands; one that cannot be read has no kind and no name.
pub(crate) fn of_file(path: &str, text: &str) -> Vec<Manifest> {
    let manifest = |piece: &Piece<'_>| {
        let head = Head::read(piece.text).unwrap_or_default();
        Manifest {
            source: path.to_owned(),
            text: piece.text.to_owned(),
            offset: piece.offset,
            api_version: head.api_version,
            kind: head.kind,
            name: head.name,
            hook: None,
        }
    };
    split(text).iter().map(manifest).collect()
}

/// Splits and sorts rendered files.
///
/// # Errors
/// The first file that cannot be read.
pub(crate) fn sort(files: &BTreeMap<String, &str>, log: &mut Log) -> Result<Sorted, Unreadable> {
    let mut sorted = Sorted::default();
    for (path, text) in files {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with('_') || text.trim().is_empty() {
            continue;
        }
        for Piece { text, offset } in split(text) {
            let head = match Head::read(text) {
                Ok(head) => head,
                Err(error) => {
                    let message = format!("YAML parse error on {path}: {error}");
                    return Err(Unreadable { path: path.clone(), message, hooks: sorted.hooks });
                }
            };
            let mut manifest = Manifest {
                source: path.clone(),
                text: text.to_owned(),
                offset,
                api_version: head.api_version,
                kind: head.kind,
                name: head.name,
                hook: None,
            };
            let Some(types) = annotation(&head.annotations, "helm.sh/hook") else {
                sorted.manifests.push(manifest);
                continue;
            };
            let event = |name: &str| {
                let name = name.trim().to_lowercase();
                EVENTS.iter().find(|(known, _)| *known == name).map(|(_, event)| *event)
            };
            let Some(events) = types.split(',').map(event).collect::<Option<Vec<_>>>() else {
                log.add(Record::new(Level::Info, "skipping unknown hooks").with("hookTypes", types));
                continue;
            };
            let policies = |name| {
                let names = annotation(&head.annotations, name).map(|names| names.split(','));
                names.into_iter().flatten().map(|name| name.trim().to_lowercase()).collect()
            };
            let weight =
                annotation(&head.annotations, "helm.sh/hook-weight").and_then(|weight| weight.parse().ok());
            manifest.hook = Some(Hook {
                events,
                weight: weight.unwrap_or(0),
                delete_policies: policies("helm.sh/hook-delete-policy"),
                output_log_policies: policies("helm.sh/hook-output-log-policy"),
            });
            sorted.hooks.push(manifest);
        }
    }
    for list in [&mut sorted.hooks, &mut sorted.manifests] {
        sort_by(list, |left, right| install_order(&left.kind, &right.kind));
    }
    Ok(sorted)
}

fn annotation<'a>(annotations: &'a [(String, String)], name: &str) -> Option<&'a str> {
    annotations.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
