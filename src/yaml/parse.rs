//! Text to documents: cuts the text at `---` lines, reads each piece by itself and gathers what was found.
//!
//! Since each piece is read alone, an error ends its own document only; and lines in [`Refusal::message`] count
//! from the document's first line, as they do for Kubernetes and Helm, which cut the text before they parse it.
//! Of a piece that holds several documents (cut by `...`) they read the first; so does this.

use super::compose::compose;
use super::decode::{Decoded, Place, decode};
use super::explain::explain;
use super::grammar::{EventKind, Grammar};
use super::limits::MAX_TEXT;
use super::path::{FieldPath, Step};
use super::scan::{Mark, Problem};
use super::{Data, Node};
use crate::diagnostic::{Diagnostic, Position, Severity, Span};

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its root; null if the document is empty.
    pub root: Node,
    /// From its `---` (or its first node) to the end of its last node.
    pub span: Span,
    /// The line of the text that is the document's line 1 in messages of Kubernetes and Helm.
    pub first_line: u32,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The words of Kubernetes and Helm: `yaml: line 7: …`, `json: unsupported value: NaN`, ….
    pub message: String,
    /// Where, in the whole text.
    pub span: Span,
    /// The line of the text that is the document's line 1.
    pub first_line: u32,
}

/// A key that stands twice in a map. Without strict checks the last one counts.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateKey {
    /// The document, as an index into [`Parsed::documents`].
    pub document: usize,
    /// The words of a strict decoder, one line of its list: `line 8: key "replicas" already set in map`.
    pub message: String,
    /// The line of the second value in the whole text.
    pub line: u32,
    /// The second key.
    pub span: Span,
    /// The first key.
    pub first: Span,
    /// The path of the entry.
    pub path: Vec<Step>,
    /// The key's text.
    pub key: String,
    /// Whether a merge key (`<<`) brought one of the two. Only a strict decoder minds.
    pub is_merged: bool,
}

/// What could be read of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents, in order, without those that cannot be read.
    pub documents: Vec<Document>,
    /// Why the others cannot be read, in the order of the text; the first of a document is what Go says.
    pub refusals: Vec<Refusal>,
    /// Keys that stand twice, in the order in which Go lists them.
    pub duplicates: Vec<DuplicateKey>,
    /// All of that worded for a reader, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// What Kubernetes and Helm say if they refuse the text, prefix (`yaml: `, `json: `) included. They read no
    /// further than the first document.
    pub fn go_error(&self) -> Option<&str> {
        let refusal = self.refusals.first()?;
        let is_first = self.documents.first().is_none_or(|document| refusal.first_line < document.first_line);
        is_first.then_some(refusal.message.as_str())
    }

    /// What a strict decoder says of the duplicate keys of a document: `yaml: unmarshal errors:` and a line each.
    pub fn strict_refusal(&self, document: usize) -> Option<String> {
        let lines: Vec<String> = self
            .duplicates
            .iter()
            .filter(|duplicate| duplicate.document == document)
            .map(|duplicate| format!("\n  {}", duplicate.message))
            .collect();
        (!lines.is_empty()).then(|| format!("yaml: unmarshal errors:{}", lines.concat()))
    }
}

/// Reads a text of any number of documents.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_TEXT {
        let end = Position::of_offset(text, 0);
        let message = format!("The text is larger than {} MiB, too large to read.", MAX_TEXT >> 20);
        let refusal = format!("exceeded max size of {MAX_TEXT} bytes");
        parsed.refuse(refusal, Diagnostic::error(Span { start: end, end }, message), 1);
        return parsed;
    }
    for piece in pieces(text) {
        read(&piece, &mut parsed);
    }
    parsed.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    parsed
}

/// A part of the text that holds one document.
struct Piece<'t> {
    text: &'t str,
    place: Place,
    /// Where the `---` before it stands, if it was cut off.
    separator: Option<Position>,
}

