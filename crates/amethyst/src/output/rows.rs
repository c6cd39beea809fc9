//! Kustomizations as lines for people: for `up` as they change, for `status` all of them.

use std::collections::BTreeMap;

use amethyst_diag::Location;
use amethyst_gitops::{Row, State};
use amethyst_object::ObjectId;

use super::{CYAN, GREEN, RED, YELLOW, count, paint};

/// Under a line's text.
const INDENT: &str = "            ";

/// All Kustomizations, and where objects are declared as far as that is known.
pub(crate) struct Rows<'a> {
    all: &'a [Row],
    declared: Option<&'a BTreeMap<ObjectId, Location>>,
}

impl<'a> Rows<'a> {
    /// Without places.
    pub(crate) fn of(all: &'a [Row]) -> Self {
        Self { all, declared: None }
    }

    /// With the places that a check of the repository found.
    pub(crate) fn declared(all: &'a [Row], declared: &'a BTreeMap<ObjectId, Location>) -> Self {
        Self { all, declared: Some(declared) }
    }

    /// Whether a row is to be told as a fault: it failed, or waits for what is not there.
    pub(crate) fn is_fault(&self, row: &Row) -> bool {
        match row.state {
            State::Failed => !self.is_told_elsewhere(row),
            State::Blocked => self.missing(row).is_some(),
            State::Ready | State::Progressing | State::Suspended => false,
        }
    }

    /// One row as a line, with more lines under it for a fault.
    pub(crate) fn line(&self, row: &Row) -> String {
        let mark =
            |text: &str, colour: &str| format!("  {} {}", paint(&format!("{text:<9}"), colour), row.key);
        match row.state {
            State::Ready => format!("{} at {}", mark("ready", GREEN), short(&row.revision)),
            State::Suspended => mark("suspended", YELLOW),
            State::Progressing if row.message.is_empty() => mark("waiting", CYAN),
            State::Progressing => format!("{}: {}", mark("working", CYAN), first_line(&row.message)),
            State::Blocked => {
                if let Some(missing) = self.missing(row) {
                    let text = format!("depends on Kustomization `{missing}`, which does not exist");
                    let hint = "apply that Kustomization too, or take it out of `spec.dependsOn`";
                    self.fault(&mark("failed", RED), &text, Some(hint), row)
                } else {
                    let names: Vec<String> = row.blamed.iter().map(ToString::to_string).collect();
                    format!("{} by {}", mark("blocked", YELLOW), names.join(", "))
                }
            }
            State::Failed => {
                let (text, hint) = row
                    .message
                    .trim_end()
                    .split_once("; hint: ")
                    .map_or((row.message.trim_end(), None), |(text, hint)| (text, Some(hint)));
                let hint = hint.or_else(|| usual_hint(row));
                self.fault(&mark("failed", RED), &format!("{}: {text}", row.reason), hint, row)
            }
        }
    }

    fn fault(&self, head: &str, text: &str, hint: Option<&str>, row: &Row) -> String {
        let mut lines = format!("{head}: {}", text.replace('\n', &format!("\n{INDENT}")));
        if let Some(place) = self.place(text, row) {
            lines += &format!("\n{INDENT}at {place}");
        }
        if let Some(hint) = hint {
            lines +=
                &format!("\n{INDENT}{} {}", paint("hint:", CYAN), hint.replace('\n', &format!("\n{INDENT}")));
        }
        let held = self.all.iter().filter(|other| other.blamed.contains(&row.key)).count();
        if held > 0 {
            let verb = if held == 1 { "waits" } else { "wait" };
            lines += &format!("\n{INDENT}{} {verb} for it", count(held, "Kustomization"));
        }
        lines
    }

    /// Where the object is declared that a message names; else the Kustomization, unless the message names
    /// a file itself.
    fn place(&self, text: &str, row: &Row) -> Option<&Location> {
        let declared = self.declared?;
        let words: Vec<&str> = text.split([' ', ':', ',']).filter(|word| word.contains('/')).collect();
        let mut named =
            words.iter().filter_map(|word| declared.iter().find(|(id, _)| id.to_string() == **word));
        if let Some((_, place)) = named.next() {
            return Some(place);
        }
        let names_file = words.iter().any(|word| word.contains(".yaml") || word.contains(".yml"));
        let own = declared.iter().find(|(id, _)| is_of(id, row)).filter(|_| !names_file);
        own.map(|(_, place)| place)
    }

    /// The first dependency that is not there.
    fn missing(&self, row: &Row) -> Option<String> {
        let missing = row.blamed.iter().find(|name| !self.all.iter().any(|other| other.key == **name));
        missing.map(ToString::to_string)
    }

    /// Each member of a circle says the same; it is told at the one with the least name.
    pub(crate) fn is_told_elsewhere(&self, row: &Row) -> bool {
        if row.reason != "CircularDependency" {
            return false;
        }
        let (_, circle) = row.message.rsplit_once(": ").unwrap_or_default();
        let least = circle.split(" -> ").min().unwrap_or_default();
        let teller = self.all.iter().find(|other| other.key.to_string() == least);
        teller.is_some_and(|teller| teller.key != row.key && teller.reason == row.reason)
    }
}

/// What helps, where the message itself does not say it.
fn usual_hint(row: &Row) -> Option<&'static str> {
    match row.reason.as_str() {
        "ReconciliationFailed" if row.message.contains("no matches for kind") => Some(
            "apply its CustomResourceDefinition first; when another Kustomization brings it, name that one in `spec.dependsOn`",
        ),
        "ReconciliationFailed" => Some("mend the object and commit: a commit is applied at once"),
        "ArtifactFailed" if row.message.contains("path not found") => Some(
            "`spec.path` counts from the root of the repository and must name a folder with committed files in it",
        ),
        "CircularDependency" => Some("take one of these out of `spec.dependsOn`"),
        _ => None,
    }
}

fn is_of(id: &ObjectId, row: &Row) -> bool {
    let is_flux = id.kind == "Kustomization" && id.group == "kustomize.toolkit.fluxcd.io";
    is_flux && id.namespace == row.key.namespace && id.name == row.key.name
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// `main@sha1:` and seven digits of the commit, as git shows it.
fn short(revision: &str) -> String {
    match revision.split_once("sha1:") {
        Some((branch, commit)) if commit.len() > 7 && commit.is_char_boundary(7) => {
            format!("{}{}", branch, &commit[..7])
        }
        _ => revision.to_owned(),
    }
}
