//! JSON text to values, with the error texts of encoding/json.

use std::rc::Rc;

use crate::template::value::{Entries, Map, MapType, Value};

/// Go reads no deeper.
const DEPTH: usize = 10_000;
/// Nor do we this deep, to spare the stack.
const OUR_DEPTH: usize = 1_000;

/// `json.Unmarshal` into an `interface {}`: every number a `float64`, the last of equal keys.
///
/// # Errors
/// Go's words for the first syntax error, or for the first number that is no float64.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let Parsed { value, excess } = parse_on(text)?;
    excess.map_or(Ok(value), Err)
}

/// What a text without syntax errors says.
pub(crate) struct Parsed {
    /// The value; numbers in it that are no float64 are null.
    pub(crate) value: Value,
    /// Go's words for the first such number.
    pub(crate) excess: Option<String>,
}

/// The same as [`parse`], but as Go does it: numbers that are too large are an error that leaves the rest in place.
///
/// # Errors
/// Go's words for the first syntax error.
pub(crate) fn parse_on(text: &str) -> Result<Parsed, String> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0, excess: None };
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(Parsed { value, excess: reader.excess }),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

/// What encoding/json calls the kind of a parsed value.
pub(crate) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "null",
        Value::Bool(_) => "bool",
        Value::String(_) | Value::RawString(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    /// Go's words for the first number that is no float64.
    excess: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The error for the byte here, or for the end.
    fn unexpected(&self, place: &str) -> String {
        let Some(byte) = self.peek() else { return "unexpected end of JSON input".to_string() };
        let shown = match byte {
            b'\'' => r"'\''".to_string(),
            b'"' => "'\"'".to_string(),
            // Go looks at bytes, and shows one as the rune of that number.
            byte => {
                let mut utf8 = [0; 4];
                let quoted =
                    crate::template::print::quote(char::from(byte).encode_utf8(&mut utf8).as_bytes());
                format!("'{}'", &quoted[1..quoted.len() - 1])
            }
        };
        format!("invalid character {shown} {place}")
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > OUR_DEPTH.min(DEPTH) {
            return Err("exceeded max depth".to_string());
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::from),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(depth),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries = Entries::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Map::new(MapType::Any, entries)));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key: Rc<str> = self.string()?.into();
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            entries.insert(key, value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Map(Map::new(MapType::Any, entries)));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.chars() {
            if self.peek() != Some(expected as u8) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self, depth: usize) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return Err(self.unexpected("in numeric literal"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
        }
        let literal = &self.text[start..self.at];
        match literal.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float64(number)),
            _ => {
                let words =
                    || format!("json: cannot unmarshal number {literal} into Go value of type float64");
                self.excess.get_or_insert_with(words);
                // A number for itself is judged as one first.
                Ok(if depth == 0 { Value::Float64(f64::INFINITY) } else { Value::Nil })
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut result = String::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    result.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    return Ok(result);
                }
                Some(b'\\') => {
                    result.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    result.push(self.escape()?);
                    start = self.at;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let character = match self.peek() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                return Ok(self.joined(first));
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(character)
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| self.unexpected("in \\u hexadecimal character escape"))?;
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// The rune of an escape, with its second half where it is a surrogate; half a pair is U+FFFD.
    fn joined(&mut self, first: u32) -> char {
        if let (0xd800..0xdc00, Some(b"\\u")) = (first, self.bytes.get(self.at..self.at + 2)) {
            let before = self.at;
            self.at += 2;
            if let Ok(second @ 0xdc00..0xe000) = self.hex() {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_errors_in_go_words() {
        for (text, error) in [
            ("bad", "invalid character 'b' looking for beginning of value"),
            ("", "unexpected end of JSON input"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{}x", "invalid character 'x' after top-level value"),
            ("nul", "unexpected end of JSON input"),
            ("nil", "invalid character 'i' in literal null (expecting 'u')"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
        ] {
            assert_eq!(parse(text).err().as_deref(), Some(error), "{text}");
        }
        assert_eq!(
            parse("\"\\ud83d\\ude00\\u00e9\"").ok().and_then(|value| value.as_str().map(String::from)),
            Some("😀é".into())
        );
    }
}
