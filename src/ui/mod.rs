//! The page: components that draw the values of [`model`] and turn what the reader does into actions.
//!
//! In: the reader. Out: the document. One reducer holds the state; components take cheap, comparable props. What
//! moves every frame bypasses the virtual DOM. No inline styles and no inline scripts: the page's security policy
//! forbids both.

pub mod model;
