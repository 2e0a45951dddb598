//! The objects of a template's dot that are more than plain values: `.Files` and `.Capabilities`.
//!
//! In: a chart's extra files; what the cluster can do. Out: values with the fields and methods that Helm gives them.

mod capabilities;
mod files;
mod glob;

pub use capabilities::{Capabilities, KubeVersion, capabilities};
pub use files::files;
