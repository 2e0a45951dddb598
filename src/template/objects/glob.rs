//! File patterns of `.Files.Glob`, as gobwas/glob reads them with the separator `/`.

use regex_lite::Regex;

/// A pattern: `*` and `?` stop at `/`, `**` does not; `[a-z]`, `[!ab]`, `{a,b*}`; `\` takes away a special meaning.
pub(super) struct Glob(Option<Regex>);

impl Glob {
    /// Reads a pattern. One that cannot be read matches everything, as Helm has it.
    pub(super) fn new(pattern: &str) -> Glob {
        let expression = expression(pattern);
        Glob(
            expression.and_then(|text| regex_lite::RegexBuilder::new(&text).size_limit(1 << 20).build().ok()),
        )
    }

    /// Whether the whole path matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|expression| expression.is_match(path))
    }
}

fn expression(pattern: &str) -> Option<String> {
    let mut text = String::from(r"(?s)\A(?:");
    let mut depth = 0;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' => {
                let is_super = characters.peek() == Some(&'*');
                while characters.next_if_eq(&'*').is_some() {}
                text.push_str(if is_super { ".*" } else { "[^/]*" });
            }
            '?' => text.push_str("[^/]"),
            '[' => class(&mut text, &mut characters)?,
            '{' => {
                depth += 1;
                text.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                text.push(')');
            }
            ',' if depth > 0 => text.push('|'),
            '\\' => literal(&mut text, characters.next()?),
            character => literal(&mut text, character),
        }
    }
    text.push_str(r")\z");
    (depth == 0).then_some(text)
}

fn class(text: &mut String, characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    text.push('[');
    if characters.next_if_eq(&'!').is_some() {
        text.push('^');
    }
    let mut is_empty = true;
    loop {
        match characters.next()? {
            ']' if is_empty => return None,
            ']' => break,
            '-' if !is_empty && characters.peek().is_some_and(|next| *next != ']') => text.push('-'),
            '\\' => literal(text, characters.next()?),
            character => literal(text, character),
        }
        is_empty = false;
    }
    text.push(']');
    Some(())
}

fn literal(text: &mut String, character: char) {
    if r"\.+*?()|[]{}^$#&-~".contains(character) {
        text.push('\\');
    }
    text.push(character);
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn matches_paths() {
        for (pattern, path, expected) in [
            ("config/*", "config/a.json", true),
            ("config/*", "config/sub/a.json", false),
            ("config/**", "config/sub/a.json", true),
            ("**.txt", "files/sub/y.txt", true),
            ("*.txt", "files/x.txt", false),
            ("files/{x,y}.txt", "files/y.txt", true),
            ("[a-c].t?t", "b.txt", true),
            ("[!a-c].txt", "b.txt", false),
            ("[", "anything/at all", true),
            ("a+b", "a+b", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
