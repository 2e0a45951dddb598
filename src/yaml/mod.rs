//! YAML text to a tree that knows where every node stands, and back to text.
//!
//! In: any text. Out: [`Parsed`]: the documents that could be read, and every finding with its place.
//! Scalars are typed as Kubernetes types them, and texts are refused in its words: YAML 1.1 by the rules of
//! sigs.k8s.io/yaml, which is go-yaml v2, which is libyaml. [`print`](fn@print) writes values as it does;
//! [`set`] and [`remove`] change a text and keep its comments and layout.
//!
//! The way of a text: `scan` (tokens) → `grammar` (events) → `compose` (graph) → `decode` (tree).
//!
//! Where this differs from go-yaml: it reads at most 8 MiB, a million nodes and 256 levels (go-yaml: 10000 levels);
//! what Go calls a letter is what Rust calls alphabetic, and digits are ASCII only (order of printed keys); where
//! Go's own order is random (keys of several types in an error, two refusals on the way to JSON) it is the text's.
//!
//! Invariants: parsing never panics and ends in time and memory proportional to the text (aliases expand
//! against a budget; depth, nodes and bytes are limited); an error ends only the document that holds it.

mod compose;
mod decode;
mod edit;
mod explain;
mod go_syntax;
mod grammar;
mod limits;
mod node;
mod parse;
mod path;
mod print;
mod scalar;
mod scan;
mod timestamp;

pub use edit::{remove, set};
pub use node::{Data, Entry, Node};
pub(crate) use parse::parse_first;
pub use parse::{Document, DuplicateKey, Parsed, Refusal, parse};
pub use path::{FieldPath, Step, at_path, comment_before, node_at};
pub use print::{Encoder, Tree, print, print_pretty, print_tree};
pub use scalar::resolve_plain;
