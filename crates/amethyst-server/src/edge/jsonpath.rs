//! The JSONPath of printer columns, as client-go's `util/jsonpath` reads it: fields, quoted fields, indexes,
//! slices, wildcards, filters and recursive descent. Everything else is refused when the path is read.

use amethyst_object::Value;

/// A path that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    Slice(Option<i64>, Option<i64>),
    Wildcard,
    Recursive,
    Filter(Filter),
}

#[derive(Clone, Debug, PartialEq)]
struct Filter {
    left: JsonPath,
    test: Option<(Operator, Operand)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(JsonPath),
}

impl JsonPath {
    /// Reads a path, with or without `$` or the braces around it; `None` when it cannot be read.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let mut reader = Reader { rest: text.strip_prefix('$').unwrap_or(text) };
        let path = reader.path()?;
        reader.rest.is_empty().then_some(path)
    }

    /// All that the path finds, in order.
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0
            .iter()
            .fold(vec![value], |found, step| found.into_iter().flat_map(|value| step.find(value)).collect())
    }

    /// The first thing that the path finds.
    pub(crate) fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.find(value).into_iter().next()
    }
}

impl Step {
    fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Field(name), _) => value.get(name).into_iter().collect(),
            (Self::Index(at), Value::Array(items)) => {
                position(*at, items.len()).and_then(|at| items.get(at)).into_iter().collect()
            }
            (Self::Slice(from, to), Value::Array(items)) => {
                let clamp = |at: i64| position(at, items.len()).unwrap_or(0).min(items.len());
                let (from, to) = (from.map_or(0, clamp), to.map_or(items.len(), clamp));
                items.get(from..to.max(from)).unwrap_or_default().iter().collect()
            }
            (Self::Wildcard, Value::Array(items)) => items.iter().collect(),
            (Self::Wildcard, Value::Object(map)) => map.values().collect(),
            (Self::Recursive, _) => {
                let mut found = Vec::new();
                descend(value, &mut found);
                found
            }
            (Self::Filter(filter), Value::Array(items)) => {
                items.iter().filter(|item| filter.holds(item)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn position(at: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if at < 0 { at + length } else { at }).ok()
}

fn descend<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| descend(item, found)),
        Value::Object(map) => map.values().for_each(|item| descend(item, found)),
        _ => {}
    }
}

