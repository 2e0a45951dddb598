//! Renders a chart from the command line as `helm template` does.
//!
//! ```text
//! cargo run --release --example render -- RELEASE CHART [-f FILE]… [--set K=V]… [-n NAMESPACE] [--kube-version V]
//!     [--api-versions A] [--show-only TEMPLATE] [--is-upgrade] [--include-crds] [--skip-tests] [--no-hooks] [--repeat N]
//! ```
//!
//! CHART is a folder or a `.tgz`. What Helm would print goes to standard output, errors to standard error with exit
//! code 1. `--repeat N` renders N times in one process and prints renders a second: the chart is loaded once, values
//! are merged, templates run and manifests sorted each time.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

use statefulset_playground::chart::values::ValuesFile;
use statefulset_playground::chart::{FileTree, Invocation, Log, Package, Release, render};

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The command line, read.
#[derive(Default)]
struct Words {
    positional: Vec<String>,
    repeat: Option<usize>,
}

fn run(arguments: Vec<String>) -> Result<ExitCode, String> {
    let mut invocation = Invocation::new(Package::Archive(&[]), Release::new("release-name", "default"));
    let words = read_words(arguments, &mut invocation)?;
    let chart_path = match &words.positional[..] {
        [chart] => chart,
        [release, chart] => {
            invocation.release.name = release.clone();
            chart
        }
        _ => return Err("\"render\" needs a release name and a chart".to_owned()),
    };
    let path = Path::new(chart_path);
    let mut files = FileTree::new();
    let mut archive = Vec::new();
    if path.is_dir() {
        read_folder(path, "", &mut files)?;
        invocation.package = Package::Folder(&files);
        if !files.contains_key("Chart.yaml") {
            let wanted = path.join("Chart.yaml").display().to_string();
            return Err(format!(
                "unable to detect chart at {wanted}: open {wanted}: no such file or directory"
            ));
        }
    } else {
        archive = fs::read(path).map_err(|_| format!("path {} not found", quoted(chart_path)))?;
    }
    if !archive.is_empty() {
        invocation.package = Package::Archive(&archive);
    }
    invocation.path = path.canonicalize().map(|path| path.display().to_string()).unwrap_or_default();
    match words.repeat {
        Some(times) => repeat(&invocation, times),
        None => {
            let transcript = invocation.template();
            eprint!("{}", transcript.stderr());
            print!("{}", transcript.stdout());
            Ok(ExitCode::from(u8::try_from(transcript.exit_code).unwrap_or(1)))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn read_words(arguments: Vec<String>, invocation: &mut Invocation<'_>) -> Result<Words, String> {
    let mut words = Words::default();
    let mut rest = arguments.into_iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') || word == "-" {
            words.positional.push(word);
            continue;
        }
        let (flag, given) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
            _ => (word, None),
        };
        let mut value =
            || given.clone().or_else(|| rest.next()).ok_or(format!("flag needs an argument: {flag}"));
        let sources = &mut invocation.sources;
        match flag.as_str() {
            "-f" | "--values" => {
                for path in value()?.split(',') {
                    let bytes =
                        fs::read(path).map_err(|_| format!("open {path}: no such file or directory"))?;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    sources.files.push(ValuesFile { path: path.to_owned(), text });
                }
            }
            "--set" => sources.set.push(value()?),
            "--set-string" => sources.set_string.push(value()?),
            "--set-json" => sources.set_json.push(value()?),
            "--set-literal" => sources.set_literal.push(value()?),
            "--set-file" => {
                let set = value()?;
                for path in set.split([',', '=', '{', '}']) {
                    if let Ok(bytes) = fs::read(path) {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        sources.set_file_contents.insert(path.to_owned(), text);
                    }
                }
                sources.set_file.push(set);
            }
            "-n" | "--namespace" => invocation.release.namespace = value()?,
            "--kube-version" => invocation.kube_version = Some(value()?),
            "-a" | "--api-versions" => {
                invocation.release.api_versions.extend(value()?.split(',').map(str::to_owned));
            }
            "-s" | "--show-only" => invocation.show_only.push(value()?),
            "--is-upgrade" => invocation.release.is_upgrade = true,
            "--include-crds" => invocation.release.include_crds = true,
            "--skip-tests" => invocation.skip_tests = true,
            "--no-hooks" => invocation.no_hooks = true,
            "--skip-schema-validation" => invocation.release.skip_schema_validation = true,
            "--render-subchart-notes" => invocation.release.subchart_notes = true,
            "--debug" => invocation.debug = true,
            "--repeat" => {
                let times = value()?;
                words.repeat =
                    Some(times.parse().map_err(|_| format!("--repeat wants a number, not {times}"))?);
            }
            other => return Err(format!("unknown flag: {other}")),
        }
    }
    Ok(words)
}

fn repeat(invocation: &Invocation<'_>, times: usize) -> Result<ExitCode, String> {
    let chart = invocation.package.load()?;
    let release = invocation.effective_release()?;
    let started = Instant::now();
    for _ in 0..times {
        let values = invocation.sources.merge()?;
        let rendering = render(&invocation.helm, &chart, &values, &release, &mut Log::default())
            .map_err(|failure| failure.message)?;
        std::hint::black_box(rendering.manifest());
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{times} renders in {seconds:.3} s: {:.0} renders per second", times as f64 / seconds.max(1e-9));
    Ok(ExitCode::SUCCESS)
}

fn read_folder(folder: &Path, prefix: &str, files: &mut FileTree) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path()).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}
