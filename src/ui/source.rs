//! The left pane: values as a form and as text, the chart's files, and what Helm makes of them.

mod chart_files;
mod hints;
mod manifests;
mod origin;

use std::rc::Rc;

use yew::prelude::*;

use super::editor::Editor;
use super::form::{FieldChange, ValuesForm};
use super::icon::Icon;
use super::model::problem::{File, Problem, counts, marks, value_findings};
use super::model::settings::SourceTab;
use super::model::trace::{Trace, value_at};
use super::state::{Change, Dispatch, Notice, NoticeKind, Playground};
use super::tabs::{Tab, Tabs};
use super::tracer::Tracer;
use crate::platform::after_paint;
use crate::yaml;
use chart_files::ChartFiles;
use manifests::Manifests;
use origin::ValueStrip;

#[derive(Clone, Properties, PartialEq)]
pub(super) struct SourceProps {
    pub(super) state: Rc<Playground>,
    pub(super) workbench: Tracer,
    pub(super) dispatch: Dispatch,
}

/// What the reader points at, and the trace that says what it means.
#[derive(Clone, PartialEq)]
struct Pointing {
    /// A value, by its path.
    subject: Option<Rc<str>>,
    on_subject: Callback<Option<Rc<str>>>,
    /// A line of the manifests, from 1; 0 is none.
    line: u32,
    on_line: Callback<(u32, u32)>,
    trace: Option<Rc<Trace>>,
    workbench: Tracer,
}

#[derive(Properties, PartialEq)]
struct PaneProps {
    state: Rc<Playground>,
    dispatch: Dispatch,
    pointing: Pointing,
}

/// Milliseconds that the reader must rest on a place before it is traced.
const TRACE_AFTER: u32 = 120;
/// A longer text of values does not tell which value the cursor is on, in bytes.
const LONGEST_POINTED: usize = 256 * 1024;

/// Keeps what the reader points at, and traces the rendering once they point at something.
#[hook]
fn use_pointing(props: &SourceProps) -> Pointing {
    let state = &props.state;
    let subject = use_state_eq(|| None::<Rc<str>>);
    let line = use_state_eq(|| 0);
    let trace = use_state_eq(|| None::<Rc<Trace>>);
    {
        let (subject, line, trace) = (subject.clone(), line.clone(), trace.clone());
        use_effect_with(Rc::clone(&state.inputs.chart), move |_| {
            subject.set(None);
            line.set(0);
            trace.set(None);
        });
    }
    let asks = (subject.is_some() || *line > 0) && state.attempt.rendering.is_some() && !state.is_rendering;
    {
        let (trace, workbench) = (trace.clone(), props.workbench.clone());
        use_effect_with((asks, Rc::clone(&state.inputs)), move |(asks, inputs)| {
            let inputs = Rc::clone(inputs);
            let task = asks.then(|| after_paint(TRACE_AFTER, move || trace.set(workbench.trace(&inputs))));
            move || drop(task)
        });
    }
    Pointing {
        on_subject: {
            let subject = subject.clone();
            Callback::from(move |next| subject.set(next))
        },
        on_line: {
            let line = line.clone();
            Callback::from(move |(next, _)| line.set(next))
        },
        subject: (*subject).clone(),
        line: *line,
        trace: (*trace).clone(),
        workbench: props.workbench.clone(),
    }
}

#[component]
pub(super) fn Source(props: &SourceProps) -> Html {
    let state = &props.state;
    let tab = state.settings.source;
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |tab| dispatch.dispatch(Change::ShowSource(tab)))
    };
    let pointing = use_pointing(props);
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
                <StaleBar key="stale" ..props.clone() />
                { match tab {
                    SourceTab::Form => html! { <Form key="form" state={state.clone()} dispatch={props.dispatch.clone()} {pointing} /> },
                    SourceTab::Text => html! { <Text key={format!("text-{}", state.inputs.chart)} state={state.clone()} dispatch={props.dispatch.clone()} {pointing} /> },
                    SourceTab::Chart => html! { <ChartFiles key="chart" ..props.clone() /> },
                    SourceTab::Manifests => html! { <Manifests key="manifests" state={state.clone()} dispatch={props.dispatch.clone()} {pointing} /> },
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
fn Form(props: &PaneProps) -> Html {
    let state = &props.state;
    let on_change = {
        let (dispatch, values) = (props.dispatch.clone(), Rc::clone(&state.inputs.values));
        Callback::from(move |(path, value): FieldChange| match yaml::set(&values, &path, &value) {
            Ok(text) => dispatch.dispatch(Change::SetValues(text.into())),
            Err(error) => dispatch
                .dispatch(Change::Notify(Notice { kind: NoticeKind::Error, text: error.message.into() })),
        })
    };
    let findings = use_memo(Rc::clone(&state.attempt.problems), |problems| value_findings(problems));
    match &state.attempt.form {
        Some(fields) => html! {
            <>
                <ValuesForm key="form" fields={fields.clone()} {findings} {on_change} on_point={props.pointing.on_subject.reform(Some)} />
                { value_strip(props) }
            </>
        },
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

/// What the value that the reader points at touches.
fn value_strip(props: &PaneProps) -> Html {
    let Pointing { subject, trace, .. } = &props.pointing;
    html! { <ValueStrip key="strip" subject={subject.clone()} trace={trace.clone()} dispatch={props.dispatch.clone()} /> }
}

#[component]
fn Text(props: &PaneProps) -> Html {
    let state = &props.state;
    let found = use_memo(Rc::clone(&state.attempt.problems), |problems| marks(problems, &File::Values));
    let on_change = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |text: Rc<str>| dispatch.dispatch(Change::SetValues(text)))
    };
    let on_cursor = {
        let (values, on_subject) = (Rc::clone(&state.inputs.values), props.pointing.on_subject.clone());
        Callback::from(move |(line, column): (u32, u32)| {
            // Of a longer text the path would take longer to find than a keystroke may.
            let path = (values.len() < LONGEST_POINTED).then(|| value_at(&values, line, column)).flatten();
            if let Some(path) = path {
                on_subject.emit(Some(path.into()));
            }
        })
    };
    html! {
        <>
            <Editor
                key="editor"
                label="values.yaml"
                text={state.inputs.values.clone()}
                marks={found}
                reveal={state.reveal_in(&File::Values)}
                on_change={Some(on_change)}
                on_cursor={Some(on_cursor)}
                on_ask={hints::answers(state, File::Values, &props.pointing.workbench)}
            />
            { value_strip(props) }
        </>
    }
}
