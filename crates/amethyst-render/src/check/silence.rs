//! Faults that somebody decided to live with, and said why.
//!
//! A comment `# amethyst:ignore CODE REASON` silences a fault on its own line or on the next; an annotation
//! `amethyst.home.arpa/ignore: "CODE: REASON"` silences those about its object. Several codes are separated
//! by commas. Without a reason nothing is silenced, and that is told.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_diag::{Diagnostic, Location};
use amethyst_tree::Tree;

use crate::repository::{Repository, declared_at};

const COMMENT: &str = "amethyst:ignore";
const ANNOTATION: &str = "amethyst.home.arpa/ignore";
const HINT: &str = "write why after the code: `# amethyst:ignore CODE REASON`";

/// What objects say by their annotations.
#[derive(Debug, Default)]
pub(super) struct Annotated {
    by_object: BTreeMap<String, (String, Location)>,
}

impl Annotated {
    /// Reads the annotations of all objects.
    pub(super) fn of(repository: &Repository) -> Self {
        let mut by_object = BTreeMap::new();
        for (_, packed) in repository.objects() {
            // Few objects have it, and a tree of each would be dear.
            if !contains(packed.json(), ANNOTATION.as_bytes()) {
                continue;
            }
            if let Some(text) = packed.object().annotation(ANNOTATION) {
                by_object.insert(packed.id.to_string(), (text.to_owned(), declared_at(&packed.origin)));
            }
        }
        Self { by_object }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Takes out what is silenced, and tells of what would silence without a reason.
pub(super) fn apply(
    tree: &Tree,
    annotated: &Annotated,
    faults: Vec<Diagnostic>,
    silenced: &mut usize,
) -> Vec<Diagnostic> {
    let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut unreasoned: BTreeSet<Location> = BTreeSet::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(faults.len());
    for fault in faults {
        let mut said: Vec<(String, Location)> = Vec::new();
        if let Some(place) = fault.location.as_ref().filter(|place| place.line > 0) {
            let text = texts.entry(place.file.clone()).or_insert_with(|| {
                let bytes = tree.read(&place.file).ok().flatten()?;
                String::from_utf8(bytes.to_vec()).ok().filter(|text| text.contains(COMMENT))
            });
            if let Some(text) = text {
                said.extend(comments(text, place));
            }
        }
        if let Some(found) = fault.object.as_ref().and_then(|object| annotated.by_object.get(object)) {
            said.push(found.clone());
        }
        let mut is_silenced = false;
        for (text, place) in said {
            let (codes, reason) = split(&text);
            if !codes.split(',').any(|code| code.trim() == fault.code) {
                continue;
            }
            if reason.is_empty() {
                unreasoned.insert(place);
            } else {
                is_silenced = true;
            }
        }
        if is_silenced {
            *silenced += 1;
        } else {
            kept.push(fault);
        }
    }
    kept.extend(unreasoned.into_iter().map(|place| {
        let message = "silences a fault without saying why, so it silences nothing";
        Diagnostic::warning("ignore-without-reason", message).at(place).hint(HINT)
    }));
    kept
}

/// What the comments on the line of a fault and on the one before it say.
fn comments(text: &str, place: &Location) -> Vec<(String, Location)> {
    let line = place.line as usize;
    let mut said = Vec::new();
    for number in line.saturating_sub(1).max(1)..=line {
        let Some((_, after)) = text.lines().nth(number - 1).and_then(|line| line.split_once(COMMENT)) else {
            continue;
        };
        said.push((after.trim().to_owned(), Location::new(place.file.clone(), number as u32, 0)));
    }
    said
}

/// `CODE[, CODE...][:] REASON`.
fn split(text: &str) -> (&str, &str) {
    let mut end = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        end += word.len();
        if !word.trim_end().ends_with(',') {
            break;
        }
    }
    let (codes, reason) = text.split_at(end);
    (codes.trim().trim_end_matches(':'), reason.trim())
}
