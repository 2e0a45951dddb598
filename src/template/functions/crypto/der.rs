//! ASN.1 in its distinguished encoding (DER), as certificates and keys use it, and PEM around it.

use super::super::base_encoding::{decode_base64, encode_base64};

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element with its tag and length.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..0x80 => bytes.push(length as u8),
        length => {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|byte| **byte == 0).count();
            bytes.push(0x80 | (digits.len() - zeros) as u8);
            bytes.extend_from_slice(&digits[zeros..]);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// A sequence of whole elements.
pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A whole number, not negative, from its big-endian bytes.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, bytes].concat())
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

/// One element that was read: its tag, its content, and all of it.
pub(super) type Part<'b> = (u8, &'b [u8], &'b [u8]);

/// The first element of `bytes`, and what is behind it.
pub(super) fn read(bytes: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
    let (start, length) = match first {
        length @ 0..0x80 => (2, usize::from(length)),
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
            (2 + count, digits.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    let end = start.checked_add(length)?;
    Some(((tag, bytes.get(start..end)?, &bytes[..end]), &bytes[end..]))
}

/// The elements of a sequence.
pub(super) fn parts(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let ((SEQUENCE, mut rest, _), _) = read(bytes)? else { return None };
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, behind) = read(rest)?;
        parts.push(part);
        rest = behind;
    }
    Some(parts)
}

/// A PEM block: lines of 64 characters.
pub(super) fn to_pem(kind: &str, bytes: &[u8]) -> String {
    let text = encode_base64(bytes);
    let mut pem = format!("-----BEGIN {kind}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {kind}-----\n"));
    pem
}

/// The kind and the bytes of the first PEM block.
pub(super) fn from_pem(text: &str) -> Option<(String, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (kind, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    let digits: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Some((kind.to_string(), decode_base64(&digits).ok()?))
}
