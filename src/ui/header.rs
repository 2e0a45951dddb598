//! The page's head: its name, the chart and release, what to do with them, and the reader's own switches.

use std::rc::Rc;

use yew::prelude::*;

use super::icon::Icon;
use super::menu::{Menu, MenuItem};
use super::model::settings::{DrawerTab, NarrowView, Theme};
use super::state::{Change, Dispatch, Open};

/// What applying would do now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ApplyState {
    /// There is nothing to apply: the reason.
    Blocked(Rc<str>),
    /// The release is not installed.
    Install,
    /// The release is installed and would change.
    Upgrade,
    /// What is rendered is what is installed.
    Applied,
}

impl ApplyState {
    /// Whether applying would do something.
    pub(super) fn can_apply(&self) -> bool {
        matches!(self, ApplyState::Install | ApplyState::Upgrade)
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct HeaderProps {
    pub(super) title: AttrValue,
    pub(super) release: AttrValue,
    pub(super) theme: Theme,
    pub(super) apply: ApplyState,
    /// Whether there is a release to uninstall.
    pub(super) is_installed: bool,
    pub(super) dispatch: Dispatch,
    pub(super) on_apply: Callback<()>,
    pub(super) on_uninstall: Callback<()>,
    pub(super) on_reset: Callback<()>,
}

#[component]
pub(super) fn Header(props: &HeaderProps) -> Html {
    let send = |dialog: Open| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Dialog(Some(dialog))))
    };
    let mut items = Vec::new();
    if props.is_installed {
        items.push(
            MenuItem::new(
                "Uninstall the release",
                "helm uninstall: what the chart made goes, claims stay.",
                props.on_uninstall.clone(),
            )
            .danger(),
        );
    }
    items.push(
        MenuItem::new(
            "Start over",
            "A fresh cluster at time zero. Values and chart stay.",
            props.on_reset.clone(),
        )
        .danger(),
    );
    let open_help = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Change::Dialog(Some(Open::Help))))
    };
    items.push(MenuItem::new("Help", "Keyboard shortcuts, and what this is.", open_help));
    html! {
        <header class="header">
            <h1 key="brand" class="brand">
                <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
                    <rect class="brand-ground" width="32" height="32" rx="7" />
                    <g fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round">
                        <path d="M6 8h5v7H6zM13.500 8h5v7h-5z" fill="#fff" />
                        <path d="M21 8h5v7h-5z" stroke-dasharray="2 1.600" />
                        <path d="M8.500 15v4M16 15v4M23.500 15v4M6 19.500h5v5H6zM13.500 19.500h5v5h-5zM21 19.500h5v5h-5z" />
                    </g>
                </svg>
                <span class="brand-name">{ "StatefulSet Playground" }</span>
            </h1>
            <button key="chart" type="button" class="chart-button" aria-haspopup="dialog" onclick={send(Open::Gallery)}>
                <span key="words" class="chart-button-words">
                    <span class="visually-hidden">{ "Chart and release: " }</span>
                    <span class="chart-button-title">{ props.title.clone() }</span>
                    <span class="chart-button-release">{ props.release.clone() }</span>
                </span>
                { Icon::Chevron.draw() }
            </button>
            <span key="space" class="header-space" />
            <div key="actions" class="header-actions">
                <Apply key="apply" state={props.apply.clone()} dispatch={props.dispatch.clone()} on_apply={props.on_apply.clone()} />
                <Menu key="more" label="More actions" class={classes!("button-quiet", "button-icon")} {items}>{ Icon::Dots.draw() }</Menu>
                <span key="divider" class="header-divider" />
                <button key="help" type="button" class="button button-quiet button-icon header-help" aria-label="Help and keyboard shortcuts" onclick={send(Open::Help)}>{ Icon::Help.draw() }</button>
                <ThemeSwitch key="theme" theme={props.theme} dispatch={props.dispatch.clone()} />
            </div>
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct ApplyProps {
    state: ApplyState,
    dispatch: Dispatch,
    on_apply: Callback<()>,
}

#[component]
fn Apply(props: &ApplyProps) -> Html {
    let (name, state, can) = match &props.state {
        ApplyState::Blocked(reason) => ("Apply", reason.to_string(), false),
        ApplyState::Install => ("Apply", "Not installed".to_owned(), true),
        ApplyState::Upgrade => ("Upgrade", "Changes not applied".to_owned(), true),
        ApplyState::Applied => ("Applied", String::new(), false),
    };
    let preview = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Change::ShowDrawer(DrawerTab::Upgrade));
            dispatch.dispatch(Change::ShowNarrow(NarrowView::Drawer));
        })
    };
    let on_apply = props.on_apply.clone();
    // It stays focusable while it can do nothing: the focus must not fall off the page after a click.
    let onclick = Callback::from(move |_: MouseEvent| {
        if can {
            on_apply.emit(());
        }
    });
    html! {
        <div class="apply">
            <span key="state" class="apply-state" id="apply-state">{ state }</span>
            <button key="preview" type="button" class="button button-quiet apply-preview" hidden={!can} onclick={preview}>{ "Preview" }</button>
            <button
                key="apply"
                type="button"
                class={classes!("button", can.then_some("button-primary"))}
                aria-disabled={(!can).to_string()}
                aria-describedby="apply-state"
                {onclick}
            >
                { if props.state == ApplyState::Applied { Icon::Check.draw() } else { Icon::Play.draw() } }
                { name }
            </button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ThemeSwitchProps {
    theme: Theme,
    dispatch: Dispatch,
}

#[component]
fn ThemeSwitch(props: &ThemeSwitchProps) -> Html {
    let (icon, name, next) = match props.theme {
        Theme::Auto => (Icon::Auto, "as the system", Theme::Light),
        Theme::Light => (Icon::Sun, "light", Theme::Dark),
        Theme::Dark => (Icon::Moon, "dark", Theme::Auto),
    };
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::SetTheme(next)));
    let label = format!("Theme: {name}");
    html! {
        <button type="button" class="button button-quiet button-icon" aria-label={label.clone()} title={label} {onclick}>{ icon.draw() }</button>
    }
}
