//! The page as a whole: state, what happens on its own (rendering, saving, time), and where the parts stand.

use std::rc::Rc;

use gloo::events::EventListener;
use serde_json::Value;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::bring::{DropZone, bring, fresh};
use super::cluster::{Cluster, ClusterView, use_clock, use_cluster};
use super::drawer::{Details, Events, Problems, UpgradePreview};
use super::gallery::{Gallery, OwnChange};
use super::header::{ApplyState, Header};
use super::help::Help;
use super::icon::Icon;
use super::keys::use_shortcuts;
use super::model::inputs::{Edit, Inputs};
use super::model::object::ObjectKey;
use super::model::offer;
use super::model::problem::{File, counts};
use super::model::settings::{DrawerTab, NarrowView, SourceTab};
use super::model::upgrade::{Upgrade, changed_documents};
use super::model::workbench;
use super::notice::{Announcer, EmptyCluster, Notices, ReleaseBar, Replaying};
use super::persist;
use super::request::{Request, use_requests};
use super::source::Source;
use super::splitter::Splitter;
use super::state::{Change, Dispatch, Notice, NoticeKind, Open, Playground};
use super::tabs::{Tab, Tabs};
use super::timeline::{TimeRequest, Timeline};
use super::topology::TopologyView;
use super::tracer::Tracer;
use crate::platform::{BrowserStorage, Handed, StorageError, after_paint, keep_for_rescue, milliseconds};
use crate::session::Action;

/// Milliseconds after the last change until inputs and settings are saved.
const SAVE_AFTER: u32 = 250;
/// A render that took longer than this, in milliseconds, makes one that follows it closely wait.
const SLOW_RENDER: f64 = 8.0;

fn first_state() -> Playground {
    let (settings, theme) = persist::load_settings(&BrowserStorage);
    let inputs = fresh(persist::load_inputs(&BrowserStorage, &settings.chart));
    Playground::new(settings, theme, inputs, persist::load_own_cards(&BrowserStorage))
}

