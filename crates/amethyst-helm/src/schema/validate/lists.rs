//! Lists against schemas.

use amethyst_gotemplate::Value;

use super::super::fault::{Fault, Kind};
use super::super::node::{Additional, ArrayRules};
use super::super::number::count;
use super::compare::duplicates;
use super::{Checked, Left, Path, Validator};

impl<'a> Validator<'a> {
    pub(super) fn array(
        &mut self,
        rules: &'a ArrayRules,
        draft: u16,
        list: &[Value],
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let size = list.len();
        if let Some(wanted) = rules.items_min.filter(|wanted| size < *wanted) {
            self.say(path, faults, || format!("minItems: got {}, want {}", count(size), count(wanted)))?;
        }
        if let Some(wanted) = rules.items_max.filter(|wanted| size > *wanted) {
            self.say(path, faults, || format!("maxItems: got {}, want {}", count(size), count(wanted)))?;
        }
        if rules.unique
            && let Some((first, second)) = duplicates(list)
        {
            self.say(path, faults, || format!("items at {} and {} are equal", count(first), count(second)))?;
        }
        let before = rules.prefix.len().min(size);
        for (at, (item, id)) in list.iter().zip(&rules.prefix).enumerate() {
            let result = self.inner(*id, item, &Path::Index(path, at));
            self.note(result, faults)?;
        }
        match rules.rest {
            Some(Additional::Allowed(false)) if before != size => {
                self.say(path, faults, || {
                    format!("last {} additionalItem(s) not allowed", count(size - before))
                })?;
            }
            Some(Additional::Schema(id)) => {
                for (at, item) in list.iter().enumerate().skip(before) {
                    let result = self.inner(id, item, &Path::Index(path, at));
                    self.note(result, faults)?;
                }
            }
            _ => {}
        }
        if let Some(items) = &mut left.items {
            if rules.rest.is_some() { items.clear() } else { items.retain(|at| *at >= before) }
        }
        self.contains(rules, draft, list, path, left, faults)
    }

    fn contains(
        &mut self,
        rules: &ArrayRules,
        draft: u16,
        list: &[Value],
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let Some(id) = rules.contains else { return Ok(()) };
        let (mut causes, mut matched) = (Vec::new(), Vec::new());
        for (at, item) in list.iter().enumerate() {
            match self.inner(id, item, &Path::Index(path, at)) {
                Ok(()) => {
                    matched.push(at);
                    if let (true, Some(items)) = (draft >= 2020, &mut left.items) {
                        items.remove(&at);
                    }
                }
                Err(fault) => causes.push(*fault),
            }
        }
        let places = || matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let text = match rules.contains_min {
            Some(wanted) if matched.is_empty() && wanted > 0 => Some(format!(
                "min {} items required to match contains schema, but none matched",
                count(wanted)
            )),
            Some(wanted) if matched.len() < wanted => Some(format!(
                "min {} items required to match contains schema, but matched {} items at {}",
                count(wanted),
                count(matched.len()),
                places()
            )),
            None if matched.is_empty() => Some("no items match contains schema".to_owned()),
            _ => None,
        };
        if let Some(text) = text {
            self.note(Err(Box::new(Fault { at: path.tokens(), kind: Kind::Plain(text), causes })), faults)?;
        }
        if let Some(wanted) = rules.contains_max.filter(|wanted| matched.len() > *wanted) {
            self.say(path, faults, || {
                format!(
                    "max {} items required to match contains schema, but matched {} items at {}",
                    count(wanted),
                    count(matched.len()),
                    places()
                )
            })?;
        }
        Ok(())
    }
}
