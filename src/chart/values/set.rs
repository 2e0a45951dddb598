//! The language of `--set`, `--set-string`, `--set-file`, `--set-json` and `--set-literal`.
//!
//! Source of the behaviour: `pkg/strvals` of Helm. Errors are Helm's words without the flag's prefix.

use super::table::new_table;
use crate::chart::log::go_quoted;
use crate::template::Value;
use crate::template::value::Map;

const MAX_INDEX: i64 = 65536;
const MAX_NAME_LEVEL: usize = 30;
/// Helm has no such limit; a list nested deeper than this has no use and would only eat the stack.
const MAX_LIST_LEVEL: usize = 100;

/// How the text behind `=` becomes a value.
#[derive(Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// `--set`: integers, booleans and null are typed.
    Typed,
    /// `--set-string`.
    Text,
    /// `--set-json`.
    Json,
    /// `--set-literal`: nothing is special behind the `=`.
    Literal,
    /// `--set-file`: the text is a path, the value what the reader finds there.
    File(&'a dyn Fn(&str) -> Result<String, String>),
}

/// Why a parse step stopped.
enum Stop {
    /// The text is used up, which ends the work without an error.
    End,
    Failed(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Stop {
        Stop::Failed(message)
    }
}

/// Reads one flag's text into `values`.
///
/// # Errors
/// Helm's words; what was set before the mistake stays set.
pub(crate) fn parse_into(text: &str, values: &Map, kind: Kind<'_>) -> Result<(), String> {
    let mut parser = Parser { rest: text, kind, depth: 0 };
    loop {
        match parser.key(values, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Failed(message)) => return Err(message),
        }
    }
}

struct Parser<'t, 'k> {
    rest: &'t str,
    kind: Kind<'k>,
    /// How many list items the parser stands in.
    depth: usize,
}

impl Parser<'_, '_> {
    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// Text up to one of `stops`, and which it was; `Err` holds the text when the input ends first.
    fn until(&mut self, stops: &[char]) -> Result<(String, char), String> {
        let mut text = String::new();
        let escapes = !matches!(self.kind, Kind::Literal);
        loop {
            match self.next() {
                None => return Err(text),
                Some(stop) if stops.contains(&stop) => return Ok((text, stop)),
                Some('\\') if escapes => match self.next() {
                    None => return Err(text),
                    Some(escaped) => text.push(escaped),
                },
                Some(other) => text.push(other),
            }
        }
    }

