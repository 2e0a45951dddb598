//! One-click fixes: from the change of a rendered object to the change of what the reader owns.
//!
//! In: the inputs, what they render, and the changes that a piece of advice asks for. Out: new inputs. Every way to
//! make a change (a value, a line of a template, a new template) is tried by rendering: only one that changes exactly
//! what was asked for, and brings no new error, is offered.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::inputs::Inputs;
use super::problem::{File, counts};
use super::provenance::value_path;
use super::rendering::{Attempt, DocumentView, Rendering};
use super::trace::LineOrigin;
use super::workbench::Workbench;
use crate::api::advice::Edit;
use crate::gather::Gather;
use crate::yaml::{self, Data, Node, Step, at_path};

/// How many ways to make one change are tried.
const MOST_TRIES: usize = 24;

/// A change of the inputs that does what advice asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The inputs after it.
    pub inputs: Rc<Inputs>,
    /// The texts that change.
    pub changes: Vec<TextChange>,
}

/// How one text changes.
#[derive(Clone, Debug, PartialEq)]
pub struct TextChange {
    /// Which.
    pub file: File,
    /// The first line that changes, from 1.
    pub line: u32,
    /// The changed lines with a few around them: `' '`, `'-'` or `'+'`, and the line.
    pub lines: Vec<(char, String)>,
}

/// The fix for a piece of advice; `None` if no way was found that changes nothing else.
pub fn find(inputs: &Inputs, rendering: &Rendering, edits: &[Edit]) -> Option<Fix> {
    let mut bench = Workbench::default();
    let before = bench.attempt(inputs);
    let (mut next, mut rendering, mut errors) =
        (inputs.clone(), rendering.clone(), counts(&*before.problems)[0]);
    for edit in edits {
        let wanted = wanted(&rendering, edit)?;
        let trace = bench.trace(&next)?;
        let tried = candidates(&next, &rendering, edit, &|line| trace.line(line).cloned())
            .into_iter()
            .take(MOST_TRIES)
            .find_map(|candidate| {
                let Attempt { rendering, problems, .. } = bench.attempt(&candidate);
                let rendering = rendering.filter(|rendering| objects(rendering) == wanted)?;
                let found = counts(&*problems)[0];
                (found <= errors).then_some((candidate, rendering, found))
            });
        let (candidate, rendered, found) = tried?;
        (next, rendering, errors) = (candidate, (*rendered).clone(), found);
    }
    let changes = changes(inputs, &next);
    (!changes.is_empty()).then(|| Fix { inputs: Rc::new(next), changes })
}

type Objects = BTreeMap<(Rc<str>, String), Value>;

fn document_text<'r>(rendering: &'r Rendering, document: &DocumentView) -> &'r str {
    rendering.text.get(document.bytes.clone()).unwrap_or_default()
}

fn read(text: &str) -> Value {
    yaml::parse(text).documents.first().map_or(Value::Null, |document| document.root.to_json())
}

/// Who wrote a line of the manifests.
type OriginOf<'r> = &'r dyn Fn(u32) -> Option<LineOrigin>;

/// What is rendered, by kind/name and namespace.
fn objects(rendering: &Rendering) -> Objects {
    let read = |document: &DocumentView| {
        let object = read(document_text(rendering, document));
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        ((Rc::clone(&document.name), namespace), object)
    };
    rendering.documents.iter().map(read).gather()
}

/// The document that an edit is about.
fn target<'r>(rendering: &'r Rendering, kind: &str, name: &str) -> Option<&'r DocumentView> {
    let full = format!("{kind}/{name}");
    rendering.documents.iter().find(|document| *document.name == *full)
}

/// A document's text after an edit of its field.
fn edited(text: &str, path: &[Step], value: Option<&Value>) -> Option<String> {
    match value {
        Some(value) => yaml::set(text, path, value).ok(),
        None => yaml::remove(text, path).ok(),
    }
}

