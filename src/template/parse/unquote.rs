//! Go's strconv.Unquote for the literals of templates.

/// The bytes of a quoted literal: in double quotes, or raw in back quotes. `None` is Go's `invalid syntax`.
pub(super) fn unquote(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.bytes().filter(|byte| *byte != b'\r').collect());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (unit, tail) = unquote_char(rest, '"')?;
        match unit {
            Unit::Rune(rune) => bytes.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
        rest = tail;
    }
    Some(bytes)
}

/// What one character or escape stands for.
pub(super) enum Unit {
    /// A character.
    Rune(char),
    /// A byte, by `\x` or an octal escape.
    Byte(u8),
}

/// The first character of a text in quotes `mark`, and what follows it.
pub(super) fn unquote_char(text: &str, mark: char) -> Option<(Unit, &str)> {
    let mut runes = text.chars();
    let first = runes.next()?;
    if first == mark || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Rune(first), runes.as_str()));
    }
    let escape = runes.next()?;
    let rest = runes.as_str();
    let simple = match escape {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '\'' | '"' if escape == mark => mark,
        'x' => return hexadecimal(rest, 2).map(|(number, tail)| (Unit::Byte(number as u8), tail)),
        'u' | 'U' => {
            let (number, tail) = hexadecimal(rest, if escape == 'u' { 4 } else { 8 })?;
            return Some((Unit::Rune(char::from_u32(number)?), tail));
        }
        '0'..='7' => {
            let digits = text.get(1..4)?;
            let number = u32::from_str_radix(digits, 8).ok()?;
            return Some((Unit::Byte(u8::try_from(number).ok()?), &text[4..]));
        }
        _ => return None,
    };
    Some((Unit::Rune(simple), rest))
}

fn hexadecimal(text: &str, digits: usize) -> Option<(u32, &str)> {
    let number = text.get(..digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(number, 16).ok()?, &text[digits..]))
}
