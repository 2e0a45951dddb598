//! The objects of a template's dot that are no plain values: `.Capabilities`, `.Files`, `.Values`.

mod capabilities;
mod files;
mod path_glob;
mod values;

pub(crate) use capabilities::capabilities;
pub(crate) use files::files;
pub(crate) use values::named_values;
