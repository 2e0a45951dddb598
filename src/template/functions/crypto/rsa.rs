//! RSA keys and signatures (PKCS #1).

use super::big::Big;
use super::der::{self, element, integer, read, sequence};
use super::key_pool::PRIMES;
use super::sha2::sha256;
use crate::template::function::Context;

const EXPONENT: u32 = 65_537;

/// A private key.
pub(super) struct Key {
    modulus: Big,
    public: Big,
    private: Big,
    /// The primes, the private exponent for each, and the second prime's inverse modulo the first.
    shortcut: [Big; 5],
    /// The key as PKCS #1 writes it.
    encoded: Vec<u8>,
}

impl Key {
    /// The key that `random` picks from the pool. There are not many, and each takes a while to work out.
    pub(super) fn picked(random: u64, context: &Context<'_>) -> Key {
        let count = PRIMES.len() as u64;
        let first = random % count;
        let second = (first + 1 + random / count % (count - 1)) % count;
        let encoded = context.remember(&[b"rsa", &first.to_be_bytes(), &second.to_be_bytes()], &|| {
            Key::encode(PRIMES[first as usize], PRIMES[second as usize])
        });
        Key::parse(&encoded).expect("a key of the pool can be read")
    }

    /// The key of two primes as PKCS #1 writes it.
    fn encode(first: &str, second: &str) -> Vec<u8> {
        let (p, q) = (Big::from_hex(first), Big::from_hex(second));
        let (p, q) = if p.is_below(&q) { (q, p) } else { (p, q) };
        let (below_p, below_q) = (p.minus(1), q.minus(1));
        let numbers = [
            p.times(&q),
            Big::from_bytes(&EXPONENT.to_be_bytes()),
            below_p.times(&below_q).inverse_of(EXPONENT),
            p.clone(),
            q.clone(),
            below_p.inverse_of(EXPONENT),
            below_q.inverse_of(EXPONENT),
            q.power(&p.minus(2), &p),
        ];
        let mut parts = vec![integer(&[0])];
        parts.extend(numbers.iter().map(|number| integer(&number.to_bytes())));
        sequence(&parts)
    }

    /// Reads a key of PKCS #1.
    pub(super) fn parse(bytes: &[u8]) -> Option<Key> {
        let parts = der::parts(bytes)?;
        let number = |index: usize| parts.get(index).map(|(_, content, _)| Big::from_bytes(content));
        let (modulus, public, private) = (number(1)?, number(2)?, number(3)?);
        // Larger keys than anyone has would only cost time.
        let fits = modulus.is_modulus() && bytes.len() < 5000 && private.is_below(&modulus);
        let shortcut = [number(4)?, number(5)?, number(6)?, number(7)?, number(8)?];
        fits.then(|| Key { modulus, public, private, shortcut, encoded: bytes.to_vec() })
    }

    /// The key as a PEM block.
    pub(super) fn to_pem(&self) -> String {
        der::to_pem("RSA PRIVATE KEY", &self.encoded)
    }

    /// The public key as PKCS #1 writes it.
    pub(super) fn public_key(&self) -> Vec<u8> {
        sequence(&[integer(&self.modulus.to_bytes()), integer(&self.public.to_bytes())])
    }

    /// The signature of a message by SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let algorithm = sequence(&[
            element(der::OBJECT, &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]),
            element(der::NULL, &[]),
        ]);
        let digest = sequence(&[algorithm, element(der::OCTET_STRING, &sha256(message))]);
        let size = self.modulus.to_bytes().len();
        let mut padded = vec![0xff; size.saturating_sub(digest.len())];
        for (index, byte) in [(0, 0), (1, 1)] {
            if let Some(slot) = padded.get_mut(index) {
                *slot = byte;
            }
        }
        if let Some(last) = padded.last_mut() {
            *last = 0;
        }
        padded.extend_from_slice(&digest);
        let signature = self.raised(&Big::from_bytes(&padded)).to_bytes();
        [vec![0; size.saturating_sub(signature.len())], signature].concat()
    }

    /// A number below the modulus to the power of the private exponent: by the Chinese remainder theorem in a quarter
    /// of the time, if the key's parts fit each other.
    fn raised(&self, number: &Big) -> Big {
        let [p, q, to_p, to_q, inverse] = &self.shortcut;
        let is_half = |prime: &Big| prime.is_modulus() && 2 * prime.limbs() >= self.modulus.limbs();
        if is_half(p) && is_half(q) && inverse.is_below(p) && q.is_below(p) && p.times(q) == self.modulus {
            let (by_p, by_q) = (number.power(to_p, p), number.power(to_q, q));
            let more = by_p.minus_modulo(&by_q, p).times_modulo(inverse, p);
            let raised = by_q.plus(&more.times(q));
            if raised.power(&self.public, &self.modulus) == *number {
                return raised;
            }
        }
        number.power(&self.private, &self.modulus)
    }

    /// The signature of a message by SHA-256, or what is remembered of it.
    pub(super) fn signed(&self, message: &[u8], context: &Context<'_>) -> Vec<u8> {
        context.remember(&[b"sign", &self.encoded, &sha256(message)], &|| self.sign(message))
    }
}

/// The PKCS #1 key inside a PKCS #8 one.
pub(super) fn inside_pkcs8(bytes: &[u8]) -> Option<&[u8]> {
    let parts = der::parts(bytes)?;
    let (tag, content, _) = parts.get(2)?;
    (*tag == der::OCTET_STRING).then_some(())?;
    read(content).map(|((_, _, whole), _)| whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::function::Environment;

    #[test]
    fn signs_what_its_public_key_opens() {
        let environment = Environment::default();
        let key = Key::picked(7, &Context::new(&environment));
        let signature = Big::from_bytes(&key.sign(b"message"));
        let opened = signature.power(&key.public, &key.modulus).to_bytes();
        assert!(opened.ends_with(&sha256(b"message")));
        let number = Big::from_hex("123456789abcdef0123456789abcdef");
        assert_eq!(key.raised(&number), number.power(&key.private, &key.modulus));
        assert_eq!(Key::parse(&key.encoded).map(|same| same.encoded), Some(key.encoded));
    }
}
