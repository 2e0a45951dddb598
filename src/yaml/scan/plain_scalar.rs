//! Scalars without quotes.

use std::borrow::Cow;

use super::{Problem, Scanner, TokenKind};

impl Scanner<'_> {
    /// Reads a plain scalar, over several lines if they are indented; line breaks fold.
    pub(super) fn scan_plain_scalar(&mut self) -> Result<(), Problem> {
        let start = self.cursor.mark;
        let mut end = start;
        let in_flow = self.flow_level > 0;
        let indent = self.indent + 1;
        // Set once the text is no longer one piece of the source.
        let mut folded: Option<String> = None;
        let (mut leading_break, mut trailing_breaks) = (String::new(), String::new());
        let mut is_new_line = false;
        let mut blanks = start;
        loop {
            let cursor = &mut self.cursor;
            if cursor.is_document_indicator(b'-')
                || cursor.is_document_indicator(b'.')
                || cursor.peek(0) == b'#'
            {
                break;
            }
            let piece = cursor.mark;
            while !cursor.is_gap() {
                match cursor.peek(0) {
                    b':' if cursor.is_gap_at(1) => break,
                    b',' | b'?' | b'[' | b']' | b'{' | b'}' if in_flow => break,
                    _ => cursor.skip_text(),
                }
            }
            if cursor.mark != piece {
                if is_new_line {
                    let text = folded.get_or_insert_with(|| {
                        cursor.text[start.offset as usize..end.offset as usize].to_owned()
                    });
                    match (leading_break.as_str(), trailing_breaks.is_empty()) {
                        ("\n", true) => text.push(' '),
                        ("\n", false) => text.push_str(&trailing_breaks),
                        _ => {
                            text.push_str(&leading_break);
                            text.push_str(&trailing_breaks);
                        }
                    }
                    leading_break.clear();
                    trailing_breaks.clear();
                    is_new_line = false;
                    blanks = piece;
                }
                if let Some(text) = &mut folded {
                    text.push_str(cursor.since(blanks));
                }
                end = cursor.mark;
            }
            if !cursor.is_blank() && !cursor.is_break() {
                break;
            }
            blanks = cursor.mark;
            while cursor.is_blank() || cursor.is_break() {
                if cursor.is_break() {
                    cursor.read_line(if is_new_line { &mut trailing_breaks } else { &mut leading_break });
                    is_new_line = true;
                } else {
                    if is_new_line && i64::from(cursor.mark.column) < indent && cursor.peek(0) == b'\t' {
                        let context = Some(("while scanning a plain scalar", start));
                        return Err(self.problem(context, "found a tab character that violates indentation"));
                    }
                    cursor.skip();
                }
            }
            if !in_flow && i64::from(cursor.mark.column) < indent {
                break;
            }
        }
        let text = match folded {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(&self.cursor.text[start.offset as usize..end.offset as usize]),
        };
        let kind = TokenKind::Scalar { text, is_plain: true };
        self.queue.push_back(super::Token { kind, start, end });
        if is_new_line {
            self.is_simple_key_allowed = true;
        }
        Ok(())
    }
}
