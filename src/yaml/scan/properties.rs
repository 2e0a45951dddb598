//! What stands before a node or a document: anchors, aliases, tags and directives.

use super::cursor::is_word;
use super::{Mark, Problem, Scanner, TokenKind};

impl<'t> Scanner<'t> {
    /// Reads `&name` or `*name`.
    pub(super) fn scan_anchor(&mut self) -> Result<(), Problem> {
        let start = self.cursor.mark;
        let is_alias = self.cursor.peek(0) == b'*';
        self.cursor.skip();
        let name = self.scan_word();
        let ends = self.cursor.is_gap()
            || matches!(self.cursor.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            let context = if is_alias { "while scanning an alias" } else { "while scanning an anchor" };
            return Err(
                self.problem(Some((context, start)), "did not find expected alphabetic or numeric character")
            );
        }
        self.push(if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    fn scan_word(&mut self) -> &'t str {
        let start = self.cursor.mark;
        while is_word(self.cursor.peek(0)) {
            self.cursor.skip();
        }
        self.cursor.since(start)
    }

    /// Reads `!suffix`, `!handle!suffix`, `!<whole>` or `!`.
    pub(super) fn scan_tag(&mut self) -> Result<(), Problem> {
        const CONTEXT: &str = "while scanning a tag";
        let start = self.cursor.mark;
        let (handle, suffix);
        if self.cursor.peek(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            (handle, suffix) = ("", self.scan_tag_uri("", false, start)?);
            if self.cursor.peek(0) != b'>' {
                return Err(self.problem(Some((CONTEXT, start)), "did not find the expected '>'"));
            }
            self.cursor.skip();
        } else {
            let word = self.scan_tag_handle();
            if word.len() > 1 && word.ends_with('!') {
                (handle, suffix) = (word, self.scan_tag_uri("", false, start)?);
            } else {
                let rest = self.scan_tag_uri(word, false, start)?;
                (handle, suffix) = if rest.is_empty() { ("", "!".into()) } else { ("!", rest) };
            }
        }
        if !self.cursor.is_gap() {
            return Err(
                self.problem(Some((CONTEXT, start)), "did not find expected whitespace or line break")
            );
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// Reads `!`, `!word` or `!word!`.
    fn scan_tag_handle(&mut self) -> &'t str {
        let start = self.cursor.mark;
        self.cursor.skip();
        self.scan_word();
        if self.cursor.peek(0) == b'!' {
            self.cursor.skip();
        }
        self.cursor.since(start)
    }

    /// Reads the characters of a tag behind `head`, which was read already; `%41` stands for `A`.
    fn scan_tag_uri(&mut self, head: &str, in_directive: bool, start: Mark) -> Result<String, Problem> {
        let context = if in_directive { "while parsing a %TAG directive" } else { "while parsing a tag" };
        let mut bytes = head.as_bytes().get(1..).unwrap_or_default().to_vec();
        let mut is_empty = head.is_empty();
        loop {
            match self.cursor.peek(0) {
                b'%' => {
                    let hex = |ahead| char::from(self.cursor.peek(ahead)).to_digit(16);
                    let (Some(high), Some(low)) = (hex(1), hex(2)) else {
                        return Err(self.problem(Some((context, start)), "did not find URI escaped octet"));
                    };
                    bytes.push((high << 4 | low) as u8);
                    for _ in 0..3 {
                        self.cursor.skip();
                    }
                }
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    bytes.push(byte);
                    self.cursor.skip();
                }
                _ => break,
            }
            is_empty = false;
        }
        if is_empty {
            return Err(self.problem(Some((context, start)), "did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads `%YAML 1.1` or `%TAG !handle! prefix` to the end of the line.
    pub(super) fn scan_directive(&mut self) -> Result<(), Problem> {
        const CONTEXT: &str = "while scanning a directive";
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.scan_word();
        if name.is_empty() {
            return Err(self.problem(Some((CONTEXT, start)), "could not find expected directive name"));
        }
        if !self.cursor.is_gap() {
            return Err(self.problem(Some((CONTEXT, start)), "found unexpected non-alphabetical character"));
        }
        self.cursor.skip_blanks();
        let kind = match name {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.problem(Some((CONTEXT, start)), "found unknown directive name")),
        };
        self.push(kind, start);
        self.cursor.skip_blanks();
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.problem(Some((CONTEXT, start)), "did not find expected comment or line break"));
        }
        self.cursor.skip_line();
        Ok(())
    }

    fn scan_version(&mut self, start: Mark) -> Result<TokenKind<'t>, Problem> {
        let context = Some(("while scanning a %YAML directive", start));
        let major = self.scan_version_number(start)?;
        if self.cursor.peek(0) != b'.' {
            return Err(self.problem(context, "did not find expected digit or '.' character"));
        }
        self.cursor.skip();
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u32, Problem> {
        let context = Some(("while scanning a %YAML directive", start));
        let digits = self.cursor.mark;
        while self.cursor.peek(0).is_ascii_digit() {
            self.cursor.skip();
            if self.cursor.since(digits).len() > 2 {
                return Err(self.problem(context, "found extremely long version number"));
            }
        }
        let number = self.cursor.since(digits).parse();
        number.map_err(|_| self.problem(context, "did not find expected version number"))
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind<'t>, Problem> {
        if self.cursor.peek(0) != b'!' {
            let context = Some(("while scanning a %TAG directive", start));
            return Err(self.problem(context, "did not find expected '!'"));
        }
        let handle = self.scan_tag_handle();
        if handle.len() > 1 && !handle.ends_with('!') {
            let context = Some(("while parsing a %TAG directive", start));
            return Err(self.problem(context, "did not find expected '!'"));
        }
        let context = Some(("while scanning a %TAG directive", start));
        if !self.cursor.is_blank() {
            return Err(self.problem(context, "did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_tag_uri("", true, start)?;
        if !self.cursor.is_gap() {
            return Err(self.problem(context, "did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }
}
