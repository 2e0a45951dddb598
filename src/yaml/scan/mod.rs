//! Text to tokens, by the rules of libyaml as go-yaml v2 has them: YAML 1.1, with its limits and its errors.
//!
//! In: one text. Out: [`Token`]s on demand, or the [`Problem`] that ends it all. A mapping shows itself only at
//! its first `:`, so the scanner looks ahead by at most a line or 1024 characters while a simple key is possible.

mod block_scalar;
mod cursor;
mod flow_scalar;
mod plain_scalar;
mod properties;

use std::borrow::Cow;
use std::collections::VecDeque;

use cursor::Cursor;
pub(super) use cursor::Mark;

/// One token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    pub(super) start: Mark,
    pub(super) end: Mark,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'t> {
    StreamEnd,
    VersionDirective { major: u32, minor: u32 },
    TagDirective { handle: &'t str, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    Tag { handle: &'t str, suffix: String },
    Scalar { text: Cow<'t, str>, is_plain: bool },
}

/// What ends the reading of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    /// libyaml's words.
    pub(super) message: Cow<'static, str>,
    /// Where it was noticed.
    pub(super) mark: Mark,
    /// What was being read, and from where.
    pub(super) context: Option<(&'static str, Mark)>,
    /// Whether the scanner noticed it, rather than the grammar: go-yaml counts lines differently for the two.
    pub(super) in_scanner: bool,
    /// Whether go-yaml gives no line at all.
    pub(super) is_unplaced: bool,
}

impl Problem {
    /// What go-yaml says, with the line it gives: the scanner's from 1, the grammar's from 0, none for the first.
    pub(super) fn go_message(&self) -> String {
        let line = match (self.mark.line, self.in_scanner) {
            _ if self.is_unplaced => 0,
            (0, _) => self.context.map_or(0, |(_, mark)| mark.line),
            (line, true) => line + 1,
            (line, false) => line,
        };
        if line == 0 {
            format!("yaml: {}", self.message)
        } else {
            format!("yaml: line {line}: {}", self.message)
        }
    }
}

/// A place where a mapping key without `?` may have begun.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    is_possible: bool,
    /// A block mapping's next key must begin here.
    is_required: bool,
    /// Its token is handed out without waiting for a `:`.
    is_forgotten: bool,
    token: usize,
    mark: Mark,
}

