//! Schemas that are made of others: `allOf`, `anyOf`, `oneOf`, `not`, `if`, and what is left over.

use std::collections::BTreeSet;

use amethyst_gotemplate::Value;

use super::super::fault::{Fault, Kind};
use super::super::node::{Id, Node};
use super::super::number::count;
use super::{Checked, Left, Path, Validator};

impl<'a> Validator<'a> {
    pub(super) fn conditions(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        if let Some(id) = node.not
            && self.holds(id, value, path, left)
        {
            self.say(path, faults, || "'not' failed".to_owned())?;
        }
        if !node.all_of.is_empty() {
            let mut causes = Vec::new();
            for id in &node.all_of {
                let result = self.same(*id, value, path, left);
                self.note(result, &mut causes)?;
            }
            self.combined(path, causes, "'allOf' failed", faults)?;
        }
        if !node.any_of.is_empty() {
            let (mut causes, mut matched) = (Vec::new(), false);
            for id in &node.any_of {
                match self.same(*id, value, path, left) {
                    Ok(()) => {
                        matched = true;
                        // Who asks what is left must hear of all that match.
                        if !left.asks() {
                            break;
                        }
                    }
                    Err(fault) => causes.push(*fault),
                }
            }
            if !matched {
                self.combined(path, causes, "'anyOf' failed", faults)?;
            }
        }
        if !node.one_of.is_empty() {
            self.one_of(&node.one_of, value, path, left, faults)?;
        }
        if let Some(id) = node.condition {
            let next = if self.holds(id, value, path, left) { node.then } else { node.otherwise };
            if let Some(id) = next {
                let result = self.same(id, value, path, left);
                self.note(result, faults)?;
            }
        }
        Ok(())
    }

    fn one_of(
        &mut self,
        ids: &[Id],
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let (mut causes, mut matched) = (Vec::new(), None);
        for (at, id) in ids.iter().enumerate() {
            match matched {
                None => match self.same(*id, value, path, left) {
                    Ok(()) => matched = Some(at),
                    Err(fault) => causes.push(*fault),
                },
                Some(first) => {
                    if self.holds(*id, value, path, left) {
                        let text =
                            format!("'oneOf' failed, subschemas {}, {} matched", count(first), count(at));
                        return self.say(path, faults, || text);
                    }
                }
            }
        }
        if matched.is_some() {
            Ok(())
        } else {
            self.combined(path, causes, "'oneOf' failed, none matched", faults)
        }
    }

    fn combined(&self, path: &Path<'_>, causes: Vec<Fault>, text: &str, faults: &mut Vec<Fault>) -> Checked {
        if causes.is_empty() {
            return Ok(());
        }
        let fault = Fault { at: path.tokens(), kind: Kind::Plain(text.to_owned()), causes };
        self.note(Err(Box::new(fault)), faults)
    }

    pub(super) fn unevaluated(
        &mut self,
        node: &Node,
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        if let (Some(id), Value::Map(map)) = (node.unevaluated_properties, value) {
            for name in left.properties.replace(BTreeSet::new()).unwrap_or_default() {
                if let Some(value) = map.get(&name) {
                    let result = self.inner(id, &value, &Path::Key(path, &name));
                    self.note(result, faults)?;
                }
            }
        }
        if let (Some(id), Value::List(list)) = (node.unevaluated_items, value) {
            for at in left.items.replace(BTreeSet::new()).unwrap_or_default() {
                let result = self.inner(id, &list[at], &Path::Index(path, at));
                self.note(result, faults)?;
            }
        }
        Ok(())
    }
}
