//! Arithmetic: integers wrap as Go's do, floats go through decimals.

mod decimal;

use amethyst_gotemplate::{Function, List, ListKind, Type, Value};

use crate::arguments::{ANY, Answer, INT, STRING, any, fixed, int, text, variadic};
use crate::cast::{parse_int_radix, to_float, to_int};
use crate::print::print;
use decimal::Decimal;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("atoi", &[STRING], |_, a| Ok(Value::int(atoi(&text(a, 0))))),
    fixed("int64", &[ANY], |_, a| Ok(Value::int64(to_int(any(a, 0))))),
    fixed("int", &[ANY], |_, a| Ok(Value::int(to_int(any(a, 0))))),
    fixed("float64", &[ANY], |_, a| Ok(Value::Float(to_float(any(a, 0))))),
    variadic("seq", &[], INT, |_, a| seq(a)),
    fixed("toDecimal", &[ANY], |_, a| {
        let text = String::from_utf8(print(any(a, 0))).unwrap_or_default();
        Ok(Value::int64(parse_int_radix(&text, 8).unwrap_or_default()))
    }),
    fixed("until", &[INT], |_, a| {
        let count = int(a, 0);
        until(0, count, if count < 0 { -1 } else { 1 })
    }),
    fixed("untilStep", &[INT, INT, INT], |_, a| until(int(a, 0), int(a, 1), int(a, 2))),
    fixed("add1", &[ANY], |_, a| Ok(Value::int64(to_int(any(a, 0)).wrapping_add(1)))),
    variadic("add", &[], ANY, |_, a| Ok(fold(a, 0, i64::wrapping_add))),
    fixed("sub", &[ANY, ANY], |_, a| Ok(Value::int64(to_int(any(a, 0)).wrapping_sub(to_int(any(a, 1)))))),
    fixed("div", &[ANY, ANY], |_, a| divide(a, i64::wrapping_div)),
    fixed("mod", &[ANY, ANY], |_, a| divide(a, i64::wrapping_rem)),
    variadic("mul", &[ANY], ANY, |_, a| Ok(fold(a, 1, i64::wrapping_mul))),
    fixed("add1f", &[ANY], |_, a| decimals(any(a, 0), &[Value::int(1)], |x, y| Ok(x.add(y)))),
    variadic("addf", &[], ANY, |_, a| decimals(&Value::Float(0.0), a, |x, y| Ok(x.add(y)))),
    variadic("subf", &[ANY], ANY, |_, a| decimals(any(a, 0), further(a), |x, y| Ok(x.sub(y)))),
    variadic("divf", &[ANY], ANY, |_, a| decimals(any(a, 0), further(a), Decimal::div)),
    variadic("mulf", &[ANY], ANY, |_, a| decimals(any(a, 0), further(a), |x, y| Ok(x.mul(y)))),
    variadic("biggest", &[ANY], ANY, |_, a| Ok(fold(a, i64::MIN, i64::max))),
    variadic("max", &[ANY], ANY, |_, a| Ok(fold(a, i64::MIN, i64::max))),
    variadic("min", &[ANY], ANY, |_, a| Ok(fold(a, i64::MAX, i64::min))),
    variadic("maxf", &[ANY], ANY, |_, a| Ok(fold_floats(a, go_max))),
    variadic("minf", &[ANY], ANY, |_, a| Ok(fold_floats(a, |x, y| -go_max(-x, -y)))),
    fixed("ceil", &[ANY], |_, a| Ok(Value::Float(to_float(any(a, 0)).ceil()))),
    fixed("floor", &[ANY], |_, a| Ok(Value::Float(to_float(any(a, 0)).floor()))),
    variadic("round", &[ANY, INT], Type::Float, |_, a| Ok(round(a))),
];

/// How many numbers `until` and `seq` make at most; Go would run out of memory.
const NUMBERS_MAX: i128 = 1 << 24;

fn further(arguments: &[Value]) -> &[Value] {
    arguments.get(1..).unwrap_or_default()
}

/// `strconv.Atoi` with its errors dropped: what is out of range is the nearest `int`.
fn atoi(text: &str) -> i64 {
    parse_int_radix(text, 10).unwrap_or_else(|| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            0
        } else if text.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        }
    })
}

fn fold(arguments: &[Value], start: i64, step: fn(i64, i64) -> i64) -> Value {
    Value::int64(arguments.iter().fold(start, |result, value| step(result, to_int(value))))
}