/// Cuts a text at its `---` lines. A separator that carries content (`--- |`) stays with what follows, as does
/// one at the start of the text or behind directives.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = Place::default();
    let mut separator = None;
    let mut has_directive = false;
    let mut place = Place::default();
    for line in text.split_inclusive('\n') {
        let rest = line
            .strip_prefix("---")
            .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = rest
            && (place.offset > start.offset || separator.is_some())
            && !has_directive
        {
            pieces.push(Piece { text: &text[start.offset..place.offset], place: start, separator });
            let rest = rest.trim_start();
            if rest.is_empty() || rest.starts_with('#') {
                separator = Some(Position { offset: place.offset, line: place.lines + 1, column: 1 });
                start = Place { offset: place.offset + line.len(), lines: place.lines + 1 };
            } else {
                (separator, start) = (None, place);
            }
        } else if line.starts_with('%') && text[start.offset..place.offset].lines().all(is_comment) {
            has_directive = true;
        } else if rest.is_some() {
            has_directive = false;
        }
        place = Place { offset: place.offset + line.len(), lines: place.lines + 1 };
    }
    pieces.push(Piece { text: &text[start.offset..], place: start, separator });
    pieces
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with(['#', '%'])
}

fn read(piece: &Piece<'_>, parsed: &mut Parsed) {
    let first_line = piece.place.lines + 1;
    let control = control_character(piece.text);
    let mut grammar =
        Grammar::new(&piece.text[..control.map_or(piece.text.len(), |mark| mark.offset as usize)]);
    let result = first_document(&mut grammar);
    let problem = match (&result, control) {
        (Err(problem), None) => Some(problem.clone()),
        // go-yaml reads 512 bytes at a time and checks their characters before anything else.
        (Err(problem), Some(control)) if problem.mark.offset < control.offset & !511 => Some(problem.clone()),
        (_, Some(mark)) => Some(Problem {
            message: "control characters are not allowed".into(),
            mark,
            context: None,
            in_scanner: true,
            is_unplaced: true,
        }),
        (Ok(_), None) => None,
    };
    if let Some(problem) = problem {
        let diagnostic = explain(piece.text, &problem, piece.place);
        return parsed.refuse(problem.go_message(), diagnostic, first_line);
    }
    let (decoded, start) = match result {
        Ok(Some((graph, start))) => (decode(&graph, piece.place), start),
        Ok(None) => match piece.separator {
            Some(at) => {
                let span = Span { start: at, end: at };
                parsed.documents.push(Document { root: Node { data: Data::Null, span }, span, first_line });
                return;
            }
            None => return,
        },
        Err(_) => return,
    };
    warn_of_the_rest(&mut grammar, piece, parsed);
    let Decoded { root, refusals, duplicates } = decoded;
    for duplicate in &duplicates {
        if !duplicate.is_merged {
            parsed.diagnostics.push(describe(duplicate));
        }
    }
    if refusals.is_empty() {
        let document = parsed.documents.len();
        parsed
            .duplicates
            .extend(duplicates.into_iter().map(|duplicate| DuplicateKey { document, ..duplicate }));
        let start =
            piece.separator.or(start.map(|mark| piece.place.position(mark))).unwrap_or(root.span.start);
        let span = Span { start, end: root.span.end.max(start) };
        parsed.documents.push(Document { root, span, first_line });
    }
    for (message, diagnostic) in refusals {
        parsed.refuse(message, diagnostic, first_line);
    }
}

/// The graph of the first document and the place of its `---`; `None` if there is no document.
fn first_document<'t>(
    grammar: &mut Grammar<'t>,
) -> Result<Option<(super::compose::Graph<'t>, Option<Mark>)>, Problem> {
    let event = grammar.next()?;
    let EventKind::DocumentStart { is_explicit } = event.kind else { return Ok(None) };
    let graph = compose(grammar)?;
    Ok(Some((graph, is_explicit.then_some(event.start))))
}

