//! Everything that is wrong or could be better: a card a finding, with a way to its lines, and for advice what comes
//! of it, how to see it happen, and the change that ends it.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::super::icon::Icon;
use super::super::model::inputs::Inputs;
use super::super::model::problem::{File, Problem};
use super::super::model::rendering::Rendering;
use super::super::state::{Change, Dispatch, Fixed};
use super::fix::FixOffer;
use crate::api::advice::Finding;
use crate::diagnostic::{Severity, Span};

/// A place to go to: text, line, column.
type Target = (File, u32, u32);

#[derive(Properties, PartialEq)]
pub(crate) struct ProblemsProps {
    pub(crate) problems: Rc<Vec<Problem>>,
    pub(crate) inputs: Rc<Inputs>,
    pub(crate) rendering: Option<Rc<Rendering>>,
    pub(crate) fixed: Option<Rc<Fixed>>,
    pub(crate) dispatch: Dispatch,
    /// Goes to a line and column of a text.
    pub(crate) on_open: Callback<Target>,
}

#[component]
pub(crate) fn Problems(props: &ProblemsProps) -> Html {
    let is_advice = |problem: &&Problem| problem.severity == Severity::Advice;
    let (advice, grave): (Vec<_>, Vec<_>) = props.problems.iter().partition(is_advice);
    let card = |problem: &Problem| {
        let line = problem.place.as_ref().and_then(|(_, span)| Some(span.as_ref()?.start.line));
        html! {
            <Card
                key={format!("{} {}", line.unwrap_or_default(), problem.message)}
                problem={Rc::new(problem.clone())}
                inputs={props.inputs.clone()}
                rendering={props.rendering.clone()}
                dispatch={props.dispatch.clone()}
                on_open={props.on_open.clone()}
            />
        }
    };
    html! {
        <>
            <Undo key="undo" fixed={props.fixed.clone()} dispatch={props.dispatch.clone()} />
            if props.problems.is_empty() {
                <div key="none" class="empty">
                    <p key="title" class="empty-title">{ "No problems" }</p>
                    <p key="words">{ "Helm renders the chart, and the API server would take what comes out." }</p>
                </div>
            } else {
                <ol key="list" class="rows" aria-label="Problems">
                    { for grave.iter().map(|problem| card(problem)) }
                    <li key="advice" class="rows-title" hidden={advice.is_empty()}>
                        { "Advice: the API server takes these without a word; a careful reviewer would not." }
                    </li>
                    { for advice.iter().map(|problem| card(problem)) }
                </ol>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    problem: Rc<Problem>,
    inputs: Rc<Inputs>,
    rendering: Option<Rc<Rendering>>,
    dispatch: Dispatch,
    on_open: Callback<Target>,
}

#[component]
fn Card(props: &CardProps) -> Html {
    let problem = &props.problem;
    let open = use_state_eq(|| false);
    let (icon, word, class) = match problem.severity {
        Severity::Error => (Icon::Error, "Error", "row-error"),
        Severity::Warning => (Icon::Warning, "Warning", "row-warning"),
        Severity::Advice => (Icon::Info, "Advice", "row-advice"),
    };
    let head = html! {
        <>
            <span key="kind" class={classes!("row-kind", class)}>{ icon.draw() }{ word }</span>
            <span key="message" class="row-message">
                { &problem.message }
                { for problem.hints.iter().map(|hint| html! { <span key={hint.clone()} class="row-hint">{ hint }</span> }) }
            </span>
        </>
    };
    let link = |file: &File, span: Option<Span>| {
        let start = span.unwrap_or_default().start;
        let target = (file.clone(), start.line.max(1), start.column.max(1));
        let onclick = props.on_open.reform(move |_: MouseEvent| target.clone());
        let name = match span {
            Some(_) => format!("{}:{}", file.name(), start.line),
            None => file.name().to_owned(),
        };
        html! { <button key={name.clone()} type="button" class="link row-place" {onclick}>{ name }</button> }
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <li class="row">
            <div key="head" class="row-head">
                if problem.advice.is_some() {
                    <button key="toggle" type="button" class="row-button" aria-expanded={open.to_string()} onclick={toggle}>
                        { head }{ Icon::Chevron.draw() }
                    </button>
                } else {
                    <div key="plain" class="row-button">{ head }</div>
                }
                <span key="places" class="row-places">
                    { for problem.causes.iter().rev().map(|cause| link(&cause.file, Some(cause.span))) }
                    { for problem.place.iter().map(|(file, span)| link(file, *span)) }
                </span>
            </div>
            if let Some(finding) = problem.advice.as_ref().filter(|_| *open) {
                <AdviceBody
                    key="advice"
                    finding={finding.clone()}
                    inputs={props.inputs.clone()}
                    rendering={props.rendering.clone()}
                    dispatch={props.dispatch.clone()}
                />
            } else {
                <span key="closed" hidden=true />
            }
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct AdviceBodyProps {
    finding: Rc<Finding>,
    inputs: Rc<Inputs>,
    rendering: Option<Rc<Rendering>>,
    dispatch: Dispatch,
}

#[component]
fn AdviceBody(props: &AdviceBodyProps) -> Html {
    let finding = &props.finding;
    html! {
        <div class="advice">
            <p key="consequence">{ &finding.consequence }</p>
            <div key="columns" class="advice-columns">
                <section key="see">
                    <h3 class="details-title">{ "See it happen" }</h3>
                    <ol class="advice-steps">
                        { for finding.see.lines().map(|step| html! { <li key={step.to_owned()}>{ step }</li> }) }
                    </ol>
                </section>
                <section key="fix">
                    <h3 class="details-title">{ "Fix it" }</h3>
                    <p>{ &finding.fix }</p>
                    if let Some(rendering) = props.rendering.as_ref().filter(|_| !finding.edits.is_empty()) {
                        <FixOffer key="offer" finding={finding.clone()} inputs={props.inputs.clone()} rendering={rendering.clone()} dispatch={props.dispatch.clone()} />
                    } else {
                        <span key="none" hidden=true />
                    }
                </section>
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct UndoProps {
    fixed: Option<Rc<Fixed>>,
    dispatch: Dispatch,
}

/// What was just fixed, and the way back. It takes the focus of the card that is gone.
#[component]
fn Undo(props: &UndoProps) -> Html {
    let button = use_node_ref();
    {
        let button = button.clone();
        use_effect_with(props.fixed.clone(), move |fixed| {
            if let (Some(_), Some(button)) = (fixed, button.cast::<HtmlElement>()) {
                let _ = button.focus();
            }
        });
    }
    let Some(fixed) = &props.fixed else { return html! { <span hidden=true /> } };
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::UndoFix));
    html! {
        <div class="notice" role="status">
            { Icon::Check.draw() }
            <span key="text" class="notice-text">{ &*fixed.what }</span>
            <button key="undo" ref={button} type="button" class="button button-small" {onclick}>{ "Undo" }</button>
        </div>
    }
}
