//! Macros: calls that become other expressions before anything is checked (cel-go `parser/macro.go`,
//! `cel/library.go` for optionals, `ext/comprehensions.go` and `ext/lists.go`).

use amethyst_object::Str;

use super::Parser;
use crate::ast::{ACCUMULATOR, Call, Element, Entry, Expr, Field, Fold, Id, Kind, Literal};

/// The variable of a comprehension that ranges over nothing.
const UNUSED: &str = "#unused";
const SORT_INPUT: &str = "@__sortBy_input__";

/// A macro's argument that is none: where, and why.
type Refused = (Id, String);

impl Parser {
    /// A call, or what its macro makes of it.
    pub(super) fn call_or_macro(
        &mut self,
        offset: u32,
        name: &Str,
        target: Option<Expr>,
        args: Vec<Expr>,
    ) -> Expr {
        let known = match (name.as_str(), target.is_some(), args.len()) {
            ("has", false, 1) => true,
            (
                "all" | "exists" | "exists_one" | "existsOne" | "map" | "filter" | "sortBy" | "optMap"
                | "optFlatMap",
                true,
                2,
            )
            | (
                "all" | "exists" | "exists_one" | "existsOne" | "map" | "transformList" | "transformMap"
                | "transformMapEntry",
                true,
                3,
            )
            | ("transformList" | "transformMap" | "transformMapEntry", true, 4) => true,
            _ => false,
        };
        if !known {
            let call = Call { function: name.clone(), target, args };
            return self.node(offset, Kind::Call(Box::new(call)));
        }
        let mut build = Builder { parser: self, offset };
        let expanded = match target {
            None => build.has(args),
            Some(target) => build.receiver(name, target, args),
        };
        expanded.unwrap_or_else(|(at, message)| {
            let offset = self.places.offsets[at as usize];
            self.broken(offset, message)
        })
    }
}

/// Makes nodes that lie where the macro was called.
struct Builder<'a> {
    parser: &'a mut Parser,
    offset: u32,
}

/// The arguments of a macro in order.
fn two(args: Vec<Expr>) -> [Expr; 2] {
    args.try_into().expect("the number of arguments chose the macro")
}