fn warn_of_the_rest(grammar: &mut Grammar<'_>, piece: &Piece<'_>, parsed: &mut Parsed) {
    let mark = match grammar.next() {
        Ok(event) if matches!(event.kind, EventKind::StreamEnd) => return,
        Ok(event) => event.start,
        Err(problem) => problem.mark,
    };
    let at = piece.place.position(mark);
    let message = "Nobody reads what stands from here on: the document ends before it.";
    let finding = Diagnostic::new(Severity::Advice, Span { start: at, end: at }, message);
    parsed.diagnostics.push(finding.with_hint("Begin another document with a line `---`."));
}

/// The first character that YAML text may not hold.
fn control_character(text: &str) -> Option<Mark> {
    let offset = text.char_indices().find(|(_, character)| {
        !matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
    })?;
    let position = Position::of_offset(text, offset.0);
    Some(Mark {
        offset: offset.0 as u32,
        index: offset.0 as u32,
        line: position.line - 1,
        column: position.column - 1,
    })
}

fn describe(duplicate: &DuplicateKey) -> Diagnostic {
    let DuplicateKey { key, first, path, .. } = duplicate;
    let message = format!("The key `{key}` stands twice in this map.");
    let first = first.start.line;
    let hint = if path.len() == 1 && matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
        format!(
            "It stands in line {first} already. If a second object begins here, a line `---` must come before it."
        )
    } else {
        let path = FieldPath(path);
        format!(
            "It stands in line {first} already (`{path}`). Strict checks refuse that; otherwise the last one counts."
        )
    };
    Diagnostic::error(duplicate.span, message).with_hint(hint)
}

