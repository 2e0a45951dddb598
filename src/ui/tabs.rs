//! A row of tabs, one of them chosen: arrow keys move as in every tab list.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// One tab.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tab<T> {
    pub(super) value: T,
    pub(super) name: &'static str,
    /// A count beside the name and its colour's class; 0 shows none.
    pub(super) count: usize,
    pub(super) count_class: &'static str,
}

impl<T> Tab<T> {
    pub(super) fn new(value: T, name: &'static str) -> Tab<T> {
        Tab { value, name, count: 0, count_class: "" }
    }

    pub(super) fn with_count(mut self, count: usize, class: &'static str) -> Tab<T> {
        self.count = count;
        self.count_class = class;
        self
    }

    /// How many findings refuse, warn and advise: the gravest that there are.
    pub(super) fn with_counts(self, counts: [usize; 3]) -> Tab<T> {
        match counts {
            [0, 0, advice] => self.with_count(advice, "badge-advice"),
            [0, warnings, _] => self.with_count(warnings, "badge-warning"),
            [errors, ..] => self.with_count(errors, "badge-error"),
        }
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct TabsProps<T: Copy + PartialEq + 'static> {
    /// What the tabs choose.
    pub(super) label: &'static str,
    /// The start of the ids of tabs; `<id>-panel` names the panel that they fill.
    pub(super) id: &'static str,
    pub(super) tabs: Vec<Tab<T>>,
    pub(super) chosen: T,
    pub(super) on_choose: Callback<T>,
}

#[component]
pub(super) fn Tabs<T: Copy + PartialEq + 'static>(props: &TabsProps<T>) -> Html {
    let list = use_node_ref();
    let chosen = props.tabs.iter().position(|tab| tab.value == props.chosen).unwrap_or(0);
    let onkeydown = {
        let (list, values, on_choose) = (
            list.clone(),
            props.tabs.iter().map(|tab| tab.value).collect::<Vec<_>>(),
            props.on_choose.clone(),
        );
        Callback::from(move |event: KeyboardEvent| {
            let last = values.len().saturating_sub(1);
            let next = match event.key().as_str() {
                "ArrowRight" => {
                    if chosen == last {
                        0
                    } else {
                        chosen + 1
                    }
                }
                "ArrowLeft" => {
                    if chosen == 0 {
                        last
                    } else {
                        chosen - 1
                    }
                }
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(values[next]);
            let tab = list.cast::<web_sys::Element>().and_then(|list| list.children().item(next as u32));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                let _ = tab.focus();
            }
        })
    };
    html! {
        <div class="tabs" role="tablist" aria-label={props.label} ref={list} {onkeydown}>
            { for props.tabs.iter().enumerate().map(|(index, tab)| {
                let (value, on_choose) = (tab.value, props.on_choose.clone());
                let selected = index == chosen;
                html! {
                    <button
                        key={tab.name}
                        type="button"
                        role="tab"
                        class="tab"
                        id={format!("{}-tab-{index}", props.id)}
                        aria-selected={selected.to_string()}
                        aria-controls={format!("{}-panel", props.id)}
                        tabindex={if selected { "0" } else { "-1" }}
                        onclick={Callback::from(move |_| on_choose.emit(value))}
                    >
                        <span key="name">{ tab.name }</span>
                        if tab.count > 0 {
                            <span key="count" class={classes!("badge", tab.count_class)}>{ tab.count }</span>
                        } else {
                            <span key="no-count" hidden=true />
                        }
                    </button>
                }
            }) }
        </div>
    }
}
