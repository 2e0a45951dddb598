//! Upper, lower, title, camel, snake and kebab case, as Go's strings, goutils and xstrings make them.

/// Rune by rune, as Go maps case: a letter whose other case is more than one rune stays.
fn mapped(character: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// `unicode.ToUpper`.
pub(crate) fn upper(character: char) -> char {
    mapped(character, character.to_uppercase())
}

/// `unicode.ToLower`.
pub(crate) fn lower(character: char) -> char {
    // The dotted capital I is the one letter whose simple and full lower case differ.
    if character == 'İ' { 'i' } else { mapped(character, character.to_lowercase()) }
}

/// `unicode.ToTitle`: the upper case but for the four digraphs that have a case between.
fn title_case(character: char) -> char {
    match character {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        character => upper(character),
    }
}

/// `strings.Title`: the first letter of each word in title case.
pub(crate) fn title(text: &str) -> String {
    let mut previous = ' ';
    text.chars()
        .map(|character| {
            let starts = is_separator(previous);
            previous = character;
            if starts { title_case(character) } else { character }
        })
        .collect()
}

fn is_separator(character: char) -> bool {
    match character {
        character if character.is_ascii() => !(character.is_ascii_alphanumeric() || character == '_'),
        character => character.is_whitespace(),
    }
}

/// goutils `Uncapitalize`: the first letter of each word in lower case.
pub(crate) fn untitle(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|character| {
            if character.is_whitespace() {
                starts = true;
                character
            } else if std::mem::take(&mut starts) {
                lower(character)
            } else {
                character
            }
        })
        .collect()
}

/// goutils `SwapCase`: a small letter after white space becomes one in title case.
pub(crate) fn swap(text: &str) -> String {
    let mut starts = true;
    let swapped = |character: char| {
        let title = std::mem::take(&mut starts);
        match character {
            character if character.is_lowercase() && title => title_case(character),
            character if character.is_lowercase() => upper(character),
            character => {
                starts = character.is_whitespace();
                lower(character)
            }
        }
    };
    text.chars().map(swapped).collect()
}

/// goutils `Initials`: the first byte of each word, as a rune.
pub(crate) fn initials(text: &[u8]) -> String {
    let mut starts = true;
    let mut result = String::new();
    for &byte in text {
        let character = char::from(byte);
        if character.is_whitespace() {
            starts = true;
        } else if std::mem::take(&mut starts) {
            result.push(character);
        }
    }
    result
}

/// Whether xstrings takes the rune for a connector between words.
fn is_connector(character: char) -> bool {
    character == '-' || character == '_' || character.is_whitespace()
}

/// xstrings `ToPascalCase` (1.5): `http_server` becomes `HttpServer`; leading connectors stay, and of capitals in
/// a row at a word's start the first alone stays.
pub(crate) fn camel(text: &str) -> String {
    let rest = text.trim_start_matches(is_connector);
    let mut result = text[..text.len() - rest.len()].to_string();
    let mut characters = rest.chars();
    let Some(first) = characters.next() else { return result };
    let mut capitals = first.is_uppercase();
    let mut held = upper(first);
    for mut character in characters {
        if is_connector(character) && is_connector(held) {
            result.push(held);
            continue;
        }
        if is_connector(held) {
            capitals = character.is_uppercase();
            character = upper(character);
        } else {
            if capitals && character.is_uppercase() {
                character = lower(character);
            } else {
                capitals = false;
            }
            result.push(held);
        }
        held = character;
    }
    result.push(held);
    result
}

/// xstrings `ToSnakeCase` (connector `_`) and `ToKebabCase` (connector `-`).
pub(crate) fn joined_words(text: &str, connector: char) -> String {
    let words = words(text);
    let at = |index: usize| words.get(index).copied().unwrap_or((WordType::End, ""));
    let mut result = String::new();
    let mut index = 0;
    while index + 1 < words.len() {
        let (kind, word) = at(index);
        if kind != WordType::Connector {
            write_word(&mut result, kind, word, connector);
        }
        index += 1;
        let next = at(index).0;
        match kind {
            WordType::Number => index = write_run(&mut result, &words, index, connector),
            WordType::Connector => write_word(&mut result, kind, word, connector),
            WordType::Punctuation => {}
            _ if next != WordType::Number => {
                if !matches!(next, WordType::Connector | WordType::Punctuation) {
                    result.push(connector);
                }
            }
            _ if index + 1 == words.len() => {}
            _ => {
                let number = at(index).1;
                index += 1;
                if at(index).0 == WordType::Alphabet {
                    result.push(connector);
                    result.push_str(number);
                    index = write_run(&mut result, &words, index, connector);
                } else {
                    // The number belongs to the word before it: "Bld4Floor" is "bld4_floor".
                    result.push_str(number);
                    if !matches!(at(index).0, WordType::Connector | WordType::Punctuation) {
                        result.push(connector);
                    }
                }
            }
        }
    }
    let (kind, word) = at(index);
    write_word(&mut result, kind, word, connector);
    result
}

