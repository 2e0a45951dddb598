//! Base64 as Secrets hold it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as standard base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0u32, |group, index| group << 8 | u32::from(*chunk.get(index).unwrap_or(&0)));
        for digit in 0..4 {
            let code = group >> (18 - 6 * digit) & 63;
            text.push(if digit <= chunk.len() { char::from(ALPHABET[code as usize]) } else { '=' });
        }
    }
    text
}

/// The bytes behind standard base64; line breaks are skipped. `None` if it is none.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let mut bytes = Vec::new();
    let (mut group, mut count, mut padding) = (0u32, 0, 0);
    for digit in digits {
        let code = match (ALPHABET.iter().position(|known| *known == digit), digit) {
            (Some(code), _) if padding == 0 => code as u32,
            (None, b'=') if count >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        group = group << 6 | code;
        count += 1;
        if count == 4 {
            bytes.extend([16, 8, 0].iter().take(3 - padding).map(|shift| (group >> shift) as u8));
            (group, count) = (0, 0);
        }
    }
    (count == 0 && padding <= 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (plain, text) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(encode(plain.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("a"), None);
    }
}
