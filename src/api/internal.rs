//! How the server prints its internal types, which some refusals quote.
//!
//! Internal structs have Go field names and no `omitempty`: every field is printed, absent ones as null, empty text
//! or zero. Which fields a struct has, and in which order, stands in `internal.txt`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::gather::sort_by_key;

const TABLE: &str = include_str!("internal.txt");

/// A field of an internal struct: its Go name, where the value stands in the versioned object, and its type.
struct Field {
    name: &'static str,
    source: &'static str,
    kind: &'static str,
}

fn structs() -> &'static BTreeMap<&'static str, Vec<Field>> {
    static STRUCTS: OnceLock<BTreeMap<&'static str, Vec<Field>>> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        let mut structs: BTreeMap<&'static str, Vec<Field>> = BTreeMap::new();
        let mut current = "";
        for line in TABLE.lines() {
            match line.strip_prefix(' ') {
                None => current = line,
                Some(line) => {
                    let mut words = line.split(' ');
                    let name = words.next().unwrap_or("");
                    let kind = words.next().unwrap_or("p");
                    let source = words.next().unwrap_or("");
                    structs.entry(current).or_default().push(Field { name, source, kind });
                }
            }
        }
        structs
    })
}

/// The JSON name of a field: given in the table, or Go's name with its first word in lower case.
fn source_of(field: &Field) -> String {
    if !field.source.is_empty() {
        return field.source.to_owned();
    }
    let upper = field.name.bytes().take_while(u8::is_ascii_uppercase).count();
    let lower = if upper > 1 && upper < field.name.len() { upper - 1 } else { upper };
    format!("{}{}", field.name[..lower].to_ascii_lowercase(), &field.name[lower..])
}

/// A value in one line.
pub(crate) fn print_compact(value: &Value, name: &str) -> String {
    let mut out = String::new();
    print(value, &format!("={name}"), None, &mut out);
    out
}

/// A value over several lines, one space a level.
fn print_indented(value: &Value, name: &str) -> String {
    let mut out = String::new();
    print(value, &format!("={name}"), Some(0), &mut out);
    out
}

fn break_line(indent: Option<usize>, out: &mut String) {
    if let Some(indent) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

fn separator(indent: Option<usize>) -> &'static str {
    if indent.is_some() { ": " } else { ":" }
}

/// Prints `value` as `kind`.
fn print(value: &Value, kind: &str, indent: Option<usize>, out: &mut String) {
    let deeper = indent.map(|indent| indent + 1);
    match (kind.as_bytes().first(), value) {
        (Some(b'='), _) => {
            let Some(fields) = structs().get(&kind[1..]) else { return out.push_str("{}") };
            out.push('{');
            for (index, field) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                break_line(deeper, out);
                out.push_str(&format!("\"{}\"{}", field.name, separator(indent)));
                let source = source_of(field);
                // The internal pod keeps the node's namespaces in its security context, the API beside it.
                let inner = match source.strip_prefix('!') {
                    Some(inner) => &value["securityContext"][inner],
                    None if source == "." => value,
                    None => &value[source.as_str()],
                };
                print(inner, field.kind, deeper, out);
            }
            break_line(indent, out);
            out.push('}');
        }
        (Some(b'*'), Value::Null) | (Some(b'[' | b'{'), Value::Null) => out.push_str("null"),
        (Some(b'*'), _) => print(value, &kind[1..], indent, out),
        (Some(b'['), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                break_line(deeper, out);
                print(item, &kind[1..], deeper, out);
            }
            break_line(indent, out);
            out.push(']');
        }
        (Some(b'{'), Value::Object(map)) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                break_line(deeper, out);
                out.push_str(&format!("{}{}", Value::from(key.as_str()), separator(indent)));
                print(item, &kind[1..], deeper, out);
            }
            break_line(indent, out);
            out.push('}');
        }
        (Some(b's'), Value::Null) => out.push_str("\"\""),
        (Some(b'q'), Value::Null) => out.push_str("\"0\""),
        (Some(b'i'), Value::Null) => out.push('0'),
        (Some(b'b'), Value::Null) => out.push_str("false"),
        (Some(b'v'), _) => print_versioned(value, indent, out),
        _ => out.push_str(&value.to_string()),
    }
}

