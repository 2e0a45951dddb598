//! Literal (`|`) and folded (`>`) scalars.

use super::{Mark, Problem, Scanner, TokenKind};

const CONTEXT: &str = "while scanning a block scalar";

impl Scanner<'_> {
    /// Reads a block scalar from its header to the first line that is less indented.
    pub(super) fn scan_block_scalar(&mut self) -> Result<(), Problem> {
        let start = self.cursor.mark;
        let is_literal = self.cursor.peek(0) == b'|';
        self.cursor.skip();
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.cursor.peek(0) {
                sign @ (b'+' | b'-') if chomping.is_none() => chomping = Some(sign),
                b'0' if increment.is_none() => {
                    return Err(
                        self.problem(Some((CONTEXT, start)), "found an indentation indicator equal to 0")
                    );
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(i64::from(digit - b'0')),
                _ => break,
            }
            self.cursor.skip();
        }
        self.cursor.skip_blanks();
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.problem(Some((CONTEXT, start)), "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        let mut indent = increment.map(|increment| self.indent.max(0) + increment);
        let mut text = String::new();
        let (mut leading_break, mut trailing_breaks) = (String::new(), String::new());
        let mut end = self.scan_block_breaks(&mut indent, &mut trailing_breaks, start)?;
        let mut was_blank = false;
        while Some(i64::from(self.cursor.mark.column)) == indent && !self.cursor.is_end() {
            let is_blank = self.cursor.is_blank();
            if !is_literal && !was_blank && !is_blank && leading_break == "\n" {
                if trailing_breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            leading_break.clear();
            text.push_str(&trailing_breaks);
            trailing_breaks.clear();
            was_blank = is_blank;
            let line = self.cursor.mark;
            self.cursor.skip_to_break();
            text.push_str(self.cursor.since(line));
            let line_end = self.cursor.mark;
            self.cursor.read_line(&mut leading_break);
            let breaks_end = self.scan_block_breaks(&mut indent, &mut trailing_breaks, start)?;
            end = if chomping == Some(b'+') { breaks_end } else { line_end };
        }
        if chomping != Some(b'-') {
            text.push_str(&leading_break);
        }
        if chomping == Some(b'+') {
            text.push_str(&trailing_breaks);
        }
        let kind = TokenKind::Scalar { text: text.into(), is_plain: false };
        self.queue.push_back(super::Token { kind, start, end });
        Ok(())
    }

    /// Reads indentation and empty lines; finds out the indentation where the header does not give it.
    /// Gives the place behind the last line break.
    fn scan_block_breaks(
        &mut self,
        indent: &mut Option<i64>,
        breaks: &mut String,
        start: Mark,
    ) -> Result<Mark, Problem> {
        let mut end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            let is_before_content =
                |column: u32, indent: &Option<i64>| indent.is_none_or(|indent| i64::from(column) < indent);
            while is_before_content(self.cursor.mark.column, indent) && self.cursor.peek(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(i64::from(self.cursor.mark.column));
            if is_before_content(self.cursor.mark.column, indent) && self.cursor.peek(0) == b'\t' {
                let context = Some((CONTEXT, start));
                return Err(
                    self.problem(context, "found a tab character where an indentation space is expected")
                );
            }
            if !self.cursor.is_break() {
                break;
            }
            self.cursor.read_line(breaks);
            end = self.cursor.mark;
        }
        indent.get_or_insert(deepest.max(self.indent + 1).max(1));
        Ok(end)
    }
}
