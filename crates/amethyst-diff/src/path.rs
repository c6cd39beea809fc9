//! Paths to fields, with elements of lists named by their keys: `spec.containers[name=app].image`.

use std::fmt;

use amethyst_object::Str;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a map.
    Key(Str),
    /// Into a list, by the element's place: on the side after, or before when it is gone.
    Index(usize),
    /// Into a list, by the fields that name the element.
    Item(Vec<(Str, Str)>),
    /// Into the document that a string holds.
    Embedded,
}

/// A path into an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub(crate) Vec<Step>);

impl Path {
    /// A path of map keys.
    pub fn of(keys: &[&str]) -> Self {
        Self(keys.iter().map(|key| Step::Key((*key).into())).collect())
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is the whole object.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it leads into `keys`, or there.
    pub fn is_within(&self, keys: &[&str]) -> bool {
        self.0.len() >= keys.len()
            && self.0.iter().zip(keys).all(|(step, key)| matches!(step, Step::Key(found) if found == key))
    }

    /// The last map key.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None })
    }

    /// The steps as words: keys, and indices and named elements as `*`.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.0.iter().map(|step| if let Step::Key(key) = step { key.as_str() } else { "*" }).collect()
    }

    pub(crate) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        let mut start = true;
        for step in &self.0 {
            match step {
                Step::Key(key) if is_plain(key) => {
                    if !start {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Step::Key(key) => write!(f, "[{key}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item(keys) => {
                    f.write_str("[")?;
                    for (at, (key, value)) in keys.iter().enumerate() {
                        write!(f, "{}{key}={value}", if at > 0 { "," } else { "" })?;
                    }
                    f.write_str("]")?;
                }
                Step::Embedded => f.write_str("|")?,
            }
            start = matches!(step, Step::Embedded);
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$'))
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn paths_print_as_people_write_them() {
        let mut path = Path::of(&["spec", "containers"]);
        path.push(Step::Item(vec![("name".into(), "app".into())]));
        path.push(Step::Key("image".into()));
        assert_eq!(path.to_string(), "spec.containers[name=app].image");
        assert_eq!(Path::of(&["metadata", "labels", "a.b/c"]).to_string(), "metadata.labels[a.b/c]");
        let mut path = Path::of(&["data", "x.yaml"]);
        path.push(Step::Embedded);
        path.push(Step::Key("a".into()));
        assert_eq!(path.to_string(), "data[x.yaml]|a");
        assert_eq!(Path::default().to_string(), ".");
    }
}
