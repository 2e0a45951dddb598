//! Any bytes as a chart archive: reading never panics, hangs or eats memory, what it accepts stays inside the chart,
//! and what is written again reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statefulset_playground::chart::{Chart, archive};

fuzz_target!(|bytes: &[u8]| {
    let Ok(files) = archive::read(bytes) else { return };
    for path in files.keys() {
        assert!(!path.starts_with('/') && path.split('/').all(|name| name != ".."), "{path} leaves the chart");
    }
    assert_eq!(archive::read(&archive::write("chart", &files)).as_ref(), Ok(&files));
    let _ = Chart::load_folder(&files);
    let _ = Chart::load_archive(bytes);
});
