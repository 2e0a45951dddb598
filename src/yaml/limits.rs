//! How much a text may ask of the reader. go-yaml stops at a depth of 10000 and at a share of aliases; the rest are
//! ours, far beyond what a cluster would take in one request.

/// How many bytes a text may have.
pub(super) const MAX_TEXT: usize = 8 << 20;
/// How deep collections may nest, aliases expanded.
pub(super) const MAX_DEPTH: usize = 256;
/// How many nodes a document may have, aliases expanded.
pub(super) const MAX_NODES: usize = 1_000_000;

/// How many bytes of text aliases may add to a document.
pub(super) const MAX_ALIAS_TEXT: usize = 32 << 20;
/// How many bytes may be spent on reporting what is wrong with a document; what is found beyond that is not told.
pub(super) const REPORT_BUDGET: usize = 4 << 20;

/// The share of decoded nodes that may come from aliases, by the number of nodes: go-yaml's guard against bombs.
fn allowed_alias_share(decoded: usize) -> f64 {
    const LOW: usize = 400_000;
    const HIGH: usize = 4_000_000;
    match decoded {
        0..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * (decoded - LOW) as f64 / (HIGH - LOW) as f64,
    }
}

/// Whether too many of the `decoded` nodes came from aliases.
pub(super) fn is_alias_bomb(from_aliases: usize, decoded: usize) -> bool {
    from_aliases > 100
        && decoded > 1000
        && (from_aliases as f64 / decoded as f64 > allowed_alias_share(decoded) || decoded > MAX_NODES)
}