fn fold_floats(arguments: &[Value], step: fn(f64, f64) -> f64) -> Value {
    let start = to_float(any(arguments, 0));
    Value::Float(further(arguments).iter().fold(start, |result, value| step(result, to_float(value))))
}

/// `math.Max`: infinity before all, then what is no number; 0 before -0.
fn go_max(x: f64, y: f64) -> f64 {
    if x == f64::INFINITY || y == f64::INFINITY {
        f64::INFINITY
    } else if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x == 0.0 && y == 0.0 {
        if x.is_sign_negative() { y } else { x }
    } else if x > y {
        x
    } else {
        y
    }
}

fn divide(arguments: &[Value], operation: fn(i64, i64) -> i64) -> Answer {
    match to_int(any(arguments, 1)) {
        0 => Err("runtime error: integer divide by zero".into()),
        divisor => Ok(Value::int64(operation(to_int(any(arguments, 0)), divisor))),
    }
}

type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, String>;

fn decimals(start: &Value, further: &[Value], operation: Operation) -> Answer {
    let mut result = Decimal::from_float(to_float(start))?;
    for value in further {
        result = operation(&result, &Decimal::from_float(to_float(value))?)?;
    }
    Ok(Value::Float(result.to_float()))
}

fn numbers(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, String> {
    let (distance, stride) = (i128::from(stop) - i128::from(start), i128::from(step));
    if distance == 0 || (distance < 0) != (stride < 0) || stride == 0 {
        return Ok(Vec::new());
    }
    if distance / stride > NUMBERS_MAX {
        return Err(format!("cannot make more than {NUMBERS_MAX} numbers"));
    }
    let mut numbers = Vec::new();
    let mut number = i128::from(start);
    while if stride < 0 { number > i128::from(stop) } else { number < i128::from(stop) } {
        numbers.push(number as i64);
        number += stride;
    }
    Ok(numbers)
}

fn until(start: i64, stop: i64, step: i64) -> Answer {
    let numbers = numbers(start, stop, step)?;
    Ok(List::with_kind(ListKind::Int, numbers.into_iter().map(Value::int).collect()).into())
}

fn seq(arguments: &[Value]) -> Answer {
    let (start, step, end) = match arguments.len() {
        1 => (1, None, int(arguments, 0)),
        2 => (int(arguments, 0), None, int(arguments, 1)),
        3 => (int(arguments, 0), Some(int(arguments, 1)), int(arguments, 2)),
        _ => return Ok(Value::from("")),
    };
    let increment = if end < start { -1 } else { 1 };
    if end < start && step.is_some_and(|step| step > 0) {
        return Ok(Value::from(""));
    }
    let numbers = numbers(start, end.wrapping_add(increment), step.unwrap_or(increment))?;
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Value::from(words.join(" ")))
}

fn round(arguments: &[Value]) -> Value {
    let round_on = if arguments.len() > 2 { to_float(any(arguments, 2)) } else { 0.5 };
    let power = power_of_ten(int(arguments, 1));
    let digit = power * to_float(any(arguments, 0));
    // Of infinity and what is no number there is no fraction.
    let fraction = if digit.is_infinite() { f64::NAN } else { digit - digit.trunc() };
    let rounded = if fraction >= round_on { digit.ceil() } else { digit.floor() };
    Value::Float(rounded / power)
}

/// `math.Pow(10, exponent)` in Go's own steps, for the same last bits.
fn power_of_ten(exponent: i64) -> f64 {
    let (mut result, mut exponent2) = (1.0, 0i32);
    let (mut square, mut square2) = (0.625, 4i32);
    if exponent.unsigned_abs() > 400 {
        return if exponent > 0 { f64::INFINITY } else { 0.0 };
    }
    let mut bits = exponent.unsigned_abs();
    while bits != 0 {
        if bits & 1 == 1 {
            result *= square;
            exponent2 += square2;
        }
        square *= square;
        square2 *= 2;
        if square < 0.5 {
            square += square;
            square2 -= 1;
        }
        bits >>= 1;
    }
    if exponent < 0 {
        result = 1.0 / result;
        exponent2 = -exponent2;
    }
    // In two steps, so that neither factor leaves the range of floats.
    let half = exponent2 / 2;
    result * 2f64.powi(half) * 2f64.powi(exponent2 - half)
}
