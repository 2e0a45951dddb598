//! `helm template` by the engine of the page: `render RELEASE CHART [flags]`.
//!
//! CHART is a folder or a `.tgz`. Manifests go to standard output, errors to standard error with exit code 1.
//! `--repeat N` renders N times instead, each time from the files on, and prints how often a second; the second figure
//! is for a reader who edits values, where nothing that was parsed is parsed again.

use std::fs;
use std::path::{Path, absolute};
use std::process::ExitCode;
use std::time::Instant as Clock;

use statefulset_playground::chart::{FileTree, Helm, Invocation, Package, Release};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A chart as it lies on disk.
enum Files {
    Folder(FileTree),
    Archive(Vec<u8>),
}

fn run() -> Result<ExitCode, String> {
    let none = FileTree::new();
    let mut call = Invocation::new(Package::Folder(&none), Release::new("", "default"));
    let mut names: Vec<String> = Vec::new();
    let mut repeat: Option<u32> = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let (flag, mut behind) = split(&word);
        let mut value = || behind.take().or_else(|| words.next());
        match flag {
            "--" => names.extend(words.by_ref()),
            "--repeat" => {
                let count = value().unwrap_or_default();
                repeat = Some(count.parse().map_err(|_| format!("--repeat wants a number, not {count:?}"))?);
            }
            flag if flag.len() > 1 && flag.starts_with('-') => call.set_flag(flag, &mut value)?,
            _ => names.push(word),
        }
    }
    let (release, chart) = match &names[..] {
        [chart] => ("release-name", chart),
        [release, chart] => (release.as_str(), chart),
        [] => return Err("\"helm template\" requires at least 1 argument".to_owned()),
        _ => {
            return Err(format!(
                "expected at most two arguments, unexpected arguments: {}",
                names[2..].join(", ")
            ));
        }
    };
    let files = read_chart(Path::new(chart))?;
    call.package = match &files {
        Files::Folder(tree) => Package::Folder(tree),
        Files::Archive(bytes) => Package::Archive(bytes),
    };
    call.release.name = release.to_owned();
    call.path = absolute(chart).map_or(chart.clone(), |path| path.display().to_string());
    read_values(&mut call);
    if let Some(times) = repeat {
        return Ok(measure(&mut call, times.max(1)));
    }
    let transcript = call.template();
    eprint!("{}", transcript.stderr());
    print!("{}", transcript.stdout());
    Ok(if transcript.exit_code == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A word as flag and the text that it brings along: `--set=a=1`, `-fvalues.yaml`.
fn split(word: &str) -> (&str, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((flag, text)) => (flag, Some(text.to_owned())),
            None => (word, None),
        };
    }
    if word.starts_with('-') && word.len() > 2 && word.is_char_boundary(2) {
        let (flag, text) = word.split_at(2);
        return (flag, Some(text.strip_prefix('=').unwrap_or(text).to_owned()));
    }
    (word, None)
}

fn read_chart(path: &Path) -> Result<Files, String> {
    if path.is_dir() {
        let mut tree = FileTree::new();
        read_folder(path, "", &mut tree).map_err(|error| error.to_string())?;
        return Ok(Files::Folder(tree));
    }
    fs::read(path).map(Files::Archive).map_err(|_| format!("path {:?} not found", path.display().to_string()))
}

fn read_folder(folder: &Path, prefix: &str, tree: &mut FileTree) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), tree)?;
        } else {
            tree.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

/// Reads the files that `-f` and `--set-file` name; `-` is standard input.
fn read_values(call: &mut Invocation<'_>) {
    let read = |path: &str| match path {
        "-" => std::io::read_to_string(std::io::stdin()),
        path => fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    };
    let sources = &mut call.sources;
    for file in &mut sources.files {
        match read(&file.path) {
            Ok(text) => file.text = text,
            Err(_) => sources.absent.push(file.path.clone()),
        }
    }
    for path in sources.paths_to_read() {
        if let Ok(text) = read(&path) {
            sources.set_file_contents.insert(path, text);
        }
    }
}

fn measure(call: &mut Invocation<'_>, times: u32) -> ExitCode {
    let mut rate = |anew: bool| {
        let start = Clock::now();
        for _ in 0..times {
            if anew {
                call.helm = Helm::default();
            }
            let transcript = call.template();
            if transcript.exit_code != 0 {
                return Err(transcript.stderr());
            }
        }
        Ok(f64::from(times) / start.elapsed().as_secs_f64())
    };
    match rate(true).and_then(|first| Ok((first, rate(false)?))) {
        Ok((anew, kept)) => {
            println!("{anew:.1} renders per second ({kept:.1} with templates kept parsed)");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprint!("{error}");
            ExitCode::FAILURE
        }
    }
}
