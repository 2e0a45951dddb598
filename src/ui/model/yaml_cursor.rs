//! Where a cursor stands in YAML that is being written, or that templates stand in: found by indentation alone, since
//! such a text seldom parses.

use crate::yaml::Step;

/// Lines above the cursor that are looked at.
const MOST_LINES: usize = 4_000;

/// What is at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A key, as far as it is written.
    Key(String),
    /// The value of a key, as far as it is written.
    Value(String, String),
    /// A template action, from its start to the cursor.
    Action(String),
    /// A comment, or nothing that is known.
    Nothing,
}

/// Where a cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The way to the map that the cursor is in.
    pub path: Vec<Step>,
    /// What is at the cursor.
    pub spot: Spot,
    /// The columns of the word at the cursor, from 1: first, and behind the last.
    pub word: (u32, u32),
    /// The document's `apiVersion`, empty if it names none in plain text.
    pub api_version: String,
    /// The document's `kind`, empty if it names none in plain text.
    pub kind: String,
    /// The other keys of the same map.
    pub siblings: Vec<String>,
}

/// What a line says of its structure, with columns from 0.
#[derive(Default)]
struct Line<'t> {
    /// Columns of the dashes of list items.
    dashes: Vec<usize>,
    /// Column, key, and what stands behind the colon.
    key: Option<(usize, &'t str, &'t str)>,
    /// Where the text begins behind the dashes.
    start: usize,
}

fn read(line: &str) -> Option<Line<'_>> {
    let mut found = Line::default();
    let mut at = line.len() - line.trim_start_matches(' ').len();
    while let Some(rest) = line[at..].strip_prefix('-')
        && (rest.is_empty() || rest.starts_with(' '))
    {
        found.dashes.push(at);
        at += 1 + rest.len() - rest.trim_start_matches(' ').len();
    }
    found.start = at;
    let rest = &line[at..];
    if rest.starts_with('#') || rest.starts_with("{{") || (rest.trim().is_empty() && found.dashes.is_empty())
    {
        return None;
    }
    let colon = rest.find(": ").or_else(|| rest.trim_end().ends_with(':').then(|| rest.trim_end().len() - 1));
    let is_key = |key: &str| !key.is_empty() && !key.starts_with(['{', '[', '|', '>']) && !key.contains("{{");
    if let Some(colon) = colon.filter(|colon| is_key(&rest[..*colon])) {
        found.key = Some((at, rest[..colon].trim().trim_matches(['"', '\'']), rest[colon + 1..].trim()));
    }
    Some(found)
}

/// What the walk upwards is looking for: the parent of a map whose keys stand in a column, or of a list whose dashes
/// do.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Map(usize),
    List(usize),
}

impl Cursor {
    /// The cursor at a line and column of a text, both from 1; columns count characters.
    pub fn at(text: &str, line: u32, column: u32) -> Option<Cursor> {
        let lines: Vec<&str> = text.lines().collect();
        let index = (line as usize).checked_sub(1)?;
        let own = lines.get(index).copied().unwrap_or_default();
        let at = own.char_indices().nth(column.saturating_sub(1) as usize).map_or(own.len(), |(at, _)| at);
        let first = lines[..index.min(lines.len())]
            .iter()
            .rposition(|line| line.starts_with("---"))
            .map_or(0, |it| it + 1);
        let behind = index.min(lines.len());
        let last = lines[behind..].iter().skip(1).position(|line| line.starts_with("---"));
        let document = &lines[first..last.map_or(lines.len(), |it| behind + 1 + it)];
        let top = |name: &str| {
            let found = document.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let word = found.unwrap_or_default().trim().trim_matches(['"', '\'']);
            if word.contains("{{") { String::new() } else { word.to_owned() }
        };
        let before = &own[..at];
        let mut cursor = Cursor {
            path: Vec::new(),
            spot: Spot::Nothing,
            word: word_at(own, at),
            api_version: top("apiVersion"),
            kind: top("kind"),
            siblings: Vec::new(),
        };
        if let Some(start) = before.rfind("{{")
            && !before[start..].contains("}}")
        {
            cursor.spot = Spot::Action(before[start..].to_owned());
            return Some(cursor);
        }
        if before.trim_start().starts_with('#') || before.contains(" #") {
            return Some(cursor);
        }
        // On a line without a key, the cursor itself says how deep it is.
        let structure = read(own)
            .unwrap_or_else(|| Line { start: own.len() - own.trim_start().len(), ..Line::default() });
        let depth = structure.key.map_or(structure.start, |(at, ..)| at);
        let above = &lines[first.max(index.saturating_sub(MOST_LINES)).min(index)..index.min(lines.len())];
        let below = lines.get(index + 1..).unwrap_or_default();
        cursor.climb(&structure, depth, above, below);
        match structure.key {
            Some((start, key, value)) if at > start + key.len() => {
                let typed = own[at.min(own.len())..].len();
                let value_start = own.len() - value.len();
                let inner = own
                    .get(value_start..own.len().saturating_sub(typed).max(value_start))
                    .unwrap_or_default();
                cursor.path.push(Step::Key(key.to_owned()));
                cursor.inside_flow(key, inner, own.get(at..).unwrap_or_default());
            }
            Some((_, key, _)) => cursor.spot = Spot::Key(key.to_owned()),
            None => {
                let inner = own.get(structure.start..at.max(structure.start)).unwrap_or_default();
                if inner.starts_with(['{', '[']) {
                    cursor.inside_flow("", inner, own.get(at..).unwrap_or_default());
                } else {
                    cursor.spot = Spot::Key(inner.trim().to_owned());
                }
            }
        }
        Some(cursor)
    }

