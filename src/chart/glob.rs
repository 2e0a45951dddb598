//! Shell patterns as Go's `path/filepath.Match` reads them on Unix: `*` and `?` stop at `/`, `[a-z]` and
//! `[^a-z]` are classes, `\` escapes.

/// A pattern that cannot be read; Go says `syntax error in pattern`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// Whether the whole of `name` matches `pattern`.
///
/// # Errors
/// [`BadPattern`] when matching reaches an unclosed class, an empty range or a trailing `\`.
pub(crate) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let pattern: Vec<char> = pattern.chars().collect();
    let mut name: Vec<char> = name.chars().collect();
    name.reverse();
    match_chunks(&pattern, name)
}

/// `name` is reversed, so that its front is popped from the end.
fn match_chunks(mut pattern: &[char], mut name: Vec<char>) -> Result<bool, BadPattern> {
    while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&'/'));
        }
        match match_chunk(chunk, &name)? {
            Some(left) if left == 0 || !pattern.is_empty() => {
                name.truncate(left);
                continue;
            }
            _ => {}
        }
        if star {
            let mut found = None;
            for start in (0..name.len()).rev() {
                if name[start] == '/' {
                    break;
                }
                if let Some(left) = match_chunk(chunk, &name[..start])? {
                    if pattern.is_empty() && left > 0 {
                        continue;
                    }
                    found = Some(left);
                    break;
                }
            }
            if let Some(left) = found {
                name.truncate(left);
                continue;
            }
        }
        // Go checks the rest of the pattern for mistakes before it says that nothing matches.
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan_chunk(pattern);
            match_chunk(chunk, &[])?;
            pattern = rest;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Leading stars, the text up to the next star outside a class, and what follows.
fn scan_chunk(pattern: &[char]) -> (bool, &[char], &[char]) {
    let stars = pattern.iter().take_while(|character| **character == '*').count();
    let pattern = &pattern[stars..];
    let mut in_class = false;
    let mut index = 0;
    while index < pattern.len() {
        match pattern[index] {
            '\\' if index + 1 < pattern.len() => index += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => break,
            _ => {}
        }
        index += 1;
    }
    (stars > 0, &pattern[..index], &pattern[index..])
}

/// Matches a chunk without stars at the front of the reversed `name`; how many characters are left.
fn match_chunk(chunk: &[char], name: &[char]) -> Result<Option<usize>, BadPattern> {
    let mut chunk = chunk;
    let mut left = name.len();
    let mut failed = false;
    while let Some((&first, rest)) = chunk.split_first() {
        failed |= left == 0;
        let character = if failed { None } else { Some(name[left - 1]) };
        match first {
            '[' => {
                chunk = rest;
                let negated = chunk.first() == Some(&'^');
                if negated {
                    chunk = &chunk[1..];
                }
                let mut inside = false;
                let mut ranges = 0;
                loop {
                    if chunk.first() == Some(&']') && ranges > 0 {
                        chunk = &chunk[1..];
                        break;
                    }
                    let low = class_character(&mut chunk)?;
                    let mut high = low;
                    if chunk.first() == Some(&'-') {
                        chunk = &chunk[1..];
                        high = class_character(&mut chunk)?;
                    }
                    inside |= character.is_some_and(|character| low <= character && character <= high);
                    ranges += 1;
                }
                left = left.saturating_sub(1);
                failed |= inside == negated;
            }
            '?' => {
                failed |= character == Some('/');
                left = left.saturating_sub(1);
                chunk = rest;
            }
            _ => {
                let mut rest = rest;
                let mut wanted = first;
                if first == '\\' {
                    let (&escaped, after) = rest.split_first().ok_or(BadPattern)?;
                    wanted = escaped;
                    rest = after;
                }
                failed |= character != Some(wanted);
                left = left.saturating_sub(1);
                chunk = rest;
            }
        }
    }
    Ok((!failed).then_some(left))
}

fn class_character(chunk: &mut &[char]) -> Result<char, BadPattern> {
    let (&first, mut rest) = chunk.split_first().ok_or(BadPattern)?;
    let mut character = first;
    match first {
        '-' | ']' => return Err(BadPattern),
        '\\' => {
            let (&escaped, after) = rest.split_first().ok_or(BadPattern)?;
            character = escaped;
            rest = after;
        }
        _ => {}
    }
    // A class that ends here is never closed.
    if rest.is_empty() {
        return Err(BadPattern);
    }
    *chunk = rest;
    Ok(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, name: &str, expected: Result<bool, BadPattern>) {
        assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
    }

    #[test]
    fn patterns_match_as_in_go() {
        check("abc", "abc", Ok(true));
        check("*", "abc", Ok(true));
        check("*c", "abc", Ok(true));
        check("a*/b", "abc/b", Ok(true));
        check("a*/b", "a/c/b", Ok(false));
        check("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true));
        check("a*b?c*x", "abxbbxdbxebxczzx", Ok(true));
        check("ab[e-g]", "abc", Ok(false));
        check("ab[^e-g]", "abc", Ok(true));
        check("a\\*b", "a*b", Ok(true));
        check("a?b", "a/b", Ok(false));
        check("[]a]", "]", Err(BadPattern));
        check("[-]", "-", Err(BadPattern));
        check("[", "a", Err(BadPattern));
        check("a[", "a", Err(BadPattern));
        check("templates/.?*", "templates/.x", Ok(true));
        check("*.bak", "a.bak", Ok(true));
    }
}
