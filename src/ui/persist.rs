//! What outlives a reload: settings, theme, the inputs of each chart.

use super::model::inputs::Inputs;
use super::model::settings::{Settings, Theme};
use super::model::workbench;
use crate::platform::{Storage, StorageError};
use crate::session::StoredSession;

const SETTINGS: &str = "settings";
const THEME: &str = "theme";
const SESSION: &str = "session";

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
    let chart = workbench::known(chart);
    let stored = storage.read(&inputs_name(chart)).ok().flatten();
    stored.and_then(|text| Inputs::from_text(chart, &text)).unwrap_or_else(|| workbench::first_inputs(chart))
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

/// The session of the last visit.
pub(super) fn load_session(storage: &dyn Storage) -> Option<StoredSession> {
    serde_json::from_str(&storage.read(SESSION).ok()??).ok()
}

/// Keeps the session.
pub(super) fn save_session(storage: &dyn Storage, text: &str) -> Result<(), StorageError> {
    storage.write(SESSION, text)
}