/// What is to be rendered after the edit.
fn wanted(rendering: &Rendering, edit: &Edit) -> Option<Objects> {
    let mut wanted = objects(rendering);
    match edit {
        Edit::Field { kind, name, path, value } => {
            let document = target(rendering, kind, name)?;
            let changed = read(&edited(document_text(rendering, document), path, value.as_ref())?);
            let key = wanted.keys().find(|(name, _)| *name == document.name)?.clone();
            wanted.insert(key, changed);
        }
        Edit::Add(object) => {
            let name = |field: &Value| field.as_str().unwrap_or_default().to_owned();
            let full = format!("{}/{}", name(&object["kind"]), name(&object["metadata"]["name"]));
            wanted.insert((full.into(), name(&object["metadata"]["namespace"])), object.clone());
        }
    }
    Some(wanted)
}

/// Inputs that may do what the edit asks for, the best first.
fn candidates(inputs: &Inputs, rendering: &Rendering, edit: &Edit, origin_of: OriginOf<'_>) -> Vec<Inputs> {
    match edit {
        Edit::Add(object) => new_files(inputs, rendering, object, origin_of),
        Edit::Field { kind, name, path, value } => {
            let Some(document) = target(rendering, kind, name) else { return Vec::new() };
            let text = document_text(rendering, document);
            let origin = |line: usize| origin_of(document.line + u32::try_from(line).ok()?);
            let mut found = in_values(inputs, text, path, value.as_ref(), &origin);
            found.extend(in_template(inputs, text, path, value.as_ref(), &origin));
            found
        }
    }
}

fn with_text(inputs: &Inputs, file: &File, text: String) -> Inputs {
    let mut inputs = inputs.clone();
    match file {
        File::Values => inputs.values = text.into(),
        File::Chart(path) => {
            inputs.write(path, text.into());
        }
        File::Manifests => {}
    }
    inputs
}

/// Changes of values: those that the field's line was written with, and those that are named like the field.
fn in_values(
    inputs: &Inputs,
    text: &str,
    path: &[Step],
    value: Option<&Value>,
    origin: &dyn Fn(usize) -> Option<LineOrigin>,
) -> Vec<Inputs> {
    let (values, rendered) = (yaml::parse(&inputs.values), yaml::parse(text));
    let (Some(values), Some(rendered)) = (values.documents.first(), rendered.documents.first()) else {
        return Vec::new();
    };
    let mut places: Vec<Vec<Step>> = Vec::new();
    // The nearest part of the field that is written: what lies below it is still to be made.
    let written = (0..=path.len()).rev().find_map(|end| Some((end, at_path(&rendered.root, &path[..end])?)));
    if let Some((end, node)) = written
        && let Some(origin) = origin(node.span.start.line.saturating_sub(1) as usize)
    {
        let read = origin.values.iter().filter_map(|read| value_path(&values.root, read));
        let is_same =
            |path: &Vec<Step>| at_path(&values.root, path).map(Node::to_json) == Some(node.to_json());
        places.extend(read.filter(is_same).map(|found| [&found, &path[end..]].concat()));
    }
    for (at, step) in path.iter().enumerate().rev().take(3) {
        let mut named = Vec::new();
        paths_to(&values.root, step, &mut Vec::new(), &mut named);
        places.extend(named.into_iter().map(|found| [&found, &path[at + 1..]].concat()));
    }
    let change =
        |place: Vec<Step>| Some(with_text(inputs, &File::Values, edited(&inputs.values, &place, value)?));
    places.into_iter().filter_map(change).collect()
}

/// Every path of a tree that ends in a key.
fn paths_to(node: &Node, key: &Step, above: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let Data::Mapping(entries) = &node.data else { return };
    for entry in entries {
        above.push(Step::Key(entry.key.as_key().into_owned()));
        if above.last() == Some(key) {
            found.push(above.clone());
        }
        if above.len() < 8 {
            paths_to(&entry.value, key, above, found);
        }
        above.pop();
    }
}

