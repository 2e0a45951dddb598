//! Go's text/template as Helm runs it: template text and a value in, text with its provenance or an error out.
//!
//! Invariants: rendering never panics and never recurses with the template (the machine keeps its own stack);
//! it ends within its [`Limits`](function::Limits); the same templates, values, seed and clock give the same text.

mod builtin;
mod compile;
pub mod function;
pub mod functions;
mod helm_error;
mod machine;
pub mod objects;
mod parse;
pub mod print;
mod rendered;
mod templates;
pub mod value;

pub use helm_error::{MESSAGE_END, MESSAGE_START, RenderError};
pub use parse::ParseError;
pub use rendered::{Paths, Rendered, Segment};
pub use templates::{Engine, Templates};
pub use value::Value;
