//! RE2's syntax checked with Go's error texts and written as `regex-lite` understands it.

/// Go allows no larger count in braces.
const MAX_REPEAT: u32 = 1000;

/// The one error that is not Go's.
const NO_UNICODE_CLASSES: &str = "Unicode classes are not simulated here";

/// Whether an error is about what Go can read and this engine cannot.
pub(super) fn is_unsupported(error: &str) -> bool {
    error.contains(NO_UNICODE_CLASSES)
}

/// The expression in the dialect of `regex-lite`, and its size: what it matches, counts in braces written out.
///
/// # Errors
/// Go's words: `error parsing regexp: missing closing ]: …`.
pub(super) fn translate(pattern: &str) -> Result<(String, u64), String> {
    let mut translator =
        Translator { pattern, rest: pattern, output: String::new(), groups: 0, size: Size::default() };
    translator.run().map_err(|problem| format!("error parsing regexp: {problem}"))?;
    Ok((translator.output, translator.size.total))
}

/// The size of what was read so far of the innermost group.
#[derive(Default)]
struct Size {
    total: u64,
    /// The part of it that a repetition would repeat.
    last: u64,
    /// The totals of the groups around it.
    outer: Vec<u64>,
}

impl Size {
    fn add(&mut self, size: u64) {
        self.last = size;
        self.total = self.total.saturating_add(size);
    }

    fn open(&mut self) {
        self.outer.push(std::mem::take(&mut self.total));
    }

    fn close(&mut self) {
        let inner = self.total.saturating_add(2);
        self.total = self.outer.pop().unwrap_or_default();
        self.add(inner);
    }

