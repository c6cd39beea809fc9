//! Upstream's protobuf fixtures against their JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amethyst_kinds::protobuf::{Encoder, ProtobufError, decode_with_default};
use amethyst_object::{GroupVersion, json};

use super::Failure;

/// How a fixture compares.
enum Outcome {
    /// The document is upstream's JSON.
    Equal,
    /// The kind is in no table: a version that upstream has removed since.
    Gone,
    /// The document differs, and how.
    Different(String),
}

/// Compares all fixtures of all releases.
#[expect(clippy::print_stdout, reason = "a tool that reports to its caller")]
pub(super) fn compare(root: &Path) -> Result<ExitCode, Failure> {
    let (mut equal, mut gone, mut different) = (0, 0, 0);
    for folder in list(root)?.into_iter().filter(|path| path.is_dir()) {
        let mut here = 0;
        for path in list(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "pb")) {
            // Only what today's release does not have itself may be gone.
            let is_current = root.join("HEAD").join(super::file_name(&path)).exists();
            match check(&path)? {
                Outcome::Equal => here += 1,
                Outcome::Gone if !is_current => gone += 1,
                Outcome::Gone => {
                    different += 1;
                    println!("{}: no such kind", path.display());
                }
                Outcome::Different(difference) => {
                    different += 1;
                    println!("{}: {difference}", path.display());
                }
            }
        }
        println!("{}: {here} equal", super::file_name(&folder));
        equal += here;
    }
    println!("{equal} equal, {gone} of kinds that are gone, {different} different");
    Ok(if different == 0 && equal > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| !path.to_string_lossy().ends_with(".after_roundtrip.pb"));
    paths.sort();
    Ok(paths)
}

/// Fixtures of older releases that today's types read otherwise have a second file with what they read.
fn check(path: &Path) -> Result<Outcome, Failure> {
    let today = path.with_extension("after_roundtrip.json");
    let wanted = if today.exists() { today } else { path.with_extension("json") };
    let wanted = json::parse(&std::fs::read(wanted)?)?;
    // `core.v1.Pod`; one kind does not name itself.
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let (version, kind) = name.rsplit_once('.').ok_or("a fixture has the name of its kind")?;
    let version = version.strip_prefix("core.").unwrap_or(version);
    let found = match decode_with_default(&std::fs::read(path)?, version, kind) {
        Ok(found) => found,
        Err(ProtobufError::UnknownKind { .. }) => return Ok(Outcome::Gone),
        Err(error) => return Ok(Outcome::Different(error.to_string())),
    };
    if found == wanted {
        // Files of today's release are written back to the byte.
        let is_current = path.parent().is_some_and(|folder| folder.ends_with("HEAD"));
        return if is_current { written_back(path, version, kind) } else { Ok(Outcome::Equal) };
    }
    let (found, wanted) = (json::to_string(&found), json::to_string(&wanted));
    let same = found.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
    Ok(Outcome::Different(format!("\n  found  ...{}\n  wanted ...{}", around(&found), around(&wanted))))
}

/// Encodes the JSON of a fixture and compares with its protobuf.
fn written_back(path: &Path, version: &str, kind: &str) -> Result<Outcome, Failure> {
    let document = json::parse(&std::fs::read(path.with_extension("json"))?)?;
    let text = |key: &str| document.str_at(&[key]).unwrap_or_default().to_owned();
    // One kind does not name itself, in its envelope either.
    let (own, named) = (text("apiVersion"), text("kind"));
    let home = GroupVersion::parse(if own.is_empty() { version } else { &own });
    let document = json::to_vec(&document);
    let encoder = Encoder::of(&home.group, &home.version, kind).ok_or("the kind was just decoded")?;
    let mut found = Vec::new();
    if let Err(error) = encoder.write_enveloped(&own, &named, &document, &mut found) {
        return Ok(Outcome::Different(format!("not encoded: {error}")));
    }
    let wanted = std::fs::read(path)?;
    if found == wanted {
        return Ok(Outcome::Equal);
    }
    let same = found.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let from = same.saturating_sub(24).min(bytes.len());
        bytes[from..bytes.len().min(same + 24)].escape_ascii().to_string()
    };
    Ok(Outcome::Different(format!(
        "encoded otherwise\n  found  ...{}\n  wanted ...{}",
        around(&found),
        around(&wanted)
    )))
}
