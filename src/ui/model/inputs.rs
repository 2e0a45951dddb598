//! What the reader gives to Helm: a chart with edited files, values, and the options of a release.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::chart::FileTree;
use crate::gather::Gather;

/// A longer text is not rendered: a release must fit into a Secret, which holds 1 MiB.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// What the reader gives to Helm for one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The chart's id in the gallery.
    pub chart: Rc<str>,
    /// The chart's files before the reader changed any.
    pub files: Rc<FileTree>,
    /// The values file, `-f` of `helm install`.
    pub values: Rc<str>,
    /// Chart files that the reader changed, by path.
    pub edits: BTreeMap<Rc<str>, Edit>,
    /// The release's name.
    pub release: Rc<str>,
    /// The release's namespace.
    pub namespace: Rc<str>,
    /// Everything else that `helm install` is told.
    pub options: Rc<Options>,
    /// The revision of the release that is installed, 0 if none is; never stored.
    pub installed: u32,
}

/// What the reader did to a chart file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Wrote this.
    Text(Rc<str>),
    /// Took it away.
    Deleted,
    /// Put here what stands in the chart at another path.
    Moved(Rc<str>),
}

/// Whether `.Release.IsUpgrade` is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// If the release is installed.
    #[default]
    Auto,
    /// Never: `helm install`.
    Install,
    /// Always: `helm upgrade`.
    Upgrade,
}

/// Options of a release, as the flags of `helm install` and `helm template` name them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// `--is-upgrade`.
    pub operation: Operation,
    /// `--kube-version`; empty for Helm's own.
    pub kube_version: String,
    /// `--api-versions`, with blanks or commas between.
    pub api_versions: String,
    /// `--include-crds`.
    pub include_crds: bool,
    /// `--set`.
    pub set: String,
    /// Files of the chart that come before the reader's values, `-f` each.
    pub values_files: Vec<String>,
    /// When random numbers were drawn last, in seconds since 1970: their seed, and what `now` answers.
    pub drawn_at: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    values: String,
    #[serde(default)]
    edits: BTreeMap<String, String>,
    #[serde(default)]
    deleted: Vec<String>,
    #[serde(default)]
    moved: BTreeMap<String, String>,
    release: String,
    namespace: String,
    #[serde(default)]
    options: Options,
}

impl Inputs {
    /// The inputs as text for storage; the chart's id names the place.
    pub fn to_text(&self) -> String {
        let (mut edits, mut deleted, mut moved) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        for (path, edit) in &self.edits {
            let path = path.to_string();
            match edit {
                Edit::Text(text) => drop(edits.insert(path, text.to_string())),
                Edit::Deleted => deleted.push(path),
                Edit::Moved(from) => drop(moved.insert(path, from.to_string())),
            }
        }
        let stored = Stored {
            values: self.values.to_string(),
            edits,
            deleted,
            moved,
            release: self.release.to_string(),
            namespace: self.namespace.to_string(),
            options: (*self.options).clone(),
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Inputs from storage; `None` if the text is not what [`Inputs::to_text`] writes.
    pub fn from_text(chart: &str, files: Rc<FileTree>, text: &str) -> Option<Inputs> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let mut edits: BTreeMap<Rc<str>, Edit> = BTreeMap::new();
        for (path, text) in stored.edits {
            edits.insert(path.into(), Edit::Text(text.into()));
        }
        for path in stored.deleted {
            edits.insert(path.into(), Edit::Deleted);
        }
        for (path, from) in stored.moved {
            edits.insert(path.into(), Edit::Moved(from.into()));
        }
        Some(Inputs {
            chart: chart.into(),
            files,
            values: stored.values.into(),
            edits,
            release: stored.release.into(),
            namespace: stored.namespace.into(),
            options: Rc::new(stored.options),
            installed: 0,
        })
    }

    /// The size of the reader's texts, in bytes.
    pub fn size(&self) -> usize {
        let edited = self.edits.values().map(|edit| match edit {
            Edit::Text(text) => text.len(),
            Edit::Deleted | Edit::Moved(_) => 0,
        });
        self.values.len() + edited.sum::<usize>()
    }

    /// What a chart file holds now.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        match self.edits.get(path) {
            Some(Edit::Text(text)) => Some(text.as_bytes()),
            Some(Edit::Deleted) => None,
            Some(Edit::Moved(from)) => self.files.get(&**from).map(Vec::as_slice),
            None => self.files.get(path).map(Vec::as_slice),
        }
    }

    /// What a chart file says now, if it is a text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.file(path).and_then(as_text)
    }

    /// [`Inputs::text`] to share: the same as long as the reader does not write.
    pub fn shared_text(&self, path: &str) -> Option<Rc<str>> {
        match self.edits.get(path) {
            Some(Edit::Text(text)) => Some(Rc::clone(text)),
            _ => self.text(path).map(Rc::from),
        }
    }

    /// The paths of all chart files in order, deleted ones among them.
    pub fn paths(&self) -> Vec<Rc<str>> {
        let mut paths: BTreeMap<Rc<str>, ()> = BTreeMap::new();
        paths.extend(self.files.keys().map(|path| (Rc::from(path.as_str()), ())));
        paths.extend(self.edits.keys().map(|path| (path.clone(), ())));
        paths.into_keys().collect()
    }

    /// The chart's files as they are now.
    pub fn tree(&self) -> FileTree {
        let present = |path: Rc<str>| Some((path.to_string(), self.file(&path)?.to_vec()));
        self.paths().into_iter().filter_map(present).gather()
    }

    /// Changes what a chart file says.
    pub fn write(&mut self, path: &Rc<str>, text: Rc<str>) {
        if self.files.get(&**path).is_some_and(|original| original == text.as_bytes()) {
            self.edits.remove(path);
        } else {
            self.edits.insert(path.clone(), Edit::Text(text));
        }
    }

    /// Takes a chart file away.
    pub fn delete(&mut self, path: &Rc<str>) {
        if self.files.contains_key(&**path) {
            self.edits.insert(path.clone(), Edit::Deleted);
        } else {
            self.edits.remove(path);
        }
    }

    /// Gives a chart file another path; [`Inputs::check_path`] says whether it can have it.
    pub fn rename(&mut self, from: &Rc<str>, to: &Rc<str>) {
        let Some(bytes) = self.file(from) else { return };
        let edit = match (as_text(bytes), self.edits.get(from)) {
            (Some(text), _) => Edit::Text(text.into()),
            (None, Some(moved)) => moved.clone(),
            (None, None) => Edit::Moved(from.clone()),
        };
        self.delete(from);
        // Back at its own place it is as it was.
        match edit {
            Edit::Text(text) => self.write(to, text),
            Edit::Moved(place) if place == *to => drop(self.edits.remove(to)),
            other => drop(self.edits.insert(to.clone(), other)),
        }
    }

    /// Says why a chart file cannot have this path; `None` if it can.
    pub fn check_path(&self, path: &str) -> Option<&'static str> {
        let odd = |name: &str| name.is_empty() || name == "." || name == "..";
        if path.is_empty() {
            Some("A file needs a name.")
        } else if path.split('/').any(odd) || path.contains(['\\', '\0']) || path.len() > 250 {
            Some("A path has names with one / between them.")
        } else if self.file(path).is_some() {
            Some("There is such a file already.")
        } else {
            None
        }
    }
}

