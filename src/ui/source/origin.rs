//! Two strips below what the reader reads: where the line under the cursor comes from, and what the value under the
//! cursor touches.

use std::rc::Rc;

use yew::prelude::*;

use super::super::model::inputs::Inputs;
use super::super::model::problem::File;
use super::super::model::trace::{LineOrigin, Trace};
use super::super::state::{Change, Dispatch};

/// More objects than this are not listed.
const MOST_OBJECTS: usize = 12;

#[derive(Properties, PartialEq)]
pub(super) struct LineStripProps {
    /// The line of the manifests, from 1; 0 is none yet.
    pub(super) line: u32,
    pub(super) trace: Option<Rc<Trace>>,
    pub(super) inputs: Rc<Inputs>,
    pub(super) dispatch: Dispatch,
}

/// The template line that wrote a line of the manifests, and the values in it.
#[component]
pub(super) fn LineStrip(props: &LineStripProps) -> Html {
    let words = |words: String| html! { <div class="strip">{ words }</div> };
    if props.line == 0 {
        return words("Choose a line to see which template line wrote it, and from which values.".to_owned());
    }
    let Some(trace) = &props.trace else { return words(format!("Line {}: …", props.line)) };
    let Some(origin) = trace.line(props.line) else {
        return words(format!("Line {} separates documents: Helm wrote it.", props.line));
    };
    let place = |(file, line): &(Rc<str>, u32)| {
        let name = format!("{file}:{line}");
        if props.inputs.text(file).is_none() {
            return html! { <code key={name.clone()}>{ name }</code> };
        }
        let (dispatch, file, line) = (props.dispatch.clone(), file.clone(), *line);
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Change::Reveal(File::Chart(file.clone()), line, 1));
        });
        html! { <button key={name.clone()} type="button" class="strip-go" {onclick}>{ name }</button> }
    };
    let LineOrigin { file, line, callers, parts, values, conditions } = origin;
    let list = |key: &'static str, name: &'static str, places: &[(Rc<str>, u32)]| {
        html! {
            <span {key} class="strip-part" hidden={places.is_empty()}>
                <span key="name" class="strip-name">{ name }</span>
                { for places.iter().map(place) }
            </span>
        }
    };
    let chips = |key: &'static str, name: &'static str, paths: &[Rc<str>]| {
        html! {
            <span {key} class="strip-part" hidden={paths.is_empty()}>
                <span key="name" class="strip-name">{ name }</span>
                { for paths.iter().map(|path| chip(trace, path, props)) }
            </span>
        }
    };
    html! {
        <div class="strip" role="group" aria-label={format!("Where line {} comes from", props.line)}>
            { list("line", "Written by", &[(file.clone(), *line)]) }
            { list("parts", "with", parts) }
            { list("callers", "called from", callers) }
            { chips("values", "Values", values) }
            { chips("conditions", "There because of", conditions) }
        </div>
    }
}

/// A value with what it is now; choosing it goes to where it is set.
fn chip(trace: &Trace, path: &str, props: &LineStripProps) -> Html {
    let name = short(path);
    let inside = html! { <>{ name }<span class="strip-value">{ trace.shown(path) }</span></> };
    match trace.place(path, &props.inputs) {
        Some((file, line, column)) => {
            let dispatch = props.dispatch.clone();
            let title = format!("Set in {}, line {line}", file.name());
            let onclick = Callback::from(move |_: MouseEvent| {
                dispatch.dispatch(Change::Reveal(file.clone(), line, column));
            });
            html! { <button key={path.to_owned()} type="button" class="strip-go" {title} {onclick}>{ inside }</button> }
        }
        None => {
            html! { <span key={path.to_owned()} class="strip-still" title="Set in no file">{ inside }</span> }
        }
    }
}

/// The path as the reader writes it, without the name of the whole.
fn short(path: &str) -> &str {
    path.strip_prefix(".Values.").unwrap_or(path)
}

#[derive(Properties, PartialEq)]
pub(super) struct ValueStripProps {
    /// The value's path, if one is under the cursor.
    pub(super) subject: Option<Rc<str>>,
    pub(super) trace: Option<Rc<Trace>>,
    pub(super) dispatch: Dispatch,
    /// Lets go of the value; the strip of a text of values has nothing to let go.
    #[prop_or_default]
    pub(super) on_clear: Option<Callback<()>>,
}

/// The lines that a value touches, object by object.
#[component]
pub(super) fn ValueStrip(props: &ValueStripProps) -> Html {
    let Some(path) = &props.subject else {
        return html! { <div class="strip">{ "Point at a value to see which lines of the manifests it touches." }</div> };
    };
    let name = short(path);
    let Some(trace) = &props.trace else {
        return html! { <div class="strip"><code>{ name }</code>{ ": …" }</div> };
    };
    let touched = trace.touched(path);
    let count = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let words = if touched.lines.is_empty() {
        "touches no line of the manifests".to_owned()
    } else {
        let (lines, objects) = (count(touched.lines.len(), "line"), count(touched.objects.len(), "object"));
        format!("touches {lines} in {objects}")
    };
    let more = touched.objects.len().saturating_sub(MOST_OBJECTS);
    html! {
        <div class="strip" role="group" aria-label={format!("What {name} touches")}>
            <span key="words" class="strip-part"><code>{ name }</code>{ words }</span>
            <span key="objects" class="strip-part" hidden={touched.objects.is_empty()}>
                { for touched.objects.iter().take(MOST_OBJECTS).map(|(object, line, count)| {
                    let (dispatch, line) = (props.dispatch.clone(), *line);
                    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Reveal(File::Manifests, line, 1)));
                    html! {
                        <button key={line} type="button" class="strip-go" title={format!("Go to line {line}")} {onclick}>
                            { &**object }<span class="strip-value">{ format!("×{count}") }</span>
                        </button>
                    }
                }) }
                <span key="more" hidden={more == 0}>{ format!("and {more} more") }</span>
            </span>
            if let Some(on_clear) = &props.on_clear {
                <button key="clear" type="button" class="button button-small button-quiet" onclick={on_clear.reform(|_: MouseEvent| ())}>{ "Unmark" }</button>
            } else {
                <span key="no-clear" hidden=true />
            }
        </div>
    }
}
