//! Whole numbers of any size, as far as RSA needs them.

/// A number; limbs from the least significant on, without zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    /// The number of big-endian bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Big {
        let limbs =
            bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte)));
        Big(limbs.collect()).trimmed()
    }

    /// The number of a hexadecimal text; what is no digit counts as 0.
    pub(super) fn from_hex(text: &str) -> Big {
        let limbs = text.as_bytes().rchunks(8).map(|chunk| {
            chunk.iter().fold(0, |limb, digit| limb << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
        });
        Big(limbs.collect()).trimmed()
    }

    /// Big-endian bytes without leading zeros.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let bytes: Vec<u8> = self.0.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes[zeros..].to_vec()
    }

    fn trimmed(mut self) -> Big {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// How many limbs it has.
    pub(super) fn limbs(&self) -> usize {
        self.0.len()
    }

    /// Whether it is odd and more than one limb long, as a modulus must be.
    pub(super) fn is_modulus(&self) -> bool {
        self.0.len() > 1 && self.0[0] & 1 == 1
    }

    /// The product.
    pub(super) fn times(&self, other: &Big) -> Big {
        let mut limbs = vec![0; self.0.len() + other.0.len()];
        for (place, left) in self.0.iter().enumerate() {
            add_product(&mut limbs[place..], &other.0, *left);
        }
        Big(limbs).trimmed()
    }

    /// The number less a small one, which is not larger.
    pub(super) fn minus(&self, small: u32) -> Big {
        let mut limbs = self.0.clone();
        let mut borrow = small;
        for limb in &mut limbs {
            let (value, under) = limb.overflowing_sub(borrow);
            *limb = value;
            borrow = u32::from(under);
        }
        Big(limbs).trimmed()
    }

    /// Quotient and rest of a division by a small number.
    pub(super) fn divided(&self, divisor: u32) -> (Big, u32) {
        let mut rest = 0u64;
        let mut limbs = self.0.clone();
        for limb in limbs.iter_mut().rev() {
            let value = rest << 32 | u64::from(*limb);
            *limb = (value / u64::from(divisor)) as u32;
            rest = value % u64::from(divisor);
        }
        (Big(limbs).trimmed(), rest as u32)
    }

    /// The inverse of the prime `small` modulo this number, which is no multiple of it.
    pub(super) fn inverse_of(&self, small: u32) -> Big {
        // (1 + k·self) / small is whole for k = −1/self modulo small, and 1/self is self^(small − 2) by Fermat.
        let prime = u64::from(small);
        let (mut inverse, mut square, mut exponent) = (1, u64::from(self.divided(small).1), small - 2);
        while exponent > 0 {
            if exponent & 1 == 1 {
                inverse = inverse * square % prime;
            }
            square = square * square % prime;
            exponent >>= 1;
        }
        let k = (prime - inverse) as u32;
        let mut product = self.times(&Big(vec![k]));
        let mut carry = true;
        for limb in &mut product.0 {
            if carry {
                (*limb, carry) = limb.overflowing_add(1);
            }
        }
        product.divided(small).0
    }

    /// The sum.
    pub(super) fn plus(&self, other: &Big) -> Big {
        let mut limbs = self.0.clone();
        limbs.resize(self.0.len().max(other.0.len()) + 1, 0);
        add_product(&mut limbs, &other.0, 1);
        Big(limbs).trimmed()
    }

    /// `self · other` modulo `modulus`, which is odd; `self` has at most twice its limbs, `other` is below it.
    pub(super) fn times_modulo(&self, other: &Big, modulus: &Big) -> Big {
        let ring = Ring::new(modulus);
        let other = ring.multiply(&ring.padded(&other.0), &ring.square);
        ring.leave(&ring.multiply(&ring.enter(self), &other))
    }

    /// `self − other` modulo `modulus`; both are below it.
    pub(super) fn minus_modulo(&self, other: &Big, modulus: &Big) -> Big {
        let mut limbs = if self.is_below(other) { self.plus(modulus).0 } else { self.0.clone() };
        subtract(&mut limbs, &other.0);
        Big(limbs).trimmed()
    }

    /// `self` to the power of `exponent`, modulo `modulus`, which is odd and has at least half the limbs of `self`.
    pub(super) fn power(&self, exponent: &Big, modulus: &Big) -> Big {
        let ring = Ring::new(modulus);
        let base = ring.enter(self);
        let mut result = ring.enter(&Big(vec![1]));
        for limb in exponent.0.iter().rev() {
            for bit in (0..32).rev() {
                result = ring.multiply(&result, &result);
                if limb >> bit & 1 == 1 {
                    result = ring.multiply(&result, &base);
                }
            }
        }
        ring.leave(&result)
    }

    /// Whether it is smaller than `other`.
    pub(super) fn is_below(&self, other: &Big) -> bool {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev())).is_lt()
    }
}

/// Multiplication modulo an odd number, Montgomery's way: a number stands for itself over 2^(32·size).
struct Ring<'m> {
    modulus: &'m [u32],
    /// −1/modulus modulo 2^32.
    inverse: u32,
    /// 2^(64·size) modulo the modulus.
    square: Vec<u32>,
}

