//! What slow functions worked out.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// How many results are kept; a chart makes a handful.
const MOST: usize = 256;

/// Results of slow functions, kept as long as the engine lives: a page renders at every keystroke, and a chart asks for
/// the same each time.
#[derive(Default)]
pub struct Memory {
    results: RefCell<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Memory {
    /// The result of `work`, which depends on nothing but the parts of `key`.
    pub fn recall(&self, key: &[&[u8]], work: &dyn Fn() -> Vec<u8>) -> Vec<u8> {
        let mut name = Vec::new();
        for part in key {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part);
        }
        if let Some(result) = self.results.borrow().get(&name) {
            return result.clone();
        }
        let result = work();
        let mut results = self.results.borrow_mut();
        if results.len() >= MOST {
            results.clear();
        }
        results.insert(name, result.clone());
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_once_for_each_key() {
        let memory = Memory::default();
        let count = std::cell::Cell::new(0);
        let work = || {
            count.set(count.get() + 1);
            vec![count.get()]
        };
        for (key, expected) in
            [(["a", "b"], 1), (["a", "b"], 1), (["ab", ""], 2), (["", "ab"], 3), (["a", "b"], 1)]
        {
            assert_eq!(memory.recall(&key.map(str::as_bytes), &work), [expected], "{key:?}");
        }
    }
}
