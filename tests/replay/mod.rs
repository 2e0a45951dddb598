//! One replayer a golden folder. Each compares every case and reports through [`Tally`].

mod charts;
mod dns;
mod kubelet;
mod micro;
mod openapi;
mod scalars;
mod traces;
mod validation;

use std::io::Write as _;
use std::path::PathBuf;

/// The golden folder `name`: below `GOLDEN_DIR` if that is set, else below `tests/golden`.
/// `None` if `GOLDEN_DIR` has no such folder.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = std::env::var_os("GOLDEN_DIR").map_or_else(own, PathBuf::from).join(name);
    (folder.is_dir() || std::env::var_os("GOLDEN_DIR").is_none()).then_some(folder)
}

/// Counts the cases of one folder and keeps what differed.
pub(crate) struct Tally {
    name: &'static str,
    passed: usize,
    failures: Vec<(String, String)>,
}

impl Tally {
    /// An empty count for the folder `name`.
    pub(crate) fn new(name: &'static str) -> Tally {
        Tally { name, passed: 0, failures: Vec::new() }
    }

    /// Counts one case; `Err` holds the difference, readable.
    pub(crate) fn record(&mut self, case: impl Into<String>, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(difference) => self.failures.push((case.into(), difference)),
        }
    }

    /// Runs and counts one case; one that panics has failed, and the others go on.
    pub(crate) fn run(&mut self, case: impl Into<String>, replay: impl FnOnce() -> Result<(), String>) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(replay));
        self.record(case, outcome.unwrap_or_else(|_| Err("panicked".to_owned())));
    }

    /// Prints `name passed/total` and the first differences (all names with `GOLDEN_ALL` set), and fails if
    /// fewer than `floor` cases pass. `None` asks for every case, as does a folder given by `GOLDEN_DIR`.
    /// A floor may only rise; it is gone when every case passes.
    pub(crate) fn finish(self, floor: Option<usize>) {
        let total = self.passed + self.failures.len();
        let limit = if std::env::var_os("GOLDEN_ALL").is_some() { usize::MAX } else { 5 };
        let mut text = String::new();
        for (case, difference) in self.failures.iter().take(limit) {
            text.push_str(&format!("\n{} {case}:\n{difference}\n", self.name));
        }
        text.push_str(&format!("{} {}/{total}\n", self.name, self.passed));
        // Straight to the stream: the test harness would swallow what a passing test prints with `println!`.
        std::io::stdout().write_all(text.as_bytes()).expect("standard output is open");
        let floor = floor.filter(|_| std::env::var_os("GOLDEN_DIR").is_none()).unwrap_or(total);
        assert!(self.passed >= floor, "{}: {} of {total} cases pass, {floor} must", self.name, self.passed);
    }
}

/// The first differing line of two texts with its surroundings, as a small diff.
pub(crate) fn text_difference(expected: &str, actual: &str) -> String {
    let (expected, actual): (Vec<_>, Vec<_>) = (expected.split('\n').collect(), actual.split('\n').collect());
    let same = expected.iter().zip(&actual).take_while(|(left, right)| left == right).count();
    let mut text = format!("@@ line {}\n", same + 1);
    for line in &expected[same.saturating_sub(2)..same] {
        text.push_str(&format!("  {line}\n"));
    }
    for (sign, lines) in [('-', &expected), ('+', &actual)] {
        for line in lines.iter().skip(same).take(4) {
            text.push_str(&format!("{sign} {line}\n"));
        }
    }
    text
}
