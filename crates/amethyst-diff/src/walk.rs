//! Two versions of an object, field by field.

mod list;

use amethyst_object::{Map, Object, Str, Value, json};
use amethyst_yaml::{Dialect, parse_one};

use crate::change::{Change, FieldChange};
use crate::equal::{equal, same_quantity};
use crate::lines::diff_lines;
use crate::noise::Renames;
use crate::options::DiffOptions;
use crate::path::{Path, Step};
use crate::schema::{Definitions, Root};
use crate::secret::{Kind, Redactor, is_container_of_data};

/// Deeper values are told as a whole.
const DEPTH_MAX: usize = 128;

/// What a walk goes by.
pub(crate) struct Knowledge<'a> {
    pub(crate) definitions: &'a Definitions<'a>,
    pub(crate) redactor: &'a Redactor<'a>,
    pub(crate) options: &'a DiffOptions,
    /// Generated names that changed: elements that are named by one are still the same.
    pub(crate) renames: &'a Renames<'a>,
}

/// What changes between two versions of an object.
pub(crate) fn fields<'a>(
    before: &'a Object,
    after: &'a Object,
    knowledge: &Knowledge<'a>,
) -> Vec<FieldChange> {
    let Knowledge { definitions, redactor, options, renames } = *knowledge;
    let kind = Kind::of(after);
    let mut walk = Walk {
        kind,
        redactor,
        options,
        renames,
        root: definitions.root(kind),
        path: Path::default(),
        found: Vec::new(),
    };
    walk.maps(&before.0, &after.0);
    walk.found
}

struct Walk<'a> {
    kind: Kind<'a>,
    redactor: &'a Redactor<'a>,
    options: &'a DiffOptions,
    renames: &'a Renames<'a>,
    root: Root<'a>,
    path: Path,
    found: Vec<FieldChange>,
}

impl Walk<'_> {
    fn values(&mut self, before: &Value, after: &Value) {
        if !equal(before, after) {
            self.differing(before, after);
        }
    }

    fn differing(&mut self, before: &Value, after: &Value) {
        if let Some(secret) = self.redactor.hides(self.kind, &self.path)
            && !(is_container_of_data(self.kind, &self.path, before)
                && is_container_of_data(self.kind, &self.path, after))
        {
            let digest = |value| Some(self.redactor.digest_value(self.kind, &self.path, value, secret));
            let change = Change::Opaque { before: digest(before), after: digest(after), secret };
            return self.tell(change);
        }
        match (before, after) {
            _ if self.path.len() >= DEPTH_MAX => self.changed(before, after),
            (Value::Object(before), Value::Object(after)) => self.maps(before, after),
            (Value::Array(before), Value::Array(after)) => self.lists(before, after),
            (Value::String(old), Value::String(new)) if old.contains('\n') || new.contains('\n') => {
                self.texts(old, new);
            }
            _ if self.is_quantity() && same_quantity(before, after) => {
                let (before, after) = (self.shown(before), self.shown(after));
                self.tell(Change::SameValue { before, after });
            }
            _ => self.changed(before, after),
        }
    }

    fn maps(&mut self, before: &Map, after: &Map) {
        for (key, old) in before.iter() {
            match after.get(key) {
                Some(new) => {
                    self.enter(key);
                    self.values(old, new);
                    self.path.pop();
                }
                None => self.removed(Step::Key(self.redactor.text(key)), old),
            }
        }
        for (key, new) in after.iter() {
            if !before.contains_key(key) {
                self.added(Step::Key(self.redactor.text(key)), new);
            }
        }
    }

    fn enter(&mut self, key: &str) {
        self.path.push(Step::Key(self.redactor.text(key)));
    }

    fn added(&mut self, step: Step, value: &Value) {
        self.one_sided(step, value, true);
    }

    fn removed(&mut self, step: Step, value: &Value) {
        self.one_sided(step, value, false);
    }

    /// A field that only one side has. The data of a Secret is told key by key.
    fn one_sided(&mut self, step: Step, value: &Value, added: bool) {
        self.path.push(step);
        match (self.redactor.hides(self.kind, &self.path), value) {
            (Some(_), Value::Object(map))
                if !map.is_empty() && is_container_of_data(self.kind, &self.path, value) =>
            {
                for (key, value) in map.iter() {
                    self.one_sided(Step::Key(self.redactor.text(key)), value, added);
                }
            }
            (Some(secret), value) => {
                let digest = Some(self.redactor.digest_value(self.kind, &self.path, value, secret));
                let (before, after) = if added { (None, digest) } else { (digest, None) };
                self.tell(Change::Opaque { before, after, secret });
            }
            (None, value) => {
                let value = self.shown(value);
                self.tell(if added { Change::Added(value) } else { Change::Removed(value) });
            }
        }
        self.path.pop();
    }

    fn texts(&mut self, before: &Str, after: &Str) {
        if self.options.embedded && self.embedded(before, after) {
            return;
        }
        let (shown_before, shown_after) = (self.redactor.text(before), self.redactor.text(after));
        self.tell(Change::Text(diff_lines(&shown_before, &shown_after)));
    }

    /// Compares the documents that both texts hold; false when they hold none, or the same one written
    /// differently.
    fn embedded(&mut self, before: &str, after: &str) -> bool {
        let (Some(before), Some(after)) = (document(before), document(after)) else { return false };
        let told = self.found.len();
        self.path.push(Step::Embedded);
        self.values(&before, &after);
        self.path.pop();
        self.found.len() > told
    }

    fn changed(&mut self, before: &Value, after: &Value) {
        let (before, after) = (self.shown(before), self.shown(after));
        self.tell(Change::Changed { before, after });
    }

    fn shown(&self, value: &Value) -> Value {
        self.redactor.value(self.kind, &mut self.path.clone(), value)
    }

    fn is_quantity(&self) -> bool {
        self.root.at(self.kind, &self.path).is_quantity().unwrap_or_else(|| {
            let [.., Step::Key(place), Step::Key(_)] = self.path.steps() else { return false };
            place == "requests" || place == "limits"
        })
    }

    fn tell(&mut self, change: Change) {
        let immutable = self.root.is_immutable(&self.path);
        self.found.push(FieldChange { path: self.path.clone(), change, noise: None, immutable });
    }
}

/// The map or list that a text holds as JSON or YAML.
fn document(text: &str) -> Option<Value> {
    let read = json::parse(text.as_bytes()).ok().or_else(|| parse_one(text, Dialect::GoV3).ok())?;
    matches!(read, Value::Object(_) | Value::Array(_)).then_some(read)
}
