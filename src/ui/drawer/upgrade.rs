//! What applying would do, before it is done: objects with their changed fields, hooks, and the pods of each set.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::field_diff::FieldChange;
use super::super::model::moment::age;
use super::super::model::offer;
use super::super::model::upgrade::{Fate, ObjectChange, SetOutlook, Upgrade};
use super::super::request::Request;
use crate::platform::after_paint;
use crate::session::Action;

/// Milliseconds from a change of the cluster to a new preview: its time passes in small steps.
const CALM: u32 = 400;

#[derive(Properties, PartialEq)]
pub(crate) struct UpgradeProps {
    /// What applies the render; `None` while there is none.
    pub(crate) action: Option<Rc<Action>>,
    /// Changes with every change of the cluster.
    pub(crate) moment: (usize, usize),
    /// Tries the action on a copy of the cluster.
    pub(crate) on_try: Callback<Rc<Action>, Option<Rc<Upgrade>>>,
    pub(crate) on_apply: Callback<()>,
    pub(crate) on_request: Callback<Request>,
    pub(crate) can_apply: bool,
}

#[component]
pub(crate) fn UpgradePreview(props: &UpgradeProps) -> Html {
    let found = use_state_eq(|| None::<Rc<Upgrade>>);
    let waiting = use_mut_ref(|| None);
    {
        let (found, on_try, action, waiting) =
            (found.clone(), props.on_try.clone(), props.action.clone(), waiting.clone());
        use_effect_with((props.action.clone(), props.moment), move |_| {
            // What is shown stays until the new preview is there; several changes in a row make one.
            let slot = waiting.clone();
            let delay = if found.is_some() { CALM } else { 0 };
            let task = after_paint(delay, move || {
                slot.borrow_mut().take();
                found.set(action.and_then(|action| on_try.emit(action)));
            });
            *waiting.borrow_mut() = Some(task);
        });
    }
    if props.action.is_none() {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "Nothing to preview" }</p>
                <p key="words">{ "The chart does not render: Problems says why." }</p>
            </div>
        };
    }
    let Some(upgrade) = &*found else {
        return html! { <div class="empty"><p>{ "Trying it on a copy of the cluster…" }</p></div> };
    };
    let refused = upgrade.objects.iter().find(|object| object.fate == Fate::Refused);
    // The server's words stand at the object that it refuses.
    let stop = refused
        .map(|object| format!("Helm stops at {}, which the server refuses.", object_name(object)))
        .or(upgrade.refusal.clone())
        .or(upgrade.failure.clone());
    let is_stopped = stop.is_some();
    let quiet: Vec<&ObjectChange> =
        upgrade.objects.iter().filter(|object| object.fate == Fate::Unchanged).collect();
    let onclick = props.on_apply.reform(|_: MouseEvent| ());
    let forced = props.action.as_ref().and_then(|action| offer::force(action, upgrade));
    let force_note = forced.as_ref().map(|offer| offer.note.clone());
    let on_force = {
        let (on_request, forced) = (props.on_request.clone(), forced.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(offer) = &forced {
                on_request.emit(Request::Take(offer.clone()));
            }
        })
    };
    let before = upgrade.hooks.iter().filter(|(event, _)| event.starts_with("pre"));
    let behind = upgrade.hooks.iter().filter(|(event, _)| event.starts_with("post"));
    let hook = |(event, name): &(&'static str, String)| {
        html! {
            <li key={format!("{event} {name}")} class="plan-row">
                <span key="fate" class="plan-fate">{ Icon::Wait.draw() }{ "Hook" }</span>
                <span key="name" class="plan-name">{ name }<span class="plan-note">{ format!(" runs as {event} hook; Helm waits for it") }</span></span>
            </li>
        }
    };
    html! {
        <div class="plan">
            <p key="head" class="plan-head">
                <span key="words" class="plan-summary">{ summary(upgrade) }</span>
                <button key="apply" type="button" class="button button-small" disabled={!props.can_apply} {onclick}>
                    { if upgrade.is_install { "Install it" } else { "Upgrade it" } }
                </button>
            </p>
            <div key="stop" class="notice notice-error" hidden={!is_stopped}>
                { Icon::Error.draw() }
                <span key="text" class="notice-text">
                    { if upgrade.is_install { "The install would fail: " } else { "The upgrade would fail: " } }
                    { stop.unwrap_or_default() }
                </span>
            </div>
            <p key="force" class="plan-force" hidden={forced.is_none()}>
                <button key="act" type="button" class="button button-small" aria-haspopup="dialog" disabled={!props.can_apply} onclick={on_force}>{ "Force conflicts…" }</button>
                <code key="command">{ force_note.unwrap_or_default() }</code>
            </p>
            <div key="sets" class="plan-sets" hidden={is_stopped || upgrade.sets.is_empty()}>
                { for upgrade.sets.iter().map(outlook) }
            </div>
            <ol key="objects" class="plan-rows" aria-label="What changes">
                { for before.map(hook) }
                { for upgrade.objects.iter().filter(|object| object.fate != Fate::Unchanged).map(row) }
                { for behind.map(hook) }
            </ol>
            <details key="quiet" class="plan-quiet" hidden={quiet.is_empty()}>
                <summary key="name">{ format!("{} unchanged", quiet.len()) }</summary>
                <ul key="list" class="plan-names">
                    { for quiet.iter().map(|object| html! { <li key={object.key.kubectl_name()}>{ object_name(object) }</li> }) }
                </ul>
            </details>
        </div>
    }
}

