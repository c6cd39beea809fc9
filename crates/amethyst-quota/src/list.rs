//! Lists of quantities by resource name (`v1.ResourceList`), and their arithmetic
//! (apiserver `pkg/quota/v1/resources.go`).

use std::collections::BTreeMap;

use amethyst_object::{Map, Str, Value};
use amethyst_schema::Quantity;

/// Quantities by the names of their resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceList(BTreeMap<Str, Quantity>);

impl ResourceList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a map of quantities; what is no quantity is left out.
    pub fn read(map: Option<&Value>) -> Self {
        let pairs = map.and_then(Value::as_object).into_iter().flat_map(Map::iter);
        Self(pairs.filter_map(|(name, value)| Some((name.clone(), quantity(value)?))).collect())
    }

    /// The map of quantities.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, quantity)| (name.clone(), quantity.to_string())).collect())
    }

    /// One quantity.
    pub fn get(&self, name: &str) -> Option<&Quantity> {
        self.0.get(name)
    }

    /// Sets one quantity.
    pub fn set(&mut self, name: impl Into<Str>, quantity: Quantity) {
        self.0.insert(name.into(), quantity);
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Str> {
        self.0.keys()
    }

    /// The pairs, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Str, &Quantity)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds another list, name by name.
    pub fn add(&mut self, other: &Self) {
        for (name, quantity) in &other.0 {
            match self.0.get_mut(name) {
                Some(mine) => mine.add(quantity),
                None => self.set(name.clone(), quantity.clone()),
            }
        }
    }

    /// Takes another list away, name by name; what is not there goes below zero.
    pub fn subtract(&mut self, other: &Self) {
        for (name, quantity) in &other.0 {
            self.0.entry(name.clone()).or_insert_with(|| Quantity::of(0)).subtract(quantity);
        }
    }

    /// Takes another list away; nothing goes below zero.
    pub fn subtract_to_zero(&mut self, other: &Self) {
        self.subtract(other);
        for quantity in self.0.values_mut().filter(|quantity| quantity.is_negative()) {
            *quantity = Quantity::of(0);
        }
    }

    /// Takes the greater of both, name by name.
    pub fn raise(&mut self, other: &Self) {
        for (name, quantity) in &other.0 {
            if self.0.get(name).is_none_or(|mine| mine < quantity) {
                self.set(name.clone(), quantity.clone());
            }
        }
    }

    /// Only the named ones.
    #[must_use]
    pub fn mask<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: std::collections::HashSet<&str> = names.into_iter().collect();
        self.0.retain(|name, _| names.contains(name.as_str()));
        self
    }

    /// Without what is zero.
    #[must_use]
    pub fn without_zeros(mut self) -> Self {
        self.0.retain(|_, quantity| !quantity.is_zero());
        self
    }

    /// The names of what is below zero.
    pub fn negative(&self) -> Vec<&str> {
        self.names_where(Quantity::is_negative)
    }

    /// The names whose quantity here is more than that of `limits`, where `limits` has one.
    pub fn exceeding(&self, limits: &Self) -> Vec<&str> {
        let pairs =
            self.0.iter().filter(|(name, quantity)| limits.get(name).is_some_and(|it| *quantity > it));
        pairs.map(|(name, _)| name.as_str()).collect()
    }

    fn names_where(&self, holds: impl Fn(&Quantity) -> bool) -> Vec<&str> {
        self.0.iter().filter(|(_, quantity)| holds(quantity)).map(|(name, _)| name.as_str()).collect()
    }
}

/// As a quota prints lists: `cpu=1,pods=2` (kubernetes `pkg/quota/v1`'s admission messages).
impl std::fmt::Display for ResourceList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, quantity)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{name}={quantity}")?;
        }
        Ok(())
    }
}

impl<N: Into<Str>> FromIterator<(N, Quantity)> for ResourceList {
    fn from_iter<I: IntoIterator<Item = (N, Quantity)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, quantity)| (name.into(), quantity)).collect())
    }
}

/// A quantity as an object holds it: a string, or a number.
fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(number.as_str()).ok(),
        _ => None,
    }
}
