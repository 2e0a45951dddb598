//! Go's strconv.Quote and its variants.

/// The bytes in double quotes with Go's escapes; printable characters stay.
pub fn quote(bytes: &[u8]) -> String {
    quoted(bytes, '"', false)
}

/// The bytes in double quotes with Go's escapes; only ASCII stays.
pub fn quote_ascii(bytes: &[u8]) -> String {
    quoted(bytes, '"', true)
}

/// The character in single quotes with Go's escapes; if `ascii`, nothing beyond ASCII stays.
pub fn quote_rune(rune: char, ascii: bool) -> String {
    quoted(rune.encode_utf8(&mut [0; 4]).as_bytes(), '\'', ascii)
}

/// Whether Go could write the bytes as a raw string on one line.
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|rune| rune == '\t' || !(rune < ' ' || matches!(rune, '`' | '\u{7f}' | '\u{feff}')))
    })
}

/// Whether Go calls the character printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(rune: char) -> bool {
    if rune.is_ascii() {
        return (' '..='~').contains(&rune);
    }
    // Rust escapes in debug output by the same categories; behind another character it leaves marks alone.
    let mut pair = String::from("a");
    pair.push(rune);
    pair.escape_debug().count() == 2
}

fn quoted(bytes: &[u8], mark: char, ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(mark);
    for chunk in bytes.utf8_chunks() {
        for rune in chunk.valid().chars() {
            push_escaped(&mut out, rune, mark, ascii);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push(mark);
    out
}

fn push_escaped(out: &mut String, rune: char, mark: char, ascii: bool) {
    match rune {
        '\\' => out.push_str("\\\\"),
        _ if rune == mark => {
            out.push('\\');
            out.push(rune);
        }
        _ if (!ascii || rune.is_ascii()) && is_print(rune) => out.push(rune),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if rune < ' ' || rune == '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(rune))),
        _ if u32::from(rune) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(rune))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(rune))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go() {
        let check = |text: &str, expected: &str| assert_eq!(quote(text.as_bytes()), expected);
        check("a\"b\\", r#""a\"b\\""#);
        check("héllo\n\t\u{0}", r#""héllo\n\t\x00""#);
        check("\u{200b}e\u{301}\u{a0}", "\"\\u200be\u{301}\\u00a0\"");
        assert_eq!(quote(b"\xff"), r#""\xff""#);
        assert_eq!(quote_ascii("é😀".as_bytes()), r#""\u00e9\U0001f600""#);
        assert_eq!(quote_rune('\'', false), r"'\''");
    }
}
