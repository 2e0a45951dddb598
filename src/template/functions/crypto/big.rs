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
        // (1 + k·self) / small is whole for k = −1/self modulo small.
        let rest = u64::from(self.divided(small).1);
        let k = (1..small).find(|k| (u64::from(*k) * rest + 1).is_multiple_of(u64::from(small))).unwrap_or(0);
        let mut product = self.times(&Big(vec![k]));
        let mut carry = true;
        for limb in &mut product.0 {
            if carry {
                (*limb, carry) = limb.overflowing_add(1);
            }
        }
        product.divided(small).0
    }

    /// `self` to the power of `exponent`, modulo `modulus`, which is odd and larger than `self`. Montgomery's way.
    pub(super) fn power(&self, exponent: &Big, modulus: &Big) -> Big {
        let size = modulus.0.len();
        // −1/modulus modulo 2^32, by Newton's doubling of right bits.
        let inverse = (0..5)
            .fold(1u32, |guess, _| guess.wrapping_mul(2u32.wrapping_sub(modulus.0[0].wrapping_mul(guess))));
        let multiply = |left: &[u32], right: &[u32]| {
            let mut sum = vec![0; 2 * size + 1];
            for (place, limb) in left.iter().enumerate() {
                add_product(&mut sum[place..], right, *limb);
            }
            for place in 0..size {
                let factor = sum[place].wrapping_mul(inverse.wrapping_neg());
                add_product(&mut sum[place..], &modulus.0, factor);
            }
            reduced(sum[size..].to_vec(), &modulus.0)
        };
        // 2^(64·size) modulo the modulus, by doubling 1.
        let mut square = vec![0; size + 1];
        square[0] = 1;
        for _ in 0..64 * size {
            let mut carry = 0;
            for limb in &mut square {
                (*limb, carry) = (*limb << 1 | carry, *limb >> 31);
            }
            square = reduced(square, &modulus.0);
            square.push(0);
        }
        let mut base = self.0.clone();
        base.resize(size, 0);
        let mut one = vec![0; size];
        one[0] = 1;
        let base = multiply(&base, &square[..size]);
        let mut result = multiply(&one, &square[..size]);
        for limb in exponent.0.iter().rev() {
            for bit in (0..32).rev() {
                result = multiply(&result, &result);
                if limb >> bit & 1 == 1 {
                    result = multiply(&result, &base);
                }
            }
        }
        Big(multiply(&result, &one)).trimmed()
    }

    /// Whether it is smaller than `other`.
    pub(super) fn is_below(&self, other: &Big) -> bool {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev())).is_lt()
    }
}

/// Adds `right × factor` to the limbs of `sum`, which has room for the carry.
fn add_product(sum: &mut [u32], right: &[u32], factor: u32) {
    let mut carry = 0u64;
    for (index, limb) in sum.iter_mut().enumerate() {
        let product = right.get(index).map_or(0, |right| u64::from(*right) * u64::from(factor));
        if index >= right.len() && carry == 0 {
            break;
        }
        let value = u64::from(*limb) + product + carry;
        *limb = value as u32;
        carry = value >> 32;
    }
}

/// A number below twice the modulus, less the modulus if it is not below it; as many limbs as the modulus.
fn reduced(mut number: Vec<u32>, modulus: &[u32]) -> Vec<u32> {
    let size = modulus.len();
    let is_large = number[size] != 0 || number[..size].iter().rev().ge(modulus.iter().rev());
    number.truncate(size);
    if is_large {
        let mut borrow = 0i64;
        for (limb, other) in number.iter_mut().zip(modulus) {
            let value = i64::from(*limb) - i64::from(*other) + borrow;
            *limb = value as u32;
            borrow = value >> 32;
        }
    }
    number
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
    }
}
