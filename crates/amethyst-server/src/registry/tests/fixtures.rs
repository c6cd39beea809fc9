//! Upstream's fixtures of all kinds (`testdata` of the Go module `k8s.io/api`) through the server's decoders
//! and back: as JSON, as YAML and as protobuf they are the same object, and it goes out as it came in.
//!
//! The files are upstream's and lie in no folder of ours: `cargo xtask peers fixtures` fetches them, says where
//! they are and runs this.

use std::path::Path;

use amethyst_kinds::protobuf::{Encoder, decode_with_default};
use amethyst_object::{GroupVersion, GroupVersionKind, Value, json};
use amethyst_yaml::{Dialect, parse_all};

use super::{Body, Server};
use crate::catalog::Resource;
use crate::registry::decode;
use crate::request::FieldValidation;

/// Where upstream's fixtures lie: a folder with `HEAD` in it.
const FOLDER: &str = "AMETHYST_FIXTURES";

#[tokio::test]
#[ignore = "upstream's files are needed: `cargo xtask peers fixtures`"]
#[expect(clippy::disallowed_methods, reason = "the task that runs this says where the files are")]
async fn fixtures_survive_a_round_trip() {
    let folder = std::env::var(FOLDER).unwrap_or_else(|_| panic!("expected a folder in `{FOLDER}`"));
    let server = Server::start().await;
    let catalog = server.registry.catalog();
    let (mut checked, mut faults) = (0, Vec::new());
    for entry in std::fs::read_dir(Path::new(&folder).join("HEAD")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let wanted = json::parse(&std::fs::read(&path).unwrap()).unwrap();
        let text = |key: &str| wanted.str_at(&[key]).unwrap_or_default();
        let GroupVersion { group, version } = GroupVersion::parse(text("apiVersion"));
        let gvk = GroupVersionKind { group, version, kind: text("kind").into() };
        // Lists, options and versions that are not served have no endpoint that takes them.
        let Some(row) = catalog.kind(&gvk) else { continue };
        checked += 1;
        for (form, body) in bodies(&path, &gvk) {
            if let Err(fault) = check(&server, row, body, &wanted, &path) {
                faults.push(format!("{} as {form}: {fault}", gvk.kind));
            }
        }
    }
    assert!(checked > 60, "{checked} kinds");
    assert!(faults.is_empty(), "{} of {checked} kinds:\n{}", faults.len(), faults.join("\n"));
}

fn bodies(path: &Path, gvk: &GroupVersionKind) -> [(&'static str, Body); 3] {
    let read = |extension: &str| std::fs::read(path.with_extension(extension)).unwrap();
    let yaml = String::from_utf8(read("yaml")).unwrap();
    let (documents, faults) = parse_all(&yaml, Dialect::GoV2);
    assert!(faults.is_empty(), "{faults:?}");
    let protobuf = decode_with_default(&read("pb"), &gvk.api_version(), &gvk.kind).unwrap();
    [
        ("JSON", Body::from(json::parse(&read("json")).unwrap())),
        ("YAML", Body::from(documents.into_iter().next().unwrap().value)),
        ("protobuf", Body::from(protobuf)),
    ]
}

fn check(server: &Server, row: &Resource, body: Body, wanted: &Value, path: &Path) -> Result<(), String> {
    let resource = match row.gvr.group.as_str() {
        "" => format!("{}/{}", row.gvr.version, row.gvr.resource),
        group => format!("{group}/{}/{}", row.gvr.version, row.gvr.resource),
    };
    let mut call = server.call(&resource, "", "");
    call.write.field_validation = FieldValidation::Strict;
    let found = decode::decode(&call, body).map_err(|status| status.to_string())?;
    // Defaults come with decoding, and would come to upstream's object too.
    let mut filled = wanted.clone();
    decode::fill(row, &mut filled);
    let (found, expected) = (json::to_vec(&found), json::to_vec(&filled));
    if found != expected {
        let same = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
        let around = |bytes: &[u8]| {
            let from = same.saturating_sub(80);
            String::from_utf8_lossy(&bytes[from..bytes.len().min(same + 60)]).into_owned()
        };
        return Err(format!("\n  found  ...{}\n  wanted ...{}", around(&found), around(&expected)));
    }
    if filled != *wanted {
        return Ok(());
    }
    let gvk = row.gvk();
    let encoder = Encoder::of(&gvk.group, &gvk.version, &gvk.kind).ok_or("the kind has no message")?;
    let mut bytes = Vec::new();
    encoder
        .write_enveloped(&gvk.api_version(), &gvk.kind, &found, &mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes != std::fs::read(path.with_extension("pb")).unwrap() {
        return Err("encoded otherwise".to_owned());
    }
    Ok(())
}
