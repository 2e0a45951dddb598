//! Blowfish with the expensive key schedule of bcrypt.

/// Words of the key schedule and of the four boxes.
const KEYS: usize = 18;
const WORDS: usize = KEYS + 4 * 256;

/// The cipher's state. Boxes of a fixed size that bytes index need no check of the index.
pub(super) struct Blowfish {
    keys: [u32; KEYS],
    boxes: [[u32; 256]; 4],
}

impl Blowfish {
    /// The state keyed by salt and password, and again by both in turn 2^`cost` times; it starts from `pi`, which is
    /// [`fraction_of_pi`].
    pub(super) fn keyed(password: &[u8], salt: &[u8; 16], cost: u32, pi: &[u8]) -> Blowfish {
        let mut cipher = Blowfish { keys: [0; KEYS], boxes: [[0; 256]; 4] };
        let cells = cipher.keys.iter_mut().chain(cipher.boxes.iter_mut().flatten());
        for (cell, bytes) in cells.zip(pi.chunks_exact(4)) {
            *cell = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        cipher.expand(password, salt);
        for _ in 0..1u32 << cost {
            cipher.expand(password, &[0; 16]);
            cipher.expand(salt, &[0; 16]);
        }
        cipher
    }

    fn expand(&mut self, key: &[u8], salt: &[u8; 16]) {
        let mut key = key.iter().cycle();
        for word in &mut self.keys {
            *word ^= (0..4).fold(0, |word, _| word << 8 | key.next().map_or(0, |byte| u32::from(*byte)));
        }
        let mut halves = [0; 4];
        for (half, bytes) in halves.iter_mut().zip(salt.chunks_exact(4)) {
            *half = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        let (mut left, mut right) = (0, 0);
        let mut turn = [[halves[0], halves[1]], [halves[2], halves[3]]];
        for index in (0..KEYS).step_by(2) {
            (left, right) = self.encrypt(left ^ turn[0][0], right ^ turn[0][1]);
            (self.keys[index], self.keys[index + 1]) = (left, right);
            turn.swap(0, 1);
        }
        for row in 0..4 {
            for index in (0..256).step_by(2) {
                (left, right) = self.encrypt(left ^ turn[0][0], right ^ turn[0][1]);
                (self.boxes[row][index], self.boxes[row][index + 1]) = (left, right);
                turn.swap(0, 1);
            }
        }
    }

    /// One block.
    pub(super) fn encrypt(&self, mut left: u32, mut right: u32) -> (u32, u32) {
        let [first, second, third, fourth] = &self.boxes;
        for key in &self.keys[..16] {
            left ^= key;
            let cell = |cells: &[u32; 256], shift: u32| cells[(left >> shift & 0xff) as usize];
            let mixed = cell(first, 24).wrapping_add(cell(second, 16)) ^ cell(third, 8);
            right ^= mixed.wrapping_add(cell(fourth, 0));
            (left, right) = (right, left);
        }
        (right ^ self.keys[17], left ^ self.keys[16])
    }
}

/// The first bits behind the point of pi, which Blowfish starts from: 16·atan(1/5) − 4·atan(1/239).
/// Worked out here, since the digits would take more room in the page than this does. Big-endian.
pub(super) fn fraction_of_pi() -> Vec<u8> {
    // A word before the point, and two words behind the last one for what rounding loses.
    const LENGTH: usize = WORDS + 3;
    let mut pi = vec![0u32; LENGTH];
    for (factor, base, is_positive) in [(16, 5u64, true), (4, 239, false)] {
        let mut power = vec![0u32; LENGTH];
        power[0] = factor;
        divide(&mut power, base, 0);
        let mut first = 0;
        let mut odd = 1;
        let mut adds = is_positive;
        loop {
            while first < LENGTH && power[first] == 0 {
                first += 1;
            }
            if first == LENGTH {
                break;
            }
            let mut term = power.clone();
            divide(&mut term, odd, first);
            accumulate(&mut pi, &term, adds);
            divide(&mut power, base * base, first);
            odd += 2;
            adds = !adds;
        }
    }
    pi[1..=WORDS].iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn divide(number: &mut [u32], divisor: u64, first: usize) {
    let mut rest = 0;
    for word in &mut number[first..] {
        let value = rest << 32 | u64::from(*word);
        *word = (value / divisor) as u32;
        rest = value % divisor;
    }
}

fn accumulate(sum: &mut [u32], term: &[u32], adds: bool) {
    let mut carry = 0i64;
    for (word, term) in sum.iter_mut().zip(term).rev() {
        let signed = if adds { i64::from(*term) } else { -i64::from(*term) };
        let value = i64::from(*word) + signed + carry;
        *word = value as u32;
        carry = value >> 32;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn knows_pi() {
        let bytes = super::fraction_of_pi();
        assert_eq!(
            (bytes.len(), &bytes[..4], &bytes[4164..]),
            (4168, &[0x24, 0x3f, 0x6a, 0x88][..], &[0x3a, 0xc3, 0x72, 0xe6][..])
        );
    }
}