    fn repeat(&mut self, most: u64) {
        let repeated = self.last.saturating_mul(most.max(1)).saturating_add(1);
        self.total -= self.last;
        self.add(repeated);
    }
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    output: String,
    groups: u32,
    size: Size,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        // Where the last repetition started, if one was just read: a second one in a row is an error.
        let mut repeated: Option<usize> = None;
        let mut can_repeat = false;
        while let Some(character) = self.rest.chars().next() {
            let start = self.pattern.len() - self.rest.len();
            let mut next_repeated = None;
            let mut next_can_repeat = true;
            let written = self.output.len();
            match character {
                '(' => {
                    let groups = self.groups;
                    next_can_repeat = self.open_group()?;
                    if self.groups > groups {
                        self.size.open();
                    }
                }
                ')' => {
                    if self.groups == 0 {
                        return Err(format!("unexpected ): `{}`", self.pattern));
                    }
                    self.groups -= 1;
                    self.size.close();
                    self.copy(1);
                }
                '|' => {
                    self.size.add(1);
                    self.copy(1);
                    next_can_repeat = false;
                }
                '[' => {
                    self.class()?;
                    self.size.add(1 + (self.output.len() - written) as u64 / 4);
                }
                '\\' => {
                    self.escape()?;
                    self.size.add(1 + (self.output.len() - written) as u64 / 4);
                }
                '*' | '+' | '?' => {
                    self.repetition(1, start, can_repeat, repeated)?;
                    self.size.repeat(1);
                    next_repeated = Some(start);
                }
                '{' => match self.counts() {
                    Some((length, least, most)) => {
                        let text = &self.rest[..length];
                        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || least > most) {
                            return Err(format!("invalid repeat count: `{text}`"));
                        }
                        self.repetition(length, start, can_repeat, repeated)?;
                        self.size.repeat(u64::from(most.unwrap_or(least + 1)));
                        next_repeated = Some(start);
                    }
                    None => {
                        self.literal(character);
                        self.size.add(1);
                    }
                },
                '}' | ']' | '#' | '&' | '-' | '~' => {
                    self.literal(character);
                    self.size.add(1);
                }
                _ => {
                    self.copy(character.len_utf8());
                    self.size.add(1);
                }
            }
            (repeated, can_repeat) = (next_repeated, next_can_repeat);
        }
        if self.groups > 0 { Err(format!("missing closing ): `{}`", self.pattern)) } else { Ok(()) }
    }

    fn copy(&mut self, length: usize) {
        self.output.push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    /// A character that stands for itself, escaped where it is not a letter or digit of ASCII.
    fn literal(&mut self, character: char) {
        self.rest = &self.rest[character.len_utf8()..];
        push_literal(&mut self.output, character);
    }

    fn repetition(
        &mut self,
        length: usize,
        start: usize,
        can_repeat: bool,
        repeated: Option<usize>,
    ) -> Result<(), String> {
        let lazy = usize::from(self.rest[length..].starts_with('?'));
        let text = &self.rest[..length + lazy];
        if let Some(before) = repeated {
            let end = start + length + lazy;
            return Err(format!("invalid nested repetition operator: `{}`", &self.pattern[before..end]));
        }
        if !can_repeat {
            return Err(format!("missing argument to repetition operator: `{text}`"));
        }
        self.copy(length + lazy);
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}` here: its length, least and most. Anything else is literal text.
    fn counts(&self) -> Option<(usize, u32, Option<u32>)> {
        let end = self.rest.find('}')?;
        let inner = &self.rest[1..end];
        let number = |text: &str| {
            let is_number = !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text == "0" || !text.starts_with('0'));
            is_number.then(|| text.parse().unwrap_or(u32::MAX))
        };
        match inner.split_once(',') {
            None => number(inner).map(|count| (end + 1, count, Some(count))),
            Some((least, "")) => number(least).map(|least| (end + 1, least, None)),
            Some((least, most)) => Some((end + 1, number(least)?, Some(number(most)?))),
        }
    }

    /// An opening parenthesis with its flags or name. Answers whether a repetition may follow at once.
    fn open_group(&mut self) -> Result<bool, String> {
        let rest = self.rest;
        if !rest.starts_with("(?") {
            self.groups += 1;
            self.copy(1);
            return Ok(false);
        }
        let named = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<"));
        if let Some(behind) = named {
            let Some((name, _)) = behind.split_once('>') else {
                return Err(format!("invalid named capture: `{rest}`"));
            };
            let length = rest.len() - behind.len() + name.len() + 1;
            let is_name = |character: char| character.is_alphanumeric() || character == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(format!("invalid named capture: `{}`", &rest[..length]));
            }
            self.groups += 1;
            self.copy(length);
            return Ok(false);
        }
        let (mut negative, mut seen) = (false, false);
        for (index, character) in rest.char_indices().skip(2) {
            match character {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negative => (negative, seen) = (true, false),
                ':' | ')' if !negative || seen => {
                    self.copy(index + 1);
                    self.groups += u32::from(character == ':');
                    return Ok(false);
                }
                _ => {
                    let end = index + character.len_utf8();
                    return Err(format!("invalid or unsupported Perl syntax: `{}`", &rest[..end]));
                }
            }
        }
        Err(format!("missing closing ): `{}`", self.pattern))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(character) = self.rest[1..].chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_string());
        };
        match character {
            'A' | 'z' | 'b' | 'B' | 'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.perl_class(character),
            'Q' => {
                let behind = &self.rest[2..];
                let (text, rest) = behind.split_once("\\E").unwrap_or((behind, ""));
                for character in text.chars() {
                    push_literal(&mut self.output, character);
                }
                self.rest = rest;
            }
            _ => {
                let literal = self.escaped_character()?;
                push_literal(&mut self.output, literal);
            }
        }
        Ok(())
    }

    /// White space of Perl's kind in RE2 lacks the vertical tab.
    fn perl_class(&mut self, character: char) {
        match character {
            's' => self.output.push_str(r"[\t\n\f\r ]"),
            'S' => self.output.push_str(r"[^\t\n\f\r ]"),
            _ => {
                self.output.push('\\');
                self.output.push(character);
            }
        }
        self.rest = &self.rest[2..];
    }

    /// The character that an escape stands for.
    fn escaped_character(&mut self) -> Result<char, String> {
        let Some(character) = self.rest[1..].chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_string());
        };
        let invalid = |length: usize, rest: &str| {
            let end = rest.char_indices().nth(length).map_or(rest.len(), |(index, _)| index);
            Err(format!("invalid escape sequence: `{}`", &rest[..end]))
        };
        let (value, length) = match character {
            'a' => ('\u{7}', 2),
            'f' => ('\u{c}', 2),
            'n' => ('\n', 2),
            'r' => ('\r', 2),
            't' => ('\t', 2),
            'v' => ('\u{b}', 2),
            'x' => {
                let behind = &self.rest[2..];
                let (digits, length) = match behind.strip_prefix('{') {
                    Some(inner) => match inner.split_once('}') {
                        Some((digits, _)) => (digits, 4 + digits.len()),
                        None => return invalid(usize::MAX, self.rest),
                    },
                    None => (behind.get(..2).unwrap_or(""), 4),
                };
                let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                let value = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                match value.filter(|_| is_hex) {
                    Some(value) => (value, length),
                    None => return invalid(4, self.rest),
                }
            }
            '0' => {
                let digits =
                    self.rest[1..].bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let value = u32::from_str_radix(&self.rest[1..=digits], 8).ok().and_then(char::from_u32);
                (value.unwrap_or('\0'), 1 + digits)
            }
            'p' | 'P' => {
                let name = match self.rest[2..].strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                    Some((name, _)) => &self.rest[..name.len() + 4],
                    None => &self.rest[..self.rest.len().min(3)],
                };
                return Err(format!("{NO_UNICODE_CLASSES}: `{name}`"));
            }
            character if character.is_ascii_alphanumeric() || !character.is_ascii() => {
                return invalid(2, self.rest);
            }
            character => (character, 2),
        };
        self.rest = &self.rest[length..];
        Ok(value)
    }

    fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        let missing = || format!("missing closing ]: `{whole}`");
        self.copy(1);
        if self.rest.starts_with('^') {
            self.copy(1);
        }
        let mut is_first = true;
        loop {
            if self.rest.starts_with(']') && !is_first {
                self.copy(1);
                return Ok(());
            }
            is_first = false;
            if self.rest.is_empty() {
                return Err(missing());
            }
            if let Some(end) = self.rest.strip_prefix("[:").and_then(|inner| inner.find(":]")) {
                let text = &self.rest[..end + 4];
                let name = self.rest[2..end + 2].trim_start_matches('^');
                const NAMES: [&str; 14] = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
                    "space", "upper", "word", "xdigit",
                ];
                if !NAMES.contains(&name) {
                    return Err(format!("invalid character class range: `{text}`"));
                }
                self.copy(end + 4);
                continue;
            }
            let escaped = self.rest.strip_prefix('\\').and_then(|behind| behind.chars().next());
            if let Some(character) = escaped.filter(|character| "dDsSwW".contains(*character)) {
                match character {
                    's' => self.output.push_str(r"\t\n\f\r "),
                    character => {
                        self.output.push('\\');
                        self.output.push(character);
                    }
                }
                self.rest = &self.rest[2..];
                continue;
            }
            let start = self.rest;
            let low = self.class_character(&missing)?;
            push_literal(&mut self.output, low);
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1;
            if is_range {
                self.copy(1);
                let high = self.class_character(&missing)?;
                if high < low {
                    let text = &start[..start.len() - self.rest.len()];
                    return Err(format!("invalid character class range: `{text}`"));
                }
                push_literal(&mut self.output, high);
            }
        }
    }

    fn class_character(&mut self, missing: &dyn Fn() -> String) -> Result<char, String> {
        match self.rest.chars().next() {
            None => Err(missing()),
            Some('\\') => self.escaped_character(),
            Some(character) => {
                self.rest = &self.rest[character.len_utf8()..];
                Ok(character)
            }
        }
    }
}

fn push_literal(output: &mut String, character: char) {
    if r"\.+*?()|[]{}^$#&-~".contains(character) {
        output.push('\\');
    }
    output.push(character);
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn names_errors_as_go_does() {
        for (pattern, error) in [
            ("[", "missing closing ]: `[`"),
            ("x[a", "missing closing ]: `[a`"),
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?i", "missing closing ): `(?i`"),
            ("\\y", "invalid escape sequence: `\\y`"),
            ("\\", "trailing backslash at end of expression: ``"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
        ] {
            let outcome = translate(pattern).map(|(translated, _)| translated);
            assert_eq!(outcome, Err(format!("error parsing regexp: {error}")), "{pattern}");
        }
    }

    #[test]
    fn writes_what_the_engine_reads() {
        for pattern in [
            "^a.c$",
            "[[a]+",
            "[]a]",
            "[^]a-]",
            "a{,2}",
            "\\Qa.b\\E",
            "\\_",
            "\\<",
            "[\\d\\-x]",
            "(?i:a|B)*?",
            "[[:alpha:]_]",
            "x{2,}",
            "\\x41\\x{263a}",
            "[a&&b]",
            "(?P<n>a)\\d",
            "a|",
            "\\/",
            "[+--]",
            "{",
            "}",
        ] {
            let (translated, _) = translate(pattern).expect(pattern);
            assert!(regex_lite::Regex::new(&translated).is_ok(), "{pattern} → {translated}");
        }
    }

    #[test]
    fn counts_in_braces_multiply() {
        for (pattern, size) in
            [("abc", 3), ("a*", 2), ("(ab){10}", 41), ("(a{100}){100}", 10_301), ("a|b", 3)]
        {
            assert_eq!(translate(pattern).map(|(_, size)| size), Ok(size), "{pattern}");
        }
    }
}
