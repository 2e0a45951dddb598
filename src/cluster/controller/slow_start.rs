//! Doing many things that are alike in batches that double, so that what fails for all of them is tried few times.
//!
//! Mirrors `slowStartBatch` of the controllers' common code.

use crate::cluster::Status;

/// Most things in one batch.
pub(super) const MAX_BATCH: usize = 500;

/// Does something with each item; after a batch in which something failed there is no other.
///
/// # Errors
/// The first failure.
pub(super) fn slow_start<T>(
    items: &[T],
    mut process: impl FnMut(&T) -> Result<(), Status>,
) -> Result<(), Status> {
    let (mut left, mut batch) = (items, 1);
    while !left.is_empty() {
        let (now, later) = left.split_at(batch.min(left.len()));
        let mut failure = None;
        for item in now {
            if let Err(error) = process(item) {
                failure.get_or_insert(error);
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        (left, batch) = (later, (batch * 2).min(MAX_BATCH));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_its_batch_and_no_other_begins() {
        for (count, fails_from, tried) in [(10, 10, 10), (10, 0, 1), (10, 1, 3), (10, 4, 7), (0, 0, 0)] {
            let items: Vec<_> = (0..count).collect();
            let mut tries = 0;
            let outcome = slow_start(&items, |item| {
                tries += 1;
                if *item < fails_from { Ok(()) } else { Err(Status::internal("no")) }
            });
            assert_eq!((tries, outcome.is_err()), (tried, fails_from < count), "{count} {fails_from}");
        }
    }
}
