//! Sprig's defaults, conditions and reflection, and Helm's `required` and `fail`.

use super::deep::deep_equal;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::Value;

/// The functions that choose between values or tell what a value is.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("all", &[], |_, a| Ok(a.iter().all(Value::is_true).into())).variadic(Type::Any),
    Function::new("any", &[], |_, a| Ok(a.iter().any(Value::is_true).into())).variadic(Type::Any),
    Function::new("coalesce", &[], |_, a| {
        Ok(a.iter().find(|value| value.is_true()).cloned().unwrap_or(Value::Nil))
    })
    .variadic(Type::Any)
    .any(),
    Function::new("deepEqual", &[Type::Any, Type::Any], |context, a| {
        deep_equal(context, &a[0], &a[1]).map(Value::from)
    }),
    Function::new("default", &[Type::Any], |_, a| {
        Ok(a.get(1).filter(|given| given.is_true()).unwrap_or(&a[0]).clone())
    })
    .variadic(Type::Any)
    .any(),
    Function::new("empty", &[Type::Any], |_, a| Ok((!a[0].is_true()).into())),
    Function::new("fail", &[Type::String], |context, a| stop(context, "fail", &a[0].text())),
    Function::new(
        "kindIs",
        &[Type::String, Type::Any],
        |_, a| Ok((a[0].text() == a[1].kind().name()).into()),
    ),
    Function::new("kindOf", &[Type::Any], |_, a| Ok(a[0].kind().name().into())),
    Function::new("required", &[Type::String, Type::Any], |context, a| match &a[1] {
        Value::Nil => stop(context, "required", &a[0].text()),
        Value::String(text) if text.is_empty() => stop(context, "required", &a[0].text()),
        value => Ok(value.clone()),
    })
    .any(),
    Function::new("ternary", &[Type::Any, Type::Any, Type::Bool], |_, a| {
        Ok(if a[2].is_true() { a[0].clone() } else { a[1].clone() })
    })
    .any(),
    Function::new("typeIs", &[Type::String, Type::Any], |_, a| Ok((a[0].text() == a[1].type_name()).into())),
    Function::new("typeIsLike", &[Type::String, Type::Any], |_, a| {
        let (wanted, found) = (a[0].text(), a[1].type_name());
        Ok((wanted == found || format!("*{wanted}") == found).into())
    }),
    Function::new("typeOf", &[Type::Any], |_, a| Ok(a[0].type_name().into())),
];

/// An error that Helm shows alone, without the chain of templates that led to it: it stands between marks that
/// Helm looks for in the final text. A lint takes the message and goes on with an empty text.
fn stop(context: &Context<'_>, name: &'static str, message: &str) -> Result<Value, Error> {
    if context.leave(name, message) {
        return Ok("".into());
    }
    Err(Error::new(format!("HELM_ERR_START{message}HELM_ERR_END")))
}
