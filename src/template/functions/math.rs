//! Sprig's arithmetic: integers are `int64` and wrap, floats go through decimals.

use super::cast::{to_float64, to_int64};
use super::decimal::Decimal;
use super::strconv::parse_int;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::print::display;
use crate::template::value::{List, ListType, Value};

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];

/// The number functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("add", &[], |_, a| Ok(folded(0, a, i64::wrapping_add))).variadic(Type::Any),
    Function::new("add1", ONE, |_, a| Ok(Value::Int64(to_int64(&a[0]).wrapping_add(1)))),
    Function::new("add1f", ONE, |context, a| decimals(context, &[a[0].clone(), Value::Int(1)], added)),
    Function::new("addf", &[], |context, a| {
        let operands: Vec<Value> = std::iter::once(Value::Float64(0.0)).chain(a.iter().cloned()).collect();
        decimals(context, &operands, added)
    })
    .variadic(Type::Any),
    Function::new("atoi", &[Type::String], |_, a| {
        Ok(Value::Int(parse_int(&a[0].text(), 10).unwrap_or_else(|error| error.nearest(&a[0].text()))))
    }),
    Function::new("biggest", ONE, |_, a| Ok(folded(to_int64(&a[0]), &a[1..], i64::max))).variadic(Type::Any),
    Function::new("ceil", ONE, |_, a| Ok(to_float64(&a[0]).ceil().into())),
    Function::new("div", TWO, |_, a| divided(a, i64::wrapping_div)),
    Function::new("divf", ONE, |context, a| {
        decimals(context, a, |left, right| {
            left.divide(right).ok_or_else(|| Error::new("decimal division by 0"))
        })
    })
    .variadic(Type::Any),
    Function::new("float64", ONE, |_, a| Ok(to_float64(&a[0]).into())),
    Function::new("floor", ONE, |_, a| Ok(to_float64(&a[0]).floor().into())),
    Function::new("int", ONE, |_, a| Ok(Value::Int(to_int64(&a[0])))),
    Function::new("int64", ONE, |_, a| Ok(Value::Int64(to_int64(&a[0])))),
    Function::new("max", ONE, |_, a| Ok(folded(to_int64(&a[0]), &a[1..], i64::max))).variadic(Type::Any),
    Function::new("maxf", ONE, |_, a| Ok(folded_floats(a, go_max))).variadic(Type::Any),
    Function::new("min", ONE, |_, a| Ok(folded(to_int64(&a[0]), &a[1..], i64::min))).variadic(Type::Any),
    Function::new("minf", ONE, |_, a| Ok(folded_floats(a, go_min))).variadic(Type::Any),
    Function::new("mod", TWO, |_, a| divided(a, i64::wrapping_rem)),
    Function::new("mul", ONE, |_, a| Ok(folded(to_int64(&a[0]), &a[1..], i64::wrapping_mul)))
        .variadic(Type::Any),
    Function::new("mulf", ONE, |context, a| decimals(context, a, |left, right| Ok(left.multiply(right))))
        .variadic(Type::Any),
    Function::new("randInt", &[Type::Int, Type::Int], |context, a| {
        let (low, high) = (a[0].int(), a[1].int());
        let width = high.wrapping_sub(low);
        if width <= 0 {
            return Err(Error::new("invalid argument to Intn"));
        }
        Ok(Value::Int(low.wrapping_add((context.random() % width as u64) as i64)))
    }),
    Function::new("round", &[Type::Any, Type::Int], |_, a| {
        let half = a.get(2).map_or(0.5, to_float64);
        Ok(round(to_float64(&a[0]), a[1].int(), half).into())
    })
    .variadic(Type::Float64),
    Function::new("seq", &[], |context, a| {
        let numbers: Vec<i64> = a.iter().map(Value::int).collect();
        sequence(context, &numbers).map(Value::from)
    })
    .variadic(Type::Int),
    Function::new("sub", TWO, |_, a| Ok(Value::Int64(to_int64(&a[0]).wrapping_sub(to_int64(&a[1]))))),
    Function::new("subf", ONE, |context, a| decimals(context, a, |left, right| Ok(left.subtract(right))))
        .variadic(Type::Any),
    Function::new("toDecimal", ONE, |_, a| Ok(Value::Int64(parse_int(&display(&a[0]), 8).unwrap_or(0)))),
    Function::new("until", &[Type::Int], |context, a| {
        let count = a[0].int();
        range(context, 0, count, if count < 0 { -1 } else { 1 }).map(integers)
    }),
    Function::new("untilStep", &[Type::Int, Type::Int, Type::Int], |context, a| {
        range(context, a[0].int(), a[1].int(), a[2].int()).map(integers)
    }),
];

