//! Ordered collections built by insertion.
//!
//! `collect` into an ordered map or set sorts the items first, and every place that collects so brings its own copy
//! of the standard library's sort into the page: a few kilobytes each. Insertion shares the code of its types.

use std::cmp::Ordering;

/// Iterators that fill ordered maps and sets.
pub(crate) trait Gather: Iterator + Sized {
    /// What `collect` would make, a later item of an equal key replacing the value of an earlier one.
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut gathered = C::default();
        gathered.extend(self);
        gathered
    }
}

impl<I: Iterator> Gather for I {}

/// Sorts `items` stably, as `sort_by` does, with one sort for the items of every type: it orders their places, and
/// the items move there.
pub(crate) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let places = sorted_places(items.len(), &|left, right| compare(&items[left], &items[right]));
    let mut unsorted: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(places.into_iter().filter_map(|place| unsorted[place].take()));
}

/// [`sort_by`] for items that are ordered by a key.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |left, right| key(left).cmp(&key(right)));
}

/// The places `0..len` in the order that `compare` gives the items there, equal ones in the order of their places.
fn sorted_places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|left, right| compare(*left, *right));
    places
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn gathers_what_collect_would() {
        let pairs = [("b", 1), ("a", 2), ("b", 3)];
        assert_eq!(
            pairs.into_iter().gather::<BTreeMap<_, _>>(),
            pairs.into_iter().collect::<BTreeMap<_, _>>()
        );
    }

    #[test]
    fn sorts_stably() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort_by_key(&mut items, |item| item.0);
        assert_eq!(items, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