impl Ring<'_> {
    fn new(modulus: &Big) -> Ring<'_> {
        let modulus = &modulus.0[..];
        let size = modulus.len();
        // Newton's doubling of right bits.
        let inverse = (0..5)
            .fold(1u32, |guess, _| guess.wrapping_mul(2u32.wrapping_sub(modulus[0].wrapping_mul(guess))))
            .wrapping_neg();
        let mut square = vec![0; size + 1];
        square[0] = 1;
        for _ in 0..64 * size {
            let mut carry = 0;
            for limb in &mut square {
                (*limb, carry) = (*limb << 1 | carry, *limb >> 31);
            }
            reduce(&mut square, modulus);
        }
        square.truncate(size);
        Ring { modulus, inverse, square }
    }

    /// `left · right` over 2^(32·size); both have `size` limbs, and one of them is below the modulus.
    fn multiply(&self, left: &[u32], right: &[u32]) -> Vec<u32> {
        let size = self.modulus.len();
        let mut sum = vec![0; 2 * size + 1];
        for (place, limb) in left.iter().enumerate() {
            add_product(&mut sum[place..], right, *limb);
        }
        for place in 0..size {
            let factor = sum[place].wrapping_mul(self.inverse);
            add_product(&mut sum[place..], self.modulus, factor);
        }
        let mut product = sum.split_off(size);
        reduce(&mut product, self.modulus);
        product.truncate(size);
        product
    }

    fn padded(&self, limbs: &[u32]) -> Vec<u32> {
        let mut limbs = limbs.to_vec();
        limbs.resize(self.modulus.len(), 0);
        limbs
    }

    /// What stands for a number of at most twice the modulus' limbs.
    fn enter(&self, number: &Big) -> Vec<u32> {
        let (low, high) = number.0.split_at(number.0.len().min(self.modulus.len()));
        let mut sum = self.multiply(&self.padded(low), &self.square);
        if !high.is_empty() {
            let high = self.multiply(&self.padded(high), &self.square);
            sum.push(0);
            add_product(&mut sum, &self.multiply(&high, &self.square), 1);
            reduce(&mut sum, self.modulus);
            sum.truncate(self.modulus.len());
        }
        sum
    }

    /// The number that something stands for.
    fn leave(&self, number: &[u32]) -> Big {
        Big(self.multiply(number, &self.padded(&[1]))).trimmed()
    }
}

/// Adds `right × factor` to the limbs of `sum`, which has room for the carry.
fn add_product(sum: &mut [u32], right: &[u32], factor: u32) {
    let mut carry = 0u64;
    let (below, above) = sum.split_at_mut(right.len().min(sum.len()));
    for (limb, right) in below.iter_mut().zip(right) {
        let value = u64::from(*limb) + u64::from(*right) * u64::from(factor) + carry;
        *limb = value as u32;
        carry = value >> 32;
    }
    for limb in above {
        if carry == 0 {
            break;
        }
        let value = u64::from(*limb) + carry;
        *limb = value as u32;
        carry = value >> 32;
    }
}

/// Takes `other`, which is not larger, off a number of at least as many limbs.
fn subtract(number: &mut [u32], other: &[u32]) {
    let mut borrow = 0i64;
    for (index, limb) in number.iter_mut().enumerate() {
        let value = i64::from(*limb) - other.get(index).map_or(0, |other| i64::from(*other)) + borrow;
        *limb = value as u32;
        borrow = value >> 32;
    }
}

/// Takes the modulus off a number below twice the modulus, with one limb more, if it is not below it.
fn reduce(number: &mut [u32], modulus: &[u32]) {
    let size = modulus.len();
    if number[size] != 0 || number[..size].iter().rev().ge(modulus.iter().rev()) {
        subtract(number, modulus);
    }
}

#[cfg(test)]
mod tests {
    use super::Big;

    #[test]
    fn calculates() {
        let modulus = Big::from_hex("fedcba98765432100123456789abcdef");
        assert!(modulus.is_modulus());
        let base = Big::from_hex("123456789abcdef0");
        assert_eq!(base.times(&base), Big::from_hex("14b66dc33f6acdca5e20890f2a52100"));
        assert_eq!(base.power(&Big::from_hex("2"), &modulus), base.times(&base));
        let prime = Big::from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        assert_eq!(base.power(&prime.minus(1), &prime), Big::from_hex("1"));
        let inverse = prime.minus(1).inverse_of(7);
        assert_eq!(base.power(&Big::from_hex("7"), &prime).power(&inverse, &prime), base);
        let long = prime.times(&base).plus(&base);
        assert_eq!(long.power(&Big::from_hex("1"), &prime), base);
        assert_eq!(long.times_modulo(&base, &prime), base.times(&base));
        let less = base.minus_modulo(&prime.minus(1), &prime);
        assert_eq!(less, base.plus(&Big::from_hex("1")));
    }
}
