//! What a syntax error means to the person who wrote the text: where the mistake is, in a sentence, with a hint.
//!
//! libyaml notices many mistakes late and names its own state; this finds the line that is wrong.

use super::decode::Place;
use super::scan::{Mark, Problem};
use crate::diagnostic::{Diagnostic, Position, Span};

/// The finding for a problem in `text`, which lies at `place` in the whole text.
pub(super) fn explain(text: &str, problem: &Problem, place: Place) -> Diagnostic {
    let context = problem.context.map_or(problem.mark, |(_, mark)| mark);
    let at_end = problem.mark.offset as usize >= text.trim_end().len();
    let line = line_at(text, problem.mark);
    let next = text[problem.mark.offset.min(text.len() as u32) as usize..].chars().next();
    let (at, sentence, hint): (Mark, String, String) = match problem.message.as_ref() {
        "mapping values are not allowed in this context" => misplaced_colon(text, problem.mark, line),
        message if message.contains("tab character") || next == Some('\t') => (
            problem.mark,
            "A tab stands where this line is indented.".into(),
            "Indent with spaces; YAML takes no tabs there.".into(),
        ),
        "found character that cannot start any token" => {
            let character = next.unwrap_or(' ');
            (
                problem.mark,
                format!("A value cannot begin with `{character}`."),
                "Quote the whole value.".into(),
            )
        }
        "could not find expected ':'" => missing_colon(text, context),
        "did not find expected key" => unexpected_in_map(text, problem.mark, context, line),
        "did not find expected '-' indicator" => (
            problem.mark,
            format!("This is no item of the list that begins in line {}.", place.position(context).line),
            "Begin the item with `- `, or indent the line as the key that it belongs to.".into(),
        ),
        "block sequence entries are not allowed in this context" => (
            problem.mark,
            "A list cannot begin on the line of its key.".into(),
            "Put the `- ` on a line of its own, below the key; quote the value if the dash belongs to it."
                .into(),
        ),
        "found unexpected end of stream" | "found unexpected document indicator" => {
            (context, "The quote that opens here is never closed.".into(), "Close it, or drop it.".into())
        }
        "did not find expected ',' or ']'" => unclosed(problem.mark, context, at_end, '[', ']', line),
        "did not find expected ',' or '}'" => unclosed(problem.mark, context, at_end, '{', '}', line),
        "did not find expected node content" if at_end => (
            context,
            "The text ends where a value should stand.".into(),
            "Close the bracket or brace that is open.".into(),
        ),
        "did not find expected node content" => (
            problem.mark,
            "A value should stand here.".into(),
            "Remove the sign before it, or quote it.".into(),
        ),
        message if message.starts_with("unknown anchor") => (
            problem.mark,
            format!(
                "`*` makes this an alias of {}, which is not defined before it.",
                message.trim_start_matches("unknown anchor ").trim_end_matches(" referenced")
            ),
            "Quote the value if the star belongs to it; otherwise name the anchor earlier with `&`.".into(),
        ),
        "did not find expected alphabetic or numeric character" => (
            context,
            "`*` begins an alias and `&` an anchor, and what follows is no name of one.".into(),
            "Quote the value if the sign belongs to it.".into(),
        ),
        "found unknown escape character" | "did not find expected hexdecimal number" => (
            problem.mark,
            "A backslash within double quotes begins an escape sequence, and this is none.".into(),
            "Double the backslash, or use single quotes.".into(),
        ),
        "did not find expected comment or line break" => (
            problem.mark,
            "Nothing may follow here on the same line.".into(),
            "The text of `|` and `>` begins on the next line.".into(),
        ),
        "control characters are not allowed" => (
            problem.mark,
            "A control character stands here, which YAML text may not hold.".into(),
            "Remove it, or write it as an escape within double quotes.".into(),
        ),
        "did not find expected <document start>" => (
            problem.mark,
            "The document ended before this.".into(),
            "Begin another document with a line `---`.".into(),
        ),
        message => {
            let sentence = match message.starts_with("exceeded") {
                true => format!("This document is too large to read: {message}."),
                false => format!("This cannot be read: {message}."),
            };
            (problem.mark, sentence, "Quote the value if these signs belong to it.".into())
        }
    };
    let start = place.position(clamp(text, at));
    let end_offset = text[start.offset - place.offset..]
        .find(['\n', '\r'])
        .unwrap_or(text.len() - (start.offset - place.offset));
    let rest = &text[start.offset - place.offset..][..end_offset];
    let end = Position {
        offset: start.offset + rest.len(),
        line: start.line,
        column: start.column + rest.chars().count() as u32,
    };
    let finding = Diagnostic::error(Span { start, end }, sentence);
    if line.contains("{{") || line_at(text, at).contains("{{") {
        return finding.with_hint("`{{` looks like a template that was not rendered.").with_hint(hint);
    }
    finding.with_hint(hint)
}

/// The end of the stream counts as a line of its own; what is wrong there is the last character before it.
fn clamp(text: &str, mark: Mark) -> Mark {
    let written = text.trim_end();
    if (mark.offset as usize) < written.len() {
        return mark;
    }
    let last = written.char_indices().next_back().map_or(0, |(offset, _)| offset);
    let position = Position::of_offset(text, last);
    Mark { offset: last as u32, index: mark.index, line: position.line - 1, column: position.column - 1 }
}

