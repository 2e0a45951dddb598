//! `helm lint`: what a chart's author should mend.
//!
//! In: an [`Invocation`]. Out: a [`Transcript`], byte for byte as Helm writes it, as far as the rules are here: names,
//! versions, addresses, types and the shape of `Chart.yaml`, values against the schema, templates, deprecated APIs,
//! dependencies, `crds/`.

mod address;
mod chart_file;
mod deprecation;
mod object;

use std::collections::BTreeMap;

use super::command::{Invocation, Package};
use super::load::{Chart, FileTree};
use super::log::{Log, Transcript};
use super::release::Release;
use super::values::coalesce::coalesce;
use super::values::load_values;
use super::values::overlay::{Nulls, fill};
use super::values::table::{deep_copy, new_table};
use super::{archive, context, dependency, engine, render, schema};
use crate::gather::Gather;
use crate::template::value::Map;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Info,
    Warning,
    Error,
}

/// The findings so far.
#[derive(Default)]
struct Findings(Vec<(Severity, String, String)>);

impl Findings {
    /// Adds what a rule found, and says whether it found nothing.
    fn rule(&mut self, severity: Severity, path: &str, outcome: Result<(), String>) -> bool {
        match outcome {
            Ok(()) => true,
            Err(message) => {
                self.0.push((severity, path.to_owned(), message));
                false
            }
        }
    }
}

impl Invocation<'_> {
    /// `helm lint`; `shown` is the chart's path as it was given.
    pub fn lint(&self, shown: &str) -> Transcript {
        let mut transcript = Transcript::default();
        let values = match self.effective_release().and_then(|_| self.sources.merge()) {
            Ok(values) => values,
            Err(error) => {
                transcript.error(format!("Error: {error}\n"));
                transcript.exit_code = 1;
                return transcript;
            }
        };
        let files = match self.package {
            Package::Folder(files) => files.clone(),
            Package::Archive(bytes) => archive::read(bytes).unwrap_or_default(),
        };
        let mut text = format!("==> Linting {shown}\n");
        let mut failed = false;
        if files.contains_key("Chart.yaml") {
            let mut log = Log::default();
            let mut findings = Findings::default();
            self.check(&files, &values, &mut findings, &mut log);
            transcript.log(&mut log, self.debug);
            for (severity, path, message) in findings.0 {
                let name = match severity {
                    Severity::Info => "INFO",
                    Severity::Warning => "WARNING",
                    Severity::Error => "ERROR",
                };
                failed |= severity == Severity::Error;
                text.push_str(&format!("[{name}] {path}: {message}\n"));
            }
        } else {
            failed = true;
            text.push_str(&format!(
                "Error unable to check Chart.yaml file in chart: stat {0}: no such file or directory\n",
                format_args!("{}/Chart.yaml", shown.trim_start_matches("./"))
            ));
        }
        transcript.output(text + "\n");
        let summary = format!("1 chart(s) linted, {} chart(s) failed", u8::from(failed));
        if failed {
            transcript.error(format!("Error: {summary}\n"));
            transcript.exit_code = 1;
        } else {
            transcript.output(summary + "\n");
        }
        transcript
    }

    fn check(&self, files: &FileTree, values: &Map, findings: &mut Findings, log: &mut Log) {
        chart_file::check(&files["Chart.yaml"], findings);
        if findings.rule(Severity::Info, "values.yaml", exists(files, "values.yaml")) {
            let outcome = check_values(files, values, self.release.skip_schema_validation, log);
            findings.rule(Severity::Error, "values.yaml", outcome);
        }
        if files.keys().any(|path| path.starts_with("templates/")) {
            self.check_templates(files, values, findings, log);
        } else {
            let outcome = Err("directory does not exist".to_owned());
            findings.rule(Severity::Warning, "templates/", outcome);
        }
        match Chart::load_folder(files) {
            Err(error) => {
                findings.rule(Severity::Error, "", Err(format!("unable to load chart\n\t{error}")));
            }
            Ok(chart) => check_dependencies(&chart, &self.path, findings),
        }
        check_crds(files, findings);
    }

    fn check_templates(&self, files: &FileTree, values: &Map, findings: &mut Findings, log: &mut Log) {
        const PATH: &str = "templates/";
        let chart = match Chart::load_folder(files) {
            Ok(chart) => chart,
            Err(error) => {
                findings.rule(Severity::Error, PATH, Err(error));
                return;
            }
        };
        let release = Release {
            revision: 0,
            lint: true,
            kube_version: self.effective_release().unwrap_or_else(|_| self.release.clone()).kube_version,
            ..Release::new("test-release", self.release.namespace.as_str())
        };
        let Ok(chart) = dependency::process(&chart, values, log) else { return };
        let Ok(once) = coalesce(&chart, values, Nulls::Remove, log) else { return };
        let merged = match coalesce(&chart, &once, Nulls::Remove, log) {
            Ok(merged) => merged,
            Err(error) => {
                findings.rule(Severity::Error, PATH, Err(error));
                return;
            }
        };
        if !self.release.skip_schema_validation
            && let Err(failure) = render::check_schema(&chart, &merged, log)
        {
            findings.rule(Severity::Error, PATH, Err(failure.message));
            return;
        }
        let sources = context::templates(&chart, &merged, &release);
        let written = match engine::run(&self.helm, &sources, &release, log) {
            Ok((written, _)) => written,
            Err(failure) => {
                findings.rule(Severity::Error, PATH, Err(failure.message));
                return;
            }
        };
        let texts: BTreeMap<&str, &str> =
            written.iter().map(|(path, written)| (path.as_str(), written.text.as_str())).gather();
        for template in chart.templates.iter() {
            let path = format!("{}/{}", chart.name(), template.name);
            let text = texts.get(path.as_str()).copied().unwrap_or_default();
            if !object::check(&template.name, text, &release.kube_version, findings) {
                return;
            }
        }
    }
}

