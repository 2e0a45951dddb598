//! The bridge to the template engine: templates in, text with its origin out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::context::Source;
use super::log::{Level, Log, Record};
use super::release::Release;
use super::render::Failure;
use super::values::table::new_table;
use super::{Located, diagnose};
use crate::gather::{Gather, sort_by};
use crate::template::function::Environment;
use crate::template::{Engine, Rendered, Templates, Value};

/// Helm, as long as it lives: what it parsed it need not parse again. Clones share what was parsed.
#[derive(Clone)]
pub struct Helm {
    engine: Rc<Engine>,
}

impl Default for Helm {
    fn default() -> Helm {
        Helm { engine: Engine::new(crate::template::functions::library()) }
    }
}

/// Renders all templates but partials, deepest path first, as Helm does.
///
/// Also names the functions that used random numbers or the clock.
///
/// # Errors
/// Helm's words for the first template that fails, with its place.
pub(crate) fn run(
    helm: &Helm,
    sources: &BTreeMap<String, Source>,
    release: &Release,
    log: &mut Log,
) -> Result<(BTreeMap<String, Rendered>, Vec<&'static str>), Failure> {
    let mut order: Vec<(&String, &Source)> = sources.iter().collect();
    sort_by(&mut order, |(left, _), (right, _)| {
        let depth = |path: &str| path.matches('/').count();
        (depth(right), right).cmp(&(depth(left), left))
    });
    let mut templates = Templates::new(&helm.engine);
    for (path, source) in &order {
        templates.add(path, &source.text).map_err(|error| failure(error.helm_text(), sources))?;
    }
    let mut written = BTreeMap::new();
    let left = RefCell::default();
    let chance = RefCell::default();
    for (index, (path, source)) in order.iter().enumerate() {
        if path.rsplit('/').next().unwrap_or(path).starts_with('_') {
            continue;
        }
        let about = new_table();
        about.insert("Name", Value::from(path.as_str()));
        about.insert("BasePath", Value::from(source.base_path.as_str()));
        source.dot.insert("Template", Value::Map(about.as_values()));
        let environment = Environment {
            now: release.now,
            // Each template draws its own numbers, whatever the others drew.
            seed: release.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(index as u64),
            provenance: release.provenance,
            limits: release.limits,
            lint: release.lint.then_some(&left),
            chance: Some(&chance),
            ..Environment::default()
        };
        let dot = Value::Map(source.dot.clone());
        let rendered = templates.render(path, dot, &environment);
        for (function, message) in left.take() {
            let (level, text) = match function {
                "fail" => (Level::Info, "funcMap fail"),
                _ => (Level::Warn, "missing required value"),
            };
            log.add(Record::new(level, text).with("message", message));
        }
        written.insert((*path).clone(), rendered.map_err(|error| failure(error.text, sources))?);
    }
    Ok((written, chance.take()))
}

fn failure(message: String, sources: &BTreeMap<String, Source>) -> Failure {
    let texts = sources.iter().map(|(path, source)| (path.clone(), &*source.text)).gather();
    let findings: Vec<Located> = diagnose::in_templates(&message, &texts);
    Failure { findings, ..Failure::late(message) }
}
