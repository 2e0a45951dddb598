//! Helm charts: loading, values, schemas, rendering, hooks, notes and install order, as Helm 4 does them.
//!
//! In: files of a chart, values texts and flags, options of a release. Out: ordered manifests with their sources, or
//! Helm's own words for what is wrong. No I/O: callers hand in file contents.

mod api_versions;
pub mod archive;
mod builtin;
mod command;
mod context;
mod decode;
mod dependency;
mod diagnose;
mod engine;
mod glob;
mod ignore;
mod lint;
mod load;
mod log;
pub mod manifest;
mod metadata;
mod origin;
mod preview;
mod release;
mod render;
mod schema;
pub mod values;
mod version;

pub use crate::template::objects::KubeVersion;
pub use builtin::{BuiltIn, builtin};
pub use command::{Invocation, Package};
pub use diagnose::Located;
pub use engine::Helm;
pub(crate) use ignore::Rules as FolderRules;
pub use load::{Chart, File, FileTree, Template};
pub use log::{Level, Log, Record, Transcript};
pub use metadata::{Dependency, ImportValue, Maintainer, Metadata};
pub use origin::Origin;
pub use preview::Preview;
pub use release::Release;
pub use render::{Failure, Partial, Rendering, render};
