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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::builtin;
    use crate::chart::values::ValuesFile;

    fn preview(id: &str, values: &str) -> Preview {
        let built_in =
            builtin().iter().find(|built_in| built_in.id == id).expect("the gallery has the chart");
        let chart = Chart::load_folder(&built_in.tree()).expect("a chart of the gallery loads");
        let file = ValuesFile { path: "mine.yaml".to_owned(), text: values.to_owned() };
        let sources = Sources { files: vec![file], ..Sources::default() };
        let release = Release { provenance: true, ..Release::new(built_in.release, built_in.namespace) };
        Helm::default().preview(&chart, &sources, &release)
    }

    #[test]
    fn every_line_tells_its_template_line_and_values() {
        let preview = preview("lab-a", "replicaCount: 4\n");
        let rendering = preview.outcome.unwrap_or_else(|failure| panic!("{}", failure.message));
        let set = rendering.documents().find(|document| document.kind == "StatefulSet").expect("a set");
        let origins = rendering.origins(set, &rendering.paths());
        let index =
            set.text.lines().position(|line| line.trim() == "replicas: 4").expect("a line of replicas");
        let origin = origins[index].as_ref().expect("the line has an origin");
        let template = &rendering.templates[&origin.template];
        let line = template.lines().nth(origin.line as usize - 1).unwrap_or_default();
        assert!(line.contains("replicas:"), "{origin:?} is {line:?}");
        assert_eq!(origin.values, [".Values.replicaCount"]);
        for (line, origin) in set.text.lines().zip(&origins) {
            assert!(origin.is_some() || line.trim().is_empty(), "{line:?} has no origin");
        }
    }

    #[test]
    fn findings_name_file_and_line() {
        let check = |id, values, file: &str, line| {
            let preview = preview(id, values);
            let located = preview.findings.first().unwrap_or_else(|| panic!("{id} has no finding"));
            let place = located.diagnostic.span.map_or(0, |span| span.start.line);
            assert_eq!((located.file.as_str(), place), (file, line), "{:?}", located.diagnostic);
        };
        check("lab-a", "a: 1\nb: [\n", "mine.yaml", 2);
        check("lab-c", "secret: 1\nsecrets: 2\n", "fastapi-app/templates/statefulset.yaml", 44);
        check("lab-a-broken", "", "app-python-helm/templates/statefulset.yaml", 59);
    }
}
