//! The options of lists, watches and writes, read from the query and checked as upstream checks them.

use super::{FieldValidation, ListOptions, Query, WriteOptions};
use crate::registry::PatchKind;
use crate::status::{Cause, Status};

const META_GROUP: &str = "meta.k8s.io";
const FIELD_MANAGER_BYTES_MAX: usize = 128;
const NOT_OLDER_THAN: &str = "NotOlderThan";
const EXACT: &str = "Exact";

pub(super) fn forbidden(field: &str, why: &str) -> Cause {
    Cause { reason: "FieldValueForbidden", message: format!("Forbidden: {why}"), field: field.to_owned() }
}

pub(super) fn unsupported(field: &str, value: &str, supported: &[&str]) -> Cause {
    let listed: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
    let message = format!("Unsupported value: {value}: supported values: {}", listed.join(", "));
    Cause { reason: "FieldValueNotSupported", message, field: field.to_owned() }
}

pub(super) fn refuse(kind: &str, causes: Vec<Cause>) -> Result<(), Status> {
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(META_GROUP, kind, "", causes)) }
}

/// `dryRun` has one value, `All`.
pub(super) fn dry_run(values: &[&str], causes: &mut Vec<Cause>) -> bool {
    let values: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).collect();
    if values.iter().any(|value| *value != "All") {
        let listed: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        causes.push(unsupported("dryRun", &format!("[{}]", listed.join(",")), &["All"]));
    }
    !values.is_empty()
}

impl ListOptions {
    /// Reads and checks the options of a list or, with `watch`, of a watch.
    pub fn from_query(query: &Query, watch: bool) -> Result<Self, Status> {
        let options = Self {
            label_selector: query.text("labelSelector"),
            field_selector: query.text("fieldSelector"),
            resource_version: query.text("resourceVersion"),
            resource_version_match: query.text("resourceVersionMatch"),
            limit: query.integer("limit")?.map_or(0, |limit| u64::try_from(limit).unwrap_or(0)),
            continue_token: query.text("continue"),
            watch,
            allow_watch_bookmarks: query.flag("allowWatchBookmarks").unwrap_or(false),
            send_initial_events: query.flag("sendInitialEvents"),
            timeout_seconds: query
                .integer("timeoutSeconds")?
                .and_then(|seconds| u64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0),
        };
        let mut causes = if watch { options.watch_faults() } else { options.list_faults() };
        if query.first("shardSelector").is_some_and(|selector| !selector.is_empty()) {
            causes.push(forbidden("shardSelector", "shardSelector is not supported by this server"));
        }
        refuse("ListOptions", causes)?;
        Ok(options)
    }

    fn list_faults(&self) -> Vec<Cause> {
        let field = "resourceVersionMatch";
        let matching = self.resource_version_match.as_str();
        let mut causes = Vec::new();
        if !matching.is_empty() {
            if self.resource_version.is_empty() {
                let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
                causes.push(forbidden(field, why));
            }
            if !self.continue_token.is_empty() {
                causes.push(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
            }
            if matching != EXACT && matching != NOT_OLDER_THAN {
                causes.push(unsupported(field, &format!("{matching:?}"), &[EXACT, NOT_OLDER_THAN, ""]));
            }
            if matching == EXACT && self.resource_version == "0" {
                let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
                causes.push(forbidden(field, why));
            }
        }
        if self.send_initial_events.is_some() {
            causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        causes
    }

    fn watch_faults(&self) -> Vec<Cause> {
        let field = "resourceVersionMatch";
        let matching = self.resource_version_match.as_str();
        let mut causes = Vec::new();
        if self.send_initial_events.is_some() && matching != NOT_OLDER_THAN {
            let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            causes.push(forbidden(field, why));
        }
        if !matching.is_empty() {
            if self.send_initial_events.is_none() {
                let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
                causes.push(forbidden(field, why));
            }
            if matching != NOT_OLDER_THAN {
                causes.push(unsupported(field, &format!("{matching:?}"), &[NOT_OLDER_THAN]));
            }
            if !self.continue_token.is_empty() {
                causes.push(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"));
            }
        }
        causes
    }
}

impl WriteOptions {
    /// Reads and checks `CreateOptions`.
    pub fn of_create(query: &Query) -> Result<Self, Status> {
        Self::read(query, "CreateOptions", Vec::new())
    }

    /// Reads and checks `UpdateOptions`.
    pub fn of_update(query: &Query) -> Result<Self, Status> {
        Self::read(query, "UpdateOptions", Vec::new())
    }

    /// Reads and checks `PatchOptions`: an apply needs a manager, and only an apply has force.
    pub fn of_patch(query: &Query, kind: PatchKind) -> Result<Self, Status> {
        let mut causes = Vec::new();
        if kind == PatchKind::Apply {
            if query.text("fieldManager").is_empty() {
                let message = "Required value: is required for apply patch".to_owned();
                causes.push(Cause { reason: "FieldValueRequired", message, field: "fieldManager".into() });
            }
        } else if query.has("force") {
            causes.push(forbidden("force", "may not be specified for non-apply patch"));
        }
        Self::read(query, "PatchOptions", causes)
    }

    fn read(query: &Query, kind: &str, mut causes: Vec<Cause>) -> Result<Self, Status> {
        let field_manager = query.text("fieldManager");
        causes.extend(manager_faults(&field_manager));
        let dry_run = dry_run(&query.all("dryRun").collect::<Vec<_>>(), &mut causes);
        let field_validation = match query.first("fieldValidation").unwrap_or_default() {
            "Ignore" => FieldValidation::Ignore,
            "" | "Warn" => FieldValidation::Warn,
            "Strict" => FieldValidation::Strict,
            other => {
                let supported = ["", "Ignore", "Strict", "Warn"];
                causes.push(unsupported("fieldValidation", &format!("{other:?}"), &supported));
                FieldValidation::default()
            }
        };
        refuse(kind, causes)?;
        Ok(Self { dry_run, field_manager, field_validation, force: query.flag("force").unwrap_or(false) })
    }
}

fn manager_faults(manager: &str) -> Vec<Cause> {
    let field = "fieldManager";
    let mut causes = Vec::new();
    if manager.len() > FIELD_MANAGER_BYTES_MAX {
        let message = format!("Too long: may not be more than {FIELD_MANAGER_BYTES_MAX} bytes");
        causes.push(Cause { reason: "FieldValueTooLong", message, field: field.to_owned() });
    }
    for (at, character) in manager.char_indices().filter(|(_, character)| !is_printable(*character)) {
        let code = u32::from(character);
        let quoted = quoted(manager);
        let message = format!("Invalid value: {quoted}: invalid character U+{code:04X} (at position {at})");
        causes.push(Cause { reason: "FieldValueInvalid", message, field: field.to_owned() });
    }
    causes
}

/// Go's `unicode.IsPrint`, as far as managers' names go: the only white space that prints is the space.
fn is_printable(character: char) -> bool {
    character == ' ' || !(character.is_control() || character.is_whitespace())
}

/// Quotes as Go's `%q` does: control characters as `\x00`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if character.is_ascii_control() => {
                out.extend(["\\x", &format!("{:02x}", u32::from(character))]);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}