/// Changes of the template's lines that wrote what the edit changes in the rendered text.
fn in_template(
    inputs: &Inputs,
    text: &str,
    path: &[Step],
    value: Option<&Value>,
    origin: &dyn Fn(usize) -> Option<LineOrigin>,
) -> Vec<Inputs> {
    let Some(changed) = edited(text, path, value) else { return Vec::new() };
    let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), changed.lines().collect());
    let (start, old_end, new_end) = difference(&old, &new);
    // Lines of the template to replace: from, to (from 0, without `to`).
    let mut ranges = Vec::new();
    if start < old_end {
        if let (Some(first), Some(last)) = (origin(start), origin(old_end - 1))
            && first.file == last.file
            && first.line <= last.line
        {
            ranges.push((first.file, first.line - 1, last.line));
        }
    } else {
        ranges
            .extend(start.checked_sub(1).and_then(origin).map(|above| (above.file, above.line, above.line)));
        ranges.extend(origin(start).map(|below| (below.file, below.line - 1, below.line - 1)));
    }
    let replace = |(file, from, to): (Rc<str>, u32, u32)| {
        let template = inputs.text(&file)?;
        let mut lines: Vec<&str> = template.lines().collect();
        let range = from as usize..to as usize;
        lines.get(range.clone())?;
        lines.splice(range, new[start..new_end].iter().copied());
        Some(with_text(inputs, &File::Chart(file), lines.join("\n") + "\n"))
    };
    ranges.into_iter().filter_map(replace).collect()
}

/// The lines that differ: from, to in the old ones, to in the new ones.
fn difference(old: &[&str], new: &[&str]) -> (usize, usize, usize) {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    (start, old.len() - end, new.len() - end)
}

/// A template of its own for an object: where the chart spells a set's Service and selector, in the same words.
fn new_files(inputs: &Inputs, rendering: &Rendering, object: &Value, origin_of: OriginOf<'_>) -> Vec<Inputs> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    let paths = ["headless", "pods", "members"].map(|word| format!("templates/{kind}-{word}.yaml"));
    let Some(path) = paths.into_iter().find(|path| inputs.file(path).is_none()) else {
        return Vec::new();
    };
    let literal = yaml::print(object);
    let mut texts = Vec::new();
    if let Some((written_name, selector)) = spelled(inputs, rendering, name, origin_of) {
        let named = literal.replace(&format!("\n  name: {name}\n"), &format!("\n  name: {written_name}\n"));
        let lines: Vec<&str> = named.lines().collect();
        if let Some(at) = lines.iter().position(|line| *line == "  selector:") {
            let behind = lines[at + 1..].iter().take_while(|line| line.starts_with("    ")).count();
            let all = lines[..=at]
                .iter()
                .copied()
                .chain(selector.lines())
                .chain(lines[at + 1 + behind..].iter().copied());
            texts.push(all.collect::<Vec<_>>().join("\n") + "\n");
        }
        texts.push(named);
    }
    texts.push(literal);
    let file = File::Chart(path.into());
    texts.into_iter().map(|text| with_text(inputs, &file, text)).collect()
}

/// How the template of the set that names a Service writes that name, and the lines below its `matchLabels`.
fn spelled(
    inputs: &Inputs,
    rendering: &Rendering,
    service: &str,
    origin_of: OriginOf<'_>,
) -> Option<(String, String)> {
    let names_it = |document: &&DocumentView| {
        *document.kind == *"StatefulSet"
            && read(document_text(rendering, document))["spec"]["serviceName"] == service
    };
    let document = rendering.documents.iter().find(names_it)?;
    let root = yaml::parse(document_text(rendering, document)).documents.into_iter().next()?.root;
    let line = root.get("spec")?.get("serviceName")?.span.start.line;
    let origin = origin_of(document.line + line.checked_sub(1)?)?;
    let template = inputs.text(&origin.file)?;
    let name = template.lines().nth(origin.line as usize - 1)?.trim().strip_prefix("serviceName:")?.trim();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = template.lines().skip_while(|line| line.trim() != "matchLabels:");
    let own = indent(lines.next()?);
    let selector = lines.take_while(|line| indent(line) > own || line.trim_start().starts_with("{{"));
    Some((name.to_owned(), selector.collect::<Vec<_>>().join("\n")))
}

/// The texts that differ between two inputs.
fn changes(before: &Inputs, after: &Inputs) -> Vec<TextChange> {
    let mut texts = vec![(File::Values, before.values.to_string(), after.values.to_string())];
    for path in after.edits.keys() {
        let text = |inputs: &Inputs| inputs.text(path).unwrap_or_default().to_owned();
        texts.push((File::Chart(Rc::clone(path)), text(before), text(after)));
    }
    texts
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(file, old, new)| change(file, &old, &new))
        .collect()
}