/// A value of a type that has no internal form, such as a label selector: as it stands.
fn print_versioned(value: &Value, indent: Option<usize>, out: &mut String) {
    let deeper = indent.map(|indent| indent + 1);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            let rank = |key: &str| {
                ["matchLabels", "matchExpressions", "key", "operator", "values"]
                    .iter()
                    .position(|known| *known == key)
                    .unwrap_or(9)
            };
            let mut entries: Vec<_> = map.iter().collect();
            sort_by_key(&mut entries, |(key, _)| rank(key));
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                break_line(deeper, out);
                out.push_str(&format!("{}{}", Value::from(key.as_str()), separator(indent)));
                print_versioned(item, deeper, out);
            }
            break_line(indent, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                break_line(deeper, out);
                print_versioned(item, deeper, out);
            }
            break_line(indent, out);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The difference of two values as a unified diff with three lines of context.
pub(crate) fn difference(old: &Value, new: &Value, name: &str) -> String {
    unified(&print_indented(old, name), &print_indented(new, name))
}

/// A unified diff without file names.
pub(crate) fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    // Where a line could belong to what is equal before or behind, the longer run has it, as in the server's library.
    let shorter = old.len().min(new.len());
    let mut head = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let mut tail = old.iter().rev().zip(new.iter().rev()).take_while(|(left, right)| left == right).count();
    if tail > head {
        head = head.min(shorter - tail);
    } else {
        tail = tail.min(shorter - head);
    }
    let edits = edits(&old[head..old.len() - tail], &new[head..new.len() - tail], head);
    render(&old, &new, &edits)
}

/// A run of lines `old.0..old.1` replaced by `new.0..new.1`.
struct Edit {
    old: (usize, usize),
    new: (usize, usize),
}

/// The longest common subsequence's complement; large texts count as one edit.
fn edits(old: &[&str], new: &[&str], offset: usize) -> Vec<Edit> {
    const LIMIT: usize = 4_000_000;
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().saturating_mul(new.len()) > LIMIT {
        return vec![Edit { old: (offset, offset + old.len()), new: (offset, offset + new.len()) }];
    }
    let width = new.len() + 1;
    let mut table = vec![0u32; (old.len() + 1) * width];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            table[left * width + right] = if old[left] == new[right] {
                table[(left + 1) * width + right + 1] + 1
            } else {
                table[(left + 1) * width + right].max(table[left * width + right + 1])
            };
        }
    }
    let (mut left, mut right) = (0, 0);
    let mut edits: Vec<Edit> = Vec::new();
    while left < old.len() || right < new.len() {
        if left < old.len() && right < new.len() && old[left] == new[right] {
            (left, right) = (left + 1, right + 1);
            continue;
        }
        let (from_left, from_right) = (left, right);
        while (left < old.len() || right < new.len())
            && !(left < old.len() && right < new.len() && old[left] == new[right])
        {
            let down = left < old.len()
                && (right == new.len()
                    || table[(left + 1) * width + right] >= table[left * width + right + 1]);
            if down {
                left += 1;
            } else {
                right += 1;
            }
        }
        edits.push(Edit {
            old: (offset + from_left, offset + left),
            new: (offset + from_right, offset + right),
        });
    }
    edits
}

fn render(old: &[&str], new: &[&str], edits: &[Edit]) -> String {
    const CONTEXT: usize = 3;
    let mut out = String::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let mut count = 1;
        while count < rest.len() && rest[count].old.0 <= rest[count - 1].old.1 + 2 * CONTEXT {
            count += 1;
        }
        let (hunk, after) = rest.split_at(count);
        rest = after;
        let last = &hunk[count - 1];
        let before = first.old.0.min(CONTEXT);
        let behind = (old.len() - last.old.1).min(CONTEXT);
        let start = (first.old.0 - before, first.new.0 - before);
        let end = (last.old.1 + behind, last.new.1 + behind);
        out.push_str(&format!("@@ -{} +{} @@\n", range(start.0, end.0), range(start.1, end.1)));
        let mut position = start.0;
        for edit in hunk {
            for line in &old[position..edit.old.0] {
                out.push_str(&format!(" {line}\n"));
            }
            for line in &old[edit.old.0..edit.old.1] {
                out.push_str(&format!("-{line}\n"));
            }
            for line in &new[edit.new.0..edit.new.1] {
                out.push_str(&format!("+{line}\n"));
            }
            position = edit.old.1;
        }
        for line in &old[position..end.0] {
            out.push_str(&format!(" {line}\n"));
        }
    }
    out
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_difference() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh";
        let new = "a\nb\nc\nd\nX\nf\ng\nh";
        assert_eq!(unified(old, new), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n");
    }

    #[test]
    fn internal_types_print_every_field() {
        let context = serde_json::json!({"privileged": true});
        assert!(
            print_compact(&context, "SecurityContext")
                .starts_with("{\"Capabilities\":null,\"Privileged\":true,")
        );
    }
}
