//! Sprig's functions on strings.

use super::cast::text_of;
use super::letter_case::{camel, initials, joined_words, lower, swap, title, untitle, upper};
use super::wrap::{abbreviate, wrap};
use crate::gather::Gather;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::print::{LONGEST, display, quote};
use crate::template::value::Value;

const TEXT: &[Type] = &[Type::String];
const TEXTS: &[Type] = &[Type::String, Type::String];
const COUNT_TEXT: &[Type] = &[Type::Int, Type::String];

/// The string functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("abbrev", COUNT_TEXT, |_, a| {
        Ok(Value::string_of_bytes(abbreviate(bytes(&a[1]), 0, a[0].int())))
    }),
    Function::new("abbrevboth", &[Type::Int, Type::Int, Type::String], |_, a| {
        Ok(Value::string_of_bytes(abbreviate(bytes(&a[2]), a[0].int(), a[1].int())))
    }),
    Function::new("camelcase", TEXT, |_, a| Ok(camel(&a[0].text()).into())),
    Function::new("cat", &[], |context, a| {
        let mut parts = Vec::new();
        for value in a.iter().filter(|value| !value.is_nil()) {
            parts.push(shown(context, display(value))?);
        }
        allocated(context, parts.join(" "))
    })
    .variadic(Type::Any),
    Function::new("contains", TEXTS, |_, a| Ok(contains(bytes(&a[1]), bytes(&a[0])).into())),
    Function::new("hasPrefix", TEXTS, |_, a| Ok(bytes(&a[1]).starts_with(bytes(&a[0])).into())),
    Function::new("hasSuffix", TEXTS, |_, a| Ok(bytes(&a[1]).ends_with(bytes(&a[0])).into())),
    Function::new("hello", &[], |_, _| Ok("Hello!".into())),
    Function::new("indent", COUNT_TEXT, |context, a| indent(context, "", a[0].int(), &a[1])),
    Function::new("initials", TEXT, |_, a| Ok(initials(bytes(&a[0])).into())),
    Function::new("join", &[Type::String, Type::Any], |context, a| {
        let texts = texts_of(context, &a[1])?;
        let separators = texts.len().saturating_mul(bytes(&a[0]).len());
        context.allocate(separators)?;
        allocated(context, texts.join(&*a[0].text()))
    }),
    Function::new("kebabcase", TEXT, |_, a| Ok(joined_words(&a[0].text(), '-').into())),
    Function::new("lower", TEXT, |_, a| Ok(a[0].text().chars().map(lower).collect::<String>().into())),
    Function::new("nindent", COUNT_TEXT, |context, a| indent(context, "\n", a[0].int(), &a[1])),
    Function::new("nospace", TEXT, |_, a| {
        // goutils takes each byte for a character, and keeps a text without white space as it is.
        let characters = bytes(&a[0]).iter().map(|&byte| char::from(byte));
        if !characters.clone().any(char::is_whitespace) {
            return Ok(a[0].clone());
        }
        Ok(characters.filter(|character| !character.is_whitespace()).collect::<String>().into())
    }),
    Function::new("plural", &[Type::String, Type::String, Type::Int], |_, a| {
        Ok(if a[2].int() == 1 { a[0].clone() } else { a[1].clone() })
    }),
    Function::new("quote", &[], |context, a| {
        let present = a.iter().filter(|value| !value.is_nil());
        let mut parts = Vec::new();
        for value in present {
            let quoted = match value.as_bytes() {
                Some(bytes) => quote(bytes),
                None => quote(text_of(value).as_bytes()),
            };
            parts.push(shown(context, quoted)?);
        }
        allocated(context, parts.join(" "))
    })
    .variadic(Type::Any),
    Function::new("repeat", COUNT_TEXT, |context, a| {
        repeat(context, bytes(&a[1]), a[0].int()).map(Value::string_of_bytes)
    }),
    Function::new("replace", &[Type::String, Type::String, Type::String], |context, a| {
        let (old, new, source) = (a[0].text(), a[1].text(), a[2].text());
        let places = source.matches(&*old).count();
        context.allocate(source.len().saturating_add(places.saturating_mul(new.len())))?;
        Ok(source.replace(&*old, &new).into())
    }),
    Function::new("shuffle", TEXT, |context, a| {
        let mut characters: Vec<char> = a[0].text().chars().collect();
        for index in (1..characters.len()).rev() {
            characters.swap(index, (context.random() % (index as u64 + 1)) as usize);
        }
        Ok(characters.into_iter().collect::<String>().into())
    }),
    Function::new("snakecase", TEXT, |_, a| Ok(joined_words(&a[0].text(), '_').into())),
    Function::new("split", TEXTS, |context, a| split(context, &a[1], &a[0], -1).map(numbered)),
    Function::new("splitList", TEXTS, |context, a| {
        split(context, &a[1], &a[0], -1).map(Value::string_list::<String>)
    }),
    Function::new("splitn", &[Type::String, Type::Int, Type::String], |context, a| {
        split(context, &a[2], &a[0], a[1].int()).map(numbered)
    }),
    Function::new("squote", &[], |context, a| {
        let present = a.iter().filter(|value| !value.is_nil());
        let mut parts = Vec::new();
        for value in present {
            parts.push(shown(context, format!("'{}'", display(value)))?);
        }
        allocated(context, parts.join(" "))
    })
    .variadic(Type::Any),
    Function::new("substr", &[Type::Int, Type::Int, Type::String], |_, a| {
        substring(bytes(&a[2]), a[0].int(), a[1].int())
    }),
    Function::new("swapcase", TEXT, |_, a| Ok(swap(&a[0].text()).into())),
    Function::new("title", TEXT, |_, a| Ok(title(&a[0].text()).into())),
    Function::new("toString", &[Type::Any], |context, a| {
        Ok(match a[0].as_bytes() {
            Some(bytes) => Value::string_of_bytes(bytes.to_vec()),
            None => shown(context, text_of(&a[0]))?.into(),
        })
    }),
    Function::new("toStrings", &[Type::Any], |context, a| Ok(Value::string_list(texts_of(context, &a[0])?))),
    Function::new("trim", TEXT, |_, a| Ok(a[0].text().trim().into())),
    Function::new("trimAll", TEXTS, |_, a| Ok(trim_set(&a[1].text(), &a[0].text()).into())),
    Function::new("trimall", TEXTS, |_, a| Ok(trim_set(&a[1].text(), &a[0].text()).into())),
    Function::new("trimPrefix", TEXTS, |_, a| {
        let (prefix, text) = (bytes(&a[0]), bytes(&a[1]));
        Ok(Value::string_of_bytes(text.strip_prefix(prefix).unwrap_or(text).to_vec()))
    }),
    Function::new("trimSuffix", TEXTS, |_, a| {
        let (suffix, text) = (bytes(&a[0]), bytes(&a[1]));
        Ok(Value::string_of_bytes(text.strip_suffix(suffix).unwrap_or(text).to_vec()))
    }),
    Function::new("trunc", COUNT_TEXT, |_, a| {
        let (count, text) = (a[0].int(), bytes(&a[1]));
        let length = text.len() as i64;
        Ok(if count < 0 && count.saturating_add(length) > 0 {
            Value::string_of_bytes(text[(length + count) as usize..].to_vec())
        } else if count >= 0 && length > count {
            Value::string_of_bytes(text[..count as usize].to_vec())
        } else {
            a[1].clone()
        })
    }),
    Function::new("untitle", TEXT, |_, a| Ok(untitle(&a[0].text()).into())),
    Function::new("upper", TEXT, |_, a| Ok(a[0].text().chars().map(upper).collect::<String>().into())),
    Function::new("wrap", COUNT_TEXT, |_, a| {
        Ok(Value::string_of_bytes(wrap(bytes(&a[1]), a[0].int(), b"", false)))
    }),
    Function::new("wrapWith", &[Type::Int, Type::String, Type::String], |context, a| {
        let (width, newline, text) = (a[0].int(), bytes(&a[1]), bytes(&a[2]));
        context.allocate(text.len().saturating_mul(1 + newline.len() / width.clamp(1, 1 << 30) as usize))?;
        Ok(Value::string_of_bytes(wrap(text, width, newline, true)))
    }),
];

