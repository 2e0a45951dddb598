//! Time along the bottom edge: play, step, drag, and the moments at which something changed.

use std::rc::Rc;

use web_sys::{Element, HtmlSelectElement, PointerEvent};
use yew::prelude::*;

use super::icon::Icon;
use super::menu::{Menu, MenuItem};
use super::model::moment::{EventView, Mark, TimelineView, age, clock};
use super::model::settings::Settings;

/// What the reader asks of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TimeRequest {
    /// Let it pass, or stop it.
    Play(bool),
    /// Go to the moment before or after.
    Step(bool),
    /// Go to a moment, in milliseconds of virtual time.
    Seek(u64),
    /// Skip it until the cluster is at rest, or stop skipping.
    Skip(bool),
    /// Go back to a course that was left by acting in the past.
    Course(usize),
    /// Virtual seconds for each second of the reader's.
    Speed(u32),
}

#[derive(Properties, PartialEq)]
pub(super) struct TimelineProps {
    pub(super) view: Rc<TimelineView>,
    /// The events up to now.
    pub(super) events: Rc<Vec<EventView>>,
    /// Courses that were left by acting in the past, in words.
    pub(super) courses: Rc<Vec<String>>,
    pub(super) playing: bool,
    pub(super) is_skipping: bool,
    pub(super) speed: u32,
    pub(super) on_request: Callback<TimeRequest>,
}

#[component]
pub(super) fn Timeline(props: &TimelineProps) -> Html {
    let view = &props.view;
    let ask = |request: TimeRequest| props.on_request.reform(move |_: MouseEvent| request);
    let playing = props.playing;
    let speed = {
        let on_request = props.on_request.clone();
        Callback::from(move |event: Event| {
            let chosen =
                event.target_dyn_into::<HtmlSelectElement>().and_then(|select| select.value().parse().ok());
            if let Some(speed) = chosen {
                on_request.emit(TimeRequest::Speed(speed));
            }
        })
    };
    let skipping = props.is_skipping;
    let in_past = view.now < view.end;
    let position = match (in_past, view.drops) {
        _ if !view.limit.is_empty() => view.limit.to_owned(),
        (false, _) => format!("{} of cluster time", age(view.now)),
        (true, 0) => format!("of {}", clock(view.end)),
        (true, 1) => format!("of {}; acting here leaves 1 later action", clock(view.end)),
        (true, drops) => format!("of {}; acting here leaves {drops} later actions", clock(view.end)),
    };
    let courses: Vec<MenuItem> = props
        .courses
        .iter()
        .enumerate()
        .map(|(index, course)| {
            let choose = props.on_request.reform(move |()| TimeRequest::Course(index));
            MenuItem::new(course.clone(), "Goes on from there; this course is kept instead.", choose)
        })
        .collect();
    html! {
        <footer class="timeline" aria-label="Timeline">
            <div key="transport" class="transport">
                <button key="start" type="button" class="button button-quiet button-icon transport-far" aria-label="Go to the start" onclick={ask(TimeRequest::Seek(0))}>{ Icon::Start.draw() }</button>
                <button key="back" type="button" class="button button-quiet button-icon" aria-label="Step back" onclick={ask(TimeRequest::Step(false))}>{ Icon::Back.draw() }</button>
                <button key="play" type="button" class="button button-icon" aria-label={if playing { "Pause" } else { "Play" }} onclick={ask(TimeRequest::Play(!playing))}>
                    { if playing { Icon::Pause.draw() } else { Icon::Play.draw() } }
                </button>
                <button key="forward" type="button" class="button button-quiet button-icon" aria-label="Step forward" onclick={ask(TimeRequest::Step(true))}>{ Icon::Forward.draw() }</button>
                <button key="skip" type="button" class="button button-quiet button-icon" aria-pressed={skipping.to_string()} aria-label="Skip ahead until nothing changes for 30 seconds" title="Skip ahead until nothing changes for 30 seconds" onclick={ask(TimeRequest::Skip(!skipping))}>{ Icon::Skip.draw() }</button>
                <button key="end" type="button" class="button button-quiet button-icon transport-far" aria-label="Go to the end" onclick={ask(TimeRequest::Seek(view.end))}>{ Icon::End.draw() }</button>
            </div>
            <div key="clock" class="timeline-clock">
                <span key="now" class="timeline-now">{ clock(view.now) }</span>
                <span key="last" class="timeline-last" title={view.last.to_string()}>{ &*view.last }</span>
                <span key="end" class={classes!("timeline-end", (in_past || !view.limit.is_empty()).then_some("timeline-past"))} role="status">{ position }</span>
                <span key="courses" class="timeline-courses" hidden={courses.is_empty()}>
                    <Menu label="Other courses that you left by acting in the past" class={classes!("button-small")} items={courses}>{ "Other courses" }{ Icon::Chevron.draw() }</Menu>
                </span>
            </div>
            <Track key="track" view={view.clone()} events={props.events.clone()} on_request={props.on_request.clone()} />
            <label key="speed" class="timeline-speed">
                <span key="label" class="timeline-speed-label">{ "Speed" }</span>
                <select key="select" class="select" aria-label="Speed: cluster seconds a second" onchange={speed}>
                    { for Settings::SPEEDS.iter().map(|speed| html! {
                        <option key={*speed} value={speed.to_string()} selected={*speed == props.speed}>{ format!("{speed}×") }</option>
                    }) }
                </select>
            </label>
        </footer>
    }
}

