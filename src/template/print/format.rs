//! Go's fmt.Sprintf: the format's own little language.

use super::printer::{Flags, Printer};
use crate::template::Value;

/// Widths, precisions and argument numbers beyond this are errors, as in Go.
const LARGEST: i64 = 1_000_000;

/// The format with its operands put in; what is wrong with it stands in the text, as `%!d(string=hi)`.
pub fn sprintf(format: &[u8], operands: &[Value]) -> Vec<u8> {
    let mut formatter = Formatter {
        format,
        operands,
        at: 0,
        operand: 0,
        reordered: false,
        good: true,
        printer: Printer::default(),
    };
    formatter.run();
    formatter.printer.bytes
}

struct Formatter<'a> {
    format: &'a [u8],
    operands: &'a [Value],
    /// Where in the format we are.
    at: usize,
    /// The next operand.
    operand: usize,
    /// Whether an argument number was used: then left-over operands are no error.
    reordered: bool,
    /// Whether the argument numbers of this verb were good.
    good: bool,
    printer: Printer,
}

impl Formatter<'_> {
    fn run(&mut self) {
        while self.at < self.format.len() && !self.printer.is_full() {
            let rest = &self.format[self.at..];
            let literal = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.write(&rest[..literal]);
            self.at += literal;
            if self.at < self.format.len() {
                self.at += 1;
                self.good = true;
                self.verb();
            }
        }
        if !self.reordered && self.operand < self.operands.len() {
            self.write_extra();
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.printer.bytes.extend_from_slice(bytes);
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn verb(&mut self) {
        self.printer.flags = Flags::default();
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut after_number = self.argument_number();
        after_number = self.width(after_number);
        after_number = self.precision(after_number);
        if !after_number {
            self.argument_number();
        }
        let Some((verb, size)) = rune_at(&self.format[self.at.min(self.format.len())..]) else {
            return self.write(b"%!(NOVERB)");
        };
        self.at += size;
        if verb == '%' {
            self.write(b"%");
        } else if !self.good {
            self.write(format!("%!{verb}(BADINDEX)").as_bytes());
        } else if let Some(operand) = self.operands.get(self.operand) {
            if verb == 'v' {
                let flags = &mut self.printer.flags;
                flags.syntax = std::mem::take(&mut flags.sharp);
                flags.names = std::mem::take(&mut flags.plus);
            }
            self.operand += 1;
            self.printer.print(operand, verb);
        } else {
            self.write(format!("%!{verb}(MISSING)").as_bytes());
        }
    }

    fn width(&mut self, after_number: bool) -> bool {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.integer_operand() {
                None => self.write(b"%!(BADWIDTH)"),
                Some(width) => {
                    let flags = &mut self.printer.flags;
                    flags.width = Some(width.unsigned_abs() as usize);
                    if width < 0 {
                        flags.minus = true;
                        flags.zero = false;
                    }
                }
            }
            return false;
        }
        self.printer.flags.width = self.number();
        if after_number && self.printer.flags.width.is_some() {
            self.good = false;
        }
        after_number
    }

    fn precision(&mut self, mut after_number: bool) -> bool {
        if self.peek() != Some(b'.') {
            return after_number;
        }
        self.at += 1;
        if after_number {
            self.good = false;
        }
        after_number = self.argument_number();
        if self.peek() == Some(b'*') {
            self.at += 1;
            self.printer.flags.precision =
                self.integer_operand().and_then(|precision| usize::try_from(precision).ok());
            if self.printer.flags.precision.is_none() {
                self.write(b"%!(BADPREC)");
            }
            return false;
        }
        self.printer.flags.precision = Some(self.number().unwrap_or(0));
        after_number
    }

    /// A decimal number here; none if there is none or it is too large (then its digits stay unread, as in Go).
    fn number(&mut self) -> Option<usize> {
        let (value, end) = number_at(self.format, self.at)?;
        self.at = end;
        value
    }

    /// The operand of a `*`.
    fn integer_operand(&mut self) -> Option<i64> {
        let operand = self.operands.get(self.operand)?;
        self.operand += 1;
        let number = i64::try_from(operand.as_integer()?).ok()?;
        (-LARGEST..=LARGEST).contains(&number).then_some(number)
    }

    /// An explicit argument number `[n]` here; whether there was one that could be read.
    fn argument_number(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let close = if rest.len() < 3 { None } else { rest.iter().position(|byte| *byte == b']') };
        let Some(close) = close else {
            self.good = false;
            self.at += 1;
            return false;
        };
        let number = match number_at(&rest[..close], 1) {
            Some((Some(number), end)) if end == close => Some(number),
            _ => None,
        };
        self.at += close + 1;
        match number {
            Some(number) if (1..=self.operands.len()).contains(&number) => {
                self.operand = number - 1;
                true
            }
            _ => {
                self.good = false;
                number.is_some()
            }
        }
    }

    fn write_extra(&mut self) {
        self.printer.flags = Flags::default();
        self.write(b"%!(EXTRA ");
        for (index, operand) in self.operands[self.operand..].iter().enumerate() {
            if self.printer.is_full() {
                break;
            }
            if index > 0 {
                self.write(b", ");
            }
            self.write(operand.type_name().as_bytes());
            if !operand.is_nil() {
                self.write(b"=");
                self.printer.print(operand, 'v');
            }
        }
        self.write(b")");
    }
}

