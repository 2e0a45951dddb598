//! One value by one verb with its flags.

use super::quote::{can_backquote, is_print};
use super::{format_float, quote, quote_ascii, quote_rune};
use crate::template::Value;
use crate::template::value::Kind;

/// How deep values are printed.
pub(super) const DEPTH: usize = 200;

/// The flags of one verb.
#[derive(Clone, Default)]
pub(super) struct Flags {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    /// `%+v`: names of struct fields.
    pub(super) names: bool,
    /// `%#v`: Go syntax.
    pub(super) syntax: bool,
}

/// Writes values to a buffer.
#[derive(Default)]
pub(super) struct Printer {
    pub(super) bytes: Vec<u8>,
    pub(super) flags: Flags,
    depth: usize,
}

impl Printer {
    /// Writes `value` by `verb`.
    pub(super) fn print(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.pad_text(value.type_name().as_bytes()),
            (_, 'p') => match value {
                Value::List(_) | Value::Bytes(_) | Value::Map(_) => self.pad(b"0xc000000000"),
                Value::Object(object) if object.kind() == Kind::Pointer => self.pad(b"0xc000000000"),
                _ => self.bad_verb(value, verb),
            },
            _ => self.print_kind(value, verb),
        }
    }

    /// Whether the text is as long as one may get.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > super::LONGEST
    }

    fn print_kind(&mut self, value: &Value, verb: char) {
        match value {
            Value::Nil => {
                self.bytes.extend_from_slice(if self.flags.syntax { b"interface {}(nil)" } else { b"<nil>" })
            }
            Value::Bool(boolean) => match verb {
                't' | 'v' => self.pad(if *boolean { b"true" } else { b"false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(number) | Value::Int64(number) => {
                self.print_integer(value, number.unsigned_abs(), *number < 0, true, verb);
            }
            Value::Uint8(number) => self.print_integer(value, u64::from(*number), false, false, verb),
            Value::Uint64(number) => self.print_integer(value, *number, false, false, verb),
            Value::Float64(number) => {
                if !self.print_float(*number, verb) {
                    self.bad_verb(value, verb);
                }
            }
            Value::Complex128(real, imaginary) => self.print_complex(value, *real, *imaginary, verb),
            Value::String(text) => self.print_string(value, text.as_bytes(), verb),
            Value::RawString(bytes) => self.print_string(value, bytes, verb),
            Value::Bytes(bytes) => self.print_bytes(bytes, verb),
            Value::List(list) => self.print_list(value, list, verb),
            Value::Map(map) => self.print_map(value, map, verb),
            Value::Object(object) => self.print_object(value, &**object, verb),
        }
    }

    fn print_string(&mut self, value: &Value, bytes: &[u8], verb: char) {
        match verb {
            'v' if self.flags.syntax => self.print_quoted(bytes),
            'v' | 's' => self.pad_text(bytes),
            'x' | 'X' => self.print_hexadecimal(bytes, verb),
            'q' => self.print_quoted(bytes),
            _ => self.bad_verb(value, verb),
        }
    }

    fn print_quoted(&mut self, bytes: &[u8]) {
        let bytes = self.truncated(bytes);
        if self.flags.sharp && can_backquote(bytes) {
            self.pad(&[b"`", bytes, b"`"].concat());
        } else if self.flags.plus {
            self.pad(quote_ascii(bytes).as_bytes());
        } else {
            self.pad(quote(bytes).as_bytes());
        }
    }

    fn print_bytes(&mut self, bytes: &[u8], verb: char) {
        match verb {
            's' => self.pad_text(bytes),
            'x' | 'X' => self.print_hexadecimal(bytes, verb),
            'q' => self.print_quoted(bytes),
            'v' if self.flags.syntax => {
                let items: Vec<_> = bytes.iter().map(|byte| format!("0x{byte:x}")).collect();
                self.bytes.extend_from_slice(format!("[]byte{{{}}}", items.join(", ")).as_bytes());
            }
            _ => self.print_items(bytes.iter().map(|byte| Value::Uint8(*byte)), verb),
        }
    }

    fn print_list(&mut self, value: &Value, list: &[Value], verb: char) {
        if self.flags.syntax {
            self.bytes.extend_from_slice(value.type_name().as_bytes());
            if value.as_list().is_some_and(crate::template::value::List::is_nil) {
                return self.bytes.extend_from_slice(b"(nil)");
            }
            self.bytes.push(b'{');
            for (index, item) in list.iter().enumerate() {
                if self.is_full() {
                    break;
                }
                self.bytes.extend_from_slice(if index > 0 { b", " } else { b"" });
                self.print_nested(item, verb);
            }
            self.bytes.push(b'}');
        } else {
            self.print_items(list.iter().cloned(), verb);
        }
    }

    fn print_items(&mut self, items: impl Iterator<Item = Value>, verb: char) {
        self.bytes.push(b'[');
        for (index, item) in items.enumerate() {
            if self.is_full() {
                break;
            }
            if index > 0 {
                self.bytes.push(b' ');
            }
            self.print_nested(&item, verb);
        }
        self.bytes.push(b']');
    }

    fn print_map(&mut self, value: &Value, map: &crate::template::value::Map, verb: char) {
        let syntax = self.flags.syntax;
        if syntax {
            self.bytes.extend_from_slice(value.type_name().as_bytes());
            self.bytes.push(b'{');
        } else {
            self.bytes.extend_from_slice(b"map[");
        }
        for (index, (key, item)) in map.entries().iter().enumerate() {
            if self.is_full() {
                break;
            }
            if index > 0 {
                self.bytes.extend_from_slice(if syntax { b", " } else { b" " });
            }
            self.print_nested(&Value::String(key.clone()), verb);
            self.bytes.push(b':');
            self.print_nested(item, verb);
        }
        self.bytes.push(if syntax { b'}' } else { b']' });
    }

    fn print_object(&mut self, value: &Value, object: &dyn crate::template::value::Object, verb: char) {
        let display = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q').then(|| object.display()).flatten();
        if let Some(text) = display.filter(|_| !self.flags.syntax) {
            return self.print_string(value, text.as_bytes(), verb);
        }
        let name = object.type_name();
        if let Some(pointed) = name.strip_prefix('*') {
            if self.depth > 0 {
                return self.pad(b"0xc000000000");
            }
            self.bytes.push(b'&');
            if self.flags.syntax {
                self.bytes.extend_from_slice(pointed.as_bytes());
            }
        } else if self.flags.syntax {
            self.bytes.extend_from_slice(name.as_bytes());
        }
        self.bytes.push(b'{');
        for (index, (name, field)) in object.fields().iter().enumerate() {
            if index > 0 {
                self.bytes.extend_from_slice(if self.flags.syntax { b", " } else { b" " });
            }
            if self.flags.names || self.flags.syntax {
                self.bytes.extend_from_slice(name.as_bytes());
                self.bytes.push(b':');
            }
            self.print_nested(field, verb);
        }
        self.bytes.push(b'}');
    }

    fn print_nested(&mut self, value: &Value, verb: char) {
        if self.depth >= DEPTH || self.is_full() {
            return;
        }
        self.depth += 1;
        self.print_kind(value, verb);
        self.depth -= 1;
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.bytes.extend_from_slice(format!("%!{verb}(").as_bytes());
        if value.is_nil() {
            self.bytes.extend_from_slice(b"<nil>");
        } else {
            self.bytes.extend_from_slice(value.type_name().as_bytes());
            self.bytes.push(b'=');
            self.print_kind(value, 'v');
        }
        self.bytes.push(b')');
    }

    fn print_integer(&mut self, value: &Value, magnitude: u64, negative: bool, signed: bool, verb: char) {
        let rune = || u32::try_from(magnitude).ok().filter(|_| !negative).and_then(char::from_u32);
        let replacement = char::REPLACEMENT_CHARACTER;
        match verb {
            'v' if self.flags.syntax && !signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.pad_integer(magnitude, false, 16, 'x');
                self.flags.sharp = sharp;
            }
            'v' | 'd' => self.pad_integer(magnitude, negative, 10, verb),
            'b' => self.pad_integer(magnitude, negative, 2, verb),
            'o' | 'O' => self.pad_integer(magnitude, negative, 8, verb),
            'x' | 'X' => self.pad_integer(magnitude, negative, 16, verb),
            'c' => self.pad(rune().unwrap_or(replacement).encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => self.pad(quote_rune(rune().unwrap_or(replacement), self.flags.plus).as_bytes()),
            'U' => {
                let number = if negative { magnitude.wrapping_neg() } else { magnitude };
                let digits = self.flags.precision.unwrap_or(0).max(4);
                let mut text = format!("{number:X}");
                text = format!("U+{}{text}", "0".repeat(digits.saturating_sub(text.len())));
                if let Some(rune) = rune().filter(|rune| self.flags.sharp && is_print(*rune)) {
                    text.push_str(&format!(" '{rune}'"));
                }
                self.pad_spaces(text.as_bytes());
            }
            _ => self.bad_verb(value, verb),
        }
    }

    fn pad_integer(&mut self, magnitude: u64, negative: bool, base: u8, verb: char) {
        let flags = &self.flags;
        let mut least_digits = 0;
        if let Some(precision) = flags.precision {
            least_digits = precision;
            if precision == 0 && magnitude == 0 {
                return self.pad_spaces(b"");
            }
        } else if let Some(width) = flags.width.filter(|_| flags.zero && !flags.minus) {
            least_digits = width;
            if negative || flags.plus || flags.space {
                least_digits = width.saturating_sub(1);
            }
        }
        let mut digits = match (base, verb) {
            (2, _) => format!("{magnitude:b}"),
            (8, _) => format!("{magnitude:o}"),
            (16, 'X') => format!("{magnitude:X}"),
            (16, _) => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        if digits.len() < least_digits {
            digits = "0".repeat(least_digits - digits.len()) + &digits;
        }
        let mut prefix = match (negative, flags.plus, flags.space) {
            (true, _, _) => "-".to_string(),
            (_, true, _) => "+".to_string(),
            (_, _, true) => " ".to_string(),
            _ => String::new(),
        };
        if verb == 'O' {
            prefix.push_str("0o");
        }
        if flags.sharp {
            prefix.push_str(match (base, verb) {
                (2, _) => "0b",
                (8, _) if !digits.starts_with('0') => "0",
                (16, 'X') => "0X",
                (16, _) => "0x",
                _ => "",
            });
        }
        self.pad_spaces((prefix + &digits).as_bytes());
    }

    fn print_float(&mut self, number: f64, verb: char) -> bool {
        let (format, precision) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'F' => ('f', Some(6)),
            'e' | 'E' => (verb, Some(6)),
            _ => return false,
        };
        let precision = self.flags.precision.or(precision);
        let mut text = format_float(number, format, precision);
        if !text.starts_with(['-', '+']) {
            text.insert(0, '+');
        }
        if self.flags.space && text.starts_with('+') && !self.flags.plus {
            text.replace_range(..1, " ");
        }
        if !number.is_finite() {
            if number.is_nan() && !self.flags.space && !self.flags.plus {
                text.remove(0);
            } else if text.starts_with('+') && !self.flags.plus {
                // Infinity keeps its sign, as Go writes `+Inf`.
            }
            self.pad_spaces(text.as_bytes());
            return true;
        }
        if self.flags.sharp && format != 'b' {
            text = with_point(&text, format, precision);
        }
        let show_sign = self.flags.plus || !text.starts_with('+');
        if !show_sign {
            self.pad(&text.as_bytes()[1..]);
        } else if let Some(width) =
            self.flags.width.filter(|width| self.flags.zero && !self.flags.minus && *width > text.len())
        {
            self.bytes.push(text.as_bytes()[0]);
            self.bytes.extend(std::iter::repeat_n(b'0', width - text.len()));
            self.bytes.extend_from_slice(&text.as_bytes()[1..]);
        } else {
            self.pad(text.as_bytes());
        }
        true
    }

    fn print_complex(&mut self, value: &Value, real: f64, imaginary: f64, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(value, verb);
        }
        self.bytes.push(b'(');
        self.print_float(real, verb);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.print_float(imaginary, verb);
        self.flags.plus = plus;
        self.bytes.extend_from_slice(b"i)");
    }

    fn print_hexadecimal(&mut self, bytes: &[u8], verb: char) {
        let bytes = &bytes[..self.flags.precision.unwrap_or(usize::MAX).min(bytes.len())];
        let prefix = match (self.flags.sharp, verb) {
            (false, _) => "",
            (_, 'X') => "0X",
            _ => "0x",
        };
        let mut text = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if index == 0 || self.flags.space {
                text.push_str(if index > 0 { " " } else { "" });
                text.push_str(prefix);
            }
            text.push_str(&if verb == 'X' { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(text.as_bytes());
    }

    fn truncated<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(mut left) = self.flags.precision else { return bytes };
        let mut end = 0;
        for chunk in bytes.utf8_chunks() {
            for rune in chunk.valid().chars() {
                if left == 0 {
                    return &bytes[..end];
                }
                left -= 1;
                end += rune.len_utf8();
            }
            for _ in chunk.invalid() {
                if left == 0 {
                    return &bytes[..end];
                }
                left -= 1;
                end += 1;
            }
        }
        bytes
    }

    fn pad_text(&mut self, bytes: &[u8]) {
        let bytes = self.truncated(bytes);
        self.pad(bytes);
    }

    fn pad_spaces(&mut self, bytes: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(bytes);
        self.flags.zero = zero;
    }

    fn pad(&mut self, bytes: &[u8]) {
        let Some(width) = self.flags.width else { return self.bytes.extend_from_slice(bytes) };
        let length: usize =
            bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum();
        let missing = width.saturating_sub(length);
        if self.flags.minus {
            self.bytes.extend_from_slice(bytes);
            self.bytes.extend(std::iter::repeat_n(b' ', missing));
        } else {
            self.bytes.extend(std::iter::repeat_n(if self.flags.zero { b'0' } else { b' ' }, missing));
            self.bytes.extend_from_slice(bytes);
        }
    }
}

/// `%#g` and its like: always a point, and for `g` and `x` zeros up to the precision. `text` has a sign.
fn with_point(text: &str, format: char, precision: Option<usize>) -> String {
    let exponent_marks: &[char] = if matches!(format, 'x' | 'X') { &['p', 'P'] } else { &['e', 'E'] };
    let (number, tail) = text.split_at(text.find(exponent_marks).unwrap_or(text.len()));
    let mut digits = match format {
        'g' | 'G' | 'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let mut number = number.to_string();
    let significant = number[1..].trim_start_matches(['0', '.']);
    digits -= significant.chars().filter(|c| *c != '.').count() as i64;
    if !number.contains('.') {
        if number.len() == 2 && number.ends_with('0') {
            digits -= 1;
        }
        number.push('.');
    }
    number.extend(std::iter::repeat_n('0', usize::try_from(digits).unwrap_or_default()));
    number + tail
}
