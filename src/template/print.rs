//! Go's fmt: values as text, by verbs and flags.
//!
//! In: values and formats. Out: bytes as Go's `fmt` package writes them. A value nested deeper than
//! [`printer::DEPTH`] ends there, because a map may hold itself (Go overflows its stack).

mod float;
mod format;
mod printer;
mod quote;

pub use float::format_float;
pub use format::sprintf;
pub(crate) use quote::is_print;
pub use quote::{quote, quote_ascii, quote_rune};

use printer::Printer;

use super::Value;
use super::value::{Kind, decoded};

/// How long a printed text gets, in bytes; it ends there. A few maps that hold one another print without end.
pub const LONGEST: usize = 4 << 20;

/// The text of `%v`: `map[a:1 b:[x y]]`, `<nil>`, `1e+06`.
pub fn display(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        _ => decoded(&display_bytes(value)),
    }
}

/// The bytes of `%v`, which are no text if a string inside is not UTF-8.
pub fn display_bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::RawString(bytes) => bytes.to_vec(),
        _ => {
            let mut printer = Printer::default();
            printer.print(value, 'v');
            printer.bytes
        }
    }
}

/// Go's `fmt.Sprint`: a space between operands when neither is a string.
pub fn sprint(operands: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut after_string = true;
    for operand in operands {
        if printer.is_full() {
            break;
        }
        let is_string = operand.kind() == Kind::String;
        if !is_string && !after_string {
            printer.bytes.push(b' ');
        }
        printer.print(operand, 'v');
        after_string = is_string;
    }
    printer.bytes
}

/// Go's `fmt.Sprintln`: spaces between all operands, a newline at the end.
pub fn sprintln(operands: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (index, operand) in operands.iter().enumerate() {
        if printer.is_full() {
            break;
        }
        if index > 0 {
            printer.bytes.push(b' ');
        }
        printer.print(operand, 'v');
    }
    printer.bytes.push(b'\n');
    printer.bytes
}
