//! A chart that the reader brings: from a folder or an archive of any origin to files, within limits.
//!
//! In: what was dropped or picked. Out: an [`OwnChart`], or a sentence that says what is wrong with it and where.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::inputs::as_text;
use crate::api::base64;
use crate::chart::{Chart, FileTree, FolderRules, archive};
use crate::gather::Gather;

/// How many files a folder may hold, those that `.helmignore` names not counted.
pub const MOST_FILES: usize = 5_000;
/// How many bytes the files of a chart may have together, and how many an archive may have.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// How deep packed subcharts are unpacked.
const DEEPEST: usize = 4;

/// A chart of the reader's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnChart {
    /// What the gallery calls it.
    pub title: Rc<str>,
    /// Its files.
    pub files: Rc<FileTree>,
}

/// A file of a folder before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path, the folder's own name first.
    pub path: String,
    /// Its size in bytes.
    pub size: usize,
}

/// A chart of the reader's as the gallery lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCard {
    /// Its id: [`ID_PREFIX`] and a number.
    pub id: String,
    /// What the gallery calls it.
    pub title: String,
}

/// How the ids of the reader's charts begin.
pub const ID_PREFIX: &str = "own-";

/// Which of the files is the chart's `.helmignore`, if there is one.
///
/// # Errors
/// A sentence: there is no chart.
pub fn helmignore(listed: &[Listed]) -> Result<Option<usize>, String> {
    let path = chart_root(listed.iter().map(|file| file.path.as_str()))? + ".helmignore";
    Ok(listed.iter().position(|file| file.path == path))
}

/// Which files of a folder to read: those that Helm reads, without the folder's name. `helmignore` is the text of
/// the chart's `.helmignore`.
///
/// # Errors
/// A sentence: there is no chart, or too much of it.
pub fn choose(listed: &[Listed], helmignore: &str) -> Result<Vec<(usize, String)>, String> {
    let root = chart_root(listed.iter().map(|file| file.path.as_str()))?;
    let inside = |path: &str| path.strip_prefix(&*root).map(str::to_owned);
    let rules =
        FolderRules::parse(helmignore).map_err(|error| format!(".helmignore cannot be read: {error}"))?;
    let mut chosen = Vec::new();
    let mut bytes = 0;
    for (index, file) in listed.iter().enumerate() {
        let Some(path) = inside(&file.path) else { continue };
        if rules.skip_file(&path) {
            continue;
        }
        bytes += file.size;
        if chosen.len() >= MOST_FILES || bytes > MOST_BYTES {
            return Err(format!(
                "it holds more than {MOST_FILES} files or {} MiB ({path} is one too many). Name what is no part of the \
                 chart in .helmignore.",
                MOST_BYTES >> 20
            ));
        }
        chosen.push((index, path));
    }
    Ok(chosen)
}

/// The folder of the one chart among `paths`, with a `/` behind it; empty if its files stand at the top.
fn chart_root<'p>(paths: impl Iterator<Item = &'p str>) -> Result<String, String> {
    let mut roots: Vec<&str> = paths
        .filter_map(|path| path.strip_suffix("Chart.yaml"))
        .filter(|root| root.is_empty() || root.ends_with('/'))
        .collect();
    // Charts inside of charts are subcharts.
    let all = roots.clone();
    roots.retain(|root| !all.iter().any(|other| root.len() > other.len() && root.starts_with(other)));
    match roots[..] {
        [] => Err("it has no Chart.yaml, which every chart has at its top.".to_owned()),
        [root] => Ok(root.to_owned()),
        _ => {
            let names: Vec<&str> = roots.iter().take(5).map(|root| root.trim_end_matches('/')).collect();
            Err(format!("it holds several charts ({}). Open the folder of one of them.", names.join(", ")))
        }
    }
}

impl OwnChart {
    /// The chart in an archive, `.tgz` or `.zip`.
    ///
    /// # Errors
    /// A sentence.
    pub fn from_archive(bytes: &[u8]) -> Result<OwnChart, String> {
        if bytes.len() > MOST_BYTES {
            return Err(format!("it is larger than {} MiB.", MOST_BYTES >> 20));
        }
        let files = archive::read(bytes)?;
        let root = chart_root(files.keys().map(String::as_str))?;
        let inside =
            files.into_iter().filter_map(|(path, data)| Some((path.strip_prefix(&*root)?.to_owned(), data)));
        OwnChart::from_files(inside.gather())
    }

    /// The chart of these files, packed subcharts unpacked.
    ///
    /// # Errors
    /// A sentence in Helm's words.
    pub fn from_files(files: FileTree) -> Result<OwnChart, String> {
        let mut files = files;
        unpack_subcharts(&mut files, 0);
        let total: usize = files.values().map(Vec::len).sum();
        if total > MOST_BYTES {
            return Err(format!("its files have more than {} MiB together.", MOST_BYTES >> 20));
        }
        let chart = Chart::load_folder(&files)?;
        Ok(OwnChart { title: chart.name().into(), files: Rc::new(files) })
    }

