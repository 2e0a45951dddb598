//! Sprig's functions on regular expressions: RE2's syntax over the engine of `regex-lite`, which guarantees time
//! proportional to expression times text as RE2 does.

mod syntax;

use regex_lite::{Captures, Regex, RegexBuilder};

use crate::template::function::{Context, Error, Function, Type};
use crate::template::print::quote;
use crate::template::value::{List, ListType, Value};

const TWO: &[Type] = &[Type::String, Type::String];
const THREE: &[Type] = &[Type::String, Type::String, Type::String];
const COUNTED: &[Type] = &[Type::String, Type::String, Type::Int];

/// Bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 1 << 20;

/// The functions on regular expressions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("mustRegexFind", TWO, |context, a| find(context, a, compile)),
    Function::new("mustRegexFindAll", COUNTED, |context, a| find_all(context, a, compile)),
    Function::new("mustRegexMatch", TWO, |context, a| {
        let compiled = compile(context, &a[0].text(), &a[1].text())?;
        Ok(compiled.expression.is_match(&a[1].text()).into())
    }),
    Function::new("mustRegexReplaceAll", THREE, |context, a| replace(context, a, compile, false)),
    Function::new("mustRegexReplaceAllLiteral", THREE, |context, a| replace(context, a, compile, true)),
    Function::new("mustRegexSplit", COUNTED, |context, a| split(context, a, compile)),
    Function::new("regexFind", TWO, |context, a| find(context, a, compile_or_panic)),
    Function::new("regexFindAll", COUNTED, |context, a| find_all(context, a, compile_or_panic)),
    Function::new("regexMatch", TWO, |context, a| match compile(context, &a[0].text(), &a[1].text()) {
        Ok(compiled) => Ok(compiled.expression.is_match(&a[1].text()).into()),
        Err(error) if error.is_limit() => Err(error),
        Err(_) => Ok(false.into()),
    }),
    Function::new("regexQuoteMeta", &[Type::String], |_, a| {
        let mut quoted = String::new();
        for character in a[0].text().chars() {
            if r"\.+*?()|[]{}^$".contains(character) {
                quoted.push('\\');
            }
            quoted.push(character);
        }
        Ok(quoted.into())
    }),
    Function::new("regexReplaceAll", THREE, |context, a| replace(context, a, compile_or_panic, false)),
    Function::new("regexReplaceAllLiteral", THREE, |context, a| replace(context, a, compile_or_panic, true)),
    Function::new("regexSplit", COUNTED, |context, a| split(context, a, compile_or_panic)),
];

/// Why an expression cannot be used.
pub(crate) enum Problem {
    /// Go refuses it, with these words.
    Syntax(String),
    /// The engine does not know what Go knows.
    Unsupported(String),
}

/// `regexp.Compile` outside of templates.
///
/// # Errors
/// Why the expression cannot be used.
pub(crate) fn compile_free(pattern: &str) -> Result<Regex, Problem> {
    let problem = |words: String| match syntax::is_unsupported(&words) {
        true => Problem::Unsupported(words),
        false => Problem::Syntax(words),
    };
    let (translated, _) = syntax::translate(pattern).map_err(problem)?;
    build(pattern, &translated).map_err(Problem::Unsupported)
}

fn build(pattern: &str, translated: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated).size_limit(SIZE_LIMIT).build().map_err(|error| {
        format!("error parsing regexp: expression not supported here: `{pattern}` ({error})")
    })
}

