//! The left pane: values as a form and as text, the chart's files, and what Helm makes of them.

mod chart_files;
mod manifests;

use std::rc::Rc;

use yew::prelude::*;

use super::editor::Editor;
use super::form::{FieldChange, ValuesForm};
use super::icon::Icon;
use super::model::problem::{File, Problem, counts, marks};
use super::model::settings::SourceTab;
use super::state::{Change, Dispatch, Notice, NoticeKind, Playground};
use super::tabs::{Tab, Tabs};
use crate::yaml;
use chart_files::ChartFiles;
use manifests::Manifests;

#[derive(Properties, PartialEq)]
pub(super) struct SourceProps {
    pub(super) state: Rc<Playground>,
    pub(super) dispatch: Dispatch,
}

#[component]
pub(super) fn Source(props: &SourceProps) -> Html {
    let state = &props.state;
    let tab = state.settings.source;
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |tab| dispatch.dispatch(Change::ShowSource(tab)))
    };
    let problems = &state.attempt.problems;
    let badge = |tab: Tab<SourceTab>, is_in: &dyn Fn(&File) -> bool| {
        let is_own = |problem: &&Problem| problem.place.as_ref().is_some_and(|(file, _)| is_in(file));
        tab.with_counts(counts(problems.iter().filter(is_own)))
    };
    let tabs = vec![
        Tab::new(SourceTab::Form, "Values"),
        badge(Tab::new(SourceTab::Text, "values.yaml"), &|file| *file == File::Values),
        badge(Tab::new(SourceTab::Chart, "Chart"), &|file| matches!(file, File::Chart(_))),
        badge(Tab::new(SourceTab::Manifests, "Manifests"), &|file| *file == File::Manifests),
    ];
    html! {
        <section class="pane source" aria-label="Chart and values">
            <div key="head" class="pane-head">
                <Tabs<SourceTab> label="Chart and values" id="source" {tabs} chosen={tab} on_choose={choose} />
            </div>
            <div key="body" class="pane-body" role="tabpanel" id="source-panel" aria-labelledby={format!("source-tab-{}", tab as usize)}>
                <StaleBar key="stale" state={state.clone()} dispatch={props.dispatch.clone()} />
                { match tab {
                    SourceTab::Form => html! { <Form key="form" state={state.clone()} dispatch={props.dispatch.clone()} /> },
                    SourceTab::Text => html! { <Text key={format!("text-{}", state.inputs.chart)} state={state.clone()} dispatch={props.dispatch.clone()} /> },
                    SourceTab::Chart => html! { <ChartFiles key="chart" state={state.clone()} dispatch={props.dispatch.clone()} /> },
                    SourceTab::Manifests => html! { <Manifests key="manifests" state={state.clone()} dispatch={props.dispatch.clone()} /> },
                } }
            </div>
        </section>
    }
}

/// Says that the last good render is shown, and why.
#[component]
fn StaleBar(props: &SourceProps) -> Html {
    let state = &props.state;
    let error =
        state.attempt.problems.iter().find(|problem| problem.severity == crate::diagnostic::Severity::Error);
    let (Some(problem), None) = (error, &state.attempt.rendering) else {
        return html! { <span hidden=true /> };
    };
    let place = match &problem.place {
        Some((file, Some(span))) => format!("{} has an error in line {}", file.name(), span.start.line),
        Some((file, None)) => format!("{} has an error", file.name()),
        None => "the chart does not render".to_owned(),
    };
    let words = if state.good.is_some() {
        format!("Showing the last good render: {place}.")
    } else {
        format!("Nothing rendered yet: {place}.")
    };
    let dispatch = props.dispatch.clone();
    let target = problem.place.clone();
    let onclick = Callback::from(move |_: MouseEvent| match &target {
        Some((file, span)) => {
            let start = span.unwrap_or_default().start;
            dispatch.dispatch(Change::Reveal(file.clone(), start.line.max(1), start.column.max(1)));
        }
        None => dispatch.dispatch(Change::ShowDrawer(super::model::settings::DrawerTab::Problems)),
    });
    html! {
        <div class="notice notice-error" role="status">
            { Icon::Error.draw() }
            <span key="text" class="notice-text">{ words }{ " " }{ &problem.message }</span>
            <button key="go" type="button" class="link" {onclick}>{ "Show it" }</button>
        </div>
    }
}

#[component]
fn Form(props: &SourceProps) -> Html {
    let state = &props.state;
    let on_change = {
        let (dispatch, values) = (props.dispatch.clone(), Rc::clone(&state.inputs.values));
        Callback::from(move |(path, value): FieldChange| match yaml::set(&values, &path, &value) {
            Ok(text) => dispatch.dispatch(Change::SetValues(text.into())),
            Err(error) => dispatch
                .dispatch(Change::Notify(Notice { kind: NoticeKind::Error, text: error.message.into() })),
        })
    };
    match &state.attempt.form {
        Some(fields) => html! { <ValuesForm fields={fields.clone()} {on_change} /> },
        None if state.inputs.values.trim().is_empty() => html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "No values of your own" }</p>
                <p key="words">{ "The chart's defaults apply. Write keys under values.yaml to override them." }</p>
            </div>
        },
        None => html! {
            <div class="empty">
                <p key="title" class="empty-title">{ "The text is no form now" }</p>
                <p key="words">{ "A form needs values that can be read as one map of at most 600 fields. Edit them as text: values.yaml, the next tab." }</p>
            </div>
        },
    }
}

#[component]
fn Text(props: &SourceProps) -> Html {
    let state = &props.state;
    let found = use_memo(Rc::clone(&state.attempt.problems), |problems| marks(problems, &File::Values));
    let on_change = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |text: Rc<str>| dispatch.dispatch(Change::SetValues(text)))
    };
    html! {
        <Editor
            label="values.yaml"
            text={state.inputs.values.clone()}
            marks={found}
            reveal={state.reveal_in(&File::Values)}
            on_change={Some(on_change)}
        />
    }
}
