//! Go's text/template as Helm runs it: template text and a value in, text with its provenance or an error out.
//!
//! Invariants: rendering never panics and never recurses with the template (the evaluator keeps its own stack);
//! it ends within its [`Limits`](function::Limits); the same templates, values, seed and clock give the same text.

pub mod function;
pub mod print;
pub mod value;

pub use value::Value;
