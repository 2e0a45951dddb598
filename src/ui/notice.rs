//! What the reader must know: refusals, the state of the release, the empty cluster, and changes spoken aloud.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::cluster::ReleaseView;
use super::header::ApplyState;
use super::icon::Icon;
use super::model::topology::Topology;
use super::state::{Change, Dispatch, Notice, NoticeKind};

#[derive(Properties, PartialEq)]
pub(super) struct NoticesProps {
    pub(super) notices: Rc<Vec<Notice>>,
    pub(super) dispatch: Dispatch,
}

/// Notices, each until the reader closes it.
#[component]
pub(super) fn Notices(props: &NoticesProps) -> Html {
    html! {
        <div class="notices" role="alert">
            { for props.notices.iter().enumerate().map(|(index, notice)| {
                let dispatch = props.dispatch.clone();
                let close = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Dismiss(index)));
                let (class, icon) = match notice.kind {
                    NoticeKind::Error => ("notice-error", Icon::Error),
                    NoticeKind::Warning => ("notice-warning", Icon::Warning),
                    NoticeKind::Info => ("notice-info", Icon::Info),
                };
                html! {
                    <div key={notice.text.to_string()} class={classes!("notice", class)}>
                        { icon.draw() }
                        <span key="text" class="notice-text">{ &*notice.text }</span>
                        <button key="close" type="button" class="button button-small button-icon button-quiet" aria-label="Close this message" onclick={close}>{ Icon::Close.draw() }</button>
                    </div>
                }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct ReleaseBarProps {
    pub(super) releases: Vec<ReleaseView>,
    pub(super) name: AttrValue,
}

/// Where the release stands, in Helm's words.
#[component]
pub(super) fn ReleaseBar(props: &ReleaseBarProps) -> Html {
    let Some(release) = props.releases.iter().find(|release| *release.name == *props.name) else {
        return html! { <span hidden=true /> };
    };
    let (icon, class) = match release.status {
        "deployed" => (Icon::Check, "release-good"),
        "failed" => (Icon::Error, "release-bad"),
        _ => (Icon::Wait, "release-wait"),
    };
    html! {
        <div class={classes!("release", class)} role="status">
            { icon.draw() }
            <span key="name" class="release-name">{ format!("{} revision {}", release.name, release.revision) }</span>
            <span key="status" class="release-status">{ release.status }</span>
            <span key="description" class="release-description">{ &release.description }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct EmptyClusterProps {
    pub(super) apply: ApplyState,
    pub(super) is_untouched: bool,
    pub(super) on_apply: Callback<()>,
}

/// The cluster before anything is in it: what to do first.
#[component]
pub(super) fn EmptyCluster(props: &EmptyClusterProps) -> Html {
    let (title, words) = if props.is_untouched {
        (
            "An empty cluster",
            "On the left is a chart with its values, and what Helm makes of them. Apply it, and watch its pods, claims and DNS names come alive here.",
        )
    } else {
        ("Nothing is left", "No pod, no claim, no Service. Apply the chart, or step back in time.")
    };
    let can = props.apply.can_apply();
    let on_apply = props.on_apply.reform(|_: MouseEvent| ());
    html! {
        <div class="empty empty-cluster">
            <svg key="picture" class="empty-picture" viewBox="0 0 180 96" aria-hidden="true">
                { for (0..3).map(|slot| {
                    let x = 6 + 60 * slot;
                    html! {
                        <g key={slot}>
                            <rect x={x.to_string()} y="6" width="48" height="36" rx="5" class="empty-pod" />
                            <path d={format!("M{} 42v16", x + 24)} class="empty-tie" />
                            <rect x={x.to_string()} y="58" width="48" height="20" rx="5" class="empty-claim" />
                            <text x={(x + 24).to_string()} y="29" text-anchor="middle" class="empty-ordinal">{ slot }</text>
                        </g>
                    }
                }) }
            </svg>
            <h2 key="title" class="empty-title">{ title }</h2>
            <p key="words">{ words }</p>
            if let ApplyState::Blocked(reason) = &props.apply {
                <p key="reason">{ &**reason }</p>
            } else {
                <button key="apply" type="button" class="button button-primary" disabled={!can} onclick={on_apply}>{ Icon::Play.draw() }{ "Apply to the cluster" }</button>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct ReplayingProps {
    pub(super) percent: u32,
}

/// While the last session is played again.
#[component]
pub(super) fn Replaying(props: &ReplayingProps) -> Html {
    html! {
        <div class="empty empty-cluster" role="status">
            <h2 key="title" class="empty-title">{ "Playing your last session again" }</h2>
            <progress key="progress" class="progress" max="100" value={props.percent.to_string()} aria-label="Played" />
            <p key="words">{ "Everything that you did is repeated, to the same cluster. You can edit the chart meanwhile." }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct AnnouncerProps {
    pub(super) topology: Rc<Topology>,
}

/// Milliseconds between two announcements: a screen reader must be able to end its sentence.
const ANNOUNCE_EVERY: u32 = 1500;

/// Says politely what became of pods and claims, several changes in one sentence.
#[component]
pub(super) fn Announcer(props: &AnnouncerProps) -> Html {
    let spoken = use_state_eq(AttrValue::default);
    let said: Rc<RefCell<BTreeMap<String, String>>> = use_mut_ref(BTreeMap::new);
    let waiting = use_mut_ref(|| None::<Timeout>);
    let latest = use_mut_ref(|| Rc::clone(&props.topology));
    *latest.borrow_mut() = Rc::clone(&props.topology);
    {
        let spoken = spoken.clone();
        use_effect_with(Rc::clone(&props.topology), move |_| {
            if waiting.borrow().is_some() {
                return;
            }
            let slot = waiting.clone();
            *waiting.borrow_mut() = Some(Timeout::new(ANNOUNCE_EVERY, move || {
                slot.borrow_mut().take();
                let now = states(&latest.borrow());
                let before = said.replace(now.clone());
                let mut changes: Vec<String> = now
                    .iter()
                    .filter(|(name, state)| before.get(*name) != Some(state))
                    .map(|(name, state)| format!("{name}: {state}"))
                    .collect();
                changes.extend(
                    before.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name}: gone")),
                );
                if changes.len() > 6 {
                    let more = changes.len() - 6;
                    changes.truncate(6);
                    changes.push(format!("{more} more changes"));
                }
                if !changes.is_empty() {
                    spoken.set(changes.join(", ").into());
                }
            }));
        });
    }
    html! { <div class="visually-hidden" role="status" aria-live="polite">{ (*spoken).clone() }</div> }
}

/// The state of each pod and claim in a word.
fn states(topology: &Topology) -> BTreeMap<String, String> {
    let in_sets = topology.sets.iter().flat_map(|set| &set.slots);
    let mut states = BTreeMap::new();
    let mut pods: Vec<_> = topology.loose_pods().collect();
    for slot in in_sets {
        pods.extend(&slot.pod);
        states.extend(
            slot.claims.iter().map(|claim| (format!("claim {}", claim.key.name), claim.status.clone())),
        );
    }
    for pod in pods {
        let ready = if pod.phase == super::model::topology::Phase::Ready { ", ready" } else { "" };
        states.insert(pod.key.name.clone(), format!("{}{ready}", pod.status));
    }
    states
}
