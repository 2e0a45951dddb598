//! Values as a form. Each control writes its change into the text; the form is drawn from the text again.

use std::rc::Rc;

use serde_json::Value;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::icon::Icon;
use super::model::problem::ValueFinding;
use super::model::trace::path_of;
use super::model::values_form::{Control, Field};
use crate::diagnostic::Severity;
use crate::yaml::Step;

/// A change of one value: its path and what it becomes.
pub(super) type FieldChange = (Vec<Step>, Value);

#[derive(Properties, PartialEq)]
pub(super) struct FormProps {
    pub(super) fields: Rc<Vec<Field>>,
    /// What is found in values, by their paths.
    pub(super) findings: Rc<Vec<ValueFinding>>,
    pub(super) on_change: Callback<FieldChange>,
    /// Gets the path of the value that the pointer or the keyboard is on.
    pub(super) on_point: Callback<Rc<str>>,
}

#[component]
pub(super) fn ValuesForm(props: &FormProps) -> Html {
    let point = {
        let on_point = props.on_point.clone();
        move |event: &Event| {
            let field = event.target_dyn_into::<web_sys::Element>();
            let field = field.and_then(|field| field.closest("[data-value]").ok().flatten());
            if let Some(path) = field.and_then(|field| field.get_attribute("data-value")) {
                on_point.emit(path.into());
            }
        }
    };
    let onfocusin = {
        let point = point.clone();
        Callback::from(move |event: FocusEvent| point(&event))
    };
    let onmouseover = Callback::from(move |event: MouseEvent| point(&event));
    html! {
        <form class="form" aria-label="Values" {onfocusin} {onmouseover} onsubmit={Callback::from(|event: SubmitEvent| event.prevent_default())}>
            { for props.fields.iter().map(|field| draw(field, &props.findings, &props.on_change, 0)) }
        </form>
    }
}

fn draw(field: &Field, findings: &[ValueFinding], on_change: &Callback<FieldChange>, depth: usize) -> Html {
    let own: Vec<ValueFinding> = findings.iter().filter(|it| it.path == field.path).cloned().collect();
    let is_inside = |it: &ValueFinding| it.severity == Severity::Error && it.path.starts_with(&field.path);
    match &field.control {
        Control::Map(fields) | Control::List(fields) => html! {
            <Group key={field.id()} field={field.clone()} is_open={(depth == 0 && fields.len() <= 6) || findings.iter().any(is_inside)}>
                { said(&own) }
                { for fields.iter().map(|field| draw(field, findings, on_change, depth + 1)) }
            </Group>
        },
        _ => {
            html! { <FieldRow key={field.id()} field={field.clone()} findings={own} on_change={on_change.clone()} /> }
        }
    }
}

/// What is found in one value.
fn said(findings: &[ValueFinding]) -> Html {
    html! {
        { for findings.iter().map(|finding| {
            let (icon, class) = match finding.severity {
                Severity::Error => (Icon::Error, "row-error"),
                Severity::Warning => (Icon::Warning, "row-warning"),
                Severity::Advice => (Icon::Info, "row-advice"),
            };
            html! { <p key={finding.message.clone()} class={classes!("field-finding", class)}>{ icon.draw() }<span>{ &finding.message }</span></p> }
        }) }
    }
}

#[derive(Properties, PartialEq)]
struct GroupProps {
    field: Field,
    is_open: bool,
    children: Html,
}

#[component]
fn Group(props: &GroupProps) -> Html {
    // Only the first drawing says whether it is open: after that it is the reader's.
    let open = use_state(|| props.is_open);
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            let is_open =
                event.target_dyn_into::<web_sys::Element>().is_some_and(|group| group.has_attribute("open"));
            if is_open != *open {
                open.set(is_open);
            }
        })
    };
    html! {
        <details class="group" data-value={path_of(&props.field.path)} open={*open} {ontoggle}>
            <summary key="name" class="group-name">
                { Icon::Chevron.draw() }
                <span key="label">{ &props.field.label }</span>
                <span key="gist" class="group-gist">{ gist(&props.field.control) }</span>
            </summary>
            <div key="fields" class="group-fields">
                <p key="help" class="field-help" hidden={props.field.help.is_empty()}>{ &props.field.help }</p>
                { props.children.clone() }
            </div>
        </details>
    }
}

/// The values of a closed group in a few words.
fn gist(control: &Control) -> String {
    match control {
        Control::Map(fields) => {
            fields.iter().map(|field| field.label.as_str()).collect::<Vec<_>>().join(", ")
        }
        Control::List(fields) if fields.len() == 1 => "1 item".to_owned(),
        Control::List(fields) => format!("{} items", fields.len()),
        _ => String::new(),
    }
}