fn change(file: File, old: &str, new: &str) -> TextChange {
    const AROUND: usize = 2;
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let (start, old_end, new_end) = difference(&old, &new);
    let above = old[start.saturating_sub(AROUND)..start].iter().map(|line| (' ', *line));
    let gone = old[start..old_end].iter().map(|line| ('-', *line));
    let come = new[start..new_end].iter().map(|line| ('+', *line));
    let below = old[old_end..(old_end + AROUND).min(old.len())].iter().map(|line| (' ', *line));
    let lines = above.chain(gone).chain(come).chain(below);
    TextChange {
        file,
        line: u32::try_from(start + 1).unwrap_or(u32::MAX),
        lines: lines.map(|(sign, line)| (sign, line.to_owned())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::workbench::lab_inputs;

    /// Makes the fix of a chart's advice that begins with `what`, and shows the lines that change.
    fn check(chart: &str, change: (&str, &str), what: &str, expect: &str) {
        let mut inputs = lab_inputs(chart);
        assert!(inputs.values.contains(change.0), "{chart} has {:?}", change.0);
        inputs.values = inputs.values.replacen(change.0, change.1, 1).into();
        let attempt = Workbench::default().attempt(&inputs);
        let rendering = attempt.rendering.as_ref().expect("the chart renders");
        let advice = |attempt: &Attempt| {
            let found = attempt.problems.iter().find(|problem| problem.message.starts_with(what));
            found.and_then(|problem| problem.advice.clone())
        };
        let finding = advice(&attempt).expect("the advice is given");
        let fix = find(&inputs, rendering, &finding.edits);
        let mut shown = String::new();
        for change in fix.iter().flat_map(|fix| &fix.changes) {
            shown.push_str(&format!("{}:{}\n", change.file.name(), change.line));
            let changed = change.lines.iter().filter(|(sign, _)| *sign != ' ');
            changed.for_each(|(sign, line)| shown.push_str(&format!("{sign}{line}\n")));
        }
        assert_eq!(shown, expect, "{chart}: {what}");
        if let Some(fix) = fix {
            assert_eq!(advice(&Workbench::default().attempt(&fix.inputs)), None, "{chart}: {what} is gone");
        }
    }

    #[test]
    fn values_are_changed_where_one_drives_the_field() {
        check(
            "lab-c",
            ("partition: 0", "partition: 1"),
            "Partition 1",
            "values.yaml:16
-  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}
+  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
",
        );
        check(
            "lab-a",
            ("", ""),
            "Nothing keeps",
            "values.yaml:75
-affinity: {}
+affinity:
+  podAntiAffinity:
+    preferredDuringSchedulingIgnoredDuringExecution:
+      - podAffinityTerm:
+          labelSelector:
+            matchLabels:
+              app.kubernetes.io/instance: app-python-helm
+              app.kubernetes.io/name: app-python-helm
+          topologyKey: kubernetes.io/hostname
+        weight: 100
",
        );
        check(
            "lab-a",
            ("/app/data", "/app/elsewhere"),
            "app-python-helm writes",
            "values.yaml:35\n-  mountPath: /app/elsewhere\n+  mountPath: /app/data\n",
        );
    }

    #[test]
    fn templates_are_changed_where_no_value_drives_the_field() {
        check(
            "lab-c",
            ("", ""),
            "Service ",
            "templates/service-headless.yaml:1
+apiVersion: v1
+kind: Service
+metadata:
+  name: {{ include \"fastapi.id\" $ }}-headless
+spec:
+  clusterIP: None
+  ports:
+  - name: http
+    port: 8000
+    targetPort: http
+  selector:
+{{ include \"fastapi.selector\" $ | indent 6 }}
",
        );
        check(
            "lab-c",
            ("", ""),
            "A claim takes",
            "templates/statefulset.yaml:64
-        name: {{ ternary \"data\" \"config-volume\" $.Values.fixes.mount }}
+        name: data
",
        );
        check(
            "lab-d",
            ("", ""),
            "Container web has",
            "templates/statefulset.yaml:18
+        readinessProbe:
+          tcpSocket:
+            port: http
",
        );
        check("lab-a", ("", ""), "Governing", "templates/service.yaml:17\n+  clusterIP: None\n");
    }

    #[test]
    fn what_would_change_more_is_not_offered() {
        check("lab-a", ("", ""), "Container app-python-helm runs", "");
        check("lab-a", ("", ""), "Probes of", "");
    }
}
