//! Where a line of a manifest comes from: the template line that wrote it, and the values that were read for it.
//!
//! In: a rendering that was asked for provenance. Out: [`Origin`]s. A line that several pieces wrote has the origin of
//! the piece that wrote its first character that is no blank; values of all its pieces count.

use std::rc::Rc;

use crate::template::{Paths, Rendered, Value};

use super::manifest::Manifest;
use super::render::Rendering;

/// Who wrote a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The template's path, as `# Source:` lines name it; `gotpl` for a text given to `tpl`.
    pub template: String,
    /// Line in the template, from 1.
    pub line: u32,
    /// Column in the template in bytes, from 1.
    pub column: u32,
    /// The calls of templates that led there, the innermost first: template and line.
    pub callers: Vec<(Rc<str>, u32)>,
    /// Other places that wrote a part of the line: template and line.
    pub parts: Vec<(Rc<str>, u32)>,
    /// Paths of the values that were read: `.Values.image.tag`.
    pub values: Vec<String>,
    /// Paths of the values that decided whether the line is there, but do not stand in it.
    pub conditions: Vec<String>,
}

/// Who wrote the byte at `offset`; `template` gives the text of a template.
pub(crate) fn of_offset<'t>(
    written: &Rendered,
    offset: usize,
    template: &dyn Fn(&str) -> Option<&'t str>,
) -> Option<Origin> {
    let index = written.segments.partition_point(|segment| segment.end <= offset);
    let segment = written.segments.get(index)?;
    let start = if index == 0 { 0 } else { written.segments[index - 1].end };
    let mut origin = Origin {
        template: segment.template.to_string(),
        line: segment.line,
        column: segment.column,
        callers: segment.callers(),
        ..Origin::default()
    };
    // Plain text of a template is one piece however long it is: its lines count on from the first.
    let before = written.text.get(start..offset).unwrap_or_default();
    let is_plain = || {
        let text = template(&segment.template)?;
        let line: usize = text.split_inclusive('\n').take(segment.line as usize - 1).map(str::len).sum();
        let source = text.get(line + segment.column as usize - 1..)?;
        Some(source.starts_with(written.text.get(start..segment.end)?))
    };
    if let Some(newline) = before.rfind('\n')
        && is_plain() == Some(true)
    {
        origin.line += before.matches('\n').count() as u32;
        origin.column = (before.len() - newline) as u32;
    }
    Some(origin)
}

impl Rendering {
    /// Where the values of the rendering are, for [`Rendering::origins`].
    pub fn paths(&self) -> Paths {
        Paths::new(".Values", &Value::Map(self.values.clone()))
    }

    /// The origin of every line of a manifest, in order.
    pub fn origins(&self, manifest: &Manifest, paths: &Paths) -> Vec<Option<Origin>> {
        let Some(written) = self.written.get(&manifest.source) else { return Vec::new() };
        let mut at = manifest.offset;
        manifest
            .text
            .split_inclusive('\n')
            .map(|line| {
                let template = |path: &str| self.templates.get(path).map(|text| &**text);
                let start = at;
                at += line.len();
                line_origin(written, paths, start, line, &template)
            })
            .collect()
    }
}

fn line_origin<'t>(
    written: &Rendered,
    paths: &Paths,
    start: usize,
    line: &str,
    template: &dyn Fn(&str) -> Option<&'t str>,
) -> Option<Origin> {
    let first = start + line.len() - line.trim_start_matches([' ', '-']).len();
    let end = start + line.trim_end().len();
    let mut found = of_offset(written, first.min(end.max(start)), template)?;
    let from = written.segments.partition_point(|segment| segment.end <= start);
    let mut at = start;
    for segment in &written.segments[from..] {
        let piece = written.text.get(at..segment.end.min(end).max(at)).unwrap_or_default();
        let part = (segment.template.clone(), segment.line);
        let is_other = (&*part.0, part.1) != (found.template.as_str(), found.line);
        if is_other && !piece.trim().is_empty() && !found.parts.contains(&part) {
            found.parts.push(part);
        }
        at = segment.end;
        for (values, list) in [
            (written.values_read(segment, paths), &mut found.values),
            (written.values_deciding(segment, paths), &mut found.conditions),
        ] {
            for value in values {
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
        if segment.end >= end {
            break;
        }
    }
    found.conditions.retain(|value| !found.values.contains(value));
    Some(found)
}
