//! What a page shows while its reader edits a chart: everything that a rendering gives, or everything that is wrong,
//! each with its place in a file.

use super::diagnose::{self, Located};
use super::engine::Helm;
use super::load::Chart;
use super::log::Log;
use super::release::Release;
use super::render::{Failure, Rendering, render};
use super::values::Sources;
use crate::diagnostic::{Diagnostic, Severity};
use crate::template::value::Map;
use crate::yaml;

/// The outcome of one edit.
pub struct Preview {
    /// The user's values, files and flags merged; `None` if they cannot be read.
    pub user_values: Option<Map>,
    /// What came out, or why nothing did.
    pub outcome: Result<Rendering, Failure>,
    /// What is wrong, with file, line and column; empty if something came out.
    pub findings: Vec<Located>,
    /// What Helm logs: warnings about values, unknown hooks and the like.
    pub log: Log,
}

impl Helm {
    /// Renders a chart with the user's values and keeps everything. What did not change since an earlier call is not
    /// parsed again.
    pub fn preview(&self, chart: &Chart, sources: &Sources, release: &Release) -> Preview {
        let mut log = Log::default();
        let user_values = match sources.merge() {
            Ok(values) => values,
            Err(message) => {
                let findings = unreadable_values(sources, &message);
                let outcome = Err(Failure { message, findings: findings.clone(), partial: None });
                return Preview { user_values: None, outcome, findings, log };
            }
        };
        let outcome = render(self, chart, &user_values, release, &mut log);
        let findings = match &outcome {
            Ok(_) => Vec::new(),
            Err(failure) if !failure.findings.is_empty() => failure.findings.clone(),
            Err(failure) => {
                let mut texts = vec![("values.yaml".to_owned(), &*chart.values_text)];
                texts.extend(sources.files.iter().map(|file| (file.path.clone(), file.text.as_str())));
                let found = diagnose::in_values(&failure.message, &texts);
                if found.is_empty() { vec![somewhere("Chart.yaml", &failure.message)] } else { found }
            }
        };
        Preview { user_values: Some(user_values), outcome, findings, log }
    }
}

/// The places in the values files that cannot be read; without one, the message at no place.
fn unreadable_values(sources: &Sources, message: &str) -> Vec<Located> {
    let mut found = Vec::new();
    for file in &sources.files {
        let diagnostics = yaml::parse(&file.text).diagnostics.into_iter();
        let errors = diagnostics.filter(|diagnostic| diagnostic.severity == Severity::Error);
        found.extend(errors.map(|diagnostic| Located { file: file.path.clone(), diagnostic }));
    }
    if found.is_empty() { vec![somewhere("values", message)] } else { found }
}

fn somewhere(file: &str, message: &str) -> Located {
    Located { file: file.to_owned(), diagnostic: Diagnostic::error(None, message) }
}