    fn key(&mut self, values: &Map, level: usize) -> Result<(), Stop> {
        let stops: &[char] =
            if matches!(self.kind, Kind::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (name, stop) = match self.until(stops) {
            Ok(found) => found,
            Err(name) if name.is_empty() => return Err(Stop::End),
            Err(name) => return Err(format!("key {} has no value", go_quoted(&name)).into()),
        };
        match stop {
            '[' => {
                let index = self.index()?;
                let list = match values.get(&name) {
                    None => Vec::new(),
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => return Err(wrong_type(&other, "[]interface {}")),
                };
                let (list, outcome) = self.list_item(list, index, level);
                set(values, &name, Value::list(list));
                outcome
            }
            '=' => {
                let (value, outcome) = self.assigned()?;
                set(values, &name, value);
                outcome
            }
            ',' => {
                set(values, &name, Value::from(""));
                Err(format!("key {} has no value (cannot end with ,)", go_quoted(&name)).into())
            }
            _ => {
                let level = deeper(level)?;
                let inner = match values.get(&name) {
                    None => new_table(),
                    Some(Value::Map(table)) => table,
                    Some(other) => return Err(wrong_type(&other, "map[string]interface {}")),
                };
                let outcome = self.key(&inner, level);
                if outcome.is_ok() && inner.is_empty() {
                    return Err(format!("key map {} has no value", go_quoted(&name)).into());
                }
                if !inner.is_empty() {
                    set(values, &name, Value::Map(inner));
                }
                outcome
            }
        }
    }

    /// What stands behind an `=`, and whether the text ended before it began.
    fn assigned(&mut self) -> Result<(Value, Result<(), Stop>), Stop> {
        let value = match self.kind {
            Kind::Json => self.json()?,
            Kind::Literal => Value::from(std::mem::take(&mut self.rest)),
            _ if self.rest.is_empty() => return Ok((Value::from(""), Err(Stop::End))),
            _ if self.rest.starts_with('{') => self.list()?,
            _ => {
                let text = self.text();
                self.typed(&text)?
            }
        };
        Ok((value, Ok(())))
    }

    /// The text up to the next comma or the end.
    fn text(&mut self) -> String {
        match self.until(&[',']) {
            Ok((text, _)) | Err(text) => text,
        }
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let text = match self.until(&[']']) {
            Ok((text, _)) => text,
            Err(_) => return Err("error parsing index: EOF".to_owned().into()),
        };
        atoi(&text).map_err(|message| Stop::Failed(format!("error parsing index: {message}")))
    }

    fn list_item(&mut self, list: Vec<Value>, index: i64, level: usize) -> (Vec<Value>, Result<(), Stop>) {
        if index < 0 {
            return (list, Err(format!("negative {index} index not allowed").into()));
        }
        if self.depth > MAX_LIST_LEVEL {
            return (
                list,
                Err(format!("lists nested deeper than {MAX_LIST_LEVEL} are not supported").into()),
            );
        }
        let (text, stop) = match self.until(&['[', '.', '=']) {
            Ok((text, stop)) => (text, Some(stop)),
            Err(text) => (text, None),
        };
        if !text.is_empty() {
            let runes: Vec<_> = text.chars().map(quoted_rune).collect();
            let message = format!("unexpected data at end of array index: [{}]", runes.join(" "));
            return (list, Err(message.into()));
        }
        match stop {
            None => (list, Err(Stop::End)),
            Some('=') => match self.assigned() {
                Ok((value, _)) => set_index(list, index, value),
                Err(stop) => (list, Err(stop)),
            },
            Some('[') => {
                let next = match self.index() {
                    Ok(next) => next,
                    Err(stop) => return (list, Err(stop)),
                };
                let inner = match list.get(index as usize) {
                    None | Some(Value::Nil) => Vec::new(),
                    Some(Value::List(inner)) => inner.to_vec(),
                    Some(other) => {
                        let stop = wrong_type(other, "[]interface {}");
                        return (list, Err(stop));
                    }
                };
                self.depth += 1;
                let outcome = self.list_item(inner, next, level);
                self.depth -= 1;
                match outcome {
                    (inner, Ok(())) => set_index(list, index, Value::list(inner)),
                    (_, Err(stop)) => (list, Err(stop)),
                }
            }
            Some(_) => {
                let mut list = list;
                let inner = match list.get(index as usize) {
                    Some(Value::Map(table)) => table.clone(),
                    Some(_) => {
                        let table = new_table();
                        list[index as usize] = Value::Map(table.clone());
                        table
                    }
                    None => new_table(),
                };
                self.depth += 1;
                let outcome = self.key(&inner, level);
                self.depth -= 1;
                match outcome {
                    Ok(()) => set_index(list, index, Value::Map(inner)),
                    Err(stop) => (list, Err(stop)),
                }
            }
        }
    }

    /// `{a,b}`, with the comma behind it.
    fn list(&mut self) -> Result<Value, Stop> {
        self.next();
        let mut items = Vec::new();
        loop {
            let (text, stop) = match self.until(&[',', '}']) {
                Ok(found) => found,
                Err(_) => return Err("list must terminate with '}'".to_owned().into()),
            };
            items.push(self.typed(&text)?);
            if stop == '}' {
                if self.rest.starts_with(',') {
                    self.next();
                }
                return Ok(Value::list(items));
            }
        }
    }

    fn typed(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            Kind::Typed => Ok(typed(text)),
            Kind::File(read) => read(text).map(Value::from),
            _ => Ok(Value::from(text)),
        }
    }

    /// One JSON value and the blanks and comma behind it; nothing at all is null.
    fn json(&mut self) -> Result<Value, Stop> {
        if self.skip_blanks() {
            return Ok(Value::Nil);
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<serde_json::Value>();
        let value = match stream.next() {
            Some(Ok(value)) => Value::from_json(&value),
            Some(Err(error)) => return Err(error.to_string().into()),
            None => Value::Nil,
        };
        let end = stream.byte_offset();
        self.rest = &self.rest[end..];
        self.skip_blanks();
        Ok(value)
    }

    /// Skips blanks and one comma; whether nothing else stood there.
    fn skip_blanks(&mut self) -> bool {
        loop {
            match self.rest.chars().next() {
                None => return true,
                Some(',') => {
                    self.next();
                    return true;
                }
                Some(blank) if blank.is_whitespace() => {
                    self.next();
                }
                Some(_) => return false,
            }
        }
    }
}

fn deeper(level: usize) -> Result<usize, Stop> {
    if level + 1 > MAX_NAME_LEVEL {
        return Err(format!(
            "value name nested level is greater than maximum supported nested level of {MAX_NAME_LEVEL}"
        )
        .into());
    }
    Ok(level + 1)
}

fn set(values: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        values.insert(key, value);
    }
}

fn set_index(mut list: Vec<Value>, index: i64, value: Value) -> (Vec<Value>, Result<(), Stop>) {
    if index > MAX_INDEX {
        let message = format!("index of {index} is greater than maximum supported index of {MAX_INDEX}");
        return (list, Err(message.into()));
    }
    let items = &mut list;
    let index = index as usize;
    if items.len() <= index {
        items.resize(index + 1, Value::Nil);
    }
    items[index] = value;
    (list, Ok(()))
}

