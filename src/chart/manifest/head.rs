//! The few fields of a manifest that Helm reads.

use crate::chart::decode::{self, Fields};

/// Kind, name and annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) annotations: Vec<(String, String)>,
}

const METADATA: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";

impl Head {
    /// Reads the head of a manifest; the whole text must be YAML.
    ///
    /// # Errors
    /// Helm's words behind its `YAML parse error on …: `.
    pub(crate) fn read(text: &str) -> Result<Head, String> {
        let node = decode::unmarshal(text)?;
        let fields = Fields::of(&node, "SimpleHead", "util.SimpleHead")?;
        let mut head = Head {
            api_version: fields.string("apiVersion")?,
            kind: fields.string("kind")?,
            ..Head::default()
        };
        if let Some(metadata) = fields.below("metadata", "", "metadata.", METADATA)? {
            head.name = metadata.string("name")?;
            head.annotations = metadata.string_map("annotations")?.unwrap_or_default();
        }
        Ok(head)
    }
}
