//! The charts on offer and one try to render: from the reader's inputs to manifests and findings.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::inputs::{Edit, Inputs, LONGEST_TEXT, Operation, as_text};
use super::problem::{File, Problem};
use super::rendering::{Attempt, DocumentView, Rendering};
use super::trace::{self, Trace};
use super::{judge, provenance, values_form};
use crate::chart::manifest::Manifest;
use crate::chart::values::{Sources, ValuesFile};
use crate::chart::{
    self, BuiltIn, Chart, FileTree, FolderRules, Helm, Level, Located, Log, Release, archive, builtin,
};
use crate::diagnostic::{Diagnostic, Severity};
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

/// The files of a built-in chart; without such a chart, those of the gallery's first, by its id.
pub fn built_in(id: &str) -> (&'static str, Rc<FileTree>) {
    let chart = find(id).or_else(|| builtin().first());
    chart.map_or_else(Default::default, |chart| (chart.id, Rc::new(chart.tree())))
}

/// The inputs that a chart starts with: its own values, to be changed.
pub fn first_inputs(id: &str, files: Rc<FileTree>) -> Inputs {
    let chart = find(id);
    let values = files.get("values.yaml").and_then(|values| as_text(values)).unwrap_or_default();
    let name = chart.map_or_else(
        || Chart::load_folder(&files).map_or_else(|_| "release".to_owned(), |chart| chart.name().to_owned()),
        |chart| chart.release.to_owned(),
    );
    Inputs {
        chart: id.into(),
        values: values.into(),
        files,
        edits: BTreeMap::new(),
        release: name.into(),
        namespace: chart.map_or("default", |chart| chart.namespace).into(),
        options: Rc::default(),
        installed: 0,
    }
}

/// The inputs that a built-in chart starts with.
#[cfg(test)]
pub(super) fn lab_inputs(id: &str) -> Inputs {
    let (id, files) = built_in(id);
    first_inputs(id, files)
}

/// Files of the chart that look like values for `-f`: YAML beside the templates and the subcharts, called values.
pub fn values_files(inputs: &Inputs) -> Vec<Rc<str>> {
    let is_values = |path: &Rc<str>| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        let is_outside = !path.starts_with("templates/") && !path.starts_with("charts/");
        is_yaml
            && is_outside
            && name.contains("values")
            && &**path != "values.yaml"
            && inputs.file(path).is_some()
    };
    inputs.paths().into_iter().filter(is_values).collect()
}

/// The chart as `helm package` packs it: the archive's name and its bytes.
///
/// # Errors
/// Helm's words for a chart that cannot be read.
pub fn package(inputs: &Inputs) -> Result<(String, Vec<u8>), String> {
    let mut files = inputs.tree();
    let chart = Chart::load_folder(&files)?;
    let rules = files.get(".helmignore").map(|rules| String::from_utf8_lossy(rules).into_owned());
    let rules = FolderRules::parse(&rules.unwrap_or_default())?;
    files.retain(|path, _| !rules.skip_file(path));
    Ok((format!("{}-{}.tgz", chart.name(), chart.metadata.version), archive::write(chart.name(), &files)))
}

/// Renders, and keeps the loaded chart for the next time: a change of the values alone parses no template again.
#[derive(Default)]
pub struct Workbench {
    helm: Helm,
    loaded: Option<Loaded>,
    /// What was rendered last, until it is traced.
    last: Option<(Inputs, Rc<Chart>, chart::Rendering)>,
    /// What was asked last where it comes from.
    traced: Option<(Inputs, Rc<Trace>)>,
}

