//! Sprig's functions on lists. Each `must` twin answers the same: a panic of the plain one reads like its error.

use super::cast::{text_of, to_int64};
use super::deep::deep_equal;
use super::strings::texts_of;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{List, ListType, Value};

const LIST: &[Type] = &[Type::Any];
const LIST_ITEM: &[Type] = &[Type::Any, Type::Any];

/// The list functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("append", LIST_ITEM, append),
    Function::new("mustAppend", LIST_ITEM, append),
    Function::new("push", LIST_ITEM, append),
    Function::new("mustPush", LIST_ITEM, append),
    Function::new("chunk", &[Type::Int, Type::Any], chunk),
    Function::new("mustChunk", &[Type::Int, Type::Any], chunk),
    Function::new("compact", LIST, compact),
    Function::new("mustCompact", LIST, compact),
    Function::new("concat", &[], concat).variadic(Type::Any).any(),
    Function::new("first", LIST, first).any(),
    Function::new("mustFirst", LIST, first).any(),
    Function::new("has", LIST_ITEM, has),
    Function::new("mustHas", LIST_ITEM, has),
    Function::new("initial", LIST, initial),
    Function::new("mustInitial", LIST, initial),
    Function::new("last", LIST, last).any(),
    Function::new("mustLast", LIST, last).any(),
    Function::new("list", &[], list).variadic(Type::Any),
    Function::new("tuple", &[], list).variadic(Type::Any),
    Function::new("prepend", LIST_ITEM, prepend),
    Function::new("mustPrepend", LIST_ITEM, prepend),
    Function::new("rest", LIST, rest),
    Function::new("mustRest", LIST, rest),
    Function::new("reverse", LIST, reverse),
    Function::new("mustReverse", LIST, reverse),
    Function::new("slice", LIST, slice).variadic(Type::Any).any(),
    Function::new("mustSlice", LIST, slice).variadic(Type::Any).any(),
    Function::new("sortAlpha", LIST, sort_alpha),
    Function::new("uniq", LIST, uniq),
    Function::new("mustUniq", LIST, uniq),
    Function::new("without", LIST, without).variadic(Type::Any),
    Function::new("mustWithout", LIST, without).variadic(Type::Any),
];

/// What Go raises when it asks a nil interface for its type.
pub(super) fn nil_dereference() -> Error {
    Error::runtime("invalid memory address or nil pointer dereference")
}

/// The elements of a slice of any type; for another kind an error that starts with `complaint`.
fn items(context: &mut Context<'_>, value: &Value, complaint: &str) -> Result<Vec<Value>, Error> {
    let items: Vec<Value> = match value {
        Value::Nil => return Err(nil_dereference()),
        Value::List(list) => list.to_vec(),
        Value::Bytes(bytes) => bytes.iter().map(|&byte| Value::Uint8(byte)).collect(),
        other => return Err(Error::new(format!("{complaint} {}", other.kind().name()))),
    };
    context.charge(items.len() as u64 * 2)?;
    context.allocate(items.len() * size_of::<Value>())?;
    Ok(items)
}

fn list(_: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    Ok(Value::list(a.to_vec()))
}

fn append(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut items = items(context, &a[0], "Cannot push on type")?;
    items.push(a[1].clone());
    Ok(Value::list(items))
}

fn prepend(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut items = items(context, &a[0], "Cannot prepend on type")?;
    items.insert(0, a[1].clone());
    Ok(Value::list(items))
}

fn chunk(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let items = items(context, &a[1], "Cannot chunk type")?;
    let size = a[0].int();
    let chunks = match usize::try_from(size) {
        Ok(count @ 1..) => {
            context.charge((items.len() / count) as u64 * 16)?;
            items.chunks(count).map(|chunk| Value::list(chunk.to_vec())).collect()
        }
        // Sprig counts the chunks by dividing: a size below zero comes out as none, or as one that holds what is
        // left after whole chunks.
        Err(_) if items.len() == 1 && size < -1 => vec![Value::list(items)],
        Err(_) if items.len() > 1 && items.len() as i64 <= size.saturating_neg().saturating_add(1) => {
            Vec::new()
        }
        _ => return Err(Error::runtime("makeslice: len out of range")),
    };
    Ok(Value::List(List::new(ListType::Lists, chunks)))
}

fn compact(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let items = items(context, &a[0], "Cannot compact on type")?;
    Ok(Value::list(items.into_iter().filter(Value::is_true).collect()))
}

fn concat(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut result = Vec::new();
    for value in a {
        let kind = value.kind().name();
        match value {
            Value::Nil | Value::List(_) | Value::Bytes(_) => result.append(&mut items(context, value, "")?),
            _ => return Err(Error::new(format!("Cannot concat type {kind} as list"))),
        }
    }
    // Nothing was appended to Go's nil slice.
    Ok(if result.is_empty() { Value::List(List::nil(ListType::Any)) } else { Value::list(result) })
}

fn first(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    Ok(items(context, &a[0], "Cannot find first on type")?.into_iter().next().unwrap_or(Value::Nil))
}

fn last(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    Ok(items(context, &a[0], "Cannot find last on type")?.pop().unwrap_or(Value::Nil))
}

fn rest(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut items = items(context, &a[0], "Cannot find rest on type")?;
    if items.is_empty() {
        return Ok(Value::List(List::nil(ListType::Any)));
    }
    items.remove(0);
    Ok(Value::list(items))
}

fn initial(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut items = items(context, &a[0], "Cannot find initial on type")?;
    if items.pop().is_none() {
        return Ok(Value::List(List::nil(ListType::Any)));
    }
    Ok(Value::list(items))
}

fn reverse(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut items = items(context, &a[0], "Cannot find reverse on type")?;
    items.reverse();
    Ok(Value::list(items))
}

fn slice(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let items = items(context, &a[0], "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = a.get(1).map_or(0, to_int64);
    let end = a.get(2).map_or(items.len() as i64, to_int64);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let part = range.and_then(|(start, end)| items.get(start..end));
    let part = part.ok_or_else(|| Error::new("reflect.Value.Slice: slice index out of bounds"))?;
    Ok(match &a[0] {
        Value::List(list) => Value::List(List::new(list.kind(), part.to_vec())),
        _ => Value::Bytes(part.iter().filter_map(|byte| byte.as_integer()).map(|byte| byte as u8).collect()),
    })
}

fn sort_alpha(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut texts = match &a[0] {
        value @ (Value::List(_) | Value::Bytes(_)) => texts_of(context, value)?,
        value => vec![text_of(value)],
    };
    context.charge(texts.len() as u64 * 16)?;
    texts.sort();
    Ok(Value::string_list(texts))
}

fn contains(context: &mut Context<'_>, items: &[Value], wanted: &Value) -> Result<bool, Error> {
    for item in items {
        if deep_equal(context, wanted, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    if a[1].is_nil() {
        return Ok(false.into());
    }
    let items = items(context, &a[1], "Cannot find has on type")?;
    contains(context, &items, &a[0]).map(Value::from)
}

fn uniq(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut result = Vec::new();
    for item in items(context, &a[0], "Cannot find uniq on type")? {
        if !contains(context, &result, &item)? {
            result.push(item);
        }
    }
    Ok(Value::list(result))
}

fn without(context: &mut Context<'_>, a: &[Value]) -> Result<Value, Error> {
    let mut result = Vec::new();
    for item in items(context, &a[0], "Cannot find without on type")? {
        if !contains(context, &a[1..], &item)? {
            result.push(item);
        }
    }
    Ok(Value::list(result))
}