/// Go's panic when a key is used as something that it is not.
fn wrong_type(value: &Value, wanted: &str) -> Stop {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    Stop::Failed(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::Int64(0);
    }
    if !text.starts_with('0')
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::Int64(number);
    }
    Value::from(text)
}

/// Go's `strconv.Atoi`.
///
/// # Errors
/// Go's words.
pub(crate) fn atoi(text: &str) -> Result<i64, String> {
    text.parse::<i64>().map_err(|error| {
        let reason = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {reason}", go_quoted(text))
    })
}

fn quoted_rune(character: char) -> String {
    match character {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        other => {
            let quoted = go_quoted(&other.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Kind<'_>, expected: Result<&str, &str>) {
        let values = new_table();
        let outcome = parse_into(text, &values, kind);
        let json = Value::Map(values).to_json(64).to_string();
        match expected {
            Ok(wanted) => assert_eq!((outcome, json.as_str()), (Ok(()), wanted), "{text}"),
            Err(message) => assert_eq!(outcome, Err(message.to_owned()), "{text}"),
        }
    }

    #[test]
    fn typed_flags_read_as_in_helm() {
        check("a=1,b=x,c=true,d=null,e=", Kind::Typed, Ok(r#"{"a":1,"b":"x","c":true,"d":null,"e":""}"#));
        check("a=1.5,b=007,c=0", Kind::Typed, Ok(r#"{"a":"1.5","b":"007","c":0}"#));
        check("a.b.c=1", Kind::Typed, Ok(r#"{"a":{"b":{"c":1}}}"#));
        check("a={1,x},b=2", Kind::Typed, Ok(r#"{"a":[1,"x"],"b":2}"#));
        check("a[1]=x", Kind::Typed, Ok(r#"{"a":[null,"x"]}"#));
        check("a[0].b=1,a[1].b=2", Kind::Typed, Ok(r#"{"a":[{"b":1},{"b":2}]}"#));
        check("a[0][1]=1", Kind::Typed, Ok(r#"{"a":[[null,1]]}"#));
        check(r"a\.b=c\,d", Kind::Typed, Ok(r#"{"a.b":"c,d"}"#));
        check("a=1", Kind::Text, Ok(r#"{"a":"1"}"#));
        check("a={},b={x}y=1", Kind::Typed, Ok(r#"{"a":[""],"b":["x"],"y":1}"#));
        check(
            "a=-5,b=+5,c=0x1,d=9223372036854775808",
            Kind::Typed,
            Ok(r#"{"a":-5,"b":5,"c":"0x1","d":"9223372036854775808"}"#),
        );
        check("a.=", Kind::Typed, Ok("{}"));
        check("=1,a=2", Kind::Typed, Ok(r#"{"a":2}"#));
        check("a[0].b=", Kind::Typed, Ok(r#"{"a":[]}"#));
        check("a[1]", Kind::Typed, Ok(r#"{"a":[]}"#));
        check("a[0]x=1", Kind::Typed, Err("unexpected data at end of array index: ['x']"));
        check("a[0", Kind::Typed, Err("error parsing index: EOF"));
        for deep in ["a[0].".repeat(10_000), format!("a{}", "[0]".repeat(10_000))] {
            assert!(parse_into(&format!("{deep}b=1"), &new_table(), Kind::Typed).is_err());
        }
        check("a", Kind::Typed, Err("key \"a\" has no value"));
        check("a,b=1", Kind::Typed, Err("key \"a\" has no value (cannot end with ,)"));
        check("a.=1", Kind::Typed, Err("key map \"a\" has no value"));
        check("a={1", Kind::Typed, Err("list must terminate with '}'"));
        check("a[x]=1", Kind::Typed, Err("error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"));
        check("a[-1]=1", Kind::Typed, Err("negative -1 index not allowed"));
        check(
            "a[70000]=1",
            Kind::Typed,
            Err("index of 70000 is greater than maximum supported index of 65536"),
        );
        check(
            "a=1,a.b=2",
            Kind::Typed,
            Err(
                "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
            ),
        );
    }

    #[test]
    fn json_and_literal_flags_read_as_in_helm() {
        check(r#"a={"b":[1,2]},c="x""#, Kind::Json, Ok(r#"{"a":{"b":[1,2]},"c":"x"}"#));
        check("a=,b=1", Kind::Json, Ok(r#"{"a":null,"b":1}"#));
        check(r"a.b=x,y={z}\n", Kind::Literal, Ok(r#"{"a":{"b":"x,y={z}\\n"}}"#));
        check("a.=x", Kind::Literal, Err("key map \"a\" has no value"));
        check("a[0].b=x", Kind::Literal, Ok(r#"{"a":[{"b":"x"}]}"#));
        check(r#"a[0]={"b":1},c=[1]"#, Kind::Json, Ok(r#"{"a":[{"b":1}],"c":[1]}"#));
        check("a[1]=x,y", Kind::Literal, Ok(r#"{"a":[null,"x,y"]}"#));
    }
}
