//! Everything that is wrong, with a way to its line.

use std::rc::Rc;

use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::problem::{File, Problem};
use crate::diagnostic::Severity;

#[derive(Properties, PartialEq)]
pub(crate) struct ProblemsProps {
    pub(crate) problems: Rc<Vec<Problem>>,
    /// Goes to a line and column of a text.
    pub(crate) on_open: Callback<(File, u32, u32)>,
}

#[component]
pub(crate) fn Problems(props: &ProblemsProps) -> Html {
    if props.problems.is_empty() {
        return html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "No problems" }</p>
                <p key="words">{ "Helm renders the chart, and the API server would take what comes out." }</p>
            </div>
        };
    }
    html! {
        <ol class="rows" aria-label="Problems">
            { for props.problems.iter().enumerate().map(|(index, problem)| html! {
                <li key={index} class="row">{ row(problem, &props.on_open) }</li>
            }) }
        </ol>
    }
}

fn row(problem: &Problem, on_open: &Callback<(File, u32, u32)>) -> Html {
    let (icon, word, class) = match problem.severity {
        Severity::Error => (Icon::Error, "Error", "row-error"),
        Severity::Warning => (Icon::Warning, "Warning", "row-warning"),
        Severity::Advice => (Icon::Info, "Advice", "row-advice"),
    };
    let place = match &problem.place {
        Some((file, Some(span))) => format!("{}:{}", file.name(), span.start.line),
        Some((file, None)) => file.name().to_owned(),
        None => String::new(),
    };
    let inside = html! {
        <>
            <span key="kind" class={classes!("row-kind", class)}>{ icon.draw() }{ word }</span>
            <span key="message" class="row-message">
                { &problem.message }
                { for problem.hints.iter().map(|hint| html! { <span key={hint.clone()} class="row-hint">{ hint }</span> }) }
            </span>
            <span key="place" class="row-place">{ place }</span>
        </>
    };
    match &problem.place {
        Some((file, span)) => {
            let start = span.unwrap_or_default().start;
            let target = (file.clone(), start.line.max(1), start.column.max(1));
            let onclick = on_open.reform(move |_: MouseEvent| target.clone());
            html! { <button type="button" class="row-button" {onclick}>{ inside }</button> }
        }
        None => html! { <div class="row-button">{ inside }</div> },
    }
}
