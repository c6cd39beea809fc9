//! Decodes upstream's protobuf fixtures and compares each with its JSON: `verify_protobuf FOLDER`, where FOLDER is
//! `testdata` of the Go module `k8s.io/api`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amethyst_kinds::protobuf::{self, ProtobufError};
use amethyst_object::json;

/// How a fixture compares.
enum Outcome {
    /// The document is upstream's JSON.
    Equal,
    /// The kind is in no table: a version that upstream has removed since.
    Gone,
    /// The document differs, and how.
    Different(String),
}

type Failure = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "a tool that reports to its caller")]
fn main() -> Result<ExitCode, Failure> {
    let root = std::env::args_os().nth(1).ok_or("usage: verify_protobuf FOLDER")?;
    let root = Path::new(&root);
    let (mut equal, mut gone, mut different) = (0, 0, 0);
    for folder in list(root)?.into_iter().filter(|path| path.is_dir()) {
        let mut here = 0;
        for path in list(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "pb"))
        {
            match check(&path)? {
                Outcome::Equal => here += 1,
                // Only what today's release does not have itself may be gone.
                Outcome::Gone if !root.join("HEAD").join(path.file_name().unwrap_or_default()).exists() => {
                    gone += 1;
                }
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
        println!("{}: {here} equal", folder.display());
        equal += here;
    }
    println!("{equal} equal, {gone} of kinds that are gone, {different} different");
    Ok(if different == 0 && equal > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.retain(|path: &PathBuf| !path.to_string_lossy().ends_with(".after_roundtrip.pb"));
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
    let found = match protobuf::decode_with_default(&std::fs::read(path)?, version, kind) {
        Ok(found) => found,
        Err(ProtobufError::UnknownKind { .. }) => return Ok(Outcome::Gone),
        Err(error) => return Ok(Outcome::Different(error.to_string())),
    };
    if found == wanted {
        return Ok(Outcome::Equal);
    }
    let (found, wanted) = (json::to_string(&found), json::to_string(&wanted));
    let same = found.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
    Ok(Outcome::Different(format!("\n  found  ...{}\n  wanted ...{}", around(&found), around(&wanted))))
}