fn summary(upgrade: &Upgrade) -> String {
    let counted = [
        (Fate::Created, "created"),
        (Fate::Changed, "changed"),
        (Fate::Owned, "changed in ownership only"),
        (Fate::Deleted, "deleted"),
        (Fate::Kept, "kept though no longer in the chart"),
        (Fate::Refused, "refused"),
        (Fate::NotReached, "not reached"),
        (Fate::Unchanged, "unchanged"),
    ];
    let parts = counted.iter().filter_map(|(fate, word)| match upgrade.count(*fate) {
        0 => None,
        count => Some(format!("{count} {word}")),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn object_name(object: &ObjectChange) -> String {
    format!("{}/{}", object.key.kind, object.key.name)
}

fn row(object: &ObjectChange) -> Html {
    let (icon, word, class) = match object.fate {
        Fate::Created => (Icon::Add, "Create", "plan-good"),
        Fate::Changed => (Icon::Values, "Change", "plan-change"),
        Fate::Owned => (Icon::Values, "Ownership", ""),
        Fate::Deleted => (Icon::Remove, "Delete", "plan-bad"),
        Fate::Kept => (Icon::Info, "Keep", ""),
        Fate::Unchanged => (Icon::Check, "Same", ""),
        Fate::Refused => (Icon::Error, "Refused", "plan-bad"),
        Fate::NotReached => (Icon::Close, "Not reached", ""),
        Fate::NotSimulated => (Icon::Info, "Not simulated", ""),
    };
    html! {
        <li key={object_name(object)} class="plan-row">
            <span key="fate" class={classes!("plan-fate", class)}>{ icon.draw() }{ word }</span>
            <div key="what" class="plan-what">
                <span key="name" class="plan-name">{ object_name(object) }</span>
                <p key="message" class="plan-message" hidden={object.message.is_empty()}>{ &object.message }</p>
                <p key="owned" class="plan-instead" hidden={object.fate != Fate::Owned}>{ "Only ownership: its fields stay as they are, and Helm manages more or fewer of them." }</p>
                <ul key="fields" class="plan-fields" hidden={object.fields.is_empty()}>
                    { for object.fields.iter().map(field) }
                </ul>
                { for object.instead.iter().map(|words| html! {
                    <p key={words.clone()} class="plan-instead"><strong>{ "Instead: " }</strong>{ words }</p>
                }) }
            </div>
        </li>
    }
}

fn field(change: &FieldChange) -> Html {
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    html! {
        <li key={change.path.clone()} class="plan-field">
            <code key="path" class="plan-path">{ &change.path }</code>
            <code key="old" class={if change.old.is_some() { "diff-gone" } else { "diff-same" }}>{ side(&change.old) }</code>
            <span key="to" class="plan-to">{ "→" }</span>
            <code key="new" class={if change.new.is_some() { "diff-new" } else { "diff-same" }}>{ side(&change.new) }</code>
        </li>
    }
}

fn outlook(set: &SetOutlook) -> Html {
    html! {
        <section key={set.name.clone()} class="plan-set">
            <h3 key="title" class="details-title">{ format!("What the pods of {} do", set.name) }</h3>
            <ol key="steps" class="plan-steps">
                { for set.steps.iter().map(|step| html! {
                    <li key={step.name.clone()}>
                        <span key="after" class="plan-after">{ format!("+{}", age(step.after)) }</span>
                        { format!("{} {}", step.name, step.what) }
                    </li>
                }) }
                { for set.stays.iter().map(|words| html! {
                    <li key={words.clone()}><span key="after" class="plan-after">{ "stays" }</span>{ words }</li>
                }) }
            </ol>
            <p key="end" class={classes!("plan-end", (!set.is_done).then_some("plan-bad"))}>
                { if set.is_done { Icon::Check.draw() } else { Icon::Error.draw() } }
                <span>{ &set.end }</span>
            </p>
        </section>
    }
}
