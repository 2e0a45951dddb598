//! The values of a chart: read, merged, set by flags.
//!
//! In: values texts and the texts of `--set` flags. Out: one [`Map`](crate::template::value::Map). Merging with the
//! charts' own values is [`coalesce`](coalesce::coalesce),
//! one table over another [`overlay`]. Everything follows Helm 4, warnings and errors included.

pub(crate) mod coalesce;
mod globals;
pub(crate) mod overlay;
pub(crate) mod set;
mod source;
pub(crate) mod table;

pub(crate) use source::load_values;
pub use source::{Sources, ValuesFile};
