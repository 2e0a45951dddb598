//! Why something waits, as a line with ways to what it waits for and to the field that makes it wait.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::why::ReasonView;
use super::super::request::Request;

#[derive(Properties, PartialEq)]
pub(in crate::ui) struct WaitLineProps {
    pub(in crate::ui) reason: Rc<ReasonView>,
    /// How many other objects the same holds.
    #[prop_or_default]
    pub(in crate::ui) more: usize,
    pub(in crate::ui) on_request: Callback<Request>,
}

#[component]
pub(in crate::ui) fn WaitLine(props: &WaitLineProps) -> Html {
    let reason = &props.reason;
    let more = match props.more {
        0 => String::new(),
        1 => " So does 1 more.".to_owned(),
        more => format!(" So do {more} more."),
    };
    let waits_for = reason.waits_for.iter().map(|key| {
        let name = format!("Show {}", key.kubectl_name());
        let request = Request::Select(key.clone());
        let onclick = props.on_request.reform(move |_: MouseEvent| request.clone());
        html! { <button key="object" type="button" class="link" {onclick}>{ name }</button> }
    });
    let field = reason.field.iter().map(|(key, field)| {
        let request = Request::Field(key.clone(), field);
        let onclick = props.on_request.reform(move |_: MouseEvent| request.clone());
        html! {
            <button key="field" type="button" class="link" {onclick} title="Show the line that sets it">{ "Set by " }<code>{ *field }</code></button>
        }
    });
    html! {
        <p class="wait" data-gate={reason.gate}>
            { Icon::Wait.draw() }
            <span key="words">
                <span key="text">{ &reason.text }{ more }</span>
                <span key="links" class="wait-links">{ for waits_for }{ for field }</span>
            </span>
        </p>
    }
}
