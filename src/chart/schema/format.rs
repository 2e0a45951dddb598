//! The `format` keyword, which drafts up to 7 check.

use std::net::Ipv6Addr;

use regex_lite::Regex;

use crate::template::functions::{RegexProblem, compile_regex};

/// Whether `text` has the format `name`; formats without a name here are never refused.
///
/// # Errors
/// What is wrong, in the validator's words.
pub(super) fn check(name: &str, text: &str) -> Result<(), String> {
    match name {
        "email" => email(text),
        "hostname" => hostname(text),
        "ipv4" => ipv4(text),
        "ipv6" => ipv6(text),
        "date" => date(text),
        "time" => time(text),
        "date-time" => date_time(text),
        "regex" => check_regex(text),
        "uri" => uri(text),
        _ => Ok(()),
    }
}

/// The expression, which is in Go's syntax.
///
/// # Errors
/// Go's words, or that the engine does not know what Go knows.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    compile_regex(pattern).map_err(|problem| match problem {
        RegexProblem::Syntax(words) | RegexProblem::Unsupported(words) => words,
    })
}

/// Whether Go can read an expression, even if the engine cannot run it.
///
/// # Errors
/// Go's words.
pub(super) fn check_regex(pattern: &str) -> Result<(), String> {
    match compile_regex(pattern) {
        Err(RegexProblem::Syntax(words)) => Err(words),
        _ => Ok(()),
    }
}

fn fail<T>(reason: &str) -> Result<T, String> {
    Err(reason.to_owned())
}

fn email(text: &str) -> Result<(), String> {
    if text.len() > 254 {
        return fail("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return fail("missing @") };
    if local.len() > 64 {
        return fail("local part more than 64 characters long");
    }
    if local.len() > 1 && local.starts_with('"') && local.ends_with('"') {
        if local[1..local.len() - 1].contains(['\\', '"']) {
            return fail("backslash and quote are not allowed within quoted local part");
        }
    } else {
        if local.starts_with('.') {
            return fail("starts with dot");
        }
        if local.ends_with('.') {
            return fail("ends with dot");
        }
        if local.contains("..") {
            return fail("consecutive dots");
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
        if let Some(bad) = local.chars().find(|character| !allowed(*character)) {
            return Err(format!("invalid character '{bad}'"));
        }
    }
    if let Some(address) = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|error| format!("invalid ipv6 address: {error}")),
            None => ipv4(address).map_err(|error| format!("invalid ipv4 address: {error}")),
        };
    }
    hostname(domain).map_err(|error| format!("invalid domain: {error}"))
}

fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return fail("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return fail("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return fail("label starts with hyphen");
        }
        if label.ends_with('-') {
            return fail("label ends with hyphen");
        }
        if let Some(bad) =
            label.chars().find(|character| !character.is_ascii_alphanumeric() && *character != '-')
        {
            return Err(format!("invalid character '{bad}'"));
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Result<(), String> {
    if text.split('.').count() != 4 {
        return fail("expected four decimals");
    }
    for part in text.split('.') {
        if part.len() > 1 && part.starts_with('0') {
            return fail("leading zeros");
        }
        let number = crate::chart::values::set::atoi(part)?;
        if !(0..=255).contains(&number) {
            return fail("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return fail("missing colon");
    }
    if text.contains('%') {
        return fail("zone id is not a part of ipv6 address");
    }
    text.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| "invalid ipv6 address".to_owned())
}

fn date(text: &str) -> Result<(), String> {
    let numbers: Vec<&str> = text.split('-').collect();
    let [year, month, day] = numbers[..] else { return fail("must be in the form YYYY-MM-DD") };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return fail("must be in the form YYYY-MM-DD");
    };
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return fail("month out of range"),
    };
    if day == 0 || day > days { fail("day out of range") } else { Ok(()) }
}

fn time(text: &str) -> Result<(), String> {
    let end = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let parts: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return fail("less than 9 characters long") };
    let in_range = |part: &str, most: u32| digits(part, 2).is_some_and(|number| number <= most);
    if !in_range(hours, 23) || !in_range(minutes, 59) || !in_range(seconds, 60) {
        return fail("hour, minute or second out of range");
    }
    let zone_is_right = match zone.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', offset @ ..] => offset.len() == 5 && offset[2] == b':',
        _ => false,
    };
    if zone_is_right { Ok(()) } else { fail("offset must be Z or ±hh:mm") }
}

fn date_time(text: &str) -> Result<(), String> {
    let Some((day, clock)) = text.split_once(['T', 't']) else {
        return fail("11th character must be t or T");
    };
    date(day).map_err(|error| format!("invalid date element: {error}"))?;
    time(clock).map_err(|error| format!("invalid time element: {error}"))
}

fn uri(text: &str) -> Result<(), String> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    };
    if scheme.is_some_and(is_scheme) { Ok(()) } else { fail("relative url") }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}
