//! Compiles the rules of one schema node (`schema/cel/compilation.go`).

use amethyst_schema::{SchemaRef, Validation};

use super::decl::{Decl, REQUEST_SIZE_MAX};
use super::path;
use crate::env::Env;
use crate::error::CompileError;
use crate::program::Program;
use crate::types::Type;

/// The value a rule is about, and what it was.
pub(super) const SELF: &str = "self";
pub(super) const OLD_SELF: &str = "oldSelf";

/// A compiled rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    /// The rule; nothing when it is empty or wrong.
    pub(super) program: Option<Program>,
    pub(super) error: Option<String>,
    pub(super) uses_old: bool,
    /// The most it may cost, and how often a value of this kind fits into a request.
    pub(super) cost_max: u64,
    pub(super) cardinality_max: u64,
    pub(super) message: Option<Program>,
    pub(super) message_error: Option<String>,
    pub(super) message_cost_max: u64,
    /// The field path, normalized.
    pub(super) field_path: Option<String>,
}

/// The rules at a schema node, whose values `decl` describes.
pub(super) fn compile(schema: SchemaRef<'_>, decl: &Decl) -> Vec<Compiled> {
    let rules = &schema.node().validations;
    if rules.is_empty() {
        return Vec::new();
    }
    let base = Env::kubernetes().variable(SELF, decl.ty());
    let envs =
        [base.clone().variable(OLD_SELF, decl.ty()), base.variable(OLD_SELF, Type::optional(decl.ty()))];
    // One comma at least stands between two values.
    let cardinality_max = u64::try_from(REQUEST_SIZE_MAX / (decl.size_min + 1)).unwrap_or(1);
    rules
        .iter()
        .map(|rule| {
            let env = &envs[usize::from(rule.optional_old_self == Some(true))];
            let mut compiled = compile_rule(rule, env, decl);
            compiled.cardinality_max = cardinality_max;
            compiled.field_path = path::read(&rule.field_path, schema)
                .filter(|path| !path.is_empty())
                .map(|path| path.to_string());
            compiled
        })
        .collect()
}

fn explain(error: CompileError, issues: &str, program: &str) -> String {
    match error {
        CompileError::Program(why) => format!("{program}: {why}"),
        error => format!("{issues}: {error}"),
    }
}

fn compile_rule(rule: &Validation, env: &Env, decl: &Decl) -> Compiled {
    let mut out = Compiled::default();
    if rule.rule.trim().is_empty() {
        return out;
    }
    let program = match env.compile(&rule.rule) {
        Ok(program) => program,
        Err(error) => {
            let error = explain(error, "compilation failed", "program instantiation failed");
            return Compiled { error: Some(error), ..out };
        }
    };
    if *program.result_type() != Type::Bool {
        return Compiled { error: Some("cel expression must evaluate to a bool".to_owned()), ..out };
    }
    out.uses_old = program.names(OLD_SELF);
    out.cost_max = program.estimate(decl).max;
    out.program = Some(program);
    if !rule.message_expression.is_empty() {
        compile_message(rule, env, decl, &mut out);
    }
    out
}

fn compile_message(rule: &Validation, env: &Env, decl: &Decl, out: &mut Compiled) {
    match env.compile(&rule.message_expression) {
        Ok(program) if *program.result_type() == Type::String => {
            out.message_cost_max = program.estimate(decl).max;
            out.message = Some(program);
        }
        Ok(_) => out.message_error = Some("messageExpression must evaluate to a string".to_owned()),
        Err(error) => {
            let error = explain(
                error,
                "messageExpression compilation failed",
                "messageExpression instantiation failed",
            );
            out.message_error = Some(error);
        }
    }
}