#[component]
pub(super) fn App() -> Html {
    let state = use_reducer_eq(first_state);
    let dispatch = state.dispatcher();
    let cluster = use_cluster(|| persist::load_session(&BrowserStorage));
    let page = use_node_ref();

    let workbench = use_state(Tracer::default);
    use_rendering(&state, &workbench, &dispatch);
    use_saving(&state, &dispatch);
    use_saving_session(&cluster, &dispatch);
    use_look(&state, &page);
    use_installed(&cluster.view, &state.inputs, &dispatch);
    use_clock(&cluster, state.playing, state.settings.speed);

    let apply_state = apply_state(&state, &cluster.view);
    let act = use_act(&cluster, &dispatch);
    let on_apply = {
        let (act, dispatch, state, can) =
            (act.clone(), dispatch.clone(), (*state).clone(), apply_state.can_apply());
        let workbench = (*workbench).clone();
        Callback::from(move |()| {
            // What is applied is what the reader typed last, even before it is shown.
            let rendering = if state.is_rendering {
                workbench.attempt(&state.inputs).rendering
            } else {
                state.attempt.rendering.clone()
            };
            if let (true, Some(rendering)) = (can || state.is_rendering, rendering) {
                act.emit(workbench::apply(&state.inputs, &rendering));
                dispatch.dispatch(Change::ShowNarrow(NarrowView::Cluster));
            }
        })
    };
    let on_time = {
        let (cluster, dispatch) = (cluster.clone(), dispatch.clone());
        Callback::from(move |request: TimeRequest| match request {
            TimeRequest::Play(playing) => dispatch.dispatch(Change::SetPlaying(playing)),
            TimeRequest::Speed(speed) => dispatch.dispatch(Change::SetSpeed(speed)),
            TimeRequest::Step(forward) => {
                dispatch.dispatch(Change::SetPlaying(false));
                cluster.step(forward);
            }
            TimeRequest::Seek(at) => {
                dispatch.dispatch(Change::SetPlaying(false));
                cluster.seek(at);
            }
            TimeRequest::Skip(true) => cluster.skip(),
            TimeRequest::Skip(false) => cluster.stop(),
            TimeRequest::Course(index) => cluster.take_course(index),
        })
    };
    let on_try = {
        let cluster = cluster.clone();
        Callback::from(move |action: Rc<Action>| cluster.preview(&action).map(Rc::new))
    };
    let on_managed = {
        let cluster = cluster.clone();
        Callback::from(move |key: ObjectKey| cluster.managed_fields(&key))
    };
    let on_start_over = {
        let (cluster, dispatch) = (cluster.clone(), dispatch.clone());
        Callback::from(move |()| {
            cluster.reset();
            dispatch.dispatch(Change::SetPlaying(false));
            dispatch.dispatch(Change::Deselect);
        })
    };
    let (on_request, over) = use_requests(&cluster, &act, &on_start_over, &state, &workbench, &dispatch);
    let on_uninstall = {
        let release = state.inputs.release.clone();
        on_request.reform(move |()| Request::Take(offer::uninstall(&release)))
    };
    let on_reset = on_request.reform(|()| Request::Take(offer::start_over()));
    use_shortcuts({
        let (dispatch, on_apply, on_time, playing) =
            (dispatch.clone(), on_apply.clone(), on_time.clone(), state.playing);
        Callback::from(move |key: String| {
            match key.as_str() {
                "?" => dispatch.dispatch(Change::Dialog(Some(Open::Help))),
                "1" => dispatch.dispatch(Change::ShowSource(SourceTab::Form)),
                "2" => dispatch.dispatch(Change::ShowSource(SourceTab::Text)),
                "3" => dispatch.dispatch(Change::ShowSource(SourceTab::Chart)),
                "4" => dispatch.dispatch(Change::ShowSource(SourceTab::Manifests)),
                " " => on_time.emit(TimeRequest::Play(!playing)),
                "." => on_time.emit(TimeRequest::Step(true)),
                "," => on_time.emit(TimeRequest::Step(false)),
                "a" => on_apply.emit(()),
                _ => return false,
            }
            true
        })
    });

    let open_chart = {
        let (dispatch, kept) = (dispatch.clone(), state.kept.clone());
        Callback::from(move |id: AttrValue| {
            let inputs = kept.get(&*id).map(|inputs| (**inputs).clone());
            let inputs = inputs.unwrap_or_else(|| persist::load_inputs(&BrowserStorage, &id));
            dispatch.dispatch(Change::OpenChart(fresh(inputs)));
        })
    };
    let on_hand = {
        let dispatch = dispatch.clone();
        Callback::from(move |handed: Handed| bring(handed, dispatch.clone()))
    };
    let on_own = {
        let dispatch = dispatch.clone();
        // What storage refuses here holds until the reload; the notice about storage has said so.
        Callback::from(move |change: OwnChange| match change {
            OwnChange::Rename(id, title) => {
                let _ = persist::rename_own(&BrowserStorage, &id, &title);
                dispatch.dispatch(Change::RenameOwn(id, title));
            }
            OwnChange::Remove(id) => {
                let _ = persist::remove_own(&BrowserStorage, &id);
                let instead = fresh(persist::load_inputs(&BrowserStorage, ""));
                dispatch.dispatch(Change::RemoveOwn(id, instead));
            }
        })
    };
    let settings = &state.settings;
    let narrow = match settings.narrow {
        NarrowView::Source => "source",
        NarrowView::Cluster => "cluster",
        NarrowView::Drawer => "drawer",
    };
    let resize = |change: fn(f64) -> Change| {
        let dispatch = dispatch.clone();
        Callback::from(move |share: f64| dispatch.dispatch(change(share)))
    };
    let view = &cluster.view;
    let shared = Rc::new((*state).clone());
    let on_arrange = {
        let dispatch = dispatch.clone();
        Callback::from(move |by_node| dispatch.dispatch(Change::Arrange(by_node)))
    };
    html! {
        <div class="page" ref={page} data-narrow={narrow}>
            <Header
                key="header"
                title={state.title()}
                release={format!("release {} in {}", state.inputs.release, state.inputs.namespace)}
                theme={state.theme}
                apply={apply_state.clone()}
                is_installed={view.releases.iter().any(|release| *release.name == *state.inputs.release)}
                dispatch={dispatch.clone()}
                on_apply={on_apply.clone()}
                {on_uninstall}
                {on_reset}
            />
            <Notices key="notices" notices={state.notices.clone()} dispatch={dispatch.clone()} />
            <main key="workspace" class="workspace">
                <Source key="source" state={shared.clone()} workbench={(*workbench).clone()} dispatch={dispatch.clone()} />
                <Splitter key="columns" label="Width of the chart pane" share={settings.source_share} on_share={resize(Change::ResizeSource)} />
                <div key="cluster" class="cluster">
                    <section key="topology" class="pane topology" id="topology" aria-label="Cluster">
                        <ReleaseBar key="release" releases={view.releases.clone()} name={state.inputs.release.to_string()} />
                        <div key="body" class="topology-body">
                            if let Some(percent) = view.replayed {
                                <Replaying key="replaying" {percent} />
                            } else if view.moment.topology.is_empty() {
                                <EmptyCluster key="empty" apply={apply_state.clone()} is_untouched={view.is_untouched} on_apply={on_apply.clone()} />
                            } else {
                                <TopologyView
                                    key="picture"
                                    topology={view.moment.topology.clone()}
                                    selected={state.selected.clone()}
                                    by_node={settings.by_node}
                                    on_arrange={on_arrange}
                                    on_request={on_request.clone()}
                                />
                            }
                        </div>
                    </section>
                    <Splitter key="rows" label="Height of the drawer" rows=true counts_from_end=true share={settings.drawer_share} on_share={resize(Change::ResizeDrawer)} />
                    <Drawer key="drawer" state={shared} view={(**view).clone()} workbench={(*workbench).clone()} dispatch={dispatch.clone()} apply={apply_state} {on_apply} {on_try} {on_managed} {on_request} />
                </div>
            </main>
            <Timeline key="timeline" view={view.timeline.clone()} events={view.moment.events.clone()} courses={view.courses.clone()} is_skipping={view.is_skipping} playing={state.playing} speed={settings.speed} on_request={on_time} />
            <nav key="narrow" class="narrow-tabs" aria-label="Parts of the page">
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Source, Icon::Values, "Chart") }
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Cluster, Icon::Cluster, "Cluster") }
                { narrow_tab(&dispatch, settings.narrow, NarrowView::Drawer, Icon::List, "Details") }
            </nav>
            <Announcer key="announcer" topology={view.moment.topology.clone()} />
            <DropZone key="drop" on_hand={on_hand.clone()} />
            <div key="over">{ over }</div>
            <div key="dialog">
                { match state.dialog {
                    Some(Open::Gallery) => html! { <Gallery key="gallery" inputs={state.inputs.clone()} own={state.own.clone()} rendering={state.attempt.rendering.clone()} dispatch={dispatch.clone()} on_open={open_chart} on_hand={on_hand.clone()} {on_own} /> },
                    Some(Open::Help) => {
                        let dispatch = dispatch.clone();
                        html! { <Help key="help" on_close={Callback::from(move |()| dispatch.dispatch(Change::Dialog(None)))} /> }
                    }
                    None => html! { <span key="none" hidden=true /> },
                } }
            </div>
        </div>
    }
}