fn check_crds(files: &FileTree, findings: &mut Findings) {
    if !files.keys().any(|path| path.starts_with("crds/")) {
        return;
    }
    let chart = match Chart::load_folder(files) {
        Ok(chart) => chart,
        Err(error) => {
            findings.rule(Severity::Error, "crds/", Err(error));
            return;
        }
    };
    for (path, data) in chart.crds() {
        let own = path.split_once("crds/").map_or(path.as_str(), |(before, _)| &path[before.len()..]);
        if !object::check_crd(own, &String::from_utf8_lossy(&data), findings) {
            return;
        }
    }
}

fn exists(files: &FileTree, path: &str) -> Result<(), String> {
    if files.contains_key(path) { Ok(()) } else { Err("file does not exist".to_owned()) }
}

/// The chart's own values under the user's, against the chart's own schema.
fn check_values(files: &FileTree, user: &Map, skip_schema: bool, log: &mut Log) -> Result<(), String> {
    let text = String::from_utf8_lossy(&files["values.yaml"]);
    let node = super::decode::unmarshal(&text).map_err(|error| format!("unable to parse YAML: {error}"))?;
    if !matches!(node.data, crate::yaml::Data::Mapping(_) | crate::yaml::Data::Null) {
        return Err(format!("unable to parse YAML: {}", super::decode::wrong_type(&node, "common.Values")));
    }
    let own = load_values(&text).unwrap_or_else(|_| new_table());
    let merged = deep_copy(user);
    fill(&merged, &own, "", Nulls::Remove, log);
    match files.get("values.schema.json") {
        Some(schema) if !schema.is_empty() && !skip_schema => schema::check_one(schema, &merged, log),
        _ => Ok(()),
    }
}

fn check_dependencies(chart: &Chart, path: &str, findings: &mut Findings) {
    let present: Vec<&str> = chart.dependencies.iter().map(Chart::name).collect();
    let named: Vec<&str> = chart.metadata.dependencies().map(|dependency| dependency.name.as_str()).collect();
    let lacking = |wanted: &[&str], there: &[&str], what: &str| {
        let missing: Vec<&str> = wanted.iter().copied().filter(|name| !there.contains(name)).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("chart {what} is missing these dependencies: {}", missing.join(",")))
        }
    };
    findings.rule(Severity::Error, path, lacking(&present, &named, "metadata"));
    findings.rule(Severity::Warning, path, lacking(&named, &present, "directory"));
}