    /// The chart as text for storage.
    pub fn to_text(&self) -> String {
        let mut stored =
            Stored { title: self.title.to_string(), texts: BTreeMap::new(), binaries: BTreeMap::new() };
        for (path, data) in self.files.iter() {
            match as_text(data) {
                Some(text) => drop(stored.texts.insert(path.clone(), text.to_owned())),
                None => drop(stored.binaries.insert(path.clone(), base64::encode(data))),
            }
        }
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// A chart from storage; `None` if the text is not what [`OwnChart::to_text`] writes.
    pub fn from_text(text: &str) -> Option<OwnChart> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let mut files = FileTree::new();
        for (path, text) in stored.texts {
            files.insert(path, text.into_bytes());
        }
        for (path, text) in stored.binaries {
            files.insert(path, base64::decode(&text)?);
        }
        Some(OwnChart { title: stored.title.into(), files: Rc::new(files) })
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    title: String,
    texts: BTreeMap<String, String>,
    /// In base64.
    binaries: BTreeMap<String, String>,
}

/// Puts a folder in the place of each packed subchart that Helm would read the same from it, so that its files can
/// be seen and edited.
fn unpack_subcharts(files: &mut FileTree, depth: usize) {
    let is_packed = |path: &&String| {
        path.strip_prefix("charts/").is_some_and(|name| !name.contains('/') && name.ends_with(".tgz"))
    };
    let packed: Vec<String> = files.keys().filter(is_packed).cloned().collect();
    if depth >= DEEPEST || packed.is_empty() {
        return;
    }
    let text = files.get(".helmignore").map(|text| String::from_utf8_lossy(text).into_owned());
    let Ok(rules) = FolderRules::parse(&text.unwrap_or_default()) else { return };
    let mut left = MOST_BYTES.saturating_sub(files.values().map(Vec::len).sum());
    for path in packed.into_iter().filter(|path| !rules.skip_file(path)) {
        let Some(Ok(mut inner)) = files.get(&path).map(|data| archive::read(data)) else { continue };
        unpack_subcharts(&mut inner, depth + 1);
        let Ok(chart) = Chart::load_folder(&inner) else { continue };
        let folder = format!("charts/{}/", chart.name());
        let size: usize = inner.values().map(Vec::len).sum();
        let is_taken = files.keys().any(|path| path.starts_with(&folder));
        let is_ignored = inner.keys().any(|path| rules.skip_file(&format!("{folder}{path}")));
        // A subchart's own `.helmignore` counts for a folder of its own alone.
        if size > left || is_taken || is_ignored || chart.name().contains('/') {
            continue;
        }
        left -= size;
        files.remove(&path);
        files.extend(inner.into_iter().map(|(path, data)| (format!("{folder}{path}"), data)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &[u8])]) -> FileTree {
        files.iter().map(|(path, data)| ((*path).to_owned(), data.to_vec())).gather()
    }

    fn chart_yaml(name: &str) -> Vec<u8> {
        format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n").into_bytes()
    }

    fn check_choice(paths: &[(&str, usize)], helmignore: &str, expected: Result<&str, &str>) {
        let listed: Vec<Listed> =
            paths.iter().map(|(path, size)| Listed { path: (*path).to_owned(), size: *size }).collect();
        let chosen = choose(&listed, helmignore);
        match (chosen, expected) {
            (Ok(chosen), Ok(expected)) => {
                let paths: Vec<String> = chosen.into_iter().map(|(_, path)| path).collect();
                assert_eq!(paths.join(" "), expected);
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_folder_gives_what_helm_reads() {
        let folder =
            [("c/Chart.yaml", 9), ("c/.helmignore", 9), ("c/.git/x", 9), ("c/templates/.y", 9), ("c/z", 9)];
        check_choice(&folder, ".git/\n", Ok("Chart.yaml .helmignore z"));
        check_choice(
            &[("r/a/Chart.yaml", 1), ("r/a/charts/b/Chart.yaml", 1), ("r/x", 1)],
            "",
            Ok("Chart.yaml charts/b/Chart.yaml"),
        );
        check_choice(&[("r/a/Chart.yaml", 1), ("r/b/Chart.yaml", 1)], "", Err("several charts (r/a, r/b)"));
        check_choice(&[("r/a/x.yaml", 1)], "", Err("no Chart.yaml"));
        check_choice(&[("c/Chart.yaml", 1), ("c/big", MOST_BYTES)], "", Err("big is one too many"));
        check_choice(&folder, "**", Err(".helmignore"));
        let many: Vec<String> = (0..=MOST_FILES).map(|index| format!("c/{index}")).collect();
        let many: Vec<(&str, usize)> =
            many.iter().map(|path| (path.as_str(), 1)).chain([("c/Chart.yaml", 1)]).collect();
        check_choice(&many, "", Err("more than 5000 files"));
    }

    #[test]
    fn packed_subcharts_are_unpacked() {
        let inner = tree(&[("Chart.yaml", &chart_yaml("sub")), ("values.yaml", b"a: 1\n")]);
        let packed = archive::write("sub", &inner);
        let files = tree(&[("Chart.yaml", &chart_yaml("top")), ("charts/sub-1.0.0.tgz", &packed)]);
        let chart = OwnChart::from_archive(&archive::write("top", &files)).expect("the chart opens");
        let paths: Vec<&str> = chart.files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["Chart.yaml", "charts/sub/Chart.yaml", "charts/sub/values.yaml"]);
        assert_eq!(&*chart.title, "top");
    }

    #[test]
    fn bad_archives_are_refused_in_words() {
        let check = |bytes: &[u8], part: &str| {
            let error = OwnChart::from_archive(bytes).expect_err("it is refused");
            assert!(error.contains(part), "{error}");
        };
        check(b"hello", "gzip: invalid header");
        check(&archive::write("a", &tree(&[("values.yaml", b"")])), "no Chart.yaml");
        let broken = tree(&[("Chart.yaml", &chart_yaml("a")), ("values.yaml", b"a: [\n")]);
        check(&archive::write("a", &broken), "cannot load values.yaml");
    }

    #[test]
    fn a_chart_survives_storage() {
        let chart = OwnChart {
            title: "mine".into(),
            files: Rc::new(tree(&[("Chart.yaml", &chart_yaml("a")), ("logo.png", b"\x89PNG\x00")])),
        };
        assert_eq!(OwnChart::from_text(&chart.to_text()), Some(chart));
        assert_eq!(OwnChart::from_text("{}"), None);
    }
}