    /// Finds the way to the line's map and the other keys of that map.
    fn climb(&mut self, own: &Line<'_>, depth: usize, above: &[&str], below: &[&str]) {
        let mut path = Vec::new();
        let mut wanted = Wanted::Map(depth);
        let mut index = 0;
        let mut is_own_map = own.dashes.is_empty();
        if let Some(dash) = own.dashes.last() {
            wanted = Wanted::List(*dash);
        }
        for text in above.iter().rev() {
            let Some(line) = read(text) else { continue };
            let dashes = line.dashes.iter().rev().map(|at| (*at, None));
            let entries = line.key.iter().map(|(at, key, value)| (*at, Some((*key, *value)))).chain(dashes);
            for (at, key) in entries {
                match (wanted, key) {
                    (Wanted::Map(column), Some((key, _))) if at == column && is_own_map => {
                        self.siblings.push(key.to_owned());
                    }
                    (Wanted::Map(column), Some((key, value))) if at < column && opens(value) => {
                        path.push(Step::Key(key.to_owned()));
                        wanted = Wanted::Map(at);
                        is_own_map = false;
                    }
                    (Wanted::Map(column), None) if at < column => {
                        wanted = Wanted::List(at);
                        index = 0;
                        is_own_map = false;
                    }
                    (Wanted::List(column), None) if at == column => index += 1,
                    (Wanted::List(column), None) if at < column => {
                        path.push(Step::Index(index));
                        wanted = Wanted::List(at);
                        index = 0;
                    }
                    (Wanted::List(column), Some((key, value))) if at <= column && opens(value) => {
                        path.push(Step::Index(index));
                        path.push(Step::Key(key.to_owned()));
                        wanted = Wanted::Map(at);
                        is_own_map = false;
                    }
                    _ => {}
                }
            }
        }
        if let Wanted::List(_) = wanted {
            path.push(Step::Index(index));
        }
        path.reverse();
        self.path = path;
        for text in below {
            let Some(line) = read(text) else { continue };
            let first = line.dashes.first().copied().unwrap_or(line.start);
            if first < depth || text.starts_with("---") {
                break;
            }
            if let (Some((at, key, _)), true) = (line.key, line.dashes.is_empty())
                && at == depth
            {
                self.siblings.push(key.to_owned());
            }
        }
    }

