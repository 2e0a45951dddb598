//! The charts on offer and one try to render: from the reader's inputs to manifests and findings.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::inputs::{Inputs, LONGEST_TEXT};
use super::problem::{File, Problem};
use super::rendering::{Attempt, DocumentView, Origin, Rendering};
use super::{judge, provenance, values_form};
use crate::chart::manifest::Manifest;
use crate::chart::values::{Sources, ValuesFile};
use crate::chart::{self, BuiltIn, Chart, Helm, Level, Located, Log, Release, builtin};
use crate::diagnostic::{Diagnostic, Severity};
use crate::gather::Gather;
use crate::session::{Action, HookEvent, HookManifest};
use crate::yaml;

/// A chart of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartCard {
    /// Its id.
    pub id: &'static str,
    /// The lab's letter.
    pub lab: char,
    /// What to call it.
    pub title: &'static str,
    /// One sentence about it.
    pub summary: &'static str,
}

/// The charts of the gallery, in its order.
pub fn cards() -> Vec<ChartCard> {
    let card = |chart: &BuiltIn| {
        // The card and the head name the lab beside the title.
        let title = chart.title.split_once(": ").map_or(chart.title, |(_, title)| title);
        ChartCard { id: chart.id, lab: chart.lab, title, summary: chart.summary }
    };
    builtin().iter().map(card).collect()
}

fn find(id: &str) -> Option<&'static BuiltIn> {
    builtin().iter().find(|chart| chart.id == id)
}

/// The id of a chart that exists: `id`, or the gallery's first.
pub fn known(id: &str) -> &'static str {
    find(id).or_else(|| builtin().first()).map_or("", |chart| chart.id)
}

/// The inputs that a chart starts with: its own values, to be changed.
pub fn first_inputs(id: &str) -> Inputs {
    let chart = find(id);
    let values = texts(id).remove("values.yaml").unwrap_or_default();
    Inputs {
        chart: id.into(),
        values: values.into(),
        edits: BTreeMap::new(),
        release: chart.map_or("release", |chart| chart.release).into(),
        namespace: chart.map_or("default", |chart| chart.namespace).into(),
    }
}

/// The files of a chart that are text, by path.
pub fn texts(id: &str) -> BTreeMap<String, String> {
    let files = find(id).map(|chart| chart.files).unwrap_or_default();
    files
        .iter()
        .filter_map(|(path, data)| Some(((*path).to_owned(), std::str::from_utf8(data).ok()?.to_owned())))
        .gather()
}

/// The text of a chart's file as the reader has it; `None` if there is no such file, or it is no text.
pub fn text_of(inputs: &Inputs, path: &str) -> Option<String> {
    let edited = inputs.edits.get(path).map(|text| text.to_string());
    edited.or_else(|| texts(&inputs.chart).remove(path))
}

/// Renders, and keeps the loaded chart for the next time: a change of the values alone parses no template again.
#[derive(Default)]
pub struct Workbench {
    helm: Helm,
    loaded: Option<Loaded>,
}

/// A loaded chart and what it was loaded from.
struct Loaded {
    id: Rc<str>,
    edits: BTreeMap<Rc<str>, Rc<str>>,
    chart: Rc<Chart>,
}

impl Workbench {
    /// One try to render.
    pub fn attempt(&mut self, inputs: &Inputs) -> Attempt {
        if inputs.size() > LONGEST_TEXT {
            return Attempt { problems: Rc::new(vec![too_long(inputs)]), ..Attempt::default() };
        }
        let parsed = yaml::parse(&inputs.values);
        let mut problems: Vec<Problem> =
            parsed.diagnostics.iter().map(|found| in_file(found, File::Values)).collect();
        let form =
            parsed.documents.first().and_then(|document| values_form::form(&inputs.values, &document.root));
        let has_unreadable_values = problems.iter().any(|problem| problem.severity == Severity::Error);
        let rendering = match self.render(inputs, parsed.documents.first().map(|document| &document.root)) {
            Ok((rendering, found)) => {
                problems.extend(found);
                Some(Rc::new(rendering))
            }
            // What the values' own reader says of the values is said already.
            Err(found) => {
                let is_new = |problem: &Problem| {
                    !has_unreadable_values
                        || problem.place.as_ref().is_none_or(|(file, _)| *file != File::Values)
                };
                problems.extend(found.into_iter().filter(is_new));
                None
            }
        };
        Attempt { rendering, form: form.map(Rc::new), problems: Rc::new(problems) }
    }

    fn render(
        &mut self,
        inputs: &Inputs,
        values: Option<&yaml::Node>,
    ) -> Result<(Rendering, Vec<Problem>), Vec<Problem>> {
        let chart =
            self.chart(inputs).map_err(|message| vec![Problem::new(Severity::Error, message, None)])?;
        let own_values = ValuesFile { path: VALUES.to_owned(), text: inputs.values.to_string() };
        let sources = Sources { files: vec![own_values], ..Sources::default() };
        let mut release = Release::new(&*inputs.release, &*inputs.namespace);
        release.provenance = true;
        let preview = self.helm.preview(&chart, &sources, &release);
        let found = preview.findings.iter().map(|found| located(found, chart.name()));
        match preview.outcome {
            Err(_) => Err(found.collect()),
            Ok(rendered) => {
                let mut problems: Vec<Problem> = found.chain(warnings(&preview.log)).collect();
                let rendering = write_down(&rendered, chart.name());
                problems.extend(judge::judge(&rendering, &inputs.namespace));
                let origin_of = |line| rendering.origin_of_line(line).cloned();
                provenance::trace(&mut problems, inputs, values, &rendering.text, &origin_of);
                Ok((rendering, problems))
            }
        }
    }

