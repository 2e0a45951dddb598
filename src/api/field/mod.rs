//! Where something is wrong in an object and what: paths of fields and the errors at them.
//!
//! Mirrors `util/validation/field` of apimachinery.

mod error;
mod path;

pub use error::{Errors, FieldError, Reason};
pub(crate) use error::{Raw, quoted};
pub use path::{Path, span_of, steps_of};
