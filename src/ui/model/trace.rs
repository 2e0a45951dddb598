//! Where each rendered line comes from, and what each value touches.
//!
//! In: a rendering with provenance. Out: a [`Trace`] to ask in both directions: from a line of the manifests to its
//! template line and its values, and from a value to the lines that it stands in or decides on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::inputs::Inputs;
use super::problem::File;
use crate::chart::manifest::Manifest;
use crate::chart::{self, Chart};
use crate::gather::sort_by_key;
use crate::template::Value;
use crate::template::value::Map;
use crate::yaml::{self, Node, Step};

/// Who wrote a line of the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOrigin {
    /// The chart's file.
    pub file: Rc<str>,
    /// The line in it, from 1.
    pub line: u32,
    /// The template calls that led there, the innermost first: file and line.
    pub callers: Vec<(Rc<str>, u32)>,
    /// Other templates that wrote a part of it: file and line.
    pub parts: Vec<(Rc<str>, u32)>,
    /// The values that stand in the line: `.Values.image.tag`.
    pub values: Vec<Rc<str>>,
    /// The values that decided that it is there.
    pub conditions: Vec<Rc<str>>,
}

/// More parts of one line than this are not told.
const MOST_PARTS: usize = 3;

/// What a value touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Lines of the manifests, from 1, in order.
    pub lines: Vec<u32>,
    /// The objects of these lines: name, first touched line, how many.
    pub objects: Vec<(Rc<str>, u32, usize)>,
}

/// A traced rendering.
pub struct Trace {
    lines: Vec<Line>,
    /// The first line of each document and its name.
    objects: Vec<(u32, Rc<str>)>,
    values: Value,
}

/// A trace equals itself alone: comparing two would cost more than drawing one again.
impl PartialEq for Trace {
    fn eq(&self, other: &Trace) -> bool {
        std::ptr::eq(self, other)
    }
}

#[derive(Default)]
struct Line {
    text: Box<str>,
    origin: Option<LineOrigin>,
}

/// The documents as the page shows them: CRDs, manifests, hooks.
pub fn documents(rendered: &chart::Rendering) -> Vec<Cow<'_, Manifest>> {
    let mut documents: Vec<Cow<'_, Manifest>> =
        rendered.crd_documents().into_iter().map(Cow::Owned).collect();
    documents.extend(rendered.documents().map(Cow::Borrowed));
    documents
}

impl Trace {
    /// Traces a rendering of the chart that is called `chart`.
    pub(super) fn new(rendered: &chart::Rendering, chart: &str, inputs: &Inputs) -> Trace {
        let mut trace =
            Trace { lines: Vec::new(), objects: Vec::new(), values: Value::Map(rendered.values.clone()) };
        let paths = rendered.paths();
        let mut files: BTreeMap<String, Rc<str>> = BTreeMap::new();
        let mut file_of = |template: &str| -> Rc<str> {
            if let Some(file) = files.get(template) {
                return file.clone();
            }
            let text = rendered.templates.get(template).map(|text| &**text);
            let file = file_of(template, chart, inputs, text);
            files.insert(template.to_owned(), file.clone());
            file
        };
        let subcharts: Vec<String> = subcharts(&rendered.chart);
        for document in documents(rendered) {
            trace.lines.extend([Line::default(), Line::default()]);
            let name = format!("{}/{}", document.kind, document.name).into();
            trace.objects.push((trace.lines.len() as u32 + 1, name));
            let mut origins = rendered.origins(&document, &paths).into_iter();
            let is_crd = !rendered.written.contains_key(&document.source);
            for (index, text) in document.text.split_inclusive('\n').enumerate() {
                let origin = if is_crd {
                    let line = index as u32 + 1;
                    Some(LineOrigin {
                        file: file_of(&document.source),
                        line,
                        callers: Vec::new(),
                        parts: Vec::new(),
                        values: Vec::new(),
                        conditions: Vec::new(),
                    })
                } else {
                    origins.next().flatten().and_then(|origin| {
                        let own =
                            |values: Vec<String>| values.into_iter().map(|path| global(path, &subcharts));
                        let mut way = vec![(file_of(&origin.template), origin.line)];
                        for (template, line) in &origin.callers {
                            way.push((file_of(template), *line));
                        }
                        // A text given to `tpl` stands in no file.
                        way.retain(|(file, _)| &**file != "gotpl");
                        let (file, line) = way.first()?.clone();
                        // Pieces of the same template belong to the line that is named already.
                        let others =
                            origin.parts.iter().filter(|(template, _)| **template != *origin.template);
                        let mut parts = Vec::new();
                        for (template, line) in others.take(MOST_PARTS) {
                            parts.push((file_of(template), *line));
                        }
                        parts.retain(|(file, _)| &**file != "gotpl");
                        Some(LineOrigin {
                            file,
                            line,
                            callers: way.split_off(1),
                            parts,
                            values: own(origin.values).collect(),
                            conditions: own(origin.conditions).collect(),
                        })
                    })
                };
                let origin = origin.filter(|_| !text.trim().is_empty());
                trace.lines.push(Line { text: text.into(), origin });
            }
            // The text of a document ends with a newline of its own and the one that Helm puts behind it.
            if document.text.ends_with('\n') {
                trace.lines.push(Line::default());
            }
        }
        trace
    }

