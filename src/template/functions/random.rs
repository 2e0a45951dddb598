//! Sprig's random texts, drawn from the rendering's seed: the same seed gives the same texts.

use super::base_encoding::encode_base64;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::Value;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The random functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("randAlpha", &[Type::Int], |context, a| text(context, a[0].int(), LETTERS)),
    Function::new("randAlphaNum", &[Type::Int], |context, a| {
        text(context, a[0].int(), &[LETTERS, DIGITS].concat())
    }),
    Function::new("randAscii", &[Type::Int], |context, a| {
        text(context, a[0].int(), &(' '..='~').collect::<String>())
    }),
    Function::new("randBytes", &[Type::Int], |context, a| {
        let count = usize::try_from(a[0].int()).map_err(|_| Error::runtime("makeslice: len out of range"))?;
        context.allocate(count.saturating_mul(2))?;
        context.charge(count as u64)?;
        let bytes: Vec<u8> = (0..count).map(|_| context.random() as u8).collect();
        Ok(encode_base64(&bytes).into())
    }),
    Function::new("randNumeric", &[Type::Int], |context, a| text(context, a[0].int(), DIGITS)),
    Function::new("uuidv4", &[], |context, _| {
        context.charge(50)?;
        let mut bytes = random_bytes(context);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        Ok(parts.join("-").into())
    }),
];

/// Sixteen random bytes.
pub(super) fn random_bytes(context: &mut Context<'_>) -> [u8; 16] {
    let mut bytes = [0; 16];
    for half in bytes.chunks_exact_mut(8) {
        half.copy_from_slice(&context.random().to_be_bytes());
    }
    bytes
}

/// A negative count gives the empty text: Sprig drops goutils' error.
fn text(context: &mut Context<'_>, count: i64, alphabet: &str) -> Result<Value, Error> {
    let count = usize::try_from(count).unwrap_or(0);
    context.allocate(count)?;
    context.charge(count as u64)?;
    let alphabet = alphabet.as_bytes();
    let characters =
        (0..count).map(|_| char::from(alphabet[(context.random() % alphabet.len() as u64) as usize]));
    Ok(characters.collect::<String>().into())
}
