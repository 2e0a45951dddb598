//! The selected object: what it is, why it is so, how `kubectl` would show it, and what can be done to it.

use std::rc::Rc;

use serde_json::Value;
use yew::prelude::*;

use super::super::icon::Icon;
use super::super::menu::{Menu, MenuItem};
use super::super::model::details::details;
use super::super::model::object::{ObjectKey, list, number, text};
use super::super::topology::Request;
use crate::cluster::workload::Fault;
use crate::platform::copy_text;
use crate::session::{Action, NodeChange};
use crate::yaml;

#[derive(Properties, PartialEq)]
pub(crate) struct DetailsProps {
    pub(crate) selected: Option<ObjectKey>,
    /// The object at this moment; `None` if it does not exist now.
    pub(crate) object: Option<Rc<Value>>,
    /// Why it is as it is, a sentence each.
    pub(crate) reasons: Rc<Vec<String>>,
    pub(crate) on_request: Callback<Request>,
    /// Goes to the template that made it.
    pub(crate) on_source: Option<Callback<()>>,
}

#[component]
pub(crate) fn Details(props: &DetailsProps) -> Html {
    let Some(key) = &props.selected else {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "Nothing selected" }</p>
                <p key="words">{ "Select a pod, a claim, a Service or the set in the picture: here you see what it is and why it is in its state." }</p>
            </div>
        };
    };
    let Some(object) = &props.object else {
        return html! {
            <div class="details">
                <h2 key="name" class="details-name">{ &key.name }</h2>
                <p key="words">{ format!("At this moment there is no {} of this name.", key.kind) }</p>
            </div>
        };
    };
    let view = details(object);
    html! {
        <div class="details">
            <div key="head" class="details-head">
                <h2 class="details-name"><span class="kind">{ &key.kind }</span>{ &key.name }</h2>
                <div class="details-actions">{ actions(key, object, props) }</div>
            </div>
            <div key="why" class="why" hidden={props.reasons.is_empty()}>
                { for props.reasons.iter().enumerate().map(|(index, reason)| html! {
                    <p key={index} class="why-line">{ Icon::Wait.draw() }<span>{ reason }</span></p>
                }) }
            </div>
            <div key="columns" class="details-columns">
                <section key="facts">
                    <h3 class="details-title">{ "State" }</h3>
                    <dl class="facts">
                        { for view.facts.iter().enumerate().map(|(index, (name, value))| html! {
                            <><dt key={format!("name-{index}")}>{ *name }</dt><dd key={format!("value-{index}")}>{ value }</dd></>
                        }) }
                    </dl>
                </section>
                <section key="commands">
                    <h3 class="details-title">{ "See it with kubectl" }</h3>
                    { for view.commands.iter().map(|command| html! { <Command key={command.clone()} command={command.clone()} /> }) }
                </section>
            </div>
            <ObjectText key="text" object={object.clone()} />
        </div>
    }
}

fn actions(key: &ObjectKey, object: &Value, props: &DetailsProps) -> Html {
    let ask = |request: Request| props.on_request.reform(move |_: MouseEvent| request.clone());
    let is_gone = object.pointer("/metadata/deletionTimestamp").is_some();
    let delete = |grace: Option<i64>| ask(Request::Delete(key.clone(), grace));
    let source = props.on_source.clone().map(|on_source| {
        html! {
            <button key="source" type="button" class="button button-small" onclick={on_source.reform(|_| ())}>{ "Show its template" }</button>
        }
    });
    let own = match key.kind.as_str() {
        "Pod" => html! {
            <>
                <button key="delete" type="button" class="button button-small" disabled={is_gone} onclick={delete(None)}>{ "Delete" }</button>
                <Menu key="faults" label={format!("Break it: make pod {} misbehave", key.name)} class={classes!("button-small")} items={faults(key, object, props)}>{ "Break it" }{ Icon::Chevron.draw() }</Menu>
                <button key="force" type="button" class="button button-small button-danger" title="--force --grace-period=0: without waiting for the kubelet. Two pods may then write as one identity." onclick={delete(Some(0))}>{ "Force delete" }</button>
            </>
        },
        "StatefulSet" => {
            let replicas = number(object, "/spec/replicas").unwrap_or(1);
            html! {
                <>
                    <button key="zero" type="button" class="button button-small" disabled={replicas == 0} onclick={ask(Request::Scale(key.clone(), 0))}>{ "Scale to 0" }</button>
                    <button key="delete" type="button" class="button button-small button-danger" disabled={is_gone} onclick={delete(None)}>{ "Delete" }</button>
                    <button key="orphan" type="button" class="button button-small button-danger" disabled={is_gone} onclick={ask(Request::Orphan(key.clone()))}>{ "Delete, leave the pods" }</button>
                </>
            }
        }
        "Service" => {
            let visit = Action::Visit { namespace: key.namespace.clone(), service: key.name.clone() };
            html! {
                <>
                    <button key="visit" type="button" class="button button-small" onclick={ask(Request::Act(visit))}>{ "Visit it" }</button>
                    <button key="delete" type="button" class="button button-small button-danger" disabled={is_gone} onclick={delete(None)}>{ "Delete" }</button>
                </>
            }
        }
        "Node" => html! {
            <Menu key="node" label={format!("Let something happen to node {}", key.name)} class={classes!("button-small")} items={node_changes(key, object, props)}>{ "Let something happen" }{ Icon::Chevron.draw() }</Menu>
        },
        _ => html! {
            <button key="delete" type="button" class="button button-small button-danger" disabled={is_gone} onclick={delete(None)}>{ "Delete" }</button>
        },
    };
    html! { <>{ source.unwrap_or_else(|| html! { <span key="source" hidden=true /> }) }<span key="own" class="details-actions">{ own }</span></> }
}

