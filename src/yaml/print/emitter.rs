//! Writes a tree as libyaml's emitter lays it out.

use std::borrow::Cow;

use super::style::{self, Style, is_break, is_printable};
use super::{Encoder, Tree, go_float, json_integer, key_order};

/// Spaces a level.
const INDENT: usize = 2;

/// The text of `tree`, with a newline at its end; text folds behind column `width`.
pub(super) fn emit(tree: &Tree<'_>, encoder: Encoder, width: usize) -> String {
    let mut emitter =
        Emitter { text: String::new(), column: 0, follows_space: true, follows_indent: true, width, encoder };
    emitter.node(tree, None, false);
    emitter.indent(0);
    emitter.text
}

struct Emitter {
    text: String,
    /// Characters since the line began.
    column: usize,
    /// Whether the last character separates tokens.
    follows_space: bool,
    /// Whether the line holds only what indents (spaces, `-`, `?`).
    follows_indent: bool,
    /// Column behind which text folds.
    width: usize,
    encoder: Encoder,
}

/// The indentation one level inside `indent`; the root stands outside of all.
fn deeper(indent: Option<usize>) -> usize {
    indent.map_or(0, |indent| indent + INDENT)
}

impl Emitter {
    fn node(&mut self, tree: &Tree<'_>, indent: Option<usize>, is_mapping_value: bool) {
        match tree {
            Tree::Null => self.word("null"),
            Tree::Bool(true) => self.word("true"),
            Tree::Bool(false) => self.word("false"),
            Tree::Int(value) => self.word(&value.to_string()),
            Tree::UInt(value) => self.word(&value.to_string()),
            Tree::Float(value) => self.float(*value),
            Tree::Plain(text) => self.word(text),
            Tree::String(text) => self.string(text, indent, false),
            Tree::Sequence(items) if items.is_empty() => self.word("[]"),
            Tree::Mapping(entries) if entries.is_empty() => self.word("{}"),
            Tree::Sequence(items) => {
                let is_flat = is_mapping_value && !self.follows_indent && self.encoder == Encoder::Kubernetes;
                let inner = if is_flat { indent.unwrap_or(0) } else { deeper(indent) };
                for item in items {
                    self.indent(inner);
                    self.indicator("-", true);
                    self.node(item, Some(inner), false);
                }
            }
            Tree::Mapping(entries) => {
                let inner = deeper(indent);
                for (key, value) in key_order::sorted(entries, self.encoder) {
                    self.indent(inner);
                    self.entry(key, value, inner);
                }
            }
        }
    }

    fn entry(&mut self, key: &str, value: &Tree<'_>, indent: usize) {
        if style::is_simple_key(key) {
            self.string(key, Some(indent), true);
            self.put(':');
            (self.follows_space, self.follows_indent) = (false, false);
        } else {
            self.indicator("?", true);
            self.string(key, Some(indent), false);
            self.indent(indent);
            self.indicator(":", true);
        }
        self.node(value, Some(indent), true);
    }

    fn float(&mut self, value: f64) {
        match json_integer(value) {
            Some(integer) if self.encoder == Encoder::Kubernetes => self.word(&integer.to_string()),
            _ => self.word(&go_float(value)),
        }
    }

    fn string(&mut self, text: &str, indent: Option<usize>, is_simple_key: bool) {
        let text = &self.through_json(text);
        // A text at the root folds one level in, as if it stood in a collection.
        let indent = indent.map_or(INDENT, |indent| indent + INDENT);
        match style::choose(text, is_simple_key, self.encoder) {
            Style::Plain => self.plain(text, indent, !is_simple_key),
            Style::SingleQuoted => self.single_quoted(text, indent, !is_simple_key),
            Style::DoubleQuoted => self.double_quoted(text, indent, !is_simple_key),
            Style::Literal => self.literal(text, indent),
        }
    }

