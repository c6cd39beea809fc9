//! `time.Time`, `time.Month` and `time.Weekday` as templates see them.

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use amethyst_gotemplate::{CallError, Engine, Native, Value};

use super::calendar::{Day, MONTHS, WEEKDAYS, day_of, day_of_year, days_of};
use super::duration::Duration;
use super::zone::Zone;

/// A time with its zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    unix: i64,
    nanosecond: u32,
    zone: Zone,
}

/// Seconds from 1970 to the first of January of the year 1, Go's zero.
const ZERO: i64 = -62_135_596_800;
const BILLION: i128 = 1_000_000_000;

impl Default for Time {
    fn default() -> Self {
        Self::new(ZERO, 0, Zone::Utc)
    }
}

impl Time {
    pub(super) fn new(unix: i64, nanosecond: u32, zone: Zone) -> Self {
        // Years that Go prints; beyond, no calendar counts.
        Self { unix: unix.clamp(-(1 << 52), 1 << 52), nanosecond, zone }
    }

    /// The local time so many seconds after 1970.
    pub fn from_unix(seconds: i64) -> Self {
        Self::new(seconds, 0, Zone::Local)
    }

    /// The local time so many nanoseconds after 1970.
    pub fn from_nanoseconds(nanoseconds: i128) -> Self {
        let seconds = nanoseconds.div_euclid(BILLION);
        let seconds = seconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        Self::new(seconds, nanoseconds.rem_euclid(BILLION) as u32, Zone::Local)
    }

    /// Seconds since 1970.
    pub fn unix(&self) -> i64 {
        self.unix
    }

    /// As `RFC3339Nano` lays it out, which is how JSON shows it.
    pub fn rfc3339(&self) -> String {
        self.format("2006-01-02T15:04:05.999999999Z07:00")
    }

    pub(super) fn within(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    pub(super) fn nanosecond(&self) -> u32 {
        self.nanosecond
    }

    pub(super) fn zone(&self) -> (i64, String) {
        self.zone.at(self.unix)
    }

    /// The day, and the second of it.
    pub(super) fn civil(&self) -> (Day, i64) {
        let local = self.unix + self.zone().0;
        (day_of(local.div_euclid(86_400)), local.rem_euclid(86_400))
    }

    /// From Sunday, which is 0.
    pub(super) fn weekday(&self) -> i64 {
        let local = self.unix + self.zone().0;
        (local.div_euclid(86_400) + 4).rem_euclid(7)
    }

    fn total(&self) -> i128 {
        i128::from(self.unix) * BILLION + i128::from(self.nanosecond)
    }

    fn at(&self, total: i128) -> Self {
        Self { zone: self.zone.clone(), ..Self::from_nanoseconds(total) }
    }

    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        self.at(self.total() + i128::from(nanoseconds))
    }

    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let difference = self.total() - earlier.total();
        Duration(difference.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let (day, second) = self.civil();
        let limit = 1 << 40;
        let clamped = |value: i64| value.clamp(-limit, limit);
        let days = days_of(day.year + clamped(years), day.month + clamped(months), day.date + clamped(days));
        let offset = self.zone().0;
        Self::new(days.clamp(-limit, limit) * 86_400 + second - offset, self.nanosecond, self.zone.clone())
    }

    /// To a multiple of the duration since the zero time.
    fn to_multiple(&self, multiple: Duration, is_rounded: bool) -> Self {
        let multiple = i128::from(multiple.0);
        if multiple <= 0 {
            return self.clone();
        }
        let total = self.total() - i128::from(ZERO) * BILLION;
        let rest = total.rem_euclid(multiple);
        let up = is_rounded && rest * 2 >= multiple;
        self.at(self.total() - rest + if up { multiple } else { 0 })
    }

    fn text(&self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }
}

/// What the executor says of an argument of a wrong type.
pub(super) fn wrong_type(wanted: &str, value: &Value) -> CallError {
    format!("wrong type for value; expected {wanted}; got {}", value.type_name()).into()
}

fn argument<'a, T: Native>(arguments: &'a [Value], name: &str) -> Result<&'a T, CallError> {
    let value = arguments.first().ok_or_else(|| CallError::from("missing argument"))?;
    value.as_native::<T>().ok_or_else(|| wrong_type(name, value))
}

fn number(arguments: &[Value], at: usize) -> Result<i64, CallError> {
    match arguments.get(at) {
        Some(Value::Int(_, number)) => Ok(*number),
        other => Err(wrong_type("int", other.unwrap_or(&Value::Nil))),
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Native(Rc::new(time))
    }
}

