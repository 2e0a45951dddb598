//! The selected object: what it is, why it is in its state, what can be done to it, and the commands that would show
//! it.

use std::rc::Rc;

use serde_json::Value;
use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::Anchor;
use super::super::model::details::details;
use super::super::model::moment::{Moment, age};
use super::super::model::object::ObjectKey;
use super::super::model::rendering::Rendering;
use super::super::model::source_line::source_line;
use super::super::model::why::ReasonView;
use super::super::request::Request;
use super::super::topology::WaitLine;
use crate::platform::copy_text;
use crate::yaml;

#[derive(Properties, PartialEq)]
pub(crate) struct DetailsProps {
    pub(crate) selected: Option<ObjectKey>,
    /// The object at this moment; `None` if it does not exist now.
    pub(crate) object: Option<Rc<Value>>,
    pub(crate) moment: Moment,
    /// The moment that the reader looks at, in milliseconds of virtual time.
    pub(crate) now: u64,
    /// The last good render, for the lines that made the object.
    pub(crate) rendering: Option<Rc<Rendering>>,
    /// Asks who manages the fields of an object.
    pub(crate) on_managed: Callback<ObjectKey, Option<Rc<Value>>>,
    pub(crate) on_request: Callback<Request>,
}

#[component]
pub(crate) fn Details(props: &DetailsProps) -> Html {
    let Some(key) = &props.selected else {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "Nothing selected" }</p>
                <p key="words">{ "Select a pod, a claim, a Service, a node or the set in the picture: here you see what it is and why it is in its state." }</p>
            </div>
        };
    };
    let Some(object) = &props.object else {
        return html! {
            <div class="details">
                <h2 key="name" class="details-name">{ &key.name }</h2>
                <p key="words">{ format!("At this moment there is no {} of this name.", key.kind) }</p>
                { why(props.moment.waits.get(key).map(Vec::as_slice).unwrap_or_default(), &[], &props.on_request) }
            </div>
        };
    };
    let view = details(object, &props.moment);
    html! {
        <div class="details">
            <div key="head" class="details-head">
                <h2 class="details-name"><span class="kind">{ &key.kind }</span>{ &key.name }</h2>
                <div class="details-actions">{ actions(key, object, props) }</div>
            </div>
            <p key="about" class="details-about" hidden={view.about.is_empty()}>{ view.about }</p>
            { why(&view.reasons, &view.notes, &props.on_request) }
            <div key="columns" class="details-columns">
                <section key="facts">
                    <h3 class="details-title">{ "State" }</h3>
                    <dl class="facts">
                        { for view.facts.iter().enumerate().map(|(index, fact)| html! {
                            <><dt key={format!("name-{index}")}>{ fact.name }</dt><dd key={format!("value-{index}")}>{ value(&fact.value, fact.link.as_ref(), &props.on_request) }</dd></>
                        }) }
                    </dl>
                    <div key="related" hidden={view.related.is_empty()}>
                        <h3 class="details-title details-next">{ "Belongs to it" }</h3>
                        <p class="details-links">
                            { for view.related.iter().map(|other| html! { <span key={other.kubectl_name()}>{ value(&other.kubectl_name(), Some(other), &props.on_request) }</span> }) }
                        </p>
                    </div>
                </section>
                <section key="ways">
                    { source(key, props) }
                    <h3 key="title" class="details-title">{ "See it with kubectl" }</h3>
                    { for view.commands.iter().map(|command| html! { <Command key={command.clone()} command={command.clone()} /> }) }
                </section>
            </div>
            <section key="events" hidden={view.events.is_empty()}>
                <h3 class="details-title">{ "Its events" }</h3>
                <ul class="details-events">
                    { for view.events.iter().enumerate().map(|(index, event)| html! {
                        <li key={index}>
                            <span key="age" class="details-age">{ age(props.now.saturating_sub(event.at)) }</span>
                            <span key="reason" class={classes!("details-reason", event.is_warning.then_some("events-warning"))}>{ &event.reason }{ if event.count > 1 { format!(" ×{}", event.count) } else { String::new() } }</span>
                            <span key="message">{ &event.message }</span>
                        </li>
                    }) }
                </ul>
            </section>
            <ObjectText key="text" of={key.clone()} object={object.clone()} on_managed={props.on_managed.clone()} />
        </div>
    }
}

/// Why it is in its state: the cluster's reasons, and what the object says of itself.
fn why(reasons: &[Rc<ReasonView>], notes: &[String], on_request: &Callback<Request>) -> Html {
    html! {
        <div key="why" class="waits" hidden={reasons.is_empty() && notes.is_empty()}>
            { for reasons.iter().map(|reason| html! { <WaitLine key={reason.text.clone()} reason={reason.clone()} on_request={on_request.clone()} /> }) }
            { for notes.iter().map(|note| html! {
                <p key={note.clone()} class="wait wait-note">{ Icon::Info.draw() }<span key="words">{ note }</span></p>
            }) }
        </div>
    }
}

