//! Any bytes as a chart archive: reading never panics, hangs or eats memory, what it accepts stays inside the chart,
//! and what is written again reads the same. The bytes are tried as they are and, with checksums put right, as the
//! tar inside of a `.tgz`, which no mutation would reach through gzip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statefulset_playground::chart::{Chart, archive};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&gzip(&with_checksums(bytes)));
});

fn check(bytes: &[u8]) {
    let Ok(files) = archive::read(bytes) else { return };
    for path in files.keys() {
        assert!(!path.starts_with('/') && path.split('/').all(|name| name != ".."), "{path} leaves the chart");
    }
    assert_eq!(archive::read(&archive::write("chart", &files)).as_ref(), Ok(&files));
    let _ = Chart::load_folder(&files);
    let _ = Chart::load_archive(bytes);
}

/// Each block that says `ustar` with its sum put right.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar
}

/// The bytes as gzip, stored in one block.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(0xffff)];
    let length = bytes.len() as u16;
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    let mut checksum = !0u32;
    for byte in bytes {
        checksum ^= u32::from(*byte);
        for _ in 0..8 {
            checksum = (checksum >> 1) ^ (0xedb8_8320 & (checksum & 1).wrapping_neg());
        }
    }
    packed.extend((!checksum).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}
