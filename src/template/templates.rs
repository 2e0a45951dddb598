//! Sets of templates, and rendering them.
//!
//! An [`Engine`] lives as long as the page: it knows the functions and keeps what was parsed, so that a text that
//! did not change is not parsed again. [`Templates`] is one set, as a chart makes it; `tpl` lays its own over it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use super::builtin::Builtin;
use super::compile::{Program, compile};
use super::function::{Environment, Error, Library, Memory};
use super::helm_error::RenderError;
use super::machine::Machine;
use super::parse::{Callee, ParseError, parse};
use super::rendered::Rendered;

/// How many texts of `tpl` are kept parsed.
const SNIPPETS: usize = 2048;

/// The functions, and the files and `tpl` texts that were parsed.
pub struct Engine {
    library: Library,
    is_helm: bool,
    files: RefCell<BTreeMap<Rc<str>, Parsed>>,
    snippets: RefCell<BTreeMap<Rc<str>, Parsed>>,
    pub(super) memory: Memory,
}

/// The programs of a file.
type Parsed = Rc<Vec<Rc<Program>>>;

impl Engine {
    /// Helm's engine: the functions of `library`, with `include` and `tpl`.
    pub fn new(library: Library) -> Rc<Engine> {
        Rc::new(Engine::with(library, true))
    }

    /// Go's text/template alone.
    pub fn go() -> Rc<Engine> {
        Rc::new(Engine::with(Library::default(), false))
    }

    fn with(library: Library, is_helm: bool) -> Engine {
        let (files, snippets) = (RefCell::default(), RefCell::default());
        Engine { library, is_helm, files, snippets, memory: Memory::default() }
    }

    fn resolve(&self, name: &str) -> Option<Callee> {
        match name {
            "include" if self.is_helm => Some(Callee::Include),
            "tpl" if self.is_helm => Some(Callee::Tpl),
            _ => self
                .library
                .get(name)
                .map(Callee::Library)
                .or_else(|| Builtin::named(name).map(Callee::Builtin)),
        }
    }

    fn parse(&self, name: &Rc<str>, text: &Rc<str>) -> Result<Parsed, ParseError> {
        let source = Rc::new(parse(name, text, &|name| self.resolve(name))?);
        Ok(Rc::new(source.trees.iter().map(|tree| Rc::new(compile(&source, tree))).collect()))
    }

    fn file(&self, name: &str, text: &str) -> Result<Parsed, ParseError> {
        if let Some(parsed) = self.files.borrow().get(name)
            && parsed.first().is_some_and(|program| &*program.source.text == text)
        {
            return Ok(parsed.clone());
        }
        let name = Rc::from(name);
        let parsed = self.parse(&name, &text.into())?;
        self.files.borrow_mut().insert(name, parsed.clone());
        Ok(parsed)
    }

    /// The text of a `tpl` call, parsed.
    pub(super) fn snippet(&self, text: &Rc<str>) -> Result<Parsed, ParseError> {
        if let Some(parsed) = self.snippets.borrow().get(text) {
            return Ok(parsed.clone());
        }
        let parsed = self.parse(&"gotpl".into(), text)?;
        let mut snippets = self.snippets.borrow_mut();
        if snippets.len() >= SNIPPETS {
            snippets.clear();
        }
        snippets.insert(text.clone(), parsed.clone());
        Ok(parsed)
    }
}

/// Templates by name; a layer of `tpl` lies over those it was called from.
#[derive(Default)]
pub(super) struct Layer {
    below: Option<Rc<Layer>>,
    programs: BTreeMap<Rc<str>, Rc<Program>>,
}

impl Layer {
    /// The template of that name.
    pub(super) fn get(&self, name: &str) -> Option<Rc<Program>> {
        let mut layer = self;
        loop {
            if let Some(program) = layer.programs.get(name) {
                return Some(program.clone());
            }
            layer = layer.below.as_deref()?;
        }
    }

    /// This layer with a parsed text over it. What defines nothing but itself costs one entry.
    pub(super) fn with(self: &Rc<Layer>, parsed: &[Rc<Program>]) -> Rc<Layer> {
        // Nested calls of `tpl` would make lookups slow: the name of a snippet alone never matters below it.
        let mut layer = Layer { below: Some(self.clone()), programs: BTreeMap::new() };
        layer.add(parsed);
        Rc::new(layer)
    }