    /// What is left of a text that sigs.k8s.io/yaml writes as JSON and reads as YAML, where NEL is a line break
    /// that JSON does not escape: it folds.
    fn through_json<'t>(&self, text: &'t str) -> Cow<'t, str> {
        const NEL: char = '\u{85}';
        if self.encoder == Encoder::Pretty || !text.contains(NEL) {
            return text.into();
        }
        let mut folded = String::new();
        let mut breaks = 0;
        for (part_index, part) in text.split(NEL).enumerate() {
            let is_last = text.len() == part.as_ptr() as usize - text.as_ptr() as usize + part.len();
            let part = if part_index > 0 { part.trim_start_matches(' ') } else { part };
            let part = if is_last { part } else { part.trim_end_matches(' ') };
            if part_index > 0 {
                breaks += 1;
            }
            if !part.is_empty() || is_last {
                match breaks {
                    0 => {}
                    1 => folded.push(' '),
                    more => folded.extend(std::iter::repeat_n('\n', more - 1)),
                }
                breaks = 0;
            }
            folded.push_str(part);
        }
        folded.into()
    }

    fn put(&mut self, character: char) {
        self.text.push(character);
        self.column += 1;
    }

    fn line_break(&mut self, character: char) {
        self.text.push(character);
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        if !self.follows_indent || self.column > indent || self.column == indent && !self.follows_space {
            self.line_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        (self.follows_space, self.follows_indent) = (true, true);
    }

    /// A token that needs a space before it.
    fn indicator(&mut self, indicator: &str, is_indention: bool) {
        if !self.follows_space {
            self.put(' ');
        }
        self.text.push_str(indicator);
        self.column += indicator.len();
        self.follows_space = false;
        self.follows_indent &= is_indention;
    }

    /// An ASCII scalar that needs no quotes and does not fold.
    fn word(&mut self, word: &str) {
        self.indicator(word, false);
    }

    fn is_fold(&self, allowed: bool, spaces: bool) -> bool {
        allowed && !spaces && self.column > self.width
    }

    fn plain(&mut self, text: &str, indent: usize, may_fold: bool) {
        if text.is_ascii() && (!may_fold || self.column.saturating_add(text.len()) < self.width) {
            return self.word(text);
        }
        self.indicator("", false);
        let mut spaces = false;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            if character == ' ' && self.is_fold(may_fold, spaces) && characters.peek() != Some(&' ') {
                self.indent(indent);
            } else {
                self.put(character);
            }
            spaces = character == ' ';
            self.follows_indent &= spaces;
        }
        (self.follows_space, self.follows_indent) = (false, false);
    }

    fn single_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("'", false);
        let (mut spaces, mut breaks) = (false, false);
        let last = text.len() - 1;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character == ' ' {
                let is_inside = at > 0 && at < last && characters.peek().is_some_and(|next| next.1 != ' ');
                if self.is_fold(may_fold, spaces) && is_inside {
                    self.indent(indent);
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.line_break('\n');
                }
                self.line_break(character);
                self.follows_indent = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                if character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                self.follows_indent = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.put('\'');
        (self.follows_space, self.follows_indent) = (false, false);
    }

    fn double_quoted(&mut self, text: &str, indent: usize, may_fold: bool) {
        self.indicator("\"", false);
        // libyaml looks for a byte order mark at the start of the text, whatever character it is at.
        let escapes_all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let last = text.len().saturating_sub(1);
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character == ' ' && !escapes_all {
                if self.is_fold(may_fold, spaces) && at > 0 && at < last {
                    self.indent(indent);
                    if characters.peek().is_some_and(|next| next.1 == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
                continue;
            }
            spaces = false;
            if escapes_all
                || !is_printable(character)
                || is_break(character)
                || matches!(character, '"' | '\\')
            {
                self.escape(character);
            } else {
                self.put(character);
            }
        }
        self.put('"');
        (self.follows_space, self.follows_indent) = (false, false);
    }

    fn escape(&mut self, character: char) {
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(character);
                let digits = match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                self.column += digits.len();
                self.text.push_str(&digits);
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.put('2');
        }
        let mut from_end = text.chars().rev();
        let ends_line = from_end.next().is_some_and(is_break);
        if !ends_line {
            self.put('-');
        } else if from_end.next().is_none_or(is_break) {
            self.put('+');
        }
        // go-yaml v3 leaves the end of this line to what follows, so that a line break at the start is lost.
        let keeps_break = self.encoder == Encoder::Kubernetes || !text.starts_with(is_break);
        if keeps_break {
            self.line_break('\n');
        }
        (self.follows_space, self.follows_indent) = (true, true);
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.line_break(character);
                self.follows_indent = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                self.put(character);
                self.follows_indent = false;
                breaks = false;
            }
        }
    }
}
