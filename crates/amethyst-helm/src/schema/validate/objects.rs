//! Maps against schemas.

use amethyst_gotemplate::{Map, Value};
use amethyst_object::Str;

use super::super::fault::{Fault, Kind, join_quoted, quote};
use super::super::node::{Additional, Dependency, ObjectRules};
use super::super::number::count;
use super::{Checked, Left, Path, Validator};

impl<'a> Validator<'a> {
    pub(super) fn object(
        &mut self,
        rules: &'a ObjectRules,
        map: &Map,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let pairs = map.pairs();
        let size = pairs.len();
        if let Some(wanted) = rules.properties_min.filter(|wanted| size < *wanted) {
            self.say(path, faults, || format!("minProperties: got {}, want {}", count(size), count(wanted)))?;
        }
        if let Some(wanted) = rules.properties_max.filter(|wanted| size > *wanted) {
            self.say(path, faults, || format!("maxProperties: got {}, want {}", count(size), count(wanted)))?;
        }
        let missing = missing(map, &rules.required);
        if !missing.is_empty() {
            self.say(path, faults, || match missing.as_slice() {
                [one] => format!("missing property {}", quote(one)),
                all => format!("missing properties {}", join_quoted(all)),
            })?;
        }
        for (name, dependency) in &rules.dependencies {
            if map.contains_key(name) {
                match dependency {
                    Dependency::Required(wanted) => self.dependent(map, name, wanted, path, faults)?,
                    Dependency::Schema(id) => {
                        let result = self.same(*id, &Value::Map(map.clone()), path, left);
                        self.note(result, faults)?;
                    }
                }
            }
        }
        let mut additional = Vec::new();
        for (name, value) in pairs.iter() {
            let inner = Path::Key(path, name);
            let mut evaluated = false;
            if let Some(id) = rules.properties.get(name) {
                evaluated = true;
                let result = self.inner(*id, value, &inner);
                self.note(result, faults)?;
            }
            for (_, id) in rules.pattern_properties.iter().filter(|(regex, _)| regex.is_match(name)) {
                evaluated = true;
                let result = self.inner(*id, value, &inner);
                self.note(result, faults)?;
            }
            if let (false, Some(rule)) = (evaluated, rules.additional) {
                evaluated = true;
                match rule {
                    Additional::Allowed(true) => {}
                    Additional::Allowed(false) => additional.push(name),
                    Additional::Schema(id) => {
                        let result = self.inner(id, value, &inner);
                        self.note(result, faults)?;
                    }
                }
            }
            if let (true, Some(left)) = (evaluated, &mut left.properties) {
                left.remove(name);
            }
        }
        if !additional.is_empty() {
            self.say(path, faults, || {
                format!("additional properties {} not allowed", join_quoted(&additional))
            })?;
        }
        if let Some(id) = rules.property_names {
            for (name, _) in pairs.iter() {
                if let Err(fault) = self.inner(id, &Value::String(name.clone()), &Path::Root) {
                    let causes = if fault.kind == Kind::Group { fault.causes } else { vec![*fault] };
                    let kind = Kind::Plain(format!("invalid propertyName {}", quote(name)));
                    self.note(Err(Box::new(Fault { at: path.tokens(), kind, causes })), faults)?;
                }
            }
        }
        for (name, id) in &rules.dependent_schemas {
            if map.contains_key(name) {
                let result = self.same(*id, &Value::Map(map.clone()), path, left);
                self.note(result, faults)?;
            }
        }
        for (name, wanted) in &rules.dependent_required {
            if map.contains_key(name) {
                self.dependent(map, name, wanted, path, faults)?;
            }
        }
        Ok(())
    }

    fn dependent(
        &self,
        map: &Map,
        name: &str,
        wanted: &[Str],
        path: &Path<'_>,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let missing = missing(map, wanted);
        if missing.is_empty() {
            return Ok(());
        }
        self.say(path, faults, || {
            format!("properties {} required, if {} exists", join_quoted(&missing), quote(name))
        })
    }
}

fn missing(map: &Map, wanted: &[Str]) -> Vec<Str> {
    wanted.iter().filter(|name| !map.contains_key(name)).cloned().collect()
}
