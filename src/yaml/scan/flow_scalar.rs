//! Scalars in single and double quotes.

use std::borrow::Cow;

use super::{Problem, Scanner, TokenKind};

impl Scanner<'_> {
    /// Reads a quoted scalar; line breaks fold, `\` escapes within double quotes.
    pub(super) fn scan_flow_scalar(&mut self) -> Result<(), Problem> {
        let start = self.cursor.mark;
        let quote = self.cursor.peek(0);
        self.cursor.skip();
        let content = self.cursor.mark;
        // Set once the text is no longer one piece of the source.
        let mut folded: Option<String> = None;
        loop {
            let scanning = Some(("while scanning a quoted scalar", start));
            if self.cursor.is_document_indicator(b'-') || self.cursor.is_document_indicator(b'.') {
                return Err(self.problem(scanning, "found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                return Err(self.problem(scanning, "found unexpected end of stream"));
            }
            let mut is_new_line = false;
            while !self.cursor.is_gap() {
                let cursor = &mut self.cursor;
                let piece = cursor.mark;
                match cursor.peek(0) {
                    b'\'' if quote == b'\'' && cursor.peek(1) == b'\'' => {
                        let so_far =
                            || cursor.text[content.offset as usize..piece.offset as usize].to_owned();
                        folded.get_or_insert_with(so_far).push('\'');
                        cursor.skip();
                        cursor.skip();
                    }
                    byte if byte == quote => break,
                    b'\\' if quote == b'"' => {
                        let so_far =
                            || cursor.text[content.offset as usize..piece.offset as usize].to_owned();
                        folded.get_or_insert_with(so_far);
                        if cursor.is_break_at(1) {
                            cursor.skip();
                            cursor.skip_line();
                            is_new_line = true;
                            break;
                        }
                        let character = self.scan_escape(start)?;
                        folded.get_or_insert_default().push(character);
                    }
                    _ => {
                        cursor.skip_text();
                        if let Some(text) = &mut folded {
                            text.push_str(cursor.since(piece));
                        }
                    }
                }
            }
            let cursor = &mut self.cursor;
            if cursor.peek(0) == quote {
                break;
            }
            let blanks = cursor.mark;
            let (mut leading_break, mut trailing_breaks) = (String::new(), String::new());
            while cursor.is_blank() || cursor.is_break() {
                if cursor.is_break() {
                    cursor.read_line(if is_new_line { &mut trailing_breaks } else { &mut leading_break });
                    is_new_line = true;
                } else {
                    cursor.skip();
                }
            }
            if !is_new_line {
                if let Some(text) = &mut folded {
                    text.push_str(cursor.since(blanks));
                }
                continue;
            }
            let so_far = || cursor.text[content.offset as usize..blanks.offset as usize].to_owned();
            let text = folded.get_or_insert_with(so_far);
            if leading_break == "\n" && trailing_breaks.is_empty() {
                text.push(' ');
            } else {
                if leading_break != "\n" {
                    text.push_str(&leading_break);
                }
                text.push_str(&trailing_breaks);
            }
        }
        let text = match folded {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(self.cursor.since(content)),
        };
        self.cursor.skip();
        self.push(TokenKind::Scalar { text, is_plain: false }, start);
        Ok(())
    }

    /// Reads one escape sequence of a double-quoted scalar that began at `start`.
    fn scan_escape(&mut self, start: super::Mark) -> Result<char, Problem> {
        let context = Some(("while parsing a quoted scalar", start));
        let digits = match self.cursor.peek(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            code => {
                let character = match code {
                    b'0' => '\0',
                    b'a' => '\u{7}',
                    b'b' => '\u{8}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{b}',
                    b'f' => '\u{c}',
                    b'r' => '\r',
                    b'e' => '\u{1b}',
                    b' ' => ' ',
                    b'"' => '"',
                    b'\'' => '\'',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{a0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return Err(self.problem(context, "found unknown escape character")),
                };
                self.cursor.skip();
                self.cursor.skip();
                return Ok(character);
            }
        };
        self.cursor.skip();
        self.cursor.skip();
        let mut value = 0u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.peek(ahead)).to_digit(16) else {
                return Err(self.problem(context, "did not find expected hexdecimal number"));
            };
            value = value << 4 | digit;
        }
        let Some(character) = char::from_u32(value) else {
            return Err(self.problem(context, "found invalid Unicode character escape code"));
        };
        for _ in 0..digits {
            self.cursor.skip();
        }
        Ok(character)
    }
}