/// What applying would do now.
fn apply_state(state: &Playground, view: &ClusterView) -> ApplyState {
    let Some(rendering) = &state.attempt.rendering else {
        let reason =
            if state.attempt.problems.is_empty() { "Rendering…" } else { "The chart does not render" };
        return ApplyState::Blocked(reason.into());
    };
    match view.releases.iter().find(|release| *release.name == *state.inputs.release) {
        None => ApplyState::Install,
        Some(release) if release.manifest == rendering.manifest => ApplyState::Applied,
        Some(_) => ApplyState::Upgrade,
    }
}

/// Acts in the cluster, lets its time pass, and says what was refused.
#[hook]
fn use_act(cluster: &Cluster, dispatch: &Dispatch) -> Callback<Action> {
    let (cluster, dispatch) = (cluster.clone(), dispatch.clone());
    Callback::from(move |action: Action| {
        let is_visit = matches!(action, Action::Visit { .. });
        let outcome = cluster.act(action);
        // What else is done shows in the picture.
        for message in outcome.messages.into_iter().filter(|_| is_visit) {
            dispatch.dispatch(Change::Notify(Notice { kind: NoticeKind::Info, text: message.into() }));
        }
        for refusal in outcome.refusals {
            dispatch.dispatch(Change::Notify(Notice { kind: NoticeKind::Error, text: refusal.into() }));
        }
        dispatch.dispatch(Change::SetPlaying(true));
    })
}

fn narrow_tab(
    dispatch: &Dispatch,
    chosen: NarrowView,
    view: NarrowView,
    icon: Icon,
    name: &'static str,
) -> Html {
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::ShowNarrow(view)));
    html! {
        <button key={name} type="button" class="narrow-tab" aria-current={(chosen == view).then_some("page")} {onclick}>{ icon.draw() }{ name }</button>
    }
}