    /// The cursor behind `before`, the start of a value in braces or brackets, or of a plain one.
    fn inside_flow(&mut self, key: &str, before: &str, behind: &str) {
        // For each open brace or bracket: whether it is a list, the key whose value comes, and the keys so far.
        let mut levels: Vec<(bool, Option<String>, Vec<String>)> = Vec::new();
        let mut start = 0;
        for (at, character) in before.char_indices() {
            match character {
                '{' | '[' => {
                    if let Some((_, Some(inner), _)) = levels.last() {
                        self.path.push(Step::Key(inner.clone()));
                    }
                    if character == '[' {
                        self.path.push(Step::Index(0));
                    }
                    levels.push((character == '[', None, Vec::new()));
                }
                '}' | ']' => {
                    levels.pop();
                    if character == ']' {
                        self.path.pop();
                    }
                    if matches!(levels.last(), Some((_, Some(_), _))) {
                        self.path.pop();
                    }
                }
                ':' if !levels.is_empty() => {
                    let name = before[start..at].trim().to_owned();
                    if let Some((_, key, keys)) = levels.last_mut() {
                        keys.push(name.clone());
                        *key = Some(name);
                    }
                }
                ',' if !levels.is_empty() => {
                    if let Some((is_list, key, _)) = levels.last_mut() {
                        *key = None;
                        if let (true, Some(Step::Index(index))) = (*is_list, self.path.last_mut()) {
                            *index += 1;
                        }
                    }
                }
                _ => continue,
            }
            start = at + 1;
        }
        let typed = before.get(start..).unwrap_or_default().trim().to_owned();
        match levels.pop() {
            // A plain value, not in braces: its key is no map.
            None => {
                if !key.is_empty() {
                    self.path.pop();
                }
                self.spot = Spot::Value(key.to_owned(), typed);
            }
            Some((_, Some(inner), keys)) => {
                self.siblings = keys;
                self.spot = Spot::Value(inner, typed);
            }
            Some((_, None, keys)) => {
                self.siblings = keys;
                let end = behind.find([':', ',', '}', ']', ' ']).unwrap_or(behind.len());
                self.spot = Spot::Key(format!("{typed}{}", &behind[..end]));
            }
        }
    }

    /// The way to the field at the cursor: the key, or the key whose value it is.
    pub fn field(&self) -> Option<Vec<Step>> {
        match &self.spot {
            Spot::Key(key) | Spot::Value(key, _) if !key.is_empty() => {
                Some([&self.path[..], &[Step::Key(key.clone())]].concat())
            }
            Spot::Value(..) => Some(self.path.clone()),
            _ => None,
        }
    }
}

/// Whether what stands behind a colon leaves the value to the lines below.
fn opens(value: &str) -> bool {
    value.is_empty() || value.starts_with(['#', '&', '!']) || value.starts_with("{{")
}

/// The columns, from 1, of the word around a byte of a line.
fn word_at(line: &str, at: usize) -> (u32, u32) {
    let is_word = |character: char| character.is_alphanumeric() || "_.-/".contains(character);
    let before = line[..at].chars().rev().take_while(|it| is_word(*it)).count();
    let behind = line[at..].chars().take_while(|it| is_word(*it)).count();
    let column = line[..at].chars().count() + 1;
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (narrow(column - before), narrow(column + behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FieldPath;

    /// `|` in the text is the cursor.
    fn check(text: &str, expect: &str) {
        let at = text.find('|').expect("a cursor");
        let line = text[..at].matches('\n').count() as u32 + 1;
        let column = text[..at]
            .lines()
            .last()
            .map_or(0, |line| if text[..at].ends_with('\n') { 0 } else { line.chars().count() })
            as u32
            + 1;
        let cursor = Cursor::at(&text.replacen('|', "", 1), line, column).expect("the line exists");
        let spot = match &cursor.spot {
            Spot::Key(key) => format!("key {key}"),
            Spot::Value(key, value) => format!("{key}={value}"),
            Spot::Action(text) => format!("action {text}"),
            Spot::Nothing => "nothing".to_owned(),
        };
        let path = FieldPath(&cursor.path).to_string();
        assert_eq!(format!("{path} {spot} [{}]", cursor.siblings.join(" ")), expect, "{text}");
    }

    #[test]
    fn block_style() {
        check("kind: X\nspec:\n  repl|icas: 3\n  b: 1\n", "spec key replicas [b]");
        check("spec:\n  policy: Par|", "spec policy=Par []");
        check("spec:\n  a: 1\n  |\n", "spec key  [a]");
        check("a:\n  b:\n  - c: 1\n  - d: 2\n    e|: 3\n", "a.b[1] key e [d]");
        check("a:\n- n|: 1\n", "a[0] key n []");
        check("a:\n  - b:\n      - c: |\n", "a[0].b[0] c= []");
        check("a:\n  {{- if .x }}\n  b:\n    {{- toYaml . }}\n    c|: 1\n  {{- end }}\n", "a.b key c []");
        check("a: 1\n---\nb:\n  c|: 2\n---\nd: 3\n", "b key c []");
        check("a: 1 # why |", " nothing []");
        check("x: {{ .Values.a| }}", " action {{ .Values.a []");
    }

    #[test]
    fn flow_style() {
        check("s: {type: Rolling|, r: {p: 0}}\n", "s type=Rolling [type]");
        check("s: {type: A, r: {p|: 0}}\n", "s.r key p []");
        check("s: {type: A, r: {p: 0}, q|}\n", "s key q [type r]");
        check("l:\n- {name: a, po|rt: 1}\n", "l[0] key port [name]");
    }
}
