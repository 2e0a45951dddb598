//! An ordered map that clones in constant time and copies little when a clone is written to.
//!
//! Entries stand in chunks of bounded size behind reference counts: a clone shares all of them, a write copies the
//! list of chunks and one chunk, and only if someone else still holds them. Snapshots of a cluster rest on this.

use std::cmp::Ordering;
use std::rc::Rc;

/// Entries in a full chunk; a fuller one is split in halves.
const CHUNK: usize = 64;

/// Neighbouring entries, never none. Their first key stands here once more: a search for the chunk then reads one
/// place in memory where it would follow two pointers more.
#[derive(Clone, Debug)]
struct Chunk<K, V> {
    first: K,
    entries: Rc<Vec<(K, V)>>,
}

impl<K: Clone, V> Chunk<K, V> {
    fn new(entries: Vec<(K, V)>) -> Chunk<K, V> {
        Chunk { first: entries[0].0.clone(), entries: Rc::new(entries) }
    }
}

/// A map ordered by key.
#[derive(Clone, Debug)]
pub(crate) struct OrderedMap<K, V> {
    chunks: Rc<Vec<Chunk<K, V>>>,
    len: usize,
}

impl<K, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        OrderedMap { chunks: Rc::new(Vec::new()), len: 0 }
    }
}

impl<K: Clone + Ord, V: Clone> OrderedMap<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The chunk that holds a key, or would, and its place there. `compare` orders an entry's key to the sought.
    fn locate(&self, compare: &impl Fn(&K) -> Ordering) -> (usize, Result<usize, usize>) {
        let after = self.chunks.partition_point(|chunk| compare(&chunk.first) != Ordering::Greater);
        let chunk = after.saturating_sub(1);
        match self.chunks.get(chunk) {
            Some(found) => (chunk, found.entries.binary_search_by(|(key, _)| compare(key))),
            None => (0, Err(0)),
        }
    }

    /// The value of the key for which `compare` is `Equal`; it must order keys as they order themselves.
    pub(crate) fn find(&self, compare: impl Fn(&K) -> Ordering) -> Option<&V> {
        let (chunk, place) = self.locate(&compare);
        place.ok().map(|place| &self.chunks[chunk].entries[place].1)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.find(|other| other.cmp(key))
    }

    /// A value to be changed, no longer shared with any clone.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (chunk, place) = self.locate(&|other: &K| other.cmp(key));
        let place = place.ok()?;
        let entries = Rc::make_mut(&mut Rc::make_mut(&mut self.chunks)[chunk].entries);
        Some(&mut entries[place].1)
    }

    /// The entry of the lowest key.
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.chunks.first().map(|chunk| (&chunk.entries[0].0, &chunk.entries[0].1))
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Puts a value in and hands the replaced one out.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (chunk, place) = self.locate(&|other: &K| other.cmp(&key));
        let chunks = Rc::make_mut(&mut self.chunks);
        let Some(found) = chunks.get_mut(chunk) else {
            chunks.push(Chunk::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let entries = Rc::make_mut(&mut found.entries);
        match place {
            Ok(place) => return Some(std::mem::replace(&mut entries[place].1, value)),
            Err(place) => {
                if place == 0 {
                    found.first = key.clone();
                }
                entries.insert(place, (key, value));
            }
        }
        self.len += 1;
        if entries.len() > CHUNK {
            // Rising keys fill chunks to the end; halves would stay half empty for ever.
            let half = if chunk + 1 == chunks.len() { CHUNK - 1 } else { CHUNK / 2 };
            let upper = Rc::make_mut(&mut chunks[chunk].entries).split_off(half);
            chunks.insert(chunk + 1, Chunk::new(upper));
        }
        None
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (chunk, place) = self.locate(&|other: &K| other.cmp(key));
        let place = place.ok()?;
        let chunks = Rc::make_mut(&mut self.chunks);
        let found = &mut chunks[chunk];
        let entries = Rc::make_mut(&mut found.entries);
        let (_, value) = entries.remove(place);
        self.len -= 1;
        let left = entries.len();
        if left == 0 {
            chunks.remove(chunk);
            return Some(value);
        }
        if place == 0 {
            found.first = entries[0].0.clone();
        }
        if left < CHUNK / 4 && chunk + 1 < chunks.len() && chunks[chunk + 1].entries.len() < CHUNK / 2 {
            let next = chunks.remove(chunk + 1);
            Rc::make_mut(&mut chunks[chunk].entries).extend(next.entries.iter().cloned());
        }
        Some(value)
    }

    /// Every entry, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + '_ {
        self.chunks.iter().flat_map(|chunk| chunk.entries.iter()).map(|(key, value)| (key, value))
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> + '_ {
        self.iter().map(|(_, value)| value)
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + '_ {
        self.iter().map(|(key, _)| key)
    }

    /// Every entry from the first key for which `compare` is not `Less`, in order.
    pub(crate) fn range(&self, compare: impl Fn(&K) -> Ordering) -> Range<'_, K, V> {
        let (chunk, place) = self.locate(&compare);
        let (Ok(place) | Err(place)) = place;
        let first = self.chunks.get(chunk).map_or(&[][..], |chunk| &chunk.entries[place..]);
        Range { entries: first.iter(), rest: self.chunks.get(chunk + 1..).unwrap_or_default().iter() }
    }

    /// The last entry whose key is `Less` or `Equal` by `compare`.
    pub(crate) fn last_not_after(&self, compare: impl Fn(&K) -> Ordering) -> Option<(&K, &V)> {
        let (chunk, place) = self.locate(&compare);
        let entries = &self.chunks.get(chunk)?.entries;
        let place = match place {
            Ok(place) => place,
            Err(place) => place.checked_sub(1)?,
        };
        entries.get(place).map(|(key, value)| (key, value))
    }
}

/// The entries of [`OrderedMap::range`]. Mostly only the first few are asked for: chained iterators take longer to set
/// up than that.
pub(crate) struct Range<'a, K, V> {
    entries: std::slice::Iter<'a, (K, V)>,
    rest: std::slice::Iter<'a, Chunk<K, V>>,
}

impl<'a, K, V> Iterator for Range<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                return Some((key, value));
            }
            self.entries = self.rest.next()?.entries.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The same random writes to this map and to the standard one; clones must not see later writes.
    #[test]
    fn agrees_with_the_standard_map() {
        let (mut map, mut model) = (OrderedMap::default(), BTreeMap::new());
        let mut state = 1u64;
        for step in 0..20_000u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = (state >> 40) as u32 % 700;
            let snapshot = map.clone();
            let before: usize = snapshot.len();
            if state >> 62 == 0 || (step > 12_000 && state >> 62 < 3) {
                assert_eq!(map.remove(&key), model.remove(&key));
            } else {
                assert_eq!(map.insert(key, step), model.insert(key, step));
                assert_eq!(map.get_mut(&(key / 2)), model.get_mut(&(key / 2)));
            }
            assert_eq!(snapshot.len(), before);
            assert_eq!(map.get(&key), model.get(&key));
            assert_eq!(map.first(), model.first_key_value());
            if step % 500 == 0 {
                assert!(map.iter().eq(model.iter()));
                assert!(map.iter().rev().eq(model.iter().rev()));
                let from = key / 2;
                assert!(map.range(|other| other.cmp(&from)).eq(model.range(from..)));
                let last = model.range(..=from).next_back();
                assert_eq!(map.last_not_after(|other| other.cmp(&from)), last);
            }
        }
    }
}
