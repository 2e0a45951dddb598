//! Base64 and Base32 in their standard alphabets with padding, with Go's errors.

/// `base64.StdEncoding.EncodeToString`.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    encode(bytes, 6, 4, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}

/// `base32.StdEncoding.EncodeToString`.
pub(crate) fn encode_base32(bytes: &[u8]) -> String {
    encode(bytes, 5, 8, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

fn encode(bytes: &[u8], bits: u32, quantum: usize, alphabet: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(bits as usize) + quantum);
    let (mut buffer, mut held) = (0u32, 0);
    let mut push = |value: u32| text.push(char::from(alphabet[(value & ((1 << bits) - 1)) as usize]));
    for &byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        held += 8;
        while held >= bits {
            held -= bits;
            push(buffer >> held);
        }
    }
    if held > 0 {
        push(buffer << (bits - held));
    }
    while !text.len().is_multiple_of(quantum) {
        text.push('=');
    }
    text
}

/// `base64.StdEncoding.DecodeString`; the error is the index that Go names.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    decode(text, 6, 4, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    })
    .map_err(|at| format!("illegal base64 data at input byte {at}"))
}

/// `base32.StdEncoding.DecodeString`.
pub(crate) fn decode_base32(text: &[u8]) -> Result<Vec<u8>, String> {
    let stripped: Vec<u8> = text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    decode(&stripped, 5, 8, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    })
    .map_err(|at| format!("illegal base32 data at input byte {at}"))
}

/// Decodes quanta of `quantum` characters; line ends are skipped; the error is a byte index in `text`.
fn decode(
    text: &[u8],
    bits: u32,
    quantum: usize,
    value: impl Fn(u8) -> Option<u8>,
) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() * bits as usize / 8);
    let is_line_end = |byte: u8| byte == b'\r' || byte == b'\n';
    let mut index = 0;
    loop {
        let (mut buffer, mut count) = (0u64, 0usize);
        while count < quantum {
            let Some(&byte) = text.get(index) else {
                // Go counts back to the start of the incomplete quantum.
                return if count == 0 { Ok(bytes) } else { Err(index - count) };
            };
            index += 1;
            if is_line_end(byte) {
                continue;
            }
            if byte == b'=' {
                return finish(text, bits, quantum, index, buffer, count, &mut bytes).map(|()| bytes);
            }
            let digit = value(byte).ok_or(index - 1)?;
            buffer = buffer << bits | u64::from(digit);
            count += 1;
        }
        let total = bits as usize * quantum / 8;
        bytes.extend((0..total).rev().map(|place| (buffer >> (8 * place)) as u8));
    }
}

/// The last quantum: `count` characters were read, `index` is behind the first `=`.
fn finish(
    text: &[u8],
    bits: u32,
    quantum: usize,
    mut index: usize,
    buffer: u64,
    count: usize,
    bytes: &mut Vec<u8>,
) -> Result<(), usize> {
    let possible = match quantum {
        4 => matches!(count, 2 | 3),
        _ => matches!(count, 2 | 4 | 5 | 7),
    };
    if !possible {
        return Err(index - 1);
    }
    let skip = |index: &mut usize| {
        while text.get(*index).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            *index += 1;
        }
    };
    for _ in count + 1..quantum {
        skip(&mut index);
        match text.get(index) {
            Some(b'=') => index += 1,
            Some(_) => return Err(index - 1),
            None => return Err(text.len()),
        }
    }
    skip(&mut index);
    if index < text.len() {
        return Err(index);
    }
    let whole = count * bits as usize / 8;
    let spare = count * bits as usize - whole * 8;
    bytes.extend((0..whole).rev().map(|place| (buffer >> (8 * place + spare)) as u8));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_decodes() {
        for (plain, base64, base32) in [
            ("", "", ""),
            ("f", "Zg==", "MY======"),
            ("fo", "Zm8=", "MZXQ===="),
            ("foo", "Zm9v", "MZXW6==="),
            ("foobar", "Zm9vYmFy", "MZXW6YTBOI======"),
        ] {
            assert_eq!(encode_base64(plain.as_bytes()), base64);
            assert_eq!(encode_base32(plain.as_bytes()), base32);
            assert_eq!(decode_base64(base64.as_bytes()).as_deref(), Ok(plain.as_bytes()));
            assert_eq!(decode_base32(base32.as_bytes()).as_deref(), Ok(plain.as_bytes()));
        }
        assert_eq!(decode_base64(b"Zm\n9v\n").as_deref(), Ok(&b"foo"[..]));
        for (text, at) in [("!!", 0), ("Zm9v!", 4), ("Zm9", 0), ("Zg=", 3), ("Zg==x", 4), ("Z", 0)] {
            assert_eq!(
                decode_base64(text.as_bytes()),
                Err(format!("illegal base64 data at input byte {at}")),
                "{text}"
            );
        }
    }
}
