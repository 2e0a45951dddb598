//! YAML text to a tree that knows where every node stands, and back to text.
//!
//! In: any text. Out: [`Parsed`]: the documents that could be read, and every finding with its place.
//! Scalars are typed as Kubernetes types them: YAML 1.1 by the rules of sigs.k8s.io/yaml.
//!
//! Invariants: parsing never panics and ends in time and memory proportional to the text (aliases expand
//! against a budget, depth is limited); a document with an error yields the tree up to the error, if any.

mod node;
mod parse;
mod print;
mod scalar;
mod timestamp;

pub use node::{Data, Entry, Node};
pub use parse::{Document, Parsed, parse};
pub use print::{Encoder, Tree, print, print_pretty, print_tree};
pub use scalar::resolve_plain;