/// Ways in which a pod's program can misbehave.
fn faults(key: &ObjectKey, object: &Value, props: &DetailsProps) -> Vec<MenuItem> {
    let item = |name: &'static str, note: &'static str, action: Action| {
        let action = props.on_request.reform(move |()| Request::Act(action.clone()));
        MenuItem::new(name, note, action)
    };
    let fault = |fault: Option<Fault>| Action::Fault {
        namespace: key.namespace.clone(),
        pod: key.name.clone(),
        fault,
    };
    let container =
        list(object, "/spec/containers").first().map(|container| text(container, "/name").to_owned());
    let crash = Action::Crash {
        namespace: key.namespace.clone(),
        pod: key.name.clone(),
        container: container.unwrap_or_default(),
    };
    vec![
        item("Crash now, once", "The first container ends with exit code 1.", crash),
        item(
            "Crash after each start",
            "Exit code 1 two seconds after each start.",
            fault(Some(Fault::CrashLoop)),
        ),
        item(
            "Run out of memory",
            "Killed for memory two seconds after each start.",
            fault(Some(Fault::OutOfMemory)),
        ),
        item("Fail readiness", "It runs, but its readiness probe fails.", fault(Some(Fault::NotReady))),
        item("Hang", "It answers nothing: every probe times out.", fault(Some(Fault::Hang))),
        item("Ignore SIGTERM", "A delete takes the whole grace period.", fault(Some(Fault::IgnoresTerm))),
        item("Behave again", "Takes the fault away.", fault(None)),
    ]
}

/// What can happen to a node.
fn node_changes(key: &ObjectKey, object: &Value, props: &DetailsProps) -> Vec<MenuItem> {
    let item = |name: &'static str, note: &'static str, change: NodeChange| {
        let action = Action::Node { name: key.name.clone(), change };
        MenuItem::new(name, note, props.on_request.reform(move |()| Request::Act(action.clone())))
    };
    let is_cordoned = object.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true);
    let is_tainted =
        list(object, "/spec/taints").iter().any(|taint| text(taint, "/key").ends_with("out-of-service"));
    vec![
        item("Lose it", "It stops reporting, as when its power is cut.", NodeChange::Lose),
        item("Let it return", "It reports again.", NodeChange::Return),
        if is_cordoned {
            item("Uncordon", "New pods may come to it again.", NodeChange::Uncordon)
        } else {
            item("Cordon", "No new pod comes to it.", NodeChange::Cordon)
        },
        if is_tainted {
            item("Take the out-of-service taint off", "", NodeChange::UntaintOutOfService)
        } else {
            item(
                "Taint it out-of-service",
                "Its pods are force-deleted and come back elsewhere.",
                NodeChange::TaintOutOfService,
            )
        },
    ]
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
    object: Rc<Value>,
}

/// The object as YAML, written out only when somebody looks.
#[component]
fn ObjectText(props: &ObjectTextProps) -> Html {
    let open = use_state_eq(|| false);
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
    html! {
        <details {ontoggle}>
            <summary key="name">{ "The whole object as YAML" }</summary>
            if *open {
                <pre key="text" class="object-text" tabindex="0">{ yaml::print(&props.object) }</pre>
            } else {
                <span key="no-text" hidden=true />
            }
        </details>
    }
}
