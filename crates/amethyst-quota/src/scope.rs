//! Scopes of quotas: which objects a quota looks at at all.

use amethyst_object::{Map, Requirement, Str, Value};

/// One scope that an object must be in (`v1.ScopedResourceSelectorRequirement`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeRequirement {
    /// `Terminating`, `PriorityClass`, ...
    pub name: Str,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: Str,
    /// The values, for `In` and `NotIn`.
    pub values: Vec<Str>,
}

impl ScopeRequirement {
    /// Reads one of `scopeSelector.matchExpressions`.
    pub fn read(expression: &Value) -> Self {
        let text = |key: &str| expression.str_at(&[key]).unwrap_or_default().into();
        let values = expression.get("values").and_then(Value::as_array).unwrap_or_default();
        Self {
            name: text("scopeName"),
            operator: text("operator"),
            values: values.iter().filter_map(|value| Some(value.as_str()?.into())).collect(),
        }
    }

    /// Whether one of the names that the object has under this scope (none: no such name) satisfies it.
    pub(crate) fn selects(&self, names: &[&str]) -> bool {
        let values = || self.values.clone();
        let requirement = match self.operator.as_str() {
            "In" => Requirement::In(self.name.clone(), values()),
            "NotIn" => Requirement::NotIn(self.name.clone(), values()),
            "Exists" => Requirement::Exists(self.name.clone()),
            "DoesNotExist" => Requirement::DoesNotExist(self.name.clone()),
            _ => return false,
        };
        let selector = amethyst_object::LabelSelector { requirements: vec![requirement] };
        if names.is_empty() {
            return selector.matches(|_| None);
        }
        names.iter().any(|name| selector.matches(|_| Some(*name)))
    }
}

/// All scopes of a ResourceQuota, in both of its spellings.
pub fn quota_scopes(quota: &Map) -> Vec<ScopeRequirement> {
    let Some(spec) = quota.get("spec") else { return Vec::new() };
    let scopes = spec.get("scopes").and_then(Value::as_array).unwrap_or_default();
    let plain = scopes.iter().filter_map(Value::as_str).map(|name| ScopeRequirement {
        name: name.into(),
        operator: "Exists".into(),
        values: Vec::new(),
    });
    let selected = spec.at(&["scopeSelector", "matchExpressions"]).and_then(Value::as_array);
    plain.chain(selected.unwrap_or_default().iter().map(ScopeRequirement::read)).collect()
}