/// The bytes as text, if they are one.
pub fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Inputs for a chart of these files.
    pub(in crate::ui::model) fn inputs(files: &[(&str, &[u8])], values: &str) -> Inputs {
        Inputs {
            chart: "own-1".into(),
            files: Rc::new(files.iter().map(|(path, data)| ((*path).to_owned(), data.to_vec())).gather()),
            values: values.into(),
            edits: BTreeMap::new(),
            release: "r".into(),
            namespace: "default".into(),
            options: Rc::default(),
            installed: 0,
        }
    }

    const FILES: &[(&str, &[u8])] = &[("Chart.yaml", b"name: a\n"), ("b.bin", b"\xff\x00"), ("c.txt", b"c")];

    /// The files after `act`, with the texts of those that are text.
    fn check(act: impl FnOnce(&mut Inputs), expected: &str) {
        let mut inputs = inputs(FILES, "");
        act(&mut inputs);
        let shown = |(path, data): (String, Vec<u8>)| {
            format!("{path}={}", as_text(&data).map_or("(binary)", |text| text.trim()))
        };
        let found: Vec<String> = inputs.tree().into_iter().map(shown).collect();
        assert_eq!(found.join(" "), expected);
        let stored = Inputs::from_text("own-1", Rc::clone(&inputs.files), &inputs.to_text());
        assert_eq!(stored, Some(inputs), "it survives storage");
    }

    #[test]
    fn files_are_changed_and_changed_back() {
        let path = |path: &str| -> Rc<str> { path.into() };
        check(|_| {}, "Chart.yaml=name: a b.bin=(binary) c.txt=c");
        check(|it| it.write(&path("c.txt"), "d".into()), "Chart.yaml=name: a b.bin=(binary) c.txt=d");
        check(
            |it| it.write(&path("n/e.txt"), "e".into()),
            "Chart.yaml=name: a b.bin=(binary) c.txt=c n/e.txt=e",
        );
        check(|it| it.delete(&path("c.txt")), "Chart.yaml=name: a b.bin=(binary)");
        check(|it| it.rename(&path("c.txt"), &path("d.txt")), "Chart.yaml=name: a b.bin=(binary) d.txt=c");
        check(|it| it.rename(&path("b.bin"), &path("d.bin")), "Chart.yaml=name: a c.txt=c d.bin=(binary)");
        check(
            |it| {
                for (from, to) in [("b.bin", "d"), ("d", "e"), ("e", "b.bin"), ("c.txt", "f"), ("f", "c.txt")]
                {
                    it.rename(&path(from), &path(to));
                }
                it.write(&path("x"), "x".into());
                it.delete(&path("x"));
                assert!(it.edits.is_empty(), "{:?}", it.edits);
            },
            "Chart.yaml=name: a b.bin=(binary) c.txt=c",
        );
    }

    #[test]
    fn a_path_is_checked() {
        let inputs = inputs(FILES, "");
        for (path, is_right) in [
            ("templates/x.yaml", true),
            ("", false),
            ("/x", false),
            ("a//b", false),
            ("a/../b", false),
            ("c.txt", false),
        ] {
            assert_eq!(inputs.check_path(path).is_none(), is_right, "{path}");
        }
    }

    #[test]
    fn what_an_older_page_stored_is_read() {
        let text = r#"{"values":"a: 1","edits":{"c.txt":"d"},"release":"r","namespace":"n"}"#;
        let inputs = Inputs::from_text("own-1", Rc::default(), text).expect("it can be read");
        assert_eq!((inputs.text("c.txt"), &*inputs.options), (Some("d"), &Options::default()));
        assert_eq!(Inputs::from_text("lab", Rc::default(), "{"), None);
    }
}
