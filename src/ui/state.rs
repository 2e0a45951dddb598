//! The page's state and the one reducer that changes it.

use std::collections::BTreeMap;
use std::rc::Rc;

use yew::prelude::*;

use super::model::inputs::{Inputs, Options};
use super::model::object::ObjectKey;
use super::model::own_chart::OwnCard;
use super::model::problem::{File, Reveal};
use super::model::rendering::{Attempt, Rendering};
use super::model::settings::{DrawerTab, NarrowView, Settings, SourceTab, Theme};
use super::model::workbench;

/// A dialog over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Gallery,
    Help,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Info,
    Warning,
    Error,
}

/// Something that the reader must know, until they close it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) kind: NoticeKind,
    pub(super) text: Rc<str>,
}

/// Everything the page knows but the cluster, which [`super::cluster`] holds.
#[derive(Clone, PartialEq)]
pub(super) struct Playground {
    pub(super) settings: Rc<Settings>,
    pub(super) theme: Theme,
    pub(super) inputs: Rc<Inputs>,
    /// The inputs of charts that were open before, by chart.
    pub(super) kept: BTreeMap<Rc<str>, Rc<Inputs>>,
    /// The reader's own charts.
    pub(super) own: Rc<Vec<OwnCard>>,
    /// Whether the inputs have changed since the last try to render.
    pub(super) is_rendering: bool,
    /// What came of the last try to render.
    pub(super) attempt: Rc<Attempt>,
    /// The last render that succeeded.
    pub(super) good: Option<Rc<Rendering>>,
    /// The chart file that is open.
    pub(super) chart_file: Rc<str>,
    pub(super) reveal: Option<Reveal>,
    /// Wishes to see a place so far.
    pub(super) reveals: u64,
    pub(super) selected: Option<ObjectKey>,
    /// A fix that was just made, and the inputs before it.
    pub(super) fixed: Option<Rc<Fixed>>,
    pub(super) dialog: Option<Open>,
    pub(super) notices: Rc<Vec<Notice>>,
    pub(super) playing: bool,
}

/// A fix that can be taken back until the next change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fixed {
    /// What it did.
    pub(super) what: Rc<str>,
    /// The inputs before.
    pub(super) before: Rc<Inputs>,
}

/// What can happen.
pub(super) enum Change {
    OpenChart(Inputs),
    /// Opens a new chart of the reader's.
    AddOwn(OwnCard, Inputs),
    RenameOwn(String, String),
    /// Forgets a chart of the reader's; if it is open, this opens instead.
    RemoveOwn(String, Inputs),
    SetValues(Rc<str>),
    EditFile(Rc<str>, Rc<str>),
    RevertFile(Rc<str>),
    /// Makes a fix: the new inputs and what it does.
    Fix(Rc<Inputs>, Rc<str>),
    UndoFix,
    /// Adds a chart file and opens it.
    AddFile(Rc<str>),
    DeleteFile(Rc<str>),
    RenameFile(Rc<str>, Rc<str>),
    SetOptions(Options),
    SetRelease(Rc<str>),
    SetNamespace(Rc<str>),
    /// The revision of the release that is installed; 0 if none is.
    SetInstalled(u32),
    Rendered(Attempt),
    ShowSource(SourceTab),
    ShowFile(Rc<str>),
    ShowDrawer(DrawerTab),
    ShowNarrow(NarrowView),
    ResizeSource(f64),
    ResizeDrawer(f64),
    SetTheme(Theme),
    SetSpeed(u32),
    /// Whether pods are shown by node instead of by set.
    Arrange(bool),
    Select(Option<ObjectKey>),
    Deselect,
    /// Goes to a line and column of a text.
    Reveal(File, u32, u32),
    Dialog(Option<Open>),
    Notify(Notice),
    Dismiss(usize),
    SetPlaying(bool),
}

/// More notices than this push the oldest out.
const MOST_NOTICES: usize = 3;

