//! Replays `charts`: whole charts as `helm template`, `helm install --dry-run` and `helm lint` treated them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use statefulset_playground::chart::archive;
use statefulset_playground::chart::values::ValuesFile;
use statefulset_playground::chart::{FileTree, Invocation, Package, Release, Transcript};

use super::{Tally, folder, text_difference};

#[test]
fn charts() {
    let Some(root) = folder("charts") else { return };
    let mut whole = Tally::new("charts");
    let mut parts = [Tally::new("charts-template"), Tally::new("charts-dryrun"), Tally::new("charts-lint")];
    for chart in folders(&root) {
        let mut trees: BTreeMap<String, FileTree> = BTreeMap::new();
        for case in folders(&root.join(&chart).join("cases")) {
            let name = format!("{chart}/{case}");
            let at = root.join(&chart);
            let recorded = at.join("cases").join(&case);
            let arguments: Json =
                serde_json::from_str(&read(&recorded.join("args.json"))).expect("args.json is JSON");
            let folder_name = text(&arguments["chart"]);
            let tree = trees.entry(folder_name.clone()).or_insert_with(|| tree(&at.join(&folder_name)));
            let outcomes = [
                template(&arguments, tree, &at, &recorded),
                dry_run(&arguments, tree, &at, &recorded),
                lint(&arguments, tree, &at, &recorded),
            ];
            let mut all = Ok(());
            for (tally, outcome) in parts.iter_mut().zip(outcomes) {
                let Some(outcome) = outcome else { continue };
                if all.is_ok() {
                    all = outcome.clone();
                }
                tally.record(name.clone(), outcome);
            }
            whole.record(name, all);
        }
    }
    for part in parts {
        part.finish(Some(0));
    }
    whole.finish(None);
}

/// A packed chart renders as its folder does; `.helmignore` counts only in a folder and is left out of both.
#[test]
fn archives_render_as_folders_do() {
    let Some(root) = folder("charts") else { return };
    for chart in folders(&root) {
        let mut tree = tree(&root.join(&chart).join("chart"));
        tree.remove(".helmignore");
        if !tree.contains_key("Chart.yaml") {
            continue;
        }
        let packed = archive::write("packed", &tree);
        let [of_folder, of_archive] = [Package::Folder(&tree), Package::Archive(&packed)]
            .map(|package| Invocation::new(package, Release::new("app", "default")).template());
        assert!(!of_folder.stdout().is_empty() || of_folder.exit_code != 0, "{chart} writes something");
        assert_eq!(of_folder, of_archive, "{chart}");
    }
}

fn template(arguments: &Json, tree: &FileTree, at: &Path, recorded: &Path) -> Option<Result<(), String>> {
    let invocation = match invocation(arguments, "flags", tree, at) {
        Ok(invocation) => invocation,
        Err(error) => return Some(Err(error)),
    };
    let transcript = invocation.template();
    let mut stdout = transcript.stdout();
    if arguments["orderRandom"] == true {
        stdout = in_order_of_sources(&stdout);
    }
    Some(
        same("template.txt", &read(&recorded.join("template.txt")), &stdout)
            .and_then(|()| same("error.txt", &read(&recorded.join("error.txt")), &transcript.stderr()))
            .and_then(|()| same("rc", read(&recorded.join("rc")).trim(), &transcript.exit_code.to_string())),
    )
}

fn dry_run(arguments: &Json, tree: &FileTree, at: &Path, recorded: &Path) -> Option<Result<(), String>> {
    let mut invocation = match invocation(arguments, "installFlags", tree, at) {
        Ok(invocation) => invocation,
        Err(error) => return Some(Err(error)),
    };
    invocation.debug = true;
    let transcript = invocation.install_dry_run();
    Some(
        same("dryrun.txt", &read(&recorded.join("dryrun.txt")), &transcript.combined())
            .and_then(|()| {
                same("dryrun.stdout.txt", &read(&recorded.join("dryrun.stdout.txt")), &transcript.stdout())
            })
            .and_then(|()| {
                same("dryrun.rc", read(&recorded.join("dryrun.rc")).trim(), &transcript.exit_code.to_string())
            }),
    )
}

