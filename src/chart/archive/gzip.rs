//! gzip (RFC 1952): unpacking with a limit, and packing without compression, which needs no compressor in the page.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

/// The unpacked bytes.
///
/// # Errors
/// What is wrong, in the words of Go's `compress/gzip` where it has some.
pub(super) fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let invalid = || "gzip: invalid header".to_owned();
    if bytes.len() < 18 || bytes[..3] != [0x1f, 0x8b, 8] {
        return Err(invalid());
    }
    let flags = bytes[3];
    let mut at = 10;
    if flags & 4 != 0 {
        let length = bytes.get(at..at + 2).ok_or_else(invalid)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let rest = bytes.get(at..).ok_or_else(invalid)?;
            at += 1 + rest.iter().position(|byte| *byte == 0).ok_or_else(invalid)?;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    let end = bytes.len() - 8;
    let body = bytes.get(at..end).ok_or_else(invalid)?;
    let unpacked = inflate(body, limit)?;
    let trailer = |start: usize| u32::from_le_bytes([0, 1, 2, 3].map(|index| bytes[end + start + index]));
    if trailer(0) != checksum(&unpacked) || trailer(4) != unpacked.len() as u32 {
        return Err("gzip: invalid checksum".to_owned());
    }
    Ok(unpacked)
}

/// Unpacks raw deflate data (RFC 1951).
pub(super) fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    decompress_to_vec_with_limit(body, limit).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => format!("decompressed chart is larger than the maximum size {limit}"),
        _ => "unexpected EOF".to_owned(),
    })
}

/// The bytes as gzip, stored as they are.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        packed.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    packed.extend(checksum(bytes).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// CRC-32 as gzip and zip use it.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum: u32, byte| TABLE[((sum ^ u32::from(*byte)) & 0xff) as usize] ^ (sum >> 8))
}
