//! Helm's commands over a chart: `helm template`, `helm install --dry-run=client`.
//!
//! In: an [`Invocation`]. Out: a [`Transcript`] of both streams and an exit code, byte for byte as Helm writes them.

use super::engine::Helm;
use super::glob;
use super::load::{Chart, FileTree};
use super::log::{Level, Log, Record, Transcript};
use super::manifest::{self, Manifest};
use super::release::Release;
use super::render::{Failure, Rendering, push_document, render};
use super::values::Sources;
use super::values::coalesce::{Nulls, coalesce};
use super::values::table::map_tree;
use super::version::parse_kube_version;
use crate::template::value::Map;
use crate::yaml::{Encoder, print_tree};

/// Where a chart's files come from.
#[derive(Clone, Copy)]
pub enum Package<'a> {
    /// A folder.
    Folder(&'a FileTree),
    /// A `.tgz`.
    Archive(&'a [u8]),
}

impl Package<'_> {
    /// Reads the chart.
    ///
    /// # Errors
    /// Helm's words.
    pub fn load(&self) -> Result<Chart, String> {
        match self {
            Package::Folder(files) => Chart::load_folder(files),
            Package::Archive(bytes) => Chart::load_archive(bytes),
        }
    }
}

/// One call of Helm.
pub struct Invocation<'a> {
    /// What was parsed before.
    pub helm: Helm,
    /// The chart.
    pub package: Package<'a>,
    /// The path of the chart, as `--debug` prints it.
    pub path: String,
    /// The user's values.
    pub sources: Sources,
    /// Name, namespace and the like.
    pub release: Release,
    /// `--kube-version`.
    pub kube_version: Option<String>,
    /// `--show-only`, in order.
    pub show_only: Vec<String>,
    /// `--skip-tests`.
    pub skip_tests: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--hide-notes`.
    pub hide_notes: bool,
    /// `--debug`.
    pub debug: bool,
    /// What `LAST DEPLOYED` says.
    pub deployed_at: String,
}

impl<'a> Invocation<'a> {
    /// A call without flags.
    pub fn new(package: Package<'a>, release: Release) -> Invocation<'a> {
        Invocation {
            helm: Helm::default(),
            package,
            path: String::new(),
            sources: Sources::default(),
            release,
            kube_version: None,
            show_only: Vec::new(),
            skip_tests: false,
            no_hooks: false,
            hide_notes: false,
            debug: false,
            deployed_at: String::new(),
        }
    }

    /// The release with `--kube-version` in place.
    ///
    /// # Errors
    /// Helm's words for a version that cannot be read.
    pub fn effective_release(&self) -> Result<Release, String> {
        let mut release = self.release.clone();
        if let Some(text) = &self.kube_version {
            release.kube_version = parse_kube_version(text)
                .map_err(|error| format!("invalid kube version '{text}': {error}"))?;
        }
        Ok(release)
    }

    /// Reads values and chart, and renders.
    fn run(&self, transcript: &mut Transcript) -> Result<(Rendering, Map), Failure> {
        let release = self.effective_release().map_err(Failure::early)?;
        let mut log = Log::default();
        log.add(Record::new(Level::Debug, "Original chart version").with("version", ""));
        log.add(Record::new(Level::Debug, "Chart path").with("path", self.path.as_str()));
        let mut work = || {
            let values = self.sources.merge().map_err(Failure::early)?;
            let chart = self.load().map_err(Failure::early)?;
            chart.notices().for_each(|notice| log.printed(notice));
            let rendering = render(&self.helm, &chart, &values, &release, &mut log)?;
            Ok((rendering, values))
        };
        let outcome = work();
        transcript.log(&mut log, self.debug);
        outcome
    }

    /// Reads the chart; a folder without `Chart.yaml` is no chart at all.
    fn load(&self) -> Result<Chart, String> {
        match self.package {
            Package::Folder(files) if !files.contains_key("Chart.yaml") => {
                let file = format!("{}/Chart.yaml", self.path);
                Err(format!("unable to detect chart at {file}: open {file}: no such file or directory"))
            }
            package => package.load(),
        }
    }

    /// `helm template`.
    pub fn template(&self) -> Transcript {
        let mut transcript = Transcript::default();
        match self.run(&mut transcript) {
            Ok((rendering, _)) => {
                let output = self.template_output(rendering.manifest().trim(), &rendering.sorted.hooks);
                match output {
                    Ok(text) => transcript.output(text),
                    Err(error) => fail(&mut transcript, &error),
                }
            }
            Err(failure) if self.debug => {
                let shown = failure
                    .partial
                    .map(|partial| self.template_output(partial.manifest.trim(), &partial.hooks));
                match shown {
                    Some(Err(error)) => fail(&mut transcript, &error),
                    shown => {
                        transcript.output(shown.and_then(Result::ok).unwrap_or_default());
                        fail(&mut transcript, &failure.message);
                    }
                }
            }
            Err(failure) if failure.partial.is_some() => {
                let message = format!("{}\n\nUse --debug flag to render out invalid YAML", failure.message);
                fail(&mut transcript, &message);
            }
            Err(failure) => fail(&mut transcript, &failure.message),
        }
        transcript
    }

    fn template_output(&self, manifest: &str, hooks: &[Manifest]) -> Result<String, String> {
        let mut text = format!("{manifest}\n");
        if !self.no_hooks {
            for hook in hooks {
                if !(self.skip_tests && hook.hook.as_ref().is_some_and(|hook| hook.is_test())) {
                    push_document(&mut text, &hook.source, &hook.text);
                }
            }
        }
        if self.show_only.is_empty() { Ok(text) } else { show_only(&text, &self.show_only) }
    }

    /// `helm install --dry-run=client`.
    pub fn install_dry_run(&self) -> Transcript {
        let mut transcript = Transcript::default();
        match self.run(&mut transcript) {
            Ok((rendering, values)) => {
                if let Err(error) = self.status(&mut transcript, &rendering, &values) {
                    fail(&mut transcript, &error);
                }
            }
            Err(failure) => fail(&mut transcript, &format!("INSTALLATION FAILED: {}", failure.message)),
        }
        transcript
    }

    /// What Helm tells about the release that it would make.
    fn status(&self, transcript: &mut Transcript, rendering: &Rendering, values: &Map) -> Result<(), String> {
        let Release { name, namespace, revision, .. } = &self.release;
        let mut text = format!(
            "NAME: {name}\nLAST DEPLOYED: {}\nNAMESPACE: {namespace}\nSTATUS: pending-install\nREVISION: {revision}\n\
             DESCRIPTION: Dry run complete\n",
            self.deployed_at
        );
        if !rendering.sorted.hooks.iter().any(|hook| hook.hook.as_ref().is_some_and(|hook| hook.is_test())) {
            text.push_str("TEST SUITE: None\n");
        }
        if self.debug {
            text.push_str("USER-SUPPLIED VALUES:\n");
            transcript.output(text);
            let user = printed(values)?;
            transcript.output(user + "\n");
            let mut log = Log::default();
            let computed = coalesce(&rendering.chart, values, Nulls::Remove, &mut log);
            transcript.log(&mut log, self.debug);
            text = "COMPUTED VALUES:\n".to_owned();
            transcript.output(std::mem::take(&mut text));
            text.push_str(&printed(&computed?)?);
            text.push('\n');
        }
        text.push_str("HOOKS:\n");
        for hook in &rendering.sorted.hooks {
            push_document(&mut text, &hook.source, &hook.text);
        }
        text.push_str(&format!("MANIFEST:\n{}\n", rendering.manifest()));
        if !self.hide_notes && !rendering.notes.is_empty() {
            text.push_str(&format!("NOTES:\n{}\n", rendering.notes.trim()));
        }
        transcript.output(text);
        Ok(())
    }
}

fn printed(values: &Map) -> Result<String, String> {
    print_tree(&map_tree(values), Encoder::Kubernetes)
        .map_err(|error| format!("unable to write YAML output: {error}"))
}

fn fail(transcript: &mut Transcript, message: &str) {
    transcript.error(format!("Error: {message}\n"));
    transcript.exit_code = 1;
}

/// The documents that come from the wanted templates, in the order of the wishes.
fn show_only(text: &str, wanted: &[String]) -> Result<String, String> {
    let pieces = manifest::split(text);
    let mut shown = String::new();
    for wish in wanted {
        let mut found = false;
        for piece in &pieces {
            let Some(path) = source_path(piece.text) else { continue };
            if glob::matches(wish, path) == Ok(true) {
                found = true;
                shown.push_str(&format!("---\n{}\n", piece.text));
            }
        }
        if !found {
            return Err(format!("could not find template {wish} in chart"));
        }
    }
    Ok(shown)
}

/// The path behind the chart's name of the first `# Source:` line.
fn source_path(document: &str) -> Option<&str> {
    document.lines().find_map(|line| {
        let (_, path) = line.split_once("# Source: ")?;
        let (chart, path) = path.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then_some(path)
    })
}
