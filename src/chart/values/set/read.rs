//! The grammar: `name.name[0].name=value`, with commas between assignments and `\\` before what is meant as it stands.

use super::Kind;
use super::scalar::{atoi, quoted_letter, typed};
use crate::chart::log::go_quoted;
use crate::template::Value;

/// One assignment of a text.
pub(super) struct Assignment {
    /// Where it leads; not empty, and it begins with a name.
    pub(super) path: Vec<Step>,
    /// What stands there, or why the text cannot be read on from there.
    pub(super) end: Result<End, String>,
}

/// A step from a value to one within it.
pub(super) enum Step {
    Name(String),
    Index(i64),
}

/// What stands behind a path.
pub(super) enum End {
    Value(Value),
    /// `name=` and no more.
    Equals,
    /// The path and no more.
    Nothing,
}

/// What is left of a text.
pub(super) struct Reader<'t, 'k> {
    rest: &'t str,
    kind: Kind<'k>,
}

impl<'t, 'k> Reader<'t, 'k> {
    pub(super) fn new(text: &'t str, kind: Kind<'k>) -> Reader<'t, 'k> {
        Reader { rest: text, kind }
    }

    /// The next assignment; with the text used up it has no value.
    pub(super) fn assignment(&mut self) -> Assignment {
        let mut path = Vec::new();
        let end = self.follow(&mut path);
        Assignment { path, end }
    }

    fn follow(&mut self, path: &mut Vec<Step>) -> Result<End, String> {
        let names_end: &[char] =
            if matches!(self.kind, Kind::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let mut stop = '.';
        loop {
            match stop {
                '.' => {
                    let (name, next) = self.until(names_end);
                    path.push(Step::Name(name.clone()));
                    match next {
                        None if name.is_empty() => return Ok(End::Nothing),
                        None => return Err(format!("key {} has no value", go_quoted(&name))),
                        Some(next) => stop = next,
                    }
                }
                '[' => {
                    path.push(Step::Index(self.index()?));
                    let (text, next) = self.until(&['[', '.', '=']);
                    if !text.is_empty() {
                        let letters: Vec<_> = text.chars().map(quoted_letter).collect();
                        return Err(format!(
                            "unexpected data at end of array index: [{}]",
                            letters.join(" ")
                        ));
                    }
                    match next {
                        None => return Ok(End::Nothing),
                        Some(next) => stop = next,
                    }
                }
                '=' => return self.value(),
                _ => {
                    let Some(Step::Name(name)) = path.last() else { return Ok(End::Nothing) };
                    return Err(format!("key {} has no value (cannot end with ,)", go_quoted(name)));
                }
            }
        }
    }

    /// The text up to one of `stops`, and which it was; `None` at the end of everything.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        let escapes = !matches!(self.kind, Kind::Literal);
        let mut letters = self.rest.chars();
        let stop = loop {
            match letters.next() {
                Some('\\') if escapes => match letters.next() {
                    Some(escaped) => text.push(escaped),
                    None => break None,
                },
                Some(other) if !stops.contains(&other) => text.push(other),
                stop => break stop,
            }
        };
        self.rest = letters.as_str();
        (text, stop)
    }

    fn index(&mut self) -> Result<i64, String> {
        let (text, stop) = self.until(&[']']);
        let number = if stop.is_some() { atoi(&text) } else { Err("EOF".to_owned()) };
        number.map_err(|error| format!("error parsing index: {error}"))
    }

    /// What stands behind an `=`, with the comma behind it.
    fn value(&mut self) -> Result<End, String> {
        Ok(End::Value(match self.kind {
            Kind::Json => self.json()?,
            Kind::Literal => Value::from(std::mem::take(&mut self.rest)),
            _ if self.rest.is_empty() => return Ok(End::Equals),
            _ => match self.rest.strip_prefix('{') {
                Some(items) => {
                    self.rest = items;
                    self.list()?
                }
                None => {
                    let (text, _) = self.until(&[',']);
                    self.scalar(&text)?
                }
            },
        }))
    }

    /// `a,b}`, with the comma behind it.
    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err("list must terminate with '}'".to_owned());
            }
            items.push(self.scalar(&text)?);
            if stop == Some('}') {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                return Ok(Value::list(items));
            }
        }
    }

    fn scalar(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            Kind::Typed => Ok(typed(text)),
            Kind::File(read) => read(text).map(Value::from),
            _ => Ok(Value::from(text)),
        }
    }

    /// One JSON value and the blanks and comma behind it; nothing at all is null.
    fn json(&mut self) -> Result<Value, String> {
        if self.skip_blanks() {
            return Ok(Value::Nil);
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let value = match stream.next() {
            Some(Ok(value)) => Value::from_json(&value),
            Some(Err(error)) => return Err(error.to_string()),
            None => Value::Nil,
        };
        let end = stream.byte_offset();
        self.rest = &self.rest[end..];
        self.skip_blanks();
        Ok(value)
    }

    /// Skips blanks and one comma; whether nothing else stood there.
    fn skip_blanks(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => self.rest.is_empty(),
        }
    }
}
