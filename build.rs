//! Turns `static/charts` into a table of the charts that the page carries, so that a chart or a gallery entry that
//! cannot be read fails the build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// One entry of `static/charts/gallery.yaml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    title: String,
    summary: String,
    lab: char,
    release: String,
    namespace: String,
}

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package"));
    let charts = root.join("static/charts");
    println!("cargo::rerun-if-changed=static/charts");
    println!("cargo::rerun-if-changed=build.rs");
    let gallery =
        fs::read_to_string(charts.join("gallery.yaml")).expect("static/charts/gallery.yaml is there");
    let gallery: Vec<Entry> = serde_yaml::from_str(&gallery).expect("static/charts/gallery.yaml is right");
    let mut table = String::from("&[\n");
    for Entry { id, title, summary, lab, release, namespace } in &gallery {
        let folder = charts.join(id);
        assert!(folder.join("Chart.yaml").is_file(), "the gallery names {id}, which is no chart");
        let mut files = Vec::new();
        collect(&folder, "", &mut files);
        writeln!(
            table,
            "BuiltIn {{ id: {id:?}, title: {title:?}, summary: {summary:?}, lab: {lab:?}, release: {release:?}, \
             namespace: {namespace:?}, files: &["
        )
        .expect("a string takes every text");
        for (name, path) in files {
            println!("cargo::rerun-if-changed={}", path.display());
            writeln!(table, "({name:?}, include_bytes!({:?})),", path.display().to_string())
                .expect("a string takes every text");
        }
        table.push_str("] },\n");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    fs::write(out.join("built_in_charts.rs"), table).expect("the output folder can be written");
}

/// The files below `folder`, by path relative to the chart, in the order of their names.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a chart's folder can be read")
        .map(|entry| entry.expect("a chart's folder can be read").path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files);
        } else {
            files.push((format!("{prefix}{name}"), path));
        }
    }
}
