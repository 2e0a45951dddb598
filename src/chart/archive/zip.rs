//! zip: reading stored and deflated files by the central directory.

use super::{Entry, MAX_ENTRIES, MAX_TOTAL, gzip};

const END: &[u8] = b"PK\x05\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// The files of an archive.
///
/// # Errors
/// What is wrong; links, encryption and other methods of compression are refused.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let invalid = || "zip: not a valid zip file".to_owned();
    let last = bytes.len().checked_sub(22).ok_or_else(invalid)?;
    let end = (last.saturating_sub(0xffff)..=last)
        .rev()
        .find(|at| bytes[*at..].starts_with(END))
        .ok_or_else(invalid)?;
    let count = short(bytes, end + 10).ok_or_else(invalid)?;
    if count > MAX_ENTRIES {
        return Err(format!("chart archive holds more than {MAX_ENTRIES} files"));
    }
    let mut at = long(bytes, end + 16).ok_or_else(invalid)?;
    let mut left = MAX_TOTAL;
    let mut entries = Vec::new();
    for _ in 0..count {
        let header = bytes.get(at..).and_then(|rest| rest.get(..46)).ok_or_else(invalid)?;
        if !header.starts_with(DIRECTORY) {
            return Err(invalid());
        }
        let field = |offset| short(header, offset).unwrap_or_default();
        let number = |offset| long(header, offset).unwrap_or_default();
        let (flags, method) = (field(8), field(10));
        let (packed_size, size, local) = (number(20), number(24), number(42));
        let name_end = at + 46 + field(28);
        let name = bytes.get(at + 46..name_end).ok_or_else(invalid)?;
        let name = String::from_utf8_lossy(name).into_owned();
        let unix_type = (number(38) >> 16) & 0o170_000;
        at = name_end + field(30) + field(32);
        if name.ends_with('/') {
            continue;
        }
        if flags & 1 != 0 {
            return Err(format!("chart archive holds {name}, which is encrypted"));
        }
        if unix_type != 0 && unix_type != 0o100_000 {
            return Err(format!("chart archive holds {name}, which is neither a file nor a folder"));
        }
        let local_header = bytes.get(local..).and_then(|rest| rest.get(..30)).ok_or_else(invalid)?;
        if !local_header.starts_with(LOCAL) {
            return Err(invalid());
        }
        let skip = |offset| short(local_header, offset).unwrap_or_default();
        let start = local + 30 + skip(26) + skip(28);
        let packed =
            start.checked_add(packed_size).and_then(|end| bytes.get(start..end)).ok_or_else(invalid)?;
        if size > left {
            return Err(format!("decompressed chart is larger than the maximum size {MAX_TOTAL}"));
        }
        let data = match method {
            0 => packed.to_vec(),
            8 => gzip::inflate(packed, size.max(1))?,
            _ => return Err("zip: unsupported compression algorithm".to_owned()),
        };
        left -= size;
        if data.len() != size || number(16) != gzip::checksum(&data) as usize {
            return Err("zip: checksum error".to_owned());
        }
        entries.push((name, data));
    }
    Ok(entries)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..)?.get(..2)?;
    Some(usize::from(u16::from_le_bytes([field[0], field[1]])))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..)?.get(..4)?;
    Some(u32::from_le_bytes([field[0], field[1], field[2], field[3]]) as usize)
}
