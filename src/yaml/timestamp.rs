//! Which plain scalars are timestamps: they stay strings, but go-yaml quotes them when it prints.

/// Whether go-yaml takes `text` for a timestamp: `2006-1-2`, with a time behind `T`, `t` or spaces.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let mut rest = Rest(text.as_bytes());
    parse(&mut rest).is_some()
}

fn parse(rest: &mut Rest<'_>) -> Option<()> {
    let year = rest.number(4, 4)?;
    rest.expect(b"-")?;
    let month = rest.number(1, 2)?;
    rest.expect(b"-")?;
    let day = rest.number(1, 2)?;
    if day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    let has_zone = match rest.0.first() {
        None => return Some(()),
        Some(b'T' | b't') => true,
        Some(b' ') => false,
        Some(_) => return None,
    };
    rest.0 = &rest.0[1..];
    while !has_zone && rest.expect(b" ").is_some() {}
    let hour = rest.number(1, 2)?;
    rest.expect(b":")?;
    let minute = rest.number(1, 2)?;
    rest.expect(b":")?;
    let second = rest.number(1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', b'0'..=b'9', ..] = rest.0 {
        rest.0 = &rest.0[1..];
        rest.number(1, usize::MAX)?;
    }
    if has_zone && rest.expect(b"Z").is_none() {
        rest.expect(b"+").or_else(|| rest.expect(b"-"))?;
        let hours = rest.number(2, 2)?;
        rest.expect(b":")?;
        if hours > 24 || rest.number(2, 2)? > 60 {
            return None;
        }
    }
    rest.0.is_empty().then_some(())
}

fn days_in_month(year: u32, month: u32) -> Option<u32> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if is_leap { 29 } else { 28 }),
        1..=12 => Some(31),
        _ => None,
    }
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn expect(&mut self, prefix: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(prefix)?;
        Some(())
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let length = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let value = |value: u32, digit: &u8| value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        (length >= least).then(|| digits.iter().fold(0, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        let times = [
            "2024-01-01",
            "2024-1-1",
            "2024-02-29",
            "2024-01-01T10:00:00Z",
            "2024-01-01t1:2:3.123456789012+02:00",
            "2024-01-01 10:00:00",
            "2024-01-01   10:00:00.5",
        ];
        for text in times {
            assert!(is_timestamp(text), "{text}");
        }
        let others = [
            "2023-02-29",
            "2024-13-01",
            "2024-01",
            "24-01-01",
            "2024-01-01T10:00:00",
            "2024-01-01x",
            "2024-01-01 10:00:00Z",
            "2024-001-01",
        ];
        for text in others {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
