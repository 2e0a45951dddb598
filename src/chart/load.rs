//! A chart from its files.
//!
//! In: a [`FileTree`]. Out: a [`Chart`] with its subcharts, or Helm's words for what is wrong. Nothing is rendered
//! or merged here.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::archive;
use super::ignore::Rules;
use super::metadata::Metadata;
use super::values::load_values;
use super::values::table::new_table;
use crate::gather::{Gather, sort_by};
use crate::template::value::Map;

/// Files by their path relative to the chart, `/` between names.
pub type FileTree = BTreeMap<String, Vec<u8>>;

/// Helm's limit for one file of a chart folder, in bytes.
const MAX_FILE_SIZE: usize = 5 * 1024 * 1024;
/// How deep charts may hold charts; Helm has no such limit.
const MAX_DEPTH: usize = 32;

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, relative to the chart.
    pub name: String,
    /// What it holds.
    pub data: Rc<[u8]>,
}

/// A file under `templates/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its path, relative to the chart.
    pub name: String,
    /// What it says; what is not UTF-8 in it is U+FFFD.
    pub text: Rc<str>,
}

/// A loaded chart. Clones are cheap: files and values are shared.
#[derive(Clone)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Rc<Metadata>,
    /// The files under `templates/`.
    pub templates: Rc<[Template]>,
    /// Files that are neither templates nor values nor metadata: what `.Files` offers.
    pub files: Rc<[File]>,
    /// `values.schema.json`.
    pub schema: Option<Rc<[u8]>>,
    /// The text of `values.yaml`; empty if there is none.
    pub values_text: Rc<str>,
    /// The chart's own values.
    pub values: Map,
    /// The charts under `charts/`.
    pub dependencies: Vec<Chart>,
    /// What Helm logs while it reads the chart.
    notices: Rc<[&'static str]>,
}

impl Chart {
    /// Reads a chart folder, minding `.helmignore`.
    ///
    /// # Errors
    /// Helm's words for the first thing that is wrong.
    pub fn load_folder(files: &FileTree) -> Result<Chart, String> {
        let Some(chart_yaml) = files.get("Chart.yaml") else {
            return Err("Chart.yaml file is missing".to_owned());
        };
        known_version(chart_yaml)?;
        let rules = files.get(".helmignore").map(|text| text_of(text)).unwrap_or_default();
        let rules = Rules::parse(&rules)?;
        let mut kept: Vec<File> = Vec::new();
        for (name, data) in files {
            if rules.skip_file(name) {
                continue;
            }
            if data.len() > MAX_FILE_SIZE {
                let name = name.rsplit('/').next().unwrap_or(name);
                let name = super::log::go_quoted(name);
                return Err(format!(
                    "chart file {name} is larger than the maximum file size {MAX_FILE_SIZE}"
                ));
            }
            kept.push(File { name: name.clone(), data: without_mark(data).into() });
        }
        // The order of a walk through the folders: by the names of a path, one after the other.
        sort_by(&mut kept, |left, right| left.name.split('/').cmp(right.name.split('/')));
        Chart::load(kept, 0)
    }

    /// Reads a chart archive (`.tgz`); `.helmignore` does not count there.
    ///
    /// # Errors
    /// Helm's words for the first thing that is wrong.
    pub fn load_archive(bytes: &[u8]) -> Result<Chart, String> {
        Chart::load_archive_at(bytes, 0)
    }

    fn load_archive_at(bytes: &[u8], depth: usize) -> Result<Chart, String> {
        let files = archive::chart_files(bytes)?;
        if let Some((_, chart_yaml)) = files.iter().find(|(name, _)| name == "Chart.yaml") {
            known_version(chart_yaml)?;
        }
        let files = files.into_iter().map(|(name, data)| File { name, data: without_mark(&data).into() });
        Chart::load(files.gather(), depth)
    }

