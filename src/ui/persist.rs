//! What outlives a reload: settings, theme, the inputs of each chart.

use std::rc::Rc;

use super::model::inputs::Inputs;
use super::model::own_chart::{ID_PREFIX, OwnCard, OwnChart};
use super::model::settings::{Settings, Theme};
use super::model::workbench;
use crate::platform::{Storage, StorageError};
use crate::session::StoredSession;

const SETTINGS: &str = "settings";
const THEME: &str = "theme";
const SESSION: &str = "session";
const OWN_CHARTS: &str = "own-charts";

fn inputs_name(chart: &str) -> String {
    format!("chart/{chart}")
}

/// The settings and the theme of the last visit, or the first ones.
pub(super) fn load_settings(storage: &dyn Storage) -> (Settings, Theme) {
    let settings =
        storage.read(SETTINGS).ok().flatten().map(|text| Settings::from_text(&text)).unwrap_or_default();
    let theme = match storage.read(THEME).ok().flatten().as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::Auto,
    };
    (settings, theme)
}

/// The inputs of a chart as the reader left them, or as the chart starts.
pub(super) fn load_inputs(storage: &dyn Storage, chart: &str) -> Inputs {
    let own = load_own(storage, chart).map(|own| (chart, own.files));
    let (chart, files) = own.unwrap_or_else(|| workbench::built_in(chart));
    let stored = storage.read(&inputs_name(chart)).ok().flatten();
    let stored = stored.and_then(|text| Inputs::from_text(chart, Rc::clone(&files), &text));
    stored.unwrap_or_else(|| workbench::first_inputs(chart, files))
}

/// Keeps the settings.
pub(super) fn save_settings(storage: &dyn Storage, settings: &Settings) -> Result<(), StorageError> {
    storage.write(SETTINGS, &settings.to_text())
}

/// Keeps the theme; the script that starts the page reads it too.
pub(super) fn save_theme(storage: &dyn Storage, theme: Theme) -> Result<(), StorageError> {
    match theme {
        Theme::Auto => storage.remove(THEME),
        chosen => storage.write(THEME, chosen.name()),
    }
}

/// Keeps the inputs of a chart.
pub(super) fn save_inputs(storage: &dyn Storage, inputs: &Inputs) -> Result<(), StorageError> {
    storage.write(&inputs_name(&inputs.chart), &inputs.to_text())
}

fn own_name(id: &str) -> String {
    format!("own/{id}")
}

/// The reader's own charts, as the gallery lists them.
pub(super) fn load_own_cards(storage: &dyn Storage) -> Vec<OwnCard> {
    let text = storage.read(OWN_CHARTS).ok().flatten().unwrap_or_default();
    let mut cards: Vec<OwnCard> = serde_json::from_str(&text).unwrap_or_default();
    cards.retain(|card| card.id.starts_with(ID_PREFIX));
    cards
}

/// Changes the list of own charts: the stored one, which another page of the same browser may have changed too.
fn change_own_cards(
    storage: &dyn Storage,
    change: impl FnOnce(&mut Vec<OwnCard>),
) -> Result<(), StorageError> {
    let mut cards = load_own_cards(storage);
    change(&mut cards);
    storage.write(OWN_CHARTS, &serde_json::to_string(&cards).unwrap_or_default())
}

fn load_own(storage: &dyn Storage, id: &str) -> Option<OwnChart> {
    OwnChart::from_text(&storage.read(&own_name(id)).ok()??)
}

/// Keeps a chart of the reader's, as it came.
pub(super) fn save_own(storage: &dyn Storage, card: &OwnCard, chart: &OwnChart) -> Result<(), StorageError> {
    storage.write(&own_name(&card.id), &chart.to_text())?;
    change_own_cards(storage, |cards| cards.push(card.clone()))
}

/// Gives a chart of the reader's another title.
pub(super) fn rename_own(storage: &dyn Storage, id: &str, title: &str) -> Result<(), StorageError> {
    change_own_cards(storage, |cards| {
        for card in cards.iter_mut().filter(|card| card.id == id) {
            title.clone_into(&mut card.title);
        }
    })
}

/// Forgets a chart of the reader's and what they did with it.
pub(super) fn remove_own(storage: &dyn Storage, id: &str) -> Result<(), StorageError> {
    storage.remove(&own_name(id))?;
    storage.remove(&inputs_name(id))?;
    change_own_cards(storage, |cards| cards.retain(|card| card.id != id))
}

/// The session of the last visit.
pub(super) fn load_session(storage: &dyn Storage) -> Option<StoredSession> {
    serde_json::from_str(&storage.read(SESSION).ok()??).ok()
}

/// Keeps the session.
pub(super) fn save_session(storage: &dyn Storage, text: &str) -> Result<(), StorageError> {
    storage.write(SESSION, text)
}
