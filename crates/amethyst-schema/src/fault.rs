//! What is wrong with a value, worded and classified as Kubernetes' `field.Error`.

use std::fmt;

use amethyst_object::{FieldPath, Value};

use crate::golang;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where; empty for the whole object.
    pub path: FieldPath,
    /// Of which kind.
    pub kind: FaultKind,
    /// What, without the path: `Required value: must be specified`.
    pub message: String,
    /// The value complained about, where there is one.
    pub bad_value: Option<Value>,
}

/// The kinds of faults: `field.ErrorType` upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A value that a rule refuses.
    Invalid,
    /// A value of another type than declared.
    TypeInvalid,
    /// A missing value.
    Required,
    /// A value outside an enumeration.
    NotSupported,
    /// A string that is too long.
    TooLong,
    /// A list or a map with too many entries.
    TooMany,
    /// An entry that is there twice.
    Duplicate,
    /// A value that must not be there.
    Forbidden,
    /// A reference to what is not there.
    NotFound,
    /// A list or a map with too few entries.
    TooFew,
    /// A fault of the rule itself.
    Internal,
}

impl FaultKind {
    /// The `reason` of a Status cause.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Invalid => "FieldValueInvalid",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::Required => "FieldValueRequired",
            Self::NotSupported => "FieldValueNotSupported",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooFew => "FieldValueTooFew",
            Self::Internal => "InternalError",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::Required => "Required value",
            Self::NotSupported => "Unsupported value",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::Duplicate => "Duplicate value",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "Not found",
            Self::TooFew => "Too few",
            Self::Internal => "Internal error",
        }
    }
}

impl Fault {
    /// The path as a Status cause names it: the whole object is `<nil>`.
    pub fn field(&self) -> String {
        if self.path.is_empty() { "<nil>".to_owned() } else { self.path.to_string() }
    }

    /// A value that a rule refuses.
    pub fn invalid(path: FieldPath, value: impl Into<Value>, detail: impl AsRef<str>) -> Self {
        Self::about(FaultKind::Invalid, path, value.into(), detail.as_ref())
    }

    /// A value that a rule refuses and that is not shown.
    pub fn invalid_untold(path: FieldPath, detail: impl AsRef<str>) -> Self {
        Self::bare(FaultKind::Invalid, path, detail.as_ref())
    }

    /// A value of another type than declared.
    pub fn type_invalid(path: FieldPath, value: impl Into<Value>, detail: impl AsRef<str>) -> Self {
        Self::about(FaultKind::TypeInvalid, path, value.into(), detail.as_ref())
    }

    /// A missing value.
    pub fn required(path: FieldPath, detail: impl AsRef<str>) -> Self {
        Self::bare(FaultKind::Required, path, detail.as_ref())
    }

    /// A value that must not be there.
    pub fn forbidden(path: FieldPath, detail: impl AsRef<str>) -> Self {
        Self::bare(FaultKind::Forbidden, path, detail.as_ref())
    }

    /// An entry that is there twice.
    pub fn duplicate(path: FieldPath, value: impl Into<Value>) -> Self {
        Self::about(FaultKind::Duplicate, path, value.into(), "")
    }

    /// A value outside of `supported`.
    pub fn not_supported<S: AsRef<str>>(path: FieldPath, value: impl Into<Value>, supported: &[S]) -> Self {
        let quoted: Vec<_> = supported.iter().map(|value| golang::quote(value.as_ref())).collect();
        let detail = if quoted.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", quoted.join(", "))
        };
        Self::about(FaultKind::NotSupported, path, value.into(), &detail)
    }

    /// A string of more than `limit` bytes (or what upstream calls so).
    pub fn too_long(path: FieldPath, limit: u64) -> Self {
        let unit = if limit == 1 { "byte" } else { "bytes" };
        Self::bare(FaultKind::TooLong, path, &format!("may not be more than {limit} {unit}"))
    }

    /// A string of more than `limit` characters.
    pub fn too_many_characters(path: FieldPath, limit: u64) -> Self {
        let unit = if limit == 1 { "character" } else { "characters" };
        Self::bare(FaultKind::TooLong, path, &format!("may not be more than {limit} {unit}"))
    }

    /// A reference to what is not there.
    pub fn not_found(path: FieldPath, value: impl Into<Value>, detail: impl AsRef<str>) -> Self {
        Self::about(FaultKind::NotFound, path, value.into(), detail.as_ref())
    }

    /// A value that a rule refuses, shown as `shown`: upstream prints some Go values in their own way.
    pub fn invalid_as(path: FieldPath, shown: &str, detail: &str) -> Self {
        let told = if detail.is_empty() { shown.to_owned() } else { format!("{shown}: {detail}") };
        Self::bare(FaultKind::Invalid, path, &told)
    }

    /// A value that a rule refuses and that is not shown.
    pub fn invalid_bare(path: FieldPath, detail: &str) -> Self {
        Self::bare(FaultKind::Invalid, path, detail)
    }

    /// A value outside of an enumeration, shown as `shown`.
    pub fn not_supported_as(path: FieldPath, shown: &str, detail: &str) -> Self {
        Self::bare(FaultKind::NotSupported, path, &format!("{shown}: {detail}"))
    }

    /// An entry that is there twice, shown as `shown`.
    pub fn duplicate_as(path: FieldPath, shown: &str) -> Self {
        Self::bare(FaultKind::Duplicate, path, shown)
    }

    /// A list or map of `actual` entries where `limit` may be.
    pub fn too_many(path: FieldPath, actual: usize, limit: u64) -> Self {
        let unit = if limit == 1 { "item" } else { "items" };
        let detail = format!("must have at most {limit} {unit}");
        Self::about(FaultKind::TooMany, path, actual.into(), &detail)
    }

    /// A value that a rule refuses, which is too large to be shown (`field.OmitValueType` upstream).
    pub fn invalid_omitted(path: FieldPath, detail: impl AsRef<str>) -> Self {
        Self::bare(FaultKind::Invalid, path, detail.as_ref())
    }

    /// An entry that is there twice, and too large to be shown.
    pub fn duplicate_omitted(path: FieldPath) -> Self {
        Self::bare(FaultKind::Duplicate, path, "")
    }

    fn about(kind: FaultKind, path: FieldPath, value: Value, detail: &str) -> Self {
        let mut message = format!("{}: {}", kind.words(), golang::show(&value));
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        Self { path, kind, message, bad_value: Some(value) }
    }

    fn bare(kind: FaultKind, path: FieldPath, detail: &str) -> Self {
        let mut message = kind.words().to_owned();
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        Self { path, kind, message, bad_value: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field(), self.message)
    }
}
