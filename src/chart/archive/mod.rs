//! Chart archives: `.tgz` and `.zip` in, `.tgz` out.
//!
//! In: bytes of any origin. Out: the files of a chart by path, or why the archive is refused. Sizes and counts are
//! limited, links and paths that lead out of the chart are refused, and nothing is unpacked before it is counted.

mod gzip;
mod tar;
mod zip;

use super::load::FileTree;
use crate::gather::Gather;

/// Helm's limit for all files of a chart together, in bytes.
const MAX_TOTAL: usize = 100 * 1024 * 1024;
/// Helm's limit for one file, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;
/// How many entries an archive may hold; Helm has no such limit.
const MAX_ENTRIES: usize = 20_000;

/// One entry of an archive: its name as it stands there, and its bytes.
type Entry = (String, Vec<u8>);

/// The files of a chart archive, their paths relative to the chart, in the order of the archive.
///
/// # Errors
/// Helm's words; for what only this reader limits, words of its own.
pub(crate) fn chart_files(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let entries = if bytes.starts_with(b"PK") {
        zip::read(bytes)?
    } else {
        tar::read(&gzip::unpack(bytes, MAX_TOTAL)?)?
    };
    inside_chart(entries)
}

/// The entries that are files of a chart, by their paths in it.
fn inside_chart(entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
    let mut files = Vec::new();
    for (name, data) in entries {
        if let Some(path) = chart_path(&name)? {
            if data.len() > MAX_FILE {
                let name = super::log::go_quoted(&name);
                return Err(format!(
                    "decompressed chart file {name} is larger than the maximum file size {MAX_FILE}"
                ));
            }
            files.push((path, data));
        }
    }
    if files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(files)
}

/// The files of a chart archive (`.tgz` or `.zip`) by path; of two entries with one path the later one stays.
///
/// # Errors
/// Why the archive is refused.
pub fn read(bytes: &[u8]) -> Result<FileTree, String> {
    if bytes.starts_with(b"PK") {
        // A `.zip` often holds the files of a folder without the folder itself.
        let entries = zip::read(bytes)?;
        if entries.iter().any(|(name, _)| name == "Chart.yaml") {
            let inside = entries.into_iter().map(|(name, data)| (format!("chart/{name}"), data));
            return Ok(inside_chart(inside.collect())?.into_iter().gather());
        }
    }
    Ok(chart_files(bytes)?.into_iter().gather())
}

/// The chart `name` as a `.tgz` that Helm can install. The same files give the same bytes.
pub fn write(name: &str, files: &FileTree) -> Vec<u8> {
    gzip::pack(&tar::write(files.iter().map(|(path, data)| (format!("{name}/{path}"), data.as_slice()))))
}

/// The path inside the chart of an archive's entry; `None` for an entry that is no file of a chart.
fn chart_path(name: &str) -> Result<Option<String>, String> {
    let separator = if name.contains('\\') { '\\' } else { '/' };
    if name.contains('\0') {
        return Err("chart contains illegally named files".to_owned());
    }
    if name.ends_with(separator) {
        return Ok(None);
    }
    let (first, rest) = name.split_once(separator).unwrap_or((name, ""));
    let path = cleaned(&rest.replace('\\', "/"));
    if path.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    if path == "." {
        let quoted = super::log::go_quoted(name);
        return Err(format!("chart illegally contains content outside the base directory: {quoted}"));
    }
    if path.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    let mut start = path.bytes();
    if start.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && path[1..].starts_with(":/") {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(Some(path))
}

/// A path without `.`, doubled `/` and names that `..` takes back, as Go's `path.Clean` gives it.
fn cleaned(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            ".." if rooted => {}
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> FileTree {
        files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).gather()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let long = format!("templates/{}/{}.yaml", "x".repeat(90), "y".repeat(120));
        let files = tree(&[("Chart.yaml", "name: a\n"), ("empty", ""), (&long, "kind: Pod\n")]);
        assert_eq!(read(&write("a", &files)), Ok(files));
    }

    #[test]
    fn paths_out_of_the_chart_are_refused() {
        let refused = |name: &str| chart_path(name).expect_err("a path out of the chart");
        assert_eq!(refused("a/../../x"), "chart illegally references parent directory");
        assert_eq!(refused("a//x"), "chart illegally contains absolute paths");
        assert_eq!(refused("a"), "chart illegally contains content outside the base directory: \"a\"");
        assert_eq!(refused("a/C:/x"), "chart contains illegally named files");
        assert_eq!(refused("a/b\0/c"), "chart contains illegally named files");
        assert_eq!(refused("Chart.yaml/x"), "chart yaml not in base directory");
        assert_eq!(chart_path("a/b/../c"), Ok(Some("c".to_owned())));
        assert_eq!(chart_path(r"a\b\c"), Ok(Some("b/c".to_owned())));
        assert_eq!(chart_path("a/"), Ok(None));
    }

    #[test]
    fn broken_archives_are_refused() {
        for bytes in [&b""[..], b"PK", b"\x1f\x8b", b"hello", b"PK\x05\x06"] {
            assert!(read(bytes).is_err());
        }
        let whole = write("a", &tree(&[("Chart.yaml", "name: a\n")]));
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
    }
}