    fn chart(&mut self, inputs: &Inputs) -> Result<Rc<Chart>, String> {
        if let Some(loaded) = &self.loaded
            && loaded.id == inputs.chart
            && loaded.edits == inputs.edits
        {
            return Ok(Rc::clone(&loaded.chart));
        }
        let mut tree = find(&inputs.chart).map(BuiltIn::tree).unwrap_or_default();
        for (path, text) in &inputs.edits {
            tree.insert(path.to_string(), text.as_bytes().to_vec());
        }
        let chart = Rc::new(Chart::load_folder(&tree)?);
        self.loaded = Some(Loaded {
            id: Rc::clone(&inputs.chart),
            edits: inputs.edits.clone(),
            chart: Rc::clone(&chart),
        });
        Ok(chart)
    }
}

/// The action that applies a render.
pub fn apply(inputs: &Inputs, rendering: &Rendering) -> Action {
    let hook = |manifest: &Manifest| {
        let hook = manifest.hook.as_ref()?;
        let events: Vec<HookEvent> = hook.events.iter().filter_map(|event| HookEvent::named(event)).collect();
        (!events.is_empty()).then(|| HookManifest {
            manifest: manifest.text.clone(),
            events,
            weight: i32::try_from(hook.weight).unwrap_or_default(),
            delete_policies: hook.delete_policies.clone(),
        })
    };
    Action::Apply {
        release: inputs.release.to_string(),
        namespace: inputs.namespace.to_string(),
        manifest: rendering.manifest.to_string(),
        hooks: rendering.hooks.iter().filter_map(hook).collect(),
    }
}

fn too_long(inputs: &Inputs) -> Problem {
    let message = format!(
        "The values and edits are {} KiB long. They are kept, but not rendered: Helm stores a release in a Secret, \
         which holds at most 1024 KiB.",
        inputs.size() / 1024
    );
    Problem::new(Severity::Error, message, Some((File::Values, None)))
}

fn in_file(found: &Diagnostic, file: File) -> Problem {
    let problem = Problem::new(found.severity, found.message.clone(), Some((file, found.span)));
    Problem { hints: found.hints.clone(), ..problem }
}

/// The path under which Helm gets the reader's values.
const VALUES: &str = "your values.yaml";

fn located(found: &Located, chart: &str) -> Problem {
    let file = if found.file == VALUES { File::Values } else { File::Chart(inside(&found.file, chart)) };
    in_file(&found.diagnostic, file)
}

/// The path inside the chart of a path that begins with the chart's name.
fn inside(path: &str, chart: &str) -> Rc<str> {
    path.strip_prefix(chart).and_then(|path| path.strip_prefix('/')).unwrap_or(path).into()
}

/// What Helm's log warns of.
fn warnings(log: &Log) -> impl Iterator<Item = Problem> {
    log.records().iter().filter(|record| record.level >= Level::Warn).map(|record| Problem {
        hints: record.details.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
        ..Problem::new(Severity::Warning, record.message.clone(), None)
    })
}

/// The text as `helm template` prints it, and where each document begins in it and comes from.
fn write_down(rendered: &chart::Rendering, chart: &str) -> Rendering {
    let mut text = String::new();
    let mut line = 1;
    let mut documents = Vec::new();
    for manifest in rendered.documents() {
        let start = text.len();
        text.push_str(&format!("---\n# Source: {}\n", manifest.source));
        let body = text.len();
        text.push_str(&manifest.text);
        let origins = rendered.origins(manifest).into_iter().map(|origin| {
            let chart::Origin { template, line, values, .. } = origin?;
            Some(Origin {
                file: inside(&template, chart),
                line,
                values: values.into_iter().map(Rc::from).collect(),
            })
        });
        documents.push(DocumentView {
            source: manifest.source.as_str().into(),
            name: format!("{}/{}", manifest.kind, manifest.name).into(),
            api_version: manifest.api_version.as_str().into(),
            kind: manifest.kind.as_str().into(),
            line: line + 2,
            bytes: body..text.len(),
            hook: manifest.hook.as_ref().map_or(String::new(), |hook| hook.events.join(", ")).into(),
            origins: origins.collect(),
        });
        text.push('\n');
        line += text[start..].bytes().filter(|byte| *byte == b'\n').count() as u32;
    }
    Rendering {
        text: text.into(),
        documents,
        notes: rendered.notes.as_str().into(),
        manifest: rendered.manifest().into(),
        hooks: rendered.sorted.hooks.clone(),
    }
}
