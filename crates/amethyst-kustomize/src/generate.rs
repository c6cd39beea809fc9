//! ConfigMaps and Secrets from files, env files and literals.

use amethyst_object::{Map, Str, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::decode::File;
use crate::kustomization::{Entry, Generator};
use crate::set::{Item, Set};
use crate::target::{Builder, about};
use crate::{Origin, hash};

impl Builder<'_> {
    /// Makes the ConfigMap or Secret that `file` asks for.
    pub(crate) fn generate(&mut self, file: &File, generator: &Generator, field: &str) -> Option<Item> {
        if generator.name.is_empty() {
            return None;
        }
        let place = file.at(&generator.path);
        let origin = Origin {
            file: file.path.clone(),
            document: file.document,
            line: place.line,
            generated_by: Some(field.to_owned()),
        };
        let made = generate(generator, origin, &mut |entry, path| {
            let place = file.place(entry.path.as_ref());
            Some(self.loader.load(&file.folder, path, place)?.0)
        });
        made.map_err(|(reason, entry)| {
            let place = entry.and_then(|entry| entry.path).map_or(place, |path| file.at(&path));
            self.fault("kustomize-generator", reason, place);
        })
        .ok()
    }
}

/// Puts the hash of their content into the names of those that want it.
pub(crate) fn hash_names(builder: &mut Builder<'_>, set: &mut Set) {
    for item in set.items.iter_mut().filter(|item| item.needs_hash) {
        match hash::suffix(&item.object) {
            Ok(suffix) => {
                item.store_id();
                let name = format!("{}-{suffix}", item.name());
                item.set_meta("name", name.into());
            }
            Err(reason) => builder.loader.faults.push(about(item, reason)),
        }
    }
    set.touch();
}

/// A fault, and the entry that caused it.
pub(crate) type Fault = (String, Option<Entry>);

/// Makes the ConfigMap or Secret; `read` gives the content of a file named in the kustomization.
fn generate(
    generator: &Generator,
    origin: Origin,
    read: &mut dyn FnMut(&Entry, &str) -> Option<Vec<u8>>,
) -> Result<Item, Fault> {
    let mut pairs = pairs(generator, read)?;
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some([pair, _]) = pairs.array_windows().find(|[a, b]| a.0 == b.0) {
        let text = format!("configmap {} illegally repeats the key `{}`", generator.name, pair.0);
        return Err((text, None));
    }
    let mut object = Map::new();
    object.insert("apiVersion", "v1");
    object.insert("kind", if generator.is_secret { "Secret" } else { "ConfigMap" });
    let metadata = object.object_mut("metadata");
    metadata.insert("name", generator.name.clone());
    if !generator.namespace.is_empty() {
        metadata.insert("namespace", generator.namespace.clone());
    }
    for (key, pairs) in
        [("labels", &generator.options.labels), ("annotations", &generator.options.annotations)]
    {
        if !pairs.is_empty() {
            metadata.insert(key, pairs.iter().cloned().collect::<Map>());
        }
    }
    if generator.is_secret {
        let given = generator.secret_type.as_str();
        object.insert("type", if given.is_empty() { "Opaque" } else { given });
        object.insert("data", Value::object());
    }
    for (key, bytes) in pairs {
        if generator.is_secret {
            object.object_mut("data").insert(key, encode_base64(&bytes));
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => object.object_mut("data").insert(key, text),
                Err(error) => object.object_mut("binaryData").insert(key, encode_base64(error.as_bytes())),
            };
        }
    }
    if generator.options.immutable {
        object.insert("immutable", true);
    }
    let mut item = Item::new(object, origin);
    item.needs_hash = !generator.options.disable_hash;
    item.behavior = generator.behavior;
    Ok(item)
}

type Pairs = Vec<(Str, Vec<u8>)>;

fn pairs(
    generator: &Generator,
    read: &mut dyn FnMut(&Entry, &str) -> Option<Vec<u8>>,
) -> Result<Pairs, Fault> {
    let mut pairs = Vec::new();
    for entry in &generator.envs {
        let Some(bytes) = read(entry, &entry.text) else { continue };
        env_lines(&bytes, &mut pairs).map_err(|reason| (reason, Some(entry.clone())))?;
    }
    for entry in &generator.literals {
        let fault = || {
            let text = format!("invalid literal source {}, expected key=value", entry.text);
            (text, Some(entry.clone()))
        };
        let (key, value) = entry.text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(fault)?;
        pairs.push((key.into(), without_quotes(value).as_bytes().to_vec()));
    }
    for entry in &generator.files {
        let (key, path) = file_source(&entry.text).map_err(|reason| (reason, Some(entry.clone())))?;
        if let Some(bytes) = read(entry, path) {
            pairs.push((key.into(), bytes));
        }
    }
    Ok(pairs)
}

fn env_lines(bytes: &[u8], pairs: &mut Pairs) -> Result<(), String> {
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line =
            std::str::from_utf8(line).map_err(|_| format!("line {} has invalid utf8 bytes", number + 1))?;
        let line = if number == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        if !key.is_empty() {
            pairs.push((key.into(), value.as_bytes().to_vec()));
        }
    }
    Ok(())
}

fn without_quotes(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The key and the path of `key=path`, or of a path alone.
pub(crate) fn file_source(source: &str) -> Result<(&str, &str), String> {
    let Some((key, path)) = source.split_once('=') else {
        let base = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        return Ok((base, source));
    };
    if path.contains('=') {
        Err(format!("source \"{source}\" key name or file path contains '='"))
    } else if key.is_empty() {
        Err(format!("missing key name for file path \"{path}\" in source \"{source}\""))
    } else if path.is_empty() {
        Err(format!("missing file path for key name \"{key}\" in source \"{source}\""))
    } else {
        Ok((key, path))
    }
}

/// Base64 in lines of seventy, as kyaml writes it.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let encoded = STANDARD.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for start in (0..encoded.len()).step_by(LINE) {
        lines.push_str(&encoded[start..encoded.len().min(start + LINE)]);
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{encode_base64, file_source, without_quotes};

    #[test]
    fn sources_are_read_as_upstream_reads_them() {
        assert_eq!(file_source("a/b.txt"), Ok(("b.txt", "a/b.txt")));
        assert_eq!(file_source("k=a/b.txt"), Ok(("k", "a/b.txt")));
        assert!(file_source("=x").is_err() && file_source("k=").is_err() && file_source("a=b=c").is_err());
        assert_eq!(without_quotes("\"x\""), "x");
        assert_eq!(without_quotes("'x\""), "'x\"");
        assert_eq!(without_quotes("\""), "\"");
    }

    #[test]
    fn base64_breaks_at_seventy() {
        assert_eq!(encode_base64(b"hi"), "aGk=");
        assert_eq!(encode_base64(&[0; 60]), format!("{}\n{}\n", "A".repeat(70), "A".repeat(10)));
    }
}