    /// Who wrote a line, from 1.
    pub fn line(&self, line: u32) -> Option<&LineOrigin> {
        self.lines.get((line as usize).checked_sub(1)?)?.origin.as_ref()
    }

    /// The lines in which the value at `path` stands or whose being there it decides.
    pub fn touched(&self, path: &str) -> Touched {
        let mut exact = Vec::new();
        // Lines of a map or list that the template printed whole, and the value somewhere in it.
        let mut around = Vec::new();
        for (index, Line { origin, text }) in self.lines.iter().enumerate() {
            let Some(origin) = origin else { continue };
            let line = index as u32 + 1;
            let mut reads = origin.values.iter().chain(&origin.conditions);
            if reads.any(|read| &**read == path || is_inside(read, path)) {
                exact.push(line);
            } else if let Some(read) = origin.values.iter().find(|read| is_inside(path, read)) {
                around.push((line, text, read.len()));
            }
        }
        let key = path.rsplit(['.', '[']).next().unwrap_or_default();
        let names_key = |text: &str| {
            let text = text.trim_start_matches([' ', '-']);
            text.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
        };
        if around.iter().any(|(_, text, _)| names_key(text)) {
            around.retain(|(_, text, _)| names_key(text));
        }
        let mut lines = exact;
        lines.extend(around.iter().map(|(line, ..)| *line));
        sort_by_key(&mut lines, |line| *line);
        let mut objects: Vec<(Rc<str>, u32, usize)> = Vec::new();
        let mut last = usize::MAX;
        for line in &lines {
            let index = self.objects.partition_point(|(first, _)| first <= line).saturating_sub(1);
            match objects.last_mut() {
                Some(object) if last == index => object.2 += 1,
                _ => objects.extend(self.objects.get(index).map(|(_, name)| (name.clone(), *line, 1))),
            }
            last = index;
        }
        Touched { lines, objects }
    }

    /// The value at a path in a few words, as the templates saw it.
    pub fn shown(&self, path: &str) -> String {
        match find(&self.values, path.strip_prefix(".Values").unwrap_or(path)) {
            None => "not set".to_owned(),
            Some((_, value)) => match &value {
                Value::Nil => "null".to_owned(),
                Value::Map(map) if map.len() == 1 => "1 key".to_owned(),
                Value::Map(map) => format!("{} keys", map.len()),
                Value::List(list) if list.len() == 1 => "1 item".to_owned(),
                Value::List(list) => format!("{} items", list.len()),
                Value::String(text) => {
                    let line = text.lines().next().unwrap_or_default();
                    let short: String = line.chars().take(40).collect();
                    let more = if short.len() < text.len() { "…" } else { "" };
                    format!("\"{short}{more}\"")
                }
                other => crate::template::print::display(other),
            },
        }
    }

