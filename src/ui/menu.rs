//! A button that opens a list of actions.

use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, Node};
use yew::prelude::*;

/// One action of a menu.
#[derive(Clone, PartialEq)]
pub(super) struct MenuItem {
    pub(super) name: AttrValue,
    /// What it does, in a sentence; may be empty.
    pub(super) note: AttrValue,
    pub(super) is_danger: bool,
    pub(super) on_choose: Callback<()>,
}

impl MenuItem {
    pub(super) fn new(
        name: impl Into<AttrValue>,
        note: impl Into<AttrValue>,
        on_choose: Callback<()>,
    ) -> MenuItem {
        MenuItem { name: name.into(), note: note.into(), is_danger: false, on_choose }
    }

    pub(super) fn danger(mut self) -> MenuItem {
        self.is_danger = true;
        self
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct MenuProps {
    pub(super) label: AttrValue,
    pub(super) items: Vec<MenuItem>,
    #[prop_or_default]
    pub(super) class: Classes,
    /// What the button shows.
    pub(super) children: Html,
}

#[component]
pub(super) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| false);
    let node = use_node_ref();

    let focus_item = {
        let node = node.clone();
        move |step: i32| {
            let Some(menu) = node.cast::<Element>() else { return };
            let Ok(items) = menu.query_selector_all("[role=menuitem]") else { return };
            let count = items.length() as i32;
            if count == 0 {
                return;
            }
            let active =
                web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
            let now = (0..count)
                .find(|index| items.item(*index as u32).as_ref() == active.as_ref().map(AsRef::as_ref));
            let next = match now {
                Some(now) => (now + step).rem_euclid(count),
                None => {
                    if step < 0 {
                        count - 1
                    } else {
                        0
                    }
                }
            };
            if let Some(item) = items.item(next as u32).and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
                let _ = item.focus();
            }
        }
    };
    {
        let (focus_item, is_open) = (focus_item.clone(), *open);
        use_effect_with(is_open, move |is_open| {
            if *is_open {
                focus_item(1);
            }
        });
    }
    let focus_button = {
        let node = node.clone();
        move || {
            let button = node.cast::<Element>().and_then(|menu| menu.query_selector("button").ok().flatten());
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    };
    let onkeydown = {
        let (open, focus_button) = (open.clone(), focus_button.clone());
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "Escape" if *open => {
                    open.set(false);
                    focus_button();
                }
                "ArrowDown" if *open => focus_item(1),
                "ArrowDown" => open.set(true),
                "ArrowUp" if *open => focus_item(-1),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let onfocusout = {
        let (open, node) = (open.clone(), node.clone());
        Callback::from(move |event: FocusEvent| {
            let next = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
            let inside =
                node.cast::<Node>().is_some_and(|menu| menu.contains(next.as_ref()) && next.is_some());
            if !inside {
                open.set(false);
            }
        })
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            open.set(!*open);
        })
    };
    html! {
        <div class="menu" ref={node} {onkeydown} {onfocusout}>
            <button
                key="button"
                type="button"
                class={classes!("button", props.class.clone())}
                aria-label={props.label.clone()}
                aria-haspopup="menu"
                aria-expanded={open.to_string()}
                onclick={toggle}
            >
                { props.children.clone() }
            </button>
            if *open {
                <div key="items" class="menu-items" role="menu" aria-label={props.label.clone()}>
                    { for props.items.iter().map(|item| {
                        let (open, on_choose, focus_button) = (open.clone(), item.on_choose.clone(), focus_button.clone());
                        let onclick = Callback::from(move |event: MouseEvent| {
                            event.stop_propagation();
                            open.set(false);
                            focus_button();
                            on_choose.emit(());
                        });
                        html! {
                            <button
                                key={item.name.to_string()}
                                type="button"
                                role="menuitem"
                                tabindex="-1"
                                class={classes!("menu-item", item.is_danger.then_some("menu-item-danger"))}
                                {onclick}
                            >
                                <span key="name" class="menu-item-name">{ item.name.clone() }</span>
                                <span key="note" class="menu-item-note">{ item.note.clone() }</span>
                            </button>
                        }
                    }) }
                </div>
            } else {
                <div key="no-items" hidden=true />
            }
        </div>
    }
}
