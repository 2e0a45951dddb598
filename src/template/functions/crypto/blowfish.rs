//! Blowfish with the expensive key schedule of bcrypt.

/// Words of the key schedule and of the four boxes.
const KEYS: usize = 18;
const WORDS: usize = KEYS + 4 * 256;

/// The cipher's state: the schedule's words, then the boxes.
pub(super) struct Blowfish {
    words: Vec<u32>,
}

impl Blowfish {
    /// The state keyed by salt and password, and again by both in turn 2^`cost` times.
    pub(super) fn keyed(password: &[u8], salt: &[u8; 16], cost: u32) -> Blowfish {
        let mut cipher = Blowfish { words: fraction_of_pi() };
        cipher.expand(password, salt);
        for _ in 0..1u32 << cost {
            cipher.expand(password, &[0; 16]);
            cipher.expand(salt, &[0; 16]);
        }
        cipher
    }

    fn expand(&mut self, key: &[u8], salt: &[u8; 16]) {
        let mut key = key.iter().cycle();
        for word in &mut self.words[..KEYS] {
            *word ^= (0..4).fold(0, |word, _| word << 8 | key.next().map_or(0, |byte| u32::from(*byte)));
        }
        let mut halves = [0; 4];
        for (half, bytes) in halves.iter_mut().zip(salt.chunks_exact(4)) {
            *half = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        let (mut left, mut right) = (0, 0);
        for index in (0..WORDS).step_by(2) {
            let salt = if index % 4 == 0 { [halves[0], halves[1]] } else { [halves[2], halves[3]] };
            (left, right) = self.encrypt(left ^ salt[0], right ^ salt[1]);
            (self.words[index], self.words[index + 1]) = (left, right);
        }
    }

    /// One block.
    pub(super) fn encrypt(&self, mut left: u32, mut right: u32) -> (u32, u32) {
        let (keys, boxes) = self.words.split_at(KEYS);
        let cell = |index: usize, value: u32| boxes[index * 256 + (value & 0xff) as usize];
        for key in &keys[..16] {
            left ^= key;
            let mixed = cell(0, left >> 24).wrapping_add(cell(1, left >> 16)) ^ cell(2, left >> 8);
            right ^= mixed.wrapping_add(cell(3, left));
            (left, right) = (right, left);
        }
        (right ^ keys[17], left ^ keys[16])
    }
}

/// The first bits behind the point of pi, which Blowfish starts from: 16·atan(1/5) − 4·atan(1/239).
/// Worked out here, since the digits would take more room in the page than this does.
fn fraction_of_pi() -> Vec<u32> {
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
    pi[1..=WORDS].to_vec()
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
        let words = super::fraction_of_pi();
        assert_eq!((words[0], words[17], words[1041]), (0x243f_6a88, 0x8979_fb1b, 0x3ac3_72e6));
    }
}
