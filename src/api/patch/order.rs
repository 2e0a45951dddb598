//! In which order the items of a merged list stand.
//!
//! Mirrors `normalizeElementOrder` of the strategic merge patch: items the patch names keep the patch's order, items
//! only the server knows keep theirs, and both are interleaved as the server's list had them.

use serde_json::Value;

use crate::gather::sort_by_key;

/// Whether two items are the same one: by merge key, or by value in lists of scalars.
pub fn is_same(left: &Value, right: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => left.get(key).is_some() && left.get(key) == right.get(key),
        None => left == right,
    }
}

fn place(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    list.iter().position(|other| is_same(other, item, key))
}

fn sorted_by(mut items: Vec<Value>, order: &[Value], key: Option<&str>) -> Vec<Value> {
    sort_by_key(&mut items, |item| place(order, item, key).unwrap_or(usize::MAX));
    items
}

/// Orders `merged`: items named in `wanted` as there, the others as in `server`.
pub fn ordered(merged: Vec<Value>, wanted: &[Value], server: &[Value], key: Option<&str>) -> Vec<Value> {
    let (named, others): (Vec<_>, Vec<_>) =
        merged.into_iter().partition(|item| place(wanted, item, key).is_some());
    let named = sorted_by(named, wanted, key);
    let others = sorted_by(others, server, key);
    let mut result = Vec::with_capacity(named.len() + others.len());
    let (mut left, mut right) = (others.into_iter().peekable(), named.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return result,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(item)) => match (place(server, other, key), place(server, item, key)) {
                (Some(other), Some(item)) => other < item,
                _ => false,
            },
        };
        result.extend(if take_left { left.next() } else { right.next() });
    }
}

#[cfg(test)]
mod tests {
    use super::ordered;
    use serde_json::json;

    #[test]
    fn new_items_of_a_patch_come_first() {
        let list = |text: &str| text.chars().map(|item| json!(item.to_string())).collect::<Vec<_>>();
        assert_eq!(ordered(list("cd"), &list("d"), &list("c"), None), list("dc"));
        assert_eq!(ordered(list("abcx"), &list("xb"), &list("abc"), None), list("xabc"));
    }
}
