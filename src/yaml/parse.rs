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
use crate::gather::sort_by_key;

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
    parse_pieces(text, pieces)
}

/// Reads the first document of a text that nobody cut at its `---` lines before go-yaml sees it: lines count from the
/// beginning of the text, and what stands behind the document is not looked at.
pub(crate) fn parse_first(text: &str) -> Parsed {
    parse_pieces(text, |text| vec![Piece { text, place: Place::default(), separator: None }])
}

fn parse_pieces(text: &str, pieces: fn(&str) -> Vec<Piece<'_>>) -> Parsed {
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
    sort_by_key(&mut parsed.diagnostics, |diagnostic| diagnostic.span);
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
    let is_usual = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let usual = text.bytes().position(|byte| !is_usual(byte))?;
    let offset = usual + text[usual..].find(|character| {
        !matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
    })?;
    let position = Position::of_offset(text, offset);
    Some(Mark {
        offset: offset as u32,
        index: offset as u32,
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
    Diagnostic::new(Severity::Warning, duplicate.span, message).with_hint(hint)
}

impl Parsed {
    fn refuse(&mut self, message: String, diagnostic: Diagnostic, first_line: u32) {
        let span = diagnostic.span.unwrap_or_default();
        self.refusals.push(Refusal { message, span, first_line });
        self.diagnostics.push(diagnostic);
    }
}

#[cfg(test)]
mod tests;
