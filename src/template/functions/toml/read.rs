//! TOML text to values: integers are `int64`, as the library reads them.

use std::rc::Rc;

use super::super::time;
use crate::template::value::{Entries, List, ListType, Map, MapType, Value};

/// How deep arrays and inline tables may nest.
const DEPTH: usize = 200;

/// Reads a document.
///
/// # Errors
/// What is wrong, and on which line: `toml: line 2: …`.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let root = table();
    let mut reader = Reader { rest: text, defined: Vec::new() };
    let outcome = reader.document(&root);
    let line = text[..text.len() - reader.rest.len()].matches('\n').count() + 1;
    outcome.map(|()| Value::Map(root)).map_err(|problem| match reader.key_context(&problem) {
        Some(text) => format!("toml: line {line}{text}"),
        None => format!("toml: line {line}: {}", problem.text),
    })
}

fn table() -> Map {
    Map::new(MapType::Any, Entries::new())
}

struct Problem {
    text: String,
    key: Option<String>,
}

fn problem(text: impl Into<String>) -> Problem {
    Problem { text: text.into(), key: None }
}

struct Reader<'t> {
    rest: &'t str,
    /// Paths that a `[header]` has defined.
    defined: Vec<Vec<String>>,
}

impl<'t> Reader<'t> {
    fn key_context(&self, problem: &Problem) -> Option<String> {
        problem.key.as_ref().map(|key| format!(" (last key \"{key}\"): {}", problem.text))
    }

