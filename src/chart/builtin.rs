//! The charts that the page carries, made from `static/charts` when the project is built.

use super::load::FileTree;
use crate::gather::Gather;

/// A chart of the gallery.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name in links: the folder under `static/charts`.
    pub id: &'static str,
    /// What the gallery calls it.
    pub title: &'static str,
    /// One sentence about it.
    pub summary: &'static str,
    /// The letter of the lab that it belongs to.
    pub lab: char,
    /// Name of the release that the lab installs.
    pub release: &'static str,
    /// Namespace that the lab installs into.
    pub namespace: &'static str,
    /// Its files: path relative to the chart, content.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl BuiltIn {
    /// The files as a tree that can be loaded and edited.
    pub fn tree(&self) -> FileTree {
        self.files.iter().map(|(path, data)| (path.to_string(), data.to_vec())).gather()
    }
}

/// The charts of the gallery, in its order.
pub fn builtin() -> &'static [BuiltIn] {
    include!(concat!(env!("OUT_DIR"), "/built_in_charts.rs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Chart;

    #[test]
    fn every_chart_of_the_gallery_loads() {
        for built_in in builtin() {
            let chart = Chart::load_folder(&built_in.tree());
            assert!(chart.is_ok(), "{}: {:?}", built_in.id, chart.err());
            assert!(built_in.summary.ends_with('.'), "{} has a sentence", built_in.id);
        }
    }
}
