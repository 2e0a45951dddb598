//! A chart, values and a release to manifests: what `helm install` does before it talks to a cluster.
//!
//! In: a loaded [`Chart`], the user's values, a [`Release`]. Out: a [`Rendering`] that keeps everything a page may ask
//! about, or a [`Failure`] in Helm's words.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Located;
use super::engine::{self, Helm};
use super::load::Chart;
use super::log::{Level, Log, Record};
use super::manifest::{self, Manifest, Sorted, Unreadable};
use super::release::Release;
use super::values::coalesce::coalesce;
use super::values::overlay::Nulls;
use super::{context, dependency, diagnose, schema, version};
use crate::gather::Gather;
use crate::template::Rendered;
use crate::template::value::Map;

/// Everything that came out.
pub struct Rendering {
    /// The chart with the subcharts that took part, aliases in place and values imported.
    pub chart: Chart,
    /// The values that the templates saw.
    pub values: Map,
    /// Hooks and manifests, in install order.
    pub sorted: Sorted,
    /// Manifests of `crds/` that were asked for: path and text.
    pub crds: Vec<(String, Rc<[u8]>)>,
    /// The rendered `NOTES.txt`; empty if there is none.
    pub notes: String,
    /// The texts of the templates, by their paths.
    pub templates: BTreeMap<String, Rc<str>>,
    /// What each template wrote, and where each piece came from, by the path of the template.
    pub written: BTreeMap<String, Rendered>,
    /// The functions that used random numbers or the clock: Helm gives other text there each time.
    pub chance: Vec<&'static str>,
}

impl Rendering {
    /// The release's manifest: CRDs that were asked for and everything that is no hook, with `# Source:` lines.
    pub fn manifest(&self) -> String {
        let mut text = String::new();
        for (path, crd) in &self.crds {
            push_document(&mut text, path, &String::from_utf8_lossy(crd));
        }
        for manifest in &self.sorted.manifests {
            push_document(&mut text, &manifest.source, &manifest.text);
        }
        text
    }

    /// The manifests of the CRDs that were asked for.
    pub fn crd_documents(&self) -> Vec<Manifest> {
        let texts = self.crds.iter();
        texts.flat_map(|(path, crd)| manifest::of_file(path, &String::from_utf8_lossy(crd))).collect()
    }

    /// Hooks and manifests, in install order.
    pub fn documents(&self) -> impl Iterator<Item = &Manifest> {
        self.sorted.manifests.iter().chain(&self.sorted.hooks)
    }
}

/// Adds a document with its `# Source:` line.
pub(crate) fn push_document(text: &mut String, source: &str, document: &str) {
    text.push_str("---\n# Source: ");
    text.push_str(source);
    text.push('\n');
    text.push_str(document);
    text.push('\n');
}

/// Why nothing came out.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// Helm's words, without `Error: ` before them.
    pub message: String,
    /// What was rendered before it failed, as `--debug` shows it; `None` if Helm had no release yet.
    pub partial: Option<Partial>,
    /// The same for a reader, with the place in the file.
    pub findings: Vec<Located>,
}

/// What a failed rendering still has to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial {
    /// Rendered files, one after the other.
    pub manifest: String,
    /// The hooks that were found.
    pub hooks: Vec<Manifest>,
}

impl Failure {
    /// A failure before there was a release.
    pub(crate) fn early(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..Failure::default() }
    }

    /// A failure of a release that had begun.
    pub(crate) fn late(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), partial: Some(Partial::default()), ..Failure::default() }
    }
}

/// Says whether a chart can be installed at all, and warns where Helm warns.
///
/// # Errors
/// Helm's words.
pub(crate) fn check_installable(chart: &Chart, log: &mut Log) -> Result<(), Failure> {
    if !matches!(chart.metadata.chart_type.as_str(), "" | "application") {
        return Err(Failure::early(format!("{} charts are not installable", chart.metadata.chart_type)));
    }
    if chart.metadata.deprecated {
        log.add(Record::new(Level::Warn, "this chart is deprecated"));
    }
    if chart.metadata.dependencies.is_some() {
        dependency::check(chart).map_err(Failure::early)?;
    }
    Ok(())
}

/// Renders a chart.
///
/// # Errors
/// A [`Failure`] in Helm's words.
pub fn render(
    helm: &Helm,
    chart: &Chart,
    user_values: &Map,
    release: &Release,
    log: &mut Log,
) -> Result<Rendering, Failure> {
    check_installable(chart, log)?;
    if let Err(error) = release.check_name() {
        log.add(Record::new(Level::Error, "release name check failed").with("error", error.as_str()));
        return Err(Failure::early(format!("release name check failed: {error}")));
    }
    let chart = dependency::process(chart, user_values, log).map_err(Failure::early)?;
    let values = coalesce(&chart, user_values, Nulls::Remove, log).map_err(Failure::early)?;
    if !release.skip_schema_validation {
        check_schema(&chart, &values, log)?;
    }
    let wanted = &chart.metadata.kube_version;
    let offered = &release.kube_version.normalized;
    if !wanted.is_empty() && !version::is_compatible(wanted, offered) {
        return Err(Failure::late(format!(
            "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {offered}"
        )));
    }
    let sources = context::templates(&chart, &values, release);
    let (mut written, chance) = engine::run(helm, &sources, release, log)?;
    let notes = take_notes(&chart, release, &mut written);
    let texts: BTreeMap<String, &str> =
        written.iter().map(|(path, written)| (path.clone(), written.text.as_str())).gather();
    let sorted = manifest::sort(&texts, log).map_err(|Unreadable { path: file, message, hooks }| {
        let mut manifest = String::new();
        for (path, text) in &texts {
            if !text.trim().is_empty() {
                push_document(&mut manifest, path, text);
            }
        }
        let template = sources.get(&file).map_or("", |source| &*source.text);
        let findings = written.get(&file).map(|written| diagnose::in_rendered(&file, written, template));
        let findings = findings.unwrap_or_default();
        Failure { message, partial: Some(Partial { manifest, hooks }), findings }
    })?;
    let crds = if release.include_crds { chart.crds() } else { Vec::new() };
    let templates = sources.into_iter().map(|(path, source)| (path, source.text)).gather();
    Ok(Rendering { chart, values, sorted, crds, notes, templates, written, chance })
}

/// Checks values against the schemas.
pub(crate) fn check_schema(chart: &Chart, values: &Map, log: &mut Log) -> Result<(), Failure> {
    schema::check(chart, values, log).map_err(|report| {
        Failure::early(format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n{report}"
        ))
    })
}

/// Takes every `NOTES.txt` out of what was written, and keeps those that are shown.
fn take_notes(chart: &Chart, release: &Release, written: &mut BTreeMap<String, Rendered>) -> String {
    let own = format!("{}/templates/NOTES.txt", chart.name());
    let paths: Vec<String> = written.keys().filter(|path| path.ends_with("NOTES.txt")).cloned().collect();
    let mut notes = String::new();
    for path in paths {
        let Some(text) = written.remove(&path) else { continue };
        if release.subchart_notes || path == own {
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str(&text.text);
        }
    }
    notes
}