#[derive(Properties, PartialEq)]
struct DrawerProps {
    state: Rc<Playground>,
    view: Rc<ClusterView>,
    workbench: Tracer,
    dispatch: Dispatch,
    apply: ApplyState,
    on_apply: Callback<()>,
    on_try: Callback<Rc<Action>, Option<Rc<Upgrade>>>,
    on_managed: Callback<ObjectKey, Option<Rc<Value>>>,
    on_request: Callback<Request>,
}

#[component]
fn Drawer(props: &DrawerProps) -> Html {
    let (state, view) = (&props.state, &props.view);
    let tab = state.settings.drawer;
    let problems = Tab::new(DrawerTab::Problems, "Problems").with_counts(counts(&*state.attempt.problems));
    let rendering = state.attempt.rendering.clone();
    let installed = view.releases.iter().find(|release| *release.name == *state.inputs.release);
    let pending = {
        let installed = installed.map(|release| release.manifest.clone()).unwrap_or_default();
        use_memo((installed, rendering.clone()), |(installed, rendering)| {
            rendering.as_ref().map_or(0, |rendering| changed_documents(installed, &rendering.manifest))
        })
    };
    let name = if installed.is_some() { "Upgrade" } else { "Install" };
    let preview = Tab::new(DrawerTab::Upgrade, name).with_count(*pending, "");
    let action = {
        // Only while it is looked at.
        let given = (tab == DrawerTab::Upgrade).then(|| (state.inputs.clone(), rendering.clone()));
        use_memo(given, |given| {
            let (inputs, rendering) = given.as_ref()?;
            Some(Rc::new(workbench::apply(inputs, rendering.as_ref()?)))
        })
    };
    let tabs = vec![
        Tab::new(DrawerTab::Details, "Details"),
        Tab::new(DrawerTab::Events, "Events"),
        problems,
        preview,
    ];
    let choose = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |tab| dispatch.dispatch(Change::ShowDrawer(tab)))
    };
    let open = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |(file, line, column): (File, u32, u32)| {
            dispatch.dispatch(Change::Reveal(file, line, column))
        })
    };
    let select = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |key: ObjectKey| dispatch.dispatch(Change::Select(Some(key))))
    };
    let object = state.selected.as_ref().and_then(|key| view.moment.object(key)).cloned();
    html! {
        <section class="pane drawer" aria-label="Details, events, problems and upgrade">
            <div key="head" class="pane-head">
                <Tabs<DrawerTab> label="Details, events and problems" id="drawer" {tabs} chosen={tab} on_choose={choose} />
            </div>
            <div key="body" class="drawer-body" role="tabpanel" id="drawer-panel" aria-labelledby={format!("drawer-tab-{}", tab as usize)}>
                { match tab {
                    DrawerTab::Details => html! {
                        <Details key="details" selected={state.selected.clone()} {object} moment={view.moment.clone()} now={view.timeline.now} rendering={state.good.clone()} on_managed={props.on_managed.clone()} on_request={props.on_request.clone()} />
                    },
                    DrawerTab::Events => html! { <Events key="events" events={view.moment.events.clone()} now={view.timeline.now} on_select={select} /> },
                    DrawerTab::Problems => html! { <Problems key="problems" problems={state.attempt.problems.clone()} inputs={state.inputs.clone()} rendering={state.attempt.rendering.clone()} fixed={state.fixed.clone()} dispatch={props.dispatch.clone()} on_open={open} /> },
                    DrawerTab::Upgrade => html! {
                        <UpgradePreview key="upgrade" action={(*action).clone()} moment={view.timeline.cursor} on_try={props.on_try.clone()} on_apply={props.on_apply.clone()} on_request={props.on_request.clone()} can_apply={props.apply.can_apply()} />
                    },
                } }
            </div>
        </section>
    }
}