    /// The text, line and column in which a value is set: the reader's values, or the chart's own.
    pub fn place(&self, path: &str, inputs: &Inputs) -> Option<(File, u32, u32)> {
        let path = path.strip_prefix(".Values").unwrap_or(path);
        let steps = find(&self.values, path).map_or_else(|| naive_steps(path), |(steps, _)| steps);
        let found = place_in(&inputs.values, &steps).map(|(line, column)| (File::Values, line, column));
        let in_file = |path: &str, steps: &[Step]| {
            let (line, column) = place_in(inputs.text(path)?, steps)?;
            Some((File::Chart(path.into()), line, column))
        };
        let mut folder = String::new();
        let own = || {
            let mut rest = &steps[..];
            loop {
                if let Some(found) = in_file(&format!("{folder}values.yaml"), rest) {
                    return Some(found);
                }
                let (Step::Key(name), inner) = rest.split_first()? else { return None };
                folder.push_str(&format!("charts/{name}/"));
                rest = inner;
            }
        };
        found.or_else(own)
    }
}

/// The path of the value at a line and column of a values text, both from 1: `.Values.image.tag`.
pub fn value_at(text: &str, line: u32, column: u32) -> Option<String> {
    let parsed = yaml::parse(text);
    let root = &parsed.documents.first()?.root;
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let own = text.get(start..)?.lines().next().unwrap_or_default();
    let indent = own.len() - own.trim_start_matches([' ', '-']).len();
    let at = own.char_indices().nth(column.saturating_sub(1) as usize).map_or(own.len(), |(at, _)| at);
    if own.trim_start().is_empty() || own.trim_start().starts_with('#') {
        return None;
    }
    let steps = yaml::node_at(root, start + at.max(indent))?;
    (!steps.is_empty()).then(|| path_of(&steps))
}

