//! Versions as templates see them: `*semver.Version` from `semver`, `semver.Version` from its own methods.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use amethyst_gotemplate::{CallError, Engine, Native, UintKind, Value};

use super::version::{Change, SemverError, Version};

type Answer = Result<Value, CallError>;

impl From<Version> for Value {
    fn from(version: Version) -> Self {
        Self::Native(Rc::new(version))
    }
}

impl Version {
    fn changed(&self, arguments: &[Value], change: Change) -> Answer {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        let changed = self.with(change, &text).map_err(|error: SemverError| error.to_string())?;
        Ok(ByValue::of(changed))
    }

    /// What both a version and a pointer to one can do.
    fn common(&self, name: &str, arguments: &[Value]) -> Option<Answer> {
        let uint64 = |value| Ok(Value::Uint(UintKind::Uint64, value));
        Some(match name {
            "Major" => uint64(self.major()),
            "Minor" => uint64(self.minor()),
            "Patch" => uint64(self.patch()),
            "Prerelease" => Ok(Value::from(self.prerelease())),
            "Metadata" => Ok(Value::from(self.metadata())),
            "String" => Ok(Value::from(self.to_string())),
            "IncPatch" => Ok(ByValue::of(self.next_patch())),
            "IncMinor" => Ok(ByValue::of(self.next_minor())),
            "IncMajor" => Ok(ByValue::of(self.next_major())),
            "SetPrerelease" => self.changed(arguments, Change::Prerelease),
            "SetMetadata" => self.changed(arguments, Change::Metadata),
            _ => return None,
        })
    }

    fn order(&self, arguments: &[Value]) -> Result<Ordering, CallError> {
        let Some(value) = arguments.first() else {
            return Err("wrong number of args: want 1 got 0".into());
        };
        let other = value.as_native::<Self>().ok_or_else(|| {
            format!("wrong type for value; expected *semver.Version; got {}", value.type_name())
        })?;
        Ok(self.compare(other))
    }
}

impl Native for Version {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("*semver.Version")
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str, arguments: &[Value], _engine: &mut Engine<'_>) -> Option<Answer> {
        let holds = match name {
            "Original" => return Some(Ok(Value::from(self.original()))),
            "Compare" => return Some(self.order(arguments).map(|order| Value::int(order as i64))),
            "Equal" => Ordering::is_eq,
            "LessThan" => Ordering::is_lt,
            "LessThanEqual" => Ordering::is_le,
            "GreaterThan" => Ordering::is_gt,
            "GreaterThanEqual" => Ordering::is_ge,
            _ => return self.common(name, arguments),
        };
        Some(self.order(arguments).map(|order| Value::Bool(holds(order))))
    }

    fn print(&self) -> String {
        self.to_string()
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn std::any::Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}

/// A version that is no pointer: Go gives it no methods that want one.
#[derive(Debug, PartialEq)]
struct ByValue(Version);

impl ByValue {
    fn of(version: Version) -> Value {
        Value::Native(Rc::new(Self(version)))
    }
}

impl Native for ByValue {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("semver.Version")
    }

    fn method(&self, name: &str, arguments: &[Value], _engine: &mut Engine<'_>) -> Option<Answer> {
        self.0.common(name, arguments)
    }

    fn print(&self) -> String {
        self.0.to_string()
    }

    fn equals(&self, other: &dyn Native) -> Option<bool> {
        let other: &dyn std::any::Any = other;
        other.downcast_ref::<Self>().map(|other| self == other)
    }
}