/// Renders after each change of the inputs, once the change has been painted.
#[hook]
fn use_rendering(state: &UseReducerHandle<Playground>, workbench: &Tracer, dispatch: &Dispatch) {
    // How long the last rendering took, and when it ended.
    let last = use_mut_ref(|| (0.0, 0.0));
    let (workbench, dispatch) = (workbench.clone(), dispatch.clone());
    use_effect_with(Rc::clone(&state.inputs), move |inputs| {
        let inputs = Rc::clone(inputs);
        let (took, ended) = *last.borrow();
        let workbench = workbench.clone();
        // A change after a rest is rendered at once; of those that follow it closely, so few that the page answers.
        let rest =
            if took > SLOW_RENDER { f64::min(took * 3.0, 400.0) + ended - milliseconds() } else { 0.0 };
        let task = after_paint(rest.max(0.0) as u32, move || {
            let start = milliseconds();
            let attempt = workbench.attempt(&inputs);
            let end = milliseconds();
            *last.borrow_mut() = (end - start, end);
            dispatch.dispatch(Change::Rendered(attempt));
        });
        move || drop(task)
    });
}

/// Tells the inputs which revision of their release is installed: Helm's templates may ask.
#[hook]
fn use_installed(view: &ClusterView, inputs: &Inputs, dispatch: &Dispatch) {
    let release = view.releases.iter().find(|release| *release.name == *inputs.release);
    let dispatch = dispatch.clone();
    let revision = release.map_or(0, |release| release.revision);
    use_effect_with((revision, inputs.chart.clone(), inputs.release.clone()), move |(revision, ..)| {
        dispatch.dispatch(Change::SetInstalled(*revision));
    });
}

/// Saves settings, theme and inputs a little after each change.
#[hook]
fn use_saving(state: &UseReducerHandle<Playground>, dispatch: &Dispatch) {
    let say = {
        let dispatch = dispatch.clone();
        move |result: Result<(), StorageError>| {
            if let Err(error) = result {
                let text = error.to_string().into();
                dispatch.dispatch(Change::Notify(Notice { kind: NoticeKind::Warning, text }));
            }
        }
    };
    use_effect_with(Rc::clone(&state.inputs), {
        let say = say.clone();
        move |inputs| {
            let inputs = Rc::clone(inputs);
            keep_for_rescue("values.yaml", &inputs.values);
            for (path, edit) in &inputs.edits {
                if let Edit::Text(text) = edit {
                    keep_for_rescue(path, text);
                }
            }
            let task = after_paint(SAVE_AFTER, move || say(persist::save_inputs(&BrowserStorage, &inputs)));
            move || drop(task)
        }
    });
    // What was typed within the last moment before the page goes.
    let latest = use_mut_ref(|| Rc::clone(&state.inputs));
    *latest.borrow_mut() = Rc::clone(&state.inputs);
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "pagehide", move |_| {
                // Nobody is left to read a message.
                let _ = persist::save_inputs(&BrowserStorage, &latest.borrow());
            })
        });
        move || drop(listener)
    });
    use_effect_with(Rc::clone(&state.settings), move |settings| {
        let settings = Rc::clone(settings);
        let task = after_paint(SAVE_AFTER, move || say(persist::save_settings(&BrowserStorage, &settings)));
        move || drop(task)
    });
}

/// Saves the session a little after each action or move in time. What passing time alone brings is played again.
#[hook]
fn use_saving_session(cluster: &Cluster, dispatch: &Dispatch) {
    let (cluster, dispatch) = (cluster.clone(), dispatch.clone());
    let waiting = use_mut_ref(|| None);
    use_effect_with(cluster.view.timeline.cursor, move |_| {
        if waiting.borrow().is_none() {
            let slot = waiting.clone();
            *waiting.borrow_mut() = Some(after_paint(SAVE_AFTER, move || {
                slot.borrow_mut().take();
                let Some(text) = cluster.to_text() else { return };
                if let Err(error) = persist::save_session(&BrowserStorage, &text) {
                    let text = error.to_string().into();
                    dispatch.dispatch(Change::Notify(Notice { kind: NoticeKind::Warning, text }));
                }
            }));
        }
    });
}

/// Theme and pane sizes: they go to the document by script, since inline styles are forbidden.
#[hook]
fn use_look(state: &UseReducerHandle<Playground>, page: &NodeRef) {
    use_effect_with(state.theme, |theme| {
        let root =
            web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("data-theme", theme.name());
        }
        // Without storage the theme holds until the reload; the notice about storage says so.
        let _ = persist::save_theme(&BrowserStorage, *theme);
    });
    let page = page.clone();
    use_effect_with((state.settings.source_share, state.settings.drawer_share), move |(source, drawer)| {
        if let Some(page) = page.cast::<HtmlElement>() {
            let _ = page.style().set_property("--source-share", &source.to_string());
            let _ = page.style().set_property("--drawer-share", &drawer.to_string());
        }
    });
}