impl Native for Time {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("time.Time")
    }

    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        _engine: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        let (day, second) = self.civil();
        let other = || argument::<Self>(arguments, "time.Time");
        let duration = || match arguments.first() {
            Some(Value::Int(_, number)) => Ok(Duration(*number)),
            _ => argument::<Duration>(arguments, "time.Duration").copied(),
        };
        Some(match name {
            "Format" => match arguments.first().and_then(Value::as_str) {
                Some(layout) => Ok(Value::from(self.format(&layout))),
                None => Err(wrong_type("string", arguments.first().unwrap_or(&Value::Nil))),
            },
            "String" => Ok(Value::from(self.text())),
            "Unix" => Ok(Value::int64(self.unix)),
            "UnixMilli" => Ok(Value::int64((self.total().div_euclid(1_000_000)) as i64)),
            "UnixMicro" => Ok(Value::int64((self.total().div_euclid(1000)) as i64)),
            "UnixNano" => Ok(Value::int64(self.total() as i64)),
            "Year" => Ok(Value::int(day.year)),
            "Month" => Ok(Named::MONTH.value(day.month)),
            "Day" => Ok(Value::int(day.date)),
            "YearDay" => Ok(Value::int(day_of_year(day))),
            "Weekday" => Ok(Named::WEEKDAY.value(self.weekday())),
            "Hour" => Ok(Value::int(second / 3600)),
            "Minute" => Ok(Value::int(second / 60 % 60)),
            "Second" => Ok(Value::int(second % 60)),
            "Nanosecond" => Ok(Value::int(i64::from(self.nanosecond))),
            "UTC" => Ok(self.within(Zone::Utc).into()),
            "Local" => Ok(self.within(Zone::Local).into()),
            "Location" => Ok(Value::Native(Rc::new(Location(self.zone.clone())))),
            "IsZero" => Ok(Value::Bool(self.unix == ZERO && self.nanosecond == 0)),
            "Add" => duration().map(|duration| self.plus(duration.0).into()),
            "Sub" => other().map(|other| self.since(other).into()),
            "AddDate" => match (number(arguments, 0), number(arguments, 1), number(arguments, 2)) {
                (Ok(years), Ok(months), Ok(days)) => Ok(self.add_date(years, months, days).into()),
                (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => Err(error),
            },
            "Before" => other().map(|other| Value::Bool(self.total() < other.total())),
            "After" => other().map(|other| Value::Bool(self.total() > other.total())),
            "Equal" => other().map(|other| Value::Bool(self.total() == other.total())),
            "Compare" => other().map(|other| Value::int(self.total().cmp(&other.total()) as i64)),
            "Round" => duration().map(|multiple| self.to_multiple(multiple, true).into()),
            "Truncate" => duration().map(|multiple| self.to_multiple(multiple, false).into()),
            "In" => {
                argument::<Location>(arguments, "*time.Location").map(|to| self.within(to.0.clone()).into())
            }
            _ => return None,
        })
    }

    fn print(&self) -> String {
        self.text()
    }

    fn to_document(&self) -> amethyst_object::Value {
        amethyst_object::Value::from(self.rfc3339())
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}

/// `*time.Location`.
#[derive(Clone, Debug, PartialEq)]
struct Location(Zone);

impl Native for Location {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("*time.Location")
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str, _: &[Value], _: &mut Engine<'_>) -> Option<Result<Value, CallError>> {
        (name == "String").then(|| Ok(Value::from(self.print())))
    }

    fn print(&self) -> String {
        self.0.name().to_owned()
    }

    fn to_document(&self) -> amethyst_object::Value {
        amethyst_object::Value::object()
    }
}

/// An integer that prints as a name: `time.Month`, `time.Weekday`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Named {
    type_name: &'static str,
    names: &'static [&'static str],
    /// The number of the first name.
    first: i64,
    number: i64,
}

impl Named {
    const MONTH: Self = Self { type_name: "time.Month", names: &MONTHS, first: 1, number: 0 };
    const WEEKDAY: Self = Self { type_name: "time.Weekday", names: &WEEKDAYS, first: 0, number: 0 };

    fn value(self, number: i64) -> Value {
        Value::Native(Rc::new(Self { number, ..self }))
    }
}

/// Whether cast takes the value for an `int`: a month or a day of the week, but not a duration.
pub(crate) fn is_counted(value: &Value) -> bool {
    value.as_native::<Named>().is_some()
}

impl Native for Named {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.type_name)
    }

    fn kind_name(&self) -> &'static str {
        "int"
    }

    fn method(&self, name: &str, _: &[Value], _: &mut Engine<'_>) -> Option<Result<Value, CallError>> {
        (name == "String").then(|| Ok(Value::from(self.print())))
    }

    fn is_true(&self) -> bool {
        self.number != 0
    }

    fn as_int(&self) -> Option<i64> {
        Some(self.number)
    }

    fn print(&self) -> String {
        let index = usize::try_from(self.number - self.first).unwrap_or(usize::MAX);
        self.names.get(index).copied().unwrap_or_default().to_owned()
    }

    fn to_document(&self) -> amethyst_object::Value {
        amethyst_object::Value::from(self.number)
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}
