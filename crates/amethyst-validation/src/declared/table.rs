//! The generated table, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

/// All declared rules.
pub(super) struct Table {
    /// Types by `package.Name`.
    types: HashMap<&'static str, Rules>,
    /// The whole names of types, by package and name.
    names: HashMap<(&'static str, &'static str), &'static str>,
    /// Subresources of the kinds that are asked about, by package and kind.
    roots: HashMap<(&'static str, &'static str), Vec<&'static str>>,
}

/// The rules of a type.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) own: Vec<Line>,
    pub(super) fields: Vec<Field>,
}

/// The rules of a field.
pub(super) struct Field {
    /// Empty when the field's own fields stand in its place.
    pub(super) name: &'static str,
    /// Whether it may be missing.
    pub(super) pointer: bool,
    pub(super) lines: Vec<Line>,
}

/// One rule.
pub(super) struct Line {
    pub(super) rule: &'static str,
    /// Whether its faults are told.
    pub(super) tells: bool,
    /// Whether its faults end the rules of the field.
    pub(super) stops: bool,
}

pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(amethyst_kinds::RULES));
    &TABLE
}

impl Table {
    /// The type of a kind that is asked about through a subresource.
    pub(super) fn root(
        &self,
        group: &str,
        version: &str,
        kind: &str,
        subresource: &str,
    ) -> Option<&'static str> {
        let group = group.split('.').next().filter(|group| !group.is_empty()).unwrap_or("core");
        let package = format!("{group}/{version}");
        let subresources = self.roots.get(&(package.as_str(), kind))?;
        let asked = subresources.iter().any(|known| known.trim_start_matches('/') == subresource);
        asked.then(|| self.names.get(&(package.as_str(), kind)).copied()).flatten()
    }

    pub(super) fn of(&self, name: &str) -> Option<&Rules> {
        self.types.get(name)
    }

    fn parse(text: &'static str) -> Self {
        let mut table = Self { types: HashMap::new(), names: HashMap::new(), roots: HashMap::new() };
        let (mut package, mut current) = ("", "");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix("  ") {
                let field = table.types.get_mut(current).and_then(|rules| rules.fields.last_mut());
                if let Some(field) = field {
                    field.lines.push(Line::parse(rest, package));
                }
            } else if let Some(rest) = line.strip_prefix(" field ") {
                let name = rest.trim_start_matches('*');
                let field = Field {
                    name: if name == "." { "" } else { name },
                    pointer: name.len() < rest.len(),
                    lines: Vec::new(),
                };
                table.types.entry(current).or_default().fields.push(field);
            } else if let Some(rest) = line.strip_prefix(' ') {
                table.types.entry(current).or_default().own.push(Line::parse(rest, package));
            } else if let Some(name) = line.strip_prefix("type ") {
                current = leak(format!("{package}.{name}"));
                table.names.insert((package, name), current);
                table.types.entry(current).or_default();
            } else if let Some(rest) = line.strip_prefix("root ") {
                let mut words = rest.split(' ');
                let kind = words.next().unwrap_or_default();
                table.roots.insert((package, kind), words.collect());
            } else if let Some(name) = line.strip_prefix("package ") {
                package = name;
            }
        }
        table
    }
}

impl Line {
    fn parse(text: &'static str, package: &str) -> Self {
        let (rule, mark) = match text.rsplit_once(' ') {
            Some((rule, mark @ ("!" | "?" | "~"))) => (rule, mark),
            _ => (text, ""),
        };
        Self {
            rule: qualified(rule, package),
            tells: matches!(mark, "" | "!"),
            stops: matches!(mark, "!" | "?"),
        }
    }
}

/// The rule with whole names of types: of this package, unless another is named.
fn qualified(rule: &'static str, package: &str) -> &'static str {
    let whole = |name: &str| if name.contains('/') { name.to_owned() } else { format!("{package}.{name}") };
    if let Some(name) = rule.strip_prefix("type ") {
        return leak(format!("type {}", whole(name)));
    }
    let Some((head, tail)) = rule.split_once('@') else { return rule };
    let (name, keys) = tail.split_once(' ').unwrap_or((tail, ""));
    leak(format!("{head}@{} {keys}", whole(name)).trim_end().to_owned())
}

/// Text of the table, which lives as long as the program: it is read once.
fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