impl Parsed {
    fn refuse(&mut self, message: String, diagnostic: Diagnostic, first_line: u32) {
        let span = diagnostic.span.unwrap_or_default();
        self.refusals.push(Refusal { message, span, first_line });
        self.diagnostics.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(text: &str, expect: serde_json::Value) {
        let parsed = parse(text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        let documents: Vec<_> = parsed.documents.iter().map(|document| document.root.to_json()).collect();
        assert_eq!(serde_json::Value::from(documents), expect, "{text}");
    }

    #[test]
    fn documents() {
        check("", json!([]));
        check("# nothing\n", json!([]));
        check("---\n", json!([null]));
        check("a: 1\n---\nb: [x, yes]\n", json!([{"a": 1}, {"b": ["x", true]}]));
        check("--- {a: 1}\n--- |\n  x\n---\n", json!([{"a": 1}, "x\n", null]));
        check("%YAML 1.1\n%TAG !k! tag:yaml.org,2002:\n---\na: !k!str 1\n", json!([{"a": "1"}]));
        check("\u{feff}a: 1\n", json!([{"a": 1}]));
        check("a: |\n  ---\n  x\nb: '\n\n  y'\n", json!([{"a": "---\nx\n", "b": "\ny"}]));
    }

    #[test]
    fn collections() {
        check(
            "a:\n- 1\n- b: 2\n  c:\n  - 3\nd:\n  - - 4\n    - 5\n",
            json!([{"a": [1, {"b": 2, "c": [3]}], "d": [[4, 5]]}]),
        );
        check(
            "{a: [1, b: 2, {c}], d: , \"e\":3, f:g}\n",
            json!([{"a": [1, {"b": 2}, {"c": null}], "d": null, "e": 3, "f:g": null}]),
        );
        check("? a\n: 1\n? b\nc:\n", json!([{"a": 1, "b": null, "c": null}]));
        check("- \n- ~\n-\n  - x\n", json!([[null, null, ["x"]]]));
        check("1: a\ntrue: b\n1.50: c\n", json!([{"1": "a", "true": "b", "1.5": "c"}]));
    }

    #[test]
    fn scalars() {
        check("a: x y\n  z\n\n  w # c\nb: 'it''s\n  so'\n", json!([{"a": "x y z\nw", "b": "it's so"}]));
        check("a: \"x\\ty \\\n   z\\u00e9 \\x41\n\n  b\"\n", json!([{"a": "x\ty z\u{e9} A\nb"}]));
        check(
            "a: |2-\n   x\n  y\n\nb: >+\n x\n y\n\n   z\n\nc: |\n\n  q\n",
            json!([{"a": " x\ny", "b": "x y\n\n  z\n\n", "c": "\nq\n"}]),
        );
        check(
            "a: b:c\nd: http://x#y\ne: -x\nf: ?x\ng: a, b\n",
            json!([{"a": "b:c", "d": "http://x#y", "e": "-x", "f": "?x", "g": "a, b"}]),
        );
        check(
            "a: !!str 5\nb: !!int \"5\"\nc: ! 5\nd: !!str\ne: !x {a: 1}\n",
            json!([{"a": "5", "b": 5, "c": "5", "d": "", "e": {"a": 1}}]),
        );
        check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", json!([{"a": 1, "b": "x\ny\n"}]));
    }

    #[test]
    fn anchors_and_merge_keys() {
        check(
            "a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
            json!([{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]),
        );
        check("a: &x {k: 1}\nb: {k: 3, <<: *x}\n", json!([{"a": {"k": 1}, "b": {"k": 1}}]));
        check(
            "a: &x {k: 1}\nb: &y {k: 2, m: 1}\nc:\n  <<: [*x, *y]\n",
            json!([{"a": {"k": 1}, "b": {"k": 2, "m": 1}, "c": {"k": 1, "m": 1}}]),
        );
        check("a: &x\nb: *x\nc: \"<<\"\n", json!([{"a": null, "b": null, "c": "<<"}]));
    }

    #[test]
    fn spans_are_bytes_lines_and_columns() {
        let text = "é: 1\nb:\n  - x\n  - {y: z}\n---\nc: |\n  t\n";
        let parsed = parse(text);
        let part = |node: &Node| &text[node.span.start.offset..node.span.end.offset];
        let first = &parsed.documents[0].root;
        assert_eq!(part(first.get("é").expect("key")), "1");
        let list = first.get("b").expect("key");
        assert_eq!((list.span.start.line, list.span.start.column), (3, 3));
        assert_eq!(part(list), "- x\n  - {y: z}");
        let second = &parsed.documents[1];
        assert_eq!((second.span.start.line, second.first_line), (5, 6));
        assert_eq!(part(second.root.get("c").expect("key")), "|\n  t");
    }

    fn refused(text: &str, expect: &str) {
        let parsed = parse(text);
        assert_eq!(parsed.go_error(), Some(expect), "{text}\n{:?}", parsed.documents);
        assert!(!parsed.diagnostics[0].hints.is_empty());
    }

    #[test]
    fn refusals_in_the_words_of_go() {
        for (text, expect) in [
            ("a: [", "yaml: line 1: did not find expected node content"),
            ("a: @x", "yaml: found character that cannot start any token"),
            ("x: 1\na: `x`", "yaml: line 2: found character that cannot start any token"),
            ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
            ("a: x\n\tb: 1\n", "yaml: line 2: found a tab character that violates indentation"),
            ("a: |\n\tb\n", "yaml: line 2: found a tab character where an indentation space is expected"),
            ("a: x\n  b: 1\n", "yaml: line 2: mapping values are not allowed in this context"),
            ("a: b: c", "yaml: mapping values are not allowed in this context"),
            ("a: 1\nb\n", "yaml: line 3: could not find expected ':'"),
            ("a: 1\nb\nc: 1\n", "yaml: line 3: could not find expected ':'"),
            ("a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"),
            ("a: 1\n- b\n", "yaml: line 1: did not find expected key"),
            ("- a\nb: 1\n", "yaml: line 1: did not find expected '-' indicator"),
            ("x:\na: - b\n", "yaml: line 2: block sequence entries are not allowed in this context"),
            ("a: \"x\nb: 1\n", "yaml: line 3: found unexpected end of stream"),
            ("a: [1, 2\nb: 1\n", "yaml: line 1: did not find expected ',' or ']'"),
            ("a: {b: 1\nc: 2\n", "yaml: line 1: did not find expected ',' or '}'"),
            ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
            ("a: &x [*x]\n", "yaml: anchor 'x' value contains itself"),
            ("a: *\n", "yaml: did not find expected alphabetic or numeric character"),
            (
                "a: {{ .Values.x }}\n",
                "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
            ),
            ("[a]: 1\n", "yaml: invalid map key: []interface {}{\"a\"}"),
            ("~: 1\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
            ("a: .inf\n", "json: unsupported value: +Inf"),
            ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
            ("a: !!binary x\n", "yaml: !!binary value contains invalid base64 data"),
            ("<<: 1\n", "yaml: map merge requires map or sequence of maps as the value"),
            ("a: \"\\q\"\n", "yaml: found unknown escape character"),
            ("a: x\u{7}\n", "yaml: control characters are not allowed"),
            ("%YAML 1.2\n---\na: 1\n", "yaml: found incompatible YAML document"),
            ("a: !x!y 1\n", "yaml: found undefined tag handle"),
        ] {
            refused(text, expect);
        }
    }

    #[test]
    fn an_error_ends_its_own_document_only() {
        let parsed = parse("a: [\n---\nb: 1\n---\nc: d: e\n---\nf: 1\n");
        assert_eq!(parsed.documents.len(), 2);
        let lines: Vec<u32> = parsed.refusals.iter().map(|refusal| refusal.span.start.line).collect();
        assert_eq!(lines, [1, 5]);
        assert_eq!(parsed.refusals[1].message, "yaml: mapping values are not allowed in this context");
        assert_eq!(parsed.go_error(), Some("yaml: line 1: did not find expected node content"));
        assert_eq!(parse("a: 1\n---\nb: [\n").go_error(), None);
    }

    #[test]
    fn what_nobody_reads_is_said() {
        let parsed = parse("{a: 1}\nb: 2\n");
        assert_eq!(parsed.go_error(), None);
        assert_eq!(parsed.diagnostics[0].severity, Severity::Advice);
        assert_eq!(parsed.diagnostics[0].span.expect("it has a place").start.line, 2);
    }

    #[test]
    fn duplicate_keys() {
        let parsed = parse("a: 1\nb:\n  c: 1\n  c:\n    d: 2\na: 3\n1: x\n\"1\": y\n");
        assert_eq!(parsed.documents[0].root.get("a").expect("key").data, Data::Int(3));
        let expect = "yaml: unmarshal errors:\n  line 5: key \"c\" already set in map\n  line 6: key \"a\" already set in map";
        assert_eq!(parsed.strict_refusal(0).as_deref(), Some(expect));
        assert_eq!(FieldPath(&parsed.duplicates[0].path).to_string(), "b.c");
        assert_eq!((parsed.duplicates[0].span.start.line, parsed.duplicates[0].first.start.line), (4, 3));
        assert_eq!(parsed.refusals, []);
    }

    #[test]
    fn hostile_texts_end_soon() {
        let start = std::time::Instant::now();
        let bomb = (0..30).fold("a: &a0 [x]\n".to_owned(), |text, level| {
            format!("{text}b{level}: &a{} [{}]\n", level + 1, vec![format!("*a{level}"); 10].join(","))
        });
        assert_eq!(parse(&bomb).go_error(), Some("yaml: document contains excessive aliasing"));
        for text in [
            "[".repeat(1_000_000),
            "{a: ".repeat(100_000),
            "- ".repeat(500_000),
            "? ".repeat(500_000),
            "a:\n".to_owned() + &(1..3000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>(),
            "x".repeat(9_000_000),
            "&a ".repeat(100_000),
            "!a ".repeat(100_000),
            format!("a: \"{}", "\\".repeat(1_000_001)),
            "a: [1".to_owned() + &", {b: [1]".repeat(20_000),
            "a,".repeat(1_000_000) + "]",
            "[".to_owned() + &"a,".repeat(2_000_000),
            format!("a: &a {{<<: {}}}", "[*a, ".repeat(1000)),
            "\u{0}".repeat(1000),
        ] {
            assert!(!parse(&text).diagnostics.is_empty() || text.starts_with("a,"), "{}", &text[..20]);
        }
        // Debug builds are many times slower than the page.
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
