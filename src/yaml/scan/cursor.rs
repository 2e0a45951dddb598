//! A place in the text that moves forward, and the classes of characters that YAML 1.1 knows.

/// A place in the text. Lines and columns count from 0, as libyaml's marks do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::yaml) struct Mark {
    /// Bytes from the start.
    pub(in crate::yaml) offset: u32,
    /// Characters from the start.
    pub(in crate::yaml) index: u32,
    /// Lines from the start.
    pub(in crate::yaml) line: u32,
    /// Characters from the start of the line.
    pub(in crate::yaml) column: u32,
}

/// Reads a text from its start to its end. Behind the end stand zero bytes.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) mark: Mark,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, mark: Mark::default() }
    }

    /// The byte `ahead` of the cursor.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.offset as usize + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_end(&self) -> bool {
        self.mark.offset as usize >= self.text.len()
    }

    /// A space or a tab.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.peek(0), b' ' | b'\t')
    }

    /// How many bytes the line break `ahead` of the cursor takes; 0 if there is none. CR LF counts as one.
    fn break_width(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\r' | b'\n' => 1,
            0xC2 if self.peek(ahead + 1) == 0x85 => 2,
            0xE2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_width(0) > 0
    }

    pub(super) fn is_break_at(&self, ahead: usize) -> bool {
        self.break_width(ahead) > 0
    }

    /// A line break or the end.
    pub(super) fn is_break_or_end(&self) -> bool {
        self.is_end() || self.is_break()
    }

    /// A space, a tab, a line break or the end.
    pub(super) fn is_gap_at(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
            || self.mark.offset as usize + ahead >= self.text.len()
            || self.break_width(ahead) > 0
    }

    pub(super) fn is_gap(&self) -> bool {
        self.is_gap_at(0)
    }

    /// Whether `---` or `...` stands here as a line of its own or before a gap.
    pub(super) fn is_document_indicator(&self, indicator: u8) -> bool {
        self.mark.column == 0 && (0..3).all(|ahead| self.peek(ahead) == indicator) && self.is_gap_at(3)
    }

    /// Steps over one character that is no line break.
    pub(super) fn skip(&mut self) {
        let width = match self.peek(0) {
            0..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        if !self.is_end() {
            self.mark.offset += width;
            self.mark.index += 1;
            self.mark.column += 1;
        }
    }

    /// Steps over ASCII characters, none of them a line break, as long as `is_part` holds.
    fn skip_ascii(&mut self, is_part: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.mark.offset as usize..];
        let length = rest.iter().take_while(|byte| is_part(**byte)).count() as u32;
        self.mark.offset += length;
        self.mark.index += length;
        self.mark.column += length;
    }

    /// Steps over one character and, if it is one of those that mean nothing in any scalar, those behind it.
    pub(super) fn skip_text(&mut self) {
        let before = self.mark.offset;
        self.skip_ascii(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'=')
        });
        if self.mark.offset == before {
            self.skip();
        }
    }

    /// Steps over spaces.
    pub(super) fn skip_spaces(&mut self) {
        self.skip_ascii(|byte| byte == b' ');
    }

    /// Steps to the end of the line.
    pub(super) fn skip_to_break(&mut self) {
        loop {
            self.skip_ascii(|byte| matches!(byte, b'\t' | b' '..=b'~'));
            if self.is_break_or_end() {
                return;
            }
            self.skip();
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.skip();
        }
    }

    /// Steps over a line break, if one stands here.
    pub(super) fn skip_line(&mut self) {
        let width = self.break_width(0);
        if width > 0 {
            self.mark.index += if self.peek(0) == b'\r' { width as u32 } else { 1 };
            self.mark.offset += width as u32;
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// Steps over a line break and adds it to `breaks`: all but U+2028 and U+2029 as a newline.
    pub(super) fn read_line(&mut self, breaks: &mut String) {
        match self.peek(0) {
            0xE2 if self.is_break() => {
                breaks.push(if self.peek(2) == 0xA8 { '\u{2028}' } else { '\u{2029}' })
            }
            _ if self.is_break() => breaks.push('\n'),
            _ => {}
        }
        self.skip_line();
    }

    /// The text from `start` to the cursor.
    pub(super) fn since(&self, start: Mark) -> &'t str {
        &self.text[start.offset as usize..self.mark.offset as usize]
    }
}

/// A letter, digit, `_` or `-`: what names of anchors and tags are made of.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
