//! `html`, `js`, `urlquery`.

use crate::template::Value;
use crate::template::print::{is_print, sprint};

/// The text of the arguments: one string as it is, others as `print` joins them.
pub(super) fn joined(arguments: &[Value]) -> Vec<u8> {
    if let [only] = arguments
        && let Value::String(_) | Value::RawString(_) = only
    {
        return only.as_bytes().unwrap_or_default().to_vec();
    }
    let shown: Vec<_> = arguments
        .iter()
        .map(|argument| if argument.is_nil() { Value::from("<no value>") } else { argument.clone() })
        .collect();
    sprint(&shown)
}

pub(super) fn html(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(*byte),
        }
    }
    out
}

pub(super) fn js(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for rune in chunk.valid().chars() {
            match rune {
                '\\' => out.extend_from_slice(br"\\"),
                '\'' => out.extend_from_slice(br"\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' => out.extend_from_slice(br"\u003C"),
                '>' => out.extend_from_slice(br"\u003E"),
                '&' => out.extend_from_slice(br"\u0026"),
                '=' => out.extend_from_slice(br"\u003D"),
                _ if rune != '\u{7f}' && (rune < ' ' || !is_print(rune)) => {
                    out.extend_from_slice(format!("\\u{:04X}", u32::from(rune)).as_bytes());
                }
                _ => out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        // Go takes such a byte for U+FFFD, finds that printable, and writes the byte.
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// Go's url.QueryEscape.
pub(super) fn urlquery(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