/// The bytes of a string argument.
pub(super) fn bytes(value: &Value) -> &[u8] {
    value.as_bytes().unwrap_or_default()
}

fn allocated(context: &mut Context<'_>, text: String) -> Result<Value, Error> {
    context.allocate(text.len())?;
    Ok(text.into())
}

/// A printed value, taken off the limits; one that printing cut short is over them.
fn shown(context: &mut Context<'_>, text: String) -> Result<String, Error> {
    let excess = text.len().saturating_sub(LONGEST);
    context.allocate(excess.saturating_mul(LONGEST))?;
    context.charge(text.len() as u64 / 4)?;
    context.allocate(text.len())?;
    Ok(text)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    match (std::str::from_utf8(text), std::str::from_utf8(part)) {
        (Ok(text), Ok(part)) => text.contains(part),
        _ => part.is_empty() || text.windows(part.len()).any(|window| window == part),
    }
}

/// Sprig's `strslice`: the texts of a list's elements that are not nil, or of a single value.
pub(super) fn texts_of(context: &mut Context<'_>, value: &Value) -> Result<Vec<String>, Error> {
    let mut one = |value: &Value| {
        context.charge(16)?;
        context.allocate(size_of::<Value>())?;
        shown(context, text_of(value))
    };
    match value {
        Value::Nil => Ok(Vec::new()),
        Value::List(list) => list.iter().filter(|item| !item.is_nil()).map(one).collect(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| one(&Value::Uint8(*byte))).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// `strings.Repeat`.
pub(super) fn repeat(context: &mut Context<'_>, text: &[u8], count: i64) -> Result<Vec<u8>, Error> {
    let count = usize::try_from(count).map_err(|_| Error::new("strings: negative Repeat count"))?;
    context.allocate(text.len().saturating_mul(count))?;
    Ok(if text.is_empty() { Vec::new() } else { text.repeat(count) })
}

fn indent(context: &mut Context<'_>, before: &str, spaces: i64, value: &Value) -> Result<Value, Error> {
    let pad = repeat(context, b" ", spaces)?;
    let text = bytes(value);
    let lines = 1 + text.iter().filter(|&&byte| byte == b'\n').count();
    let length = before.len().saturating_add(text.len()).saturating_add(lines.saturating_mul(pad.len()));
    context.allocate(length)?;
    let mut result = Vec::with_capacity(length);
    result.extend_from_slice(before.as_bytes());
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if index > 0 {
            result.push(b'\n');
        }
        result.extend_from_slice(&pad);
        result.extend_from_slice(line);
    }
    Ok(Value::string_of_bytes(result))
}

/// `strings.SplitN`: at most `count` parts, all if it is negative; an empty separator splits runes.
fn split(
    context: &mut Context<'_>,
    text: &Value,
    separator: &Value,
    count: i64,
) -> Result<Vec<String>, Error> {
    let (text, separator) = (text.text(), separator.text());
    let parts = if separator.is_empty() { text.len() } else { text.matches(&*separator).count() };
    context.charge(parts as u64 * 4)?;
    context.allocate(text.len() + parts.saturating_mul(40))?;
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    if most == 0 {
        return Ok(Vec::new());
    }
    if !separator.is_empty() {
        return Ok(text.splitn(most, &*separator).map(String::from).collect());
    }
    let mut parts = Vec::new();
    let mut rest = &*text;
    while let Some(character) = rest.chars().next() {
        let end = if parts.len() + 1 == most { rest.len() } else { character.len_utf8() };
        parts.push(rest[..end].to_string());
        rest = &rest[end..];
    }
    Ok(parts)
}

/// Sprig's form of split texts: a `map[string]string` with the keys `_0`, `_1`, …
fn numbered(parts: Vec<String>) -> Value {
    let entries =
        parts.into_iter().enumerate().map(|(index, part)| (format!("_{index}").into(), part.into()));
    Value::Map(crate::template::value::Map::new(crate::template::value::MapType::String, entries.gather()))
}

fn substring(text: &[u8], start: i64, end: i64) -> Result<Value, Error> {
    let length = text.len() as i64;
    let out_of_range = |text: String| Err(Error::runtime(format!("slice bounds out of range {text}")));
    let (start, end) = match (start, end) {
        (start, end) if start < 0 => {
            if end < 0 {
                return out_of_range(format!("[:{end}]"));
            }
            if end > length {
                return out_of_range(format!("[:{end}] with length {length}"));
            }
            (0, end)
        }
        (start, end) if end < 0 || end > length => {
            if start > length {
                return out_of_range(format!("[{start}:{length}]"));
            }
            (start, length)
        }
        (start, end) if start > end => return out_of_range(format!("[{start}:{end}]")),
        range => range,
    };
    Ok(Value::string_of_bytes(text[start as usize..end as usize].to_vec()))
}

/// `strings.Trim(text, set)`.
fn trim_set<'t>(text: &'t str, set: &str) -> &'t str {
    text.trim_matches(|character| set.contains(character))
}
