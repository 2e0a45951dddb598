//! Helm's `lookup`.

use crate::template::function::{Function, Type};
use crate::template::value::Value;

/// The functions that ask a cluster.
pub(crate) static FUNCTIONS: &[Function] =
    &[Function::new("lookup", &[Type::String, Type::String, Type::String, Type::String], |context, a| {
        match context.lookup() {
            Some(lookup) => lookup(&a[0].text(), &a[1].text(), &a[2].text(), &a[3].text()),
            None => Ok(Value::map::<&str>([])),
        }
    })];
