//! scrypt (RFC 7914).

use super::sha2::pbkdf2;

/// `scrypt.Key(password, salt, 2^log_n, r, p, length)`; memory 128·r·2^log_n bytes.
pub(super) fn scrypt(password: &[u8], salt: &[u8], log_n: u32, r: usize, p: usize, length: usize) -> Vec<u8> {
    let mut blocks = pbkdf2(password, salt, p * 128 * r);
    for block in blocks.chunks_exact_mut(128 * r) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        mix(&mut words, 1 << log_n);
        for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
    }
    pbkdf2(password, &blocks, length)
}

fn mix(block: &mut [u32], count: usize) {
    let size = block.len();
    let mut table = vec![0u32; size * count];
    let mut scratch = vec![0u32; size];
    for row in table.chunks_exact_mut(size) {
        row.copy_from_slice(block);
        shuffle(block, &mut scratch);
    }
    for _ in 0..count {
        let row = block[size - 16] as usize & (count - 1);
        for (word, other) in block.iter_mut().zip(&table[row * size..]) {
            *word ^= other;
        }
        shuffle(block, &mut scratch);
    }
}

/// BlockMix: each 64 bytes through Salsa20/8, the even results before the odd ones.
fn shuffle(block: &mut [u32], scratch: &mut [u32]) {
    let chunks = block.len() / 16;
    let mut state = [0u32; 16];
    state.copy_from_slice(&block[(chunks - 1) * 16..]);
    for (index, chunk) in block.chunks_exact(16).enumerate() {
        for (word, other) in state.iter_mut().zip(chunk) {
            *word ^= other;
        }
        salsa(&mut state);
        let place = index / 2 + if index % 2 == 1 { chunks / 2 } else { 0 };
        scratch[place * 16..place * 16 + 16].copy_from_slice(&state);
    }
    block.copy_from_slice(scratch);
}

/// Salsa20/8. The places are written out so that none needs a check when it runs.
fn salsa(state: &mut [u32; 16]) {
    let start = *state;
    for _ in 0..4 {
        quarter::<0, 4, 8, 12>(state);
        quarter::<5, 9, 13, 1>(state);
        quarter::<10, 14, 2, 6>(state);
        quarter::<15, 3, 7, 11>(state);
        quarter::<0, 1, 2, 3>(state);
        quarter::<5, 6, 7, 4>(state);
        quarter::<10, 11, 8, 9>(state);
        quarter::<15, 12, 13, 14>(state);
    }
    for (word, start) in state.iter_mut().zip(start) {
        *word = word.wrapping_add(start);
    }
}

#[inline(always)]
fn quarter<const A: usize, const B: usize, const C: usize, const D: usize>(state: &mut [u32; 16]) {
    state[B] ^= state[A].wrapping_add(state[D]).rotate_left(7);
    state[C] ^= state[B].wrapping_add(state[A]).rotate_left(9);
    state[D] ^= state[C].wrapping_add(state[B]).rotate_left(13);
    state[A] ^= state[D].wrapping_add(state[C]).rotate_left(18);
}

#[cfg(test)]
mod tests {
    #[test]
    fn derives_keys() {
        let key = super::scrypt(b"password", b"NaCl", 10, 8, 16, 64);
        assert_eq!(key[..8], [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
    }
}
