//! Values as Go's `%#v` prints them: go-yaml quotes keys and values so in its errors.

use super::print::go_float;
use super::{Data, Node};
use crate::gather::sort_by_key;

/// `%#v` of a decoded value.
pub(super) fn go_value(node: &Node) -> String {
    let mut text = String::new();
    write(node, &mut text, false);
    text
}

fn write(node: &Node, text: &mut String, is_inside: bool) {
    match &node.data {
        Data::Null if is_inside => text.push_str("interface {}(nil)"),
        Data::Null => text.push_str("<nil>"),
        Data::Bool(value) => text.push_str(&value.to_string()),
        Data::Int(value) => text.push_str(&value.to_string()),
        Data::UInt(value) => text.push_str(&format!("{value:#x}")),
        Data::Float(value) if value.is_nan() => text.push_str("NaN"),
        Data::Float(value) if value.is_infinite() => {
            text.push_str(if *value > 0.0 { "+Inf" } else { "-Inf" })
        }
        Data::Float(value) => text.push_str(&go_float(*value)),
        Data::String(value) => quote(value, text),
        Data::Sequence(items) => {
            text.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(item, text, true);
            }
            text.push('}');
        }
        Data::Mapping(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sort_by_key(&mut sorted, |entry| entry.key.as_key().into_owned());
            text.push_str("map[interface {}]interface {}{");
            for (index, entry) in sorted.into_iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(&entry.key, text, true);
                text.push(':');
                write(&entry.value, text, true);
            }
            text.push('}');
        }
    }
}

/// Go's `strconv.Quote`.
fn quote(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{b}' => text.push_str("\\v"),
            _ if (character as u32) < 0x20 || character == '\u{7f}' => {
                text.push_str(&format!("\\x{:02x}", character as u32));
            }
            _ if character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{a0}') =>
            {
                text.push_str(&format!("\\u{:04x}", character as u32));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}
