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
use super::values::coalesce::coalesce;
use super::values::overlay::Nulls;
use super::values::table::map_tree;
use super::values::{Sources, ValuesFile};
use crate::template::function::Limits;
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

/// What a command may cost: half a minute, and what fits into memory.
const LIMITS: Limits = Limits { fuel: 2_000_000_000, bytes: 4 << 30, slow: 1_500_000 };

/// Where a flag's value goes.
type Place<T> = for<'c, 'p> fn(&'c mut Invocation<'p>) -> &'c mut T;

/// What a flag does with the text behind it.
enum Flag {
    Switch(Place<bool>),
    Text(Place<String>),
    Texts(Place<Vec<String>>),
    /// Several texts with commas between.
    List(Place<Vec<String>>),
    Values,
    KubeVersion,
}

const FLAGS: [(&str, Flag); 18] = [
    ("--values -f", Flag::Values),
    ("--set-json", Flag::Texts(|call| &mut call.sources.set_json)),
    ("--set", Flag::Texts(|call| &mut call.sources.set)),
    ("--set-string", Flag::Texts(|call| &mut call.sources.set_string)),
    ("--set-file", Flag::Texts(|call| &mut call.sources.set_file)),
    ("--set-literal", Flag::Texts(|call| &mut call.sources.set_literal)),
    ("--namespace -n", Flag::Text(|call| &mut call.release.namespace)),
    ("--kube-version", Flag::KubeVersion),
    ("--api-versions -a", Flag::List(|call| &mut call.release.api_versions)),
    ("--show-only -s", Flag::Texts(|call| &mut call.show_only)),
    ("--is-upgrade", Flag::Switch(|call| &mut call.release.is_upgrade)),
    ("--include-crds", Flag::Switch(|call| &mut call.release.include_crds)),
    ("--skip-tests", Flag::Switch(|call| &mut call.skip_tests)),
    ("--no-hooks", Flag::Switch(|call| &mut call.no_hooks)),
    ("--skip-schema-validation", Flag::Switch(|call| &mut call.release.skip_schema_validation)),
    ("--render-subchart-notes", Flag::Switch(|call| &mut call.release.subchart_notes)),
    ("--hide-notes", Flag::Switch(|call| &mut call.hide_notes)),
    ("--debug", Flag::Switch(|call| &mut call.debug)),
];

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
    /// A call without flags. Whoever calls a command waits longer than whoever types into a page.
    pub fn new(package: Package<'a>, release: Release) -> Invocation<'a> {
        Invocation {
            helm: Helm::default(),
            package,
            path: String::new(),
            sources: Sources::default(),
            release: Release { limits: LIMITS, ..release },
            kube_version: None,
            show_only: Vec::new(),
            skip_tests: false,
            no_hooks: false,
            hide_notes: false,
            debug: false,
            deployed_at: String::new(),
        }
    }

    /// Sets the flag `name`, as the command line spells it (`--set`, `-f`). `value` is asked for the text that belongs
    /// to it, which stands behind `=` or is the next word. The text of a values file is left to the caller.
    ///
    /// # Errors
    /// Helm's words for a flag that is not known here, lacks its text, or cannot take it.
    pub fn set_flag(&mut self, name: &str, value: &mut dyn FnMut() -> Option<String>) -> Result<(), String> {
        let Some((_, flag)) = FLAGS.iter().find(|(known, _)| known.split(' ').any(|known| known == name))
        else {
            return Err(match name.strip_prefix("--") {
                Some(_) => format!("unknown flag: {name}"),
                None => format!("unknown shorthand flag: '{}' in {name}", name.trim_start_matches('-')),
            });
        };
        let mut text = || {
            let lacking = || match name.strip_prefix("--") {
                Some(_) => format!("flag needs an argument: {name}"),
                None => format!("flag needs an argument: '{}' in {name}", name.trim_start_matches('-')),
            };
            value().ok_or_else(lacking)
        };
        match flag {
            Flag::Switch(place) => *place(self) = true,
            Flag::Text(place) => *place(self) = text()?,
            Flag::Texts(place) => place(self).push(text()?),
            Flag::List(place) => place(self).extend(text()?.split(',').map(str::to_owned)),
            Flag::Values => {
                let text = text()?;
                let files =
                    text.split(',').map(|path| ValuesFile { path: path.to_owned(), ..ValuesFile::default() });
                self.sources.files.extend(files);
            }
            Flag::KubeVersion => self.kube_version = Some(text()?).filter(|text| !text.is_empty()),
        }
        Ok(())
    }

    /// The release with `--kube-version` in place.
    ///
    /// # Errors
    /// Helm's words for a version that cannot be read.
    pub fn effective_release(&self) -> Result<Release, String> {
        let release = self.release.clone();
        match &self.kube_version {
            Some(version) => release.on_kubernetes(version),
            None => Ok(release),
        }
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
            Package::Archive(bytes) if !bytes.starts_with(b"\x1f\x8b\x08") => {
                let path = &self.path;
                Err(if path.ends_with(".yml") || path.ends_with(".yaml") {
                    format!("file '{path}' seems to be a YAML file, but expected a gzipped archive")
                } else {
                    let kind = content_type(bytes);
                    format!("file '{path}' does not appear to be a gzipped archive; got '{kind}'")
                })
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

/// What Go's `http.DetectContentType` says of the likelier sorts of files.
fn content_type(bytes: &[u8]) -> &'static str {
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0xb | 0xe..=0x1a | 0x1c..=0x1f);
    if bytes.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if bytes.iter().take(512).any(binary) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
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
