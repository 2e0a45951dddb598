//! Checksums, ciphers and passwords: the algorithms, each in its file, and Sprig's functions on them.
//!
//! None of this guards a secret: what the page makes up comes from a seed that anyone can repeat.

mod aes;
mod bcrypt;
mod big;
mod blowfish;
pub(crate) mod certificate;
mod der;
mod key_pool;
mod password;
mod rsa;
mod scrypt;
mod sha1;
mod sha2;

use super::base_encoding::{decode_base32, decode_base64, encode_base32, encode_base64};
use super::strings::bytes;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::Value;

const TEXT: &[Type] = &[Type::String];
const TEXTS: &[Type] = &[Type::String, Type::String];

/// What `bcrypt` takes of the allowance for slow functions: it is slow on purpose.
const BCRYPT: u64 = 100;
/// What AES takes of the fuel before it has read anything.
const AES_KEY: u64 = 150;
/// What `derivePassword` takes.
const SCRYPT: u64 = 75;

/// The functions on checksums, encodings and ciphers.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("adler32sum", TEXT, |context, a| {
        charge(context, &a[0])?;
        Ok(adler32(bytes(&a[0])).to_string().into())
    }),
    Function::new("b32dec", TEXT, |_, a| Ok(decoded(decode_base32(bytes(&a[0]))))),
    Function::new("b32enc", TEXT, |context, a| {
        context.allocate(bytes(&a[0]).len() * 2)?;
        Ok(encode_base32(bytes(&a[0])).into())
    }),
    Function::new("b64dec", TEXT, |_, a| Ok(decoded(decode_base64(bytes(&a[0]))))),
    Function::new("b64enc", TEXT, |context, a| {
        context.allocate(bytes(&a[0]).len() * 2)?;
        Ok(encode_base64(bytes(&a[0])).into())
    }),
    Function::new("bcrypt", TEXT, |context, a| bcrypt_text(context, bytes(&a[0])).map(Value::from)),
    Function::new("decryptAES", TEXTS, |context, a| {
        charge(context, &a[1])?;
        if bytes(&a[1]).is_empty() {
            return Ok("".into());
        }
        context.charge(AES_KEY)?;
        let data = decode_base64(bytes(&a[1])).map_err(Error::new)?;
        aes::decrypt(bytes(&a[0]), &data).map(Value::string_of_bytes)
    }),
    Function::new("derivePassword", &[Type::Int, Type::String, Type::String, Type::String, Type::String], {
        |context, a| {
            let texts: usize = a[1..].iter().map(|text| bytes(text).len()).sum();
            context.charge(4 * texts as u64)?;
            context.charge_slow(SCRYPT)?;
            let (counter, kind) = (a[0].int() as u32, a[1].text());
            let [password, user, site] = [&a[2], &a[3], &a[4]].map(bytes);
            let key = [b"derive", &counter.to_be_bytes()[..], kind.as_bytes(), password, user, site];
            let text = context
                .remember(&key, &|| password::derive(counter, &kind, password, user, site).into_bytes());
            Ok(Value::string_of_bytes(text))
        }
    }),
    Function::new("encryptAES", TEXTS, |context, a| {
        charge(context, &a[1])?;
        if bytes(&a[1]).is_empty() {
            return Ok("".into());
        }
        context.charge(AES_KEY)?;
        let start = super::random::random_bytes(context);
        Ok(encode_base64(&aes::encrypt(bytes(&a[0]), bytes(&a[1]), start)).into())
    }),
    Function::new("htpasswd", TEXTS, |context, a| {
        let name = a[0].text();
        if name.contains(':') {
            return Ok(format!("invalid username: {name}").into());
        }
        Ok(format!("{name}:{}", bcrypt_text(context, bytes(&a[1]))?).into())
    }),
    Function::new("sha1sum", TEXT, |context, a| {
        charge(context, &a[0])?;
        Ok(hexadecimal(&sha1::sha1(bytes(&a[0]))).into())
    }),
    Function::new("sha256sum", TEXT, |context, a| {
        charge(context, &a[0])?;
        Ok(hexadecimal(&sha2::sha256(bytes(&a[0]))).into())
    }),
    Function::new("sha512sum", TEXT, |context, a| {
        charge(context, &a[0])?;
        Ok(hexadecimal(&sha2::sha512(bytes(&a[0]))).into())
    }),
];

fn charge(context: &mut Context<'_>, value: &Value) -> Result<(), Error> {
    let length = bytes(value).len();
    context.charge(80 + 2 * length as u64)?;
    context.allocate(length * 2)
}

/// Sprig answers the error's text where a text cannot be decoded.
fn decoded(result: Result<Vec<u8>, String>) -> Value {
    match result {
        Ok(bytes) => Value::string_of_bytes(bytes),
        Err(error) => error.into(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1u32, 0u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    high << 16 | low
}

fn bcrypt_text(context: &mut Context<'_>, password: &[u8]) -> Result<String, Error> {
    context.charge_slow(BCRYPT)?;
    if password.len() > 72 {
        return Ok("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".into());
    }
    let salt = super::random::random_bytes(context);
    let hash = context.remember(&[b"bcrypt", &salt, password], &|| {
        let pi = context.remember(&[b"pi"], &blowfish::fraction_of_pi);
        bcrypt::hash(password, salt, &pi).into_bytes()
    });
    Ok(String::from_utf8_lossy(&hash).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests() {
        assert_eq!(adler32(b"Wikipedia"), 300_286_872);
        for (text, digest) in [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ] {
            assert_eq!(hexadecimal(&sha1::sha1(text.as_bytes())), digest);
        }
        assert_eq!(
            hexadecimal(&sha2::sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(hexadecimal(&sha2::sha512(&[b'a'; 200])).starts_with("4b11459c33f52a22ee8236782714c150"));
        assert_eq!(
            hexadecimal(&sha2::hmac(b"key", b"The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
    }
}
