//! Holds the map in `ARCHITECTURE.md` true by reading the imports of every file under `src`.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates that only the page may name.
const BROWSER: [&str; 7] =
    ["yew", "web_sys", "js_sys", "gloo", "wasm_bindgen", "wasm_bindgen_futures", "console_error_panic_hook"];
/// The modules that may name them.
const PAGE: [&str; 2] = ["platform", "ui"];

/// The modules of `src/lib.rs`, in the order of their layers.
fn layers() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).expect("src/lib.rs is there");
    text.lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("a folder entry can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file, without comments and the contents of strings on one line, line by line; an import of
/// several lines comes as one.
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open_import = false;
    for (index, line) in text.lines().enumerate() {
        let mut code = String::new();
        for (part, piece) in line.split('"').enumerate() {
            if part % 2 == 0 {
                code.push_str(piece);
            }
        }
        let code = code.split("//").next().unwrap_or_default();
        match lines.last_mut() {
            Some((_, import)) if open_import => import.push_str(code),
            _ => lines.push((index + 1, code.to_owned())),
        }
        let (_, joined) = lines.last().expect("a line was just added");
        open_import = joined.contains("use ") && joined.contains('{') && !joined.contains(';');
    }
    lines
}

/// Whether `code` has `name` as the first segment of a path: `name::…`.
fn names_path(code: &str, name: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|character| is_word(character) || character == ':')
    })
}

/// The modules of this crate that `code` names: `crate::module` and `use crate::{module…, …}` on one line.
fn crate_modules(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, matched) in code.match_indices("crate::") {
        let rest = &code[at + matched.len()..];
        match rest.strip_prefix('{') {
            None => found.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (index, character) in list.char_indices() {
                    if start && character.is_alphabetic() && depth == 0 {
                        found.push(word(&list[index..]));
                        start = false;
                    }
                    match character {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

#[test]
fn modules_import_only_from_the_layers_above_them() {
    let layers = layers();
    assert!(layers.len() >= 8, "src/lib.rs lists its modules: {layers:?}");
    let layer = |name: &str| layers.iter().position(|layer| layer == name);
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    for path in files {
        let relative = path.strip_prefix(source()).expect("files stand under src").to_path_buf();
        let module = relative.components().next().expect("a file has a name").as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs").to_owned();
        let Some(own) = layer(&module) else { continue };
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for (line, code) in code_lines(&text) {
            for named in crate_modules(&code) {
                if layer(&named).is_some_and(|named| named > own) {
                    wrong.push(format!("src/{}:{line}: {module} may not import {named}", relative.display()));
                }
            }
            for browser in BROWSER {
                let used =
                    names_path(&code, browser) || code.trim_start().starts_with(&format!("use {browser};"));
                if used && !PAGE.contains(&module.as_str()) {
                    wrong.push(format!("src/{}:{line}: {module} may not name {browser}", relative.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_is_deterministic() {
    // Unordered collections, the wall clock and random numbers would make the same log give another world.
    const FORBIDDEN: [&str; 5] = ["HashMap", "HashSet", "SystemTime", "std::time::Instant", "thread_rng"];
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    for path in files {
        let relative = path.strip_prefix(source()).expect("files stand under src").to_path_buf();
        if PAGE.iter().any(|page| relative.starts_with(page)) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file can be read");
        for (line, code) in code_lines(&text) {
            for word in FORBIDDEN.iter().filter(|word| code.contains(**word)) {
                wrong.push(format!("src/{}:{line}: {word}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_module() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"))
        .expect("the map is there");
    for layer in layers() {
        assert!(map.contains(&format!("`{layer}`")), "ARCHITECTURE.md does not name `{layer}`");
    }
}

#[test]
fn the_reader_of_imports_sees_them() {
    let check = |code: &str, expect: &[&str]| assert_eq!(crate_modules(code), expect, "{code}");
    check("use crate::yaml::Node;", &["yaml"]);
    check("use crate::{api::{Quantity, Status}, yaml};", &["api", "yaml"]);
    check("let x = crate::cluster::Cluster::new();", &["cluster"]);
    check("use super::Node;", &[]);
    let lines = code_lines("use crate::{\n    api::Status,\n    yaml,\n};\nfn next() {}");
    assert_eq!(crate_modules(&lines[0].1), ["api", "yaml"]);
    assert_eq!(lines[1], (5, "fn next() {}".to_owned()));
    assert!(names_path("use yew::prelude::*;", "yew"));
    assert!(!names_path("use my_yew::prelude::*;", "yew"));
}
