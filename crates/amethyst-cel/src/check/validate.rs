//! What is looked at once the types fit: constants that are none, and literals of mixed types (cel-go
//! `cel/validator.go`; `ext/formatting.go` for format strings).

use crate::ast::{Checked, Expr, Kind, Literal, Places};
use crate::error::Issue;
use crate::library::check_format;
use crate::moment::{Duration, Timestamp};
use crate::types::Type;

/// Every fault, kind by kind.
pub(super) fn validate(checked: &Checked, places: &Places) -> Vec<Issue> {
    let mut validator = Validator { checked, places, issues: Vec::new() };
    for function in ["duration", "timestamp", "matches"] {
        validator.walk(&checked.root, &mut |own, expr| own.literal_argument(function, expr));
    }
    validator.mixed(&checked.root, false, true);
    validator.mixed(&checked.root, false, false);
    validator.walk(&checked.root, &mut Validator::format);
    validator.issues
}

struct Validator<'a> {
    checked: &'a Checked,
    places: &'a Places,
    issues: Vec<Issue>,
}

/// The expressions right inside of one.
pub(crate) fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        Kind::Literal(_) | Kind::Ident(_) | Kind::Broken => Vec::new(),
        Kind::Select { operand, .. } => vec![operand],
        Kind::Call(call) => call.target.iter().chain(&call.args).collect(),
        Kind::List(elements) => elements.iter().map(|element| &element.value).collect(),
        Kind::Map(entries) => entries.iter().flat_map(|entry| [&entry.key, &entry.value]).collect(),
        Kind::Struct { fields, .. } => fields.iter().map(|field| &field.value).collect(),
        Kind::Fold(fold) => {
            vec![&fold.range, &fold.init, &fold.condition, &fold.step, &fold.result]
        }
    }
}

impl<'a> Validator<'a> {
    fn issue(&mut self, expr: &Expr, message: String) {
        let (line, column) = self.places.of(expr.id);
        self.issues.push(Issue { line, column, message });
    }

    fn walk(&mut self, expr: &'a Expr, visit: &mut impl FnMut(&mut Self, &'a Expr)) {
        visit(self, expr);
        for child in children(expr) {
            self.walk(child, visit);
        }
    }

    fn literal_argument(&mut self, function: &str, expr: &Expr) {
        let Kind::Call(call) = &expr.kind else { return };
        let Some(Expr { kind: Kind::Literal(literal), .. }) = call.args.first() else { return };
        let Literal::String(text) = literal else { return };
        let fits = match call.function.as_str() {
            name if name != function => return,
            "duration" => Duration::parse(text).is_ok(),
            "timestamp" => Timestamp::parse(text).is_some(),
            _ => amethyst_schema::regular_expression(text).is_ok(),
        };
        if !fits {
            self.issue(&call.args[0], format!("invalid {function} argument"));
        }
    }

    /// Lists, or maps, whose elements differ in type; those given to `format` may.
    fn mixed(&mut self, expr: &'a Expr, exempt: bool, lists: bool) {
        let exempt = exempt || matches!(&expr.kind, Kind::Call(call) if call.function == "format");
        match &expr.kind {
            Kind::List(elements) if lists && !exempt => {
                let mut first: Option<Type> = None;
                for element in elements {
                    let ty = self.type_of(&element.value, element.optional);
                    if let Some(first) = &first
                        && *first != ty
                    {
                        self.mismatch(&element.value, first, &ty);
                        break;
                    }
                    first.get_or_insert(ty);
                }
            }
            Kind::Map(entries) if !lists && !exempt => {
                let mut first: Option<(Type, Type)> = None;
                for entry in entries {
                    let key = self.type_of(&entry.key, false);
                    let value = self.type_of(&entry.value, entry.optional);
                    let Some((first_key, first_value)) = &first else {
                        first = Some((key, value));
                        continue;
                    };
                    if *first_key != key {
                        self.mismatch(&entry.key, first_key, &key);
                    }
                    if *first_value != value {
                        self.mismatch(&entry.value, first_value, &value);
                    }
                }
            }
            _ => {}
        }
        for child in children(expr) {
            self.mixed(child, exempt, lists);
        }
    }

    fn type_of(&self, expr: &Expr, optional: bool) -> Type {
        let ty = self.checked.type_of(expr);
        ty.unwrap_optional().filter(|_| optional).unwrap_or(ty).clone()
    }

    fn mismatch(&mut self, expr: &Expr, expected: &Type, found: &Type) {
        self.issue(expr, format!("expected type '{expected}' but found '{found}'"));
    }

    fn format(&mut self, expr: &'a Expr) {
        let Kind::Call(call) = &expr.kind else { return };
        let (Some(target), [arg]) = (&call.target, call.args.as_slice()) else { return };
        let (Kind::Literal(Literal::String(text)), Kind::List(elements)) = (&target.kind, &arg.kind) else {
            return;
        };
        if call.function != "format" {
            return;
        }
        let types: Vec<&Type> = elements.iter().map(|element| self.checked.type_of(&element.value)).collect();
        if let Err((at, message)) = check_format(text, &types) {
            let place = at.map_or(expr, |at| &elements[at].value);
            self.issue(place, message);
        }
    }
}