impl Builder<'_> {
    fn node(&mut self, kind: Kind) -> Expr {
        self.parser.node(self.offset, kind)
    }

    fn literal(&mut self, literal: Literal) -> Expr {
        self.node(Kind::Literal(literal))
    }

    fn ident(&mut self, name: &str) -> Expr {
        self.node(Kind::Ident(name.into()))
    }

    fn accumulator(&mut self) -> Expr {
        self.ident(ACCUMULATOR)
    }

    fn list(&mut self, elements: Vec<Expr>) -> Expr {
        let elements = elements.into_iter().map(|value| Element { value, optional: false }).collect();
        self.node(Kind::List(elements))
    }

    fn call(&mut self, function: &str, args: Vec<Expr>) -> Expr {
        self.node(Kind::Call(Box::new(Call { function: function.into(), target: None, args })))
    }

    fn member(&mut self, function: &str, target: Expr, args: Vec<Expr>) -> Expr {
        self.node(Kind::Call(Box::new(Call { function: function.into(), target: Some(target), args })))
    }

    fn has(&mut self, mut args: Vec<Expr>) -> Result<Expr, Refused> {
        let argument = args.remove(0);
        match argument.kind {
            Kind::Select { operand, field, .. } => Ok(self.node(Kind::Select { operand, field, test: true })),
            _ => Err((argument.id, "invalid argument to has() macro".into())),
        }
    }

    fn receiver(&mut self, name: &str, target: Expr, args: Vec<Expr>) -> Result<Expr, Refused> {
        match (name, args.len()) {
            ("optMap", _) => self.optional_map(target, two(args), true),
            ("optFlatMap", _) => self.optional_map(target, two(args), false),
            ("sortBy", _) => self.sort_by(target, two(args)),
            ("map", _) => self.map(target, args),
            ("filter", _) => self.filter(target, two(args)),
            (_, 2) => {
                let [variable, predicate] = two(args);
                let names = (simple(&variable, "argument must be a simple name")?, None);
                Ok(self.quantify(name, target, names, predicate))
            }
            _ => self.two_variables(name, target, args),
        }
    }

    fn two_variables(&mut self, name: &str, target: Expr, args: Vec<Expr>) -> Result<Expr, Refused> {
        let wrong = "argument must be a simple name";
        let first = bare(&args[0], wrong)?;
        let second = bare(&args[1], wrong)?;
        if first == second {
            return Err((args[1].id, format!("duplicate variable name: {first}")));
        }
        let names = (simple(&args[0], wrong)?, Some(simple(&args[1], wrong)?));
        let mut rest = args.into_iter().skip(2);
        let mut take = || rest.next().expect("the number of arguments chose the macro");
        let is_quantifier = !name.starts_with("transform");
        let last = take();
        if is_quantifier {
            return Ok(self.quantify(name, target, names, last));
        }
        let (filter, transform) = match rest.next() {
            Some(transform) => (Some(last), transform),
            None => (None, last),
        };
        let accumulator = self.accumulator();
        let (init, step) = match name {
            "transformList" => {
                let element = self.list(vec![transform]);
                (self.list(Vec::new()), self.call("_+_", vec![accumulator, element]))
            }
            "transformMap" => {
                let key = self.ident(&names.0);
                let step = self.call("cel.@mapInsert", vec![accumulator, key, transform]);
                (self.node(Kind::Map(Vec::new())), step)
            }
            _ => {
                let step = self.call("cel.@mapInsert", vec![accumulator, transform]);
                (self.node(Kind::Map(Vec::new())), step)
            }
        };
        Ok(self.gather(target, names, init, step, filter))
    }

    /// A fold that keeps going, whose steps may be filtered.
    fn gather(
        &mut self,
        range: Expr,
        names: (Str, Option<Str>),
        init: Expr,
        mut step: Expr,
        filter: Option<Expr>,
    ) -> Expr {
        let condition = self.literal(Literal::Bool(true));
        if let Some(filter) = filter {
            let unchanged = self.accumulator();
            step = self.call("_?_:_", vec![filter, step, unchanged]);
        }
        let result = self.accumulator();
        self.fold(range, names, [init, condition, step, result])
    }

    fn fold(
        &mut self,
        range: Expr,
        (variable, second): (Str, Option<Str>),
        [init, condition, step, result]: [Expr; 4],
    ) -> Expr {
        self.node(Kind::Fold(Box::new(Fold {
            range,
            variable,
            second,
            accumulator: ACCUMULATOR.into(),
            init,
            condition,
            step,
            result,
        })))
    }

    fn quantify(&mut self, name: &str, range: Expr, names: (Str, Option<Str>), predicate: Expr) -> Expr {
        if name != "all" && name != "exists" {
            let init = self.literal(Literal::Int(0));
            let (before, one) = (self.accumulator(), self.literal(Literal::Int(1)));
            let step = self.call("_+_", vec![before, one]);
            let condition = self.literal(Literal::Bool(true));
            let unchanged = self.accumulator();
            let step = self.call("_?_:_", vec![predicate, step, unchanged]);
            let (count, one) = (self.accumulator(), self.literal(Literal::Int(1)));
            let result = self.call("_==_", vec![count, one]);
            return self.fold(range, names, [init, condition, step, result]);
        }
        let is_all = name == "all";
        let init = self.literal(Literal::Bool(is_all));
        let mut condition = self.accumulator();
        if !is_all {
            condition = self.call("!_", vec![condition]);
        }
        let condition = self.call("@not_strictly_false", vec![condition]);
        let before = self.accumulator();
        let step = self.call(if is_all { "_&&_" } else { "_||_" }, vec![before, predicate]);
        let result = self.accumulator();
        self.fold(range, names, [init, condition, step, result])
    }

    fn map(&mut self, range: Expr, args: Vec<Expr>) -> Result<Expr, Refused> {
        let name = simple(&args[0], "argument is not an identifier")?;
        let mut rest = args.into_iter().skip(1);
        let mut take = || rest.next().expect("the number of arguments chose the macro");
        let first = take();
        let (filter, transform) = match rest.next() {
            Some(transform) => (Some(first), transform),
            None => (None, first),
        };
        let init = self.list(Vec::new());
        let (before, element) = (self.accumulator(), self.list(vec![transform]));
        let step = self.call("_+_", vec![before, element]);
        Ok(self.gather(range, (name, None), init, step, filter))
    }

    fn filter(&mut self, range: Expr, [variable, predicate]: [Expr; 2]) -> Result<Expr, Refused> {
        let name = simple(&variable, "argument is not an identifier")?;
        let init = self.list(Vec::new());
        let (before, element) = (self.accumulator(), self.list(vec![variable]));
        let step = self.call("_+_", vec![before, element]);
        Ok(self.gather(range, (name, None), init, step, Some(predicate)))
    }

    /// A comprehension over nothing, which only names a value.
    fn bind(&mut self, name: &str, value: Expr, body: Expr) -> Expr {
        let range = self.list(Vec::new());
        let condition = self.literal(Literal::Bool(false));
        let step = self.ident(name);
        self.node(Kind::Fold(Box::new(Fold {
            range,
            variable: UNUSED.into(),
            second: None,
            accumulator: name.into(),
            init: value,
            condition,
            step,
            result: body,
        })))
    }

    fn optional_map(
        &mut self,
        target: Expr,
        [variable, body]: [Expr; 2],
        wraps: bool,
    ) -> Result<Expr, Refused> {
        let word = if wraps { "optMap" } else { "optFlatMap" };
        let name = bare(&variable, &format!("{word}() variable name must be a simple identifier"))?.clone();
        let again = self.copy(&target);
        let has_value = self.member("hasValue", target, Vec::new());
        let value = self.member("value", again, Vec::new());
        let mut bound = self.bind(&name, value, body);
        if wraps {
            bound = self.call("optional.of", vec![bound]);
        }
        let none = self.call("optional.none", Vec::new());
        Ok(self.call("_?_:_", vec![has_value, bound, none]))
    }

    fn sort_by(&mut self, target: Expr, [variable, key]: [Expr; 2]) -> Result<Expr, Refused> {
        let sortable = matches!(
            target.kind,
            Kind::List(_) | Kind::Select { .. } | Kind::Ident(_) | Kind::Fold(_) | Kind::Call(_)
        );
        if !sortable {
            let message =
                "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
            return Err((target.id, message.into()));
        }
        let range = self.ident(SORT_INPUT);
        let keys = self.map(range, vec![variable, key])?;
        let input = self.ident(SORT_INPUT);
        let sorted = self.member("@sortByAssociatedKeys", input, vec![keys]);
        Ok(self.bind(SORT_INPUT, target, sorted))
    }

    /// The same expression with nodes of its own.
    fn copy(&mut self, expr: &Expr) -> Expr {
        let kind = match &expr.kind {
            Kind::Literal(_) | Kind::Ident(_) | Kind::Broken => expr.kind.clone(),
            Kind::Select { operand, field, test } => {
                Kind::Select { operand: Box::new(self.copy(operand)), field: field.clone(), test: *test }
            }
            Kind::Call(call) => Kind::Call(Box::new(Call {
                function: call.function.clone(),
                target: call.target.as_ref().map(|target| self.copy(target)),
                args: call.args.iter().map(|arg| self.copy(arg)).collect(),
            })),
            Kind::List(elements) => {
                let copy = |element: &Element| Element {
                    value: self.copy(&element.value),
                    optional: element.optional,
                };
                Kind::List(elements.iter().map(copy).collect())
            }
            Kind::Map(entries) => {
                let copy = |entry: &Entry| Entry {
                    key: self.copy(&entry.key),
                    value: self.copy(&entry.value),
                    optional: entry.optional,
                };
                Kind::Map(entries.iter().map(copy).collect())
            }
            Kind::Struct { name, fields } => {
                let copy = |field: &Field| Field {
                    id: self.parser.places.add(self.offset),
                    name: field.name.clone(),
                    value: self.copy(&field.value),
                    optional: field.optional,
                };
                Kind::Struct { name: name.clone(), fields: fields.iter().map(copy).collect() }
            }
            Kind::Fold(fold) => Kind::Fold(Box::new(Fold {
                range: self.copy(&fold.range),
                variable: fold.variable.clone(),
                second: fold.second.clone(),
                accumulator: fold.accumulator.clone(),
                init: self.copy(&fold.init),
                condition: self.copy(&fold.condition),
                step: self.copy(&fold.step),
                result: self.copy(&fold.result),
            })),
        };
        self.node(kind)
    }
}

/// The name that an argument is.
fn bare<'a>(argument: &'a Expr, wrong: &str) -> Result<&'a Str, Refused> {
    match &argument.kind {
        Kind::Ident(name) => Ok(name),
        _ => Err((argument.id, wrong.into())),
    }
}

/// The name that an argument is, and may be.
fn simple(argument: &Expr, wrong: &str) -> Result<Str, Refused> {
    let name = bare(argument, wrong)?;
    if name == ACCUMULATOR || name == "__result__" {
        return Err((argument.id, "iteration variable overwrites accumulator variable".into()));
    }
    Ok(name.clone())
}