#[derive(Properties, PartialEq)]
struct FieldRowProps {
    field: Field,
    findings: Vec<ValueFinding>,
    on_change: Callback<FieldChange>,
}

#[component]
fn FieldRow(props: &FieldRowProps) -> Html {
    let field = &props.field;
    let id = format!("value-{}", field.id());
    let help = format!("{id}-help");
    let findings = (!props.findings.is_empty()).then(|| format!("{id}-findings"));
    let described: Vec<String> =
        (!field.help.is_empty()).then(|| help.clone()).into_iter().chain(findings).collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let is_bad = props.findings.iter().any(|finding| finding.severity == Severity::Error);
    let invalid = is_bad.then_some("true");
    let change = {
        let (path, on_change) = (field.path.clone(), props.on_change.clone());
        move |value: Value| on_change.emit((path.clone(), value))
    };
    let control = match &field.control {
        Control::Switch(on) => {
            let onchange = Callback::from(move |event: Event| {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    change(Value::Bool(input.checked()));
                }
            });
            html! {
                <>
                    <input key="switch" {id} class="switch" type="checkbox" role="switch" checked={*on} aria-describedby={described} aria-invalid={invalid} {onchange} />
                    <span key="state" class="field-state" aria-hidden="true">{ if *on { "true" } else { "false" } }</span>
                </>
            }
        }
        Control::Number(text) => {
            let oninput = Callback::from(move |event: InputEvent| {
                let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
                let value = number(&input.value());
                let _ = input.set_attribute("aria-invalid", if value.is_none() { "true" } else { "false" });
                if let Some(value) = value {
                    change(value);
                }
            });
            html! {
                <input {id} class="input" type="text" inputmode="decimal" autocomplete="off" value={text.clone()} aria-describedby={described} aria-invalid={invalid} {oninput} />
            }
        }
        Control::Select(text, options) => {
            let onchange = Callback::from(move |event: Event| {
                if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                    change(Value::String(select.value()));
                }
            });
            let own = (!options.contains(&text.as_str())).then_some(text.as_str());
            html! {
                <select {id} class="select" aria-describedby={described} aria-invalid={invalid} {onchange}>
                    { for own.into_iter().chain(options.iter().copied()).map(|option| html! {
                        <option key={option.to_owned()} value={option.to_owned()} selected={option == text}>{ option }</option>
                    }) }
                </select>
            }
        }
        Control::LongText(text) => {
            let oninput = Callback::from(move |event: InputEvent| {
                if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                    change(Value::String(area.value()));
                }
            });
            html! { <textarea {id} class="input" rows="4" value={text.clone()} aria-describedby={described} aria-invalid={invalid} {oninput} /> }
        }
        Control::Text(_) | Control::Null => {
            let (text, is_null) = match &field.control {
                Control::Text(text) => (text.clone(), false),
                _ => (String::new(), true),
            };
            let oninput = Callback::from(move |event: InputEvent| {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    // What replaces a null is what it would be in YAML: 30080 is a number.
                    let text = input.value();
                    let typed = if is_null { number(&text) } else { None };
                    change(typed.unwrap_or(Value::String(text)));
                }
            });
            let placeholder = is_null.then_some("null");
            html! {
                <input {id} class="input" type="text" autocomplete="off" spellcheck="false" value={text} {placeholder} aria-describedby={described} aria-invalid={invalid} {oninput} />
            }
        }
        Control::EmptyMap => html! { <span class="field-empty">{ "{} — add keys in the text" }</span> },
        Control::EmptyList => html! { <span class="field-empty">{ "[] — add items in the text" }</span> },
        Control::Map(_) | Control::List(_) => html! { <span hidden=true /> },
    };
    let is_empty = matches!(field.control, Control::EmptyMap | Control::EmptyList);
    html! {
        <div class="field" data-value={path_of(&field.path)}>
            if is_empty {
                <span key="plain-name" class="field-name">{ &field.label }</span>
            } else {
                <label key="name" class="field-name" for={format!("value-{}", field.id())}>{ &field.label }</label>
            }
            <div key="control" class="field-control">{ control }</div>
            <p key="help" class="field-help" id={help} hidden={field.help.is_empty()}>{ &field.help }</p>
            <div key="findings" id={format!("value-{}-findings", field.id())} class="field-findings" hidden={props.findings.is_empty()}>{ said(&props.findings) }</div>
        </div>
    }
}

/// A number as YAML writes it; `None` if the text is none.
fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    // "1." and "1e" are on their way to a number.
    let canonical = text.ends_with(|last: char| last.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    match text.parse::<i64>() {
        Ok(whole) if canonical => Some(Value::from(whole)),
        _ => text
            .parse::<f64>()
            .ok()
            .filter(|_| canonical)
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number),
    }
}