type Compile = fn(&mut Context<'_>, &str, &str) -> Result<Compiled, Error>;

/// An expression that was compiled and charged for one search through a text.
struct Compiled {
    expression: Regex,
    size: u64,
    /// Whether a short match may come of a look far ahead, as with `a|a.*z`.
    looks_ahead: bool,
}

impl Compiled {
    /// Takes another search through `rest` bytes off the fuel.
    fn search_on(&self, context: &mut Context<'_>, rest: usize) -> Result<(), Error> {
        let ahead = if self.looks_ahead { self.size.saturating_mul(rest as u64) / 16 } else { 0 };
        context.charge(4 + ahead)
    }
}

/// `regexp.Compile`, charged for a search in `text`.
fn compile(context: &mut Context<'_>, pattern: &str, text: &str) -> Result<Compiled, Error> {
    context.charge(50 + 8 * pattern.len() as u64)?;
    let (translated, size) = syntax::translate(pattern).map_err(Error::new)?;
    context.charge(size.saturating_mul(8 + text.len() as u64))?;
    let expression = build(pattern, &translated).map_err(Error::new)?;
    let looks_ahead = pattern.contains(['*', '+', ',']) && pattern.contains(['|', '?', '{', '*']);
    Ok(Compiled { expression, size, looks_ahead })
}

/// `regexp.MustCompile`: the panic names the expression.
fn compile_or_panic(context: &mut Context<'_>, pattern: &str, text: &str) -> Result<Compiled, Error> {
    compile(context, pattern, text).map_err(|error| {
        if error.is_limit() {
            return error;
        }
        let is_plain = !pattern.contains(|character: char| {
            character == '`' || character == '\u{feff}' || (character.is_control() && character != '\t')
        });
        let shown = if is_plain { format!("`{pattern}`") } else { quote(pattern.as_bytes()) };
        Error::new(format!("regexp: Compile({shown}): {}", error.text()))
    })
}

fn find(context: &mut Context<'_>, a: &[Value], compile: Compile) -> Result<Value, Error> {
    let (pattern, text) = (a[0].text(), a[1].text());
    let found = compile(context, &pattern, &text)?.expression.find(&text).map_or("", |found| found.as_str());
    Ok(found.into())
}

fn strings(parts: Vec<&str>) -> Value {
    if parts.is_empty() { Value::List(List::nil(ListType::String)) } else { Value::string_list(parts) }
}

/// The number of matches wanted: all if `count` is negative.
fn most(count: &Value) -> usize {
    usize::try_from(count.int()).unwrap_or(usize::MAX)
}

fn find_all(context: &mut Context<'_>, a: &[Value], compile: Compile) -> Result<Value, Error> {
    let (pattern, text) = (a[0].text(), a[1].text());
    let compiled = compile(context, &pattern, &text)?;
    context.allocate(text.len().saturating_mul(4))?;
    let mut parts = Vec::new();
    for found in compiled.expression.find_iter(&text).take(most(&a[2])) {
        compiled.search_on(context, text.len() - found.end())?;
        context.allocate(size_of::<Value>())?;
        parts.push(found.as_str());
    }
    Ok(strings(parts))
}

fn replace(
    context: &mut Context<'_>,
    a: &[Value],
    compile: Compile,
    is_literal: bool,
) -> Result<Value, Error> {
    let (pattern, text, replacement) = (a[0].text(), a[1].text(), a[2].text());
    let compiled = compile(context, &pattern, &text)?;
    let mut result = String::new();
    let mut end = 0;
    for captures in compiled.expression.captures_iter(&text) {
        let Some(found) = captures.get(0) else { continue };
        compiled.search_on(context, text.len() - found.end())?;
        result.push_str(&text[end..found.start()]);
        let before = result.len();
        if is_literal {
            result.push_str(&replacement);
        } else {
            expand(&mut result, &replacement, &captures);
        }
        context.allocate(result.len() - before)?;
        end = found.end();
    }
    result.push_str(&text[end..]);
    context.allocate(text.len())?;
    Ok(result.into())
}

/// Go's replacement templates: `$1`, `$name`, `${name}`, `$$`. The longest name counts; what it does not name is
/// empty; a `$` before no name stays.
fn expand(result: &mut String, template: &str, captures: &Captures<'_>) {
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('$') {
        result.push_str(before);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('$') {
            result.push('$');
            rest = behind;
            continue;
        }
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        let (inner, is_braced) = rest.strip_prefix('{').map_or((rest, false), |inner| (inner, true));
        let end = inner.find(|character| !is_name(character)).unwrap_or(inner.len());
        let (name, behind) = inner.split_at(end);
        let behind = if is_braced { behind.strip_prefix('}') } else { Some(behind) };
        let Some(behind) = behind.filter(|_| !name.is_empty()) else {
            result.push('$');
            continue;
        };
        rest = behind;
        let is_number =
            name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        let found = match name.parse::<usize>() {
            Ok(index) if is_number => captures.get(index),
            _ => captures.name(name),
        };
        result.push_str(found.map_or("", |found| found.as_str()));
    }
    result.push_str(rest);
}

fn split(context: &mut Context<'_>, a: &[Value], compile: Compile) -> Result<Value, Error> {
    let (pattern, text) = (a[0].text(), a[1].text());
    let compiled = compile(context, &pattern, &text)?;
    context.allocate(text.len().saturating_mul(4))?;
    let most = most(&a[2]);
    if most == 0 {
        return Ok(strings(Vec::new()));
    }
    if !pattern.is_empty() && text.is_empty() {
        return Ok(strings(vec![""]));
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in compiled.expression.find_iter(&text).take(most) {
        compiled.search_on(context, text.len() - found.end())?;
        context.allocate(size_of::<Value>())?;
        if parts.len() == most - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(&text[begin..end]);
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(&text[begin..]);
    }
    Ok(strings(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, text: &str, replacement: &str) -> String {
        let expression = Regex::new(&syntax::translate(pattern).expect("valid").0).expect("valid");
        let mut result = String::new();
        for captures in expression.captures_iter(text) {
            expand(&mut result, replacement, &captures);
        }
        result
    }

    #[test]
    fn expands_templates() {
        for (replacement, result) in [
            ("${1}x", "bx"),
            ("$1x", ""),
            ("$$1", "$1"),
            ("$", "$"),
            ("${n}$0", "cabc"),
            ("${", "${"),
            ("$01", ""),
        ] {
            assert_eq!(replaced("a(b)(?P<n>c)", "abc", replacement), result, "{replacement}");
        }
    }
}
