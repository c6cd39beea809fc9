//! Finding one chart in an index of 60 MB without reading it into memory.
//!
//! `helm repo index` writes block YAML: `entries:` at the margin, the names of charts under it, a list of
//! versions under each. The lines are read one by one; only those of the wanted chart are kept, one version at
//! a time, so memory is bounded by one version's text ([`VERSION_BYTES_MAX`]) and by what is kept of each (name,
//! version, URLs, digest, date). An index in JSON is streamed as well. One that is laid out otherwise is read
//! whole when it is small ([`WHOLE_BYTES_MAX`]), and refused when it is not.

mod json;
mod lines;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_one};

/// How long an index may be.
pub(crate) const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long an index may be that is laid out unusually.
const WHOLE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How long the text of one version may be.
const VERSION_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How many versions of one chart are looked at.
const VERSIONS_MAX: usize = 100_000;

/// What is kept of one version of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChartVersion {
    pub(crate) version: String,
    pub(crate) urls: Vec<String>,
    pub(crate) digest: String,
    pub(crate) created: String,
}

/// What an index says about one chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// None when there is no such chart.
    pub(crate) versions: Option<Vec<ChartVersion>>,
    /// Some names of charts that look like the wanted one.
    pub(crate) near: Vec<String>,
}

/// Why an index could not be scanned.
#[derive(Debug)]
pub(crate) enum ScanError {
    /// It is laid out in a way that lines do not show.
    Layout(String),
    /// It is wrong.
    Wrong(String),
}

impl From<std::io::Error> for ScanError {
    fn from(error: std::io::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// Looks a chart up in an index on disk.
pub(crate) fn scan(path: &Path, chart: &str) -> Result<Scanned, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut first = [0; 1];
    let is_json = loop {
        if file.read(&mut first).map_err(|error| error.to_string())? == 0 {
            return Err("it is empty".to_owned());
        }
        if !first[0].is_ascii_whitespace() {
            break first[0] == b'{';
        }
    };
    let rewound = |file: &mut File| file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string());
    rewound(&mut file)?;
    let reader = BufReader::with_capacity(256 * 1024, &file);
    let scanned = if is_json { json::scan(reader, chart) } else { lines::scan(reader, chart) };
    match scanned {
        Ok(scanned) => Ok(scanned),
        Err(ScanError::Wrong(why)) => Err(why),
        Err(ScanError::Layout(why)) if length > WHOLE_BYTES_MAX => Err(format!(
            "{why}, and it is too long ({length} bytes) to be read in another way than by its lines"
        )),
        Err(ScanError::Layout(_)) => {
            rewound(&mut file)?;
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(|error| error.to_string())?;
            whole(&text, chart)
        }
    }
}

/// The same by reading all of it.
fn whole(text: &str, chart: &str) -> Result<Scanned, String> {
    let index = parse_one(text, Dialect::GoV2).map_err(|fault| fault.to_string())?;
    if index.get("apiVersion").is_none_or(|version| version.as_str().is_none_or(str::is_empty)) {
        return Err("no API version specified".to_owned());
    }
    let mut scanned = Scanned::default();
    let Some(entries) = index.get("entries").and_then(Value::as_object) else { return Ok(scanned) };
    for (name, versions) in entries.iter() {
        if name.as_str() == chart {
            let versions = versions.as_array().unwrap_or_default();
            scanned.versions =
                Some(versions.iter().filter_map(|version| ChartVersion::read(version, chart)).collect());
        } else {
            scanned.note(name, chart);
        }
    }
    Ok(scanned)
}

impl Scanned {
    /// Notes a name that may have been meant.
    fn note(&mut self, name: &str, chart: &str) {
        let alike = name.eq_ignore_ascii_case(chart)
            || name.contains(chart)
            || (name.len() > 2 && chart.contains(name));
        if alike && self.near.len() < 5 {
            self.near.push(name.chars().take(64).collect());
        }
    }
}

impl ChartVersion {
    /// What is kept of an entry; none for one that Helm passes over, for it is no valid description of a chart.
    fn read(value: &Value, chart: &str) -> Option<Self> {
        // As Go's decoder, a number where a text is wanted is its text.
        let text = |key: &str| match value.get(key) {
            Some(Value::String(text)) => text.as_str(),
            Some(Value::Number(number)) => number.as_str(),
            _ => "",
        };
        let urls = value.get("urls").and_then(Value::as_array).unwrap_or_default();
        let named = text("name");
        if text("version").is_empty() || named.is_empty() || named.contains('/') || named != chart {
            return None;
        }
        Some(Self {
            version: text("version").to_owned(),
            urls: urls.iter().filter_map(|url| url.as_str().map(str::to_owned)).collect(),
            digest: text("digest").to_owned(),
            created: text("created").to_owned(),
        })
    }
}

#[cfg(test)]
mod tests;
