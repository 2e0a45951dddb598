//! The page.
/// Mounts the page into the document.
pub fn mount() {}