#[derive(Properties, PartialEq)]
struct TrackProps {
    view: Rc<TimelineView>,
    events: Rc<Vec<EventView>>,
    on_request: Callback<TimeRequest>,
}

/// The width of the track in its own units.
const WIDTH: f64 = 1000.0;

#[component]
fn Track(props: &TrackProps) -> Html {
    let node = use_node_ref();
    let dragging = use_mut_ref(|| false);
    let (now, end) = (props.view.now, props.view.end);
    let seek = {
        let (node, on_request) = (node.clone(), props.on_request.clone());
        move |event: &PointerEvent| {
            let Some(area) = node.cast::<Element>().map(|track| track.get_bounding_client_rect()) else {
                return;
            };
            let part = ((f64::from(event.client_x()) - area.left()) / area.width().max(1.0)).clamp(0.0, 1.0);
            on_request.emit(TimeRequest::Seek((part * end as f64).round() as u64));
        }
    };
    let onpointerdown = {
        let (node, dragging, seek) = (node.clone(), dragging.clone(), seek.clone());
        Callback::from(move |event: PointerEvent| {
            *dragging.borrow_mut() = true;
            if let Some(track) = node.cast::<Element>() {
                let _ = track.set_pointer_capture(event.pointer_id());
            }
            seek(&event);
        })
    };
    let onpointermove = {
        let (dragging, seek) = (dragging.clone(), seek.clone());
        Callback::from(move |event: PointerEvent| {
            if *dragging.borrow() {
                seek(&event);
            }
        })
    };
    let onpointerup = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| *dragging.borrow_mut() = false)
    };
    let onkeydown = {
        let (on_request, marks) = (props.on_request.clone(), props.view.marks.clone());
        let action = move |forward: bool| {
            let mut actions = marks.iter().filter(|mark| !mark.label.is_empty()).map(|mark| mark.at);
            let found = if forward { actions.find(|at| *at > now) } else { actions.rfind(|at| *at < now) };
            TimeRequest::Seek(found.unwrap_or(if forward { end } else { 0 }))
        };
        Callback::from(move |event: KeyboardEvent| {
            let request = match event.key().as_str() {
                "ArrowRight" if event.shift_key() => action(true),
                "ArrowLeft" if event.shift_key() => action(false),
                "ArrowRight" | "ArrowUp" => TimeRequest::Step(true),
                "ArrowLeft" | "ArrowDown" => TimeRequest::Step(false),
                "PageUp" => TimeRequest::Seek((now + 10_000).min(end)),
                "PageDown" => TimeRequest::Seek(now.saturating_sub(10_000)),
                "Home" => TimeRequest::Seek(0),
                "End" => TimeRequest::Seek(end),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            on_request.emit(request);
        })
    };
    let x = |at: u64| if end == 0 { 0.0 } else { WIDTH * at as f64 / end as f64 };
    html! {
        <div
            ref={node}
            class="track"
            role="slider"
            tabindex="0"
            aria-label="Moment"
            aria-valuemin="0"
            aria-valuemax={(end / 1000).to_string()}
            aria-valuenow={(now / 1000).to_string()}
            aria-valuetext={format!("{} of {}", clock(now), clock(end))}
            {onpointerdown}
            {onpointermove}
            onpointerup={onpointerup.clone()}
            onpointercancel={onpointerup}
            {onkeydown}
        >
            <svg viewBox={format!("0 0 {WIDTH} 32")} preserveAspectRatio="none" aria-hidden="true">
                <rect key="ground" class="track-ground" x="0" y="14" width={WIDTH.to_string()} height="4" />
                <rect key="passed" class="track-passed" x="0" y="14" width={x(now).to_string()} height="4" />
                <Marks key="marks" marks={props.view.marks.clone()} events={props.events.clone()} {end} />
                <line key="now" class="track-now" x1={x(now).to_string()} x2={x(now).to_string()} y1="4" y2="28" />
            </svg>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct MarksProps {
    marks: Rc<Vec<Mark>>,
    events: Rc<Vec<EventView>>,
    end: u64,
}

/// Changes and warnings as one path each, since there may be thousands; what the reader did as a line each, with its
/// words.
#[component]
fn Marks(props: &MarksProps) -> Html {
    let x = |at: u64| if props.end == 0 { 0.0 } else { (WIDTH * at as f64 / props.end as f64).round() };
    let warnings: String = props
        .events
        .iter()
        .filter(|event| event.is_warning)
        .map(|event| format!("M{} 25v6", x(event.at)))
        .collect();
    let mut changes = String::new();
    let mut last = -1.0;
    for mark in props.marks.iter().filter(|mark| mark.label.is_empty()) {
        let at = x(mark.at);
        // Two changes on the same unit look like one.
        if at > last {
            changes.push_str(&format!("M{at} 11v10"));
            last = at;
        }
    }
    html! {
        <g>
            <path key="changes" class="track-change" d={changes} />
            <path key="warnings" class="track-warning" d={warnings} />
            { for props.marks.iter().enumerate().filter(|(_, mark)| !mark.label.is_empty()).map(|(index, mark)| html! {
                <line key={index} class="track-action" x1={x(mark.at).to_string()} x2={x(mark.at).to_string()} y1="7" y2="25">
                    <title>{ format!("{} {}", clock(mark.at), mark.label) }</title>
                </line>
            }) }
        </g>
    }
}