    fn document(&mut self, root: &Map) -> Result<(), Problem> {
        let mut current = root.clone();
        let mut prefix = Vec::new();
        loop {
            self.blank();
            if self.rest.is_empty() {
                return Ok(());
            }
            if self.rest.starts_with('[') {
                (current, prefix) = self.header(root)?;
            } else {
                let keys = self.keys()?;
                let path = [prefix.as_slice(), &keys].concat().join(".");
                let in_context = |mut problem: Problem| {
                    problem.key.get_or_insert_with(|| path.clone());
                    problem
                };
                if !self.take('=') {
                    let found = self.shown();
                    return Err(problem(format!("expected '.' or '=', but got {found} instead")));
                }
                self.space();
                let value = self.value(0).map_err(in_context)?;
                insert(&current, &keys, value).map_err(in_context)?;
            }
            self.end_of_line()?;
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that the lines below belong to.
    fn header(&mut self, root: &Map) -> Result<(Map, Vec<String>), Problem> {
        self.rest = &self.rest[1..];
        let is_array = self.take('[');
        self.space();
        let keys = self.keys()?;
        if !self.take(']') || (is_array && !self.take(']')) {
            let found = self.shown();
            return Err(problem(format!("expected '.' or ']' to end table name, but got {found} instead")));
        }
        let (last, path) = keys
            .split_last()
            .ok_or_else(|| problem("unexpected end of table name (table names cannot be empty)"))?;
        let parent = descend(root, path)?;
        let joined = keys.join(".");
        let map = table();
        if is_array {
            let mut items = match parent.get(last) {
                None => Vec::new(),
                Some(Value::List(list)) => list.to_vec(),
                Some(_) => return Err(problem(format!("Key '{joined}' was already created as a hash."))),
            };
            items.push(Value::Map(map.clone()));
            parent.insert(last.as_str(), Value::List(List::new(ListType::Map, items)));
            // What stood below the previous element may be defined again.
            self.defined.retain(|defined| !defined.starts_with(&keys));
            return Ok((map, keys));
        }
        if self.defined.contains(&keys) {
            return Err(problem(format!("Key '{joined}' has already been defined.")));
        }
        self.defined.push(keys.clone());
        let map = match parent.get(last) {
            None => {
                parent.insert(last.as_str(), Value::Map(map.clone()));
                map
            }
            Some(Value::Map(map)) => map,
            Some(_) => return Err(problem(format!("Key '{joined}' has already been defined."))),
        };
        Ok((map, keys))
    }

    fn keys(&mut self) -> Result<Vec<String>, Problem> {
        let mut keys = Vec::new();
        loop {
            self.space();
            keys.push(self.key()?);
            if keys.len() > DEPTH {
                return Err(problem("nested too deeply"));
            }
            self.space();
            if !self.take('.') {
                return Ok(keys);
            }
        }
    }

    fn key(&mut self) -> Result<String, Problem> {
        match self.rest.chars().next() {
            Some('"') => self.basic(),
            Some('\'') => self.literal(),
            _ => {
                let is_bare = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
                let end = self.rest.find(|character| !is_bare(character)).unwrap_or(self.rest.len());
                if end == 0 {
                    let found = self.shown();
                    return Err(problem(format!("unexpected character {found}: expected a key")));
                }
                Ok(self.cut(end).to_string())
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Problem> {
        if depth > DEPTH {
            return Err(problem("nested too deeply"));
        }
        match self.rest.chars().next() {
            Some('"') => match self.rest.strip_prefix("\"\"\"") {
                Some(rest) => {
                    self.rest = rest;
                    self.long_basic().map(Value::from)
                }
                None => self.basic().map(Value::from),
            },
            Some('\'') => match self.rest.strip_prefix("'''") {
                Some(rest) => {
                    self.rest = rest;
                    self.long_literal().map(Value::from)
                }
                None => self.literal().map(Value::from),
            },
            Some('[') => self.array(depth),
            Some('{') => self.inline_table(depth),
            _ => self.scalar(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Problem> {
        self.rest = &self.rest[1..];
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.take(']') {
                return Ok(Value::list(items));
            }
            items.push(self.value(depth + 1)?);
            self.blank();
            if !self.take(',') && !self.rest.starts_with(']') {
                let found = self.shown();
                return Err(problem(format!(
                    "expected a comma (',') or array terminator (']'), but got {found}"
                )));
            }
        }
    }

    fn inline_table(&mut self, depth: usize) -> Result<Value, Problem> {
        self.rest = &self.rest[1..];
        let map = table();
        self.blank();
        if self.take('}') {
            return Ok(Value::Map(map));
        }
        loop {
            self.blank();
            let keys = self.keys()?;
            if !self.take('=') {
                let found = self.shown();
                return Err(problem(format!("expected '.' or '=', but got {found} instead")));
            }
            self.space();
            let value = self.value(depth + 1)?;
            insert(&map, &keys, value)?;
            self.blank();
            if self.take('}') {
                return Ok(Value::Map(map));
            }
            if !self.take(',') {
                let found = self.shown();
                return Err(problem(format!(
                    "expected a comma or an inline table terminator '}}', but got {found} instead"
                )));
            }
        }
    }

    /// A boolean, a number or a date.
    fn scalar(&mut self) -> Result<Value, Problem> {
        let is_end = |character: char| character.is_whitespace() || ",]}#=".contains(character);
        let mut end = self.rest.find(is_end).unwrap_or(self.rest.len());
        // A space may stand between a date and its time.
        let behind = self.rest.get(end + 1..end + 4).unwrap_or("").as_bytes();
        if end == 10
            && matches!(behind, [b'0'..=b'9', b'0'..=b'9', b':'])
            && self.rest[end..].starts_with(' ')
        {
            end += 1 + self.rest[end + 1..].find(is_end).unwrap_or(self.rest.len() - end - 1);
        }
        let word = &self.rest[..end];
        let value = match word {
            "" => return Err(problem(format!("expected value but found {} instead", self.shown()))),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            word => number(word).or_else(|| date(word)).ok_or_else(|| {
                problem(format!(
                    "expected value but found \"{}\" instead",
                    word.chars().take(20).collect::<String>()
                ))
            })?,
        };
        self.rest = &self.rest[end..];
        Ok(value)
    }

    fn literal(&mut self) -> Result<String, Problem> {
        let inner = &self.rest[1..];
        let end = inner.find(['\'', '\n']).filter(|end| inner[*end..].starts_with('\''));
        let end = end.ok_or_else(|| problem("strings cannot contain newlines"))?;
        self.rest = &inner[end + 1..];
        Ok(inner[..end].to_string())
    }

    fn long_literal(&mut self) -> Result<String, Problem> {
        self.rest = skip_newline(self.rest);
        let end = self.rest.find("'''").ok_or_else(|| problem("unexpected EOF; expected \"'''\""))?;
        let extra = self.rest[end + 3..].bytes().take(2).take_while(|byte| *byte == b'\'').count();
        let text = self.rest[..end + extra].to_string();
        self.rest = &self.rest[end + 3 + extra..];
        Ok(text)
    }

    fn basic(&mut self) -> Result<String, Problem> {
        self.rest = &self.rest[1..];
        let mut text = String::new();
        loop {
            let Some(character) = self.rest.chars().next() else {
                return Err(problem("unexpected EOF; expected '\"'"));
            };
            self.rest = &self.rest[character.len_utf8()..];
            match character {
                '"' => return Ok(text),
                '\n' => return Err(problem("strings cannot contain newlines")),
                '\\' => text.push(self.escape()?),
                character => text.push(character),
            }
        }
    }

    fn long_basic(&mut self) -> Result<String, Problem> {
        self.rest = skip_newline(self.rest);
        let mut text = String::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix("\"\"\"") {
                let extra = rest.bytes().take(2).take_while(|byte| *byte == b'"').count();
                text.extend(std::iter::repeat_n('"', extra));
                self.rest = &rest[extra..];
                return Ok(text);
            }
            let Some(character) = self.rest.chars().next() else {
                return Err(problem("unexpected EOF; expected '\"\"\"'"));
            };
            self.rest = &self.rest[character.len_utf8()..];
            match character {
                '\\' if self.rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n') => {
                    self.rest = self.rest.trim_start();
                }
                '\\' => text.push(self.escape()?),
                character => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        let Some(character) = self.rest.chars().next() else { return Err(problem("unexpected EOF")) };
        self.rest = &self.rest[character.len_utf8()..];
        let digits = match character {
            'b' => return Ok('\u{8}'),
            't' => return Ok('\t'),
            'n' => return Ok('\n'),
            'f' => return Ok('\u{c}'),
            'r' => return Ok('\r'),
            'e' => return Ok('\u{1b}'),
            '"' | '\\' => return Ok(character),
            'x' => 2,
            'u' => 4,
            'U' => 8,
            character => {
                return Err(problem(format!(
                    "invalid escape character '{character}'; only the following escape characters are allowed: \\b, \\t, \\n, \\f, \\r, \\\", \\\\, \\uXXXX, and \\UXXXXXXXX"
                )));
            }
        };
        let code = self.rest.get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let character =
            code.and_then(char::from_u32).ok_or_else(|| problem("expected hexadecimal digits"))?;
        self.rest = &self.rest[digits..];
        Ok(character)
    }

    fn end_of_line(&mut self) -> Result<(), Problem> {
        self.space();
        if self.rest.starts_with('#') {
            self.cut(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        if rest.is_empty() || rest.starts_with('\n') {
            return Ok(());
        }
        let found = self.shown();
        Err(problem(format!(
            "expected a top-level item to end with a newline, comment, or EOF, but got {found} instead"
        )))
    }

    /// Skips white space, line ends and comments.
    fn blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if !self.rest.starts_with('#') {
                return;
            }
            self.cut(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn cut(&mut self, length: usize) -> &'t str {
        let (head, tail) = self.rest.split_at(length);
        self.rest = tail;
        head
    }

    fn take(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The next character as Go shows it.
    fn shown(&self) -> String {
        match self.rest.chars().next() {
            None => "EOF".to_string(),
            Some('\n') => "'\\n'".to_string(),
            Some(character) => format!("'{character}'"),
        }
    }
}

fn skip_newline(text: &str) -> &str {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text)
}

/// The table at the end of `path`, made where it is missing; of an array of tables its last.
fn descend(root: &Map, path: &[String]) -> Result<Map, Problem> {
    let mut map = root.clone();
    for key in path {
        let next = match map.get(key) {
            None => {
                let next = table();
                map.insert(key.as_str(), Value::Map(next.clone()));
                next
            }
            Some(Value::Map(next)) => next,
            Some(Value::List(list)) => match list.last() {
                Some(Value::Map(next)) => next.clone(),
                _ => return Err(problem(format!("Key '{key}' is not a table"))),
            },
            Some(_) => return Err(problem(format!("Key '{}' has already been defined.", path.join(".")))),
        };
        map = next;
    }
    Ok(map)
}

fn insert(map: &Map, keys: &[String], value: Value) -> Result<(), Problem> {
    let Some((last, path)) = keys.split_last() else { return Ok(()) };
    let map = descend(map, path)?;
    if map.contains(last) {
        return Err(problem(format!("Key '{}' has already been defined.", keys.join("."))));
    }
    map.insert(Rc::<str>::from(last.as_str()), value);
    Ok(())
}

fn number(word: &str) -> Option<Value> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let sign = if word.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned {
        "inf" => return Some(Value::Float64(sign * f64::INFINITY)),
        "nan" => return Some(Value::Float64(f64::NAN)),
        _ => {}
    }
    let stands_right = !unsigned.starts_with('_') && !unsigned.ends_with('_') && !unsigned.contains("__");
    if !stands_right || !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let digits = word.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(rest, radix).ok().map(Value::Int64);
        }
    }
    let bare = digits.trim_start_matches(['+', '-']);
    if bare.len() > 1 && bare.starts_with('0') && bare.as_bytes()[1].is_ascii_digit() {
        return None;
    }
    if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.parse().ok().map(Value::Int64);
    }
    let is_float = bare.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && !bare.ends_with('.')
        && !bare.contains(".e");
    digits.parse().ok().filter(|number: &f64| is_float && number.is_finite()).map(Value::Float64)
}

fn date(word: &str) -> Option<Value> {
    let text = word.replacen(['t', ' '], "T", 1).replace('z', "Z");
    const LAYOUTS: [&str; 4] = ["2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "15:04:05"];
    LAYOUTS.iter().find_map(|layout| time::parse(layout, &text).ok()).map(Value::object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::print::display;

    #[test]
    fn reads_documents() {
        for (text, expected) in [
            ("a = 1\n[b]\nc = \"d\"", "map[a:1 b:map[c:d]]"),
            ("a.b = [1, 2.5, 'x'] # end\n", "map[a:map[b:[1 2.5 x]]]"),
            ("[[t]]\nn = 1\n[[t]]\nn = 2\n[t.sub]\nx = true", "map[t:[map[n:1] map[n:2 sub:map[x:true]]]]"),
            ("i = {a = 1, b = \"\\u00e9\"}\nl = '''\nraw\\'''", "map[i:map[a:1 b:é] l:raw\\]"),
            ("h = 0xff\nu = 1_000\nd = 2024-01-02", "map[d:2024-01-02 00:00:00 +0000 UTC h:255 u:1000]"),
        ] {
            assert_eq!(parse(text).map(|value| display(&value)).as_deref(), Ok(expected), "{text}");
        }
        for text in ["a", "a = ", "= 1", "a = 1\na = 2", "[a]\n[a]", "a = 01", "a = \"x", "a = 1 2"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
