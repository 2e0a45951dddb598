//! bcrypt, version `2a`.

use super::blowfish::Blowfish;

/// Go's default cost.
const COST: u32 = 10;
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The hash of a password of at most 72 bytes with its salt: `$2a$10$…`; `pi` is what the cipher starts from.
pub(super) fn hash(password: &[u8], salt: [u8; 16], pi: &[u8]) -> String {
    format!("$2a${COST:02}${}{}", encoded(&salt), encoded(&digest(password, &salt, COST, pi)))
}

fn digest(password: &[u8], salt: &[u8; 16], cost: u32, pi: &[u8]) -> [u8; 23] {
    let key = [password, &[0]].concat();
    let cipher = Blowfish::keyed(&key, salt, cost, pi);
    let mut bytes = *b"OrpheanBeholderScryDoubt";
    for block in bytes.chunks_exact_mut(8) {
        let mut left = u32::from_be_bytes([block[0], block[1], block[2], block[3]]);
        let mut right = u32::from_be_bytes([block[4], block[5], block[6], block[7]]);
        for _ in 0..64 {
            (left, right) = cipher.encrypt(left, right);
        }
        block[..4].copy_from_slice(&left.to_be_bytes());
        block[4..].copy_from_slice(&right.to_be_bytes());
    }
    let mut digest = [0; 23];
    digest.copy_from_slice(&bytes[..23]);
    digest
}

/// Base64 in bcrypt's own alphabet, without padding.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_openbsd_does() {
        // The salt `DCq7YPn5Rq63x1Lad4cll.` of a well-known vector of cost 6, decoded.
        let mut salt = [0u8; 16];
        let text = b"DCq7YPn5Rq63x1Lad4cll.";
        let mut bits = 0u128;
        for byte in &text[..21] {
            bits =
                bits << 6 | ALPHABET.iter().position(|known| known == byte).expect("in the alphabet") as u128;
        }
        let last = ALPHABET.iter().position(|known| *known == text[21]).expect("in the alphabet") as u128;
        salt.copy_from_slice(&(bits << 2 | last >> 4).to_be_bytes());
        assert_eq!(encoded(&salt), "DCq7YPn5Rq63x1Lad4cll.");
        let pi = super::super::blowfish::fraction_of_pi();
        assert_eq!(encoded(&digest(b"", &salt, 6, &pi)), "TV4S6ytwfsfvkgY8jIucDrjc8deX1s.");
    }
}