/// The path of a value as templates name it: `.Values.image.tag`, `.Values.hosts[0]`.
pub fn path_of(steps: &[Step]) -> String {
    let mut path = ".Values".to_owned();
    for step in steps {
        match step {
            Step::Key(key) => path.push_str(&format!(".{key}")),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// The chart's file that `# Source:` lines and messages name by `path`; `text` is what it says, if it is a template.
/// Subcharts have their aliases in such paths, so theirs are found by what they say.
pub(super) fn file_of(path: &str, chart: &str, inputs: &Inputs, text: Option<&str>) -> Rc<str> {
    let inside = path.strip_prefix(chart).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
    if let (None, Some(text), Some((_, name))) =
        (inputs.file(inside), text, inside.rsplit_once("/templates/"))
    {
        let suffix = format!("/templates/{name}");
        let same = |path: &Rc<str>| path.ends_with(&suffix) && inputs.text(path) == Some(text);
        if let Some(path) = inputs.paths().into_iter().find(same) {
            return path;
        }
    }
    inside.into()
}

/// The names of all subcharts, however deep.
fn subcharts(chart: &Chart) -> Vec<String> {
    let mut names = Vec::new();
    for inner in &chart.dependencies {
        names.push(inner.name().to_owned());
        names.extend(subcharts(inner));
    }
    names
}

/// The path of a global value at the top of the values, where the reader sets it for all subcharts.
fn global(path: String, subcharts: &[String]) -> Rc<str> {
    if let Some((before, rest)) = path.split_once(".global.") {
        let mut names = before.split('.').skip(2);
        if names.all(|name| subcharts.iter().any(|known| known == name)) {
            return format!(".Values.global.{rest}").into();
        }
    }
    path.into()
}

/// Whether the value at `inner` is a part of the one at `outer`.
fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The value at a path that begins with `.` or `[`, and its steps: keys may hold dots themselves.
fn find(value: &Value, path: &str) -> Option<(Vec<Step>, Value)> {
    if path.is_empty() {
        return Some((Vec::new(), value.clone()));
    }
    let with = |step: Step, (steps, value): (Vec<Step>, Value)| {
        let mut all = vec![step];
        all.extend(steps);
        (all, value)
    };
    match value {
        Value::Map(map) => {
            let rest = path.strip_prefix('.')?;
            let mut found = keys(map).into_iter().filter_map(|(key, inner)| {
                let rest = rest.strip_prefix(&*key)?;
                let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
                let found = is_whole.then(|| find(&inner, rest)).flatten()?;
                Some(with(Step::Key(key.to_string()), found))
            });
            found.next()
        }
        Value::List(list) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let index = index.parse().ok()?;
            Some(with(Step::Index(index), find(list.get(index)?, rest)?))
        }
        _ => None,
    }
}

fn keys(map: &Map) -> Vec<(Rc<str>, Value)> {
    crate::chart::values::table::entries(map)
}

/// The steps of a path that leads nowhere.
fn naive_steps(path: &str) -> Vec<Step> {
    path.split('.').skip(1).map(|key| Step::Key(key.to_owned())).collect()
}

/// The line and column of the key at the end of `steps`, from 1.
fn place_in(text: &str, steps: &[Step]) -> Option<(u32, u32)> {
    let parsed = yaml::parse(text);
    let root: &Node = &parsed.documents.first()?.root;
    let (last, above) = steps.split_last()?;
    let parent = yaml::at_path(root, above)?;
    let span = match last {
        Step::Key(key) => parent.entry(key)?.key.span,
        Step::Index(_) => yaml::at_path(root, steps)?.span,
    };
    Some((span.start.line, span.start.column))
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::inputs;
    use super::super::workbench::Workbench;
    use super::*;

    const FILES: &[(&str, &[u8])] = &[
        ("Chart.yaml", b"apiVersion: v2\nname: top\nversion: 1.0.0\n"),
        ("values.yaml", b"name: web\nimage:\n  tag: \"1\"\nextra:\n  cpu: 1\n  memory: 2\nlist: [a, b]\nenabled: true\n"),
        ("templates/_h.tpl", b"{{ define \"name\" }}n-{{ .Values.name }}{{ end }}\n{{ define \"labels\" }}\na: b\nown: {{ .Values.name }}\n{{ end }}"),
        (
            "templates/a.yaml",
            b"kind: A\nmetadata:\n  name: {{ include \"name\" . }}\ntag: {{ .Values.image.tag }}\nextra:\n  {{- toYaml .Values.extra | nindent 2 }}\nlabels: {{- include \"labels\" . | nindent 2 }}\n",
        ),
        (
            "templates/b.yaml",
            b"{{ if .Values.enabled }}\nkind: B\nmetadata:\n  name: b\nlist:\n{{- range .Values.list }}\n- {{ . }}\n{{- end }}\n{{ end }}",
        ),
        ("charts/sub/Chart.yaml", b"apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/values.yaml", b"port: 80\n"),
        (
            "charts/sub/templates/s.yaml",
            b"kind: S\nmetadata:\n  name: s\nport: {{ .Values.port }}\nzone: {{ .Values.global.zone }}\n",
        ),
    ];

    const VALUES: &str = "image:\n  tag: \"2\"\nglobal:\n  zone: z\n";

    fn trace() -> (Inputs, Rc<Trace>, Rc<str>) {
        let inputs = inputs(FILES, VALUES);
        let mut workbench = Workbench::default();
        let attempt = workbench.attempt(&inputs);
        let text = attempt.rendering.map(|rendering| rendering.text.clone()).expect("the chart renders");
        let trace = workbench.trace(&inputs).expect("the chart renders");
        (inputs, trace, text)
    }

    #[test]
    fn a_line_leads_to_its_template_and_its_values() {
        let (inputs, trace, text) = trace();
        let check = |wanted: &str, expected: &str| {
            let line =
                text.lines().position(|line| line.contains(wanted)).expect("the line is there") as u32 + 1;
            let origin = trace.line(line).expect("the line has an origin");
            let mut found = format!("{}:{}", origin.file, origin.line);
            for (file, line) in &origin.callers {
                found.push_str(&format!(" from {file}:{line}"));
            }
            for (file, line) in &origin.parts {
                found.push_str(&format!(" with {file}:{line}"));
            }
            for path in &origin.values {
                let place = trace.place(path, &inputs);
                let place = place.map_or("nowhere".to_owned(), |(file, line, column)| {
                    format!("{}:{line}:{column}", file.name())
                });
                found.push_str(&format!(" {path}={} at {place}", trace.shown(path)));
            }
            for path in &origin.conditions {
                found.push_str(&format!(" if {path}"));
            }
            assert_eq!(found, expected, "{wanted}");
        };
        check("kind: A", "templates/a.yaml:1");
        check("n-web", "templates/a.yaml:3 with templates/_h.tpl:1 .Values.name=\"web\" at values.yaml:1:1");
        check("tag:", "templates/a.yaml:4 .Values.image.tag=\"2\" at values.yaml:2:3");
        check("cpu:", "templates/a.yaml:6 .Values.extra=2 keys at values.yaml:4:1");
        check("a: b", "templates/_h.tpl:3 from templates/a.yaml:7");
        check("own:", "templates/_h.tpl:4 from templates/a.yaml:7 .Values.name=\"web\" at values.yaml:1:1");
        check("kind: B", "templates/b.yaml:2 if .Values.enabled");
        check("- b", "templates/b.yaml:7 if .Values.list if .Values.enabled");
        check("port:", "charts/sub/templates/s.yaml:4 .Values.sub.port=80 at charts/sub/values.yaml:1:1");
        check("zone:", "charts/sub/templates/s.yaml:5 .Values.global.zone=\"z\" at values.yaml:4:3");
    }

    #[test]
    fn a_value_leads_to_the_lines_it_touches() {
        let (_, trace, text) = trace();
        let check = |path: &str, expected: &str| {
            let touched = trace.touched(path);
            let line = |line: &u32| text.lines().nth(*line as usize - 1).unwrap_or_default().trim();
            let lines: Vec<&str> = touched.lines.iter().map(line).collect();
            let objects: Vec<String> =
                touched.objects.iter().map(|(name, _, count)| format!("{name} {count}")).collect();
            assert_eq!(format!("{} in {}", lines.join("|"), objects.join("|")), expected, "{path}");
        };
        check(".Values.name", "name: n-web|own: web in A/n-web 2");
        check(".Values.image", "tag: 2 in A/n-web 1");
        check(".Values.extra.cpu", "cpu: 1 in A/n-web 1");
        check(".Values.extra", "cpu: 1|memory: 2 in A/n-web 2");
        check(".Values.enabled", "kind: B|metadata:|name: b|list:|- a|- b in B/b 6");
        check(".Values.global.zone", "zone: z in S/s 1");
        check(".Values.nothing", " in ");
    }

    #[test]
    fn a_place_in_the_values_names_its_value() {
        let text = "# c\na: 1\nb:\n  c: [x, {d: 2}]\n  e:\n  - f: 1\n";
        for (line, column, expected) in [
            (1, 1, None),
            (2, 1, Some(".Values.a")),
            (2, 5, Some(".Values.a")),
            (3, 1, Some(".Values.b")),
            (4, 1, Some(".Values.b.c")),
            (4, 15, Some(".Values.b.c[1].d")),
            (6, 1, Some(".Values.b.e[0].f")),
        ] {
            assert_eq!(value_at(text, line, column).as_deref(), expected, "{line}:{column}");
        }
    }
}
