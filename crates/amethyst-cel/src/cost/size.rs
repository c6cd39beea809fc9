//! Ranges of sizes and costs, which saturate.

use amethyst_object::Str;

/// How large a string, bytes, list or map may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// What something may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// What a call costs, and how large its result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The call.
    pub cost: Cost,
    /// The result, where that is known.
    pub size: Option<Size>,
}

/// One step into a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The variable, or a field, by the name that expressions use.
    Name(Str),
    /// The elements of a list.
    Items,
    /// The keys of a map.
    Keys,
    /// The values of a map.
    Values,
    /// The indices of a list.
    Indices,
}

/// Knows how large variables may be.
pub trait Sizes {
    /// The size at a path, which begins with the variable.
    fn size(&self, path: &[Step]) -> Option<Size>;
}

/// Knows nothing of sizes.
#[derive(Clone, Copy, Debug)]
pub struct NoSizes;

impl Sizes for NoSizes {
    fn size(&self, _: &[Step]) -> Option<Size> {
        None
    }
}

/// Rounded up, and never past the end.
pub(super) fn scale(amount: u64, factor: f64) -> u64 {
    let product = (amount as f64 * factor).ceil();
    if product >= 18_446_744_073_709_551_616.0 { u64::MAX } else { product as u64 }
}

impl Size {
    /// Of which nothing is known.
    pub const UNKNOWN: Self = Self { min: 0, max: u64::MAX };

    /// This and no other.
    pub const fn fixed(size: u64) -> Self {
        Self { min: size, max: size }
    }

    pub(super) fn add(self, other: Self) -> Self {
        Self { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        Self { min: self.min.saturating_mul(other.min), max: self.max.saturating_mul(other.max) }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub(super) fn by_factor(self, factor: f64) -> Cost {
        Cost { min: scale(self.min, factor), max: scale(self.max, factor) }
    }

    pub(super) fn times(self, cost: Cost) -> Cost {
        Cost { min: self.min.saturating_mul(cost.min), max: self.max.saturating_mul(cost.max) }
    }
}

impl Cost {
    /// This and no other.
    pub const fn fixed(cost: u64) -> Self {
        Self { min: cost, max: cost }
    }

    pub(super) fn add(self, other: Self) -> Self {
        Self { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        Self { min: self.min.saturating_mul(other.min), max: self.max.saturating_mul(other.max) }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub(super) fn by_factor(self, factor: f64) -> Self {
        Self { min: scale(self.min, factor), max: scale(self.max, factor) }
    }
}
