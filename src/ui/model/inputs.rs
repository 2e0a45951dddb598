//! What the reader gives to Helm: values, edited chart files, the release's name and namespace.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::gather::Gather;

/// A longer text is not rendered: a release must fit into a Secret, which holds 1 MiB.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// What the reader gives to Helm for one chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The chart's id in the gallery.
    pub chart: Rc<str>,
    /// The values file, `-f` of `helm install`.
    pub values: Rc<str>,
    /// Chart files that the reader changed, by path.
    pub edits: BTreeMap<Rc<str>, Rc<str>>,
    /// The release's name.
    pub release: Rc<str>,
    /// The release's namespace.
    pub namespace: Rc<str>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    values: String,
    #[serde(default)]
    edits: BTreeMap<String, String>,
    release: String,
    namespace: String,
}

impl Inputs {
    /// The inputs as text for storage; the chart's id names the place.
    pub fn to_text(&self) -> String {
        let edits = self.edits.iter().map(|(path, text)| (path.to_string(), text.to_string())).gather();
        let (release, namespace) = (self.release.to_string(), self.namespace.to_string());
        let stored = Stored { values: self.values.to_string(), edits, release, namespace };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Inputs from storage; `None` if the text is not what [`Inputs::to_text`] writes.
    pub fn from_text(chart: &str, text: &str) -> Option<Inputs> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        Some(Inputs {
            chart: chart.into(),
            values: stored.values.into(),
            edits: stored.edits.into_iter().map(|(path, text)| (path.into(), text.into())).gather(),
            release: stored.release.into(),
            namespace: stored.namespace.into(),
        })
    }

    /// The size of the texts, in bytes.
    pub fn size(&self) -> usize {
        self.values.len() + self.edits.values().map(|text| text.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_survive_storage() {
        let inputs = Inputs {
            chart: "lab".into(),
            values: "a: 1 # é\n".into(),
            edits: BTreeMap::from([("templates/x.yaml".into(), "{{ . }}".into())]),
            release: "r".into(),
            namespace: "default".into(),
        };
        assert_eq!(Inputs::from_text("lab", &inputs.to_text()), Some(inputs));
        assert_eq!(Inputs::from_text("lab", "{"), None);
    }
}
