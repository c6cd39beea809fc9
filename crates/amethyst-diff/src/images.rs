//! Container images that change, and who runs them.

use std::collections::BTreeMap;

use amethyst_object::{Map, Object, ObjectId, Value};

use crate::change::ObjectChange;
use crate::secret::Redactor;
use crate::side::Side;
use crate::version::{Jump, jump};

/// Fields of other kinds that hold an image as a text.
const IMAGE_FIELDS: &[&str] = &["image", "imageName"];
/// Values nest no deeper than people write them; what lies deeper is not looked at.
const DEPTH_MAX: usize = 64;

/// An image that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// What was run; none when it is new.
    pub before: Option<ImageRef>,
    /// What is run now; none when it is gone.
    pub after: Option<ImageRef>,
    /// How far it jumps, when both are of one repository.
    pub jump: Option<Jump>,
    /// Where it is used: the object, and the container or field.
    pub uses: Vec<(ObjectId, String)>,
}

/// The parts of a reference to an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    /// Registry and repository: `ghcr.io/home-operations/plex`.
    pub repository: String,
    /// The tag, or empty.
    pub tag: String,
    /// The digest, `sha256:...`, or empty.
    pub digest: String,
}

impl ImageRef {
    /// Reads a reference; every text without white space is one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        let (rest, digest) = text.split_once('@').unwrap_or((text, ""));
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (rest, ""),
        };
        Some(Self { repository: repository.into(), tag: tag.into(), digest: digest.into() })
    }

    /// Tag and the beginning of the digest: `1.2.3@sha256:0a1b2c3d`.
    pub fn version(&self) -> String {
        let digest: String = self.digest.chars().take("sha256:".len() + 8).collect();
        match (self.tag.is_empty(), digest.is_empty()) {
            (false, false) => format!("{}@{digest}", self.tag),
            (false, true) => self.tag.clone(),
            (true, false) => format!("@{digest}"),
            (true, true) => "latest (implied)".into(),
        }
    }
}

/// An image before and after.
type Versions = (Option<ImageRef>, Option<ImageRef>);
/// An object, and the container or field in it.
type Use = (ObjectId, String);

/// The images that differ in the objects that change.
pub(crate) fn images(
    before: &Side,
    after: &Side,
    changes: &[ObjectChange],
    redactor: &Redactor<'_>,
) -> Vec<ImageChange> {
    let mut found: BTreeMap<Versions, Vec<Use>> = BTreeMap::new();
    for change in changes.iter().filter(|change| !change.is_noise()) {
        let old = change.places.0.map(|at| collect(&before.objects[at].object, redactor)).unwrap_or_default();
        let new = change.places.1.map(|at| collect(&after.objects[at].object, redactor)).unwrap_or_default();
        let places = old.keys().chain(new.keys().filter(|place| !old.contains_key(*place)));
        for place in places {
            let pair = (old.get(place).cloned(), new.get(place).cloned());
            if pair.0 != pair.1 {
                found.entry(pair).or_default().push((change.id.clone(), place.1.clone()));
            }
        }
    }
    let change = |((before, after), mut uses): (Versions, Vec<Use>)| {
        uses.sort_by(|left, right| (order(&left.0), &left.1).cmp(&(order(&right.0), &right.1)));
        let jump = before.as_ref().zip(after.as_ref()).and_then(|(before, after)| image_jump(before, after));
        ImageChange { before, after, jump, uses }
    };
    let mut images: Vec<ImageChange> = found.into_iter().map(change).collect();
    images.sort_by_key(|image| {
        let repository = image.after.as_ref().or(image.before.as_ref()).map(|image| image.repository.clone());
        (image.jump.is_none(), repository)
    });
    images
}

fn order(id: &ObjectId) -> (&str, &str, &str) {
    (&id.namespace, &id.kind, &id.name)
}

fn image_jump(before: &ImageRef, after: &ImageRef) -> Option<Jump> {
    if before.repository != after.repository {
        return None;
    }
    Some(if before.tag == after.tag { Jump::Digest } else { jump(&before.tag, &after.tag) })
}

/// The images of an object by the path to them and the name of the container or field.
type Found = BTreeMap<(String, String), ImageRef>;

fn collect(object: &Object, redactor: &Redactor<'_>) -> Found {
    let mut found = Found::new();
    if matches!(object.kind(), "CustomResourceDefinition" | "ConfigMap" | "Secret") {
        return found;
    }
    let mut walk = Walk { redactor, path: String::new(), found: &mut found };
    for (key, value) in object.0.iter().filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status")) {
        walk.step(key, |walk| walk.value(value, key, 0));
    }
    found
}

struct Walk<'a> {
    redactor: &'a Redactor<'a>,
    path: String,
    found: &'a mut Found,
}

impl Walk<'_> {
    fn step(&mut self, key: &str, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push('.');
        self.path.push_str(key);
        then(self);
        self.path.truncate(length);
    }

    /// `name` is what a person would call the place: the container's name, or the key above.
    fn value(&mut self, value: &Value, name: &str, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::Object(map) => {
                let name = map.str("name").unwrap_or(name);
                for (key, value) in map.iter() {
                    self.step(key, |walk| walk.field(key, value, name, depth));
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let key = item
                        .get("name")
                        .and_then(Value::as_str)
                        .map_or_else(|| at.to_string(), ToOwned::to_owned);
                    self.step(&key, |walk| walk.value(item, name, depth + 1));
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, key: &str, value: &Value, name: &str, depth: usize) {
        match value {
            Value::String(text) if IMAGE_FIELDS.contains(&key) => {
                self.put(ImageRef::parse(&self.redactor.text(text)), name);
            }
            Value::Object(map) if key == "image" && map.contains_key("repository") => {
                self.put(image_map(map, self.redactor), name);
            }
            Value::Object(_) | Value::Array(_) => {
                let name = if matches!(value, Value::Object(_)) { key } else { name };
                self.value(value, name, depth + 1);
            }
            _ => {}
        }
    }

    fn put(&mut self, image: Option<ImageRef>, name: &str) {
        if let Some(image) = image {
            self.found.insert((self.path.clone(), self.redactor.text(name).to_string()), image);
        }
    }
}

/// The map form of charts' values: `{registry, repository, tag, digest}`.
fn image_map(map: &Map, redactor: &Redactor<'_>) -> Option<ImageRef> {
    let text = |key: &str| match map.get(key) {
        Some(Value::String(text)) => redactor.text(text).to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let repository = match (text("registry"), text("repository")) {
        (registry, repository) if registry.is_empty() => repository,
        (registry, repository) => format!("{registry}/{repository}"),
    };
    // The digest may be written behind the tag.
    let mut image = ImageRef::parse(&format!("{repository}:{}", text("tag")))?;
    if image.digest.is_empty() {
        image.digest = text("digest");
    }
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::ImageRef;

    #[test]
    fn references_fall_into_their_parts() {
        let check = |text: &str, parts: (&str, &str, &str)| {
            let found = ImageRef::parse(text).unwrap();
            assert_eq!((found.repository.as_str(), found.tag.as_str(), found.digest.as_str()), parts);
        };
        check("nginx", ("nginx", "", ""));
        check("localhost:5000/a/b:1.2", ("localhost:5000/a/b", "1.2", ""));
        check("localhost:5000/a", ("localhost:5000/a", "", ""));
        check("a/b:1@sha256:00", ("a/b", "1", "sha256:00"));
        check("a/b@sha256:00", ("a/b", "", "sha256:00"));
        assert_eq!(ImageRef::parse("two words"), None);
    }
}
