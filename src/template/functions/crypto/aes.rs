//! AES-256 in CBC mode with PKCS #7 padding, the start vector before the text: Sprig's form.

use crate::template::function::Error;

const BLOCK: usize = 16;
const ROUNDS: usize = 14;

type Block = [u8; BLOCK];

struct Cipher {
    keys: [Block; ROUNDS + 1],
    substitutes: [u8; 256],
    originals: [u8; 256],
}

/// Multiplication by x in the field of AES.
fn double(value: u8) -> u8 {
    (value << 1) ^ (if value & 0x80 != 0 { 0x1b } else { 0 })
}

fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right != 0 {
        if right & 1 != 0 {
            product ^= left;
        }
        left = double(left);
        right >>= 1;
    }
    product
}

/// The substitution box, stepping through the field by a generator and its inverse at once.
fn substitutes() -> [u8; 256] {
    let mut table = [0; 256];
    let (mut power, mut inverse) = (1u8, 1u8);
    loop {
        power ^= double(power);
        inverse ^= inverse << 1;
        inverse ^= inverse << 2;
        inverse ^= inverse << 4;
        if inverse & 0x80 != 0 {
            inverse ^= 0x09;
        }
        let mixed = inverse
            ^ inverse.rotate_left(1)
            ^ inverse.rotate_left(2)
            ^ inverse.rotate_left(3)
            ^ inverse.rotate_left(4);
        table[usize::from(power)] = mixed ^ 0x63;
        if power == 1 {
            table[0] = 0x63;
            return table;
        }
    }
}

impl Cipher {
    /// The password cut or filled with zeros to the key's 32 bytes.
    fn new(password: &[u8]) -> Cipher {
        let substitutes = substitutes();
        let mut originals = [0; 256];
        for (value, substitute) in substitutes.iter().enumerate() {
            originals[usize::from(*substitute)] = value as u8;
        }
        let mut words = [[0u8; 4]; 4 * (ROUNDS + 1)];
        for (byte, slot) in password.iter().zip(words.as_flattened_mut()[..32].iter_mut()) {
            *slot = *byte;
        }
        let mut constant = 1;
        for index in 8..words.len() {
            let mut word = words[index - 1];
            if index % 8 == 0 {
                word.rotate_left(1);
                word = word.map(|byte| substitutes[usize::from(byte)]);
                word[0] ^= constant;
                constant = double(constant);
            } else if index % 8 == 4 {
                word = word.map(|byte| substitutes[usize::from(byte)]);
            }
            for (slot, (new, old)) in words[index - 8].into_iter().zip(word).enumerate() {
                words[index][slot] = new ^ old;
            }
        }
        let mut keys = [[0; BLOCK]; ROUNDS + 1];
        keys.as_flattened_mut().copy_from_slice(words.as_flattened());
        Cipher { keys, substitutes, originals }
    }

    fn encrypt(&self, block: &mut Block) {
        xor(block, &self.keys[0]);
        for round in 1..=ROUNDS {
            let old = block.map(|byte| self.substitutes[usize::from(byte)]);
            for (index, byte) in block.iter_mut().enumerate() {
                *byte = old[(index + 4 * (index % 4)) % BLOCK];
            }
            if round < ROUNDS {
                mix(block, [2, 3, 1, 1]);
            }
            xor(block, &self.keys[round]);
        }
    }

    fn decrypt(&self, block: &mut Block) {
        for round in (1..=ROUNDS).rev() {
            xor(block, &self.keys[round]);
            if round < ROUNDS {
                mix(block, [14, 11, 13, 9]);
            }
            let old = *block;
            for (index, byte) in old.into_iter().enumerate() {
                block[(index + 4 * (index % 4)) % BLOCK] = self.originals[usize::from(byte)];
            }
        }
        xor(block, &self.keys[0]);
    }
}

fn xor(block: &mut Block, other: &[u8]) {
    for (byte, other) in block.iter_mut().zip(other) {
        *byte ^= other;
    }
}

/// Each column times a circulant matrix with this first row.
fn mix(block: &mut Block, row: [u8; 4]) {
    for column in block.chunks_exact_mut(4) {
        let old = [column[0], column[1], column[2], column[3]];
        for (index, byte) in column.iter_mut().enumerate() {
            *byte = (0..4).fold(0, |sum, place| sum ^ multiply(old[place], row[(4 + place - index) % 4]));
        }
    }
}

/// The start vector and the encrypted text.
pub(super) fn encrypt(password: &[u8], text: &[u8], start: Block) -> Vec<u8> {
    let cipher = Cipher::new(password);
    let padding = BLOCK - text.len() % BLOCK;
    let mut padded = text.to_vec();
    padded.resize(text.len() + padding, padding as u8);
    let mut result = start.to_vec();
    let mut previous = start;
    for chunk in padded.chunks_exact(BLOCK) {
        xor(&mut previous, chunk);
        cipher.encrypt(&mut previous);
        result.extend_from_slice(&previous);
    }
    result
}

/// The text of a start vector and what is encrypted behind it.
///
/// # Errors
/// What Go's runtime says of data of a wrong length, or of padding longer than the text.
pub(super) fn decrypt(password: &[u8], data: &[u8]) -> Result<Vec<u8>, Error> {
    let Some((start, blocks)) = data.split_at_checked(BLOCK) else {
        return Err(Error::runtime(format!("slice bounds out of range [:16] with capacity {}", data.len())));
    };
    if !blocks.len().is_multiple_of(BLOCK) {
        return Err(Error::new("crypto/cipher: input not full blocks"));
    }
    let cipher = Cipher::new(password);
    let mut text = Vec::with_capacity(blocks.len());
    let mut previous = start;
    for chunk in blocks.chunks_exact(BLOCK) {
        let mut block = [0; BLOCK];
        block.copy_from_slice(chunk);
        cipher.decrypt(&mut block);
        xor(&mut block, previous);
        text.extend_from_slice(&block);
        previous = chunk;
    }
    let Some(padding) = text.last().map(|byte| usize::from(*byte)) else {
        return Err(Error::runtime("index out of range [-1]"));
    };
    match text.len().checked_sub(padding) {
        Some(length) => text.truncate(length),
        None => {
            let end = text.len() as i64 - padding as i64;
            return Err(Error::runtime(format!("slice bounds out of range [:{end}]")));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypts_as_the_standard_says() {
        let key: Vec<u8> = (0..32).collect();
        let mut block: Block = std::array::from_fn(|index| (index * 0x11) as u8);
        let cipher = Cipher::new(&key);
        cipher.encrypt(&mut block);
        assert_eq!(block[..4], [0x8e, 0xa2, 0xb7, 0xca]);
        cipher.decrypt(&mut block);
        assert_eq!(block[..4], [0, 0x11, 0x22, 0x33]);
        let secret = encrypt(b"key", b"plaintext", [7; 16]);
        assert_eq!(decrypt(b"key", &secret).ok().as_deref(), Some(&b"plaintext"[..]));
    }
}
