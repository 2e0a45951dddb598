//! Template text to tokens.

use std::borrow::Cow;

/// What a token is. Those from [`Kind::Block`] on are keywords, printed in angle brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    End,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    EndKeyword,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token: its kind, where it starts, and its text (of an error: the message).
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) line: usize,
    pub(super) text: Cow<'a, str>,
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use crate::template::print::quote;
        match self.kind {
            Kind::End => formatter.write_str("EOF"),
            Kind::Error => formatter.write_str(&self.text),
            kind if kind >= Kind::Block => write!(formatter, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let short: String = self.text.chars().take(10).collect();
                write!(formatter, "{}...", quote(short.as_bytes()))
            }
            _ => formatter.write_str(&quote(self.text.as_bytes())),
        }
    }
}

/// Reads tokens one by one. After an error only the end follows.
pub(super) struct Lexer<'a> {
    input: &'a str,
    at: usize,
    start: usize,
    /// The line of `counted`, so that lines are counted once.
    line: usize,
    counted: usize,
    inside: bool,
    parens: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Lexer<'a> {
        Lexer { input, at: 0, start: 0, line: 1, counted: 0, inside: false, parens: 0 }
    }

    pub(super) fn next_token(&mut self) -> Token<'a> {
        loop {
            let token = if self.inside { self.action() } else { self.text() };
            if let Some(token) = token {
                return token;
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let rune = self.peek()?;
        self.at += rune.len_utf8();
        Some(rune)
    }

    fn accept(&mut self, set: &str) -> bool {
        let accepted = self.peek().is_some_and(|rune| set.contains(rune));
        if accepted {
            self.at += 1;
        }
        accepted
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    fn start_line(&mut self) -> usize {
        let skipped = &self.input.as_bytes()[self.counted.min(self.start)..self.start];
        self.line += skipped.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.start;
        self.line
    }

    fn emit(&mut self, kind: Kind) -> Option<Token<'a>> {
        let line = self.start_line();
        let token = Token { kind, start: self.start, line, text: self.input[self.start..self.at].into() };
        self.start = self.at;
        Some(token)
    }

    fn ignore(&mut self) {
        self.start = self.at;
    }

    fn fail(&mut self, message: impl Into<Cow<'a, str>>) -> Option<Token<'a>> {
        let line = self.start_line();
        let token = Token { kind: Kind::Error, start: self.start, line, text: message.into() };
        (self.input, self.at, self.start, self.counted, self.inside) = ("", 0, 0, 0, false);
        Some(token)
    }

    fn text(&mut self) -> Option<Token<'a>> {
        let Some(length) = self.rest().find("{{") else {
            self.at = self.input.len();
            return if self.at > self.start { self.emit(Kind::Text) } else { self.end() };
        };
        let delimiter = self.at + length;
        self.at = delimiter;
        if has_left_trim(&self.input[delimiter + 2..]) {
            self.at = self.start + self.input[self.start..delimiter].trim_end_matches(is_space).len();
        }
        if self.at > self.start {
            let token = self.emit(Kind::Text);
            self.at = delimiter;
            self.ignore();
            return token;
        }
        self.at = delimiter;
        self.ignore();
        self.left_delimiter()
    }

    fn end(&mut self) -> Option<Token<'a>> {
        let line = self.start_line();
        Some(Token { kind: Kind::End, start: self.at, line, text: "EOF".into() })
    }

    fn left_delimiter(&mut self) -> Option<Token<'a>> {
        self.at += 2;
        let marker = if has_left_trim(self.rest()) { 2 } else { 0 };
        if self.rest()[marker..].starts_with("/*") {
            self.at += marker;
            self.ignore();
            return self.comment();
        }
        let token = self.emit(Kind::LeftDelimiter);
        self.inside = true;
        self.at += marker;
        self.ignore();
        self.parens = 0;
        token
    }

    fn comment(&mut self) -> Option<Token<'a>> {
        self.at += 2;
        let Some(length) = self.rest().find("*/") else { return self.fail("unclosed comment") };
        self.at += length + 2;
        let (delimiter, trim) = self.at_right_delimiter();
        if !delimiter {
            return self.fail("comment ends before closing delimiter");
        }
        self.after_right_delimiter(trim);
        self.ignore();
        None
    }

    fn at_right_delimiter(&self) -> (bool, bool) {
        let rest = self.rest();
        if has_right_trim(rest) && rest[2..].starts_with("}}") {
            (true, true)
        } else {
            (rest.starts_with("}}"), false)
        }
    }

    fn after_right_delimiter(&mut self, trim: bool) {
        self.at += if trim { 4 } else { 2 };
        if trim {
            self.at = self.input.len() - self.rest().trim_start_matches(is_space).len();
        }
    }

    fn right_delimiter(&mut self, trim: bool) -> Option<Token<'a>> {
        if trim {
            self.at += 2;
            self.ignore();
        }
        self.at += 2;
        let token = self.emit(Kind::RightDelimiter);
        if trim {
            self.at = self.input.len() - self.rest().trim_start_matches(is_space).len();
            self.ignore();
        }
        self.inside = false;
        token
    }

    fn action(&mut self) -> Option<Token<'a>> {
        let (delimiter, trim) = self.at_right_delimiter();
        if delimiter {
            return if self.parens == 0 {
                self.right_delimiter(trim)
            } else {
                self.fail("unclosed left paren")
            };
        }
        let Some(rune) = self.bump() else { return self.fail("unclosed action") };
        match rune {
            _ if is_space(rune) => self.space(),
            '=' => self.emit(Kind::Assign),
            ':' => match self.bump() {
                Some('=') => self.emit(Kind::Declare),
                _ => self.fail("expected :="),
            },
            '|' => self.emit(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '`' => match self.rest().find('`') {
                Some(length) => {
                    self.at += length + 1;
                    self.emit(Kind::RawString)
                }
                None => self.fail("unterminated raw quoted string"),
            },
            '$' => self.field_or_variable(Kind::Variable),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                if self.at == self.input.len() {
                    self.number(rune)
                } else {
                    self.field_or_variable(Kind::Field)
                }
            }
            '.' | '+' | '-' | '0'..='9' => self.number(rune),
            _ if is_alphanumeric(rune) => self.identifier(),
            '(' => {
                self.parens += 1;
                self.emit(Kind::LeftParen)
            }
            ')' if self.parens == 0 => self.fail("unexpected right paren"),
            ')' => {
                self.parens -= 1;
                self.emit(Kind::RightParen)
            }
            ' '..='~' => self.emit(Kind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", unicode(Some(rune)))),
        }
    }

    fn space(&mut self) -> Option<Token<'a>> {
        while self.peek().is_some_and(is_space) {
            self.bump();
        }
        let before = &self.input[self.at - 1..];
        if has_right_trim(before) && before[2..].starts_with("}}") {
            self.at -= 1;
            if self.at == self.start {
                return self.right_delimiter(true);
            }
        }
        self.emit(Kind::Space)
    }

    fn quoted(&mut self, mark: char, kind: Kind, unterminated: &'a str) -> Option<Token<'a>> {
        loop {
            match self.bump() {
                Some('\\') => {
                    if matches!(self.bump(), None | Some('\n')) {
                        return self.fail(unterminated);
                    }
                }
                None | Some('\n') => return self.fail(unterminated),
                Some(rune) if rune == mark => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn field_or_variable(&mut self, kind: Kind) -> Option<Token<'a>> {
        if self.at_terminator() {
            return self.emit(if kind == Kind::Variable { Kind::Variable } else { Kind::Dot });
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.fail(format!("bad character {}", unicode(self.peek())));
        }
        self.emit(kind)
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(rune) => is_space(rune) || self.rest().starts_with("}}"),
        }
    }

    fn identifier(&mut self) -> Option<Token<'a>> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.fail(format!("bad character {}", unicode(self.peek())));
        }
        self.emit(match &self.input[self.start..self.at] {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::EndKeyword,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        })
    }

    fn number(&mut self, first: char) -> Option<Token<'a>> {
        self.at -= first.len_utf8();
        let mut good = self.scan_number();
        let mut kind = Kind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            good = self.scan_number() && self.input[..self.at].ends_with('i');
            kind = Kind::Complex;
        }
        if good {
            return self.emit(kind);
        }
        let text = crate::template::print::quote(&self.input.as_bytes()[self.start..self.at]);
        self.fail(format!("bad number syntax: {text}"))
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = if digits.len() == 11 { "eE" } else { "pP" };
        if (digits.len() == 11 || digits.len() == 23) && self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

/// Go's `%#U`: `U+002D '-'`; the end of the text is -1.
fn unicode(rune: Option<char>) -> String {
    match rune {
        None => "U+FFFFFFFFFFFFFFFF".into(),
        Some(rune) if crate::template::print::is_print(rune) => format!("U+{:04X} '{rune}'", u32::from(rune)),
        Some(rune) => format!("U+{:04X}", u32::from(rune)),
    }
}

fn is_space(rune: char) -> bool {
    matches!(rune, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(rune: char) -> bool {
    rune == '_' || rune.is_alphanumeric()
}

fn has_left_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && bytes[0] == b'-' && is_space(char::from(bytes[1]))
}

fn has_right_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 2 && is_space(char::from(bytes[0])) && bytes[1] == b'-'
}