/// Writes letters and numbers from `index` on as one word, and a connector if another word follows.
fn write_run(result: &mut String, words: &[(WordType, &str)], mut index: usize, connector: char) -> usize {
    while let Some((kind @ (WordType::Alphabet | WordType::Number), word)) = words.get(index) {
        write_word(result, *kind, word, connector);
        index += 1;
    }
    if matches!(words.get(index), Some((WordType::UpperCase | WordType::Other, _))) {
        result.push(connector);
    }
    index
}

fn write_word(result: &mut String, kind: WordType, word: &str, connector: char) {
    match kind {
        WordType::Connector => result.extend(word.chars().map(|_| connector)),
        WordType::UpperCase => result.extend(word.chars().map(lower)),
        _ => result.push_str(word),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WordType {
    End,
    Number,
    UpperCase,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

fn words(text: &str) -> Vec<(WordType, &str)> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, end) = word_end(rest, first);
        words.push((kind, &rest[..end]));
        rest = &rest[end..];
    }
    words
}

/// The type of the word at the start of `text` and where it ends.
fn word_end(text: &str, first: char) -> (WordType, usize) {
    let run = |belongs: fn(char) -> bool| text.find(|character| !belongs(character)).unwrap_or(text.len());
    match first {
        character if is_connector(character) => (WordType::Connector, run(is_connector)),
        character if is_punctuation(character) => (WordType::Punctuation, run(is_punctuation)),
        character if character.is_uppercase() => (WordType::UpperCase, upper_word_end(text, first)),
        character if is_small_letter(character) => (WordType::Alphabet, run(is_small_letter)),
        character if character.is_numeric() => (WordType::Number, run(char::is_numeric)),
        _ => (WordType::Other, run(is_other).max(first.len_utf8())),
    }
}

/// The end of a word that starts with a capital: `Word`, or an abbreviation up to the capital of the next word.
fn upper_word_end(text: &str, first: char) -> usize {
    let behind = first.len_utf8();
    let Some(second) = text[behind..].chars().next() else { return behind };
    if second.is_uppercase() {
        let end = text.find(|character: char| !character.is_uppercase()).unwrap_or(text.len());
        let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
        let continues = text[end..].chars().next().is_some_and(is_small_letter);
        if continues { end - last } else { end }
    } else {
        text[behind..].find(|character| !is_small_letter(character)).map_or(text.len(), |at| behind + at)
    }
}

/// A letter that is no capital, of a script that xstrings splits into words (not Chinese, Japanese or Korean).
fn is_small_letter(character: char) -> bool {
    character.is_alphabetic() && !character.is_uppercase() && !matches!(character, '\u{2e80}'..='\u{d7af}')
}

fn is_other(character: char) -> bool {
    !(is_connector(character)
        || is_small_letter(character)
        || character.is_uppercase()
        || character.is_numeric()
        || is_punctuation(character))
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() && !"$+<=>^`|~_-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_case_as_sprig_does() {
        assert_eq!(title("hello wORLD foo-bar"), "Hello WORLD Foo-Bar");
        assert_eq!(untitle("Hello World"), "hello world");
        assert_eq!(swap("aBc De"), "AbC dE");
        assert_eq!(initials(b"First Try"), "FT");
        for (text, expected) in [
            ("http_server", "HttpServer"),
            ("foo-bar baz", "FooBarBaz"),
            ("_x_y", "_XY"),
            ("foo", "Foo"),
            ("FooBar", "FooBar"),
            ("GOLANG_IS", "GolangIs"),
        ] {
            assert_eq!(camel(text), expected);
        }
        for (text, expected) in [
            ("FirstName", "first_name"),
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO_PATH", "go_path"),
            ("GO PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
        ] {
            assert_eq!(joined_words(text, '_'), expected, "{text}");
        }
    }
}
