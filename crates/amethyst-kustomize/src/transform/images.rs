//! `images`: names, tags and digests of container images.

use amethyst_object::{Str, Value};
use regex::Regex;

use crate::fieldspec::{FieldSpec, Missing};
use crate::id::text;
use crate::kustomization::Image;
use crate::set::Set;
use crate::target::Builder;

impl Image {
    /// Takes over what another entry for the same image says, as Flux merges them.
    pub(crate) fn take(&mut self, other: Self) {
        if !other.new_name.is_empty() {
            self.new_name = other.new_name;
        }
        if !other.new_tag.is_empty() || !other.digest.is_empty() {
            self.new_tag = other.new_tag;
            self.digest = other.digest;
        }
    }
}

pub(super) fn run(builder: &mut Builder<'_>, set: &mut Set, image: &Image, fields: &[FieldSpec]) {
    // Upstream puts the name into the pattern as it is; what is no pattern matches nothing.
    let pattern = format!(
        "^{}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$",
        image.name
    );
    let Ok(pattern) = Regex::new(&pattern) else { return };
    let mut change = |value: &mut Value| {
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            return Err("wrong node kind: expected ScalarNode".to_owned());
        }
        let old = text(value);
        if pattern.is_match(&old) {
            *value = Value::from(renamed(&old, image));
        }
        Ok(())
    };
    for item in &mut set.items {
        if item.object.str("kind") == Some("CustomResourceDefinition") {
            continue;
        }
        let told = item.object.iter_mut().try_for_each(|(key, value)| containers(key, value, &mut change));
        if let Err(reason) = told {
            builder.loader.faults.push(crate::target::about(item, reason));
        }
        for field in fields {
            super::apply(builder, item, field, Missing::Skip, &mut change);
        }
    }
}

/// Every list named `containers` or `initContainers`, wherever it lies.
fn containers(
    key: &Str,
    value: &mut Value,
    change: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    match value {
        Value::Object(map) => map.iter_mut().try_for_each(|(key, value)| containers(key, value, change)),
        Value::Array(items) => {
            for item in items.iter_mut() {
                containers(&Str::default(), item, change)?;
            }
            if matches!(key.as_str(), "containers" | "initContainers") {
                for image in items.iter_mut().filter_map(|item| item.as_object_mut()?.get_mut("image")) {
                    if !crate::id::is_null(image) {
                        change(image)?;
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn renamed(old: &str, image: &Image) -> String {
    let (name, mut tag, mut digest) = parts(old);
    let mut name = if image.new_name.is_empty() { name.to_owned() } else { image.new_name.to_string() };
    match (image.new_tag.is_empty(), image.digest.is_empty()) {
        (false, _) => (tag, digest) = (image.new_tag.to_string(), image.digest.to_string()),
        (true, false) => (tag, digest) = (String::new(), image.digest.to_string()),
        (true, true) if !image.tag_suffix.is_empty() => {
            tag.push_str(&image.tag_suffix);
            digest.clear();
        }
        (true, true) => {}
    }
    if !tag.is_empty() {
        name = format!("{name}:{tag}");
    }
    if !digest.is_empty() {
        name = format!("{name}@{digest}");
    }
    name
}

/// Name, tag and digest. A colon before the first slash is a registry's port.
fn parts(image: &str) -> (&str, String, String) {
    let start = image.find('/').filter(|at| *at > 0).unwrap_or(0);
    let (at, colon) = (image[start..].find('@'), image[start..].find(':'));
    match (at.map(|at| at + start), colon.map(|colon| colon + start)) {
        (Some(at), colon) if colon.is_none_or(|colon| at < colon) => {
            (&image[..at], String::new(), image[at + 1..].to_owned())
        }
        (Some(at), Some(colon)) => {
            (&image[..colon], image[colon + 1..at].to_owned(), image[at + 1..].to_owned())
        }
        (_, Some(colon)) => (&image[..colon], image[colon + 1..].to_owned(), String::new()),
        (_, None) => (image, String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Image, renamed};

    #[test]
    fn images_are_renamed() {
        let check = |old: &str, new_name: &str, new_tag: &str, digest: &str, expect: &str| {
            let image = Image {
                new_name: new_name.into(),
                new_tag: new_tag.into(),
                digest: digest.into(),
                ..Image::default()
            };
            assert_eq!(renamed(old, &image), expect);
        };
        check("nginx", "", "1.2", "", "nginx:1.2");
        check("nginx:1@sha256:abc", "", "2", "", "nginx:2");
        check("reg:5000/a/b:1", "c", "", "sha256:12", "c@sha256:12");
        check("reg:5000/a/b:1", "c/d", "", "", "c/d:1");
        check("a@sha256:1", "b", "", "", "b@sha256:1");
        check("a:1", "", "2", "sha256:3", "a:2@sha256:3");
    }
}
