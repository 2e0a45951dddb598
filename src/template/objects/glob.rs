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
            '\\' => {
                if let Some(character) = characters.next() {
                    literal(&mut text, character);
                }
            }
            character => literal(&mut text, character),
        }
    }
    // The end closes what is open.
    text.extend(std::iter::repeat_n(')', depth));
    text.push_str(r")\z");
    Some(text)
}

/// A class is one range or a list: a `-` further on stands for itself, and behind a range only `]` may follow.
fn class(text: &mut String, characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    text.push('[');
    if characters.next_if_eq(&'!').is_some() {
        text.push('^');
    }
    let mut character = characters.next()?;
    if characters.next_if_eq(&'-').is_some() {
        let last = characters.next()?;
        literal(text, character);
        text.push('-');
        literal(text, last);
        text.push(']');
        return (character <= last && characters.next() == Some(']')).then_some(());
    }
    if character == ']' {
        return None;
    }
    while character != ']' {
        literal(text, if character == '\\' { characters.next()? } else { character });
        character = characters.next()?;
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
            ("[a-]", "anything/at all", true),
            ("[a-cx]", "anything/at all", true),
            ("[xa-c]", "-", true),
            ("[xa-c]", "b", false),
            ("{a,b*", "bc", true),
            ("a\\", "a", true),
            ("a+b", "a+b", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
