//! What templates write, and which node wrote it.

use std::rc::Rc;

use super::{Call, Fault, Guard, Machine};
use crate::template::Value;
use crate::template::compile::Program;
use crate::template::function::Error;
use crate::template::parse::{NodeId, Source};
use crate::template::print::{LONGEST, display_bytes};

/// Text that grows, with a note for each piece if provenance is asked for.
#[derive(Default)]
pub(in crate::template) struct Output {
    pub(in crate::template) bytes: Vec<u8>,
    pub(in crate::template) segments: Option<Vec<RawSegment>>,
}

/// A piece of the output: up to `end`, written by the node at `position` of `source`, after so many reads.
#[derive(Clone)]
pub(in crate::template) struct RawSegment {
    pub(in crate::template) end: usize,
    pub(in crate::template) source: Rc<Source>,
    pub(in crate::template) position: usize,
    pub(in crate::template) reads: (usize, usize),
    /// The call that led there.
    pub(in crate::template) call: Option<Rc<Call>>,
    /// The condition that let it through.
    pub(in crate::template) guard: Option<Rc<Guard>>,
}

/// What a piece of output costs besides its bytes: the note of where it comes from.
pub(super) const COST: usize = 64;

/// How far ahead a captured line is searched for: functions change lines, but not where they stand.
const NEAR: usize = 1024;

/// No reads.
const NONE: (usize, usize) = (0, 0);

/// What Go prints for no value; Helm takes it out of the output again.
const NO_VALUE: &[u8] = b"<no value>";

impl Output {
    pub(super) fn new(provenance: bool) -> Output {
        Output { bytes: Vec::new(), segments: provenance.then(Vec::new) }
    }

    /// Takes every `<no value>` out, as Helm does.
    pub(in crate::template) fn strip_no_value(&mut self) {
        if find(&self.bytes, NO_VALUE).is_none() {
            return;
        }
        let mut kept = Vec::with_capacity(self.bytes.len());
        let mut cuts = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            if self.bytes[at..].starts_with(NO_VALUE) {
                at += NO_VALUE.len();
                cuts.push(at);
            } else {
                kept.push(self.bytes[at]);
                at += 1;
            }
        }
        for segment in self.segments.iter_mut().flatten() {
            let before = cuts.partition_point(|cut| *cut <= segment.end);
            segment.end -= before * NO_VALUE.len();
        }
        self.bytes = kept;
    }
}

impl Machine<'_> {
    /// How the last frame came to where it writes: only known if provenance is asked for.
    fn reasons(&self) -> (Option<Rc<Call>>, Option<Rc<Guard>>) {
        self.frames.last().map_or((None, None), |frame| (frame.trail.call.clone(), frame.trail.guard()))
    }

    pub(super) fn write_text(&mut self, text: &str, program: &Program, position: usize) {
        let reads = self.reads.as_ref().map_or(0, Vec::len);
        let (call, guard) = self.reasons();
        if let Some(output) = self.outputs.last_mut() {
            output.bytes.extend_from_slice(text.as_bytes());
            if let Some(segments) = &mut output.segments {
                let mut end = output.bytes.len() - text.len();
                let mut position = position;
                // A piece a line, so that each knows its own line.
                for line in text.split_inclusive('\n') {
                    end += line.len();
                    segments.push(RawSegment {
                        end,
                        source: program.source.clone(),
                        position,
                        reads: (reads, reads),
                        call: call.clone(),
                        guard: guard.clone(),
                    });
                    position += line.len();
                }
            }
        }
    }

    pub(super) fn write_value(
        &mut self,
        value: &Value,
        program: &Program,
        node: NodeId,
    ) -> Result<(), Fault> {
        let shown;
        let bytes: &[u8] = match value {
            Value::String(text) => text.as_bytes(),
            Value::RawString(bytes) => bytes,
            Value::Nil => NO_VALUE,
            _ => {
                let printed = match value {
                    Value::Object(object) => object.printed().map(String::into_bytes),
                    _ => None,
                };
                shown = printed.unwrap_or_else(|| display_bytes(value));
                if shown.len() > LONGEST {
                    return Err(Error::limit("the template makes too much text; rendering stopped").into());
                }
                &shown
            }
        };
        self.context.allocate(bytes.len() + COST)?;
        let reads = self.claim_reads();
        let (call, guard) = self.reasons();
        if let Some(output) = self.outputs.last_mut() {
            let start = output.bytes.len();
            output.bytes.extend_from_slice(bytes);
            if let Some(segments) = &mut output.segments {
                let end = output.bytes.len();
                let own = RawSegment {
                    end,
                    source: program.source.clone(),
                    position: program.source.position(node),
                    reads,
                    call,
                    guard,
                };
                let captured = std::mem::take(&mut self.captured);
                append_value(segments, start, bytes, own, captured);
            }
        }
        Ok(())
    }

    /// Pushes what `include` or `tpl` wrote as a string.
    pub(super) fn push_captured(&mut self, output: Output) {
        let value = Value::string_of_bytes(output.bytes);
        if let (Some(segments), Value::String(text)) = (output.segments, &value) {
            self.captured.push((text.clone(), Output { bytes: Vec::new(), segments: Some(segments) }));
        }
        self.push(value, false);
    }
}

/// Notes what wrote a value's text: where lines of a captured template are found in it, their own nodes; else
/// the action that printed it.
fn append_value(
    segments: &mut Vec<RawSegment>,
    start: usize,
    bytes: &[u8],
    own: RawSegment,
    captured: Vec<(Rc<str>, Output)>,
) {
    // The last captured template is the outermost of those that ended in this action.
    if let Some((text, Output { segments: Some(inner), .. })) = captured.into_iter().next_back() {
        let mut from = 0;
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let wanted = line.trim();
            offset += line.len();
            if wanted.is_empty() {
                continue;
            }
            let near = &bytes[from..bytes.len().min(from + wanted.len() + NEAR)];
            let Some(found) = find(near, wanted.as_bytes()) else { continue };
            let end = from + found + wanted.len();
            let place = offset - line.len() + (line.len() - line.trim_start().len());
            let index = inner.partition_point(|segment| segment.end <= place);
            if let Some(segment) = inner.get(index) {
                if found > 0 {
                    let is_blank = bytes[from..from + found].trim_ascii().is_empty();
                    let reads = if is_blank { NONE } else { own.reads };
                    segments.push(RawSegment { end: start + from + found, reads, ..own.clone() });
                }
                // All pieces of the line were written between what came before the first and after the last.
                let last = index + inner[index..].partition_point(|segment| segment.end < offset);
                let after = inner.get(last).map_or(segment.reads.1, |last| last.reads.1);
                let reads = (segment.reads.0, after.max(segment.reads.0));
                segments.push(RawSegment { end: start + end, reads, ..segment.clone() });
                from = end;
            }
        }
    }
    if segments.last().is_none_or(|segment| segment.end < own.end) {
        segments.push(own);
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        from += bytes[from..].iter().position(|byte| *byte == first)?;
        if bytes[from..].starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
}
