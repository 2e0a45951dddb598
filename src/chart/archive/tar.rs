//! tar (POSIX ustar with pax and GNU long names): reading regular files, writing ustar with pax paths.

use super::{Entry, MAX_ENTRIES};

const BLOCK: usize = 512;

/// The regular files of an archive.
///
/// # Errors
/// What is wrong, in the words of Go's `archive/tar` where it has some; links are refused.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    let mut at = 0;
    let mut long_name: Option<String> = None;
    while let Some(header) = bytes.get(at..at + BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            return Ok(entries);
        }
        let invalid = || "archive/tar: invalid tar header".to_owned();
        let sum: u64 = header
            .iter()
            .enumerate()
            .map(|(index, byte)| if (148..156).contains(&index) { 32 } else { u64::from(*byte) })
            .sum();
        if octal(&header[148..156]) != Some(sum) {
            return Err(invalid());
        }
        let size =
            octal(&header[124..136]).and_then(|size| usize::try_from(size).ok()).ok_or_else(invalid)?;
        at += BLOCK;
        let data = at.checked_add(size).and_then(|end| bytes.get(at..end));
        let data = data.ok_or_else(|| "unexpected EOF".to_owned())?;
        at += size.div_ceil(BLOCK) * BLOCK;
        match header[156] {
            b'0' | 0 | b'7' => {
                let name = long_name.take().unwrap_or_else(|| short_name(header));
                entries.push((name, data.to_vec()));
            }
            b'5' => long_name = None,
            b'x' => match pax_path(data) {
                Some(path) if path.contains('\0') => return Err(invalid()),
                path => long_name = path.or(long_name),
            },
            b'L' => long_name = Some(text(data)),
            b'g' | b'K' => {}
            _ => {
                let name = long_name.take().unwrap_or_else(|| short_name(header));
                return Err(format!("chart archive holds {name}, which is neither a file nor a folder"));
            }
        }
        if entries.len() > MAX_ENTRIES {
            return Err(format!("chart archive holds more than {MAX_ENTRIES} files"));
        }
    }
    if at >= bytes.len() && !entries.is_empty() {
        return Ok(entries);
    }
    Err("unexpected EOF".to_owned())
}

/// Text up to the first zero byte.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn short_name(header: &[u8]) -> String {
    let name = text(&header[..100]);
    let prefix = if &header[257..262] == b"ustar" { text(&header[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// The `path` record of a pax header.
fn pax_path(mut records: &[u8]) -> Option<String> {
    let mut path = None;
    while let Some(space) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
        let record = records.get(space + 1..length.checked_sub(1)?)?;
        if let Some(value) = record.strip_prefix(b"path=") {
            path = Some(String::from_utf8_lossy(value).into_owned());
        }
        records = records.get(length..)?;
    }
    path
}

/// An archive of regular files.
pub(super) fn write<'d>(files: impl Iterator<Item = (String, &'d [u8])>) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, data) in files {
        if name.len() > 100 {
            let path = format!("path={name}\n");
            let mut length = path.len() + 2;
            while length.to_string().len() + 1 + path.len() != length {
                length = length.to_string().len() + 1 + path.len();
            }
            append(&mut archive, "PaxHeader", b'x', format!("{length} {path}").as_bytes());
        }
        append(&mut archive, &name, b'0', data);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn append(archive: &mut Vec<u8>, name: &str, kind: u8, data: &[u8]) {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name.as_bytes()[..name.len().min(100)]);
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", data.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend(header);
    archive.extend(data);
    archive.resize(archive.len().div_ceil(BLOCK) * BLOCK, 0);
}

#[cfg(test)]
mod tests {
    use super::pax_path;

    #[test]
    fn records_that_lie_about_their_length_name_nothing() {
        assert_eq!(pax_path(b"11 path=ab\n").as_deref(), Some("ab"));
        assert_eq!(pax_path(b"8 a=bcd\n11 path=ab\n").as_deref(), Some("ab"));
        for broken in
            [&b"11 path=ab"[..], b"99 path=ab\n", b"0 path=ab\n", b"2 path=ab\n", b"x path=ab\n", b" "]
        {
            assert_eq!(pax_path(broken), None, "{broken:?}");
        }
    }
}
