//! RSA keys and signatures (PKCS #1).

use super::big::Big;
use super::der::{self, element, integer, read, sequence};
use super::key_pool::PRIMES;
use super::sha2::sha256;

const EXPONENT: u32 = 65_537;

/// A private key.
pub(super) struct Key {
    modulus: Big,
    public: Big,
    private: Big,
    /// The key as PKCS #1 writes it.
    encoded: Vec<u8>,
}

impl Key {
    /// The key that `random` picks from the pool.
    pub(super) fn picked(random: u64) -> Key {
        let count = PRIMES.len() as u64;
        let first = random % count;
        let second = (first + 1 + random / count % (count - 1)) % count;
        let prime = |index: u64| Big::from_hex(PRIMES[index as usize]);
        let (p, q) = (prime(first), prime(second));
        let (p, q) = if p.is_below(&q) { (q, p) } else { (p, q) };
        let (below_p, below_q) = (p.minus(1), q.minus(1));
        let modulus = p.times(&q);
        let private = below_p.times(&below_q).inverse_of(EXPONENT);
        let numbers = [
            modulus.clone(),
            Big::from_bytes(&EXPONENT.to_be_bytes()),
            private.clone(),
            p.clone(),
            q.clone(),
            below_p.inverse_of(EXPONENT),
            below_q.inverse_of(EXPONENT),
            q.power(&p.minus(2), &p),
        ];
        let mut parts = vec![integer(&[0])];
        parts.extend(numbers.iter().map(|number| integer(&number.to_bytes())));
        let [_, public, ..] = numbers;
        Key { modulus, public, private, encoded: sequence(&parts) }
    }

    /// Reads a key of PKCS #1.
    pub(super) fn parse(bytes: &[u8]) -> Option<Key> {
        let parts = der::parts(bytes)?;
        let number = |index: usize| parts.get(index).map(|(_, content, _)| Big::from_bytes(content));
        let (modulus, public, private) = (number(1)?, number(2)?, number(3)?);
        // Larger keys than anyone has would only cost time.
        let fits = modulus.is_modulus() && bytes.len() < 5000 && private.is_below(&modulus);
        fits.then(|| Key { modulus, public, private, encoded: bytes.to_vec() })
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
        let signature = Big::from_bytes(&padded).power(&self.private, &self.modulus).to_bytes();
        [vec![0; size.saturating_sub(signature.len())], signature].concat()
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

    #[test]
    fn signs_what_its_public_key_opens() {
        let key = Key::picked(7);
        let signature = Big::from_bytes(&key.sign(b"message"));
        let opened = signature.power(&key.public, &key.modulus).to_bytes();
        assert!(opened.ends_with(&sha256(b"message")));
        assert_eq!(Key::parse(&key.encoded).map(|same| same.encoded), Some(key.encoded));
    }
}
