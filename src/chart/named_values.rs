//! `.Values`: a map whose type has methods.

use crate::template::Value;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{Map, MapType, Named};
use crate::yaml::{Encoder, print_tree};

use crate::chart::values::table::{map_tree, new_table, table_at};

static VALUES: Named = Named {
    name: "common.Values",
    element: "interface {}",
    zero: None,
    methods: &[
        Function::new("AsMap", &[Type::Any], as_map),
        Function::new("PathValue", &[Type::Any, Type::String], path_value).any(),
        Function::new("Table", &[Type::Any, Type::String], table),
        Function::new("YAML", &[Type::Any], yaml),
    ],
};

/// The same map under Helm's name for the type of values.
pub(crate) fn named_values(values: &Map) -> Map {
    values.with_kind(MapType::Named(&VALUES))
}

fn receiver(arguments: &[Value]) -> Map {
    arguments.first().and_then(Value::as_map).cloned().unwrap_or_else(new_table)
}

fn argument(arguments: &[Value]) -> String {
    arguments.get(1).map(|argument| argument.text().into_owned()).unwrap_or_default()
}

fn as_map(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    Ok(Value::Map(receiver(arguments).with_kind(MapType::Any)))
}

fn yaml(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let text = print_tree(&map_tree(&receiver(arguments)), Encoder::Kubernetes).map_err(Error::new)?;
    Ok(Value::from(text))
}

fn table(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let mut table = receiver(arguments);
    for name in argument(arguments).split('.') {
        table = table_at(&table, name)
            .ok_or_else(|| Error::new(format!("{} is not a table", crate::chart::log::go_quoted(name))))?;
    }
    Ok(Value::Map(named_values(&table)))
}

fn path_value(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let path = argument(arguments);
    if path.is_empty() {
        return Err(Error::new("YAML path cannot be empty"));
    }
    let mut names: Vec<&str> = path.split('.').collect();
    let key = names.pop().unwrap_or_default();
    let missing = || Error::new(format!("{} is not a value", crate::chart::log::go_quoted(key)));
    let mut table = receiver(arguments);
    for name in names {
        table = table_at(&table, name).ok_or_else(missing)?;
    }
    table.get(key).filter(|value| !matches!(value, Value::Map(_))).ok_or_else(missing)
}
