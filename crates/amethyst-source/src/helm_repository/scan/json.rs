//! An index in JSON, streamed.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::{ChartVersion, ScanError, Scanned, VERSIONS_MAX};

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneVersion {
    name: Option<String>,
    version: Option<String>,
    urls: Option<Vec<String>>,
    digest: Option<String>,
    created: Option<String>,
}

struct Index<'a> {
    chart: &'a str,
    scanned: &'a mut Scanned,
    has_api_version: &'a mut bool,
}

struct Entries<'a>(&'a str, &'a mut Scanned);

struct Versions<'a>(&'a str);

pub(super) fn scan(reader: impl BufRead, chart: &str) -> Result<Scanned, ScanError> {
    let (mut scanned, mut has_api_version) = (Scanned::default(), false);
    let index = Index { chart, scanned: &mut scanned, has_api_version: &mut has_api_version };
    let mut reader = serde_json::Deserializer::from_reader(reader);
    // A YAML flow map begins as JSON does; serde_json bounds how deep it nests.
    let read = index.deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| ScanError::Layout(error.to_string()))?;
    if !has_api_version {
        return Err(ScanError::Wrong("no API version specified".to_owned()));
    }
    Ok(scanned)
}

impl<'de> DeserializeSeed<'de> for Index<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Index<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an index")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "apiVersion" => {
                    let version = map.next_value::<Option<String>>()?;
                    *self.has_api_version = version.is_some_and(|text| !text.is_empty());
                }
                "entries" => map.next_value_seed(Entries(self.chart, self.scanned))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of charts")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0 {
                self.1.versions = Some(map.next_value_seed(Versions(self.0))?);
            } else {
                self.1.note(&name, self.0);
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Versions<'_> {
    type Value = Vec<ChartVersion>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Versions<'_> {
    type Value = Vec<ChartVersion>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of versions")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut versions = Vec::new();
        while let Some(found) = list.next_element::<Option<OneVersion>>()? {
            let Some(found) = found else { continue };
            let (Some(name), Some(version)) = (found.name, found.version) else { continue };
            if versions.len() == VERSIONS_MAX {
                return Err(de::Error::custom(format!(
                    "it has more than {VERSIONS_MAX} versions of `{}`",
                    self.0
                )));
            }
            if name == self.0 && !version.is_empty() {
                versions.push(ChartVersion {
                    version,
                    urls: found.urls.unwrap_or_default(),
                    digest: found.digest.unwrap_or_default(),
                    created: found.created.unwrap_or_default(),
                });
            }
        }
        Ok(versions)
    }
}
