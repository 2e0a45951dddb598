//! Patterns of `.Files.Glob`, as the library gobwas/glob reads them with `/` between names: `*` and `?` stop at `/`,
//! `**` does not, `[a-z]`, `[!a-z]` are classes, `{a,b}` are alternatives, `\` escapes.

/// A pattern that was read.
pub(super) struct Glob {
    /// One sequence for each way through the alternatives.
    ways: Vec<Vec<Part>>,
}

#[derive(Clone)]
enum Part {
    Exactly(char),
    One,
    Name,
    Anything,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// How many ways alternatives may make.
const MAX_WAYS: usize = 256;

impl Glob {
    /// Reads a pattern; `None` if it cannot be read.
    pub(super) fn new(pattern: &str) -> Option<Glob> {
        let characters: Vec<char> = pattern.chars().collect();
        let mut at = 0;
        let ways = sequence(&characters, &mut at, false, 0)?;
        (at == characters.len()).then_some(Glob { ways })
    }

    /// The pattern that every path matches.
    pub(super) fn everything() -> Glob {
        Glob { ways: vec![vec![Part::Anything]] }
    }

    /// About how many steps a character of a path takes.
    pub(super) fn cost(&self) -> u64 {
        self.ways.iter().map(|way| way.len() as u64).sum()
    }

    /// Whether the whole of `path` matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        self.ways.iter().any(|way| way_matches(way, &path))
    }
}

/// Reads up to the end, or within braces up to `,` or `}`.
fn sequence(pattern: &[char], at: &mut usize, in_braces: bool, depth: usize) -> Option<Vec<Vec<Part>>> {
    let mut ways: Vec<Vec<Part>> = vec![Vec::new()];
    while let Some(&character) = pattern.get(*at) {
        if in_braces && matches!(character, ',' | '}') {
            break;
        }
        *at += 1;
        let part = match character {
            '*' if pattern.get(*at) == Some(&'*') => {
                while pattern.get(*at) == Some(&'*') {
                    *at += 1;
                }
                Part::Anything
            }
            '*' => Part::Name,
            '?' => Part::One,
            '[' => class(pattern, at)?,
            '{' => {
                ways = alternatives(pattern, at, ways, depth)?;
                continue;
            }
            '\\' => {
                let escaped = *pattern.get(*at)?;
                *at += 1;
                Part::Exactly(escaped)
            }
            '}' | ']' => return None,
            other => Part::Exactly(other),
        };
        ways.iter_mut().for_each(|way| way.push(part.clone()));
    }
    Some(ways)
}

fn alternatives(
    pattern: &[char],
    at: &mut usize,
    ways: Vec<Vec<Part>>,
    depth: usize,
) -> Option<Vec<Vec<Part>>> {
    if depth > 8 {
        return None;
    }
    let mut all = Vec::new();
    loop {
        for choice in sequence(pattern, at, true, depth + 1)? {
            for way in &ways {
                all.push([way.as_slice(), choice.as_slice()].concat());
            }
            if all.len() > MAX_WAYS {
                return None;
            }
        }
        let stop = *pattern.get(*at)?;
        *at += 1;
        if stop == '}' {
            return Some(all);
        }
    }
}

fn class(pattern: &[char], at: &mut usize) -> Option<Part> {
    let negated = pattern.get(*at) == Some(&'!');
    *at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        let mut low = *pattern.get(*at)?;
        *at += 1;
        match low {
            ']' if !ranges.is_empty() => return Some(Part::Class { negated, ranges }),
            ']' => return None,
            '\\' => {
                low = *pattern.get(*at)?;
                *at += 1;
            }
            _ => {}
        }
        if pattern.get(*at) == Some(&'-') && pattern.get(*at + 1).is_some_and(|high| *high != ']') {
            let high = *pattern.get(*at + 1)?;
            *at += 2;
            if low > high {
                return None;
            }
            ranges.push((low, high));
        } else {
            ranges.push((low, low));
        }
    }
}

/// Which ends are possible after each part, as a set of positions in the path.
fn way_matches(way: &[Part], path: &[char]) -> bool {
    let mut open = vec![false; path.len() + 1];
    open[0] = true;
    for part in way {
        let mut next = vec![false; path.len() + 1];
        let mut running = false;
        for position in 0..=path.len() {
            let character = position.checked_sub(1).map(|before| path[before]);
            match part {
                Part::Anything | Part::Name => {
                    if matches!(part, Part::Name) && character == Some('/') {
                        running = false;
                    }
                    running |= open[position];
                    next[position] = running;
                }
                _ => {
                    let Some(character) = character else { continue };
                    let fits = match part {
                        Part::Exactly(wanted) => character == *wanted,
                        Part::One => character != '/',
                        Part::Class { negated, ranges } => {
                            let inside =
                                ranges.iter().any(|(low, high)| *low <= character && character <= *high);
                            inside != *negated
                        }
                        Part::Anything | Part::Name => false,
                    };
                    next[position] = fits && open[position - 1];
                }
            }
        }
        open = next;
    }
    open[path.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(
            Glob::new(pattern).is_some_and(|glob| glob.matches(path)),
            expected,
            "{pattern} on {path}"
        );
    }

    #[test]
    fn patterns_match_as_in_gobwas() {
        check("config/*", "config/a.json", true);
        check("config/*", "config/x/a.json", false);
        check("files/**", "files/sub/y.txt", true);
        check("**.txt", "files/sub/y.txt", true);
        check("*.txt", "files/y.txt", false);
        check("a?c", "abc", true);
        check("a?c", "a/c", false);
        check("{a,b*}.yaml", "bcd.yaml", true);
        check("[!a]x", "bx", true);
        check("[a-c]x", "bx", true);
        check("[a", "a", false);
        check("", "", true);
    }
}