/// Reads tokens from a text.
pub(super) struct Scanner<'t> {
    cursor: Cursor<'t>,
    queue: VecDeque<Token<'t>>,
    /// Tokens handed out so far.
    taken: usize,
    is_next_ready: bool,
    is_at_end: bool,
    /// Column of the innermost block collection; -1 outside of all.
    indent: i64,
    indents: Vec<i64>,
    flow_level: usize,
    is_simple_key_allowed: bool,
    /// One a flow level, with growing token numbers.
    simple_keys: Vec<SimpleKey>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Scanner<'t> {
        let mut cursor = Cursor::new(text);
        if text.starts_with('\u{feff}') {
            cursor.mark.offset = 3;
        }
        Scanner {
            cursor,
            queue: VecDeque::new(),
            taken: 0,
            is_next_ready: false,
            is_at_end: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            is_simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
        }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>, Problem> {
        if !self.is_next_ready {
            while self.queue.is_empty() || self.is_next_undecided()? {
                if self.is_at_end {
                    break;
                }
                self.fetch()?;
            }
            self.is_next_ready = true;
        }
        Ok(self.queue.front().expect("the stream end stays in the queue, and before it fetching adds tokens"))
    }

    /// The next token, which is gone. The end of the stream stays for ever.
    pub(super) fn take(&mut self) -> Result<Token<'t>, Problem> {
        let (is_end, start, end) = {
            let next = self.peek()?;
            (next.kind == TokenKind::StreamEnd, next.start, next.end)
        };
        if is_end {
            return Ok(Token { kind: TokenKind::StreamEnd, start, end });
        }
        self.taken += 1;
        self.is_next_ready = false;
        Ok(self.queue.pop_front().expect("peek saw it"))
    }

    /// Whether a key token may yet have to be put before the next token.
    fn is_next_undecided(&mut self) -> Result<bool, Problem> {
        let taken = self.taken;
        let level = self.simple_keys.partition_point(|key| key.token < taken);
        for level in level..self.simple_keys.len() {
            if self.simple_keys[level].token != taken {
                break;
            }
            let key = &self.simple_keys[level];
            if key.is_possible && !key.is_forgotten {
                return self.is_key_valid(level);
            }
        }
        Ok(false)
    }

    /// Whether the simple key of a level is still possible: on one line and within 1024 characters.
    fn is_key_valid(&mut self, level: usize) -> Result<bool, Problem> {
        let key = &mut self.simple_keys[level];
        let mark = self.cursor.mark;
        if key.is_possible && (key.mark.line < mark.line || key.mark.index + 1024 < mark.index) {
            key.is_possible = false;
            if key.is_required {
                let context = Some(("while scanning a simple key", key.mark));
                return Err(self.problem(context, "could not find expected ':'"));
            }
        }
        Ok(self.simple_keys[level].is_possible)
    }

    fn problem(&self, context: Option<(&'static str, Mark)>, message: &'static str) -> Problem {
        Problem {
            message: message.into(),
            mark: self.cursor.mark,
            context,
            in_scanner: true,
            is_unplaced: false,
        }
    }

    fn fetch(&mut self) -> Result<(), Problem> {
        self.skip_to_token();
        self.unroll_indent(i64::from(self.cursor.mark.column));
        let cursor = &self.cursor;
        if cursor.is_end() {
            return self.fetch_stream_end();
        }
        if cursor.mark.column == 0 {
            if cursor.peek(0) == b'%' {
                return self.fetch_directive();
            }
            if cursor.is_document_indicator(b'-') {
                return self.fetch_document_indicator(TokenKind::DocumentStart);
            }
            if cursor.is_document_indicator(b'.') {
                return self.fetch_document_indicator(TokenKind::DocumentEnd);
            }
        }
        let in_flow = self.flow_level > 0;
        let before_gap = cursor.is_gap_at(1);
        match cursor.peek(0) {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if before_gap => self.fetch_block_entry(),
            b'?' if in_flow || before_gap => self.fetch_key(),
            b':' if in_flow || before_gap => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.is_simple_key_allowed = false;
                self.scan_anchor()
            }
            b'!' => {
                self.save_simple_key()?;
                self.is_simple_key_allowed = false;
                self.scan_tag()
            }
            b'|' | b'>' if !in_flow => {
                self.remove_simple_key()?;
                self.is_simple_key_allowed = true;
                self.scan_block_scalar()
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.is_simple_key_allowed = false;
                self.scan_flow_scalar()
            }
            b'-' => self.fetch_plain_scalar(),
            b'?' | b':' if !in_flow => self.fetch_plain_scalar(),
            b'?' | b':' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(self.no_token()),
            _ if cursor.is_gap() => Err(self.no_token()),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn no_token(&self) -> Problem {
        let context = Some(("while scanning for the next token", self.cursor.mark));
        self.problem(context, "found character that cannot start any token")
    }

    /// Steps over spaces, comments and line breaks. A tab indents nothing where a block key could begin.
    fn skip_to_token(&mut self) {
        loop {
            let cursor = &mut self.cursor;
            if cursor.mark.column == 0 && cursor.text[cursor.mark.offset as usize..].starts_with('\u{feff}') {
                cursor.skip();
            }
            let tabs_allowed = self.flow_level > 0 || !self.is_simple_key_allowed;
            cursor.skip_spaces();
            if tabs_allowed {
                cursor.skip_blanks();
            }
            if cursor.peek(0) == b'#' {
                cursor.skip_to_break();
            }
            if !cursor.is_break() {
                return;
            }
            cursor.skip_line();
            if self.flow_level == 0 {
                self.is_simple_key_allowed = true;
            }
        }
    }

    fn push(&mut self, kind: TokenKind<'t>, start: Mark) {
        self.queue.push_back(Token { kind, start, end: self.cursor.mark });
    }

    /// A token of `width` characters at the cursor.
    fn push_indicator(&mut self, kind: TokenKind<'t>, width: usize) {
        let start = self.cursor.mark;
        for _ in 0..width {
            self.cursor.skip();
        }
        self.push(kind, start);
    }

    /// Opens a block collection if `mark` is further right than the one around it. The token goes before the
    /// token of number `before`, or to the end.
    fn roll_indent(&mut self, mark: Mark, before: Option<usize>, kind: TokenKind<'t>) {
        let column = i64::from(mark.column);
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let at = before.map_or(self.queue.len(), |token| self.place(token));
        self.queue.insert(at, Token { kind, start: mark, end: mark });
    }

    /// Where in the queue a token's number is; behind all others if it was handed out already.
    fn place(&self, token: usize) -> usize {
        token.checked_sub(self.taken).unwrap_or(self.queue.len())
    }

    /// Closes the block collections that are further right than `column`.
    fn unroll_indent(&mut self, column: i64) {
        while self.flow_level == 0 && self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn save_simple_key(&mut self) -> Result<(), Problem> {
        if !self.is_simple_key_allowed {
            return Ok(());
        }
        let key = SimpleKey {
            is_possible: true,
            is_required: self.flow_level == 0 && self.indent == i64::from(self.cursor.mark.column),
            is_forgotten: false,
            token: self.taken + self.queue.len(),
            mark: self.cursor.mark,
        };
        self.remove_simple_key()?;
        *self.simple_key() = key;
        Ok(())
    }

    fn simple_key(&mut self) -> &mut SimpleKey {
        self.simple_keys.last_mut().expect("the block level's entry is never popped")
    }

    fn remove_simple_key(&mut self) -> Result<(), Problem> {
        let key = self.simple_key();
        let was_needed = key.is_possible && key.is_required;
        key.is_possible = false;
        let mark = key.mark;
        if was_needed {
            let context = Some(("while scanning a simple key", mark));
            return Err(self.problem(context, "could not find expected ':'"));
        }
        Ok(())
    }

    fn fetch_stream_end(&mut self) -> Result<(), Problem> {
        // The end counts as a line of its own.
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.is_simple_key_allowed = false;
        self.is_at_end = true;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Problem> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.is_simple_key_allowed = false;
        self.scan_directive()
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind<'t>) -> Result<(), Problem> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.is_simple_key_allowed = false;
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'t>) -> Result<(), Problem> {
        self.save_simple_key()?;
        let token = self.taken + self.queue.len();
        self.simple_keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow_level += 1;
        self.is_simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'t>) -> Result<(), Problem> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            // go-yaml forgets by token number what it waits for, and where nothing stood in a collection its level
            // still has the number of the opening bracket: `{}` is never waited for.
            if let Some(closed) = self.simple_keys.pop()
                && self.simple_key().token == closed.token
            {
                self.simple_key().is_forgotten = true;
            }
        }
        self.is_simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Problem> {
        self.remove_simple_key()?;
        self.is_simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Problem> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.is_simple_key_allowed {
                return Err(
                    self.problem(Some(("", mark)), "block sequence entries are not allowed in this context")
                );
            }
            self.roll_indent(mark, None, TokenKind::BlockSequenceStart);
        }
        self.remove_simple_key()?;
        self.is_simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Problem> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.is_simple_key_allowed {
                return Err(self.problem(Some(("", mark)), "mapping keys are not allowed in this context"));
            }
            self.roll_indent(mark, None, TokenKind::BlockMappingStart);
        }
        self.remove_simple_key()?;
        self.is_simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Problem> {
        let mark = self.cursor.mark;
        let level = self.simple_keys.len() - 1;
        if self.is_key_valid(level)? {
            let key = self.simple_keys[level];
            let token = Token { kind: TokenKind::Key, start: key.mark, end: key.mark };
            let at = self.place(key.token);
            self.queue.insert(at, token);
            self.roll_indent(key.mark, Some(key.token), TokenKind::BlockMappingStart);
            self.simple_keys[level].is_possible = false;
            self.is_simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.is_simple_key_allowed {
                    return Err(
                        self.problem(Some(("", mark)), "mapping values are not allowed in this context")
                    );
                }
                self.roll_indent(mark, None, TokenKind::BlockMappingStart);
            }
            self.is_simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_plain_scalar(&mut self) -> Result<(), Problem> {
        self.save_simple_key()?;
        self.is_simple_key_allowed = false;
        self.scan_plain_scalar()
    }
}
