//! A list of actions that floats over the page, and a button that opens one.

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

/// Beside what a menu opens, in pixels of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Anchor {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Anchor {
    /// A place, such as where the pointer is.
    pub(super) fn point(x: i32, y: i32) -> Anchor {
        let (x, y) = (f64::from(x), f64::from(y));
        Anchor { left: x, right: x, top: y, bottom: y }
    }

    /// An element.
    pub(super) fn element(element: &Element) -> Anchor {
        let area = element.get_bounding_client_rect();
        Anchor { left: area.left(), right: area.right(), top: area.top(), bottom: area.bottom() }
    }

    /// What was clicked.
    pub(super) fn of_click(event: &MouseEvent) -> Anchor {
        let button = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        button.map_or_else(|| Anchor::point(event.client_x(), event.client_y()), |it| Anchor::element(&it))
    }

    /// Puts a menu below, or above where there is no room, inside the window.
    fn place(self, menu: &HtmlElement) {
        const GAP: f64 = 4.0;
        let Some(window) = web_sys::window() else { return };
        let size =
            |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
        let (wide, high) = (size(window.inner_width()), size(window.inner_height()));
        let (width, height) = (f64::from(menu.offset_width()), f64::from(menu.offset_height()));
        let x = if self.left == self.right { self.left } else { self.right - width };
        let below = self.bottom + GAP;
        let above = self.top - GAP - height;
        let y = if below + height + GAP <= high || above < GAP { below } else { above };
        for (name, at, most) in [("left", x, wide - width), ("top", y, high - height)] {
            let at = at.min(most - GAP).max(GAP);
            let _ = menu.style().set_property(name, &format!("{at}px"));
        }
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct MenuListProps {
    pub(super) label: AttrValue,
    pub(super) items: Vec<MenuItem>,
    pub(super) anchor: Anchor,
    pub(super) on_close: Callback<()>,
}

/// The list. The keyboard is in it while it is open, and goes back to where it was.
#[component]
pub(super) fn MenuList(props: &MenuListProps) -> Html {
    let node = use_node_ref();
    let opener = use_mut_ref(active_element);
    {
        let node = node.clone();
        use_effect_with(props.anchor, move |anchor| {
            if let Some(menu) = node.cast::<HtmlElement>() {
                anchor.place(&menu);
                walk(&menu, 1);
            }
        });
    }
    let close = {
        let on_close = props.on_close.clone();
        move || {
            if let Some(opener) = opener.borrow_mut().take() {
                let _ = opener.focus();
            }
            on_close.emit(());
        }
    };
    let onkeydown = {
        let (node, close) = (node.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(menu) = node.cast::<HtmlElement>() else { return };
            match event.key().as_str() {
                "Escape" | "Tab" => close(),
                "ArrowDown" => walk(&menu, 1),
                "ArrowUp" => walk(&menu, -1),
                "Home" => focus_item(&menu, 0),
                "End" => focus_item(&menu, -1),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let onfocusout = {
        let (node, on_close) = (node.clone(), props.on_close.clone());
        Callback::from(move |event: FocusEvent| {
            let next = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
            if !node.cast::<Node>().is_some_and(|menu| next.is_some() && menu.contains(next.as_ref())) {
                on_close.emit(());
            }
        })
    };
    html! {
        <div ref={node} class="menu-items" role="menu" aria-label={props.label.clone()} {onkeydown} {onfocusout}>
            { for props.items.iter().map(|item| {
                let (close, on_choose) = (close.clone(), item.on_choose.clone());
                let onclick = Callback::from(move |event: MouseEvent| {
                    event.stop_propagation();
                    close();
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
    }
}

fn active_element() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}

/// Goes so many items on from the one that has the keyboard, round and round.
fn walk(menu: &HtmlElement, step: i32) {
    let Ok(items) = menu.query_selector_all("[role=menuitem]") else { return };
    let active = active_element();
    let now = (0..items.length())
        .find(|index| items.item(*index).as_ref() == active.as_ref().map(AsRef::<Node>::as_ref));
    match now {
        Some(now) => focus_item(menu, now as i32 + step),
        None => focus_item(menu, if step < 0 { -1 } else { 0 }),
    }
}

fn focus_item(menu: &HtmlElement, index: i32) {
    let Ok(items) = menu.query_selector_all("[role=menuitem]") else { return };
    let count = items.length() as i32;
    if count > 0
        && let Some(item) = items.item(index.rem_euclid(count) as u32)
        && let Ok(item) = item.dyn_into::<HtmlElement>()
    {
        let _ = item.focus();
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

/// A button that opens a menu.
#[component]
pub(super) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| None::<Anchor>);
    let toggle = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            open.set(if open.is_some() { None } else { Some(Anchor::of_click(&event)) });
        })
    };
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if let ("ArrowDown", Some(button)) =
                (event.key().as_str(), event.target_dyn_into::<HtmlElement>())
            {
                event.prevent_default();
                open.set(Some(Anchor::element(&button)));
            }
        })
    };
    let on_close = {
        let open = open.clone();
        Callback::from(move |()| open.set(None))
    };
    html! {
        <div class="menu">
            <button
                key="button"
                type="button"
                class={classes!("button", props.class.clone())}
                aria-label={props.label.clone()}
                aria-haspopup="menu"
                aria-expanded={open.is_some().to_string()}
                onclick={toggle}
                {onkeydown}
            >
                { props.children.clone() }
            </button>
            if let Some(anchor) = *open {
                <MenuList key="items" label={props.label.clone()} items={props.items.clone()} {anchor} {on_close} />
            } else {
                <span key="no-items" hidden=true />
            }
        </div>
    }
}
