//! Splits rendered text at `---` as Helm does: by text, not by YAML. A `---` splits wherever a line begins with it,
//! with or without anything behind.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    /// The part.
    pub(crate) text: &'t str,
    /// Where it begins in the whole, in bytes.
    pub(crate) offset: usize,
}

/// The documents of a text, each with its own trailing blanks, without empty ones.
pub(crate) fn split(whole: &str) -> Vec<Piece<'_>> {
    let text = whole.trim_start();
    let base = whole.len() - text.len();
    let mut pieces = Vec::new();
    let mut add = |start: usize, end: usize| {
        let part = &text[start..end];
        let trimmed = part.trim_start();
        if !part.is_empty() {
            pieces.push(Piece { text: trimmed, offset: base + start + part.len() - trimmed.len() });
        }
    };
    let mut start = 0;
    let mut search = 0;
    while let Some(found) = text[search..].find("---") {
        let dashes = search + found;
        if dashes > 0 && text.as_bytes()[dashes - 1] != b'\n' {
            search = dashes + 1;
            continue;
        }
        add(start, dashes);
        let behind = &text[dashes + 3..];
        start = dashes + 3 + behind.len() - behind.trim_start_matches(blank).len();
        search = start;
    }
    add(start, text.len());
    pieces
}

/// What `\s` of Go's regular expressions takes.
fn blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let pieces = split(text);
        assert_eq!(pieces.iter().map(|piece| piece.text).collect::<Vec<_>>(), expected, "{text:?}");
        for piece in pieces {
            assert!(text[piece.offset..].starts_with(piece.text), "{text:?}");
        }
    }

    #[test]
    fn text_splits_as_in_helm() {
        check("a: 1\n", &["a: 1\n"]);
        check("---\na: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check("\n\n---\na\n\n\n---\n\n  b\n", &["a\n\n\n", "b\n"]);
        check("a\n---b\n", &["a\n", "b\n"]);
        check("a --- b\n", &["a --- b\n"]);
        check("a: |\n  x\n  ---\n  y\n", &["a: |\n  x\n  ---\n  y\n"]);
        check("---\n---\na", &["a"]);
        check("---", &[]);
    }
}
