//! One template, one answer: Helm's engine, and for the language alone Go's text/template.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;
use statefulset_playground::template::function::{Environment, MissingKey};
use statefulset_playground::template::objects::{self, KubeVersion};
use statefulset_playground::template::value::Map;
use statefulset_playground::template::{Engine, Templates, Value};

use super::{Tally, folder, text_difference};

#[test]
fn micro() {
    let Some(folder) = folder("micro") else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the golden file can be read");
    let capabilities: Json = serde_json::from_str(&read("capabilities.json")).expect("the file is JSON");
    let (helm, go) = (Engine::new(library()), Engine::go());
    let (mut micro, mut plain) = (Tally::new("micro"), Tally::new("go"));
    let mut categories = BTreeMap::<String, (usize, usize)>::new();
    for line in read("cases.jsonl").lines() {
        let case: Json = serde_json::from_str(line).expect("each line is JSON");
        let text = |name: &str| case[name].as_str().map(str::to_string);
        let id = text("id").unwrap_or_default();
        let expected = text("output").ok_or_else(|| text("error").unwrap_or_default());
        let outcome = compare(&expected, &with_helm(&helm, &case, &capabilities));
        let count = categories.entry(text("cat").unwrap_or_default()).or_default();
        count.0 += usize::from(outcome.is_ok());
        count.1 += 1;
        micro.record(id.clone(), outcome.map_err(|difference| format!("{}\n{difference}", case["template"])));
        if case.get("go_output").is_some() || case.get("go_error").is_some() {
            let expected = text("go_output").ok_or_else(|| text("go_error").unwrap_or_default());
            let outcome = compare(&expected, &with_go(&go, &case));
            plain.record(id, outcome.map_err(|difference| format!("{}\n{difference}", case["template"])));
        }
    }
    for (category, (passed, total)) in categories {
        println!("{category} {passed}/{total}");
    }
    plain.finish(None);
    // One recording holds the address of a Go pointer, which differs from run to run.
    micro.finish(Some(826));
}

fn compare(expected: &Result<String, String>, actual: &Result<String, String>) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let show = |outcome: &Result<String, String>| match outcome {
        Ok(text) => format!("output: {text}"),
        Err(text) => format!("error: {text}"),
    };
    Err(text_difference(&show(expected), &show(actual)))
}

fn with_go(engine: &Rc<Engine>, case: &Json) -> Result<String, String> {
    let mut templates = Templates::new(engine);
    templates.add("t", case["template"].as_str().unwrap_or_default()).map_err(|error| error.text)?;
    let root = Value::map([("Values", Value::from_json(&case["values"]))]);
    let environment = Environment { missing_key: MissingKey::Invalid, ..Environment::default() };
    templates.render("t", root, &environment).map(|rendered| rendered.text).map_err(|error| error.go)
}

fn with_helm(engine: &Rc<Engine>, case: &Json, capabilities: &Json) -> Result<String, String> {
    let mut templates = Templates::new(engine);
    let mut add = |name: &str, text: &Json| match text.as_str() {
        Some(text) => templates.add(name, text).map_err(|error| error.helm_text()),
        None => Ok(()),
    };
    add("micro/templates/t.yaml", &case["template"])?;
    add("micro/templates/_helpers.tpl", &case["helpers"])?;
    let environment = Environment { provenance: true, ..Environment::default() };
    let rendered = templates.render("micro/templates/t.yaml", root(case, capabilities), &environment);
    rendered.map(|rendered| rendered.text).map_err(|error| error.text)
}

fn values(value: Value) -> Value {
    value.as_map().map_or(value.clone(), |map: &Map| Value::Map(map.as_values()))
}

/// What a template of the chart `micro` sees as its dot.
fn root(case: &Json, capabilities: &Json) -> Value {
    let strings = |names: &[&str]| Value::list(names.iter().map(|name| Value::from(*name)).collect());
    let template = Value::map([
        ("Name", Value::from("micro/templates/t.yaml")),
        ("BasePath", Value::from("micro/templates")),
    ]);
    let chart = Value::map([
        ("Name", Value::from("micro")),
        ("Version", "0.1.0".into()),
        ("AppVersion", "1.16.0".into()),
        ("Type", "application".into()),
        ("APIVersion", "v2".into()),
        ("Description", "A micro chart".into()),
        ("Keywords", strings(&["a", "b"])),
        ("Annotations", Value::map([("x/y", Value::from("z"))])),
        ("Maintainers", Value::list(Vec::new())),
        ("Dependencies", Value::list(Vec::new())),
        ("Sources", Value::list(Vec::new())),
        ("Deprecated", false.into()),
        ("Condition", "".into()),
        ("Home", "".into()),
        ("Icon", "".into()),
        ("KubeVersion", "".into()),
        ("Tags", "".into()),
        ("IsRoot", true.into()),
    ]);
    let release = Value::map([
        ("Name", Value::from("rel")),
        ("Namespace", "ns".into()),
        ("Service", "Helm".into()),
        ("Revision", Value::Int(1)),
        ("IsInstall", true.into()),
        ("IsUpgrade", false.into()),
    ]);
    let part = |name: &str| capabilities["KubeVersion"][name].as_str().unwrap_or_default().to_string();
    let version = KubeVersion {
        version: part("Version"),
        normalized: part("Version"),
        major: part("Major"),
        minor: part("Minor"),
    };
    let served: Vec<&str> =
        capabilities["APIVersions"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let contents = case["files"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(path, content)| Some((path.as_str().into(), content.as_str()?.as_bytes().into())));
    values(Value::map([
        ("Values", values(Value::from_json(&case["values"]))),
        ("Capabilities", objects::capabilities(version, served)),
        ("Chart", chart),
        ("Files", objects::files(contents)),
        ("Release", release),
        ("Template", values(template)),
        ("Subcharts", Value::map::<&str>([])),
    ]))
}

fn library() -> statefulset_playground::template::function::Library {
    statefulset_playground::template::functions::library()
}

/// Every name that Helm's engine offers is known; `include` and `tpl` are the engine's own.
#[test]
fn functions() {
    let Some(folder) = folder("micro") else { return };
    let names = std::fs::read_to_string(folder.join("funcs.txt")).expect("the golden file can be read");
    let library = library();
    let missing: Vec<&str> = names
        .split_whitespace()
        .filter(|name| library.get(name).is_none() && !["include", "tpl"].contains(name))
        .collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
}
