//! Helm charts: loading, values, schemas, rendering, hooks, notes and install order, as Helm 4 does them.
//!
//! In: files of a chart, values texts and flags, options of a release. Out: ordered manifests with their sources, or
//! Helm's own words for what is wrong. No I/O: callers hand in file contents.

pub mod archive;
mod builtin;
mod decode;
mod dependency;
mod glob;
mod ignore;
mod load;
mod log;
pub mod manifest;
mod metadata;
mod schema;
pub mod values;
mod version;

pub use builtin::{BuiltIn, builtin};
pub use load::{Chart, File, FileTree};
pub use log::{Level, Log, Record, Transcript};
pub use metadata::{Dependency, ImportValue, Maintainer, Metadata};
