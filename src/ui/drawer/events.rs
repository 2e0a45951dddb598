//! The cluster's events, the newest first.

use std::rc::Rc;

use yew::prelude::*;

use super::super::model::moment::{EventView, age};
use super::super::model::object::ObjectKey;

/// More rows than this help nobody and cost time.
const MOST_ROWS: usize = 200;

#[derive(Properties, PartialEq)]
pub(crate) struct EventsProps {
    pub(crate) events: Rc<Vec<EventView>>,
    /// The moment that the reader looks at, in milliseconds of virtual time.
    pub(crate) now: u64,
    pub(crate) on_select: Callback<ObjectKey>,
}

#[component]
pub(crate) fn Events(props: &EventsProps) -> Html {
    if props.events.is_empty() {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "No events yet" }</p>
                <p key="words">{ "Controllers, the scheduler and the kubelet report here what they do, once something is applied." }</p>
            </div>
        };
    }
    html! {
        <table class="events" aria-label="Events">
            <thead key="head">
                <tr>
                    <th key="age" scope="col">{ "Last seen" }</th>
                    <th key="type" scope="col">{ "Type" }</th>
                    <th key="reason" scope="col">{ "Reason" }</th>
                    <th key="object" scope="col">{ "Object" }</th>
                    <th key="message" scope="col">{ "Message" }</th>
                </tr>
            </thead>
            <tbody key="body">
                { for props.events.iter().take(MOST_ROWS).enumerate().map(|(index, event)| {
                    let about = event.about.clone();
                    let onclick = props.on_select.reform(move |_: MouseEvent| about.clone());
                    html! {
                        <tr key={index}>
                            <td key="age" class="events-quiet">{ age(props.now.saturating_sub(event.at)) }{ if event.count > 1 { format!(" (x{})", event.count) } else { String::new() } }</td>
                            <td key="type" class={classes!("events-quiet", event.is_warning.then_some("events-warning"))}>{ if event.is_warning { "Warning" } else { "Normal" } }</td>
                            <td key="reason" class="events-quiet">{ &event.reason }</td>
                            <td key="object" class="events-quiet"><button type="button" class="link" {onclick}>{ event.about.kubectl_name() }</button></td>
                            <td key="message">{ &event.message }</td>
                        </tr>
                    }
                }) }
            </tbody>
        </table>
    }
}