fn line_at(text: &str, mark: Mark) -> &str {
    let offset = (mark.offset as usize).min(text.len());
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// The same line's first character that is no space.
fn line_start(text: &str, mark: Mark) -> Mark {
    let line = line_at(text, mark);
    let column = line.len() - line.trim_start().len();
    let offset = (mark.offset as usize).min(text.len());
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    Mark { offset: (start + column) as u32, column: column as u32, ..mark }
}

fn misplaced_colon(text: &str, mark: Mark, line: &str) -> (Mark, String, String) {
    let first = line_start(text, mark);
    let before = text.get(first.offset as usize..mark.offset as usize).unwrap_or_default();
    if before.contains(": ") || before.contains(":\t") {
        return (
            mark,
            "A second `: ` stands in this line.".into(),
            "Quote the value if the colon belongs to it; otherwise begin a new line for the second key."
                .into(),
        );
    }
    if line.trim_start().starts_with(['"', '\'']) || before.starts_with('#') {
        return (mark, "A colon stands where none may.".into(), "Quote the key and the value.".into());
    }
    (
        first,
        "This line is indented as part of the value above it, but it is a key of its own.".into(),
        "Indent it as far as the key that it stands beside. A key with a value on its line has no keys below.".into(),
    )
}

fn missing_colon(text: &str, at: Mark) -> (Mark, String, String) {
    let line = line_at(text, at).trim();
    let squeezed = line.find(':').is_some_and(|colon| !line[colon + 1..].starts_with([' ', '\t']));
    let hint = if squeezed && !line.contains("://") {
        "Put a space behind the colon."
    } else if line.starts_with('-') {
        "Put a space behind the dash."
    } else {
        "Write `key: value`; indent the line if it goes on with the text above."
    };
    (at, "This line is neither a key with a value nor part of the value above it.".into(), hint.into())
}

fn unexpected_in_map(text: &str, mark: Mark, context: Mark, line: &str) -> (Mark, String, String) {
    if line.trim_start().starts_with("- ") || line.trim() == "-" {
        return (
            mark,
            "A list item stands among the keys of a map.".into(),
            "Indent it under the key that it belongs to; a map and a list cannot mix.".into(),
        );
    }
    let (outer, own) = (context.column, line_start(text, mark).column);
    let line_offset = line_start(text, mark).offset as usize - own as usize;
    let above = text[..line_offset].lines().next_back().unwrap_or_default();
    let above = above.len() - above.trim_start().len();
    let hint = if own != outer {
        format!(
            "It is indented by {own}, the line above by {above}, the map around it by {outer}: match one of them."
        )
    } else {
        "Look for a quote or a bracket that is closed too early.".into()
    };
    (mark, "This line does not fit the map that it stands in.".into(), hint)
}

fn unclosed(
    mark: Mark,
    context: Mark,
    at_end: bool,
    open: char,
    close: char,
    line: &str,
) -> (Mark, String, String) {
    let has_key = line.contains(": ") || line.trim_end().ends_with(':');
    if at_end || mark.line > context.line + 1 || has_key && mark.line > context.line {
        return (
            context,
            format!("`{open}` is never closed."),
            format!("Close it with `{close}`, or quote the value."),
        );
    }
    (
        mark,
        format!("A comma or `{close}` should stand before this."),
        "Separate the entries with commas.".into(),
    )
}

#[cfg(test)]
mod tests {
    use crate::yaml::parse;

    /// The place, the first words of the sentence and some words of a hint.
    fn check(text: &str, place: &str, sentence: &str, hint: &str) {
        let diagnostics = parse(text).diagnostics;
        let first = &diagnostics[0];
        let start = first.span.expect("it has a place").start;
        let found = format!("{text}\n{first:#?}");
        assert_eq!(format!("{}:{}", start.line, start.column), place, "{found}");
        assert!(first.message.contains(sentence), "{found}");
        assert!(first.hints.iter().any(|found| found.contains(hint)), "{found}");
    }

    #[test]
    fn usual_mistakes() {
        check("a:\n\tb: 1\n", "2:1", "A tab", "spaces");
        check("a: x\n\tb: 1\n", "2:1", "A tab", "spaces");
        check("a: x\n  b: 1\n", "2:3", "indented as part of the value above", "Indent it as far");
        check("a: b: c\n", "1:5", "A second `: `", "Quote the value");
        check("a: 1\nb:2\nc: 3\n", "2:1", "neither a key", "space behind the colon");
        check("a:\n  b: 1\n c: 2\n", "3:2", "does not fit the map", "indented by 1, the line above by 2");
        check("a:\n  b: 1\n  - c\n", "3:3", "A list item", "Indent it");
        check("- a\nb: 1\n", "2:1", "no item of the list", "Begin the item");
        check("a: - b\n", "1:4", "on the line of its key", "a line of its own");
        check("a: \"x\nb: 1\n", "1:4", "never closed", "Close it");
        check("a: [1, 2\nb: 3\n", "1:4", "`[` is never closed", "Close it");
        check("a: { x\nb:\n  c: 1\n", "1:4", "`{` is never closed", "Close it");
        check("a: [1 2, 'x' 'y']\n", "1:14", "A comma or `]`", "commas");
        check("a: {{ .Values.x }}\n", "1:5", "single value", "render it");
        check("{{- if .x }}\na: 1\n", "1:3", "", "not rendered");
        check("a: @x\n", "1:4", "cannot begin with `@`", "Quote");
        check("a: *x\n", "1:4", "an alias of 'x'", "star");
        check("a: \"C:\\dir\"\n", "1:7", "escape sequence", "single quotes");
        check("kind: A\n---\nkind: B\nname: x\nkind: C\n", "5:1", "stands twice", "`---`");
        check("a: [\n", "1:4", "text ends", "Close");
    }
}