    fn load(files: Vec<File>, depth: usize) -> Result<Chart, String> {
        if depth > MAX_DEPTH {
            return Err(format!("charts nested deeper than {MAX_DEPTH} are not supported"));
        }
        let mut metadata: Option<Metadata> = None;
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            let read = metadata.get_or_insert_default();
            read.read_over(&text_of(&file.data))
                .map_err(|error| format!("cannot load Chart.yaml: {error}"))?;
            if read.api_version.is_empty() {
                read.api_version = "v1".to_owned();
            }
        }
        let mut parts = Parts::default();
        for file in files {
            parts.sort_in(file, &mut metadata)?;
        }
        let Some(mut metadata) = metadata else {
            return Err("Chart.yaml file is missing".to_owned());
        };
        metadata.validate()?;
        let mut dependencies = Vec::new();
        for (name, files) in parts.subcharts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let wrap = |error| format!("error unpacking subchart {name} in {}: {error}", metadata.name);
            let subchart = if name.ends_with(".tgz") {
                let file = &files[0];
                if file.name != name {
                    let Metadata { name: chart, .. } = &metadata;
                    return Err(format!(
                        "error unpacking subchart tar in {chart}: expected {name}, got {}",
                        file.name
                    ));
                }
                Chart::load_archive_at(&file.data, depth + 1).map_err(wrap)?
            } else {
                let own = files.into_iter().filter_map(|file| {
                    let (_, rest) = file.name.split_once('/')?;
                    Some(File { name: rest.to_owned(), data: file.data.clone() })
                });
                Chart::load(own.gather(), depth + 1).map_err(wrap)?
            };
            dependencies.push(subchart);
        }
        Ok(Chart {
            metadata: Rc::new(metadata),
            templates: parts.templates.into(),
            values_text: parts.values_text,
            files: parts.files.into(),
            schema: parts.schema,
            values: parts.values.unwrap_or_else(new_table),
            dependencies,
            notices: parts.notices.into(),
        })
    }

    /// The name under which values and paths know the chart.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// What Helm logs while it reads the chart and its subcharts.
    pub(crate) fn notices(&self) -> impl Iterator<Item = &'static str> {
        let inner = self.dependencies.iter().flat_map(|subchart| subchart.notices().collect::<Vec<_>>());
        self.notices.iter().copied().chain(inner.collect::<Vec<_>>())
    }

    /// Whether it is a library, which only lends its partial templates.
    pub fn is_library(&self) -> bool {
        self.metadata.chart_type.eq_ignore_ascii_case("library")
    }

    /// The manifests under `crds/` of the chart and of its subcharts, each with the path that outputs name.
    pub fn crds(&self) -> Vec<(String, Rc<[u8]>)> {
        let mut crds = Vec::new();
        self.collect_crds(self.name(), &mut crds);
        crds
    }

    fn collect_crds(&self, path: &str, crds: &mut Vec<(String, Rc<[u8]>)>) {
        for file in self.files.iter() {
            let extension = file.name.rsplit_once('.').map_or("", |(_, extension)| extension);
            let is_manifest =
                ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known));
            if file.name.starts_with("crds/") && is_manifest {
                crds.push((format!("{path}/{}", file.name), file.data.clone()));
            }
        }
        for subchart in &self.dependencies {
            subchart.collect_crds(&format!("{path}/charts/{}", subchart.name()), crds);
        }
    }
}

/// The parts of a chart while its files are sorted.
#[derive(Default)]
struct Parts {
    templates: Vec<Template>,
    values_text: Rc<str>,
    files: Vec<File>,
    schema: Option<Rc<[u8]>>,
    values: Option<Map>,
    subcharts: BTreeMap<String, Vec<File>>,
    notices: Vec<&'static str>,
}

impl Parts {
    fn sort_in(&mut self, file: File, metadata: &mut Option<Metadata>) -> Result<(), String> {
        match file.name.as_str() {
            "Chart.yaml" | "Chart.lock" => {}
            "values.yaml" => {
                self.values_text = text_of(&file.data).into();
                let values = load_values(&self.values_text);
                self.values = Some(values.map_err(|error| format!("cannot load values.yaml: {error}"))?);
            }
            "values.schema.json" => self.schema = Some(file.data),
            "requirements.yaml" => {
                let metadata = metadata.get_or_insert_default();
                let read = metadata.read_over(&text_of(&file.data));
                read.map_err(|error| format!("cannot load requirements.yaml: {error}"))?;
                if metadata.api_version == "v1" {
                    self.files.push(file);
                } else {
                    self.notices.push(
                        "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend \
                         migrating dependencies to Chart.yaml.",
                    );
                }
            }
            "requirements.lock" => {
                if metadata.get_or_insert_default().api_version == "v1" {
                    self.files.push(file);
                } else {
                    self.notices.push(
                        "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend \
                         migrating to Chart.lock.",
                    );
                }
            }
            name if name.starts_with("templates/") => {
                let text = String::from_utf8_lossy(&file.data).into();
                self.templates.push(Template { name: file.name, text });
            }
            name => match name.strip_prefix("charts/") {
                Some(inner) if !name.ends_with(".prov") => {
                    let chart = inner.split('/').next().unwrap_or(inner).to_owned();
                    let file = File { name: inner.to_owned(), data: file.data };
                    self.subcharts.entry(chart).or_default().push(file);
                }
                _ => self.files.push(file),
            },
        }
        Ok(())
    }
}

/// Refuses a `Chart.yaml` of an `apiVersion` that Helm 4 does not know.
fn known_version(chart_yaml: &[u8]) -> Result<(), String> {
    let metadata = super::decode::unmarshal(&text_of(chart_yaml));
    let node = metadata.map_err(|error| format!("cannot load Chart.yaml: {error}"))?;
    let fields = super::decode::Fields::of(&node, "chartBase", "loader.chartBase");
    let version = fields.and_then(|fields| fields.string("apiVersion"));
    match version.map_err(|error| format!("cannot load Chart.yaml: {error}"))?.as_str() {
        "" | "v1" | "v2" => Ok(()),
        _ => Err("unsupported chart version".to_owned()),
    }
}

fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(without_mark(bytes))
}

/// The bytes without a byte order mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}
