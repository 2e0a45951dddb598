//! Slash-separated paths, as Go's `path` (and `path/filepath` on Linux) treats them.

/// `path.Clean`: the shortest equivalent path.
pub(crate) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.join("/")) {
        (true, rest) => format!("/{rest}"),
        (false, rest) if rest.is_empty() => ".".to_string(),
        (false, rest) => rest,
    }
}

/// `path.Base`: the last element.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/') {
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

/// `path.Dir`: all but the last element, cleaned.
pub(crate) fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

/// `path.Ext`: from the last dot of the last element on.
pub(crate) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |dot| &name[dot..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_apart() {
        for (path, cleaned, last, above, end) in [
            ("/a/b.c", "/a/b.c", "b.c", "/a", ".c"),
            ("a//b/../c", "a/c", "c", "a/b/..", ""),
            ("", ".", ".", ".", ""),
            ("/..", "/", "..", "/", "."),
            ("../x/", "../x", "x", "../x", ""),
            ("/", "/", "/", "/", ""),
        ] {
            assert_eq!(clean(path), cleaned);
            assert_eq!(base(path), last);
            assert_eq!(dir(path), clean(above));
            assert_eq!(extension(path), end);
        }
    }
}
