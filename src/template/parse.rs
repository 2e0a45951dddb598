//! Template text to a tree, as Go's text/template/parse reads it.
//!
//! In: a name, the text, the functions it may name. Out: a [`Source`] with the trees it defines, or the first
//! [`ParseError`] in Go's words. Nesting beyond [`parser::DEPTH`] is an error, because parsing recurses.

mod lexer;
mod node;
mod number;
mod parser;
mod unquote;

pub(crate) use node::{Callee, Node, NodeId, Source, SourceTree};
pub(crate) use number::Number;
pub use parser::ParseError;
pub(crate) use parser::parse;