impl Filter {
    fn holds(&self, item: &Value) -> bool {
        let left = self.left.first(item);
        let Some((operator, operand)) = &self.test else { return left.is_some() };
        let right = match operand {
            Operand::Literal(value) => Some(value),
            Operand::Path(path) => path.first(item),
        };
        let (Some(left), Some(right)) = (left, right) else { return false };
        match operator {
            Operator::Equal => left == right,
            Operator::Unequal => left != right,
            Operator::Less => order(left, right).is_some_and(std::cmp::Ordering::is_lt),
            Operator::LessOrEqual => order(left, right).is_some_and(std::cmp::Ordering::is_le),
            Operator::Greater => order(left, right).is_some_and(std::cmp::Ordering::is_gt),
            Operator::GreaterOrEqual => order(left, right).is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn path(&mut self) -> Option<JsonPath> {
        let mut steps = Vec::new();
        loop {
            if self.eat("..") {
                steps.push(Step::Recursive);
                if self.rest.starts_with('[') {
                    continue;
                }
                steps.push(self.field()?);
            } else if self.eat(".") {
                // A lone dot is the document itself, and `.[0]` is `[0]`.
                if !self.rest.is_empty() && !self.rest.starts_with('[') {
                    steps.push(self.field()?);
                }
            } else if self.eat("[") {
                steps.push(self.bracket()?);
            } else if steps.is_empty() && self.rest.starts_with(is_name) {
                steps.push(self.field()?);
            } else {
                return Some(JsonPath(steps));
            }
        }
    }

    fn field(&mut self) -> Option<Step> {
        if self.eat("*") {
            return Some(Step::Wildcard);
        }
        let mut name = String::new();
        while let Some(character) = self.rest.chars().next() {
            if character == '\\' {
                // `\.` writes a dot that belongs to the name.
                let escaped = self.rest[1..].chars().next()?;
                name.push(escaped);
                self.rest = &self.rest[1 + escaped.len_utf8()..];
            } else if is_name(character) {
                name.push(character);
                self.rest = &self.rest[character.len_utf8()..];
            } else {
                break;
            }
        }
        (!name.is_empty()).then_some(Step::Field(name))
    }

    fn bracket(&mut self) -> Option<Step> {
        self.space();
        let step = if self.eat("?(") {
            let filter = self.filter()?;
            self.space();
            self.eat(")").then_some(Step::Filter(filter))?
        } else if self.eat("*") {
            Step::Wildcard
        } else if self.rest.starts_with(['\'', '"']) {
            Step::Field(self.quoted()?)
        } else {
            self.index()?
        };
        self.space();
        self.eat("]").then_some(step)
    }

    fn index(&mut self) -> Option<Step> {
        let from = self.integer();
        if !self.eat(":") {
            return from.map(Step::Index);
        }
        let to = self.integer();
        Some(Step::Slice(from, to))
    }

    fn integer(&mut self) -> Option<i64> {
        let end = self.rest.find(|character: char| character != '-' && !character.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let number = digits.parse().ok()?;
        self.rest = rest;
        Some(number)
    }

    fn filter(&mut self) -> Option<Filter> {
        self.space();
        self.eat("@").then_some(())?;
        let left = self.path()?;
        self.space();
        let operators = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let Some(operator) =
            operators.into_iter().find_map(|(token, operator)| self.eat(token).then_some(operator))
        else {
            return Some(Filter { left, test: None });
        };
        self.space();
        let operand = self.operand()?;
        Some(Filter { left, test: Some((operator, operand)) })
    }

    fn operand(&mut self) -> Option<Operand> {
        if self.eat("@") {
            return self.path().map(Operand::Path);
        }
        if self.rest.starts_with(['\'', '"']) {
            return self.quoted().map(|text| Operand::Literal(text.into()));
        }
        let end = self.rest.find(|character: char| character == ')' || character.is_whitespace())?;
        let (word, rest) = self.rest.split_at(end);
        let literal = amethyst_object::json::parse(word.as_bytes()).ok()?;
        self.rest = rest;
        Some(Operand::Literal(literal))
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.rest = &self.rest[at + 1..];
                return Some(text);
            }
            text.push(if character == '\\' { characters.next()?.1 } else { character });
        }
        None
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/' | '$' | '@')
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Value, json};

    use super::JsonPath;

    fn check(path: &str, expect: &str) {
        let document = json::parse(
            br#"{"spec":{"list":["a","b","c"],"x.y":1,"n":{"k":{"v":7}}},
                "status":{"conditions":[{"type":"Ready","status":"True","n":2},{"type":"Other","status":"False","n":5}]}}"#,
        )
        .unwrap();
        let found = match JsonPath::parse(path) {
            None => "unreadable".to_owned(),
            Some(path) => {
                let found: Vec<Value> = path.find(&document).into_iter().cloned().collect();
                json::to_string(&Value::Array(found))
            }
        };
        assert_eq!(found, expect, "{path}");
    }

    #[test]
    fn paths_find_what_kubectls_do() {
        check(".spec.list", r#"[["a","b","c"]]"#);
        check("spec.list[1]", r#"["b"]"#);
        check("{.spec.list[-1]}", r#"["c"]"#);
        check(".spec.list[0:2]", r#"["a","b"]"#);
        check(".spec.list[*]", r#"["a","b","c"]"#);
        check(".spec['x.y']", "[1]");
        check(r".spec.x\.y", "[1]");
        check(".spec..v", "[7]");
        check(r#".status.conditions[?(@.type=="Ready")].status"#, r#"["True"]"#);
        check(".status.conditions[?(@.type == 'Other')].status", r#"["False"]"#);
        check(".status.conditions[?(@.n>2)].type", r#"["Other"]"#);
        check(".status.conditions[?(@.missing)].type", "[]");
        check(".status.conditions[?(@.type!='Ready')].n", "[5]");
        check(".nothing.here", "[]");
        check(".spec.list[", "unreadable");
        check(".spec.list[?(x)]", "unreadable");
    }
}
