//! Line wrapping and abbreviation by bytes, as goutils does.

/// goutils `WrapCustom`: lines of at most `width` bytes, broken at spaces; words that are longer are broken only
/// with `break_long`. The result is cut out of the input, so it may not be UTF-8.
pub(crate) fn wrap(text: &[u8], width: i64, newline: &[u8], break_long: bool) -> Vec<u8> {
    let newline = if newline.is_empty() { b"\n" } else { newline };
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut result = Vec::with_capacity(text.len());
    let mut offset = 0;
    while text.len() - offset > width {
        if text[offset] == b' ' {
            offset += 1;
            continue;
        }
        let space = text[offset..=offset + width].iter().rposition(|&byte| byte == b' ');
        let end = match space {
            Some(space) => Some((offset + space, offset + space + 1)),
            None if break_long => Some((offset + width, offset + width)),
            None => {
                let found = text[offset + width..].iter().position(|&byte| byte == b' ');
                found.map(|space| (offset + width + space, offset + width + space + 1))
            }
        };
        let Some((end, next)) = end else { break };
        result.extend_from_slice(&text[offset..end]);
        result.extend_from_slice(newline);
        offset = next;
    }
    result.extend_from_slice(&text[offset..]);
    result
}

/// goutils `AbbreviateFull`: at most `width` bytes with `...` for what is left out, from `offset` on.
/// Widths below 4, or below 7 with an offset, leave the text as it is.
pub(crate) fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    if width < 4 || (offset > 0 && width < 7) {
        return text.to_vec();
    }
    let length = text.len() as i64;
    if length <= width {
        return text.to_vec();
    }
    let mut offset = offset.min(length);
    if length - offset < width - 3 {
        offset = length - (width - 3);
    }
    let cut = |from: i64, to: i64| &text[from.clamp(0, length) as usize..to.clamp(0, length) as usize];
    if offset <= 4 {
        return [cut(0, width - 3), b"..."].concat();
    }
    if offset + width - 3 < length {
        return [b"...", abbreviate(cut(offset, length), 0, width - 3).as_slice()].concat();
    }
    [b"...", cut(length - (width - 3), length)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps() {
        assert_eq!(wrap(b"hello world foo", 5, b"", false), b"hello\nworld\nfoo");
        assert_eq!(wrap(b"abcdefgh ij", 3, b"|", true), b"abc|def|gh|ij");
        assert_eq!(wrap(b"abcdefgh ij", 3, b"", false), b"abcdefgh\nij");
        assert_eq!(wrap(b"", 0, b"", false), b"");
    }

    #[test]
    fn abbreviates() {
        assert_eq!(abbreviate(b"hello world", 0, 5), b"he...");
        assert_eq!(abbreviate(b"1234 5678 9123", 5, 10), b"...5678...");
        assert_eq!(abbreviate(b"hello", 0, 2), b"hello");
    }
}