fn folded(first: i64, rest: &[Value], join: fn(i64, i64) -> i64) -> Value {
    Value::Int64(rest.iter().map(to_int64).fold(first, join))
}

fn folded_floats(values: &[Value], join: fn(f64, f64) -> f64) -> Value {
    let mut numbers = values.iter().map(to_float64);
    let first = numbers.next().unwrap_or(0.0);
    numbers.fold(first, join).into()
}

/// `math.Max`: unlike Rust's, not a number wins.
fn go_max(left: f64, right: f64) -> f64 {
    match (left, right) {
        _ if left.is_nan() || right.is_nan() => f64::NAN,
        // Of two zeros the positive one.
        (0.0, 0.0) => left + right,
        _ => left.max(right),
    }
}

fn go_min(left: f64, right: f64) -> f64 {
    match (left, right) {
        _ if left.is_nan() || right.is_nan() => f64::NAN,
        // Of two zeros the negative one.
        (0.0, 0.0) if left.is_sign_negative() => left,
        (0.0, 0.0) => right,
        _ => left.min(right),
    }
}

fn divided(operands: &[Value], divide: fn(i64, i64) -> i64) -> Result<Value, Error> {
    match to_int64(&operands[1]) {
        0 => Err(Error::runtime("integer divide by zero")),
        divisor => Ok(Value::Int64(divide(to_int64(&operands[0]), divisor))),
    }
}

fn added(left: &Decimal, right: &Decimal) -> Result<Decimal, Error> {
    Ok(left.add(right))
}

fn decimals(
    context: &mut Context<'_>,
    operands: &[Value],
    join: impl Fn(&Decimal, &Decimal) -> Result<Decimal, Error>,
) -> Result<Value, Error> {
    let decimal = |value: &Value| {
        let number = to_float64(value);
        let name = || display(&Value::Float64(number));
        Decimal::from_float(number)
            .ok_or_else(|| Error::new(format!("Cannot create a Decimal from {}", name())))
    };
    let mut result = decimal(&operands[0])?;
    for operand in &operands[1..] {
        let next = decimal(operand)?;
        context.charge(16 + result.cost(&next))?;
        result = join(&result, &next)?;
    }
    Ok(result.to_float().into())
}

/// Half up (towards positive infinity below zero) at `places` digits; a fraction of `half` or more goes up.
fn round(value: f64, places: i64, half: f64) -> f64 {
    let power = 10f64.powi(places.clamp(-400, 400) as i32);
    let digit = power * value;
    let rounded = if digit.fract() >= half { digit.ceil() } else { digit.floor() };
    rounded / power
}

/// The numbers from `start` up or down to `stop`, without it.
fn range(context: &mut Context<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Error> {
    if (stop < start && step >= 0) || (stop >= start && step <= 0) {
        return Ok(Vec::new());
    }
    let distance = (i128::from(stop) - i128::from(start)).unsigned_abs();
    let count = distance.div_ceil(i128::from(step).unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    context.allocate(count.saturating_mul(size_of::<Value>()))?;
    context.charge(count as u64)?;
    Ok(std::iter::successors(Some(start), |number| number.checked_add(step)).take(count).collect())
}

fn integers(numbers: Vec<i64>) -> Value {
    Value::List(List::new(ListType::Int, numbers.into_iter().map(Value::Int).collect()))
}

/// Sprig's `seq`: like the shell's, its numbers joined by spaces.
fn sequence(context: &mut Context<'_>, numbers: &[i64]) -> Result<String, Error> {
    let (start, step, stop) = match *numbers {
        [stop] => (1, if stop < 1 { -1 } else { 1 }, stop),
        [start, stop] => (start, if stop < start { -1 } else { 1 }, stop),
        [start, step, stop] if stop < start && step > 0 => return Ok(String::new()),
        [start, step, stop] => (start, step, stop),
        _ => return Ok(String::new()),
    };
    let beyond = stop.wrapping_add(if stop < start { -1 } else { 1 });
    let numbers = range(context, start, beyond, step)?;
    context.allocate(numbers.len().saturating_mul(20))?;
    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}