fn lint(arguments: &Json, tree: &FileTree, at: &Path, recorded: &Path) -> Option<Result<(), String>> {
    if !recorded.join("lint.txt").exists() {
        return None;
    }
    let invocation = invocation(arguments, "", tree, at).ok()?;
    let transcript: Transcript = invocation.lint(&format!("./{}", text(&arguments["chart"])));
    Some(same("lint.txt", &read(&recorded.join("lint.txt")), &transcript.combined()).and_then(|()| {
        same("lint.rc", read(&recorded.join("lint.rc")).trim(), &transcript.exit_code.to_string())
    }))
}

/// The call that `args.json` describes, with the flags under the key `flags`.
fn invocation<'t>(
    arguments: &Json,
    flags: &str,
    tree: &'t FileTree,
    at: &Path,
) -> Result<Invocation<'t>, String> {
    let release = Release::new(text(&arguments["release"]), text(&arguments["namespace"]));
    let mut invocation = Invocation::new(Package::Folder(tree), release);
    invocation.deployed_at = "<TIME>".to_owned();
    let folder_name = text(&arguments["chart"]);
    // The recordings shorten the absolute path of `<dir>/chart`, also where a name goes on behind it.
    invocation.path = match folder_name.strip_prefix("chart") {
        Some(rest) => format!("<chart>{rest}"),
        None => format!("<dir>/{folder_name}"),
    };
    let sources = &mut invocation.sources;
    for path in texts(&arguments["values"]) {
        let text = read(&at.join(&path));
        if !at.join(&path).is_file() {
            sources.absent.push(path.clone());
        }
        sources.files.push(ValuesFile { path, text });
    }
    sources.set_json = texts(&arguments["setJson"]);
    sources.set = texts(&arguments["set"]);
    sources.set_string = texts(&arguments["setString"]);
    sources.set_file = texts(&arguments["setFile"]);
    sources.set_literal = texts(&arguments["setLiteral"]);
    for path in sources.paths_to_read() {
        if at.join(&path).is_file() {
            sources.set_file_contents.insert(path.clone(), read(&at.join(&path)));
        }
    }
    let mut words = texts(&arguments[flags]).into_iter();
    while let Some(word) = words.next() {
        let (flag, behind) = match word.split_once('=') {
            Some((flag, behind)) => (flag, Some(behind.to_owned())),
            None => (word.as_str(), None),
        };
        invocation.set_flag(flag, &mut || behind.clone().or_else(|| words.next()))?;
    }
    Ok(invocation)
}

fn same(file: &str, expected: &str, actual: &str) -> Result<(), String> {
    let actual = with_times_hidden(actual);
    if expected == actual { Ok(()) } else { Err(format!("{file} {}", text_difference(expected, &actual))) }
}

/// The text with `time=<TIME>` for every `time=` with an RFC 3339 time, as the recordings have it.
fn with_times_hidden(text: &str) -> String {
    let mut hidden = String::new();
    let mut parts = text.split("time=");
    hidden.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && !"-:.TZ+".contains(c)).unwrap_or(part.len());
        let is_time = end >= 20 && part.as_bytes()[10] == b'T';
        hidden.push_str("time=");
        hidden.push_str(if is_time { "<TIME>" } else { &part[..end] });
        hidden.push_str(&part[end..]);
    }
    hidden
}

/// Documents by their `# Source:` line, trailing newlines reduced to one.
fn in_order_of_sources(text: &str) -> String {
    let mut documents: Vec<String> = text
        .split("---\n# Source: ")
        .filter(|document| !document.is_empty())
        .map(|document| format!("---\n# Source: {}\n", document.trim_end_matches('\n')))
        .collect();
    documents.sort_by_key(|document| document.lines().nth(1).unwrap_or_default().to_owned());
    documents.concat()
}

fn folders(path: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn tree(path: &Path) -> FileTree {
    let mut tree = FileTree::new();
    let mut open = vec![(path.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                tree.insert(name, fs::read(entry.path()).expect("a file of a chart can be read"));
            }
        }
    }
    tree
}

fn read(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().map(text).collect()
}