/// A value, or a way to the object that it names.
fn value(words: &str, link: Option<&ObjectKey>, on_request: &Callback<Request>) -> Html {
    match link {
        Some(key) => {
            let key = key.clone();
            let onclick = on_request.reform(move |_: MouseEvent| Request::Select(key.clone()));
            html! { <button key="link" type="button" class="link" {onclick}>{ words }</button> }
        }
        None => html! { <span key="words">{ words }</span> },
    }
}

/// The line of the chart that made it.
fn source(key: &ObjectKey, props: &DetailsProps) -> Html {
    let found = props.rendering.as_ref().and_then(|rendering| source_line(rendering, key, ""));
    let Some(found) = found else { return html! { <div key="source" hidden=true /> } };
    let key = key.clone();
    let onclick = props.on_request.reform(move |_: MouseEvent| Request::Field(key.clone(), ""));
    html! {
        <div key="source" class="details-source">
            <h3 class="details-title">{ "Made by" }</h3>
            <button type="button" class="link" {onclick}>{ &*found.source }</button>
        </div>
    }
}

fn actions(key: &ObjectKey, object: &Value, props: &DetailsProps) -> Html {
    let is_gone = object.pointer("/metadata/deletionTimestamp").is_some();
    let delete = {
        let key = key.clone();
        props.on_request.reform(move |_: MouseEvent| Request::Delete(key.clone()))
    };
    let menu = {
        let key = key.clone();
        props.on_request.reform(move |event: MouseEvent| Request::Menu(key.clone(), Anchor::of_click(&event)))
    };
    html! {
        <>
            <button key="delete" type="button" class="button button-small" disabled={is_gone} hidden={key.kind != "Pod"} onclick={delete}>{ "Delete" }</button>
            <button key="menu" type="button" class="button button-small" aria-haspopup="menu" aria-label={format!("Actions for {} {}", key.kind, key.name)} onclick={menu}>{ "Actions" }{ Icon::Chevron.draw() }</button>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct CommandProps {
    command: AttrValue,
}

/// A command with a button that copies it.
#[component]
fn Command(props: &CommandProps) -> Html {
    let copied = use_state_eq(|| false);
    let onclick = {
        let (command, copied) = (props.command.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            copy_text(&command);
            copied.set(true);
        })
    };
    html! {
        <p class="command">
            <code key="command">{ props.command.clone() }</code>
            <button key="copy" type="button" class="button button-small button-icon button-quiet" aria-label={format!("Copy: {}", props.command)} {onclick}>
                { if *copied { Icon::Check.draw() } else { Icon::Copy.draw() } }
            </button>
        </p>
    }
}

#[derive(Properties, PartialEq)]
struct ObjectTextProps {
    of: ObjectKey,
    object: Rc<Value>,
    on_managed: Callback<ObjectKey, Option<Rc<Value>>>,
}

/// The object as YAML, written out only when somebody looks; without its managed fields, as kubectl prints it.
#[component]
fn ObjectText(props: &ObjectTextProps) -> Html {
    let open = use_state_eq(|| false);
    let is_whole = use_state_eq(|| false);
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            open.set(
                event
                    .target_dyn_into::<web_sys::Element>()
                    .is_some_and(|element| element.has_attribute("open")),
            );
        })
    };
    let onchange = {
        let is_whole = is_whole.clone();
        Callback::from(move |_: Event| is_whole.set(!*is_whole))
    };
    let managed = if *open { props.on_managed.emit(props.of.clone()) } else { None };
    html! {
        <details {ontoggle}>
            <summary key="name">{ "The whole object as YAML" }</summary>
            <label key="managed" class="labelled-check" hidden={managed.is_none()}>
                <input key="switch" type="checkbox" class="switch" role="switch" checked={*is_whole} {onchange} />
                <span key="words">{ "Managed fields" }<span class="labelled-note">{ " --show-managed-fields" }</span></span>
            </label>
            if *open {
                <pre key="text" class="object-text" tabindex="0">{ yaml::print(&with_managed_fields(&props.object, managed.filter(|_| *is_whole))) }</pre>
            } else {
                <span key="no-text" hidden=true />
            }
        </details>
    }
}

fn with_managed_fields(object: &Value, managed: Option<Rc<Value>>) -> Value {
    let mut object = object.clone();
    if let Some(managed) = managed {
        object["metadata"]["managedFields"] = (*managed).clone();
    }
    object
}