/// A loaded chart and what it was loaded from.
struct Loaded {
    files: Rc<FileTree>,
    edits: BTreeMap<Rc<str>, Edit>,
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
        let rendering = match self.render(inputs) {
            Ok((rendering, mut found)) => {
                if found.iter().any(|problem| problem.is_in(&File::Manifests))
                    && let Some(trace) = self.trace(inputs)
                {
                    let root = parsed.documents.first().map(|document| &document.root);
                    let origin_of = |line| trace.line(line).cloned();
                    provenance::trace(&mut found, inputs, root, &rendering.text, &origin_of);
                }
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

    /// Where each line of what the inputs render comes from; `None` if they render nothing. What was rendered last is
    /// not rendered again.
    pub fn trace(&mut self, inputs: &Inputs) -> Option<Rc<Trace>> {
        if let Some((traced, trace)) = &self.traced
            && traced == inputs
        {
            return Some(Rc::clone(trace));
        }
        let last = self.last.take().filter(|(of, ..)| of == inputs);
        let (chart, rendered) = match last {
            Some((_, chart, rendered)) => (chart, rendered),
            None => self.preview(inputs).ok().map(|(chart, rendered, _)| (chart, rendered))?,
        };
        let trace = Rc::new(Trace::new(&rendered, chart.name(), inputs));
        self.traced = Some((inputs.clone(), Rc::clone(&trace)));
        Some(trace)
    }

    /// What was traced last.
    pub fn last_trace(&self) -> Option<Rc<Trace>> {
        self.traced.as_ref().map(|(_, trace)| Rc::clone(trace))
    }

    fn render(&mut self, inputs: &Inputs) -> Result<(Rendering, Vec<Problem>), Vec<Problem>> {
        let (chart, rendered, log) = self.preview(inputs)?;
        let mut problems: Vec<Problem> = warnings(&log).collect();
        let rendering = write_down(&rendered);
        problems.extend(judge::judge(&rendering, &inputs.namespace));
        self.last = Some((inputs.clone(), chart, rendered));
        Ok((rendering, problems))
    }

    fn preview(&mut self, inputs: &Inputs) -> Result<(Rc<Chart>, chart::Rendering, Log), Vec<Problem>> {
        let chart = self.chart(inputs).map_err(nowhere)?;
        let release = release(inputs).map_err(nowhere)?;
        let preview = self.helm.preview(&chart, &sources(inputs), &release);
        match preview.outcome {
            Err(_) => {
                let found = preview.findings.iter();
                Err(found.map(|found| located(found, chart.name(), inputs)).collect())
            }
            Ok(rendered) => Ok((chart, rendered, preview.log)),
        }
    }

    fn chart(&mut self, inputs: &Inputs) -> Result<Rc<Chart>, String> {
        if let Some(loaded) = &self.loaded
            && Rc::ptr_eq(&loaded.files, &inputs.files)
            && loaded.edits == inputs.edits
        {
            return Ok(Rc::clone(&loaded.chart));
        }
        let chart = Rc::new(Chart::load_folder(&inputs.tree())?);
        self.loaded = Some(Loaded {
            files: Rc::clone(&inputs.files),
            edits: inputs.edits.clone(),
            chart: Rc::clone(&chart),
        });
        Ok(chart)
    }
}

/// The values that Helm gets: the chart's files that the reader chose, then the reader's values, then `--set`.
fn sources(inputs: &Inputs) -> Sources {
    let options = &inputs.options;
    let mut sources = Sources::default();
    for path in &options.values_files {
        match inputs.text(path) {
            Some(text) => sources.files.push(ValuesFile { path: path.clone(), text: text.to_owned() }),
            None => {
                sources.files.push(ValuesFile { path: path.clone(), text: String::new() });
                sources.absent.push(path.clone());
            }
        }
    }
    sources.files.push(ValuesFile { path: VALUES.to_owned(), text: inputs.values.to_string() });
    sources.set.extend((!options.set.trim().is_empty()).then(|| options.set.clone()));
    sources
}

fn release(inputs: &Inputs) -> Result<Release, String> {
    let options = &inputs.options;
    let is_upgrade = match options.operation {
        Operation::Auto => inputs.installed > 0,
        Operation::Install => false,
        Operation::Upgrade => true,
    };
    let names = options.api_versions.split([',', ' ', '\n']).filter(|name| !name.is_empty());
    let release = Release {
        is_upgrade,
        revision: if is_upgrade { i64::from(inputs.installed.max(1)) + 1 } else { 1 },
        api_versions: names.map(str::to_owned).collect(),
        include_crds: options.include_crds,
        provenance: true,
        seed: u64::from(options.drawn_at),
        now: (i64::from(options.drawn_at), 0),
        ..Release::new(&*inputs.release, &*inputs.namespace)
    };
    match options.kube_version.trim() {
        "" => Ok(release),
        version => release.on_kubernetes(version),
    }
}

fn nowhere(message: String) -> Vec<Problem> {
    vec![Problem::new(Severity::Error, message, None)]
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
        force_conflicts: false,
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

fn located(found: &Located, chart: &str, inputs: &Inputs) -> Problem {
    match found.file.as_str() {
        VALUES => in_file(&found.diagnostic, File::Values),
        // Neither a file nor a template: the texts of flags.
        "values" => Problem { place: None, ..in_file(&found.diagnostic, File::Values) },
        path => in_file(&found.diagnostic, File::Chart(trace::file_of(path, chart, inputs, None))),
    }
}

/// What Helm's log warns of.
fn warnings(log: &Log) -> impl Iterator<Item = Problem> {
    log.records().iter().filter(|record| record.level >= Level::Warn).map(|record| Problem {
        hints: record.details.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
        ..Problem::new(Severity::Warning, record.message.clone(), None)
    })
}

/// The text as `helm template` prints it, and where each document begins in it.
fn write_down(rendered: &chart::Rendering) -> Rendering {
    let mut text = String::new();
    let mut line = 1;
    let mut documents = Vec::new();
    for manifest in trace::documents(rendered).iter() {
        let start = text.len();
        text.push_str(&format!("---\n# Source: {}\n", manifest.source));
        let body = text.len();
        text.push_str(&manifest.text);
        documents.push(DocumentView {
            source: manifest.source.as_str().into(),
            name: format!("{}/{}", manifest.kind, manifest.name).into(),
            api_version: manifest.api_version.as_str().into(),
            kind: manifest.kind.as_str().into(),
            line: line + 2,
            bytes: body..text.len(),
            hook: manifest.hook.as_ref().map_or(String::new(), |hook| hook.events.join(", ")).into(),
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
        chance: rendered.chance.clone(),
    }
}
