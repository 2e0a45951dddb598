//! How the reader has arranged the page; kept between visits.

use serde::{Deserialize, Serialize};

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name under which CSS and storage know it.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// What the left pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SourceTab {
    /// The values as a form.
    #[default]
    Form,
    /// The values as text.
    Text,
    /// The chart's files.
    Chart,
    /// What Helm renders.
    Manifests,
}

/// What the drawer below the topology shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DrawerTab {
    /// The selected object.
    #[default]
    Details,
    /// The cluster's events.
    Events,
    /// What is wrong in values, templates and manifests.
    Problems,
    /// What applying would do.
    Upgrade,
}

/// Which part a narrow screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NarrowView {
    /// Values, chart and manifests.
    #[default]
    Source,
    /// The topology.
    Cluster,
    /// Details, events and problems.
    Drawer,
}

/// How the reader has arranged the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The built-in chart that is open, by id.
    pub chart: String,
    /// What the left pane shows.
    pub source: SourceTab,
    /// What the drawer shows.
    pub drawer: DrawerTab,
    /// Which part a narrow screen shows.
    pub narrow: NarrowView,
    /// The left pane's share of the width, in per cent.
    pub source_share: f64,
    /// The drawer's share of the height of the right side, in per cent.
    pub drawer_share: f64,
    /// Virtual seconds for each second of the reader's.
    pub speed: u32,
    /// Whether the topology shows pods by node instead of by set.
    pub by_node: bool,
}

impl Settings {
    /// Shares that keep both sides of a splitter usable, in per cent.
    pub const SHARES: std::ops::RangeInclusive<f64> = 20.0..=80.0;
    /// The speeds on offer, in virtual seconds a second.
    pub const SPEEDS: [u32; 5] = [1, 2, 5, 20, 60];

    /// Settings from storage; whatever is unreadable or out of range falls back to the default.
    pub fn from_text(text: &str) -> Settings {
        let mut settings: Settings = serde_json::from_str(text).unwrap_or_default();
        let default = Settings::default();
        if !Settings::SHARES.contains(&settings.source_share) {
            settings.source_share = default.source_share;
        }
        if !Settings::SHARES.contains(&settings.drawer_share) {
            settings.drawer_share = default.drawer_share;
        }
        if !Settings::SPEEDS.contains(&settings.speed) {
            settings.speed = default.speed;
        }
        settings
    }

    /// The settings as text for storage.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            chart: "lab-a".to_owned(),
            source: SourceTab::default(),
            drawer: DrawerTab::default(),
            narrow: NarrowView::default(),
            source_share: 38.0,
            drawer_share: 36.0,
            speed: 5,
            by_node: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_storage_and_bad_text() {
        let settings = Settings { source: SourceTab::Manifests, source_share: 55.0, ..Settings::default() };
        assert_eq!(Settings::from_text(&settings.to_text()), settings);
        assert_eq!(Settings::from_text("{not json"), Settings::default());
        assert_eq!(Settings::from_text(r#"{"source_share": 4000, "speed": 0}"#), Settings::default());
    }
}
