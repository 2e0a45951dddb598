//! The completion indexes of a Job that have succeeded, and how its status spells them: `0,2-4`.

use std::collections::BTreeSet;
use std::fmt;

/// Indexes, each below the number of completions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Indexes(BTreeSet<i64>);

/// More indexes than any Job of a playground has pods.
const MOST: i64 = 100_000;

impl Indexes {
    /// Reads what a status says, up to the number of completions.
    pub(super) fn parse(text: &str, completions: i64) -> Indexes {
        let mut found = Indexes::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) else { continue };
            (first.max(0)..=last.min(completions - 1).min(MOST)).for_each(|index| found.insert(index));
        }
        found
    }

    pub(super) fn insert(&mut self, index: i64) {
        self.0.insert(index);
    }

    pub(super) fn contains(&self, index: i64) -> bool {
        self.0.contains(&index)
    }

    pub(super) fn len(&self) -> i64 {
        self.0.len() as i64
    }
}

/// Two neighbours are listed, more are a range.
impl fmt::Display for Indexes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for index in &self.0 {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *index => *last = *index,
                _ => runs.push((*index, *index)),
            }
        }
        let text = |(first, last): &(i64, i64)| match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        };
        formatter.write_str(&runs.iter().map(text).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::Indexes;

    #[test]
    fn are_spelled_as_in_a_status() {
        for (text, completions, expected) in
            [("0,1,2", 9, "0-2"), ("3,0,1", 9, "0,1,3"), ("0-8", 3, "0-2"), ("x,-1,2", 9, "2"), ("", 9, "")]
        {
            assert_eq!(Indexes::parse(text, completions).to_string(), expected, "{text}");
        }
    }
}