impl Playground {
    fn with_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(Rc::make_mut(&mut self.settings));
    }

    fn with_inputs(&mut self, change: impl FnOnce(&mut Inputs)) {
        let before = Rc::clone(&self.inputs);
        change(Rc::make_mut(&mut self.inputs));
        if before != self.inputs {
            self.is_rendering = true;
            self.fixed = None;
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::AddOwn(card, inputs) => {
                Rc::make_mut(&mut self.own).push(card);
                self.change(Change::OpenChart(inputs));
            }
            Change::RenameOwn(id, title) => {
                for card in Rc::make_mut(&mut self.own).iter_mut().filter(|card| card.id == id) {
                    card.title.clone_from(&title);
                }
            }
            Change::RemoveOwn(id, instead) => {
                Rc::make_mut(&mut self.own).retain(|card| card.id != id);
                if *self.inputs.chart == *id {
                    let dialog = self.dialog;
                    self.change(Change::OpenChart(instead));
                    self.dialog = dialog;
                }
                self.kept.remove(id.as_str());
            }
            Change::OpenChart(inputs) => {
                let id = inputs.chart.to_string();
                self.with_settings(|settings| settings.chart = id);
                let old = std::mem::replace(&mut self.inputs, Rc::new(inputs));
                self.kept.insert(old.chart.clone(), old);
                self.is_rendering = true;
                self.fixed = None;
                self.attempt = Rc::default();
                self.good = None;
                self.reveal = None;
                self.chart_file = Rc::default();
                self.dialog = None;
            }
            Change::SetValues(values) => self.with_inputs(|inputs| inputs.values = values),
            Change::EditFile(path, text) => self.with_inputs(|inputs| inputs.write(&path, text)),
            Change::RevertFile(path) => self.with_inputs(|inputs| {
                inputs.edits.remove(&path);
            }),
            Change::Fix(inputs, what) => {
                let before = std::mem::replace(&mut self.inputs, inputs);
                self.is_rendering = true;
                self.fixed = Some(Rc::new(Fixed { what, before }));
            }
            Change::UndoFix => {
                if let Some(fixed) = self.fixed.take() {
                    self.inputs = Rc::clone(&fixed.before);
                    self.is_rendering = true;
                }
            }
            Change::AddFile(path) => {
                self.with_inputs(|inputs| inputs.write(&path, Rc::default()));
                self.chart_file = path;
            }
            Change::DeleteFile(path) => self.with_inputs(|inputs| inputs.delete(&path)),
            Change::RenameFile(from, to) => {
                self.with_inputs(|inputs| inputs.rename(&from, &to));
                self.chart_file = to;
            }
            Change::SetOptions(options) => self.with_inputs(|inputs| inputs.options = Rc::new(options)),
            Change::SetRelease(release) => self.with_inputs(|inputs| inputs.release = release),
            Change::SetInstalled(revision) => {
                if self.inputs.installed != revision {
                    // No change of the reader's: a fix can still be taken back.
                    Rc::make_mut(&mut self.inputs).installed = revision;
                    self.is_rendering = true;
                }
            }
            Change::SetNamespace(namespace) => self.with_inputs(|inputs| inputs.namespace = namespace),
            Change::Rendered(attempt) => {
                self.is_rendering = false;
                if attempt.rendering.is_some() {
                    self.good.clone_from(&attempt.rendering);
                }
                self.attempt = Rc::new(attempt);
            }
            Change::ShowSource(tab) => {
                // The wish was met; coming back must not take the keyboard.
                self.reveal = None;
                self.with_settings(|settings| settings.source = tab);
            }
            Change::ShowFile(path) => self.chart_file = path,
            Change::ShowDrawer(tab) => self.with_settings(|settings| settings.drawer = tab),
            Change::ShowNarrow(view) => self.with_settings(|settings| settings.narrow = view),
            Change::ResizeSource(share) => self.with_settings(|settings| settings.source_share = share),
            Change::ResizeDrawer(share) => self.with_settings(|settings| settings.drawer_share = share),
            Change::SetTheme(theme) => self.theme = theme,
            Change::SetSpeed(speed) => self.with_settings(|settings| settings.speed = speed),
            Change::Arrange(by_node) => self.with_settings(|settings| settings.by_node = by_node),
            Change::Select(key) => {
                self.selected = key;
                self.with_settings(|settings| {
                    settings.drawer = DrawerTab::Details;
                    settings.narrow = NarrowView::Drawer;
                });
            }
            Change::Deselect => self.selected = None,
            Change::Reveal(file, line, column) => {
                let tab = match &file {
                    File::Values => SourceTab::Text,
                    File::Chart(path) => {
                        self.chart_file = Rc::clone(path);
                        SourceTab::Chart
                    }
                    File::Manifests => SourceTab::Manifests,
                };
                self.with_settings(|settings| {
                    settings.source = tab;
                    settings.narrow = NarrowView::Source;
                });
                self.reveals += 1;
                let count = self.reveals;
                self.reveal = Some(Reveal { file, line, column, focus: true, count });
            }
            Change::Dialog(dialog) => self.dialog = dialog,
            Change::Notify(notice) => {
                let notices = Rc::make_mut(&mut self.notices);
                notices.retain(|old| *old != notice);
                notices.push(notice);
                let surplus = notices.len().saturating_sub(MOST_NOTICES);
                notices.drain(..surplus);
            }
            Change::Dismiss(index) => {
                let notices = Rc::make_mut(&mut self.notices);
                if index < notices.len() {
                    notices.remove(index);
                }
            }
            Change::SetPlaying(playing) => self.playing = playing,
        }
    }

    /// The wish to see a place, if it is in this text.
    pub(super) fn reveal_in(&self, file: &File) -> Option<Reveal> {
        self.reveal.clone().filter(|reveal| reveal.file == *file)
    }

    /// What to call the open chart.
    pub(super) fn title(&self) -> String {
        let own = self.own.iter().find(|card| *card.id == *self.inputs.chart);
        let built_in = || workbench::cards().into_iter().find(|card| *card.id == *self.inputs.chart);
        match own {
            Some(card) => card.title.clone(),
            None => built_in().map_or(String::new(), |card| format!("Lab {}: {}", card.lab, card.title)),
        }
    }

    /// An empty state with what storage remembers.
    pub(super) fn new(settings: Settings, theme: Theme, inputs: Inputs, own: Vec<OwnCard>) -> Playground {
        Playground {
            settings: Rc::new(settings),
            theme,
            inputs: Rc::new(inputs),
            kept: BTreeMap::new(),
            own: Rc::new(own),
            is_rendering: true,
            attempt: Rc::default(),
            good: None,
            chart_file: Rc::default(),
            reveal: None,
            reveals: 0,
            selected: None,
            fixed: None,
            dialog: None,
            notices: Rc::default(),
            playing: false,
        }
    }
}

impl Reducible for Playground {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut next = (*self).clone();
        next.change(change);
        if next == *self { self } else { Rc::new(next) }
    }
}

/// Sends changes to the reducer.
pub(super) type Dispatch = UseReducerDispatcher<Playground>;