    /// Adds programs: the last of a name stays, but an empty one does not replace another.
    fn add(&mut self, parsed: &[Rc<Program>]) {
        for program in parsed {
            let is_file = program.name == program.source.name;
            if program.is_empty && self.get(&program.name).is_some() && !(is_file && self.below.is_some()) {
                continue;
            }
            self.programs.insert(program.name.clone(), program.clone());
        }
    }
}

/// A set of templates that can call one another.
pub struct Templates {
    engine: Rc<Engine>,
    layer: Rc<Layer>,
}

impl Templates {
    /// An empty set.
    pub fn new(engine: &Rc<Engine>) -> Templates {
        Templates { engine: engine.clone(), layer: Rc::default() }
    }

    /// Adds a file and what it defines. Of two templates with one name the later stays, unless it is empty.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        let parsed = self.engine.file(name, text)?;
        match Rc::get_mut(&mut self.layer) {
            Some(layer) => layer.add(&parsed),
            None => self.layer = self.layer.with(&parsed),
        }
        Ok(())
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.layer.get(name).is_some()
    }

    /// Renders the template `name` with `data` as dot. Helm's `<no value>` is taken out, unless the engine is Go's.
    pub fn render(
        &self,
        name: &str,
        data: Value,
        environment: &Environment<'_>,
    ) -> Result<Rendered, RenderError> {
        let quoted = || super::print::quote(name.as_bytes());
        let program = self.layer.get(name).ok_or_else(|| {
            let text = format!("template: no template {} associated with template \"gotpl\"", quoted());
            RenderError::new(Error::new(text))
        })?;
        let machine = Machine::new(&self.engine, environment);
        let (mut output, reads) = machine.run(&program, &self.layer, data).map_err(RenderError::new)?;
        if self.engine.is_helm {
            output.strip_no_value();
        }
        Ok(Rendered::new(output, reads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::function::Limits;
    use crate::template::rendered::Paths;

    fn render(
        files: &[(&str, &str)],
        data: &Value,
        environment: &Environment<'_>,
    ) -> Result<Rendered, String> {
        let engine = Engine::new(Library::default());
        let mut templates = Templates::new(&engine);
        for (name, text) in files {
            templates.add(name, text).map_err(|error| error.helm_text())?;
        }
        templates.render(files[0].0, data.clone(), environment).map_err(|error| error.text)
    }

    fn check(files: &[(&str, &str)], expected: &str) {
        let outcome = render(files, &Value::map([("a", Value::Int(1))]), &Environment::default());
        assert_eq!(outcome.map_or_else(|error| error, |rendered| rendered.text), expected, "{files:?}");
    }

    #[test]
    fn templates_call_one_another() {
        check(
            &[("t", r#"{{ define "d" }}[{{ . }}]{{ end }}{{ template "d" .a }}{{ include "d" 2 }}"#)],
            "[1][2]",
        );
        check(&[("t", r#"{{ include "d" . }}"#), ("u", r#"{{ define "d" }}x{{ end }}"#)], "x");
        check(&[("t", r#"{{ tpl "{{ define \"n\" }}n{{ end }}{{ include \"n\" . }}{{ .a }}" . }}"#)], "n1");
        check(&[("t", r#"{{ tpl "{{ tpl \"{{ .a }}\" . }}" . }}|{{ tpl "" . }}"#)], "1|");
        check(
            &[("t", r#"{{ block "b" .a }}<{{ . }}>{{ end }}"#), ("u", r#"{{ define "b" }} {{ end }}"#)],
            "<1>",
        );
    }

    #[test]
    fn recursion_ends_as_in_helm_and_takes_no_stack() {
        let text = r#"{{ define "r" }}a{{ include "r" . }}{{ end }} {{ include "r" . }}"#;
        let outcome = render(&[("t", text)], &Value::Nil, &Environment::default());
        let error = outcome.map(|rendered| rendered.text).unwrap_err();
        assert!(error.contains("nested reference name: r: unable to execute template"), "{error}");
        let text = r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#;
        let error = render(&[("t", text)], &Value::Nil, &Environment::default()).unwrap_err();
        assert!(error.contains("exceeded maximum template depth (100000)"), "{error}");
    }

    #[test]
    fn limits_end_a_rendering() {
        let limits = Limits { fuel: 10_000, bytes: 10_000, slow: 0 };
        let environment = Environment { limits, ..Environment::default() };
        for text in [
            "{{ range 1000000000 }}{{ end }}",
            "{{ range 1000 }}0123456789012345678901234567890{{ end }}",
            r#"{{ printf "%999999d" 1 }}"#,
            r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#,
        ] {
            let error = render(&[("t", text)], &Value::Nil, &environment).unwrap_err();
            assert!(error.contains("rendering stopped"), "{text}: {error}");
        }
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
        assert!(render(&[("t", &deep)], &Value::Nil, &Environment::default()).unwrap_err().contains("depth"));
    }

    #[test]
    fn a_line_knows_what_led_to_it() {
        let text = |text: &str| Value::from(text);
        let values = Value::map([
            ("on", Value::Bool(true)),
            ("off", Value::Bool(false)),
            ("list", Value::list(vec![text("x"), text("y")])),
            ("name", text("web")),
        ]);
        let root = Value::map([("Values", values.clone())]);
        let check = |template: &str, wanted: &str, reads: &str, deciding: &str, callers: &str| {
            let files = [
                ("t", template),
                (
                    "h",
                    "{{ define \"name\" }}n-{{ .Values.name }}{{ end }}{{ define \"deep\" }}\n{{ include \"name\" . }}{{ end }}",
                ),
            ];
            let environment = Environment { provenance: true, ..Environment::default() };
            let rendered = render(&files, &root, &environment).unwrap();
            let paths = Paths::new("", &values);
            let segment = rendered.segment_at(rendered.text.find(wanted).unwrap()).unwrap();
            let calls: Vec<_> =
                segment.callers().iter().map(|(name, line)| format!("{name}:{line}")).collect();
            let found = (
                rendered.values_read(segment, &paths).join(" "),
                rendered.values_deciding(segment, &paths).join(" "),
                calls.join(" "),
            );
            assert_eq!(found, (reads.to_owned(), deciding.to_owned(), callers.to_owned()), "{template}");
        };
        check("{{ if .Values.on }}a{{ end }}", "a", "", ".on", "");
        check("{{ if .Values.off }}b{{ else }}a{{ end }}", "a", "", ".off", "");
        check("{{ if .Values.on }}b{{ end }}a", "a", "", "", "");
        check("{{ if .Values.on }}b{{ end }}{{ .Values.name }}", "web", ".name", "", "");
        check("{{ if $x := .Values.on }}a{{ end }}", "a", "", ".on", "");
        check("{{ if .Values.on }}{{ if not .Values.off }}a{{ end }}{{ end }}", "a", "", ".off .on", "");
        check("{{ range .Values.list }}{{ . }}{{ end }}", "y", "", ".list", "");
        check("{{ range .Values.list }}{{ if eq . \"y\" }}b{{ end }}a{{ end }}", "a", "", ".list", "");
        check("{{ $n := .Values.name }}a\n{{ .Values.on }}\n{{ $n }}", "true", ".on", "", "");
        check("{{ $n := .Values.name }}a\n{{ .Values.on }}\n{{ $n }}", "web", ".name", "", "");
        check("\n{{ include \"name\" . }}", "n-", ".name", "", "t:2");
        check("{{ if .Values.on }}{{ include \"deep\" . }}{{ end }}", "n-", ".name", ".on", "h:2 t:1");
        check("\n\n{{ template \"name\" . }}", "web", ".name", "", "t:3");
        check("{{ $n := include \"name\" . }}{{ $n | printf \"<%s>\" }}", "<n-", ".name", "", "");
    }

    #[test]
    fn a_line_knows_its_template_and_its_values() {
        let image = Value::map([("tag", Value::from("1.2"))]);
        let values = Value::map([("image", image), ("name", "web".into())]);
        let root = Value::map([("Values", values.clone())]);
        let files = [
            ("t", "name: {{ .Values.name }}\n{{ include \"image\" . }}\nend: 1\n"),
            ("h", "{{ define \"image\" -}}\nimage: x:{{ .Values.image.tag }}\nnext: y{{ end }}"),
        ];
        let environment = Environment { provenance: true, ..Environment::default() };
        let rendered = render(&files, &root, &environment).unwrap();
        let paths = Paths::new(".Values", &values);
        let check = |wanted: &str, template: &str, line: u32, reads: &[&str]| {
            let segment = rendered.segment_at(rendered.text.find(wanted).unwrap()).unwrap();
            let found = rendered.values_read(segment, &paths);
            assert_eq!(
                (&*segment.template, segment.line, found),
                (template, line, reads.iter().map(|r| r.to_string()).collect()),
                "{wanted}"
            );
        };
        check("name: ", "t", 1, &[]);
        check("web", "t", 1, &[".Values.name"]);
        check("image: ", "h", 2, &[".Values.image.tag"]);
        check("next: ", "h", 3, &[]);
        check("end", "t", 3, &[]);
    }
}