/// The decimal number at `start` and where it ends; the number is missing if it is too large.
fn number_at(bytes: &[u8], start: usize) -> Option<(Option<usize>, usize)> {
    let digits = bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let mut value = 0_i64;
    for digit in &bytes[start..start + digits] {
        if value > LARGEST {
            return Some((None, bytes.len()));
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some((usize::try_from(value).ok(), start + digits))
}

fn rune_at(bytes: &[u8]) -> Option<(char, usize)> {
    let chunk = bytes[..bytes.len().min(4)].utf8_chunks().next()?;
    match chunk.valid().chars().next() {
        Some(rune) => Some((rune, rune.len_utf8())),
        None => Some((char::REPLACEMENT_CHARACTER, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, operands: &[Value], expected: &str) {
        assert_eq!(String::from_utf8_lossy(&sprintf(format.as_bytes(), operands)), expected, "{format}");
    }

    #[test]
    fn verbs_and_flags() {
        check("%5d|%-5d|%05d|%+d|% d", &[42, 42, 42, 42, 42].map(Value::Int), "   42|42   |00042|+42| 42");
        check(
            "%x %X %#x %o %O %b %c %q %U %#U",
            &[42; 10].map(Value::Int),
            "2a 2A 0x2a 52 0o52 101010 * '*' U+002A U+002A '*'",
        );
        check("%.3d|%8.3d|%.0d|", &[Value::Int(7), Value::Int(-7), Value::Int(0)], "007|    -007||");
        check(
            "%8.3f|%-8.2f|%+.1f|%08.3f|%e",
            &[1.5; 5].map(Value::Float64),
            "   1.500|1.50    |+1.5|0001.500|1.500000e+00",
        );
        check("%#g %#.3g %#v", &[1.0, 1.0, 1.0].map(Value::Float64), "1.00000 1.00 1");
        check(
            "%10s|%-4s|%.2s|%q|% x|%#x",
            &["hé"; 6].map(Value::from),
            "        hé|hé  |hé|\"hé\"|68 c3 a9|0x68c3a9",
        );
        check("%t %v %5t", &[true, false, true].map(Value::Bool), "true false  true");
    }

    #[test]
    fn mistakes_stand_in_the_text() {
        check("%d", &["hi".into()], "%!d(string=hi)");
        check("%d %s", &[Value::Int(1)], "1 %!s(MISSING)");
        check("%!", &[], "%!!(MISSING)");
        check("%", &[Value::Int(1)], "%!(NOVERB)%!(EXTRA int=1)");
        check("%[2]v %[1]v", &[Value::Int(1), Value::Int(2)], "2 1");
        check("%[3]v", &[Value::Int(1)], "%!v(BADINDEX)");
        check("%*d", &["x".into()], "%!(BADWIDTH)%!d(MISSING)");
        check("%s", &[Value::list(vec![Value::Float64(1.0), Value::Nil])], "[%!s(float64=1) <nil>]");
        check("%d", &[Value::Nil], "%!d(<nil>)");
    }
}
