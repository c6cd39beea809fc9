//! `anyOf`, `oneOf`, `allOf`, `not`. Ratcheting ends here, as upstream.

use amethyst_object::Value;

use super::Walk;
use super::outcome::Outcome;
use crate::{NodeId, SchemaRef, golang};

impl<'a> Walk<'a> {
    pub(super) fn junctors(&mut self, value: &'a Value, schema: SchemaRef<'a>) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(rules) = &schema.node().rules {
            outcome.merge(self.any_of(value, schema, &rules.any_of));
            outcome.merge(self.one_of(value, schema, &rules.one_of));
            outcome.merge(self.all_of(value, schema, &rules.all_of));
            if let Some(not) = rules.not
                && self.value(value, schema.go(not), None).is_valid()
            {
                outcome.merge(self.junctor("must not validate the schema (not)"));
            }
        }
        outcome.count();
        outcome
    }

    fn junctor(&self, words: &str) -> Outcome {
        self.fail_whole(format!("{} {words}", golang::quote(&self.name())))
    }

    fn any_of(&mut self, value: &'a Value, schema: SchemaRef<'a>, any_of: &[NodeId]) -> Outcome {
        let mut closest: Option<Outcome> = None;
        for id in any_of {
            let outcome = self.value(value, schema.go(*id), None);
            if outcome.is_valid() {
                return outcome;
            }
            if closest.as_ref().is_none_or(|closest| outcome.content > closest.content) {
                closest = Some(outcome);
            }
        }
        let Some(closest) = closest else { return Outcome::default() };
        let mut outcome = self.junctor("must validate at least one schema (anyOf)");
        outcome.merge(closest);
        outcome
    }

    fn one_of(&mut self, value: &'a Value, schema: SchemaRef<'a>, one_of: &[NodeId]) -> Outcome {
        if one_of.is_empty() {
            return Outcome::default();
        }
        let mut valid = 0;
        let mut first = None;
        let mut closest: Option<Outcome> = None;
        for id in one_of {
            let outcome = self.value(value, schema.go(*id), None);
            if outcome.is_valid() {
                valid += 1;
                closest = None;
                first = first.or(Some(outcome));
            } else if valid == 0 && closest.as_ref().is_none_or(|closest| outcome.content > closest.content) {
                closest = Some(outcome);
            }
        }
        if valid == 1 {
            return first.unwrap_or_default();
        }
        let found = if valid == 0 {
            "Found none valid".to_owned()
        } else {
            format!("Found {valid} valid alternatives")
        };
        let mut outcome = self.junctor(&format!("must validate one and only one schema (oneOf). {found}"));
        outcome.merge(closest.unwrap_or_default());
        outcome
    }

    fn all_of(&mut self, value: &'a Value, schema: SchemaRef<'a>, all_of: &[NodeId]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut valid = 0;
        for id in all_of {
            let each = self.value(value, schema.go(*id), None);
            valid += usize::from(each.is_valid());
            outcome.merge(each);
        }
        if valid != all_of.len() {
            let none = if valid == 0 { ". None validated" } else { "" };
            outcome.merge(self.junctor(&format!("must validate all the schemas (allOf){none}")));
        }
        outcome
    }
}
